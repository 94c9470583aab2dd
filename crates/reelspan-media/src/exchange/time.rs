//! Exact times: frame rates as fractions, seconds as fractions, timecode.

use std::fmt;

use crate::render::timeline;

/// Frames a second as an exact fraction: 24000/1001 is 23.976.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub num: u32,
    pub den: u32,
}

impl Rate {
    pub const SOUND_ALONE: Self = Self { num: 30, den: 1 };

    /// The rate that a clip of such a source is rendered with.
    pub(super) fn rendered(nominal: f64, variable: bool) -> Self {
        let rate = timeline::Rate::for_source(nominal, variable);
        Self { num: rate.num, den: rate.den }
    }

    /// The nearest exact rate, whatever it is.
    pub(super) fn nearest(nominal: f64) -> Self {
        let rate = timeline::Rate::nearest(if nominal.is_finite() && nominal > 0.0 { nominal } else { 30.0 });
        Self { num: rate.num.max(1), den: rate.den.max(1) }
    }

    pub fn value(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// What timecode counts to: 30 for 29.97.
    pub(super) fn nominal(self) -> i64 {
        (self.value().round() as i64).max(1)
    }

    /// A thousandth slower than a whole number, as American television is.
    pub(super) fn is_ntsc(self) -> bool {
        self.den == 1001
    }

    /// The frame nearest to a time.
    pub(super) fn nearest_frame(self, seconds: f64) -> i64 {
        (seconds * self.value()).round() as i64
    }

    /// How long some frames last.
    pub(super) fn seconds(self, frames: i64) -> Seconds {
        Seconds::new(i128::from(frames) * i128::from(self.den), i128::from(self.num))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(out, "{}", self.num) } else { write!(out, "{:.3}", self.value()) }
    }
}

impl std::str::FromStr for Rate {
    type Err = String;

    /// `25`, `29.97` or `30000/1001`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no frame rate; write 25, 29.97 or 30000/1001");
        let rate = match text.split_once('/') {
            Some((num, den)) => Self {
                num: num.parse().map_err(|_| wrong())?,
                den: den.parse().ok().filter(|den| *den > 0).ok_or_else(wrong)?,
            },
            None => {
                let nominal: f64 = text.parse().map_err(|_| wrong())?;
                if !(nominal.is_finite() && nominal > 0.0) {
                    return Err(wrong());
                }
                Self::nearest(nominal)
            }
        };
        if (1.0..=240.0).contains(&rate.value()) { Ok(rate) } else { Err(wrong()) }
    }
}

/// Seconds as a fraction in its lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seconds {
    num: i128,
    den: i128,
}

impl Seconds {
    pub(super) fn new(num: i128, den: i128) -> Self {
        let (mut a, mut b) = (num.abs(), den.abs().max(1));
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self { num: num / a.max(1), den: den / a.max(1) }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self::new(self.num * other.den + other.num * self.den, self.den * other.den)
    }

    pub(super) fn value(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

/// As FCPXML writes it: `1001/30000s`, `5s`.
impl fmt::Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(out, "{}s", self.num) } else { write!(out, "{}/{}s", self.num, self.den) }
    }
}

/// Numbers that drop-frame timecode leaves out at nine of ten minutes.
fn dropped(rate: Rate) -> i64 {
    rate.nominal() / 15
}

/// Whether timecode can drop numbers at a rate: only 29.97 and 59.94 are counted so.
pub(super) fn may_drop(rate: Rate) -> bool {
    rate.is_ntsc() && rate.nominal() % 30 == 0
}

/// `01:00:00:00`, with a semicolon before the frames where numbers are dropped. It starts again after a day.
pub(super) fn timecode(rate: Rate, frames: i64, drop: bool) -> String {
    let drop = drop && may_drop(rate);
    let nominal = rate.nominal();
    let mut number = frames.max(0);
    if drop {
        let skip = dropped(rate);
        let (minute, ten) = (nominal * 60 - skip, nominal * 600 - 9 * skip);
        let (tens, rest) = (number / ten, number % ten);
        // The first minute of ten keeps all its numbers.
        number += tens * 9 * skip + if rest < nominal * 60 { 0 } else { ((rest - nominal * 60) / minute + 1) * skip };
    }
    let (frame, second) = (number % nominal, number / nominal);
    let mark = if drop { ';' } else { ':' };
    format!("{:02}:{:02}:{:02}{mark}{frame:02}", second / 3600 % 24, second / 60 % 60, second % 60)
}

/// The frame that a timecode numbers, and whether it drops numbers; none for text that is no timecode.
pub fn timecode_frames(text: &str, rate: Rate) -> Option<(i64, bool)> {
    let parts: Vec<i64> = text.trim().split([':', ';', '.']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let &[hour, minute, second, frame] = parts.as_slice() else { return None };
    let nominal = rate.nominal();
    let sane = (0..=23).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    if !sane || !(0..nominal).contains(&frame) {
        return None;
    }
    let drop = text.contains([';', '.']) && may_drop(rate);
    let minutes = hour * 60 + minute;
    let left_out = if drop { dropped(rate) * (minutes - minutes / 10) } else { 0 };
    Some((((minutes * 60) + second) * nominal + frame - left_out, drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NTSC: Rate = Rate { num: 30_000, den: 1001 };
    const PAL: Rate = Rate { num: 25, den: 1 };

    #[test]
    fn drop_frame_timecode_keeps_up_with_the_clock() {
        for (frames, told) in [
            (0, "00:00:00;00"),
            (1799, "00:00:59;29"),
            (1800, "00:01:00;02"),
            (17_981, "00:09:59;29"),
            (17_982, "00:10:00;00"),
            (107_892, "01:00:00;00"),
        ] {
            assert_eq!(timecode(NTSC, frames, true), told);
            assert_eq!(timecode_frames(told, NTSC), Some((frames, true)));
        }
        let fast = Rate { num: 60_000, den: 1001 };
        assert_eq!(timecode(fast, 3600, true), "00:01:00;04");
        assert_eq!(timecode_frames("00:01:00;04", fast), Some((3600, true)));
    }

    #[test]
    fn timecode_without_drops_counts_every_frame() {
        assert_eq!(timecode(NTSC, 1800, false), "00:01:00:00");
        assert_eq!(timecode(PAL, 90_001, false), "01:00:00:01");
        assert_eq!(timecode(PAL, 25 * 86_400, false), "00:00:00:00");
        // 25 frames a second know no dropping, whatever is asked.
        assert_eq!(timecode(PAL, 1500, true), "00:01:00:00");
        for text in ["", "01:00:00", "01:00:00:25", "aa:00:00:00", "01:60:00:00", "-1:00:00:00"] {
            assert_eq!(timecode_frames(text, PAL), None, "{text}");
        }
    }

    #[test]
    fn seconds_are_exact() {
        assert_eq!(NTSC.seconds(1).to_string(), "1001/30000s");
        assert_eq!(PAL.seconds(50).to_string(), "2s");
        assert_eq!(PAL.seconds(1).plus(Rate { num: 24, den: 1 }.seconds(1)).to_string(), "49/600s");
        assert_eq!(PAL.seconds(0).to_string(), "0s");
    }

    #[test]
    fn rates_are_read_as_people_write_them() {
        assert_eq!("29.97".parse(), Ok(NTSC));
        assert_eq!("25".parse(), Ok(PAL));
        assert_eq!("24000/1001".parse(), Ok(Rate { num: 24_000, den: 1001 }));
        for text in ["", "0", "x", "25/0", "1000", "inf", "-25"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
