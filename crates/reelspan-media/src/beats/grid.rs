//! Puts beats on the attacks, each about a period after the one before.

use super::ear::FRAMES;
use super::steady::{self, Stretch};
use super::tempo::STEP;

/// How much an uneven step costs at first.
const LOOSE: f32 = 90.0;
const STRICTEST: f32 = 4000.0;

/// The period in frames at each frame, straight between the steps of a course.
fn periods(course: &[f64], frames: usize) -> Vec<f32> {
    let last = course.len() - 1;
    let at = |frame: usize| {
        let place = (frame as f64 / FRAMES / STEP - 0.5).clamp(0.0, last as f64);
        let (step, part) = (place as usize, place.fract());
        let (here, next) = (course[step], course[(step + 1).min(last)]);
        // Across a jump nothing lies between.
        let bpm = if (here / next).log2().abs() > 0.15 {
            if part < 0.5 { here } else { next }
        } else {
            here + (next - here) * part
        };
        (60.0 / bpm * FRAMES) as f32
    };
    (0..frames).map(at).collect()
}

/// The frames of the beats that lie on most of the curve, about a period apart.
///
/// Twice: loosely first, to learn how fast it goes exactly and how steadily it is played; then as strictly as that
/// allows, so that no stretch slides over to the off-beats and back.
pub(super) fn beats(curve: &[f32], course: &[f64]) -> Vec<usize> {
    let rough = periods(course, curve.len());
    let loose = track(curve, &rough, LOOSE);
    if loose.len() < 8 {
        return loose;
    }
    let (mut exact, evenness) = steadied(&loose, &rough);
    let weighted: Vec<_> =
        loose.iter().map(|beat| (*beat as f64 / FRAMES, f64::from(curve[*beat].clamp(0.05, 4.0)))).collect();
    let stretches = steady::stretches(&weighted, curve.len() as f64 / FRAMES);
    let mut pulled = curve.to_vec();
    for stretch in &stretches {
        pull(&mut pulled, &mut exact, stretch);
    }
    track(&pulled, &exact, evenness)
}

/// What lies off a steady grid counts less, and the grid itself counts where nothing sounds.
fn pull(curve: &mut [f32], periods: &mut [f32], stretch: &Stretch) {
    let (from, to) = ((stretch.from * FRAMES) as usize, ((stretch.to * FRAMES) as usize).min(curve.len()));
    for at in from..to {
        let off = ((at as f64 / FRAMES - stretch.origin) / stretch.period + 0.5).rem_euclid(1.0) - 0.5;
        let near = (-(off / 0.07).powi(2) / 2.0).exp() as f32;
        curve[at] = curve[at] * (0.03 + 0.97 * near) + 0.3 * near;
        periods[at] = (stretch.period * FRAMES) as f32;
    }
}

/// The beats' own periods, smoothed, and how evenly they come.
fn steadied(beats: &[usize], rough: &[f32]) -> (Vec<f32>, f32) {
    // How long each beat is beside what was expected of it; a wrong step now and then is out-voted by its neighbours.
    let ratios: Vec<f32> = beats.windows(2).map(|pair| (pair[1] - pair[0]) as f32 / rough[pair[0]]).collect();
    let reach = 12;
    let smoothed: Vec<f32> = (0..ratios.len())
        .map(|at| {
            let near = &ratios[at.saturating_sub(reach)..(at + reach + 1).min(ratios.len())];
            trimmed_mean(near)
        })
        .collect();
    let mut spread: Vec<f32> = ratios.iter().zip(&smoothed).map(|(r, s)| (r / s).ln().abs()).collect();
    spread.sort_by(f32::total_cmp);
    let usual = spread[spread.len() * 2 / 3].max(0.004);
    let evenness = (0.3 / (usual * usual)).clamp(LOOSE, STRICTEST);
    let mut exact = rough.to_vec();
    for (at, period) in exact.iter_mut().enumerate() {
        let beat = beats.partition_point(|beat| *beat <= at).clamp(1, ratios.len()) - 1;
        *period *= smoothed[beat].clamp(0.9, 1.1);
    }
    (exact, evenness)
}

/// The mean without the outer quarters.
fn trimmed_mean(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let cut = sorted.len() / 4;
    let kept = &sorted[cut..sorted.len() - cut];
    kept.iter().sum::<f32>() / kept.len() as f32
}

/// The best chain of beats: each adds what the curve is there, less what its distance from the one before costs.
fn track(curve: &[f32], periods: &[f32], evenness: f32) -> Vec<usize> {
    let frames = curve.len();
    let mut best = vec![0.0f32; frames];
    let mut back = vec![u32::MAX; frames];
    for at in 0..frames {
        let period = periods[at].max(2.0);
        let (nearest, farthest) = ((0.6 * period).ceil() as usize, (1.6 * period) as usize);
        let mut top = 0.0f32;
        for step in nearest..=farthest.min(at) {
            let off = fast_ln(step as f32 / period);
            let worth = best[at - step] - evenness * off * off;
            if worth > top {
                top = worth;
                back[at] = (at - step) as u32;
            }
        }
        best[at] = top + curve[at];
    }
    // The last beat is the best within the last period or so.
    let reach = periods.last().map_or(0, |period| (1.2 * period) as usize);
    let from = frames.saturating_sub(reach.max(1));
    let Some(mut at) = (from..frames).max_by(|a, b| best[*a].total_cmp(&best[*b])) else { return Vec::new() };
    let mut beats = vec![at];
    while back[at] != u32::MAX {
        at = back[at] as usize;
        beats.push(at);
    }
    beats.reverse();
    beats
}

/// Good to a few thousandths between a half and two, which is all that is asked of it.
fn fast_ln(x: f32) -> f32 {
    // The first terms of the series in (x-1)/(x+1).
    let y = (x - 1.0) / (x + 1.0);
    let square = y * y;
    2.0 * y * (1.0 + square * (1.0 / 3.0 + square * 0.2))
}

/// The beats that lie between these: half a period later, on the attacks there.
pub(super) fn shifted(curve: &[f32], beats: &[usize]) -> Vec<usize> {
    let mut pulled = vec![0.0; curve.len()];
    let mut periods = vec![0.0; curve.len()];
    let (Some(first), Some(last)) = (beats.first(), beats.last()) else { return Vec::new() };
    let mut steps: Vec<(usize, usize)> = beats.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let length = |pair: Option<&(usize, usize)>| pair.map_or(1, |(a, b)| b - a);
    // One more to both sides, so that nothing at the ends is lost.
    let (head, tail) = (length(steps.first()), length(steps.last()));
    steps.push((*last, last + tail));
    if *first >= head / 2 {
        steps.insert(0, (first.saturating_sub(head), *first));
    }
    for (from, to) in &steps {
        let period = (to - from).max(1) as f32;
        let (begin, end) = (if *from == *first && *first < head / 2 { 0 } else { *from }, (*to).min(curve.len()));
        for at in begin..end {
            let off = ((at as f32 - *from as f32) / period - 0.5) / 0.08;
            let near = (-off * off / 2.0).exp();
            pulled[at] = curve[at] * near + 0.3 * near;
            periods[at] = period;
        }
    }
    let (head, tail) = (head as f32, tail as f32);
    periods[..*first].iter_mut().for_each(|period| *period = head);
    periods[*last..].iter_mut().for_each(|period| *period = tail);
    track(&pulled, &periods, LOOSE)
}
