//! Laughter: breathy bursts, four to eight a second and as regular as a pulse.

use reelspan_types::Span;

use crate::analysis::{Texture, TextureKind};

use super::super::runs;
use super::{Sounds, foreground, found, ramp};

const SHORTEST: f64 = 0.4;
/// Frames on each side in which the pulse is looked for: 0.5 s, two bursts at least.
const AROUND: usize = 25;
/// Frames of 20 ms between bursts: 8.3 to 3.8 a second.
const PERIODS: std::ops::RangeInclusive<usize> = 6..=13;
const GAP: usize = 20;
/// Slower swings than the bursts are taken out over so many frames on each side.
const TREND: usize = 15;

pub(super) fn laughter(sounds: &Sounds<'_>, applause: &[Texture]) -> Vec<Texture> {
    let frames = sounds.frames;
    let mean = |value: fn(&super::Frame) -> f32| runs::smooth(&frames.iter().map(value).collect::<Vec<_>>(), AROUND);
    let level = mean(|frame| frame.level);
    // Only what is heard counts: the voice of a laugh is weak, that of a speaker strong.
    let sounding = mean(|frame| f32::from(frame.over_noise > 5.0));
    let voiced = mean(|frame| f32::from(frame.over_noise > 5.0 && frame.voicing > 0.75));
    let flat = mean(|frame| if frame.over_noise > 5.0 { frame.flatness } else { 0.0 });
    let bright = mean(|frame| if frame.over_noise > 5.0 { frame.brightness } else { 0.0 });
    let pulse = pulse(&frames.iter().map(|frame| frame.level).collect::<Vec<_>>());
    let foreground = foreground(frames);
    let strengths: Vec<f32> = (0..frames.len())
        .map(|at| {
            let share = sounding[at].max(0.05);
            let breathy = ramp(voiced[at] / share, 0.45, 0.2) * ramp(flat[at] / share, 0.04, 0.12);
            // Hi-hats pulse as fast, but high above any throat.
            let throat = ramp(bright[at] / share, 0.6, 0.4) * ramp(sounding[at], 0.2, 0.35);
            let heard = ramp(level[at], foreground[at] - 35.0, foreground[at] - 25.0) * ramp(level[at], -65.0, -57.0);
            pulse[at] * breathy * throat * heard
        })
        .collect();
    let apart = |texture: &Texture| {
        let span = Span::new(texture.start, texture.end);
        applause.iter().all(|other| span.overlap(Span::new(other.start, other.end)) < 0.5 * span.seconds())
    };
    found(&strengths, TextureKind::Laughter, SHORTEST, GAP, sounds).into_iter().filter(apart).collect()
}

/// 0 to 1 for each frame: how regular and how deep the level swings at the rate of laughter.
fn pulse(levels: &[f32]) -> Vec<f32> {
    let clipped: Vec<f32> = levels.iter().map(|level| level.max(-75.0)).collect();
    let trend = runs::smooth(&clipped, TREND);
    let swing: Vec<f32> = clipped.iter().zip(&trend).map(|(level, trend)| level - trend).collect();
    let energy = runs::smooth(&swing.iter().map(|s| s * s).collect::<Vec<_>>(), AROUND);
    let mut best = vec![0.0_f32; levels.len()];
    for period in PERIODS {
        let lagged = |lag: usize| {
            let products: Vec<f32> =
                (0..swing.len()).map(|at| if at >= lag { swing[at] * swing[at - lag] } else { 0.0 }).collect();
            runs::smooth(&products, AROUND)
        };
        // A pulse falls between its bursts: half a period on, the sign is turned.
        let (whole, half) = (lagged(period), lagged(period / 2));
        for at in 0..best.len() {
            let regular =
                ramp(whole[at] / energy[at].max(1.0), 0.3, 0.6) * ramp(half[at] / energy[at].max(1.0), 0.1, -0.25);
            best[at] = best[at].max(regular * ramp(energy[at].sqrt(), 2.0, 4.0));
        }
    }
    best
}
