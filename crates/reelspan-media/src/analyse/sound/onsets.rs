//! Attack times of notes, claps and syllables: the peaks of the spectral flux, put back to where the sound begins.

use super::flux::FLUX_RATE;
use super::runs;

/// Frames on each side of which a peak is the greatest.
const GREATEST: usize = 4;
/// Frames on each side over which the usual rise is taken: 0.25 s.
const USUAL: usize = 25;
/// How far a peak stands over the usual rise: a part of the strongest of late, and never less than this.
const LEAST: f32 = 0.11;
const PART: f32 = 0.08;
/// Frames on each side in which the strongest is looked for: 4 s.
const STRONGEST: usize = 400;
/// The window sees an attack before its middle is there: seconds from the peak of the flux to the attack.
const LEAD: f64 = 0.003;

pub(super) fn pick(flux: &[f32], duration: f64) -> Vec<f64> {
    let usual = runs::smooth(flux, USUAL);
    let strongest = strongest(flux);
    (1..flux.len().saturating_sub(1))
        .filter(|at| {
            let around = &flux[at.saturating_sub(GREATEST)..(at + GREATEST + 1).min(flux.len())];
            let over = flux[*at] - usual[*at];
            over >= LEAST && over >= PART * strongest[at / USUAL] && around.iter().all(|value| *value <= flux[*at])
        })
        .map(|at| ((at as f64 + between(flux[at - 1], flux[at], flux[at + 1])) / FLUX_RATE + LEAD).clamp(0.0, duration))
        .collect()
}

/// The strongest rise around each quarter of a second.
fn strongest(flux: &[f32]) -> Vec<f32> {
    let blocks: Vec<f32> = flux.chunks(USUAL).map(|block| block.iter().copied().fold(0.0, f32::max)).collect();
    let reach = STRONGEST / USUAL;
    (0..blocks.len())
        .map(|at| {
            blocks[at.saturating_sub(reach)..(at + reach + 1).min(blocks.len())].iter().copied().fold(0.0, f32::max)
        })
        .collect()
}

/// Where between its neighbours the peak lies, from -0.5 to 0.5.
fn between(before: f32, top: f32, after: f32) -> f64 {
    let bend = before - 2.0 * top + after;
    if bend < -1e-6 { f64::from((0.5 * (before - after) / bend).clamp(-0.5, 0.5)) } else { 0.0 }
}
