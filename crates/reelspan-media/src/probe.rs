//! What a file is, before anything is done with it.

mod answer;
mod facts;
mod formats;
mod timecode;

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use reelspan_types::Cancel;
use serde::{Deserialize, Serialize};

pub use self::timecode::timecode;
use crate::tool::{Command, Program, ToolError, Tools, file_arg};

/// Longer than any honest file takes.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// The widest and highest picture, and the most pixels of one.
const MOST_SIDE: u32 = 16_384;
const MOST_PIXELS: u64 = 1 << 28;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaInfo {
    /// ffmpeg's demuxer name, forced in every later run.
    pub container: String,
    /// Seconds, as the header claims; what is decoded counts where it matters.
    pub duration: Option<f64>,
    pub bytes: u64,
    /// The best picture stream, cover art left out.
    pub video: Option<VideoStream>,
    /// In file order; the first marked default comes first.
    pub audio: Vec<AudioStream>,
    pub subtitles: Vec<SubtitleStream>,
    /// A picture that does not move (jpg, png, one frame).
    pub still: bool,
    /// The index of embedded cover art, if any.
    pub cover: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoStream {
    pub index: u32,
    pub codec: String,
    pub width: u32,
    pub height: u32,
    /// As shown: rotated, square pixels, even.
    pub display_width: u32,
    pub display_height: u32,
    /// Degrees clockwise to show it upright: 0, 90, 180, 270.
    pub rotation: u32,
    pub frame_rate: f64,
    pub variable_frame_rate: bool,
    pub pixel_format: String,
    pub bit_depth: u32,
    /// Transfer is PQ or HLG.
    pub hdr: bool,
    pub color_transfer: Option<String>,
    pub color_primaries: Option<String>,
    pub color_space: Option<String>,
    pub interlaced: bool,
    /// Seconds after the start of the file at which the picture begins.
    pub start: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioStream {
    pub index: u32,
    pub codec: String,
    pub sample_rate: u32,
    pub channels: u32,
    pub channel_layout: Option<String>,
    pub language: Option<String>,
    pub start: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubtitleStream {
    pub index: u32,
    pub codec: String,
    pub language: Option<String>,
    /// Text, not pictures of text.
    pub text: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("`{0}` is not a file that can be read")]
    Unreadable(String),
    #[error("`{0}` is empty")]
    Empty(String),
    #[error("ffmpeg finds no picture and no sound in `{0}`")]
    NotMedia(String),
    #[error(
        "the picture of `{name}` is {width}x{height}, more than the {MOST_SIDE} pixels a side or {MOST_PIXELS} in all that are taken; scale it down first"
    )]
    TooLarge { name: String, width: u32, height: u32 },
    #[error(transparent)]
    Tool(#[from] ToolError),
}

impl ProbeError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Empty(_) => "empty",
            Self::NotMedia(_) => "not_media",
            Self::TooLarge { .. } => "too_large",
            Self::Tool(error) => error.code(),
        }
    }
}

impl MediaInfo {
    /// Everything up to and with `-i`, for every run that reads this file: as the kind that it was found to be,
    /// reaching no other file or address.
    pub fn input_args(&self, path: &Path) -> Vec<OsString> {
        let pixels = MOST_PIXELS.to_string();
        let fixed = ["-protocol_whitelist", "file,pipe", "-max_pixels", &pixels, "-f", &self.container, "-i"];
        fixed.into_iter().map(OsString::from).chain([file_arg(path)]).collect()
    }

    /// An output to nowhere that makes ffmpeg count from the start of the file, for runs that use only some of its streams.
    /// Of transport and program streams it would otherwise count from the start of the streams that are used, and sound and
    /// picture would come apart. `seconds` is the length of the run's own output, if it has one.
    pub fn anchor_args(&self, seconds: Option<f64>) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        if !matches!(self.container.as_str(), "mpegts" | "mpeg") {
            return args;
        }
        if let Some(seconds) = seconds {
            args.extend(["-t".into(), format!("{seconds:.3}").into()]);
        }
        let streams = self.video.iter().map(|video| video.index).chain(self.audio.iter().map(|audio| audio.index));
        streams.for_each(|index| args.extend(["-map".into(), format!("0:{index}").into()]));
        args.extend(["-c", "copy", "-f", "null", "-"].map(OsString::from));
        args
    }
}

/// Looks into a file with ffprobe, in the jail.
pub fn probe(tools: &Tools, input: &Path) -> Result<MediaInfo, ProbeError> {
    probe_until(tools, input, &Cancel::new())
}

/// The same, until it is cancelled.
pub fn probe_until(tools: &Tools, input: &Path, cancel: &Cancel) -> Result<MediaInfo, ProbeError> {
    let name = input.file_name().unwrap_or(input.as_os_str()).to_string_lossy().into_owned();
    let (bytes, head) = peek(input).ok_or_else(|| ProbeError::Unreadable(name.clone()))?;
    if bytes == 0 {
        return Err(ProbeError::Empty(name));
    }
    let look = Look { tools, input, cancel, picture: formats::picture(&head) };
    let answer = look.at_headers().map_err(|error| told(error, &name))?;
    if let Some((width, height)) = answer.too_large(MOST_SIDE, MOST_PIXELS) {
        return Err(ProbeError::TooLarge { name, width, height });
    }
    let frames = match answer.needs_frames() {
        Some(index) => Some(look.at_frames(index).map_err(|error| told(error, &name))?),
        None => None,
    };
    facts::info(answer, frames.as_ref(), bytes).ok_or(ProbeError::NotMedia(name))
}

/// Its size and first bytes, if it is a file that can be read.
fn peek(input: &Path) -> Option<(u64, Vec<u8>)> {
    // A pipe or a device would wait or give without end, so it is not even opened.
    if !input.metadata().ok()?.is_file() {
        return None;
    }
    let mut head = Vec::new();
    let file = File::open(input).ok()?;
    let bytes = file.metadata().ok()?.len();
    file.take(64).read_to_end(&mut head).ok()?;
    Some((bytes, head))
}

/// ffprobe's own refusal means that the file is no media that is taken; all else is a failure to look.
fn told(error: ToolError, name: &str) -> ProbeError {
    match error {
        ToolError::Failed { status, .. } if status.starts_with("exit code") => ProbeError::NotMedia(name.to_owned()),
        other => ProbeError::Tool(other),
    }
}

/// The two looks that ffprobe takes.
struct Look<'a> {
    tools: &'a Tools,
    input: &'a Path,
    cancel: &'a Cancel,
    /// The demuxer for the picture that the first bytes say it is.
    picture: Option<&'static str>,
}

impl Look<'_> {
    fn at_headers(&self) -> Result<answer::Answer, ToolError> {
        self.ask(&["-show_entries", answer::ENTRIES])
    }

    /// The first two frames of one stream.
    fn at_frames(&self, index: u32) -> Result<answer::Frames, ToolError> {
        let index = index.to_string();
        self.ask(&["-select_streams", &index, "-read_intervals", "%+#2", "-show_entries", answer::FRAME_ENTRIES])
    }

    fn ask<T: for<'a> Deserialize<'a>>(&self, what: &[&str]) -> Result<T, ToolError> {
        let pixels = MOST_PIXELS.to_string();
        let mut args = vec!["-v", "error", "-of", "json=c=1", "-protocol_whitelist", "file,pipe"];
        args.extend(["-format_whitelist", formats::ALLOWED, "-max_pixels", &pixels]);
        // ffmpeg would take it for a sequence of pictures by its name, and look for the others.
        args.extend(self.picture.iter().flat_map(|demuxer| ["-f", demuxer]));
        args.extend(what);
        let mut args: Vec<OsString> = args.into_iter().map(OsString::from).collect();
        args.extend(["-i".into(), file_arg(self.input)]);
        let command = Command {
            program: Program::Ffprobe,
            args,
            reads: vec![self.input.to_owned()],
            writes: Vec::new(),
            fonts: false,
            devices: false,
            pipes: 0,
            // It writes no file at all.
            max_file_bytes: 1,
            time_limit: Some(TIME_LIMIT),
        };
        let output = self.tools.run(command, self.cancel)?;
        serde_json::from_slice(&output.stdout).map_err(|_| ToolError::Failed {
            program: Program::Ffprobe.name(),
            status: "exit code 0".into(),
            cause: "its answer cannot be understood".into(),
        })
    }
}

#[cfg(test)]
mod tests;
