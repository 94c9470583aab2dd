//! How fast the music goes where: periods that repeat, followed through the piece.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::ear::FRAMES;

/// Seconds between two looks.
pub(super) const STEP: f64 = 0.5;
/// Tempos an octave.
const FINENESS: f64 = 48.0;
const SLOWEST: f64 = 36.0;
/// Up to 249 beats a minute; no more than a byte counts, since the way back is kept in bytes.
const STATES: usize = 135;
/// Frames looked at together.
const WINDOW: usize = 800;
const TRANSFORM: usize = 2048;

/// How well each tempo fits at each step.
#[derive(Debug)]
pub(super) struct Tempogram {
    steps: Vec<[f32; STATES]>,
}

fn bpm_of(state: f64) -> f64 {
    SLOWEST * 2f64.powf(state / FINENESS)
}

fn state_of(bpm: f64) -> f64 {
    FINENESS * (bpm / SLOWEST).log2()
}

impl Tempogram {
    pub(super) fn of(curve: &[f32]) -> Self {
        let mut look = Look::new();
        let count = (curve.len() as f64 / FRAMES / STEP).ceil().max(1.0) as usize;
        let steps = (0..count).map(|step| look.at(curve, ((step as f64 + 0.5) * STEP * FRAMES) as usize)).collect();
        Self { steps }
    }

    /// The likeliest course of the tempo, a state a step: it glides freely and jumps at a price.
    pub(super) fn path(&self, liking: impl Fn(f64) -> f32) -> Vec<usize> {
        const GLIDE: usize = 3;
        const GLIDE_PRICE: f32 = 0.06;
        const JUMP_PRICE: f32 = 3.0;
        let likings: Vec<f32> = (0..STATES).map(|state| liking(bpm_of(state as f64))).collect();
        let mut back: Vec<[u8; STATES]> = Vec::with_capacity(self.steps.len());
        let mut best = [0.0f32; STATES];
        for fits in &self.steps {
            let top = fits.iter().copied().fold(0.0, f32::max).max(0.05);
            let leader = (0..STATES).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap_or(0);
            let mut from = [0u8; STATES];
            let mut next = [0.0f32; STATES];
            for state in 0..STATES {
                let (mut origin, mut worth) = (leader, best[leader] - JUMP_PRICE);
                let lowest = state.saturating_sub(GLIDE);
                for (off, before) in best[lowest..(state + GLIDE + 1).min(STATES)].iter().enumerate() {
                    let near = lowest + off;
                    let glided = before - GLIDE_PRICE * near.abs_diff(state) as f32;
                    if glided > worth {
                        (origin, worth) = (near, glided);
                    }
                }
                from[state] = origin as u8;
                next[state] = worth + fits[state] / top * likings[state];
            }
            back.push(from);
            best = next;
        }
        let mut state = (0..STATES).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap_or(0);
        let mut path: Vec<usize> = Vec::with_capacity(back.len());
        for from in back.iter().rev() {
            path.push(state);
            state = usize::from(from[state]);
        }
        path.reverse();
        one_octave(&mut path);
        path
    }

    /// The tempo at each step on a path times a factor, between the states where the fit says so; none beyond what a beat can be.
    pub(super) fn course(&self, path: &[usize], factor: f64) -> Vec<f64> {
        let fine = |step: usize, state: usize| {
            let shifted = state as f64 + FINENESS * factor.log2();
            let middle = shifted.round() as isize;
            let at = |s: isize| if (0..STATES as isize).contains(&s) { self.steps[step][s as usize] } else { 0.0 };
            let near = (middle - 2..=middle + 2).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap_or(middle);
            let (l, m, r) = (at(near - 1), at(near), at(near + 1));
            let bend = l - 2.0 * m + r;
            let off = if bend < -1e-6 { (0.5 * (l - r) / bend).clamp(-0.5, 0.5) } else { 0.0 };
            if m > 0.02 { near as f64 + f64::from(off) } else { shifted }
        };
        let states: Vec<f64> = path.iter().enumerate().map(|(step, state)| fine(step, *state)).collect();
        states.iter().map(|state| bpm_of(*state)).collect()
    }

    /// The mean fit along a course.
    pub(super) fn fit(&self, course: &[f64]) -> f32 {
        let one = |(step, bpm): (usize, &f64)| {
            let state = state_of(*bpm).round();
            if state >= 0.0 && (state as usize) < STATES { self.steps[step][state as usize] } else { 0.0 }
        };
        course.iter().enumerate().map(one).sum::<f32>() / course.len().max(1) as f32
    }
}

/// A jump to just twice or half the tempo is no change of tempo but of what is counted: the usual count is kept.
fn one_octave(path: &mut [usize]) {
    let octave = FINENESS as isize;
    let mut sorted = path.to_vec();
    sorted.sort_unstable();
    let Some(usual) = sorted.get(sorted.len() / 2).map(|state| *state as isize) else { return };
    let mut from = 0;
    while from < path.len() {
        let jumps = |at: &usize| path[*at].abs_diff(path[at - 1]) > FINENESS as usize / 2;
        let to = (from + 1..path.len()).find(jumps).unwrap_or(path.len());
        let run = &mut path[from..to];
        let mean = run.iter().sum::<usize>() as isize / run.len() as isize;
        for shift in [-octave, octave] {
            if (mean + shift - usual).abs() <= octave / 8 {
                run.iter_mut()
                    .for_each(|state| *state = (*state as isize + shift).clamp(0, STATES as isize - 1) as usize);
            }
        }
        from = to;
    }
}

/// One look at a stretch of the curve.
struct Look {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    input: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    repeats: Vec<f32>,
    /// What the window alone gives: later repeats are seen through less of it.
    unbiased: Vec<f32>,
}

impl Look {
    fn new() -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        let (forward, inverse) = (planner.plan_fft_forward(TRANSFORM), planner.plan_fft_inverse(TRANSFORM));
        let window: Vec<f32> =
            (0..WINDOW).map(|n| 0.5 - 0.5 * (std::f32::consts::TAU * (n as f32 + 0.5) / WINDOW as f32).cos()).collect();
        let unbiased = (0..WINDOW).map(|lag| window.iter().zip(&window[lag..]).map(|(a, b)| a * b).sum()).collect();
        Self {
            input: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            repeats: inverse.make_output_vec(),
            forward,
            inverse,
            window,
            unbiased,
        }
    }

    fn at(&mut self, curve: &[f32], middle: usize) -> [f32; STATES] {
        self.input.fill(0.0);
        let from = middle as isize - WINDOW as isize / 2;
        let weight: f32 = self.window.iter().sum();
        let value = |n: usize| usize::try_from(from + n as isize).ok().and_then(|at| curve.get(at)).copied();
        let mean = (0..WINDOW).filter_map(|n| value(n).map(|v| v * self.window[n])).sum::<f32>() / weight;
        for n in 0..WINDOW {
            self.input[n] = value(n).map_or(0.0, |v| (v - mean) * self.window[n]);
        }
        let mut fits = [0.0; STATES];
        if self.forward.process(&mut self.input, &mut self.spectrum).is_err() {
            return fits;
        }
        let scale = 1.0 / TRANSFORM as f32;
        let strengths: Vec<f32> = self.spectrum.iter().map(|bin| bin.norm()).collect();
        for bin in &mut self.spectrum {
            *bin = Complex::new(bin.norm_sqr() * scale, 0.0);
        }
        if self.inverse.process(&mut self.spectrum, &mut self.repeats).is_err() || self.repeats[0] < 1e-3 {
            return fits;
        }
        let whole = self.repeats[0] / self.unbiased[0];
        let repeat = |lag: f64| {
            let (at, part) = (lag as usize, lag.fract() as f32);
            if at + 1 >= WINDOW * 3 / 4 {
                return 0.0;
            }
            let one = |at: usize| self.repeats[at] / self.unbiased[at] / whole;
            one(at) * (1.0 - part) + one(at + 1) * part
        };
        let loudest = (self.repeats[0] * weight).sqrt().max(1e-6) * 0.35;
        let pulse = |hertz: f64| {
            let bin = hertz / FRAMES * TRANSFORM as f64;
            let (at, part) = (bin as usize, bin.fract() as f32);
            if at + 1 >= strengths.len() {
                0.0
            } else {
                (strengths[at] * (1.0 - part) + strengths[at + 1] * part) / loudest
            }
        };
        for (state, fit) in fits.iter_mut().enumerate() {
            let bpm = bpm_of(state as f64);
            let lag = 60.0 / bpm * FRAMES;
            let (mut comb, mut weights) = (0.0, 0.0);
            for (times, weight) in [(1.0, 1.0), (2.0, 0.7), (3.0, 0.4), (4.0, 0.5)] {
                if lag * times < 520.0 {
                    comb += weight * repeat(lag * times);
                    weights += weight;
                }
            }
            *fit = (comb / weights).max(0.0) * pulse(bpm / 60.0).min(1.0).sqrt();
        }
        fits
    }
}

const _: () = assert!(STATES < 256);
