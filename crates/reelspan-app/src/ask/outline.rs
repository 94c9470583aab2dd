//! What a project is about, without a model: its topics in order, each with the words that mark it and its most typical
//! sentence, as it was said.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::index::Index;
use super::search::Bounds;
use super::tokens;
use crate::clips::moments::topics::{Piece, segment};

/// As in choosing clips.
const PATIENCE: f64 = 1.0;
/// Words that mark a topic, at most.
const MARKS: usize = 4;
/// A sentence with fewer content words says too little to stand for a topic; one with more is hard to read.
const TELLING: f32 = 6.0;
/// A typical sentence that is shorter than this is shown with the one behind it.
const BRIEF: usize = 60;

/// One topic.
pub(crate) struct Topic {
    pub(crate) lines: Range<usize>,
    /// The most typical of them, one or two.
    pub(crate) shown: Range<usize>,
    pub(crate) about: Vec<String>,
}

/// At most `most` topics, but one of each recording in the first place.
pub(crate) fn outline(index: &Index, bounds: &Bounds, most: usize) -> Vec<Topic> {
    let runs = runs(index, bounds);
    let seconds = |run: &Range<usize>| index.lines[run.end - 1].span.end - index.lines[run.start].span.start;
    let whole: f64 = runs.iter().map(seconds).sum::<f64>().max(1e-6);
    let spare = most.saturating_sub(runs.len()) as f64;
    let mut topics = Vec::new();
    let mut owed = 0.0;
    for run in runs.into_iter().take(most.max(1)) {
        // What a share lacks to a whole topic goes to the next recording.
        owed += spare * seconds(&run) / whole;
        let more = (owed + 1e-6).floor();
        owed -= more;
        let parts = divided(index, &run, 1 + more as usize);
        topics.extend(parts.into_iter().map(|lines| Topic {
            shown: typical(index, lines.clone()),
            about: marks(index, lines.clone()),
            lines,
        }));
    }
    topics
}

/// The lines of each recording that lie within the bounds.
fn runs(index: &Index, bounds: &Bounds) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (number, line) in index.lines.iter().enumerate().filter(|(_, line)| bounds.hold(line.recording, line.span)) {
        match runs.last_mut() {
            Some(run) if run.end == number && index.lines[run.start].recording == line.recording => run.end += 1,
            _ => runs.push(number..number + 1),
        }
    }
    runs
}

/// The run's topics, most alike neighbours joined until they are few enough.
fn divided(index: &Index, run: &Range<usize>, most: usize) -> Vec<Range<usize>> {
    let pieces: Vec<Piece> = run
        .clone()
        .map(|line| Piece { start: index.lines[line].span.start, stems: index.terms(line).to_vec() })
        .collect();
    let numbers = segment(&pieces, index.vocabulary(), PATIENCE);
    let mut topics: Vec<(Range<usize>, Weights)> = Vec::new();
    for (line, number) in run.clone().zip(&numbers) {
        if line == run.start || numbers[line - run.start - 1] != *number {
            topics.push((line..line, Weights::default()));
        }
        if let Some((lines, weights)) = topics.last_mut() {
            lines.end = line + 1;
            weights.add(index, line);
        }
    }
    while topics.len() > most {
        let costs = topics.windows(2).map(|pair| pair[0].1.apart(&pair[1].1));
        let Some((at, _)) = costs.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        let (lines, weights) = topics.remove(at + 1);
        topics[at].0.end = lines.end;
        topics[at].1.join(&weights);
    }
    topics.into_iter().map(|(lines, _)| lines).collect()
}

/// How often each word is said, rare words counting more.
#[derive(Default)]
struct Weights {
    words: HashMap<u32, f32>,
    count: f32,
}

impl Weights {
    fn add(&mut self, index: &Index, line: usize) {
        for term in index.terms(line) {
            *self.words.entry(*term).or_default() += index.rarity(*term);
            self.count += 1.0;
        }
    }

    fn join(&mut self, other: &Self) {
        other.words.iter().for_each(|(word, weight)| *self.words.entry(*word).or_default() += weight);
        self.count += other.count;
    }

    /// What joining two would blur (Ward): unlike ones stay apart, and small ones are joined first.
    fn apart(&self, other: &Self) -> f32 {
        let length =
            |weights: &Self| weights.words.values().map(|weight| weight * weight).sum::<f32>().sqrt().max(1e-6);
        let (few, many) = if self.words.len() < other.words.len() { (self, other) } else { (other, self) };
        let product: f32 = few.words.iter().map(|(word, weight)| weight * many.words.get(word).unwrap_or(&0.0)).sum();
        let unlike = 1.0 - product / (length(self) * length(other));
        unlike * self.count * other.count / (self.count + other.count).max(1.0)
    }
}

/// The sentence that holds most of what its topic speaks of, and the next where it is short.
fn typical(index: &Index, lines: Range<usize>) -> Range<usize> {
    let mut weights = Weights::default();
    lines.clone().for_each(|line| weights.add(index, line));
    let worth = |line: usize| {
        let mut terms = index.terms(line).to_vec();
        terms.sort_unstable();
        terms.dedup();
        let sum: f32 = terms.iter().map(|term| weights.words.get(term).unwrap_or(&0.0).sqrt()).sum();
        sum / (terms.len() as f32 + TELLING)
    };
    let best = lines.clone().max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(b.cmp(a))).unwrap_or(lines.start);
    let brief = index.lines[best].text.chars().count() < BRIEF && best + 1 < lines.end;
    best..best + 1 + usize::from(brief)
}

/// The words that are said here more than elsewhere, as they are written here most often.
fn marks(index: &Index, lines: Range<usize>) -> Vec<String> {
    let Some(first) = index.lines.get(lines.start) else { return Vec::new() };
    let language = index.language(first.recording);
    let mut said: BTreeMap<u32, BTreeMap<&str, usize>> = BTreeMap::new();
    for piece in lines.clone().flat_map(|line| index.lines[line].text.split_word_bounds()) {
        let folded = tokens::tokens(piece);
        let [token] = &folded[..] else { continue };
        let short = token.text.chars().count() < 3 || token.text.starts_with(|c: char| c.is_ascii_digit());
        if token.pair || short || tokens::is_stop(&token.text, language) || tokens::is_frame(&token.text) {
            continue;
        }
        if let Some(term) = index.term(&token.stem(language)) {
            *said.entry(term).or_default().entry(piece).or_default() += 1;
        }
    }
    let mut ranked: Vec<(f32, &str)> = said
        .iter()
        .filter_map(|(term, forms)| {
            let here: usize = forms.values().sum();
            let everywhere: f32 = index.postings(*term).iter().map(|(_, count)| count).sum();
            let (form, _) = forms.iter().max_by_key(|(_, count)| **count)?;
            let worth = here as f32 * index.rarity(*term) * (here as f32 / everywhere.max(1.0)).sqrt();
            (here > 1).then_some((worth, *form))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    ranked.into_iter().take(MARKS).map(|(_, form)| form.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::{line, project};
    use super::*;

    fn talk() -> Index {
        let about = |thing: &str, other: &str, count: usize| {
            (0..count)
                .map(move |_| line("", &format!("The {thing} needs its {other} and more {thing} besides.")))
                .collect::<Vec<_>>()
        };
        let mut lines = about("bread", "oven", 16);
        lines[5] = line("", "Every bread wants a hot oven, and a second bread wants the same oven.");
        lines.extend(about("hive", "queen", 16));
        lines.extend(about("harbour", "ship", 16));
        Index::new(&[project("talk.mp4", &lines)])
    }

    #[test]
    fn topics_come_in_order_with_their_own_words() {
        let index = talk();
        let topics = outline(&index, &Bounds::default(), 5);
        let spans: Vec<Range<usize>> = topics.iter().map(|topic| topic.lines.clone()).collect();
        assert_eq!(spans, [0..16, 16..32, 32..48]);
        assert!(topics[0].about.contains(&"bread".to_owned()) && topics[2].about.contains(&"ship".to_owned()));
        assert!(
            topics.iter().all(|topic| topic.lines.contains(&topic.shown.start) && topic.shown.end <= topic.lines.end)
        );
        assert!(!topics[1].about.iter().any(|word| word == "bread" || word == "the"));
    }

    #[test]
    fn no_more_topics_than_wanted_and_each_recording_has_its_own() {
        let index = talk();
        assert_eq!(outline(&index, &Bounds::default(), 2).len(), 2);
        let short = |name: &str| project(name, &[line("", "We speak of one thing."), line("", "And of another.")]);
        let index = Index::new(&[short("a.srt"), short("b.srt"), short("c.srt")]);
        let recordings: Vec<usize> = outline(&index, &Bounds::default(), 4)
            .iter()
            .map(|topic| index.lines[topic.lines.start].recording)
            .collect();
        assert_eq!(recordings, [0, 1, 2]);
        assert!(outline(&Index::new(&[]), &Bounds::default(), 5).is_empty());
    }
}
