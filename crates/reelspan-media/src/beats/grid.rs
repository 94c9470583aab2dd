//! Puts beats on the attacks, each about a period after the one before.

use super::ear::FRAMES;
use super::steady::{self, Stretch};
use super::tempo::STEP;

/// How much an uneven step costs at first.
const LOOSE: f32 = 90.0;
const STRICTEST: f32 = 4000.0;
/// And on a grid that a whole stretch agrees on.
const STEADY: f32 = 700.0;
/// Beats to both sides over which the period is smoothed, and over which it is judged how even they are.
const REACH: usize = 12;
const NEAR: usize = 6;
/// Steps of the course to both sides between which a change of tempo may be, and how many octaves make one.
const ABOUT: usize = 5;
const CHANGED: f64 = 0.12;

/// How far apart beats should be at each frame, in frames, and what it costs if they are not.
struct Pace {
    period: Vec<f32>,
    evenness: Vec<f32>,
    /// About a change of tempo, those before and after it: where exactly it changes only the attacks can tell.
    about: Vec<Option<[f32; 2]>>,
}

impl Pace {
    /// Straight between the steps of a course.
    fn of(course: &[f64], frames: usize) -> Self {
        let last = course.len() - 1;
        let frames_of = |bpm: f64| (60.0 / bpm * FRAMES) as f32;
        let place = |frame: usize| (frame as f64 / FRAMES / STEP - 0.5).clamp(0.0, last as f64);
        let period = |frame: usize| {
            let (step, part) = (place(frame) as usize, place(frame).fract());
            let (here, next) = (course[step], course[(step + 1).min(last)]);
            // Across a jump nothing lies between.
            let jump = (here / next).log2().abs() > 0.15;
            frames_of(if jump { if part < 0.5 { here } else { next } } else { here + (next - here) * part })
        };
        let about = |frame: usize| {
            let step = place(frame).round() as usize;
            let (before, after) = (course[step.saturating_sub(ABOUT)], course[(step + ABOUT).min(last)]);
            ((before / after).log2().abs() > CHANGED).then(|| [frames_of(before), frames_of(after)])
        };
        Self {
            period: (0..frames).map(period).collect(),
            evenness: vec![LOOSE; frames],
            about: (0..frames).map(about).collect(),
        }
    }

    /// What a step of so many frames to this frame costs.
    fn price(&self, at: usize, step: usize) -> f32 {
        let off = |period: f32| fast_ln(step as f32 / period.max(2.0)).abs();
        let mut least = off(self.period[at]);
        if let Some([before, after]) = self.about[at] {
            least = least.min(off(before)).min(off(after));
        }
        self.evenness[at] * least * least
    }

    /// The shortest and longest step to this frame.
    fn steps(&self, at: usize) -> (usize, usize) {
        let (mut low, mut high) = (self.period[at], self.period[at]);
        for period in self.about[at].into_iter().flatten() {
            (low, high) = (low.min(period), high.max(period));
        }
        ((0.6 * low.max(2.0)).ceil() as usize, (1.6 * high.max(2.0)) as usize)
    }
}

/// The frames of the beats that lie on most of the curve, about a period apart.
///
/// Twice: loosely first, to learn how fast it goes exactly and how steadily it is played; then as strictly as that
/// allows, so that no stretch slides over to the off-beats and back.
pub(super) fn beats(curve: &[f32], course: &[f64]) -> Vec<usize> {
    let mut pace = Pace::of(course, curve.len());
    let loose = track(curve, &pace);
    if loose.len() < 8 {
        return loose;
    }
    steady_pace(&loose, &mut pace);
    let weighted: Vec<_> =
        loose.iter().map(|beat| (*beat as f64 / FRAMES, f64::from(curve[*beat].clamp(0.05, 4.0)))).collect();
    let mut pulled = curve.to_vec();
    for stretch in steady::stretches(&weighted, curve.len() as f64 / FRAMES) {
        pull(&mut pulled, &mut pace, &stretch);
    }
    track(&pulled, &pace)
}

/// What lies off a steady grid counts less, and the grid itself counts where nothing sounds.
fn pull(curve: &mut [f32], pace: &mut Pace, stretch: &Stretch) {
    let (from, to) = ((stretch.from * FRAMES) as usize, ((stretch.to * FRAMES) as usize).min(curve.len()));
    for (at, value) in curve.iter_mut().enumerate().take(to).skip(from) {
        let off = ((at as f64 / FRAMES - stretch.origin) / stretch.period + 0.5).rem_euclid(1.0) - 0.5;
        let near = (-(off / 0.07).powi(2) / 2.0).exp() as f32;
        *value = *value * (0.03 + 0.97 * near) + 0.3 * near;
        pace.period[at] = (stretch.period * FRAMES) as f32;
        pace.evenness[at] = pace.evenness[at].max(STEADY);
        pace.about[at] = None;
    }
}

/// Gives the pace the beats' own periods, smoothed, and asks for as much evenness as they have there: where the tempo
/// changes, unevenness must stay cheap.
fn steady_pace(beats: &[usize], pace: &mut Pace) {
    // How long each beat is beside what was expected of it; a wrong step now and then is out-voted by its neighbours.
    let ratios: Vec<f32> = beats.windows(2).map(|pair| (pair[1] - pair[0]) as f32 / pace.period[pair[0]]).collect();
    let around = |list: &[f32], at: usize, reach: usize| {
        let mut near = list[at.saturating_sub(reach)..(at + reach + 1).min(list.len())].to_vec();
        near.sort_by(f32::total_cmp);
        near
    };
    let smoothed: Vec<f32> = (0..ratios.len()).map(|at| inner_mean(&around(&ratios, at, REACH))).collect();
    let spread: Vec<f32> = ratios.iter().zip(&smoothed).map(|(r, s)| (r / s).ln().abs()).collect();
    let evenness = |at: usize| {
        let near = around(&spread, at, NEAR);
        let usual = near[near.len() * 2 / 3].max(0.004);
        (0.3 / (usual * usual)).clamp(LOOSE, STRICTEST)
    };
    let evenness: Vec<f32> = (0..spread.len()).map(evenness).collect();
    for at in 0..pace.period.len() {
        let beat = beats.partition_point(|beat| *beat <= at).clamp(1, ratios.len()) - 1;
        pace.period[at] *= smoothed[beat].clamp(0.9, 1.1);
        pace.evenness[at] = evenness[beat];
    }
}

/// The mean of sorted values without the outer quarters.
fn inner_mean(sorted: &[f32]) -> f32 {
    let cut = sorted.len() / 4;
    let kept = &sorted[cut..sorted.len() - cut];
    kept.iter().sum::<f32>() / kept.len() as f32
}

/// The best chain of beats: each adds what the curve is there, less what its distance from the one before costs.
fn track(curve: &[f32], pace: &Pace) -> Vec<usize> {
    let frames = curve.len();
    let mut best = vec![0.0f32; frames];
    let mut back = vec![u32::MAX; frames];
    for at in 0..frames {
        let (nearest, farthest) = pace.steps(at);
        let mut top = 0.0f32;
        for step in nearest..=farthest.min(at) {
            let worth = best[at - step] - pace.price(at, step);
            if worth > top {
                top = worth;
                back[at] = (at - step) as u32;
            }
        }
        best[at] = top + curve[at];
    }
    // The last beat is the best within the last period or so.
    let reach = pace.period.last().map_or(0, |period| (1.2 * period) as usize);
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
    let mut periods = vec![2.0; curve.len()];
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
    track(&pulled, &Pace { period: periods, evenness: vec![LOOSE; curve.len()], about: vec![None; curve.len()] })
}
