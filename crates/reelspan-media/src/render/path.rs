//! Writes a camera path as a crop: exact to the frame in time and to one pixel of the finished picture in place.
//!
//! ffmpeg's crop moves by whole (with chroma: by two) source pixels, which shows as stepping on a slow pan of a small
//! source. So a moving window is cut twice: coarsely from the source, scaled, then finely from the scaled picture.

use std::fmt::Write as _;

/// A path may not make the command line too long for the kernel (128 KiB an argument); two axes, written up to three times.
const LONGEST: usize = 16 * 1024;
/// What the written path may differ from the planned one, in source pixels.
const TOLERANCE: f64 = 0.05;
/// A window that moves less than this within a shot stands still.
const STILL: f64 = 0.75;
/// Coarse cuts keep to this grid, which suits every chroma subsampling.
const GRID: u32 = 4;

/// One frame size after another: the source's stored pixels, the window in them, the finished picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) source: (u32, u32),
    pub(crate) window: (f64, f64),
    pub(crate) output: (u32, u32),
}

/// The window's left top corner for each frame, in stored source pixels, and the frames at which a new shot begins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Track {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    pub(crate) cuts: Vec<usize>,
}

/// The filters that follow a track: crop, scale and, where it moves, a second crop. `scale` writes the scaling step.
pub(crate) fn follow(track: &Track, sizes: Sizes, scale: &dyn Fn(u32, u32) -> String) -> String {
    let (width, height) = sizes.output;
    if !moves(&track.x, &track.cuts) && !moves(&track.y, &track.cuts) {
        let across = still_size(sizes.window.0, sizes.source.0);
        let down = still_size(sizes.window.1, sizes.source.1);
        let x = still_places(&track.x, &track.cuts, sizes.source.0 - across);
        let y = still_places(&track.y, &track.cuts, sizes.source.1 - down);
        return format!("crop={across}:{down}:{}:{},{}", quoted(&x), quoted(&y), scale(width, height));
    }
    let x = Axis::new(&track.x, &track.cuts, sizes.source.0, sizes.window.0, width);
    let y = Axis::new(&track.y, &track.cuts, sizes.source.1, sizes.window.1, height);
    format!(
        "crop={}:{}:{}:{},{},crop={width}:{height}:{}:{}:exact=1",
        x.size,
        y.size,
        quoted(&x.coarse),
        quoted(&y.coarse),
        scale(x.scaled, y.scaled),
        quoted(&x.fine),
        quoted(&y.fine),
    )
}

/// One direction of a moving window.
struct Axis {
    size: u32,
    coarse: String,
    scaled: u32,
    fine: String,
}

impl Axis {
    fn new(starts: &[f64], cuts: &[usize], source: u32, window: f64, output: u32) -> Self {
        let scale = f64::from(output) / window;
        let whole = (source / GRID * GRID).max(GRID.min(source));
        let size = ((window.ceil() as u32 + GRID).div_ceil(GRID) * GRID).min(whole);
        let scaled = ((f64::from(size) * scale / 2.0).round() as u32 * 2).max(output);
        let most = f64::from(whole - size);
        let places = written(starts, cuts);
        let coarse = format!("min({GRID}*floor({places}/{GRID}),{most})");
        let fine = format!(
            "st(0,{places});clip((ld(0)-min({GRID}*floor(ld(0)/{GRID}),{most}))*{},0,{})",
            number(f64::from(scaled) / f64::from(size)),
            scaled - output
        );
        // A cut of the full size never moves, and a picture scaled to its very size leaves nothing to cut.
        let coarse = if most > 0.0 { coarse } else { "0".to_owned() };
        let fine = if scaled > output { fine } else { "0".to_owned() };
        Self { size, coarse, scaled, fine }
    }
}

fn moves(starts: &[f64], cuts: &[usize]) -> bool {
    shots(starts.len(), cuts).any(|(from, to)| {
        let (low, high) = bounds(&starts[from..to]);
        high - low >= STILL
    })
}

fn bounds(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)))
}

/// The shots of a run as frame ranges.
fn shots(frames: usize, cuts: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    let mut bounds: Vec<usize> = cuts.iter().copied().filter(|cut| (1..frames).contains(cut)).collect();
    bounds.insert(0, 0);
    bounds.push(frames);
    bounds.dedup();
    (1..bounds.len()).map(move |i| (bounds[i - 1], bounds[i])).filter(|(from, to)| to > from)
}

fn still_size(window: f64, source: u32) -> u32 {
    (((window / 2.0).round() as u32) * 2).clamp(2.min(source), (source & !1).max(1))
}

fn still_places(starts: &[f64], cuts: &[usize], most: u32) -> String {
    let pieces: Vec<Piece> = shots(starts.len(), cuts)
        .map(|(from, to)| {
            let (low, high) = bounds(&starts[from..to]);
            let even = (((low + high) / 4.0).round().max(0.0) * 2.0).min(f64::from(most & !1));
            Piece { from, value: even, slope: 0.0 }
        })
        .collect();
    tree(&merged(pieces))
}

/// From its first frame on, a value and what it grows by each frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    from: usize,
    value: f64,
    slope: f64,
}

fn written(starts: &[f64], cuts: &[usize]) -> String {
    let mut tolerance = TOLERANCE;
    loop {
        let text = tree(&merged(pieces(starts, cuts, tolerance)));
        if text.len() <= LONGEST || tolerance > 1e6 {
            return text;
        }
        tolerance *= 2.0;
    }
}

/// Straight lines through the places, none farther from them than the tolerance; none reaches over a cut.
fn pieces(starts: &[f64], cuts: &[usize], tolerance: f64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (from, to) in shots(starts.len(), cuts) {
        let mut first = from;
        while first < to {
            let value = starts[first];
            let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
            let mut next = first + 1;
            while next < to {
                let frames = (next - first) as f64;
                let slower = low.max((starts[next] - tolerance - value) / frames);
                let faster = high.min((starts[next] + tolerance - value) / frames);
                if slower > faster {
                    break;
                }
                (low, high) = (slower, faster);
                next += 1;
            }
            let slope = if low.is_finite() && (low > 0.0 || high < 0.0) { (low + high) / 2.0 } else { 0.0 };
            pieces.push(Piece { from: first, value, slope });
            first = next;
        }
    }
    pieces
}

/// Neighbours that stand at the same place become one.
fn merged(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.dedup_by(|next, last| next.slope == 0.0 && last.slope == 0.0 && (next.value - last.value).abs() < 1e-6);
    pieces
}

/// A balanced tree of `if`, so that hundreds of pieces stay within ffmpeg's nesting limit and cost little.
fn tree(pieces: &[Piece]) -> String {
    match pieces {
        [] => "0".to_owned(),
        [piece] if piece.slope == 0.0 => number(piece.value),
        [piece] if piece.from == 0 => format!("({}+{}*n)", number(piece.value), number(piece.slope)),
        [piece] => format!("({}+{}*(n-{}))", number(piece.value), number(piece.slope), piece.from),
        _ => {
            let (before, after) = pieces.split_at(pieces.len() / 2);
            format!("if(lt(n,{}),{},{})", after[0].from, tree(before), tree(after))
        }
    }
}

fn number(value: f64) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(text, "{value:.5}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// Commas and semicolons inside an expression mean nothing to the graph parser within quotes.
fn quoted(expression: &str) -> String {
    if expression.contains([',', ';']) { format!("'{expression}'") } else { expression.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scale(width: u32, height: u32) -> String {
        format!("scale={width}:{height}")
    }

    fn sizes() -> Sizes {
        Sizes { source: (1920, 1080), window: (607.5, 1080.0), output: (1080, 1920) }
    }

    #[test]
    fn a_still_camera_is_one_plain_crop() {
        let track = Track { x: vec![400.3; 50], y: vec![0.0; 50], cuts: vec![] };
        assert_eq!(follow(&track, sizes(), &scale), "crop=608:1080:400:0,scale=1080:1920");
    }

    #[test]
    fn still_cameras_jump_at_the_cut_s_very_frame() {
        let mut x = vec![400.0; 20];
        x.extend(vec![801.0; 30]);
        let track = Track { x, y: vec![0.0; 50], cuts: vec![20] };
        assert_eq!(follow(&track, sizes(), &scale), "crop=608:1080:'if(lt(n,20),400,802)':0,scale=1080:1920");
    }

    #[test]
    fn a_pan_is_cut_coarsely_and_then_finely() {
        let track = Track { x: (0..50).map(|n| 300.0 + f64::from(n) * 0.4).collect(), y: vec![0.0; 50], cuts: vec![] };
        insta::assert_snapshot!(follow(&track, sizes(), &scale), @"crop=612:1080:'min(4*floor((300+0.4*n)/4),1308)':0,scale=1088:1920,crop=1080:1920:'st(0,(300+0.4*n));clip((ld(0)-min(4*floor(ld(0)/4),1308))*1.77778,0,8)':0:exact=1");
    }

    #[test]
    fn a_window_at_the_edge_never_leaves_the_picture() {
        assert_eq!(still_places(&[1312.5; 3], &[], 1312), "1312");
        assert_eq!(still_places(&[-3.0; 3], &[], 1312), "0");
        let axis = Axis::new(&[0.0, 20.0, 38.0], &[], 639, 600.0, 1080);
        assert!(axis.size <= 636 && axis.scaled >= 1080, "{} {}", axis.size, axis.scaled);
    }

    proptest! {
        #[test]
        fn the_written_path_is_the_planned_one(
            steps in proptest::collection::vec(-3.0..3.0_f64, 1..200),
            cut in 0_usize..200,
        ) {
            let mut at = 500.0;
            let starts: Vec<f64> = steps.iter().map(|step| { at += step; at }).collect();
            let pieces = pieces(&starts, &[cut], TOLERANCE);
            for (frame, wanted) in starts.iter().enumerate() {
                let piece = pieces[pieces.partition_point(|piece| piece.from <= frame) - 1];
                let found = piece.value + piece.slope * (frame - piece.from) as f64;
                prop_assert!((found - wanted).abs() <= TOLERANCE + 1e-9);
            }
            if (1..starts.len()).contains(&cut) {
                prop_assert!(pieces.iter().any(|piece| piece.from == cut));
            }
        }
    }

    #[test]
    fn a_long_restless_path_stays_short_enough_for_the_kernel() {
        let mut state = 7_u32;
        let noise = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 16) / 65_536.0 * 300.0
        };
        let starts: Vec<f64> = (0..20_000).map(noise).collect();
        assert!(written(&starts, &[]).len() <= LONGEST);
    }
}
