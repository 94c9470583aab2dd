//! `quote-card`: what somebody said, large, with their face and name, as a picture or a short video.

use std::path::Path;

use reelspan_types::Cancel;

use super::film::{Film, Title};
use super::inputs::Field;
use super::source::{Photo, file};
use super::{Blueprint, BlueprintError, Desk, Limits, Made, Order, looks};
use crate::captions::Fonts;
use crate::captions::lettering::{Align, Laid, Lettering, Timing, Wanted, runs_from_right};
use crate::render::timeline::{Rate, Timeline};
use crate::tool::Tools;

const CANVAS: (u32, u32) = (1080, 1350);
const MARGIN: f64 = 104.0;
/// Across; a face in a circle.
const FACE: u32 = 150;
/// Between the quote and who said it.
const GAP: f64 = 74.0;
/// The large quotation mark takes so much height.
const MARK: f64 = 150.0;
const RATE: Rate = Rate { num: 30, den: 1 };

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "quote-card",
    title: "Quote card",
    about: "A quote with a name, a handle and a face, as a 1080x1350 video of 5 to 14 seconds or as a picture",
    fields: &[
        Field::text("quote", true, 280),
        Field::text("name", false, 60),
        Field::text("handle", false, 60),
        Field::image("photo_url", false),
        Field::choice("output", &["video", "image"], "video"),
    ],
    outputs: &["card"],
    reviews_subtitles: false,
    make: Some(make),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardOutput {
    /// An MP4 without sound in which the words come in.
    Video,
    /// A PNG.
    Image,
}

/// What stands on a card.
#[derive(Clone, Copy)]
pub struct QuoteCard<'a> {
    pub quote: &'a str,
    pub name: Option<&'a str>,
    pub handle: Option<&'a str>,
    pub photo: Option<&'a Path>,
    pub output: CardOutput,
}

/// Makes one card as `quote-card.mp4` or `quote-card.png` in `folder`.
pub fn quote_card(
    tools: &Tools,
    card: &QuoteCard<'_>,
    fonts: &Fonts,
    folder: &Path,
    limits: Limits,
    cancel: &Cancel,
    on: &mut dyn FnMut(f64),
) -> Result<Made, BlueprintError> {
    let mut desk = Desk::new(tools, fonts, folder, limits, cancel, on);
    let made = made(&mut desk, card)?;
    desk.keep();
    Ok(made)
}

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let inputs = order.inputs;
    let photo = inputs.text("photo_url").map(|_| file(order, "photo_url")).transpose()?;
    let output = if inputs.choice("output") == "image" { CardOutput::Image } else { CardOutput::Video };
    let quote = inputs.text("quote").unwrap_or_default();
    let card = QuoteCard { quote, name: inputs.text("name"), handle: inputs.text("handle"), photo, output };
    Ok(vec![made(desk, &card)?])
}

fn made(desk: &mut Desk<'_>, card: &QuoteCard<'_>) -> Result<Made, BlueprintError> {
    let face = card.photo.map(|path| Photo::open(desk, path, "photo_url")).transpose()?;
    let moving = card.output == CardOutput::Video;
    // Time to read it twice.
    let seconds = (4.0 + card.quote.chars().count() as f64 * 0.036).clamp(5.0, 14.0);
    let frames = if moving { (seconds * RATE.value()).round() as u64 } else { 1 };
    let mut film = Film::new(Timeline::still(RATE, 0.0, frames), CANVAS);
    let page = Page { seconds, moving, mirrored: runs_from_right(card.quote), face: face.is_some() };
    let (text, face_at) = page.write(desk, card)?;
    film.chains.push(ground(frames, moving));
    match (&face, face_at) {
        (Some(face), Some(at)) => {
            let input = film.photo(face);
            film.chains.extend(rounded(face, input, at, moving));
            film.chains.push(format!("[faced]trim=end_frame={frames}[picture]"));
        }
        _ => film.chains.push("[ground]null[picture]".to_owned()),
    }
    let title = Title::only(BLUEPRINT.slug, "card");
    if moving {
        let _sheet = film.letter(desk, &title, Some(text))?;
        return film.make(desk, &title);
    }
    let (sheet, filter) = super::film::drawn(desk, &title, text)?;
    film.reads(sheet.path());
    film.chains.push(format!("[picture]format=rgb24,{filter},format=rgb24[v]"));
    film.picture(desk, &title)
}

/// A deep blue that slowly turns to violet.
fn ground(frames: u64, moving: bool) -> String {
    let speed = if moving { 0.004 } else { 0.000_01 };
    let (width, height) = CANVAS;
    // Drawn small and smoothed: a gradient has no detail. The grain keeps its steps from being seen.
    let grain = if moving { ",noise=alls=3:allf=t" } else { "" };
    format!(
        "gradients=s={}x{}:r=30:n=3:c0=0x241a5c:c1=0x0b1030:c2=0x3a1452:x0=20:y0=10:x1=200:y1=330:speed={speed}:seed=7,\
         trim=end_frame={frames},setpts=N/(30*TB),scale={width}:{height}:flags=bicubic:out_color_matrix=bt709:out_range=limited,\
         format=yuv444p{grain},setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709[ground]",
        width / 4,
        height / 4
    )
}

/// A face in a circle over the ground.
fn rounded(face: &Photo, input: usize, (x, y): (f64, f64), moving: bool) -> Vec<String> {
    let (middle, radius) = (f64::from(FACE) / 2.0 - 0.5, f64::from(FACE) / 2.0);
    let enters = if moving { ",loop=loop=-1:size=1,settb=1/30,setpts=N,fade=t=in:st=0.7:d=0.5:alpha=1" } else { "" };
    vec![
        format!(
            "[{input}:{}]trim=end_frame=1,setpts=0,format=rgba,scale={FACE}:{FACE}:force_original_aspect_ratio=increase:\
             flags=bicubic,crop={FACE}:{FACE},setsar=1,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':\
             a='alpha(X,Y)*clip({radius}-hypot(X-{middle},Y-{middle}),0,1)'{enters}[face]",
            face.video.index
        ),
        format!("[ground][face]overlay={x:.0}:{y:.0}:format=auto:eof_action=repeat[faced]"),
    ]
}

struct Page {
    seconds: f64,
    moving: bool,
    mirrored: bool,
    face: bool,
}

impl Page {
    /// All words, and where the face stands.
    fn write<'a>(
        &self,
        desk: &Desk<'a>,
        card: &QuoteCard<'_>,
    ) -> Result<(Lettering<'a>, Option<(f64, f64)>), BlueprintError> {
        let mut lettering = Lettering::new(CANVAS, desk.fonts);
        let (width, height) = (f64::from(CANVAS.0), f64::from(CANVAS.1));
        let handle = card.handle.map(handled);
        let beside = if self.face { f64::from(FACE) + 36.0 } else { 0.0 };
        let room = width - MARGIN * 2.0;
        let mut small = |text: Option<&str>, look, em: f64, lines| {
            let wanted = Wanted { text: text?, look, width: room - beside, height: em * 2.6, em, most_lines: lines };
            lettering.lay(&wanted)
        };
        let name = small(card.name, &looks::NAME, 46.0, 2);
        let handle = small(handle.as_deref(), &looks::HANDLE, 36.0, 2);
        let words = name.as_ref().map_or(0.0, |laid| laid.height) + handle.as_ref().map_or(0.0, |laid| laid.height);
        let foot = if self.face { words.max(f64::from(FACE)) } else { words };
        let below = if foot > 0.0 { foot + GAP } else { 0.0 };
        let free = height - MARGIN * 2.0 - MARK - below;
        let wanted =
            Wanted { text: card.quote, look: &looks::QUOTE, width: room, height: free, em: 92.0, most_lines: 40 };
        let Some(quote) = lettering.lay(&wanted) else {
            return Err(BlueprintError::unfit("quote", "has nothing in it that can be drawn"));
        };
        let top = (height - MARK - quote.height - below) / 2.0;
        let edge = if self.mirrored { width - MARGIN } else { MARGIN };
        let sign = Wanted {
            text: if self.mirrored { "”" } else { "“" },
            look: &looks::QUOTE_MARK,
            width: room,
            height: 900.0,
            em: 300.0,
            most_lines: 1,
        };
        if let Some(sign) = lettering.lay(&sign) {
            let nudge = if self.mirrored { 12.0 } else { -12.0 };
            lettering.draw(sign, self.align(), (edge + nudge, top - 24.0), self.timing(0.0, 0.0));
        }
        let foot_top = top + MARK + quote.height + GAP;
        lettering.draw(quote, self.align(), (edge, top + MARK), self.timing(0.15, 0.12));
        let face = self.face.then(|| {
            (if self.mirrored { edge - f64::from(FACE) } else { edge }, foot_top + (foot - f64::from(FACE)) / 2.0)
        });
        let at = if self.mirrored { edge - beside } else { edge + beside };
        self.foot(&mut lettering, (name, handle), (at, foot_top + (foot - words) / 2.0));
        Ok((lettering, face))
    }

    /// Who said it.
    fn foot(&self, lettering: &mut Lettering<'_>, (name, handle): (Option<Laid>, Option<Laid>), (x, y): (f64, f64)) {
        let mut y = y;
        for laid in [name, handle].into_iter().flatten() {
            let height = laid.height;
            lettering.draw(laid, self.align(), (x, y), self.timing(0.8, 0.0));
            y += height;
        }
    }

    fn align(&self) -> Align {
        if self.mirrored { Align::Right } else { Align::Left }
    }

    fn timing(&self, start: f64, stagger: f64) -> Timing {
        let end = self.seconds + 1.0;
        if self.moving {
            Timing { start, end, fades: (false, false), stagger, entrance: "\\fad(420,0)" }
        } else {
            Timing { start: 0.0, end, fades: (false, false), stagger: 0.0, entrance: "" }
        }
    }
}

/// `jane` is written `@jane`; addresses and what begins with a sign stay as they are.
fn handled(handle: &str) -> String {
    let plain = handle.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let address = handle.contains('.') && handle.rsplit('.').next().is_some_and(|end| (2..=6).contains(&end.len()));
    if plain && !address { format!("@{handle}") } else { handle.to_owned() }
}
