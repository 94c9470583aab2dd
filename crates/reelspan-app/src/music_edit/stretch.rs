//! Which stretch of the music an edit uses: one that is full of energy, begins where something begins and ends on a bar.

use reelspan_media::beats::Beats;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish {
    pub(super) length: f64,
    /// The user named the length: to the frame, not to the bar.
    pub(super) exact: bool,
    /// Seconds of the music; none chooses.
    pub(super) start: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    /// Seconds of the music.
    pub(super) start: f64,
    pub(super) length: f64,
}

/// Music runs a little before the first beat, so that its attack is whole.
const LEAD: f64 = 0.02;
/// An end this near to the wished one may be moved to a bar.
const SHORTEST_SHARE: f64 = 0.8;
/// What beginning with a section counts, beside a mean energy of 0 to 1.
const AT_SECTION: f64 = 0.12;
/// What calm and full parts together count: an edit that only shouts has no shape.
const CONTRAST: f64 = 0.15;
/// What the lacking share of the wished length costs.
const LACKING: f64 = 8.0;

pub(super) fn choose(beats: &Beats, wish: &Wish) -> Stretch {
    let start = wish.start.unwrap_or_else(|| best_start(beats, wish.length));
    let most = (beats.duration - start).min(wish.length).max(0.0);
    let length = if wish.exact { most } else { bar_end(beats, start, most) - start };
    Stretch { start, length }
}

/// The mean energy of a stretch: of its bars where there are any, of its sections elsewhere.
pub(super) fn energy(beats: &Beats, from: f64, to: f64) -> f64 {
    let share = |start: f64, end: f64| (end.min(to) - start.max(from)).max(0.0);
    let mean = |spans: &mut dyn Iterator<Item = (f64, f64, f32)>| {
        let (sum, seconds) = spans.fold((0.0, 0.0), |(sum, seconds), (start, end, energy)| {
            let share = share(start, end);
            (sum + share * f64::from(energy), seconds + share)
        });
        (seconds > 0.0).then(|| sum / seconds)
    };
    let bars = mean(&mut beats.bars.iter().map(|bar| (bar.start, bar.end, bar.energy)));
    let sections = || mean(&mut beats.sections.iter().map(|section| (section.start, section.end, section.energy)));
    bars.or_else(sections).unwrap_or(0.5)
}

fn best_start(beats: &Beats, length: f64) -> f64 {
    let downbeats = beats.beats.iter().filter(|beat| beat.downbeat).map(|beat| beat.t);
    let first = beats.beats.first().map(|beat| beat.t);
    let snapped = beats.sections.iter().map(|section| nearest_beat(beats, section.start));
    let mut starts: Vec<f64> = downbeats.chain(first).chain(snapped).map(|at| (at - LEAD).max(0.0)).collect();
    starts.push(0.0);
    starts.sort_by(f64::total_cmp);
    let worth = |start: f64| worth(beats, start, length);
    let best = starts.iter().copied().fold((f64::MIN, 0.0), |best, start| {
        let worth = worth(start);
        // A hair more is no reason to begin later.
        if worth > best.0 + 1e-6 { (worth, start) } else { best }
    });
    best.1
}

fn nearest_beat(beats: &Beats, at: f64) -> f64 {
    let nearest = beats.beats.iter().min_by(|a, b| (a.t - at).abs().total_cmp(&(b.t - at).abs()));
    nearest.filter(|beat| (beat.t - at).abs() < 1.0).map_or(at, |beat| beat.t)
}

fn worth(beats: &Beats, start: f64, length: f64) -> f64 {
    let end = (start + length).min(beats.duration);
    let lacking = 1.0 - ((end - start) / length.max(0.001)).clamp(0.0, 1.0);
    let begins = beats.sections.iter().any(|section| (section.start - LEAD - start).abs() < 0.1);
    let inside = beats.sections.iter().filter(|section| section.end > start + 2.0 && section.start < end - 2.0);
    let (low, high) = inside.fold((1.0_f64, 0.0_f64), |(low, high), section| {
        let energy = f64::from(section.energy);
        (low.min(energy), high.max(energy))
    });
    // Without a beat at its beginning the first cuts hang in the air.
    let on_beat = beats.beats.is_empty() || beats.beats.iter().any(|beat| (beat.t - LEAD - start).abs() < 0.005);
    energy(beats, start, end) + f64::from(u8::from(begins)) * AT_SECTION + (high - low).max(0.0) * CONTRAST
        - lacking * LACKING
        - f64::from(u8::from(!on_beat)) * 0.1
}

/// The last bar's (or beat's) beginning that leaves most of the wished length, or the wished end itself.
fn bar_end(beats: &Beats, start: f64, length: f64) -> f64 {
    let least = start + length * SHORTEST_SHARE;
    let most = start + length + 1e-6;
    let last = |downbeats: bool| {
        let fits = |t: &f64| (least..=most).contains(t);
        beats.beats.iter().filter(|beat| beat.downbeat || !downbeats).map(|beat| beat.t).rfind(fits)
    };
    last(true).or_else(|| last(false)).unwrap_or(start + length)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, music, silence};
    use super::*;

    #[test]
    fn the_fullest_stretch_that_begins_with_a_bar_is_taken() {
        // 120 beats a minute, full from 32 s to 64 s.
        let beats = music(120.0, 96.0, |t| if (32.0..64.0).contains(&t) { 1.0 } else { 0.2 });
        let found = choose(&beats, &Wish { length: 30.0, exact: false, start: None });
        assert!((found.start - 31.98).abs() < 1e-6, "{found:?}");
        assert!(at(&beats, found.start + found.length), "ends on a beat: {found:?}");
        assert!((24.0..=30.0).contains(&found.length), "{found:?}");
    }

    #[test]
    fn a_named_length_is_kept_and_a_named_start_too() {
        let beats = music(97.0, 60.0, |_| 0.5);
        let found = choose(&beats, &Wish { length: 13.37, exact: true, start: Some(7.77) });
        assert_eq!(found, Stretch { start: 7.77, length: 13.37 });
    }

    #[test]
    fn short_music_is_used_whole() {
        let beats = music(120.0, 12.0, |t| if t > 8.0 { 1.0 } else { 0.0 });
        let found = choose(&beats, &Wish { length: 30.0, exact: true, start: None });
        assert!(found.start < 0.01 && (found.length - 12.0).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn music_without_a_beat_has_a_stretch_too() {
        let found = choose(&silence(40.0), &Wish { length: 30.0, exact: false, start: None });
        assert_eq!(found, Stretch { start: 0.0, length: 30.0 });
    }
}
