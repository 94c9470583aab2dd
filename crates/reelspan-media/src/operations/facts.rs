//! What is told of a file over the wire, and which lane a job belongs to.

use serde::{Deserialize, Serialize};

use crate::probe::MediaInfo;

/// Above this a job waits with the long ones.
const SHORT_SECONDS: f64 = 120.0;
/// Inputs that hold more pixels than five 4K frames are heavy.
const HEAVY_PIXELS: u64 = 5 * 3840 * 2160;

/// The media API's description of a file. What is not known is 0 or `unknown`; sizes are left out where there is no picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaMetadata {
    pub duration_seconds: f64,
    pub format: String,
    pub size_bytes: u64,
    /// As stored, before it is turned upright.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec_video: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec_audio: Option<String>,
    pub has_video: bool,
    pub has_audio: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    Short,
    Long,
    Heavy,
}

impl Lane {
    pub fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
            Self::Heavy => "heavy",
        }
    }
}

/// A probe as the media API tells it.
pub fn metadata(info: &MediaInfo) -> MediaMetadata {
    let video = info.video.as_ref();
    let rounded = |value: f64, digits: f64| (value * digits).round() / digits;
    MediaMetadata {
        duration_seconds: rounded(info.duration.unwrap_or(0.0), 1e6),
        format: if info.container.is_empty() { "unknown".to_owned() } else { format_name(info) },
        size_bytes: info.bytes,
        width: video.map(|video| video.width),
        height: video.map(|video| video.height),
        fps: video.map(|video| if info.still { 0.0 } else { rounded(video.frame_rate, 1e3) }),
        codec_video: video.map(|video| video.codec.clone()),
        codec_audio: info.audio.first().map(|audio| audio.codec.clone()),
        has_video: video.is_some(),
        has_audio: !info.audio.is_empty(),
    }
}

/// A name that people know, not the demuxer's own: `mov` is what it calls mp4 too.
fn format_name(info: &MediaInfo) -> String {
    let name = match info.container.as_str() {
        "mov" => match info.video {
            Some(_) => "mp4",
            None => "m4a",
        },
        "matroska" => {
            let webm = |codec: &str| matches!(codec, "vp8" | "vp9" | "av1" | "opus" | "vorbis");
            let codecs = info.video.iter().map(|video| &video.codec).chain(info.audio.iter().map(|audio| &audio.codec));
            if codecs.into_iter().all(|codec| webm(codec)) { "webm" } else { "matroska" }
        }
        "ogg" if info.video.is_none() && info.audio.first().is_some_and(|audio| audio.codec == "opus") => "opus",
        "mpegts" => "ts",
        other => other.strip_suffix("_pipe").unwrap_or(other),
    };
    name.to_owned()
}

/// `heavy` where the inputs' frames are together larger than five of 4K, else `long` above two minutes, else `short`.
pub fn lane<'a>(inputs: impl IntoIterator<Item = &'a MediaMetadata>) -> Lane {
    let (mut pixels, mut seconds) = (0_u64, 0.0);
    for input in inputs {
        pixels += u64::from(input.width.unwrap_or(0)) * u64::from(input.height.unwrap_or(0));
        seconds += input.duration_seconds;
    }
    match (pixels, seconds) {
        (pixels, _) if pixels > HEAVY_PIXELS => Lane::Heavy,
        (_, seconds) if seconds > SHORT_SECONDS => Lane::Long,
        _ => Lane::Short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(width: u32, height: u32, seconds: f64) -> MediaMetadata {
        MediaMetadata {
            duration_seconds: seconds,
            format: "mp4".to_owned(),
            size_bytes: 1,
            width: Some(width),
            height: Some(height),
            fps: Some(30.0),
            codec_video: Some("h264".to_owned()),
            codec_audio: None,
            has_video: true,
            has_audio: false,
        }
    }

    #[test]
    fn lanes_go_by_pixels_first_and_by_length_then() {
        let uhd = film(3840, 2160, 1.0);
        assert_eq!(lane(&[]), Lane::Short);
        assert_eq!(lane(&[film(1920, 1080, 120.0)]), Lane::Short);
        assert_eq!(lane(&[film(1920, 1080, 60.1), film(1920, 1080, 60.0)]), Lane::Long);
        assert_eq!(lane(&vec![uhd.clone(); 5]), Lane::Short);
        assert_eq!(lane(&vec![uhd; 6]), Lane::Heavy);
    }

    #[test]
    fn what_there_is_not_is_left_out() {
        let mut sound = film(0, 0, 2.5);
        (sound.width, sound.height, sound.fps, sound.codec_video) = (None, None, None, None);
        let json = serde_json::to_value(&sound).unwrap();
        assert!(json.get("width").is_none() && json.get("codec_video").is_none());
        assert_eq!(json["duration_seconds"], 2.5);
    }
}
