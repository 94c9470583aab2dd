//! Finds the stretches that are played to a machine's tempo: there one straight grid explains every beat.

use super::ear::FRAMES;

/// Beats that agree this well (1 is all) are a machine's, or a very steady player's.
const AGREED: f64 = 0.55;
/// Parts of a period in which beats are counted, and how many side by side agree.
const BOXES: usize = 40;
const WIDTH: usize = 5;
/// Longer stretches are tried in pieces at once: nothing is played in one tempo for so long.
const LONGEST: f64 = 600.0;
/// Shorter ones are not worth a grid.
const SHORTEST: f64 = 16.0;

/// One tempo from here to there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    /// Seconds.
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) period: f64,
    /// Any one beat of the grid.
    pub(super) origin: f64,
}

/// A beat as found so far: seconds, and how much it counts.
pub(super) type Weighted = (f64, f64);

pub(super) fn stretches(beats: &[Weighted], duration: f64) -> Vec<Stretch> {
    let mut found = Vec::new();
    if beats.len() >= 12 {
        look(beats, 0.0, duration, &mut found);
    }
    found
}

fn look(beats: &[Weighted], from: f64, to: f64, found: &mut Vec<Stretch>) {
    let begin = beats.partition_point(|(t, _)| *t < from);
    let end = beats.partition_point(|(t, _)| *t < to);
    let inner = &beats[begin..end];
    if to - from < SHORTEST || inner.len() < 12 {
        return;
    }
    if to - from <= LONGEST
        && let Some((period, origin, agreed)) = line(inner)
        && agreed >= AGREED
    {
        found.push(Stretch { from, to, period, origin });
        return;
    }
    let middle = (from + to) / 2.0;
    look(beats, from, middle, found);
    look(beats, middle, to, found);
}

/// The period and phase that most beats agree on.
fn line(beats: &[Weighted]) -> Option<(f64, f64, f64)> {
    let mut steps: Vec<f64> = beats.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    steps.sort_by(f64::total_cmp);
    // Frames are coarse: the mean of the middle half is finer than the median.
    let cut = steps.len() / 4;
    let kept = &steps[cut..steps.len() - cut];
    let usual = kept.iter().sum::<f64>() / kept.len() as f64;
    let length = beats.last()?.0 - beats.first()?.0;
    if usual <= 2.0 / FRAMES || length <= 0.0 {
        return None;
    }
    let all: f64 = beats.iter().map(|(_, weight)| weight).sum();
    let fineness = usual * usual / (8.0 * length);
    let reach = ((0.02 * usual / fineness).ceil() as i32).max(1);
    // Counted in boxes and not summed as arrows: a part that is off must not bend the grid of the rest.
    let agreement = |period: f64| {
        let mut boxes = [0.0; BOXES];
        for (t, weight) in beats {
            let place = (t / period).fract() * BOXES as f64;
            boxes[(place as usize).min(BOXES - 1)] += weight;
        }
        let about =
            |middle: usize| (0..WIDTH).map(|off| boxes[(middle + BOXES + off - WIDTH / 2) % BOXES]).sum::<f64>();
        let fullest = (0..BOXES).max_by(|a, b| about(*a).total_cmp(&about(*b))).unwrap_or(0);
        (about(fullest) / all, (fullest as f64 + 0.5) / BOXES as f64 * period)
    };
    let tried = (-reach..=reach).map(|step| usual + f64::from(step) * fineness);
    let best = tried.max_by(|a, b| agreement(*a).0.total_cmp(&agreement(*b).0))?;
    let (agreed, origin) = agreement(best);
    let (period, origin) = straightened(beats, best, origin);
    Some((period, origin, agreed))
}

/// The straight line through the beats that lie near this grid.
fn straightened(beats: &[Weighted], period: f64, origin: f64) -> (f64, f64) {
    let (mut sum, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (t, weight) in beats {
        let count = ((t - origin) / period).round();
        let off = t - origin - count * period;
        if off.abs() < 0.09 * period {
            sum += weight;
            x += weight * count;
            y += weight * t;
            xx += weight * count * count;
            xy += weight * count * t;
        }
    }
    let spread = sum * xx - x * x;
    if sum < 6.0 || spread.abs() < 1e-9 {
        return (period, origin);
    }
    let slope = (sum * xy - x * y) / spread;
    (slope, (y - slope * x) / sum)
}
