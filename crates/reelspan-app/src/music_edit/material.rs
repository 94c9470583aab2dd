//! Opens what an edit is made of: every piece of footage that can be shown, and music that can be heard.

use std::path::{Path, PathBuf};

use reelspan_media::analyse::AnalyseError;
use reelspan_media::analysis::{Analysis, VideoAnalysis};
use reelspan_media::beats::{Beats, Reading};
use reelspan_media::plan;
use reelspan_types::Span;

use super::rounded;
use crate::error::Error;
use crate::input::{self, Input, Source};
use crate::look::{self, Depth};
use crate::parts::Parts;
use crate::progress::Meter;

/// One piece of footage.
#[derive(Debug)]
pub(super) struct Piece {
    /// As the user named it.
    pub(super) name: String,
    pub(super) input: Input,
    pub(super) analysis: Analysis,
}

impl Piece {
    pub(super) fn still(&self) -> bool {
        self.input.info.still
    }

    pub(super) fn look(&self) -> Option<&VideoAnalysis> {
        self.analysis.video.as_ref()
    }

    pub(super) fn speech(&self) -> &[Span] {
        self.analysis.audio.as_ref().map_or(&[], |audio| &audio.speech)
    }

    /// Until when there is a picture.
    pub(super) fn seconds(&self) -> f64 {
        self.look().and_then(|look| look.shots.last()).map_or(0.0, |shot| shot.end)
    }

    /// As a plan describes it.
    pub(super) fn footage(&self, index: usize) -> plan::Footage {
        let video = self.input.info.video.as_ref();
        plan::Footage {
            id: id(index),
            path: self.input.path.display().to_string(),
            blake3: self.input.hash.clone(),
            duration: if self.still() { 0.0 } else { rounded(self.seconds()) },
            width: video.map_or(0, |video| video.display_width),
            height: video.map_or(0, |video| video.display_height),
            still: self.still(),
        }
    }
}

/// All that is opened for an edit.
#[derive(Debug)]
pub(super) struct Material {
    pub(super) pieces: Vec<Piece>,
    pub(super) music: Input,
}

/// `a` to `z`, then `aa`, `ab`, ...
pub(super) fn id(index: usize) -> String {
    let letter = char::from(b'a' + (index % 26) as u8);
    match index / 26 {
        0 => letter.to_string(),
        more => id(more - 1) + &letter.to_string(),
    }
}

/// Opens footage; what cannot be shown is left out with a note while anything remains.
pub(super) fn pieces(
    parts: &Parts<'_>,
    files: &[PathBuf],
    repeats: bool,
    notes: &mut Vec<String>,
    meter: &mut Meter<'_>,
) -> Result<Vec<Piece>, Error> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut failed = None;
    for file in files {
        let name = file.display().to_string();
        match piece(parts, file, meter) {
            Ok(piece) if !repeats && pieces.iter().any(|other| other.input.hash == piece.input.hash) => {
                notes.push(format!("`{name}` is the same as an earlier file; it is used once"));
            }
            Ok(piece) => pieces.push(piece),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => {
                notes.push(format!("`{name}` is left out: {error}"));
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if pieces.is_empty() && files.len() == 1 => Err(error),
        _ if pieces.is_empty() => {
            Err(Error::Footage(format!("none of the {} files can be shown: {}", files.len(), notes.join("; "))))
        }
        _ => Ok(pieces),
    }
}

fn piece(parts: &Parts<'_>, file: &Path, meter: &mut Meter<'_>) -> Result<Piece, Error> {
    let input = input::open_any(parts, &Source::File(file.to_owned()), meter)?;
    let unseen = || Error::Footage("it has no picture".to_owned());
    if input.info.video.is_none() {
        return Err(unseen());
    }
    let analysis = look::analysis(parts, &input, Depth::Whole, meter)?;
    if analysis.video.as_ref().is_none_or(|video| video.shots.is_empty()) {
        return Err(unseen());
    }
    Ok(Piece { name: file.display().to_string(), input, analysis })
}

/// Opens a piece of music; a film's sound is music too.
pub(super) fn music(parts: &Parts<'_>, file: &Path, meter: &mut Meter<'_>) -> Result<Input, Error> {
    let input = input::open_any(parts, &Source::File(file.to_owned()), meter)?;
    if input.info.audio.is_empty() {
        let name = file.display();
        return Err(Error::Music(format!("`{name}` has no sound; --music needs a song or a film with sound")));
    }
    Ok(input)
}

/// Where something sounds in music without a beat.
pub(super) fn onsets(parts: &Parts<'_>, music: &Input, meter: &mut Meter<'_>) -> Result<Vec<f64>, Error> {
    match look::analysis(parts, music, Depth::Whole, meter) {
        Ok(analysis) => Ok(analysis.audio.map(|audio| audio.onsets).unwrap_or_default()),
        Err(Error::Analyse(AnalyseError::NothingDecoded)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The beats of a piece of music, read as the user wants them.
pub(super) fn beats(
    parts: &Parts<'_>,
    music: &Input,
    reading: Option<Reading>,
    meter: &mut Meter<'_>,
) -> Result<Beats, Error> {
    let beats = crate::beats::of(parts, music, meter)?;
    Ok(match reading {
        Some(reading) => beats.read_as(reading),
        None => beats,
    })
}

/// A wish that the material cannot meet is refused; it would change nothing.
pub(super) fn refuse_idle(request: &super::Request, pieces: &[Piece], heard: &[&Beats]) -> Result<(), Error> {
    if request.reading.is_some() && heard.iter().all(|beats| beats.beats.is_empty()) {
        let why = heard.iter().find_map(|beats| beats.note.as_deref()).unwrap_or("no beat was found");
        return Err(Error::Music(format!("--beats has nothing to act on: {why}; leave it out")));
    }
    if request.original_sound.is_some() && pieces.iter().all(|piece| piece.input.info.audio.is_empty()) {
        let what = "--original-sound has nothing to keep: none of the footage has sound; leave it out";
        return Err(Error::Footage(what.to_owned()));
    }
    Ok(())
}
