//! From a recording, or from a plan that a person edited, to what is cut.

use std::path::Path;

use reelspan_media::analysis::Analysis;
use reelspan_media::plan::{self, CutPlan, CutSettings, Kind, Piece, Why};
use reelspan_media::transcript::{Timing, Transcript};
use reelspan_types::Span;

use super::propose::{self, Sound};
use super::{Refused, Request, wish};
use crate::error::Error;
use crate::input::{Input, unreadable};
use crate::look::{self, Depth};
use crate::parts::Parts;
use crate::progress::{Meter, Stage};
use crate::words;

/// Long enough that nothing clicks, too short to be heard.
const FADE: f64 = 0.008;

/// What the plan says, and the words that captions are made of.
pub(super) type Planned = (CutPlan, Option<Transcript>);

/// Makes a plan of what was asked for. The recording is decoded only where somebody must listen.
pub(super) fn plan(
    parts: &Parts<'_>,
    request: &Request,
    input: &Input,
    meter: &mut Meter<'_>,
) -> Result<Planned, Error> {
    let duration = length(parts, input, meter)?;
    let keeps = wished(request, duration)?;
    let listens = request.listen.fillers || request.listen.pauses.is_some();
    let sound = if listens { Some(listened(parts, request, input, meter)?) } else { None };
    let unheard = || Analysis { duration, video: None, audio: None };
    let analysis = Analysis { duration, ..sound.unwrap_or_else(unheard) };
    let found = words::find(parts, request.transcript.as_deref(), input, &analysis, meter)?;
    if request.listen.fillers && found.transcript.is_none() {
        return Err(Refused::NoWords.into());
    }
    meter.begin(Stage::Choose, 0.0);
    let transcript = found.transcript;
    let sound = Sound { audio: analysis.audio.as_ref(), transcript: transcript.as_ref(), duration };
    let pieces = propose::pieces(&sound, &keeps, request.listen);
    if !pieces.iter().any(|piece| piece.keep) {
        let name = input.path.display().to_string();
        return Err(if listens { Refused::AllSilent(name) } else { Refused::NothingLeft("--keep") }.into());
    }
    let notes = notes(request, transcript.as_ref(), &pieces);
    notes.iter().for_each(|note| meter.note(note));
    meter.end();
    let plan = CutPlan {
        schema: plan::SCHEMA.to_owned(),
        kind: Kind::Cut,
        input: described(input, duration, found.source, transcript.as_ref()),
        settings: CutSettings { fade: FADE, room_tone: listens, encode: request.encode },
        notes,
        pieces,
    };
    plan.check()?;
    Ok((plan, transcript))
}

/// Reads a plan that a person may have edited.
pub(super) fn read(
    parts: &Parts<'_>,
    request: &Request,
    input: &Input,
    file: &Path,
    meter: &mut Meter<'_>,
) -> Result<Planned, Error> {
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    let plan = CutPlan::parse(&text)?;
    if plan.input.blake3 != input.hash {
        return Err(Error::OtherInput(input.path.display().to_string()));
    }
    let unheard = Analysis { duration: plan.input.duration, video: None, audio: None };
    let found = words::find(parts, request.transcript.as_deref(), input, &unheard, meter)?;
    if found.transcript.is_none() && plan.input.transcript != "none" {
        meter.note("no captions are written: the plan does not hold the words; give them with --transcript FILE");
    }
    Ok((plan, found.transcript))
}

/// What the header says; a file that says nothing is decoded once.
fn length(parts: &Parts<'_>, input: &Input, meter: &mut Meter<'_>) -> Result<f64, Error> {
    if let Some(duration) = input.info.duration.filter(|seconds| *seconds > 0.0) {
        return Ok(duration);
    }
    meter.note("the file does not say how long it is, so it is decoded once to find out");
    let depth = if input.info.video.is_some() { Depth::Whole } else { Depth::Sound };
    let duration = look::analysis(parts, input, depth, meter)?.duration;
    if duration > 0.0 { Ok(duration) } else { Err(Refused::NoLength(input.path.display().to_string()).into()) }
}

/// What the flags keep, before anything is listened to.
fn wished(request: &Request, duration: f64) -> Result<Vec<Span>, Error> {
    let keeps = match request.keep.as_slice() {
        [] => vec![Span::new(0.0, duration)],
        named => wish::spans(named, "--keep", duration)?,
    };
    let drops = wish::spans(&request.drop, "--drop", duration)?;
    let left = wish::without(&keeps, &drops);
    if left.is_empty() {
        return Err(Refused::NothingLeft("a shorter --drop").into());
    }
    Ok(left)
}

/// The sound alone: pictures say nothing of pauses.
fn listened(parts: &Parts<'_>, request: &Request, input: &Input, meter: &mut Meter<'_>) -> Result<Analysis, Error> {
    let flag = if request.listen.pauses.is_some() { "--remove-silence" } else { "--remove-fillers" };
    if input.info.audio.is_empty() {
        return Err(Refused::NoSound { name: input.path.display().to_string(), flag }.into());
    }
    look::analysis(parts, input, Depth::Sound, meter)
}

fn notes(request: &Request, transcript: Option<&Transcript>, pieces: &[Piece]) -> Vec<String> {
    let mut notes = Vec::new();
    let found = |why: Why| pieces.iter().any(|piece| piece.why == why);
    if let Some(pauses) = request.listen.pauses.filter(|_| !found(Why::Silence)) {
        notes.push(format!("no pause of {} s or more was found", pauses.longer_than));
    }
    if request.listen.fillers {
        if transcript.is_some_and(|transcript| transcript.timing == Timing::Line) {
            notes.push(
                "the transcript times lines, not words: only fillers with a line of their own are found, and no stutters"
                    .to_owned(),
            );
        }
        if !found(Why::Filler) && !found(Why::Repeat) {
            notes.push("no filler and no stutter was found that stands clear of its neighbours".to_owned());
        }
    }
    notes
}

fn described(input: &Input, duration: f64, source: &'static str, transcript: Option<&Transcript>) -> plan::Input {
    let video = input.info.video.as_ref();
    plan::Input {
        path: input.path.display().to_string(),
        blake3: input.hash.clone(),
        duration,
        width: video.map(|video| video.display_width),
        height: video.map(|video| video.display_height),
        transcript: source.to_owned(),
        language: transcript.and_then(|transcript| transcript.language.clone()),
    }
}
