//! Which stretches a person asks for, checked against the recording before anything is done.

use std::str::FromStr;

use reelspan_types::{Span, TimeError, format_time, parse_time};

use super::Refused;

/// Headers round a length; what lies beyond by less than this means the end.
pub(super) const BEYOND: f64 = 0.1;

/// A stretch as it was written: `0:03.3-0:52.7`, or `1:10-end`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    start: f64,
    /// None is the recording's end.
    end: Option<f64>,
    /// The two times as they were written, to be named by.
    from: String,
    to: String,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StretchError {
    #[error("`{0}` is not a stretch; write FROM-TO, such as 0:03.3-0:52.7, or FROM-end")]
    NoStretch(String),
    #[error(transparent)]
    Time(#[from] TimeError),
    #[error("`{from}-{to}` ends before it starts; write {to}-{from}")]
    Reversed { from: String, to: String },
    #[error("`{0}` has no length; make its end later than its start")]
    Empty(String),
}

impl FromStr for Stretch {
    type Err = StretchError;

    fn from_str(text: &str) -> Result<Self, StretchError> {
        let parts = text.trim().split_once(['-', '–']).ok_or_else(|| StretchError::NoStretch(text.to_owned()))?;
        let (from, to) = (parts.0.trim().to_owned(), parts.1.trim().to_owned());
        let start = parse_time(&from)?;
        let end = if to.is_empty() || to.eq_ignore_ascii_case("end") { None } else { Some(parse_time(&to)?) };
        match end {
            Some(end) if end < start => Err(StretchError::Reversed { from, to }),
            Some(end) if end == start => Err(StretchError::Empty(text.trim().to_owned())),
            _ => Ok(Self { start, end, from, to: if end.is_none() { "end".to_owned() } else { to } }),
        }
    }
}

impl std::fmt::Display for Stretch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}-{}", self.from, self.to)
    }
}

/// The stretches in seconds: within the recording, in its order, apart from one another.
pub(super) fn spans(stretches: &[Stretch], flag: &'static str, duration: f64) -> Result<Vec<Span>, Refused> {
    for stretch in stretches {
        let end = format_time(duration);
        if stretch.start >= duration {
            return Err(Refused::AfterEnd { flag, stretch: stretch.to_string(), end });
        }
        if stretch.end.is_some_and(|to| to > duration + BEYOND) {
            let from = stretch.from.clone();
            return Err(Refused::BeyondEnd { flag, stretch: stretch.to_string(), end, from });
        }
    }
    let end = |stretch: &Stretch| stretch.end.unwrap_or(duration).min(duration);
    for (index, earlier) in stretches.iter().enumerate() {
        for later in &stretches[index + 1..] {
            let (first, second) = if later.start < earlier.start { (later, earlier) } else { (earlier, later) };
            if second.start < end(first) {
                let last = if end(second) > end(first) { second } else { first };
                let joined = format!("{}-{}", first.from, last.to);
                let (one, other) = (earlier.to_string(), later.to_string());
                return Err(Refused::Overlap { flag, one, other, joined });
            }
        }
    }
    if stretches.windows(2).any(|pair| pair[1].start < pair[0].start) {
        let mut sorted = stretches.to_vec();
        sorted.sort_by(|a, b| a.start.total_cmp(&b.start));
        let sorted: Vec<_> = sorted.iter().map(ToString::to_string).collect();
        return Err(Refused::OutOfOrder { flag, sorted: sorted.join(",") });
    }
    Ok(stretches.iter().map(|stretch| Span::new(stretch.start, end(stretch))).collect())
}

/// What is left of `keeps` without `drops`; both in order and apart.
pub(super) fn without(keeps: &[Span], drops: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for keep in keeps {
        let mut from = keep.start;
        for drop in drops.iter().filter(|drop| drop.overlap(*keep) > 0.0) {
            if drop.start > from {
                left.push(Span::new(from, drop.start));
            }
            from = from.max(drop.end);
        }
        if keep.end > from {
            left.push(Span::new(from, keep.end));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Stretch> {
        text.split(',').map(|part| part.parse().unwrap()).collect()
    }

    #[test]
    fn stretches_are_read_as_people_write_them() {
        let spans = spans(&read("0:03.3-0:52.7,1:10-1:42,100s - 1:41.5,1:45-end"), "--keep", 120.0);
        assert!(spans.is_err(), "100 s lies within 1:10-1:42");
        let spans = super::spans(&read("0:03.3-0:52.7,1:10-1:42,1:45-end"), "--keep", 120.0).unwrap();
        assert_eq!(spans, [Span::new(3.3, 52.7), Span::new(70.0, 102.0), Span::new(105.0, 120.0)]);
        assert_eq!(super::spans(&read("5-"), "--keep", 9.5).unwrap(), [Span::new(5.0, 9.5)]);
    }

    #[track_caller]
    fn refused(text: &str, mend: &str) {
        let said = text.parse::<Stretch>().unwrap_err().to_string();
        assert!(said.contains(text.trim()) && said.contains(mend), "{said}");
    }

    #[test]
    fn what_is_no_stretch_is_refused_with_the_mend() {
        refused("0:52.7-0:03.3", "write 0:03.3-0:52.7");
        refused("5-5", "later");
        refused("0:03", "FROM-TO");
        assert!("0:61-2:00".parse::<Stretch>().is_err());
        assert!("-5".parse::<Stretch>().is_err());
    }

    #[track_caller]
    fn check(text: &str, code: &str, said: &[&str]) {
        let refused = spans(&read(text), "--keep", 60.04).unwrap_err();
        let sentence = refused.to_string();
        assert_eq!(refused.code(), code, "{sentence}");
        assert!(said.iter().all(|part| sentence.contains(part)), "{sentence}");
    }

    #[test]
    fn stretches_that_do_not_fit_are_named_with_the_mend() {
        check("1:10-1:42", "keep_after_end", &["--keep 1:10-1:42", "1:00.0"]);
        check("0:50-1:42", "keep_beyond_end", &["--keep 0:50-1:42", "0:50-end"]);
        check("0:10-0:30,0:20-0:40", "keep_overlap", &["0:10-0:30", "0:20-0:40", "write 0:10-0:40"]);
        check("0:20-0:40,0:10-0:30", "keep_overlap", &["write 0:10-0:40"]);
        check("0:10-0:50,0:20-0:40", "keep_overlap", &["write 0:10-0:50"]);
        check("0:10-end,0:20-0:40", "keep_overlap", &["write 0:10-end"]);
        check("0:30-0:40,0:10-0:20", "keep_out_of_order", &["write --keep 0:10-0:20,0:30-0:40"]);
    }

    #[test]
    fn the_end_as_people_read_it_is_the_end() {
        assert_eq!(spans(&read("50-60.1"), "--keep", 60.04).unwrap(), [Span::new(50.0, 60.04)]);
        assert_eq!(spans(&read("0-10,10-20"), "--keep", 60.04).unwrap().len(), 2, "to touch is not to overlap");
    }

    #[test]
    fn what_is_dropped_is_taken_out_of_what_is_kept() {
        let whole = [Span::new(0.0, 10.0), Span::new(20.0, 30.0)];
        let left = without(&whole, &[Span::new(2.0, 3.0), Span::new(8.0, 22.0), Span::new(25.0, 30.0)]);
        assert_eq!(left, [Span::new(0.0, 2.0), Span::new(3.0, 8.0), Span::new(22.0, 25.0)]);
        assert_eq!(without(&whole, &[]), whole);
        assert!(without(&whole[..1], &[Span::new(0.0, 10.0)]).is_empty());
    }
}
