//! `hook-variants`: the same video once for each hook, to try which works.

use super::film::{Film, Title};
use super::frame::{Fit, pixels, placed, steadied, whole};
use super::hook::{self, STYLES, Stage};
use super::inputs::{Field, HOOK, VIDEO};
use super::source::Footage;
use super::viral_short::WIDEST;
use super::{Blueprint, BlueprintError, Desk, Made, Order, music};
use crate::captions::lettering::Area;

const HOOKS: &[&str] = &["hook1", "hook2", "hook3"];
/// Letters need so many pixels to be read.
const LEAST_SHORT: f64 = 360.0;

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "hook-variants",
    title: "Hook variants",
    about: "The same video with up to three hooks, a file for each, to try which one works",
    fields: &[
        VIDEO,
        Field::text("hook1", true, HOOK),
        Field::text("hook2", false, HOOK),
        Field::text("hook3", false, HOOK),
        Field::choice("ratio", &["9x16", "4x5", "1x1", "original"], "9x16"),
        Field::choice("style", STYLES.split_at(3).0, "top-hook"),
    ],
    outputs: HOOKS,
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    let hooks: Vec<(&'static str, &str)> =
        HOOKS.iter().filter_map(|label| Some((*label, order.inputs.text(label)?))).collect();
    let mut made = Vec::new();
    for (index, (label, text)) in hooks.iter().enumerate() {
        desk.part(index, hooks.len());
        made.push(variant(desk, order, &footage, label, text)?);
    }
    Ok(made)
}

fn variant(
    desk: &mut Desk<'_>,
    order: &Order<'_>,
    footage: &Footage,
    label: &'static str,
    text: &str,
) -> Result<Made, BlueprintError> {
    let ratio = order.inputs.choice("ratio");
    let canvas = if ratio == "original" { footage.canvas(LEAST_SHORT) } else { pixels(ratio) };
    let title = Title::of(BLUEPRINT.slug, label);
    let mut film = Film::new(footage.timeline(), canvas);
    let input = film.footage(footage);
    let source = steadied(footage, input, &film.timeline, "");
    let mut picture = Area { left: 0.0, top: 0.0, right: f64::from(canvas.0), bottom: f64::from(canvas.1) };
    if ratio == "original" {
        film.chains.push(whole(footage, &source, canvas, "picture"));
    } else {
        let (chains, area) = placed(&footage.video, &source, canvas, Fit::Trim(WIDEST), "", "picture");
        film.chains.extend(chains);
        picture = area;
    }
    let stage = Stage { canvas, picture, seconds: film.timeline.seconds() };
    let text = hook::hook(desk, stage, order.inputs.choice("style"), text);
    music::keep(&mut film, footage, input);
    let _sheet = film.letter(desk, &title, Some(text))?;
    film.make(desk, &title)
}
