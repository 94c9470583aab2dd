//! Text in boxes: as large as fits, in even lines, anywhere on the picture.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::super::ass::clean;
use super::super::band;
use super::super::fonts::{Face, Fonts};
use super::super::lines::{self, Block, Token};
use super::super::styles::Look;
use super::{Page, Sheet, Shown, around, header, style_line};
use crate::transcript::{is_wide_punctuation, writes_without_spaces};

/// Text is made smaller by this much until it fits, down to a size that nobody reads; only then it is cut.
const STEP: f64 = 0.95;
const SMALLEST_SHARE: f64 = 0.16;
/// A word wider than its line first makes all text smaller, down to this share; then it is broken.
const BREAKS_WORDS_AT: f64 = 0.55;
/// More parts than any text has that is drawn at all; each is an event of its own at worst.
const MOST_PARTS: usize = 600;
/// What stands in a line between the letters' foot and the next line's head, in ems: it is drawn below the last line too.
const FOOT: f64 = 0.2;

/// A rectangle in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Area {
    pub(crate) fn width(self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(self) -> f64 {
        self.bottom - self.top
    }
}

/// What no platform draws its buttons over.
pub(crate) fn safe(canvas: (u32, u32)) -> Area {
    let (safe, width, height) = (band::safe(canvas), f64::from(canvas.0), f64::from(canvas.1));
    Area { left: safe.left * width, top: safe.top * height, right: safe.right * width, bottom: safe.bottom * height }
}

/// Text, and the room that it has. Line ends in it stay line ends.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) text: &'a str,
    pub(crate) look: &'a Look,
    /// Pixels, plates and edges included.
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// The size that it has where all fits, in pixels.
    pub(crate) em: f64,
    pub(crate) most_lines: usize,
}

/// Text in lines, at the size at which it fits.
pub(crate) struct Laid {
    block: Block,
    look: Look,
    pub(crate) em: f64,
    /// Pixels, plates and edges included.
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// All of it is there.
    pub(crate) whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

/// When and how text is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) start: f64,
    pub(crate) end: f64,
    /// Whether it fades in, and out.
    pub(crate) fades: (bool, bool),
    /// Seconds by which each line comes after the one above.
    pub(crate) stagger: f64,
    /// Overrides with which words enter.
    pub(crate) entrance: &'static str,
}

/// A part of the text that no line end may part.
#[derive(Clone)]
struct Part {
    text: String,
    width: f64,
    /// No space stands before it.
    glued: bool,
    /// A line begins with it.
    begins: bool,
}

/// A sheet that is being filled.
pub(crate) struct Lettering<'a> {
    page: Page<'a>,
    canvas: (u32, u32),
    styles: String,
    count: usize,
}

impl<'a> Lettering<'a> {
    pub(crate) fn new(canvas: (u32, u32), fonts: &'a Fonts) -> Self {
        let size = (f64::from(canvas.0.max(16)), f64::from(canvas.1.max(16)));
        let page = Page {
            canvas: size,
            catalogue: fonts.catalogue(),
            events: String::new(),
            missing: Vec::new(),
            entrance: "",
        };
        Self { page, canvas, styles: String::new(), count: 0 }
    }

    /// Lays text out; none where no font draws anything of it.
    pub(crate) fn lay(&mut self, wanted: &Wanted<'_>) -> Option<Laid> {
        let look = wanted.look;
        let faces = lines::faces(look, self.page.catalogue);
        let space = lines::space(look, &faces);
        let (parts, mut whole) = self.parts(wanted.text, look, &faces);
        if parts.is_empty() {
            return None;
        }
        if self.page.catalogue.is_empty() {
            self.page.missing.extend(parts.iter().flat_map(|part| part.text.chars()));
        }
        let leading = self.leading(&parts, look, &faces);
        let mut em = wanted.em.max(4.0);
        let smallest = (wanted.em * SMALLEST_SHARE).max(4.0);
        let rows = loop {
            let room = wanted.width / em - around(look);
            let last = em * STEP < smallest;
            let widest = parts.iter().map(|part| part.width).fold(0.0, f64::max);
            if widest <= room || em <= wanted.em * BREAKS_WORDS_AT || last {
                let parts =
                    if widest > room { self.broken(&parts, room.max(1.0), look, &faces) } else { parts.clone() };
                let rows = even(&parts, room.max(1.0), space);
                let high = height(rows.len(), leading, look) * em;
                if rows.len() <= wanted.most_lines && high <= wanted.height {
                    break rows;
                }
                if last {
                    let fitting = ((wanted.height / em - height(1, leading, look)) / leading).floor().max(0.0) as usize;
                    whole = false;
                    break cut(rows, wanted.most_lines.min(fitting + 1));
                }
            }
            em *= STEP;
        };
        let block = self.block(&rows, look, &faces, space, leading)?;
        let (width, height) = ((block.width() + around(look)) * em, height(rows.len(), leading, look) * em);
        Some(Laid { block, look: *look, em, width, height, whole })
    }

    /// Draws it with its left, middle or right at `x` and its top at `y`.
    pub(crate) fn draw(&mut self, laid: Laid, align: Align, (x, y): (f64, f64), timing: Timing) {
        let Laid { block, look, em, width, height, .. } = laid;
        let name = format!("Text{}", self.count);
        self.count += 1;
        self.styles.push_str(&style_line(&name, &look, em));
        self.page.entrance = timing.entrance;
        let left = match align {
            Align::Left => x,
            Align::Center => x - width / 2.0,
            Align::Right => x - width,
        };
        let middle = y + (height - FOOT * em * bare(&look)) / 2.0;
        let shown = Shown { start: timing.start, end: timing.end, fades: timing.fades };
        if let Some(plate) = look.plate {
            self.page.plate(&block, &plate, &name, em, (left + width / 2.0, middle), shown);
        }
        let dressed = look;
        let look = Look { plate: None, ..look };
        let (leading, count) = (block.leading * em, block.lines.len() as f64);
        for (row, line) in block.lines.into_iter().enumerate() {
            let y = middle + (row as f64 - (count - 1.0) / 2.0) * leading;
            let middle = match align {
                Align::Left => (left + (around(&dressed) + line.width) * em / 2.0, y),
                Align::Center => (x, y),
                Align::Right => (x - (around(&dressed) + line.width) * em / 2.0, y),
            };
            let start = (shown.start + row as f64 * timing.stagger).min(shown.end);
            let block = Block { lines: vec![line], scale: 1.0, leading: block.leading };
            self.page.block(&block, &name, &look, em, middle, Shown { start, ..shown }, None);
        }
        self.page.entrance = "";
    }

    pub(crate) fn finish(mut self) -> Sheet {
        let mut ass = header(self.canvas);
        ass.push_str(&self.styles);
        ass.push_str("\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n");
        ass.push_str(&self.page.events);
        self.page.missing.sort_unstable();
        self.page.missing.dedup();
        Sheet { ass, missing: self.page.missing }
    }

    /// The text's parts, and whether that is all of it.
    fn parts(&mut self, text: &str, look: &Look, faces: &[Arc<Face>]) -> (Vec<Part>, bool) {
        let mut parts = Vec::new();
        for line in text.split(['\n', '\u{2028}', '\u{2029}']) {
            let mut begins = !parts.is_empty();
            for word in clean(line).split_whitespace() {
                let word = if look.capitals { word.to_uppercase() } else { word.to_owned() };
                let mut glued = false;
                for text in divided(&word) {
                    if parts.len() >= MOST_PARTS {
                        return (parts, false);
                    }
                    let Some(token) = self.token(&text, look, faces) else { continue };
                    parts.push(Part { text: token.text, width: token.width, glued, begins });
                    (glued, begins) = (true, false);
                }
            }
        }
        (parts, true)
    }

    fn token(&mut self, text: &str, look: &Look, faces: &[Arc<Face>]) -> Option<Token> {
        let weight = look.families.first().map_or(700, |(_, weight)| (*weight).max(700));
        lines::token(0, self.page.catalogue.runs(text, faces, weight, &mut self.page.missing))
    }

    fn leading(&mut self, parts: &[Part], look: &Look, faces: &[Arc<Face>]) -> f64 {
        let stacked = |part: &&Part| part.text.chars().any(|c| u32::from(c) >= 0x0590);
        let mut tokens = Vec::new();
        for part in parts.iter().filter(stacked).take(12) {
            tokens.extend(self.token(&part.text, look, faces));
        }
        lines::leading(&tokens)
    }

    /// Parts wider than a line, broken between letters.
    fn broken(&mut self, parts: &[Part], room: f64, look: &Look, faces: &[Arc<Face>]) -> Vec<Part> {
        let mut broken = Vec::new();
        for part in parts {
            if part.width <= room {
                broken.push(part.clone());
                continue;
            }
            let (mut held, mut glued, mut begins) = (String::new(), part.glued, part.begins);
            let mut add = |this: &mut Self, text: &str| {
                if let Some(token) = this.token(text, look, faces) {
                    broken.push(Part { text: token.text, width: token.width, glued, begins });
                    (glued, begins) = (true, false);
                }
            };
            let mut width = 0.0;
            for grapheme in part.text.graphemes(true) {
                let wide = self.token(grapheme, look, faces).map_or(0.0, |token| token.width);
                if !held.is_empty() && width + wide > room * 0.96 {
                    add(self, &held);
                    held.clear();
                    width = 0.0;
                }
                held.push_str(grapheme);
                width += wide;
            }
            add(self, &held);
        }
        broken
    }

    fn block(
        &mut self,
        rows: &[Vec<Part>],
        look: &Look,
        faces: &[Arc<Face>],
        space: f64,
        leading: f64,
    ) -> Option<Block> {
        let whole: String = rows.iter().flatten().flat_map(|part| [part.text.as_str(), " "]).collect();
        let right = runs_from_right(&whole);
        let mut lines = Vec::new();
        for row in rows {
            // What stands together is drawn together, so that letters join and kern.
            let mut words: Vec<String> = Vec::new();
            for part in row {
                match words.last_mut() {
                    Some(word) if part.glued => word.push_str(&part.text),
                    _ => words.push(part.text.clone()),
                }
            }
            let tokens = words.iter().filter_map(|word| self.token(word, look, faces)).collect();
            lines.push(lines::line(tokens, right, space));
        }
        (!lines.is_empty()).then_some(Block { lines, scale: 1.0, leading })
    }
}

/// Where nothing lies behind the letters, the room below the last line is seen as part of the text.
fn bare(look: &Look) -> f64 {
    if look.plate.is_some() { 0.0 } else { 1.0 }
}

/// The height of so many lines in ems, plates and edges included.
fn height(lines: usize, leading: f64, look: &Look) -> f64 {
    (lines as f64 - 1.0) * leading + 1.0 + look.plate.map_or(2.0 * look.outline + FOOT, |plate| plate.pad.1 * 2.0)
}

/// Whether text runs from the right.
pub(crate) fn runs_from_right(text: &str) -> bool {
    matches!(unicode_bidi::get_base_direction(text), unicode_bidi::Direction::Rtl)
}

/// A text as the smallest pieces that can be shown one after the other, each with whether a space stands before it.
pub(crate) fn units(text: &str) -> Vec<(String, bool)> {
    let mut units = Vec::new();
    for word in text.split_whitespace() {
        units.extend(divided(word).into_iter().enumerate().map(|(index, piece)| (piece, index == 0)));
    }
    units
}

/// A word as the pieces between which a line may end.
fn divided(word: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut open = false;
    for grapheme in word.graphemes(true) {
        let first = grapheme.chars().next().unwrap_or(' ');
        let alone = writes_without_spaces(first) || is_wide_punctuation(first);
        let before = pieces.last().and_then(|piece| piece.chars().next_back());
        let parted = alone || before.is_some_and(|c| writes_without_spaces(c) || is_wide_punctuation(c));
        match pieces.last_mut() {
            Some(piece) if open || !parted || closes(first) => piece.push_str(grapheme),
            _ => pieces.push(grapheme.to_owned()),
        }
        open = opens(first);
    }
    pieces
}

/// No line begins with one of these.
fn closes(c: char) -> bool {
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】〗〙…‥ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.!?:;)]}»%ๆฯ".contains(c)
}

/// No line ends with one of these.
fn opens(c: char) -> bool {
    "‘“（〔［｛〈《「『【〖〘([{«".contains(c)
}

/// As few lines as fit, as even as they can be.
fn even(parts: &[Part], room: f64, space: f64) -> Vec<Vec<Part>> {
    let fewest = greedy(parts, room, space);
    let (mut tight, mut loose) = (0.0, room);
    for _ in 0..12 {
        let middle = (tight + loose) / 2.0;
        let fits = parts.iter().all(|part| part.width <= middle) && greedy(parts, middle, space).len() == fewest.len();
        if fits { loose = middle } else { tight = middle }
    }
    let rows = greedy(parts, loose, space);
    rows.into_iter().map(|row| row.into_iter().map(|index| parts[index].clone()).collect()).collect()
}

/// The parts of each line, each as full as it can be.
fn greedy(parts: &[Part], room: f64, space: f64) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut width = 0.0;
    for (index, part) in parts.iter().enumerate() {
        let gap = if part.glued { 0.0 } else { space };
        match rows.last_mut() {
            Some(row) if !part.begins && width + gap + part.width <= room + 1e-9 => {
                row.push(index);
                width += gap + part.width;
            }
            _ => {
                rows.push(vec![index]);
                width = part.width;
            }
        }
    }
    rows
}

/// The first lines of a text that is too long, which says so.
fn cut(mut rows: Vec<Vec<Part>>, most: usize) -> Vec<Vec<Part>> {
    if rows.len() > most.max(1) {
        rows.truncate(most.max(1));
        if let Some(last) = rows.last_mut().and_then(|row| row.last_mut()) {
            let mut letters: Vec<&str> = last.text.graphemes(true).collect();
            letters.pop();
            last.text = format!("{}…", letters.concat());
        }
    }
    rows
}

#[cfg(test)]
mod tests;
