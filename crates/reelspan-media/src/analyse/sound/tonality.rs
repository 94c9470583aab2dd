//! How much of the last seconds are tones that are held: chords and notes, which music has and speech has not.

use super::decimate::RATE;
use super::spectrum::decibels;

/// 128 ms: tones a few hertz apart are told apart.
pub(super) const WINDOW: usize = 2048;
pub(super) const HOP: usize = 1024;
/// Spectra that are looked at together: 2.6 s.
const HELD: usize = 40;
/// Spectra between two values.
const STEP: usize = 8;
/// Values a second.
pub(super) const TONALITY_RATE: f64 = RATE as f64 / (HOP * STEP) as f64;
/// Bins on each side against which a bin stands out.
const AROUND: usize = 14;
/// Decibels by which it must.
const STANDS_OUT: f32 = 3.0;
/// A spectrum so far under the loudest of late is background.
const BACKGROUND: f32 = 25.0;
const SILENT: f32 = -75.0;
const FROM: usize = 12;
const TO: usize = 700;
/// Peaks that are summed.
const PEAKS: usize = 5;

/// Continuous frequency activation (Seyerlehner and others, 2007): in which share of the spectra each bin stands out.
#[derive(Debug)]
pub(super) struct Tonality {
    /// The bins that stand out in each of the last spectra.
    standing: Vec<Vec<bool>>,
    loudest: f32,
    seen: usize,
    values: Vec<f32>,
}

impl Tonality {
    pub(super) fn new() -> Self {
        Self { standing: Vec::new(), loudest: SILENT, seen: 0, values: Vec::new() }
    }

    pub(super) fn push(&mut self, power: &[f32]) {
        let level = decibels(power[FROM..TO].iter().sum());
        self.loudest = (self.loudest - 0.3).max(level);
        let standing = if level > SILENT && level > self.loudest - BACKGROUND {
            standing_out(&power[FROM - AROUND.min(FROM)..TO + AROUND])
        } else {
            vec![false; TO - FROM]
        };
        if self.standing.len() == HELD {
            self.standing.remove(0);
        }
        self.standing.push(standing);
        self.seen += 1;
        if self.seen.is_multiple_of(STEP) {
            self.values.push(self.strength());
        }
    }

    /// Five values sum to at most five; value `i` looks back from the time `(i + 1) / TONALITY_RATE`.
    pub(super) fn finish(self) -> Vec<f32> {
        self.values
    }

    fn strength(&self) -> f32 {
        let mut shares = vec![0.0_f32; TO - FROM];
        for spectrum in &self.standing {
            shares.iter_mut().zip(spectrum).filter(|(_, standing)| **standing).for_each(|(share, _)| *share += 1.0);
        }
        shares.iter_mut().for_each(|share| *share /= self.standing.len() as f32);
        let mut peaks = prominences(&shares);
        peaks.sort_by(|a, b| b.total_cmp(a));
        peaks.iter().take(PEAKS).sum()
    }
}

/// Bins that are louder than what is around them. The slice has `AROUND` bins more above (and what there is below).
fn standing_out(power: &[f32]) -> Vec<bool> {
    let levels: Vec<f32> = power.iter().map(|p| decibels(*p)).collect();
    let below = power.len() - AROUND - (TO - FROM);
    let mut sums = vec![0.0_f64; levels.len() + 1];
    for (index, level) in levels.iter().enumerate() {
        sums[index + 1] = sums[index] + f64::from(*level);
    }
    (below..below + TO - FROM)
        .map(|bin| {
            let (from, to) = (bin.saturating_sub(AROUND), (bin + AROUND + 1).min(levels.len()));
            let mean = ((sums[to] - sums[from]) / (to - from) as f64) as f32;
            levels[bin] > mean + STANDS_OUT
        })
        .collect()
}

/// How far each local maximum stands over the higher of the valleys beside it.
fn prominences(values: &[f32]) -> Vec<f32> {
    let mut found = Vec::new();
    let mut valley = f32::INFINITY;
    let mut top: Option<(f32, f32)> = None;
    for value in values {
        match top {
            // Going down from a top: it is over once the way turns up again by a little.
            Some((height, before)) if *value > valley + 0.05 => {
                found.push(height - before.max(valley));
                top = Some((*value, valley));
                valley = *value;
            }
            Some((height, before)) if *value > height => {
                top = Some((*value, before));
                valley = *value;
            }
            Some(_) => valley = valley.min(*value),
            None if *value > valley + 0.05 => {
                top = Some((*value, valley));
                valley = *value;
            }
            None => valley = valley.min(*value),
        }
    }
    if let Some((height, before)) = top {
        found.push(height - before.max(valley));
    }
    found
}

/// The value whose 2.6 s lie around a time.
pub(super) fn at(values: &[f32], seconds: f64) -> f32 {
    let middle = HELD as f64 * HOP as f64 / f64::from(RATE) / 2.0;
    let index = ((seconds + middle) * TONALITY_RATE).round() as usize;
    values.get(index.saturating_sub(1)).or(values.last()).copied().unwrap_or(0.0)
}
