//! How sharp a picture is, for choosing thumbnails.

use super::GrayFrame;

/// Spread of the Laplacian at which a picture counts as half sharp.
const HALF: f32 = 220.0;

/// 0 (flat or blurred) to 1: spread of the Laplacian, taken on every second pixel.
pub(super) fn sharpness(frame: GrayFrame<'_>) -> f32 {
    let (width, height) = (frame.width, frame.height);
    if width < 3 || height < 3 {
        return 0.0;
    }
    let (mut sum, mut squares, mut count) = (0i64, 0i64, 0i64);
    for y in (1..height - 1).step_by(2) {
        let row = |y: usize| &frame.luma[y * width..(y + 1) * width];
        let (above, here, below) = (row(y - 1), row(y), row(y + 1));
        let (mut of_row, mut squares_of_row) = (0i32, 0i32);
        for x in (1..width - 1).step_by(2) {
            let ring = i32::from(above[x]) + i32::from(below[x]) + i32::from(here[x - 1]) + i32::from(here[x + 1]);
            let value = 4 * i32::from(here[x]) - ring;
            of_row += value;
            squares_of_row += value * value / 4;
            count += 1;
        }
        sum += i64::from(of_row);
        squares += i64::from(squares_of_row) * 4;
    }
    let mean = sum as f32 / count as f32;
    let spread = (squares as f32 / count as f32 - mean * mean).max(0.0);
    spread / (spread + HALF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_sharper_than_ramps_and_flats() {
        let of = |value: fn(usize) -> u8| {
            let luma: Vec<u8> = (0..100 * 60).map(|i| value(i % 100)).collect();
            sharpness(GrayFrame { width: 100, height: 60, luma: &luma })
        };
        let (flat, ramp, bars) = (of(|_| 80), of(|x| x as u8 * 2), of(|x| if x % 7 < 4 { 20 } else { 200 }));
        assert!(flat < 0.01 && ramp < 0.05 && bars > 0.8, "{flat} {ramp} {bars}");
        assert_eq!(sharpness(GrayFrame { width: 2, height: 2, luma: &[0; 4] }), 0.0);
    }
}
