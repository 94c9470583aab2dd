//! `product-slideshow`: two to five photos that breathe and flow into one another.

use super::film::{Film, Title};
use super::frame::{Fit, photo, pixels};
use super::inputs::{Field, MUSIC};
use super::lens::{Move, lens};
use super::source::{Photo, Song, file};
use super::{Blueprint, BlueprintError, Desk, Made, Order, music};
use crate::render::timeline::{Rate, Timeline};

const PHOTOS: &[&str] = &["photo1_url", "photo2_url", "photo3_url", "photo4_url", "photo5_url"];
const RATE: Rate = Rate { num: 30, den: 1 };
/// Frames of one photo, and of those how many it shares with the next.
const SHOWN: u64 = 102;
const SHARED: u64 = 18;
/// One after the other, so that no two changes look the same.
const TRANSITIONS: &[&str] = &["fade", "smoothleft", "circleopen", "smoothup"];
/// How much nearer a photo comes.
const GROWTH: f64 = 1.09;

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "product-slideshow",
    title: "Product slideshow",
    about: "Two to five photos, each a little over three seconds, with gentle movement, transitions and music on wish",
    fields: &[
        Field::image(PHOTOS[0], true),
        Field::image(PHOTOS[1], true),
        Field::image(PHOTOS[2], false),
        Field::image(PHOTOS[3], false),
        Field::image(PHOTOS[4], false),
        MUSIC,
        Field::choice("aspect", &["9x16", "1x1", "16x9"], "9x16"),
    ],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let mut photos = Vec::new();
    for field in PHOTOS.iter().copied().filter(|field| order.inputs.text(field).is_some()) {
        photos.push(Photo::open(desk, file(order, field)?, field)?);
    }
    let song = Song::given(desk, order, "music_url")?;
    let count = photos.len() as u64;
    let timeline = Timeline::still(RATE, 0.0, count * SHOWN - count.saturating_sub(1) * SHARED);
    let mut film = Film::new(timeline, pixels(order.inputs.choice("aspect")));
    for (index, one) in photos.iter().enumerate() {
        let input = film.photo(one);
        let chains = photo(one, input, film.canvas, Fit::Near, &index.to_string(), &format!("placed{index}"));
        film.chains.extend(chains);
        let way = Move::Breathe(if index % 2 == 0 { GROWTH } else { 1.0 / GROWTH });
        film.chains.push(format!(
            "[placed{index}]format=yuv420p,loop=loop=-1:size=1,settb=1/30,setpts=N,fps=30,{},trim=end_frame={SHOWN},\
             setpts=N,format=yuv420p[photo{index}]",
            lens(way, SHOWN, film.canvas)
        ));
    }
    let last = joined(&mut film, photos.len());
    film.chains.push(format!(
        "[{last}]trim=end_frame={},setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709,\
         format=yuv420p[v]",
        film.timeline.frames
    ));
    if let Some(song) = song {
        music::add(desk, &mut film, &song, None)?;
    }
    Ok(vec![film.make(desk, &Title::only(BLUEPRINT.slug, "video"))?])
}

/// Joins the photos one after the other; gives the label of the whole.
fn joined(film: &mut Film, count: usize) -> String {
    let mut last = "photo0".to_owned();
    for index in 1..count {
        let kind = TRANSITIONS[(index - 1) % TRANSITIONS.len()];
        let from = (SHOWN - SHARED) * index as u64;
        let output = format!("joined{index}");
        film.chains.push(format!(
            "[{last}][photo{index}]xfade=transition={kind}:duration={:.6}:offset={:.6}[{output}]",
            SHARED as f64 / 30.0,
            from as f64 / 30.0
        ));
        last = output;
    }
    last
}
