//! Where faces stand in the finished picture, so that captions can keep clear of them.

use reelspan_types::{Aspect, Span};

use super::geometry::{Window, fit_place, landing, pane_place, pane_window, track_window};
use crate::analysis::{Box2, VideoAnalysis};
use crate::captions::KeepFree;
use crate::plan::{Layout, ShotLayout};

/// A face of which less is seen may be written over.
const SEEN: f64 = 0.4;
/// Captions do not dodge every nod: within this time the faces' places are taken together.
const STEADY: f64 = 2.0;

/// The stretches of the finished picture that hold faces, in order of time.
pub fn keep_free(video: &VideoAnalysis, layouts: &[ShotLayout], aspect: Aspect) -> Vec<KeepFree> {
    let mut free = Vec::new();
    for layout in layouts {
        let from = video.faces.partition_point(|sample| sample.t < layout.start - 0.01);
        let samples = video.faces[from..].iter().take_while(|sample| sample.t < layout.end);
        // One for each pane: what lies between two faces is as free as anything.
        let mut open: [Option<KeepFree>; 2] = [None, None];
        for sample in samples {
            for (lane, open) in open.iter_mut().enumerate() {
                let faces = sample.faces.iter();
                let places =
                    faces.filter_map(|face| landing_in(video, layout, lane, aspect.ratio(), face.area, sample.t));
                let Some((top, bottom)) = places.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { continue };
                let span = Span::new((sample.t - 0.13).max(layout.start), (sample.t + 0.38).min(layout.end));
                match open {
                    Some(so_far) if sample.t - so_far.span.start < STEADY && sample.t <= so_far.span.end + 0.6 => {
                        so_far.span.end = span.end;
                        (so_far.top, so_far.bottom) = (so_far.top.min(top), so_far.bottom.max(bottom));
                    }
                    _ => free.extend(open.replace(KeepFree { span, top, bottom })),
                }
            }
        }
        free.extend(open.into_iter().flatten());
    }
    free.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
    free
}

/// Top and bottom of a face in one part of the finished picture: the whole of it, or a pane. None where it is not seen.
fn landing_in(
    video: &VideoAnalysis,
    layout: &ShotLayout,
    lane: usize,
    ratio: f64,
    face: Box2,
    t: f64,
) -> Option<(f32, f32)> {
    let (width, height) = (video.width, video.height);
    let (shown, place) = match (layout.layout, lane) {
        (Layout::Track | Layout::Center, 0) => (track_window(layout, width, height, ratio, t), Window::WHOLE),
        (Layout::Fit, 0) => (Window::WHOLE, fit_place(width, height, ratio)),
        (Layout::Split, lane) => (pane_window(layout.panes.get(lane)?, width, height, ratio), pane_place(lane)),
        _ => return None,
    };
    if shown.share_of(face) < SEEN {
        return None;
    }
    let there = landing(face, shown, place);
    Some((there.y.max(place.y) as f32, there.bottom().min(place.bottom()) as f32))
}
