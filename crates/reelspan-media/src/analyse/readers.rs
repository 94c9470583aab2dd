//! One reader a pipe: each hands what it reads to its analyser and keeps none of it.

use std::fs::File;
use std::io::Read;

use reelspan_types::Cancel;

use crate::analysis::AudioAnalysis;

use super::decode::Grid;
use super::picture::Picture;
use super::pictures::{PictureAnalyser, Pictures};
use super::{FaceDetector, GrayFrame, SoundAnalyser, Watched, Watcher};

/// What the small pictures told; none without a picture.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) pictures: Option<Pictures>,
}

/// What the sound told.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) audio: AudioAnalysis,
    pub(super) duration: f64,
}

/// Fills the buffer; false at the end, also if that comes in the middle of a frame.
fn fill(pipe: &mut File, buffer: &mut [u8], cancel: &Cancel) -> bool {
    !cancel.is_cancelled() && pipe.read_exact(buffer).is_ok()
}

pub(super) fn see(mut pipe: File, grid: &Grid, cancel: &Cancel, on: &mut dyn FnMut(f64)) -> Seen {
    let rate = grid.rate.per_second();
    let mut analyser = PictureAnalyser::new(rate);
    let mut buffer = vec![0; grid.size.bytes()];
    let (mut frames, mut said) = (0_u64, 0.0);
    while fill(&mut pipe, &mut buffer, cancel) {
        let Some(picture) = Picture::new(grid.size, &buffer) else { break };
        analyser.push(picture);
        frames += 1;
        let done = frames as f64 / rate;
        if done >= said + 1.0 {
            said = done;
            on(done);
        }
    }
    Seen { pictures: Some(analyser.finish()) }
}

pub(super) fn watch(
    mut pipe: File,
    (width, height): (usize, usize),
    detector: Box<dyn FaceDetector>,
    cancel: &Cancel,
) -> Watched {
    let mut watcher = Watcher::new(detector);
    let mut buffer = vec![0; width * height];
    let mut frames = 0_u64;
    while fill(&mut pipe, &mut buffer, cancel) {
        watcher.push(frames as f64 / Watcher::RATE, GrayFrame { width, height, luma: &buffer });
        frames += 1;
    }
    watcher.finish()
}

/// Bytes of one left-right pair.
const PAIR: usize = SoundAnalyser::CHANNELS as usize * size_of::<f32>();
/// Sound cannot begin later than this; a header that says so lies.
const LATEST_START: f64 = 6.0 * 60.0 * 60.0;

/// None where there was no sound at all.
pub(super) fn hear(mut pipe: File, start: f64, cancel: &Cancel, on: &mut dyn FnMut(f64)) -> Option<Heard> {
    let rate = f64::from(SoundAnalyser::RATE);
    let mut analyser = SoundAnalyser::new();
    let mut samples = Vec::with_capacity(BUFFER / size_of::<f32>());
    let mut buffer = vec![0; BUFFER];
    let (mut kept, mut pairs, mut said) = (0, 0_u64, 0.0);
    while let Ok(count @ 1..) = pipe.read(&mut buffer[kept..]) {
        if cancel.is_cancelled() {
            break;
        }
        if pairs == 0 {
            pairs = silence(&mut analyser, start);
        }
        let filled = kept + count;
        let whole = filled - filled % PAIR;
        samples.clear();
        samples.extend(buffer[..whole].chunks_exact(size_of::<f32>()).map(sample));
        analyser.push(&samples);
        buffer.copy_within(whole..filled, 0);
        kept = filled - whole;
        pairs += (whole / PAIR) as u64;
        let done = pairs as f64 / rate;
        if done >= said + 1.0 {
            said = done;
            on(done);
        }
    }
    (pairs > 0).then(|| Heard { audio: analyser.finish(), duration: pairs as f64 / rate })
}

const BUFFER: usize = 1 << 16;

/// Files of floating-point sound may hold what is no number; one such sample would spoil every sum.
fn sample(bytes: &[u8]) -> f32 {
    let value = bytes.try_into().map_or(0.0, f32::from_le_bytes);
    if value.is_finite() { value } else { 0.0 }
}

/// What is heard before the sound begins, so that all times count from the start of the file.
fn silence(analyser: &mut SoundAnalyser, start: f64) -> u64 {
    let pairs = (start.clamp(0.0, LATEST_START) * f64::from(SoundAnalyser::RATE)).round() as u64;
    let quiet = [0.0; 4096];
    let mut left = pairs as usize * SoundAnalyser::CHANNELS as usize;
    while left > 0 {
        let now = left.min(quiet.len());
        analyser.push(&quiet[..now]);
        left -= now;
    }
    pairs
}
