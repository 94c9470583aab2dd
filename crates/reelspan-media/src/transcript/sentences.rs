//! Where sentences end: by punctuation, and by pauses where there is none.

use reelspan_types::Span;

use super::{Sentence, Word};

/// Nobody holds a sentence open for longer.
const ALWAYS_ENDS: f64 = 2.0;
/// Without punctuation, a pause this long ends a sentence.
const PAUSE: f64 = 0.6;
/// Without punctuation, the most words of one sentence.
const MOST_WORDS: usize = 30;
/// A sentence of a punctuated transcript is cut only beyond this.
const MOST_WORDS_PUNCTUATED: usize = 60;
/// A piece that is cut off for length has at least this many words.
const FEWEST_WORDS: usize = 6;

/// Words with a full stop that ends no sentence. Lower case, without that full stop.
const ABBREVIATIONS: &[&str] = &[
    "dr", "mr", "mrs", "ms", "mx", "prof", "st", "sr", "sra", "dra", "jr", "vs", "mt", "rev", "hon", "gen", "col",
    "sgt", "capt", "lt", "gov", "sen", "rep", "pres", "approx", "dept", "e.g", "i.e", "cf", "al", "viz", "jan", "feb",
    "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mme", "mlle", "hr", "fr", "bzw", "ca",
    "z.b", "d.h", "u.a", "usw", "str", "ing", "ud", "uds", "г", "ул", "им", "т.е", "т.д", "т.п", "др",
];
/// These are abbreviations before a number only ("No. 5"), and plain words elsewhere.
const NUMBERED: &[&str] = &["no", "nos", "vol", "fig", "figs", "eq", "sec", "ch", "pp", "p", "nr", "art"];
/// These may end a sentence as well: they do when a capital follows.
const EITHER: &[&str] =
    &["etc", "inc", "ltd", "co", "corp", "u.s", "u.k", "e.u", "a.m", "p.m", "ph.d", "m.d", "b.c", "a.d"];

/// Words that like to begin a clause; an unpunctuated run is cut before them.
const OPENERS: &[&str] = &[
    "and",
    "but",
    "so",
    "because",
    "then",
    "now",
    "well",
    "okay",
    "ok",
    "however",
    "also",
    "if",
    "when",
    "while",
    "or",
    "und",
    "aber",
    "weil",
    "dann",
    "also",
    "denn",
    "et",
    "mais",
    "donc",
    "parce",
    "alors",
    "y",
    "pero",
    "porque",
    "entonces",
    "e",
    "ma",
    "perché",
    "mas",
    "então",
    "и",
    "но",
    "потому",
    "а",
    "και",
    "αλλά",
    "و",
    "لكن",
    "और",
    "लेकिन",
];

pub(super) fn sentences(words: &[Word], language: Option<&str>) -> Vec<Sentence> {
    let ends = words.iter().enumerate().filter(|(index, _)| ends_by_mark(words, *index, language)).count();
    let punctuated = ends * 40 >= words.len();
    let mut found = Vec::new();
    let mut start = 0;
    for index in 0..words.len() {
        if index + 1 == words.len() || is_hard_end(words, index, language) {
            let marked = ends_by_mark(words, index, language);
            split_run(words, start, index + 1, punctuated, marked, &mut found);
            start = index + 1;
        }
    }
    found
}

fn is_hard_end(words: &[Word], index: usize, language: Option<&str>) -> bool {
    let (word, next) = (&words[index], &words[index + 1]);
    word.speaker != next.speaker || pause(word, next) >= ALWAYS_ENDS || ends_by_mark(words, index, language)
}

fn pause(word: &Word, next: &Word) -> f64 {
    next.start - word.end
}

/// Cuts a run between two sure ends where it has no punctuation or is too long.
fn split_run(words: &[Word], start: usize, end: usize, punctuated: bool, marked: bool, found: &mut Vec<Sentence>) {
    let plain = !punctuated || (!marked && end - start > MOST_WORDS) || end - start > MOST_WORDS_PUNCTUATED;
    if !plain {
        return push(words, start, end, found);
    }
    let mut from = start;
    for index in start..end {
        let last = index + 1 == end;
        let paused = !last && pause(&words[index], &words[index + 1]) >= PAUSE && index + 1 - from >= 3;
        if last || paused {
            split_length(words, from, index + 1, found);
            from = index + 1;
        }
    }
}

/// Cuts off pieces at the best place until the rest is short enough.
fn split_length(words: &[Word], mut start: usize, end: usize, found: &mut Vec<Sentence>) {
    while end - start > MOST_WORDS {
        let last = (start + MOST_WORDS).min(end - 2);
        let best = (start + FEWEST_WORDS..=last)
            .max_by(|a, b| cut_value(words, start, *a).total_cmp(&cut_value(words, start, *b)));
        let cut = best.unwrap_or(start + MOST_WORDS);
        push(words, start, cut, found);
        start = cut;
    }
    push(words, start, end, found);
}

/// How good a sentence start the word at `cut` is: after a pause or a comma, before "and", not too early.
fn cut_value(words: &[Word], start: usize, cut: usize) -> f64 {
    let (word, next) = (&words[cut - 1], &words[cut]);
    let opener = OPENERS.contains(&bare(&next.text).to_lowercase().as_str());
    let comma = word.text.ends_with([',', ';', ':', '،', '、', '，', '；', '：']);
    let fill = (cut - start) as f64 / MOST_WORDS as f64;
    pause(word, next).clamp(0.0, 1.0) * 2.0
        + f64::from(u8::from(opener)) * 0.5
        + f64::from(u8::from(comma)) * 0.6
        + fill * 0.3
}

fn push(words: &[Word], start: usize, end: usize, found: &mut Vec<Sentence>) {
    if start < end {
        let last = words[start..end].iter().map(|word| word.end).fold(words[start].start, f64::max);
        found.push(Sentence { words: start..end, span: Span::new(words[start].start, last) });
    }
}

/// The word without the quotes and brackets around it.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Whether a word's own punctuation ends a sentence, judged with the word that follows.
fn ends_by_mark(words: &[Word], index: usize, language: Option<&str>) -> bool {
    let text = words[index].text.trim_end_matches(is_closer);
    let Some(mark) = text.chars().next_back() else { return false };
    let next = words.get(index + 1);
    let next_letter = next.and_then(|word| word.text.chars().find(|c| c.is_alphanumeric()));
    let goes_on = next_letter.is_some_and(char::is_lowercase);
    match mark {
        '。' | '！' | '？' | '｡' | '؟' | '۔' | '।' | '॥' | '։' | '።' | '፧' | '။' | '།' | '\u{37E}' => {
            true
        }
        '!' | '?' | '‼' | '⁇' | '⁈' | '⁉' => !goes_on,
        '…' => !goes_on,
        '.' if text.ends_with("..") => !goes_on,
        '.' => {
            let stem = text.trim_end_matches('.').trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            let Some(next) = next else { return true };
            let letters = stem.chars().count();
            let initial = letters == 1 && stem.chars().all(char::is_alphabetic) && stem != "i";
            let ordinal = letters <= 2
                && stem.chars().all(|c| c.is_ascii_digit())
                && language.is_some_and(|tag| {
                    ["de", "da", "nb", "no", "fi", "cs", "pl", "hu"].contains(&&tag[..tag.len().min(2)])
                });
            let never =
                ABBREVIATIONS.contains(&stem.as_str()) || initial || (ordinal && pause(&words[index], next) < 0.4);
            let numbered = NUMBERED.contains(&stem.as_str()) && next_letter.is_some_and(char::is_numeric);
            let either = EITHER.contains(&stem.as_str());
            // A stem that is also a plain word ("no.") ends a sentence when the speaker stops there.
            let stopped = pause(&words[index], next) >= PAUSE;
            !goes_on
                && !numbered
                && (!never || (stopped && !initial))
                && (!either || next_letter.is_some_and(char::is_uppercase))
        }
        _ => false,
    }
}

fn is_closer(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | ')' | ']' | '}' | '»' | '«' | '”' | '’' | '“' | '」' | '』' | '）' | '】' | '》' | '*' | '_'
    )
}

#[cfg(test)]
mod tests;
