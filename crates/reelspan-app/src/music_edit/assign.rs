//! Which footage is shown when: a search over all slots at once, keeping the best few beginnings of an edit at each.
//!
//! A later slot can only be filled with what earlier ones left, so that the exact solution costs as many tries as there are
//! windows to the power of slots; a beam finds the same good one every time, and it is bettered shot by shot. How good
//! it is, the tests measure: on small edits that can be searched to the end.

mod free;
mod polish;
mod terms;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use reelspan_types::Span;

use super::cuts::Slot;
use super::footage::{Footage, Marks, STILL, Take};
use free::Used;
pub(super) use terms::Scored;
use terms::{Ranks, Terms};

/// A slot and the footage that it needs beyond its bounds, for transitions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) slot: Slot,
    pub(super) before: f64,
    pub(super) after: f64,
}

/// The footage chosen for one slot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pick {
    /// Index of the take.
    pub(super) take: usize,
    /// Seconds of the source.
    pub(super) start: f64,
    /// All of it or part of it was shown before.
    pub(super) again: bool,
    /// There was no footage beyond its bounds: no transition here.
    pub(super) bare: bool,
    pub(super) marks: Marks,
    pub(super) terms: Vec<Scored>,
}

/// Windows looked at for each slot, over all footage.
const WINDOWS: f64 = 4000.0;

/// How far the search looks.
#[derive(Debug, Clone, Copy)]
struct Reach {
    /// Beginnings of an edit that are kept at each slot, and ways on that are tried from each.
    beam: usize,
    ways: usize,
    /// Windows that are tried for one slot, best first, and of one take among them.
    tried: usize,
    of_one_take: usize,
    /// Finished edits that are bettered.
    hills: usize,
    /// Seconds between windows, at least.
    step: f64,
}

const USUAL: Reach = Reach { beam: 64, ways: 12, tried: 60, of_one_take: 2, hills: 10, step: 0.2 };

/// A beginning of an edit.
#[derive(Debug, Clone, Default)]
struct State {
    score: f64,
    picks: Vec<Pick>,
    used: Used,
    /// How often each source was shown, and each of its shots.
    sources: BTreeMap<usize, u32>,
    shots: BTreeMap<(usize, usize), u32>,
    /// Where the last showing of each source began.
    last: BTreeMap<usize, f64>,
}

/// A window for a slot.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Window {
    take: usize,
    start: f64,
    /// What it is worth whatever stands around it.
    worth: f64,
}

/// Fills every place; the same input gives the same edit. Empty where there is no footage.
pub(super) fn assign(footage: &Footage, places: &[Place]) -> Vec<Pick> {
    if footage.takes.is_empty() {
        return Vec::new();
    }
    Search::new(footage, places, USUAL).best().picks
}

/// Whether footage is so scarce that what is left between windows counts.
fn tight(footage: &Footage, places: &[Place]) -> bool {
    let needed: f64 = places.iter().map(|place| place.slot.length).sum();
    footage.seconds() < 2.5 * needed
}

/// Longer sources are shown oftener, but not by as much as they are longer.
fn shares(footage: &Footage) -> Vec<f64> {
    let mut seconds = vec![0.0; footage.sources.len()];
    for take in &footage.takes {
        seconds[take.source] += if take.still { STILL } else { take.span.seconds() };
    }
    let roots: Vec<f64> = seconds.into_iter().map(f64::sqrt).collect();
    let all = roots.iter().sum::<f64>().max(1e-9);
    roots.into_iter().map(|root| root / all).collect()
}

struct Search<'a> {
    footage: &'a Footage,
    places: &'a [Place],
    ranks: Ranks,
    /// The share of all showings that each source should have.
    shares: Vec<f64>,
    tight: bool,
    reach: Reach,
}

impl<'a> Search<'a> {
    fn new(footage: &'a Footage, places: &'a [Place], reach: Reach) -> Self {
        let (ranks, shares, tight) = (Ranks::new(footage, places), shares(footage), tight(footage, places));
        Self { footage, places, ranks, shares, tight, reach }
    }

    fn best(&self) -> State {
        let mut beam = vec![State::default()];
        let mut best_windows = Vec::new();
        for (index, place) in self.places.iter().enumerate() {
            let windows = self.windows(index, place);
            beam = self.step(&beam, index, &windows);
            best_windows.push(few(&mut windows.iter(), self.reach.to_polish()));
        }
        let polished = self.unlike(beam).into_iter().map(|state| self.polished(state, &best_windows));
        // The first of equals.
        polished.reduce(|best, other| if other.score > best.score + 1e-9 { other } else { best }).unwrap_or_default()
    }

    /// The best edits that show takes in another order each: each is the foot of another hill.
    fn unlike(&self, beam: Vec<State>) -> Vec<State> {
        let takes = |state: &State| -> Vec<usize> { state.picks.iter().map(|pick| pick.take).collect() };
        let mut seen: Vec<Vec<usize>> = Vec::new();
        let mut found = Vec::new();
        for state in beam {
            let shown = takes(&state);
            if found.len() < self.reach.hills && !seen.contains(&shown) {
                seen.push(shown);
                found.push(state);
            }
        }
        found
    }

    /// All ways to fill the next slot that are tried, each with the score to which it leads.
    fn onward(&self, state: &State, index: usize, windows: &[Window]) -> Vec<(f64, Pick)> {
        let place = &self.places[index];
        let mut own = self.ways(state, index, place, windows);
        if own.is_empty() {
            // Without its handles it always fits somewhere, or the slot would have been divided.
            let bare = Place { before: 0.0, after: 0.0, ..place.clone() };
            own = self.ways(state, index, &bare, &self.windows(index, &bare));
            own.iter_mut().for_each(|pick| pick.bare = true);
        }
        let mut own: Vec<(f64, Pick)> =
            own.into_iter().map(|pick| (state.score + terms::total(&pick.terms), pick)).collect();
        own.sort_by(|a, b| b.0.total_cmp(&a.0));
        own
    }

    fn step(&self, beam: &[State], index: usize, windows: &[Window]) -> Vec<State> {
        let place = &self.places[index];
        let mut ways: Vec<(f64, usize, Pick)> = Vec::new();
        for (from, state) in beam.iter().enumerate() {
            let own = self.onward(state, index, windows);
            ways.extend(own.into_iter().take(self.reach.ways).map(|(score, pick)| (score, from, pick)));
        }
        ways.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut next: Vec<State> = Vec::new();
        for (score, from, pick) in ways {
            if next.len() == self.reach.beam {
                break;
            }
            next.push(self.after(&beam[from], place, score, pick));
        }
        next
    }

    /// All windows for a slot, best first.
    fn windows(&self, index: usize, place: &Place) -> Vec<Window> {
        let step = (self.footage.seconds() / WINDOWS).max(self.reach.step);
        let mut windows = Vec::new();
        for (number, take) in self.footage.takes.iter().enumerate() {
            let Some(room) = room(take, place) else { continue };
            if take.still {
                windows.push(self.window(index, number, 0.0, place));
                continue;
            }
            let count = (room.seconds() / step).floor() as usize;
            let grid = (0..=count).map(|at| room.start + at as f64 * step);
            let accent = accent(&place.slot);
            let peaks = self.footage.sources[take.source].peaks.iter();
            let centred = peaks.map(|peak| peak - accent).filter(|start| (room.start..=room.end).contains(start));
            windows.extend(grid.chain(centred).map(|start| self.window(index, number, start, place)));
        }
        windows.sort_by(|a, b| b.worth.total_cmp(&a.worth).then(a.take.cmp(&b.take)).then(a.start.total_cmp(&b.start)));
        windows
    }

    fn window(&self, index: usize, take: usize, start: f64, place: &Place) -> Window {
        let marks = self.footage.marks(&self.footage.takes[take], start, place.slot.length);
        let worth = terms::total(&Terms { ranks: &self.ranks }.own(index, &place.slot, &marks));
        Window { take, start, worth }
    }

    /// The best ways to fill a slot: unseen footage before seen, another shot before the same.
    fn ways(&self, state: &State, index: usize, place: &Place, windows: &[Window]) -> Vec<Pick> {
        let length = place.slot.length;
        let takes = &self.footage.takes;
        let last = state.picks.last().map(|pick| takes[pick.take]);
        let other = |window: &&Window| last.is_none_or(|last| !last.alike(&takes[window.take]));
        let fresh = |window: &&Window| state.used.times(takes, window.take, window.start, length) == 0;
        let some = |list: &mut dyn Iterator<Item = &Window>| few(list, self.reach);
        let mut found = some(&mut windows.iter().filter(other).filter(fresh));
        if self.tight || found.is_empty() {
            let packed = self.packed(state, index, place);
            found.extend(packed.iter().filter(other));
            if found.is_empty() {
                found = some(&mut windows.iter().filter(fresh));
                found.extend(packed);
            }
        }
        if found.is_empty() {
            found = some(&mut windows.iter().filter(other));
        }
        if found.is_empty() {
            found = some(&mut windows.iter());
        }
        found.iter().map(|window| self.pick(state, index, place, window)).collect()
    }

    /// Windows at the edges of what is left: they leave no crumbs, and they find the last room there is.
    fn packed(&self, state: &State, index: usize, place: &Place) -> Vec<Window> {
        let mut windows = Vec::new();
        for (number, take) in self.footage.takes.iter().enumerate() {
            let Some(room) = room(take, place).filter(|_| !take.still) else { continue };
            for free in state.used.free(number, take.span) {
                let starts = Span::new(free.start.max(room.start), (free.end - place.slot.length).min(room.end));
                if starts.end < starts.start {
                    continue;
                }
                windows.push(self.window(index, number, starts.start, place));
                if starts.end > starts.start {
                    windows.push(self.window(index, number, starts.end, place));
                }
            }
        }
        windows
    }

    fn pick(&self, state: &State, index: usize, place: &Place, window: &Window) -> Pick {
        let take = &self.footage.takes[window.take];
        let marks = self.footage.marks(take, window.start, place.slot.length);
        let terms = Terms { ranks: &self.ranks };
        let mut scored = terms.own(index, &place.slot, &marks);
        let times = state.used.times(&self.footage.takes, window.take, window.start, place.slot.length);
        scored.extend(terms.around(&self.surroundings(state, window, place, times)));
        Pick { take: window.take, start: window.start, again: times > 0, bare: false, marks, terms: scored }
    }

    fn surroundings(&self, state: &State, window: &Window, place: &Place, times: u32) -> terms::Around {
        let takes = &self.footage.takes;
        let take = &takes[window.take];
        let shown = f64::from(state.sources.get(&take.source).copied().unwrap_or(0));
        let fair = (state.picks.len() + 1) as f64 * self.shares[take.source];
        let neighbour = state.picks.last().map(|pick| {
            let other = &takes[pick.take];
            let apart = (window.start - (pick.start + self.places[state.picks.len() - 1].slot.length)).abs();
            (other.source == take.source, other.alike(take), apart)
        });
        terms::Around {
            times,
            of_share: shown / fair.max(0.05),
            of_shot: state.shots.get(&(take.source, take.shot)).copied().unwrap_or(0),
            neighbour,
            earlier: state.last.get(&take.source).is_some_and(|last| window.start < *last),
            crumbs: if self.tight && !take.still { state.used.crumbs(window, place, take.span) } else { 0.0 },
        }
    }

    fn after(&self, state: &State, place: &Place, score: f64, pick: Pick) -> State {
        self.add(state.clone(), place, score, pick)
    }

    fn add(&self, state: State, place: &Place, score: f64, pick: Pick) -> State {
        let mut next = State { score, ..state };
        let take = &self.footage.takes[pick.take];
        next.used.add(pick.take, Span::new(pick.start, pick.start + place.slot.length));
        *next.sources.entry(take.source).or_default() += 1;
        *next.shots.entry((take.source, take.shot)).or_default() += 1;
        next.last.insert(take.source, pick.start);
        next.picks.push(pick);
        next
    }
}

/// Where a window may start in a take.
fn room(take: &Take, place: &Place) -> Option<Span> {
    if take.still {
        return Some(Span::new(0.0, 0.0));
    }
    let room = Span::new(take.span.start + place.before, take.span.end - place.after - place.slot.length);
    // A hair less is rounding.
    (room.end >= room.start - 1e-9).then(|| Span::new(room.start.min(room.end), room.end))
}

/// The beat inside a slot on which its action should peak: the one nearest to the middle, or the middle.
fn accent(slot: &Slot) -> f64 {
    let middle = slot.length / 2.0;
    let nearest = slot.accents.iter().copied().min_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()));
    nearest.filter(|accent| (accent - middle).abs() < slot.length * 0.3).unwrap_or(middle)
}

/// The first of a list, few of each take.
fn few(windows: &mut dyn Iterator<Item = &Window>, reach: Reach) -> Vec<Window> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for window in windows {
        let count = counts.entry(window.take).or_default();
        if *count < reach.of_one_take {
            *count += 1;
            found.push(*window);
        }
        if found.len() == reach.tried {
            break;
        }
    }
    found
}
