//! A plan as other editors read it: OpenTimelineIO, Final Cut Pro, Final Cut Pro 7 (Premiere, Resolve) and CMX3600.
//!
//! Every plan first becomes one neutral form, a [`Sequence`] on a grid of frames, and each format only writes that down.

mod build;
mod edl;
mod fcp7;
mod fcpxml;
mod names;
mod otio;
mod reframe;
mod time;
mod xml;

use std::path::PathBuf;

use reelspan_types::Aspect;

pub use self::build::{Shape, Source, Sources, Wish, paths, sequences};
pub use self::names::file_name;
pub use self::reframe::Framing;
pub use self::time::{Rate, timecode_frames};
use crate::plan::JointKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Otio,
    Fcpxml,
    Fcp7,
    Edl,
}

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Otio => "otio",
            Self::Fcpxml => "fcpxml",
            Self::Fcp7 => "xml",
            Self::Edl => "edl",
        }
    }

    /// Whether one file holds several sequences.
    pub fn holds_several(self) -> bool {
        self != Self::Edl
    }
}

/// One timeline. All its times are whole frames of `rate`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    pub name: String,
    /// Names a file of its own: a clip's id.
    pub id: String,
    pub rate: Rate,
    /// Whether its timecode leaves numbers out to keep up with the clock.
    pub drop_frame: bool,
    pub width: u32,
    pub height: u32,
    pub frames: i64,
    pub media: Vec<Media>,
    /// Without gap and without overlap, from frame 0.
    pub shots: Vec<Shot>,
    pub music: Option<MusicPart>,
    /// In order.
    pub markers: Vec<Marker>,
    /// What does not come along, a sentence each.
    pub notes: Vec<String>,
}

/// One file that is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    pub path: PathBuf,
    pub name: String,
    /// Its own frames a second; for sound alone and for a single picture the sequence's.
    pub rate: Rate,
    /// Length in frames of its own rate, as far as it is used at least; 0 for a single picture.
    pub frames: i64,
    /// The timecode of its first frame, in frames of its own rate.
    pub start: i64,
    pub drop_frame: bool,
    /// As shown; none for sound alone.
    pub picture: Option<(u32, u32)>,
    /// 0 without sound.
    pub channels: u32,
    pub sample_rate: u32,
    pub still: bool,
}

/// A stretch of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    pub name: String,
    pub media: usize,
    /// Frames from the first of the file, on the sequence's grid.
    pub source: i64,
    pub record: i64,
    pub frames: i64,
    /// How the shot before gives way to it.
    pub joint: Option<Transition>,
    /// How much louder the file's own sound is, in dB; none leaves it out.
    pub sound: Option<f64>,
    /// None shows the whole picture.
    pub framing: Option<Framing>,
    /// Why it is there.
    pub note: String,
}

impl Shot {
    fn end(&self) -> i64 {
        self.record + self.frames
    }
}

/// Its middle stands on the cut; `half` lies on each side of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    pub kind: JointKind,
    pub half: i64,
}

/// The music under a sequence, from its first frame on.
#[derive(Debug, Clone, PartialEq)]
pub struct MusicPart {
    pub media: usize,
    pub source: i64,
    pub frames: i64,
    pub fade_in: i64,
    pub fade_out: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    pub at: i64,
    pub name: String,
    pub note: String,
    pub kind: MarkerKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerKind {
    /// What a clip is about.
    Title,
    Beat,
    Downbeat,
    /// Something was taken out here.
    Removed,
    /// Something that the editor has to do by hand.
    Todo,
}

impl MarkerKind {
    /// Names that OpenTimelineIO and Avid share.
    fn color(self) -> &'static str {
        match self {
            Self::Title => "GREEN",
            Self::Beat => "CYAN",
            Self::Downbeat => "BLUE",
            Self::Removed => "YELLOW",
            Self::Todo => "RED",
        }
    }
}

/// What a transition is called.
fn joint_name(kind: JointKind) -> &'static str {
    match kind {
        JointKind::Dissolve => "Dissolve",
        JointKind::Dip => "Dip to black",
        JointKind::Flash => "Flash",
        JointKind::Push => "Push",
        JointKind::Wipe => "Wipe",
        JointKind::Zoom => "Zoom",
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExchangeError {
    #[error("the plan holds no clip `{clip}`; it holds {held}")]
    NoSuchClip { clip: String, held: String },
    #[error("--clip `{0}` names one of several clips, and this plan is a single timeline; leave it out")]
    NotClips(String),
    #[error("the plan holds no picture framed for {aspect}; it holds {held}")]
    NoSuchAspect { aspect: Aspect, held: String },
    #[error("a {what} has no aspects; leave --aspect out")]
    NoAspects { what: &'static str },
    #[error("the plan holds no clips, so there is nothing to export")]
    Nothing,
    #[error("`{0}` is not here, so its frame rate is unknown; put it back, or name the rate with --frame-rate 25")]
    NoFrameRate(String),
    #[error("an EDL counts at most 100 frames a second, and this timeline has {0}; export otio, fcpxml or fcp7xml")]
    TooManyFrames(String),
}

impl ExchangeError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchClip { .. } => "no_such_clip",
            Self::NotClips(_) => "not_clips",
            Self::NoSuchAspect { .. } => "no_such_aspect",
            Self::NoAspects { .. } => "no_aspects",
            Self::Nothing => "nothing_to_export",
            Self::NoFrameRate(_) => "no_frame_rate",
            Self::TooManyFrames(_) => "too_many_frames",
        }
    }
}

/// One finished text.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Which sequence it holds, if only one.
    pub id: Option<String>,
    pub text: String,
    /// What the format could not say, a sentence each.
    pub notes: Vec<String>,
}

/// Writes sequences down: one text for all where the format holds several, else one each. `name` is that of the whole.
pub fn write(sequences: &[Sequence], name: &str, format: Format) -> Result<Vec<Written>, ExchangeError> {
    let shared: Vec<String> = sequences.iter().flat_map(|sequence| sequence.notes.iter().cloned()).collect();
    let mut written = match format {
        Format::Otio => vec![otio::write(sequences, name)],
        Format::Fcpxml => vec![fcpxml::write(sequences, name)],
        Format::Fcp7 => vec![fcp7::write(sequences, name)],
        Format::Edl => sequences.iter().map(edl::write).collect::<Result<_, _>>()?,
    };
    for (i, file) in written.iter_mut().enumerate() {
        let own = if format.holds_several() { &shared } else { &sequences[i].notes };
        file.notes = own.iter().chain(&file.notes).cloned().collect();
        let mut seen = std::collections::BTreeSet::new();
        file.notes.retain(|note| seen.insert(note.clone()));
    }
    Ok(written)
}

#[cfg(test)]
mod tests;
