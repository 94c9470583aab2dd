//! How a clip ends: on a full sentence, in a pause.

use reelspan_types::Span;

use crate::clips::moments::lexicon::Cue;
use crate::clips::moments::measure::ramp;
use crate::clips::moments::text;

use super::{Clip, Notes, Rule};

pub(super) const FULL_SENTENCE: Rule = Rule {
    name: "ends on a sentence",
    weight: 0.16,
    measure: full_sentence,
    say: |_, _| "ends on a full sentence".to_owned(),
};

pub(super) const CLEAN_END: Rule =
    Rule { name: "clean end", weight: 0.08, measure: clean_end, say: |_, _| "ends in a pause or at a cut".to_owned() };

fn full_sentence(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let material = clip.material;
    let transcript = material.transcript?;
    let unit = &material.units[clip.last];
    let last = unit.words.end - 1;
    let tail = last.saturating_sub(3).max(unit.words.start)..unit.words.end;
    notes.words(material, tail);
    let joins = material.hits_in(last..last + 1).any(|hit| matches!(hit.cue, Cue::Conjunction));
    if !unit.closes || (joins && material.normal[last].chars().count() <= 8) {
        return Some(0.0);
    }
    // A bare "right" or "yeah" ends a turn, not a thought.
    let said: usize =
        unit.words.len() - material.hits_in(unit.words.clone()).filter(|hit| hit.cue == Cue::Filler).count();
    let short = if said < 3 { 0.5 } else { 1.0 };
    let mark = match text::final_mark(&transcript.words[last].text) {
        // A question at the end leaves its answer out.
        Some(_) if text::asks(&transcript.words[last].text, material.greek) => 0.2,
        Some('…') => 0.2,
        Some(_) => 0.6,
        None if material.punctuated => 0.1,
        None => 0.4,
    };
    let pause = clip.pause_after();
    notes.time(Span::new(unit.span.end, unit.span.end + pause), Some(pause));
    Some(short * (mark + 0.4 * ramp(pause, 0.15, 0.8)))
}

fn clean_end(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    if clip.material.has_words() {
        return None;
    }
    let unit = &clip.material.units[clip.last];
    notes.time(Span::new(unit.span.end, clip.material.ceiling(clip.last)), None);
    Some(f64::from(u8::from(unit.closes)))
}
