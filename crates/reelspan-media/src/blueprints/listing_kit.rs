//! `listing-kit`: one video in the four shapes that platforms ask for.

use super::film::Title;
use super::frame::Fit;
use super::inputs::VIDEO;
use super::resize_format::resized;
use super::source::Footage;
use super::{Blueprint, BlueprintError, Desk, Made, Order};

/// Stories, Reels and Shorts; feeds; feeds of people who scroll fast; websites, marketplaces and YouTube.
const FORMATS: &[&str] = &["9x16", "1x1", "4x5", "16x9"];

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "listing-kit",
    title: "Listing kit",
    about: "One video for every platform: 9:16 for stories, 1:1 and 4:5 for feeds, 16:9 for websites",
    fields: &[VIDEO],
    outputs: FORMATS,
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    let mut made = Vec::new();
    for (index, format) in FORMATS.iter().enumerate() {
        desk.part(index, FORMATS.len());
        made.push(resized(desk, &footage, format, Fit::Near, &Title::of(BLUEPRINT.slug, format))?);
    }
    Ok(made)
}
