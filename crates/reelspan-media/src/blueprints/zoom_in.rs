//! `zoom-in`: the camera comes nearer, over the whole video.

use super::film::{Film, Title};
use super::inputs::VIDEO;
use super::lens::{Move, lens};
use super::source::Footage;
use super::{Blueprint, BlueprintError, Desk, Made, Order, frame, music};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "zoom-in",
    title: "Zoom in",
    about: "The camera comes slowly nearer to the middle, from the first frame to the last",
    fields: &[VIDEO],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    Ok(vec![moved(desk, &footage, Move::ZoomIn, BLUEPRINT.slug)?])
}

/// The whole video under a camera that moves.
pub(super) fn moved(
    desk: &mut Desk<'_>,
    footage: &Footage,
    way: Move,
    slug: &'static str,
) -> Result<Made, BlueprintError> {
    let title = Title::only(slug, "video");
    let mut film = Film::new(footage.timeline(), footage.canvas(0.0));
    let input = film.footage(footage);
    let source = frame::steadied(footage, input, &film.timeline, "");
    film.chains.push(frame::whole(footage, &source, film.canvas, "still"));
    film.chains.push(format!("[still]{},format=yuv420p[v]", lens(way, film.timeline.frames, film.canvas)));
    music::keep(&mut film, footage, input);
    film.make(desk, &title)
}
