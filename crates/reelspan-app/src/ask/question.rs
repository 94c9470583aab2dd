//! What a question asks for: a time, something that was measured, the whole, or words.

mod aims;
mod signals;
mod times;

use reelspan_types::Span;

use super::project::Recording;
use super::search::Bounds;
use super::tokens::{self, Language, Token};

pub(crate) use aims::{Aim, is_meta};
pub(crate) use signals::Signal;
pub(crate) use times::When;

/// A question, taken apart.
pub(crate) struct Question {
    /// Its words without those that name a time or a file.
    pub(crate) words: Vec<Token>,
    pub(crate) when: Option<When>,
    /// Asks for what was measured and for nothing else.
    pub(crate) signal: Option<Signal>,
    /// What else than its words it is after.
    pub(crate) aim: Aim,
    /// The recording that it names, by number.
    pub(crate) recording: Option<usize>,
}

impl Question {
    /// `likely` are the languages of the project.
    pub(crate) fn read(text: &str, recordings: &[Recording], likely: &[Language]) -> Self {
        let (text, recording) = without_file(text, recordings);
        let (text, when) = times::take(&text);
        let words = tokens::tokens(&text);
        let signal = signals::of(&words);
        let aim = aims::of(&words, likely);
        Self { words, when, signal, aim, recording }
    }

    /// Where it wants to be answered from.
    pub(crate) fn bounds(&self, recordings: &[Recording]) -> Bounds {
        let mut within = Vec::new();
        if self.when.is_none() && self.recording.is_none() {
            return Bounds { within };
        }
        for (number, recording) in recordings.iter().enumerate() {
            if self.recording.is_some_and(|named| named != number) {
                continue;
            }
            let whole = Span::new(0.0, f64::INFINITY);
            within.push((number, self.when.map_or(whole, |when| when.span(recording.duration))));
        }
        Bounds { within }
    }
}

/// "... in interview.mp4 ...": with several recordings, the file that is named and the question without it.
fn without_file(text: &str, recordings: &[Recording]) -> (String, Option<usize>) {
    if recordings.len() < 2 {
        return (text.to_owned(), None);
    }
    let folded = text.to_lowercase();
    // The longest name first, so that `day10.mp4` is not taken for `0.mp4`.
    let mut numbers: Vec<usize> = (0..recordings.len()).collect();
    numbers.sort_by_key(|number| std::cmp::Reverse(recordings[*number].name.len()));
    for number in numbers {
        let name = recordings[number].name.to_lowercase();
        let Some(at) = folded.find(&name).filter(|_| name.contains('.') && folded.len() == text.len()) else {
            continue;
        };
        let rest = format!("{} {}", &text[..at], &text[at + name.len()..]);
        return (rest, Some(number));
    }
    (text.to_owned(), None)
}
