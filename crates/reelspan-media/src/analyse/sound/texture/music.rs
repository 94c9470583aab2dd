//! Music: tones that are held for seconds, or a beat that goes on.

use crate::analysis::{Texture, TextureKind};

use super::super::features::FRAME_RATE;
use super::super::flux::FLUX_RATE;
use super::super::{runs, tonality};
use super::{Sounds, found, ramp};

const SHORTEST: f64 = 2.5;
const GAP: usize = 100;
/// Seconds of flux in which a beat is looked for, and between two looks.
const STRETCH: usize = 6;
const STEP: usize = 1;
/// Seconds around speech that are judged as speech is.
const PAUSE: f64 = 0.75;
/// Seconds between beats: 200 to 60 a minute.
const BEATS: std::ops::Range<f64> = 0.3..1.0;

pub(super) fn music(sounds: &Sounds<'_>) -> Vec<Texture> {
    let beats = beats(sounds.flux);
    let spoken = spoken(sounds);
    let strengths: Vec<f32> = (0..sounds.frames.len())
        .map(|at| {
            let seconds = at as f64 / FRAME_RATE;
            let held = ramp(tonality::at(sounds.tonality, seconds), 1.2, 2.0);
            let beat = beats.get((seconds / STEP as f64) as usize).copied().unwrap_or(0.0);
            // Speech has a little of both, so under speech more is asked for.
            let asked = if spoken[at] { 0.5 } else { 0.0 };
            let heard = ramp(sounds.frames[at].level, -70.0, -60.0);
            (held.max(beat) - asked).max(0.0) * heard
        })
        .collect();
    found(&runs::smooth(&strengths, 75), TextureKind::Music, SHORTEST, GAP, sounds)
}

fn spoken(sounds: &Sounds<'_>) -> Vec<bool> {
    let mut spoken = vec![false; sounds.frames.len()];
    for span in sounds.speech {
        let index = |seconds: f64| ((seconds.max(0.0) * FRAME_RATE) as usize).min(spoken.len());
        // The pauses of a talk belong to it.
        let (from, to) = (index(span.start - PAUSE), index(span.end + PAUSE));
        spoken[from..to].fill(true);
    }
    spoken
}

/// For each second, 0 to 1: how well the rises of the spectrum repeat at one tempo.
fn beats(flux: &[f32]) -> Vec<f32> {
    let rate = FLUX_RATE as usize;
    let seconds = flux.len().div_ceil(rate);
    (0..seconds)
        .step_by(STEP)
        .map(|second| {
            let middle = second * rate + rate / 2;
            let range = middle.saturating_sub(STRETCH * rate / 2)..(middle + STRETCH * rate / 2).min(flux.len());
            regularity(&flux[range])
        })
        .collect()
}

fn regularity(flux: &[f32]) -> f32 {
    // Beats are as wide as a few frames, so that their tempo need not be a whole number of frames.
    let wide = runs::smooth(flux, 2);
    let mean = wide.iter().sum::<f32>() / wide.len().max(1) as f32;
    let centred: Vec<f32> = wide.iter().map(|value| value - mean).collect();
    let energy: f32 = centred.iter().map(|v| v * v).sum();
    if energy < 1e-3 || flux.len() < FLUX_RATE as usize * 3 {
        return 0.0;
    }
    let at = |lag: usize| {
        let sum: f32 = centred[lag..].iter().zip(&centred).map(|(a, b)| a * b).sum();
        sum / energy * centred.len() as f32 / (centred.len() - lag) as f32
    };
    let lags = (BEATS.start * FLUX_RATE) as usize..(BEATS.end * FLUX_RATE) as usize;
    // A beat repeats after two and after three as well; a chance likeness does not.
    let best = lags.map(|lag| at(lag).min(at(2 * lag)).min(at(3 * lag))).fold(0.0, f32::max);
    ramp(best, 0.15, 0.4)
}
