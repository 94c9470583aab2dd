//! Stretches in which nothing is heard: an adaptive threshold between the room and what is recorded in it.

use reelspan_types::Span;

use super::features::{FRAME_RATE, Frame};
use super::runs;

/// Shorter gaps are only the breaks between sounds.
const SHORTEST: f64 = 0.25;
/// Always silence, whatever the recording: in decibels of full scale.
const INAUDIBLE: f32 = -65.0;
/// Silence is at least so far under what is recorded.
const UNDER: f32 = 15.0;
/// How far it must rise again to end.
const RISE: f32 = 3.0;
/// Frames on each side from which room and recording are estimated: 20 s.
const AROUND: usize = 1000;
/// The estimates change slowly: once a second.
const STEP: usize = 50;

pub(super) fn silences(frames: &[Frame], duration: f64) -> Vec<Span> {
    // A click must not end a silence, nor a dip begin one.
    let levels = runs::smooth(&frames.iter().map(|frame| frame.level).collect::<Vec<_>>(), 1);
    let thresholds = thresholds(&levels);
    let below: Vec<f32> = levels.iter().enumerate().map(|(at, level)| thresholds[at / STEP] - level).collect();
    runs::hysteresis(&below, 0.0, -RISE)
        .into_iter()
        .map(|run| edges(run, &below))
        .map(|run| runs::span(run, FRAME_RATE, duration))
        .filter(|span| span.seconds() >= SHORTEST)
        .collect()
}

/// The slow fall into silence is still heard: a silence begins where the level is under the threshold itself.
fn edges((from, to): (usize, usize), below: &[f32]) -> (usize, usize) {
    let first = (from..to).find(|at| below[*at] >= 0.0).unwrap_or(from);
    // A frame reaches 20 ms to both sides, so the silence proper ends a frame before the sound is seen.
    let end = if to < below.len() { to.saturating_sub(1).max(first) } else { to };
    (first, end)
}

/// For each second, the level under which it is silent.
fn thresholds(levels: &[f32]) -> Vec<f32> {
    (0..levels.len().div_ceil(STEP))
        .map(|second| {
            let middle = second * STEP;
            // One frame of five is enough for a percentile.
            let around = &levels[middle.saturating_sub(AROUND)..(middle + AROUND).min(levels.len())];
            let mut heard: Vec<f32> = around.iter().step_by(5).copied().filter(|level| *level > INAUDIBLE).collect();
            let room = runs::percentile(&mut heard, 0.05);
            let recorded = runs::percentile(&mut heard, 0.90);
            let threshold = (room + ((recorded - room) * 0.3).clamp(3.0, 12.0)).min(recorded - UNDER);
            if heard.is_empty() { INAUDIBLE } else { threshold.max(INAUDIBLE) }
        })
        .collect()
}
