//! Checks where sentences end.

use super::*;
use crate::transcript::{Timing, Transcript};

fn words(text: &str) -> Vec<Word> {
    text.split_whitespace()
        .enumerate()
        .map(|(index, text)| {
            let (text, rest) = text.split_once('~').unwrap_or((text, ""));
            let start = index as f64 * 0.4;
            // `word~0.7` leaves a pause of 0.7 s behind it by ending early.
            let end = start + 0.4 - rest.parse::<f64>().unwrap_or(0.05).min(0.39);
            Word { start, end, text: text.to_owned(), confidence: None, speaker: None }
        })
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let transcript = Transcript { language: None, timing: Timing::Word, words: words(text) };
    let found: Vec<String> = transcript.sentences().iter().map(|s| transcript.text(s.words.clone())).collect();
    assert_eq!(found, expected);
}

#[test]
fn marks_end_sentences() {
    check(
        "We met Dr. Smith at 3.5 km. \"Really?\" he said. Yes!",
        &["We met Dr. Smith at 3.5 km.", "\"Really?\" he said.", "Yes!"],
    );
    check("Use e.g. this one. J. K. Rowling wrote it.", &["Use e.g. this one.", "J. K. Rowling wrote it."]);
    check("I said no. We left. See No. 5 there.", &["I said no.", "We left.", "See No. 5 there."]);
    check("I thought... maybe not. So... We left", &["I thought... maybe not.", "So...", "We left"]);
    check("In the U.S. we wait. In the U.S. People wait.", &["In the U.S. we wait.", "In the U.S.", "People wait."]);
}

#[test]
fn other_scripts_have_their_own_marks() {
    check("今天 很好。 明天 呢？ 好", &["今天很好。", "明天呢？", "好"]);
    check("यह अच्छा है। वह नहीं।", &["यह अच्छा है।", "वह नहीं।"]);
    check("كيف حالك؟ بخير", &["كيف حالك؟", "بخير"]);
}

#[test]
fn without_marks_pauses_and_length_end_sentences() {
    let mut spoken = words(&"word ".repeat(100));
    for word in &mut spoken[12..] {
        word.start += 0.8;
        word.end += 0.8;
    }
    spoken[35].text = "and".into();
    let found = sentences(&spoken, None);
    assert_eq!(found[0].words, 0..12, "a pause ends it");
    assert_eq!(found[1].words, 12..35, "a long run is cut before `and`");
    assert!(found.iter().all(|sentence| sentence.words.len() <= MOST_WORDS));
}

#[test]
fn another_speaker_begins_another_sentence() {
    let mut spoken = words("yes I think so no you do not. Right.");
    for word in &mut spoken[4..] {
        word.speaker = Some("B".into());
    }
    let found = sentences(&spoken, None);
    assert_eq!(found[0].words, 0..4);
}

#[test]
fn sentences_hold_every_word_once_and_in_order() {
    for text in ["", "one", "Dr.", "a. b. c.", &"x ".repeat(500)] {
        let spoken = words(text);
        let mut at = 0;
        for sentence in sentences(&spoken, Some("de")) {
            assert_eq!(sentence.words.start, at);
            assert!(!sentence.words.is_empty());
            at = sentence.words.end;
        }
        assert_eq!(at, spoken.len());
    }
}
