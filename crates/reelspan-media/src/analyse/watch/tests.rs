//! The watcher with a detector that sees bright squares, and counts how much it was shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::analysis::Box2;

/// Sees the bounding box of pixels brighter than 200 if it is large enough to be a face.
struct Bright {
    shown: Arc<AtomicUsize>,
    blind: bool,
}

impl FaceDetector for Bright {
    fn detect(&mut self, frame: GrayFrame<'_>) -> Vec<Face> {
        self.shown.fetch_add(frame.width * frame.height, Ordering::Relaxed);
        let bright: Vec<usize> = (0..frame.luma.len()).filter(|i| frame.luma[*i] > 200).collect();
        if self.blind || bright.len() < 100 {
            return Vec::new();
        }
        let (xs, ys) = (bright.iter().map(|i| i % frame.width), bright.iter().map(|i| i / frame.width));
        let (left, right) = (xs.clone().min().unwrap(), xs.max().unwrap() + 1);
        let (top, bottom) = (ys.clone().min().unwrap(), ys.max().unwrap() + 1);
        let (w, h) = (frame.width as f32, frame.height as f32);
        let area =
            Box2 { x: left as f32 / w, y: top as f32 / h, w: (right - left) as f32 / w, h: (bottom - top) as f32 / h };
        vec![Face { area, score: 9.0, mouth: 0.0 }]
    }
}

fn watcher(blind: bool) -> (Watcher, Arc<AtomicUsize>) {
    let shown = Arc::new(AtomicUsize::new(0));
    (Watcher::new(Box::new(Bright { shown: Arc::clone(&shown), blind })), shown)
}

const WIDTH: usize = 320;
const HEIGHT: usize = 180;

/// A textured ground with, perhaps, a bright textured square of 50 pixels.
fn picture(ground: usize, face: Option<(usize, usize)>) -> Vec<u8> {
    let mut luma: Vec<u8> =
        (0..WIDTH * HEIGHT).map(|i| ((i % WIDTH / 20 * ground + i / WIDTH / 20 * 31) % 150) as u8).collect();
    if let Some((x, y)) = face {
        for row in 0..50 {
            for column in 0..50 {
                luma[(y + row) * WIDTH + x + column] = 205 + ((row / 6 * 5 + column / 6 * 3) % 9 * 5) as u8;
            }
        }
    }
    luma
}

fn push(watcher: &mut Watcher, index: usize, luma: &[u8]) {
    watcher.push(index as f64 / Watcher::RATE, GrayFrame { width: WIDTH, height: HEIGHT, luma });
}

#[test]
fn a_face_is_known_in_every_frame_though_the_detector_is_asked_seldom() {
    let (mut watcher, shown) = watcher(false);
    for index in 0..120 {
        push(&mut watcher, index, &picture(17, Some((60 + index, 60))));
    }
    let watched = watcher.finish();
    assert!(watched.faces.iter().all(|sample| sample.faces.len() == 1), "a frame has no face or two");
    for (index, sample) in watched.faces.iter().enumerate() {
        let (x, _) = sample.faces[0].area.center();
        let wanted = (60 + index + 25) as f32 / WIDTH as f32;
        assert!((x - wanted).abs() < 0.02, "{index}: {x} is not {wanted}");
    }
    let per_sample = shown.load(Ordering::Relaxed) / 120;
    assert!(per_sample < EARNED as usize + SAVED as usize / 120, "{per_sample}");
}

#[test]
fn a_cut_forgets_the_faces_of_the_shot_before() {
    let (mut watcher, _) = watcher(false);
    for index in 0..8 {
        push(&mut watcher, index, &picture(17, Some((60, 60))));
    }
    for index in 8..16 {
        push(&mut watcher, index, &picture(43, None));
    }
    let watched = watcher.finish();
    assert_eq!(watched.faces[7].faces.len(), 1);
    assert!(watched.faces[8..].iter().all(|sample| sample.faces.is_empty()));
}

#[test]
fn what_is_seen_in_one_frame_only_is_no_face() {
    let (mut watcher, _) = watcher(false);
    for index in 0..12 {
        push(&mut watcher, index, &picture(17, (index == 0).then_some((60, 60))));
    }
    assert!(watcher.finish().faces.iter().all(|sample| sample.faces.is_empty()));
}

#[test]
fn a_still_picture_without_faces_costs_nothing_in_the_long_run() {
    let (mut watcher, shown) = watcher(true);
    let still = picture(17, None);
    for index in 0..40 {
        push(&mut watcher, index, &still);
    }
    let early = shown.load(Ordering::Relaxed);
    for index in 40..400 {
        push(&mut watcher, index, &still);
    }
    let late = shown.load(Ordering::Relaxed) - early;
    assert!(late / 360 < EARNED as usize, "{late}");
}

#[test]
fn quick_cuts_cannot_spend_without_end() {
    let (mut watcher, shown) = watcher(true);
    for index in 0..400 {
        push(&mut watcher, index, &picture(13 + index * 29 % 101, None));
    }
    let most = (400.0 * EARNED + SAVED - DEBT) as usize + 2 * WIDTH * HEIGHT;
    assert!(shown.load(Ordering::Relaxed) < most);
}

#[test]
fn every_pushed_frame_has_its_sample_even_a_broken_one() {
    let (mut watcher, _) = watcher(false);
    watcher.push(0.0, GrayFrame { width: 0, height: 0, luma: &[] });
    watcher.push(0.25, GrayFrame { width: 100, height: 100, luma: &[0; 5] });
    watcher.push(0.5, GrayFrame { width: 3, height: 2, luma: &[0; 6] });
    watcher.push(0.75, GrayFrame { width: 64, height: 64, luma: &[9; 64 * 64] });
    let watched = watcher.finish();
    assert_eq!((watched.faces.len(), watched.salience.len(), watched.sharpness.values.len()), (4, 4, 4));
}
