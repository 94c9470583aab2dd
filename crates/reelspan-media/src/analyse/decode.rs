//! The one ffmpeg run: what it decodes, at which sizes and rates, through which pipes.

use std::ffi::OsString;
use std::path::Path;

use crate::probe::{MediaInfo, VideoStream};
use crate::tool::{Command, Program};

use super::picture::PictureSize;
use super::{SoundAnalyser, Watcher};

/// Longer recordings are looked at this far: times that lie must not fill the pipes for ever.
const MOST_SECONDS: u32 = 24 * 60 * 60;

/// What is asked of ffmpeg for one file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decode {
    pub(super) picture: Option<Grid>,
    /// Width and height of the grey pictures for faces.
    pub(super) faces: Option<(usize, usize)>,
    /// Seconds after the start of the file at which the sound begins.
    pub(super) sound: Option<f64>,
}

/// A steady grid of small pictures.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    pub(super) size: PictureSize,
    /// Frames a second, exact.
    pub(super) rate: Rate,
}

/// Frames a second as a fraction, since 29.97 is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    over: u32,
    under: u32,
}

impl Rate {
    /// Faster files are thinned out, slower ones filled up: a shot's bounds would be vague otherwise.
    const MOST: f64 = 60.0;
    const LEAST: f64 = 10.0;

    pub(super) fn nearest(rate: f64) -> Self {
        let rate = if rate.is_finite() && rate > 0.0 { rate.clamp(Self::LEAST, Self::MOST) } else { 25.0 };
        let close = |exact: f64| (rate - exact).abs() < 0.002;
        let whole = rate.round();
        if close(whole) {
            Self { over: whole as u32, under: 1 }
        } else if close(rate.ceil() / 1.001) {
            Self { over: rate.ceil() as u32 * 1000, under: 1001 }
        } else {
            Self { over: (rate * 1000.0).round() as u32, under: 1000 }
        }
    }

    pub(super) fn per_second(self) -> f64 {
        f64::from(self.over) / f64::from(self.under)
    }
}

impl Decode {
    pub(super) fn of(info: &MediaInfo, sound: bool, faces: bool) -> Self {
        let video = info.video.as_ref();
        Self {
            picture: video.map(|video| Grid {
                // Turned only where it matters: shots look the same lying on their side.
                size: upright(PictureSize::of(video.display_width, video.display_height), video),
                rate: Rate::nearest(video.frame_rate),
            }),
            faces: video.filter(|_| faces).map(face_size),
            sound: info.audio.first().filter(|_| sound).map(|audio| audio.start),
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.picture.as_ref().map_or(0.0, |grid| grid.rate.per_second())
    }

    pub(super) fn pipes(&self) -> usize {
        usize::from(self.picture.is_some()) + usize::from(self.faces.is_some()) + usize::from(self.sound.is_some())
    }

    pub(super) fn command(&self, input: &Path, info: &MediaInfo) -> Command {
        Command {
            program: Program::Ffmpeg,
            args: self.args(input, info),
            reads: vec![input.to_owned()],
            writes: Vec::new(),
            fonts: false,
            devices: false,
            pipes: self.pipes(),
            max_file_bytes: 0,
            time_limit: None,
        }
    }

    fn args(&self, input: &Path, info: &MediaInfo) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        let mut pipe = 3;
        let mut push = |list: &[&str]| args.extend(list.iter().map(OsString::from));
        push(&["-v", "error"]);
        if let Some(video) = &info.video {
            // Filters that start anew where the size changes would lose count of the frames; scaling copes with it.
            push(&["-reinit_filter:v", "0", "-noautorotate"]);
            // Pictures that no other is predicted from need no deblocking to be looked at this small.
            push(&["-skip_loop_filter:v", "noref"]);
            args.extend(info.input_args(input));
            args.extend(["-filter_complex".into(), self.graph(video).into()]);
        } else {
            args.extend(info.input_args(input));
        }
        let mut output = |list: &[&str]| {
            let most = MOST_SECONDS.to_string();
            args.extend(list.iter().chain(&["-t", &most]).map(OsString::from));
            args.push(format!("pipe:{pipe}").into());
            pipe += 1;
        };
        let raw = ["-fps_mode", "passthrough", "-c:v", "rawvideo", "-f", "rawvideo"];
        if self.picture.is_some() {
            output(&[&["-map", "[small]"], &raw[..]].concat());
        }
        if self.faces.is_some() {
            output(&[&["-map", "[gray]"], &raw[..]].concat());
        }
        if let (Some(_), Some(audio)) = (self.sound, info.audio.first()) {
            let map = format!("0:{}", audio.index);
            let rate = SoundAnalyser::RATE.to_string();
            // Gaps become silence, so that what follows keeps its time.
            let filter = format!("aresample={rate}:async=1,aformat=sample_fmts=flt:channel_layouts=stereo");
            output(&["-map", &map, "-af", &filter, "-c:a", "pcm_f32le", "-f", "f32le"]);
        }
        args
    }

    fn graph(&self, video: &VideoStream) -> String {
        let Some(Grid { size, rate }) = &self.picture else { return String::new() };
        let scale = format!("scale={}:{}:flags=fast_bilinear", size.width, size.height);
        let fps = format!("fps={}/{}:start_time=0", rate.over, rate.under);
        // Whichever comes first has less to do for the other.
        let steady = if video.frame_rate > Rate::MOST { format!("{fps},{scale}") } else { format!("{scale},{fps}") };
        let small = format!("{steady},format=yuv420p[small]");
        let Some((width, height)) = self.faces else { return format!("[0:{}]{small}", video.index) };
        let (lying_width, lying_height) = if is_turned(video) { (height, width) } else { (width, height) };
        let turn = match video.rotation {
            90 => ",transpose=clock",
            180 => ",hflip,vflip",
            270 => ",transpose=cclock",
            _ => "",
        };
        // `up` takes the frame that is on screen at the sampled time, not one that comes later.
        let gray = format!(
            "fps={}:start_time=0:round=up,scale={lying_width}:{lying_height}:flags=area,format=gray{turn}[gray]",
            Watcher::RATE
        );
        format!("[0:{}]split[a][b];[a]{small};[b]{gray}", video.index)
    }
}

fn is_turned(video: &VideoStream) -> bool {
    matches!(video.rotation, 90 | 270)
}

/// The size before turning.
fn upright(size: PictureSize, video: &VideoStream) -> PictureSize {
    if is_turned(video) { PictureSize { width: size.height, height: size.width } } else { size }
}

/// The shown picture at most [`Watcher::LONG_SIDE`] long, never enlarged.
fn face_size(video: &VideoStream) -> (usize, usize) {
    let (width, height) = (video.display_width.max(2), video.display_height.max(2));
    let scale = (f64::from(Watcher::LONG_SIDE) / f64::from(width.max(height))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale / 2.0).round() as usize).max(1) * 2;
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::AudioStream;

    fn info(rotation: u32, frame_rate: f64) -> MediaInfo {
        let (display_width, display_height) = if rotation % 180 == 90 { (1080, 1920) } else { (1920, 1080) };
        let video = VideoStream {
            index: 1,
            codec: "h264".into(),
            width: 1920,
            height: 1080,
            display_width,
            display_height,
            rotation,
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
        };
        let audio = AudioStream {
            index: 0,
            codec: "aac".into(),
            sample_rate: 44_100,
            channels: 6,
            channel_layout: None,
            language: None,
            start: 0.25,
        };
        MediaInfo {
            container: "mov".into(),
            duration: None,
            bytes: 1,
            video: Some(video),
            audio: vec![audio],
            subtitles: Vec::new(),
            still: false,
            cover: None,
        }
    }

    fn args(info: &MediaInfo, sound: bool, faces: bool) -> String {
        let args = Decode::of(info, sound, faces).args(Path::new("/in.mp4"), info);
        args.iter().map(|arg| arg.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_run_feeds_three_pipes() {
        insta::assert_snapshot!(args(&info(0, 29.97), true, true));
    }

    #[test]
    fn what_is_not_asked_for_is_not_decoded() {
        let line = args(&info(0, 25.0), false, false);
        assert!(!line.contains("gray") && !line.contains("f32le") && !line.contains("pipe:4"), "{line}");
        let mut sound = info(0, 25.0);
        sound.video = None;
        let line = args(&sound, true, true);
        assert!(!line.contains("rawvideo") && line.ends_with("pipe:3"), "{line}");
        assert_eq!(Decode::of(&sound, false, true).pipes(), 0);
    }

    #[test]
    fn a_turned_picture_is_turned_after_it_was_made_small() {
        let line = args(&info(90, 30.0), false, true);
        assert!(
            line.contains("scale=256:144:") && line.contains("scale=480:270:flags=area,format=gray,transpose=clock"),
            "{line}"
        );
        assert_eq!(Decode::of(&info(90, 30.0), false, true).faces, Some((270, 480)));
        assert!(args(&info(270, 30.0), false, true).contains("transpose=cclock"));
        assert!(args(&info(180, 30.0), false, true).contains("hflip,vflip"));
    }

    #[test]
    fn rates_are_exact_and_within_bounds() {
        let check = |rate, over, under| assert_eq!(Rate::nearest(rate), Rate { over, under }, "{rate}");
        check(25.0, 25, 1);
        check(29.97, 30_000, 1001);
        check(24_000.0 / 1001.0, 24_000, 1001);
        check(60_000.0 / 1001.0, 60_000, 1001);
        check(12.5, 12_500, 1000);
        check(240.0, 60, 1);
        check(1.0, 10, 1);
        check(f64::NAN, 25, 1);
        check(0.0, 25, 1);
    }

    #[test]
    fn fast_files_are_thinned_before_they_are_scaled() {
        let line = args(&info(0, 240.0), false, false);
        assert!(line.contains("[0:1]fps=60/1:start_time=0,scale="), "{line}");
        assert!(args(&info(0, 30.0), false, false).contains("bilinear,fps=30/1"));
    }
}
