//! How a clip begins: does it catch, and does it stand on its own?

use reelspan_media::plan::Evidence;
use reelspan_types::Span;

use crate::clips::moments::lexicon::Cue;
use crate::clips::moments::measure::ramp;
use crate::clips::moments::text;

use super::{Clip, Notes, Rule};

pub(super) const HOOK: Rule = Rule { name: "hook", weight: 0.16, measure: hook, say: say_hook };

pub(super) const SELF_CONTAINED: Rule = Rule {
    name: "self-contained start",
    weight: 0.14,
    measure: self_contained,
    say: |_, _| "starts without needing what came before".to_owned(),
};

pub(super) const CLEAN_START: Rule = Rule {
    name: "clean start",
    weight: 0.08,
    measure: clean_start,
    say: |_, _| "starts after a pause or a cut".to_owned(),
};

/// What the cues of the first three seconds are worth; together at most 1.
const OPENERS: [(Cue, f64); 6] = [
    (Cue::Opener, 0.35),
    (Cue::Superlative, 0.25),
    (Cue::Number, 0.25),
    (Cue::Emotion, 0.25),
    (Cue::Contrast, 0.15),
    (Cue::You, 0.15),
];

fn hook(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let material = clip.material;
    if !material.has_words() {
        return None;
    }
    let opening = clip.opening();
    let mut value = 0.0;
    if asks_first(clip) {
        // "You want to go first?" asks, but of nothing that a stranger would stay for.
        value += 0.45 * ramp(material.content(clip.units()[0].words.clone()) as f64, 1.0, 4.0);
        notes.words(material, opening.clone());
    }
    for (cue, worth) in OPENERS {
        // "But this" joins, it does not contrast within the clip: the first word does not count there.
        let from = opening.start + usize::from(cue == Cue::Contrast);
        if let Some(hit) = material.has(from.min(opening.end)..opening.end, cue) {
            value += worth;
            notes.words(material, hit.word..hit.word + hit.length);
        }
    }
    if let Some(sound) = &material.sound {
        let first = Span::new(clip.span.start, (clip.span.start + 3.0).min(clip.span.end));
        let louder = sound.level.mean(first).map_or(0.0, |level| material.usual.level.above(level, 1.5));
        value += 0.2 * louder;
        if louder > 0.5 {
            notes.time(first, sound.level.mean(first));
        }
    }
    Some(f64::min(value, 1.0))
}

/// Whether the clip opens with a question.
fn asks_first(clip: &Clip<'_>) -> bool {
    let material = clip.material;
    let first = &clip.units()[0].words;
    let Some(transcript) = material.transcript else { return false };
    if material.punctuated {
        first.len() <= 25 && first.len() >= 3 && text::asks(&transcript.words[first.end - 1].text, material.greek)
    } else {
        material.has(first.start..first.start + 1, Cue::Question).is_some()
    }
}

fn say_hook(clip: &Clip<'_>, _: &[Evidence]) -> String {
    let opening = clip.opening();
    let has = |cue| clip.material.has(opening.clone(), cue).is_some();
    let what = match () {
        () if asks_first(clip) => "a question",
        () if has(Cue::Number) => "a number",
        () if has(Cue::Superlative) => "a strong claim",
        () if has(Cue::Emotion) => "feeling",
        () if has(Cue::You) => "words to the listener",
        () => "a strong line",
    };
    format!("opens with {what}")
}

/// 1 less what ties the first sentence to the one before it.
fn self_contained(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let material = clip.material;
    let transcript = material.transcript?;
    let unit = &clip.units()[0];
    if !unit.opens {
        return Some(0.0);
    }
    let mut fault = 0.0;
    let mut at = unit.words.start;
    let end = unit.words.end.min(at + 6);
    let mut tie = |cost: f64, words: std::ops::Range<usize>, fault: &mut f64| {
        *fault += cost;
        notes.words(material, words);
    };
    let opener = material.hits_in(at..at + 1).any(|hit| hit.cue == Cue::Opener);
    for (cue, cost) in [(Cue::Filler, 0.25), (Cue::Conjunction, 0.5), (Cue::Filler, 0.1), (Cue::Pronoun, 0.45)] {
        let hit = material.hits_in(at..(at + 1).min(end)).filter(|hit| hit.cue == cue).max_by_key(|hit| hit.length);
        if let Some(hit) = hit.filter(|hit| !opener || hit.cue == Cue::Filler) {
            tie(cost, hit.word..hit.word + hit.length, &mut fault);
            at = hit.word + hit.length;
        }
    }
    if let Some(hit) = material.has(unit.words.start..unit.words.end.min(unit.words.start + 8), Cue::Reference) {
        tie(0.6, hit.word..hit.word + hit.length, &mut fault);
    }
    let first = &transcript.words[unit.words.start].text;
    if material.punctuated && first.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase) {
        tie(0.4, unit.words.start..unit.words.start + 1, &mut fault);
    }
    if answers(clip) {
        tie(0.3, unit.words.start..unit.words.start + 1, &mut fault);
    }
    if unit.words.len() < 3 {
        tie(0.2, unit.words.clone(), &mut fault);
    }
    Some((1.0 - fault).max(0.0))
}

/// Whether a question was asked just before, which the clip would then answer without it.
fn answers(clip: &Clip<'_>) -> bool {
    let (material, Some(before)) = (clip.material, clip.first.checked_sub(1)) else { return false };
    let previous = &material.units[before];
    let near = clip.units()[0].span.start - previous.span.end < 2.0;
    let last = material.transcript.and_then(|transcript| transcript.words.get(previous.words.end.checked_sub(1)?));
    near && last.is_some_and(|word| text::asks(&word.text, material.greek))
}

fn clean_start(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    if clip.material.has_words() {
        return None;
    }
    let unit = &clip.units()[0];
    notes.time(Span::new(clip.material.floor(clip.first), unit.span.start), None);
    Some(f64::from(u8::from(unit.opens)))
}
