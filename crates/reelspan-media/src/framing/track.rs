//! From whom or what to follow to the keys of a camera path.

use reelspan_types::Span;

use super::choice::{Piece, Target};
use super::geometry::{clamp_center, window};
use super::path::{Bounds, solve};
use crate::analysis::Box2;
use crate::plan::Key;

/// Room around a face, as a share of its size.
const ROOM: f64 = 0.15;
/// How far the middle of a face may be from where it belongs, as a share of the window.
const SLACK: f64 = 0.12;
/// The same for what only draws the eye.
const LOOSE: f64 = 0.2;
/// A face smaller than this share of the finished picture's height is brought nearer, to about this share.
const DISTANT: f64 = 0.08;
const NEARER: f64 = 0.11;
const NEAREST: f64 = 0.6;
/// Fewer source lines than these in a window look soft.
const LINES: f64 = 540.0;
/// Where eyes belong, from the window's top, and where they are in a face's box.
const EYES: f64 = 0.36;
const EYES_IN_FACE: f64 = 0.4;
/// Least and most strength from which a salient place binds the camera: half of what is usual in the shot.
const BINDS: (f64, f64) = (0.2, 0.4);
/// Movement is summed up over a while, so its place is behind by this much.
const BEHIND: f64 = 0.2;
/// Two keys stand in for all between them if none is further off than this.
const EXACT: f64 = 0.0005;

/// The keys and the zoom for one target during one part of a piece.
pub(super) fn track(piece: &Piece<'_>, span: Span, target: &Target) -> (Vec<Key>, f64) {
    let steps = (span.seconds() / super::STEP).ceil().max(1.0) as usize;
    let times: Vec<f64> = (0..=steps).map(|i| span.start + span.seconds() * i as f64 / steps as f64).collect();
    match target {
        Target::Middle => (vec![Key { t: span.start, x: 0.5, y: 0.5 }], 1.0),
        Target::Salience => (keys(&times, &salient(piece, &times)), 1.0),
        Target::People(people) => {
            let places: Vec<Option<Box2>> = times.iter().map(|t| piece.joined(people, *t)).collect();
            let zoom = zoom(piece, people, &places);
            let size = window(piece.video.width, piece.video.height, piece.ratio, zoom);
            let path = followed(piece, &times, &places, size);
            (keys(&times, &path), zoom)
        }
    }
}

/// Nearer for one small, sure face that stays about where it is.
fn zoom(piece: &Piece<'_>, people: &[usize], places: &[Option<Box2>]) -> f64 {
    let &[person] = people else { return 1.0 };
    let person = &piece.people[person];
    let whole = piece.window();
    let height = f64::from(person.height()) / whole.1;
    let there = places.iter().flatten().count();
    if height >= DISTANT || person.score() < 3.0 || there * 10 < places.len() * 9 {
        return 1.0;
    }
    let soft = LINES / (f64::from(piece.video.height) * whole.1);
    let nearer = (height / NEARER).max(NEAREST).max(soft).min(1.0);
    // A face that walks about needs the wide window.
    let reach = places.iter().flatten().copied().reduce(super::people::join);
    let walks = reach.is_some_and(|reach| {
        f64::from(reach.w) > 0.8 * whole.0 * nearer || f64::from(reach.h) > 0.5 * whole.1 * nearer
    });
    if walks || nearer > 0.95 { 1.0 } else { nearer }
}

fn followed(piece: &Piece<'_>, times: &[f64], places: &[Option<Box2>], size: (f64, f64)) -> Vec<(f64, f64)> {
    let mut across = Vec::with_capacity(times.len());
    let mut down = Vec::with_capacity(times.len());
    let absent = absence(times, places);
    for (index, place) in places.iter().enumerate() {
        let (x, y) = match place {
            Some(area) => around_face(*area, size),
            None if absent[index] > 1.5 => around_salience(piece, times[index], size),
            None => (Bounds::free(size.0), Bounds::free(size.1)),
        };
        across.push(x);
        down.push(y);
    }
    solve(&across).into_iter().zip(solve(&down)).collect()
}

fn around_face(area: Box2, size: (f64, f64)) -> (Bounds, Bounds) {
    let (x, y) = (f64::from(area.x), f64::from(area.y));
    let (w, h) = (f64::from(area.w), f64::from(area.h));
    let across = Bounds::around(x, x + w, ROOM * w, x + w / 2.0, size.0, SLACK);
    // Eyes on the upper third: the window's middle lies below them.
    let aim = y + EYES_IN_FACE * h + (0.5 - EYES) * size.1;
    // Hair above the face's box needs more room than the chin.
    let down = Bounds::around(y - 0.2 * h, y + h, ROOM * h, aim, size.1, SLACK);
    (across, down)
}

/// Seconds to the nearest time at which the face is there.
fn absence(times: &[f64], places: &[Option<Box2>]) -> Vec<f64> {
    let there: Vec<f64> = times.iter().zip(places).filter(|(_, place)| place.is_some()).map(|(t, _)| *t).collect();
    times
        .iter()
        .map(|t| {
            let after = there.partition_point(|at| at < t);
            let near = [after.checked_sub(1).and_then(|i| there.get(i)), there.get(after)];
            near.into_iter().flatten().map(|at| (at - t).abs()).fold(f64::MAX, f64::min)
        })
        .collect()
}

fn around_salience(piece: &Piece<'_>, t: f64, size: (f64, f64)) -> (Bounds, Bounds) {
    // The middle of a second's places, weighted: a hand that flies up shall not lead the camera.
    let binds = (piece.drawn() / 2.0).clamp(BINDS.0, BINDS.1) as f32;
    let near = piece.salience().filter(|point| (point.t - BEHIND - t).abs() <= 0.5 && point.strength >= binds);
    let (mut sum, mut weight) = ((0.0, 0.0), 0.0);
    for point in near {
        let strength = f64::from(point.strength);
        sum = (sum.0 + f64::from(point.x) * strength, sum.1 + f64::from(point.y) * strength);
        weight += strength;
    }
    if weight <= 0.0 {
        return (Bounds::free(size.0), Bounds::free(size.1));
    }
    let (x, y) = (sum.0 / weight, sum.1 / weight);
    // No hard limit: what draws the eye jumps, and the camera must not.
    let bound = |at: f64, size: f64| Bounds {
        limit: Bounds::free(size).limit,
        ..Bounds::around(at, at, 0.15 * size, at, size, LOOSE)
    };
    (bound(x, size.0), bound(y, size.1))
}

fn salient(piece: &Piece<'_>, times: &[f64]) -> Vec<(f64, f64)> {
    let size = piece.window();
    let (across, down): (Vec<Bounds>, Vec<Bounds>) = times.iter().map(|t| around_salience(piece, *t, size)).unzip();
    if across.iter().all(|bound| *bound == Bounds::free(size.0)) {
        let (x, y) = weak_middle(piece);
        return vec![(clamp_center(x, size.0), clamp_center(y, size.1)); times.len()];
    }
    solve(&across).into_iter().zip(solve(&down)).collect()
}

/// Where the eye is drawn over the whole piece, however weakly.
fn weak_middle(piece: &Piece<'_>) -> (f64, f64) {
    let (mut x, mut y, mut weight) = (0.0, 0.0, 1e-6);
    for point in piece.salience() {
        let strength = f64::from(point.strength);
        (x, y, weight) = (x + f64::from(point.x) * strength, y + f64::from(point.y) * strength, weight + strength);
    }
    if weight > 1e-3 { (x / weight, y / weight) } else { (0.5, 0.5) }
}

/// A path as few keys: still parts two, straight parts two, bends as many as they need, rounded between samples.
fn keys(times: &[f64], path: &[(f64, f64)]) -> Vec<Key> {
    let mut dense: Vec<Key> = Vec::with_capacity(times.len() * 2);
    for i in 0..times.len() {
        let (x, y) = path[i];
        dense.push(Key { t: times[i], x, y });
        if i > 0 && i + 2 < times.len() {
            let between = |pick: fn(&(f64, f64)) -> f64| {
                let [a, b, c, d] = [i - 1, i, i + 1, i + 2].map(|i| pick(&path[i]));
                let rounded = (9.0 * (b + c) - a - d) / 16.0;
                rounded.clamp(b.min(c), b.max(c))
            };
            let t = f64::midpoint(times[i], times[i + 1]);
            dense.push(Key { t, x: between(|p| p.0), y: between(|p| p.1) });
        }
    }
    let mut kept = vec![false; dense.len()];
    let last = dense.len() - 1;
    (kept[0], kept[last]) = (true, true);
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let off = |i: usize| {
            let share = (dense[i].t - dense[from].t) / (dense[to].t - dense[from].t).max(1e-9);
            let straight = |a: f64, b: f64| a + (b - a) * share;
            let (x, y) = (straight(dense[from].x, dense[to].x), straight(dense[from].y, dense[to].y));
            (dense[i].x - x).abs().max((dense[i].y - y).abs())
        };
        let worst = (from + 1..to).map(|i| (i, off(i))).fold((from, 0.0), |a, b| if b.1 > a.1 { b } else { a });
        if worst.1 > EXACT {
            kept[worst.0] = true;
            open.extend([(from, worst.0), (worst.0, to)]);
        }
    }
    let mut keys: Vec<Key> = dense.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(key, _)| key).collect();
    if keys.iter().all(|key| (key.x - keys[0].x).abs() < 1e-9 && (key.y - keys[0].y).abs() < 1e-9) {
        keys.truncate(1);
    }
    keys
}
