//! Betters a whole edit shot by shot: a beam decides early what a later slot would have needed more. Another window for one
//! slot, two slots that change theirs, or other windows for two slots at once, whatever makes the edit as a whole better.

use reelspan_types::Span;

use super::{Place, Reach, Search, State, Used, Window, room};

/// Times that all slots are gone through, at most.
const ROUNDS: usize = 4;
/// Shots that are scored for each kind of change in one round, at most: long edits are bettered less.
const WORK: usize = 12_000;
/// Windows that are tried for each of two slots at once, at most.
const PAIRED: usize = 16;
/// Windows of one take that are tried for a slot.
const OF_ONE_TAKE: usize = 8;
const TRIED: usize = 240;

/// Edits of more shots are left as they are.
const LONGEST: usize = 150;

/// What a slot shows: the take and where in it.
type Shown = (usize, f64);

impl Reach {
    /// The windows of a slot that are kept for bettering.
    pub(super) fn to_polish(self) -> Self {
        Self { of_one_take: OF_ONE_TAKE, tried: TRIED, ..self }
    }
}

impl Search<'_> {
    /// The same edit or a better one. Where footage had to be shown again it stays: what is shown again depends on all that
    /// was shown before.
    pub(super) fn polished(&self, state: State, windows: &[Vec<Window>]) -> State {
        let count = state.picks.len();
        if !(2..=LONGEST).contains(&count) || state.picks.iter().any(|pick| pick.again || pick.bare) {
            return state;
        }
        let mut best = state;
        for _ in 0..ROUNDS {
            let before = best.score;
            for (slot, windows) in windows.iter().enumerate().take(count) {
                let tried = (WORK / (count * count)).clamp(4, 2 * self.reach.tried);
                for window in self.beside(&best, &[slot], slot, windows).into_iter().take(tried) {
                    self.try_shown(&mut best, &[(slot, (window.take, window.start))]);
                }
            }
            let far = (WORK / (count * count)).max(2);
            for slot in 0..count {
                for other in slot + 1..count.min(slot + 1 + far) {
                    let of = |index: usize| (best.picks[index].take, best.picks[index].start);
                    let swapped = [(slot, self.moved(of(other), slot)), (other, self.moved(of(slot), other))];
                    self.try_shown(&mut best, &swapped);
                }
            }
            if best.score <= before + 1e-9 {
                self.pairs(&mut best, windows);
            }
            if best.score <= before + 1e-9 {
                break;
            }
        }
        best
    }

    /// Other windows for two slots at once.
    fn pairs(&self, best: &mut State, windows: &[Vec<Window>]) {
        let count = best.picks.len();
        let each = ((WORK / (count * count * count / 2).max(1)) as f64).sqrt() as usize;
        let each = each.min(PAIRED);
        for slot in 0..count {
            for other in slot + 1..if each > 1 { count } else { 0 } {
                let without = |index: usize| self.beside(best, &[slot, other], index, &windows[index]);
                let (ones, others) = (without(slot), without(other));
                for one in ones.iter().take(each) {
                    for two in others.iter().take(each) {
                        let changes = [(slot, (one.take, one.start)), (other, (two.take, two.start))];
                        self.try_shown(best, &changes);
                    }
                }
            }
        }
    }

    /// The window that lies nearest to another slot's.
    fn moved(&self, (take, start): Shown, slot: usize) -> Shown {
        let room = room(&self.footage.takes[take], &self.places[slot]);
        (take, room.map_or(start, |room| start.clamp(room.start, room.end)))
    }

    /// Windows for a slot beside those that all slots but `open` show.
    fn beside(&self, state: &State, open: &[usize], slot: usize, windows: &[Window]) -> Vec<Window> {
        let mut rest = State { used: Used::default(), ..State::default() };
        let kept = state.picks.iter().zip(self.places).enumerate().filter(|(index, _)| !open.contains(index));
        for (_, (pick, place)) in kept {
            rest.used.add(pick.take, Span::new(pick.start, pick.start + place.slot.length));
        }
        let place: &Place = &self.places[slot];
        let takes = &self.footage.takes;
        let free = |window: &&Window| rest.used.times(takes, window.take, window.start, place.slot.length) == 0;
        let mut found = self.packed(&rest, slot, place);
        found.extend(windows.iter().filter(free));
        found
    }

    fn try_shown(&self, best: &mut State, changes: &[(usize, Shown)]) {
        let mut shown: Vec<Shown> = best.picks.iter().map(|pick| (pick.take, pick.start)).collect();
        changes.iter().for_each(|(slot, other)| shown[*slot] = *other);
        if let Some(other) = self.replayed(&shown, self.jumps(best))
            && other.score > best.score + 1e-9
        {
            *best = other;
        }
    }

    /// How often a shot follows itself.
    fn jumps(&self, state: &State) -> usize {
        let takes = &self.footage.takes;
        state.picks.windows(2).filter(|pair| takes[pair[0].take].alike(&takes[pair[1].take])).count()
    }

    /// The edit that shows this; none where it would show footage again, or a shot after itself oftener than `jumps`.
    fn replayed(&self, shown: &[Shown], jumps: usize) -> Option<State> {
        let mut state = State::default();
        for (index, (take, start)) in shown.iter().enumerate() {
            let place = &self.places[index];
            let inside = room(&self.footage.takes[*take], place)?;
            if !(inside.start - 1e-9..=inside.end + 1e-9).contains(start) {
                return None;
            }
            let pick = self.pick(&state, index, place, &Window { take: *take, start: *start, worth: 0.0 });
            if pick.again {
                return None;
            }
            let score = state.score + super::terms::total(&pick.terms);
            state = self.add(state, place, score, pick);
        }
        (self.jumps(&state) <= jumps).then_some(state)
    }
}
