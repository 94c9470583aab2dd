//! Reads the citations that models write, in the many ways in which they write them.

/// What a model points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pointer {
    Sentence(usize),
    Fact(usize),
}

/// A range that is longer points at nothing in particular.
const LONGEST_RANGE: usize = 12;

/// What stands between brackets, if it is a citation and nothing else: `s12`, `S3, s4`, `s3-s6`, `sentence 4`, `^s2`, `0:00`.
///
/// A time alone is a citation of nothing: it is swallowed, since models make them up and the true ones are printed.
pub(crate) fn read(inside: &str, square: bool) -> Option<Vec<Pointer>> {
    let mut found: Vec<Pointer> = Vec::new();
    let mut timed = false;
    let mut range_from: Option<usize> = None;
    // Whether the last id had a letter: `s3, 4` goes on with numbers alone.
    let mut lettered = square;
    let spaced = inside.replace(['–', '—', '‑'], "-").replace('-', " - ");
    for word in
        spaced.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&' | '+' | '/' | '|' | '^' | '#' | '.'))
    {
        let word = word.trim_matches(|c: char| matches!(c, '[' | ']' | '(' | ')' | '*' | '`' | '"' | '\'' | ':'));
        match word.to_lowercase().as_str() {
            "" | "and" | "und" | "et" | "y" | "e" | "sentence" | "sentences" | "id" | "ids" | "see" | "cf"
            | "source" | "sources" | "satz" | "phrase" | "и" => {}
            "-" | "to" | "bis" => {
                range_from = found.last().and_then(|last| if let Pointer::Sentence(n) = last { Some(*n) } else { None })
            }
            "s" | "f" => lettered = true,
            other => {
                if is_time(other) {
                    timed = true;
                    continue;
                }
                let (pointer, letter) = pointer(other)?;
                if !letter && !lettered {
                    return None;
                }
                lettered |= letter;
                if let (Some(from), Pointer::Sentence(to)) = (range_from.take(), pointer) {
                    found.extend((from + 1..to.min(from + LONGEST_RANGE)).map(Pointer::Sentence));
                }
                found.push(pointer);
            }
        }
    }
    (!found.is_empty() || timed).then_some(found)
}

/// `s12`, `f3`, `12`.
fn pointer(word: &str) -> Option<(Pointer, bool)> {
    let word = word.trim_end_matches(':');
    let (letter, digits) = match word.chars().next()? {
        's' => (Some('s'), &word[1..]),
        'f' => (Some('f'), &word[1..]),
        _ => (None, word),
    };
    let digits = digits.trim_start_matches([':', '_']);
    let number = (!digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()?;
    Some((if letter == Some('f') { Pointer::Fact(number) } else { Pointer::Sentence(number) }, letter.is_some()))
}

fn is_time(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    (2..=3).contains(&parts.len())
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `s12` standing in the text without brackets.
pub(crate) fn bare(word: &str) -> Option<Pointer> {
    let word = word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '*'));
    let digits = word.strip_prefix(['s', 'S'])?;
    // "s1" may be a season or a product; a bare id has no other reading from two digits on.
    (digits.len() >= 2).then(|| pointer(&word.to_lowercase())).flatten().map(|(pointer, _)| pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(inside: &str, sentences: &[usize]) {
        let wanted: Vec<Pointer> = sentences.iter().map(|number| Pointer::Sentence(*number)).collect();
        assert_eq!(read(inside, true), Some(wanted), "{inside}");
    }

    #[test]
    fn citations_are_read_however_they_are_written() {
        check("s12", &[12]);
        check("S3, s4", &[3, 4]);
        check("s3,4", &[3, 4]);
        check("s3-s6", &[3, 4, 5, 6]);
        check("s3–5", &[3, 4, 5]);
        check("s3 and s4", &[3, 4]);
        check("sentence 12", &[12]);
        check("^s2", &[2]);
        check("12", &[12]);
        check("s12, 0:34", &[12]);
        check("s: 7", &[7]);
        check("0:00", &[]);
        check("0:12-0:30", &[]);
        assert_eq!(read("f2", true), Some(vec![Pointer::Fact(2)]));
        assert_eq!(read("s4", false), Some(vec![Pointer::Sentence(4)]));
    }

    #[test]
    fn brackets_around_words_are_no_citations() {
        for inside in ["laughs", "12 people", "the s4 model", "", "a.k.a. Bob", "s"] {
            assert_eq!(read(inside, true), None, "{inside}");
        }
        assert_eq!(read("12", false), None, "a number in round brackets is a number");
        assert_eq!(read("2019", false), None);
    }

    #[test]
    fn an_endless_range_is_cut() {
        assert_eq!(read("s1-s999999999", true).map(|found| found.len()), Some(LONGEST_RANGE + 1));
    }
}
