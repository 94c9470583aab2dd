//! whisper.cpp's `-oj` (lines) and `-ojf` (lines with tokens).

use serde::Deserialize;

use crate::subtitles::{markup, split, timing};
use crate::transcript::{Timing, Word};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Segment {
    text: String,
    offsets: Offsets,
    tokens: Vec<Token>,
    /// `--tinydiarize` says where another one begins to speak.
    speaker_turn_next: bool,
}

/// Milliseconds.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
struct Offsets {
    from: f64,
    to: f64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Token {
    text: String,
    offsets: Offsets,
    p: Option<f64>,
}

pub(super) fn words(segments: &[Segment]) -> (Vec<Word>, Timing) {
    let (mut words, mut timed, mut turn) = (Vec::new(), 0, 0);
    let turns = segments.iter().any(|segment| segment.speaker_turn_next);
    for segment in segments {
        let speaker = turns.then(|| format!("{}", 1 + turn % 2));
        let first = words.len();
        let own = token_words(segment);
        if own.is_empty() {
            let text = markup::without_noises(&segment.text);
            split::spread(&text, segment.offsets.from / 1000.0, segment.offsets.to / 1000.0, None, &mut words);
            // `--max-len 1` makes every line one word.
            timed += usize::from(words.len() - first == 1);
        } else {
            timed += own.len();
            words.extend(own);
        }
        for word in &mut words[first..] {
            word.speaker.clone_from(&speaker);
        }
        turn += usize::from(segment.speaker_turn_next);
    }
    let timing = timing(timed, words.len());
    (words, timing)
}

/// Tokens are pieces of words: one that begins with a space begins a word.
fn token_words(segment: &Segment) -> Vec<Word> {
    // A character cut in two tokens cannot be put together again; the line's text has it whole.
    if segment.tokens.iter().any(|token| token.text.contains('\u{FFFD}')) {
        return Vec::new();
    }
    let mut joined: Vec<(String, Offsets, f64, u32)> = Vec::new();
    for token in segment.tokens.iter().filter(|token| !is_special(&token.text)) {
        let p = token.p.unwrap_or(1.0);
        match joined.last_mut() {
            Some((text, offsets, sum, count)) if !token.text.starts_with(' ') => {
                text.push_str(&token.text);
                offsets.to = offsets.to.max(token.offsets.to);
                *sum += p;
                *count += 1;
            }
            _ => joined.push((token.text.clone(), token.offsets, p, 1)),
        }
    }
    let whole: String = joined.iter().map(|(text, ..)| text.as_str()).collect();
    // Noises span words ("[", "music", "]"): then the line's cleaned text is safer.
    if markup::without_noises(&whole).split_whitespace().ne(whole.split_whitespace()) {
        return Vec::new();
    }
    let mut words = Vec::new();
    for (text, offsets, sum, count) in joined {
        let first = words.len();
        split::spread(&text, offsets.from / 1000.0, offsets.to / 1000.0, None, &mut words);
        for word in &mut words[first..] {
            word.confidence = Some((sum / f64::from(count)).clamp(0.0, 1.0) as f32);
        }
        if let Some(last) = words[first..].last_mut() {
            last.end = last.end.max(offsets.to / 1000.0);
        }
    }
    words
}

/// `[_BEG_]`, `[_TT_150]`, `<|endoftext|>` are not spoken.
fn is_special(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with("[_") && text.ends_with(']')) || (text.starts_with("<|") && text.ends_with("|>"))
}
