//! `video-to-gif`: the first seconds as a GIF with colours of its own.

use super::film::{Film, Title, drawn, finish};
use super::frame::{steadied, whole};
use super::hook::em;
use super::inputs::{Field, VIDEO};
use super::looks;
use super::source::Footage;
use super::verify::{Container, Planned};
use super::{Blueprint, BlueprintError, Desk, Made, Order};
use crate::captions::lettering::{Align, Lettering, Timing, Wanted};
use crate::render::part::Part;
use crate::render::timeline::{Rate, Timeline};

/// A GIF counts in hundredths of a second: eight of them is the finest step near what the eye wants.
const RATE: Rate = Rate { num: 25, den: 2 };
/// An upright video would be as heavy as it is high.
const MOST_HIGH: f64 = 1136.0;
const MOST_CAPTION: usize = 120;

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "video-to-gif",
    title: "Video to GIF",
    about: "The first 5, 10 or 15 seconds as a GIF that loops, 480 or 640 pixels wide, with a caption on wish",
    fields: &[
        VIDEO,
        Field::number("length", &[5.0, 10.0, 15.0], 5.0),
        Field::number("size", &[480.0, 640.0], 480.0),
        Field::text("caption", false, MOST_CAPTION),
        Field::choice("caption_position", &["bottom", "top", "center"], "bottom"),
    ],
    outputs: &["gif"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::beginning(desk, order, "video_url", order.inputs.number("length"))?;
    let seconds = footage.seconds.min(order.inputs.number("length"));
    let frames = (seconds * RATE.value()).round().max(1.0) as u64;
    let timeline = Timeline::pictures(&footage.info, RATE, 0.0, frames);
    let canvas = canvas(&footage, order.inputs.number("size"));
    let title = Title::only(BLUEPRINT.slug, "gif");
    let caption = order.inputs.text("caption");
    let text = caption.map(|text| captioned(desk, text, order.inputs.choice("caption_position"), canvas, seconds));
    let sheet = text.map(|text| drawn(desk, &title, text)).transpose()?;
    let graph = |film: &mut Film| {
        let input = film.footage(&footage);
        let source = steadied(&footage, input, &film.timeline, "");
        film.chains.push(whole(&footage, &source, canvas, "picture"));
        let mut text = String::new();
        if let Some((part, filter)) = &sheet {
            text = format!("{filter},");
            film.reads(part.path());
        }
        film.chains.push(format!("[picture]{text}scale=in_color_matrix=bt709:in_range=tv,format=rgb24[drawn]"));
    };
    let palette = Part::named(&desk.path(&title.file), "palette");
    desk.part(0, 2);
    let mut film = Film::new(timeline.clone(), canvas);
    graph(&mut film);
    film.chains.push("[drawn]palettegen=max_colors=255:reserve_transparent=0:stats_mode=full[v]".to_owned());
    let command = film.writing(&["-frames:v", "1", "-c:v", "png", "-f", "image2pipe"], palette.path());
    desk.run(command, timeline.seconds())?;
    desk.part(1, 2);
    let mut film = Film::new(timeline.clone(), canvas);
    graph(&mut film);
    let colours = film.input(&[], "png_pipe", palette.path());
    film.chains.push(format!("[drawn][{colours}:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle[v]"));
    let output = desk.path(&format!("{}.gif", title.file));
    let part = Part::beside(&output);
    let command = film.writing(&["-loop", "0", "-f", "gif"], part.path());
    desk.run(command, timeline.seconds())?;
    let planned =
        Planned { size: canvas, length: Some((frames, timeline.seconds())), sound: false, kind: Container::Gif };
    Ok(vec![finish(desk, part, output, &title, planned)?])
}

fn canvas(footage: &Footage, wide: f64) -> (u32, u32) {
    let ratio = footage.ratio();
    let wide = wide.min(MOST_HIGH * ratio);
    let even = |side: f64| (side / 2.0).round().max(8.0) as u32 * 2;
    (even(wide), even(wide / ratio))
}

/// Heavy letters at the edge of the picture, as people know them from GIFs.
fn captioned<'a>(desk: &Desk<'a>, text: &str, position: &str, canvas: (u32, u32), seconds: f64) -> Lettering<'a> {
    let mut lettering = Lettering::new(canvas, desk.fonts);
    let (width, height) = (f64::from(canvas.0), f64::from(canvas.1));
    let margin = width.min(height) * 0.05;
    let em = em(canvas, 0.105);
    let (look, room) = (&looks::EDGED, (width - margin * 2.0, (height - margin * 2.0) * 0.5));
    let wanted = Wanted { text, look, width: room.0, height: room.1, em, most_lines: 6 };
    if let Some(laid) = lettering.lay(&wanted) {
        let top = match position {
            "top" => margin,
            "center" => (height - laid.height) / 2.0,
            _ => height - margin - laid.height,
        };
        let timing = Timing { start: 0.0, end: seconds + 1.0, fades: (false, false), stagger: 0.0, entrance: "" };
        lettering.draw(laid, Align::Center, (width / 2.0, top), timing);
    }
    lettering
}
