//! Checks that mended words can be trusted.

use proptest::prelude::*;

use super::*;

fn word(start: f64, end: f64, text: &str) -> Word {
    Word { start, end, text: text.to_owned(), confidence: None, speaker: None }
}

#[track_caller]
fn check(words: &[(f64, f64, &str)], speech: &[(f64, f64)], expected: &[(f64, f64, &str)]) {
    let words = words.iter().map(|(start, end, text)| word(*start, *end, text)).collect();
    let speech: Vec<Span> = speech.iter().map(|(start, end)| Span::new(*start, *end)).collect();
    let found = repaired(words, &speech, 60.0);
    let near = found.len() == expected.len()
        && found.iter().zip(expected).all(|(word, (start, end, text))| {
            word.text == *text && (word.start - start).abs() < 1e-6 && (word.end - end).abs() < 1e-6
        });
    assert!(near, "{:?}", found.iter().map(|w| (w.start, w.end, w.text.clone())).collect::<Vec<_>>());
}

#[test]
fn good_words_stay() {
    check(&[(1.0, 1.4, "Good"), (1.4, 1.9, "day")], &[(0.9, 2.0)], &[(1.0, 1.4, "Good"), (1.4, 1.9, "day")]);
}

#[test]
fn no_word_lasts_longer_than_people_speak() {
    check(
        &[(1.0, 9.0, "so"), (9.0, 30.0, "incomprehensibilities")],
        &[],
        &[(1.0, 1.55, "so"), (9.0, 11.0, "incomprehensibilities")],
    );
}

#[test]
fn words_leave_the_silence() {
    // The word before the pause was stretched over it, the one behind it began too early.
    check(
        &[(1.0, 1.9, "yes"), (4.2, 5.4, "because")],
        &[(0.5, 1.3), (5.0, 8.0)],
        &[(1.0, 1.3, "yes"), (5.0, 5.4, "because")],
    );
    // Too far from any speech to be moved.
    check(&[(20.0, 20.4, "hm")], &[(0.5, 1.3), (25.0, 28.0)], &[(20.0, 20.4, "hm")]);
}

#[test]
fn words_outside_of_the_recording_go() {
    check(
        &[
            (-3.0, -2.0, "early"),
            (-0.2, 0.3, "in"),
            (f64::NAN, 1.0, "nan"),
            (2.0, f64::INFINITY, "on"),
            (61.0, 62.0, "late"),
            (59.9, 62.0, "end"),
        ],
        &[],
        &[(0.0, 0.3, "in"), (2.0, 2.08, "on"), (59.9, 60.0, "end")],
    );
}

#[test]
fn words_with_one_start_share_the_time() {
    check(
        &[(1.0, 1.0, "aa"), (1.0, 1.0, "bb"), (1.5, 1.7, "cc")],
        &[],
        &[(1.0, 1.25, "aa"), (1.25, 1.5, "bb"), (1.5, 1.7, "cc")],
    );
}

#[test]
fn dreams_in_silence_go_and_chants_stay() {
    let chant: Vec<Word> = (0..10)
        .map(|n| word(f64::from(n) * 0.5, f64::from(n) * 0.5 + 0.3, if n % 2 == 0 { "thank" } else { "you." }))
        .collect();
    assert!(repaired(chant.clone(), &[Span::new(20.0, 30.0)], 60.0).is_empty());
    assert_eq!(repaired(chant, &[Span::new(0.0, 6.0)], 60.0).len(), 10);
}

fn any_words() -> impl Strategy<Value = Vec<Word>> {
    let time = prop_oneof![8 => -1.0..70.0f64, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(5.0)];
    let one = (time.clone(), time, prop::sample::select(vec!["a", "word", "incomprehensible", "我们", " ", "no"]));
    prop::collection::vec(one.prop_map(|(start, end, text)| word(start, end, text)), 0..40)
}

fn any_speech() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec(
        (0.0..60.0f64, 0.0..5.0f64).prop_map(|(start, length)| Span::new(start, start + length)),
        0..12,
    )
}

proptest! {
    #[test]
    fn mended_words_are_in_order_capped_and_inside(words in any_words(), speech in any_speech()) {
        let mended = repaired(words, &speech, 60.0);
        for word in &mended {
            prop_assert!(word.start >= 0.0 && word.start <= word.end && word.end <= 60.0);
            prop_assert!(word.end - word.start <= longest(&word.text) + 1e-9);
        }
        for pair in mended.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start + 1e-9);
        }
    }

    #[test]
    fn mending_twice_changes_nothing(words in any_words(), speech in any_speech()) {
        let once = repaired(words, &speech, 60.0);
        prop_assert_eq!(repaired(once.clone(), &speech, 60.0), once);
    }
}
