//! Stretches that sound like laughter, applause or music.

mod applause;
mod laughter;
mod music;

use reelspan_types::Span;

use crate::analysis::{Texture, TextureKind};

use super::features::{FRAME_RATE, Frame};
use super::runs;

/// What the textures are told from.
pub(super) struct Sounds<'a> {
    pub(super) frames: &'a [Frame],
    pub(super) tonality: &'a [f32],
    pub(super) flux: &'a [f32],
    pub(super) speech: &'a [Span],
    pub(super) duration: f64,
}

/// In order of time.
pub(super) fn textures(sounds: &Sounds<'_>) -> Vec<Texture> {
    let applause = applause::applause(sounds);
    let laughter = laughter::laughter(sounds, &applause);
    let mut all = [applause, laughter, music::music(sounds)].concat();
    all.sort_by(|a, b| a.start.total_cmp(&b.start));
    all
}

/// Runs of a strength (one value a frame) that begin over a half and last some seconds, as textures of one kind.
fn found(strengths: &[f32], kind: TextureKind, shortest: f64, gap: usize, sounds: &Sounds<'_>) -> Vec<Texture> {
    runs::join(&runs::hysteresis(strengths, 0.5, 0.3), gap)
        .into_iter()
        .map(|(from, to)| {
            let span = runs::span((from, to), FRAME_RATE, sounds.duration);
            let strength = strengths[from..to].iter().sum::<f32>() / (to - from).max(1) as f32;
            Texture { start: span.start, end: span.end, kind, strength: strength.clamp(0.0, 1.0) }
        })
        .filter(|texture| texture.end - texture.start >= shortest)
        .collect()
}

/// 0 at `from` and below (or above, where `to` is less), 1 at `to`.
fn ramp(value: f32, from: f32, to: f32) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// How loud what is recorded is around each frame: the level that a tenth of the frames of 20 s exceed.
fn foreground(frames: &[Frame]) -> Vec<f32> {
    const AROUND: usize = 500;
    const STEP: usize = 50;
    let blocks: Vec<f32> = (0..frames.len().div_ceil(STEP))
        .map(|second| {
            let range = (second * STEP).saturating_sub(AROUND)..(second * STEP + AROUND).min(frames.len());
            let mut levels: Vec<f32> = frames[range].iter().step_by(5).map(|frame| frame.level).collect();
            runs::percentile(&mut levels, 0.9)
        })
        .collect();
    (0..frames.len()).map(|at| blocks[at / STEP]).collect()
}
