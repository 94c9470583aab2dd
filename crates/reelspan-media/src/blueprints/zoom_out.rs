//! `zoom-out`: the camera draws back, over the whole video.

use super::inputs::VIDEO;
use super::lens::Move;
use super::source::Footage;
use super::zoom_in::moved;
use super::{Blueprint, BlueprintError, Desk, Made, Order};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "zoom-out",
    title: "Zoom out",
    about: "The camera begins near the middle and draws slowly back until all is seen",
    fields: &[VIDEO],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    Ok(vec![moved(desk, &footage, Move::ZoomOut, BLUEPRINT.slug)?])
}
