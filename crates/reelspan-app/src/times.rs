//! Times as answers show them: ISO 8601 in UTC, to the millisecond.

use jiff::Timestamp;

/// `2026-11-21T15:04:05.123Z`.
pub fn iso(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX });
    format!("{at:.3}")
}

/// A moment as clients write it: ISO 8601 with an offset, or a day.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let moment = text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
    // A day alone is its midnight. A reader of days would take a moment too, and drop its time.
    let local = || {
        let zoned = text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(zoned.timestamp().as_millisecond())
    };
    moment.or_else(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_out_and_come_back() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_763_737_445_123), "2025-11-21T15:04:05.123Z");
        assert_eq!(parse("2025-11-21T15:04:05.123Z"), Some(1_763_737_445_123));
        assert_eq!(parse("2025-11-21T16:04:05.123+01:00"), Some(1_763_737_445_123));
        assert_eq!(parse("1970-01-02"), Some(86_400_000));
        assert_eq!(parse("1970-01-02T00:00:01"), Some(86_401_000), "without an offset it is UTC");
        for wrong in ["", "yesterday", "2025-13-01", "12345678901234567890"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert!(iso(i64::MAX).starts_with("9999"));
    }
}
