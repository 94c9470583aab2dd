//! Spans of media time in seconds, and how people write them.

use serde::{Deserialize, Serialize};

/// A stretch of a recording: seconds from its start, `end` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub start: f64,
    pub end: f64,
}

impl Span {
    pub fn new(start: f64, end: f64) -> Self {
        Self { start, end }
    }

    pub fn seconds(self) -> f64 {
        (self.end - self.start).max(0.0)
    }

    pub fn middle(self) -> f64 {
        (self.start + self.end) / 2.0
    }

    pub fn contains(self, at: f64) -> bool {
        self.start <= at && at < self.end
    }

    /// The stretch that both cover, if they meet at all.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let both = Self::new(self.start.max(other.start), self.end.min(other.end));
        (both.end > both.start).then_some(both)
    }

    /// How many seconds both cover.
    pub fn overlap(self, other: Self) -> f64 {
        self.intersect(other).map_or(0.0, Self::seconds)
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is not a time; write seconds (12.5), minutes (1:12.5), hours (1:02:12.5), or a unit (90s, 15m, 1.5h, 250ms)"
)]
pub struct TimeError(pub String);

/// Reads `12.5`, `90s`, `250ms`, `2m`, `1h`, `1:12.5` and `1:02:12.5` as seconds.
pub fn parse_time(text: &str) -> Result<f64, TimeError> {
    let wrong = || TimeError(text.to_owned());
    let trimmed = text.trim();
    let (number, unit) = match trimmed.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => (&trimmed[..at], &trimmed[at..]),
        None => (trimmed, ""),
    };
    let scale = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let parts: Vec<&str> = number.split(':').collect();
    if parts.len() > 3 || (parts.len() > 1 && !unit.is_empty()) {
        return Err(wrong());
    }
    let mut seconds = 0.0;
    for (index, part) in parts.iter().enumerate() {
        let plain = !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '.');
        let value: f64 = part.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        if index > 0 && value >= 60.0 {
            return Err(wrong());
        }
        seconds = seconds * 60.0 + value;
    }
    Ok(seconds * scale)
}

/// Writes seconds as `1:02:03.4`, `2:03.4`: to a tenth, for people.
pub fn format_time(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60);
    let (whole, tenth) = (tenths / 10 % 60, tenths % 10);
    if hours > 0 { format!("{hours}:{minutes:02}:{whole:02}.{tenth}") } else { format!("{minutes}:{whole:02}.{tenth}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: f64) {
        assert!((parse_time(text).unwrap() - seconds).abs() < 1e-9, "{text}");
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        check("12.5", 12.5);
        check("15s", 15.0);
        check("250ms", 0.25);
        check("1.5m", 90.0);
        check("0:03.3", 3.3);
        check("1:02:03", 3723.0);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "s", "-3", "1:60", "1:2:3:4", "1:30m", "12x", "1e3", "nan", "١٢", ":", "1:"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_written_time_reads_back() {
        for seconds in [0.0, 3.3, 59.9, 61.0, 3599.9, 3723.4] {
            check(&format_time(seconds), seconds);
        }
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        assert_eq!(Span::new(0.0, 1.0).intersect(Span::new(1.0, 2.0)), None);
        assert_eq!(Span::new(0.0, 2.0).overlap(Span::new(1.0, 3.0)), 1.0);
    }
}
