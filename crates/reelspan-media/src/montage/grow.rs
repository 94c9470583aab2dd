//! Makes a picture a little larger or smaller about its middle, to a fraction of a pixel, so that slow zooms do not step.

use super::frame::Canvas;

/// Weights are in parts of this.
const UNIT: i32 = 1 << 14;

/// The four pixels that make one, and their weights.
#[derive(Debug, Clone, Copy)]
struct Taps {
    at: [usize; 4],
    weight: [i32; 4],
}

/// Draws `picture` at `scale` (1 keeps it) into `out`. What a smaller picture leaves open shows its mirror image.
pub(crate) fn grow(canvas: Canvas, picture: &[u8], scale: f64, out: &mut [u8]) {
    if (scale - 1.0).abs() < 1e-9 {
        out.copy_from_slice(picture);
        return;
    }
    for plane in canvas.planes() {
        let (across, down) = (taps(plane.width, scale), taps(plane.height, scale));
        one(&picture[plane.bytes.clone()], plane.width, &across, &down, &mut out[plane.bytes]);
    }
}

/// Catmull-Rom between the pixels: as sharp as the picture, and without the breathing of straight lines.
fn taps(size: usize, scale: f64) -> Vec<Taps> {
    let middle = (size as f64 - 1.0) / 2.0;
    let one = |i: usize| {
        let place = middle + (i as f64 - middle) / scale;
        let (whole, t) = (place.floor(), place - place.floor());
        let weights = [
            ((-0.5 * t + 1.0) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1.0,
            ((-1.5 * t + 2.0) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ];
        let mut weight = weights.map(|w| (w * f64::from(UNIT)).round() as i32);
        weight[1] += UNIT - weight.iter().sum::<i32>();
        let at = [-1, 0, 1, 2].map(|step| mirrored(whole as i64 + step, size));
        Taps { at, weight }
    };
    (0..size).map(one).collect()
}

fn mirrored(place: i64, size: usize) -> usize {
    let last = size as i64 - 1;
    let place = place.rem_euclid(2 * last.max(1));
    place.min(2 * last.max(1) - place).min(last) as usize
}

fn one(plane: &[u8], width: usize, across: &[Taps], down: &[Taps], out: &mut [u8]) {
    // Each row is widened once and kept while later rows still need it.
    let mut kept: [(usize, Vec<u8>); 4] = std::array::from_fn(|_| (usize::MAX, vec![0; width]));
    for (taps, out) in down.iter().zip(out.chunks_exact_mut(width)) {
        for row in taps.at {
            if kept[row % 4].0 != row {
                widen(&plane[row * width..][..width], across, &mut kept[row % 4].1);
                kept[row % 4].0 = row;
            }
        }
        let [a, b, c, d] = taps.at.map(|row| &kept[row % 4].1[..width]);
        let [wa, wb, wc, wd] = taps.weight;
        for (x, out) in out.iter_mut().enumerate() {
            let sum = i32::from(a[x]) * wa + i32::from(b[x]) * wb + i32::from(c[x]) * wc + i32::from(d[x]) * wd;
            *out = ((sum + UNIT / 2) / UNIT).clamp(0, 255) as u8;
        }
    }
}

fn widen(row: &[u8], across: &[Taps], out: &mut [u8]) {
    for (taps, out) in across.iter().zip(out) {
        let sum: i32 = taps.at.iter().zip(taps.weight).map(|(at, weight)| i32::from(row[*at]) * weight).sum();
        *out = ((sum + UNIT / 2) / UNIT).clamp(0, 255) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Canvas = Canvas { width: 64, height: 48 };

    fn slope() -> Vec<u8> {
        let mut picture: Vec<u8> = (0..64 * 48).map(|i| (60 + i % 64 * 2) as u8).collect();
        picture.resize(CANVAS.bytes(), 128);
        picture
    }

    #[test]
    fn a_slope_becomes_flatter_by_exactly_the_scale() {
        let mut out = vec![0; CANVAS.bytes()];
        for scale in [1.0, 1.013, 1.1, 1.5] {
            grow(CANVAS, &slope(), scale, &mut out);
            for x in 1..63 {
                let wanted = 60.0 + 2.0 * (31.5 + (x as f64 - 31.5) / scale);
                let found = f64::from(out[20 * 64 + x]);
                assert!((found - wanted).abs() <= 0.51, "{scale} at {x}: {found} for {wanted}");
            }
        }
        assert!(out[64 * 48..].iter().all(|chroma| *chroma == 128));
    }

    #[test]
    fn a_smaller_picture_is_mirrored_at_its_sides() {
        let mut out = vec![0; CANVAS.bytes()];
        grow(CANVAS, &slope(), 0.8, &mut out);
        // The picture's own first column stands 6.3 pixels inside; beyond it the slope comes back.
        assert!(out[20 * 64] > out[20 * 64 + 6]);
        assert!((i32::from(out[20 * 64 + 6]) - 60).abs() <= 2);
        assert!(out.iter().all(|value| (58..=188).contains(value)));
    }

    #[test]
    fn every_row_that_is_needed_is_at_hand() {
        // Neighbouring taps may fold onto one another at the sides; four places must still be enough.
        for scale in [0.7, 0.87, 0.999, 1.0001, 1.3] {
            for taps in taps(48, scale) {
                for (i, one) in taps.at.iter().enumerate() {
                    for other in &taps.at[i..] {
                        assert!(one == other || one % 4 != other % 4, "{scale}: {taps:?}");
                    }
                }
            }
        }
    }
}
