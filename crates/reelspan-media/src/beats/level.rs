//! Which of the pulses that fit is the beat: once or twice as fast, on the attacks or between them.

use super::curve::Curves;
use super::ear::GROUPS;
use super::grid;
use super::tempo::Tempogram;

/// The likeliest tempo, and how fast it falls off to both sides (octaves).
const LIKELIEST: f64 = 120.0;
const SPREAD: f64 = 0.8;
/// What a beat can be; doubling and halving stay within.
const SLOWEST: f64 = 50.0;
const FASTEST: f64 = 216.0;
/// Doubling needs this much more than halving leaves: what fits both ways is left as it was found.
const MARGIN: f32 = 0.08;

/// The chosen pulse and what speaks for the others.
#[derive(Debug)]
pub(super) struct Level {
    /// Frames.
    pub(super) beats: Vec<usize>,
    /// How well the tempogram fits the course.
    pub(super) fit: f32,
    /// 0 to 1, how likely the other readings seem beside this one.
    pub(super) half_beat: f32,
    pub(super) double: f32,
    pub(super) half: f32,
}

/// How strong the attacks are between the beats beside those on them: all together, and by band.
#[derive(Debug, Clone, Copy, Default)]
struct Between {
    all: f32,
    bands: [f32; GROUPS],
}

pub(super) fn choose(curves: &Curves, tempogram: &Tempogram) -> Level {
    let liking = |bpm: f64| (-0.5 * ((bpm / LIKELIEST).log2() / SPREAD).powi(2)).exp() as f32;
    let path = tempogram.path(liking);
    let mut tried = Tried::of(curves, tempogram, &path, 1.0);
    let double = Tried::of(curves, tempogram, &path, 2.0);
    let half = Tried::of(curves, tempogram, &path, 0.5);
    // Twice as fast, if as much happens between the beats as on them; half, if little does.
    let (mut slower, mut faster) = (half, double);
    if faster.tempo() <= FASTEST && fullness(&tried, &faster) > wanted(faster.tempo()) + MARGIN {
        (slower, tried, faster) = (tried, faster, Tried::of(curves, tempogram, &path, 4.0));
    } else if slower.tempo() >= SLOWEST && fullness(&slower, &tried) < wanted(tried.tempo()) {
        (slower, tried, faster) = (Tried::of(curves, tempogram, &path, 0.25), slower, tried);
    }
    let dotted = Tried::of(curves, tempogram, &path, tried.factor * 0.75);
    if dotted.undots(&tried) {
        slower = Tried::of(curves, tempogram, &path, dotted.factor / 2.0);
        faster = Tried::of(curves, tempogram, &path, dotted.factor * 2.0);
        tried = Tried { fit: tried.fit.max(dotted.fit), ..dotted };
    }
    let shift = tried.between.shift();
    let beats = if shift > 1.0 { grid::shifted(&curves.all, &tried.beats) } else { tried.beats.clone() };
    let likely = |over: f32| 1.0 / (1.0 + (-8.0 * over).exp());
    Level {
        beats,
        fit: tried.fit,
        half_beat: likely(if shift > 1.0 { 1.0 / shift } else { shift } - 1.0),
        double: likely(fullness(&tried, &faster) - wanted(faster.tempo()) - MARGIN),
        half: likely(wanted(tried.tempo()) - fullness(&slower, &tried)),
    }
}

/// How full the middles of the slower pulse are; less so where it fits as well as the faster one that beats them, and
/// where the faster one is divided no further: most beats are.
fn fullness(slower: &Tried, faster: &Tried) -> f32 {
    let fits = (slower.fit / faster.fit.max(1e-3)).min(1.2);
    slower.between.fullness() - 0.7 * (fits - 0.6) + 0.3 * (faster.between.all.min(1.0) - 0.25)
}

/// How much must happen on the faster pulse's own beats for it to be the beat: much for a fast one, little for a slow one.
fn wanted(faster: f64) -> f32 {
    (0.82 + 0.88 * (faster / 190.0).log2()).clamp(0.0, 0.95) as f32
}

/// One pulse that was tried.
struct Tried {
    /// Beside the tempo that the tempogram suggests.
    factor: f64,
    /// How strong the attacks on its beats are.
    on: f32,
    course: Vec<f64>,
    beats: Vec<usize>,
    between: Between,
    fit: f32,
}

impl Tried {
    fn of(curves: &Curves, tempogram: &Tempogram, path: &[usize], factor: f64) -> Self {
        let course = tempogram.course(path, factor);
        let beats = grid::beats(&curves.all, &course);
        let between = Between::of(curves, &beats);
        let fit = tempogram.fit(&course);
        let on = mean(&curves.all, &beats);
        Self { factor, on, course, beats, between, fit }
    }

    fn tempo(&self) -> f64 {
        tempo(&self.course)
    }

    /// Three sixteenths are easily taken for a beat. They are none if nothing lies half way between them, while the pulse
    /// of four sixteenths has something there, fits too, and hits as hard.
    fn undots(&self, dotted: &Self) -> bool {
        let empty = dotted.between.all < 0.1 && self.between.all > 0.3;
        empty && self.tempo() >= SLOWEST && self.fit > 0.35 * dotted.fit && self.on > dotted.on
    }
}

/// The middle tempo of a course.
pub(super) fn tempo(course: &[f64]) -> f64 {
    let mut sorted = course.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

impl Between {
    fn of(curves: &Curves, beats: &[usize]) -> Self {
        let middles: Vec<usize> = beats.windows(2).map(|pair| (pair[0] + pair[1]) / 2).collect();
        let ratio = |curve: &[f32]| mean(curve, &middles) / mean(curve, beats).max(1e-3);
        Self { all: ratio(&curves.all), bands: std::array::from_fn(|group| ratio(&curves.bands[group])) }
    }

    /// Whether what lies between is as full a sound as what lies on the beats; hats alone are not.
    fn fullness(&self) -> f32 {
        0.4 * self.all.min(1.0) + 0.35 * self.bands[0].min(1.0) + 0.25 * self.bands[2].min(1.0)
    }

    /// Above 1, the beat is rather where the kicks and the bass are: between what were taken for beats.
    fn shift(&self) -> f32 {
        self.bands[0] / 1.6
    }
}

/// The mean of a curve's peaks at these frames.
pub(super) fn mean(curve: &[f32], frames: &[usize]) -> f32 {
    frames.iter().map(|frame| peak(curve, *frame)).sum::<f32>() / frames.len().max(1) as f32
}

/// The most within three frames.
pub(super) fn peak(curve: &[f32], frame: usize) -> f32 {
    let to = (frame + 4).min(curve.len());
    curve[frame.saturating_sub(3).min(to)..to].iter().copied().fold(0.0, f32::max)
}
