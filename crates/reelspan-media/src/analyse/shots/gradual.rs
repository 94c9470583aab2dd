//! Transitions that take their time: fades through black or white, and dissolves.

use super::super::picture::Thumb;
use super::window::Window;

/// A blank stretch between two pictures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fade {
    /// Where the new shot begins.
    pub(super) frame: usize,
    start: usize,
    end: usize,
}

impl Fade {
    /// A step inside the blank stretch is no cut of its own.
    pub(super) fn swallows(&self, cut: usize) -> bool {
        (self.start..=self.end).contains(&cut)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blank {
    Black,
    White,
}

/// Looks for blank stretches that are entered or left gradually.
#[derive(Debug)]
pub(super) struct Fades {
    ramp: usize,
    blank: Option<(Blank, usize)>,
    /// What was seen before the blank stretch.
    before: Option<Thumb>,
    entered_gradually: bool,
    /// A blank stretch that ended: its kind, start, end.
    pending: Option<(Blank, usize, usize)>,
    found: Vec<Fade>,
}

impl Fades {
    pub(super) fn new(rate: f64) -> Self {
        Self {
            ramp: ((rate * 0.4).round() as usize).max(2),
            blank: None,
            before: None,
            entered_gradually: false,
            pending: None,
            found: Vec::new(),
        }
    }

    pub(super) fn look(&mut self, window: &Window, frame: usize) {
        let Some(thumb) = window.thumb(frame) else { return };
        let kind = match thumb {
            _ if thumb.is_black() => Some(Blank::Black),
            _ if thumb.is_white() => Some(Blank::White),
            _ => None,
        };
        if let Some((pending, start, end)) = self.pending
            && (frame >= end + self.ramp || kind.is_some())
        {
            self.pending = None;
            self.judge(window, pending, start, end, frame);
        }
        match (self.blank, kind) {
            (None, Some(kind)) => {
                self.blank = Some((kind, frame));
                let earlier = window.thumb(frame.saturating_sub(self.ramp).max(window.begin()));
                self.before = (frame > 1).then(|| earlier.cloned()).flatten();
                self.entered_gradually = is_ramp(window, frame.saturating_sub(self.ramp), frame);
            }
            (Some((was, start)), kind) if kind != Some(was) => {
                self.pending = Some((was, start, frame));
                self.blank = kind.map(|kind| (kind, frame));
            }
            _ => {}
        }
    }

    fn judge(&mut self, window: &Window, kind: Blank, start: usize, end: usize, now: usize) {
        let (Some(before), Some(after)) = (self.before.as_ref(), window.thumb(now)) else { return };
        let left_gradually = is_ramp(window, end - 1, (end + self.ramp).min(now));
        // A picture in itself white or a flash must not pass for a fade; black between pictures nearly always is one.
        if kind == Blank::White {
            let textured = before.contrast >= 10.0 && after.contrast >= 10.0;
            if !textured || before.correlation(after) > 0.7 {
                return;
            }
        }
        // Where one side is a hard cut, that cut is the boundary.
        if self.entered_gradually && left_gradually {
            self.found.push(Fade { frame: (start + end) / 2, start, end });
        }
    }

    pub(super) fn finish(self) -> Vec<Fade> {
        self.found
    }
}

/// Between two frames the brightness goes mostly one way, and no step makes up most of it.
fn is_ramp(window: &Window, from: usize, to: usize) -> bool {
    let means: Vec<f32> = (from..=to).filter_map(|frame| window.thumb(frame)).map(|thumb| thumb.mean).collect();
    let (Some(first), Some(last)) = (means.first(), means.last()) else { return false };
    let total = (last - first).abs();
    let largest = means.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    means.len() > 2 && total >= 3.0 && largest <= 0.6 * total
}

/// A stretch whose every frame is a blend of its first and its last.
#[derive(Debug, Clone, Copy)]
struct Blend {
    /// How far its ends are apart.
    distance: f32,
    /// The frame at half way.
    middle: usize,
    /// The frames between which most of the change happens.
    start: usize,
    end: usize,
}

/// Looks for blends over several lengths; the clearest of those that overlap is the dissolve.
#[derive(Debug)]
pub(super) struct Dissolves {
    step: usize,
    lengths: Vec<usize>,
    blends: Vec<Blend>,
}

impl Dissolves {
    pub(super) fn new(rate: f64) -> Self {
        let frames = |seconds: f64| (rate * seconds).round() as usize;
        let mut lengths: Vec<usize> =
            [0.3, 0.6, 1.0, 1.5, 2.0].into_iter().map(frames).filter(|length| *length >= 5).collect();
        lengths.dedup();
        Self { step: frames(0.1).max(1), lengths, blends: Vec::new() }
    }

    pub(super) fn look(&mut self, window: &Window, frame: usize, cuts: &[usize]) {
        if !frame.is_multiple_of(self.step) {
            return;
        }
        let clear_from = cuts.last().copied().unwrap_or(0);
        let fitting = self.lengths.iter().filter(|length| frame >= clear_from + **length);
        let blends = fitting.filter_map(|length| blend(window, frame - length, frame));
        self.blends.extend(blends.max_by(|a, b| a.distance.total_cmp(&b.distance)));
    }

    /// The middle of every dissolve.
    pub(super) fn finish(mut self) -> Vec<usize> {
        self.blends.sort_by(|a, b| b.distance.total_cmp(&a.distance));
        let mut kept: Vec<Blend> = Vec::new();
        for blend in self.blends {
            if kept.iter().all(|other| blend.end <= other.start || other.end <= blend.start) {
                kept.push(blend);
            }
        }
        kept.into_iter().map(|blend| blend.middle).collect()
    }
}

/// Differences between the ends below this are too slight to be told from motion.
const LEAST_DISTANCE: f32 = 14.0;
/// Frames between the ends that are looked at.
const PROBES: usize = 12;

fn blend(window: &Window, from: usize, to: usize) -> Option<Blend> {
    let (first, last) = (window.thumb(from)?, window.thumb(to)?);
    let blank = |thumb: &Thumb| thumb.contrast < 5.0 || thumb.is_black() || thumb.is_white();
    let distance = first.distance(last);
    if distance < LEAST_DISTANCE || blank(first) || blank(last) || first.correlation(last) > 0.65 {
        return None;
    }
    let whole = product(last, first, last, first);
    let probes = PROBES.min(to - from - 1);
    let (mut shares, mut worst, mut total) = (vec![(from, 0.0)], 0.0_f32, 0.0);
    for probe in 1..=probes {
        let at = from + probe * (to - from) / (probes + 1);
        let thumb = window.thumb(at)?;
        let share = product(thumb, first, last, first) / whole;
        // What is left of the frame once the blend is taken out, against the whole difference.
        let left = product(thumb, first, thumb, first) / whole - share * share;
        worst = worst.max(left);
        total += left;
        shares.push((at, share));
    }
    shares.push((to, 1.0));
    let steady = shares.windows(2).all(|pair| pair[1].1 - pair[0].1 > -0.08 && pair[1].1 - pair[0].1 < 0.5);
    if worst > 0.16 || total / probes as f32 > 0.09 || !steady {
        return None;
    }
    let at = |share: f32| shares.iter().find(|(_, reached)| *reached >= share).map(|(frame, _)| *frame);
    let (start, middle, end) = (at(0.12)?, at(0.5)?, at(0.88)?);
    let gradual = shares.iter().filter(|(_, share)| (0.12..0.88).contains(share)).count() >= 2;
    // What merely moved, or lies under a title, can still be found in the other picture.
    let replaced = || first.unexplained_by(last).min(last.unexplained_by(first)) >= 0.4;
    (gradual && replaced()).then_some(Blend { distance, middle, start, end })
}

/// The scalar product of (a - b) and (c - d) over the luma.
fn product(a: &Thumb, b: &Thumb, c: &Thumb, d: &Thumb) -> f32 {
    let differences = a.luma.iter().zip(&b.luma).zip(c.luma.iter().zip(&d.luma));
    let sum: i32 =
        differences.map(|((a, b), (c, d))| (i32::from(*a) - i32::from(*b)) * (i32::from(*c) - i32::from(*d))).sum();
    sum as f32
}
