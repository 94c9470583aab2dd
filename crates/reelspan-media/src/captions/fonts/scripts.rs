//! Which families draw which script, best first.

/// What the other characters of a text tell about one: Chinese characters are drawn as the language does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Chinese,
    Japanese,
    Korean,
}

impl Context {
    pub(super) fn of(text: &str) -> Self {
        for c in text.chars() {
            match u32::from(c) {
                0x3040..=0x30FF => return Self::Japanese,
                0x1100..=0x11FF | 0xAC00..=0xD7AF => return Self::Korean,
                _ => {}
            }
        }
        Self::Chinese
    }
}

pub(super) fn families(c: char, context: Context) -> &'static [&'static str] {
    match u32::from(c) {
        0x0530..=0x058F => &["Noto Sans Armenian"],
        0x0590..=0x05FF | 0xFB1D..=0xFB4F => &["Noto Sans Hebrew", "DejaVu Sans"],
        0x0600..=0x06FF | 0x0750..=0x077F | 0x08A0..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => {
            &["Noto Sans Arabic", "Noto Kufi Arabic", "Noto Naskh Arabic", "DejaVu Sans"]
        }
        0x0700..=0x074F => &["Noto Sans Syriac"],
        0x0780..=0x07BF => &["Noto Sans Thaana"],
        0x07C0..=0x07FF => &["Noto Sans NKo", "Noto Sans N'Ko"],
        0x0900..=0x097F | 0xA8E0..=0xA8FF | 0x1CD0..=0x1CFF => &["Noto Sans Devanagari"],
        0x0980..=0x09FF => &["Noto Sans Bengali"],
        0x0A00..=0x0A7F => &["Noto Sans Gurmukhi"],
        0x0A80..=0x0AFF => &["Noto Sans Gujarati"],
        0x0B00..=0x0B7F => &["Noto Sans Oriya"],
        0x0B80..=0x0BFF => &["Noto Sans Tamil"],
        0x0C00..=0x0C7F => &["Noto Sans Telugu"],
        0x0C80..=0x0CFF => &["Noto Sans Kannada"],
        0x0D00..=0x0D7F => &["Noto Sans Malayalam"],
        0x0D80..=0x0DFF => &["Noto Sans Sinhala"],
        0x0E00..=0x0E7F => &["Noto Sans Thai"],
        0x0E80..=0x0EFF => &["Noto Sans Lao"],
        0x0F00..=0x0FFF => &["Noto Serif Tibetan", "Noto Sans Tibetan"],
        0x1000..=0x109F => &["Noto Sans Myanmar"],
        0x10A0..=0x10FF | 0x1C90..=0x1CBF => &["Noto Sans Georgian"],
        0x1200..=0x139F => &["Noto Sans Ethiopic"],
        0x1780..=0x17FF => &["Noto Sans Khmer"],
        0x1800..=0x18AF => &["Noto Sans Mongolian"],
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7AF => &["Noto Sans CJK KR", "Noto Sans KR"],
        0x2E80..=0x312F | 0x3190..=0x9FFF | 0xF900..=0xFAFF | 0xFF00..=0xFFEF | 0x20000..=0x3FFFF => match context {
            Context::Chinese => &["Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Zen Hei"],
            Context::Japanese => &["Noto Sans CJK JP", "Noto Sans JP"],
            Context::Korean => &["Noto Sans CJK KR", "Noto Sans KR"],
        },
        0x2190..=0x2BFF | 0x1F000..=0x1FAFF => {
            &["Noto Emoji", "Symbola", "Noto Sans Symbols2", "Noto Sans Symbols", "Noto Sans Math", "DejaVu Sans"]
        }
        _ => &["Noto Sans", "DejaVu Sans", "Symbola", "Noto Sans Symbols2", "Noto Sans Symbols", "Noto Sans Math"],
    }
}
