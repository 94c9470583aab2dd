//! Spans out of evenly spaced measurements: thresholds with hysteresis, gaps closed, running means.

use reelspan_types::Span;

/// Runs of frames, as half-open ranges: a run begins where a value reaches `enter` and lasts while values stay at or over `stay`.
pub(super) fn hysteresis(values: &[f32], enter: f32, stay: f32) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < values.len() {
        if values[at] < enter {
            at += 1;
            continue;
        }
        let mut from = at;
        // What led up to it belongs to it too.
        while from > 0 && values[from - 1] >= stay && runs.last().is_none_or(|last| last.1 < from) {
            from -= 1;
        }
        while at < values.len() && values[at] >= stay {
            at += 1;
        }
        runs.push((from, at));
    }
    runs
}

/// Joins runs that are less than `gap` frames apart.
pub(super) fn join(runs: &[(usize, usize)], gap: usize) -> Vec<(usize, usize)> {
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (from, to) in runs {
        match joined.last_mut() {
            Some(last) if *from < last.1 + gap => last.1 = last.1.max(*to),
            _ => joined.push((*from, *to)),
        }
    }
    joined
}

/// The mean of the values within `radius` of each.
pub(super) fn smooth(values: &[f32], radius: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f64; values.len() + 1];
    for (index, value) in values.iter().enumerate() {
        sums[index + 1] = sums[index] + f64::from(*value);
    }
    (0..values.len())
        .map(|index| {
            let (from, to) = (index.saturating_sub(radius), (index + radius + 1).min(values.len()));
            ((sums[to] - sums[from]) / (to - from) as f64) as f32
        })
        .collect()
}

/// The value below which the given share of the values lies.
pub(super) fn percentile(values: &mut [f32], share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f64 * share).round() as usize;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

/// A range of frames in seconds, within the recording.
pub(super) fn span((from, to): (usize, usize), rate: f64, duration: f64) -> Span {
    Span::new((from as f64 / rate).min(duration), (to as f64 / rate).min(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_begins_high_and_lasts_while_it_is_not_low() {
        assert_eq!(hysteresis(&[0.0, 0.4, 0.9, 0.4, 0.1, 0.4, 0.4, 0.1], 0.8, 0.3), [(1, 4)]);
        assert_eq!(hysteresis(&[0.9, 0.2, 0.9], 0.8, 0.3), [(0, 1), (2, 3)]);
        assert!(hysteresis(&[], 0.8, 0.3).is_empty());
    }

    #[test]
    fn only_small_gaps_are_closed() {
        assert_eq!(join(&[(0, 5), (7, 9), (12, 20)], 3), [(0, 9), (12, 20)]);
    }

    #[test]
    fn a_mean_is_of_what_there_is() {
        assert_eq!(smooth(&[1.0, 2.0, 3.0, 4.0], 1), [1.5, 2.0, 3.0, 3.5]);
        assert_eq!(percentile(&mut [3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(percentile(&mut [], 0.5), 0.0);
    }
}
