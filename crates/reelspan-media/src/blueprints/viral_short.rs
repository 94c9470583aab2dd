//! `viral-short`: an upright video with a hook and, on wish, music.

use super::film::{Film, Title};
use super::frame::{Fit, pixels, placed, steadied};
use super::hook::{self, STYLES, Stage};
use super::inputs::{Field, HOOK, MUSIC, VIDEO};
use super::source::{Footage, Song};
use super::{Blueprint, BlueprintError, Desk, Made, Order, music};

/// A wider picture loses its sides, so that it does not become a thin strip.
pub(super) const WIDEST: f64 = 4.0 / 3.0;

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "viral-short",
    title: "Viral short",
    about: "An upright 1080x1920 video with a hook on it; music may be laid under it, and its own sound steps back",
    fields: &[VIDEO, Field::text("hook_text", true, HOOK), Field::choice("style", STYLES, "top-hook"), MUSIC],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    let song = Song::given(desk, order, "music_url")?;
    let title = Title::only(BLUEPRINT.slug, "video");
    let mut film = Film::new(footage.timeline(), pixels("9x16"));
    let input = film.footage(&footage);
    let source = steadied(&footage, input, &film.timeline, "");
    let (chains, picture) = placed(&footage.video, &source, film.canvas, Fit::Trim(WIDEST), "", "picture");
    film.chains.extend(chains);
    let stage = Stage { canvas: film.canvas, picture, seconds: film.timeline.seconds() };
    let text =
        hook::hook(desk, stage, order.inputs.choice("style"), order.inputs.text("hook_text").unwrap_or_default());
    match song {
        Some(song) => music::add(desk, &mut film, &song, Some((&footage, input)))?,
        None => music::keep(&mut film, &footage, input),
    }
    let _sheet = film.letter(desk, &title, Some(text))?;
    Ok(vec![film.make(desk, &title)?])
}
