//! Mends the times of words with what the sound says.

use reelspan_types::Span;

use super::Word;

/// A start in silence moves to speech that begins within this many seconds.
const REACH: f64 = 1.0;
/// Going back by less than this is jitter; more means that lines came out of order.
const JITTER: f64 = 0.3;
/// The shortest word that a listener and a caption can follow.
const SHORTEST: f64 = 0.08;
/// This many of the same words in a row, in silence, are a recogniser's dream.
const REPEATS: usize = 4;
const LONGEST_REPEATED: usize = 8;

pub(super) fn repaired(words: Vec<Word>, speech: &[Span], duration: f64) -> Vec<Word> {
    let speech = merged(speech);
    let duration = if duration.is_finite() && duration > 0.0 { duration } else { f64::INFINITY };
    let mut words = sound(words, duration);
    // Each step can give the one before it new work; it settles at once or in a few rounds.
    for _ in 0..8 {
        let before = words.clone();
        words = round(words, &speech, duration);
        if words == before {
            break;
        }
    }
    words
}

fn round(words: Vec<Word>, speech: &[Span], duration: f64) -> Vec<Word> {
    let mut words = without_dreams(words, speech);
    for word in &mut words {
        snap(word, speech);
    }
    words.retain(|word| word.start < duration);
    order(&mut words);
    spread_ties(&mut words, speech, duration);
    for index in 0..words.len() {
        let next = words.get(index + 1).map_or(duration, |next| next.start);
        let word = &mut words[index];
        let latest = next.min(duration).min(word.start + longest(&word.text));
        word.end = word.end.max(word.start + SHORTEST).min(latest).max(word.start);
    }
    words
}

/// The longest that the word is spoken: a syllable has about three characters, a Chinese character is one.
fn longest(text: &str) -> f64 {
    let size: f64 = text.chars().map(|c| if super::writes_without_spaces(c) { 0.35 } else { 0.15 }).sum();
    (0.25 + size).min(2.0)
}

/// Keeps words with a text and a place in time.
fn sound(words: Vec<Word>, duration: f64) -> Vec<Word> {
    let mut kept = Vec::with_capacity(words.len());
    for mut word in words {
        if !word.start.is_finite() || word.text.trim().is_empty() {
            continue;
        }
        if !word.end.is_finite() || word.end < word.start {
            word.end = word.start;
        }
        if word.end < 0.0 || word.start >= duration {
            continue;
        }
        word.start = word.start.max(0.0);
        word.end = word.end.max(word.start);
        kept.push(word);
    }
    kept
}

/// Sound spans in order, without overlap.
fn merged(spans: &[Span]) -> Vec<Span> {
    let mut sorted: Vec<Span> =
        spans.iter().copied().filter(|s| s.start.is_finite() && s.end.is_finite() && s.end > s.start).collect();
    sorted.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut merged: Vec<Span> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// The first stretch of speech that ends after a moment.
fn speech_at(speech: &[Span], at: f64) -> Option<Span> {
    speech.get(speech.partition_point(|span| span.end <= at)).copied()
}

/// Moves a start out of silence and an end back to where the speech ends.
fn snap(word: &mut Word, speech: &[Span]) {
    let Some(span) = speech_at(speech, word.start) else { return };
    if word.start < span.start {
        if span.start - word.start > REACH {
            return;
        }
        let length = word.end - word.start;
        word.start = span.start;
        word.end = word.end.max(word.start + length.min(SHORTEST));
    }
    if word.end > span.end
        && speech_at(speech, word.end).is_none_or(|next| word.end < next.start || next.start > span.end)
    {
        word.end = span.end.max(word.start + SHORTEST);
    }
}

/// Puts words in the order of their starts; jitter alone changes no order.
fn order(words: &mut [Word]) {
    for index in 1..words.len() {
        let before = words[index - 1].start;
        if words[index].start < before && before - words[index].start <= JITTER {
            words[index].start = before;
            words[index].end = words[index].end.max(before);
        }
    }
    words.sort_by(|a, b| a.start.total_cmp(&b.start));
}

/// Words with the same start share the time until the next one.
fn spread_ties(words: &mut [Word], speech: &[Span], duration: f64) {
    let mut from = 0;
    while from < words.len() {
        let start = words[from].start;
        let to = from + words[from..].partition_point(|word| word.start <= start);
        if to - from > 1 {
            let room: f64 = words[from..to].iter().map(|word| longest(&word.text)).sum();
            let mut end = words.get(to).map_or(duration, |next| next.start).min(duration).min(start + room);
            if let Some(span) = speech_at(speech, start).filter(|span| span.start <= start) {
                end = end.min(span.end);
            }
            let mut at = start;
            for word in &mut words[from..to] {
                word.start = at;
                at += (end - start).max(0.0) * longest(&word.text) / room;
                word.end = at;
            }
        }
        from = to;
    }
}

/// Drops words that repeat over and over where nobody speaks; the first time stays if it was spoken.
fn without_dreams(words: Vec<Word>, speech: &[Span]) -> Vec<Word> {
    if speech.is_empty() || words.len() < REPEATS {
        return words;
    }
    let plain: Vec<String> = words.iter().map(|word| plain(&word.text)).collect();
    let spoken: Vec<bool> = words.iter().map(|word| is_spoken(word, speech)).collect();
    let mut dropped = vec![false; words.len()];
    for size in 1..=LONGEST_REPEATED {
        let mut from = 0;
        while from + size < words.len() {
            let same = (from..words.len() - size).take_while(|at| plain[*at] == plain[at + size]).count();
            let length = same + size;
            let silent = spoken[from..from + length].iter().filter(|spoken| !**spoken).count();
            if same >= size * (REPEATS - 1) && silent * 5 >= length * 4 {
                for at in from..from + length {
                    dropped[at] = !spoken[at];
                }
            }
            from += same + 1;
        }
    }
    words.into_iter().zip(dropped).filter(|(_, dropped)| !dropped).map(|(word, _)| word).collect()
}

fn is_spoken(word: &Word, speech: &[Span]) -> bool {
    speech_at(speech, word.start).is_some_and(|span| span.start < word.end.max(word.start + SHORTEST))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
