//! Where captions stand: inside the safe area, off the faces, without hopping.

use super::KeepFree;
use crate::plan::{Caption, Clip};

/// The part of the picture that no platform draws its buttons over, in shares of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Safe {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

pub(super) fn safe(canvas: (u32, u32)) -> Safe {
    let ratio = f64::from(canvas.0) / f64::from(canvas.1.max(1));
    if ratio < 0.7 {
        // Shorts, Reels, TikTok: the caption text below, the buttons at the right, the tabs above.
        Safe { left: 0.12, right: 0.88, top: 0.10, bottom: 0.80 }
    } else if ratio < 0.95 {
        Safe { left: 0.07, right: 0.93, top: 0.07, bottom: 0.90 }
    } else if ratio < 1.2 {
        Safe { left: 0.07, right: 0.93, top: 0.07, bottom: 0.92 }
    } else {
        Safe { left: 0.18, right: 0.82, top: 0.06, bottom: 0.93 }
    }
}

/// A place for captions: their middle, and how much covered time (as a share) it takes to leave better ones.
#[derive(Debug, Clone, Copy)]
struct Place {
    middle: f64,
    cost: f64,
}

/// Changing the place at a cut must be worth this.
const HOP: f64 = 0.04;

fn places(canvas: (u32, u32), height: f64) -> Vec<Place> {
    let safe = safe(canvas);
    let tall = canvas.0 < canvas.1;
    // Below the captions stands the watermark line.
    let mark = if tall { 0.03 } else { 0.05 };
    let (lowest, highest) = (safe.bottom - mark - height / 2.0, safe.top + height / 2.0);
    let wanted: &[(f64, f64)] = if tall {
        &[(0.70, 0.0), (0.74, 0.01), (0.62, 0.02), (0.54, 0.05), (0.50, 0.06), (0.46, 0.10), (0.20, 0.18), (0.28, 0.19)]
    } else {
        &[(0.86, 0.0), (0.80, 0.02), (0.72, 0.05), (0.14, 0.15)]
    };
    wanted.iter().map(|(middle, cost)| Place { middle: middle.min(lowest).max(highest), cost: *cost }).collect()
}

/// The middle of every caption in shares of the picture's height; it changes only at `cuts`.
pub(super) fn middles(clip: &Clip, cuts: &[f64], canvas: (u32, u32), height: f64, free: &[KeepFree]) -> Vec<f64> {
    let places = places(canvas, height);
    let shot_of = |caption: &Caption| cuts.partition_point(|cut| *cut <= (caption.start + caption.end) / 2.0);
    let shots = cuts.len() + 1;
    // What each place would cover in each shot, in seconds.
    let mut covered = vec![vec![0.0; places.len()]; shots];
    let mut total = 0.0;
    for caption in &clip.captions {
        let shot = shot_of(caption);
        total += (caption.end - caption.start).max(0.0);
        for (index, place) in places.iter().enumerate() {
            covered[shot][index] += covered_seconds(caption, place.middle, height, free);
        }
    }
    let total = f64::max(total, 0.001);
    let spoken: Vec<f64> = (0..shots)
        .map(|shot| {
            clip.captions
                .iter()
                .filter(|caption| shot_of(caption) == shot)
                .map(|caption| caption.end - caption.start)
                .sum::<f64>()
                / total
        })
        .collect();
    // The cheapest row of places, shot by shot.
    let cost = |shot: usize, index: usize| covered[shot][index] / total + places[index].cost * spoken[shot];
    let mut best: Vec<f64> = (0..places.len()).map(|index| cost(0, index)).collect();
    let mut from: Vec<Vec<usize>> = Vec::new();
    for shot in 1..shots {
        let (least, cheapest) = minimum(&best);
        let stay: Vec<bool> = best.iter().map(|stay| *stay <= cheapest + HOP).collect();
        from.push((0..places.len()).map(|index| if stay[index] { index } else { least }).collect());
        best = (0..places.len())
            .map(|index| if stay[index] { best[index] } else { cheapest + HOP } + cost(shot, index))
            .collect();
    }
    let mut chosen = vec![minimum(&best).0];
    for back in from.iter().rev() {
        let last = chosen[chosen.len() - 1];
        chosen.push(back[last]);
    }
    chosen.reverse();
    clip.captions.iter().map(|caption| places[chosen[shot_of(caption)]].middle).collect()
}

fn minimum(values: &[f64]) -> (usize, f64) {
    values.iter().copied().enumerate().fold((0, f64::INFINITY), |least, now| if now.1 < least.1 { now } else { least })
}

/// Seconds in which a caption there covers what should stay free, weighed by how much of it.
fn covered_seconds(caption: &Caption, middle: f64, height: f64, free: &[KeepFree]) -> f64 {
    let (top, bottom) = (middle - height / 2.0, middle + height / 2.0);
    let span = reelspan_types::Span::new(caption.start, caption.end);
    let cover = |zone: &KeepFree| {
        let (from, to) = (f64::from(zone.top).max(top), f64::from(zone.bottom).min(bottom));
        let share = ((to - from) / height.max(0.01)).clamp(0.0, 1.0);
        if share.is_nan() { 0.0 } else { share * zone.span.overlap(span) }
    };
    free.iter().map(cover).sum()
}

/// The best of some places for something that stands still through a span.
pub(super) fn still(span: reelspan_types::Span, wanted: &[f64], height: f64, free: &[KeepFree]) -> f64 {
    let caption = Caption { start: span.start, end: span.end, words: Vec::new() };
    let cost = |middle: f64| covered_seconds(&caption, middle, height, free) / span.seconds().max(0.001);
    let mut best = wanted[0];
    for middle in &wanted[1..] {
        if cost(*middle) + 0.1 < cost(best) {
            best = *middle;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use reelspan_types::Span;

    use super::*;

    fn clip(captions: &[(f64, f64)]) -> Clip {
        let captions =
            captions.iter().map(|(start, end)| Caption { start: *start, end: *end, words: Vec::new() }).collect();
        Clip { captions, ..super::super::tests::clip(&[]) }
    }

    const TALL: (u32, u32) = (1080, 1920);

    #[test]
    fn captions_stand_in_the_lower_third() {
        assert_eq!(middles(&clip(&[(0.0, 1.0), (1.0, 2.0)]), &[], TALL, 0.12, &[]), [0.70, 0.70]);
    }

    #[test]
    fn captions_leave_a_face_free_for_the_whole_shot() {
        let face = KeepFree { span: Span::new(1.0, 9.0), top: 0.55, bottom: 0.85 };
        let found = middles(&clip(&[(0.0, 1.0), (1.0, 5.0), (5.0, 9.0)]), &[], TALL, 0.12, &[face]);
        assert!(found.iter().all(|middle| *middle == found[0]), "they do not hop");
        assert!(found[0] + 0.06 <= 0.5501 || found[0] - 0.06 >= 0.8499, "{found:?}");
    }

    #[test]
    fn the_place_changes_at_a_cut_only_when_it_is_worth_it() {
        let face = KeepFree { span: Span::new(4.0, 8.0), top: 0.55, bottom: 0.85 };
        let found = middles(&clip(&[(0.0, 2.0), (2.0, 4.0), (4.0, 6.0), (6.0, 8.0)]), &[4.0], TALL, 0.12, &[face]);
        assert_eq!(found[0], found[1]);
        assert_eq!(found[2], found[3]);
        assert_ne!(found[0], found[2]);
        let brief = KeepFree { span: Span::new(4.0, 4.2), ..face };
        let found = middles(&clip(&[(0.0, 2.0), (2.0, 4.0), (4.0, 6.0), (6.0, 8.0)]), &[4.0], TALL, 0.12, &[brief]);
        assert!(found.iter().all(|middle| *middle == found[0]));
    }

    #[test]
    fn every_place_is_inside_the_safe_area() {
        for canvas in [(1080, 1920), (1080, 1350), (1080, 1080), (1920, 1080)] {
            for place in places(canvas, 0.2) {
                assert!(
                    place.middle - 0.1 >= safe(canvas).top - 1e-9 && place.middle + 0.1 <= safe(canvas).bottom + 1e-9
                );
            }
        }
    }
}
