//! Finds the passages that a question is about: BM25 over windows, helped by their neighbours, by how much of the question
//! they cover, and by who speaks.

use std::collections::BTreeMap;

use reelspan_types::Span;

use super::index::Index;
use super::question::is_meta;
use super::tokens::{self, Language, Token};

/// BM25's own two: how soon a repeated word counts no more, and how much a long window is held against.
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.5;
/// How much of a window's score is its neighbourhood's, and how far that reaches, in windows.
const NEIGHBOURS: f32 = 0.3;
const REACH: f32 = 2.0;
/// How much of the score is lost by a window that covers nothing of the question but one common word.
const COVERAGE: f32 = 0.5;
/// What a window gains in which the speaker that the question names speaks throughout.
const SPEAKER: f32 = 1.5;
/// Weights of words that only frame the question, of a speaker's name as a word, and of the question before.
const FRAME: f32 = 0.2;
const NAME: f32 = 0.3;
const BEFORE: f32 = 0.4;
/// What a follow-up points back with.
const POINTING: &[&str] = &[
    "it", "its", "he", "him", "his", "she", "her", "they", "them", "their", "that", "this", "these", "those", "there",
    "and", "else", "er", "sie", "es", "ihn", "ihr", "das", "dazu", "daran", "und", "il", "elle", "ils", "elles",
    "cela", "ca", "et", "el", "ella", "ellos", "eso", "esto", "y", "lui", "lei", "loro", "questo", "ele", "ela",
    "eles", "isso", "он", "она", "они", "это", "и",
];
/// Words of a question that stand within so many windows (about a minute) are said together.
const TOGETHER: usize = 4;
/// A window far away from what it is scored by adds nothing.
const FARTHEST: usize = 6;

/// What is looked for.
pub(crate) struct Query {
    terms: Vec<Term>,
    /// Numbers of the speakers that it names.
    speakers: Vec<usize>,
}

struct Term {
    /// Its forms in the project's languages.
    forms: Vec<u32>,
    weight: f32,
    /// Weight times rarity; a word that the project does not know counts as the rarest.
    worth: f32,
}

impl Term {
    /// What the question is about, not how it is put.
    fn is_content(&self) -> bool {
        self.weight >= 0.5
    }
}

/// Where to look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bounds {
    /// Stretches of each recording by its number; empty means everywhere.
    pub(crate) within: Vec<(usize, Span)>,
}

impl Bounds {
    pub(crate) fn hold(&self, recording: usize, span: Span) -> bool {
        self.within.is_empty()
            || self.within.iter().any(|(each, within)| *each == recording && within.overlap(span) > 0.0)
    }

    /// The numbers of the recordings in question, of so many.
    pub(crate) fn recordings(&self, all: usize) -> impl Iterator<Item = usize> + '_ {
        (0..all).filter(|number| self.within.is_empty() || self.within.iter().any(|(each, _)| each == number))
    }
}

/// A found window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    pub(crate) window: usize,
    /// The part of the window that no better hit shows already.
    pub(crate) lines: std::ops::Range<usize>,
    /// The line that holds most of what was asked.
    pub(crate) peak: usize,
    pub(crate) score: f32,
}

pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    /// 0 to 1: how much of the question the best window and its neighbours cover, unknown words included.
    pub(crate) coverage: f32,
    /// How many different content words of the question stand near one another where most do.
    pub(crate) together: u32,
    /// The question names someone who speaks here.
    pub(crate) names_a_speaker: bool,
}

impl Query {
    /// `before` is the question before this one in a dialogue: a follow-up often leaves out what it is about.
    pub(crate) fn new(index: &Index, words: &[Token], before: &[Token]) -> Self {
        let (speakers, named) = speakers(index, words);
        let languages: Vec<Language> = index.languages().into_iter().collect();
        let own = Language::of_question(words, &languages);
        let is_content = |word: &&Token| own.is_none_or(|own| !tokens::is_stop(&word.text, own));
        let mut query = Self { terms: Vec::new(), speakers };
        for (word, named) in words.iter().zip(named).filter(|(word, _)| is_content(word)) {
            let frame = if is_framing(word) { FRAME } else { 1.0 };
            query.add(index, &languages, word, frame * if named { NAME } else { 1.0 });
        }
        let leaning = words.iter().any(|word| POINTING.contains(&word.text.as_str()));
        if query.content() == 0 || (query.content() < 2 && leaning) {
            for word in before.iter().filter(is_content).filter(|word| !is_framing(word)) {
                query.add(index, &languages, word, BEFORE);
            }
        }
        query
    }

    /// How many words it has beyond grammar and framing.
    pub(crate) fn content(&self) -> usize {
        self.terms.iter().filter(|term| term.is_content()).count()
    }

    /// It asks what someone says.
    pub(crate) fn names_a_speaker(&self) -> bool {
        !self.speakers.is_empty()
    }

    fn add(&mut self, index: &Index, languages: &[Language], word: &Token, weight: f32) {
        let mut forms: Vec<u32> = languages.iter().filter_map(|language| index.term(&word.stem(*language))).collect();
        forms.sort_unstable();
        forms.dedup();
        if !forms.is_empty() && self.terms.iter().any(|term| term.forms == forms) {
            return;
        }
        let rarity = forms.iter().map(|form| index.rarity(*form)).fold(f32::INFINITY, f32::min);
        let rarity = if forms.is_empty() { index.greatest_rarity() } else { rarity };
        self.terms.push(Term { forms, weight, worth: weight * rarity });
    }
}

/// How a question is put, or the recording that it is put to: not what it is about.
fn is_framing(word: &Token) -> bool {
    tokens::is_frame(&word.text) || is_meta(&word.text)
}

/// The speakers that a question names, and which of its words name them.
fn speakers(index: &Index, words: &[Token]) -> (Vec<usize>, Vec<bool>) {
    let mut used = vec![false; words.len()];
    let mut found = Vec::new();
    let names: Vec<Vec<Token>> = index.speakers.iter().map(|name| tokens::tokens(name)).collect();
    let stem = |token: &Token| token.stem(Language::English);
    for (number, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        for at in 0..words.len() {
            let here = words.get(at..at + name.len());
            if here.is_some_and(|here| here.iter().zip(name).all(|(a, b)| stem(a) == stem(b))) {
                used[at..at + name.len()].fill(true);
                found.push(number);
            }
        }
    }
    if found.is_empty() {
        // "What did Maria say" names "Maria Lopez" if there is one Maria.
        for (at, word) in words.iter().enumerate().filter(|(_, word)| word.capital) {
            let mut of = names.iter().enumerate().filter(|(_, name)| name.iter().any(|part| part.text == word.text));
            if let (Some((number, _)), None) = (of.next(), of.next()) {
                used[at] = true;
                found.push(number);
            }
        }
    }
    found.dedup();
    (found, used)
}

/// The best `most` passages, best first. Passages do not overlap; two near moments stay two.
pub(crate) fn search(index: &Index, query: &Query, bounds: &Bounds, most: usize) -> Found {
    let (own, cover) = scores(index, query);
    let total: f32 = query.terms.iter().filter(|term| term.is_content()).map(|term| term.worth).sum::<f32>().max(1e-6);
    let around = smoothed(index, &own);
    let mut ranked: Vec<(usize, f32)> = Vec::new();
    let (mut coverage, mut together) = (0.0f32, 0);
    for (number, window) in index.windows.iter().enumerate() {
        if (own[number] <= 0.0 && around[number] <= 0.0) || !bounds.hold(window.recording, window.span) {
            continue;
        }
        let close = near(index, number, 2).map(|near| cover[near].0 * if near == number { 1.0 } else { 0.8 });
        let covered = close.fold(0.0f32, f32::max) / total;
        coverage = coverage.max(covered);
        let nearby = near(index, number, TOGETHER).map(|near| cover[near].1).fold(0u64, |all, near| all | near);
        together = together.max(nearby.count_ones());
        let score = ((1.0 - NEIGHBOURS) * own[number] + NEIGHBOURS * around[number])
            * (1.0 - COVERAGE + COVERAGE * covered)
            * (1.0 + SPEAKER * share(index, number, &query.speakers));
        ranked.push((number, score));
    }
    ranked.retain(|(number, _)| own[*number] > 0.0);
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let names_a_speaker = !query.speakers.is_empty();
    Found { hits: apart(index, query, &ranked, most), coverage, together, names_a_speaker }
}

/// For each window its own BM25, and the worth of the content words that it holds and which they are, a bit each.
fn scores(index: &Index, query: &Query) -> (Vec<f32>, Vec<(f32, u64)>) {
    let count = index.windows.len();
    let (mut own, mut cover) = (vec![0.0; count], vec![(0.0, 0); count]);
    let mut times: BTreeMap<usize, f32> = BTreeMap::new();
    for (number, term) in query.terms.iter().enumerate() {
        times.clear();
        for (line, count) in term.forms.iter().flat_map(|form| index.postings(*form)) {
            for window in index.holders[*line as usize].clone() {
                *times.entry(window).or_default() += count;
            }
        }
        for (window, times) in &times {
            let long = 1.0 - LENGTH + LENGTH * index.windows[*window].length / index.average;
            own[*window] += term.worth * times * (SATURATION + 1.0) / (times + SATURATION * long);
            if term.is_content() {
                cover[*window].0 += term.worth;
                cover[*window].1 |= 1 << (number % 64);
            }
        }
    }
    (own, cover)
}

/// The windows of the same recording within `reach`, itself included.
fn near(index: &Index, number: usize, reach: usize) -> impl Iterator<Item = usize> + '_ {
    let recording = index.windows[number].recording;
    let last = (number + reach).min(index.windows.len() - 1);
    (number.saturating_sub(reach)..=last).filter(move |each| index.windows[*each].recording == recording)
}

fn smoothed(index: &Index, own: &[f32]) -> Vec<f32> {
    let weight = |away: usize| (-(away as f32).powi(2) / (2.0 * REACH * REACH)).exp();
    let weights: Vec<f32> = (0..=FARTHEST).map(weight).collect();
    (0..own.len())
        .map(|number| {
            let (mut sum, mut all) = (0.0, 0.0);
            for each in near(index, number, FARTHEST) {
                let weight = weights[each.abs_diff(number)];
                sum += weight * own[each];
                all += weight;
            }
            sum / all
        })
        .collect()
}

/// How much of a window's time one of these speakers speaks.
fn share(index: &Index, window: usize, speakers: &[usize]) -> f32 {
    if speakers.is_empty() {
        return 0.0;
    }
    let (mut theirs, mut all) = (0.0, 0.0);
    for line in &index.lines[index.windows[window].lines.clone()] {
        let seconds = line.span.seconds().max(0.01);
        all += seconds;
        theirs += if line.speaker.is_some_and(|speaker| speakers.contains(&speaker)) { seconds } else { 0.0 };
    }
    (theirs / all) as f32
}

/// Best first, leaving out what a better passage shows already. What only begins inside one is cut to its own part.
fn apart(index: &Index, query: &Query, ranked: &[(usize, f32)], most: usize) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    for (number, score) in ranked {
        if hits.len() == most {
            break;
        }
        let mut lines = index.windows[*number].lines.clone();
        for hit in &hits {
            // Two runs of lines: what the better one has is taken off at the end where it stands.
            if hit.lines.start <= lines.start {
                lines.start = lines.start.max(hit.lines.end.min(lines.end));
            } else {
                lines.end = lines.end.min(hit.lines.start.max(lines.start));
            }
        }
        let Some(peak) = peak(index, query, lines.clone()) else { continue };
        let whole = peak_of_window(index, query, *number);
        // The reason that it was found is shown already, or too little is left to be understood.
        if whole.is_some_and(|whole| !lines.contains(&whole)) {
            continue;
        }
        hits.push(Hit { window: *number, lines, peak, score: *score });
    }
    hits
}

fn peak_of_window(index: &Index, query: &Query, window: usize) -> Option<usize> {
    peak(index, query, index.windows[window].lines.clone())
}

/// The line with most of what is asked; half of what its neighbours hold counts too.
fn peak(index: &Index, query: &Query, lines: std::ops::Range<usize>) -> Option<usize> {
    let worth: Vec<f32> = lines
        .clone()
        .map(|line| {
            let held = |term: &&Term| term.forms.iter().any(|form| index.terms(line).contains(form));
            query.terms.iter().filter(held).map(|term| term.worth).sum()
        })
        .collect();
    let with_neighbours = |at: usize| {
        let beside = at.checked_sub(1).map_or(0.0, |before| worth[before]) + worth.get(at + 1).copied().unwrap_or(0.0);
        worth[at] + beside / 4.0
    };
    (0..worth.len())
        .filter(|at| worth[*at] > 0.0)
        .max_by(|a, b| with_neighbours(*a).total_cmp(&with_neighbours(*b)).then(b.cmp(a)))
        .map(|at| lines.start + at)
}

/// What is said within the bounds, in order: for questions that name a time and no words.
pub(crate) fn in_order(index: &Index, bounds: &Bounds, most: usize) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    for (window, each) in index.windows.iter().enumerate() {
        if hits.len() == most {
            break;
        }
        let mut held = each.lines.clone().filter(|line| bounds.hold(each.recording, index.lines[*line].span));
        let (Some(first), Some(last)) = (held.clone().next(), held.next_back()) else { continue };
        let start = first.max(hits.last().map_or(0, |hit| hit.lines.end));
        if start <= last {
            hits.push(Hit { window, lines: start..last + 1, peak: start, score: 0.0 });
        }
    }
    hits
}
