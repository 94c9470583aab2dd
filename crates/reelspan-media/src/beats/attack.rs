//! Moves each beat from the coarse frame to where its attack begins, and says how strong it is.

use super::curve::Curves;
use super::ear::{FINE, FRAMES, Heard};
use super::level::peak;

/// Values of the fine envelope that are held: 12 ms, so that the swings of a deep tone do not hide where it begins.
const HOLD: usize = 6;
/// Held longer, not even the deepest tone seems to begin over and over.
const LONG: usize = 10;
/// How far from the frame the edge may be.
const REACH: f64 = 0.045;
/// How far before the edge a slow attack may begin.
const SLOWEST: f64 = 0.12;
/// Half decibels that both envelopes together must rise to be an attack.
const LEAST: i32 = 12;
/// A great one: nothing but an attack from silence rises so.
const GREAT: i32 = 60;
/// A rise from further below is not heard; it would be the ringing of a filter.
const MOST: i32 = 60;
/// Moved otherwise than its neighbours by more than this, it was moved to something else.
const ASTRAY: f64 = 0.012;
/// Neighbours that differ by more than this from one another say nothing of one of them.
const VAGUE: f64 = 0.006;
/// Weak beats are moved as their neighbours are: as many to each side.
const NEIGHBOURS: usize = 12;

/// A beat in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    /// Seconds.
    pub(super) t: f64,
    /// 1 is a strong one of this music.
    pub(super) strength: f32,
    /// Something audibly begins there.
    pub(super) attacked: bool,
}

pub(super) fn attacks(heard: &Heard, curves: &Curves, frames: &[usize]) -> Vec<Placed> {
    let strong = usual_peak(curves, frames);
    let shifts: Vec<Option<f64>> = frames.iter().map(|frame| shift(heard, *frame as f64 / FRAMES)).collect();
    let place = |(at, frame): (usize, &usize)| {
        let near = &shifts[at.saturating_sub(NEIGHBOURS)..(at + NEIGHBOURS + 1).min(shifts.len())];
        let usual = middle(near.iter().flatten().copied());
        let spread = middle(near.iter().flatten().map(|shift| (shift - usual).abs()));
        // Where the sound is so dense that edges lie anywhere, none is to be trusted by itself.
        let t = if spread <= VAGUE {
            let shift = shifts[at].filter(|own| (own - usual).abs() <= ASTRAY).unwrap_or(usual);
            *frame as f64 / FRAMES + shift
        } else {
            let coarse = *frame as f64 / FRAMES;
            even(frames, at).clamp(coarse - ASTRAY, coarse + ASTRAY)
        };
        let strength = (peak(&curves.all, *frame) / strong).clamp(0.0, 1.0);
        Placed { t: t.clamp(0.0, heard.duration), strength, attacked: shifts[at].is_some() }
    };
    let mut found: Vec<Placed> = frames.iter().enumerate().map(place).collect();
    // Two that were moved to the same edge are one.
    found.dedup_by(|later, earlier| later.t <= earlier.t + 0.05);
    found
}

/// The beat's time as its neighbours on both sides suggest it.
fn even(frames: &[usize], at: usize) -> f64 {
    let pairs = 4.min(at).min(frames.len() - 1 - at);
    let sum: usize = frames[at - pairs..=at + pairs].iter().sum();
    sum as f64 / (2 * pairs + 1) as f64 / FRAMES
}

/// What nine in ten beats do not exceed.
fn usual_peak(curves: &Curves, frames: &[usize]) -> f32 {
    let mut peaks: Vec<f32> = frames.iter().map(|frame| peak(&curves.all, *frame)).collect();
    peaks.sort_by(f32::total_cmp);
    peaks.get(peaks.len() * 9 / 10).copied().unwrap_or(1.0).max(0.1)
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// From the frame to where the attack begins, in seconds; none where nothing rises.
fn shift(heard: &Heard, coarse: f64) -> Option<f64> {
    let middle = (coarse * FINE).round() as usize;
    let reach = (REACH * FINE) as usize;
    let length = heard.fine[0].len();
    let (from, to) = (middle.saturating_sub(reach).max(1), (middle + reach).min(length.saturating_sub(HOLD)));
    let both = |at: usize| heard.fine.iter().map(|envelope| rise(envelope, at, HOLD).max(0)).sum::<i32>();
    let worth = |at: usize| {
        let both = both(at);
        // A great rise is meant even if it is further away.
        let off = (at as f64 - middle as f64) / FINE / if both >= GREAT { 0.05 } else { 0.025 };
        f64::from(both) * (-off * off / 2.0).exp()
    };
    let most = (from..to).map(worth).fold(0.0, f64::max);
    // Held values rise early; the last of the best places is where it happens.
    let edge = (from..to).rev().find(|at| worth(*at) >= 0.9 * most && most > 0.0)?;
    let [plain, edges] = [0, 1].map(|which| rise(&heard.fine[which], edge, LONG));
    if plain.max(0) + edges.max(0) < LEAST {
        return None;
    }
    let clearer = usize::from(edges > plain);
    Some(start(&heard.fine[clearer], edge) / FINE - coarse)
}

/// How much louder it is after this place than before, in half decibels.
fn rise(envelope: &[u8], at: usize, hold: usize) -> i32 {
    // Before the first sample there was silence.
    (held(envelope, at, at + hold) - held(envelope, at.saturating_sub(hold + 1), at)).min(MOST)
}

fn held(envelope: &[u8], from: usize, to: usize) -> i32 {
    let to = to.min(envelope.len());
    envelope[from.min(to)..to].iter().copied().max().map_or(0, i32::from)
}

/// Where the rise that holds the edge begins: further back for as long as it was clearly quieter before.
fn start(envelope: &[u8], edge: usize) -> f64 {
    let earliest = edge.saturating_sub((SLOWEST * FINE) as usize);
    let top = held(envelope, edge, edge + 2 * HOLD);
    let mut from = edge.saturating_sub(HOLD + 1);
    let mut base = held(envelope, from, edge);
    while from > earliest && from >= HOLD / 2 {
        let before = held(envelope, from.saturating_sub(HOLD + HOLD / 2), from.saturating_sub(HOLD / 2));
        if before + 2 > base || top - before > MOST {
            break;
        }
        base = before;
        from -= HOLD / 2;
    }
    let base = base.max(top - MOST);
    let bound = base + (top - base) / 4;
    let at = (from..edge + HOLD).find(|at| envelope.get(*at).is_some_and(|v| i32::from(*v) > bound)).unwrap_or(edge);
    at as f64
}
