//! Breaks text into balanced lines and says where each word stands.

use std::sync::Arc;

use unicode_bidi::{BidiInfo, Level};
use unicode_segmentation::UnicodeSegmentation;

use super::ass::clean;
use super::fonts::{Catalogue, Face, Run};
use super::styles::{Active, Look};
use crate::transcript::spaced;

/// Text that does not fit becomes smaller down to this share, then is cut.
const SMALLEST: f64 = 0.55;
/// More words than any hook or caption has.
const MOST_TOKENS: usize = 60;

/// A word, or a part of one that is wider than a line.
pub(super) struct Token {
    /// Its place among the given texts.
    pub(super) word: usize,
    pub(super) runs: Vec<Run>,
    /// In ems.
    pub(super) width: f64,
    /// No space stands before it.
    pub(super) glued: bool,
    /// Set where letters run from the right: which way the text around it runs.
    pub(super) mark: Option<char>,
    pub(super) text: String,
}

impl Token {
    pub(super) fn is_right_to_left(&self) -> bool {
        has_right_to_left(&self.text)
    }
}

pub(super) struct Line {
    /// In the order of the eye, with the distance of the left edge from the line's left edge in ems.
    pub(super) tokens: Vec<(Token, f64)>,
    pub(super) width: f64,
}

pub(super) struct Block {
    pub(super) lines: Vec<Line>,
    /// What the em is multiplied by so that all fits.
    pub(super) scale: f64,
    /// From baseline to baseline in ems.
    pub(super) leading: f64,
}

impl Block {
    pub(super) fn width(&self) -> f64 {
        self.lines.iter().map(|line| line.width).fold(0.0, f64::max)
    }
}

/// The faces that a look wants and that are here.
pub(super) fn faces(look: &Look, catalogue: &Catalogue) -> Vec<Arc<Face>> {
    let found: Vec<_> = look.families.iter().filter_map(|(family, weight)| catalogue.face(family, *weight)).collect();
    if found.is_empty() && catalogue.is_empty() {
        let name = look.families.first().map_or("Noto Sans", |(family, _)| *family);
        return vec![Arc::new(Face::unknown(name))];
    }
    found
}

/// Lays texts out in at most `most_lines` lines of `room` ems; none if nothing can be drawn.
pub(super) fn block(
    texts: &[&str],
    look: &Look,
    catalogue: &Catalogue,
    room: f64,
    most_lines: usize,
    missing: &mut Vec<char>,
) -> Option<Block> {
    let faces = faces(look, catalogue);
    let mut tokens = tokens(texts, look, catalogue, &faces, missing);
    if catalogue.is_empty() {
        missing.extend(tokens.iter().flat_map(|token| token.text.chars()));
    }
    split_wide(&mut tokens, room / SMALLEST);
    let space = space(look, &faces);
    loop {
        if tokens.is_empty() {
            return None;
        }
        let breaks = breaks(&tokens, space, room, most_lines);
        let widest = breaks.windows(2).map(|pair| width(&tokens[pair[0]..pair[1]], space)).fold(0.0, f64::max);
        let scale = (room / widest.max(0.01)).min(1.0);
        if scale >= SMALLEST - 1e-6 || tokens.len() == 1 {
            return Some(arranged(tokens, &breaks, space, scale));
        }
        // Only a monster gets here: its end is cut and says so.
        tokens.truncate(tokens.len() - 1);
        if let Some(last) = tokens.last_mut() {
            ellipsis(last, look, catalogue, &faces);
        }
    }
}

/// Between two words, in ems.
pub(super) fn space(look: &Look, faces: &[Arc<Face>]) -> f64 {
    faces.first().map_or(0.28, |face| face.width(" ")).clamp(0.2, 0.34)
        + if matches!(look.active, Active::Pill(_) | Active::Pop(_)) { 0.08 } else { 0.0 }
}

fn tokens(
    texts: &[&str],
    look: &Look,
    catalogue: &Catalogue,
    faces: &[Arc<Face>],
    missing: &mut Vec<char>,
) -> Vec<Token> {
    let weight = look.families.first().map_or(700, |(_, weight)| (*weight).max(700));
    let mut found: Vec<Token> = Vec::new();
    for (word, text) in texts.iter().enumerate() {
        for part in clean(text).split_whitespace() {
            let part = if look.capitals { part.to_uppercase() } else { part.to_owned() };
            let Some(mut token) = token(word, catalogue.runs(&part, faces, weight, missing)) else { continue };
            if found.len() >= MOST_TOKENS {
                continue;
            }
            token.glued = found.last().is_some_and(|before| !spaced(&before.text, &token.text));
            found.push(token);
        }
    }
    found
}

/// A word of these runs; none if nothing of it can be drawn.
pub(super) fn token(word: usize, runs: Vec<Run>) -> Option<Token> {
    let text: String = runs.iter().map(|run| run.text.as_str()).collect();
    let width = runs.iter().map(|run| run.face.width(&run.text)).sum();
    (!text.is_empty()).then_some(Token { word, runs, width, glued: false, mark: None, text })
}

/// Breaks what is wider than a line at the smallest size.
fn split_wide(tokens: &mut Vec<Token>, room: f64) {
    if tokens.iter().all(|token| token.width <= room) {
        return;
    }
    let mut split = Vec::new();
    for token in tokens.drain(..) {
        if token.width <= room {
            split.push(token);
            continue;
        }
        let mut first = true;
        for run in token.runs {
            let mut piece = String::new();
            let mut pieces = Vec::new();
            // A narrower measure than the room: letters joined by shaping differ a little in width.
            for grapheme in run.text.graphemes(true) {
                if !piece.is_empty() && run.face.width(&piece) + run.face.width(grapheme) > room * 0.9 {
                    pieces.push(std::mem::take(&mut piece));
                }
                piece.push_str(grapheme);
                if pieces.len() > 4 {
                    break;
                }
            }
            pieces.push(piece);
            for text in pieces.into_iter().filter(|text| !text.is_empty()) {
                let width = run.face.width(&text);
                let glued = !first || token.glued;
                first = false;
                split.push(Token {
                    word: token.word,
                    runs: vec![Run { text: text.clone(), face: Arc::clone(&run.face) }],
                    width,
                    glued,
                    mark: None,
                    text,
                });
            }
        }
    }
    *tokens = split;
}

fn ellipsis(token: &mut Token, look: &Look, catalogue: &Catalogue, faces: &[Arc<Face>]) {
    if token.text.ends_with('…') {
        return;
    }
    let weight = look.families.first().map_or(700, |(_, weight)| *weight);
    for run in catalogue.runs("…", faces, weight, &mut Vec::new()) {
        token.width += run.face.width(&run.text);
        token.runs.push(run);
        token.text.push('…');
    }
}

fn width(tokens: &[Token], space: f64) -> f64 {
    let gaps = tokens.iter().skip(1).filter(|token| !token.glued).count() as f64 * space;
    gaps + tokens.iter().map(|token| token.width).sum::<f64>()
}

/// Where lines begin and end: as few lines as fit, as even as can be, broken where the eye rests.
fn breaks(tokens: &[Token], space: f64, room: f64, most_lines: usize) -> Vec<usize> {
    let count = tokens.len();
    let mut fallback = vec![0, count];
    for lines in 1..=most_lines.min(count) {
        let mut best: Option<(f64, Vec<usize>)> = None;
        let mut narrowest = f64::INFINITY;
        for cuts in cuts(count, lines) {
            let widths: Vec<f64> = cuts.windows(2).map(|pair| width(&tokens[pair[0]..pair[1]], space)).collect();
            let widest = widths.iter().copied().fold(0.0, f64::max);
            if lines == most_lines.min(count) && widest < narrowest {
                narrowest = widest;
                fallback.clone_from(&cuts);
            }
            let uneven: f64 = widths.iter().map(|width| (width / room).powi(2)).sum();
            let cost =
                uneven + cuts[1..lines].iter().map(|cut| break_cost(&tokens[cut - 1], &tokens[*cut])).sum::<f64>();
            if widest <= room && best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, cuts));
            }
        }
        if let Some((_, cuts)) = best {
            return cuts;
        }
    }
    fallback
}

/// Every way to cut a row into one to three lines.
fn cuts(count: usize, lines: usize) -> Vec<Vec<usize>> {
    match lines {
        1 => vec![vec![0, count]],
        2 => (1..count).map(|cut| vec![0, cut, count]).collect(),
        _ => (1..count).flat_map(|first| (first + 1..count).map(move |second| vec![0, first, second, count])).collect(),
    }
}

fn break_cost(before: &Token, _after: &Token) -> f64 {
    if before.text.ends_with(['.', ',', '!', '?', ';', ':', '…', '。', '，', '、', '！', '？', '،', '؟', '।'])
    {
        -0.12
    } else if before.text.chars().count() <= 3 && before.text.chars().all(|c| c.is_alphabetic() && c.is_ascii()) {
        0.06
    } else {
        0.0
    }
}

fn arranged(tokens: Vec<Token>, breaks: &[usize], space: f64, scale: f64) -> Block {
    let whole: String = tokens.iter().flat_map(|token| [token.text.as_str(), " "]).collect();
    let right = matches!(unicode_bidi::get_base_direction(whole.as_str()), unicode_bidi::Direction::Rtl);
    let leading = leading(&tokens);
    let mut rest = tokens.into_iter();
    let lines =
        breaks.windows(2).map(|pair| line(rest.by_ref().take(pair[1] - pair[0]).collect(), right, space)).collect();
    Block { lines, scale, leading }
}

/// From baseline to baseline in ems: scripts that stack marks need more.
pub(super) fn leading(tokens: &[Token]) -> f64 {
    let tall = |token: &Token| token.runs.iter().map(|run| run.face.tall).fold(0.0, f64::max);
    let stacked = tokens.iter().any(|token| token.text.chars().any(|c| u32::from(c) >= 0x0590 && c.is_alphabetic()));
    if stacked { tokens.iter().map(tall).fold(1.25, f64::max).min(1.5) } else { 1.2 }
}

/// Puts a line's words in the order of the eye.
pub(super) fn line(mut tokens: Vec<Token>, right: bool, space: f64) -> Line {
    let base = if right { Level::rtl() } else { Level::ltr() };
    let mut text = String::new();
    let mut starts = Vec::new();
    for token in &tokens {
        if !token.glued && !text.is_empty() {
            text.push(' ');
        }
        let letter = token.text.find(char::is_alphanumeric).unwrap_or(0);
        starts.push(text.len() + letter);
        text.push_str(&token.text);
    }
    for token in &mut tokens {
        let needs = right || has_right_to_left(&token.text);
        token.mark = needs.then_some(if right { '\u{200F}' } else { '\u{200E}' });
    }
    let info = BidiInfo::new(&text, Some(base));
    let levels: Vec<Level> = starts.iter().map(|at| info.levels.get(*at).copied().unwrap_or(base)).collect();
    let order = BidiInfo::reorder_visual(&levels);
    let glued: Vec<bool> = tokens.iter().map(|token| token.glued).collect();
    let mut slots: Vec<Option<Token>> = tokens.into_iter().map(Some).collect();
    let (mut placed, mut at, mut before) = (Vec::new(), 0.0, None);
    for index in order {
        // Two words are glued when the later of them in the text is.
        let close = before.is_some_and(|before: usize| before.abs_diff(index) == 1 && glued[before.max(index)]);
        if before.is_some() && !close {
            at += space;
        }
        if let Some(token) = slots[index].take() {
            let width = token.width;
            placed.push((token, at));
            at += width;
        }
        before = Some(index);
    }
    Line { tokens: placed, width: at }
}

fn has_right_to_left(text: &str) -> bool {
    text.chars().any(|c| matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF))
}
