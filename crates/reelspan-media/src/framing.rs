//! Which part of the picture a clip shows: a camera path per shot, solved over the whole shot at once.

mod choice;
mod free;
pub mod geometry;
mod path;
mod people;
mod track;

use reelspan_types::{Aspect, Span};

use crate::analysis::{Shot, VideoAnalysis};
use crate::plan::{Key, Layout, ShotLayout};
use choice::{Choice, Piece};

pub use free::keep_free;

/// Distance of the times at which the camera is thought about.
const STEP: f64 = 0.25;
/// People are known from this much of a shot around a clip.
const AROUND: f64 = 4.0;
/// A shot this short is over before a change of layout is understood.
const TINY: f64 = 0.5;

/// Lays out a span for one aspect; gapless, split at the shots' bounds. `wanted` forces one layout; none chooses per shot.
/// `speech` are the spans in which somebody talks.
pub fn frame(
    video: &VideoAnalysis,
    speech: &[Span],
    span: Span,
    aspect: Aspect,
    wanted: Option<Layout>,
) -> Vec<ShotLayout> {
    let pieces = pieces(&video.shots, span);
    let mut layouts: Vec<ShotLayout> = Vec::new();
    for (part, shot) in &pieces {
        let piece = piece(video, speech, *part, *shot, aspect.ratio());
        let mut choice = piece.choose(wanted);
        // A blink of another layout between two alike ones is worse than a loose crop.
        let tracked = layouts.last().is_some_and(|last| last.layout == Layout::Track);
        let screen = shot.is_some_and(|shot| shot.screen >= 0.5);
        if wanted.is_none() && part.seconds() < TINY && tracked && !screen && matches!(choice, Choice::Fit(_)) {
            choice = piece.choose(Some(Layout::Track));
        }
        lay_out(&piece, choice, &mut layouts);
    }
    layouts
}

/// The span cut at the shots' bounds, without gaps; what lies before the first or after the last shot goes with it.
fn pieces(shots: &[Shot], span: Span) -> Vec<(Span, Option<&Shot>)> {
    if span.seconds() <= 0.0 {
        return Vec::new();
    }
    let mut pieces: Vec<(Span, Option<&Shot>)> = Vec::new();
    for shot in shots {
        let Some(part) = shot.span().intersect(span) else { continue };
        let start = pieces.last().map_or(span.start, |(last, _)| last.end);
        // Shorter than a frame: rounding, not a shot.
        if part.end - start < 0.02 {
            continue;
        }
        match pieces.last_mut() {
            Some((last, _)) if part.start > start => last.end = part.start,
            _ => {}
        }
        let start = pieces.last().map_or(span.start, |(last, _)| last.end);
        pieces.push((Span::new(start, part.end), Some(shot)));
    }
    match pieces.last_mut() {
        Some((last, _)) => last.end = span.end,
        None => pieces.push((span, None)),
    }
    pieces
}

fn piece<'a>(
    video: &'a VideoAnalysis,
    speech: &'a [Span],
    span: Span,
    shot: Option<&'a Shot>,
    ratio: f64,
) -> Piece<'a> {
    let steps = (span.seconds() / STEP).ceil().max(1.0) as usize;
    let times = (0..=steps).map(|i| span.start + span.seconds() * i as f64 / steps as f64).collect();
    let whole = shot.map_or(span, Shot::span);
    // A frame taken right at a cut may be from either side of it.
    let known = Span::new(whole.start.max(span.start - AROUND) - 0.005, whole.end.min(span.end + AROUND) - 0.02);
    Piece { span, shot, video, speech, people: people::people(&video.faces, known), times, ratio }
}

fn lay_out(piece: &Piece<'_>, choice: Choice, layouts: &mut Vec<ShotLayout>) {
    let plain = |layout: Layout, reason: &str| ShotLayout {
        start: piece.span.start,
        end: piece.span.end,
        layout,
        path: Vec::new(),
        zoom: 1.0,
        panes: Vec::new(),
        reason: reason.to_owned(),
    };
    match choice {
        Choice::Fit(reason) => layouts.push(plain(Layout::Fit, reason)),
        Choice::Center(reason) => {
            let path = vec![Key { t: piece.span.start, x: 0.5, y: 0.5 }];
            layouts.push(ShotLayout { path, ..plain(Layout::Center, reason) });
        }
        Choice::Split(panes) => layouts.push(ShotLayout { panes, ..plain(Layout::Split, "two people, apart") }),
        Choice::Track(turns, reason) => {
            for (span, target) in turns {
                let (path, zoom) = track::track(piece, span, &target);
                layouts.push(ShotLayout {
                    start: span.start,
                    end: span.end,
                    path,
                    zoom,
                    ..plain(Layout::Track, reason)
                });
            }
        }
    }
}

#[cfg(test)]
mod tests;
