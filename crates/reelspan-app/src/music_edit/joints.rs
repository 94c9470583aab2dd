//! How one shot gives way to the next: hard cuts, and transitions where the music turns.

use reelspan_media::plan::{Joint, JointKind};

use super::cuts::Slot;

/// How many transitions, and which.
#[derive(Debug, Clone, PartialEq)]
pub enum Transitions {
    None,
    /// Where a section of the music begins.
    Some,
    /// Where a bar begins.
    Many,
    /// Where a bar begins, of these kinds in turn.
    Of(Vec<JointKind>),
}

/// What a transition may take of the shorter of both shots.
const MOST_SHARE: f64 = 0.45;
/// Shorter ones are not seen as what they are.
const SHORTEST: f64 = 0.12;
/// A step of energy that is heard as one.
const STEP: f64 = 0.15;

/// The transition into each slot.
pub(super) fn joints(slots: &[Slot], wish: &Transitions, beat: f64) -> Vec<Option<Joint>> {
    let mut turn = 0;
    let mut joints = Vec::with_capacity(slots.len());
    for (index, slot) in slots.iter().enumerate() {
        let Some(before) = index.checked_sub(1).map(|before| &slots[before]) else {
            joints.push(None);
            continue;
        };
        let wanted = match wish {
            Transitions::None => None,
            Transitions::Some => slot.section.then(|| turning(before, slot)),
            Transitions::Many => (slot.downbeat || slot.section).then(|| lively(before, slot, turn)),
            Transitions::Of(kinds) => {
                kinds.get(turn % kinds.len().max(1)).copied().filter(|_| slot.downbeat || slot.section)
            }
        };
        let joint = wanted.and_then(|kind| fitted(kind, before, slot, beat));
        turn += usize::from(joint.is_some());
        joints.push(joint);
    }
    joints
}

/// What a turn of the music looks like: up is a flash, down a dissolve, neither goes through black.
fn turning(before: &Slot, slot: &Slot) -> JointKind {
    match slot.energy - before.energy {
        step if step > STEP => JointKind::Flash,
        step if step < -STEP => JointKind::Dissolve,
        _ if slot.energy < 0.4 => JointKind::Dissolve,
        _ => JointKind::Dip,
    }
}

fn lively(before: &Slot, slot: &Slot, turn: usize) -> JointKind {
    const CALM: [JointKind; 2] = [JointKind::Dissolve, JointKind::Zoom];
    const FULL: [JointKind; 3] = [JointKind::Push, JointKind::Zoom, JointKind::Wipe];
    if slot.section {
        turning(before, slot)
    } else if slot.energy < 0.45 {
        CALM[turn % CALM.len()]
    } else {
        FULL[turn % FULL.len()]
    }
}

/// As long as the kind wants and both shots allow: each gives at most half of itself to both of its transitions.
fn fitted(kind: JointKind, before: &Slot, slot: &Slot, beat: f64) -> Option<Joint> {
    let wanted = match kind {
        JointKind::Dissolve => beat.clamp(0.3, 0.8),
        JointKind::Dip => beat.clamp(0.3, 0.6),
        JointKind::Flash => 0.25,
        JointKind::Push | JointKind::Wipe | JointKind::Zoom => 0.4,
    };
    let seconds = wanted.min(MOST_SHARE * before.length.min(slot.length));
    (seconds >= SHORTEST).then(|| Joint { kind, seconds: (seconds * 1000.0).round() / 1000.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(at: f64, length: f64, energy: f64, section: bool) -> Slot {
        Slot { at, length, energy, accents: Vec::new(), downbeat: true, section }
    }

    #[test]
    fn the_first_shot_has_none_and_none_is_longer_than_its_shots_bear() {
        let slots = [
            slot(0.0, 2.0, 0.2, true),
            slot(2.0, 0.5, 0.9, true),
            slot(2.5, 0.2, 0.9, false),
            slot(2.7, 2.0, 0.1, true),
        ];
        for wish in [Transitions::Some, Transitions::Many, Transitions::Of(vec![JointKind::Dissolve])] {
            let joints = joints(&slots, &wish, 0.5);
            assert_eq!(joints[0], None);
            for (pair, joint) in slots.windows(2).zip(&joints[1..]) {
                let most = pair[0].length.min(pair[1].length) / 2.0;
                assert!(joint.is_none_or(|joint| joint.seconds <= most), "{joint:?}");
            }
            assert_eq!(joints[2], None, "two tenths of a second bear none");
        }
        assert!(joints(&slots, &Transitions::None, 0.5).iter().all(Option::is_none));
    }

    #[test]
    fn a_rise_flashes_and_a_fall_dissolves() {
        let slots = [
            slot(0.0, 2.0, 0.2, true),
            slot(2.0, 2.0, 0.9, true),
            slot(4.0, 2.0, 0.3, true),
            slot(6.0, 2.0, 0.3, false),
        ];
        let kinds: Vec<_> =
            joints(&slots, &Transitions::Some, 0.5).into_iter().map(|joint| joint.map(|j| j.kind)).collect();
        assert_eq!(kinds, [None, Some(JointKind::Flash), Some(JointKind::Dissolve), None]);
    }
}
