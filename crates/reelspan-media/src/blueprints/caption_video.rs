//! `caption-video`: reviewed subtitles, burnt in where and how the user likes them.

use super::film::{Film, Title};
use super::frame::{steadied, whole};
use super::hook::em;
use super::inputs::{Field, Kind, VIDEO};
use super::source::Footage;
use super::{Blueprint, BlueprintError, Desk, Made, Order, looks, music};
use crate::captions::Look;
use crate::captions::lettering::{Align, Area, Laid, Lettering, Timing, Wanted, safe, units};
use crate::subtitles::{Cue, cues};

/// Letters need so many pixels to be read.
const LEAST_SHORT: f64 = 360.0;
/// A caption that gets smaller than this share of its size is shown in pieces instead.
const LEAST_SIZE: f64 = 0.86;
/// No piece is shown for less, in seconds.
const SHORTEST: f64 = 0.4;
/// A cue that ends where it begins stays so long.
const BRIEF: f64 = 1.0;

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "caption-video",
    title: "Caption video",
    about: "What is said, as captions in the picture; you review the words before they are burnt in",
    fields: &[
        VIDEO,
        Field { name: "language", required: false, kind: Kind::Language },
        Field::choice("style", &["bold-bottom", "clean-lower", "center-pop", "top-title"], "bold-bottom"),
    ],
    outputs: &["video"],
    reviews_subtitles: true,
    make: Some(make),
};

/// One way to show captions.
struct Style {
    look: Look,
    /// The size as a share of the short side.
    size: f64,
    lines: usize,
    /// At most so many words at once.
    words: usize,
    place: Place,
    entrance: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Bottom,
    Middle,
    Top,
}

fn style(name: &str) -> Style {
    let bold =
        Style { look: looks::EDGED, size: 0.078, lines: 2, words: 99, place: Place::Bottom, entrance: "\\fad(60,40)" };
    match name {
        "clean-lower" => Style { look: looks::CLEAN, size: 0.05, ..bold },
        "center-pop" => Style {
            look: looks::POP,
            size: 0.112,
            words: 3,
            place: Place::Middle,
            entrance: "\\fscx72\\fscy72\\t(0,90,\\fscx107\\fscy107)\\t(90,160,\\fscx100\\fscy100)",
            ..bold
        },
        "top-title" => Style { look: looks::CARD, size: 0.054, place: Place::Top, ..bold },
        _ => bold,
    }
}

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let missing = || BlueprintError::unfit("srt_text", "is missing; the captions are made from the reviewed subtitles");
    let cues = timed(cues(order.subtitles.ok_or_else(missing)?.as_bytes())?);
    let footage = Footage::whole(desk, order, "video_url")?;
    let title = Title::only(BLUEPRINT.slug, "video");
    let mut film = Film::new(footage.timeline(), footage.canvas(LEAST_SHORT));
    let input = film.footage(&footage);
    let source = steadied(&footage, input, &film.timeline, "");
    film.chains.push(whole(&footage, &source, film.canvas, "picture"));
    let text = captions(desk, &cues, &style(order.inputs.choice("style")), film.canvas, film.timeline.seconds())?;
    music::keep(&mut film, &footage, input);
    let _sheet = film.letter(desk, &title, Some(text))?;
    Ok(vec![film.make(desk, &title)?])
}

/// One at a time: what begins together is shown together, and the next takes over.
fn timed(cues: Vec<Cue>) -> Vec<Cue> {
    let mut timed: Vec<Cue> = Vec::new();
    for cue in cues {
        match timed.last_mut() {
            Some(last) if cue.start - last.start < 0.05 => {
                last.end = last.end.max(cue.end);
                last.lines.extend(cue.lines);
            }
            Some(last) => {
                last.end = last.end.min(cue.start);
                timed.push(cue);
            }
            None => timed.push(cue),
        }
    }
    for index in 0..timed.len() {
        let next = timed.get(index + 1).map_or(f64::INFINITY, |next| next.start);
        let cue = &mut timed[index];
        if cue.end - cue.start < 0.05 {
            cue.end = (cue.start + BRIEF).min(next);
        }
    }
    timed
}

fn captions<'a>(
    desk: &Desk<'a>,
    cues: &[Cue],
    style: &Style,
    canvas: (u32, u32),
    seconds: f64,
) -> Result<Lettering<'a>, BlueprintError> {
    let mut lettering = Lettering::new(canvas, desk.fonts);
    let safe = safe(canvas);
    for cue in cues.iter().filter(|cue| cue.start < seconds) {
        desk.check_cancel()?;
        let (start, end) = (cue.start, cue.end.min(seconds));
        let pieces = pieces(&mut lettering, &joined(&cue.lines), style, canvas, safe, end - start);
        let whole: f64 = pieces.iter().map(|(_, share)| share).sum();
        let mut at = start;
        for (laid, share) in pieces {
            let till = (at + (end - start) * share / whole.max(0.001)).min(end);
            let top = match style.place {
                Place::Bottom => safe.bottom - laid.height,
                Place::Middle => (safe.top + safe.bottom - laid.height) / 2.0,
                Place::Top => safe.top,
            };
            let timing = Timing { start: at, end: till, fades: (false, false), stagger: 0.0, entrance: style.entrance };
            lettering.draw(laid, Align::Center, ((safe.left + safe.right) / 2.0, top), timing);
            at = till;
        }
    }
    Ok(lettering)
}

/// Lines are broken anew for the picture, but two people who speak, or two sentences, keep a line each.
fn joined(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() {
            let ended = text.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।']);
            text.push(if ended || line.trim_start().starts_with(['-', '–', '—']) { '\n' } else { ' ' });
        }
        text.push_str(line);
    }
    text
}

/// A cue as it is shown: whole where that can be read, else piece by piece, each with its share of the time.
fn pieces(
    lettering: &mut Lettering<'_>,
    text: &str,
    style: &Style,
    canvas: (u32, u32),
    safe: Area,
    seconds: f64,
) -> Vec<(Laid, f64)> {
    let em = em(canvas, style.size);
    let mut lay = |text: &str| {
        let (look, most_lines) = (&style.look, style.lines);
        lettering.lay(&Wanted { text, look, width: safe.width(), height: safe.height() * 0.45, em, most_lines })
    };
    let units = units(text);
    let words = units.iter().filter(|(_, spaced)| *spaced).count().max(units.len() / 6);
    let most = ((seconds / SHORTEST) as usize).clamp(1, units.len().max(1));
    let least = words.div_ceil(style.words).clamp(1, most);
    // Lines that must stay are shown as they are.
    let fixed = text.contains('\n') && style.words > 3;
    let mut count = if fixed { 1 } else { least };
    loop {
        let parts = if count == 1 { vec![text.to_owned()] } else { divided(&units, count) };
        let laid: Vec<_> = parts.iter().filter_map(|part| Some((lay(part)?, part.chars().count() as f64))).collect();
        let readable = laid.iter().all(|(laid, _)| laid.whole && laid.em >= em * LEAST_SIZE);
        if readable || count >= most {
            return laid;
        }
        count = (count + 1).max(count * 5 / 4).min(most);
    }
}

/// Units in so many groups of about the same length.
fn divided(units: &[(String, bool)], count: usize) -> Vec<String> {
    let total: usize = units.iter().map(|(unit, _)| unit.chars().count() + 1).sum();
    let mut groups = vec![String::new(); count];
    let mut before = 0;
    for (unit, spaced) in units {
        let length = unit.chars().count() + 1;
        let index = ((before + length / 2) * count / total.max(1)).min(count - 1);
        let group = &mut groups[index];
        if *spaced && !group.is_empty() {
            group.push(' ');
        }
        group.push_str(unit);
        before += length;
    }
    groups.retain(|group| !group.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(start: f64, end: f64, text: &str) -> Cue {
        Cue { start, end, lines: text.lines().map(str::to_owned).collect() }
    }

    #[test]
    fn one_caption_at_a_time() {
        let found = timed(vec![cue(0.0, 3.0, "a"), cue(0.0, 2.0, "b"), cue(2.5, 2.5, "c"), cue(3.0, 4.0, "d")]);
        let times: Vec<_> = found.iter().map(|cue| (cue.start, cue.end)).collect();
        assert_eq!(times, [(0.0, 2.5), (2.5, 3.0), (3.0, 4.0)]);
        assert_eq!(found[0].lines, ["a", "b"]);
    }

    #[test]
    fn long_cues_are_divided_evenly_and_nothing_is_lost() {
        let text = "one two three four five six seven eight nine ten";
        let groups = divided(&units(text), 3);
        assert_eq!(groups.len(), 3);
        assert_eq!(groups.join(" "), text);
        assert_eq!(divided(&units("今日はいい天気です"), 2).concat(), "今日はいい天気です");
    }

    #[test]
    fn speakers_keep_their_lines() {
        assert_eq!(joined(&["- Yes?".into(), "- No.".into()]), "- Yes?\n- No.");
        assert_eq!(joined(&["a long".into(), "line".into()]), "a long line");
    }
}
