//! All that is told from small pictures: shots, motion, black, standstill, screens.

use reelspan_types::Span;

use crate::analysis::{Series, Shot, Transition};

use super::looks::{Looked, Looks};
use super::motion::{Motion, Moved};
use super::picture::{Picture, Thumb};
use super::screen::Screens;
use super::shots::{Boundary, ShotDetector};

/// Fed every picture of a steady grid; memory grows by some bytes a frame.
#[derive(Debug)]
pub struct PictureAnalyser {
    rate: f64,
    frames: usize,
    shots: ShotDetector,
    motion: Motion,
    screens: Screens,
    looks: Looks,
    spare: Thumb,
}

/// What the pictures told.
#[derive(Debug, Clone)]
pub struct Pictures {
    pub frames: usize,
    pub shots: Vec<Shot>,
    pub motion: Series,
    pub black: Vec<Span>,
    pub frozen: Vec<Span>,
    pub exposure: Series,
    pub novelty: Series,
    pub shake: Series,
}

impl PictureAnalyser {
    /// `rate` is the grid's frames per second.
    pub fn new(rate: f64) -> Self {
        Self {
            rate,
            frames: 0,
            shots: ShotDetector::new(rate),
            motion: Motion::new(rate),
            screens: Screens::new(rate),
            looks: Looks::new(rate),
            spare: Thumb::default(),
        }
    }

    /// All pictures must be of one size.
    pub fn push(&mut self, picture: Picture<'_>) {
        let mut thumb = std::mem::take(&mut self.spare);
        thumb.fill(picture);
        self.motion.push(&thumb);
        self.screens.push(picture);
        self.looks.push(&thumb);
        self.spare = self.shots.push(thumb).unwrap_or_default();
        self.frames += 1;
    }

    pub fn finish(self) -> Pictures {
        let boundaries = self.shots.finish();
        let Looked { exposure, novelty, shake } = self.looks.finish(&boundaries);
        let Moved { motion, black, frozen } = self.motion.finish(&boundaries);
        let start = Boundary { frame: 0, transition: Transition::Start };
        let begins: Vec<Boundary> = [start].into_iter().chain(boundaries).collect();
        let ends = begins.iter().skip(1).map(|next| next.frame).chain([self.frames]);
        let shot = |(begin, end): (&Boundary, usize)| {
            let span = Span::new(begin.frame as f64 / self.rate, end as f64 / self.rate);
            let moving = motion.mean(span).unwrap_or(0.0) as f32;
            let screen = self.screens.of(begin.frame, end, moving);
            Shot { start: span.start, end: span.end, transition: begin.transition, screen }
        };
        let shots = if self.frames == 0 { Vec::new() } else { begins.iter().zip(ends).map(shot).collect() };
        Pictures { frames: self.frames, shots, motion, black, frozen, exposure, novelty, shake }
    }
}
