//! The steady frame grid of one clip: which rate, which source time its first frame has, how many frames there are.

use reelspan_types::Span;

use crate::probe::MediaInfo;

pub(crate) const SAMPLE_RATE: u32 = 48_000;

/// Publishers refuse fewer frames a second, so slower sources repeat theirs a whole number of times.
const SLOWEST: f64 = 23.0;
const FASTEST: f64 = 60.0;
/// What a rounded time may differ from the frame it means, in frames: a bound written with three decimals still finds its cut.
const SLACK: f64 = 0.1;
/// Sound decoders need some packets before they are right.
const PREROLL: f64 = 0.5;
/// Transport and program streams are entered anywhere, so the key frame may lie far before.
const PREROLL_WITHOUT_INDEX: f64 = 10.0;
/// Where an index names the key frames by their times, pictures alone need only a little for rounding: every second more
/// may cost the whole group of pictures before.
const PREROLL_OF_PICTURES: f64 = 0.1;

/// Frames a second as an exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) num: u32,
    pub(crate) den: u32,
}

const COMMON: [Rate; 9] = [
    Rate { num: 24_000, den: 1001 },
    Rate { num: 24, den: 1 },
    Rate { num: 25, den: 1 },
    Rate { num: 30_000, den: 1001 },
    Rate { num: 30, den: 1 },
    Rate { num: 48, den: 1 },
    Rate { num: 50, den: 1 },
    Rate { num: 60_000, den: 1001 },
    Rate { num: 60, den: 1 },
];

impl Rate {
    pub(crate) fn value(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// The finished rate for a source: its own where that is usual, a whole multiple or part of it where it is slower or
    /// faster, and the next usual one for sources without a steady rate.
    pub(crate) fn for_source(nominal: f64, variable: bool) -> Self {
        if !nominal.is_finite() || nominal <= 0.0 {
            return Self { num: 30, den: 1 };
        }
        if variable || nominal > 480.0 {
            let wanted = nominal.min(FASTEST) * 0.97;
            return COMMON.into_iter().find(|rate| rate.value() >= wanted).unwrap_or(Self { num: 60, den: 1 });
        }
        let exact = Self::nearest(nominal);
        if nominal < SLOWEST {
            let times = (SLOWEST / nominal).ceil().min(1000.0) as u32;
            return Self { num: exact.num.saturating_mul(times), den: exact.den }.within_bounds();
        }
        let parts = (nominal / (FASTEST + 0.01)).ceil().max(1.0) as u32;
        Self { num: exact.num, den: exact.den * parts }.within_bounds()
    }

    /// Rates such as one frame an hour have no whole multiple that fits.
    fn within_bounds(self) -> Self {
        let fits = (SLOWEST - 0.01..=FASTEST + 0.01).contains(&self.value());
        if fits { self.reduced() } else { Self { num: 30, den: 1 } }
    }

    fn reduced(self) -> Self {
        let (mut a, mut b) = (self.num, self.den);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self { num: self.num / a, den: self.den / a }
    }

    pub(crate) fn nearest(value: f64) -> Self {
        let close = |rate: &Rate| (rate.value() - value).abs() < 0.002;
        if let Some(rate) = COMMON.into_iter().find(close) {
            return rate;
        }
        for den in [1_u32, 2, 3, 4, 5, 1001] {
            let num = (value * f64::from(den)).round();
            if num >= 1.0 && (num / f64::from(den) - value).abs() < 1e-4 {
                return Self { num: num as u32, den };
            }
        }
        Self { num: (value * 1000.0).round().max(1.0) as u32, den: 1000 }
    }
}

/// Where a clip's frames and samples come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timeline {
    pub(crate) rate: Rate,
    /// Seconds of the source at which the first frame and the first sample stand.
    pub(crate) start: f64,
    pub(crate) frames: u64,
    /// Seconds of the source to which the demuxer is sent; a little before `start`.
    pub(crate) seek: f64,
    /// Seconds by which a frame of the source may come after one of ours and still be shown there. Half a frame makes it the
    /// nearest, which forgives every jitter of a source of the same rate.
    pub(crate) late: f64,
}

impl Timeline {
    pub(crate) fn new(info: &MediaInfo, span: Span) -> Self {
        let rate = match &info.video {
            Some(video) => Rate::for_source(video.frame_rate, video.variable_frame_rate),
            None => Rate { num: 30, den: 1 },
        };
        // On the source's own grid every frame keeps its place, and the frame that is shown at `start` comes first.
        let start = match &info.video {
            Some(video) if !video.variable_frame_rate => {
                let frames = ((span.start - video.start) * rate.value() + SLACK).floor();
                video.start + frames / rate.value()
            }
            _ => span.start,
        };
        let frames = (span.seconds() * rate.value()).round().max(1.0) as u64;
        Self { rate, start, frames, seek: (start - preroll(info)).max(0.0), late: 0.5 / rate.value() }
    }

    /// For pictures alone at a rate that need not be the source's own: the frame that is shown at `start` comes first, and
    /// none comes before its time, so that what follows a cut of the source is never seen before it. `start` may lie before
    /// the source.
    pub(crate) fn pictures(info: &MediaInfo, rate: Rate, start: f64, frames: u64) -> Self {
        let steady = info.video.as_ref().filter(|video| !video.variable_frame_rate);
        let Some(video) = steady else {
            return Self { rate, start, frames, seek: (start - preroll(info)).max(0.0), late: SLACK / rate.value() };
        };
        let own = own_rate(video.frame_rate);
        let start = video.start + ((start - video.start) * own + SLACK).floor() / own;
        let finer = own.max(rate.value());
        let times = finer / own.min(rate.value());
        // On grids that meet in every frame, half a step is as far from one as from the next.
        let slack = if (times - times.round()).abs() < 1e-4 { 0.5 } else { SLACK };
        let indexed = matches!(demuxer(&info.container), "mov" | "matroska");
        let preroll = if indexed { PREROLL_OF_PICTURES } else { preroll(info) };
        Self { rate, start, frames, seek: (start - preroll).max(0.0), late: slack / finer }
    }

    /// For sound alone, as long as so many frames.
    pub(crate) fn sound(info: &MediaInfo, rate: Rate, start: f64, frames: u64) -> Self {
        Self { rate, start, frames, seek: (start - preroll(info)).max(0.0), late: 0.5 / rate.value() }
    }

    /// A single picture has no time of its own: it is there from `start` on.
    pub(crate) fn still(rate: Rate, start: f64, frames: u64) -> Self {
        Self { rate, start, frames, seek: start, late: 0.5 / rate.value() }
    }

    /// How far after the place it was sent to the clip begins.
    pub(crate) fn offset(&self) -> f64 {
        self.start - self.seek
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.frames as f64 / self.rate.value()
    }

    pub(crate) fn samples(&self) -> u64 {
        (self.seconds() * f64::from(SAMPLE_RATE)).round() as u64
    }

    /// The source time of a frame.
    pub(crate) fn time(&self, frame: u64) -> f64 {
        self.start + frame as f64 / self.rate.value()
    }

    /// The first frame that stands at or after a source time.
    pub(crate) fn frame(&self, time: f64) -> u64 {
        let frame = ((time - self.start) * self.rate.value() - SLACK).ceil().max(0.0);
        (frame as u64).min(self.frames)
    }
}

fn own_rate(frame_rate: f64) -> f64 {
    if frame_rate.is_finite() && frame_rate > 0.0 { Rate::nearest(frame_rate).value() } else { 30.0 }
}

fn preroll(info: &MediaInfo) -> f64 {
    if matches!(demuxer(&info.container), "mpegts" | "mpeg") { PREROLL_WITHOUT_INDEX } else { PREROLL }
}

/// One name of ffmpeg's list of names for the same demuxer (`mov,mp4,m4a,3gp,3g2,mj2`): `-f` takes one only.
pub(crate) fn demuxer(names: &str) -> &str {
    names.split(',').next().unwrap_or(names)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{info, video};
    use super::*;

    #[track_caller]
    fn check(nominal: f64, variable: bool, num: u32, den: u32) {
        assert_eq!(Rate::for_source(nominal, variable), Rate { num, den }, "{nominal}");
    }

    #[test]
    fn a_usual_rate_is_kept_exactly() {
        check(29.97, false, 30_000, 1001);
        check(30_000.0 / 1001.0, false, 30_000, 1001);
        check(23.976, false, 24_000, 1001);
        check(25.0, false, 25, 1);
        check(60.0, false, 60, 1);
        check(59.94, false, 60_000, 1001);
        check(26.5, false, 53, 2);
    }

    #[test]
    fn slow_and_fast_rates_are_multiplied_or_divided_by_whole_numbers() {
        check(10.0, false, 30, 1);
        check(12.5, false, 25, 1);
        check(15.0, false, 30, 1);
        check(1.0, false, 23, 1);
        check(120.0, false, 60, 1);
        check(144.0, false, 48, 1);
        check(240.0, false, 60, 1);
    }

    #[test]
    fn without_a_steady_rate_the_next_usual_one_is_taken() {
        check(28.3, true, 30_000, 1001);
        check(12.0, true, 24_000, 1001);
        check(53.0, true, 60_000, 1001);
        check(90_000.0, true, 60_000, 1001);
        check(0.0, true, 30, 1);
        check(f64::NAN, false, 30, 1);
    }

    #[test]
    fn the_frame_shown_at_the_start_comes_first() {
        let info = info(Some(video(1920, 1080, 25.0)));
        let timeline = Timeline::new(&info, Span::new(10.02, 20.02));
        assert!((timeline.start - 10.0).abs() < 1e-9);
        assert_eq!(timeline.frames, 250);
        assert!((timeline.seek - 9.5).abs() < 1e-9);
    }

    #[test]
    fn a_start_rounded_to_milliseconds_still_finds_its_frame() {
        let mut source = video(640, 360, 29.97);
        source.start = 0.852;
        let info = info(Some(source));
        let cut = 0.852 + 20.0 * 1001.0 / 30_000.0;
        let timeline = Timeline::new(&info, Span::new(f64::floor(cut * 1000.0) / 1000.0, 5.0));
        assert!((timeline.start - cut).abs() < 1e-9);
        assert_eq!(timeline.frame(cut), 0);
    }

    #[test]
    fn a_clip_may_begin_before_the_picture() {
        let mut source = video(640, 360, 29.97);
        source.start = 0.852;
        let timeline = Timeline::new(&info(Some(source)), Span::new(0.0, 2.0));
        assert!(timeline.start <= 0.0 && timeline.start > -1.0 / 29.0);
        assert!(timeline.seek.abs() < 1e-9);
        assert_eq!(timeline.frames, 60);
    }

    #[test]
    fn at_another_rate_no_frame_comes_before_its_time() {
        let info = info(Some(video(1920, 1080, 24.0)));
        let slow = Timeline::pictures(&info, Rate { num: 60, den: 1 }, 10.02, 30);
        assert!((slow.start - 10.0).abs() < 1e-9 && slow.late < 0.002, "{slow:?}");
        let double = Timeline::pictures(&info, Rate { num: 48, den: 1 }, 10.0, 30);
        assert!((double.late - 0.5 / 48.0).abs() < 1e-9, "{double:?}");
        let before = Timeline::pictures(&info, Rate { num: 24, den: 1 }, -0.25, 30);
        assert!((before.start + 0.25).abs() < 1e-9 && before.seek.abs() < 1e-9, "{before:?}");
    }

    #[test]
    fn bounds_of_shots_fall_on_frames() {
        let timeline = Timeline { rate: Rate { num: 25, den: 1 }, start: 10.0, frames: 100, seek: 9.5, late: 0.02 };
        assert_eq!(timeline.frame(10.0), 0);
        assert_eq!(timeline.frame(10.04), 1);
        assert_eq!(timeline.frame(10.041), 1);
        assert_eq!(timeline.frame(10.06), 2);
        assert_eq!(timeline.frame(99.0), 100);
        assert_eq!(timeline.frame(0.0), 0);
    }
}
