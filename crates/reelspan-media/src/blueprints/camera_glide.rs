//! `camera-glide`: a steady sideways camera move over the whole video.

use super::inputs::{Field, VIDEO};
use super::lens::Move;
use super::source::Footage;
use super::zoom_in::moved;
use super::{Blueprint, BlueprintError, Desk, Made, Order};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "camera-glide",
    title: "Camera glide",
    about: "The camera glides gently to one side, from the first frame to the last",
    fields: &[VIDEO, Field::choice("direction", &["right", "left"], "right")],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    let way = if order.inputs.choice("direction") == "left" { Move::GlideLeft } else { Move::GlideRight };
    Ok(vec![moved(desk, &footage, way, BLUEPRINT.slug)?])
}
