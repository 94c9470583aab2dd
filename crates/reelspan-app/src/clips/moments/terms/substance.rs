//! What a clip is about: one topic from its start, and much said in the time.

use crate::clips::moments::measure::ramp;

use super::{Clip, Notes, Rule};

pub(super) const TOPIC: Rule = Rule {
    name: "topic",
    weight: 0.09,
    measure: topic,
    say: |clip, _| {
        let starts = begins_topic(clip) >= 0.5;
        if starts { "starts where a topic starts".to_owned() } else { "stays on one topic".to_owned() }
    },
};

pub(super) const DENSITY: Rule = Rule {
    name: "information density",
    weight: 0.12,
    measure: density,
    say: |_, _| "says much in little time".to_owned(),
};

/// 1 at the first sentence of a topic, fading over the next three.
fn begins_topic(clip: &Clip<'_>) -> f64 {
    let topics = &clip.material.topics;
    let start = topics.partition_point(|topic| *topic < topics[clip.first]);
    1.0 - ramp((clip.first - start) as f64, 0.0, 4.0)
}

fn topic(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let material = clip.material;
    if !material.has_words() {
        return None;
    }
    let inside = &material.topics[clip.first..=clip.last];
    // The largest share of the clip that one topic fills.
    let longest = inside.chunk_by(|a, b| a == b).map(<[usize]>::len).max().unwrap_or(0) as f64 / inside.len() as f64;
    if let Some(change) = inside.windows(2).position(|pair| pair[0] != pair[1]) {
        notes.words(material, material.units[clip.first + change + 1].words.clone());
    }
    let one = ramp(longest, 0.5, 1.0);
    // A topic that is as long as the recording begins with it: that says nothing.
    let divided = material.topics.last() != Some(&0);
    let begins = if divided { begins_topic(clip) } else { 0.0 };
    notes.time(clip.units()[0].span, Some(begins));
    Some(0.5 * one + 0.5 * begins)
}

fn density(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    if !clip.material.has_words() {
        return None;
    }
    let value = clip.material.density(clip.units());
    notes.time(clip.span, Some(value));
    Some(clip.material.usual.density.around(value, 0.2))
}
