//! What the footage offers: stretches that cross no cut, and how good any window of them is.

use reelspan_media::analysis::{Series, Transition, VideoAnalysis};
use reelspan_types::Span;

/// A stretch of one source that may be shown without crossing a cut; or a whole single picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Take {
    pub(super) source: usize,
    /// Which shot of the source.
    pub(super) shot: usize,
    pub(super) span: Span,
    pub(super) still: bool,
}

impl Take {
    /// Whether both show the same thing: one after the other they make no cut but a jump.
    pub(super) fn alike(&self, other: &Self) -> bool {
        (self.source, self.shot) == (other.source, other.shot)
    }
}

/// One source as the planner sees it.
#[derive(Debug)]
pub(super) struct Source {
    still: bool,
    motion: Series,
    moved: Sums,
    sharp: Sums,
    faces: Sums,
    exposure: Sums,
    novelty: Series,
    shake: Sums,
    dull: Sums,
    /// When much happens at once, in order.
    pub(super) peaks: Vec<f64>,
}

/// What a window of footage is worth, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Marks {
    /// Mean motion.
    pub(super) energy: f64,
    /// When most happens, in seconds after the window's start, and how much that stands out.
    pub(super) peak: f64,
    pub(super) prominence: f64,
    pub(super) sharpness: f64,
    pub(super) faces: f64,
    /// Share drowned or burnt.
    pub(super) exposure: f64,
    pub(super) novelty: f64,
    pub(super) shake: f64,
    /// Share in which there is nothing to see: dark or burnt, flat or blurred, standing still in moving footage.
    pub(super) dull: f64,
}

/// All footage.
#[derive(Debug, Default)]
pub(super) struct Footage {
    pub(super) sources: Vec<Source>,
    pub(super) takes: Vec<Take>,
}

/// A dissolve's pictures belong to two shots; its bounds are vague.
const VAGUE: f64 = 0.5;
/// Shorter stretches are not worth a look while there are longer ones.
const SHORTEST: f64 = 0.4;
/// Shorter ones hold hardly a picture.
const TINIEST: f64 = 0.08;

impl Footage {
    /// Adds a single picture.
    pub(super) fn add_still(&mut self, look: Option<&VideoAnalysis>) {
        let source = self.sources.len();
        self.sources.push(Source { still: true, ..Source::of(look) });
        self.takes.push(Take { source, shot: 0, span: Span::new(0.0, f64::MAX), still: true });
    }

    /// Adds a recording; false where there is nothing in it to be shown.
    pub(super) fn add_video(&mut self, look: &VideoAnalysis) -> bool {
        let source = self.sources.len();
        self.sources.push(Source::of(Some(look)));
        let takes = takes(look, source);
        if takes.is_empty() {
            self.sources.pop();
            return false;
        }
        self.takes.extend(takes);
        true
    }

    pub(super) fn marks(&self, take: &Take, start: f64, length: f64) -> Marks {
        self.sources[take.source].marks(take, start, length)
    }

    /// Seconds of moving footage.
    pub(super) fn seconds(&self) -> f64 {
        self.takes.iter().filter(|take| !take.still).map(|take| take.span.seconds()).sum()
    }

    pub(super) fn stills(&self) -> usize {
        self.takes.iter().filter(|take| take.still).count()
    }

    /// The longest stretch, and the length that half of the footage has at least. Single pictures last as long as they
    /// are wanted.
    pub(super) fn lengths(&self) -> (f64, f64) {
        let mut lengths: Vec<f64> = self.takes.iter().map(|take| take.span.seconds().min(STILL)).collect();
        lengths.sort_by(|a, b| b.total_cmp(a));
        let half = lengths.iter().sum::<f64>() / 2.0;
        let mut sum = 0.0;
        let usual = lengths.iter().find(|length| {
            sum += **length;
            sum >= half
        });
        let longest = if self.stills() > 0 { f64::MAX } else { lengths.first().copied().unwrap_or(0.0) };
        (longest, usual.copied().unwrap_or(0.0))
    }
}

/// For how long a single picture bears being looked at.
pub(super) const STILL: f64 = 4.0;

impl Source {
    fn of(look: Option<&VideoAnalysis>) -> Self {
        let none = Series::default();
        let series = |pick: fn(&VideoAnalysis) -> &Series| look.map_or(&none, pick);
        let motion = smooth(series(|look| &look.motion));
        Self {
            still: false,
            moved: Sums::of(&motion),
            sharp: Sums::of(series(|look| &look.sharpness)),
            faces: Sums::of(&faces(look)),
            exposure: Sums::of(series(|look| &look.exposure)),
            novelty: series(|look| &look.novelty).clone(),
            shake: Sums::of(series(|look| &look.shake)),
            dull: Sums::of(&look.map(dull).unwrap_or_default()),
            peaks: peaks(&motion),
            motion,
        }
    }

    fn marks(&self, take: &Take, start: f64, length: f64) -> Marks {
        let end = start + length;
        let (from, to) = if self.still { (0.0, 1.0) } else { (start, end) };
        let energy = if self.still { 0.0 } else { self.moved.mean(from, to) };
        let (peak, most) = self.peak(start, end);
        Marks {
            energy,
            peak: peak - start,
            prominence: if self.still { 0.0 } else { ((most - energy) / (energy + 0.05)).clamp(0.0, 1.0) },
            sharpness: self.sharp.mean(from, to),
            faces: self.faces.mean(from, to),
            exposure: self.exposure.mean(from, to),
            // A shot is as new as its newest picture so far: later ones resemble their own beginning.
            novelty: f64::from(most_of(&self.novelty, take.span.start.max(0.0) - 0.5, to)),
            shake: self.shake.mean(from, to),
            dull: self.dull.mean(from, to),
        }
    }

    /// When most happens inside, edges left out, and how much.
    fn peak(&self, start: f64, end: f64) -> (f64, f64) {
        let rate = self.motion.rate;
        let inside = self.motion.within(Span::new(start + 0.1, end - 0.1));
        let first = ((start + 0.1) * rate).round();
        let best = inside.iter().enumerate().fold(
            (0, f32::MIN),
            |best, (index, value)| {
                if *value > best.1 { (index, *value) } else { best }
            },
        );
        if inside.is_empty() { ((start + end) / 2.0, 0.0) } else { ((first + best.0 as f64) / rate, f64::from(best.1)) }
    }
}

fn most_of(series: &Series, start: f64, end: f64) -> f32 {
    series.within(Span::new(start, end + 0.5)).iter().fold(0.0, |most, value| most.max(*value))
}

/// Values of dullness a second.
const DULL_RATE: f64 = 4.0;

/// How little there is to see, moment by moment: 1 where the picture is dark or burnt all over, flat, blurred or frozen.
fn dull(look: &VideoAnalysis) -> Series {
    let end = look.shots.last().map_or(0.0, |shot| shot.end);
    let value = |series: &Series, t: f64| {
        let at = ((t * series.rate).floor() as usize).min(series.values.len().saturating_sub(1));
        series.values.get(at).copied()
    };
    let moment = |at: usize| {
        let t = at as f64 / DULL_RATE;
        if look.black.iter().chain(&look.frozen).any(|span| span.contains(t)) {
            return 1.0;
        }
        let drowned = value(&look.exposure, t).map_or(0.0, |share| ((share - 0.6) / 0.35).clamp(0.0, 1.0));
        // A fog, a wall out of focus: next to no edge anywhere.
        let flat = value(&look.sharpness, t).map_or(0.0, |sharp| ((0.08 - sharp) / 0.06).clamp(0.0, 1.0));
        drowned.max(flat)
    };
    Series { rate: DULL_RATE, values: (0..(end * DULL_RATE).ceil() as usize).map(moment).collect() }
}

/// Where a face is large enough to be met.
fn faces(look: Option<&VideoAnalysis>) -> Series {
    let samples = look.map_or(&[][..], |look| &look.faces);
    let height = |sample: &reelspan_media::analysis::FaceSample| {
        sample.faces.iter().map(|face| face.area.h).fold(0.0_f32, f32::max)
    };
    let step = samples.windows(2).map(|pair| pair[1].t - pair[0].t).find(|step| *step > 0.0).unwrap_or(0.25);
    Series { rate: 1.0 / step, values: samples.iter().map(|sample| (height(sample) * 4.0).min(1.0)).collect() }
}

/// A single jerk between two frames is noise.
fn smooth(motion: &Series) -> Series {
    let values = &motion.values;
    let near = |index: usize| &values[index.saturating_sub(1)..(index + 2).min(values.len())];
    let mean = |index: usize| near(index).iter().sum::<f32>() / near(index).len() as f32;
    Series { rate: motion.rate, values: (0..values.len()).map(mean).collect() }
}

/// Where motion is more than all within a second around and stands out from them.
fn peaks(motion: &Series) -> Vec<f64> {
    let values = &motion.values;
    let reach = motion.rate.round() as usize;
    let stands_out = |index: &usize| {
        let around = &values[index.saturating_sub(reach)..(index + reach + 1).min(values.len())];
        let mean = around.iter().sum::<f32>() / around.len() as f32;
        let first = around.iter().position(|value| *value >= values[*index]);
        values[*index] > 1.25 * mean + 0.01 && first == Some((*index).min(reach))
    };
    (0..values.len()).filter(stands_out).map(|index| index as f64 / motion.rate).collect()
}

/// The stretches of a recording that may be shown: inside one shot, neither black nor frozen as long as there are others.
fn takes(look: &VideoAnalysis, source: usize) -> Vec<Take> {
    let both: Vec<Span> = look.black.iter().chain(&look.frozen).copied().collect();
    let tries: [(&[Span], f64); 4] =
        [(&both, SHORTEST), (&look.black, SHORTEST), (&look.black, TINIEST), (&[], TINIEST)];
    let found = tries.into_iter().map(|(avoided, least)| stretches(look, source, avoided, least));
    found.into_iter().find(|takes| !takes.is_empty()).unwrap_or_default()
}

fn stretches(look: &VideoAnalysis, source: usize, avoided: &[Span], least: f64) -> Vec<Take> {
    // A frame taken at a bound may be from either side of it.
    let margin = (1.5 / look.frame_rate.max(1.0)).min(0.08);
    let vague = |transition: Transition| matches!(transition, Transition::Fade | Transition::Dissolve);
    let mut takes = Vec::new();
    for (index, shot) in look.shots.iter().enumerate() {
        let next = look.shots.get(index + 1).map(|next| next.transition);
        let span = shot.span();
        let most = span.seconds() / 4.0;
        let before = if index == 0 {
            0.0
        } else if vague(shot.transition) {
            VAGUE.min(most)
        } else {
            margin.min(most)
        };
        let after = if next.is_some_and(vague) { VAGUE.min(most) } else { margin.min(most) };
        let mut left = vec![Span::new(span.start + before, span.end - after)];
        for bad in avoided {
            let bad = Span::new(bad.start - 0.05, bad.end + 0.05);
            left = left.into_iter().flat_map(|span| without(span, bad)).collect();
        }
        let long = left.into_iter().filter(|span| span.seconds() >= least);
        takes.extend(long.map(|span| Take { source, shot: index, span, still: false }));
    }
    takes
}

/// What is left and right of a hole.
pub(super) fn without(span: Span, hole: Span) -> impl Iterator<Item = Span> {
    let left = Span::new(span.start, span.end.min(hole.start));
    let right = Span::new(span.start.max(hole.end), span.end);
    let one = if hole.start >= span.end { [Some(left), None] } else { [Some(left), Some(right)] };
    one.into_iter().flatten().filter(|span| span.end > span.start)
}

/// Means over any stretch of a series at once.
#[derive(Debug)]
struct Sums {
    rate: f64,
    sums: Vec<f64>,
}

impl Sums {
    fn of(series: &Series) -> Self {
        let mut sum = 0.0;
        let sums = series.values.iter().map(|value| {
            sum += f64::from(*value);
            sum
        });
        Self { rate: series.rate, sums: std::iter::once(0.0).chain(sums).collect() }
    }

    /// 0 where there are no values.
    fn mean(&self, from: f64, to: f64) -> f64 {
        let count = self.sums.len() - 1;
        if count == 0 {
            return 0.0;
        }
        let from = ((from * self.rate).round().max(0.0) as usize).min(count - 1);
        let to = ((to * self.rate).round().max(0.0) as usize).clamp(from + 1, count);
        (self.sums[to] - self.sums[from]) / (to - from) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::video;
    use super::*;

    fn footage(look: &VideoAnalysis) -> Footage {
        let mut footage = Footage::default();
        assert!(footage.add_video(look));
        footage
    }

    #[test]
    fn no_take_crosses_a_cut_or_holds_black_or_standstill() {
        let mut look = video(&[4.0, 6.0, 0.2, 5.0], |_| 0.2);
        look.black = vec![Span::new(6.0, 7.0)];
        look.frozen = vec![Span::new(12.0, 15.2)];
        let takes = footage(&look).takes;
        for take in &takes {
            let shot = look.shots[take.shot].span();
            assert!(take.span.start >= shot.start && take.span.end <= shot.end, "{take:?}");
            assert!(take.span.seconds() >= SHORTEST);
            assert!(look.black.iter().chain(&look.frozen).all(|bad| bad.overlap(take.span) == 0.0), "{take:?}");
        }
        assert_eq!(takes.iter().map(|take| take.shot).collect::<Vec<_>>(), [0, 1, 1, 3]);
    }

    #[test]
    fn standstill_serves_where_there_is_nothing_else_and_black_at_the_last() {
        let mut look = video(&[6.0], |_| 0.0);
        look.frozen = vec![Span::new(0.0, 6.0)];
        assert_eq!(footage(&look).takes.len(), 1);
        look.black = vec![Span::new(0.0, 6.0)];
        assert_eq!(footage(&look).takes.len(), 1);
        assert_eq!(footage(&video(&[0.2], |_| 0.5)).takes.len(), 1, "a blink of footage is footage");
    }

    #[test]
    fn dark_flat_and_frozen_moments_are_dull_and_others_are_not() {
        let mut look = video(&[20.0], |_| 0.3);
        look.exposure.values[..16].fill(0.97);
        look.sharpness.values[24..32].fill(0.01);
        look.frozen = vec![Span::new(12.0, 16.0)];
        let footage = Footage { sources: vec![Source::of(Some(&look))], takes: Vec::new() };
        let take = Take { source: 0, shot: 0, span: Span::new(0.0, 20.0), still: false };
        let dull = |start: f64| footage.marks(&take, start, 2.0).dull;
        assert!(dull(1.0) > 0.9 && dull(6.0) > 0.9 && dull(13.0) > 0.9);
        assert_eq!((dull(9.0), dull(17.5)), (0.0, 0.0));
    }

    #[test]
    fn the_peak_of_the_action_is_found() {
        let look = video(&[20.0], |t| if (t - 7.3).abs() < 0.25 { 0.9 } else { 0.1 });
        let footage = footage(&look);
        let marks = footage.marks(&footage.takes[0], 6.0, 3.0);
        assert!((marks.peak - 1.3).abs() <= 0.2 && marks.prominence > 0.9, "{marks:?}");
        let calm = footage.marks(&footage.takes[0], 12.0, 3.0);
        assert!(calm.energy < marks.energy && calm.prominence < 0.1);
        assert!(
            footage.sources[0].peaks.iter().any(|peak| (peak - 7.3).abs() <= 0.25),
            "{:?}",
            footage.sources[0].peaks
        );
    }

    #[test]
    fn a_single_picture_lasts_and_does_not_move() {
        let mut footage = Footage::default();
        footage.add_still(None);
        assert_eq!(footage.marks(&footage.takes[0], 0.0, 5.0), Marks { peak: 2.5, ..Marks::default() });
        assert_eq!(footage.lengths(), (f64::MAX, STILL));
    }
}
