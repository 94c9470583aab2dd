//! The words that make people stay: the same four places for every blueprint that has them.

use super::desk::Desk;
use super::looks;
use crate::captions::Look;
use crate::captions::lettering::{Align, Area, Laid, Lettering, Timing, Wanted, safe};

pub(super) const STYLES: &[&str] = &["top-hook", "center-statement", "bottom-caption", "lower-left"];
/// A statement in the middle hides the picture, so it goes after so many seconds; on a short video it stays.
const STATEMENT: f64 = 4.0;
/// Free room above or below the picture is used where text has at least this share of its usual size in it.
const LEAST_IN_BAND: f64 = 0.6;

/// Where and when a hook is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) canvas: (u32, u32),
    /// Where the picture stands; what is left over above and below it is free.
    pub(super) picture: Area,
    pub(super) seconds: f64,
}

/// A size as a share of the canvas' short side; wide pictures hold more and are seen from further away.
pub(super) fn em(canvas: (u32, u32), share: f64) -> f64 {
    let ratio = f64::from(canvas.0) / f64::from(canvas.1);
    let factor = if ratio > 1.2 {
        0.82
    } else if ratio > 0.95 {
        0.9
    } else {
        1.0
    };
    f64::from(canvas.0.min(canvas.1)) * share * factor
}

/// Draws a hook in one of [`STYLES`].
pub(super) fn hook<'a>(desk: &Desk<'a>, stage: Stage, style: &str, text: &str) -> Lettering<'a> {
    let mut lettering = Lettering::new(stage.canvas, desk.fonts);
    let safe = safe(stage.canvas);
    let high = f64::from(stage.canvas.1);
    let gap = high * 0.02;
    let shown = Timing { start: 0.0, end: stage.seconds, fades: (false, false), stagger: 0.0, entrance: "" };
    let middle = (safe.left + safe.right) / 2.0;
    match style {
        "center-statement" => {
            let end = if stage.seconds > STATEMENT * 1.5 { STATEMENT } else { stage.seconds };
            let wanted = room(text, &looks::LOUD, stage, 0.1, safe.width(), safe.height() * 0.6);
            if let Some(laid) = lettering.lay(&wanted) {
                let top = (safe.top + safe.bottom - laid.height) / 2.0;
                let fades = (false, end < stage.seconds);
                lettering.draw(laid, Align::Center, (middle, top), Timing { end, fades, ..shown });
            }
        }
        "bottom-caption" => {
            let band = Area { top: stage.picture.bottom + gap, ..safe };
            let look = &looks::EDGED;
            let inside = banded(&mut lettering, text, look, stage, 0.068, band);
            if let Some(laid) = inside {
                lettering.draw(laid, Align::Center, (middle, band.top), shown);
            } else if let Some(laid) =
                lettering.lay(&room(text, look, stage, 0.068, safe.width(), safe.height() * 0.45))
            {
                let top = safe.bottom - laid.height;
                lettering.draw(laid, Align::Center, (middle, top), shown);
            }
        }
        "lower-left" => {
            let left = safe.left.min(f64::from(stage.canvas.0) * 0.07);
            let wanted = room(text, &looks::BARRED, stage, 0.056, (safe.right - left) * 0.88, safe.height() * 0.45);
            if let Some(laid) = lettering.lay(&wanted) {
                let top = safe.bottom - laid.height;
                lettering.draw(laid, Align::Left, (left, top), shown);
            }
        }
        _ => {
            let band = Area { bottom: stage.picture.top - gap, ..safe };
            let look = &looks::CARD;
            if let Some(laid) = banded(&mut lettering, text, look, stage, 0.062, band) {
                let top = band.bottom - laid.height;
                lettering.draw(laid, Align::Center, (middle, top), shown);
            } else if let Some(laid) =
                lettering.lay(&room(text, look, stage, 0.062, safe.width(), safe.height() * 0.42))
            {
                lettering.draw(laid, Align::Center, (middle, safe.top + gap), shown);
            }
        }
    }
    lettering
}

fn room<'a>(text: &'a str, look: &'a Look, stage: Stage, share: f64, width: f64, height: f64) -> Wanted<'a> {
    Wanted { text, look, width, height, em: em(stage.canvas, share), most_lines: 12 }
}

/// Text in the free band beside the picture, if there is one in which it can be read.
fn banded(
    lettering: &mut Lettering<'_>,
    text: &str,
    look: &Look,
    stage: Stage,
    share: f64,
    band: Area,
) -> Option<Laid> {
    if band.height() < f64::from(stage.canvas.1) * 0.08 {
        return None;
    }
    let wanted = room(text, look, stage, share, band.width(), band.height());
    lettering.lay(&wanted).filter(|laid| laid.whole && laid.em >= wanted.em * LEAST_IN_BAND)
}
