//! Turns one clip of a plan into one finished file: one decode of its range, one graph, one encode.

mod contact_sheet;
mod encoders;
mod escape;
mod graph;
mod loudness;
mod part;
mod path;
mod picture;
#[cfg(test)]
mod samples;
mod sound;
mod thumbnail;
pub(crate) mod timeline;
mod verify;

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use reelspan_types::{Aspect, Cancel};

pub use self::contact_sheet::contact_sheet;
pub use self::encoders::Encoder;
use self::graph::Mark;
use self::loudness::Heard;
use self::part::Part;
use self::sound::Level;
pub use self::thumbnail::thumbnail;
use self::timeline::Timeline;
use crate::plan::{Clip, Watermark};
use crate::probe::MediaInfo;
use crate::tool::{Command, Program, Progress, ToolError, Tools};

/// How often the sound alone is made anew when the encoder changed its loudness or peaks.
const CORRECTIONS: usize = 2;
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
    let mark = mark(order)?;
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
    finish(tools, order, &timeline, level, part, cancel)
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

/// Checks the file, mends its sound where the encoder changed it, and puts it in its place.
fn finish(
    tools: &Tools,
    order: &Order<'_>,
    timeline: &Timeline,
    level: Level,
    mut part: Part,
    cancel: &Cancel,
) -> Result<Rendered, RenderError> {
    let canvas = order.aspect.pixels();
    let mut seen = verify::verify(tools, part.path(), timeline, canvas, cancel)?;
    let again = |file: &Path| loudness::listen(tools, graph::listen_again(file), file, cancel);
    let mut heard = Heard { integrated: None, true_peak: None };
    if !order.info.audio.is_empty() {
        heard = again(part.path())?;
        let mut level = level;
        for round in 0..CORRECTIONS {
            let Some(next) = loudness::correct(level, heard, order.loudness, loudness::TOLERANCE) else { break };
            let better = Part::named(order.output, &format!("part{round}"));
            let args = graph::resound(order, timeline, next, part.path(), better.path());
            let mut command = writing(args, order.input, better.path(), timeline);
            command.reads.push(part.path().to_owned());
            tools.run(command, cancel)?;
            seen = verify::verify(tools, better.path(), timeline, canvas, cancel)?;
            (part, level) = (better, next);
            heard = again(part.path())?;
        }
    }
    if cancel.is_cancelled() {
        return Err(ToolError::Cancelled.into());
    }
    part.keep(order.output)?;
    let verify::Seen { frames, duration, bytes } = seen;
    let (loudness, true_peak) = (heard.integrated, heard.true_peak);
    Ok(Rendered { file: order.output.to_owned(), duration, frames, bytes, loudness, true_peak })
}

fn writing(args: Vec<OsString>, input: &Path, output: &Path, timeline: &Timeline) -> Command {
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
fn own_fonts(tools: &Tools) -> Option<&Path> {
    let known = |folder: &&PathBuf| !SYSTEM_FONTS.iter().any(|system| folder.starts_with(system));
    tools.fonts.iter().find(known).map(PathBuf::as_path)
}

/// The user's own watermark picture, if one is wanted; ffmpeg is told what it is and never guesses.
fn mark(order: &Order<'_>) -> Result<Option<Mark>, RenderError> {
    let Watermark::Image(path) = order.watermark else { return Ok(None) };
    let wrong = |what: &str| RenderError::Plan { clip: order.clip.id.clone(), what: what.to_owned() };
    let mut head = Vec::new();
    let opened = std::fs::File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    opened.map_err(|_| wrong("has a watermark picture that cannot be opened"))?;
    let demuxer = match head.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "png_pipe",
        [0xff, 0xd8, 0xff, ..] => "jpeg_pipe",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp_pipe",
        _ => return Err(wrong("has a watermark picture that is no PNG, JPEG or WebP")),
    };
    Ok(Some(Mark { path: path.into(), demuxer }))
}
