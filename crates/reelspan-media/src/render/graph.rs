//! The whole argument list of a render: one input range, one graph, one file. Pure: nothing is run here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::picture::{self, Overlays, Picture};
use super::sound::{self, Level};
use super::timeline::{SAMPLE_RATE, Timeline, demuxer};
use super::{Encoder, Order, RenderError};
use crate::plan::ShotLayout;
use crate::probe::MediaInfo;
use crate::tool::file_arg;

/// Kilobits of stereo sound a second: AAC is clean from here on, and publishers keep it.
const AUDIO_KILOBITS: u32 = 192;

/// A picture of the user's own that is laid over the clip.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) path: PathBuf,
    /// ffmpeg's demuxer for it, told by its first bytes.
    pub(crate) demuxer: &'static str,
}

/// Where the picture comes from.
#[derive(Debug, Clone, Copy)]
enum Show<'a> {
    Video(Picture<'a>),
    Cover(u32),
    Wave,
}

/// Arguments that render `order` into `output`.
pub(crate) fn render(
    order: &Order<'_>,
    timeline: &Timeline,
    level: Level,
    fonts: Option<&Path>,
    mark: Option<&Mark>,
    output: &Path,
) -> Result<Vec<OsString>, RenderError> {
    let encoder = order.encoder;
    let mut args = Args::default();
    args.add(encoder.device());
    args.add(["-loglevel", "error"]);
    args.input(order.input, order.info, timeline);
    args.mark(mark);
    let graph = graph(order, timeline, level, fonts, mark.is_some())?;
    args.add(["-filter_complex", &graph, "-map", "[v]", "-map", "[a]"]);
    args.picture(encoder, timeline);
    args.sound();
    args.file(output);
    Ok(args.0)
}

/// Arguments that keep a finished file's picture and make its sound anew.
pub(crate) fn resound(
    order: &Order<'_>,
    timeline: &Timeline,
    level: Level,
    finished: &Path,
    output: &Path,
) -> Vec<OsString> {
    let mut args = Args::default();
    args.add(["-loglevel", "error"]);
    args.input(order.input, order.info, timeline);
    args.add(["-protocol_whitelist", "file", "-f", "mov", "-i"]);
    args.0.push(file_arg(finished));
    let graph = sound::chain(order.info, timeline, level, "a");
    args.add(["-filter_complex", &graph, "-map", "1:v:0", "-map", "[a]", "-c:v", "copy"]);
    args.sound();
    args.file(output);
    args.0
}

/// Arguments that print the clip's sound, as it would be encoded, as 32-bit floats on standard output.
pub(crate) fn listen(input: &Path, info: &MediaInfo, timeline: &Timeline, level: Level) -> Vec<OsString> {
    let mut args = Args::default();
    args.add(["-loglevel", "error"]);
    args.input(input, info, timeline);
    let graph = sound::chain(info, timeline, level, "a");
    args.add(["-filter_complex", &graph]);
    args.print();
    args.0
}

/// Arguments that print a finished clip's sound.
pub(crate) fn listen_again(finished: &Path) -> Vec<OsString> {
    let mut args = Args::default();
    args.add(["-loglevel", "error", "-protocol_whitelist", "file", "-vn", "-sn", "-dn", "-f", "mov", "-i"]);
    args.0.push(file_arg(finished));
    args.add(["-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le", "-ar", "48000", "-ac", "2", "pipe:1"]);
    args.0
}

/// The layouts that an order draws.
pub(crate) fn layouts<'a>(order: &Order<'a>) -> Result<&'a [ShotLayout], RenderError> {
    let wrong = |what: String| RenderError::Plan { clip: order.clip.id.clone(), what };
    match order.clip.layouts.get(&order.aspect) {
        Some(layouts) if !layouts.is_empty() => Ok(layouts),
        _ => Err(wrong(format!("has no layout for {}", order.aspect))),
    }
}

fn graph(
    order: &Order<'_>,
    timeline: &Timeline,
    level: Level,
    fonts: Option<&Path>,
    marked: bool,
) -> Result<String, RenderError> {
    let show = match (&order.info.video, order.info.cover) {
        (Some(video), _) => Show::Video(Picture { video, timeline, aspect: order.aspect, layouts: layouts(order)? }),
        (None, Some(index)) => Show::Cover(index),
        (None, None) => Show::Wave,
    };
    let mut chains = match show {
        Show::Video(picture) => picture::chains(&picture, "picture"),
        Show::Cover(index) => sound::cover(timeline, order.aspect, index, "picture"),
        Show::Wave => {
            let mut chains = vec!["[heard]asplit=2[a][seen]".to_owned()];
            chains.extend(sound::wave(timeline, order.aspect, "seen", "picture"));
            chains
        }
    };
    let heard = if matches!(show, Show::Wave) { "heard" } else { "a" };
    chains.push(sound::chain(order.info, timeline, level, heard));
    if marked {
        chains.push(picture::mark(1, order.aspect.pixels().0, "mark"));
    }
    let overlays = Overlays { ass: order.ass, fonts, mark: marked.then_some("mark") };
    chains.extend(picture::overlays(&overlays, "picture", "v", order.encoder.pixels()));
    Ok(chains.join(";"))
}

/// An argument list that is being written.
#[derive(Default)]
pub(crate) struct Args(pub(crate) Vec<OsString>);

impl Args {
    pub(crate) fn add<'a>(&mut self, args: impl IntoIterator<Item = &'a str>) {
        self.0.extend(args.into_iter().map(OsString::from));
    }

    /// The source from a little before the clip on. What lies before the clip is cut off in the graph, by time: ffmpeg's
    /// own accurate seek would drop the frame that is still shown when the clip begins.
    pub(crate) fn input(&mut self, input: &Path, info: &MediaInfo, timeline: &Timeline) {
        if timeline.seek > 0.0 {
            self.add(["-noaccurate_seek", "-ss", &format!("{:.6}", timeline.seek)]);
        }
        self.add(["-protocol_whitelist", "file", "-f", demuxer(&info.container), "-i"]);
        self.0.push(file_arg(input));
    }

    /// A watermark picture as the next input.
    pub(crate) fn mark(&mut self, mark: Option<&Mark>) {
        let Some(mark) = mark else { return };
        self.add(["-protocol_whitelist", "file", "-f", mark.demuxer, "-i"]);
        self.0.push(file_arg(&mark.path));
    }

    /// How the picture is encoded. The graph ends after the planned frames: `-frames:v` would end the sound with them, before
    /// all of it is encoded.
    pub(crate) fn picture(&mut self, encoder: Encoder, timeline: &Timeline) {
        self.add(["-fps_mode", "cfr", "-r", &format!("{}/{}", timeline.rate.num, timeline.rate.den)]);
        self.add(encoder.settings().iter().copied());
        let group = (timeline.rate.value() * 2.0).round().max(1.0);
        self.add(["-g", &format!("{group}")]);
        self.add(["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]);
    }

    pub(crate) fn sound(&mut self) {
        let bits = format!("{AUDIO_KILOBITS}k");
        self.add(["-c:a", "aac", "-b:a", &bits, "-ar", &SAMPLE_RATE.to_string(), "-ac", "2"]);
    }

    /// The graph's `[a]` as 32-bit floats on standard output.
    pub(crate) fn print(&mut self) {
        self.add(["-map", "[a]", "-vn", "-sn", "-dn", "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"]);
    }

    /// A file that plays while it loads and tells nothing of its source.
    pub(crate) fn file(&mut self, output: &Path) {
        self.add(["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"]);
        self.add(["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]);
        self.add(["-max_muxing_queue_size", "4096", "-movflags", "+faststart", "-f", "mp4"]);
        self.0.push(file_arg(output));
    }
}

#[cfg(test)]
mod tests;
