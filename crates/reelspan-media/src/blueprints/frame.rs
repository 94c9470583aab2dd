//! Where the picture stands in a canvas of another shape: cut to fill it, or whole over a blurred fill of itself.

use reelspan_types::Aspect;

use super::source::{Footage, Photo};
use crate::captions::lettering::Area;
use crate::probe::VideoStream;
use crate::render::picture::{
    Picture, converted, converted_fast, finish, has_alpha, overlay_format, rescaled, steady, stored,
};
use crate::render::timeline::Timeline;

/// The fill is computed this many times smaller: it is blurred anyway.
const SHRINK: u32 = 8;
/// How light the fill is, so that the picture stands out.
const LIGHT: f64 = 0.5;
/// A fill narrower than this many pixels would look like a fault.
const THINNEST: u32 = 4;
/// What lies behind a picture with see-through parts.
const PAPER: &str = "0xF5F5F7";
/// Of the canvas it has this share.
const FREED: f64 = 0.84;

/// How a picture comes into a canvas of another shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fit {
    /// Its middle fills the canvas.
    Crop,
    /// All of it is seen.
    Pad,
    /// Cropped where next to nothing is lost by it, whole otherwise.
    Near,
    /// The same, but a picture wider than this (width to height) loses its sides, so that more of the canvas is used.
    Trim(f64),
}

/// The sizes that blueprints offer: `9x16` and the like.
pub(super) fn pixels(format: &str) -> (u32, u32) {
    match format {
        "1x1" => (1080, 1080),
        "4x5" => (1080, 1350),
        "16x9" => (1920, 1080),
        _ => (1080, 1920),
    }
}

/// The video's frames on a timeline, after `before`.
pub(super) fn steadied(footage: &Footage, input: usize, timeline: &Timeline, before: &str) -> String {
    let picture = Picture { video: &footage.video, timeline, aspect: Aspect::VERTICAL, layouts: &[] };
    format!("[{input}:{}]{before}{}", footage.video.index, steady(&picture))
}

/// All of the picture, as large as the canvas.
pub(super) fn whole(footage: &Footage, source: &str, canvas: (u32, u32), output: &str) -> String {
    let video = &footage.video;
    format!("{source},{},{}[{output}]", converted(video, canvas.0, canvas.1), finish(video))
}

/// The picture in a canvas of another shape, and where it stands.
pub(super) fn placed(
    video: &VideoStream,
    source: &str,
    canvas: (u32, u32),
    fit: Fit,
    id: &str,
    output: &str,
) -> (Vec<String>, Area) {
    let ratio = f64::from(video.display_width) / f64::from(video.display_height);
    let shape = f64::from(canvas.0) / f64::from(canvas.1);
    let shown = match fit {
        Fit::Crop => shape,
        Fit::Pad => ratio,
        Fit::Near | Fit::Trim(_) if (0.8..=1.25).contains(&(ratio / shape)) => shape,
        Fit::Near => ratio,
        Fit::Trim(widest) => ratio.min(widest.max(shape)),
    };
    let front = window(video, shown / ratio);
    let place = place(shown, canvas);
    let (wide, high) = (place.width() as u32, place.height() as u32);
    if canvas.0 - wide < THINNEST && canvas.1 - high < THINNEST {
        let chain = format!("{source},{front}{},{}[{output}]", converted(video, canvas.0, canvas.1), finish(video));
        return (vec![chain], all(canvas));
    }
    let small = |side: u32| (side / SHRINK / 2 * 2).max(16);
    let chains = vec![
        format!("{source},split=2[whole{id}][behind{id}]"),
        format!(
            "[behind{id}]{}{},boxblur=luma_radius=6:luma_power=2:chroma_radius=3:chroma_power=2,\
             lutyuv=y='(val-minval)*{LIGHT}+minval',{}[fill{id}]",
            window(video, shape / ratio),
            converted_fast(video, small(canvas.0), small(canvas.1)),
            rescaled(video, canvas.0, canvas.1),
        ),
        format!("[whole{id}]{front}{}[front{id}]", converted(video, wide, high)),
        format!(
            "[fill{id}][front{id}]overlay={}:{}:format={},{}[{output}]",
            place.left,
            place.top,
            overlay_format(video),
            finish(video)
        ),
    ];
    (chains, place)
}

/// One picture in a canvas; where parts of it are see-through, over paper.
pub(super) fn photo(photo: &Photo, input: usize, canvas: (u32, u32), fit: Fit, id: &str, output: &str) -> Vec<String> {
    let source = format!("[{input}:{}]trim=end_frame=1,setpts=0", photo.video.index);
    if !has_alpha(&photo.video.pixel_format) {
        return placed(&photo.video, &source, canvas, fit, id, output).0;
    }
    // Cut out, it wants air around it.
    let inner = |side: u32| (f64::from(side) * FREED / 2.0) as u32 * 2;
    let place = place(photo.ratio(), (inner(canvas.0), inner(canvas.1)));
    let moved = |side: u32, at: f64| (side - inner(side)) / 4 * 2 + at as u32;
    vec![
        format!("{source},scale={}:{}:flags=bicubic,setsar=1,format=rgba[front{id}]", place.width(), place.height()),
        format!("color=c={PAPER}:s={}x{}:r=30,trim=end_frame=1,setpts=0,format=gbrp[paper{id}]", canvas.0, canvas.1),
        format!(
            "[paper{id}][front{id}]overlay={}:{}:format=gbrp,scale=out_color_matrix=bt709:out_range=limited,\
             format=yuv420p,setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709[{output}]",
            moved(canvas.0, place.left),
            moved(canvas.1, place.top)
        ),
    ]
}

fn all(canvas: (u32, u32)) -> Area {
    Area { left: 0.0, top: 0.0, right: f64::from(canvas.0), bottom: f64::from(canvas.1) }
}

/// Where a picture of a shape stands whole in the middle of a canvas; even everywhere.
fn place(ratio: f64, canvas: (u32, u32)) -> Area {
    let (width, height) = (f64::from(canvas.0), f64::from(canvas.1));
    let scale = (width / ratio).min(height);
    let even = |side: f64, most: f64| ((side / 2.0).round() * 2.0).clamp(2.0, most);
    let (wide, high) = (even(scale * ratio, width), even(scale, height));
    let middle = |most: f64, side: f64| ((most - side) / 4.0).floor() * 2.0;
    let (left, top) = (middle(width, wide), middle(height, high));
    Area { left, top, right: left + wide, bottom: top + high }
}

/// Cuts the middle out of a picture: `share` of its width, or of its height where it is above one. Ends with a comma, or is empty.
fn window(video: &VideoStream, share: f64) -> String {
    let (width, height) = stored(video);
    let (across, down) = (share.min(1.0), (1.0 / share).min(1.0));
    let even = |side: u32, share: f64| ((f64::from(side) * share / 2.0).round() as u32 * 2).clamp(2, side.max(2));
    let (wide, high) = (even(width, across), even(height, down));
    if wide + 1 >= width && high + 1 >= height {
        return String::new();
    }
    format!(
        "crop={}:{}:{}:{},",
        wide.min(width),
        high.min(height),
        (width - wide.min(width)) / 4 * 2,
        (height - high.min(height)) / 4 * 2
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_picture_stands_in_the_middle() {
        let stands = |ratio, canvas| {
            let area = place(ratio, canvas);
            (area.left, area.top, area.width(), area.height())
        };
        assert_eq!(stands(16.0 / 9.0, (1080, 1920)), (0.0, 656.0, 1080.0, 608.0));
        assert_eq!(stands(9.0 / 16.0, (1920, 1080)), (656.0, 0.0, 608.0, 1080.0));
        assert_eq!(stands(1000.0, (1080, 1080)), (0.0, 538.0, 1080.0, 2.0));
        assert_eq!(stands(1.0, (1080, 1080)), (0.0, 0.0, 1080.0, 1080.0));
    }
}
