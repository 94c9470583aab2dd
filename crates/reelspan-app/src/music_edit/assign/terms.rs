//! What a window of footage is worth in a slot: named terms, each with its value and its weight.

use super::super::cuts::Slot;
use super::super::footage::{Footage, Marks};
use super::{Place, accent};

/// One term: its name, its value from 0 to 1, its weight (negative for a fault).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Scored {
    pub(in super::super) name: &'static str,
    pub(in super::super) value: f64,
    pub(in super::super) weight: f64,
}

/// With footage in plenty its most lifeless share is not shown even where the music is calm.
const LIFELESS: f64 = 0.5;
/// What movement without a peak is worth on a beat.
const EVEN: f64 = 0.5;

pub(super) fn total(terms: &[Scored]) -> f64 {
    terms.iter().map(|term| term.value * term.weight).sum()
}

/// What stands around a window.
pub(super) struct Around {
    /// How often it was shown before.
    pub(super) times: u32,
    /// How often its source was shown beside its fair share of all showings, and how often its shot was.
    pub(super) of_share: f64,
    pub(super) of_shot: u32,
    /// Whether the shot before is of the same source, of the same shot, and how far apart they are.
    pub(super) neighbour: Option<(bool, bool, f64)>,
    /// A later part of its source was shown already.
    pub(super) earlier: bool,
    /// What it leaves too short for anything.
    pub(super) crumbs: f64,
}

/// Full music goes with full footage by rank, so that calm footage is not shut out of a loud song.
pub(super) struct Ranks {
    /// The motion of windows all over the footage, in order.
    footage: Vec<f64>,
    /// The rank that each slot wants of its footage.
    slots: Vec<f64>,
    /// How much the music's fullness changes at all, 0 to 1.
    contrast: f64,
}

impl Ranks {
    pub(super) fn new(footage: &Footage, places: &[Place]) -> Self {
        let mut lengths: Vec<f64> = places.iter().map(|place| place.slot.length).collect();
        lengths.sort_by(f64::total_cmp);
        let length = lengths.get(lengths.len() / 2).copied().unwrap_or(1.0);
        let mut ranked = Vec::new();
        for take in &footage.takes {
            let count = if take.still { 1 } else { (take.span.seconds() / length).ceil().clamp(1.0, 400.0) as usize };
            let step = if take.still { 0.0 } else { take.span.seconds() / count as f64 };
            ranked.extend((0..count).map(|at| footage.marks(take, take.span.start + at as f64 * step, step).energy));
        }
        ranked.sort_by(f64::total_cmp);
        let mut energies: Vec<f64> = places.iter().map(|place| place.slot.energy).collect();
        energies.sort_by(f64::total_cmp);
        let spread = energies.last().unwrap_or(&0.0) - energies.first().unwrap_or(&0.0);
        let needed: f64 = places.iter().map(|place| place.slot.length).sum();
        let floor = (LIFELESS * (1.0 - 2.0 * needed / footage.seconds().max(0.1))).max(0.0);
        let wanted = |energy: f64| floor + (1.0 - floor) * (0.5 * rank(&energies, energy) + 0.5 * energy);
        let slots = places.iter().map(|place| wanted(place.slot.energy)).collect();
        Self { footage: ranked, slots, contrast: (spread / 0.25).clamp(0.0, 1.0) }
    }
}

/// The share of values below, those alike by half.
fn rank(sorted: &[f64], value: f64) -> f64 {
    let below = sorted.partition_point(|other| *other < value - 1e-9);
    let until = sorted.partition_point(|other| *other <= value + 1e-9);
    (below + until) as f64 / 2.0 / sorted.len().max(1) as f64
}

pub(super) struct Terms<'a> {
    pub(super) ranks: &'a Ranks,
}

impl Terms<'_> {
    /// What a window is worth by itself in a slot.
    pub(super) fn own(&self, index: usize, slot: &Slot, marks: &Marks) -> Vec<Scored> {
        let moves = rank(&self.ranks.footage, marks.energy);
        let apart = (moves - self.ranks.slots[index]).abs();
        let off = ((marks.peak - accent(slot)).abs() / (slot.length / 2.0).max(0.1)).min(1.0);
        vec![
            Scored { name: "energy", value: 1.0 - apart, weight: 0.34 * (0.25 + 0.75 * self.ranks.contrast) },
            // Between two that suit as well the livelier one is shown.
            Scored { name: "movement", value: moves, weight: 0.08 },
            // An even movement has no peak to be missed, and none to be met.
            Scored {
                name: "action_on_beat",
                value: EVEN * (1.0 - marks.prominence) + (1.0 - off) * marks.prominence,
                weight: 0.14,
            },
            Scored { name: "sharpness", value: marks.sharpness, weight: 0.08 },
            Scored { name: "faces", value: marks.faces, weight: 0.05 },
            Scored { name: "novelty", value: (marks.novelty * 2.0).min(1.0), weight: 0.05 },
            Scored { name: "bad_exposure", value: ((marks.exposure - 0.15) / 0.6).clamp(0.0, 1.0), weight: -0.12 },
            Scored { name: "dull", value: marks.dull, weight: -0.35 },
            Scored { name: "shaken", value: ((marks.shake - 0.3) / 0.5).clamp(0.0, 1.0), weight: -0.1 },
        ]
    }

    /// What it is worth beside what was chosen before.
    pub(super) fn around(&self, around: &Around) -> [Scored; 5] {
        let variety = 1.0 / (1.0 + 0.7 * around.of_share + 0.4 * f64::from(around.of_shot));
        let change = match around.neighbour {
            None | Some((false, ..)) => 1.0,
            Some((true, false, _)) => 0.7,
            Some((true, true, apart)) => 0.4 * (1.0 - (-apart / 3.0).exp()),
        };
        [
            Scored { name: "variety", value: variety, weight: 0.3 },
            Scored { name: "change", value: change, weight: 0.15 },
            Scored { name: "in_order", value: f64::from(u8::from(!around.earlier)), weight: 0.04 },
            Scored { name: "crumbs", value: around.crumbs, weight: -0.3 },
            Scored { name: "shown_before", value: 1.0 - 0.5_f64.powi(around.times as i32), weight: -1.0 },
        ]
    }
}
