//! Frames and the times at which they are shown, and which of them a list of kept spans means.

use std::ops::Range;

use reelspan_types::Span;

use super::CutError;

/// What a time with three decimals may differ from the frame it means, in seconds, and never more than this part of a
/// frame.
const SLACK: f64 = 0.000_49;
const SLACK_OF_FRAME: f64 = 0.1;
/// A frame that stands longer than this many usual ones is cut within, not taken whole.
const LONG: f64 = 1.5;

/// When each frame is shown, in ticks from the start of the file as players count.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frames {
    pub(super) timescale: u32,
    /// Growing.
    pub(super) times: Vec<i64>,
    /// Those that players show: a file may hold some before its start and after its end that are only decoded.
    pub(super) shown: Range<usize>,
    /// What most frames last.
    pub(super) usual: i64,
}

/// One kept stretch, moved to whole frames where the frames are short.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) asked: Span,
    /// Ticks.
    pub(super) from: i64,
    pub(super) to: i64,
    /// The frames that are shown, by their place among all.
    pub(super) frames: Range<usize>,
    /// Ticks at which it begins in the finished file.
    pub(super) at: i64,
}

impl Piece {
    pub(super) fn ticks(&self) -> i64 {
        self.to - self.from
    }

    /// When a frame of it is shown in the finished file.
    pub(super) fn shown(&self, time: i64) -> i64 {
        self.at + time.max(self.from) - self.from
    }
}

impl Frames {
    pub(super) fn new(timescale: u32, times: Vec<i64>, shown: Range<usize>) -> Option<Self> {
        let mut steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let middle = steps.len() / 2;
        let usual = match steps.is_empty() {
            true => i64::from(timescale) / 25,
            false => *steps.select_nth_unstable(middle).1,
        };
        (!shown.is_empty() && shown.end <= times.len()).then_some(Self { timescale, times, shown, usual: usual.max(1) })
    }

    pub(super) fn rate(&self) -> f64 {
        f64::from(self.timescale) / self.usual as f64
    }

    /// When the last frame has been shown as long as most are.
    pub(super) fn end(&self) -> i64 {
        self.until(self.shown.end - 1)
    }

    fn until(&self, frame: usize) -> i64 {
        let next = self.times.get(frame + 1).filter(|_| frame + 1 < self.shown.end);
        next.copied().unwrap_or(self.times[frame] + self.usual)
    }

    /// The first shown frame for which this does not hold.
    fn first_not(&self, holds: impl Fn(i64) -> bool) -> usize {
        self.shown.start + self.times[self.shown.clone()].partition_point(|time| holds(*time))
    }

    fn is_long(&self, frame: usize) -> bool {
        (self.until(frame) - self.times[frame]) as f64 > LONG * self.usual as f64
    }

    fn ticks(&self, seconds: f64) -> i64 {
        (seconds * f64::from(self.timescale)).round() as i64
    }

    fn slack(&self) -> i64 {
        let ticks = SLACK * f64::from(self.timescale);
        ticks.min(SLACK_OF_FRAME * self.usual as f64) as i64
    }

    /// The tick at which a span that starts here begins, and the first frame that it shows.
    fn start(&self, seconds: f64) -> (i64, usize) {
        let at = self.ticks(seconds);
        let after = self.first_not(|time| time <= at + self.slack());
        if after == self.shown.start {
            return (at, after);
        }
        let frame = after - 1;
        if at >= self.until(frame) {
            return (at, after);
        }
        let whole = !self.is_long(frame) || at - self.times[frame] <= self.slack();
        (if whole { self.times[frame] } else { at }, frame)
    }

    /// The tick at which a span that ends here ends, and the first frame that it does not show.
    fn stop(&self, seconds: f64) -> (i64, usize) {
        let at = self.ticks(seconds);
        let after = self.first_not(|time| time < at - self.slack());
        if after == self.shown.start {
            return (at, after);
        }
        let frame = after - 1;
        if self.is_long(frame) && at + self.slack() < self.until(frame) || at > self.until(frame) + self.slack() {
            return (at, after);
        }
        (self.until(frame), after)
    }

    /// What the kept spans mean, in order, without overlap; spans that meet become one. `end` is where the file ends.
    pub(super) fn pieces(&self, keeps: &[Span], end: f64) -> Result<Vec<Piece>, CutError> {
        check(keeps, end)?;
        let end = end.max(self.end() as f64 / f64::from(self.timescale));
        let mut pieces: Vec<Piece> = Vec::new();
        for keep in keeps {
            let ((mut from, mut first), (to, last)) = (self.start(keep.start), self.stop(keep.end.min(end)));
            if let Some(previous) = pieces.last() {
                (from, first) = (from.max(previous.to), first.max(previous.frames.end));
            }
            if to <= from {
                continue;
            }
            let touching = pieces.last_mut().filter(|previous| previous.to == from);
            if let Some(previous) = touching {
                previous.asked.end = keep.end;
                previous.to = to;
                previous.frames.end = previous.frames.end.max(last);
            } else {
                let at = pieces.last().map_or(0, |previous| previous.at + previous.ticks());
                pieces.push(Piece { asked: *keep, from, to, frames: first..last.max(first), at });
            }
        }
        if pieces.iter().all(|piece| piece.frames.is_empty()) {
            return Err(CutError::Keep("shows no frame at all".to_owned()));
        }
        Ok(pieces)
    }
}

/// The same for sound alone, where every sample is a frame.
pub(super) fn sample_pieces(rate: u32, samples: u64, keeps: &[Span]) -> Result<Vec<Piece>, CutError> {
    check(keeps, samples as f64 / f64::from(rate))?;
    let tick = |seconds: f64| ((seconds * f64::from(rate)).round() as i64).min(samples as i64);
    let mut pieces: Vec<Piece> = Vec::new();
    for keep in keeps {
        let (from, to) = (tick(keep.start), tick(keep.end));
        match pieces.last_mut() {
            Some(previous) if previous.to >= from => (previous.to, previous.asked.end) = (to, keep.end),
            _ if to > from => {
                let at = pieces.last().map_or(0, |previous| previous.at + previous.ticks());
                pieces.push(Piece { asked: *keep, from, to, frames: 0..0, at });
            }
            _ => {}
        }
    }
    if pieces.is_empty() { Err(CutError::Keep("holds no sound at all".to_owned())) } else { Ok(pieces) }
}

/// Refuses spans that mean nothing.
pub(super) fn check(keeps: &[Span], end: f64) -> Result<(), CutError> {
    if keeps.is_empty() {
        return Err(CutError::Keep("is missing: name at least one span to keep".to_owned()));
    }
    let written = |span: &Span| format!("{:.3}-{:.3}", span.start, span.end);
    for span in keeps {
        if !(span.start.is_finite() && span.end.is_finite() && span.start >= 0.0 && span.end > span.start) {
            return Err(CutError::Keep(format!("`{}` does not end after it starts", written(span))));
        }
        if span.start >= end {
            return Err(CutError::Keep(format!(
                "`{}` begins after the end of the recording, which is {end:.3} s long",
                written(span)
            )));
        }
    }
    match keeps.windows(2).find(|pair| pair[1].start < pair[0].end - 1e-9) {
        Some(pair) => {
            Err(CutError::Keep(format!("`{}` overlaps or precedes `{}`", written(&pair[1]), written(&pair[0]))))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady() -> Frames {
        Frames::new(30_000, (0..100).map(|frame| frame * 1001).collect(), 0..100).unwrap()
    }

    #[track_caller]
    fn cut(frames: &Frames, keeps: &[(f64, f64)]) -> Vec<Piece> {
        let keeps: Vec<Span> = keeps.iter().map(|(start, end)| Span::new(*start, *end)).collect();
        frames.pieces(&keeps, frames.end() as f64 / f64::from(frames.timescale)).unwrap()
    }

    #[test]
    fn the_frame_that_is_shown_at_the_start_comes_first() {
        // 0.5 s is within frame 14, 1.0 s within frame 29.
        let pieces = cut(&steady(), &[(0.5, 1.0)]);
        assert_eq!(pieces[0].frames, 14..30);
        assert_eq!((pieces[0].from, pieces[0].to), (14 * 1001, 30 * 1001));
    }

    #[test]
    fn a_time_that_was_rounded_finds_its_frame() {
        // Frame 10 is shown at 0.333667 s.
        assert_eq!(cut(&steady(), &[(0.334, 0.36)])[0].frames.start, 10);
        assert_eq!(cut(&steady(), &[(0.0, 0.334)])[0].frames, 0..10);
        assert_eq!(cut(&steady(), &[(0.0, 0.3336)])[0].frames, 0..10);
        assert_eq!(cut(&steady(), &[(0.0, 0.3350)])[0].frames, 0..11);
    }

    #[test]
    fn pieces_follow_one_another_without_a_gap_and_meet_without_a_joint() {
        let pieces = cut(&steady(), &[(0.0, 0.5), (1.0, 1.5), (1.5, 2.0)]);
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[1].at, pieces[0].ticks());
        assert_eq!(pieces[1].asked, Span::new(1.0, 2.0));
        // Both within one frame: it is shown once.
        let pieces = cut(&steady(), &[(0.0, 0.505), (0.52, 1.0)]);
        assert_eq!((pieces.len(), pieces[0].frames.clone()), (1, 0..30));
    }

    #[test]
    fn a_frame_that_stands_long_is_cut_within() {
        let frames = Frames::new(1000, vec![0, 40, 80, 5080, 5120, 5160], 0..6).unwrap();
        let pieces = cut(&frames, &[(1.0, 2.0), (3.0, 5.09)]);
        assert_eq!((pieces[0].from, pieces[0].to, pieces[0].frames.clone()), (1000, 2000, 2..3));
        // It still stands from the piece before, so it need not come twice.
        assert_eq!((pieces[1].from, pieces[1].to, pieces[1].frames.clone()), (3000, 5120, 3..4));
        assert_eq!(pieces[1].shown(5080), 1000 + 2080);
    }

    #[test]
    fn what_begins_late_or_ends_early_keeps_its_time() {
        let frames = Frames::new(1000, (0..50).map(|frame| 852 + frame * 40).collect(), 0..50).unwrap();
        let keeps = [Span::new(0.0, 1.0), Span::new(2.0, 4.0)];
        let pieces = frames.pieces(&keeps, 5.0).unwrap();
        assert_eq!((pieces[0].from, pieces[0].frames.clone()), (0, 0..4));
        assert_eq!(pieces[0].shown(852), 852);
        assert_eq!((pieces[1].to, pieces[1].frames.end), (4000, 50));
    }

    #[test]
    fn frames_that_players_do_not_show_are_never_taken() {
        let frames = Frames::new(25, (-5..20).collect(), 6..20).unwrap();
        let pieces = cut(&frames, &[(0.0, 1.0)]);
        assert_eq!((pieces[0].frames.clone(), pieces[0].from), (6..20, 0));
        assert_eq!(pieces[0].to, 15);
    }

    #[test]
    fn spans_that_mean_nothing_are_refused_by_name() {
        let end = steady().end() as f64 / 30_000.0;
        for (keeps, because) in [
            (vec![], "at least one"),
            (vec![Span::new(1.0, 1.0)], "does not end after"),
            (vec![Span::new(-1.0, 1.0)], "does not end after"),
            (vec![Span::new(0.0, f64::NAN)], "does not end after"),
            (vec![Span::new(9.0, 10.0)], "after the end"),
            (vec![Span::new(1.0, 2.0), Span::new(1.5, 3.0)], "overlaps"),
        ] {
            let told = steady().pieces(&keeps, end).unwrap_err().to_string();
            assert!(told.contains(because), "{told}");
        }
    }

    #[test]
    fn sound_is_cut_on_the_sample() {
        let keeps = [Span::new(0.1, 0.2), Span::new(0.2, 0.3), Span::new(0.5, 9.0)];
        let pieces = sample_pieces(1000, 700, &keeps).unwrap();
        assert_eq!(
            pieces.iter().map(|piece| (piece.from, piece.to, piece.at)).collect::<Vec<_>>(),
            [(100, 300, 0), (500, 700, 200)]
        );
    }
}
