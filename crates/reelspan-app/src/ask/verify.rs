//! Holds each sentence of a model against the sentences that it cites. Only words are compared: what is said in other words
//! altogether does not pass, and that is the safer side.

use std::collections::HashSet;

use reelspan_types::{Span, format_time, parse_time};

use super::citations::Pointer;
use super::facts::Fact;
use super::index::Index;
use super::project::Recording;
use super::tokens::{self, Language, Token};
use super::{Citation, Private};

/// The share of a sentence's content words that its sources must hold.
const SUPPORT: f64 = 0.6;
/// A name may have fallen this many sentences before or after.
const NAME_REACH: usize = 15;
/// A negation holds for so many words after it.
const NEGATED: usize = 8;
/// A time that the model writes may be so far from what it cites.
const TIME_SLACK: f64 = 30.0;

/// Why a sentence is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It cites nothing.
    Uncited,
    /// It cites what is not there.
    NoSuchSentence,
    /// The cited sentences speak of something else.
    OtherWords,
    /// A number in it is not in what it cites.
    OtherNumber,
    /// A name in it is nowhere near what it cites.
    OtherName,
    /// The cited sentences say it with a "not".
    Turned,
    /// It names a time at which this is not said.
    OtherTime,
}

impl Fault {
    /// A stable name for scripts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Uncited => "uncited",
            Self::NoSuchSentence => "no_such_sentence",
            Self::OtherWords => "other_words",
            Self::OtherNumber => "other_number",
            Self::OtherName => "other_name",
            Self::Turned => "negation",
            Self::OtherTime => "other_time",
        }
    }
}

/// What a sentence may be held against.
pub(crate) struct Sources<'a> {
    pub(crate) index: &'a Index,
    pub(crate) facts: &'a [Fact],
    pub(crate) recordings: &'a [Recording],
}

impl Sources<'_> {
    /// The pointers that hold, once each; or why the sentence is not believed.
    pub(crate) fn verify(&self, sentence: &str, pointers: &[Pointer]) -> Result<Vec<Pointer>, Fault> {
        if pointers.is_empty() {
            return Err(Fault::Uncited);
        }
        let mut held: Vec<Pointer> = pointers.iter().copied().filter(|pointer| self.exists(*pointer)).collect();
        held.sort_unstable();
        held.dedup();
        if held.is_empty() {
            return Err(Fault::NoSuchSentence);
        }
        let (sentence, times) = without_times(sentence);
        let known: Vec<Span> = held.iter().flat_map(|pointer| self.times(*pointer)).collect();
        let near =
            |time: &f64| known.iter().any(|span| *time >= span.start - TIME_SLACK && *time <= span.end + TIME_SLACK);
        if !times.iter().all(near) {
            return Err(Fault::OtherTime);
        }
        let words = tokens::tokens(&sentence);
        let source = self.source(&held);
        self.compare(&words, &source, &held, times.len())?;
        Ok(held)
    }

    /// The places, neighbouring sentences as one.
    pub(crate) fn citations(&self, pointers: &[Pointer]) -> Vec<Citation> {
        let mut found: Vec<(Citation, usize)> = Vec::new();
        for pointer in pointers {
            match *pointer {
                Pointer::Sentence(number) => {
                    let line = &self.index.lines[number];
                    // Neighbours are one place.
                    if let Some((citation, last)) = found.last_mut()
                        && *last + 1 == number
                        && citation.recording == line.recording
                    {
                        *last = number;
                        citation.span.end = citation.span.end.max(line.span.end);
                        citation.id = format!("{}-s{number}", citation.id.split('-').next().unwrap_or_default());
                        citation.words.push_str(" ");
                        citation.words.push_str(&line.text);
                        continue;
                    }
                    let citation = Citation {
                        file: self.recordings[line.recording].name.clone(),
                        recording: line.recording,
                        span: line.span,
                        id: format!("s{number}"),
                        words: Private::new(line.text.clone()),
                    };
                    found.push((citation, number));
                }
                Pointer::Fact(number) => {
                    let fact = &self.facts[number];
                    let whole = Span::new(0.0, self.recordings[fact.recording].duration);
                    let citation = Citation {
                        file: self.recordings[fact.recording].name.clone(),
                        recording: fact.recording,
                        span: fact.span.unwrap_or(whole),
                        id: format!("f{number}"),
                        words: Private::new(fact.text.clone()),
                    };
                    found.push((citation, usize::MAX - 1));
                }
            }
        }
        found.into_iter().map(|(citation, _)| citation).collect()
    }

    fn exists(&self, pointer: Pointer) -> bool {
        match pointer {
            Pointer::Sentence(number) => number < self.index.lines.len(),
            Pointer::Fact(number) => number < self.facts.len(),
        }
    }

    /// When it is said; for a fact also the times in its own words.
    fn times(&self, pointer: Pointer) -> Vec<Span> {
        match pointer {
            Pointer::Sentence(number) => vec![self.index.lines[number].span],
            Pointer::Fact(number) => {
                let own = without_times(&self.facts[number].text).1.into_iter().map(|time| Span::new(time, time));
                own.chain(self.facts[number].span).collect()
            }
        }
    }

    /// The lines that a pointer makes readable: itself and its neighbours, since thoughts go on over a full stop.
    fn around(&self, number: usize, reach: usize) -> std::ops::Range<usize> {
        let lines = &self.index.lines;
        let same = |at: &usize| lines[*at].recording == lines[number].recording;
        let first = (number.saturating_sub(reach)..number).find(same).unwrap_or(number);
        let last = (number + 1..(number + 1 + reach).min(lines.len())).rev().find(same).unwrap_or(number);
        first..last + 1
    }

    fn source(&self, held: &[Pointer]) -> Source {
        let mut source = Source { texts: Vec::new(), language: Language::Other };
        let mut lines = std::collections::BTreeSet::new();
        for pointer in held {
            match pointer {
                Pointer::Sentence(number) => {
                    lines.extend(self.around(*number, 1));
                    source.language = self.index.language(self.index.lines[*number].recording);
                }
                Pointer::Fact(number) => {
                    let fact = &self.facts[*number];
                    let place = fact.span.map_or(String::new(), |span| {
                        format!(" {} {}", format_time(span.start), format_time(span.end))
                    });
                    source.texts.push(tokens::tokens(&format!(
                        "{} {}{place}",
                        fact.text, self.recordings[fact.recording].name
                    )));
                }
            }
        }
        for line in lines {
            source.texts.push(tokens::tokens(&self.index.lines[line].text));
            if let Some(speaker) = self.index.lines[line].speaker {
                source.texts.push(tokens::tokens(&self.index.speakers[speaker]));
            }
        }
        source
    }

    /// `times` in the sentence have been found right.
    fn compare(&self, words: &[Token], source: &Source, held: &[Pointer], times: usize) -> Result<(), Fault> {
        let there = source.stems();
        let numbers = tokens::numbers(words);
        let known: Vec<f64> =
            source.texts.iter().flat_map(|text| tokens::numbers(text)).map(|number| number.value).collect();
        for number in &numbers {
            // "Two reasons" is the model's own counting more often than a claim.
            let counting = !number.in_digits && number.value <= 3.0;
            if !counting && !known.iter().any(|known| (known - number.value).abs() < 1e-9) {
                return Err(Fault::OtherNumber);
            }
        }
        let in_number =
            |at: usize| numbers.iter().any(|number| (number.first..number.first + number.words).contains(&at));
        if source.language != Language::German {
            let names = words.iter().enumerate().filter(|(at, word)| word.capital && !in_number(*at));
            let nearby = self.nearby(held);
            for (_, name) in names.filter(|(_, word)| !source.is_grammar(word)) {
                let stem = name.stem(source.language);
                if !alike(&there, &stem) && !alike(&nearby, &stem) {
                    return Err(Fault::OtherName);
                }
            }
        }
        let content: Vec<(usize, String)> = words
            .iter()
            .enumerate()
            .filter(|(at, word)| !in_number(*at) && !source.is_grammar(word) && !tokens::is_frame(&word.text))
            .map(|(at, word)| (at, word.stem(source.language)))
            .collect();
        let matched: Vec<&str> =
            content.iter().map(|(_, stem)| stem.as_str()).filter(|stem| alike(&there, stem)).collect();
        let figures = numbers.iter().filter(|number| number.in_digits).count() + times;
        let (agreed, all) = (matched.len() + figures, content.len() + figures);
        if all == 0 || (agreed as f64) < SUPPORT * all as f64 {
            return Err(Fault::OtherWords);
        }
        let denies = words.iter().any(|word| tokens::is_negation(&word.text));
        if !denies && matched.iter().any(|stem| source.only_negated(stem)) {
            return Err(Fault::Turned);
        }
        Ok(())
    }

    /// Stems of all that is said near, for names that fell earlier.
    fn nearby(&self, held: &[Pointer]) -> HashSet<String> {
        let mut stems = HashSet::new();
        for pointer in held {
            let recording = match pointer {
                Pointer::Sentence(number) => {
                    for line in &self.index.lines[self.around(*number, NAME_REACH)] {
                        let language = self.index.language(line.recording);
                        let speaker = line.speaker.map_or("", |speaker| &self.index.speakers[speaker]);
                        let words = tokens::tokens(&line.text).into_iter().chain(tokens::tokens(speaker));
                        stems.extend(words.map(|word| word.stem(language)));
                    }
                    self.index.lines[*number].recording
                }
                Pointer::Fact(number) => self.facts[*number].recording,
            };
            let name = tokens::tokens(&self.recordings[recording].name);
            stems.extend(name.iter().map(|word| word.stem(Language::English)));
        }
        stems
    }
}

struct Source {
    texts: Vec<Vec<Token>>,
    language: Language,
}

impl Source {
    fn stems(&self) -> HashSet<String> {
        self.texts.iter().flatten().map(|word| word.stem(self.language)).collect()
    }

    fn is_grammar(&self, word: &Token) -> bool {
        tokens::is_stop(&word.text, self.language)
            || tokens::is_negation(&word.text)
            || (self.language == Language::Other && tokens::is_stop(&word.text, Language::English))
    }

    /// Whether a word stands there, but never without a negation shortly before it.
    fn only_negated(&self, stem: &str) -> bool {
        let mut seen = false;
        for text in &self.texts {
            for (at, word) in text.iter().enumerate().filter(|(_, word)| word.stem(self.language) == stem) {
                let before = &text[at.saturating_sub(NEGATED)..at];
                // "We don't sell bread, we sell cake": the scope of a "not" ends where another clause begins.
                let negation = before.iter().rposition(|word| tokens::is_negation(&word.text));
                let clause = before.iter().rposition(|word| word.opens);
                let negated =
                    negation.is_some_and(|negation| !word.opens && clause.is_none_or(|clause| clause <= negation));
                if !negated {
                    return false;
                }
                seen = true;
            }
        }
        seen
    }
}

/// Whether a stem is there, or one that begins alike for most of its length.
fn alike(stems: &HashSet<String>, stem: &str) -> bool {
    if stems.contains(stem) {
        return true;
    }
    let letters = stem.chars().count();
    letters >= 6 && {
        let begin: String = stem.chars().take(letters.min(6) - 1).collect();
        stems.iter().any(|known| known.starts_with(&begin) && known.chars().count().abs_diff(letters) <= 3)
    }
}

/// The sentence without the times in it, and the times.
fn without_times(sentence: &str) -> (String, Vec<f64>) {
    let mut times = Vec::new();
    let kept: Vec<&str> = sentence
        .split_whitespace()
        .filter(|word| {
            let bare = word.trim_matches(|c: char| !c.is_ascii_digit());
            let mut any = false;
            for part in bare.split(['-', '–']).filter(|part| part.contains(':')) {
                if let Ok(time) = parse_time(part) {
                    times.push(time);
                    any = true;
                }
            }
            !any
        })
        .collect();
    (kept.join(" "), times)
}

#[cfg(test)]
mod tests;
