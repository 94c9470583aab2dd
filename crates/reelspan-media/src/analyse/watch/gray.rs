//! Small operations on grey pictures: cutting out and resizing, block means, likeness of two patches.

use super::GrayFrame;

/// A grey picture of its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Gray {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) luma: Vec<u8>,
}

impl Gray {
    pub(super) fn frame(&self) -> GrayFrame<'_> {
        GrayFrame { width: self.width, height: self.height, luma: &self.luma }
    }

    pub(super) fn copy_from(&mut self, frame: GrayFrame<'_>) {
        (self.width, self.height) = (frame.width, frame.height);
        self.luma.clear();
        self.luma.extend_from_slice(&frame.luma[..frame.width * frame.height]);
    }
}

/// A rectangle in pixels of a frame; may reach over its edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) w: f32,
    pub(super) h: f32,
}

impl Rect {
    pub(super) fn center(self) -> (f32, f32) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    pub(super) fn around(center: (f32, f32), w: f32, h: f32) -> Self {
        Self { x: center.0 - w / 2.0, y: center.1 - h / 2.0, w, h }
    }

    /// The part of it that lies in a frame.
    pub(super) fn inside(self, width: usize, height: usize) -> Self {
        let (left, top) = (self.x.clamp(0.0, width as f32), self.y.clamp(0.0, height as f32));
        let (right, bottom) =
            ((self.x + self.w).clamp(left, width as f32), (self.y + self.h).clamp(top, height as f32));
        Self { x: left, y: top, w: right - left, h: bottom - top }
    }

    /// Shared area over joint area.
    pub(super) fn likeness(self, other: Self) -> f32 {
        let across = ((self.x + self.w).min(other.x + other.w) - self.x.max(other.x)).max(0.0);
        let down = ((self.y + self.h).min(other.y + other.h) - self.y.max(other.y)).max(0.0);
        let shared = across * down;
        let joint = self.w * self.h + other.w * other.h - shared;
        if joint > 0.0 { shared / joint } else { 0.0 }
    }
}

/// A part of a frame drawn at another size: averaged when it shrinks, straight between pixels when it grows.
pub(super) fn resample(frame: GrayFrame<'_>, part: Rect, width: usize, height: usize) -> Gray {
    let columns = taps(part.x, part.w, width, frame.width);
    let rows = taps(part.y, part.h, height, frame.height);
    let mut luma = Vec::with_capacity(width * height);
    for &(top, bottom, fy) in &rows {
        for &(left, right, fx) in &columns {
            let value = if bottom - top <= 1 && right - left <= 1 {
                let (above, below) = (top * frame.width, bottom * frame.width);
                let pixel = |at: usize| f32::from(frame.luma[at]);
                let upper = pixel(above + left) * (1.0 - fx) + pixel(above + right) * fx;
                let lower = pixel(below + left) * (1.0 - fx) + pixel(below + right) * fx;
                upper * (1.0 - fy) + lower * fy
            } else {
                let mut sum = 0u32;
                for y in top..=bottom {
                    sum += frame.luma[y * frame.width + left..=y * frame.width + right]
                        .iter()
                        .map(|v| u32::from(*v))
                        .sum::<u32>();
                }
                sum as f32 / ((bottom - top + 1) * (right - left + 1)) as f32
            };
            luma.push((value + 0.5) as u8);
        }
    }
    Gray { width, height, luma }
}

/// For each new pixel: first and last source pixel, and the second one's share where there are two.
fn taps(start: f32, length: f32, count: usize, side: usize) -> Vec<(usize, usize, f32)> {
    let last = side.saturating_sub(1);
    let step = length / count.max(1) as f32;
    (0..count)
        .map(|i| {
            let at = start + i as f32 * step;
            if step > 1.5 {
                let from = (at.round().max(0.0) as usize).min(last);
                let to = ((at + step).round().max(1.0) as usize - 1).clamp(from, last);
                (from, to, 0.5)
            } else {
                let middle = (at + step / 2.0 - 0.5).clamp(0.0, last as f32);
                let from = middle as usize;
                (from, (from + 1).min(last), middle - from as f32)
            }
        })
        .collect()
}

/// Means of square blocks, row by row: a picture small enough to compare as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Blocks {
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) mean: Vec<f32>,
}

/// Pixels per block side.
pub(super) const BLOCK: usize = 8;

pub(super) fn blocks(frame: GrayFrame<'_>) -> Blocks {
    let (across, down) = (frame.width.div_ceil(BLOCK), frame.height.div_ceil(BLOCK));
    let mut sums = vec![0u32; across * down];
    let mut counts = vec![0u32; across * down];
    for (y, row) in frame.luma.chunks_exact(frame.width.max(1)).take(frame.height).enumerate() {
        let base = y / BLOCK * across;
        for (x, run) in row.chunks(BLOCK).enumerate() {
            sums[base + x] += run.iter().map(|v| u32::from(*v)).sum::<u32>();
            counts[base + x] += run.len() as u32;
        }
    }
    let mean = sums.iter().zip(&counts).map(|(sum, count)| *sum as f32 / (*count).max(1) as f32).collect();
    Blocks { across, down, mean }
}

/// Mean absolute difference of each block's pixels between two frames of one size.
pub(super) fn block_changes(frame: GrayFrame<'_>, before: GrayFrame<'_>) -> Vec<f32> {
    let (across, down) = (frame.width.div_ceil(BLOCK), frame.height.div_ceil(BLOCK));
    let mut sums = vec![0u32; across * down];
    let rows = frame.luma.chunks_exact(frame.width.max(1)).zip(before.luma.chunks_exact(before.width.max(1)));
    for (y, (row, old)) in rows.take(frame.height).enumerate() {
        let base = y / BLOCK * across;
        for (x, (run, old)) in row.chunks(BLOCK).zip(old.chunks(BLOCK)).enumerate() {
            sums[base + x] += run.iter().zip(old).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
        }
    }
    sums.into_iter().map(|sum| sum as f32 / (BLOCK * BLOCK) as f32).collect()
}

/// Normalised correlation of two equally long patches, -1 to 1; flat patches are like nothing.
pub(super) fn correlation(a: &[u8], b: &[u8]) -> f32 {
    let count = a.len().min(b.len()) as i64;
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0u32, 0u32, 0u32, 0u32, 0u32);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (u32::from(*a), u32::from(*b));
        sa += a;
        sb += b;
        saa += a * a;
        sbb += b * b;
        sab += a * b;
    }
    let (sa, sb) = (i64::from(sa), i64::from(sb));
    let (va, vb) = (count * i64::from(saa) - sa * sa, count * i64::from(sbb) - sb * sb);
    if va <= 0 || vb <= 0 {
        return 0.0;
    }
    ((count * i64::from(sab) - sa * sb) as f64 / ((va as f64).sqrt() * (vb as f64).sqrt())) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Gray {
        let luma = (0..width * height).map(|i| (i % width * 2 + i / width) as u8).collect();
        Gray { width, height, luma }
    }

    #[test]
    fn a_part_keeps_its_brightness_at_any_size() {
        let picture = ramp(64, 48);
        let part = Rect { x: 8.0, y: 8.0, w: 32.0, h: 32.0 };
        for side in [8, 16, 32, 64] {
            let small = resample(picture.frame(), part, side, side);
            let mean = small.luma.iter().map(|v| f32::from(*v)).sum::<f32>() / (side * side) as f32;
            assert!((mean - (23.5 * 2.0 + 23.5)).abs() < 1.5, "{side}: {mean}");
        }
    }

    #[test]
    fn parts_over_the_edge_repeat_it() {
        let picture = ramp(16, 16);
        let out = resample(picture.frame(), Rect { x: -40.0, y: -40.0, w: 10.0, h: 10.0 }, 4, 4);
        assert!(out.luma.iter().all(|v| *v == 0));
        let out = resample(picture.frame(), Rect { x: 100.0, y: 100.0, w: 90.0, h: 90.0 }, 4, 4);
        assert!(out.luma.iter().all(|v| *v == picture.luma[255]));
    }

    #[test]
    fn likeness_sees_through_brightness() {
        let a: Vec<u8> = (0..100).map(|i| (i * 37 % 100) as u8).collect();
        let brighter: Vec<u8> = a.iter().map(|v| v + 50).collect();
        assert!(correlation(&a, &brighter) > 0.999);
        assert_eq!(correlation(&a, &[7; 100]), 0.0);
    }

    #[test]
    fn only_what_changed_has_changed() {
        let before = ramp(20, 20);
        let mut after = before.clone();
        after.luma[0] = 200;
        let changes = block_changes(after.frame(), before.frame());
        assert_eq!(changes.len(), 9);
        assert!(changes[0] > 3.0 && changes[1..].iter().all(|v| *v == 0.0));
        assert_eq!(blocks(before.frame()).mean.len(), 9);
    }
}
