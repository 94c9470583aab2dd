//! Cuts text into words and gives them times by their length.

use unicode_segmentation::UnicodeSegmentation;

use crate::transcript::{Word, is_wide_punctuation, writes_without_spaces};

/// Nobody needs longer for a character, however long the line stays on the screen.
const SLOWEST: f64 = 0.11;

/// The words of a text. Scripts without spaces are cut into groups of two to five characters.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for token in text.split_whitespace() {
        if token.chars().any(writes_without_spaces) {
            groups(token, &mut found);
        } else {
            found.push(token.to_owned());
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Han,
    Hiragana,
    Katakana,
    /// Thai, Lao, Khmer, Myanmar.
    Stacked,
    Mark,
    Other,
}

fn kind(grapheme: &str) -> Kind {
    let c = grapheme.chars().next().unwrap_or(' ');
    match u32::from(c) {
        0x3040..=0x309F => Kind::Hiragana,
        0x30A0..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F => Kind::Katakana,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF => Kind::Stacked,
        _ if is_wide_punctuation(c) => Kind::Mark,
        _ if writes_without_spaces(c) => Kind::Han,
        _ if c.is_alphanumeric() => Kind::Other,
        _ => Kind::Mark,
    }
}

fn groups(token: &str, found: &mut Vec<String>) {
    let mut group = String::new();
    let mut size = 0;
    let mut before = Kind::Mark;
    for grapheme in token.graphemes(true) {
        let now = kind(grapheme);
        let opens = grapheme.starts_with(['「', '『', '（', '《', '“', '(', '"', '[', '【', '‘']);
        let starts_vowel = grapheme.starts_with(['เ', 'แ', 'โ', 'ใ', 'ไ', 'ເ', 'ແ', 'ໂ', 'ໃ', 'ໄ']);
        let ends = !group.is_empty()
            && match (before, now) {
                (_, Kind::Mark) => opens,
                // A closing mark ends a group; an opening one, which begins the group, does not.
                (Kind::Mark, _) => size > 0,
                (Kind::Han, Kind::Han) => size >= 2,
                (Kind::Han, Kind::Hiragana) => size >= 4,
                (Kind::Hiragana, Kind::Hiragana) => size >= 5,
                (Kind::Katakana, Kind::Katakana) => size >= 8,
                (Kind::Stacked, Kind::Stacked) => size >= 5 || (size >= 3 && starts_vowel),
                (Kind::Other, Kind::Other) => false,
                _ => true,
            };
        if ends {
            found.push(std::mem::take(&mut group));
            size = 0;
        }
        group.push_str(grapheme);
        size += usize::from(now != Kind::Mark);
        before = now;
    }
    if !group.is_empty() {
        found.push(group);
    }
}

/// How long a word is to say, in characters: every word costs a little, a Chinese character a syllable.
fn length(text: &str) -> f64 {
    1.5 + text
        .chars()
        .map(|c| if writes_without_spaces(c) { 2.0 } else { f64::from(u8::from(c.is_alphanumeric())) })
        .sum::<f64>()
}

/// Spreads the words of a text over a stretch of time.
pub(super) fn spread(text: &str, start: f64, end: f64, speaker: Option<&str>, into: &mut Vec<Word>) {
    let texts = words(text);
    let all: f64 = texts.iter().map(|text| length(text)).sum();
    let seconds = (end - start).max(0.0).min(all * SLOWEST);
    let mut at = start;
    for text in texts {
        let till = at + seconds * length(&text) / all;
        into.push(Word { start: at, end: till, text, confidence: None, speaker: speaker.map(str::to_owned) });
        at = till;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text), expected);
    }

    #[test]
    fn text_without_spaces_is_cut_into_groups() {
        check("Hello big world", &["Hello", "big", "world"]);
        check("今天我们讨论，用Rust写「程序」。", &["今天", "我们", "讨论，", "用", "Rust", "写", "「程序」。"]);
        check("私はコンピューターです", &["私は", "コンピューター", "です"]);
        check("안녕하세요 여러분", &["안녕하세요", "여러분"]);
        assert_eq!(words("สวัสดีครับวันนี้เราจะพูด").concat(), "สวัสดีครับวันนี้เราจะพูด");
    }

    #[test]
    fn longer_words_get_more_time_and_short_lines_are_not_stretched() {
        let mut found = Vec::new();
        spread("a responsibility", 1.0, 2.0, None, &mut found);
        assert!((found[0].start - 1.0).abs() < 1e-9 && (found[1].end - 2.0).abs() < 1e-9);
        assert!(found[0].end - found[0].start < 0.2);
        found.clear();
        spread("Hi.", 0.0, 10.0, None, &mut found);
        assert!(found[0].end < 0.6);
    }
}
