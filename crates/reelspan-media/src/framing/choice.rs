//! Which layout a shot gets and whom it shows.

use reelspan_types::Span;

use super::geometry::{pane_ratio, window};
use super::people::{Person, join};
use crate::analysis::{Box2, SaliencePoint, Shot, VideoAnalysis};
use crate::plan::{Layout, Pane};

/// From here on a shot is a screen recording or slides.
const SCREEN: f32 = 0.5;
/// A face this high (share of the picture) is the subject even before a screen.
const LARGE_FACE: f32 = 0.22;
/// Least mean strength with which movement alone may lead the camera.
const DRAWN: f64 = 0.30;
/// Shots shorter than this are not worth two panes.
const SPLIT_SECONDS: f64 = 3.0;
/// How much of the shorter window side a group may fill and still be shown as one.
const TOGETHER: f64 = 0.92;
/// The face's share of a pane's height.
const IN_PANE: f64 = 0.36;

/// What the camera is to keep in its window, and when.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// These people, all at once, by their place in the list.
    People(Vec<usize>),
    /// Where the eye is drawn.
    Salience,
    /// The middle of the picture.
    Middle,
}

#[derive(Debug, Clone)]
pub(super) enum Choice {
    Fit(&'static str),
    Center(&'static str),
    Split(Vec<Pane>),
    /// One after the other; the times lie inside the piece, without gaps.
    Track(Vec<(Span, Target)>, &'static str),
}

/// One shot as far as the clip shows it, with what is known of it.
pub(super) struct Piece<'a> {
    pub(super) span: Span,
    pub(super) shot: Option<&'a Shot>,
    pub(super) video: &'a VideoAnalysis,
    pub(super) speech: &'a [Span],
    pub(super) people: Vec<Person>,
    /// Evenly spaced, four a second.
    pub(super) times: Vec<f64>,
    pub(super) ratio: f64,
}

impl Piece<'_> {
    /// Size of the largest window in fractions of the source.
    pub(super) fn window(&self) -> (f64, f64) {
        window(self.video.width, self.video.height, self.ratio, 1.0)
    }

    pub(super) fn salience(&self) -> impl Iterator<Item = &SaliencePoint> {
        self.video.salience.iter().filter(|point| point.t >= self.span.start - 0.13 && point.t < self.span.end)
    }

    pub(super) fn choose(&self, wanted: Option<Layout>) -> Choice {
        let main = self.main_people();
        match wanted {
            Some(Layout::Fit) => Choice::Fit("asked for"),
            Some(Layout::Center) => Choice::Center("asked for"),
            Some(Layout::Track) => self.track(&main),
            Some(Layout::Split) => match self.panes(&main) {
                Some(panes) => Choice::Split(panes),
                None => self.track(&main),
            },
            None => self.choose_freely(&main),
        }
    }

    fn choose_freely(&self, main: &[usize]) -> Choice {
        let (w, h) = self.window();
        let screen = self.shot.is_some_and(|shot| shot.screen >= SCREEN);
        let large = main.iter().any(|p| self.people[*p].height() >= LARGE_FACE);
        if w >= 0.93 && h >= 0.93 {
            return Choice::Center("the picture already has this shape");
        }
        if screen && !large {
            return Choice::Fit("slides or a screen");
        }
        match main {
            [] if self.drawn() >= DRAWN => Choice::Track(vec![(self.span, Target::Salience)], "follows what moves"),
            [] => Choice::Fit("nothing to follow"),
            _ if main.iter().all(|p| self.too_large(*p)) => Choice::Fit("the face is larger than the window"),
            [_] => self.track(main),
            _ if self.together(main) => {
                Choice::Track(vec![(self.span, Target::People(main.to_vec()))], "they fit in one window")
            }
            _ => self.choose_among(main),
        }
    }

    /// Several people who do not fit in one window.
    fn choose_among(&self, main: &[usize]) -> Choice {
        let rank = |place: usize| main.get(place).map_or(0.0, |p| self.weight(*p));
        let two = rank(2) < 0.45 * rank(1);
        let both = self.share(|t| main[..2].iter().all(|p| self.people[*p].at(t).is_some())) >= 0.5;
        let panes = if two && both && self.span.seconds() > SPLIT_SECONDS { self.panes(&main[..2]) } else { None };
        if let Some(panes) = panes {
            return Choice::Split(panes);
        }
        // One of several only where it is plain who matters: by size and place, or because the lips move.
        let alike = rank(1) >= 0.5 * rank(0);
        if both && alike && self.speaker_share(main) < 0.5 {
            return Choice::Fit(if two { "two people, apart" } else { "a group" });
        }
        self.track(main)
    }

    /// Follows whom there is to follow, one after the other.
    fn track(&self, main: &[usize]) -> Choice {
        match main {
            [] if self.drawn() >= 0.12 => Choice::Track(vec![(self.span, Target::Salience)], "follows what moves"),
            [] => Choice::Track(vec![(self.span, Target::Middle)], "nothing to follow: the middle"),
            [one] => Choice::Track(vec![(self.span, Target::People(vec![*one]))], "follows the face"),
            _ if self.together(main) => {
                Choice::Track(vec![(self.span, Target::People(main.to_vec()))], "they fit in one window")
            }
            _ => {
                let turns = self.turns(main);
                let reason = if turns.len() > 1 { "follows who speaks" } else { "follows the face" };
                Choice::Track(turns, reason)
            }
        }
    }

    /// Those who matter, the weightiest first.
    fn main_people(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.people.len()).collect();
        order.sort_by(|a, b| self.weight(*b).total_cmp(&self.weight(*a)));
        let Some(first) = order.first().copied() else { return order };
        let tallest = order.iter().map(|p| self.people[*p].height()).fold(0.0, f32::max);
        order.retain(|p| {
            let person = &self.people[*p];
            let stays = person.presence(&self.times);
            let long = stays >= 0.15 || stays * self.span.seconds() >= 2.0;
            *p == first || (long && person.height() >= 0.45 * tallest && self.weight(*p) >= 0.2 * self.weight(first))
        });
        order.retain(|p| {
            self.people[*p].presence(&self.times) * self.span.seconds() >= 0.4f64.min(self.span.seconds() * 0.3)
        });
        order
    }

    /// How much a person matters: there for long, large, sure, near the middle.
    fn weight(&self, person: usize) -> f64 {
        let person = &self.people[person];
        let area = f64::from(person.height()).max(0.01);
        let sure = (f64::from(person.score()) / 8.0).clamp(0.25, 1.0);
        let middle =
            person.seen.iter().map(|s| f64::from(s.area.center().0)).sum::<f64>() / person.seen.len().max(1) as f64;
        let central = 1.0 - 0.5 * (middle - 0.5).abs();
        person.presence(&self.times) * area * sure.sqrt() * central
    }

    fn share(&self, is: impl Fn(f64) -> bool) -> f64 {
        self.times.iter().filter(|t| is(**t)).count() as f64 / self.times.len().max(1) as f64
    }

    /// Whether all of them fit in one window nearly always.
    fn together(&self, main: &[usize]) -> bool {
        let (w, h) = self.window();
        self.share(|t| {
            self.joined(main, t)
                .is_none_or(|area| f64::from(area.w) <= TOGETHER * w && f64::from(area.h) <= TOGETHER * h)
        }) >= 0.95
    }

    pub(super) fn joined(&self, people: &[usize], t: f64) -> Option<Box2> {
        people.iter().filter_map(|p| self.people[*p].at(t)).reduce(join)
    }

    fn too_large(&self, person: usize) -> bool {
        let (w, h) = self.window();
        let person = &self.people[person];
        f64::from(person.width()) > 1.02 * w || f64::from(person.height()) > 1.02 * h
    }

    /// Mean strength with which the eye is drawn somewhere.
    pub(super) fn drawn(&self) -> f64 {
        let (sum, count) =
            self.salience().fold((0.0, 0usize), |(sum, count), point| (sum + f64::from(point.strength), count + 1));
        if count > 0 { sum / count as f64 } else { 0.0 }
    }

    /// Two still windows for two people, left one above; none if they would show one another or not hold their faces.
    fn panes(&self, pair: &[usize]) -> Option<Vec<Pane>> {
        let &[a, b] = pair.get(..2)? else { return None };
        let (a, b) = (self.people[a].reach(self.span)?, self.people[b].reach(self.span)?);
        let (left, right) = if a.center().0 <= b.center().0 { (a, b) } else { (b, a) };
        let left_pane = self.pane(left, f64::from(right.x), true)?;
        let right_pane = self.pane(right, f64::from(left.x + left.w), false)?;
        Some(vec![left_pane, right_pane])
    }

    /// The window of one face that does not reach the other's edge.
    fn pane(&self, face: Box2, edge: f64, other_is_right: bool) -> Option<Pane> {
        let most = window(self.video.width, self.video.height, pane_ratio(self.ratio), 1.0);
        let wide_per_high = most.0 / most.1;
        let (x, y) = (f64::from(face.center().0), f64::from(face.center().1));
        let (w, h) = (f64::from(face.w), f64::from(face.h));
        let least = (h * 1.25).max(w * 1.25 / wide_per_high).max(0.2);
        let wished = (h / IN_PANE).max(least).max(240.0 / f64::from(self.video.height.max(1)));
        // Room to the other's face; the window may slide away from it as long as its own face stays well inside.
        let room = if other_is_right { edge } else { 1.0 - edge };
        let height = wished.min(most.1).min(room / wide_per_high);
        if height < least {
            return None;
        }
        let width = height * wide_per_high;
        let middle = if other_is_right { x.min(edge - width / 2.0) } else { x.max(edge + width / 2.0) };
        let middle = middle.clamp(width / 2.0, 1.0 - width / 2.0);
        let inside =
            middle - width / 2.0 <= f64::from(face.x) + 1e-6 && middle + width / 2.0 >= f64::from(face.x) + w - 1e-6;
        let y = (y + 0.06 * height).clamp(height / 2.0, 1.0 - height / 2.0);
        inside.then_some(Pane { x: middle, y, height })
    }

    fn spoken(&self, t: f64) -> bool {
        self.speech.iter().any(|span| t >= span.start - 0.1 && t < span.end + 0.1)
    }

    /// The share of spoken time in which one mouth moves clearly more than every other.
    fn speaker_share(&self, main: &[usize]) -> f64 {
        let spoken: Vec<f64> = self.times.iter().copied().filter(|t| self.spoken(*t)).collect();
        let clear = |t: f64| {
            let mut mouths: Vec<f32> = main.iter().map(|p| self.people[*p].mouth(t)).collect();
            mouths.sort_unstable_by(|a, b| b.total_cmp(a));
            mouths[0] > 0.08 && mouths[0] > 2.0 * mouths.get(1).copied().unwrap_or(0.0)
        };
        // Less than this is too little to tell by whose lips it was.
        if spoken.len() < 10 { 0.0 } else { spoken.iter().filter(|t| clear(**t)).count() as f64 / spoken.len() as f64 }
    }

    /// Whom to show when: the cheapest sequence when each change costs and each moment with the wrong one costs.
    fn turns(&self, main: &[usize]) -> Vec<(Span, Target)> {
        const CHANGE: f64 = 6.0;
        let value = |p: usize, t: f64| self.value(main, p, t);
        let mut best: Vec<f64> = main.iter().map(|p| value(*p, self.times[0])).collect();
        let mut from: Vec<Vec<usize>> = Vec::with_capacity(self.times.len());
        for t in &self.times[1..] {
            let (top, top_value) =
                best.iter().enumerate().fold((0, f64::MIN), |b, (i, v)| if *v > b.1 { (i, *v) } else { b });
            let mut came = Vec::with_capacity(main.len());
            for (i, p) in main.iter().enumerate() {
                let (before, kept) =
                    if best[i] >= top_value - CHANGE { (i, best[i]) } else { (top, top_value - CHANGE) };
                came.push(before);
                best[i] = kept + value(*p, *t);
            }
            from.push(came);
        }
        let mut now = best.iter().enumerate().fold((0, f64::MIN), |b, (i, v)| if *v > b.1 { (i, *v) } else { b }).0;
        let mut order = vec![now];
        for came in from.iter().rev() {
            now = came[now];
            order.push(now);
        }
        order.reverse();
        let mut turns: Vec<(Span, Target)> = Vec::new();
        let mut start = 0;
        for end in 1..=order.len() {
            if end == order.len() || order[end] != order[start] {
                let till = if end == order.len() { self.span.end } else { self.times[end] };
                let since = turns.last().map_or(self.span.start, |(span, _)| span.end);
                turns.push((Span::new(since, till), Target::People(vec![main[order[start]]])));
                start = end;
            }
        }
        turns
    }

    /// What showing a person at a time is worth.
    fn value(&self, main: &[usize], person: usize, t: f64) -> f64 {
        if self.people[person].at(t).is_none() {
            return 0.0;
        }
        let mouths: f32 = main.iter().map(|p| self.people[*p].mouth(t)).sum();
        let speaks =
            if self.spoken(t) && mouths > 0.02 { f64::from(self.people[person].mouth(t) / mouths) } else { 0.3 };
        let most = main.iter().map(|p| self.weight(*p)).fold(1e-9, f64::max);
        0.5 + 0.8 * speaks + 0.5 * self.weight(person) / most
    }
}
