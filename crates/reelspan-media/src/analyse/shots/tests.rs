//! Made pictures whose shots are known: cuts, dissolves, fades, flashes, pans, noise, inserts.

use super::super::picture::{Picture, PictureSize};
use super::*;

const SIZE: PictureSize = PictureSize { width: 256, height: 144 };

/// A scene: smooth shapes whose places, tones and colours follow from its number.
#[derive(Clone, Copy)]
struct Scene(u32);

/// Well mixed bits of two numbers.
fn mix(a: u32, b: u32) -> u32 {
    let mut x = a.wrapping_mul(0x9E37_79B1) ^ b.wrapping_mul(0x85EB_CA77);
    for _ in 0..2 {
        x = (x ^ (x >> 15)).wrapping_mul(0x2C1B_3C6D);
    }
    x ^ (x >> 13)
}

impl Scene {
    /// Luma, blue and red difference at a place of the world, of which the camera shows a part.
    fn at(self, x: i32, y: i32) -> [f32; 3] {
        let Self(seed) = self;
        let tone = |of: u32, low: f32, high: f32| low + (mix(seed, of) % 1000) as f32 / 1000.0 * (high - low);
        let mut color = [tone(1, 40.0, 180.0), tone(2, 110.0, 146.0), tone(3, 110.0, 146.0)];
        // Each tile of the world holds a disc, so that a pan always brings something new.
        for (across, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let (tile_x, tile_y) = ((x - 32).div_euclid(64) + across, (y - 32).div_euclid(64) + down);
            let tile = mix(tile_x as u32, tile_y as u32);
            let value =
                |of: u32, low: f32, high: f32| low + (mix(seed ^ tile, of) % 1000) as f32 / 1000.0 * (high - low);
            let (dx, dy) =
                ((x - tile_x * 64) as f32 - value(5, -16.0, 16.0), (y - tile_y * 64) as f32 - value(6, -16.0, 16.0));
            let edge = (value(7, 12.0, 34.0) - (dx * dx + dy * dy).sqrt()).clamp(0.0, 3.0) / 3.0;
            let disc = [value(8, 30.0, 220.0), value(9, 90.0, 166.0), value(10, 90.0, 166.0)];
            for (color, disc) in color.iter_mut().zip(disc) {
                *color += (disc - *color) * edge;
            }
        }
        color
    }

    /// The picture of a camera that has moved right by `pan` pixels.
    fn shot(self, pan: i32) -> Vec<f32> {
        let (width, height) = (SIZE.width as i32, SIZE.height as i32);
        let mut picture: Vec<f32> = Vec::with_capacity(SIZE.bytes());
        picture.extend((0..height).flat_map(|y| (0..width).map(move |x| self.at(x + pan, y)[0])));
        for plane in [1, 2] {
            picture
                .extend((0..height / 2).flat_map(|y| (0..width / 2).map(move |x| self.at(2 * x + pan, 2 * y)[plane])));
        }
        picture
    }
}

/// One picture over another: 0 is all `under`.
fn blend(under: &[f32], over: &[f32], share: f32) -> Vec<f32> {
    under.iter().zip(over).map(|(under, over)| under + (over - under) * share).collect()
}

/// All of one luma, without colour.
fn plain(luma: f32) -> Vec<f32> {
    let count = SIZE.width * SIZE.height;
    [vec![luma; count], vec![128.0; count / 2]].concat()
}

/// Brighter or darker, as when the exposure changes.
fn exposed(picture: &[f32], gain: f32) -> Vec<f32> {
    let luma = SIZE.width * SIZE.height;
    let bright = picture[..luma].iter().map(|value| 16.0 + (value - 16.0) * gain);
    bright.chain(picture[luma..].iter().copied()).collect()
}

/// Feeds the frames, with grain of that strength, at that rate.
fn boundaries(rate: f64, grain: f32, frames: impl IntoIterator<Item = Vec<f32>>) -> Vec<(usize, Transition)> {
    let mut detector = ShotDetector::new(rate);
    for (number, frame) in frames.into_iter().enumerate() {
        let noise = |at: usize| ((mix(number as u32, at as u32) % 2001) as f32 / 1000.0 - 1.0) * grain;
        let bytes: Vec<u8> = frame.iter().enumerate().map(|(at, value)| (value + noise(at)).round() as u8).collect();
        detector.push(Thumb::of(Picture::new(SIZE, &bytes).unwrap()));
    }
    detector.finish().iter().map(|boundary| (boundary.frame, boundary.transition)).collect()
}

fn still(scene: u32, frames: usize) -> impl Iterator<Item = Vec<f32>> + Clone {
    std::iter::repeat_n(Scene(scene).shot(0), frames)
}

#[test]
fn a_cut_is_found_at_its_frame_whatever_the_rate_and_grain() {
    for (rate, scenes, grain) in [(10.0, (1, 2), 0.0), (25.0, (3, 4), 2.0), (29.97, (5, 6), 12.0), (60.0, (7, 8), 6.0)]
    {
        let frames = still(scenes.0, 40).chain(still(scenes.1, 40));
        assert_eq!(boundaries(rate, grain, frames), [(40, Transition::Cut)], "{rate}");
    }
}

/// The right part of one picture over another, from a share of the width on.
fn beside(left: &[f32], right: &[f32], from: f32) -> Vec<f32> {
    let luma = SIZE.width * SIZE.height;
    let column = |at: usize| if at < luma { at % SIZE.width } else { (at - luma) % (SIZE.width / 2) * 2 };
    let from = (SIZE.width as f32 * from) as usize;
    (0..left.len()).map(|at| if column(at) < from { left[at] } else { right[at] }).collect()
}

#[test]
fn another_camera_in_the_same_calm_room_is_a_cut_and_a_caption_that_appears_is_none() {
    let room = Scene(11).shot(0);
    let check = |from: f32, found: &[(usize, Transition)]| {
        let other = beside(&room, &Scene(12).shot(0), from);
        let frames = std::iter::repeat_n(room.clone(), 40).chain(std::iter::repeat_n(other, 40));
        assert_eq!(boundaries(25.0, 1.0, frames), found, "{from}");
    };
    check(0.6, &[(40, Transition::Cut)]);
    check(0.95, &[]);
}

#[test]
fn many_cuts_a_second_apart_are_all_found() {
    let frames = (0..12).flat_map(|scene| still(scene, 25));
    let truth: Vec<_> = (1..12).map(|scene| (scene * 25, Transition::Cut)).collect();
    assert_eq!(boundaries(25.0, 3.0, frames), truth);
}

#[test]
fn quick_shots_of_a_quarter_second_are_all_found() {
    let frames = still(90, 25).chain((0..8).flat_map(|scene| still(scene, 7))).chain(still(91, 25));
    let truth: Vec<_> = (0..9).map(|scene| (25 + scene * 7, Transition::Cut)).collect();
    assert_eq!(boundaries(25.0, 3.0, frames), truth);
}

#[test]
fn a_cut_inside_a_pan_is_found_and_the_pan_is_none() {
    let pan = |scene: u32, speed: i32| (0..40).map(move |frame| Scene(scene).shot(frame * speed));
    assert_eq!(boundaries(25.0, 2.0, pan(1, 6).chain(pan(2, 6))), [(40, Transition::Cut)]);
    assert_eq!(boundaries(25.0, 2.0, pan(3, 2).chain(pan(3, 2).rev())), []);
}

#[test]
fn a_whip_pan_that_starts_and_stops_at_once_is_no_cut() {
    for speed in [10, 20, 30] {
        let place = |frame: i32| (frame - 30).clamp(0, 10) * speed;
        assert_eq!(boundaries(25.0, 2.0, (0..70).map(|frame| Scene(4).shot(place(frame)))), [], "{speed}");
    }
}

#[test]
fn a_camera_flash_is_no_cut() {
    for length in [1, 2, 3] {
        let flash = std::iter::repeat_n(blend(&Scene(1).shot(0), &plain(235.0), 0.8), length);
        assert_eq!(boundaries(25.0, 2.0, still(1, 30).chain(flash).chain(still(1, 30))), [], "{length}");
        let white = std::iter::repeat_n(plain(235.0), length);
        assert_eq!(boundaries(25.0, 2.0, still(2, 30).chain(white).chain(still(2, 30))), [], "white for {length}");
    }
}

#[test]
fn an_insert_of_two_frames_is_no_shot() {
    assert_eq!(boundaries(25.0, 2.0, still(1, 30).chain(still(2, 2)).chain(still(1, 30))), []);
}

#[test]
fn a_flash_over_a_cut_leaves_one_cut() {
    let frames = still(1, 30).chain([plain(235.0)]).chain(still(2, 30));
    let found = boundaries(25.0, 2.0, frames);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((30..=31).contains(&found[0].0) && found[0].1 == Transition::Cut, "{found:?}");
}

#[test]
fn a_change_of_exposure_is_no_cut() {
    let bright = exposed(&Scene(1).shot(0), 1.25);
    assert_eq!(boundaries(25.0, 2.0, still(1, 30).chain(std::iter::repeat_n(bright, 30))), []);
    let slow = (0..60).map(|frame| exposed(&Scene(1).shot(0), 1.0 - 0.008 * frame as f32));
    assert_eq!(boundaries(25.0, 2.0, slow), []);
}

#[test]
fn somebody_who_walks_through_is_no_cut() {
    let walk = (0..60_i32).map(|frame| {
        let mut picture = Scene(1).shot(0);
        for y in 30..144 {
            let left = (frame - 10) * 10;
            for x in left.max(0)..(left + 60).clamp(0, 256) {
                picture[y * 256 + x as usize] = 30.0;
            }
        }
        picture
    });
    assert_eq!(boundaries(25.0, 2.0, walk), []);
}

#[test]
fn repeated_frames_do_not_make_motion_a_cut() {
    let slow = (0..60).map(|frame| Scene(1).shot(frame / 3 * 9));
    assert_eq!(boundaries(30.0, 0.0, slow), []);
}

#[test]
fn noise_and_black_are_no_cuts() {
    assert_eq!(boundaries(25.0, 20.0, std::iter::repeat_n(plain(120.0), 60)), []);
    assert_eq!(boundaries(25.0, 2.0, std::iter::repeat_n(plain(18.0), 60)), []);
    assert_eq!(boundaries(25.0, 0.0, std::iter::empty()), []);
    assert_eq!(boundaries(25.0, 0.0, still(1, 1)), []);
}

#[test]
fn dissolves_of_any_length_are_one_boundary_near_their_middle() {
    for (length, scenes) in [(10_usize, (1, 2)), (20, (3, 4)), (25, (5, 6)), (38, (7, 8))] {
        let (from, to) = (Scene(scenes.0).shot(0), Scene(scenes.1).shot(0));
        let mixed = (0..length).map(|frame| blend(&from, &to, (frame + 1) as f32 / (length + 1) as f32));
        let found = boundaries(25.0, 2.0, still(scenes.0, 50).chain(mixed).chain(still(scenes.1, 50)));
        assert_eq!(found.len(), 1, "{length}: {found:?}");
        assert_eq!(found[0].1, Transition::Dissolve, "{length}");
        assert!(found[0].0.abs_diff(50 + length / 2) <= 4, "{length}: {found:?}");
    }
}

#[test]
fn a_fade_through_black_or_white_is_one_boundary() {
    for luma in [16.0, 235.0] {
        let blank = plain(luma);
        let ramp = |scene: u32| (1..=12).map(move |step| (Scene(scene).shot(0), step as f32 / 12.0));
        let out = ramp(1).map(|(picture, share)| blend(&picture, &blank, share));
        let back = ramp(2).map(|(picture, share)| blend(&blank, &picture, share));
        let held = std::iter::repeat_n(blank.clone(), 6);
        let found = boundaries(25.0, 1.0, still(1, 40).chain(out).chain(held).chain(back).chain(still(2, 40)));
        assert_eq!(found.len(), 1, "{luma}: {found:?}");
        assert_eq!(found[0].1, Transition::Fade, "{luma}");
        assert!(found[0].0.abs_diff(40 + 12 + 3) <= 3, "{luma}: {found:?}");
    }
}

#[test]
fn hard_cuts_to_and_from_black_are_cuts() {
    let frames = still(1, 40).chain(std::iter::repeat_n(plain(16.0), 25)).chain(still(2, 40));
    assert_eq!(boundaries(25.0, 1.0, frames), [(40, Transition::Cut), (65, Transition::Cut)]);
}

#[test]
fn memory_stays_bounded_however_long_it_runs() {
    let mut detector = ShotDetector::new(25.0);
    let bytes: Vec<u8> = plain(100.0).iter().map(|value| *value as u8).collect();
    let picture = Picture::new(SIZE, &bytes).unwrap();
    let given_back = (0..1000).filter(|_| detector.push(Thumb::of(picture)).is_some()).count();
    assert!(given_back > 900, "{given_back}");
}
