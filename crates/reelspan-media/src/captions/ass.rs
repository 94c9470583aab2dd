//! The words of the ASS format: escaped text, times, colours, shapes.

use unicode_segmentation::UnicodeSegmentation;

/// A joiner that nobody sees; it parts a backslash from what follows.
const WORD_JOINER: char = '\u{2060}';
/// No script stacks more marks on a letter.
const MOST_MARKS: usize = 5;

/// Text without what no picture shows: control characters, bidi overrides, invisible spaces, towers of marks.
pub(crate) fn clean(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        for c in grapheme.chars().take(1 + MOST_MARKS) {
            match c {
                '\u{2028}' | '\u{2029}' | '\u{85}' => kept.push(' '),
                _ if c.is_whitespace() => kept.push(' '),
                _ if c.is_control() || is_invisible(c) => {}
                _ => kept.push(c),
            }
        }
    }
    kept.trim().to_owned()
}

/// Format characters without a shape. The joiners of Arabic and Indic script are kept: they change the letters.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B | 0x200E | 0x200F
        | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFC
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0x1F3FB..=0x1F3FF | 0xE0000..=0xE0FFF)
}

/// Text as it stands in an ASS event: nothing in it can open an override block or break the line.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '{' => escaped.push_str("\\{"),
            '}' => escaped.push_str("\\}"),
            '\\' => {
                escaped.push('\\');
                escaped.push(WORD_JOINER);
            }
            '\n' | '\r' | '\t' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => escaped.push(' '),
            _ if c.is_control() => {}
            _ => escaped.push(c),
        }
    }
    escaped
}

/// `0:00:01.25`
pub(super) fn time(seconds: f64) -> String {
    let hundredths = centiseconds(seconds);
    format!(
        "{}:{:02}:{:02}.{:02}",
        hundredths / 360_000,
        hundredths / 6000 % 60,
        hundredths / 100 % 60,
        hundredths % 100
    )
}

pub(super) fn centiseconds(seconds: f64) -> u64 {
    (seconds.max(0.0) * 100.0).round() as u64
}

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Colour {
    /// For an override: `&HBBGGRR&`.
    pub(super) fn tag(self) -> String {
        format!("&H{:02X}{:02X}{:02X}&", self.2, self.1, self.0)
    }

    /// For a style line, with transparency (0 opaque to 255).
    pub(super) fn style(self, alpha: u8) -> String {
        format!("&H{alpha:02X}{:02X}{:02X}{:02X}", self.2, self.1, self.0)
    }
}

/// A rectangle with round corners as an ASS drawing, its top left at 0,0.
pub(super) fn rounded(width: f64, height: f64, radius: f64) -> String {
    let (w, h) = (width.round(), height.round());
    let r = radius.min(w / 2.0).min(h / 2.0).round();
    // A quarter circle's Bézier handle ends at 0.552 of the radius.
    let k = (r * 0.448).round();
    if r < 1.0 {
        return format!("m 0 0 l {w} 0 {w} {h} 0 {h}");
    }
    format!(
        "m {r} 0 l {wr} 0 b {wk} 0 {w} {k} {w} {r} l {w} {hr} b {w} {hk} {wk} {h} {wr} {h} l {r} {h} b {k} {h} 0 {hk} 0 {hr} l 0 {r} b 0 {k} {k} 0 {r} 0",
        wr = w - r,
        wk = w - k,
        hr = h - r,
        hk = h - k
    )
}
