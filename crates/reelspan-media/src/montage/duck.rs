//! How far the music steps back while the footage's own sound is loud.

/// Blocks a second.
pub(crate) const BLOCKS: usize = 100;
/// Decibels by which the music steps back at most.
const DEPTH: f64 = 10.0;
/// The footage is fully loud from here on, in dB beside its own loudness, and silent so many below that.
const LOUD: f64 = -5.0;
const RANGE: f64 = 12.0;
/// Blocks that are looked ahead, so that the music is down when the first word comes, and that it waits before it comes back.
const AHEAD: usize = 8;
const HOLD: usize = 35;
/// Blocks over which every step is smoothed, to both sides.
const SMOOTH: usize = 8;

/// The music's gain in each block, from the footage's mean square in each, where `loudness` (dB) is its usual level.
pub(crate) fn gains(squares: &[f32], loudness: f64) -> Vec<f32> {
    let floor = loudness + LOUD - RANGE;
    let wanted: Vec<f64> = squares
        .iter()
        .map(|square| {
            let level = 10.0 * f64::from(*square).max(1e-12).log10();
            ((level - floor) / RANGE).clamp(0.0, 1.0)
        })
        .collect();
    let held = |i: usize| {
        let from = i.saturating_sub(HOLD);
        let to = (i + AHEAD + 1).min(wanted.len());
        wanted[from..to].iter().copied().fold(0.0, f64::max)
    };
    let held: Vec<f64> = (0..wanted.len()).map(held).collect();
    let smooth = |i: usize| {
        let near = &held[i.saturating_sub(SMOOTH)..(i + SMOOTH + 1).min(held.len())];
        let back = near.iter().sum::<f64>() / near.len() as f64;
        10_f64.powf(-DEPTH * back / 20.0) as f32
    };
    (0..held.len()).map(smooth).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_music_is_down_before_the_voice_and_comes_back_after_it() {
        let mut squares = vec![1e-9_f32; 300];
        squares[100..150].fill(0.01);
        let gains = gains(&squares, -20.0);
        assert!(gains[..80].iter().all(|gain| *gain > 0.999));
        assert!(gains[100..150].iter().all(|gain| *gain < 0.33), "{:?}", &gains[95..105]);
        assert!(gains[250..].iter().all(|gain| *gain > 0.999));
        let steepest = gains.windows(2).map(|pair| (pair[0] - pair[1]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.08, "{steepest}");
    }

    #[test]
    fn quiet_footage_leaves_the_music_alone() {
        assert!(gains(&[1e-6; 50], -20.0).iter().all(|gain| *gain > 0.999));
        assert!(gains(&[], -20.0).is_empty());
    }
}
