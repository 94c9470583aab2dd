//! Pauses that are longer than they need to be.

use reelspan_media::analysis::AudioAnalysis;
use reelspan_media::transcript::Word;
use reelspan_types::Span;

/// What counts as a pause, and how much of it stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pauses {
    /// Seconds from which a pause is too long.
    pub longer_than: f64,
    /// Seconds that stay of it.
    pub leave: f64,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { longer_than: 0.9, leave: 0.25 }
    }
}

/// A voice dies away slowly but attacks at once, and an "s" begins before it is heard: more stays before than after.
const STAYS_AFTER: f64 = 0.4;
/// A click, a chair or a breath of less than this inside of a pause does not end it.
const NOISE: f64 = 0.15;
/// What a word inside of a silence keeps around itself: it may have been whispered.
const AROUND_WORD: f64 = 0.15;

/// What is dropped of the pauses inside the stretches that are kept.
pub(super) fn drops(audio: &AudioAnalysis, words: &[Word], keeps: &[Span], pauses: Pauses, duration: f64) -> Vec<Span> {
    let still = still(audio, words, duration);
    let mut found = Vec::new();
    for keep in keeps {
        for pause in still.iter().filter_map(|pause| pause.intersect(*keep)) {
            if pause.seconds() + 1e-6 < pauses.longer_than {
                continue;
            }
            let after = if touches(pause.start, keep.start) { 0.0 } else { pauses.leave * STAYS_AFTER };
            let before = if touches(pause.end, keep.end) { 0.0 } else { pauses.leave * (1.0 - STAYS_AFTER) };
            found.push(Span::new(pause.start + after, pause.end - before));
        }
    }
    found
}

fn touches(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.05
}

/// Silences in which nobody speaks, joined over small noises.
fn still(audio: &AudioAnalysis, words: &[Word], duration: f64) -> Vec<Span> {
    // Where the sound ends before the picture, what follows is silent.
    let ended = audio.peaks.values.len() as f64 / audio.peaks.rate.max(1.0);
    let rest = (duration > ended).then(|| Span::new(ended, duration));
    let mut joined: Vec<Span> = Vec::new();
    for silence in audio.silences.iter().chain(&rest) {
        match joined.last_mut() {
            Some(last)
                if silence.start - last.end < NOISE && !anyone(audio, words, Span::new(last.end, silence.start)) =>
            {
                last.end = silence.end;
            }
            _ => joined.push(*silence),
        }
    }
    let whispered = |silence: &Span| {
        let from = words.partition_point(|word| word.end <= silence.start);
        let inside = words[from..].iter().take_while(|word| word.start < silence.end);
        inside
            .filter(|word| word.start >= silence.start && word.end <= silence.end)
            .map(|word| Span::new(word.start - AROUND_WORD, word.end + AROUND_WORD))
            .collect::<Vec<_>>()
    };
    joined.iter().flat_map(|silence| super::super::wish::without(&[*silence], &whispered(silence))).collect()
}

/// Whether somebody says something there, as far as it is known.
fn anyone(audio: &AudioAnalysis, words: &[Word], noise: Span) -> bool {
    let speaks = audio.speech.iter().any(|speech| speech.overlap(noise) > noise.seconds() * 0.5);
    speaks || words.iter().any(|word| word.span().contains(noise.middle()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cut::propose::tests::{audio, word};

    fn whole() -> [Span; 1] {
        [Span::new(0.0, 20.0)]
    }

    #[track_caller]
    fn check(silences: &[(f64, f64)], words: &[Word], keeps: &[Span], expected: &[(f64, f64)]) {
        let mut audio = audio(20.0);
        audio.silences = silences.iter().map(|(from, to)| Span::new(*from, *to)).collect();
        let found = drops(&audio, words, keeps, Pauses::default(), 20.0);
        let close = |a: &Span, b: &(f64, f64)| (a.start - b.0).abs() < 1e-6 && (a.end - b.1).abs() < 1e-6;
        assert!(found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| close(a, b)), "{found:?}");
    }

    #[test]
    fn long_pauses_are_shortened_and_short_ones_stay() {
        check(&[(2.0, 2.5), (5.0, 6.5), (9.0, 9.89)], &[], &whole(), &[(5.1, 6.35)]);
    }

    #[test]
    fn silence_at_the_ends_goes_up_to_the_voice() {
        check(&[(0.0, 2.0), (18.0, 20.0)], &[], &whole(), &[(0.0, 1.85), (18.1, 20.0)]);
    }

    #[test]
    fn a_picture_without_sound_at_the_end_is_silent() {
        let mut audio = audio(18.0);
        audio.silences = vec![Span::new(17.5, 18.0)];
        assert_eq!(drops(&audio, &[], &whole(), Pauses::default(), 20.0), [Span::new(17.6, 20.0)]);
    }

    #[test]
    fn a_click_does_not_end_a_pause_and_a_word_does() {
        check(&[(5.0, 5.6), (5.7, 6.3)], &[], &whole(), &[(5.1, 6.15)]);
        check(&[(5.0, 5.6), (5.7, 6.3)], &[word(5.6, 5.7, "no")], &whole(), &[]);
        check(&[(5.0, 5.6), (5.8, 6.3)], &[], &whole(), &[]);
    }

    #[test]
    fn a_whispered_word_is_kept() {
        check(&[(5.0, 9.0)], &[word(7.0, 7.4, "psst")], &whole(), &[(5.1, 6.7), (7.65, 8.85)]);
    }

    #[test]
    fn only_what_is_kept_is_looked_at() {
        let keeps = [Span::new(1.0, 6.0), Span::new(10.0, 20.0)];
        check(&[(5.0, 7.0), (8.0, 9.9)], &[], &keeps, &[(5.1, 6.0)]);
        check(&[(5.5, 7.0)], &[], &keeps, &[]);
    }
}
