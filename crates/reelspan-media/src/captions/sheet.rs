//! Builds the ASS file: every word is an event of its own at its own place.
//!
//! libass would lay a line out itself, but it parts bidi text at every override, lets a growing word push its
//! neighbours, and knows no plates with round corners. Placed words have none of these faults.

pub(crate) mod lettering;

use std::fmt::Write as _;

use reelspan_types::Span;

use super::ass::{Colour, centiseconds, escape, rounded, time};
use super::fonts::{Catalogue, Fonts};
use super::lines::{self, Block, Token};
use super::styles::{Active, HOOK, Look, MARK, Plate, Style};
use super::{KeepFree, Sheet, band};
use crate::plan::{Caption, Clip};

/// How long the hook stays.
const HOOK_SECONDS: f64 = 3.0;
/// The highlight stays on a word over a pause shorter than this.
const BRIDGE: f64 = 0.45;
/// How much a word that pops grows at most.
const GROWTH: f64 = 1.14;
/// A pill is wider than its word by this many ems.
const PILL: f64 = 0.34;
/// Half of a capital's height: what puts letters in the middle of their line.
const HALF_CAPITAL: f64 = 0.36;

/// A caption's own times, in seconds of the clip.
#[derive(Clone, Copy)]
struct Shown {
    start: f64,
    end: f64,
    /// Fades in or out where nothing stands before or after it.
    fades: (bool, bool),
}

struct Page<'a> {
    canvas: (f64, f64),
    catalogue: &'a Catalogue,
    events: String,
    missing: Vec<char>,
    /// Overrides with which words enter.
    entrance: &'static str,
}

pub(super) fn sheet(
    clip: &Clip,
    style: Option<&Style>,
    canvas: (u32, u32),
    free: &[KeepFree],
    mark: Option<&str>,
    fonts: &Fonts,
) -> Sheet {
    let size = (f64::from(canvas.0.max(16)), f64::from(canvas.1.max(16)));
    let mut page =
        Page { canvas: size, catalogue: fonts.catalogue(), events: String::new(), missing: Vec::new(), entrance: "" };
    let mut free = free.to_vec();
    if let Some(hook) = clip.hook.as_deref() {
        free.extend(page.hook(clip, hook, canvas, &free));
    }
    if let Some(style) = style {
        page.captions(clip, &style.look, canvas, &free);
    }
    if let Some(mark) = mark {
        page.mark(clip, mark, canvas);
    }
    let styles = [("Caption", style.map_or(MARK, |style| style.look)), ("Hook", HOOK), ("Mark", MARK)];
    let mut ass = header(canvas);
    for (name, look) in styles {
        ass.push_str(&style_line(name, &look, page.em(&look)));
    }
    ass.push_str("\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n");
    ass.push_str(&page.events);
    page.missing.sort_unstable();
    page.missing.dedup();
    Sheet { ass, missing: page.missing }
}

fn header(canvas: (u32, u32)) -> String {
    format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {}\nPlayResY: {}\nWrapStyle: 2\nScaledBorderAndShadow: yes\nKerning: yes\nYCbCr Matrix: None\n\n\
        [V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, \
        ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n",
        canvas.0, canvas.1
    )
}

fn style_line(name: &str, look: &Look, em: f64) -> String {
    let (spoken, waiting) = match look.active {
        Active::Fill(colour) => (colour, look.fill),
        _ => (look.fill, look.fill),
    };
    let family = look.families.first().map_or("Noto Sans", |(family, _)| *family);
    // The last field lets libass find the direction of each event's text by itself.
    format!(
        "Style: {name},{family},{em:.1},{},{},{},{},0,0,0,0,100,100,0,0,1,{:.1},{:.1},5,0,0,0,-1\n",
        spoken.style(0),
        waiting.style(0),
        look.outline_colour.style(0),
        Colour(0, 0, 0).style(look.shadow_alpha),
        look.outline * em,
        look.shadow * em
    )
}

impl Page<'_> {
    /// Wide pictures are seen from further away but hold more: letters are a little smaller.
    fn em(&self, look: &Look) -> f64 {
        let ratio = self.canvas.0 / self.canvas.1;
        let factor = if ratio > 1.2 {
            0.78
        } else if ratio > 0.95 {
            0.86
        } else {
            1.0
        };
        self.canvas.0.min(self.canvas.1) * look.size * factor
    }

    fn captions(&mut self, clip: &Clip, look: &Look, canvas: (u32, u32), free: &[KeepFree]) {
        let safe = band::safe(canvas);
        let em = self.em(look);
        let room = (safe.right - safe.left) * self.canvas.0 / em - around(look);
        let room = if matches!(look.active, Active::Pop(_)) { room / GROWTH } else { room };
        let mut blocks = Vec::new();
        for caption in &clip.captions {
            let texts: Vec<&str> = caption.words.iter().map(|word| word.text.as_str()).collect();
            blocks.push(lines::block(&texts, look, self.catalogue, room, 2, &mut self.missing));
        }
        let height =
            blocks.iter().flatten().map(|block| block_height(block, look) * em).fold(em, f64::max) / self.canvas.1;
        let middles = band::middles(clip, &cuts(clip, canvas), canvas, height, free);
        for (index, block) in blocks.into_iter().enumerate() {
            let caption = &clip.captions[index];
            let before = index.checked_sub(1).map_or(f64::NEG_INFINITY, |before| clip.captions[before].end);
            let after = clip.captions.get(index + 1).map_or(f64::INFINITY, |after| after.start);
            let shown = Shown {
                start: caption.start.max(clip.start) - clip.start,
                end: caption.end.min(clip.end) - clip.start,
                fades: (caption.start - before > 0.05, after - caption.end > 0.05),
            };
            if let Some(block) = block.filter(|_| centiseconds(shown.end) > centiseconds(shown.start)) {
                let middle = (self.canvas.0 * (safe.left + safe.right) / 2.0, middles[index] * self.canvas.1);
                self.block(&block, "Caption", look, em, middle, shown, Some((caption, clip.start)));
            }
        }
    }

    /// Draws a block of lines around a middle; words light up where a caption gives them times.
    #[expect(clippy::too_many_arguments, reason = "what, how, where and when, each said once")]
    fn block(
        &mut self,
        block: &Block,
        name: &str,
        look: &Look,
        em: f64,
        middle: (f64, f64),
        shown: Shown,
        spoken: Option<(&Caption, f64)>,
    ) {
        let em = em * block.scale;
        let leading = block.leading * em;
        if let Some(plate) = look.plate {
            self.plate(block, &plate, name, em, middle, shown);
        }
        let glued = block.lines.iter().flat_map(|line| &line.tokens).any(|(token, _)| token.glued);
        // Where words stand close or grow, edges are drawn below all letters.
        let layered = look.outline > 0.0 && (glued || matches!(look.active, Active::Pop(_) | Active::Glow(_)));
        for (row, line) in block.lines.iter().enumerate() {
            let y = middle.1 + (row as f64 - (block.lines.len() as f64 - 1.0) / 2.0) * leading;
            let left = middle.0 - line.width * em / 2.0;
            for (token, at) in &line.tokens {
                let x = left + (at + token.width / 2.0) * em;
                let lit = spoken.and_then(|(caption, zero)| lit(caption, token.word, zero, shown));
                let word = Drawn { token, name, look, em, at: (x, y), shown, lit };
                if let (Active::Pill(colour), Some(lit)) = (look.active, lit) {
                    self.pill(&word, colour, lit);
                }
                if layered {
                    self.word(&word, 2, Layer::Edge);
                    self.word(&word, 3, Layer::Letters);
                } else {
                    self.word(&word, 3, Layer::Both);
                }
            }
        }
    }

    fn event(&mut self, layer: u8, start: f64, end: f64, name: &str, text: &str) {
        let _ = writeln!(self.events, "Dialogue: {layer},{},{},{name},,0,0,0,,{text}", time(start), time(end));
    }

    fn plate(&mut self, block: &Block, plate: &Plate, name: &str, em: f64, middle: (f64, f64), shown: Shown) {
        let (width, height) =
            ((block.width() + plate.pad.0 * 2.0) * em, (block_letters(block) + plate.pad.1 * 2.0) * em);
        let (left, top) = (middle.0 - width / 2.0, middle.1 - height / 2.0);
        let paint = |left: f64, top: f64, colour: Colour, alpha: u8, shape: &str| {
            let fade = fade(shown);
            let colour = colour.tag();
            format!("{{\\an7\\pos({left:.0},{top:.0})\\bord0\\shad0\\1c{colour}\\1a&H{alpha:02X}&{fade}\\p1}}{shape}")
        };
        let text = paint(left, top, plate.colour, plate.alpha, &rounded(width, height, plate.radius * em));
        self.event(0, shown.start, shown.end, name, &text);
        if let Some(bar) = plate.bar {
            let text = paint(left, top, bar, 0, &rounded(0.14 * em, height, 0.0));
            self.event(1, shown.start, shown.end, name, &text);
        }
    }

    fn pill(&mut self, word: &Drawn<'_>, colour: Colour, lit: (f64, f64)) {
        let em = word.em;
        let shape = rounded((word.token.width + PILL) * em, 1.14 * em, 0.26 * em);
        let ((x, y), colour) = (word.at, colour.tag());
        let text = format!(
            "{{\\an5\\pos({x:.1},{y:.1})\\bord0\\shad0\\1c{colour}\\fscx86\\fscy86\\t(0,70,\\fscx100\\fscy100)\\p1}}{shape}"
        );
        self.event(1, word.shown.start + lit.0, word.shown.start + lit.1, word.name, &text);
    }

    fn word(&mut self, word: &Drawn<'_>, layer: u8, part: Layer) {
        let runs = &word.token.runs;
        let rise =
            |select: fn(&super::fonts::Face) -> f64| runs.iter().map(|run| select(&run.face)).fold(0.0, f64::max);
        // libass centres the font's box; this moves the baseline to where the line has it.
        let y = word.at.1 + (HALF_CAPITAL - (rise(|face| face.ascent) - rise(|face| face.descent)) / 2.0) * word.em;
        let mut text = format!("{{\\an5\\pos({:.1},{y:.1})", word.at.0);
        match part {
            Layer::Letters => text.push_str("\\bord0\\shad0"),
            // A soft edge is made by its own layer; letters stay sharp.
            Layer::Edge | Layer::Both if word.look.blur > 0.0 => {
                let _ = write!(text, "\\blur{:.1}", word.look.blur * word.em);
            }
            Layer::Edge | Layer::Both => {}
        }
        text.push_str(&fade(word.shown));
        text.push_str(self.entrance);
        text.push_str(&word.highlight(part));
        text.push('}');
        for (index, run) in runs.iter().enumerate() {
            let face = &run.face;
            let _ = write!(text, "{{\\fn{}\\b{}\\fs{:.1}}}", face.family, face.weight, face.size(word.em));
            text.extend(word.token.mark.filter(|_| index == 0));
            text.push_str(&escape(&run.text));
        }
        self.event(layer, word.shown.start, word.shown.end, word.name, &text);
    }

    /// Draws the hook at the top; says where it stands, so that captions keep off.
    fn hook(&mut self, clip: &Clip, hook: &str, canvas: (u32, u32), free: &[KeepFree]) -> Option<KeepFree> {
        let safe = band::safe(canvas);
        let em = self.em(&HOOK);
        let pad = HOOK.plate.map_or((0.0, 0.0), |plate| plate.pad);
        let room = (safe.right - safe.left) * self.canvas.0 / em - pad.0 * 2.0;
        let texts: Vec<&str> = hook.split_whitespace().collect();
        let block = lines::block(&texts, &HOOK, self.catalogue, room, 3, &mut self.missing)?;
        let height = block_height(&block, &HOOK) * em / self.canvas.1;
        let end = (clip.end - clip.start).min(HOOK_SECONDS);
        let span = Span::new(clip.start, clip.start + end);
        let wanted = [safe.top + height / 2.0 + 0.02, safe.top + height / 2.0 + 0.2, safe.bottom - height / 2.0];
        let middle = band::still(span, &wanted, height, free);
        let shown = Shown { start: 0.0, end, fades: (false, end < clip.end - clip.start) };
        let x = self.canvas.0 * (safe.left + safe.right) / 2.0;
        self.block(&block, "Hook", &HOOK, em, (x, middle * self.canvas.1), shown, None);
        Some(KeepFree { span, top: (middle - height / 2.0) as f32, bottom: (middle + height / 2.0) as f32 })
    }

    /// The watermark line: small, in the lower left corner of the safe area, from start to end.
    fn mark(&mut self, clip: &Clip, mark: &str, canvas: (u32, u32)) {
        let safe = band::safe(canvas);
        let em = self.em(&MARK);
        let left = safe.left.min(0.06) * self.canvas.0;
        let room = (self.canvas.0 * 0.6) / em;
        let texts: Vec<&str> = mark.split_whitespace().collect();
        let Some(block) = lines::block(&texts, &MARK, self.catalogue, room, 1, &mut self.missing) else { return };
        let shown = Shown { start: 0.0, end: clip.end - clip.start, fades: (false, false) };
        let middle = (left + block.width() * em * block.scale / 2.0, (safe.bottom + 0.012) * self.canvas.1 - em);
        self.block(&block, "Mark", &MARK, em, middle, shown, None);
    }
}

/// One word and all that decides how it is drawn.
struct Drawn<'a> {
    token: &'a Token,
    name: &'a str,
    look: &'a Look,
    em: f64,
    /// The middle of its box on its line.
    at: (f64, f64),
    shown: Shown,
    /// When it is said, in seconds from the caption's start.
    lit: Option<(f64, f64)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Layer {
    Both,
    Edge,
    Letters,
}

impl Drawn<'_> {
    /// The overrides that light the word up while it is said.
    fn highlight(&self, part: Layer) -> String {
        let mark = if self.name == "Mark" { "\\alpha&H50&" } else { "" };
        let Some((from, to)) = self.lit else { return mark.to_owned() };
        let (from, to) = ((from * 1000.0).round() as u64, (to * 1000.0).round() as u64);
        let last = to as f64 / 1000.0 >= self.shown.end - self.shown.start - 0.02;
        let base = self.look.fill.tag();
        let colours = |active: Colour| {
            let back = if last { String::new() } else { format!("\\t({to},{},\\1c{base})", to + 90) };
            format!("\\t({from},{},\\1c{}){back}", from + 50, active.tag())
        };
        match self.look.active {
            Active::Nothing | Active::Pill(_) => String::new(),
            Active::Colour(active) => colours(active),
            Active::Pop(active) => {
                let down = if last { String::new() } else { format!("\\t({to},{},\\fscx100\\fscy100)", to + 110) };
                let colour = if part == Layer::Edge { String::new() } else { colours(active) };
                format!(
                    "\\t({from},{},\\fscx114\\fscy114)\\t({},{},\\fscx108\\fscy108){down}{colour}",
                    from + 80,
                    from + 80,
                    from + 150
                )
            }
            // libass fills from the left, which is wrong for words that run from the right: those change at once.
            Active::Fill(_) if self.token.is_right_to_left() => {
                format!("\\k{}\\k{}", from / 10, to.saturating_sub(from) / 10)
            }
            Active::Fill(_) => format!("\\k{}\\kf{}", from / 10, (to.saturating_sub(from) / 10).max(1)),
            Active::Reveal => format!("\\1a&H78&\\t({from},{},\\1a&H00&)", from + 80),
            Active::Glow(_) if part == Layer::Letters => String::new(),
            Active::Glow(glow) => {
                let back = if last {
                    String::new()
                } else {
                    format!("\\t({to},{},\\3c{})", to + 120, self.look.outline_colour.tag())
                };
                format!("\\t({from},{},\\3c{}){back}", from + 60, glow.tag())
            }
        }
    }
}

/// When a word is said, in seconds from the caption's start; it stays lit over a short pause.
fn lit(caption: &Caption, index: usize, zero: f64, shown: Shown) -> Option<(f64, f64)> {
    let word = caption.words.get(index)?;
    let next = caption.words.get(index + 1).map(|next| next.start);
    let end = match next {
        Some(next) if next - word.end < BRIDGE => next,
        Some(_) => word.end,
        None => shown.end + zero,
    };
    let length = shown.end - shown.start;
    let from = (word.start - zero - shown.start).clamp(0.0, length);
    Some((from, (end - zero - shown.start).clamp(from, length)))
}

fn fade(shown: Shown) -> String {
    match shown.fades {
        (false, false) => String::new(),
        (enters, leaves) => format!("\\fad({},{})", if enters { 70 } else { 0 }, if leaves { 90 } else { 0 }),
    }
}

/// The height of the letters of a block in ems, from the first line's top to the last one's foot.
fn block_letters(block: &Block) -> f64 {
    (block.lines.len() as f64 - 1.0) * block.leading + 1.0
}

/// What is drawn left and right of the letters, in ems.
fn around(look: &Look) -> f64 {
    let own = look.plate.map_or(2.0 * look.outline + look.shadow, |plate| plate.pad.0 * 2.0);
    if matches!(look.active, Active::Pill(_)) { own.max(PILL) } else { own }
}

fn block_height(block: &Block, look: &Look) -> f64 {
    (block_letters(block) + 0.2 + look.plate.map_or(2.0 * look.outline, |plate| plate.pad.1 * 2.0)) * block.scale
}

/// Where the picture changes inside the clip: the starts of the shots of the layout that has this canvas.
fn cuts(clip: &Clip, canvas: (u32, u32)) -> Vec<f64> {
    let ratio = f64::from(canvas.0) / f64::from(canvas.1.max(1));
    let off = |aspect: &reelspan_types::Aspect| (aspect.ratio() / ratio).ln().abs();
    let nearest = clip.layouts.iter().min_by(|a, b| off(a.0).total_cmp(&off(b.0)));
    let mut cuts: Vec<f64> =
        nearest.map(|(_, shots)| shots.iter().skip(1).map(|shot| shot.start).collect()).unwrap_or_default();
    cuts.sort_by(f64::total_cmp);
    cuts
}
