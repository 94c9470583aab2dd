//! What all plans of an edit share: its frame rate, its fades, the music as the plan tells it, the framing of a shot.

use std::collections::BTreeMap;

use reelspan_media::beats::Beats;
use reelspan_media::framing;
use reelspan_media::plan::{EditSettings, Key, Layout, Music, MusicSection, ShotLayout};
use reelspan_types::{Aspect, Span};

use super::material::Piece;
use super::stretch::Stretch;
use super::{Request, rounded};
use crate::input::Input;

/// Rates that players and platforms know, as [`EditSettings`] writes them.
const RATES: [[u32; 2]; 8] =
    [[24_000, 1001], [24, 1], [25, 1], [30_000, 1001], [30, 1], [50, 1], [60_000, 1001], [60, 1]];
/// Where no footage tells.
const PLAIN: [u32; 2] = [30, 1];
/// Shapes for an edit that keeps its own.
const SHAPES: [(u32, u32); 11] =
    [(9, 16), (2, 3), (3, 4), (4, 5), (1, 1), (5, 4), (4, 3), (3, 2), (16, 9), (2, 1), (21, 9)];
/// Seconds in which music begins in the middle of itself, and in which it ends.
const FADE_IN: f64 = 0.02;
const FADE_OUT: f64 = 1.5;
/// From here on a shot is taken for slides or a screen.
const WRITTEN: f32 = 0.5;
/// How far a single picture is moved over while it is shown, in shares of what is cut off.
const DRIFT: f64 = 0.18;

/// The rate of most of the footage, as a known one; film for the sixty a second that nobody named.
pub(super) fn frame_rate(pieces: &[Piece]) -> [u32; 2] {
    let mut seconds: BTreeMap<[u32; 2], f64> = BTreeMap::new();
    for piece in pieces.iter().filter(|piece| !piece.still()) {
        let Some(video) = &piece.input.info.video else { continue };
        *seconds.entry(nearest_rate(video.frame_rate)).or_default() += piece.seconds();
    }
    let most = seconds.into_iter().fold(
        (PLAIN, 0.0),
        |best, (rate, seconds)| {
            if seconds > best.1 { (rate, seconds) } else { best }
        },
    );
    most.0
}

fn nearest_rate(rate: f64) -> [u32; 2] {
    if !(rate.is_finite() && rate > 0.0) {
        return PLAIN;
    }
    // Slow motion is shown at what it was meant for; of very slow files every picture is shown the same few times.
    let wanted = match rate {
        fast if fast > 61.0 => fast / (fast / 60.0).ceil(),
        slow if slow < 23.5 => slow * (24.0 / slow).ceil(),
        usual => usual,
    };
    let off = |known: &[u32; 2]| (f64::from(known[0]) / f64::from(known[1]) - wanted).abs();
    RATES.into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(PLAIN)
}

/// The common shape nearest to a picture's own.
pub(super) fn own_shape(width: u32, height: u32) -> Aspect {
    let wanted = (f64::from(width.max(1)) / f64::from(height.max(1))).ln();
    let off = |shape: &(u32, u32)| ((f64::from(shape.0) / f64::from(shape.1)).ln() - wanted).abs();
    let best = SHAPES.into_iter().min_by(|a, b| off(a).total_cmp(&off(b)));
    best.and_then(|(width, height)| format!("{width}:{height}").parse().ok()).unwrap_or(Aspect::VERTICAL)
}

/// A rounded length that is a whole number of frames.
pub(super) fn whole_frames(seconds: f64, rate: [u32; 2]) -> f64 {
    let rate = f64::from(rate[0]) / f64::from(rate[1]);
    (seconds * rate + 1e-6).floor().max(1.0) / rate
}

pub(super) fn settings(request: &Request, aspects: Vec<Aspect>, length: f64, frame_rate: [u32; 2]) -> EditSettings {
    EditSettings {
        aspects,
        length,
        frame_rate,
        pace: request.pace,
        loudness: request.loudness,
        original_sound: request.original_sound,
        watermark: request.watermark.clone(),
    }
}

/// The music as a plan tells it: what is heard of it and what its beat is there.
pub(super) fn music(input: &Input, beats: &Beats, stretch: &Stretch) -> Music {
    let end = (stretch.start + stretch.length).min(beats.duration);
    let inside = |t: f64| t >= stretch.start - 1e-6 && t <= end + 1e-6;
    let heard: Vec<_> = beats.beats.iter().filter(|beat| inside(beat.t)).collect();
    let section = |section: &reelspan_media::beats::Section| MusicSection {
        start: rounded(section.start.max(stretch.start)),
        end: rounded(section.end.min(end)),
        energy: rounded(f64::from(section.energy).clamp(0.0, 1.0)),
    };
    let met =
        |section: &&reelspan_media::beats::Section| section.end.min(end) - section.start.max(stretch.start) > 0.05;
    // Music that ends by itself needs no help.
    let fade_out = if end > beats.duration - 0.05 { 0.3 } else { FADE_OUT }.min(stretch.length / 4.0);
    Music {
        path: input.path.display().to_string(),
        blake3: input.hash.clone(),
        duration: beats.duration,
        start: stretch.start,
        bpm: tempo(&heard.iter().map(|beat| beat.t).collect::<Vec<_>>()).or(beats.bpm),
        beats: heard.iter().map(|beat| rounded(beat.t)).collect(),
        downbeats: heard.iter().filter(|beat| beat.downbeat).map(|beat| rounded(beat.t)).collect(),
        sections: beats.sections.iter().filter(met).map(section).collect(),
        fade_in: if stretch.start > 0.0 { FADE_IN.min(stretch.length / 4.0) } else { 0.0 },
        fade_out: rounded(fade_out),
    }
}

/// The middle tempo of beats, in beats a minute.
pub(super) fn tempo(beats: &[f64]) -> Option<f64> {
    let mut steps: Vec<f64> = beats.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0.0).collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).map(|step| (6000.0 / step).round() / 100.0)
}

/// What a shot shows in each aspect; `span` is in seconds of the footage, handles included.
pub(super) fn layouts(
    piece: &Piece,
    span: Span,
    aspects: &[Aspect],
    turn: usize,
    wanted: Option<Layout>,
) -> BTreeMap<Aspect, Vec<ShotLayout>> {
    aspects.iter().map(|aspect| (*aspect, layout(piece, span, *aspect, turn, wanted))).collect()
}

/// `wanted` is taken as it is; without it each shot gets what suits it in an edit.
pub(super) fn layout(
    piece: &Piece,
    span: Span,
    aspect: Aspect,
    turn: usize,
    wanted: Option<Layout>,
) -> Vec<ShotLayout> {
    let Some(look) = piece.look() else { return Vec::new() };
    let mut layouts = framing::frame(look, piece.speech(), span, aspect, wanted);
    // Bars of blur break the flow of quick cuts; only writing must be seen whole.
    let written = look.shots.iter().any(|shot| shot.screen >= WRITTEN && shot.span().overlap(span) > 0.0);
    if wanted.is_none() && !written && layouts.iter().any(|layout| layout.layout == Layout::Fit) {
        layouts = framing::frame(look, piece.speech(), span, aspect, Some(Layout::Track));
    }
    if piece.still() && wanted != Some(Layout::Center) {
        layouts.iter_mut().for_each(|layout| drift(layout, look.width, look.height, aspect, turn));
    }
    layouts
}

/// A single picture that is cropped is slowly moved over, to one side and the next time to the other.
fn drift(layout: &mut ShotLayout, width: u32, height: u32, aspect: Aspect, turn: usize) {
    if !matches!(layout.layout, Layout::Track | Layout::Center) || layout.end <= layout.start {
        return;
    }
    layout.layout = Layout::Track;
    layout.zoom = layout.zoom.min(0.94);
    let (x, y) = framing::geometry::path_at(&layout.path, layout.start);
    let (w, h) = framing::geometry::window(width, height, aspect.ratio(), layout.zoom);
    let way = if turn.is_multiple_of(2) { 0.5 } else { -0.5 };
    let moved = |center: f64, size: f64, way: f64| {
        let center = framing::geometry::clamp_center(center, size);
        framing::geometry::clamp_center(center + way * DRIFT * (1.0 - size), size)
    };
    // Along the side on which more is cut off.
    let along = if w < h { (way, 0.0) } else { (0.0, way) };
    let key = |t: f64, way: f64| Key { t, x: moved(x, w, along.0 * way), y: moved(y, h, along.1 * way) };
    layout.path = vec![key(layout.start, -1.0), key(layout.end, 1.0)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_that_players_know() {
        let check = |rate: f64, known: [u32; 2]| assert_eq!(nearest_rate(rate), known, "{rate}");
        check(25.0, [25, 1]);
        check(29.97, [30_000, 1001]);
        check(23.976, [24_000, 1001]);
        check(59.94, [60_000, 1001]);
        check(240.0, [60, 1]);
        check(119.88, [60_000, 1001]);
        check(12.0, [24, 1]);
        check(12.5, [25, 1]);
        check(10.0, [30, 1]);
        check(f64::NAN, PLAIN);
    }

    #[test]
    fn an_edit_keeps_the_nearest_known_shape() {
        let check = |width, height, shape: &str| assert_eq!(own_shape(width, height).to_string(), shape);
        check(1920, 1080, "16:9");
        check(1080, 1920, "9:16");
        check(640, 480, "4:3");
        check(1000, 1000, "1:1");
        check(3000, 100, "21:9");
    }

    #[test]
    fn lengths_are_whole_frames() {
        assert!((whole_frames(10.01, [25, 1]) - 10.0).abs() < 1e-9);
        assert!((whole_frames(0.0, [25, 1]) - 0.04).abs() < 1e-9);
        assert!((whole_frames(2.002, [30_000, 1001]) - 2.002).abs() < 1e-9);
    }

    #[test]
    fn the_tempo_is_the_middle_one() {
        assert_eq!(tempo(&[0.0, 0.5, 1.0, 2.5, 3.0]), Some(120.0));
        assert_eq!(tempo(&[1.0]), None);
    }
}
