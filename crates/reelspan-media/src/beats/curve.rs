//! One curve of attacks out of the four: each band on its own scale, the scale following the music.

use super::ear::{FRAMES, GROUPS, Heard};

/// Attacks by band on a common scale, and all together.
#[derive(Debug)]
pub(super) struct Curves {
    pub(super) bands: [Vec<f32>; GROUPS],
    pub(super) all: Vec<f32>,
}

/// What each band weighs in the common curve: the low ones carry the beat.
const WEIGHTS: [f32; GROUPS] = [1.5, 0.8, 1.0, 0.6];
/// Over how many seconds the scale of a band is taken, to both sides.
const SCALE: f64 = 5.0;
/// A single attack counts no more than this many times the usual.
const MOST: f32 = 10.0;

impl Curves {
    pub(super) fn of(heard: &Heard) -> Self {
        let frames = heard.attacks[0].len();
        let reach = (SCALE * FRAMES) as usize;
        let means: Vec<Vec<f32>> = heard.attacks.iter().map(|curve| around(curve, reach)).collect();
        let whole = heard.attacks.iter().flatten().sum::<f32>() / (GROUPS * frames.max(1)) as f32;
        let bands: [Vec<f32>; GROUPS] = std::array::from_fn(|group| {
            let scaled = (0..frames).map(|at| {
                let together = means.iter().map(|mean| mean[at]).sum::<f32>() / GROUPS as f32;
                // A band in which nothing happens must not have its hiss blown up.
                let scale = means[group][at].max(0.35 * together).max(0.1 * whole) + 1e-9;
                (heard.attacks[group][at] / scale).min(MOST)
            });
            scaled.collect()
        });
        let mut all = vec![0.0; frames];
        for (band, weight) in bands.iter().zip(WEIGHTS) {
            for (to, from) in all.iter_mut().zip(band) {
                *to += weight * from;
            }
        }
        let all = sharpened(&smooth(&all));
        Self { bands, all }
    }
}

/// The mean of what is up to `reach` away.
pub(super) fn around(curve: &[f32], reach: usize) -> Vec<f32> {
    let mut sums = Vec::with_capacity(curve.len() + 1);
    sums.push(0.0f64);
    let mut sum = 0.0f64;
    for value in curve {
        sum += f64::from(*value);
        sums.push(sum);
    }
    (0..curve.len())
        .map(|at| {
            let (from, to) = (at.saturating_sub(reach), (at + reach + 1).min(curve.len()));
            ((sums[to] - sums[from]) / (to - from) as f64) as f32
        })
        .collect()
}

/// Players are a few hundredths early or late: neighbouring frames count together.
fn smooth(curve: &[f32]) -> Vec<f32> {
    const KERNEL: [f32; 5] = [0.06, 0.24, 0.4, 0.24, 0.06];
    let at = |index: isize| if index < 0 { 0.0 } else { curve.get(index as usize).copied().unwrap_or(0.0) };
    (0..curve.len() as isize)
        .map(|index| KERNEL.iter().zip(-2..).map(|(weight, off)| weight * at(index + off)).sum())
        .collect()
}

/// Less the usual, in the units of how much it varies about there.
fn sharpened(curve: &[f32]) -> Vec<f32> {
    let mean = around(curve, (0.5 * FRAMES) as usize);
    let over: Vec<f32> = curve.iter().zip(&mean).map(|(v, m)| (v - m).max(0.0)).collect();
    let squares: Vec<f32> = over.iter().map(|v| v * v).collect();
    let spread = around(&squares, (SCALE * FRAMES) as usize);
    let whole = root_mean_square(&over);
    over.iter().zip(&spread).map(|(v, s)| v / (s.sqrt() + 0.1 * whole + 1e-9)).collect()
}

fn root_mean_square(curve: &[f32]) -> f32 {
    (curve.iter().map(|v| v * v).sum::<f32>() / curve.len().max(1) as f32).sqrt()
}
