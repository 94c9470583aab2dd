//! How a picture is exposed, how steady the camera is, and whether the like was seen before: what footage is chosen by.

use crate::analysis::Series;

use super::picture::Thumb;
use super::shots::Boundary;

/// Values of exposure and shake a second.
const RATE: f64 = 4.0;
/// Values of novelty a second: sceneries change slowly.
const NOVELTY_RATE: f64 = 2.0;
/// Camera movement is compared at no more than this rate, or a fast file would seem steadier.
const STEPS: f64 = 30.0;

/// Fed every thumb of the steady grid; memory grows by some bytes a second.
#[derive(Debug)]
pub(super) struct Looks {
    rate: f64,
    frame: usize,
    exposure: Vec<f32>,
    novelty: Vec<f32>,
    seen: Seen,
    camera: Camera,
}

/// What [`Looks`] found.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) exposure: Series,
    pub(super) novelty: Series,
    pub(super) shake: Series,
}

impl Looks {
    pub(super) fn new(rate: f64) -> Self {
        Self {
            rate,
            frame: 0,
            exposure: Vec::new(),
            novelty: Vec::new(),
            seen: Seen::default(),
            camera: Camera::default(),
        }
    }

    pub(super) fn push(&mut self, thumb: &Thumb) {
        let at = self.frame as f64 / self.rate + 1e-6;
        if at >= self.exposure.len() as f64 / RATE {
            self.exposure.push((thumb.black + thumb.white).min(1.0));
        }
        if at >= self.novelty.len() as f64 / NOVELTY_RATE {
            self.novelty.push(self.seen.novelty(thumb));
        }
        if at * STEPS.min(self.rate) >= self.camera.steps as f64 {
            self.camera.push(thumb, at);
        }
        self.frame += 1;
    }

    pub(super) fn finish(self, boundaries: &[Boundary]) -> Looked {
        let cuts: Vec<f64> = boundaries.iter().map(|boundary| boundary.frame as f64 / self.rate).collect();
        let seconds = self.frame as f64 / self.rate;
        Looked {
            exposure: Series { rate: RATE, values: self.exposure },
            novelty: Series { rate: NOVELTY_RATE, values: self.novelty },
            shake: self.camera.finish(&cuts, seconds),
        }
    }
}

/// Brightnesses and colours of a picture and roughly where they are.
#[derive(Debug, Clone)]
struct Signature {
    luma: [f32; LUMA],
    colour: [f32; COLOUR * COLOUR],
    place: [f32; PLACE * PLACE],
}

const LUMA: usize = 16;
const COLOUR: usize = 8;
const PLACE: usize = 4;

impl Signature {
    fn of(thumb: &Thumb) -> Self {
        let mut made = Self { luma: [0.0; LUMA], colour: [0.0; COLOUR * COLOUR], place: [0.0; PLACE * PLACE] };
        let share = 1.0 / thumb.luma.len().max(1) as f32;
        let cell = PLACE as f32 * PLACE as f32 * share / 255.0;
        for (row, values) in thumb.luma.chunks_exact(thumb.width.max(1)).enumerate() {
            let down = row * PLACE / thumb.height.max(1) * PLACE;
            for (column, value) in values.iter().enumerate() {
                made.luma[usize::from(*value) * LUMA / 256] += share;
                made.place[down + column * PLACE / thumb.width] += f32::from(*value) * cell;
            }
        }
        let (blue, red) = thumb.chroma.split_at(thumb.chroma.len() / 2);
        let share = 1.0 / blue.len().max(1) as f32;
        for (blue, red) in blue.iter().zip(red) {
            // Most pictures keep to the middle half of the range: the bins lie there.
            let bin = |value: u8| (usize::from(value).saturating_sub(64) * COLOUR / 128).min(COLOUR - 1);
            made.colour[bin(*blue) * COLOUR + bin(*red)] += share;
        }
        made
    }

    /// 0 alike to 1 nothing in common.
    fn distance(&self, other: &Self) -> f32 {
        let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>();
        let place = apart(&self.place, &other.place) / (PLACE * PLACE) as f32 * 4.0;
        (0.35 * apart(&self.luma, &other.luma) / 2.0
            + 0.35 * apart(&self.colour, &other.colour) / 2.0
            + 0.3 * place.min(1.0))
        .min(1.0)
    }
}

/// What the recording has shown so far, in a few pictures that stand for the rest.
#[derive(Debug, Default)]
struct Seen {
    pictures: Vec<Signature>,
}

impl Seen {
    /// More would cost more than they tell.
    const MOST: usize = 192;
    /// Nearer ones are the same scenery.
    const SAME: f32 = 0.12;

    fn novelty(&mut self, thumb: &Thumb) -> f32 {
        let new = Signature::of(thumb);
        let nearest = self.pictures.iter().map(|old| old.distance(&new)).fold(1.0_f32, f32::min);
        if nearest > Self::SAME && self.pictures.len() < Self::MOST {
            self.pictures.push(new);
        }
        nearest
    }
}

/// Follows how the whole picture moves by its means along rows and columns, and tells trembling from panning.
#[derive(Debug, Default)]
struct Camera {
    steps: usize,
    across: Vec<f32>,
    down: Vec<f32>,
    moved: Option<(f32, f32)>,
    /// When, and how much the movement changed.
    jolts: Vec<(f32, f32)>,
}

/// Change of movement, in thousandths of the long side a step, at which a camera counts as half shaken.
const HALF_SHAKEN: f32 = 4.0;
/// Furthest movement in one step that can be told, in thumb pixels.
const REACH: usize = 4;

impl Camera {
    fn push(&mut self, thumb: &Thumb, at: f64) {
        self.steps += 1;
        let (across, down) = profiles(thumb);
        let moved = shift(&self.across, &across).zip(shift(&self.down, &down));
        if let (Some((x, y)), Some((before_x, before_y))) = (moved, self.moved) {
            let scale = 1000.0 / thumb.width.max(thumb.height).max(1) as f32;
            self.jolts.push((at as f32, (x - before_x).hypot(y - before_y) * scale));
        }
        self.moved = moved;
        (self.across, self.down) = (across, down);
    }

    fn finish(self, cuts: &[f64], seconds: f64) -> Series {
        let mut values = Vec::new();
        let mut next = 0;
        while (values.len() as f64) < seconds * RATE {
            let from = values.len() as f64 / RATE;
            let until = self.jolts[next..].partition_point(|(at, _)| f64::from(*at) < from + 1.0 / RATE) + next;
            let near = |at: f64| cuts.iter().any(|cut| (-0.02..0.15).contains(&(at - cut)));
            let told: Vec<f32> =
                self.jolts[next..until].iter().filter(|(at, _)| !near(f64::from(*at))).map(|(_, jolt)| *jolt).collect();
            let mean = told.iter().sum::<f32>() / told.len().max(1) as f32;
            values.push(mean / (mean + HALF_SHAKEN));
            next = until;
        }
        Series { rate: RATE, values }
    }
}

/// The means of the columns and of the rows.
fn profiles(thumb: &Thumb) -> (Vec<f32>, Vec<f32>) {
    let (width, height) = (thumb.width.max(1), thumb.height.max(1));
    let mut across = vec![0_u32; width];
    let mut down = Vec::with_capacity(height);
    for row in thumb.luma.chunks_exact(width) {
        across.iter_mut().zip(row).for_each(|(sum, value)| *sum += u32::from(*value));
        down.push(row.iter().map(|value| u32::from(*value)).sum::<u32>() as f32 / width as f32);
    }
    (across.into_iter().map(|sum| sum as f32 / height as f32).collect(), down)
}

/// How far a profile moved, to a fraction of a pixel; none where that cannot be told.
fn shift(before: &[f32], now: &[f32]) -> Option<f32> {
    if before.len() != now.len() || now.len() <= 4 * REACH {
        return None;
    }
    let inner = now.len() - 2 * REACH;
    let costs: Vec<f32> = (0..=2 * REACH)
        .map(|offset| {
            let theirs = &before[2 * REACH - offset..][..inner];
            now[REACH..][..inner].iter().zip(theirs).map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / inner as f32
        })
        .collect();
    let best = (0..costs.len()).min_by(|a, b| costs[*a].total_cmp(&costs[*b]))?;
    // A flat profile fits everywhere, and a new picture nowhere.
    let spread = costs.iter().fold(0.0_f32, |most, cost| most.max(*cost)) - costs[best];
    if spread < 0.5 || costs[best] > 0.4 * spread || best == 0 || best == 2 * REACH {
        return None;
    }
    let (left, middle, right) = (costs[best - 1], costs[best], costs[best + 1]);
    let bend = left - 2.0 * middle + right;
    let fine = if bend > 0.0 { (0.5 * (left - right) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    Some(best as f32 - REACH as f32 + fine)
}

#[cfg(test)]
mod tests {
    use super::super::picture::{Picture, PictureSize};
    use super::*;

    const SIZE: PictureSize = PictureSize { width: 256, height: 144 };

    fn looked(frames: usize, draw: impl Fn(usize, f64, f64) -> f64) -> Looked {
        let mut looks = Looks::new(25.0);
        for frame in 0..frames {
            let luma = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x as f64, y as f64)));
            let luma = luma.map(|(x, y)| draw(frame, x, y) as u8);
            let bytes: Vec<u8> = luma.chain(std::iter::repeat_n(128, SIZE.width * SIZE.height / 2)).collect();
            looks.push(&Thumb::of(Picture::new(SIZE, &bytes).unwrap()));
        }
        looks.finish(&[])
    }

    fn hills(x: f64, y: f64) -> f64 {
        120.0 + 50.0 * (x / 17.0).sin() + 40.0 * (y / 13.0 + x / 61.0).cos()
    }

    fn mean(series: &Series) -> f32 {
        series.values.iter().sum::<f32>() / series.values.len() as f32
    }

    #[test]
    fn a_trembling_camera_is_told_from_a_pan_and_from_a_tripod() {
        let still = mean(&looked(50, |_, x, y| hills(x, y)).shake);
        let pan = mean(&looked(50, |frame, x, y| hills(x + 2.0 * frame as f64, y)).shake);
        let hand = |frame: usize| [0.0, 2.5, -1.5, 3.0, -2.5, 1.0, -3.0][frame % 7];
        let shaken = mean(&looked(50, |frame, x, y| hills(x + hand(frame), y - hand(frame + 3))).shake);
        assert!(still < 0.02 && pan < 0.2 && shaken > 0.6, "{still} {pan} {shaken}");
    }

    #[test]
    fn what_was_seen_before_is_not_new() {
        let scene = |frame: usize, x: f64, y: f64| match frame / 50 {
            1 => {
                if x < 128.0 {
                    30.0
                } else {
                    220.0
                }
            }
            _ => hills(x, y),
        };
        let novelty = looked(150, scene).novelty;
        assert_eq!(novelty.values.len(), 12);
        assert_eq!(novelty.values[0], 1.0);
        assert!(novelty.values[4] > 0.3, "a new scenery: {novelty:?}");
        assert!(novelty.values[1..4].iter().chain(&novelty.values[5..]).all(|value| *value < 0.05), "{novelty:?}");
    }

    #[test]
    fn burnt_and_drowned_parts_count_as_badly_exposed() {
        let half = looked(25, |_, x, y| {
            if x < 64.0 {
                16.0
            } else if x < 128.0 {
                235.0
            } else {
                hills(x, y)
            }
        });
        assert!(half.exposure.values.iter().all(|value| (*value - 0.5).abs() < 0.1), "{:?}", half.exposure);
        assert!(mean(&looked(25, |_, x, y| hills(x, y)).exposure) < 0.05);
    }

    #[test]
    fn a_picture_too_small_or_too_plain_to_tell_is_steady() {
        assert!(looked(30, |frame, _, _| 40.0 + frame as f64).shake.values.iter().all(|value| *value == 0.0));
    }
}
