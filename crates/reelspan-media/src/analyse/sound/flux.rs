//! How much the spectrum rises from moment to moment: the raw matter of onsets and beats.

use super::decimate::RATE;
use super::features::TRANSFORM;

/// Samples between two values: a hundred a second.
pub(super) const HOP: usize = 160;
/// Values a second.
pub(super) const FLUX_RATE: f64 = 100.0;
/// Bands an octave; the widest filter then still follows a vibrato.
const BANDS_PER_OCTAVE: f32 = 12.0;
const LOWEST: f32 = 60.0;
const HIGHEST: f32 = 7_000.0;
/// Frames back to which the spectrum is compared.
const LAG: usize = 2;
/// How far under the loudest of late a sound still counts.
const RANGE: f32 = 1_000.0;
/// Quieter than this is never made louder: -66 dB.
const QUIETEST: f32 = 5e-4;
/// What remains of the loudest after one step: half of it in 20 s.
const FADE: f32 = 0.999_65;

/// SuperFlux (Böck and Widmer, 2013): rises are measured over the loudest neighbour band, so a vibrato is no onset.
#[derive(Debug)]
pub(super) struct Flux {
    /// First bin after each band's edge.
    edges: Vec<usize>,
    history: Vec<Vec<f32>>,
    loudest: f32,
    values: Vec<f32>,
}

impl Flux {
    pub(super) fn new() -> Self {
        let mut edges = Vec::new();
        let mut frequency = LOWEST;
        while frequency < HIGHEST {
            let bin = (frequency * TRANSFORM as f32 / RATE).round() as usize;
            if edges.last() != Some(&bin) {
                edges.push(bin);
            }
            frequency *= 2.0_f32.powf(1.0 / BANDS_PER_OCTAVE);
        }
        Self { edges, history: Vec::new(), loudest: QUIETEST, values: Vec::new() }
    }

    pub(super) fn push(&mut self, power: &[f32]) {
        let magnitudes: Vec<f32> =
            self.edges.windows(2).map(|e| power[e[0]..e[1]].iter().sum::<f32>().sqrt()).collect();
        self.loudest = magnitudes.iter().fold((self.loudest * FADE).max(QUIETEST), |most, m| most.max(*m));
        let bands: Vec<f32> = magnitudes.iter().map(|m| (1.0 + RANGE * m / self.loudest).ln()).collect();
        self.values.push(
            self.history.first().filter(|_| self.history.len() == LAG).map_or(0.0, |before| rise(&bands, before)),
        );
        if self.history.len() == LAG {
            self.history.remove(0);
        }
        self.history.push(bands);
    }

    /// The mean rise of a band at each hundredth of a second, in natural units of loudness.
    pub(super) fn finish(self) -> Vec<f32> {
        self.values
    }
}

fn rise(now: &[f32], before: &[f32]) -> f32 {
    let neighbours =
        |band: usize| before[band.saturating_sub(1)..(band + 2).min(before.len())].iter().copied().fold(0.0, f32::max);
    now.iter().enumerate().map(|(band, value)| (value - neighbours(band)).max(0.0)).sum::<f32>() / now.len() as f32
}
