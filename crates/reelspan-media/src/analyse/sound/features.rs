//! What each 20 ms sound like: how loud over the room, how voiced and at which pitch, how flat and how rough.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner};

use super::decimate::RATE;
use super::spectrum::{decibels, hann};

/// 40 ms: two periods of the lowest voice.
pub(super) const WINDOW: usize = 640;
pub(super) const TRANSFORM: usize = 1024;
/// Frames a second.
pub(super) const FRAME_RATE: f64 = 50.0;
/// Spectra come twice as often, for the onsets.
const EVERY: usize = 2;
const BINS: usize = TRANSFORM / 2 + 1;
const BIN_WIDTH: f32 = RATE / TRANSFORM as f32;
/// Frames that share one estimate of the room's noise: a second.
const BLOCK: usize = 50;
/// How far the least of a block's smoothed powers lies below their mean in steady noise.
const FLOOR_BIAS: f32 = 3.5;
/// The floor of a bin where nothing is known of the room.
const LEAST_FLOOR: f32 = 1e-11;
/// Voices from a deep man's to a child's.
const LOWEST_PITCH: f32 = 70.0;
const HIGHEST_PITCH: f32 = 420.0;
/// Edges of the bands in which the shape of the spectrum is followed, in Hz.
const SHAPE: [f32; 11] = [150.0, 300.0, 500.0, 750.0, 1050.0, 1400.0, 1850.0, 2400.0, 3100.0, 4000.0, 5200.0];
const SHAPE_BANDS: usize = SHAPE.len() - 1;
/// Frames over which a change of shape is taken: 60 ms, about a sound of speech.
const SHAPE_LAG: usize = 3;

/// One frame; powers in decibels of full scale.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frame {
    /// Everything from 80 Hz to 7 kHz.
    pub(super) level: f32,
    /// The telephone band with the steady noise taken out, over that noise.
    pub(super) over_noise: f32,
    /// 0 to 1: how periodic it is once the steady part is taken out.
    pub(super) voicing: f32,
    /// In Hz; only means something where it is voiced.
    pub(super) pitch: f32,
    /// 0 (a tone) to 1 (white noise), from 200 Hz to 6 kHz.
    pub(super) flatness: f32,
    /// How unevenly the energy is spread within the frame: about 0.25 for steady noise, more for clapping.
    pub(super) roughness: f32,
    /// The part of the power above 4 kHz.
    pub(super) brightness: f32,
    /// How much the spectrum's shape changed in 60 ms, in decibels a band.
    pub(super) change: f32,
}

/// Makes frames a second late, because the noise of a moment is known only afterwards.
pub(super) struct Features {
    frames: Vec<Frame>,
    /// Spectra that wait for the block after theirs.
    waiting: Vec<Vec<f32>>,
    /// Rough numbers of the waiting frames.
    roughness: Vec<f32>,
    smoothed: Vec<f32>,
    floors: [Option<Vec<f32>>; 3],
    shapes: Vec<[f32; SHAPE_BANDS]>,
    pitch: Pitch,
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Features({} frames)", self.frames.len())
    }
}

impl Features {
    pub(super) fn new() -> Self {
        Self {
            frames: Vec::new(),
            waiting: Vec::new(),
            roughness: Vec::new(),
            smoothed: Vec::new(),
            floors: [None, None, None],
            shapes: Vec::new(),
            pitch: Pitch::new(),
        }
    }

    pub(super) fn push(&mut self, number: usize, wave: &[f32], power: &[f32]) {
        if !number.is_multiple_of(EVERY) {
            return;
        }
        self.roughness.push(roughness(wave));
        self.waiting.push(power.to_vec());
        if self.waiting.len() == 2 * BLOCK {
            self.close_block();
        }
        self.follow_noise(power);
    }

    pub(super) fn finish(mut self) -> Vec<Frame> {
        while !self.waiting.is_empty() {
            self.close_block();
        }
        self.frames
    }

    /// Keeps the least smoothed power of the newest block.
    fn follow_noise(&mut self, power: &[f32]) {
        if self.smoothed.is_empty() {
            self.smoothed = power.to_vec();
        }
        for (smooth, value) in self.smoothed.iter_mut().zip(power) {
            *smooth = 0.75 * *smooth + 0.25 * value;
        }
        match &mut self.floors[2] {
            Some(floor) => floor.iter_mut().zip(&self.smoothed).for_each(|(f, s)| *f = f.min(*s)),
            empty => *empty = Some(self.smoothed.clone()),
        }
    }

    /// Measures the oldest waiting block against the noise of the one before, its own and the one after.
    fn close_block(&mut self) {
        let mut floor = vec![f32::INFINITY; BINS];
        for block in self.floors.iter().flatten() {
            floor.iter_mut().zip(block).for_each(|(f, b)| *f = f.min(*b));
        }
        floor
            .iter_mut()
            .for_each(|f| *f = if f.is_finite() { (*f * FLOOR_BIAS).max(LEAST_FLOOR) } else { LEAST_FLOOR });
        let taken = self.waiting.len().min(BLOCK);
        let rough: Vec<f32> = self.roughness.drain(..taken).collect();
        let spectra: Vec<Vec<f32>> = self.waiting.drain(..taken).collect();
        for (power, rough) in spectra.iter().zip(rough) {
            let frame = self.measure(power, &floor, rough);
            self.frames.push(frame);
        }
        self.floors.rotate_left(1);
        self.floors[2] = None;
    }

    fn measure(&mut self, power: &[f32], floor: &[f32], roughness: f32) -> Frame {
        let clean: Vec<f32> = power.iter().zip(floor).map(|(p, f)| (p - f).max(0.0)).collect();
        let all = sum(power, 80.0, 7_000.0);
        let noise = sum(floor, 300.0, 3_400.0);
        let (voicing, pitch) = self.pitch.find(&clean);
        let mut shape = [0.0; SHAPE_BANDS];
        for (band, edges) in shape.iter_mut().zip(SHAPE.windows(2)) {
            *band = decibels(sum(power, edges[0], edges[1]).max(1.6 * sum(floor, edges[0], edges[1])));
        }
        self.shapes.push(shape);
        let before = self.shapes[self.shapes.len().saturating_sub(SHAPE_LAG + 1)];
        if self.shapes.len() > SHAPE_LAG {
            self.shapes.remove(0);
        }
        // The mean is taken out: louder is no change of shape.
        let steps = std::array::from_fn::<f32, SHAPE_BANDS, _>(|band| shape[band] - before[band]);
        let mean = steps.iter().sum::<f32>() / SHAPE_BANDS as f32;
        Frame {
            level: decibels(all),
            over_noise: decibels((sum(&clean, 300.0, 3_400.0) / noise).max(1e-3)),
            voicing,
            pitch,
            flatness: flatness(power),
            roughness,
            brightness: sum(power, 4_000.0, 7_000.0) / all.max(1e-12),
            change: steps.iter().map(|step| (step - mean).abs()).sum::<f32>() / SHAPE_BANDS as f32,
        }
    }
}

fn bin(frequency: f32) -> usize {
    (frequency / BIN_WIDTH).round() as usize
}

fn sum(power: &[f32], from: f32, to: f32) -> f32 {
    power[bin(from)..bin(to)].iter().sum()
}

/// Geometric over arithmetic mean of the power, taken over groups of bins so that the chance dips of noise do not count.
fn flatness(power: &[f32]) -> f32 {
    let groups: Vec<f32> =
        power[bin(200.0)..bin(6_000.0)].chunks_exact(4).map(|g| g.iter().sum::<f32>() + 1e-13).collect();
    let mean = groups.iter().sum::<f32>() / groups.len() as f32;
    let logarithm = groups.iter().map(|g| g.ln()).sum::<f32>() / groups.len() as f32;
    (logarithm.exp() / mean).clamp(0.0, 1.0)
}

/// Spread over mean of the energies of 2 ms pieces of the frame's middle, low frequencies weakened first.
fn roughness(wave: &[f32]) -> f32 {
    const PIECE: usize = 32;
    let middle = &wave[WINDOW / 4..WINDOW * 3 / 4];
    let energies: Vec<f32> = middle
        .chunks_exact(PIECE)
        .map(|piece| piece.windows(2).map(|w| (w[1] - 0.9 * w[0]).powi(2)).sum::<f32>())
        .collect();
    let mean = energies.iter().sum::<f32>() / energies.len() as f32;
    let variance = energies.iter().map(|e| (e - mean).powi(2)).sum::<f32>() / energies.len() as f32;
    if mean > 1e-12 { variance.sqrt() / mean } else { 0.0 }
}

/// Pitch by autocorrelation, computed from the power spectrum.
struct Pitch {
    transform: Arc<dyn ComplexToReal<f32>>,
    spectrum: Vec<Complex<f32>>,
    correlation: Vec<f32>,
    scratch: Vec<Complex<f32>>,
    /// What the window alone does to each lag.
    window: Vec<f32>,
    /// The weight of each bin: voices have their periods below 2 kHz.
    weights: Vec<f32>,
}

impl Pitch {
    fn new() -> Self {
        let transform = RealFftPlanner::<f32>::new().plan_fft_inverse(TRANSFORM);
        let window = hann(WINDOW);
        let shifted = |lag: usize| window.iter().zip(&window[lag..]).map(|(a, b)| a * b).sum::<f32>();
        let weights = (0..BINS).map(|bin| {
            let frequency = bin as f32 * BIN_WIDTH;
            let rise = ((frequency - 60.0) / 40.0).clamp(0.0, 1.0);
            rise * ((2_200.0 - frequency) / 600.0).clamp(0.0, 1.0)
        });
        Self {
            spectrum: transform.make_input_vec(),
            correlation: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            window: (0..WINDOW / 2).map(|lag| shifted(lag) / shifted(0)).collect(),
            weights: weights.collect(),
            transform,
        }
    }

    /// How periodic, and the pitch in Hz.
    fn find(&mut self, power: &[f32]) -> (f32, f32) {
        for ((to, from), weight) in self.spectrum.iter_mut().zip(power).zip(&self.weights) {
            *to = Complex::new(from * weight, 0.0);
        }
        if self.transform.process_with_scratch(&mut self.spectrum, &mut self.correlation, &mut self.scratch).is_err() {
            return (0.0, 0.0);
        }
        let whole = self.correlation[0];
        if whole <= 1e-9 {
            return (0.0, 0.0);
        }
        let at = |lag: usize| self.correlation[lag] / (whole * self.window[lag]);
        let (shortest, longest) = ((RATE / HIGHEST_PITCH) as usize, (RATE / LOWEST_PITCH) as usize);
        let mut best = (0.0_f32, 0.0_f32, 0_usize);
        for lag in shortest..=longest {
            let value = at(lag);
            // A little less for each octave down, or the second period would win as often as the first.
            let worth = value - 0.03 * (lag as f32 / shortest as f32).log2();
            if value > at(lag - 1) && value >= at(lag + 1) && worth > best.0 {
                best = (worth, value, lag);
            }
        }
        let (_, value, lag) = best;
        if lag == 0 {
            return (0.0, 0.0);
        }
        let (before, after) = (at(lag - 1), at(lag + 1));
        let bend = before - 2.0 * value + after;
        let shift = if bend < -1e-6 { 0.5 * (before - after) / bend } else { 0.0 };
        (value.clamp(0.0, 1.0), RATE / (lag as f32 + shift.clamp(-0.5, 0.5)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::spectrum::Spectra;
    use std::f32::consts::TAU;

    use super::*;

    fn frames(sample: impl Fn(usize) -> f32) -> Vec<Frame> {
        let wave: Vec<f32> = (0..64_000).map(sample).collect();
        let side = vec![0.0; wave.len()];
        let mut features = Features::new();
        let mut spectra = Spectra::new(WINDOW, TRANSFORM, 160);
        spectra.push(&wave, &side, |frame, wave, power| features.push(frame, wave, power));
        spectra.finish(&[], &[], wave.len(), |frame, wave, power| features.push(frame, wave, power));
        features.finish()
    }

    /// A glottal buzz that stops now and then, so that it is not the steady part.
    fn buzz(pitch: f32) -> impl Fn(usize) -> f32 {
        move |n| {
            let on = n % 8_000 < 5_000;
            let phase = n as f32 * pitch / RATE;
            if on { (1..20).map(|k| (TAU * phase * k as f32).sin() / k as f32).sum::<f32>() * 0.1 } else { 0.0 }
        }
    }

    #[track_caller]
    fn check_pitch(pitch: f32) {
        let frames = frames(buzz(pitch));
        assert_eq!(frames.len(), 200);
        for frame in &frames[3..12] {
            assert!(frame.voicing > 0.8, "{frame:?}");
            assert!((frame.pitch / pitch - 1.0).abs() < 0.02, "{frame:?}");
        }
    }

    #[test]
    fn the_pitch_of_voices_is_found() {
        check_pitch(85.0);
        check_pitch(120.0);
        check_pitch(220.0);
        check_pitch(330.0);
    }

    #[test]
    fn a_steady_hum_is_not_over_the_noise() {
        let frames = frames(|n| 0.3 * (TAU * 100.0 * n as f32 / RATE).sin());
        assert!(frames[10..190].iter().all(|frame| frame.over_noise < 3.0));
    }
}
