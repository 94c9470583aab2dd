//! Every stretch that could be a clip: whole sentences, within the lengths asked for, let out into the silence around.

use reelspan_types::Span;

use super::material::{Material, Unit};
use super::measure::ramp;
use super::{terms, text};

/// At most so much silence before the first word and after the last.
const LEAD: f64 = 0.35;
const TAIL: f64 = 0.6;
/// For each start the best ends are weighed in full; the others end no better.
const ENDS: usize = 6;

/// A clip that could be: from one unit to another, both included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) span: Span,
    pub(super) score: f64,
}

/// Candidates in order of start.
pub(super) fn find(material: &Material<'_>, shortest: f64, longest: f64) -> Vec<Candidate> {
    let quality: Vec<f64> = (0..material.units.len()).map(|unit| end_quality(material, unit)).collect();
    let mut found = Vec::new();
    for first in 0..material.units.len() {
        for (last, span) in ends(material, &quality, first, shortest, longest) {
            found.push(Candidate { first, last, span, score: 0.0 });
        }
    }
    for candidate in &mut found {
        candidate.score = terms::score(&terms::clip(material, candidate, (shortest, longest)));
    }
    found
}

/// The shortest clip that starts here, and the ones with the best ends.
fn ends(material: &Material<'_>, quality: &[f64], first: usize, shortest: f64, longest: f64) -> Vec<(usize, Span)> {
    let units = &material.units;
    let mut fitting: Vec<(usize, Span)> = Vec::new();
    let mut fallback = None;
    for last in first..units.len() {
        if units[last].span.end - units[first].span.start > longest {
            break;
        }
        let span = let_out(material, first, last, longest);
        if span.seconds() >= shortest { fitting.push((last, span)) } else { fallback = Some(last) }
    }
    let Some(at_least) = fitting.first().cloned() else {
        let stretched = fallback.and_then(|last| Some((last, stretch(material, first, last, shortest, longest)?)));
        return stretched.into_iter().collect();
    };
    let value = |last: usize| {
        let topics = material.topics[last] - material.topics[first];
        quality[last] - 0.4 * topics as f64
    };
    fitting.sort_by(|a, b| value(b.0).total_cmp(&value(a.0)).then(a.0.cmp(&b.0)));
    fitting.truncate(ENDS);
    if !fitting.contains(&at_least) {
        fitting.push(at_least);
    }
    fitting.sort_by_key(|(last, _)| *last);
    fitting
}

/// What can be told of an end whatever the start.
fn end_quality(material: &Material<'_>, unit: usize) -> f64 {
    let here = &material.units[unit];
    let pause = material.ceiling(unit) - here.span.end;
    let closes = f64::from(u8::from(here.closes));
    let topic_ends = material.topics.get(unit + 1).is_some_and(|next| *next != material.topics[unit]);
    let asks = here.words.end.checked_sub(1).and_then(|last| material.transcript?.words.get(last));
    let asks = asks.is_some_and(|word| text::asks(&word.text, material.greek));
    let after = Span::new(here.span.end - 1.0, here.span.end + 2.0);
    let laughs = material
        .sound
        .as_ref()
        .is_some_and(|sound| sound.laughter.seconds(after) + sound.applause.seconds(after) > 0.3);
    let bonus = |yes: bool, worth: f64| if yes { worth } else { 0.0 };
    closes + ramp(pause, 0.1, 0.8) + bonus(topic_ends, 0.6) + bonus(laughs, 0.6) - bonus(asks, 0.5)
}

/// The span of some units with a little of the silence around them, never into what a neighbour says. Both sides of a
/// pause get a share, so that clips on either side do not meet.
fn let_out(material: &Material<'_>, first: usize, last: usize, longest: f64) -> Span {
    let (start, end) = (material.units[first].span.start, material.units[last].span.end);
    let before = (start - material.floor(first)).max(0.0);
    let after = (material.ceiling(last) - end).max(0.0);
    let lead = LEAD.min(before * if first == 0 { 1.0 } else { 0.4 });
    let tail = TAIL.min(after * if last + 1 == material.units.len() { 1.0 } else { 0.6 });
    let room = (longest - (end - start)).max(0.0);
    let tail = tail.min(room);
    Span::new(start - lead.min(room - tail), end + tail)
}

/// A clip of too little speech takes as much silence as the shortest length needs, if there is that much.
fn stretch(material: &Material<'_>, first: usize, last: usize, shortest: f64, longest: f64) -> Option<Span> {
    let span = let_out(material, first, last, longest);
    let missing = (shortest - span.seconds()).max(0.0);
    let after = (material.ceiling(last) - span.end).max(0.0).min(missing);
    let before = (span.start - material.floor(first)).max(0.0).min(missing - after);
    let stretched = Span::new(span.start - before, span.end + after);
    (stretched.seconds() >= shortest - 1e-6).then_some(stretched)
}

/// Whether a bound lies inside a sentence, where no clip may begin or end.
pub(super) fn splits(sentences: &[Unit], span: Span) -> bool {
    let inside = |at: f64| {
        let before = sentences.partition_point(|unit| unit.span.start < at - 0.01);
        before > 0 && sentences[before - 1].span.end > at + 0.01
    };
    inside(span.start) || inside(span.end)
}
