//! Follows one face from frame to frame by its look, so that the costly detector runs seldom and a head that turns away stays known.

use super::GrayFrame;
use super::gray::{Rect, correlation, resample};
use crate::analysis::{Box2, Face};

/// Side of the patch that a face is remembered as.
const PATCH: usize = 20;
/// How far around its last place a face is searched, in patch pixels each way: 0.6 of its size.
const REACH: usize = 12;
const FIELD: usize = PATCH + 2 * REACH;
/// A patch this like the remembered one is the same face.
const SAME: f32 = 0.62;
/// Samples that a face may live on its look alone after the detector last saw it: six seconds.
const UNSEEN: u32 = 24;

#[derive(Debug, Clone)]
pub(super) struct Followed {
    pub(super) area: Rect,
    /// The face as the detector last saw it, and as it looked in the last frame.
    anchor: Vec<u8>,
    last: Vec<u8>,
    /// Movement per sample, in pixels.
    speed: (f32, f32),
    /// How much the found place looks like the face, 0 to 1.
    pub(super) like: f32,
    score: f32,
    best: f32,
    hits: u32,
    /// Samples since the detector saw it, since it was last asked, and since it began.
    pub(super) unseen: u32,
    pub(super) unasked: u32,
    age: u32,
    mouth: f32,
    pub(super) confirmed: bool,
    /// Frames in which it was seen before it was sure: (index of the sample, the face).
    pub(super) early: Vec<(usize, Face)>,
}

impl Followed {
    pub(super) fn new(frame: GrayFrame<'_>, area: Rect, score: f32) -> Self {
        let patch = resample(frame, area, PATCH, PATCH).luma;
        Self {
            area,
            anchor: patch.clone(),
            last: patch,
            speed: (0.0, 0.0),
            like: 1.0,
            score,
            best: score,
            hits: 1,
            unseen: 0,
            unasked: 0,
            age: 0,
            mouth: 0.0,
            confirmed: false,
            early: Vec::new(),
        }
    }

    /// Looks for the face near where it should be now.
    pub(super) fn follow(&mut self, frame: GrayFrame<'_>) {
        self.age += 1;
        self.unseen += 1;
        self.unasked += 1;
        let (x, y) = self.area.center();
        let middle = (x + self.speed.0, y + self.speed.1);
        let grow = FIELD as f32 / PATCH as f32;
        let field = Rect::around(middle, self.area.w * grow, self.area.h * grow);
        let seen = resample(frame, field, FIELD, FIELD).luma;
        let by_anchor = search(&seen, &self.anchor);
        let found = if by_anchor.like >= 0.8 { by_anchor } else { by_anchor.better(search(&seen, &self.last)) };
        self.like = found.like.max(0.0);
        if found.like < SAME {
            self.speed = (self.speed.0 * 0.5, self.speed.1 * 0.5);
            return;
        }
        let pixel = (self.area.w / PATCH as f32, self.area.h / PATCH as f32);
        let place = (middle.0 + found.x * pixel.0, middle.1 + found.y * pixel.1);
        self.speed = (0.5 * self.speed.0 + 0.5 * (place.0 - x), 0.5 * self.speed.1 + 0.5 * (place.1 - y));
        self.area = Rect::around(place, self.area.w, self.area.h);
        self.remember(frame);
    }

    /// The detector saw it here.
    pub(super) fn seen(&mut self, frame: GrayFrame<'_>, area: Rect, score: f32) {
        // The detector's boxes tremble by some percent; a face does not.
        let share = if self.hits < 2 { 1.0 } else { 0.6 };
        let mix = |old: f32, new: f32| old + (new - old) * share;
        let ((x, y), (nx, ny)) = (self.area.center(), area.center());
        self.area = Rect::around((mix(x, nx), mix(y, ny)), mix(self.area.w, area.w), mix(self.area.h, area.h));
        self.hits += 1;
        (self.unseen, self.unasked) = (0, 0);
        self.score = score;
        self.best = self.best.max(score);
        self.like = self.like.max(SAME);
        self.anchor = resample(frame, self.area, PATCH, PATCH).luma;
        self.last.clone_from(&self.anchor);
        self.confirmed |= self.hits >= 3 || (self.hits >= 2 && self.best >= 6.0);
    }

    /// The detector was asked and did not see it.
    pub(super) fn missed(&mut self) {
        self.unasked = 0;
    }

    /// It is gone, or was never a face.
    pub(super) fn lost(&self) -> bool {
        if !self.confirmed {
            return self.unseen >= 3 || self.age > 10;
        }
        let patience = if self.hits >= 3 { UNSEEN } else { UNSEEN / 3 };
        self.unseen > patience || (self.like < SAME && self.unseen >= 2)
    }

    /// Whether its place is known in this frame.
    pub(super) fn placed(&self) -> bool {
        self.like >= SAME
    }

    pub(super) fn face(&self, width: usize, height: usize) -> Face {
        let area = self.area.inside(width, height);
        let (w, h) = (width as f32, height as f32);
        // A face not seen for a while is less sure.
        let faith = 1.0 - 0.7 * self.unseen as f32 / UNSEEN as f32;
        Face {
            area: Box2 { x: area.x / w, y: area.y / h, w: area.w / w, h: area.h / h },
            score: self.score * faith.max(0.1),
            mouth: self.mouth,
        }
    }

    /// Keeps how it looks now, and how much its lips moved since.
    fn remember(&mut self, frame: GrayFrame<'_>) {
        let now = resample(frame, self.area, PATCH, PATCH).luma;
        self.mouth = mouth(&now, &self.last);
        self.last = now;
    }
}

#[derive(Debug, Clone, Copy)]
struct Found {
    like: f32,
    x: f32,
    y: f32,
}

impl Found {
    fn better(self, other: Self) -> Self {
        if other.like > self.like + 0.05 { other } else { self }
    }
}

/// The place in a field that looks most like a patch, coarse first; offsets are from the field's middle.
fn search(field: &[u8], patch: &[u8]) -> Found {
    let mut cut = vec![0u8; PATCH * PATCH];
    let mut like = |x: usize, y: usize| {
        for (row, line) in cut.chunks_exact_mut(PATCH).enumerate() {
            let from = (y + row) * FIELD + x;
            line.copy_from_slice(&field[from..from + PATCH]);
        }
        correlation(&cut, patch)
    };
    let mut best = (like(REACH, REACH), REACH, REACH);
    for y in (0..=2 * REACH).step_by(3) {
        for x in (0..=2 * REACH).step_by(3) {
            let value = like(x, y);
            if value > best.0 {
                best = (value, x, y);
            }
        }
    }
    for reach in [2usize, 1] {
        let (_, bx, by) = best;
        for y in by.saturating_sub(reach)..=(by + reach).min(2 * REACH) {
            for x in bx.saturating_sub(reach)..=(bx + reach).min(2 * REACH) {
                let value = like(x, y);
                if value > best.0 {
                    best = (value, x, y);
                }
            }
        }
    }
    let (value, x, y) = best;
    let mut between = |before: Option<(usize, usize)>, after: (usize, usize)| {
        let (Some(before), true) = (before, after.0 <= 2 * REACH && after.1 <= 2 * REACH) else { return 0.0 };
        peak(like(before.0, before.1), value, like(after.0, after.1))
    };
    let fx = between(x.checked_sub(1).map(|x| (x, y)), (x + 1, y));
    let fy = between(y.checked_sub(1).map(|y| (x, y)), (x, y + 1));
    Found { like: value, x: x as f32 + fx - REACH as f32, y: y as f32 + fy - REACH as f32 }
}

/// Where between three neighbours a parabola through them peaks: -0.5 to 0.5.
fn peak(before: f32, middle: f32, after: f32) -> f32 {
    let bend = before - 2.0 * middle + after;
    if bend < -1e-6 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 }
}

/// Change around the lips beyond that of the brow, against the face's own contrast: 0 to 1.
fn mouth(now: &[u8], before: &[u8]) -> f32 {
    let change = |rows: std::ops::Range<usize>| {
        let mut sum = 0u32;
        for y in rows.clone() {
            let part = y * PATCH + 4..y * PATCH + 16;
            sum += now[part.clone()].iter().zip(&before[part]).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
        }
        sum as f32 / (rows.len() * 12) as f32
    };
    let mean = now.iter().map(|v| f32::from(*v)).sum::<f32>() / now.len() as f32;
    let contrast = now.iter().map(|v| (f32::from(*v) - mean).abs()).sum::<f32>() / now.len() as f32;
    ((change(12..19) - 0.7 * change(2..9)) / (contrast + 6.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::watch::gray::Gray;

    /// A textured square on a plain ground.
    fn scene(x: usize, y: usize, lips: u8) -> Gray {
        let mut luma = vec![60u8; 200 * 120];
        for row in 0..40 {
            for column in 0..40 {
                let texture = 80 + ((row / 5 * 7 + column / 5 * 13) * 11 % 120) as u8;
                let mouth = (26..34).contains(&row) && (12..28).contains(&column);
                luma[(y + row) * 200 + x + column] = if mouth { lips } else { texture };
            }
        }
        Gray { width: 200, height: 120, luma }
    }

    fn face(x: usize, y: usize) -> Rect {
        Rect { x: x as f32, y: y as f32, w: 40.0, h: 40.0 }
    }

    #[test]
    fn a_moving_face_is_followed() {
        let mut followed = Followed::new(scene(20, 30, 90).frame(), face(20, 30), 9.0);
        for step in 1..=8 {
            followed.follow(scene(20 + step * 12, 30 + step, 90).frame());
        }
        assert!(followed.placed());
        let (x, y) = followed.area.center();
        assert!((x - 136.0).abs() < 3.0 && (y - 58.0).abs() < 3.0, "{x} {y}");
    }

    #[test]
    fn a_face_that_vanishes_is_lost() {
        let mut followed = Followed::new(scene(20, 30, 90).frame(), face(20, 30), 9.0);
        followed.seen(scene(20, 30, 90).frame(), face(20, 30), 9.0);
        let empty = Gray { width: 200, height: 120, luma: vec![60; 200 * 120] };
        for _ in 0..3 {
            followed.follow(empty.frame());
        }
        assert!(!followed.placed() && followed.lost());
    }

    #[test]
    fn one_sighting_is_not_yet_a_face() {
        let picture = scene(20, 30, 90);
        let mut followed = Followed::new(picture.frame(), face(20, 30), 3.0);
        assert!(!followed.confirmed);
        followed.seen(picture.frame(), face(21, 30), 3.0);
        assert!(!followed.confirmed);
        followed.seen(picture.frame(), face(20, 31), 3.0);
        assert!(followed.confirmed);
    }

    #[test]
    fn moving_lips_are_told_from_a_moving_head() {
        let mut followed = Followed::new(scene(20, 30, 90).frame(), face(20, 30), 9.0);
        followed.follow(scene(20, 30, 140).frame());
        let speaking = followed.mouth;
        let mut followed = Followed::new(scene(20, 30, 90).frame(), face(20, 30), 9.0);
        followed.follow(scene(26, 30, 90).frame());
        assert!(speaking > 3.0 * followed.mouth + 0.1, "{speaking} {}", followed.mouth);
    }
}
