//! What is heard besides the words.

use reelspan_media::plan::Evidence;
use reelspan_types::Span;

use crate::clips::moments::material::Sound;
use crate::clips::moments::measure::{Cover, count, ramp};

use super::{Clip, Notes, Rule, clock};

pub(super) const LAUGHTER: Rule = Rule {
    name: "laughter",
    weight: 0.10,
    measure: |clip, notes| reaction(clip, notes, |sound| &sound.laughter),
    say: |_, evidence| heard_at("laughter", evidence),
};

pub(super) const APPLAUSE: Rule = Rule {
    name: "applause",
    weight: 0.06,
    measure: |clip, notes| reaction(clip, notes, |sound| &sound.applause),
    say: |_, evidence| heard_at("applause", evidence),
};

pub(super) const ENERGY_RISE: Rule = Rule {
    name: "energy rise",
    weight: 0.05,
    measure: energy_rise,
    say: |_, evidence| heard_at("the sound rises", evidence),
};

pub(super) const LOUDNESS_VARIANCE: Rule =
    Rule { name: "loudness variance", weight: 0.05, measure: loudness_variance, say: |_, _| "lively voice".to_owned() };

pub(super) const LOUDNESS: Rule =
    Rule { name: "loudness", weight: 0.12, measure: loudness, say: |_, evidence| heard_at("the loudest", evidence) };

pub(super) const ONSETS: Rule =
    Rule { name: "onset density", weight: 0.10, measure: onsets, say: |_, _| "much happens in the sound".to_owned() };

pub(super) const MUSIC: Rule =
    Rule { name: "music", weight: -0.06, measure: music, say: |_, _| "music covers the speech".to_owned() };

pub(super) const NO_SPEECH: Rule = Rule {
    name: "no speech",
    weight: -0.15,
    measure: no_speech,
    say: |_, _| "long stretches without speech".to_owned(),
};

fn heard_at(what: &str, evidence: &[Evidence]) -> String {
    evidence.first().map_or_else(|| what.to_owned(), |first| format!("{what} at {}", clock(first.start)))
}

/// Laughter or applause inside or up to two seconds after: a second and a half of it is enough.
fn reaction(clip: &Clip<'_>, notes: &mut Notes, which: fn(&Sound) -> &Cover) -> Option<f64> {
    let cover = which(clip.material.sound.as_ref()?);
    if cover.is_empty() {
        // A recording in which no one laughs has no funny moments to tell apart.
        return None;
    }
    let heard = Span::new(clip.span.start, clip.span.end + 2.0);
    cover.within(heard).iter().take(5).for_each(|span| notes.time(*span, None));
    Some((cover.seconds(heard) / 1.5).min(1.0))
}

/// Louder than the twenty seconds before it, or growing towards its peak: 6 dB is full.
fn energy_rise(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let sound = clip.material.sound.as_ref()?;
    let inside = sound.level.mean(clip.span)?;
    let before = sound.level.mean(Span::new((clip.span.start - 20.0).max(0.0), clip.span.start)).unwrap_or(inside);
    let (peak, loudest) = sound.level.peak(clip.span, 3.0)?;
    let opening = sound.level.mean(Span::new(clip.span.start, clip.span.start + 3.0)).unwrap_or(inside);
    notes.time(peak, Some(loudest));
    Some(f64::max(ramp(inside - before, 0.5, 6.0), 0.7 * ramp(loudest - opening, 2.0, 9.0)))
}

fn loudness_variance(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let spread = clip.material.sound.as_ref()?.level.spread(clip.span)?;
    notes.time(clip.span, Some(spread));
    Some(clip.material.usual.level_spread.above(spread, 0.5))
}

/// Without words, loud against the rest of the recording is the best hint there is.
fn loudness(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let sound = clip.material.sound.as_ref().filter(|_| !clip.material.has_words())?;
    let level = sound.level.mean(clip.span)?;
    if let Some((peak, loudest)) = sound.level.peak(clip.span, 3.0) {
        notes.time(peak, Some(loudest));
    }
    Some(clip.material.usual.level.above(level, 1.0))
}

fn onsets(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let sound = clip.material.sound.as_ref().filter(|_| !clip.material.has_words())?;
    let rate = count(&sound.onsets, clip.span) as f64 / clip.span.seconds().max(0.1);
    notes.time(clip.span, Some(rate));
    Some(clip.material.usual.onset_rate.above(rate, 0.2))
}

fn music(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let sound = clip.material.sound.as_ref().filter(|_| clip.material.has_words())?;
    let share = sound.music.share(clip.span);
    sound.music.within(clip.span).iter().take(3).for_each(|span| notes.time(*span, Some(share)));
    Some(share)
}

/// Up to a quarter of a talk is pause; beyond, nobody is speaking.
fn no_speech(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let material = clip.material;
    let speaks: f64 = if material.has_words() {
        clip.units().iter().map(|unit| unit.span.seconds()).sum::<f64>() / clip.span.seconds().max(0.1)
    } else {
        let sound = material.sound.as_ref()?;
        if sound.speech.share(Span::new(0.0, material.duration)) < 0.1 {
            // No talk at all: only silence counts against a clip.
            1.0 - sound.silence.share(clip.span)
        } else {
            sound.speech.share(clip.span)
        }
    };
    notes.time(clip.span, Some(speaks));
    Some(ramp(1.0 - speaks, 0.25, 0.75))
}
