//! What of the source's picture is shown, and where it lands in the sequence's: as editors say it.

use crate::framing::geometry::{Window, fit_place, track_window};
use crate::plan::{Layout, ShotLayout};

/// A part of the source shown in a part of the canvas; both in fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct Framing {
    /// By the frame of the shot from which on it holds; straight moves between. Never empty, the first at 0.
    pub shown: Vec<(i64, Window)>,
    pub place: Window,
    pub source: (u32, u32),
    pub canvas: (u32, u32),
}

/// How the whole source picture must be scaled and moved for a framing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Motion {
    pub(super) frame: i64,
    /// Canvas pixels for a pixel of the source.
    pub(super) scale: f64,
    /// The source's middle from the canvas's middle, in canvas pixels to the right and down.
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Framing {
    /// `seconds` tells the source time of a frame of the shot. None for what a scaled and moved picture cannot say.
    pub(super) fn of(layout: &ShotLayout, look: &Look, frames: i64) -> Option<Self> {
        let (width, height) = look.source;
        let ratio = f64::from(look.canvas.0) / f64::from(look.canvas.1.max(1));
        let framed = |shown, place| Some(Self { shown, place, source: look.source, canvas: look.canvas });
        match layout.layout {
            Layout::Split => None,
            Layout::Fit => framed(vec![(0, Window::WHOLE)], fit_place(width, height, ratio)),
            Layout::Track | Layout::Center => {
                let window = |time: f64| track_window(layout, width, height, ratio, time);
                let mut shown = vec![(0, window(look.start))];
                for key in &layout.path {
                    let frame = ((key.t - look.start) * look.frame_rate).round() as i64;
                    if (1..frames).contains(&frame) && shown.last().is_some_and(|(last, _)| *last < frame) {
                        shown.push((frame, window(key.t)));
                    }
                }
                let (last, at_end) = (frames - 1, look.start + (frames - 1) as f64 / look.frame_rate);
                if shown.last().is_some_and(|(frame, _)| *frame < last) {
                    shown.push((last, window(at_end)));
                }
                let still = shown.iter().all(|(_, window)| *window == shown[0].1);
                shown.truncate(if still { 1 } else { shown.len() });
                framed(shown, Window::WHOLE)
            }
        }
    }

    /// All of the picture as large as it fits; none where the canvas has the source's very size.
    pub(super) fn whole(source: (u32, u32), canvas: (u32, u32)) -> Option<Self> {
        let ratio = f64::from(canvas.0) / f64::from(canvas.1.max(1));
        let place = fit_place(source.0, source.1, ratio);
        (source != canvas).then(|| Self { shown: vec![(0, Window::WHOLE)], place, source, canvas })
    }

    pub(super) fn motions(&self) -> Vec<Motion> {
        let (width, height) = (f64::from(self.source.0), f64::from(self.source.1));
        let (across, down) = (f64::from(self.canvas.0), f64::from(self.canvas.1));
        let motion = |(frame, shown): &(i64, Window)| {
            let scale = self.place.h * down / (shown.h * height).max(1e-9);
            let ((cx, cy), (px, py)) = (shown.center(), self.place.center());
            Motion {
                frame: *frame,
                scale,
                x: (px - 0.5) * across + (0.5 - cx) * width * scale,
                y: (py - 0.5) * down + (0.5 - cy) * height * scale,
            }
        };
        self.shown.iter().map(motion).collect()
    }

    /// How much an editor shrinks or grows the source by itself so that all of it is seen.
    pub(super) fn fitted(&self) -> f64 {
        let (width, height) = (f64::from(self.source.0.max(1)), f64::from(self.source.1.max(1)));
        (f64::from(self.canvas.0) / width).min(f64::from(self.canvas.1) / height)
    }
}

/// What a framing is looked at with.
pub(super) struct Look {
    pub(super) source: (u32, u32),
    pub(super) canvas: (u32, u32),
    /// Seconds of the source at the shot's first frame.
    pub(super) start: f64,
    pub(super) frame_rate: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> ShotLayout {
        serde_json::from_str(text).unwrap()
    }

    const LOOK: Look = Look { source: (1920, 1080), canvas: (1080, 1920), start: 10.0, frame_rate: 25.0 };

    #[test]
    fn a_window_in_the_middle_is_scaled_and_not_moved() {
        let center = layout(r#"{"start": 10, "end": 12, "layout": "center"}"#);
        let motions = Framing::of(&center, &LOOK, 50).unwrap().motions();
        assert_eq!(motions.len(), 1);
        assert!((motions[0].scale - 1920.0 / 1080.0).abs() < 1e-9);
        assert!(motions[0].x.abs() < 1e-6 && motions[0].y.abs() < 1e-6);
    }

    #[test]
    fn a_window_to_the_right_moves_the_picture_to_the_left_and_follows_its_path() {
        let track = layout(
            r#"{"start": 10, "end": 12, "layout": "track", "path": [{"t": 10, "x": 0.75, "y": 0.5}, {"t": 11, "x": 0.25, "y": 0.5}]}"#,
        );
        let motions = Framing::of(&track, &LOOK, 50).unwrap().motions();
        let scale = 1920.0 / 1080.0;
        assert_eq!(motions.iter().map(|motion| motion.frame).collect::<Vec<_>>(), [0, 25, 49]);
        assert!((motions[0].x + 0.25 * 1920.0 * scale).abs() < 1e-6);
        assert!((motions[1].x - 0.25 * 1920.0 * scale).abs() < 1e-6);
        assert_eq!(motions[1].x, motions[2].x);
    }

    #[test]
    fn the_whole_picture_fits_as_editors_fit_it() {
        let fit = layout(r#"{"start": 10, "end": 12, "layout": "fit"}"#);
        let framing = Framing::of(&fit, &LOOK, 50).unwrap();
        assert!((framing.motions()[0].scale - framing.fitted()).abs() < 1e-9);
    }

    #[test]
    fn two_panes_are_more_than_a_moved_picture() {
        let split = layout(
            r#"{"start": 10, "end": 12, "layout": "split", "panes": [{"x": 0.3, "y": 0.5, "height": 0.8}, {"x": 0.7, "y": 0.5, "height": 0.8}]}"#,
        );
        assert_eq!(Framing::of(&split, &LOOK, 50), None);
    }
}
