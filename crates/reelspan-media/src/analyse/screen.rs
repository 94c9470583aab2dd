//! How much a picture looks like slides or a screen recording.

use super::picture::{Picture, PictureSize};

/// Pictures a second that are looked at.
const RATE: f64 = 2.0;

/// Fed every picture, looks at two a second.
#[derive(Debug)]
pub(super) struct Screens {
    rate: f64,
    frame: usize,
    /// Frame and likelihood.
    looked: Vec<(usize, f32)>,
}

impl Screens {
    pub(super) fn new(rate: f64) -> Self {
        Self { rate, frame: 0, looked: Vec::new() }
    }

    pub(super) fn push(&mut self, picture: Picture<'_>) {
        if self.frame as f64 + 1e-6 >= self.looked.len() as f64 * self.rate / RATE {
            self.looked.push((self.frame, Traits::of(picture).likelihood()));
        }
        self.frame += 1;
    }

    /// The likelihood of the frames from one to before another; `moving` is the share of the picture that moves there.
    pub(super) fn of(&self, from: usize, to: usize, moving: f32) -> f32 {
        let range = |frame| self.looked.partition_point(|(at, _)| *at < frame);
        let mut values: Vec<f32> = self.looked[range(from)..range(to)].iter().map(|(_, value)| *value).collect();
        if values.is_empty() {
            // A shot between two looks is judged by the one before it.
            values.extend(self.looked[..range(to)].last().map(|(_, value)| *value));
        }
        values.sort_by(f32::total_cmp);
        let median = values.get(values.len() / 2).copied().unwrap_or(0.0);
        median * (1.0 - 2.0 * (moving - 0.1)).clamp(0.0, 1.0)
    }
}

/// What tells drawn pictures from filmed ones.
#[derive(Debug, Clone, Copy)]
struct Traits {
    /// Share of 8x8 blocks of next to one value.
    flat: f32,
    /// Share of the other blocks in which dark and light alternate sharply, as in writing.
    written: f32,
    /// Share of all blocks that do.
    writing: f32,
    /// Share of the picture in its four commonest luma levels.
    few_levels: f32,
    /// Share of the strong edges that go straight across or straight down.
    upright: f32,
    /// Share of the picture that has the colour of skin.
    skin: f32,
}

impl Traits {
    fn of(picture: Picture<'_>) -> Self {
        let (flat, writing) = blocks(picture);
        Self {
            flat,
            written: writing / (1.0 - flat).max(0.02),
            writing,
            few_levels: few_levels(picture.luma()),
            upright: upright(picture),
            skin: skin(picture),
        }
    }

    fn likelihood(self) -> f32 {
        let rise = |value: f32, from: f32, to: f32| ((value - from) / (to - from)).clamp(0.0, 1.0);
        let drawn = rise(self.flat, 0.15, 0.45) * 0.4
            + rise(self.few_levels, 0.35, 0.75) * 0.3
            + rise(self.upright, 0.45, 0.7) * 0.3;
        let written = rise(self.written, 0.15, 0.35) * rise(self.writing, 0.01, 0.04);
        (drawn * written * (1.0 - rise(self.skin, 0.1, 0.35))).clamp(0.0, 1.0)
    }
}

/// Share of flat blocks, and of blocks that look like writing.
fn blocks(picture: Picture<'_>) -> (f32, f32) {
    const SPREAD: u8 = 3;
    let PictureSize { width, height } = picture.size();
    let luma = picture.luma();
    let (mut flat, mut writing) = (0, 0);
    for top in (0..height).step_by(8) {
        for left in (0..width).step_by(8) {
            let rows = || (top..top + 8).map(|row| &luma[row * width + left..][..8]);
            let (low, high) =
                rows().flatten().fold((u8::MAX, 0), |(low, high), value| (low.min(*value), high.max(*value)));
            flat += u32::from(high - low <= SPREAD);
            writing += u32::from(high - low >= 2 * STRONG && rows().map(alternations).sum::<u32>() >= 4);
        }
    }
    let all = (width * height / 64) as f32;
    (flat as f32 / all, writing as f32 / all)
}

/// How often a row goes sharply up after it went sharply down, or the other way.
fn alternations(row: &[u8]) -> u32 {
    let (mut count, mut last) = (0, 0);
    for pair in row.windows(2) {
        let step = i32::from(pair[1]) - i32::from(pair[0]);
        if step.abs() >= i32::from(STRONG) {
            count += u32::from(last * step < 0);
            last = step.signum();
        }
    }
    count
}

/// Steps of luma that only ink and outlines make from one pixel to the next.
const STRONG: u8 = 20;

fn few_levels(luma: &[u8]) -> f32 {
    let mut levels = [0_u32; 64];
    for value in luma {
        levels[usize::from(value / 4)] += 1;
    }
    levels.sort_unstable_by(|a, b| b.cmp(a));
    levels[..4].iter().sum::<u32>() as f32 / luma.len() as f32
}

/// Share of strong edges that are upright or level.
fn upright(picture: Picture<'_>) -> f32 {
    let PictureSize { width, height } = picture.size();
    let luma = picture.luma();
    let (mut strong, mut straight) = (0_u32, 0_u32);
    for row in 1..height - 1 {
        for column in 1..width - 1 {
            let at = row * width + column;
            let across = luma[at + 1].abs_diff(luma[at - 1]);
            let down = luma[at + width].abs_diff(luma[at - width]);
            if across.max(down) >= 2 * STRONG {
                strong += 1;
                straight += u32::from(u32::from(across.min(down)) * 5 <= u32::from(across.max(down)));
            }
        }
    }
    straight as f32 / strong.max(1) as f32
}

fn skin(picture: Picture<'_>) -> f32 {
    // The usual box for skin of any tone in blue and red difference.
    let pairs = picture.blue().iter().zip(picture.red());
    let skin = pairs.filter(|(blue, red)| (85..=122).contains(*blue) && (138..=170).contains(*red)).count();
    skin as f32 / picture.blue().len() as f32
}

#[cfg(test)]
mod tests {
    use super::super::pictures::PictureAnalyser;
    use super::*;

    const SIZE: PictureSize = PictureSize { width: 256, height: 144 };

    /// The likelihood of one shot of a second whose luma is drawn by `draw`.
    fn likelihood(draw: impl Fn(usize, usize, usize) -> u8, blue: u8, red: u8) -> f32 {
        let mut analyser = PictureAnalyser::new(10.0);
        for frame in 0..10 {
            let luma =
                (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x, y))).map(|(x, y)| draw(frame, x, y));
            let quarter = SIZE.width * SIZE.height / 4;
            let chroma = std::iter::repeat_n(blue, quarter).chain(std::iter::repeat_n(red, quarter));
            let bytes: Vec<u8> = luma.chain(chroma).collect();
            analyser.push(Picture::new(SIZE, &bytes).unwrap());
        }
        analyser.finish().shots[0].screen
    }

    /// Lines of strokes on plain paper.
    fn writing(x: usize, y: usize) -> u8 {
        let inside = (24..220).contains(&x) && (20..120).contains(&y);
        if inside && y % 12 < 5 && (x / 2 * 7 + y / 12 * 3) % 5 < 2 { 30 } else { 220 }
    }

    #[test]
    fn writing_on_plain_paper_is_a_screen() {
        assert!(likelihood(|_, x, y| writing(x, y), 128, 128) > 0.8);
        assert!(likelihood(|_, x, y| 250 - writing(x, y), 128, 128) > 0.8, "light on dark too");
    }

    #[test]
    fn blank_and_filmed_pictures_are_none() {
        assert_eq!(likelihood(|_, _, _| 220, 128, 128), 0.0);
        let round = |x: usize, y: usize| (60 + (x * x / 300 + y * y / 150 + x * y / 200) % 120) as u8;
        assert!(likelihood(|_, x, y| round(x, y), 128, 128) < 0.1);
        let grain = |frame: usize, x: usize, y: usize| {
            round(x, y) + (((x * 31 + y * 17 + frame * 13) * 2_654_435_761) >> 7) as u8 % 24
        };
        assert!(likelihood(grain, 128, 128) < 0.1);
    }

    #[test]
    fn skin_and_motion_speak_against_a_screen() {
        assert!(likelihood(|_, x, y| writing(x, y), 105, 155) < 0.1);
        assert!(likelihood(|frame, x, y| writing(x, y + frame * 5), 128, 128) < 0.9);
    }
}
