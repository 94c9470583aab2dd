//! Pauses, fillers and stutters together: the pieces are gapless, in order, and each says why.

use proptest::prelude::*;
use reelspan_media::analysis::{Loudness, Series};
use reelspan_media::transcript::Timing;

use super::*;

pub(super) fn audio(seconds: f64) -> AudioAnalysis {
    AudioAnalysis {
        loudness: Loudness { integrated: Some(-20.0), range: 5.0, true_peak: Some(-3.0) },
        level: Series { rate: 10.0, values: vec![-20.0; (seconds * 10.0) as usize] },
        silences: Vec::new(),
        speech: Vec::new(),
        onsets: Vec::new(),
        textures: Vec::new(),
        peaks: Series { rate: 50.0, values: vec![0.3; (seconds * 50.0) as usize] },
    }
}

pub(super) fn word(start: f64, end: f64, text: &str) -> Word {
    Word { start, end, text: text.to_owned(), confidence: None, speaker: None }
}

/// A recording as a score: `_0.5` is half a second of room, `um:0.4` a word of that length. Words touch as recognisers
/// let them.
pub(super) fn played(score: &str) -> (AudioAnalysis, Transcript) {
    let (mut at, mut words, mut peaks, mut silences) = (0.0_f64, Vec::new(), Vec::new(), Vec::new());
    for part in score.split_whitespace() {
        let (text, seconds) = match part.strip_prefix('_') {
            Some(seconds) => ("", seconds.parse::<f64>().unwrap()),
            None => part.split_once('=').map(|(text, seconds)| (text, seconds.parse().unwrap())).unwrap(),
        };
        let frames = (seconds * 50.0).round() as usize;
        peaks.extend(std::iter::repeat_n(if text.is_empty() { 0.004 } else { 0.3 }, frames));
        match text {
            "" if seconds >= 0.25 => silences.push(Span::new(at, at + seconds)),
            "" => {}
            _ => words.push(word(at, at + seconds, text)),
        }
        at += seconds;
    }
    let mut audio = audio(0.0);
    audio.peaks.values = peaks;
    audio.speech = words.iter().map(Word::span).collect();
    audio.silences = silences;
    (audio, Transcript { language: Some("en".to_owned()), timing: Timing::Word, words })
}

fn proposed(score: &str, listen: Listen) -> Vec<Piece> {
    let (audio, transcript) = played(score);
    let duration = audio.peaks.values.len() as f64 / 50.0;
    let sound = Sound { audio: Some(&audio), transcript: Some(&transcript), duration };
    pieces(&sound, &[Span::new(0.0, duration)], listen)
}

const BOTH: Listen = Listen { pauses: Some(Pauses { longer_than: 0.9, leave: 0.25 }), fillers: true };

fn written(pieces: &[Piece]) -> Vec<(f64, f64, Why, Option<&str>)> {
    pieces.iter().map(|piece| (piece.start, piece.end, piece.why, piece.words.as_deref())).collect()
}

#[test]
fn a_filler_between_pauses_goes_and_one_pause_stays() {
    let pieces = proposed("we=0.4 _0.3 um=0.4 _0.4 go=0.4", Listen { fillers: true, ..Listen::default() });
    let expected = [
        (0.0, 0.56, Why::Wanted, Some("we")),
        (0.56, 1.26, Why::Filler, Some("um")),
        (1.26, 1.9, Why::Wanted, Some("go")),
    ];
    assert_eq!(written(&pieces), expected);
    let pause: f64 = (0.56 - 0.4) + (1.5 - 1.26);
    assert!((pause - 0.4).abs() < 1e-9, "the longer of the two pauses stays");
}

#[test]
fn pauses_around_a_filler_are_shortened_to_one() {
    let pieces = proposed("so=0.5 _2 um=0.4 _1 the=0.5", BOTH);
    let kept: f64 = pieces.iter().filter(|piece| piece.keep).map(|piece| piece.end - piece.start).sum();
    assert!((kept - (0.5 + 0.25 + 0.5)).abs() < 0.011, "{pieces:?}");
    let whys: Vec<_> = pieces.iter().map(|piece| piece.why).collect();
    assert_eq!(whys, [Why::Wanted, Why::Silence, Why::Filler, Why::Silence, Why::Wanted]);
    assert!(pieces[2].start <= 2.5 && pieces[2].end >= 2.9, "the filler is whole in its piece: {pieces:?}");
}

#[test]
fn a_stutter_around_a_filler_goes_with_it() {
    let pieces =
        proposed("well=0.4 _0.2 i=0.2 _0.2 um=0.3 _0.2 i=0.2 think=0.4", Listen { fillers: true, ..Listen::default() });
    let gone: Vec<_> =
        pieces.iter().filter(|piece| !piece.keep).map(|piece| (piece.why, piece.words.as_deref())).collect();
    assert_eq!(gone, [(Why::Repeat, Some("i um")), (Why::Filler, Some("um"))]);
    let kept: Vec<_> = pieces.iter().filter(|piece| piece.keep).filter_map(|piece| piece.words.as_deref()).collect();
    assert_eq!(kept, ["well", "i think"]);
}

#[test]
fn what_is_outside_of_the_keeps_is_unwanted_and_not_listened_to() {
    let (audio, transcript) = played("one=0.5 _2 two=0.5 _2 three=0.5 _2 four=0.5");
    let sound = Sound { audio: Some(&audio), transcript: Some(&transcript), duration: 8.0 };
    let pieces = pieces(&sound, &[Span::new(2.4, 3.1), Span::new(5.0, 8.0)], BOTH);
    let whys: Vec<_> = pieces.iter().map(|piece| (piece.start, piece.end, piece.why)).collect();
    let expected = [
        (0.0, 2.4, Why::Unwanted),
        (2.4, 3.1, Why::Wanted),
        (3.1, 5.0, Why::Unwanted),
        (5.0, 5.6, Why::Wanted),
        (5.6, 7.35, Why::Silence),
        (7.35, 8.0, Why::Wanted),
    ];
    assert_eq!(whys, expected);
}

#[test]
fn long_stretches_are_named_by_their_ends() {
    let words: Vec<_> = (0..20).map(|at| word(f64::from(at), f64::from(at) + 0.5, &format!("w{at}"))).collect();
    assert_eq!(excerpt(&words, Span::new(0.0, 20.0)).unwrap(), "w0 w1 w2 w3 w4 w5 … w14 w15 w16 w17 w18 w19");
    assert_eq!(excerpt(&words, Span::new(3.0, 5.0)).unwrap(), "w3 w4");
    assert_eq!(excerpt(&words, Span::new(3.6, 3.9)), None);
}

proptest! {
    #[test]
    fn pieces_are_gapless_in_order_and_keep_every_other_word(
        score in proptest::collection::vec((0..6_usize, 1..150_u32), 1..60),
        cut in proptest::option::of((0.0..10.0_f64, 0.5..10.0_f64)),
    ) {
        const TEXTS: [&str; 6] = ["", "um", "i", "think", "the", "you know"];
        let score: Vec<_> = score
            .iter()
            .map(|(text, frames)| {
                let seconds = f64::from(*frames) * 0.02;
                let text = TEXTS[*text];
                if text.is_empty() { format!("_{seconds}") } else { format!("{}={seconds}", text.replace(' ', "-")) }
            })
            .collect();
        let (audio, transcript) = played(&score.join(" "));
        let duration = audio.peaks.values.len() as f64 / 50.0;
        let keep = cut.map_or(Span::new(0.0, duration), |(from, length)| Span::new(from.min(duration * 0.5), (from + length).min(duration)));
        prop_assume!(keep.seconds() > 0.0);
        let sound = Sound { audio: Some(&audio), transcript: Some(&transcript), duration };
        let pieces = pieces(&sound, &[keep], BOTH);
        let mut reached = 0.0;
        for piece in &pieces {
            prop_assert!(piece.start == reached && piece.end > piece.start, "{pieces:?}");
            prop_assert_eq!(piece.keep, piece.why == Why::Wanted);
            reached = piece.end;
        }
        prop_assert_eq!(reached, duration);
        // A word that is neither a filler nor said again stays.
        for word in transcript.words.iter().filter(|word| word.text == "think" && keep.contains(word.span().middle())) {
            let at = word.span().middle();
            let piece = pieces.iter().find(|piece| piece.start <= at && at < piece.end).unwrap();
            prop_assert!(piece.keep || piece.why == Why::Repeat, "{piece:?}");
        }
    }
}
