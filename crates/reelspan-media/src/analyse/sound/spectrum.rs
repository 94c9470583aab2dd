//! Cuts a stream into overlapping windows and gives the power spectrum of each.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Frame `i` is centred on the sample `i * hop`: half a window of silence stands before the recording.
pub(super) struct Spectra {
    window: Vec<f32>,
    hop: usize,
    middle: Vec<f32>,
    side: Vec<f32>,
    transform: Arc<dyn RealToComplex<f32>>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
    scale: f32,
    frame: usize,
}

impl fmt::Debug for Spectra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spectra({} by {})", self.window.len(), self.hop)
    }
}

impl Spectra {
    pub(super) fn new(window: usize, transform: usize, hop: usize) -> Self {
        let planned = RealFftPlanner::<f32>::new().plan_fft_forward(transform);
        let window = hann(window);
        Self {
            scale: 2.0 / (transform as f32 * window.iter().map(|w| w * w).sum::<f32>()),
            hop,
            middle: vec![0.0; window.len() / 2],
            side: vec![0.0; window.len() / 2],
            input: planned.make_input_vec(),
            output: planned.make_output_vec(),
            scratch: planned.make_scratch_vec(),
            power: vec![0.0; transform / 2 + 1],
            transform: planned,
            window,
            frame: 0,
        }
    }

    /// Hands on every frame that is complete: its number, its samples and its power spectrum, in which a full-scale
    /// sine has the power one half in all.
    pub(super) fn push(&mut self, middle: &[f32], side: &[f32], mut on: impl FnMut(usize, &[f32], &[f32])) {
        self.middle.extend_from_slice(middle);
        self.side.extend_from_slice(side);
        let mut at = 0;
        while at + self.window.len() <= self.middle.len() {
            self.measure(at);
            let kept = if self.by_side(at) { &self.side } else { &self.middle };
            on(self.frame, &kept[at..at + self.window.len()], &self.power);
            self.frame += 1;
            at += self.hop;
        }
        self.middle.drain(..at);
        self.side.drain(..at);
    }

    /// The last samples, and silence until the frame of the last one of `length` is full.
    pub(super) fn finish(
        &mut self,
        middle: &[f32],
        side: &[f32],
        length: usize,
        mut on: impl FnMut(usize, &[f32], &[f32]),
    ) {
        let frames = length.div_ceil(self.hop);
        self.middle.extend_from_slice(middle);
        self.side.extend_from_slice(side);
        let lacking =
            (frames.saturating_sub(self.frame) * self.hop + self.window.len()).saturating_sub(self.middle.len());
        let silence = vec![0.0; lacking];
        self.push(&silence, &silence, |frame, wave, power| {
            if frame < frames {
                on(frame, wave, power);
            }
        });
    }

    /// Whether the side holds the sound, because one channel is turned over.
    fn by_side(&self, at: usize) -> bool {
        let energy = |samples: &[f32]| samples.iter().map(|v| v * v).sum::<f32>();
        let range = at..at + self.window.len();
        energy(&self.side[range.clone()]) > 4.0 * energy(&self.middle[range])
    }

    fn measure(&mut self, at: usize) {
        let source = if self.by_side(at) { &self.side } else { &self.middle };
        for ((to, from), weight) in self.input.iter_mut().zip(&source[at..]).zip(&self.window) {
            *to = from * weight;
        }
        self.input[self.window.len()..].fill(0.0);
        // The lengths are the planner's own, so this cannot fail; a spectrum of nothing would be the harmless answer.
        if self.transform.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch).is_err() {
            self.output.fill(Complex::default());
        }
        for (power, bin) in self.power.iter_mut().zip(&self.output) {
            *power = bin.norm_sqr() * self.scale;
        }
    }
}

/// A Hann window.
pub(super) fn hann(length: usize) -> Vec<f32> {
    (0..length).map(|n| 0.5 - 0.5 * (std::f32::consts::TAU * (n as f32 + 0.5) / length as f32).cos()).collect()
}

/// Decibels of a power, no lower than -120.
pub(super) fn decibels(power: f32) -> f32 {
    10.0 * power.max(1e-12).log10()
}
