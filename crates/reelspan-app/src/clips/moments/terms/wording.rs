//! What the words do: ask, count, contrast, exceed, move, or stall.

use reelspan_media::plan::Evidence;

use crate::clips::moments::lexicon::Cue;
use crate::clips::moments::text;

use super::{Clip, Notes, Rule, clock};

pub(super) const QUESTION: Rule = Rule {
    name: "question",
    weight: 0.04,
    measure: question,
    say: |_, evidence| said_at("asks and answers", evidence),
};

pub(super) const NUMBER: Rule = Rule {
    name: "number",
    weight: 0.03,
    measure: |clip, notes| saturating(clip, notes, Cue::Number, 2.0),
    say: |_, _| "gives figures".to_owned(),
};

pub(super) const CONTRAST: Rule = Rule {
    name: "contrast",
    weight: 0.04,
    measure: |clip, notes| saturating(clip, notes, Cue::Contrast, 2.0),
    say: |_, evidence| said_at("turns", evidence),
};

pub(super) const SUPERLATIVE: Rule = Rule {
    name: "superlative",
    weight: 0.03,
    measure: |clip, notes| saturating(clip, notes, Cue::Superlative, 2.0),
    say: |_, _| "makes strong claims".to_owned(),
};

pub(super) const EMOTION: Rule = Rule {
    name: "emotion words",
    weight: 0.06,
    measure: |clip, notes| saturating(clip, notes, Cue::Emotion, 3.0),
    say: |_, evidence| said_at("speaks of feeling", evidence),
};

pub(super) const FILLERS: Rule =
    Rule { name: "fillers", weight: -0.16, measure: fillers, say: |_, _| "has many filler words".to_owned() };

fn said_at(what: &str, evidence: &[Evidence]) -> String {
    evidence.first().map_or_else(|| what.to_owned(), |first| format!("{what} at {}", clock(first.start)))
}

/// Full at so many hits in half a minute.
fn saturating(clip: &Clip<'_>, notes: &mut Notes, cue: Cue, full: f64) -> Option<f64> {
    if !clip.material.has_words() {
        return None;
    }
    let mut count = 0;
    for hit in clip.material.hits_in(clip.words()).filter(|hit| hit.cue == cue) {
        count += 1;
        if count <= 5 {
            notes.words(clip.material, hit.word..hit.word + hit.length);
        }
    }
    Some((f64::from(count) / full * (30.0 / clip.span.seconds().max(30.0))).min(1.0))
}

/// A question inside with its answer inside too is worth more than one left open.
fn question(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let transcript = clip.material.transcript?;
    let mut value = 0.0;
    for unit in clip.units() {
        if unit.words.len() >= 3 && text::asks(&transcript.words[unit.words.end - 1].text, clip.material.greek) {
            notes.words(clip.material, unit.words.clone());
            let answered = clip.span.end - unit.span.end > 6.0;
            value = f64::max(value, if answered { 1.0 } else { 0.3 });
        }
    }
    Some(value)
}

/// The share of words that say nothing; a tenth is how people talk.
fn fillers(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    if !clip.material.has_words() {
        return None;
    }
    let words = clip.words();
    let mut stalled = 0;
    for hit in clip.material.hits_in(words.clone()).filter(|hit| hit.cue == Cue::Filler) {
        stalled += hit.length;
        if stalled <= 5 {
            notes.words(clip.material, hit.word..hit.word + hit.length);
        }
    }
    // Dashes stand alone in some transcripts where speech breaks off.
    stalled += clip.material.normal[words.clone()].iter().filter(|word| word.is_empty()).count() / 3;
    Some(super::super::measure::ramp(stalled as f64 / words.len().max(1) as f64, 0.05, 0.2))
}
