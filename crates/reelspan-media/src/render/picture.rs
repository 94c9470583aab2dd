//! The picture's half of the graph: steady frames, each shot in its layout, colours as every player expects them.

use std::path::Path;

use reelspan_types::Aspect;

use super::escape;
use super::path::{Sizes, Track, follow};
use super::timeline::Timeline;
use crate::framing::geometry::{self, Window};
use crate::plan::{Layout, Pane, ShotLayout};
use crate::probe::VideoStream;

/// The fill behind a whole picture is computed this many times smaller: it is blurred anyway.
const FILL_SHRINK: u32 = 8;
/// How light the fill is, so that the picture stands out.
const FILL_LIGHT: f64 = 0.55;
/// The bar between two panes, as a share of the finished height.
const SEAM: f64 = 1.0 / 320.0;
/// A fill narrower than this many pixels would look like a fault: the picture is stretched over it instead.
const THINNEST_FILL: u32 = 4;

/// Everything the picture's graph depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Picture<'a> {
    pub(crate) video: &'a VideoStream,
    pub(crate) timeline: &'a Timeline,
    pub(crate) aspect: Aspect,
    pub(crate) layouts: &'a [ShotLayout],
}

/// Text and marks over the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Overlays<'a> {
    pub(crate) ass: Option<&'a Path>,
    pub(crate) fonts: Option<&'a Path>,
    /// The graph label of the watermark image.
    pub(crate) mark: Option<&'a str>,
}

/// Neighbouring shots that one chain of filters can draw.
struct Run<'a> {
    from: u64,
    to: u64,
    shots: Vec<&'a ShotLayout>,
}

/// The graph from `[0:video]` to `[v]`, before text: chains that the caller joins with `;`.
pub(crate) fn chains(picture: &Picture<'_>, output: &str) -> Vec<String> {
    let runs = runs(picture);
    let source = format!("[0:{}]{}", picture.video.index, steady(picture));
    let finish = finish(picture.video);
    if let [run] = runs.as_slice() {
        let mut chains = draw(picture, run, &source, "0", "drawn");
        chains.push(format!("[drawn]{finish}[{output}]"));
        return chains;
    }
    let labels = |name: &str| (0..runs.len()).map(|i| format!("[{name}{i}]")).collect::<String>();
    let mut chains = vec![format!("{source},split={}{}", runs.len(), labels("take"))];
    for (i, run) in runs.iter().enumerate() {
        let cut = format!("[take{i}]trim=start_frame={}:end_frame={},setpts=PTS-STARTPTS", run.from, run.to);
        chains.extend(draw(picture, run, &cut, &i.to_string(), &format!("shot{i}")));
    }
    chains.push(format!("{}concat=n={}:v=1:a=0,{finish}[{output}]", labels("shot"), runs.len()));
    chains
}

/// Draws text and the mark over the finished picture and ends in `pixels`.
pub(crate) fn overlays(overlays: &Overlays<'_>, input: &str, output: &str, pixels: &str) -> Vec<String> {
    let mut filters = Vec::new();
    if let Some(ass) = overlays.ass {
        let fonts = overlays.fonts.map(|folder| format!(":fontsdir={}", named(folder)));
        filters.push(format!("ass={}{}", named(ass), fonts.unwrap_or_default()));
    }
    let Some(mark) = overlays.mark else {
        filters.push(pixels.to_owned());
        return vec![format!("[{input}]{}[{output}]", filters.join(","))];
    };
    let text = if filters.is_empty() { "null".to_owned() } else { filters.join(",") };
    vec![
        format!("[{input}]{text}[text]"),
        format!("[text][{mark}]overlay=W-w-W*0.04:W*0.04:format=yuv420,{pixels}[{output}]"),
    ]
}

/// The run has a working folder of its own, so a path must be whole to name the same file there.
pub(crate) fn named(path: &Path) -> String {
    escape::option(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy())
}

/// The watermark image, ready to lie over a picture of that width.
pub(crate) fn mark(input: usize, width: u32, output: &str) -> String {
    let wide = f64::from(width) * 0.18;
    format!(
        "[{input}:v]scale=w={wide:.0}:h={wide:.0}:force_original_aspect_ratio=decrease:flags=bicubic,format=rgba,\
         colorchannelmixer=aa=0.8[{output}]"
    )
}

/// Exactly the clip's frames, whatever the source's times are: held where it has none, the first at time 0.
pub(crate) fn steady(picture: &Picture<'_>) -> String {
    let Timeline { rate, frames, .. } = *picture.timeline;
    let offset = picture.timeline.offset();
    let mut filters = Vec::new();
    if picture.video.interlaced {
        // What the seek ran into before the clip need not be deinterlaced.
        filters.push(format!("trim=start={:.6}", offset - 0.25));
        filters.push("bwdif=mode=send_frame:deint=all".to_owned());
    }
    // The nearest on a grid that is moved by what is wanted is the last that came no later than that.
    let grid = offset + picture.timeline.late - 0.5 / rate.value();
    filters.push(format!("fps={}/{}:start_time={grid:.6}:round=near", rate.num, rate.den));
    filters.push("tpad=stop=-1:stop_mode=clone".to_owned());
    filters.push(format!("trim=end_frame={frames}"));
    filters.push("setpts=PTS-STARTPTS".to_owned());
    if has_alpha(&picture.video.pixel_format) {
        filters.push("format=gbrap,premultiply=inplace=1".to_owned());
    }
    filters.join(",")
}

fn runs<'a>(picture: &Picture<'a>) -> Vec<Run<'a>> {
    let timeline = picture.timeline;
    let mut runs: Vec<Run<'a>> = Vec::new();
    let mut from = 0;
    for (i, shot) in picture.layouts.iter().enumerate() {
        let last = i + 1 == picture.layouts.len();
        let to = if last { timeline.frames } else { timeline.frame(shot.end) };
        if to <= from {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.shots.last().is_some_and(|before| alike(before, shot)) => {
                run.to = to;
                run.shots.push(shot);
            }
            _ => runs.push(Run { from, to, shots: vec![shot] }),
        }
        from = to;
    }
    runs
}

/// Whether one chain draws both.
fn alike(one: &ShotLayout, other: &ShotLayout) -> bool {
    let windowed = |layout| matches!(layout, Layout::Track | Layout::Center);
    match (one.layout, other.layout) {
        (a, b) if windowed(a) && windowed(b) => (one.zoom - other.zoom).abs() < 1e-9,
        (Layout::Fit, Layout::Fit) => true,
        (Layout::Split, Layout::Split) => one.panes == other.panes,
        _ => false,
    }
}

/// The stored frame after ffmpeg has turned it upright.
pub(crate) fn stored(video: &VideoStream) -> (u32, u32) {
    if video.rotation % 180 == 90 { (video.height, video.width) } else { (video.width, video.height) }
}

fn draw(picture: &Picture<'_>, run: &Run<'_>, source: &str, id: &str, output: &str) -> Vec<String> {
    match run.shots[0].layout {
        Layout::Track | Layout::Center => {
            vec![format!("{source},{}[{output}]", windowed(picture, run))]
        }
        Layout::Fit => fit(picture, source, id, output),
        Layout::Split => split(picture, &run.shots[0].panes, source, id, output),
    }
}

fn windowed(picture: &Picture<'_>, run: &Run<'_>) -> String {
    let video = picture.video;
    let (width, height) = stored(video);
    let ratio = picture.aspect.ratio();
    let mut track = Track::default();
    let mut size = (1.0, 1.0);
    let mut next = 0;
    for frame in run.from..run.to {
        let time = picture.timeline.time(frame);
        let before = next;
        // The same rounding as in `runs`, so that the camera jumps on the cut's very frame.
        while next + 1 < run.shots.len() && picture.timeline.frame(run.shots[next].end) <= frame {
            next += 1;
        }
        if next > before {
            track.cuts.push((frame - run.from) as usize);
        }
        let shot = run.shots[next];
        let window = geometry::track_window(shot, video.display_width, video.display_height, ratio, time);
        size = (window.w, window.h);
        track.x.push(window.x * f64::from(width));
        track.y.push(window.y * f64::from(height));
    }
    let window = (size.0 * f64::from(width), size.1 * f64::from(height));
    let sizes = Sizes { source: (width, height), window, output: picture.aspect.pixels() };
    follow(&track, sizes, &|width, height| converted(video, width, height))
}

fn fit(picture: &Picture<'_>, source: &str, id: &str, output: &str) -> Vec<String> {
    let video = picture.video;
    let (width, height) = picture.aspect.pixels();
    let place = geometry::fit_place(video.display_width, video.display_height, picture.aspect.ratio());
    let (x, y, wide, high) = place.pixels(width, height);
    if width - wide < THINNEST_FILL && height - high < THINNEST_FILL {
        return vec![format!("{source},{}[{output}]", converted(video, width, height))];
    }
    let cover = still_window(
        picture,
        geometry::placed(
            geometry::window(video.display_width, video.display_height, picture.aspect.ratio(), 1.0),
            0.5,
            0.5,
        ),
    );
    let small = |side: u32| (side / FILL_SHRINK / 2 * 2).max(16);
    vec![
        format!("{source},split=2[whole{id}][behind{id}]"),
        format!(
            "[behind{id}]{cover},{},boxblur=luma_radius=6:luma_power=2:chroma_radius=3:chroma_power=2,\
             lutyuv=y='(val-minval)*{FILL_LIGHT}+minval',{}[fill{id}]",
            converted_fast(video, small(width), small(height)),
            rescaled(video, width, height),
        ),
        format!("[whole{id}]{}[front{id}]", converted(video, wide, high)),
        format!("[fill{id}][front{id}]overlay={x}:{y}:format={}[{output}]", overlay_format(video)),
    ]
}

fn split(picture: &Picture<'_>, panes: &[Pane], source: &str, id: &str, output: &str) -> Vec<String> {
    let video = picture.video;
    let (width, height) = picture.aspect.pixels();
    let ratio = picture.aspect.ratio();
    let upper = (height / 4) * 2;
    let seam = ((f64::from(height) * SEAM / 2.0).round() as u32 * 2).max(2);
    let mut chains = vec![format!("{source},split={}{}", panes.len(), labels("pane", id, panes.len()))];
    for (i, pane) in panes.iter().enumerate() {
        let window = geometry::pane_window(pane, video.display_width, video.display_height, ratio);
        let high = if i == 0 { upper } else { height - upper };
        let (crop, scale) = (still_window(picture, window), converted(video, width, high));
        chains.push(format!("[pane{id}_{i}]{crop},{scale}[half{id}_{i}]"));
    }
    chains.push(format!(
        "{}vstack=inputs={},drawbox=x=0:y={}:w=iw:h={seam}:color=0x101014:t=fill[{output}]",
        labels("half", id, panes.len()),
        panes.len(),
        upper - seam / 2,
    ));
    chains
}

fn labels(name: &str, id: &str, count: usize) -> String {
    (0..count).map(|i| format!("[{name}{id}_{i}]")).collect()
}

fn still_window(picture: &Picture<'_>, window: Window) -> String {
    let (width, height) = stored(picture.video);
    let (x, y, wide, high) = window.pixels(width, height);
    format!("crop={wide}:{high}:{x}:{y}")
}

/// Scales once and, unless it is tone-mapped later, turns colours into limited-range BT.709 in the same step.
pub(crate) fn converted(video: &VideoStream, width: u32, height: u32) -> String {
    scaled(video, width, height, "bicubic")
}

pub(crate) fn converted_fast(video: &VideoStream, width: u32, height: u32) -> String {
    scaled(video, width, height, "area")
}

fn scaled(video: &VideoStream, width: u32, height: u32, kind: &str) -> String {
    if video.hdr {
        return format!("scale={width}:{height}:flags={kind},setsar=1,format=yuv420p10le");
    }
    let range = if gray_in_limited_range(video) { ":in_range=limited" } else { "" };
    // Between matrices swscale's quick way is one or two levels off; where nothing changes it is exact.
    let exact = if matrix(video) == "bt709" && video.pixel_format.starts_with("yuv") {
        ""
    } else {
        "+accurate_rnd+full_chroma_int"
    };
    format!(
        "scale={width}:{height}:flags={kind}{exact}:in_color_matrix={}{range}:out_color_matrix=bt709:out_range=limited,\
         setsar=1,format=yuv420p",
        matrix(video)
    )
}

/// Scales what has been converted already.
pub(crate) fn rescaled(video: &VideoStream, width: u32, height: u32) -> String {
    if video.hdr {
        return format!("scale={width}:{height}:flags=bicubic,setsar=1");
    }
    format!(
        "scale={width}:{height}:flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709:in_range=limited:out_range=limited,setsar=1"
    )
}

pub(crate) fn overlay_format(video: &VideoStream) -> &'static str {
    if video.hdr { "yuv420p10" } else { "yuv420" }
}

/// The matrix of the source as swscale names it; without a tag, what players assume for the size.
fn matrix(video: &VideoStream) -> &'static str {
    match video.color_space.as_deref() {
        Some("bt709") => "bt709",
        Some("smpte170m" | "bt470bg" | "bt601") => "bt601",
        Some("smpte240m") => "smpte240m",
        Some("fcc") => "fcc",
        Some("bt2020nc" | "bt2020c" | "bt2020") => "bt2020",
        _ if video.width.max(video.height) >= 1280 || video.width.min(video.height) >= 720 => "bt709",
        _ => "bt601",
    }
}

/// Untagged gray is full range in pictures, but video codecs mean limited range.
fn gray_in_limited_range(video: &VideoStream) -> bool {
    video.pixel_format.starts_with("gray") && matches!(video.codec.as_str(), "h264" | "hevc" | "av1" | "vp9")
}

pub(crate) fn has_alpha(pixel_format: &str) -> bool {
    let names = ["rgba", "bgra", "argb", "abgr", "gbrap", "yuva", "ya8", "ya16", "pal8", "ayuv"];
    names.iter().any(|name| pixel_format.starts_with(name))
}

/// Brings high dynamic range down and says which colours these are.
pub(crate) fn finish(video: &VideoStream) -> String {
    let tags = "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709";
    if !video.hdr {
        return tags.to_owned();
    }
    let transfer = if video.color_transfer.as_deref() == Some("arib-std-b67") { "arib-std-b67" } else { "smpte2084" };
    format!(
        "setparams=range=limited:color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc,\
         zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=limited,format=yuv420p,{tags}"
    )
}
