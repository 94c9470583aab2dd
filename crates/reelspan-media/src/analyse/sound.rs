//! Loudness, speech, silence, onsets and textures from one pass over the samples.
//!
//! Samples become small series while they stream by (`loudness`, `decimate`, `spectrum`, `features`, `flux`, `tonality`);
//! the series become spans at the end (`silence`, `speech`, `texture`, `onsets`), where both sides of a moment are known.

mod decimate;
mod features;
mod flux;
mod loudness;
mod onsets;
mod runs;
mod silence;
mod spectrum;
mod speech;
mod texture;
mod tonality;

use crate::analysis::{AudioAnalysis, Series};

use decimate::Decimator;
use features::Features;
use flux::Flux;
use loudness::LoudnessMeter;
use spectrum::Spectra;
use tonality::Tonality;

/// Left-right pairs in the blocks that everything is computed on, so that chunks of any size give the same result.
const BLOCK: usize = SoundAnalyser::RATE as usize / 10;
/// Louder than any real recording; keeps the sums of broken ones finite.
const LOUDEST: f32 = 16.0;
/// Waveform peaks a second.
const PEAK_RATE: usize = 50;

/// Fed 48 kHz interleaved stereo as it is decoded; memory does not grow with the samples.
#[derive(Debug)]
pub struct SoundAnalyser {
    /// Samples of a block that is not full yet.
    pending: Vec<f32>,
    /// Left-right pairs seen so far.
    pairs: u64,
    loudness: LoudnessMeter,
    peaks: Vec<f32>,
    decimator: Decimator,
    short: Spectra,
    long: Spectra,
    features: Features,
    flux: Flux,
    tonality: Tonality,
}

impl SoundAnalyser {
    pub const RATE: u32 = 48_000;
    pub const CHANNELS: u32 = 2;

    pub fn new() -> Self {
        Self {
            pending: Vec::with_capacity(2 * BLOCK),
            pairs: 0,
            loudness: LoudnessMeter::new(),
            peaks: Vec::new(),
            decimator: Decimator::new(),
            short: Spectra::new(features::WINDOW, features::TRANSFORM, flux::HOP),
            long: Spectra::new(tonality::WINDOW, tonality::WINDOW, tonality::HOP),
            features: Features::new(),
            flux: Flux::new(),
            tonality: Tonality::new(),
        }
    }

    /// Any number of whole left-right pairs.
    pub fn push(&mut self, samples: &[f32]) {
        self.pairs += samples.len() as u64 / 2;
        let mut rest = samples;
        while !rest.is_empty() {
            let taken = rest.len().min(2 * BLOCK - self.pending.len());
            // What is not a number is silence: one bad sample must not poison the sums.
            let safe = |v: &f32| if v.is_finite() { v.clamp(-LOUDEST, LOUDEST) } else { 0.0 };
            self.pending.extend(rest[..taken].iter().map(safe));
            rest = &rest[taken..];
            if self.pending.len() == 2 * BLOCK {
                self.block();
            }
        }
    }

    pub fn finish(mut self) -> AudioAnalysis {
        self.block();
        self.decimator.finish();
        let length = (self.pairs / u64::from(decimate::FACTOR)) as usize;
        self.short.finish(&self.decimator.main, &self.decimator.side, length, |frame, wave, power| {
            self.flux.push(power);
            self.features.push(frame, wave, power);
        });
        self.long.finish(&self.decimator.main, &self.decimator.side, length, |_, _, power| self.tonality.push(power));
        let duration = self.pairs as f64 / f64::from(Self::RATE);
        let (loudness, level) = self.loudness.finish(duration);
        let frames = self.features.finish();
        let silences = silence::silences(&frames, duration);
        let tonality = self.tonality.finish();
        let flux = self.flux.finish();
        let onsets = onsets::pick(&flux, duration);
        let speech = speech::speech(&frames, &tonality, duration);
        let sounds = texture::Sounds { frames: &frames, tonality: &tonality, flux: &flux, speech: &speech, duration };
        let textures = texture::textures(&sounds);
        let peaks = Series { rate: PEAK_RATE as f64, values: self.peaks };
        AudioAnalysis { loudness, level, silences, speech, onsets, textures, peaks }
    }

    /// Takes the pending samples through every stage; only the last block may be short.
    fn block(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        self.loudness.push(&self.pending);
        let window = 2 * Self::RATE as usize / PEAK_RATE;
        self.peaks
            .extend(self.pending.chunks(window).map(|part| part.iter().fold(0.0_f32, |m, v| m.max(v.abs())).min(1.0)));
        self.decimator.push(&self.pending);
        self.pending.clear();
        self.short.push(&self.decimator.main, &self.decimator.side, |frame, wave, power| {
            self.flux.push(power);
            self.features.push(frame, wave, power);
        });
        self.long.push(&self.decimator.main, &self.decimator.side, |_, _, power| self.tonality.push(power));
    }
}

impl Default for SoundAnalyser {
    fn default() -> Self {
        Self::new()
    }
}
