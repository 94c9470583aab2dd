//! The parts of a piece: where it begins to sound different, and which parts sound alike.

use super::bars;
use super::ear::{COLOUR, COLOURS, Heard};
use super::{Bar, Section};

/// Units (bars, or pieces of two seconds) that are compared on either side of a bound.
const REACH: usize = 8;
/// No section is shorter, in units.
const SHORTEST: usize = 4;
/// Without bars, the unit in seconds.
const PIECE: f64 = 2.0;
/// Less difference than this is none.
const LEAST: f32 = 0.9;
/// Sections that differ by less than this share a letter; neighbours never do.
const ALIKE: f32 = 0.9;

type Features = [f32; COLOUR + 1];

/// Gapless from the start to the end of the file.
pub(super) fn sections(heard: &Heard, bars: &[Bar]) -> Vec<Section> {
    let units = units(heard.duration, bars);
    if units.is_empty() {
        return Vec::new();
    }
    let energies = bars::energies(heard, &units);
    let features: Vec<Features> =
        units.iter().zip(&energies).map(|(unit, energy)| features(heard, *unit, *energy)).collect();
    let bounds = bounds(&features);
    let mut known: Vec<Features> = Vec::new();
    let mut last = usize::MAX;
    let spans: Vec<(f64, f64)> = bounds.windows(2).map(|pair| (units[pair[0]].0, units[pair[1] - 1].1)).collect();
    let energies = bars::energies(heard, &spans);
    let named = bounds.windows(2).zip(&spans).zip(energies).map(|((pair, span), energy)| {
        let own = mean(&features[pair[0]..pair[1]]);
        let others = (0..known.len()).filter(|index| *index != last);
        let nearest = others.min_by(|a, b| apart(&known[*a], &own).total_cmp(&apart(&known[*b], &own)));
        let index = nearest.filter(|index| apart(&known[*index], &own) < ALIKE).unwrap_or_else(|| {
            known.push(own);
            known.len() - 1
        });
        last = index;
        Section { start: span.0, end: span.1, energy, label: letter(index) }
    });
    named.collect()
}

/// Bars, with what lies before the first one; or pieces of equal length.
fn units(duration: f64, bars: &[Bar]) -> Vec<(f64, f64)> {
    if bars.len() >= 2 * SHORTEST {
        let mut units: Vec<(f64, f64)> = bars.iter().map(|bar| (bar.start, bar.end)).collect();
        // A pick-up belongs to the first bar.
        units[0].0 = 0.0;
        return units;
    }
    let count = (duration / PIECE).round().max(1.0);
    let edge = |index: f64| duration * index / count;
    (0..count as usize).map(|index| (edge(index as f64), edge(index as f64 + 1.0))).filter(|(a, b)| b > a).collect()
}

/// How a unit sounds: its chord, its spectrum in decibels, its energy, each scaled to count alike.
fn features(heard: &Heard, (from, to): (f64, f64), energy: f32) -> Features {
    // Short of its end: what begins there already rings in the last window, and decibels would make much of it.
    let (from, to) = ((from * COLOURS).round() as usize, (to * COLOURS - 0.5).max(0.0) as usize);
    let mut sum = [0.0f32; COLOUR];
    for colour in heard.colours.iter().take(to.max(from + 1)).skip(from) {
        for (to, from) in sum.iter_mut().zip(colour) {
            *to += from;
        }
    }
    let size = sum[..12].iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
    let mut features = [0.0; COLOUR + 1];
    for (to, from) in features.iter_mut().zip(&sum[..12]) {
        *to = 0.8 * from / size;
    }
    let count = (to.max(from + 1) - from) as f32;
    for (to, from) in features[12..].iter_mut().zip(&sum[12..]) {
        // 12 dB in one of eight bands is about as much as another chord.
        *to = (10.0 * (from / count + 1e-4).log10()).max(-40.0) / 24.0;
    }
    features[COLOUR] = 1.5 * energy;
    features
}

/// The first units of the sections, and one more for the end.
fn bounds(features: &[Features]) -> Vec<usize> {
    let novelty: Vec<f32> = (0..features.len())
        .map(|at| {
            if at < SHORTEST || at + SHORTEST > features.len() {
                return 0.0;
            }
            let before = mean(&features[at.saturating_sub(REACH)..at]);
            let after = mean(&features[at..(at + REACH).min(features.len())]);
            apart(&before, &after)
        })
        .collect();
    let usual = novelty.iter().sum::<f32>() / novelty.len() as f32;
    let mut bounds = vec![0];
    for at in SHORTEST..features.len() {
        let near = &novelty[at.saturating_sub(SHORTEST)..(at + SHORTEST + 1).min(novelty.len())];
        let top = near.iter().copied().fold(0.0, f32::max);
        let fresh = at >= bounds[bounds.len() - 1] + SHORTEST;
        if fresh && novelty[at] >= top && novelty[at] > (1.3 * usual).max(0.5 * LEAST) {
            bounds.push(at);
        }
    }
    bounds.push(features.len());
    bounds
}

fn mean(features: &[Features]) -> Features {
    let mut sum = [0.0; COLOUR + 1];
    for one in features {
        for (to, from) in sum.iter_mut().zip(one) {
            *to += from / features.len() as f32;
        }
    }
    sum
}

fn apart(a: &Features, b: &Features) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}

/// A, B, ... Z, AA, AB, ...
fn letter(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    if index < 26 { last.to_string() } else { letter(index / 26 - 1) + &last.to_string() }
}
