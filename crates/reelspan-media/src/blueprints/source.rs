//! What a field's address led to: looked into, measured, and refused with the field's name where it does not fit.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reelspan_types::Span;

use super::desk::Desk;
use super::{BlueprintError, Order};
use crate::probe::{MediaInfo, VideoStream, probe_until};
use crate::render::timeline::{Rate, Timeline};
use crate::tool::{Command, Program, Tools, file_arg};

/// The longest side of a picture that is handed out.
const MOST_SIDE: f64 = 3840.0;
const LEAST_SIDE: f64 = 16.0;
/// Longer than reading any file that is taken.
const PATIENCE: Duration = Duration::from_secs(600);

/// A video, with the length that its packets have.
#[derive(Debug, Clone)]
pub(super) struct Footage {
    pub(super) path: PathBuf,
    pub(super) info: MediaInfo,
    pub(super) video: VideoStream,
    pub(super) seconds: f64,
}

/// One picture.
#[derive(Debug, Clone)]
pub(super) struct Photo {
    pub(super) path: PathBuf,
    pub(super) info: MediaInfo,
    pub(super) video: VideoStream,
}

/// A sound recording.
#[derive(Debug, Clone)]
pub(super) struct Song {
    pub(super) path: PathBuf,
    pub(super) info: MediaInfo,
}

impl Footage {
    /// A video of which all is used, so that it may not be too long.
    pub(super) fn whole(desk: &Desk<'_>, order: &Order<'_>, field: &'static str) -> Result<Self, BlueprintError> {
        let most = desk.limits.max_seconds;
        // A little more is read than is taken: enough to see that it is too long.
        let footage = Self::beginning(desk, order, field, most + 1.0)?;
        if footage.seconds <= most {
            return Ok(footage);
        }
        let seconds = footage.info.duration.unwrap_or(0.0).max(footage.seconds);
        Err(BlueprintError::TooLong { field, seconds, most })
    }

    /// A video of which the first seconds are used. Its length is only known up to there.
    pub(super) fn beginning(
        desk: &Desk<'_>,
        order: &Order<'_>,
        field: &'static str,
        most: f64,
    ) -> Result<Self, BlueprintError> {
        let (path, info) = look(desk, file(order, field)?, field)?;
        let Some(video) = info.video.clone() else {
            return Err(BlueprintError::unfit(field, "has sound but no moving picture; give a video"));
        };
        if info.still {
            return Err(BlueprintError::unfit(field, "is a picture that does not move; give a video"));
        }
        let seconds = seconds(desk, &path, &info, &video, most)?;
        if seconds < 0.01 {
            return Err(BlueprintError::unfit(field, "has no picture that can be shown; it is damaged or cut short"));
        }
        Ok(Self { path, info, video, seconds })
    }

    pub(super) fn timeline(&self) -> Timeline {
        Timeline::new(&self.info, Span::new(0.0, self.seconds))
    }

    pub(super) fn has_sound(&self) -> bool {
        !self.info.audio.is_empty()
    }

    pub(super) fn ratio(&self) -> f64 {
        f64::from(self.video.display_width) / f64::from(self.video.display_height)
    }

    /// Its own size as shown, made even, and no larger or smaller than players take.
    pub(super) fn canvas(&self, least_short: f64) -> (u32, u32) {
        let (width, height) = (f64::from(self.video.display_width), f64::from(self.video.display_height));
        let grow = (least_short / width.min(height)).max(1.0);
        let scale = grow.min(MOST_SIDE / width.max(height));
        let even = |side: f64| (side * scale / 2.0).round().max(LEAST_SIDE / 2.0) as u32 * 2;
        (even(width), even(height))
    }

    pub(super) fn rate(&self) -> Rate {
        self.timeline().rate
    }
}

impl Photo {
    pub(super) fn open(desk: &Desk<'_>, path: &Path, field: &'static str) -> Result<Self, BlueprintError> {
        let (path, info) = look(desk, path, field)?;
        match info.video.clone() {
            Some(video) => Ok(Self { path, info, video }),
            None => Err(BlueprintError::unfit(field, "has no picture; give a PNG, JPEG or WebP")),
        }
    }

    pub(super) fn ratio(&self) -> f64 {
        f64::from(self.video.display_width) / f64::from(self.video.display_height)
    }
}

impl Song {
    /// The music of a field that may be left open.
    pub(super) fn given(
        desk: &Desk<'_>,
        order: &Order<'_>,
        field: &'static str,
    ) -> Result<Option<Self>, BlueprintError> {
        if order.inputs.text(field).is_none() {
            return Ok(None);
        }
        let (path, info) = look(desk, file(order, field)?, field)?;
        if info.audio.is_empty() {
            return Err(BlueprintError::unfit(field, "has no sound; give an MP3, M4A or WAV"));
        }
        Ok(Some(Self { path, info }))
    }
}

pub(super) fn file<'a>(order: &Order<'a>, field: &'static str) -> Result<&'a Path, BlueprintError> {
    let found = order.files.get(field).map(PathBuf::as_path);
    found.ok_or_else(|| BlueprintError::unfit(field, "was not fetched"))
}

fn look(desk: &Desk<'_>, path: &Path, field: &'static str) -> Result<(PathBuf, MediaInfo), BlueprintError> {
    let info = probe_until(desk.tools, path, desk.cancel).map_err(|error| BlueprintError::probed(field, error))?;
    Ok((path.to_owned(), info))
}

/// How long the picture lasts by its packets, from the start of the file on and as far as it matters: headers lie, and sound
/// may last longer.
fn seconds(
    desk: &Desk<'_>,
    path: &Path,
    info: &MediaInfo,
    video: &VideoStream,
    most: f64,
) -> Result<f64, BlueprintError> {
    let index = video.index.to_string();
    let interval = format!("%+{:.0}", most.ceil() + 1.0);
    let mut args: Vec<OsString> =
        ["-v", "error", "-select_streams", &index, "-read_intervals", &interval].map(OsString::from).to_vec();
    args.extend(["-show_entries", "packet=pts_time,duration_time,flags", "-of", "csv=p=0"].map(OsString::from));
    args.extend(["-protocol_whitelist", "file", "-f", &info.container, "-i"].map(OsString::from));
    args.push(file_arg(path));
    let command = Command { program: Program::Ffprobe, time_limit: Some(PATIENCE), ..Command::ffmpeg(args) };
    let packets = packets(desk.tools, command.reading(path), desk)?;
    let by_count = packets.count as f64 / video.frame_rate.max(0.01);
    let by_time = packets.end - packets.start;
    // Times that jump or are missing say nothing.
    let credible = by_time > 0.0 && info.duration.is_none_or(|said| by_time <= said * 1.5 + 2.0);
    Ok(if credible { by_time + video.start } else { info.duration.unwrap_or(by_count).min(by_count.max(0.04) * 4.0) })
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Packets {
    count: u64,
    start: f64,
    end: f64,
}

fn packets(tools: &Tools, command: Command, desk: &Desk<'_>) -> Result<Packets, BlueprintError> {
    let output = tools.run(command, desk.cancel)?;
    Ok(counted(&String::from_utf8_lossy(&output.stdout)))
}

/// Lines such as `1.040000,0.040000,K__`.
fn counted(lines: &str) -> Packets {
    let mut found = Packets { count: 0, start: f64::INFINITY, end: f64::NEG_INFINITY };
    for line in lines.lines() {
        let mut parts = line.split(',');
        let time = parts.next().and_then(|text| text.parse::<f64>().ok());
        let length = parts.next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        // Those are decoded but never shown.
        if parts.next().is_some_and(|flags| flags.contains('D')) {
            continue;
        }
        found.count += 1;
        if let Some(time) = time.filter(|time| time.is_finite()) {
            found.start = found.start.min(time);
            found.end = found.end.max(time + length.clamp(0.0, 3600.0));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_measured_by_what_is_shown() {
        let lines = "-0.04,0.04,KD_\n0.0,0.04,K__\n0.08,0.04,___\n0.04,0.04,___,junk\nN/A,N/A,___\nx\n";
        let found = counted(lines);
        assert_eq!(found.count, 5);
        assert!(found.start.abs() < 1e-9 && (found.end - 0.12).abs() < 1e-9, "{found:?}");
    }
}
