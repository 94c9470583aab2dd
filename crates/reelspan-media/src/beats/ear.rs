//! From samples to what the beat is found in: attacks in four bands, a fine envelope, and the colour of the sound.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Samples a second that [`Ear`] is fed.
pub(super) const RATE: u32 = 24_000;
/// Frames a second of the attack curves.
pub(super) const FRAMES: f64 = 100.0;
/// Colours a second.
pub(super) const COLOURS: f64 = 10.0;
/// Envelope values a second.
pub(super) const FINE: f64 = 500.0;
/// Bands in which attacks are told apart: kick and bass, body, snare and voice, hats.
pub(super) const GROUPS: usize = 4;
/// Twelve pitch classes, then eight bands of the spectrum.
pub(super) const COLOUR: usize = 20;

const WINDOW: usize = 1024;
const HOP: usize = RATE as usize / FRAMES as usize;
const FINE_HOP: usize = RATE as usize / FINE as usize;
const FRAMES_A_COLOUR: usize = (FRAMES / COLOURS) as usize;
/// A rise is measured against what was two frames before: half a window.
const LAG: usize = 2;
const PITCHES: usize = 12;
/// Louder than any real recording; keeps the sums of broken ones finite.
const LOUDEST: f32 = 16.0;

/// All that is kept of a piece of music; grows by about five kilobytes a second.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Seconds heard.
    pub(super) duration: f64,
    /// How much the sound rises, by band, at [`FRAMES`] a second; value `i` stands for the time `i / FRAMES`.
    pub(super) attacks: [Vec<f32>; GROUPS],
    /// How much sound there is, on the same scale.
    pub(super) body: Vec<f32>,
    /// At [`COLOURS`] a second.
    pub(super) colours: Vec<[f32; COLOUR]>,
    /// Power of the sound and of its edges (what is high in it) at [`FINE`] a second, in half decibels from -120.
    pub(super) fine: [Vec<u8>; 2],
}

/// Fed mono or interleaved stereo at [`RATE`]. The powers of both channels are added, so that nothing cancels.
pub(super) struct Ear {
    channels: Vec<Channel>,
    heard: Heard,
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
    bands: Bands,
    /// The last frames' bands; the newest at `frames % (LAG + 1)`.
    history: [Vec<f32>; LAG + 1],
    frames: usize,
    colour: [f32; COLOUR],
    samples: u64,
    fine: Fine,
}

/// Samples of one channel that are not through yet.
#[derive(Debug)]
struct Channel {
    pending: Vec<f32>,
}

/// The envelope under way.
#[derive(Debug, Default)]
struct Fine {
    last: [f32; 2],
    plain: f32,
    edges: f32,
    count: usize,
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ear({} samples heard)", self.samples)
    }
}

impl Ear {
    pub(super) fn new(channels: usize) -> Self {
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(WINDOW);
        let bands = Bands::new();
        let quiet = vec![0.0; bands.edges.len()];
        Self {
            // Half a window of silence stands before the music: frame 0 is centred on its first sample.
            channels: (0..channels.clamp(1, 2)).map(|_| Channel { pending: vec![0.0; WINDOW / 2] }).collect(),
            heard: Heard::default(),
            window: hann(),
            input: transform.make_input_vec(),
            output: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            power: vec![0.0; WINDOW / 2 + 1],
            transform,
            history: std::array::from_fn(|_| quiet.clone()),
            bands,
            frames: 0,
            colour: [0.0; COLOUR],
            samples: 0,
            fine: Fine::default(),
        }
    }

    /// Any number of whole samples of all channels.
    pub(super) fn push(&mut self, samples: &[f32]) {
        let count = self.channels.len();
        // What is not a number is silence: one bad sample must not poison the sums.
        let safe = |v: f32| if v.is_finite() { v.clamp(-LOUDEST, LOUDEST) } else { 0.0 };
        for sample in samples.chunks_exact(count) {
            for (channel, value) in self.channels.iter_mut().zip(sample) {
                channel.pending.push(safe(*value));
            }
        }
        let new = samples.len() / count;
        self.envelope(new);
        self.samples += new as u64;
        self.frames_of_pending();
    }

    pub(super) fn finish(mut self) -> Heard {
        let wanted = (self.samples as usize).div_ceil(HOP);
        let missing =
            (wanted.saturating_sub(self.frames) * HOP + WINDOW).saturating_sub(self.channels[0].pending.len());
        for channel in &mut self.channels {
            channel.pending.resize(channel.pending.len() + missing, 0.0);
        }
        self.frames_of_pending();
        self.heard.attacks.iter_mut().for_each(|curve| curve.truncate(wanted));
        self.heard.body.truncate(wanted);
        self.heard.duration = self.samples as f64 / f64::from(RATE);
        self.heard
    }

    /// The fine envelope of the newest samples.
    fn envelope(&mut self, new: usize) {
        let from = self.channels[0].pending.len() - new;
        let fine = &mut self.fine;
        for at in from..from + new {
            for (channel, last) in self.channels.iter().zip(&mut fine.last) {
                let value = channel.pending[at];
                fine.plain += value * value;
                let edge = value - *last;
                fine.edges += edge * edge;
                *last = value;
            }
            fine.count += 1;
            if fine.count == FINE_HOP {
                let decibels = |sum: f32| ((10.0 * (sum / FINE_HOP as f32 + 1e-12).log10() + 120.0) * 2.0) as u8;
                self.heard.fine[0].push(decibels(fine.plain));
                self.heard.fine[1].push(decibels(fine.edges));
                (fine.plain, fine.edges, fine.count) = (0.0, 0.0, 0);
            }
        }
    }

    fn frames_of_pending(&mut self) {
        let mut at = 0;
        while at + WINDOW <= self.channels[0].pending.len() {
            self.spectrum(at);
            self.frame();
            at += HOP;
        }
        for channel in &mut self.channels {
            channel.pending.drain(..at);
        }
    }

    /// The powers of all channels together.
    fn spectrum(&mut self, at: usize) {
        self.power.fill(0.0);
        for channel in &self.channels {
            for ((to, from), weight) in self.input.iter_mut().zip(&channel.pending[at..]).zip(&self.window) {
                *to = from * weight;
            }
            // The lengths are the planner's own, so this cannot fail; a spectrum of nothing would be the harmless answer.
            if self.transform.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch).is_err() {
                self.output.fill(Complex::default());
            }
            for (power, bin) in self.power.iter_mut().zip(&self.output) {
                *power += bin.norm_sqr();
            }
        }
    }

    fn frame(&mut self) {
        let now = self.frames % (LAG + 1);
        let before = (self.frames + 1) % (LAG + 1);
        self.bands.gather(&self.power, &mut self.history[now]);
        let mut rises = [0.0f32; GROUPS];
        let (bands, earlier) = (&self.history[now], &self.history[before]);
        for (group, range) in self.bands.groups.iter().enumerate() {
            for band in range.clone() {
                // The loudest neighbour counts: a voice that wavers is no attack.
                let mut was = earlier[band];
                if band > 0 {
                    was = was.max(earlier[band - 1]);
                }
                if band + 1 < earlier.len() {
                    was = was.max(earlier[band + 1]);
                }
                rises[group] += (bands[band] - was).max(0.0);
            }
            rises[group] /= range.len() as f32;
            self.heard.attacks[group].push(rises[group]);
        }
        self.heard.body.push(bands.iter().sum::<f32>() / bands.len() as f32);
        self.bands.colour(&self.power, &mut self.colour);
        self.frames += 1;
        if self.frames.is_multiple_of(FRAMES_A_COLOUR) {
            self.heard.colours.push(self.colour);
            self.colour = [0.0; COLOUR];
        }
    }
}

/// Which bins of a spectrum belong together.
#[derive(Debug)]
struct Bands {
    /// First bin and the one after the last.
    edges: Vec<(usize, usize)>,
    groups: [std::ops::Range<usize>; GROUPS],
    /// The pitch class of each bin that has one.
    pitches: Vec<(usize, usize)>,
    /// The bins of the eight coarse bands.
    coarse: Vec<(usize, usize)>,
}

impl Bands {
    const BIN: f32 = RATE as f32 / WINDOW as f32;

    fn new() -> Self {
        // Below 190 Hz a band a bin, then six an octave.
        let mut edges: Vec<(usize, usize)> = (2..8).map(|bin| (bin, bin + 1)).collect();
        let mut from = 8;
        while from < 470 {
            let to = ((from as f32 * 2.0f32.powf(1.0 / 6.0)).round() as usize).max(from + 1);
            edges.push((from, to.min(WINDOW / 2)));
            from = to;
        }
        let first =
            |hertz: f32| edges.iter().position(|(from, _)| *from as f32 * Self::BIN >= hertz).unwrap_or(edges.len());
        let bounds = [0, first(180.0), first(800.0), first(3000.0), edges.len()];
        let groups = std::array::from_fn(|group| bounds[group]..bounds[group + 1]);
        let pitch = |bin: usize| {
            let semitones = 12.0 * (bin as f32 * Self::BIN / 440.0).log2();
            (semitones.round() as i32).rem_euclid(PITCHES as i32) as usize
        };
        let (lowest, highest) = ((230.0 / Self::BIN) as usize, (2200.0 / Self::BIN) as usize);
        let coarse = [1usize, 4, 8, 16, 32, 64, 128, 256, 470];
        Self {
            pitches: (lowest..highest).map(|bin| (bin, pitch(bin))).collect(),
            coarse: coarse.windows(2).map(|pair| (pair[0], pair[1])).collect(),
            edges,
            groups,
        }
    }

    /// Root of root of power: close to how loud it seems, and it only scales when the music is louder.
    fn gather(&self, power: &[f32], into: &mut [f32]) {
        for (to, (from, end)) in into.iter_mut().zip(&self.edges) {
            let sum: f32 = power[*from..*end].iter().sum();
            *to = sum.sqrt().sqrt();
        }
    }

    fn colour(&self, power: &[f32], into: &mut [f32; COLOUR]) {
        for (bin, pitch) in &self.pitches {
            into[*pitch] += power[*bin].sqrt();
        }
        for (to, (from, end)) in into[PITCHES..].iter_mut().zip(&self.coarse) {
            *to += power[*from..*end].iter().sum::<f32>();
        }
    }
}

fn hann() -> Vec<f32> {
    (0..WINDOW).map(|n| 0.5 - 0.5 * (std::f32::consts::TAU * (n as f32 + 0.5) / WINDOW as f32).cos()).collect()
}
