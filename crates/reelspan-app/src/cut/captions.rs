//! The words that are left, at the times at which the finished file says them.

use reelspan_media::captions;
use reelspan_media::plan::Clip;
use reelspan_media::transcript::{Transcript, Word};
use reelspan_types::Span;

/// What was kept, and where it begins in the finished file.
pub(super) type Shown = (Span, f64);

/// As SRT; none where nothing that is kept is said.
pub(super) fn srt(transcript: &Transcript, shown: &[Shown]) -> Option<String> {
    let words = moved(&transcript.words, shown);
    let whole = Span::new(0.0, shown.iter().map(|(keep, at)| at + keep.seconds()).fold(0.0, f64::max));
    let captions = captions::group(&words, whole, transcript.language.as_deref());
    let file = Clip {
        id: "cut".to_owned(),
        start: whole.start,
        end: whole.end,
        title: String::new(),
        hook: None,
        score: 0.0,
        reason: String::new(),
        thumbnail: None,
        terms: Vec::new(),
        layouts: std::collections::BTreeMap::new(),
        captions,
    };
    Some(captions::srt(&file)).filter(|text| !text.is_empty())
}

/// A word that is cut through stays where more of it is heard than not.
fn moved(words: &[Word], shown: &[Shown]) -> Vec<Word> {
    let mut left = Vec::new();
    for (keep, at) in shown {
        let from = words.partition_point(|word| word.end <= keep.start);
        let inside = words[from..].iter().take_while(|word| word.start < keep.end);
        left.extend(inside.filter(|word| keep.contains(word.span().middle())).map(|word| Word {
            start: word.start.max(keep.start) - keep.start + at,
            end: word.end.min(keep.end) - keep.start + at,
            ..word.clone()
        }));
    }
    left
}

#[cfg(test)]
mod tests {
    use reelspan_media::transcript::Timing;

    use super::*;

    fn word(start: f64, end: f64, text: &str) -> Word {
        Word { start, end, text: text.to_owned(), confidence: None, speaker: None }
    }

    #[test]
    fn words_move_with_what_is_kept_and_others_go() {
        let words = [word(0.0, 1.0, "one"), word(1.9, 2.5, "two"), word(3.0, 4.0, "three"), word(5.9, 6.9, "four")];
        let left = moved(&words, &[(Span::new(2.0, 4.0), 0.0), (Span::new(6.0, 8.0), 2.0)]);
        let told: Vec<_> = left.iter().map(|word| (word.text.as_str(), word.start, word.end)).collect();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert_eq!(told.iter().map(|word| word.0).collect::<Vec<_>>(), ["two", "three", "four"]);
        assert!(close(told[0].1, 0.0) && close(told[0].2, 0.5) && close(told[1].1, 1.0) && close(told[2].1, 2.0));
    }

    #[test]
    fn captions_begin_at_zero_and_silence_has_none() {
        let transcript = |words: &[Word]| Transcript { language: None, timing: Timing::Word, words: words.to_vec() };
        let text =
            srt(&transcript(&[word(10.0, 10.4, "Hello"), word(10.4, 11.0, "there.")]), &[(Span::new(10.0, 12.0), 0.0)]);
        assert!(text.unwrap().starts_with("1\n00:00:00,000 --> "));
        assert_eq!(srt(&transcript(&[word(1.0, 1.4, "Hello")]), &[(Span::new(10.0, 12.0), 0.0)]), None);
    }
}
