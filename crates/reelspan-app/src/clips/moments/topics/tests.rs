//! Topics in made-up talks, and against what people marked in real meetings.

use reelspan_media::transcript::{Timing, Transcript, Word};
use serde_json::Value;

use super::*;
use crate::clips::moments::material::Material;
use crate::clips::moments::tests::{audio, long_talk};

#[test]
fn a_change_of_subject_is_found_near_where_it_happens() {
    let transcript = long_talk(96);
    let analysis = audio(transcript.words.last().unwrap().end + 1.0);
    let material = Material::of(Some(&transcript), &analysis, 15.0, 60.0);
    let starts = starts(&material.topics);
    assert!(starts.len() >= 6, "{starts:?}");
    assert!(starts.iter().all(|start| start % 12 <= 1 || start % 12 == 11), "{starts:?}");
}

#[test]
fn one_subject_is_one_topic_and_nothing_is_none() {
    let piece = |at: usize| Piece { start: at as f64 * 5.0, stems: vec![0, 1, (at % 3) as u32] };
    let pieces: Vec<Piece> = (0..60).map(piece).collect();
    assert_eq!(segment(&pieces, 3, 1.0), vec![0; 60]);
    assert!(segment(&[], 0, 1.0).is_empty());
    assert_eq!(segment(&[Piece { start: 0.0, stems: Vec::new() }], 0, 1.0), [0]);
}

#[test]
fn hours_without_a_word_between_do_not_break_the_search() {
    let pieces: Vec<Piece> = (0..5).map(|at| Piece { start: f64::from(at) * 5000.0, stems: vec![at as u32] }).collect();
    assert_eq!(segment(&pieces, 5, 1.0).len(), 5);
}

fn starts(topics: &[usize]) -> Vec<usize> {
    (1..topics.len()).filter(|at| topics[*at] != topics[at - 1]).collect()
}

/// A meeting as a transcript at two and a half words a second, and the words with which its topics start.
pub(crate) fn meeting(line: &str) -> (Transcript, Vec<usize>) {
    let meeting: Value = serde_json::from_str(line).unwrap();
    let mut words: Vec<Word> = Vec::new();
    let mut turn_starts = Vec::new();
    for turn in meeting["meeting_transcripts"].as_array().unwrap() {
        turn_starts.push(words.len());
        let mut fresh = true;
        for token in turn["content"].as_str().unwrap().split_whitespace() {
            if token.starts_with('{') {
                continue;
            }
            let joins = !token.chars().any(char::is_alphanumeric) || token.starts_with('\'');
            match words.last_mut().filter(|_| joins) {
                Some(last) if !fresh => last.text.push_str(token),
                Some(_) => {}
                None => {
                    let start = words.len() as f64 * 0.4 + turn_starts.len() as f64 * 0.3;
                    let speaker = turn["speaker"].as_str().map(str::to_owned);
                    let text = token.to_owned();
                    words.push(Word { start, end: start + 0.38, text, confidence: None, speaker });
                    fresh = false;
                }
            }
        }
    }
    let mut topics: Vec<usize> = meeting["topic_list"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|topic| topic["relevant_text_span"].as_array().unwrap())
        .map(|span| turn_starts[span[0].as_str().unwrap().parse::<usize>().unwrap()])
        .filter(|word| *word > 0)
        .collect();
    topics.sort_unstable();
    topics.dedup();
    (Transcript { language: Some("en".to_owned()), timing: Timing::Word, words }, topics)
}

/// Pk and WindowDiff of two divisions, both given by the number of each piece's topic.
fn errors(truth: &[usize], guess: &[usize]) -> (f64, f64) {
    let segments = truth.last().unwrap() + 1;
    let reach = (truth.len() / segments / 2).max(2);
    let windows = truth.len() - reach;
    let (mut pk, mut difference) = (0, 0);
    for at in 0..windows {
        let crossed = |topics: &[usize]| topics[at + reach] - topics[at];
        pk += usize::from((crossed(truth) == 0) != (crossed(guess) == 0));
        difference += usize::from(crossed(truth) != crossed(guess));
    }
    (pk as f64 / windows as f64, difference as f64 / windows as f64)
}

fn numbered(starts: &[usize], count: usize) -> Vec<usize> {
    (0..count).map(|at| starts.iter().filter(|start| **start <= at).count()).collect()
}

/// Random divisions from a small generator, so that every run compares with the same ones.
fn random(segments: usize, count: usize, seed: &mut u64) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::new();
    while starts.len() + 1 < segments {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let start = 1 + (*seed >> 33) as usize % (count - 1);
        if !starts.contains(&start) {
            starts.push(start);
        }
    }
    numbered(&starts, count)
}

#[test]
fn topics_of_real_meetings_are_found_better_than_by_chance() {
    let Some(file) = reelspan_testing::open_media("text/qmsum_val_first12.jsonl") else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let mut sums = std::collections::BTreeMap::<&str, (f64, f64, usize)>::new();
    let mut seed = 7;
    let mut meetings = 0.0;
    for line in text.lines() {
        let (transcript, topics) = meeting(line);
        let analysis = audio(transcript.words.last().unwrap().end + 1.0);
        let material = Material::of(Some(&transcript), &analysis, 15.0, 60.0);
        let count = material.units.len();
        let unit_of = |word: usize| material.units.partition_point(|unit| unit.words.end <= word);
        let truth = numbered(&topics.iter().map(|word| unit_of(*word)).collect::<Vec<_>>(), count);
        let segments = truth.last().unwrap() + 1;
        let even: Vec<usize> = (0..count).map(|at| at * segments / count).collect();
        let counted = (0..14).map(|step| material.divided(0.5 * 1.6f64.powi(step)));
        let counted = counted.min_by_key(|topics| (topics.last().unwrap() + 1).abs_diff(segments)).unwrap();
        let guesses = [
            ("found", material.topics.clone()),
            ("found, as many as marked", counted),
            ("even", even),
            ("none", vec![0; count]),
        ];
        let drawn = (0..200).map(|_| errors(&truth, &random(segments, count, &mut seed)));
        let (pk, difference) = drawn.fold((0.0, 0.0), |sum, next| (sum.0 + next.0 / 200.0, sum.1 + next.1 / 200.0));
        let sum = sums.entry("random").or_default();
        *sum = (sum.0 + pk, sum.1 + difference, sum.2 + segments);
        for (name, guess) in guesses {
            let (pk, difference) = errors(&truth, &guess);
            let sum = sums.entry(name).or_default();
            *sum = (sum.0 + pk, sum.1 + difference, sum.2 + guess.last().unwrap() + 1);
        }
        meetings += 1.0;
    }
    let mean = |name: &str| sums[name].0 / meetings;
    let table: Vec<String> = sums
        .iter()
        .map(|(name, (pk, wd, n))| {
            format!("{name}: Pk {:.3} WindowDiff {:.3} topics {n}", pk / meetings, wd / meetings)
        })
        .collect();
    assert!(mean("found, as many as marked") < mean("random") - 0.05, "{table:#?}");
    assert!(mean("found, as many as marked") < mean("even"), "{table:#?}");
}
