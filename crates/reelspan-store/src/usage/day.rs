//! A day in UTC: a number inside, `2026-11-21` outside. It cannot hold any other text.

use std::fmt;
use std::str::FromStr;

use reelspan_types::Clock;
use serde::{Deserialize, Serialize};

const MS: i64 = 24 * 60 * 60 * 1000;
/// Days from 0000-03-01 to 1970-01-01: years that begin in March end with the leap day.
const EPOCH: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// Days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(i32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a day written as 2026-11-21")]
pub struct DayError;

impl Day {
    pub fn today(clock: &dyn Clock) -> Self {
        Self::at(clock.now_ms())
    }

    /// The day of a moment in milliseconds since 1970-01-01 UTC; a clock that is far off gives the nearest day with four
    /// digits of a year.
    pub fn at(ms: i64) -> Self {
        let (first, last) = (from_calendar(1970, 1, 1), from_calendar(9999, 12, 31));
        Self(ms.div_euclid(MS).clamp(first, last) as i32)
    }

    /// How many days this one lies before another.
    pub fn days_before(self, other: Self) -> i64 {
        i64::from(other.0) - i64::from(self.0)
    }
}

fn from_calendar(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH
}

fn to_calendar(day: i64) -> (i64, i64, i64) {
    let day = day + EPOCH;
    let (era, of_era) = (day.div_euclid(ERA), day.rem_euclid(ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (year + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = to_calendar(i64::from(self.0));
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
        let mut part = || parts.next().flatten().ok_or(DayError);
        let (year, month, day) = (part()?, part()?, part()?);
        let plausible = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        let read = Self(plausible.then(|| from_calendar(year, month, day)).ok_or(DayError)? as i32);
        // Only the one true way to write an existing day.
        if read.to_string() == text { Ok(read) } else { Err(DayError) }
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ms: i64, written: &str) {
        assert_eq!(Day::at(ms).to_string(), written);
        assert_eq!(written.parse(), Ok(Day::at(ms)));
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        check(0, "1970-01-01");
        check(MS - 1, "1970-01-01");
        check(MS, "1970-01-02");
        check(951_782_400_000, "2000-02-29");
        check(1_795_219_199_999, "2026-11-20");
        check(1_795_219_200_000, "2026-11-21");
    }

    #[test]
    fn every_day_of_four_centuries_is_written_and_read_back() {
        let first = from_calendar(1970, 1, 1);
        assert_eq!(first, 0);
        for number in 0..ERA as i32 {
            let day = Day(number);
            assert_eq!(day.to_string().parse(), Ok(day));
            assert!(day.to_string() < Day(number + 1).to_string());
        }
    }

    #[test]
    fn what_is_no_day_has_no_place() {
        for text in
            ["", "today", "2026-02-29", "2026-13-01", "2026-1-1", "+2026-01-01", "2026-01-01 secret", "1969-12-31"]
        {
            assert_eq!(text.parse::<Day>(), Err(DayError), "{text}");
        }
        assert_eq!(Day::at(i64::MIN).to_string(), "1970-01-01");
        assert_eq!(Day::at(i64::MAX).to_string(), "9999-12-31");
    }
}
