//! Faces of single samples joined into people who stay for a while.

use reelspan_types::Span;

use crate::analysis::{Box2, Face, FaceSample};

/// Seconds over which a missing face is filled in between two sightings.
const GAP: f64 = 2.5;
/// Seconds for which a face is still taken to be there before the first and after the last sighting.
const LINGER: f64 = 0.6;
/// A face moves by at most this many of its own widths from sample to sample.
const STRIDE: f32 = 1.2;

#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    pub(super) t: f64,
    pub(super) area: Box2,
    pub(super) score: f32,
    pub(super) mouth: f32,
}

/// One person's face within one shot.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) seen: Vec<Sighting>,
}

impl Person {
    /// Where the face is at a time, straight between sightings.
    pub(super) fn at(&self, t: f64) -> Option<Box2> {
        let after = self.seen.partition_point(|sighting| sighting.t <= t);
        let before = after.checked_sub(1).and_then(|index| self.seen.get(index));
        match (before, self.seen.get(after)) {
            (Some(from), Some(to)) if to.t - from.t <= GAP => {
                let share = ((t - from.t) / (to.t - from.t)) as f32;
                let mix = |a: f32, b: f32| a + (b - a) * share;
                let (a, b) = (from.area, to.area);
                Some(Box2 { x: mix(a.x, b.x), y: mix(a.y, b.y), w: mix(a.w, b.w), h: mix(a.h, b.h) })
            }
            (Some(from), _) if t - from.t <= LINGER => Some(from.area),
            (_, Some(to)) if to.t - t <= LINGER => Some(to.area),
            _ => None,
        }
    }

    /// The middle one of the face's heights.
    pub(super) fn height(&self) -> f32 {
        median(self.seen.iter().map(|sighting| sighting.area.h))
    }

    pub(super) fn width(&self) -> f32 {
        median(self.seen.iter().map(|sighting| sighting.area.w))
    }

    pub(super) fn score(&self) -> f32 {
        median(self.seen.iter().map(|sighting| sighting.score))
    }

    /// The share of times at which the face is there.
    pub(super) fn presence(&self, times: &[f64]) -> f64 {
        times.iter().filter(|t| self.at(**t).is_some()).count() as f64 / times.len().max(1) as f64
    }

    /// How much the lips move around a time.
    pub(super) fn mouth(&self, t: f64) -> f32 {
        let from = self.seen.partition_point(|sighting| sighting.t < t - 0.5);
        let near = self.seen[from..].iter().take_while(|sighting| sighting.t <= t + 0.5);
        let (sum, count) = near.fold((0.0, 0), |(sum, count), sighting| (sum + sighting.mouth, count + 1));
        if count > 0 { sum / count as f32 } else { 0.0 }
    }

    /// The box around all places between two times.
    pub(super) fn reach(&self, span: Span) -> Option<Box2> {
        let inside = self.seen.iter().filter(|s| s.t >= span.start - 0.3 && s.t <= span.end + 0.3);
        inside.map(|sighting| sighting.area).reduce(join)
    }
}

/// The smallest box around two.
pub(super) fn join(a: Box2, b: Box2) -> Box2 {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    Box2 { x, y, w: (a.x + a.w).max(b.x + b.w) - x, h: (a.y + a.h).max(b.y + b.h) - y }
}

/// The people of one shot, those seen long enough to be believed.
pub(super) fn people(samples: &[FaceSample], span: Span) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for sample in samples.iter().filter(|sample| span.contains(sample.t)) {
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (p, person) in people.iter().enumerate() {
            let Some(last) = person.seen.last().filter(|last| sample.t - last.t <= GAP) else { continue };
            for (f, face) in sample.faces.iter().enumerate() {
                if let Some(apart) = apart(last, face, sample.t) {
                    pairs.push((apart, p, f));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut used_people, mut used_faces) = (vec![false; people.len()], vec![false; sample.faces.len()]);
        for (_, p, f) in pairs {
            if !used_people[p] && !used_faces[f] {
                (used_people[p], used_faces[f]) = (true, true);
                people[p].seen.push(sighting(sample.t, &sample.faces[f]));
            }
        }
        let new = sample.faces.iter().zip(&used_faces).filter(|(face, used)| !**used && sound(face));
        people.extend(new.map(|(face, _)| Person { seen: vec![sighting(sample.t, face)] }));
    }
    // One that shows twice in a second of picture is believed; a single sighting only where there is no room for two.
    let needed = if span.seconds() < 0.6 {
        1
    } else if span.seconds() < 1.5 {
        2
    } else {
        3
    };
    people.retain(|person| person.seen.len() >= needed);
    people
}

fn sighting(t: f64, face: &Face) -> Sighting {
    Sighting { t, area: face.area, score: face.score, mouth: face.mouth }
}

fn sound(face: &Face) -> bool {
    let area = face.area;
    [area.x, area.y, area.w, area.h].iter().all(|v| v.is_finite()) && area.w > 0.005 && area.h > 0.005
}

/// How far a face is from where a person was last, in face widths; none if it cannot be the same.
fn apart(last: &Sighting, face: &Face, t: f64) -> Option<f32> {
    let ratio = face.area.h / last.area.h.max(1e-6);
    if !sound(face) || !(0.55..1.8).contains(&ratio) {
        return None;
    }
    let ((ax, ay), (bx, by)) = (last.area.center(), face.area.center());
    let distance = ((ax - bx) / last.area.w).hypot((ay - by) / last.area.h);
    let samples = ((t - last.t) / 0.25).clamp(1.0, 3.0) as f32;
    (distance <= STRIDE * samples).then_some(distance)
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut sorted: Vec<f32> = values.collect();
    let half = sorted.len() / 2;
    if sorted.is_empty() { 0.0 } else { *sorted.select_nth_unstable_by(half, f32::total_cmp).1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32) -> Face {
        Face { area: Box2 { x, y: 0.3, w: 0.1, h: 0.2 }, score: 9.0, mouth: 0.1 }
    }

    fn samples(of: impl Fn(usize) -> Vec<Face>) -> Vec<FaceSample> {
        (0..40).map(|i| FaceSample { t: i as f64 / 4.0, faces: of(i) }).collect()
    }

    const ALL: Span = Span { start: 0.0, end: 10.0 };

    #[test]
    fn two_who_stay_apart_are_two() {
        let found = people(&samples(|_| vec![face(0.1), face(0.7)]), ALL);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|person| person.seen.len() == 40));
    }

    #[test]
    fn a_gap_is_filled_and_a_flash_is_dropped() {
        let found = people(
            &samples(|i| {
                if (10..16).contains(&i) { vec![face(0.8)][..usize::from(i == 12)].to_vec() } else { vec![face(0.1)] }
            }),
            ALL,
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].at(3.1).is_some());
        assert!((found[0].presence(&[1.0, 3.0, 5.0]) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn who_leaves_is_gone() {
        let found = people(&samples(|i| if i < 12 { vec![face(0.1)] } else { Vec::new() }), ALL);
        assert!(found[0].at(2.0).is_some());
        assert!(found[0].at(6.0).is_none());
    }

    #[test]
    fn boxes_without_size_or_number_are_no_one() {
        let broken = Face { area: Box2 { x: f32::NAN, y: 0.0, w: 0.1, h: 0.1 }, score: 9.0, mouth: 0.0 };
        let flat = Face { area: Box2 { x: 0.2, y: 0.0, w: 0.0, h: 0.1 }, score: 9.0, mouth: 0.0 };
        assert!(people(&samples(|_| vec![broken, flat]), ALL).is_empty());
    }
}
