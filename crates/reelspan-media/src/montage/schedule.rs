//! Which frames each shot gives: cuts on whole frames, and how far a shot is shown beyond its bounds for the transitions.

use crate::plan::{EditShot, JointKind, MusicEdit};
use crate::render::RenderError;
use crate::render::timeline::Rate;

/// Rates that players and publishers take.
const RATES: std::ops::RangeInclusive<f64> = 10.0..=120.0;
/// A day at most: above it a plan is a slip of the hand.
const LONGEST: f64 = 24.0 * 3600.0;

/// The whole edit on its frame grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) rate: Rate,
    pub(crate) frames: u64,
    pub(crate) slots: Vec<Slot>,
}

/// One shot's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The frame of its cut.
    pub(crate) from: u64,
    /// The frame of the next cut.
    pub(crate) to: u64,
    /// How it follows the shot before; its middle stands between `from - 1` and `from`.
    pub(crate) joint: Option<(JointKind, u64)>,
    /// Frames by which it is shown after `to`, for the next joint.
    pub(crate) tail: u64,
}

impl Slot {
    /// Frames by which it is shown before `from`.
    pub(crate) fn head(&self) -> u64 {
        self.joint.map_or(0, |(_, half)| half)
    }

    /// Frames that its source gives in all.
    pub(crate) fn frames(&self) -> u64 {
        self.head() + (self.to - self.from) + self.tail
    }

    /// Frames in which nothing else is seen.
    pub(crate) fn alone(&self) -> u64 {
        self.to - self.from - self.head() - self.tail
    }
}

fn wrong<T>(at: impl Into<String>, what: impl Into<String>) -> Result<T, RenderError> {
    Err(RenderError::Edit { at: at.into(), what: what.into() })
}

impl Schedule {
    /// Puts every cut on the nearest frame.
    pub(crate) fn new(plan: &MusicEdit) -> Result<Self, RenderError> {
        let [num, den] = plan.settings.frame_rate;
        let rate = Rate { num, den };
        if den == 0 || !RATES.contains(&rate.value()) {
            let what = format!("is not between {} and {} frames a second", RATES.start(), RATES.end());
            return wrong("settings.frame_rate", what);
        }
        let length = plan.settings.length;
        if !(length.is_finite() && length * rate.value() >= 1.0 && length <= LONGEST) {
            return wrong("settings.length", "is not a length in seconds");
        }
        let frames = nearest(length, rate);
        let cuts = cuts(&plan.shots, rate, frames)?;
        let mut slots: Vec<Slot> = (0..plan.shots.len())
            .map(|i| Slot { from: cuts[i], to: cuts.get(i + 1).copied().unwrap_or(frames), joint: None, tail: 0 })
            .collect();
        for (i, shot) in plan.shots.iter().enumerate() {
            let Some(joint) = shot.joint else { continue };
            if i == 0 {
                return wrong("shots[0].joint", "joins nothing: there is no shot before the first");
            }
            if !(joint.seconds.is_finite() && joint.seconds > 0.0) {
                return wrong(format!("shots[{i}].joint.seconds"), "is not a length in seconds");
            }
            // A joint takes at most half of each shot, so that neighbours never meet.
            let shorter = (slots[i].to - slots[i].from).min(slots[i - 1].to - slots[i - 1].from);
            let half = nearest(joint.seconds / 2.0, rate).min(shorter / 2);
            if half > 0 {
                slots[i].joint = Some((joint.kind, half));
                slots[i - 1].tail = half;
            }
        }
        Ok(Self { rate, frames, slots })
    }

    /// The samples of the finished sound that belong to a shot.
    pub(crate) fn samples(&self, slot: &Slot, sample_rate: u32) -> (u64, u64) {
        let sample = |frame: u64| (frame as f64 / self.rate.value() * f64::from(sample_rate)).round() as u64;
        (sample(slot.from), sample(slot.to))
    }
}

fn nearest(seconds: f64, rate: Rate) -> u64 {
    // Half-way places go up, as f64 does it, wherever the file is rendered.
    (seconds * rate.value()).round() as u64
}

fn cuts(shots: &[EditShot], rate: Rate, frames: u64) -> Result<Vec<u64>, RenderError> {
    let mut cuts: Vec<u64> = Vec::with_capacity(shots.len());
    for (i, shot) in shots.iter().enumerate() {
        if !(shot.at.is_finite() && shot.at >= 0.0) {
            return wrong(format!("shots[{i}].at"), "is not a time of the edit");
        }
        if !(shot.start.is_finite() && shot.start >= 0.0) {
            return wrong(format!("shots[{i}].start"), "is not a time of its source");
        }
        let cut = nearest(shot.at, rate);
        match cuts.last() {
            None if cut > 0 => return wrong("shots[0].at", "is not 0: the first shot begins with the edit"),
            Some(before) if cut <= *before => {
                return wrong(format!("shots[{i}].at"), "is not at least one frame after the shot before");
            }
            _ if cut >= frames => return wrong(format!("shots[{i}].at"), "is not before the end of the edit"),
            _ => cuts.push(cut),
        }
    }
    if cuts.is_empty() { wrong("shots", "is empty") } else { Ok(cuts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::montage::samples::{joint, plan, shot};

    fn schedule(rate: [u32; 2], length: f64, shots: Vec<EditShot>) -> Result<Schedule, String> {
        let mut plan = plan(shots, length);
        plan.settings.frame_rate = rate;
        Schedule::new(&plan).map_err(|error| error.to_string())
    }

    #[test]
    fn cuts_stand_on_the_nearest_frame_and_nothing_is_lost_between() {
        for rate in [[24, 1], [25, 1], [30_000, 1001], [30, 1], [60, 1], [24_000, 1001]] {
            let shots = (0..40).map(|i| shot(f64::from(i) * 0.4137, "a", 0.0)).collect();
            let made = schedule(rate, 17.0, shots).unwrap();
            let per_second = f64::from(rate[0]) / f64::from(rate[1]);
            for (i, slot) in made.slots.iter().enumerate() {
                let off = slot.from as f64 / per_second - i as f64 * 0.4137;
                assert!(off.abs() <= 0.5 / per_second + 1e-9, "{rate:?} {i}: {off}");
                let next = made.slots.get(i + 1).map_or(made.frames, |next| next.from);
                assert_eq!(slot.to, next);
            }
            assert_eq!(made.frames, (17.0 * per_second).round() as u64);
        }
    }

    #[test]
    fn a_joint_reaches_over_both_bounds_and_never_meets_the_next() {
        let shots = vec![
            shot(0.0, "a", 0.0),
            joint(shot(1.0, "b", 0.0), 0.4),
            joint(shot(1.2, "a", 2.0), 3.0),
            shot(2.0, "b", 0.0),
        ];
        let made = schedule([25, 1], 3.0, shots).unwrap();
        assert_eq!(made.slots[0].tail, 2);
        assert_eq!((made.slots[1].head(), made.slots[1].tail), (2, 2));
        assert_eq!(made.slots[1].frames(), 9);
        assert_eq!(made.slots[1].alone(), 1);
        assert_eq!((made.slots[2].head(), made.slots[2].tail), (2, 0));
        let shown: u64 = made.slots.iter().map(|slot| slot.alone() + 2 * slot.head()).sum();
        assert_eq!(shown, made.frames);
    }

    #[test]
    fn what_cannot_be_placed_is_named() {
        let told = |length, shots| schedule([25, 1], length, shots).unwrap_err();
        assert!(told(2.0, vec![]).contains("`shots` is empty"));
        assert!(told(2.0, vec![shot(0.5, "a", 0.0)]).contains("`shots[0].at` is not 0"));
        assert!(told(2.0, vec![shot(0.0, "a", 0.0), shot(0.01, "a", 0.0)]).contains("`shots[1].at`"));
        assert!(told(2.0, vec![shot(0.0, "a", 0.0), shot(2.0, "a", 0.0)]).contains("before the end"));
        assert!(told(2.0, vec![shot(0.0, "a", f64::NAN)]).contains("`shots[0].start`"));
        assert!(told(2.0, vec![joint(shot(0.0, "a", 0.0), 0.5)]).contains("no shot before"));
        assert!(told(f64::INFINITY, vec![shot(0.0, "a", 0.0)]).contains("settings.length"));
        assert!(schedule([25, 0], 2.0, vec![shot(0.0, "a", 0.0)]).unwrap_err().contains("frame_rate"));
        assert!(schedule([1000, 1], 2.0, vec![shot(0.0, "a", 0.0)]).unwrap_err().contains("frame_rate"));
    }
}
