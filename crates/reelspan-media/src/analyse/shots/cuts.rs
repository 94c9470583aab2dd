//! Hard cuts: a jump that stands out of its surroundings, cannot be motion, and does not go back.

use super::super::picture::Thumb;
use super::window::{REPEATED, Window};

/// What is known of one frame as the first of a new shot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    pub(super) change: f32,
    /// Change against that of the frames around it.
    pub(super) ratio: f32,
    /// How much of either picture is not in the other, whatever moved and however it is exposed.
    pub(super) unexplained: f32,
    /// How alike the compositions are.
    pub(super) correlation: f32,
    /// The old picture does not come back.
    pub(super) lasting: bool,
}

/// Changes below this are never looked at.
const LEAST_CHANGE: f32 = 6.0;
/// Frames with motion that are compared on either side.
const NEIGHBOURS: usize = 4;
/// Seconds in which they must lie.
const NEIGHBOURHOOD: f64 = 0.5;
/// Seconds within which a flash or an inserted picture is over.
const FLASH: f64 = 0.2;

pub(super) fn is_cut(window: &Window, frame: usize, first: usize) -> bool {
    evidence(window, frame, first).is_some_and(|evidence| evidence.convinces())
}

impl Evidence {
    pub(super) fn convinces(&self) -> bool {
        if !self.lasting || self.correlation > 0.9 {
            return false;
        }
        let strong = self.change >= 12.0 && self.ratio >= 2.5 && self.unexplained >= NEW;
        let stark = self.change >= LEAST_CHANGE && self.ratio >= 5.0 && self.unexplained >= 0.4;
        // Two cameras in one room, a punch-in: little is new, but nothing else ever jumps so in a calm scene.
        let sudden = self.change >= 10.0 && self.ratio >= 9.0 && self.unexplained >= 0.12 && self.correlation <= 0.85;
        strong || stark || sudden
    }
}

/// None where nothing speaks for a cut. Frames before `first`, the start of the shot, are not asked.
pub(super) fn evidence(window: &Window, frame: usize, first: usize) -> Option<Evidence> {
    let change = window.change(frame);
    if change < LEAST_CHANGE || !is_peak(window, frame) {
        return None;
    }
    let ratio = change / usual_change(window, frame, first).max(1.0);
    if ratio < 2.0 {
        return None;
    }
    let before = window.thumb(frame - 1)?;
    let after = window.thumb(frame)?;
    Some(Evidence {
        change,
        ratio,
        unexplained: unexplained(before, after),
        correlation: before.correlation(after),
        lasting: lasting(window, frame)?,
    })
}

/// No frame within a tenth of a second changes more.
fn is_peak(window: &Window, frame: usize) -> bool {
    let reach = window.frames(0.1);
    let change = window.change(frame);
    let before = (frame.saturating_sub(reach)..frame).all(|other| window.change(other) < change);
    before && (frame + 1..=frame + reach).all(|other| window.change(other) <= change)
}

/// The median change of the frames around, repetitions left out.
fn usual_change(window: &Window, frame: usize, first: usize) -> f32 {
    let reach = window.frames(NEIGHBOURHOOD).max(NEIGHBOURS);
    let moving = |frame: &usize| window.change(*frame) > REPEATED;
    let before = (frame.saturating_sub(reach).max(first + 1)..frame).rev().filter(moving).take(NEIGHBOURS);
    let after = (frame + 1..(frame + 1 + reach).min(window.end())).filter(moving).take(NEIGHBOURS);
    let mut changes: Vec<f32> = before.chain(after).map(|frame| window.change(frame)).collect();
    changes.sort_by(f32::total_cmp);
    match changes.len() {
        0 => 0.0,
        count => (changes[(count - 1) / 2] + changes[count / 2]) / 2.0,
    }
}

/// Less contrast than this is a blank picture, in which nothing can be found again.
const BLANK: f32 = 3.0;
/// How much of a picture is new when it is another scene.
const NEW: f32 = 0.3;

fn unexplained(before: &Thumb, after: &Thumb) -> f32 {
    if before.contrast < BLANK || after.contrast < BLANK {
        return 1.0;
    }
    after.unexplained_by(before).min(before.unexplained_by(after))
}

/// Whether no frame soon after looks like the last one before, and none shortly before like the first one after.
/// None at the very end, where nothing can be said.
fn lasting(window: &Window, frame: usize) -> Option<bool> {
    let reach = window.frames(FLASH).max(2);
    let (before, after) = (window.thumb(frame - 1)?, window.thumb(frame)?);
    window.thumb(frame + 1)?;
    // Behind a flash two scenes may seem near one another, so what is near must also look alike.
    let near = 0.45 * window.change(frame);
    let same = |one: &Thumb, other: &Thumb| {
        let distance = one.distance(other);
        distance < near && (distance < LEAST_CHANGE || unexplained(one, other) < NEW)
    };
    let later = (frame + 1..=frame + reach).filter_map(|later| window.thumb(later));
    let earlier = (1..=reach).filter_map(|back| window.thumb((frame - 1).checked_sub(back)?));
    Some(!later.map(|later| same(before, later)).chain(earlier.map(|earlier| same(earlier, after))).any(|same| same))
}
