//! From a recording to a plan: analyse it, find the words, choose the moments, frame and caption them.

use std::collections::BTreeMap;
use std::path::Path;

use reelspan_media::analysis::Analysis;
use reelspan_media::captions;
use reelspan_media::framing;
use reelspan_media::plan::{self, Clip, Kind, Layout, Plan, Settings, ShotLayout};
use reelspan_media::transcript::Transcript;
use reelspan_store::{Class, Key};
use reelspan_types::{Aspect, Span};

use super::moments::{self, Moment, Wishes};
use super::{Request, rerank};
use crate::error::Error;
use crate::input::{Input, unreadable};
use crate::parts::{Chooser, Parts};
use crate::progress::{Meter, Stage};
use crate::words;

/// Without words the choice is poorer: say so, and how to mend it.
const NO_WORDS: &str = "no transcript: clips are chosen from sound and picture alone and have no captions; give one with \
                        --transcript FILE, or add a speech model: `reelspan models get base`";

/// Chooses and lays out the clips.
pub(super) fn plan(
    parts: &Parts<'_>,
    request: &Request,
    input: &Input,
    analysis: &Analysis,
    meter: &mut Meter<'_>,
) -> Result<Plan, Error> {
    let found = words::find(parts, request.transcript.as_deref(), input, analysis, meter)?;
    let transcript = found.transcript.as_ref();
    meter.begin(Stage::Choose, 0.0);
    let mut notes = Vec::new();
    if transcript.is_none() {
        meter.note(NO_WORDS);
        notes.push(NO_WORDS.to_owned());
    }
    let wishes = Wishes { count: request.count, min: request.min, max: request.max };
    let mut moments = moments::choose(transcript, analysis, &wishes);
    if let (Some(chooser), Some(transcript)) = (parts.chooser, transcript) {
        moments = ranked(parts, chooser, transcript, moments)?;
    }
    if moments.len() < 4 && request.count.is_none_or(|count| count > moments.len()) {
        notes.push(format!("the recording honestly holds {} clip(s) of the wished length", moments.len()));
    }
    let clips = moments
        .into_iter()
        .enumerate()
        .map(|(index, moment)| clip(request, analysis, transcript, index, moment))
        .collect();
    meter.end();
    let plan = Plan {
        schema: plan::SCHEMA.to_owned(),
        kind: Kind::Clips,
        input: described(input, analysis, found.source, transcript),
        settings: Settings {
            aspects: request.aspects.clone(),
            captions: request.captions.map_or("none", |style| style.name).to_owned(),
            loudness: request.loudness,
            watermark: request.watermark.clone(),
        },
        notes,
        clips,
    };
    plan.check()?;
    Ok(plan)
}

/// Asks a language model to re-rank the moments; the same question is asked once. No good answer changes nothing.
fn ranked(
    parts: &Parts<'_>,
    chooser: &dyn Chooser,
    transcript: &Transcript,
    moments: Vec<Moment>,
) -> Result<Vec<Moment>, Error> {
    let Some(question) = rerank::request(&moments, transcript) else { return Ok(moments) };
    let body = question.body(chooser.model());
    let key = Key::new(Class::Choice, &[&chooser.id(), &body.to_string()]);
    let answer: Option<String> = match parts.stages.get(&key) {
        Some(answer) => Some(answer),
        None => {
            let answer = chooser.ask(&body, parts.cancel);
            if parts.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            if let Some(answer) = &answer {
                parts.stages.put(&key, answer)?;
            }
            answer
        }
    };
    Ok(match answer {
        Some(answer) => rerank::apply(moments, transcript, &answer),
        None => moments,
    })
}

/// Reads a plan that a person may have edited, and fills what their edit left open.
pub(super) fn read(input: &Input, analysis: &Analysis, file: &Path) -> Result<Plan, Error> {
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    let mut plan = Plan::parse(&text)?;
    if plan.input.blake3 != input.hash {
        return Err(Error::OtherInput(input.path.display().to_string()));
    }
    for clip in &mut plan.clips {
        for aspect in &plan.settings.aspects {
            let layouts = clip.layouts.remove(aspect).filter(|layouts| !layouts.is_empty());
            let span = clip.span();
            let filled = layouts.unwrap_or_else(|| layout(analysis, span, *aspect, None));
            clip.layouts.insert(*aspect, filled);
        }
    }
    plan.check()?;
    Ok(plan)
}

fn described(input: &Input, analysis: &Analysis, source: &'static str, transcript: Option<&Transcript>) -> plan::Input {
    plan::Input {
        path: input.path.display().to_string(),
        blake3: input.hash.clone(),
        duration: analysis.duration,
        width: analysis.video.as_ref().map(|video| video.width),
        height: analysis.video.as_ref().map(|video| video.height),
        transcript: source.to_owned(),
        language: transcript.and_then(|transcript| transcript.language.clone()),
    }
}

fn clip(request: &Request, analysis: &Analysis, transcript: Option<&Transcript>, index: usize, moment: Moment) -> Clip {
    let layouts: BTreeMap<Aspect, Vec<ShotLayout>> = request
        .aspects
        .iter()
        .map(|aspect| (*aspect, layout(analysis, moment.span, *aspect, request.layout)))
        .collect();
    let captions = match (transcript, request.captions) {
        (Some(transcript), Some(_)) => captions::group(&transcript.words, moment.span, transcript.language.as_deref()),
        _ => Vec::new(),
    };
    Clip {
        id: format!("{:02}", index + 1),
        start: moment.span.start,
        end: moment.span.end,
        title: moment.title,
        hook: moment.hook,
        score: moment.score,
        reason: moment.reason,
        thumbnail: thumbnail(analysis, moment.span),
        terms: moment.terms,
        layouts,
        captions,
    }
}

/// Sound alone has nothing to frame: its one layout is the whole made picture.
fn layout(analysis: &Analysis, span: Span, aspect: Aspect, wanted: Option<Layout>) -> Vec<ShotLayout> {
    let speech = analysis.audio.as_ref().map_or(&[][..], |audio| &audio.speech);
    match &analysis.video {
        Some(video) => framing::frame(video, speech, span, aspect, wanted),
        None => Vec::new(),
    }
}

/// The sharpest early moment, one with a face if there is any.
fn thumbnail(analysis: &Analysis, span: Span) -> Option<f64> {
    let video = analysis.video.as_ref()?;
    let early = Span::new(span.start + 0.3, span.start + span.seconds() * 0.7);
    let worth = |sample: &reelspan_media::analysis::FaceSample| {
        let sharp = video.sharpness.within(Span::new(sample.t, sample.t + 1.0)).first().copied().unwrap_or(0.0);
        let dark = video.black.iter().any(|black| black.contains(sample.t));
        let face = sample.faces.iter().map(|face| face.area.h).fold(0.0f32, f32::max);
        if dark { -1.0 } else { sharp + if face > 0.0 { 0.5 + face } else { 0.0 } }
    };
    video
        .faces
        .iter()
        .filter(|sample| early.contains(sample.t))
        .max_by(|a, b| worth(a).total_cmp(&worth(b)))
        .map(|sample| sample.t)
}
