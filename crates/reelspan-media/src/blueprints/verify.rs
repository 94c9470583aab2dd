//! Looks at a finished file as a player does, before it is handed out.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::desk::Desk;
use super::{BlueprintError, Facts};
use crate::tool::{Command, Program, ToolError, file_arg};

/// What a finished file should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Planned {
    pub(super) size: (u32, u32),
    /// Frames, and how long they last; none for a picture.
    pub(super) length: Option<(u64, f64)>,
    pub(super) sound: bool,
    pub(super) kind: Container,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Mp4,
    Gif,
    Png,
}

impl Container {
    pub(super) fn mime(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Gif => "image/gif",
            Self::Png => "image/png",
        }
    }

    fn demuxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mov",
            Self::Gif => "gif",
            Self::Png => "png_pipe",
        }
    }

    fn codec(self) -> &'static str {
        match self {
            Self::Mp4 => "h264",
            Self::Gif => "gif",
            Self::Png => "png",
        }
    }
}

#[derive(Deserialize)]
struct Report {
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize)]
struct Stream {
    codec_type: String,
    codec_name: String,
    #[serde(default)]
    pix_fmt: String,
    width: Option<u32>,
    height: Option<u32>,
    nb_read_packets: Option<String>,
}

#[derive(Deserialize, Default)]
struct Format {
    duration: Option<String>,
}

pub(super) fn verify(desk: &Desk<'_>, file: &Path, planned: Planned) -> Result<Facts, BlueprintError> {
    let mut args: Vec<OsString> = ["-v", "error", "-of", "json", "-count_packets"].map(OsString::from).to_vec();
    args.extend(["-show_streams", "-show_format", "-protocol_whitelist", "file"].map(OsString::from));
    args.extend(["-f", planned.kind.demuxer(), "-i"].map(OsString::from));
    args.push(file_arg(file));
    let limit = Some(Duration::from_secs(300));
    let command = Command { program: Program::Ffprobe, time_limit: limit, ..Command::ffmpeg(args) };
    let output = match desk.tools.run(command.reading(file), desk.cancel) {
        Err(ToolError::Failed { .. }) => return Err(unsound("it cannot be read back")),
        other => other?,
    };
    let report: Report = serde_json::from_slice(&output.stdout).map_err(|_| unsound("it cannot be read back"))?;
    let bytes = file.metadata().map_or(0, |about| about.len());
    check(&report, planned, bytes).map_err(BlueprintError::Unsound)
}

fn unsound(what: &str) -> BlueprintError {
    BlueprintError::Unsound(what.to_owned())
}

fn check(report: &Report, planned: Planned, bytes: u64) -> Result<Facts, String> {
    let of = |kind: &str| report.streams.iter().filter(|stream| stream.codec_type == kind).collect::<Vec<_>>();
    let (pictures, sounds) = (of("video"), of("audio"));
    let [picture] = pictures.as_slice() else { return Err("it has not just one picture".to_owned()) };
    if sounds.len() != usize::from(planned.sound) || report.streams.len() != 1 + sounds.len() {
        return Err("its streams are not those that were planned".to_owned());
    }
    let (width, height) = (picture.width.unwrap_or(0), picture.height.unwrap_or(0));
    if (width, height) != planned.size {
        return Err(format!("its picture is {width}x{height} and not {}x{}", planned.size.0, planned.size.1));
    }
    let mp4 = planned.kind == Container::Mp4;
    if picture.codec_name != planned.kind.codec() || (mp4 && picture.pix_fmt != "yuv420p") {
        return Err("its picture is not encoded as planned".to_owned());
    }
    let frames = picture.nb_read_packets.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    let seconds = report.format.duration.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0.0_f64);
    let Some((wanted, length)) = planned.length else {
        return Ok(Facts { width, height, seconds: 0.0, frames: 1, bytes, sound: false });
    };
    // A GIF may leave out frames that change nothing.
    let counted = if planned.kind == Container::Gif { frames >= 1 && frames <= wanted } else { frames == wanted };
    if !counted {
        return Err(format!("it has {frames} frames and should have {wanted}"));
    }
    // One packet of sound more or less; hundredths of a second are all that a GIF knows.
    if (seconds - length).abs() > 0.15 {
        return Err(format!("it lasts {seconds:.3} s and should last {length:.3} s"));
    }
    Ok(Facts { width, height, seconds, frames, bytes, sound: planned.sound })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(change: impl FnOnce(&mut serde_json::Value)) -> Result<Facts, String> {
        let mut report = serde_json::json!({
            "streams": [
                {"codec_type": "video", "codec_name": "h264", "pix_fmt": "yuv420p", "width": 64, "height": 32, "nb_read_packets": "25"},
                {"codec_type": "audio", "codec_name": "aac", "nb_read_packets": "48"}
            ],
            "format": {"duration": "1.02"}
        });
        change(&mut report);
        let planned = Planned { size: (64, 32), length: Some((25, 1.0)), sound: true, kind: Container::Mp4 };
        check(&serde_json::from_value(report).unwrap(), planned, 9)
    }

    #[test]
    fn only_what_was_planned_passes() {
        assert_eq!(told(|_| {}).unwrap().frames, 25);
        for (at, value, because) in [
            ("/streams/0/width", serde_json::json!(66), "66x32"),
            ("/streams/0/pix_fmt", "yuvj420p".into(), "encoded"),
            ("/streams/0/nb_read_packets", "24".into(), "24 frames"),
            ("/streams/1/codec_type", "data".into(), "streams"),
            ("/format/duration", "2".into(), "lasts"),
        ] {
            let error = told(|report| *report.pointer_mut(at).unwrap() = value).unwrap_err();
            assert!(error.contains(because), "{error}");
        }
    }
}
