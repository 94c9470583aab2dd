//! The built-in face detector: the SeetaFace funnel cascade that the crate `rustface` ships.

use std::cell::RefCell;
use std::io::Cursor;

use rustface::{Detector, ImageData};

use super::{FaceDetector, GrayFrame};
use crate::analysis::{Box2, Face};

/// The cascade's smallest window: a face must be about as large in the picture that it is given.
pub(super) const SMALLEST: usize = 40;
/// Low, so that dim and turned faces are proposed; what is not there again in the next frames is dropped by the watcher.
const THRESHOLD: f64 = 1.6;

static MODEL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/faces.bin"));

thread_local! {
    /// The library's detector may not move between threads, so each thread that looks for faces makes its own.
    static CASCADE: RefCell<Option<Box<dyn Detector>>> = RefCell::new(make());
}

/// Finds faces seen from the front, up to about half turned.
#[derive(Debug, Clone, Copy, Default)]
pub struct CascadeDetector;

fn make() -> Option<Box<dyn Detector>> {
    let model = rustface::read_model(Cursor::new(MODEL)).ok()?;
    let mut cascade = rustface::create_detector_with_model(model);
    cascade.set_score_thresh(THRESHOLD);
    cascade.set_slide_window_step(4, 4);
    cascade.set_pyramid_scale_factor(0.8);
    Some(cascade)
}

impl FaceDetector for CascadeDetector {
    fn detect(&mut self, frame: GrayFrame<'_>) -> Vec<Face> {
        let pixels = frame.width * frame.height;
        if frame.width.min(frame.height) <= SMALLEST || frame.luma.len() < pixels {
            return Vec::new();
        }
        let (width, height) = (frame.width as f32, frame.height as f32);
        CASCADE.with_borrow_mut(|cascade| {
            let Some(cascade) = cascade else { return Vec::new() };
            let image = ImageData::new(&frame.luma[..pixels], frame.width as u32, frame.height as u32);
            let found = cascade.detect(&image);
            found
                .iter()
                .map(|info| {
                    let area = info.bbox();
                    Face {
                        area: Box2 {
                            x: area.x() as f32 / width,
                            y: area.y() as f32 / height,
                            w: area.width() as f32 / width,
                            h: area.height() as f32 / height,
                        },
                        score: info.score() as f32,
                        mouth: 0.0,
                    }
                })
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_is_whole() {
        assert!(make().is_some());
    }

    #[test]
    fn pictures_too_small_for_a_face_have_none() {
        for (width, height) in [(0, 0), (1, 1), (40, 40), (39, 400)] {
            let luma = vec![90; width * height];
            assert!(CascadeDetector.detect(GrayFrame { width, height, luma: &luma }).is_empty());
        }
        assert!(CascadeDetector.detect(GrayFrame { width: 100, height: 100, luma: &[0; 10] }).is_empty());
    }
}
