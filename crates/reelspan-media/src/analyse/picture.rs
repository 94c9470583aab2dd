//! A small decoded picture and the smaller thumb that pictures are compared by.

/// One small yuv420p picture, planes one after another, rows without padding.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    size: PictureSize,
    bytes: &'a [u8],
}

/// Both sides are multiples of 8, so that luma and chroma divide into whole blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureSize {
    pub width: usize,
    pub height: usize,
}

impl PictureSize {
    /// The long side that everything here is measured at.
    pub const LONG_SIDE: usize = 256;

    /// Keeps the shape of a larger picture as well as whole blocks can.
    pub fn of(width: u32, height: u32) -> Self {
        let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
        let scale = Self::LONG_SIDE as f64 / width.max(height);
        let side = |length: f64| ((length * scale / 8.0).round() as usize).max(2) * 8;
        Self { width: side(width), height: side(height) }
    }

    /// Bytes of one yuv420p picture.
    pub fn bytes(self) -> usize {
        self.width * self.height * 3 / 2
    }
}

impl<'a> Picture<'a> {
    /// None where the bytes are not exactly one picture of this size.
    pub fn new(size: PictureSize, bytes: &'a [u8]) -> Option<Self> {
        (size.width.is_multiple_of(8) && size.height.is_multiple_of(8) && bytes.len() == size.bytes())
            .then_some(Self { size, bytes })
    }

    pub fn size(self) -> PictureSize {
        self.size
    }

    pub fn luma(self) -> &'a [u8] {
        &self.bytes[..self.size.width * self.size.height]
    }

    /// Blue difference, half as wide and high as the luma.
    pub fn blue(self) -> &'a [u8] {
        let luma = self.size.width * self.size.height;
        &self.bytes[luma..luma + luma / 4]
    }

    /// Red difference, half as wide and high as the luma.
    pub fn red(self) -> &'a [u8] {
        let luma = self.size.width * self.size.height;
        &self.bytes[luma + luma / 4..]
    }
}

/// A picture reduced to the means of its 4x4 blocks: noise and grain are gone, the composition stays.
#[derive(Debug, Clone, Default)]
pub(super) struct Thumb {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) luma: Vec<u8>,
    /// Both chroma planes, one after the other.
    pub(super) chroma: Vec<u8>,
    pub(super) mean: f32,
    /// Standard deviation of the luma: next to nothing in a blank picture.
    pub(super) contrast: f32,
    /// Share of the luma that is black, and that is white.
    pub(super) black: f32,
    pub(super) white: f32,
}

/// Limited-range luma that a viewer takes for black and for white.
const BLACK: u8 = 24;
const WHITE: u8 = 225;

impl Thumb {
    #[cfg(test)]
    pub(super) fn of(picture: Picture<'_>) -> Self {
        let mut thumb = Self::default();
        thumb.fill(picture);
        thumb
    }

    /// Takes a new picture into the buffers of an old thumb.
    pub(super) fn fill(&mut self, picture: Picture<'_>) {
        let PictureSize { width, height } = picture.size();
        (self.width, self.height) = (width / 4, height / 4);
        self.luma.clear();
        self.chroma.clear();
        shrink(picture.luma(), width, &mut self.luma);
        shrink(picture.blue(), width / 2, &mut self.chroma);
        shrink(picture.red(), width / 2, &mut self.chroma);
        let count = self.luma.len() as f32;
        let sum: u32 = self.luma.iter().map(|v| u32::from(*v)).sum();
        let squares: u32 = self.luma.iter().map(|v| u32::from(*v) * u32::from(*v)).sum();
        self.mean = sum as f32 / count;
        self.contrast = (squares as f32 / count - self.mean * self.mean).max(0.0).sqrt();
        self.black = self.luma.iter().filter(|v| **v <= BLACK).count() as f32 / count;
        self.white = self.luma.iter().filter(|v| **v >= WHITE).count() as f32 / count;
    }

    pub(super) fn is_black(&self) -> bool {
        self.black >= 0.98
    }

    pub(super) fn is_white(&self) -> bool {
        self.white >= 0.98
    }

    /// Mean difference in luma plus that in both chroma planes, in steps of 255.
    pub(super) fn distance(&self, other: &Self) -> f32 {
        let luma = total_difference(&self.luma, &other.luma) as f32 / self.luma.len() as f32;
        let chroma = total_difference(&self.chroma, &other.chroma) as f32 / (self.chroma.len() as f32 / 2.0);
        luma + chroma
    }

    /// Share of the luma that differs by more than noise does.
    pub(super) fn changed(&self, other: &Self, tolerance: u8) -> f32 {
        let changed = self.luma.iter().zip(&other.luma).filter(|(a, b)| a.abs_diff(**b) > tolerance).count();
        changed as f32 / self.luma.len() as f32
    }

    /// How alike the compositions are, whatever the exposure: 1 the same, 0 nothing in common.
    pub(super) fn correlation(&self, other: &Self) -> f32 {
        let count = self.luma.len() as f32;
        let products: u32 = self.luma.iter().zip(&other.luma).map(|(a, b)| u32::from(*a) * u32::from(*b)).sum();
        let covariance = products as f32 / count - self.mean * other.mean;
        covariance / (self.contrast * other.contrast).max(1.0)
    }

    /// How much of this picture cannot be found in `other`, even moved and differently exposed: 0 all is there.
    pub(super) fn unexplained_by(&self, other: &Self) -> f32 {
        let (own, theirs) = (self.normalised(), other.normalised());
        let mut total = 0;
        for top in (0..self.height).step_by(BLOCK) {
            for left in (0..self.width).step_by(BLOCK) {
                total += self.best_match(&own, &theirs, left, top);
            }
        }
        total as f32 / self.luma.len() as f32 / DEVIATION
    }

    /// Luma with its mean at 0 and its deviation at [`DEVIATION`], so that exposure does not count.
    fn normalised(&self) -> Vec<i16> {
        let gain = DEVIATION / self.contrast.max(2.0);
        self.luma.iter().map(|v| ((f32::from(*v) - self.mean) * gain) as i16).collect()
    }

    /// The least sum of differences of one block over all moves that keep it inside the picture.
    fn best_match(&self, own: &[i16], theirs: &[i16], left: usize, top: usize) -> u32 {
        let (wide, high) = (BLOCK.min(self.width - left), BLOCK.min(self.height - top));
        let mut best = u32::MAX;
        for from_top in top.saturating_sub(REACH_UP)..=(top + REACH_UP).min(self.height - high) {
            for from_left in left.saturating_sub(REACH_ACROSS)..=(left + REACH_ACROSS).min(self.width - wide) {
                let mut sum = 0;
                for row in 0..high {
                    let own = &own[(top + row) * self.width + left..][..wide];
                    let theirs = &theirs[(from_top + row) * self.width + from_left..][..wide];
                    sum += own.iter().zip(theirs).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
                }
                best = best.min(sum);
            }
        }
        best
    }
}

const BLOCK: usize = 8;
const REACH_ACROSS: usize = 8;
const REACH_UP: usize = 5;
const DEVIATION: f32 = 32.0;

/// Means of 4x4 blocks.
fn shrink(plane: &[u8], width: usize, into: &mut Vec<u8>) {
    for rows in plane.chunks_exact(4 * width) {
        let (first, rest) = rows.split_at(width);
        let (second, rest) = rest.split_at(width);
        let (third, fourth) = rest.split_at(width);
        let blocks =
            first.chunks_exact(4).zip(second.chunks_exact(4)).zip(third.chunks_exact(4)).zip(fourth.chunks_exact(4));
        into.extend(blocks.map(|(((a, b), c), d)| {
            let sum: u16 = (0..4).map(|i| u16::from(a[i]) + u16::from(b[i]) + u16::from(c[i]) + u16::from(d[i])).sum();
            ((sum + 8) / 16) as u8
        }));
    }
}

fn total_difference(a: &[u8], b: &[u8]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
}
