//! Turns one clip of a plan into one finished file: one decode of its range, one graph, one encode.

mod contact_sheet;
mod encoders;
pub(crate) mod escape;
mod finish;
pub(crate) mod graph;
pub(crate) mod loudness;
pub(crate) mod part;
mod path;
pub(crate) mod picture;
#[cfg(test)]
mod samples;
pub(crate) mod sound;
mod thumbnail;
pub(crate) mod timeline;
mod verify;

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use reelspan_types::{Aspect, Cancel};

pub use self::contact_sheet::contact_sheet;
pub use self::encoders::Encoder;
pub(crate) use self::finish::Finish;
use self::graph::Mark;
use self::part::Part;
use self::sound::Level;
pub use self::thumbnail::thumbnail;
use self::timeline::Timeline;
use crate::plan::{Clip, Watermark};
use crate::probe::MediaInfo;
use crate::tool::{Command, Program, Progress, ToolError, Tools};

/// Far above what the encoder's quality setting ever needs, in bytes a second: only a runaway is stopped.
const MOST_BYTES_A_SECOND: f64 = 32.0 * 1024.0 * 1024.0;
/// Folders that fontconfig searches anyway: libass need not load all that is in them.
const SYSTEM_FONTS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];

/// One file to make.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    pub input: &'a Path,
    pub info: &'a MediaInfo,
    pub clip: &'a Clip,
    pub aspect: Aspect,
    /// The ASS file to burn in; none draws no text.
    pub ass: Option<&'a Path>,
    pub watermark: &'a Watermark,
    /// Integrated loudness in LUFS.
    pub loudness: f64,
    /// A working encoder, from [`Encoder::pick`].
    pub encoder: Encoder,
    /// The finished file; appears whole or not at all.
    pub output: &'a Path,
}

/// What was made, as measured from the finished file.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    pub file: PathBuf,
    pub duration: f64,
    pub frames: u64,
    pub bytes: u64,
    pub loudness: Option<f64>,
    pub true_peak: Option<f64>,
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the plan's clip `{clip}` {what}")]
    Plan { clip: String, what: String },
    /// For plans without clips: the place in the plan, such as `shots[3].at`.
    #[error("the plan's `{at}` {what}")]
    Edit { at: String, what: String },
    /// One of several sources, as the plan calls it.
    #[error("the source `{id}` {what}")]
    Source { id: String, what: String },
    #[error("the finished file is not as planned: {0}")]
    Unsound(String),
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// Makes one finished file. A hardware encoder that fails midway is replaced by software, once.
pub fn render(
    tools: &Tools,
    order: &Order<'_>,
    cancel: &Cancel,
    on: &mut dyn FnMut(Progress),
) -> Result<Rendered, RenderError> {
    check(order)?;
    let timeline = Timeline::new(order.info, order.clip.span());
    let wrong = |what: &str| RenderError::Plan { clip: order.clip.id.clone(), what: what.to_owned() };
    let mark = mark(order.watermark).map_err(wrong)?;
    let level = level(tools, order, &timeline, cancel)?;
    let part = Part::beside(order.output);
    let encoded = encode(tools, order, &timeline, level, mark.as_ref(), &part, cancel, on);
    match encoded {
        Err(RenderError::Tool(ToolError::Failed { .. } | ToolError::TimedOut { .. }))
            if order.encoder.is_hardware() =>
        {
            let software = Order { encoder: Encoder::X264, ..order.clone() };
            encode(tools, &software, &timeline, level, mark.as_ref(), &part, cancel, on)?;
        }
        other => other?,
    }
    let finish = Finish {
        tools,
        timeline: &timeline,
        canvas: order.aspect.pixels(),
        loudness: (!order.info.audio.is_empty()).then_some(order.loudness),
        output: order.output,
    };
    let resound = |level, finished: &Path, better: &Path| {
        let args = graph::resound(order, &timeline, level, finished, better);
        writing(args, order.input, better, &timeline).reading(finished)
    };
    finish.finish(part, level, &resound, cancel)
}

/// Refuses what cannot be drawn before anything is started.
fn check(order: &Order<'_>) -> Result<(), RenderError> {
    let wrong = |what: &str| RenderError::Plan { clip: order.clip.id.clone(), what: what.to_owned() };
    let (start, end) = (order.clip.start, order.clip.end);
    if !(start.is_finite() && end.is_finite() && start >= 0.0 && end > start) {
        return Err(wrong("does not end after it starts"));
    }
    if order.info.still {
        return Err(wrong("is cut from a still image, which has no time; give a video or a sound recording"));
    }
    match (&order.info.video, order.info.audio.first()) {
        (None, None) => Err(wrong("is cut from a file without picture and sound")),
        (Some(_), _) => graph::layouts(order).map(drop),
        (None, Some(_)) => Ok(()),
    }
}

/// How the clip's own sound has to be changed: what the recording as a whole measures says little about one minute of it.
fn level(tools: &Tools, order: &Order<'_>, timeline: &Timeline, cancel: &Cancel) -> Result<Level, RenderError> {
    if order.info.audio.is_empty() {
        return Ok(Level::UNTOUCHED);
    }
    let listen = |level| {
        let args = graph::listen(order.input, order.info, timeline, level);
        loudness::listen(tools, args, order.input, cancel)
    };
    let heard = listen(Level::UNTOUCHED)?;
    let level = loudness::plan(heard, order.loudness);
    // A limiter that works hard takes loudness away that only a trial tells; without one the sum is exact.
    if loudness::needs_trial(heard, level) {
        return Ok(loudness::correct(level, listen(level)?, order.loudness, loudness::AIM).unwrap_or(level));
    }
    Ok(level)
}

#[expect(clippy::too_many_arguments, reason = "one call site with everything at hand")]
fn encode(
    tools: &Tools,
    order: &Order<'_>,
    timeline: &Timeline,
    level: Level,
    mark: Option<&Mark>,
    part: &Part,
    cancel: &Cancel,
    on: &mut dyn FnMut(Progress),
) -> Result<(), RenderError> {
    let fonts = order.ass.and_then(|_| own_fonts(tools));
    let args = graph::render(order, timeline, level, fonts, mark, part.path())?;
    let mut command = writing(args, order.input, part.path(), timeline);
    command.reads.extend(order.ass.map(Path::to_owned));
    command.reads.extend(mark.map(|mark| mark.path.clone()));
    command.fonts = order.ass.is_some();
    command.devices = order.encoder.is_hardware();
    tools.run_with_progress(command, cancel, on)?;
    Ok(())
}

pub(crate) fn writing(args: Vec<OsString>, input: &Path, output: &Path, timeline: &Timeline) -> Command {
    Command {
        program: Program::Ffmpeg,
        args,
        reads: vec![input.to_owned()],
        writes: vec![output.to_owned()],
        fonts: false,
        devices: false,
        pipes: 0,
        max_file_bytes: ((timeline.seconds() + 2.0) * MOST_BYTES_A_SECOND) as u64,
        time_limit: None,
    }
}

/// The first font folder that fontconfig does not know by itself.
pub(crate) fn own_fonts(tools: &Tools) -> Option<&Path> {
    let known = |folder: &&PathBuf| !SYSTEM_FONTS.iter().any(|system| folder.starts_with(system));
    tools.fonts.iter().find(known).map(PathBuf::as_path)
}

/// The user's own watermark picture, if one is wanted; ffmpeg is told what it is and never guesses.
pub(crate) fn mark(watermark: &Watermark) -> Result<Option<Mark>, &'static str> {
    let Watermark::Image(path) = watermark else { return Ok(None) };
    let mut head = Vec::new();
    let opened = std::fs::File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    opened.map_err(|_| "has a watermark picture that cannot be opened")?;
    let demuxer = match head.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "png_pipe",
        [0xff, 0xd8, 0xff, ..] => "jpeg_pipe",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp_pipe",
        _ => return Err("has a watermark picture that is no PNG, JPEG or WebP"),
    };
    Ok(Some(Mark { path: path.into(), demuxer }))
}
