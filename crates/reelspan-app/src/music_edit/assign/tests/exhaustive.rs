//! The beam beside a search to the end: on small edits every way is tried that the rules allow.

use super::*;

/// Everything is tried; windows lie wider apart, or there would be no end.
const ALL: Reach = Reach { beam: 1, ways: usize::MAX, tried: usize::MAX, of_one_take: usize::MAX, hills: 1, step: 0.5 };

/// The best score of all, by branch and bound: a beginning is left where even perfect slots could not bring it up.
struct ToTheEnd<'a> {
    search: Search<'a>,
    windows: Vec<Vec<Window>>,
    /// What the slots from here on can be worth at most.
    hope: Vec<f64>,
    best: f64,
}

impl<'a> ToTheEnd<'a> {
    fn best(footage: &'a Footage, places: &'a [Place], known: f64) -> f64 {
        let search = Search::new(footage, places, ALL);
        let windows: Vec<Vec<Window>> =
            places.iter().enumerate().map(|(index, place)| search.windows(index, place)).collect();
        // Whatever stands around a window: variety, change and order at their fullest.
        let around = 0.3 + 0.15 + 0.04;
        let mut hope = vec![0.0; places.len() + 1];
        for index in (0..places.len()).rev() {
            let most = windows[index].first().map_or(1.0, |window| window.worth);
            hope[index] = hope[index + 1] + most + around;
        }
        let mut all = Self { search, windows, hope, best: known };
        all.go(&State::default(), 0);
        all.best
    }

    fn go(&mut self, state: &State, index: usize) {
        if index == self.windows.len() {
            self.best = self.best.max(state.score);
            return;
        }
        for (score, pick) in self.search.onward(state, index, &self.windows[index]) {
            if score + self.hope[index + 1] <= self.best + 1e-9 {
                break;
            }
            let next = self.search.after(state, &self.search.places[index], score, pick);
            self.go(&next, index + 1);
        }
    }
}

/// How far the beam stays below the best, for so many made-up edits of so many slots.
fn shortfalls(cases: u32, slots: usize) -> Vec<f64> {
    let reach = Reach { step: ALL.step, ..USUAL };
    let mut state = 7_u64;
    let mut random = |most: f64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) * most
    };
    let mut found = Vec::new();
    for seed in 0..cases {
        let mut footage = Footage::default();
        for _ in 0..2 + random(2.5) as usize {
            let (phase, speed, level) = (random(6.0), 0.5 + random(3.0), random(0.5) as f32);
            let shots: Vec<f64> = (0..1 + random(1.9) as usize).map(|_| 2.0 + random(3.0)).collect();
            footage.add_video(&video(&shots, |t| level + 0.3 * (1.0 + (t * speed + phase).sin() as f32) / 2.0));
        }
        let mut places = places(20.0, [Pace::Balanced, Pace::Fast][seed as usize % 2], &footage, seed, random(0.2));
        places.truncate(slots);
        let beam = Search::new(&footage, &places, reach).best();
        assert_eq!(beam.picks.len(), places.len());
        let best = ToTheEnd::best(&footage, &places, beam.score);
        found.push((best - beam.score) / best.abs().max(1e-9));
    }
    found
}

/// Of 120 edits the best in 117 and at worst 1.34 % below, when this was written.
#[track_caller]
fn nearly_always_the_best(shortfalls: &[f64]) {
    let hits = shortfalls.iter().filter(|short| **short < 1e-9).count();
    let worst = shortfalls.iter().copied().fold(0.0, f64::max);
    let told = format!("the best in {hits} of {}, at worst {:.2} % below", shortfalls.len(), worst * 100.0);
    assert!(hits as f64 >= 0.95 * shortfalls.len() as f64 && worst <= 0.02, "{told}");
}

#[test]
fn the_beam_finds_the_best_edit_of_all_that_there_are() {
    nearly_always_the_best(&shortfalls(120, 4));
}

#[test]
#[ignore = "millions of edits are tried"]
fn the_beam_finds_the_best_of_longer_edits() {
    nearly_always_the_best(&shortfalls(60, 6));
}
