//! How much moves, and where the picture is black or stands still.

use reelspan_types::Span;

use crate::analysis::Series;

use super::picture::Thumb;
use super::shots::Boundary;

/// Motion values a second.
const MOTION_RATE: f64 = 10.0;
/// Steps of luma that noise stays below once a picture is a thumb.
const NOISE: u8 = 6;
/// Shorter black is a blink.
const SHORTEST_BLACK: f64 = 0.2;
/// Shorter stillness is a pause of whoever is seen.
pub(super) const SHORTEST_FROZEN: f64 = 2.0;

/// Fed every frame of the steady grid; keeps the last tenth of a second's thumb and that of a standstill.
#[derive(Debug)]
pub(super) struct Motion {
    rate: f64,
    frame: usize,
    last: Thumb,
    values: Vec<f32>,
    /// The frames between which each value was measured: one of a new shot tells nothing.
    measured: Vec<(usize, usize)>,
    black: Stretch,
    still: Stretch,
    still_as: Thumb,
}

/// Frames of one kind, as they come.
#[derive(Debug, Default)]
struct Stretch {
    since: Option<usize>,
    found: Vec<(usize, usize)>,
}

impl Stretch {
    fn end(&mut self, frame: usize) {
        self.found.extend(self.since.take().map(|since| (since, frame)));
    }

    fn spans(&self, rate: f64, least: f64) -> Vec<Span> {
        let spans = self.found.iter().map(|(from, to)| Span::new(*from as f64 / rate, *to as f64 / rate));
        spans.filter(|span| span.seconds() >= least - 1e-6).collect()
    }
}

/// What [`Motion`] found.
#[derive(Debug)]
pub(super) struct Moved {
    pub(super) motion: Series,
    pub(super) black: Vec<Span>,
    pub(super) frozen: Vec<Span>,
}

impl Motion {
    pub(super) fn new(rate: f64) -> Self {
        Self {
            rate,
            frame: 0,
            last: Thumb::default(),
            values: Vec::new(),
            measured: Vec::new(),
            black: Stretch::default(),
            still: Stretch::default(),
            still_as: Thumb::default(),
        }
    }

    pub(super) fn push(&mut self, thumb: &Thumb) {
        let frame = self.frame;
        self.frame += 1;
        self.look_for_black(thumb, frame);
        self.look_for_stillness(thumb, frame);
        // Compared a tenth of a second apart whatever the rate, or a fast file would seem to move less.
        if frame as f64 / self.rate + 1e-6 < self.values.len() as f64 / MOTION_RATE {
            return;
        }
        let before = self.measured.last().map_or(0, |(_, to)| *to);
        let change = if self.values.is_empty() { 0.0 } else { thumb.changed(&self.last, NOISE) };
        while self.values.len() as f64 / MOTION_RATE <= frame as f64 / self.rate + 1e-6 {
            self.values.push(change);
            self.measured.push((before, frame));
        }
        self.last.clone_from(thumb);
    }

    fn look_for_black(&mut self, thumb: &Thumb, frame: usize) {
        match (thumb.is_black(), self.black.since) {
            (true, None) => self.black.since = Some(frame),
            (false, Some(_)) => self.black.end(frame),
            _ => {}
        }
    }

    fn look_for_stillness(&mut self, thumb: &Thumb, frame: usize) {
        // Against the first picture of the standstill, so that slow change does not pass for none.
        let same = frame > 0 && thumb.distance(&self.still_as) < 0.25 && thumb.changed(&self.still_as, NOISE) == 0.0;
        if !same {
            self.still.end(frame);
            self.still.since = Some(frame);
            self.still_as.clone_from(thumb);
        }
    }

    pub(super) fn finish(mut self, boundaries: &[Boundary]) -> Moved {
        self.black.end(self.frame);
        self.still.end(self.frame);
        for index in 1..self.values.len() {
            let (from, to) = self.measured[index];
            // Boundaries and measurements are both in order: the first boundary after `from` decides.
            let next = boundaries.partition_point(|boundary| boundary.frame <= from);
            if boundaries.get(next).is_some_and(|boundary| boundary.frame <= to) {
                self.values[index] = self.values[index - 1];
            }
        }
        Moved {
            motion: Series { rate: MOTION_RATE, values: self.values },
            black: self.black.spans(self.rate, SHORTEST_BLACK),
            frozen: self.still.spans(self.rate, SHORTEST_FROZEN),
        }
    }
}
