//! Applause: many claps at once are broad noise that is rough at the scale of milliseconds and even at that of a second.

use crate::analysis::{Texture, TextureKind};

use super::super::features::FRAME_RATE;
use super::super::{runs, tonality};
use super::{Sounds, foreground, found, ramp};

const SHORTEST: f64 = 0.8;
/// Frames on each side over which the manner is judged: 0.4 s.
const AROUND: usize = 20;
/// Frames: gaps that are closed.
const GAP: usize = 15;

pub(super) fn applause(sounds: &Sounds<'_>) -> Vec<Texture> {
    let frames = sounds.frames;
    let mean = |value: fn(&super::Frame) -> f32| runs::smooth(&frames.iter().map(value).collect::<Vec<_>>(), AROUND);
    let flat = mean(|frame| frame.flatness);
    let rough = mean(|frame| frame.roughness);
    let voiced = mean(|frame| f32::from(frame.voicing > 0.6 && frame.over_noise > 3.0));
    let level = mean(|frame| frame.level);
    let square = mean(|frame| frame.level * frame.level);
    let foreground = foreground(frames);
    let strengths: Vec<f32> = (0..frames.len())
        .map(|at| {
            let swing = (square[at] - level[at] * level[at]).max(0.0).sqrt();
            let noisy = ramp(flat[at], 0.15, 0.3) * ramp(voiced[at], 0.35, 0.1);
            // Hiss and wind are as broad, but as smooth as noise is.
            let clapped = ramp(rough[at], 0.36, 0.5) * ramp(swing, 8.0, 4.0);
            let heard = ramp(level[at], foreground[at] - 25.0, foreground[at] - 12.0) * ramp(level[at], -62.0, -54.0);
            let untuned = ramp(tonality::at(sounds.tonality, at as f64 / FRAME_RATE), 2.2, 1.6);
            noisy * clapped * heard * untuned
        })
        .collect();
    found(&strengths, TextureKind::Applause, SHORTEST, GAP, sounds)
}
