//! From what was heard to the beats.

use super::curve::Curves;
use super::ear::Heard;
use super::level::{self, Level};
use super::sure::Signs;
use super::tempo::Tempogram;
use super::{Alternative, Beat, Beats, Reading, TempoPoint, attack, bars, sections};

/// Fewer beats than this are none.
const FEWEST: usize = 3;
/// Tempos that a person could still tap, for alternatives.
const TAPPED: std::ops::RangeInclusive<f64> = 30.0..=320.0;

/// Everything that can be told of what was heard.
pub(super) fn find(heard: &Heard) -> Beats {
    let curves = Curves::of(heard);
    let tempogram = Tempogram::of(&curves.all);
    let level = level::choose(&curves, &tempogram);
    let placed = attack::attacks(heard, &curves, &level.beats);
    let signs = Signs::of(&level, &placed);
    let kept = within_sound(&placed);
    let confidence = signs.confidence();
    if confidence < Signs::LEAST || kept.len() < FEWEST {
        return silent(heard, signs, confidence);
    }
    let times: Vec<f64> = kept.iter().map(|beat| beat.t).collect();
    let (meter, downbeats) = bars::downbeats(heard, &curves, &times);
    let beats: Vec<Beat> = kept
        .iter()
        .zip(downbeats)
        .map(|(placed, downbeat)| Beat { t: placed.t, strength: placed.strength, downbeat })
        .collect();
    let bars = bars::bars(heard, &beats);
    let sections = sections::sections(heard, &bars);
    let bpm = middle_tempo(&times);
    let tempo = tempo_points(&times);
    Beats {
        duration: heard.duration,
        bpm: Some(bpm),
        confidence,
        note: note(confidence, &tempo),
        tempo,
        beats,
        meter,
        bars,
        sections,
        alternatives: alternatives(&level, bpm),
    }
}

/// No beat, and why.
fn silent(heard: &Heard, signs: Signs, confidence: f32) -> Beats {
    let why = if heard.body.iter().all(|body| *body < 1e-3) {
        "there is nothing to hear in it, so there are no beats"
    } else if heard.duration < 2.0 {
        "it is too short to tell a beat in it"
    } else if signs.attacked < 0.3 {
        "no beat was found: hardly anything in it begins abruptly"
    } else {
        "no beat was found: nothing in it comes back steadily"
    };
    Beats {
        duration: heard.duration,
        bpm: None,
        confidence,
        tempo: Vec::new(),
        beats: Vec::new(),
        meter: 4,
        bars: Vec::new(),
        sections: sections::sections(heard, &[]),
        alternatives: Vec::new(),
        note: Some(why.to_owned()),
    }
}

/// The beats from the first to the last that is heard: none in the silence before and after.
fn within_sound(placed: &[attack::Placed]) -> &[attack::Placed] {
    const HEARD: f32 = 0.12;
    let heard = |beat: &attack::Placed| beat.strength >= HEARD;
    match (placed.iter().position(heard), placed.iter().rposition(heard)) {
        (Some(first), Some(last)) => &placed[first..=last],
        _ => &[],
    }
}

fn middle_tempo(times: &[f64]) -> f64 {
    let mut steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_by(f64::total_cmp);
    let cut = steps.len() / 4;
    let kept = &steps[cut..steps.len() - cut];
    let mean = kept.iter().sum::<f64>() / kept.len().max(1) as f64;
    // Two decimals say all that can be known.
    (6000.0 / mean.max(0.01)).round() / 100.0
}

/// The tempo where it changes: as few points as describe the beats within a hundredth.
fn tempo_points(times: &[f64]) -> Vec<TempoPoint> {
    const REACH: usize = 8;
    let local = |at: usize| {
        let (from, to) = (at.saturating_sub(REACH), (at + REACH).min(times.len() - 1));
        60.0 * (to - from) as f64 / (times[to] - times[from]).max(0.01)
    };
    let all: Vec<TempoPoint> =
        (0..times.len()).map(|at| TempoPoint { t: times[at], bpm: (local(at) * 100.0).round() / 100.0 }).collect();
    let mut kept = vec![all[0]];
    let mut from = 0;
    while from + 1 < all.len() {
        let fits = |to: &usize| {
            let (a, b) = (all[from], all[*to]);
            all[from..*to].iter().all(|point| {
                let between = a.bpm + (b.bpm - a.bpm) * (point.t - a.t) / (b.t - a.t).max(1e-9);
                (point.bpm / between - 1.0).abs() < 0.012
            })
        };
        // Far first would be quadratic; doubling steps and then one by one is enough.
        let mut to = from + 1;
        let mut step = 1;
        while step > 0 {
            let further = (to + step).min(all.len() - 1);
            if further > to && fits(&further) {
                to = further;
                step *= 2;
            } else {
                step /= 2;
            }
        }
        kept.push(all[to]);
        from = to;
    }
    kept
}

fn note(confidence: f32, tempo: &[TempoPoint]) -> Option<String> {
    if confidence < Beats::SURE {
        return Some("the beat is uncertain: listen to it before you rely on it".to_owned());
    }
    let (slow, fast) = tempo.iter().fold((f64::MAX, 0.0f64), |(l, h), point| (l.min(point.bpm), h.max(point.bpm)));
    let changing = fast > 1.08 * slow;
    changing.then(|| format!("the tempo changes between {slow:.0} and {fast:.0}"))
}

/// The other readings, likeliest first.
fn alternatives(level: &Level, bpm: f64) -> Vec<Alternative> {
    let all = [
        (Reading::HalfBeatLater, bpm, level.half_beat),
        (Reading::Double, 2.0 * bpm, level.double),
        (Reading::Half, bpm / 2.0, level.half),
    ];
    let mut offered: Vec<Alternative> = all
        .into_iter()
        .filter(|(_, bpm, _)| TAPPED.contains(bpm))
        .map(|(reading, bpm, confidence)| Alternative { reading, bpm, confidence })
        .collect();
    offered.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    offered
}
