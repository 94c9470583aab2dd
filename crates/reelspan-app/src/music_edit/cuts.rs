//! Where an edit cuts: on beats, at a pace that follows how full the music is.

use reelspan_media::beats::Beats;
use reelspan_media::plan::Pace;

use super::stretch::{Stretch, energy};

/// The time from one cut to the next, to be filled with a shot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slot {
    /// Seconds of the edit.
    pub(super) at: f64,
    pub(super) length: f64,
    /// 0 to 1: how full the music is there.
    pub(super) energy: f64,
    /// Beats inside, in seconds after `at`.
    pub(super) accents: Vec<f64>,
    /// A bar begins here, and a section of the music.
    pub(super) downbeat: bool,
    pub(super) section: bool,
}

/// How footage limits the cuts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    /// No stretch of footage is longer.
    pub(super) longest: f64,
    /// Half of the footage lies in stretches at least this long: longer slots would leave the rest unused.
    pub(super) usual: f64,
}

/// A time at which one may cut.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    t: f64,
    /// What cutting here costs beside the best place, a downbeat.
    cost: f64,
    downbeat: bool,
    section: bool,
}

/// Seconds between cuts in the calmest and in the fullest music, and the fewest ever.
struct Lengths {
    calm: f64,
    full: f64,
    least: f64,
}

fn lengths(pace: Pace) -> Lengths {
    match pace {
        Pace::Calm => Lengths { calm: 4.5, full: 2.2, least: 1.2 },
        Pace::Balanced => Lengths { calm: 3.0, full: 1.0, least: 0.6 },
        Pace::Fast => Lengths { calm: 1.6, full: 0.5, least: 0.33 },
    }
}

const HALF_BAR: f64 = 0.06;
const OTHER_BEAT: f64 = 0.22;
const HALF_BEAT: f64 = 0.5;
const STEADY: f64 = 1.0;
const ONSET: f64 = 0.05;
/// What it costs to let a shot run over the beginning of a section.
const OVER_SECTION: f64 = 3.0;
/// What it costs to want more than any footage has.
const TOO_LONG: f64 = 50.0;
/// Beats this far apart may be halved by a fast pace.
const SLOW_BEAT: f64 = 0.7;

/// The slots of an edit, gapless. `onsets` are where something sounds, in seconds of the music: for music without a beat.
pub(super) fn slots(beats: &Beats, onsets: &[f64], stretch: &Stretch, pace: Pace, limits: &Limits) -> Vec<Slot> {
    let points = points(beats, onsets, stretch, pace);
    let slot = |at: &Point, end: f64| Slot {
        at: at.t,
        length: end - at.t,
        energy: energy(beats, stretch.start + at.t, stretch.start + end),
        accents: accents(beats, stretch, at.t, end),
        downbeat: at.downbeat,
        section: at.section,
    };
    let cuts = cheapest(beats, &points, stretch, pace, limits);
    let ends = cuts.iter().skip(1).map(|point| point.t).chain([stretch.length]);
    let slots = cuts.iter().zip(ends).map(|(cut, end)| slot(cut, end));
    slots.flat_map(|slot| divided(slot, limits.longest)).collect()
}

/// Beats of the music strictly inside.
fn accents(beats: &Beats, stretch: &Stretch, from: f64, to: f64) -> Vec<f64> {
    let inside = beats.beats.iter().map(|beat| beat.t - stretch.start);
    inside.filter(|t| *t > from + 0.05 && *t < to - 0.05).map(|t| t - from).collect()
}

/// Every time at which one may cut, the edit's beginning first.
fn points(beats: &Beats, onsets: &[f64], stretch: &Stretch, pace: Pace) -> Vec<Point> {
    let opens = |t: f64| beats.sections.iter().any(|section| (section.start - t).abs() < 0.08);
    let mut points = vec![Point { t: 0.0, cost: 0.0, downbeat: true, section: true }];
    if beats.beats.is_empty() {
        points.extend(without_beat(onsets, stretch, pace));
    } else {
        points.extend(on_beats(beats, stretch, pace, &opens));
    }
    let inside = |point: &Point| point.t == 0.0 || (point.t > 0.04 && point.t < stretch.length - 0.04);
    points.retain(inside);
    points.sort_by(|a, b| a.t.total_cmp(&b.t).then(a.cost.total_cmp(&b.cost)));
    points.dedup_by(|later, earlier| later.t - earlier.t < 0.01);
    points
}

fn on_beats(beats: &Beats, stretch: &Stretch, pace: Pace, opens: &dyn Fn(f64) -> bool) -> Vec<Point> {
    let meter = usize::from(beats.meter.max(1));
    let mut points = Vec::new();
    let mut phase = 0;
    for (index, beat) in beats.beats.iter().enumerate() {
        phase = if beat.downbeat { 0 } else { phase + 1 };
        let cost = match phase {
            0 => 0.0,
            _ if meter % 2 == 0 && phase == meter / 2 => HALF_BAR,
            _ => OTHER_BEAT,
        };
        let (t, section) = (beat.t - stretch.start, opens(beat.t));
        points.push(Point { t, cost, downbeat: beat.downbeat, section });
        let next = beats.beats.get(index + 1).map(|next| next.t - beat.t);
        if let Some(step) = next.filter(|step| pace == Pace::Fast && *step >= SLOW_BEAT) {
            points.push(Point { t: t + step / 2.0, cost: HALF_BEAT, downbeat: false, section: false });
        }
    }
    points
}

/// Where something sounds, and a steady grid for where nothing does.
fn without_beat(onsets: &[f64], stretch: &Stretch, pace: Pace) -> Vec<Point> {
    let Lengths { calm, full, .. } = lengths(pace);
    let step = (calm * full).sqrt() / 2.0;
    let plain = |t: f64, cost: f64| Point { t, cost, downbeat: false, section: false };
    let sounds = onsets.iter().map(|t| plain(t - stretch.start, ONSET));
    let grid = (1..(stretch.length / step) as usize).map(|index| plain(index as f64 * step, STEADY));
    sounds.chain(grid).collect()
}

/// The cuts that cost least together: each shot as long as the music there wants it.
fn cheapest(beats: &Beats, points: &[Point], stretch: &Stretch, pace: Pace, limits: &Limits) -> Vec<Point> {
    let Lengths { least, .. } = lengths(pace);
    let end = Point { t: stretch.length, cost: 0.0, downbeat: false, section: false };
    let all: Vec<Point> = points.iter().copied().chain([end]).collect();
    let wanted: Vec<f64> =
        points.iter().map(|point| wanted(beats, stretch, pace, point.t).min(limits.usual.max(least))).collect();
    // For each point the least cost to get there and from where.
    let mut best: Vec<Option<(f64, usize)>> = vec![None; all.len()];
    best[0] = Some((0.0, 0));
    for to in 1..all.len() {
        let last = to + 1 == all.len();
        let mut passed = 0.0;
        for from in (0..to).rev() {
            let length = all[to].t - all[from].t;
            if length > 4.0 * wanted[from] && length > 12.0 && best[to].is_some() {
                break;
            }
            if let Some((before, _)) = best[from].filter(|_| length >= least - 1e-9 || (last && from == 0)) {
                let far = (length / wanted[from]).ln().abs() * length;
                let over = if length > limits.longest { TOO_LONG * length } else { 0.0 };
                let cost = before + far + all[to].cost + passed + over;
                if best[to].is_none_or(|(known, _)| cost < known - 1e-12) {
                    best[to] = Some((cost, from));
                }
            }
            passed += if all[from].section { OVER_SECTION } else { 0.0 };
        }
    }
    let mut cuts = Vec::new();
    let mut at = all.len() - 1;
    while let Some((_, from)) = best[at].filter(|_| at > 0) {
        cuts.push(all[from]);
        at = from;
    }
    cuts.reverse();
    cuts
}

/// How long a shot should last that begins there.
fn wanted(beats: &Beats, stretch: &Stretch, pace: Pace, t: f64) -> f64 {
    let Lengths { calm, full, .. } = lengths(pace);
    let from = stretch.start + t;
    let here = energy(beats, from, from + 2.0);
    let inside = beats.bars.iter().filter(|bar| bar.end > stretch.start && bar.start < stretch.start + stretch.length);
    let (low, high) = inside
        .fold((1.0_f64, 0.0_f64), |(low, high), bar| (low.min(f64::from(bar.energy)), high.max(f64::from(bar.energy))));
    // Partly beside the rest of this edit, or one from a loud song would only rush.
    let beside = if high - low > 0.15 { (here - low) / (high - low) } else { here };
    let energy = (0.5 * here + 0.5 * beside).clamp(0.0, 1.0);
    // Just before a fuller section the cuts may run ahead to it.
    let lifts = beats.sections.windows(2).any(|pair| {
        let before = pair[1].start - from;
        pair[1].energy > pair[0].energy + 0.2 && before > 0.1 && before < 60.0 / beats.bpm.unwrap_or(120.0) * 4.5
    });
    let seconds = calm * (full / calm).powf(energy);
    if lifts { seconds * 0.6 } else { seconds }
}

/// A slot that no footage fills is cut at beats inside of it, and where even those are too far apart between them: off
/// the beat, but never frozen.
fn divided(slot: Slot, longest: f64) -> Vec<Slot> {
    let longest = longest.max(0.04) + 1e-9;
    if slot.length <= longest {
        return vec![slot];
    }
    let bounds: Vec<f64> = slot.accents.iter().copied().chain([slot.length]).collect();
    let mut starts = vec![0.0];
    let mut from = 0.0;
    while from < slot.length {
        let to = bounds
            .iter()
            .copied()
            .rfind(|bound| *bound > from && bound - from <= longest)
            .or_else(|| bounds.iter().copied().find(|bound| *bound > from))
            .unwrap_or(slot.length);
        let parts = ((to - from) / longest).ceil().max(1.0);
        starts.extend((1..=parts as usize).map(|part| from + (to - from) * part as f64 / parts));
        from = to;
    }
    let part = |pair: &[f64]| {
        let (before, length) = (pair[0], pair[1] - pair[0]);
        let inside = slot.accents.iter().map(|t| t - before).filter(|t| *t > 0.05 && *t < length - 0.05);
        Slot {
            at: slot.at + before,
            length,
            accents: inside.collect(),
            downbeat: slot.downbeat && before == 0.0,
            section: slot.section && before == 0.0,
            ..slot.clone()
        }
    };
    starts.windows(2).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, music, silence};
    use super::*;

    const FREE: Limits = Limits { longest: 1e6, usual: 1e6 };

    fn mean(slots: &[Slot], from: f64, to: f64) -> f64 {
        let inside: Vec<f64> = slots.iter().filter(|s| s.at >= from && s.at < to).map(|s| s.length).collect();
        inside.iter().sum::<f64>() / inside.len() as f64
    }

    #[test]
    fn full_music_is_cut_faster_and_sections_begin_with_a_cut() {
        let beats = music(120.0, 60.0, |t| if (16.0..32.0).contains(&t) { 1.0 } else { 0.1 });
        let stretch = Stretch { start: 0.0, length: 48.0 };
        for pace in [Pace::Calm, Pace::Balanced, Pace::Fast] {
            let slots = slots(&beats, &[], &stretch, pace, &FREE);
            assert!(mean(&slots, 16.0, 32.0) < 0.75 * mean(&slots, 0.0, 14.0), "{pace:?}");
            for section in [16.0, 32.0] {
                assert!(slots.iter().any(|slot| (slot.at - section).abs() < 1e-9 && slot.section), "{pace:?}");
            }
        }
        let of = |pace| slots(&beats, &[], &stretch, pace, &FREE).len();
        assert!(of(Pace::Calm) < of(Pace::Balanced) && of(Pace::Balanced) < of(Pace::Fast));
    }

    #[test]
    fn most_cuts_of_steady_music_begin_a_bar_or_half_of_one() {
        let beats = music(124.0, 60.0, |_| 0.5);
        let slots = slots(&beats, &[], &Stretch { start: 0.0, length: 40.0 }, Pace::Balanced, &FREE);
        let step = 60.0 / 124.0;
        let even = |slot: &&Slot| ((slot.at / step).round() as usize).is_multiple_of(2);
        assert!(slots.iter().filter(even).count() * 10 >= slots.len() * 9, "{slots:?}");
        assert!(slots.iter().all(|slot| at(&beats, slot.at)));
    }

    #[test]
    fn without_a_beat_cuts_fall_where_something_sounds() {
        let onsets: Vec<f64> = (0..30).map(|index| 1.37 * index as f64).collect();
        let found = slots(&silence(40.0), &onsets, &Stretch { start: 0.0, length: 30.0 }, Pace::Balanced, &FREE);
        let on = |slot: &&Slot| onsets.iter().any(|onset| (onset - slot.at).abs() < 1e-9);
        assert!(found.len() > 8 && found.iter().filter(on).count() * 10 >= found.len() * 8, "{found:?}");
        let none = slots(&silence(40.0), &[], &Stretch { start: 0.0, length: 30.0 }, Pace::Balanced, &FREE);
        assert!(none.len() > 8, "a steady grid serves where nothing sounds");
    }

    #[test]
    fn short_footage_makes_short_slots() {
        let beats = music(120.0, 60.0, |_| 0.0);
        let stretch = Stretch { start: 0.0, length: 20.0 };
        let tight = slots(&beats, &[], &stretch, Pace::Calm, &Limits { longest: 1.3, usual: 1.0 });
        assert!(tight.iter().all(|slot| slot.length <= 1.3 + 1e-9), "{tight:?}");
        let tiny = slots(&beats, &[], &stretch, Pace::Fast, &Limits { longest: 0.3, usual: 0.3 });
        assert!(tiny.iter().all(|slot| slot.length <= 0.3 + 1e-9));
        let reached = tiny.iter().fold(0.0, |reached: f64, slot| {
            assert!((slot.at - reached).abs() < 1e-9);
            slot.at + slot.length
        });
        assert!((reached - 20.0).abs() < 1e-9);
        let on = tiny.iter().filter(|slot| at(&beats, slot.at)).count();
        assert!(on * 2 >= tiny.len(), "every beat is cut on, and once between");
    }

    proptest::proptest! {
        #[test]
        fn slots_are_gapless_on_beats_and_long_enough(
            bpm in 45.0..210.0f64, start in 0.0..20.0f64, length in 0.2..60.0f64, pace in 0..3usize, seed in 0..1000u32,
        ) {
            let pace = [Pace::Calm, Pace::Balanced, Pace::Fast][pace];
            let energy = |t: f64| (((t as u32 / 8) * 7919 + seed) % 10) as f32 / 10.0;
            let beats = music(bpm, 90.0, energy);
            let stretch = Stretch { start, length };
            let slots = slots(&beats, &[], &stretch, pace, &FREE);
            proptest::prop_assert_eq!(slots[0].at, 0.0);
            let mut reached = 0.0;
            for slot in &slots {
                proptest::prop_assert!((slot.at - reached).abs() < 1e-9);
                proptest::prop_assert!(slots.len() == 1 || slot.length >= lengths(pace).least - 1e-6);
                let step = 60.0 / bpm;
                let on = at(&beats, slot.at + start) || (pace == Pace::Fast && step >= SLOW_BEAT
                    && at(&beats, slot.at + start - step / 2.0));
                proptest::prop_assert!(slot.at == 0.0 || on, "{} is on no beat", slot.at);
                reached = slot.at + slot.length;
            }
            proptest::prop_assert!((reached - length).abs() < 1e-9);
        }
    }
}
