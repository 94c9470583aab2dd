//! The named parts of a clip's score. Each is one function with its weight and what it says to people.

mod ending;
mod opening;
mod pacing;
mod picture;
mod sound;
mod substance;
mod wording;

use std::ops::Range;

use reelspan_media::plan::{Evidence, Term};
use reelspan_types::Span;

use super::candidates::Candidate;
use super::material::{Material, Unit};

/// One part of the score.
pub(super) struct Rule {
    pub(super) name: &'static str,
    /// Against the other rules; negative for a fault.
    weight: f64,
    /// 0 to 1, or none where the recording cannot tell.
    measure: fn(&Clip<'_>, &mut Notes) -> Option<f64>,
    /// What a strong value means to people, to follow "It".
    say: fn(&Clip<'_>, &[Evidence]) -> String,
}

/// Adding a term is one rule here and its function in a file of this folder.
const RULES: [Rule; 27] = [
    opening::HOOK,
    opening::SELF_CONTAINED,
    opening::CLEAN_START,
    ending::FULL_SENTENCE,
    ending::CLEAN_END,
    substance::TOPIC,
    substance::DENSITY,
    wording::QUESTION,
    wording::NUMBER,
    wording::CONTRAST,
    wording::SUPERLATIVE,
    wording::EMOTION,
    wording::FILLERS,
    sound::LAUGHTER,
    sound::APPLAUSE,
    sound::ENERGY_RISE,
    sound::LOUDNESS_VARIANCE,
    sound::LOUDNESS,
    sound::ONSETS,
    sound::MUSIC,
    sound::NO_SPEECH,
    pacing::RATE_CHANGE,
    pacing::PAUSES,
    pacing::LENGTH,
    picture::FACES,
    picture::SHOTS,
    picture::DARK,
];

/// A candidate with what it is cut from.
pub(super) struct Clip<'a> {
    pub(super) material: &'a Material<'a>,
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) span: Span,
    /// The lengths that were asked for.
    pub(super) lengths: (f64, f64),
}

impl<'a> Clip<'a> {
    pub(super) fn units(&self) -> &'a [Unit] {
        &self.material.units[self.first..=self.last]
    }

    /// All words inside.
    pub(super) fn words(&self) -> Range<usize> {
        self.material.units[self.first].words.start..self.material.units[self.last].words.end
    }

    /// The words of the first three seconds, in which people decide to stay.
    fn opening(&self) -> Range<usize> {
        let words = self.words();
        let Some(transcript) = self.material.transcript else { return words };
        let until = transcript.words[words.start].start + 3.0;
        let count = transcript.words[words.clone()].iter().take_while(|word| word.start < until).count();
        words.start..words.start + count
    }

    /// Seconds until something is heard again.
    fn pause_after(&self) -> f64 {
        self.material.ceiling(self.last) - self.units().last().map_or(0.0, |unit| unit.span.end)
    }
}

/// Collects what a value rests on. Switched off while thousands of candidates are compared.
pub(super) struct Notes {
    on: bool,
    evidence: Vec<Evidence>,
}

impl Notes {
    fn time(&mut self, span: Span, value: Option<f64>) {
        if self.on {
            let value = value.map(thousandths);
            self.evidence.push(Evidence {
                start: thousandths(span.start),
                end: thousandths(span.end),
                words: None,
                value,
            });
        }
    }

    fn words(&mut self, material: &Material<'_>, words: Range<usize>) {
        if self.on && !words.is_empty() {
            let span = material.word_span(words.clone());
            let (start, end) = (thousandths(span.start), thousandths(span.end));
            self.evidence.push(Evidence { start, end, words: Some(material.words(words)), value: None });
        }
    }
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The score alone, 0 to 1.
pub(super) fn score(clip: &Clip<'_>) -> f64 {
    let mut notes = Notes { on: false, evidence: Vec::new() };
    let (mut sum, mut of) = (0.0, 0.0);
    for rule in &RULES {
        if let Some(value) = (rule.measure)(clip, &mut notes) {
            sum += rule.weight * value;
            of += rule.weight.max(0.0);
        }
    }
    if of > 0.0 { (sum / of).clamp(0.0, 1.0) } else { 0.0 }
}

/// Every term with its evidence. The weights are shares: the score is the sum of weight times value.
pub(super) fn explain(clip: &Clip<'_>) -> Vec<Term> {
    let measured: Vec<(&Rule, f64, Vec<Evidence>)> = RULES
        .iter()
        .filter_map(|rule| {
            let mut notes = Notes { on: true, evidence: Vec::new() };
            let value = (rule.measure)(clip, &mut notes)?;
            Some((rule, value, notes.evidence))
        })
        .collect();
    let of: f64 = measured.iter().map(|(rule, ..)| rule.weight.max(0.0)).sum();
    measured
        .into_iter()
        .map(|(rule, value, evidence)| Term { name: rule.name.to_owned(), value, weight: rule.weight / of, evidence })
        .collect()
}

/// One line for people: what speaks most for the clip, and against a weak one.
pub(super) fn reason(clip: &Clip<'_>, terms: &[Term], score: f64) -> String {
    // These two have a half where nothing is special.
    let centred = [substance::TOPIC.name, substance::DENSITY.name];
    let least = |term: &Term| if centred.contains(&term.name.as_str()) { 0.7 } else { 0.45 };
    let rule = |term: &Term| RULES.iter().find(|rule| rule.name == term.name);
    let mut ranked: Vec<&Term> = terms.iter().filter(|term| term.weight > 0.0 && term.value >= least(term)).collect();
    // Every decent clip starts and ends well: what only this one has is told first.
    let telling =
        |term: &Term| term.weight * term.value * if EXPECTED.contains(&term.name.as_str()) { 0.3 } else { 1.0 };
    ranked.sort_by(|a, b| telling(b).total_cmp(&telling(a)));
    let phrases = ranked.iter().filter_map(|term| Some((rule(term)?.say)(clip, &term.evidence)));
    let mut said: Vec<String> = phrases.filter(|phrase| !phrase.is_empty()).take(3).collect();
    if said.is_empty() {
        said.push("nothing stands out here".to_owned());
    }
    let faults = terms.iter().filter(|term| term.weight < 0.0 && term.value >= 0.5);
    said.extend(faults.filter_map(|term| Some(format!("but {}", (rule(term)?.say)(clip, &term.evidence)))).take(1));
    let line = said.join(", ");
    if score < WEAK { format!("weak: {line}") } else { line }
}

/// What is asked of any clip.
const EXPECTED: [&str; 6] = [
    opening::SELF_CONTAINED.name,
    opening::CLEAN_START.name,
    ending::FULL_SENTENCE.name,
    ending::CLEAN_END.name,
    pacing::LENGTH.name,
    pacing::PAUSES.name,
];

/// The term that says how well a clip opens.
#[cfg(test)]
pub(super) const HOOK: &str = opening::HOOK.name;

/// Below this a clip is offered only because the recording has none better.
pub(super) const WEAK: f64 = 0.3;

/// The clip of a candidate.
pub(super) fn clip<'a>(material: &'a Material<'a>, candidate: &Candidate, lengths: (f64, f64)) -> Clip<'a> {
    Clip { material, first: candidate.first, last: candidate.last, span: candidate.span, lengths }
}

/// A time as people read it: `3:12`.
fn clock(at: f64) -> String {
    let seconds = at.max(0.0) as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests;
