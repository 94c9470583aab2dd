//! `watermark`: a logo in a corner, see-through where it is.

use super::film::{Film, Title};
use super::frame::{steadied, whole};
use super::inputs::{Field, VIDEO};
use super::source::{Footage, Photo, file};
use super::{Blueprint, BlueprintError, Desk, Made, Order, music};
use crate::render::picture::stored;

/// From the edge, as a share of the short side.
const MARGIN: f64 = 0.04;
/// A mark that hides nothing of what lies behind it.
const OPACITY: f64 = 0.88;

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "watermark",
    title: "Watermark",
    about: "A logo in a corner or in the middle of the video, from the first frame to the last",
    fields: &[
        VIDEO,
        Field::image("logo_url", true),
        Field::choice("position", &["top-left", "top-right", "bottom-left", "bottom-right", "center"], "bottom-right"),
        Field::choice("size", &["small", "medium", "large"], "small"),
    ],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    let logo = Photo::open(desk, file(order, "logo_url")?, "logo_url")?;
    let title = Title::only(BLUEPRINT.slug, "video");
    let mut film = Film::new(footage.timeline(), footage.canvas(0.0));
    let input = film.footage(&footage);
    let mark = film.photo(&logo);
    let source = steadied(&footage, input, &film.timeline, "");
    film.chains.push(whole(&footage, &source, film.canvas, "picture"));
    let (wide, high) = size(&logo, film.canvas, order.inputs.choice("size"));
    film.chains.push(format!(
        "[{mark}:{}]trim=end_frame=1,setpts=0,format=rgba,scale={wide}:{high}:flags=bicubic,setsar=1,\
         colorchannelmixer=aa={OPACITY}[mark]",
        logo.video.index
    ));
    let (x, y) = corner(order.inputs.choice("position"), film.canvas, (wide, high));
    film.chains.push(format!("[picture][mark]overlay={x}:{y}:format=yuv420,format=yuv420p[v]"));
    music::keep(&mut film, &footage, input);
    Ok(vec![film.make(desk, &title)?])
}

/// The logo in its own shape, inside the same share of the video's width and height.
fn size(logo: &Photo, canvas: (u32, u32), size: &str) -> (u32, u32) {
    let share = match size {
        "large" => 0.34,
        "medium" => 0.22,
        _ => 0.14,
    };
    let (width, height) = (f64::from(canvas.0), f64::from(canvas.1));
    let (wide, high) = (f64::from(logo.video.display_width), f64::from(logo.video.display_height));
    // Made even, a mark of one or two pixels would be of another shape.
    let (stored_wide, stored_high) = stored(&logo.video);
    let square =
        logo.video.display_width.abs_diff(stored_wide) <= 1 && logo.video.display_height.abs_diff(stored_high) <= 1;
    let (wide, high) = if square { (f64::from(stored_wide), f64::from(stored_high)) } else { (wide, high) };
    let scale = (width * share / wide).min(height * share / high);
    let side = |side: f64, most: f64| (side * scale).round().clamp(1.0, most) as u32;
    (side(wide, width), side(high, height))
}

fn corner(position: &str, canvas: (u32, u32), mark: (u32, u32)) -> (u32, u32) {
    let margin = (f64::from(canvas.0.min(canvas.1)) * MARGIN).round() as u32;
    let (far_x, far_y) = (canvas.0 - mark.0, canvas.1 - mark.1);
    let (near_x, near_y) = (margin.min(far_x / 2), margin.min(far_y / 2));
    match position {
        "top-left" => (near_x, near_y),
        "top-right" => (far_x - near_x, near_y),
        "bottom-left" => (near_x, far_y - near_y),
        "center" => (far_x / 2, far_y / 2),
        _ => (far_x - near_x, far_y - near_y),
    }
}
