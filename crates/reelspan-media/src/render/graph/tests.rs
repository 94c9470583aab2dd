//! Argument lists as text, for each layout, aspect and odd source.

use super::*;
use crate::plan::{Key, Layout, Pane, Watermark};
use crate::probe::VideoStream;
use crate::render::samples::{clip, info, shot, video};
use crate::render::{Encoder, Timeline};

struct Case {
    info: MediaInfo,
    aspect: &'static str,
    layouts: Vec<ShotLayout>,
    level: Level,
    ass: Option<&'static str>,
    mark: Option<Mark>,
    encoder: Encoder,
}

impl Case {
    fn new(video: Option<VideoStream>, layouts: Vec<ShotLayout>) -> Self {
        let level = Level { gain: 3.5, ceiling: None };
        Self { info: info(video), aspect: "9:16", layouts, level, ass: None, mark: None, encoder: Encoder::X264 }
    }

    /// One argument a line, the graph one chain a line.
    fn text(&self) -> String {
        let aspect = self.aspect.parse().unwrap();
        let clip = clip(10.0, 14.0, aspect, self.layouts.clone());
        let order = Order {
            input: Path::new("/in/talk.mp4"),
            info: &self.info,
            clip: &clip,
            aspect,
            ass: self.ass.map(Path::new),
            watermark: &Watermark::None,
            loudness: -14.0,
            encoder: self.encoder,
            output: Path::new("/out/01.mp4"),
        };
        let timeline = Timeline::new(&self.info, clip.span());
        let fonts = self.ass.map(|_| Path::new("/my fonts"));
        let args = render(&order, &timeline, self.level, fonts, self.mark.as_ref(), Path::new("/out/.01.mp4.part"));
        let lines = args
            .unwrap()
            .into_iter()
            .map(|arg| arg.to_string_lossy().replace("];[", "];\n  [").replace("];grad", "];\n  grad"));
        lines.collect::<Vec<_>>().join("\n").replace("\n-", "\n\n-").replace("\n\n-", "\n-")
    }

    fn graph(&self) -> String {
        let text = self.text();
        let after = text.split("-filter_complex\n").nth(1).unwrap();
        after.split("\n-map").next().unwrap().to_owned()
    }
}

fn hd() -> Option<VideoStream> {
    Some(video(1920, 1080, 25.0))
}

fn key(t: f64, x: f64) -> Key {
    Key { t, x, y: 0.5 }
}

#[test]
fn a_still_window_with_text_and_a_mark() {
    let mut case = Case::new(hd(), vec![shot(10.0, 14.0, Layout::Center)]);
    case.ass = Some("/tmp/it's: a [test], 100%;.ass");
    case.mark = Some(Mark { path: "/me/logo.png".into(), demuxer: "png_pipe" });
    insta::assert_snapshot!(case.text());
}

#[test]
fn a_camera_that_pans_rests_and_jumps_at_a_cut_is_one_chain() {
    let mut first = shot(10.0, 12.0, Layout::Track);
    first.path = vec![key(10.2, 0.3), key(11.2, 0.4)];
    let mut second = shot(12.0, 14.0, Layout::Track);
    second.path = vec![key(12.0, 0.8)];
    insta::assert_snapshot!(Case::new(hd(), vec![first, second]).graph());
}

#[test]
fn shots_of_different_kinds_are_cut_apart_and_joined() {
    let mut zoomed = shot(10.0, 11.0, Layout::Track);
    zoomed.zoom = 0.6;
    zoomed.path = vec![key(10.0, 0.4)];
    let mut split = shot(12.5, 14.0, Layout::Split);
    split.panes = vec![Pane { x: 0.3, y: 0.4, height: 0.8 }, Pane { x: 0.7, y: 0.45, height: 0.8 }];
    let layouts = vec![zoomed, shot(11.0, 12.5, Layout::Fit), split];
    insta::assert_snapshot!(Case::new(hd(), layouts).graph());
}

#[test]
fn every_aspect_fits_a_whole_picture() {
    let graphs: Vec<String> = ["1:1", "4:5", "16:9"]
        .into_iter()
        .map(|aspect| {
            let mut case = Case::new(hd(), vec![shot(10.0, 14.0, Layout::Fit)]);
            case.aspect = aspect;
            case.graph()
        })
        .collect();
    insta::assert_snapshot!(graphs.join("\n\n"));
}

#[test]
fn rotated_interlaced_hdr_with_wide_pixels_and_a_late_start() {
    let mut source = video(1440, 1080, 29.97);
    source.rotation = 90;
    (source.display_width, source.display_height) = (1080, 1920);
    source.interlaced = true;
    source.hdr = true;
    source.bit_depth = 10;
    source.pixel_format = "yuv420p10le".into();
    source.color_transfer = Some("arib-std-b67".into());
    source.start = 0.852;
    insta::assert_snapshot!(Case::new(Some(source), vec![shot(10.0, 14.0, Layout::Center)]).graph());
}

#[test]
fn colours_and_alpha_of_odd_sources_end_as_everyone_expects() {
    let graph = |format: &str, space: Option<&str>, codec: &str| {
        let mut source = video(641, 359, 12.5);
        source.pixel_format = format.into();
        source.color_space = space.map(Into::into);
        source.codec = codec.into();
        Case::new(Some(source), vec![shot(10.0, 14.0, Layout::Center)]).graph().lines().next().unwrap().to_owned()
    };
    insta::assert_snapshot!(
        [
            graph("yuv444p", Some("bt2020nc"), "vp9"),
            graph("yuvj420p", None, "h264"),
            graph("gray", None, "h264"),
            graph("bgra", None, "gif"),
        ]
        .join("\n\n")
    );
}

#[test]
fn sound_alone_is_drawn_and_no_sound_is_silence() {
    let mut case = Case::new(None, vec![]);
    case.level = Level { gain: 11.0, ceiling: Some(-2.0) };
    case.info.audio[0].index = 0;
    case.info.audio[0].channels = 3;
    case.info.audio[0].channel_layout = None;
    let wave = case.graph();
    case.info.cover = Some(1);
    let cover = case.graph();
    let mut silent = Case::new(hd(), vec![shot(10.0, 14.0, Layout::Center)]);
    silent.info.audio.clear();
    silent.level = Level::UNTOUCHED;
    insta::assert_snapshot!([wave, cover, silent.graph()].join("\n\n"));
}

#[test]
fn hardware_gets_its_own_pixels_and_settings() {
    let texts: Vec<String> = [Encoder::Nvenc, Encoder::Qsv, Encoder::Vaapi]
        .into_iter()
        .map(|encoder| {
            let mut case = Case::new(hd(), vec![shot(10.0, 14.0, Layout::Center)]);
            case.encoder = encoder;
            case.text().lines().filter(|line| !line.contains("file:")).collect::<Vec<_>>().join(" ")
        })
        .collect();
    insta::assert_snapshot!(texts.join("\n\n"));
}

#[test]
fn a_transport_stream_is_entered_well_before_the_clip() {
    let mut case = Case::new(hd(), vec![shot(10.0, 14.0, Layout::Center)]);
    case.info.container = "mpegts".into();
    let clip = clip(30.0, 34.0, "9:16".parse().unwrap(), case.layouts.clone());
    let timeline = Timeline::new(&case.info, clip.span());
    assert!((timeline.seek - 20.0).abs() < 1e-9);
    let args = listen(Path::new("/in/a.ts"), &case.info, &timeline, Level::UNTOUCHED);
    insta::assert_snapshot!(args.into_iter().map(|arg| arg.into_string().unwrap()).collect::<Vec<_>>().join(" "));
}

#[test]
fn a_clip_without_a_layout_for_the_aspect_is_refused() {
    let mut case = Case::new(hd(), vec![]);
    case.aspect = "1:1";
    let aspect = "1:1".parse().unwrap();
    let clip = clip(10.0, 14.0, aspect, vec![]);
    let order = Order {
        input: Path::new("/in/talk.mp4"),
        info: &case.info,
        clip: &clip,
        aspect,
        ass: None,
        watermark: &Watermark::None,
        loudness: -14.0,
        encoder: Encoder::X264,
        output: Path::new("/out/01.mp4"),
    };
    assert_eq!(layouts(&order).unwrap_err().to_string(), "the plan's clip `01` has no layout for 1:1");
}
