//! Where the eye is drawn when no face says so: movement, what does not belong to the background, detail.

use super::gray::{Blocks, Rect};

/// Share of the picture's width and height in which what happens must lie to be one place.
const PLACE: (f32, f32) = (0.30, 0.5);

/// Remembers the background of a shot, block by block.
#[derive(Debug, Clone, Default)]
pub(super) struct Salience {
    background: Vec<f32>,
    /// Movement, fading over about a second.
    moving: Vec<f32>,
    samples: u32,
}

/// A place in fractions of the picture and how much of what happens is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Draw {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) strength: f32,
}

impl Salience {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes the next frame's block means and, unless a shot begins, each block's change.
    pub(super) fn look(&mut self, now: &Blocks, changes: Option<&[f32]>) -> Draw {
        if self.background.len() != now.mean.len() {
            self.background.clone_from(&now.mean);
            self.moving = vec![0.0; now.mean.len()];
            self.samples = 0;
        }
        self.samples += 1;
        let mut weights = vec![0.0f32; now.mean.len()];
        // A camera that moves changes everything: only what changes more than the most does counts.
        let common = changes.map_or(0.0, median);
        for (i, weight) in weights.iter_mut().enumerate() {
            let change = changes.map_or(0.0, |changes| (changes[i] - 1.5 * common - 2.0).clamp(0.0, 30.0));
            self.moving[i] = 0.65 * self.moving[i] + 0.35 * change;
            let strange = ((now.mean[i] - self.background[i]).abs() - 10.0).clamp(0.0, 30.0);
            // A running median: somebody who stands still for half a minute is not yet furniture.
            self.background[i] += (now.mean[i] - self.background[i]).clamp(-0.12, 0.12);
            // Against a moving camera the background means nothing.
            let still = (1.0 - common / 4.0).clamp(0.0, 1.0);
            *weight = self.moving[i] + 0.5 * strange * still;
        }
        let happening = weights.iter().sum::<f32>() / weights.len().max(1) as f32;
        let draw = gathered(&weights, now.across, now.down);
        if happening > 0.05 {
            // Little movement in all is weak evidence.
            let enough = (happening / 0.5).clamp(0.2, 1.0);
            return Draw { strength: draw.strength * enough, ..draw };
        }
        let still = gathered(&detail(now), now.across, now.down);
        Draw { strength: still.strength * 0.3, ..still }
    }

    /// The part of the picture that moved lately, in blocks: left, top, right, bottom (excluded).
    pub(super) fn moved(&self, across: usize) -> Option<[usize; 4]> {
        bounds(self.moving.iter().map(|v| *v > 1.5), across)
    }
}

/// The smallest rectangle of blocks around all that are marked.
pub(super) fn bounds(marked: impl Iterator<Item = bool>, across: usize) -> Option<[usize; 4]> {
    let mut area: Option<[usize; 4]> = None;
    for (i, _) in marked.enumerate().filter(|(_, marked)| *marked) {
        let (x, y) = (i % across, i / across);
        area =
            Some(area.map_or([x, y, x + 1, y + 1], |a| [a[0].min(x), a[1].min(y), a[2].max(x + 1), a[3].max(y + 1)]));
    }
    area
}

pub(super) fn rect_of(area: [usize; 4]) -> Rect {
    let side = super::gray::BLOCK as f32;
    let [left, top, right, bottom] = area.map(|v| v as f32 * side);
    Rect { x: left, y: top, w: right - left, h: bottom - top }
}

/// The place with the most weight and which share of all weight it has beyond an even spread.
fn gathered(weights: &[f32], across: usize, down: usize) -> Draw {
    let mut columns = vec![0.0f32; across];
    for row in weights.chunks_exact(across.max(1)) {
        for (column, weight) in columns.iter_mut().zip(row) {
            *column += weight;
        }
    }
    let wide = ((across as f32 * PLACE.0).round() as usize).clamp(1, across.max(1));
    let (left, share) = densest(&columns, wide);
    let mut rows = vec![0.0f32; down];
    for (row, weights) in rows.iter_mut().zip(weights.chunks_exact(across.max(1))) {
        *row = weights[left..(left + wide).min(across)].iter().sum();
    }
    let (x, y) = (middle(&columns[left..(left + wide).min(across)]), middle(&rows));
    let even = PLACE.0;
    Draw {
        x: (left as f32 + x) / across.max(1) as f32,
        y: y / down.max(1) as f32,
        strength: ((share - even) / (1.0 - even)).clamp(0.0, 1.0),
    }
}

/// Start of the run of that length with the largest sum, and its share of the whole.
fn densest(values: &[f32], length: usize) -> (usize, f32) {
    let total: f32 = values.iter().sum();
    let mut best = (0, 0.0f32);
    for (start, run) in values.windows(length).enumerate() {
        let sum: f32 = run.iter().sum();
        if sum > best.1 + 1e-6 {
            best = (start, sum);
        }
    }
    if total > 0.0 { (best.0, best.1 / total) } else { ((values.len() - length) / 2, 0.0) }
}

/// Mean place of weights, counted from the first one's left edge.
fn middle(weights: &[f32]) -> f32 {
    let total: f32 = weights.iter().sum();
    if total <= 0.0 {
        return weights.len() as f32 / 2.0;
    }
    weights.iter().enumerate().map(|(i, weight)| (i as f32 + 0.5) * weight).sum::<f32>() / total
}

fn median(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    let half = sorted.len() / 2;
    if sorted.is_empty() { 0.0 } else { *sorted.select_nth_unstable_by(half, f32::total_cmp).1 }
}

/// Contrast of each block against its neighbours, more towards the middle, where cameras are pointed.
fn detail(now: &Blocks) -> Vec<f32> {
    let (across, down) = (now.across, now.down);
    let mut out = vec![0.0; now.mean.len()];
    for y in 1..down.saturating_sub(1) {
        for x in 1..across.saturating_sub(1) {
            let i = y * across + x;
            let edge = (now.mean[i + 1] - now.mean[i - 1]).abs() + (now.mean[i + across] - now.mean[i - across]).abs();
            let off = (x as f32 / across as f32 - 0.5).abs() * 2.0;
            out[i] = edge * (1.0 - 0.6 * off * off);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACROSS: usize = 60;
    const DOWN: usize = 34;

    fn scene(person: Option<usize>) -> Blocks {
        let mut mean: Vec<f32> = (0..ACROSS * DOWN).map(|i| 100.0 + (i % 7) as f32).collect();
        if let Some(left) = person {
            for y in 8..30 {
                for x in left..left + 6 {
                    mean[y * ACROSS + x] = 30.0 + ((x - left + y) % 3) as f32 * 20.0;
                }
            }
        }
        Blocks { across: ACROSS, down: DOWN, mean }
    }

    fn changes(a: &Blocks, b: &Blocks) -> Vec<f32> {
        a.mean.iter().zip(&b.mean).map(|(a, b)| (a - b).abs()).collect()
    }

    #[test]
    fn who_walks_in_and_then_stands_still_draws_the_eye() {
        let mut salience = Salience::default();
        salience.look(&scene(None), None);
        let mut before = scene(None);
        let mut draw = None;
        for step in 0..60 {
            let now = scene(Some((step * 2).min(40)));
            draw = Some(salience.look(&now, Some(&changes(&now, &before))));
            before = now;
        }
        let draw = draw.unwrap();
        assert!((draw.x - 43.0 / 60.0).abs() < 0.04, "{draw:?}");
        assert!(draw.strength > 0.5, "{draw:?}");
    }

    #[test]
    fn an_even_flicker_draws_nowhere() {
        let mut salience = Salience::default();
        let now = scene(None);
        salience.look(&now, None);
        for _ in 0..10 {
            let draw = salience.look(&now, Some(&vec![6.0; ACROSS * DOWN]));
            assert!(draw.strength < 0.3, "{draw:?}");
        }
    }

    #[test]
    fn a_still_picture_is_weak_evidence() {
        let mut salience = Salience::default();
        let now = scene(Some(40));
        for _ in 0..10 {
            let draw = salience.look(&now, Some(&vec![0.0; ACROSS * DOWN]));
            assert!(draw.strength <= 0.3, "{draw:?}");
        }
    }
}
