//! Finds where in the music an edit that is already cut fits best: its cuts stay, the music is moved under them.

use reelspan_media::beats::Beats;
use serde::Serialize;

/// What listeners take for together.
pub(super) const TOGETHER: f64 = 0.07;
/// What being together at all is worth, beside being exactly there.
const AT_ALL: f64 = 0.6;
const DOWNBEAT: f64 = 1.2;
/// Seconds between the places that are tried.
const STEP: f64 = 0.01;
/// What a full stretch of music is worth beside all cuts on beats.
const FULLNESS: f64 = 0.04;

/// The best place in one piece of music.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fit {
    /// Which of the tracks, in the order they were named.
    pub track: usize,
    /// Seconds of the music at which the edit begins.
    pub start: f64,
    pub cuts: usize,
    /// Cuts within 70 ms of a beat.
    pub together: usize,
    /// Cuts within a frame of a beat.
    pub exact: usize,
    /// Cuts nearest to a beat that begins a bar.
    pub downbeats: usize,
    /// 0 to 1 and a little more for downbeats.
    pub score: f64,
}

/// Where in one track the cuts (seconds of the edit) fit; none where the track has no beat. An edit longer than the track
/// begins with it.
pub(super) fn fit(track: usize, beats: &Beats, cuts: &[f64], length: f64, frame: f64) -> Option<Fit> {
    let times: Vec<(f64, bool)> = beats.beats.iter().map(|beat| (beat.t, beat.downbeat)).collect();
    if times.is_empty() {
        return None;
    }
    let latest = (beats.duration - length).max(0.0);
    let starts: Vec<f64> = if cuts.is_empty() {
        let bars = times.iter().filter(|(t, downbeat)| *downbeat && *t <= latest).map(|(t, _)| *t);
        std::iter::once(0.0).chain(bars).collect()
    } else {
        (0..=(latest / STEP) as usize).map(|step| step as f64 * STEP).collect()
    };
    let worth =
        |start: f64| score(&times, cuts, start) + FULLNESS * super::stretch::energy(beats, start, start + length);
    let best = starts
        .iter()
        .map(|start| (worth(*start), *start))
        .fold((f64::MIN, 0.0), |best, other| if other.0 > best.0 + 1e-9 { other } else { best });
    let start = settled(&times, cuts, best.1, latest);
    let start = if worth(start) > best.0 { start } else { best.1 };
    Some(told(track, &times, cuts, start, frame, score(&times, cuts, start)))
}

/// The nearest beat: how far after (positive) it the time is, and whether it begins a bar.
fn nearest(times: &[(f64, bool)], t: f64) -> (f64, bool) {
    let after = times.partition_point(|(beat, _)| *beat < t);
    let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|index| times.get(index));
    let best = near.min_by(|a, b| (a.0 - t).abs().total_cmp(&(b.0 - t).abs()));
    best.map_or((f64::MAX, false), |(beat, downbeat)| (t - beat, *downbeat))
}

/// Mean worth of the cuts.
fn score(times: &[(f64, bool)], cuts: &[f64], start: f64) -> f64 {
    let worth = |cut: &f64| {
        let (off, downbeat) = nearest(times, start + cut);
        let weight = if downbeat { DOWNBEAT } else { 1.0 };
        let exact = (1.0 - off.abs() / TOGETHER).max(0.0);
        let together = if off.abs() <= TOGETHER { AT_ALL } else { 0.0 };
        weight * (together + (1.0 - AT_ALL) * exact)
    };
    cuts.iter().map(worth).sum::<f64>() / cuts.len().max(1) as f64
}

/// Moves the start so that the cuts that are near their beats are so in the middle.
fn settled(times: &[(f64, bool)], cuts: &[f64], start: f64, latest: f64) -> f64 {
    let offs = cuts.iter().map(|cut| nearest(times, start + cut).0);
    let mut near: Vec<f64> = offs.filter(|off| off.abs() <= TOGETHER).collect();
    near.sort_by(f64::total_cmp);
    let middle = near.get(near.len() / 2).copied().unwrap_or(0.0);
    (start - middle).clamp(0.0, latest)
}

fn told(track: usize, times: &[(f64, bool)], cuts: &[f64], start: f64, frame: f64, score: f64) -> Fit {
    let offs: Vec<(f64, bool)> = cuts.iter().map(|cut| nearest(times, start + cut)).collect();
    let within = |most: f64| offs.iter().filter(|(off, _)| off.abs() <= most + 1e-9).count();
    Fit {
        track,
        start,
        cuts: cuts.len(),
        together: within(TOGETHER),
        exact: within(frame),
        downbeats: offs.iter().filter(|(off, downbeat)| *downbeat && off.abs() <= TOGETHER).count(),
        score,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{music, silence};
    use super::*;

    const FRAME: f64 = 1.0 / 30.0;

    #[test]
    fn cuts_that_were_made_to_music_find_their_place_in_it() {
        let mut beats = music(113.0, 120.0, |_| 0.5);
        // Tempo drifts, so that only one place fits.
        beats.beats.iter_mut().for_each(|beat| beat.t += 0.0012 * beat.t * beat.t);
        let from = 40;
        let cuts: Vec<f64> =
            [4, 8, 10, 13, 20, 22, 28].iter().map(|step| beats.beats[from + step].t - beats.beats[from].t).collect();
        let found = fit(0, &beats, &cuts, 20.0, FRAME).unwrap();
        assert!((found.start - beats.beats[from].t).abs() < FRAME, "{found:?}");
        assert_eq!((found.cuts, found.together, found.exact), (7, 7, 7));
    }

    #[test]
    fn cuts_at_random_are_reported_as_they_are() {
        let beats = music(120.0, 60.0, |_| 0.5);
        let cuts: Vec<f64> = (1..20).map(|index| 0.777 * index as f64).collect();
        let found = fit(0, &beats, &cuts, 16.0, FRAME).unwrap();
        assert!(found.together < found.cuts && found.exact <= found.together, "{found:?}");
    }

    #[test]
    fn no_beat_no_fit_and_no_cut_begins_with_a_bar() {
        assert_eq!(fit(0, &silence(30.0), &[1.0], 5.0, FRAME), None);
        let found = fit(0, &music(120.0, 60.0, |t| if t >= 30.0 { 1.0 } else { 0.0 }), &[], 5.0, FRAME).unwrap();
        assert!(found.start >= 30.0 && found.cuts == 0, "{found:?}");
    }

    #[test]
    fn an_edit_longer_than_the_music_begins_with_it() {
        let found = fit(0, &music(120.0, 10.0, |_| 0.5), &[5.0, 20.0], 30.0, FRAME).unwrap();
        assert_eq!(found.start, 0.0);
        assert_eq!(found.together, 1);
    }
}
