//! What an edit may never do, whatever the footage and the music.

use proptest::prelude::*;
use reelspan_media::plan::Pace;

use super::super::cuts::{self, Limits};
use super::super::samples::{music, video};
use super::super::stretch::Stretch;
use super::*;

mod exhaustive;

fn footage(sources: &[Vec<f64>], stills: usize, seed: u32) -> Footage {
    let mut footage = Footage::default();
    for (index, shots) in sources.iter().enumerate() {
        let phase = f64::from(seed % 17) + index as f64 * 2.1;
        footage.add_video(&video(shots, |t| (0.3 + 0.3 * (t * 0.9 + phase).sin()) as f32));
    }
    (0..stills).for_each(|_| footage.add_still(None));
    footage
}

fn places(length: f64, pace: Pace, footage: &Footage, seed: u32, handle: f64) -> Vec<Place> {
    let beats = music(118.0, 100.0, |t| (((t as u32 / 8) * 7919 + seed) % 10) as f32 / 10.0);
    let (longest, usual) = footage.lengths();
    let slots = cuts::slots(&beats, &[], &Stretch { start: 0.0, length }, pace, &Limits { longest, usual });
    slots.into_iter().map(|slot| Place { slot, before: handle, after: handle }).collect()
}

fn shown(footage: &Footage, places: &[Place], picks: &[Pick]) -> Vec<(Take, Span)> {
    let spans = picks
        .iter()
        .zip(places)
        .map(|(pick, place)| (footage.takes[pick.take], Span::new(pick.start, pick.start + place.slot.length)));
    spans.collect()
}

/// Whether a slot of that need could have been filled with footage that was not shown in the picks before it.
fn room_left(footage: &Footage, before: &[(usize, Span)], place: &Place) -> bool {
    footage.takes.iter().enumerate().any(|(number, take)| {
        let mut used = Used::default();
        before.iter().filter(|(other, _)| *other == number).for_each(|(other, span)| used.add(*other, *span));
        if take.still {
            return !before.iter().any(|(other, _)| *other == number);
        }
        let fits = |free: &Span| {
            room(take, place)
                .is_some_and(|room| free.start.max(room.start) + 0.03 < (free.end - place.slot.length).min(room.end))
        };
        used.free(number, take.span).iter().any(fits)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn shots_stay_in_bounds_and_none_is_shown_again_before_all_was(
        sources in prop::collection::vec(prop::collection::vec(0.3..9.0f64, 1..6), 0..5),
        stills in 0..3usize, length in 3.0..40.0f64, pace in 0..3usize, seed in 0..500u32, handle in 0.0..0.4f64,
    ) {
        prop_assume!(stills > 0 || !sources.is_empty());
        let pace = [Pace::Calm, Pace::Balanced, Pace::Fast][pace];
        let footage = footage(&sources, stills, seed);
        prop_assume!(!footage.takes.is_empty());
        let places = places(length, pace, &footage, seed, handle);
        let picks = assign(&footage, &places);
        prop_assert_eq!(picks.len(), places.len());
        let mut before: Vec<(usize, Span)> = Vec::new();
        for ((take, span), (pick, place)) in shown(&footage, &places, &picks).iter().zip(picks.iter().zip(&places)) {
            let (lead, tail) = if pick.bare { (0.0, 0.0) } else { (place.before, place.after) };
            if !take.still {
                let inside = span.start - lead >= take.span.start - 1e-6 && span.end + tail <= take.span.end + 1e-6;
                prop_assert!(inside, "{span:?} is not in {take:?}");
            }
            let overlaps = before.iter().any(|(other, seen)| {
                *other == pick.take && (take.still || seen.overlap(*span) > 0.021)
            });
            prop_assert_eq!(pick.again, overlaps);
            let place = if pick.bare { Place { before: 0.0, after: 0.0, ..place.clone() } } else { place.clone() };
            prop_assert!(!overlaps || !room_left(&footage, &before, &place), "shown again too early: {span:?}");
            before.push((pick.take, *span));
        }
    }
}

#[test]
fn the_same_input_gives_the_same_edit() {
    let footage = footage(&[vec![3.0, 8.0, 4.0], vec![12.0], vec![5.0, 5.0]], 1, 3);
    let places = places(30.0, Pace::Balanced, &footage, 3, 0.1);
    assert_eq!(assign(&footage, &places), assign(&footage, &places));
}

#[test]
fn full_music_gets_moving_footage_and_calm_music_calm_footage() {
    let mut footage = Footage::default();
    for index in 0..8 {
        let level = index as f32 / 8.0;
        footage.add_video(&video(&[10.0], move |_| level));
    }
    let beats = music(120.0, 64.0, |t| if (16.0..32.0).contains(&t) { 1.0 } else { 0.1 });
    let limits = Limits { longest: 10.0, usual: 10.0 };
    let slots = cuts::slots(&beats, &[], &Stretch { start: 0.0, length: 32.0 }, Pace::Balanced, &limits);
    let places: Vec<Place> = slots.into_iter().map(|slot| Place { slot, before: 0.0, after: 0.0 }).collect();
    let picks = assign(&footage, &places);
    let mean = |full: bool| {
        let inside = picks.iter().zip(&places).filter(|(_, place)| (place.slot.energy > 0.5) == full);
        let sources: Vec<f64> = inside.map(|(pick, _)| pick.take as f64).collect();
        sources.iter().sum::<f64>() / sources.len() as f64
    };
    assert!(mean(true) > mean(false) + 2.0, "{} {}", mean(true), mean(false));
}

#[test]
fn neighbours_differ_where_they_can_and_every_source_has_its_turn() {
    let footage = footage(&[vec![30.0], vec![30.0], vec![30.0], vec![30.0]], 0, 1);
    let places = places(30.0, Pace::Balanced, &footage, 1, 0.0);
    let picks = assign(&footage, &places);
    assert!(picks.windows(2).all(|pair| pair[0].take != pair[1].take));
    for take in 0..4 {
        let count = picks.iter().filter(|pick| pick.take == take).count();
        assert!(count * 4 >= picks.len() / 2, "source {take} was shown {count} of {} times", picks.len());
    }
}

#[test]
fn a_single_long_take_is_cut_to_moments_apart() {
    let footage = footage(&[vec![120.0]], 0, 5);
    let places = places(20.0, Pace::Balanced, &footage, 5, 0.0);
    let picks = assign(&footage, &places);
    for (pair, place) in picks.windows(2).zip(&places) {
        let gap = (pair[1].start - pair[0].start - place.slot.length).abs();
        assert!(gap > 0.5, "a jump of {gap} s looks like a fault");
    }
}

#[test]
fn the_action_peaks_on_the_beat_in_the_shot() {
    let mut footage = Footage::default();
    for phase in [2.3, 4.1, 5.7] {
        footage.add_video(&video(&[8.0], move |t| if (t - phase).abs() < 0.2 { 0.9 } else { 0.1 }));
    }
    let slot = Slot { at: 0.0, length: 2.0, energy: 1.0, accents: vec![0.5, 1.0, 1.5], downbeat: true, section: true };
    let picks = assign(&footage, &[Place { slot, before: 0.0, after: 0.0 }]);
    let marks = footage.marks(&footage.takes[picks[0].take], picks[0].start, 2.0);
    assert!((marks.peak - 1.0).abs() < 0.15 && marks.prominence > 0.9, "{marks:?}");
}

#[test]
fn without_footage_there_is_no_edit() {
    let place = places(5.0, Pace::Fast, &footage(&[], 1, 0), 0, 0.0);
    assert!(assign(&Footage::default(), &place).is_empty());
}
