//! Tempo: how speech quickens and slows, where it rests, and how long the clip is.

use reelspan_types::Span;

use crate::clips::moments::measure::ramp;

use super::{Clip, Notes, Rule};

pub(super) const RATE_CHANGE: Rule = Rule {
    name: "speech-rate change",
    weight: 0.03,
    measure: rate_change,
    say: |_, _| "the speaker changes pace".to_owned(),
};

pub(super) const PAUSES: Rule =
    Rule { name: "pauses", weight: 0.04, measure: pauses, say: |_, _| "well-placed pauses".to_owned() };

pub(super) const LENGTH: Rule =
    Rule { name: "length", weight: 0.04, measure: length, say: |_, _| "a good length".to_owned() };

fn rate_change(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    if !clip.material.has_words() {
        return None;
    }
    let paces = || clip.units().iter().filter_map(|unit| Some((clip.material.pace(unit)?, unit)));
    let slow = paces().min_by(|a, b| a.0.total_cmp(&b.0));
    let fast = paces().max_by(|a, b| a.0.total_cmp(&b.0));
    let (Some((slow, slow_unit)), Some((fast, fast_unit))) = (slow, fast) else { return Some(0.0) };
    notes.time(slow_unit.span, Some(slow));
    notes.time(fast_unit.span, Some(fast));
    Some(ramp(fast / slow.max(0.1), 1.3, 2.5))
}

/// A short rest before a sentence gives it weight; a long one is a hole.
fn pauses(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    if clip.units().len() < 2 {
        return Some(0.0);
    }
    let mut rests = 0;
    let mut hole: f64 = 0.0;
    for pair in clip.units().windows(2) {
        let pause = Span::new(pair[0].span.end, pair[1].span.start);
        let seconds = pause.seconds();
        if (0.3..=1.5).contains(&seconds) {
            rests += 1;
            if rests <= 4 {
                notes.time(pause, Some(seconds));
            }
        }
        hole = hole.max(seconds);
    }
    let placed = ramp(f64::from(rests) / (clip.span.seconds() / 15.0), 0.0, 1.0);
    Some(placed * (1.0 - ramp(hole, 1.8, 4.0)))
}

/// Neither the shortest that was asked for nor the longest: about half a minute where that is allowed.
fn length(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let (shortest, longest) = clip.lengths;
    let best = 32f64.clamp(shortest * 1.2, (longest * 0.9).max(shortest * 1.2));
    let seconds = clip.span.seconds();
    notes.time(clip.span, Some(seconds));
    let off = if seconds < best { (best - seconds) / (best * 0.75) } else { (seconds - best) / best.max(1.0) };
    Some((1.0 - off).clamp(0.0, 1.0))
}
