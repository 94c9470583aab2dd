//! Where the sound dips between words: finer than pauses, from the waveform's 20 ms peaks.

use reelspan_media::analysis::Series;
use reelspan_types::Span;

/// Seconds on each side from which the voice and the room are judged.
const AROUND: f64 = 4.0;
/// Quiet is so far under the voice nearby (as a share of its peaks), and so little over the room.
const MOST: f32 = 0.15;
const LEAST: f32 = 0.04;
const OVER_ROOM: f32 = 2.0;

/// The recording's dips, in order.
pub(super) struct Quiet {
    runs: Vec<Span>,
}

impl Quiet {
    pub(super) fn of(peaks: &Series) -> Self {
        let step = peaks.rate.round().max(1.0) as usize;
        let around = (AROUND * peaks.rate) as usize;
        let mut quiet = Vec::with_capacity(peaks.values.len());
        for (second, values) in peaks.values.chunks(step).enumerate() {
            let middle = second * step;
            let near = &peaks.values[middle.saturating_sub(around)..(middle + around).min(peaks.values.len())];
            let threshold = threshold(near);
            quiet.extend(values.iter().map(|peak| *peak <= threshold));
        }
        Self { runs: runs(&quiet, peaks.rate.max(1.0)) }
    }

    /// The dip that begins or ends nearest to a moment, among those of at least `least` seconds that meet the window.
    pub(super) fn nearest(&self, at: f64, window: Span, least: f64) -> Option<Span> {
        let from = self.runs.partition_point(|run| run.end <= window.start);
        let near = |run: &Span| (run.start - at).abs().min((run.end - at).abs());
        let inside = self.runs[from..].iter().take_while(|run| run.start < window.end);
        inside.filter(|run| run.seconds() >= least - 1e-6).min_by(|a, b| near(a).total_cmp(&near(b))).copied()
    }
}

fn threshold(near: &[f32]) -> f32 {
    let mut sorted = near.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| sorted.get(((sorted.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or(0.0);
    let (room, voice) = (at(0.05), at(0.9));
    (room * OVER_ROOM).clamp(voice * LEAST, voice * MOST)
}

fn runs(quiet: &[bool], rate: f64) -> Vec<Span> {
    let mut found = Vec::new();
    let mut from = None;
    for (at, is) in quiet.iter().chain([&false]).enumerate() {
        match (from, is) {
            (None, true) => from = Some(at),
            (Some(start), false) => {
                found.push(Span::new(start as f64 / rate, at as f64 / rate));
                from = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A room at 0.004, a voice at 0.3, as (seconds, speaks).
    fn peaks(parts: &[(f64, bool)]) -> Series {
        let values = parts.iter().flat_map(|(seconds, voice)| {
            let peak = if *voice { 0.3 } else { 0.004 };
            std::iter::repeat_n(peak, (seconds * 50.0).round() as usize)
        });
        Series { rate: 50.0, values: values.collect() }
    }

    #[test]
    fn dips_between_words_are_found_to_a_frame() {
        let quiet = Quiet::of(&peaks(&[(1.0, true), (0.1, false), (0.5, true), (0.6, false), (1.0, true)]));
        assert_eq!(quiet.nearest(1.05, Span::new(0.9, 1.3), 0.06), Some(Span::new(1.0, 1.1)));
        assert_eq!(quiet.nearest(1.05, Span::new(0.9, 1.3), 0.2), None, "too short");
        assert_eq!(quiet.nearest(1.6, Span::new(1.3, 1.7), 0.06), Some(Span::new(1.6, 2.2)));
    }

    #[test]
    fn loud_rooms_and_flat_sound_have_no_dips() {
        let noisy: Vec<f32> = (0..500).map(|at| if at % 40 < 3 { 0.12 } else { 0.3 }).collect();
        assert!(Quiet::of(&Series { rate: 50.0, values: noisy }).runs.is_empty());
        assert!(Quiet::of(&Series { rate: 50.0, values: Vec::new() }).runs.is_empty());
    }

    #[test]
    fn a_quiet_voice_is_still_a_voice() {
        let mut series = peaks(&[(2.0, true), (0.3, false), (2.0, true)]);
        series.values.iter_mut().for_each(|peak| *peak *= 0.05);
        assert_eq!(Quiet::of(&series).nearest(2.0, Span::new(1.8, 2.5), 0.1), Some(Span::new(2.0, 2.3)));
    }
}
