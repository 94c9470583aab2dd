//! The one place that says which part of the source a layout shows and where it lands in the finished picture.
//!
//! Framing plans with it, the renderer crops with it and captions keep clear of faces with it, so that the three never disagree.
//! All values are fractions: of the shown source picture, or of the finished picture, 0,0 at the top left.

use crate::analysis::Box2;
use crate::plan::{Key, Pane, ShotLayout};

/// A rectangle in fractions, by its left top corner and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Window {
    pub const WHOLE: Self = Self { x: 0.0, y: 0.0, w: 1.0, h: 1.0 };

    pub fn right(self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(self) -> f64 {
        self.y + self.h
    }

    pub fn center(self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    pub fn contains(self, x: f64, y: f64) -> bool {
        (self.x..=self.right()).contains(&x) && (self.y..=self.bottom()).contains(&y)
    }

    /// Which share of a box's area lies inside.
    pub fn share_of(self, area: Box2) -> f64 {
        let (x, y, w, h) = (f64::from(area.x), f64::from(area.y), f64::from(area.w), f64::from(area.h));
        let across = (self.right().min(x + w) - self.x.max(x)).max(0.0);
        let down = (self.bottom().min(y + h) - self.y.max(y)).max(0.0);
        if w > 0.0 && h > 0.0 { across * down / (w * h) } else { 0.0 }
    }

    /// Whole pixels of a picture: even size and place, as chroma wants it, never outside.
    /// Returns (x, y, width, height).
    pub fn pixels(self, width: u32, height: u32) -> (u32, u32, u32, u32) {
        let size = |share: f64, side: u32| {
            let most = (side & !1).max(2);
            (((share * f64::from(side) / 2.0).round() as u32) * 2).clamp(2, most)
        };
        let (w, h) = (size(self.w, width), size(self.h, height));
        let place = |share: f64, side: u32, taken: u32| {
            (((share * f64::from(side) / 2.0).round().max(0.0) as u32) * 2).min(side.saturating_sub(taken) & !1)
        };
        (place(self.x, width, w), place(self.y, height, h), w, h)
    }
}

/// Size of the largest window of `ratio` (width to height) inside the source, times `zoom`: fractions of the source's
/// width and height.
pub fn window(source_width: u32, source_height: u32, ratio: f64, zoom: f64) -> (f64, f64) {
    let source = source_ratio(source_width, source_height);
    let zoom = if zoom.is_finite() { zoom.clamp(0.05, 1.0) } else { 1.0 };
    if source >= ratio { (zoom * ratio / source, zoom) } else { (zoom, zoom * source / ratio) }
}

/// The nearest middle along one side at which a window of that size stays inside the picture.
pub fn clamp_center(center: f64, size: f64) -> f64 {
    let half = (size / 2.0).clamp(0.0, 0.5);
    if center.is_finite() { center.clamp(half, 1.0 - half) } else { 0.5 }
}

/// The window of that size (from [`window`]) around a middle, pushed inside the picture.
pub fn placed(size: (f64, f64), x: f64, y: f64) -> Window {
    let (x, y) = (clamp_center(x, size.0), clamp_center(y, size.1));
    Window { x: x - size.0 / 2.0, y: y - size.1 / 2.0, w: size.0, h: size.1 }
}

/// Where a path is at a time: straight between keys, at rest outside of them, the picture's middle without any.
pub fn path_at(path: &[Key], t: f64) -> (f64, f64) {
    let after = path.partition_point(|key| key.t <= t);
    match (after.checked_sub(1).and_then(|before| path.get(before)), path.get(after)) {
        (None, None) => (0.5, 0.5),
        (Some(key), None) | (None, Some(key)) => (key.x, key.y),
        (Some(from), Some(to)) => {
            let share = if to.t > from.t { (t - from.t) / (to.t - from.t) } else { 1.0 };
            (from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share)
        }
    }
}

/// What `Track` and `Center` show of the source at a time.
pub fn track_window(layout: &ShotLayout, source_width: u32, source_height: u32, ratio: f64, t: f64) -> Window {
    let (x, y) = path_at(&layout.path, t);
    placed(window(source_width, source_height, ratio, layout.zoom), x, y)
}

/// Width to height of one of two panes in a finished picture of `ratio`: all of its width, half of its height.
pub fn pane_ratio(ratio: f64) -> f64 {
    ratio * 2.0
}

/// What a pane of `Split` shows of the source. A height that would make it wider than the source is cut down.
pub fn pane_window(pane: &Pane, source_width: u32, source_height: u32, ratio: f64) -> Window {
    let most = window(source_width, source_height, pane_ratio(ratio), 1.0);
    let zoom = (pane.height / most.1).clamp(0.05, 1.0);
    placed((most.0 * zoom, most.1 * zoom), pane.x, pane.y)
}

/// Where the upper (0) or lower (1) pane stands in the finished picture.
pub fn pane_place(index: usize) -> Window {
    Window { x: 0.0, y: if index == 0 { 0.0 } else { 0.5 }, w: 1.0, h: 0.5 }
}

/// Where `Fit` puts the whole source in the finished picture: as large as fits, in the middle.
pub fn fit_place(source_width: u32, source_height: u32, ratio: f64) -> Window {
    let source = source_ratio(source_width, source_height);
    let (w, h) = if source >= ratio { (1.0, ratio / source) } else { (source / ratio, 1.0) };
    Window { x: (1.0 - w) / 2.0, y: (1.0 - h) / 2.0, w, h }
}

/// Where a box of the source lands in the finished picture when `shown` of the source is drawn at `place` of the canvas.
pub fn landing(area: Box2, shown: Window, place: Window) -> Window {
    let (across, down) = (place.w / shown.w, place.h / shown.h);
    Window {
        x: place.x + (f64::from(area.x) - shown.x) * across,
        y: place.y + (f64::from(area.y) - shown.y) * down,
        w: f64::from(area.w) * across,
        h: f64::from(area.h) * down,
    }
}

fn source_ratio(width: u32, height: u32) -> f64 {
    f64::from(width.max(1)) / f64::from(height.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Layout;

    const VERTICAL: f64 = 9.0 / 16.0;

    #[track_caller]
    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-6, "{found} is not {wanted}");
    }

    #[test]
    fn the_largest_window_touches_two_sides() {
        let (w, h) = window(1920, 1080, VERTICAL, 1.0);
        near(h, 1.0);
        near(w * 1920.0 / 1080.0, VERTICAL);
        let (w, h) = window(1080, 1920, 16.0 / 9.0, 0.5);
        near(w, 0.5);
        near(h * 1920.0 / (w * 1080.0), VERTICAL);
        assert_eq!(window(1080, 1920, VERTICAL, 1.0), (1.0, 1.0));
    }

    #[test]
    fn a_window_never_leaves_the_picture() {
        near(clamp_center(0.0, 0.4), 0.2);
        near(clamp_center(2.0, 0.4), 0.8);
        near(clamp_center(0.1, 1.0), 0.5);
        near(clamp_center(f64::NAN, 0.2), 0.5);
        assert_eq!(placed((0.5, 1.0), 0.9, 0.1), Window { x: 0.5, y: 0.0, w: 0.5, h: 1.0 });
    }

    #[test]
    fn pixels_are_even_and_inside_for_odd_pictures_too() {
        for (width, height) in [(1920, 1080), (641, 361), (7, 5), (2, 2)] {
            for x in [0.0, 0.33, 0.9] {
                let shown = placed(window(width, height, VERTICAL, 1.0), x, 0.5);
                let (x, y, w, h) = shown.pixels(width, height);
                assert!(x % 2 == 0 && y % 2 == 0 && w % 2 == 0 && h % 2 == 0);
                assert!(x + w <= width && y + h <= height && w >= 2 && h >= 2, "{x} {y} {w} {h}");
            }
        }
    }

    #[test]
    fn a_path_rests_outside_of_its_keys() {
        let path = [Key { t: 1.0, x: 0.2, y: 0.5 }, Key { t: 2.0, x: 0.4, y: 0.7 }];
        assert_eq!(path_at(&path, 0.0), (0.2, 0.5));
        assert_eq!(path_at(&path, 9.0), (0.4, 0.7));
        near(path_at(&path, 1.5).0, 0.3);
        assert_eq!(path_at(&[], 3.0), (0.5, 0.5));
    }

    #[test]
    fn a_pane_has_half_the_canvas() {
        let shown = pane_window(&Pane { x: 0.25, y: 0.4, height: 0.6 }, 1920, 1080, VERTICAL);
        near(shown.h, 0.6);
        near(shown.w * 1920.0 / (shown.h * 1080.0), 9.0 / 8.0);
        let wide = pane_window(&Pane { x: 0.5, y: 0.5, height: 1.0 }, 1080, 1920, VERTICAL);
        near(wide.w, 1.0);
        near(wide.w * 1080.0 / (wide.h * 1920.0), 9.0 / 8.0);
    }

    #[test]
    fn what_fits_lies_in_the_middle() {
        let place = fit_place(1920, 1080, VERTICAL);
        near(place.w, 1.0);
        near(place.y + place.h / 2.0, 0.5);
        near(place.h, (9.0 / 16.0) * (9.0 / 16.0));
        assert_eq!(fit_place(1920, 1080, 16.0 / 9.0), Window::WHOLE);
    }

    #[test]
    fn a_face_lands_where_it_is_shown() {
        let layout = ShotLayout {
            start: 0.0,
            end: 1.0,
            layout: Layout::Track,
            path: vec![Key { t: 0.0, x: 0.5, y: 0.5 }],
            zoom: 0.5,
            panes: Vec::new(),
            reason: String::new(),
        };
        let shown = track_window(&layout, 1920, 1080, VERTICAL, 0.5);
        let face = Box2 { x: 0.45, y: 0.25, w: 0.1, h: 0.25 };
        let there = landing(face, shown, Window::WHOLE);
        near(there.y, 0.0);
        near(there.h, 0.5);
        near(there.center().0, 0.5);
        near(shown.share_of(face), 1.0);
    }
}
