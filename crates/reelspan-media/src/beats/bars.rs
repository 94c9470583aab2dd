//! Where bars begin, and how full each is.

use super::curve::Curves;
use super::ear::{COLOURS, FINE, FRAMES, Heard};
use super::level::peak;
use super::{Bar, Beat};

/// What it costs to lose count once.
const SLIP: f32 = 7.0;
/// Three in a bar must be this much better than four.
const RARER: f32 = 1.12;
/// Beats to both sides over which accents are compared.
const AROUND: usize = 24;

/// The meter, and for each beat whether it begins a bar.
pub(super) fn downbeats(heard: &Heard, curves: &Curves, times: &[f64]) -> (u8, Vec<bool>) {
    let evidence = evidence(heard, curves, times);
    let (three, three_worth) = count(&evidence, 3);
    let (four, four_worth) = count(&evidence, 4);
    if times.len() >= 12 && three_worth > RARER * four_worth.max(0.0) + 0.03 * evidence.len() as f32 {
        (3, three)
    } else {
        (4, four)
    }
}

/// How much each beat seems to begin a bar: a new chord, a deep attack, no snare.
fn evidence(heard: &Heard, curves: &Curves, times: &[f64]) -> Vec<f32> {
    let at = |curve: &[f32], t: f64| peak(curve, (t * FRAMES).round() as usize);
    let low: Vec<f32> = times.iter().map(|t| at(&curves.bands[0], *t) + 0.5 * at(&curves.bands[1], *t)).collect();
    let snare: Vec<f32> = times.iter().map(|t| at(&curves.bands[2], *t)).collect();
    let all: Vec<f32> = times.iter().map(|t| at(&curves.all, *t)).collect();
    let change: Vec<f32> = (0..times.len()).map(|beat| change(heard, times, beat)).collect();
    let (low, snare, all, change) = (apart(&low), apart(&snare), apart(&all), apart(&change));
    (0..times.len()).map(|i| 1.0 * change[i] + 0.6 * low[i] - 0.35 * snare[i] + 0.25 * all[i]).collect()
}

/// How different the notes are from those of the beat before.
fn change(heard: &Heard, times: &[f64], beat: usize) -> f32 {
    let t = times[beat];
    let step = match (beat.checked_sub(1).map(|before| t - times[before]), times.get(beat + 1).map(|next| next - t)) {
        (Some(before), Some(next)) => before.min(next),
        (one, other) => one.or(other).unwrap_or(0.5),
    };
    let pitches = |from: f64, to: f64| {
        let (from, to) = ((from * COLOURS).round().max(0.0) as usize, (to * COLOURS).round().max(0.0) as usize);
        let mut sum = [0.0f32; 12];
        for colour in heard.colours.iter().take(to.max(from + 1)).skip(from) {
            for (to, from) in sum.iter_mut().zip(colour) {
                *to += from;
            }
        }
        let size = sum.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
        sum.map(|v| v / size)
    };
    let (before, after) = (pitches(t - 1.5 * step, t - 0.05), pitches(t + 0.05, t + 1.5 * step));
    1.0 - before.iter().zip(after).map(|(a, b)| a * b).sum::<f32>()
}

/// Each value less its neighbours' mean, in units of their spread.
fn apart(values: &[f32]) -> Vec<f32> {
    (0..values.len())
        .map(|at| {
            let near = &values[at.saturating_sub(AROUND)..(at + AROUND + 1).min(values.len())];
            let mean = near.iter().sum::<f32>() / near.len() as f32;
            let spread = (near.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / near.len() as f32).sqrt();
            ((values[at] - mean) / spread.max(1e-4)).clamp(-3.0, 3.0)
        })
        .collect()
}

/// Counts so many in a bar along the evidence, losing count only where it pays; gives the ones and their worth.
fn count(evidence: &[f32], meter: usize) -> (Vec<bool>, f32) {
    let mut best = vec![0.0f32; meter];
    let mut back: Vec<[u8; 4]> = Vec::with_capacity(evidence.len());
    for value in evidence {
        let leader = (0..meter).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap_or(0);
        let mut from = [0u8; 4];
        let mut next = vec![0.0; meter];
        for place in 0..meter {
            let counted = (place + meter - 1) % meter;
            let origin = if best[leader] - SLIP > best[counted] { leader } else { counted };
            let price = if origin == counted { 0.0 } else { SLIP };
            from[place] = origin as u8;
            // A one with nothing to it costs as much as others with something.
            next[place] = best[origin] - price + if place == 0 { *value } else { -value / (meter - 1) as f32 };
        }
        back.push(from);
        best = next;
    }
    let mut place = (0..meter).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap_or(0);
    let worth = best[place];
    let mut ones = vec![false; evidence.len()];
    for (at, from) in back.iter().enumerate().rev() {
        ones[at] = place == 0;
        place = usize::from(from[place]);
    }
    (ones, worth)
}

/// From downbeat to downbeat, the last to the end, with their energy.
pub(super) fn bars(heard: &Heard, beats: &[Beat]) -> Vec<Bar> {
    let mut bounds: Vec<f64> = beats.iter().filter(|beat| beat.downbeat).map(|beat| beat.t).collect();
    if bounds.is_empty() {
        return Vec::new();
    }
    bounds.push(heard.duration.max(bounds[bounds.len() - 1]));
    let spans: Vec<(f64, f64)> = bounds.windows(2).map(|pair| (pair[0], pair[1])).filter(|(a, b)| b > a).collect();
    let energies = energies(heard, &spans);
    spans.iter().zip(energies).map(|((start, end), energy)| Bar { start: *start, end: *end, energy }).collect()
}

/// How full each span sounds beside the others: how loud it is, and how much happens in it.
pub(super) fn energies(heard: &Heard, spans: &[(f64, f64)]) -> Vec<f32> {
    let loud = |(from, to): &(f64, f64)| {
        let part = slice(&heard.fine[0], from * FINE, to * FINE);
        let power = part.iter().map(|v| 10f32.powf(f32::from(*v) / 20.0)).sum::<f32>() / part.len().max(1) as f32;
        // Below 40 dB under full scale all is quiet.
        (10.0 * (power + 1e-9).log10() - 120.0).max(-50.0)
    };
    let busy = |(from, to): &(f64, f64)| {
        let sum = |curve: &Vec<f32>| {
            let part = slice(curve, from * FRAMES, to * FRAMES);
            part.iter().sum::<f32>() / part.len().max(1) as f32
        };
        heard.attacks.iter().map(sum).sum::<f32>()
    };
    let (loud, busy) = (spread(spans.iter().map(loud).collect(), 1.0), spread(spans.iter().map(busy).collect(), 1e-3));
    let mixed: Vec<f32> = loud.iter().zip(&busy).map(|(l, b)| 0.6 * l + 0.4 * b).collect();
    spread(mixed, 0.02)
}

/// From 0 for the least to 1 for the most; all alike is one half.
fn spread(values: Vec<f32>, least: f32) -> Vec<f32> {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = high - low;
    values.iter().map(|v| if range < least { 0.5 } else { (v - low) / range }).collect()
}

fn slice<T>(values: &[T], from: f64, to: f64) -> &[T] {
    let end = (to.round() as usize).min(values.len());
    &values[(from.round() as usize).min(end)..end]
}
