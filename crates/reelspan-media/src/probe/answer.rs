//! ffprobe's answer as it comes: every field may be absent, and most numbers are text.

use serde::Deserialize;

/// What is asked for. Titles and other tags are left where they are: they are content.
pub(super) const ENTRIES: &str = "format=format_name,start_time,duration\
:stream=index,codec_name,codec_type,width,height,sample_aspect_ratio,pix_fmt,sample_fmt,field_order,color_transfer,\
color_primaries,color_space,r_frame_rate,avg_frame_rate,nb_frames,start_time,duration,sample_rate,channels,\
channel_layout,bits_per_raw_sample\
:stream_tags=language,rotate\
:stream_disposition=default,attached_pic,timed_thumbnails\
:stream_side_data=side_data_type,rotation";

pub(super) const FRAME_ENTRIES: &str = "frame=media_type:frame_side_data=side_data_type,rotation";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub(super) streams: Vec<Stream>,
    pub(super) format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Format {
    pub(super) format_name: String,
    pub(super) start_time: Option<String>,
    pub(super) duration: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stream {
    pub(super) index: u32,
    pub(super) codec_name: Option<String>,
    pub(super) codec_type: Option<String>,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) sample_aspect_ratio: Option<String>,
    pub(super) pix_fmt: Option<String>,
    pub(super) sample_fmt: Option<String>,
    pub(super) field_order: Option<String>,
    pub(super) color_transfer: Option<String>,
    pub(super) color_primaries: Option<String>,
    pub(super) color_space: Option<String>,
    pub(super) r_frame_rate: Option<String>,
    pub(super) avg_frame_rate: Option<String>,
    pub(super) nb_frames: Option<String>,
    pub(super) start_time: Option<String>,
    pub(super) duration: Option<String>,
    pub(super) sample_rate: Option<String>,
    pub(super) channels: i64,
    pub(super) channel_layout: Option<String>,
    pub(super) bits_per_raw_sample: Option<String>,
    pub(super) tags: Tags,
    pub(super) disposition: Disposition,
    pub(super) side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tags {
    pub(super) language: Option<String>,
    /// How ffmpeg before 5.0 told the rotation.
    pub(super) rotate: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Disposition {
    pub(super) default: u8,
    pub(super) attached_pic: u8,
    pub(super) timed_thumbnails: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SideData {
    /// Degrees counter-clockwise that the picture was turned by.
    pub(super) rotation: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Frames {
    pub(super) frames: Vec<Frame>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Frame {
    pub(super) side_data_list: Vec<SideData>,
}

impl Answer {
    /// The demuxer; ffprobe prints all its names.
    pub(super) fn container(&self) -> &str {
        self.format.format_name.split(',').next().unwrap_or_default()
    }

    /// The size of a picture that is larger than may be.
    pub(super) fn too_large(&self, most_side: u32, most_pixels: u64) -> Option<(u32, u32)> {
        let sizes = self.streams.iter().filter(|stream| stream.is("video")).filter_map(Stream::size);
        let mut large = sizes.filter(|(w, h)| *w.max(h) > most_side || u64::from(*w) * u64::from(*h) > most_pixels);
        large.next()
    }

    /// The stream whose frames must be looked at: a picture may be turned, and a GIF may move or not.
    pub(super) fn needs_frames(&self) -> Option<u32> {
        let picture = self.is_one_picture() || matches!(self.container(), "gif" | "apng");
        let video = self.streams.iter().find(|stream| stream.is_moving_picture())?;
        (picture && video.nb_frames.is_none()).then_some(video.index)
    }

    pub(super) fn is_one_picture(&self) -> bool {
        self.container().ends_with("_pipe")
    }
}

impl Stream {
    pub(super) fn is(&self, kind: &str) -> bool {
        self.codec_type.as_deref() == Some(kind)
    }

    pub(super) fn size(&self) -> Option<(u32, u32)> {
        let side = |value: i64| u32::try_from(value).ok().filter(|side| *side > 0);
        Some((side(self.width)?, side(self.height)?))
    }

    /// Its codec's name, if ffmpeg knows one.
    pub(super) fn codec(&self) -> Option<&str> {
        self.codec_name.as_deref().filter(|name| !matches!(*name, "" | "none" | "unknown"))
    }

    /// A picture stream that can be decoded and is neither cover art nor a row of chapter pictures.
    pub(super) fn is_moving_picture(&self) -> bool {
        let extra = self.disposition.attached_pic + self.disposition.timed_thumbnails > 0;
        self.is("video") && !extra && self.codec().is_some() && self.size().is_some() && self.pix_fmt.is_some()
    }

    /// A sound stream that can be decoded: what has no decoder has no sample format.
    pub(super) fn is_sound(&self) -> bool {
        self.is("audio") && self.codec().is_some() && self.channels > 0 && self.sample_fmt.is_some()
    }
}
