//! Sums over time that answer "how much between here and there" without walking there.

use reelspan_media::analysis::Series;
use reelspan_types::Span;

/// An evenly spaced measurement whose mean and spread over any span cost nothing to ask.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve {
    rate: f64,
    values: Vec<f32>,
    sums: Vec<(f64, f64)>,
}

impl Curve {
    /// At most this many values a second are kept: a clip's mood does not change faster.
    const RATE: f64 = 10.0;

    pub(super) fn of(series: &Series, adjust: impl Fn(f32) -> f32) -> Self {
        let step = ((series.rate / Self::RATE).floor() as usize).max(1);
        let finite = |value: f32| if value.is_finite() { value } else { 0.0 };
        let values: Vec<f32> = series
            .values
            .chunks(step)
            .map(|chunk| chunk.iter().map(|value| adjust(finite(*value))).sum::<f32>() / chunk.len() as f32)
            .collect();
        let mut sums = Vec::with_capacity(values.len() + 1);
        let (mut sum, mut square) = (0.0, 0.0);
        sums.push((0.0, 0.0));
        for value in &values {
            sum += f64::from(*value);
            square += f64::from(*value).powi(2);
            sums.push((sum, square));
        }
        Self { rate: series.rate / step as f64, values, sums }
    }

    fn bounds(&self, span: Span) -> (usize, usize) {
        let index = |at: f64| ((at * self.rate).round().max(0.0) as usize).min(self.values.len());
        let from = index(span.start);
        (from, index(span.end).max(from))
    }

    pub(super) fn mean(&self, span: Span) -> Option<f64> {
        let (from, to) = self.bounds(span);
        (to > from).then(|| (self.sums[to].0 - self.sums[from].0) / (to - from) as f64)
    }

    /// The standard deviation.
    pub(super) fn spread(&self, span: Span) -> Option<f64> {
        let (from, to) = self.bounds(span);
        let mean = self.mean(span)?;
        let square = (self.sums[to].1 - self.sums[from].1) / (to - from) as f64;
        Some((square - mean * mean).max(0.0).sqrt())
    }

    /// The stretch of the given length with the highest mean inside a span.
    pub(super) fn peak(&self, span: Span, seconds: f64) -> Option<(Span, f64)> {
        let (from, to) = self.bounds(span);
        let length = ((seconds * self.rate).round() as usize).max(1);
        let mean = |at: usize| (self.sums[at + length].0 - self.sums[at].0) / length as f64;
        let best =
            (from..(to + 1).saturating_sub(length)).max_by(|a, b| mean(*a).total_cmp(&mean(*b)).then(b.cmp(a)))?;
        Some((Span::new(best as f64 / self.rate, (best + length) as f64 / self.rate), mean(best)))
    }
}

/// Stretches of time, merged: how much of a span they cover.
#[derive(Debug, Clone, Default)]
pub(super) struct Cover {
    spans: Vec<Span>,
    before: Vec<f64>,
}

impl Cover {
    pub(super) fn of(spans: impl IntoIterator<Item = Span>) -> Self {
        let mut sorted: Vec<Span> = spans.into_iter().filter(|span| span.end > span.start).collect();
        sorted.sort_by(|a, b| a.start.total_cmp(&b.start));
        let mut spans: Vec<Span> = Vec::with_capacity(sorted.len());
        for span in sorted {
            match spans.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => spans.push(span),
            }
        }
        let mut before = Vec::with_capacity(spans.len());
        let mut total = 0.0;
        for span in &spans {
            before.push(total);
            total += span.seconds();
        }
        Self { spans, before }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    fn until(&self, at: f64) -> f64 {
        match self.spans.partition_point(|span| span.start < at) {
            0 => 0.0,
            count => self.before[count - 1] + (at.min(self.spans[count - 1].end) - self.spans[count - 1].start),
        }
    }

    pub(super) fn seconds(&self, span: Span) -> f64 {
        (self.until(span.end) - self.until(span.start)).max(0.0)
    }

    /// The covered share of a span, 0 to 1.
    pub(super) fn share(&self, span: Span) -> f64 {
        if span.seconds() > 0.0 { (self.seconds(span) / span.seconds()).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The stretches that meet a span.
    pub(super) fn within(&self, span: Span) -> &[Span] {
        let from = self.spans.partition_point(|other| other.end <= span.start);
        let to = self.spans.partition_point(|other| other.start < span.end);
        &self.spans[from..to.max(from)]
    }

    pub(super) fn all(&self) -> &[Span] {
        &self.spans
    }
}

/// How many of some sorted moments lie inside a span.
pub(super) fn count(times: &[f64], span: Span) -> usize {
    let index = |at: f64| times.partition_point(|time| *time < at);
    index(span.end).saturating_sub(index(span.start))
}

/// What is usual in one recording for one measurement.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usual {
    mean: f64,
    deviation: f64,
}

impl Usual {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        Self { mean, deviation }
    }

    /// A half for the usual, 1 for two deviations above, 0 for two below.
    pub(super) fn around(self, value: f64, floor: f64) -> f64 {
        (0.5 + (value - self.mean) / (4.0 * self.deviation.max(floor))).clamp(0.0, 1.0)
    }

    /// 0 for the usual or less, 1 for two deviations above; differences smaller than `floor` count for nothing.
    pub(super) fn above(self, value: f64, floor: f64) -> f64 {
        ((value - self.mean) / (2.0 * self.deviation.max(floor))).clamp(0.0, 1.0)
    }
}

/// A line from 0 at `low` to 1 at `high`, flat outside.
pub(super) fn ramp(value: f64, low: f64, high: f64) -> f64 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cover_agrees_with_adding_up(
            spans in proptest::collection::vec((0u32..200, 0u32..20), 0..20),
            start in 0u32..200, length in 1u32..100,
        ) {
            let asked = Span::new(f64::from(start), f64::from(start + length));
            let cover = Cover::of(spans.iter().map(|(at, long)| Span::new(f64::from(*at), f64::from(at + long))));
            let plain = (start..start + length)
                .filter(|second| spans.iter().any(|(at, long)| (*at..at + long).contains(second)))
                .count();
            prop_assert!((cover.seconds(asked) - plain as f64).abs() < 1e-9);
        }
    }

    #[test]
    fn curves_give_the_mean_spread_and_peak_of_what_was_measured() {
        let series = Series {
            rate: 20.0,
            values: (0..200).map(|at| if (100..140).contains(&at) { 4.0 } else { 0.0 }).collect(),
        };
        let curve = Curve::of(&series, |value| value);
        let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-6, "{a:?} is not {b}");
        near(curve.mean(Span::new(4.0, 8.0)), 2.0);
        near(curve.spread(Span::new(4.0, 8.0)), 2.0);
        assert_eq!(curve.peak(Span::new(0.0, 10.0), 2.0), Some((Span::new(5.0, 7.0), 4.0)));
        assert_eq!(curve.mean(Span::new(20.0, 30.0)), None);
        assert_eq!(Curve::default().peak(Span::new(0.0, 1.0), 1.0), None);
    }

    #[test]
    fn the_usual_does_not_stand_out() {
        let flat = Usual::of([1.0, 1.0, 1.0].into_iter());
        assert_eq!(flat.above(1.0, 0.1), 0.0);
        assert!(flat.above(1.01, 0.1) < 0.06 && flat.above(2.0, 0.1) == 1.0);
        assert_eq!(Usual::of(std::iter::empty()).above(0.0, 0.1), 0.0);
    }
}
