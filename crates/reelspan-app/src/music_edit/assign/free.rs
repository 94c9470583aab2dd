//! What of the footage was shown and what is left of it.

use std::collections::BTreeMap;

use reelspan_types::Span;

use super::super::footage::{Take, without};
use super::{Place, Window};

/// Showings that share less than this are none: times are rounded to frames.
const SLACK: f64 = 0.02;

/// What was shown, by take.
#[derive(Debug, Clone, Default)]
pub(super) struct Used {
    spans: BTreeMap<usize, Vec<Span>>,
}

impl Used {
    pub(super) fn add(&mut self, take: usize, span: Span) {
        self.spans.entry(take).or_default().push(span);
    }

    fn of(&self, take: usize) -> &[Span] {
        self.spans.get(&take).map_or(&[], Vec::as_slice)
    }

    /// How often any of a window was shown.
    pub(super) fn times(&self, takes: &[Take], take: usize, start: f64, length: f64) -> u32 {
        let window = Span::new(start, start + length);
        let shown = self.of(take).iter().filter(|span| takes[take].still || span.overlap(window) > SLACK);
        shown.count() as u32
    }

    /// What of a take was not shown, in order.
    pub(super) fn free(&self, take: usize, span: Span) -> Vec<Span> {
        let mut left = vec![span];
        for used in self.of(take) {
            left = left.into_iter().flat_map(|span| without(span, *used)).collect();
        }
        left
    }

    /// The share of a window's length that it would leave beside it too short for anything.
    pub(super) fn crumbs(&self, window: &Window, place: &Place, span: Span) -> f64 {
        let end = window.start + place.slot.length;
        let free = self.free(window.take, span);
        let Some(free) = free.iter().find(|free| free.start <= window.start + SLACK && free.end >= end - SLACK) else {
            return 0.0;
        };
        let crumb = |rest: f64| if rest < 0.9 * place.slot.length { rest.max(0.0) } else { 0.0 };
        ((crumb(window.start - free.start) + crumb(free.end - end)) / place.slot.length).min(1.0)
    }
}
