//! What is said and when: words with times, whatever they came from.

use std::ops::Range;

use reelspan_types::Span;
use serde::{Deserialize, Serialize};

mod repair;
mod sentences;

/// One spoken word as it is written, punctuation included.
#[derive(Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Word {
    pub start: f64,
    pub end: f64,
    pub text: String,
    /// 0 to 1, where the recogniser says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

impl Word {
    pub fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }
}

/// What people say is content: a debug print shows its length, never its text.
impl std::fmt::Debug for Word {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Word({} bytes at {:.3}-{:.3})", self.text.len(), self.start, self.end)
    }
}

/// How the words got their times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Timing {
    /// The source timed every word.
    Word,
    /// The source timed lines; words were spread over them by their length.
    Line,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// BCP 47, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    pub timing: Timing,
    pub words: Vec<Word>,
}

impl Transcript {
    /// Mends word times: in order, none longer than people speak, starts moved out of silence, all within the recording.
    ///
    /// `speech` holds the stretches where someone speaks; empty means that nobody looked.
    #[must_use]
    pub fn repaired(self, speech: &[Span], duration: f64) -> Self {
        Self { words: repair::repaired(self.words, speech, duration), ..self }
    }

    /// Cuts the words into sentences: gapless and in order.
    pub fn sentences(&self) -> Vec<Sentence> {
        sentences::sentences(&self.words, self.language.as_deref())
    }

    /// The words of a range as running text, spaced as their script is.
    pub fn text(&self, range: Range<usize>) -> String {
        let end = range.end.min(self.words.len());
        join(&self.words[range.start.min(end)..end])
    }
}

/// Words that make one thought, from the first word's start to the last word's end.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    pub words: Range<usize>,
    pub span: Span,
}

/// Words as running text.
pub fn join(words: &[Word]) -> String {
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 && spaced(&words[index - 1].text, &word.text) {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// Whether a space stands between two neighbouring words: Chinese, Japanese, Thai and their like set none.
pub fn spaced(left: &str, right: &str) -> bool {
    let unspaced = |c: Option<char>| c.is_some_and(|c| writes_without_spaces(c) || is_wide_punctuation(c));
    !(unspaced(left.chars().next_back()) && unspaced(right.chars().next()))
}

/// Scripts whose words stand side by side without a space.
pub fn writes_without_spaces(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF // Thai, Lao
        | 0x1000..=0x109F // Myanmar
        | 0x1780..=0x17FF // Khmer
        | 0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F // Japanese syllables
        | 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// Punctuation as wide as a Chinese character, which brings its own space.
pub(crate) fn is_wide_punctuation(c: char) -> bool {
    matches!(u32::from(c), 0x3001..=0x3004 | 0x3008..=0x303F | 0xFF00..=0xFF0F | 0xFF1A..=0xFF20 | 0xFF3B..=0xFF40 | 0xFF5B..=0xFF65)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], text: &str) {
        let words: Vec<Word> = words
            .iter()
            .map(|word| Word { start: 0.0, end: 0.0, text: (*word).to_owned(), confidence: None, speaker: None })
            .collect();
        assert_eq!(join(&words), text);
    }

    #[test]
    fn running_text_is_spaced_as_its_script_is() {
        check(&["Good", "morning,", "all."], "Good morning, all.");
        check(&["今天", "我们", "讨论。", "好"], "今天我们讨论。好");
        check(&["用", "Rust", "写"], "用 Rust 写");
        check(&["안녕하세요", "여러분"], "안녕하세요 여러분");
    }

    #[test]
    fn a_debug_print_never_shows_what_was_said() {
        let word = Word { start: 1.0, end: 2.0, text: "secret".into(), confidence: None, speaker: Some("Ann".into()) };
        let printed = format!("{word:?}");
        assert!(!printed.contains("secret") && !printed.contains("Ann"), "{printed}");
    }

    #[test]
    fn a_range_outside_of_the_words_gives_what_there_is() {
        let transcript = Transcript { language: None, timing: Timing::Word, words: Vec::new() };
        assert_eq!(transcript.text(3..9), "");
    }
}
