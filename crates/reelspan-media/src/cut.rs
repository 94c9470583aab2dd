//! Cuts a recording exactly on the frame and the sample: packets of whole groups of frames are copied untouched, only the
//! edges are encoded anew, and the finished file is certified. What cannot be joined safely is encoded as a whole, said
//! aloud.

mod boxes;
mod certificate;
mod check;
mod choice;
mod desk;
mod encode;
mod film;
mod frames;
mod index;
mod movie;
mod params;
mod picture;
mod shelf;
mod sound;
mod stream;
mod tracks;
mod units;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reelspan_types::{Cancel, Span};

pub use self::certificate::{
    Certificate, DecodedFacts, FileFacts, PictureFacts, PieceFacts, SCHEMA, SoundFacts, Verdict, verify,
};
use self::desk::Desk;
use self::tracks::Container;
use crate::probe::MediaInfo;
use crate::tool::{Progress, ToolError, Tools};

/// One file to cut.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    pub input: &'a Path,
    pub info: &'a MediaInfo,
    /// What stays: sorted, without overlap, in seconds as players count. Spans that meet play on without a joint.
    pub keeps: &'a [Span],
    /// Seconds over which the sound fades at each joint.
    pub fade: f64,
    /// Lays the recording's own quiet under the joints.
    pub room_tone: bool,
    pub mode: Mode,
    /// The finished file; its ending says what it is. Appears whole or not at all.
    pub output: &'a Path,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Copies what can be copied, where that pays.
    Auto,
    /// Encodes everything.
    Encode,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    pub file: PathBuf,
    pub certificate: Certificate,
    pub how: How,
    pub frames: u64,
    pub copied: u64,
    pub encoded: u64,
    /// Seconds.
    pub duration: f64,
    pub bytes: u64,
    /// Computing time of the programs that read and decoded the finished file for its certificate.
    pub certifying: Duration,
    /// What the user should know, a sentence each.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// Whole groups of frames were copied and the edges encoded.
    Copied,
    /// Everything was encoded, for this reason.
    Encoded(String),
    /// There is no picture, and sound is always encoded as one piece.
    SoundOnly,
}

#[derive(Debug, thiserror::Error)]
pub enum CutError {
    #[error("the span to keep {0}")]
    Keep(String),
    #[error("`{name}` cannot be written: {why}")]
    Output { name: String, why: String },
    #[error("a still image has no time to cut; give a video or a sound recording")]
    Still,
    #[error("the finished file failed its certificate and was thrown away: {0}")]
    Uncertified(String),
    #[error("the cut could not be made: {0}")]
    Broken(&'static str),
    #[error("{wanted} frames were to be encoded and {found} were")]
    Miscounted { wanted: u64, found: u64 },
    #[error(transparent)]
    Tool(#[from] ToolError),
}

impl CutError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keep(_) => "keep",
            Self::Output { .. } => "output",
            Self::Still => "still",
            Self::Uncertified(_) => "uncertified",
            Self::Broken(_) | Self::Miscounted { .. } => "cut_failed",
            Self::Tool(error) => error.code(),
        }
    }

    fn io(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ToolError::DiskFull.into(),
            _ => ToolError::Io { what, source }.into(),
        }
    }

    /// Whether trying another way is of no use: cancelled, no room, no program, or a wrong order.
    fn ends_all(&self) -> bool {
        match self {
            Self::Keep(_) | Self::Output { .. } | Self::Still => true,
            Self::Tool(error) => !matches!(error, ToolError::Failed { .. } | ToolError::TimedOut { .. }),
            Self::Uncertified(_) | Self::Broken(_) | Self::Miscounted { .. } => false,
        }
    }
}

/// Everything at hand while one order is carried out.
struct Work<'a> {
    tools: &'a Tools,
    order: &'a Order<'a>,
    container: Container,
    desk: Desk,
    cancel: &'a Cancel,
    /// What certifying has cost so far.
    spent: Cell<Duration>,
}

/// Cuts, certifies and puts the file in its place. A file that fails its certificate is encoded as a whole and certified
/// again; if that fails, too, nothing is left behind.
pub fn cut(
    tools: &Tools,
    order: &Order<'_>,
    cancel: &Cancel,
    on: &mut dyn FnMut(Progress),
) -> Result<Finished, CutError> {
    if order.info.still {
        return Err(CutError::Still);
    }
    let container = Container::of(order)?;
    if let Some(end) = order.info.duration.filter(|_| order.info.video.is_none()) {
        frames::check(order.keeps, end)?;
    }
    let work = Work { tools, order, container, desk: Desk::beside(order.output)?, cancel, spent: Cell::default() };
    match &order.info.video {
        Some(video) => picture::cut(&work, video, on),
        None => tracks::sound_only(&work, on),
    }
}

impl Work<'_> {
    /// The last step.
    fn keep(&self, file: &Path) -> Result<(), CutError> {
        if self.cancel.is_cancelled() {
            return Err(ToolError::Cancelled.into());
        }
        std::fs::rename(file, self.order.output)
            .map_err(CutError::io("the finished file could not be put in its place"))
    }
}
