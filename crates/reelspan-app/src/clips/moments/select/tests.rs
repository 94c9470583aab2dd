//! Selection is exact, never overlaps, and spreads.

use proptest::prelude::*;

use super::*;

fn candidate(start: f64, end: f64, score: f64) -> Candidate {
    Candidate { first: 0, last: 0, span: Span::new(start, end), score }
}

fn overlap(set: &[usize], candidates: &[Candidate], apart: f64) -> bool {
    set.iter().enumerate().any(|(at, a)| {
        set[at + 1..].iter().any(|b| {
            let (a, b) = (candidates[*a].span, candidates[*b].span);
            a.start < b.end + apart - 1e-6 && b.start < a.end + apart - 1e-6
        })
    })
}

fn brute_force(candidates: &[Candidate], worth: &[f64], count: usize, apart: f64) -> f64 {
    (0u32..1 << candidates.len())
        .filter(|set| set.count_ones() as usize <= count)
        .map(|set| (0..candidates.len()).filter(|at| set & (1 << at) != 0).collect::<Vec<_>>())
        .filter(|set| !overlap(set, candidates, apart))
        .map(|set| set.iter().map(|at| worth[*at]).sum())
        .fold(0.0, f64::max)
}

fn any_candidates(most: usize) -> impl Strategy<Value = Vec<Candidate>> {
    proptest::collection::vec((0u32..100, 5u32..40, 0u32..100), 0..most).prop_map(|all| {
        let make =
            |(start, length, score)| candidate(f64::from(start), f64::from(start + length), f64::from(score) / 100.0);
        all.into_iter().map(make).collect()
    })
}

proptest! {
    #[test]
    fn the_schedule_is_the_best_there_is(candidates in any_candidates(11), count in 0usize..6, apart in 0u32..10) {
        let worth: Vec<f64> = candidates.iter().map(|candidate| candidate.score).collect();
        let set = schedule(&candidates, &worth, count, f64::from(apart));
        prop_assert!(set.len() <= count);
        prop_assert!(!overlap(&set, &candidates, f64::from(apart)));
        let total: f64 = set.iter().map(|at| worth[*at]).sum();
        prop_assert!((total - brute_force(&candidates, &worth, count, f64::from(apart))).abs() < 1e-9);
    }

    #[test]
    fn choices_never_overlap_and_come_best_first(candidates in any_candidates(60), count in 0usize..8) {
        let chosen = choose(&candidates, count, 140.0, |_| Bag::default());
        prop_assert!(chosen.len() <= count);
        prop_assert!(!overlap(&chosen, &candidates, 0.0));
        prop_assert!(chosen.windows(2).all(|pair| candidates[pair[0]].score >= candidates[pair[1]].score));
        prop_assert_eq!(chosen, choose(&candidates, count, 140.0, |_| Bag::default()));
    }
}

#[test]
fn the_same_said_again_is_passed_over() {
    let candidates = [candidate(0.0, 20.0, 0.8), candidate(100.0, 120.0, 0.75), candidate(200.0, 220.0, 0.6)];
    let bag = |candidate: &Candidate| {
        let stem = u32::from(candidate.span.start > 150.0);
        Bag::of(&[stem], &[1.0, 1.0])
    };
    assert_eq!(choose(&candidates, 2, 300.0, bag), [0, 2]);
    // Without better ones, repetition is still offered.
    assert_eq!(choose(&candidates, 3, 300.0, bag).len(), 3);
}

#[test]
fn of_equals_the_spread_out_are_taken() {
    let candidates: Vec<Candidate> =
        (0..30).map(|at| candidate(f64::from(at) * 20.0, f64::from(at) * 20.0 + 20.0, 0.5)).collect();
    let mut chosen = choose(&candidates, 4, 600.0, |_| Bag::default());
    chosen.sort_unstable();
    assert!(chosen.windows(2).all(|pair| pair[1] - pair[0] >= 3), "{chosen:?}");
}

#[test]
fn a_much_better_neighbour_beats_distance() {
    let candidates = [candidate(0.0, 20.0, 0.9), candidate(20.5, 40.0, 0.9), candidate(300.0, 320.0, 0.2)];
    assert_eq!(choose(&candidates, 2, 600.0, |_| Bag::default()), [0, 1]);
}

#[test]
fn counts_follow_length_and_quality() {
    assert_eq!([5.0, 240.0, 600.0, 10_800.0].map(usual_count), [4, 4, 7, 12]);
    assert_eq!(drop_off(&[0.8, 0.1, 0.1, 0.1, 0.1]), 4);
    assert_eq!(drop_off(&[0.8, 0.7, 0.7, 0.6, 0.6, 0.3, 0.29]), 5);
    assert_eq!(drop_off(&[]), 0);
}
