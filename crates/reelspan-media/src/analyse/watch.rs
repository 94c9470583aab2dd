//! Faces and salience in a few small grey frames a second.
//!
//! The detector is costly, so it is asked seldom: over the whole picture when a shot begins and then where something changed,
//! and around a known face to be sure of it. In between a face is followed by its look. What may be spent is counted
//! in pixels that the detector looks at, not in time, so the same recording always gives the same faces.

mod cascade;
mod follow;
mod gray;
mod salience;
mod sharpness;

use crate::analysis::{Face, FaceSample, SaliencePoint, Series};

pub use cascade::CascadeDetector;
use follow::Followed;
use gray::{BLOCK, Blocks, Gray, Rect, block_changes, blocks, correlation, resample};
use salience::{Salience, bounds, rect_of};

/// One grey picture, rows without padding.
#[derive(Debug, Clone, Copy)]
pub struct GrayFrame<'a> {
    pub width: usize,
    pub height: usize,
    pub luma: &'a [u8],
}

/// Finds faces in one picture. An ONNX detector that the user supplies can stand here too.
pub trait FaceDetector: Send {
    fn detect(&mut self, frame: GrayFrame<'_>) -> Vec<Face>;
}

/// Pixels that the detector may look at for each sample, in the long run: about 2.5 ms of one core.
const EARNED: f32 = 16_000.0;
/// What may be saved up: enough for a whole picture, enlarged.
const SAVED: f32 = 420_000.0;
/// How deep a run of quick cuts may go into debt.
const DEBT: f32 = -600_000.0;
/// Small pictures cost more than their pixels.
const CALL: f32 = 3_000.0;
/// Around a known face the detector gets this many times its size, drawn so that the face is this large.
const AROUND: f32 = 2.2;
const DRAWN: f32 = 54.0;
/// Samples between looks over the whole picture: without and with known faces.
const PERIOD: (u32, u32) = (6, 20);
/// Samples between looks for faces too small for the first look, and how much it enlarges.
const FINE_PERIOD: u32 = 16;
const FINE: f32 = 1.75;
/// Blocks a side of the tiles that a cut is told by.
const TILE: usize = 6;
/// More faces than these are a crowd.
const MOST: usize = 6;

/// Fed frames at [`Watcher::RATE`] a second, at most [`Watcher::LONG_SIDE`] long.
pub struct Watcher {
    detector: Box<dyn FaceDetector>,
    watched: Watched,
    before: Gray,
    followed: Vec<Followed>,
    salience: Salience,
    /// Largest change of each block since the last look over the whole picture.
    unseen: Vec<f32>,
    credit: f32,
    since_scan: u32,
    since_fine: u32,
    /// Samples since any look over the picture, in whatever shot.
    since_look: u32,
    /// The picture of this shot was not yet looked over.
    first: bool,
    /// Samples until a look over the picture must be had, whatever was spent.
    wanted: Option<u32>,
}

pub struct Watched {
    pub faces: Vec<FaceSample>,
    pub salience: Vec<SaliencePoint>,
    /// Sharpness of each looked-at frame, 0 to 1: a thumbnail wants a high one.
    pub sharpness: Series,
}

impl Watcher {
    pub const RATE: f64 = 4.0;
    pub const LONG_SIDE: u32 = 480;

    pub fn new(detector: Box<dyn FaceDetector>) -> Self {
        Self {
            detector,
            watched: Watched {
                faces: Vec::new(),
                salience: Vec::new(),
                sharpness: Series { rate: Self::RATE, values: Vec::new() },
            },
            before: Gray::default(),
            followed: Vec::new(),
            salience: Salience::default(),
            unseen: Vec::new(),
            credit: SAVED,
            since_scan: 0,
            since_fine: 0,
            since_look: 0,
            first: false,
            wanted: None,
        }
    }

    pub fn push(&mut self, t: f64, frame: GrayFrame<'_>) {
        self.watched.faces.push(FaceSample { t, faces: Vec::new() });
        if frame.width == 0 || frame.height == 0 || frame.luma.len() < frame.width * frame.height {
            self.watched.salience.push(SaliencePoint { t, x: 0.5, y: 0.5, strength: 0.0 });
            self.watched.sharpness.values.push(0.0);
            return;
        }
        let frame = GrayFrame { luma: &frame.luma[..frame.width * frame.height], ..frame };
        let now = blocks(frame);
        let changes = self.changes(frame);
        match &changes {
            None => self.begin_shot(now.mean.len()),
            Some(changes) => self.unseen.iter_mut().zip(changes).for_each(|(most, change)| *most = most.max(*change)),
        }
        let draw = self.salience.look(&now, changes.as_deref());
        self.watched.salience.push(SaliencePoint { t, x: draw.x, y: draw.y, strength: draw.strength });
        self.watched.sharpness.values.push(sharpness::sharpness(frame));
        self.look_for_faces(frame, now.across);
        self.note(frame);
        self.before.copy_from(frame);
    }

    pub fn finish(self) -> Watched {
        self.watched
    }

    /// How each block changed, or none where a new shot begins.
    fn changes(&self, frame: GrayFrame<'_>) -> Option<Vec<f32>> {
        if (self.before.width, self.before.height) != (frame.width, frame.height) {
            return None;
        }
        let changes = block_changes(frame, self.before.frame());
        let mean = changes.iter().sum::<f32>() / changes.len().max(1) as f32;
        if mean < 5.0 {
            return Some(changes);
        }
        let (now, then) = (blocks(frame), blocks(self.before.frame()));
        let alike = alike(&now, &then);
        let cut = mean > 60.0 || alike < 0.35 || (alike < 0.7 && spread(&now, &then) > 0.5);
        (!cut).then_some(changes)
    }

    fn begin_shot(&mut self, blocks: usize) {
        self.followed.clear();
        self.salience.reset();
        self.unseen = vec![255.0; blocks];
        self.since_scan = 0;
        self.since_fine = FINE_PERIOD;
        self.wanted = Some(0);
        self.first = true;
    }

    fn look_for_faces(&mut self, frame: GrayFrame<'_>, across: usize) {
        self.credit = (self.credit + EARNED).min(SAVED);
        self.since_scan += 1;
        self.since_fine += 1;
        self.since_look += 1;
        for followed in &mut self.followed {
            followed.follow(frame);
        }
        self.ask_again(frame);
        let had = self.followed.len();
        self.followed.retain(|followed| !followed.lost());
        if self.followed.len() < had {
            self.wanted = self.wanted.or(Some(0));
        }
        self.scan(frame, across);
        self.scan_fine(frame, across);
    }

    /// Asks the detector about known faces: often while unsure, once a second later.
    fn ask_again(&mut self, frame: GrayFrame<'_>) {
        for index in 0..self.followed.len() {
            let followed = &self.followed[index];
            let patience = match (followed.confirmed, followed.like) {
                (false, _) => 1,
                (true, like) if like < 0.75 => 1,
                (true, like) if like < 0.95 => 4,
                _ => 8,
            };
            if followed.unasked < patience || self.credit < DEBT / 2.0 {
                continue;
            }
            let known = followed.area;
            let part =
                Rect::around(known.center(), known.w * AROUND, known.h * AROUND).inside(frame.width, frame.height);
            let scale = DRAWN / known.w.max(1.0);
            let found = self.detect(frame, part, if (0.8..1.25).contains(&scale) { 1.0 } else { scale });
            let best = found
                .into_iter()
                .filter(|(area, _)| (0.6..1.7).contains(&(area.w / known.w)) && area.likeness(known) > 0.25)
                .max_by(|a, b| a.0.likeness(known).total_cmp(&b.0.likeness(known)));
            match best {
                Some((area, score)) => self.followed[index].seen(frame, area, score),
                None => self.followed[index].missed(),
            }
        }
    }

    /// Looks over the picture, or over the part of it that changed since the last look.
    fn scan(&mut self, frame: GrayFrame<'_>, across: usize) {
        let known = self.followed.iter().any(|followed| followed.confirmed);
        let due = self.since_scan >= if known { PERIOD.1 } else { PERIOD.0 };
        let allowed = match &mut self.wanted {
            // A new shot must be looked at; in a flurry of them, once a second.
            Some(0) => self.credit > DEBT || self.since_look >= 4,
            Some(samples) => {
                *samples -= 1;
                false
            }
            None => due && self.credit > 0.0,
        };
        if !allowed {
            return;
        }
        let changed = self.unseen.iter().enumerate().map(|(i, change)| {
            let middle = (((i % across) * BLOCK + BLOCK / 2) as f32, ((i / across) * BLOCK + BLOCK / 2) as f32);
            *change > 6.0 && !self.followed.iter().any(|followed| holds(followed.area, middle))
        });
        let area = bounds(changed, across);
        (self.wanted, self.since_scan) = (None, 0);
        self.unseen.iter_mut().for_each(|change| *change = 0.0);
        let Some(area) = area else { return };
        let part = padded(rect_of(area), 24.0, frame);
        self.since_look = 0;
        // In debt, only faces that are near are looked for.
        let found = self.detect(frame, part, if self.credit < 0.0 { 0.75 } else { 1.0 });
        // The first frame may still be half of the shot before, and faint faces show now and then: look once more.
        if std::mem::take(&mut self.first) && self.credit > 0.0 {
            self.wanted = Some(1);
            self.unseen.iter_mut().for_each(|change| *change = 255.0);
        }
        self.meet(frame, found);
    }

    /// Looks for small faces where something moves, if none is known.
    fn scan_fine(&mut self, frame: GrayFrame<'_>, across: usize) {
        if !self.followed.is_empty() || self.since_fine < FINE_PERIOD || self.wanted.is_some() {
            return;
        }
        let part = match self.salience.moved(across) {
            Some(area) => padded(rect_of(area), 16.0, frame),
            None => Rect { x: 0.0, y: 0.0, w: frame.width as f32, h: frame.height as f32 },
        };
        if self.credit < part.w * part.h * FINE * FINE * 0.7 {
            return;
        }
        self.since_fine = 0;
        let found = self.detect(frame, part, FINE);
        self.meet(frame, found);
    }

    /// Runs the detector on a part of the frame drawn larger or smaller; gives boxes in pixels of the frame.
    fn detect(&mut self, frame: GrayFrame<'_>, part: Rect, scale: f32) -> Vec<(Rect, f32)> {
        let (width, height) = ((part.w * scale).round() as usize, (part.h * scale).round() as usize);
        self.credit -= (width * height) as f32 + CALL;
        let whole = part.w as usize == frame.width && part.h as usize == frame.height && (scale - 1.0).abs() < 0.01;
        let faces = if whole {
            self.detector.detect(frame)
        } else {
            let drawn = resample(frame, part, width, height);
            self.detector.detect(drawn.frame())
        };
        faces
            .iter()
            .map(|face| {
                let area = face.area;
                let (x, y) = (part.x + area.x * part.w, part.y + area.y * part.h);
                (Rect { x, y, w: area.w * part.w, h: area.h * part.h }, face.score)
            })
            .collect()
    }

    /// Joins what a look over the picture found to what is known.
    fn meet(&mut self, frame: GrayFrame<'_>, mut found: Vec<(Rect, f32)>) {
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (area, score) in found {
            let room = self.followed.len() < MOST;
            let near = self
                .followed
                .iter_mut()
                .filter(|followed| followed.area.likeness(area) > 0.2)
                .max_by(|a, b| a.area.likeness(area).total_cmp(&b.area.likeness(area)));
            match near {
                // Seen in this very frame already.
                Some(followed) if followed.unseen == 0 => {}
                Some(followed) => followed.seen(frame, area, score),
                None if room => self.followed.push(Followed::new(frame, area, score)),
                None => {}
            }
        }
    }

    /// Writes down the faces of this frame; those not yet sure are written down once they are.
    fn note(&mut self, frame: GrayFrame<'_>) {
        let index = self.watched.faces.len() - 1;
        for followed in &mut self.followed {
            if !followed.placed() {
                continue;
            }
            let face = followed.face(frame.width, frame.height);
            if followed.confirmed {
                for (index, face) in followed.early.drain(..) {
                    self.watched.faces[index].faces.push(face);
                }
                self.watched.faces[index].faces.push(face);
            } else {
                followed.early.push((index, face));
            }
        }
    }
}

/// How alike two pictures are as a few large tiles, -1 to 1: what moves a little stays in its tile.
fn alike(a: &Blocks, b: &Blocks) -> f32 {
    let tiles = |of: &Blocks| {
        let across = of.across.div_ceil(TILE);
        let mut sums = vec![(0.0f32, 0.0f32); across * of.down.div_ceil(TILE)];
        for (i, mean) in of.mean.iter().enumerate() {
            let tile = &mut sums[i / of.across / TILE * across + i % of.across / TILE];
            *tile = (tile.0 + mean, tile.1 + 1.0);
        }
        sums.iter().map(|(sum, count)| (sum / count) as u8).collect::<Vec<u8>>()
    };
    correlation(&tiles(a), &tiles(b))
}

/// How differently bright two pictures are, wherever it is: 0 to 1.
fn spread(a: &Blocks, b: &Blocks) -> f32 {
    let sorted = |of: &Blocks| {
        let mut values = of.mean.clone();
        values.sort_unstable_by(f32::total_cmp);
        values
    };
    let (a, b) = (sorted(a), sorted(b));
    let apart: f32 = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum();
    let mean = a.iter().sum::<f32>() / a.len().max(1) as f32;
    let contrast: f32 = a.iter().map(|v| (v - mean).abs()).sum::<f32>() + a.len() as f32;
    (apart / contrast).min(1.0)
}

fn holds(area: Rect, point: (f32, f32)) -> bool {
    let wide = Rect::around(area.center(), area.w * 1.3, area.h * 1.3);
    (wide.x..wide.x + wide.w).contains(&point.0) && (wide.y..wide.y + wide.h).contains(&point.1)
}

/// A part of the frame with room around it, large enough for the detector.
fn padded(part: Rect, room: f32, frame: GrayFrame<'_>) -> Rect {
    let (w, h) = ((part.w + 2.0 * room).max(96.0), (part.h + 2.0 * room).max(96.0));
    Rect::around(part.center(), w, h).inside(frame.width, frame.height)
}

#[cfg(test)]
mod tests;
