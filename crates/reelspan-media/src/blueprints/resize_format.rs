//! `resize-format`: the same video in another shape, nothing stretched.

use super::film::{Film, Title};
use super::frame::{Fit, pixels, placed, steadied};
use super::inputs::{Field, VIDEO};
use super::source::Footage;
use super::{Blueprint, BlueprintError, Desk, Made, Order, music};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "resize-format",
    title: "Resize format",
    about: "The video as 9:16, 1:1, 16:9 or 4:5: whole over a blurred fill of itself, or cut to fill the shape",
    fields: &[
        VIDEO,
        Field::choice("format", &["9x16", "1x1", "16x9", "4x5"], "9x16"),
        Field::choice("fit", &["pad", "crop"], "pad"),
    ],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    let fit = if order.inputs.choice("fit") == "crop" { Fit::Crop } else { Fit::Pad };
    let title = Title::only(BLUEPRINT.slug, "video");
    Ok(vec![resized(desk, &footage, order.inputs.choice("format"), fit, &title)?])
}

/// All of a video in one of the formats.
pub(super) fn resized(
    desk: &mut Desk<'_>,
    footage: &Footage,
    format: &str,
    fit: Fit,
    title: &Title,
) -> Result<Made, BlueprintError> {
    let mut film = Film::new(footage.timeline(), pixels(format));
    let input = film.footage(footage);
    let source = steadied(footage, input, &film.timeline, "");
    let (chains, _) = placed(&footage.video, &source, film.canvas, fit, "", "picture");
    film.chains.extend(chains);
    film.chains.push("[picture]format=yuv420p[v]".to_owned());
    music::keep(&mut film, footage, input);
    film.make(desk, title)
}
