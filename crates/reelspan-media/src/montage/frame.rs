//! One picture in memory, 4:2:0 in limited range, and what transitions do with two of them.

use crate::plan::JointKind;

/// Black and white as video means them.
const BLACK: (u8, u8) = (16, 128);
const WHITE: (u8, u8) = (235, 128);

/// Width and height; both even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Canvas {
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// One of a picture's three planes: which bytes, and its own size.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    pub(crate) bytes: std::ops::Range<usize>,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Canvas {
    pub(crate) fn new((width, height): (u32, u32)) -> Self {
        Self { width: width as usize, height: height as usize }
    }

    pub(crate) fn bytes(self) -> usize {
        self.width * self.height * 3 / 2
    }

    pub(crate) fn planes(self) -> [Plane; 3] {
        let (luma, width, height) = (self.width * self.height, self.width / 2, self.height / 2);
        let chroma = width * height;
        [
            Plane { bytes: 0..luma, width: self.width, height: self.height },
            Plane { bytes: luma..luma + chroma, width, height },
            Plane { bytes: luma + chroma..luma + 2 * chroma, width, height },
        ]
    }
}

/// Draws the picture at `progress` (0 to 1) of a transition from `old` to `new`, by way of two spare pictures.
pub(crate) fn join(
    kind: JointKind,
    progress: f64,
    canvas: Canvas,
    (old, new): (&[u8], &[u8]),
    spare: &mut [Vec<u8>; 2],
    out: &mut [u8],
) {
    match kind {
        JointKind::Dissolve => mix(old, new, progress, out),
        JointKind::Dip => through(BLACK, progress, canvas, (old, new), out),
        JointKind::Flash => through(WHITE, progress, canvas, (old, new), out),
        JointKind::Push => slide(eased(progress), canvas, (old, new), true, out),
        JointKind::Wipe => slide(progress, canvas, (old, new), false, out),
        JointKind::Zoom => {
            let [one, other] = spare;
            super::grow::grow(canvas, old, 1.0 + GROWTH * eased(progress), one);
            super::grow::grow(canvas, new, 1.0 / (1.0 + GROWTH * (1.0 - eased(progress))), other);
            mix(one, other, eased(progress), out);
        }
    }
}

/// How much larger the old picture of a zoom becomes, and how much smaller the new one begins.
const GROWTH: f64 = 0.15;

/// Slow at both ends; half-way at the half.
fn eased(progress: f64) -> f64 {
    progress * progress * (3.0 - 2.0 * progress)
}

fn mix(old: &[u8], new: &[u8], share: f64, out: &mut [u8]) {
    let new_weight = (share.clamp(0.0, 1.0) * 256.0).round() as u16;
    let old_weight = 256 - new_weight;
    for ((out, old), new) in out.iter_mut().zip(old).zip(new) {
        *out = ((u16::from(*old) * old_weight + u16::from(*new) * new_weight + 128) >> 8) as u8;
    }
}

/// The old picture fades to one colour and the new one comes out of it.
fn through(colour: (u8, u8), progress: f64, canvas: Canvas, (old, new): (&[u8], &[u8]), out: &mut [u8]) {
    let (picture, share) = if progress < 0.5 { (old, 1.0 - 2.0 * progress) } else { (new, 2.0 * progress - 1.0) };
    let weight = (share * 256.0).round() as u16;
    for (i, plane) in canvas.planes().into_iter().enumerate() {
        let level = u16::from(if i == 0 { colour.0 } else { colour.1 }) * (256 - weight) + 128;
        for (out, picture) in out[plane.bytes.clone()].iter_mut().zip(&picture[plane.bytes]) {
            *out = ((u16::from(*picture) * weight + level) >> 8) as u8;
        }
    }
}

/// The edge of the new picture at `share` of the width: it comes from the right and pushes the old one along, or is uncovered
/// from the left.
fn slide(share: f64, canvas: Canvas, (old, new): (&[u8], &[u8]), push: bool, out: &mut [u8]) {
    // In whole columns of chroma, so that the three planes move together.
    let edge = (share * canvas.width as f64 / 2.0).round() as usize;
    for (i, plane) in canvas.planes().into_iter().enumerate() {
        let edge = if i == 0 { edge * 2 } else { edge };
        let rows = out[plane.bytes.clone()].chunks_exact_mut(plane.width);
        let olds = old[plane.bytes.clone()].chunks_exact(plane.width);
        let news = new[plane.bytes].chunks_exact(plane.width);
        for ((out, old), new) in rows.zip(olds).zip(news) {
            let split = if push { plane.width - edge } else { edge };
            if push {
                out[..split].copy_from_slice(&old[edge..]);
                out[split..].copy_from_slice(&new[..edge]);
            } else {
                out[..split].copy_from_slice(&new[..split]);
                out[split..].copy_from_slice(&old[split..]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Canvas = Canvas { width: 40, height: 20 };

    /// The luma rises from left to right; chroma is one value.
    fn ramp(from: u8, chroma: u8) -> Vec<u8> {
        let mut picture: Vec<u8> = (0..800).map(|i| from + (i % 40) as u8).collect();
        picture.resize(CANVAS.bytes(), chroma);
        picture
    }

    fn joined(kind: JointKind, progress: f64) -> Vec<u8> {
        let (old, new) = (ramp(20, 100), ramp(120, 160));
        let mut out = vec![0; CANVAS.bytes()];
        let mut spare = [vec![0; CANVAS.bytes()], vec![0; CANVAS.bytes()]];
        join(kind, progress, CANVAS, (&old, &new), &mut spare, &mut out);
        out
    }

    #[test]
    fn every_kind_begins_with_the_old_picture_and_ends_with_the_new() {
        use JointKind::{Dip, Dissolve, Flash, Push, Wipe, Zoom};
        for kind in [Dissolve, Dip, Flash, Push, Wipe, Zoom] {
            assert_eq!(joined(kind, 0.0), ramp(20, 100), "{kind:?}");
            assert_eq!(joined(kind, 1.0), ramp(120, 160), "{kind:?}");
        }
    }

    #[test]
    fn the_middle_is_the_middle() {
        let half = joined(JointKind::Dissolve, 0.5);
        assert_eq!((half[0], half[39], half[900]), (70, 109, 130));
        assert!(joined(JointKind::Dip, 0.5)[..800].iter().all(|luma| *luma == 16));
        assert!(joined(JointKind::Flash, 0.5)[..800].iter().all(|luma| *luma == 235));
        assert!(joined(JointKind::Dip, 0.5)[800..].iter().all(|chroma| *chroma == 128));
        let push = joined(JointKind::Push, 0.5);
        assert_eq!((push[0], push[19], push[20], push[39]), (40, 59, 120, 139));
        let wipe = joined(JointKind::Wipe, 0.5);
        assert_eq!((wipe[0], wipe[19], wipe[20], wipe[39]), (120, 139, 40, 59));
        assert_eq!((wipe[800], wipe[800 + 19]), (160, 100));
    }

    #[test]
    fn a_zoom_grows_both_pictures_about_their_middle() {
        let half = joined(JointKind::Zoom, 0.5);
        // The ramps stay where they are in the middle and change less steeply towards the sides of the old one.
        assert!((i32::from(half[19]) - 89).abs() <= 1, "{}", half[19]);
        let (old_side, new_side) = (20.0 + 19.5 - 19.5 / 1.075, 120.0 + 1.46 - 0.5);
        assert!((f64::from(half[0]) - (old_side + new_side) / 2.0).abs() < 2.0, "{}", half[0]);
    }
}
