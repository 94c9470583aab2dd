//! 48 kHz stereo to 16 kHz middle and side, through a low-pass that keeps what is below 7 kHz.

/// 48 kHz to 16 kHz.
pub(super) const FACTOR: u32 = 3;
/// Samples a second that come out.
pub(super) const RATE: f32 = 16_000.0;

/// Odd, and its half a multiple of the factor: the delay is then whole output samples and can be taken back.
const TAPS: usize = 97;
/// The next multiple of eight: the sum runs in eight lanes.
const PADDED: usize = 104;
const CUTOFF: f64 = 7_400.0 / 48_000.0;

/// Middle and side are both kept: a recording with one channel turned over cancels in the middle.
#[derive(Debug)]
pub(super) struct Decimator {
    taps: [f32; PADDED],
    middle_history: Vec<f32>,
    side_history: Vec<f32>,
    /// Output samples still to drop for the filter's delay.
    delay: usize,
    /// What the last push gave.
    pub(super) main: Vec<f32>,
    pub(super) side: Vec<f32>,
}

impl Decimator {
    pub(super) fn new() -> Self {
        Self {
            taps: low_pass(),
            // Half a filter of silence stands before the recording.
            middle_history: vec![0.0; TAPS - 1],
            side_history: vec![0.0; TAPS - 1],
            delay: TAPS / 2 / FACTOR as usize,
            main: Vec::new(),
            side: Vec::new(),
        }
    }

    /// Left-right pairs; the outcome stands in `main` and `side`.
    pub(super) fn push(&mut self, pairs: &[f32]) {
        self.middle_history.extend(pairs.chunks_exact(2).map(|p| (p[0] + p[1]) * 0.5));
        self.side_history.extend(pairs.chunks_exact(2).map(|p| (p[0] - p[1]) * 0.5));
        filter(&self.taps, &mut self.middle_history, &mut self.main);
        filter(&self.taps, &mut self.side_history, &mut self.side);
        let dropped = self.delay.min(self.main.len());
        self.delay -= dropped;
        self.main.drain(..dropped);
        self.side.drain(..dropped);
    }

    /// The last samples, which the filter's delay still held back.
    pub(super) fn finish(&mut self) {
        self.push(&[0.0; 2 * TAPS]);
    }
}

/// Filters what is new and keeps what the next samples need.
fn filter(taps: &[f32; PADDED], history: &mut Vec<f32>, out: &mut Vec<f32>) {
    out.clear();
    let mut at = 0;
    while at + TAPS <= history.len() {
        // The padding taps are zero, so the end of the window may run short.
        let window = &history[at..(at + PADDED).min(history.len())];
        out.push(dot(taps, window));
        at += FACTOR as usize;
    }
    history.drain(..at.min(history.len()));
}

/// A sum in eight lanes, which the compiler can turn into vector instructions.
fn dot(taps: &[f32; PADDED], window: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (tap_parts, window_parts) = (taps.chunks_exact(8), window.chunks_exact(8));
    let rest = window_parts.remainder();
    let rest_taps = &taps[window.len() - rest.len()..];
    for (tap, part) in tap_parts.zip(window_parts) {
        for lane in 0..8 {
            lanes[lane] += tap[lane] * part[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().zip(rest_taps).map(|(v, t)| v * t).sum::<f32>()
}

/// A windowed sinc (Blackman: 74 dB down from 9 kHz on, where it would fold below 7 kHz).
fn low_pass() -> [f32; PADDED] {
    use std::f64::consts::PI;
    let mut taps = [0.0_f64; PADDED];
    let middle = (TAPS / 2) as f64;
    for (n, tap) in taps.iter_mut().take(TAPS).enumerate() {
        let x = n as f64 - middle;
        let sinc = if x == 0.0 { 2.0 * CUTOFF } else { (2.0 * PI * CUTOFF * x).sin() / (PI * x) };
        let phase = 2.0 * PI * n as f64 / (TAPS - 1) as f64;
        *tap = sinc * (0.42 - 0.5 * phase.cos() + 0.08 * (2.0 * phase).cos());
    }
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| (tap / sum) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Root mean square of what comes out for a tone of amplitude one.
    fn through(frequency: f32) -> f32 {
        let pairs: Vec<f32> = (0..48_000)
            .flat_map(|n| [(std::f64::consts::TAU * f64::from(frequency) * f64::from(n) / 48_000.0).sin() as f32; 2])
            .collect();
        let mut decimator = Decimator::new();
        decimator.push(&pairs);
        let inner = &decimator.main[1000..15_000];
        (inner.iter().map(|v| v * v).sum::<f32>() / inner.len() as f32).sqrt()
    }

    #[test]
    fn speech_passes_and_what_would_fold_does_not() {
        for frequency in [100.0, 1000.0, 6000.0] {
            assert!(
                (through(frequency) - std::f32::consts::FRAC_1_SQRT_2).abs() < 0.02,
                "{frequency}: {}",
                through(frequency)
            );
        }
        for frequency in [9_500.0, 12_000.0, 15_900.0, 20_000.0] {
            assert!(through(frequency) < 0.001, "{frequency}: {}", through(frequency));
        }
    }

    #[test]
    fn a_click_comes_out_at_its_time_and_the_length_is_a_third() {
        let mut pairs = vec![0.0; 2 * 9600];
        (pairs[2 * 4800], pairs[2 * 4800 + 1]) = (1.0, 1.0);
        let mut decimator = Decimator::new();
        decimator.push(&pairs);
        let mut out = decimator.main.clone();
        decimator.finish();
        out.extend_from_slice(&decimator.main);
        let loudest = (0..out.len()).max_by(|a, b| out[*a].abs().total_cmp(&out[*b].abs()));
        assert_eq!(loudest, Some(1600));
        assert!(out.len() >= 3200);
    }

    #[test]
    fn a_turned_over_channel_is_in_the_side() {
        let pairs: Vec<f32> = (0..9600).flat_map(|n| [(n as f32 * 0.1).sin(), -(n as f32 * 0.1).sin()]).collect();
        let mut decimator = Decimator::new();
        decimator.push(&pairs);
        assert!(decimator.main.iter().all(|v| v.abs() < 1e-6));
        assert!(decimator.side.iter().any(|v| v.abs() > 0.9));
    }
}
