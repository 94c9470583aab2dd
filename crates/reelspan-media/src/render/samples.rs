//! For this module's tests: descriptions of sources, as the probe gives them.

use std::collections::BTreeMap;

use reelspan_types::Aspect;

use crate::plan::{Clip, Layout, ShotLayout};
use crate::probe::{AudioStream, MediaInfo, VideoStream};

pub(crate) fn video(width: u32, height: u32, frame_rate: f64) -> VideoStream {
    VideoStream {
        index: 0,
        codec: "h264".into(),
        width,
        height,
        display_width: width & !1,
        display_height: height & !1,
        rotation: 0,
        frame_rate,
        variable_frame_rate: false,
        pixel_format: "yuv420p".into(),
        bit_depth: 8,
        hdr: false,
        color_transfer: None,
        color_primaries: None,
        color_space: None,
        interlaced: false,
        start: 0.0,
    }
}

pub(crate) fn info(video: Option<VideoStream>) -> MediaInfo {
    MediaInfo {
        container: "mov,mp4,m4a,3gp,3g2,mj2".into(),
        duration: Some(60.0),
        bytes: 1,
        video,
        audio: vec![AudioStream {
            index: 1,
            codec: "aac".into(),
            sample_rate: 44_100,
            channels: 2,
            channel_layout: Some("stereo".into()),
            language: None,
            start: 0.0,
        }],
        subtitles: vec![],
        still: false,
        cover: None,
    }
}

pub(crate) fn shot(start: f64, end: f64, layout: Layout) -> ShotLayout {
    ShotLayout { start, end, layout, path: vec![], zoom: 1.0, panes: vec![], reason: String::new() }
}

pub(crate) fn clip(start: f64, end: f64, aspect: Aspect, layouts: Vec<ShotLayout>) -> Clip {
    Clip {
        id: "01".into(),
        start,
        end,
        title: String::new(),
        hook: None,
        score: 0.5,
        reason: String::new(),
        thumbnail: None,
        terms: vec![],
        layouts: BTreeMap::from([(aspect, layouts)]),
        captions: vec![],
    }
}
