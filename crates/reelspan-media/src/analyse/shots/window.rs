//! The last seconds of thumbs, and how much every frame changed.

use std::collections::VecDeque;

use super::super::picture::Thumb;

#[derive(Debug)]
pub(super) struct Window {
    rate: f64,
    thumbs: VecDeque<Thumb>,
    /// The frame that the first thumb is.
    begin: usize,
    /// Change of every frame against the one before; the first has none.
    changes: Vec<f32>,
    look_back: usize,
    look_ahead: usize,
}

/// Below this a frame is a repetition of the one before (telecine, low rates in faster files).
pub(super) const REPEATED: f32 = 0.3;

impl Window {
    /// A dissolve and its surroundings must fit before the judged frame, a flash and its end after it.
    pub(super) fn new(rate: f64) -> Self {
        let frames = |seconds: f64| (rate * seconds).ceil() as usize;
        Self {
            rate,
            thumbs: VecDeque::new(),
            begin: 0,
            changes: Vec::new(),
            look_back: frames(2.2).max(4),
            look_ahead: frames(0.5).max(3),
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn frames(&self, seconds: f64) -> usize {
        ((self.rate * seconds).round() as usize).max(1)
    }

    pub(super) fn push(&mut self, thumb: Thumb) -> Option<Thumb> {
        self.changes.push(self.thumbs.back().map_or(0.0, |last| last.distance(&thumb)));
        self.thumbs.push_back(thumb);
        if self.thumbs.len() <= self.look_back + self.look_ahead {
            return None;
        }
        self.begin += 1;
        self.thumbs.pop_front()
    }

    pub(super) fn look_ahead(&self) -> usize {
        self.look_ahead
    }

    /// The oldest frame whose thumb is still here.
    pub(super) fn begin(&self) -> usize {
        self.begin
    }

    /// One past the newest frame.
    pub(super) fn end(&self) -> usize {
        self.begin + self.thumbs.len()
    }

    pub(super) fn thumb(&self, frame: usize) -> Option<&Thumb> {
        self.thumbs.get(frame.checked_sub(self.begin)?)
    }

    pub(super) fn change(&self, frame: usize) -> f32 {
        self.changes.get(frame).copied().unwrap_or(0.0)
    }
}
