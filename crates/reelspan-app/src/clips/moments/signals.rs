//! Phrases of a recording without a transcript: what silences, speech and cuts bound takes the place of sentences.

use reelspan_media::analysis::{Analysis, Series};
use reelspan_types::Span;

use super::material::Unit;
use super::measure::Cover;

/// Pieces from which clips between the two lengths can be put together.
pub(super) fn phrases(analysis: &Analysis, shortest: f64, longest: f64) -> Vec<Unit> {
    let whole = Span::new(0.0, analysis.duration);
    let sounded = analysis.audio.as_ref().map(|audio| {
        let speech = Cover::of(audio.speech.iter().map(|span| Span::new(span.start - 0.15, span.end + 0.15)));
        if speech.share(whole) >= 0.1 {
            (clipped(speech.all(), whole), true)
        } else {
            (heard(&audio.silences, whole), false)
        }
    });
    let (bounded, talks) = match sounded {
        Some((spans, talks)) if spans.len() >= 3 || talks => (spans, talks),
        _ => (vec![whole], false),
    };
    let cuts: Vec<f64> = match &analysis.video {
        // A cut in the middle of a phrase is no place to stop.
        Some(video) if !talks => video.shots.iter().map(|shot| shot.start).collect(),
        _ => Vec::new(),
    };
    let piece = (shortest / 3.0).min((longest - shortest).max(longest / 12.0)).max(0.5);
    let level = analysis.audio.as_ref().map(|audio| &audio.level);
    let mut units = Vec::new();
    for span in bounded {
        let inside = cuts.iter().copied().filter(|cut| span.start < *cut && *cut < span.end);
        let mut start = span.start;
        for end in inside.chain([span.end]) {
            if end - start >= 0.2 {
                split(Span::new(start, end), piece, level, whole, &mut units);
                start = end;
            }
        }
    }
    units
}

/// What lies between silences.
fn heard(silences: &[Span], whole: Span) -> Vec<Span> {
    let silent = Cover::of(silences.iter().copied());
    let mut spans = Vec::new();
    let mut from = whole.start;
    for span in silent.all() {
        spans.push(Span::new(from, span.start));
        from = span.end;
    }
    spans.push(Span::new(from, whole.end));
    clipped(&spans, whole)
}

fn clipped(spans: &[Span], whole: Span) -> Vec<Span> {
    spans.iter().filter_map(|span| span.intersect(whole)).filter(|span| span.seconds() > 0.2).collect()
}

/// Cuts a long phrase into even pieces, each at the quietest place nearby.
fn split(span: Span, piece: f64, level: Option<&Series>, whole: Span, units: &mut Vec<Unit>) {
    let count = (span.seconds() / piece).round().max(1.0) as usize;
    let step = span.seconds() / count as f64;
    let mut start = span.start;
    for part in 1..=count {
        let even = span.start + step * part as f64;
        let end = if part == count { span.end } else { quietest(even, step / 4.0, level) };
        // The ends of a file are no phrase's bounds.
        let opens = part == 1 && span.start > whole.start;
        let closes = part == count && span.end < whole.end;
        units.push(Unit { span: Span::new(start, end), words: 0..0, sentence: 0, opens, closes });
        start = end;
    }
}

fn quietest(around: f64, reach: f64, level: Option<&Series>) -> f64 {
    let Some(level) = level.filter(|level| level.rate > 0.0) else { return around };
    let near = level.within(Span::new(around - reach, around + reach));
    let mut best = (0.5f32, 0usize);
    let middle = near.len() / 2;
    let Some(here) = near.get(middle) else { return around };
    for (at, value) in near.iter().enumerate() {
        // Only a real dip, of half a decibel at least, is worth moving for.
        if here - value > best.0 {
            best = (here - value, at);
        }
    }
    if best.0 > 0.5 { around + (best.1 as f64 - middle as f64) / level.rate } else { around }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::moments::tests::{audio, silent, video};

    #[test]
    fn phrases_are_bounded_by_what_is_heard() {
        let mut analysis = audio(60.0);
        analysis.audio.as_mut().unwrap().speech =
            vec![Span::new(2.0, 10.0), Span::new(12.0, 30.0), Span::new(31.0, 50.0)];
        let units = phrases(&analysis, 15.0, 60.0);
        assert!((units[0].span.start - 1.85).abs() < 1e-9 && units[0].opens);
        let closed: Vec<f64> = units.iter().filter(|unit| unit.closes).map(|unit| unit.span.end).collect();
        assert_eq!(closed, [10.15, 30.15, 50.15]);
        assert!(units.iter().all(|unit| unit.span.seconds() <= 10.0));
    }

    #[test]
    fn a_silent_video_is_bounded_by_its_cuts() {
        let units = phrases(&video(60.0, &[7.0, 20.0, 44.0]), 15.0, 60.0);
        let opened: Vec<f64> = units.iter().filter(|unit| unit.opens).map(|unit| unit.span.start).collect();
        assert_eq!(opened, [7.0, 20.0, 44.0]);
    }

    #[test]
    fn without_any_structure_the_pieces_are_even_and_gapless() {
        let units = phrases(&silent(100.0), 15.0, 60.0);
        assert_eq!((units[0].span.start, units[units.len() - 1].span.end), (0.0, 100.0));
        assert!(units.windows(2).all(|pair| pair[0].span.end == pair[1].span.start));
        assert!(units.iter().all(|unit| !unit.opens && !unit.closes && (unit.span.seconds() - 5.0).abs() < 1e-9));
    }

    #[test]
    fn long_phrases_are_cut_where_it_is_quiet() {
        let mut analysis = audio(10.0);
        let sound = analysis.audio.as_mut().unwrap();
        sound.level = Series { rate: 10.0, values: (0..100).map(|at| if at == 55 { -40.0 } else { -20.0 }).collect() };
        let units = phrases(&analysis, 15.0, 60.0);
        assert!((units[0].span.end - 5.5).abs() < 1e-9, "{:?}", units[0].span);
    }
}
