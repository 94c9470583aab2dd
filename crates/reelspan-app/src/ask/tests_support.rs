//! Small projects for tests: a sentence every three seconds.

use reelspan_media::transcript::{Timing, Transcript, Word};

use super::project::Recording;

pub(crate) fn line(speaker: &str, text: &str) -> (String, String) {
    (speaker.to_owned(), text.to_owned())
}

/// A recording without media whose sentences lie at 0, 3, 6, ... seconds.
pub(crate) fn project(name: &str, lines: &[(String, String)]) -> Recording {
    let mut words = Vec::new();
    for (number, (speaker, text)) in lines.iter().enumerate() {
        let count = text.split(' ').count();
        for (at, word) in text.split(' ').enumerate() {
            let start = number as f64 * 3.0 + at as f64 * 2.8 / count as f64;
            let speaker = (!speaker.is_empty()).then(|| speaker.clone());
            words.push(Word {
                start,
                end: start + 2.8 / count as f64,
                text: word.to_owned(),
                confidence: None,
                speaker,
            });
        }
    }
    Recording {
        name: name.to_owned(),
        input: None,
        duration: lines.len() as f64 * 3.0,
        transcript: Some(Transcript { language: None, timing: Timing::Word, words }),
        analysis: None,
        candidates: Vec::new(),
    }
}
