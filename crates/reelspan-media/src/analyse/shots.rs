//! Where shots begin: hard cuts, fades through black or white, dissolves.

mod cuts;
mod gradual;
mod window;

use crate::analysis::Transition;

use super::picture::Thumb;
use gradual::{Dissolves, Fades};
use window::Window;

/// The first frame of a new shot, and how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Boundary {
    pub(super) frame: usize,
    pub(super) transition: Transition,
}

/// Fed every frame of a steady grid; keeps two seconds of thumbs and four bytes a frame.
#[derive(Debug)]
pub(super) struct ShotDetector {
    window: Window,
    /// The next frame to be judged for a hard cut.
    next: usize,
    cuts: Vec<usize>,
    fades: Fades,
    dissolves: Dissolves,
}

/// Shots shorter than this are flashes and glitches, not shots.
const SHORTEST_SHOT: f64 = 0.12;

impl ShotDetector {
    /// `rate` is the grid's frames per second.
    pub(super) fn new(rate: f64) -> Self {
        Self {
            window: Window::new(rate),
            next: 1,
            cuts: Vec::new(),
            fades: Fades::new(rate),
            dissolves: Dissolves::new(rate),
        }
    }

    /// Takes the next frame and gives back a thumb that is no longer needed, for its buffers.
    pub(super) fn push(&mut self, thumb: Thumb) -> Option<Thumb> {
        let spare = self.window.push(thumb);
        while self.next + self.window.look_ahead() < self.window.end() {
            self.judge(self.next);
            self.next += 1;
        }
        spare
    }

    fn judge(&mut self, frame: usize) {
        let first = self.cuts.last().copied().unwrap_or(0);
        if cuts::is_cut(&self.window, frame, first) {
            self.cuts.push(frame);
        }
        self.fades.look(&self.window, frame);
        self.dissolves.look(&self.window, frame, &self.cuts);
    }

    /// In order, the first frame of the recording left out.
    pub(super) fn finish(mut self) -> Vec<Boundary> {
        while self.next < self.window.end() {
            self.judge(self.next);
            self.next += 1;
        }
        let of = |transition| move |frame| Boundary { frame, transition };
        let mut found: Vec<_> = self.cuts.iter().copied().map(of(Transition::Cut)).collect();
        let fades = self.fades.finish();
        found.retain(|cut| !fades.iter().any(|fade| fade.swallows(cut.frame)));
        found.extend(fades.iter().map(|fade| of(Transition::Fade)(fade.frame)));
        let apart = (self.window.rate() * 0.4).ceil() as usize;
        for frame in self.dissolves.finish() {
            if found.iter().all(|other| other.frame.abs_diff(frame) > apart) {
                found.push(of(Transition::Dissolve)(frame));
            }
        }
        found.sort_by_key(|boundary| boundary.frame);
        without_glitches(&self.window, found)
    }
}

/// Of two boundaries too close to hold a shot, the greater change stays.
fn without_glitches(window: &Window, found: Vec<Boundary>) -> Vec<Boundary> {
    let shortest = window.frames(SHORTEST_SHOT);
    let mut kept: Vec<Boundary> = Vec::with_capacity(found.len());
    for boundary in found {
        match kept.last_mut() {
            Some(last) if boundary.frame - last.frame < shortest => {
                if window.change(boundary.frame) > window.change(last.frame) {
                    *last = boundary;
                }
            }
            _ => kept.push(boundary),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
