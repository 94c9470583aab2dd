//! Looks at a finished file as a player does, and refuses one that is not what was planned.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use reelspan_types::Cancel;
use serde::Deserialize;

use super::RenderError;
use super::timeline::Timeline;
use crate::tool::{Command, Program, Tools, file_arg};

/// What the finished file claims of itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) frames: u64,
    pub(crate) duration: f64,
    pub(crate) bytes: u64,
}

#[derive(Deserialize)]
struct Report {
    streams: Vec<Stream>,
    format: Format,
}

#[derive(Deserialize)]
struct Stream {
    codec_type: String,
    codec_name: String,
    #[serde(default)]
    profile: String,
    #[serde(default)]
    pix_fmt: String,
    width: Option<u32>,
    height: Option<u32>,
    r_frame_rate: String,
    avg_frame_rate: String,
    nb_frames: Option<String>,
    duration: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
}

#[derive(Deserialize)]
struct Format {
    duration: String,
}

/// Checks a finished file against its plan.
pub(crate) fn verify(
    tools: &Tools,
    file: &Path,
    timeline: &Timeline,
    canvas: (u32, u32),
    cancel: &Cancel,
) -> Result<Seen, RenderError> {
    let command = Command {
        program: Program::Ffprobe,
        args: [
            "-loglevel",
            "error",
            "-protocol_whitelist",
            "file",
            "-f",
            "mov",
            "-of",
            "json",
            "-show_streams",
            "-show_format",
        ]
        .into_iter()
        .map(Into::into)
        .chain([file_arg(file)])
        .collect(),
        reads: vec![file.to_owned()],
        writes: Vec::new(),
        fonts: false,
        devices: false,
        pipes: 0,
        max_file_bytes: 1 << 20,
        time_limit: Some(Duration::from_secs(60)),
    };
    let output = tools.run(command, cancel)?;
    let unsound = |what: &str| RenderError::Unsound(what.to_owned());
    let report: Report = serde_json::from_slice(&output.stdout).map_err(|_| unsound("it cannot be read back"))?;
    let (frames, duration) = check(&report, timeline, canvas).map_err(RenderError::Unsound)?;
    let bytes = file.metadata().map_or(0, |about| about.len());
    if !starts_with_its_index(file).unwrap_or(false) {
        return Err(unsound("its index does not come first, so it would not play while it loads"));
    }
    Ok(Seen { frames, duration, bytes })
}

fn check(report: &Report, timeline: &Timeline, canvas: (u32, u32)) -> Result<(u64, f64), String> {
    let one = |kind: &str| {
        let mut streams = report.streams.iter().filter(|stream| stream.codec_type == kind);
        let first = streams.next().ok_or_else(|| format!("it has no {kind}"))?;
        if streams.next().is_some() { Err(format!("it has more than one {kind} stream")) } else { Ok(first) }
    };
    let (video, audio) = (one("video")?, one("audio")?);
    if report.streams.len() != 2 {
        return Err("it has streams that nobody asked for".to_owned());
    }
    let frames = video.nb_frames.as_deref().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    if frames != timeline.frames {
        return Err(format!("it has {frames} frames and should have {}", timeline.frames));
    }
    if (video.width, video.height) != (Some(canvas.0), Some(canvas.1)) {
        return Err(format!("its picture is not {}x{}", canvas.0, canvas.1));
    }
    if video.codec_name != "h264" || video.profile != "High" || video.pix_fmt != "yuv420p" {
        return Err("its picture is not H.264 High in 4:2:0".to_owned());
    }
    if video.r_frame_rate != video.avg_frame_rate {
        return Err("its frame rate is not constant".to_owned());
    }
    if audio.codec_name != "aac" || audio.sample_rate.as_deref() != Some("48000") || audio.channels != Some(2) {
        return Err("its sound is not 48 kHz stereo AAC".to_owned());
    }
    let seconds = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    let (duration, planned) = (seconds(Some(&report.format.duration)), timeline.seconds());
    // A packet of AAC is 21 ms; a player shows a file as long as its longest stream.
    let close = |found: f64| (found - planned).abs() <= 0.05;
    if !close(duration) || !close(seconds(audio.duration.as_deref())) {
        return Err(format!("it lasts {duration:.3} s and should last {planned:.3} s"));
    }
    Ok((frames, duration))
}

/// Whether `moov` stands before `mdat`.
fn starts_with_its_index(path: &Path) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    loop {
        let mut header = [0; 8];
        file.read_exact(&mut header)?;
        let size = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
        match &header[4..] {
            b"moov" => return Ok(true),
            b"mdat" => return Ok(false),
            _ if size < 8 => return Ok(false),
            _ => file.seek(SeekFrom::Current(i64::from(size) - 8))?,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::timeline::Rate;
    use super::*;

    fn timeline() -> Timeline {
        Timeline { rate: Rate { num: 25, den: 1 }, start: 0.0, frames: 50, seek: 0.0, late: 0.02 }
    }

    fn sound_report() -> serde_json::Value {
        serde_json::json!({
            "streams": [
                {"codec_type": "video", "codec_name": "h264", "profile": "High", "pix_fmt": "yuv420p", "width": 1080,
                 "height": 1920, "r_frame_rate": "25/1", "avg_frame_rate": "25/1", "nb_frames": "50", "duration": "2.0"},
                {"codec_type": "audio", "codec_name": "aac", "r_frame_rate": "0/0", "avg_frame_rate": "0/0",
                 "duration": "2.0", "sample_rate": "48000", "channels": 2}
            ],
            "format": {"duration": "2.000000"}
        })
    }

    #[track_caller]
    fn refuse(pointer: &str, value: serde_json::Value, because: &str) {
        let mut report = sound_report();
        *report.pointer_mut(pointer).unwrap() = value;
        let report: Report = serde_json::from_value(report).unwrap();
        let told = check(&report, &timeline(), (1080, 1920)).unwrap_err();
        assert!(told.contains(because), "{told}");
    }

    #[test]
    fn a_sound_file_passes() {
        let report: Report = serde_json::from_value(sound_report()).unwrap();
        assert_eq!(check(&report, &timeline(), (1080, 1920)), Ok((50, 2.0)));
    }

    #[test]
    fn anything_else_is_refused() {
        refuse("/streams/0/nb_frames", "49".into(), "49 frames");
        refuse("/streams/0/width", 1081.into(), "1080x1920");
        refuse("/streams/0/profile", "High 10".into(), "H.264");
        refuse("/streams/0/pix_fmt", "yuvj420p".into(), "4:2:0");
        refuse("/streams/0/avg_frame_rate", "2490/100".into(), "constant");
        refuse("/streams/1/codec_type", "data".into(), "no audio");
        refuse("/streams/1/duration", "1.2".into(), "should last");
        refuse("/format/duration", "2.2".into(), "should last");
        refuse("/streams/1/channels", 1.into(), "stereo");
    }
}
