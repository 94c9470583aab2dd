//! Groups words into captions: what is said in one breath, and no more than is read at a glance.

use reelspan_types::Span;
use unicode_segmentation::UnicodeSegmentation;

use crate::plan::Caption;
use crate::transcript::{Word, spaced, writes_without_spaces};

/// Two lines on a phone held upright, in Latin letters; a Chinese character counts as two.
const MOST_UNITS: f64 = 30.0;
const BEST_UNITS: f64 = 19.0;
const MOST_WORDS: usize = 8;
const MOST_SECONDS: f64 = 4.0;
/// A pause this long always parts captions.
const PAUSE: f64 = 0.6;
/// A caption stays on for so long after its last word, and over a gap so short that it would only flicker.
const LINGER: f64 = 0.2;
const FLICKER: f64 = 0.35;
const SHORTEST: f64 = 0.5;

pub(super) fn group(words: &[Word], span: Span, language: Option<&str>) -> Vec<Caption> {
    let inside = |word: &&Word| span.contains(word.span().middle()) && !word.text.trim().is_empty();
    let mut words: Vec<Word> = words.iter().filter(inside).cloned().collect();
    words.sort_by(|a, b| a.start.total_cmp(&b.start));
    for word in &mut words {
        word.start = word.start.max(span.start);
        word.end = word.end.min(span.end).max(word.start);
    }
    let mut captions: Vec<Caption> = Vec::new();
    let mut rest = words.into_iter();
    for size in sizes(rest.as_slice(), language) {
        let words: Vec<Word> = rest.by_ref().take(size).collect();
        if let (Some(first), Some(last)) = (words.first(), words.iter().map(|word| word.end).reduce(f64::max)) {
            captions.push(Caption { start: first.start, end: last, words });
        }
    }
    time(&mut captions, span);
    captions
}

/// Holds every caption long enough to be read, and closes gaps that would flicker.
fn time(captions: &mut [Caption], span: Span) {
    for index in 0..captions.len() {
        let next = captions.get(index + 1).map(|next| next.start);
        let caption = &mut captions[index];
        let wanted = (caption.end + LINGER).max(caption.start + SHORTEST);
        caption.end = match next {
            Some(next) if next - wanted < FLICKER - LINGER => next,
            _ => wanted,
        };
        caption.end = caption.end.min(span.end).max(caption.start);
    }
}

/// How many words each caption gets: the cheapest way to cut the whole row.
fn sizes(words: &[Word], language: Option<&str>) -> Vec<usize> {
    let openers = openers(language);
    let mut best = vec![f64::INFINITY; words.len() + 1];
    let mut from = vec![0; words.len() + 1];
    best[0] = 0.0;
    for start in 0..words.len() {
        let mut units = 0.0;
        for end in start + 1..=words.len() {
            let (word, before) =
                (&words[end - 1], end.checked_sub(2).filter(|before| *before >= start).map(|before| &words[before]));
            units += self::units(&word.text)
                + f64::from(u8::from(before.is_some_and(|before| spaced(&before.text, &word.text))));
            let parted = before.is_some_and(|before| must_part(before, word));
            let long = end - start > MOST_WORDS || units > MOST_UNITS || word.end - words[start].start > MOST_SECONDS;
            if parted || (long && end > start + 1) {
                break;
            }
            let cost = best[start] + cost(&words[start..end], words.get(end), units, openers);
            if cost < best[end] {
                best[end] = cost;
                from[end] = start;
            }
        }
    }
    let mut sizes = Vec::new();
    let mut end = words.len();
    while end > 0 {
        sizes.push(end - from[end]);
        end = from[end];
    }
    sizes.reverse();
    sizes
}

fn must_part(word: &Word, next: &Word) -> bool {
    word.speaker != next.speaker || next.start - word.end > PAUSE
}

fn cost(words: &[Word], next: Option<&Word>, units: f64, openers: &[&str]) -> f64 {
    let fill = (units - BEST_UNITS) / BEST_UNITS;
    let mut cost = 0.6 + fill * fill;
    let Some((last, inner)) = words.split_last() else { return cost };
    // A sentence that ends in the middle of a caption reads badly.
    cost += 0.9 * inner.iter().filter(|word| ends_sentence(&word.text)).count() as f64;
    let Some(next) = next else { return cost };
    let plain = next.text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if ends_sentence(&last.text) {
        cost -= 0.9;
    } else if last.text.ends_with([',', ';', ':', '،', '，', '、', '—', '–']) {
        cost -= 0.5;
    } else if openers.contains(&plain.as_str()) {
        cost -= 0.3;
    } else if is_small(&last.text) {
        cost += 0.3;
    }
    cost -= (next.start - last.end).clamp(0.0, PAUSE) * 0.8;
    let shown = next.start - words[0].start;
    cost + (1.0 - shown / SHORTEST).max(0.0) * 2.0
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', ')', '”', '’', '»', '」'])
        .ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।', '۔'])
}

/// "the", "of": words that lean on the next one.
fn is_small(text: &str) -> bool {
    text.chars().count() <= 3 && text.chars().all(char::is_alphabetic) && !text.chars().any(writes_without_spaces)
}

/// Width on the screen, a Latin letter being one.
fn units(text: &str) -> f64 {
    let wide = |c: char| {
        writes_without_spaces(c) && !('\u{E00}'..='\u{EFF}').contains(&c) || ('\u{AC00}'..='\u{D7AF}').contains(&c)
    };
    text.graphemes(true).map(|grapheme| if grapheme.starts_with(wide) { 2.0 } else { 1.0 }).sum()
}

/// Words that begin a clause.
fn openers(language: Option<&str>) -> &'static [&'static str] {
    match language.and_then(|tag| tag.get(..2)) {
        Some("de") => &[
            "und", "aber", "oder", "weil", "dass", "wenn", "denn", "dann", "damit", "obwohl", "der", "die", "das",
            "wie",
        ],
        Some("fr") => &["et", "mais", "ou", "parce", "que", "qui", "quand", "si", "alors", "donc", "car", "comme"],
        Some("es") => &["y", "pero", "o", "porque", "que", "cuando", "si", "entonces", "como", "aunque"],
        Some("pt") => &["e", "mas", "ou", "porque", "que", "quando", "se", "então", "como"],
        Some("it") => &["e", "ma", "o", "perché", "che", "quando", "se", "allora", "come"],
        Some("ru") => &["и", "но", "или", "потому", "что", "когда", "если", "тогда", "как", "а"],
        Some("el") => &["και", "αλλά", "ή", "γιατί", "ότι", "όταν", "αν", "που"],
        Some("ar") => &["لكن", "أو", "لأن", "عندما", "إذا", "ثم", "الذي"],
        Some("hi") => &["और", "लेकिन", "या", "क्योंकि", "कि", "जब", "अगर", "तो"],
        _ => &[
            "and", "but", "or", "because", "that", "when", "if", "so", "then", "which", "who", "while", "as", "than",
            "where", "how", "what",
        ],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<Word> {
        let word = |(index, text): (usize, &str)| Word {
            start: index as f64 * 0.3,
            end: index as f64 * 0.3 + 0.28,
            text: text.to_owned(),
            confidence: None,
            speaker: None,
        };
        text.split_whitespace().enumerate().map(word).collect()
    }

    fn texts(captions: &[Caption]) -> Vec<String> {
        captions.iter().map(|caption| crate::transcript::join(&caption.words)).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(texts(&group(&words(text), Span::new(0.0, 100.0), Some("en"))), expected);
    }

    #[test]
    fn captions_end_where_the_reader_breathes() {
        check(
            "Most people think speed is everything, but it is not. What matters is trust.",
            &["Most people think", "speed is everything,", "but it is not.", "What matters is trust."],
        );
    }

    #[test]
    fn speakers_and_pauses_part_captions() {
        let mut spoken = words("yes I do so do I");
        for word in &mut spoken[3..] {
            word.speaker = Some("B".into());
        }
        spoken[5].start += 1.0;
        spoken[5].end += 1.0;
        assert_eq!(texts(&group(&spoken, Span::new(0.0, 9.0), None)), ["yes I do", "so do", "I"]);
    }

    #[test]
    fn captions_linger_without_flicker() {
        let found = group(&words("one. two."), Span::new(0.0, 0.7), None);
        assert!(found.last().unwrap().end <= 0.7, "never beyond the clip");
        let mut spoken = words("alpha, beta");
        spoken[1].start = 5.0;
        spoken[1].end = 5.1;
        let found = group(&spoken, Span::new(0.0, 9.0), None);
        assert!((found[0].end - 0.5).abs() < 1e-9, "half a second at least");
        assert!((found[1].end - 5.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn every_word_once_in_order_without_overlap(
            parts in prop::collection::vec((0.0..0.9f64, 0.0..0.8f64, "[a-z]{1,12}[.,?]?|我们|[ก-ฮ]{3}", prop::option::of("A|B")), 0..60),
        ) {
            let mut at = 0.0;
            let words: Vec<Word> = parts.into_iter().map(|(gap, length, text, speaker)| {
                let start = at + gap;
                at = start + length;
                Word { start, end: at, text, confidence: None, speaker }
            }).collect();
            let found = group(&words, Span::new(0.0, 1000.0), None);
            let flat: Vec<&Word> = found.iter().flat_map(|caption| &caption.words).collect();
            prop_assert_eq!(flat, words.iter().collect::<Vec<_>>());
            for pair in found.windows(2) {
                prop_assert!(pair[0].end <= pair[1].start + 1e-9);
            }
            for caption in &found {
                prop_assert!(caption.start < caption.end || caption.words.iter().all(|word| word.end <= word.start));
                prop_assert!(caption.words.windows(2).all(|pair| pair[0].speaker == pair[1].speaker));
                let units: f64 = caption.words.iter().map(|word| units(&word.text)).sum();
                prop_assert!(caption.words.len() == 1 || units <= MOST_UNITS);
            }
        }
    }
}
