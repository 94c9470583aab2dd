//! Whole choices on small made-up recordings, and helpers for the tests of the parts.

use reelspan_media::analysis::{AudioAnalysis, Loudness, Series, Shot, Transition, VideoAnalysis};
use reelspan_media::transcript::{Timing, Word};

use super::*;

/// A recording of nothing known.
pub(super) fn silent(duration: f64) -> Analysis {
    Analysis { duration, video: None, audio: None }
}

/// Even sound without speech.
pub(super) fn audio(duration: f64) -> Analysis {
    let sound = AudioAnalysis {
        loudness: Loudness { integrated: Some(-20.0), range: 3.0, true_peak: Some(-3.0) },
        level: Series { rate: 10.0, values: vec![-20.0; (duration * 10.0) as usize] },
        silences: Vec::new(),
        speech: Vec::new(),
        onsets: Vec::new(),
        textures: Vec::new(),
        peaks: Series::default(),
    };
    Analysis { duration, video: None, audio: Some(sound) }
}

/// A picture with cuts.
pub(super) fn video(duration: f64, cuts: &[f64]) -> Analysis {
    let bounds: Vec<f64> = [0.0].into_iter().chain(cuts.iter().copied()).chain([duration]).collect();
    let shot = |(at, pair): (usize, &[f64])| Shot {
        start: pair[0],
        end: pair[1],
        transition: if at == 0 { Transition::Start } else { Transition::Cut },
        screen: 0.0,
    };
    let picture = VideoAnalysis {
        width: 640,
        height: 360,
        frame_rate: 25.0,
        shots: bounds.windows(2).enumerate().map(shot).collect(),
        motion: Series { rate: 5.0, values: vec![0.1; (duration * 5.0) as usize] },
        black: Vec::new(),
        frozen: Vec::new(),
        faces: Vec::new(),
        salience: Vec::new(),
        sharpness: Series::default(),
        exposure: Series::default(),
        novelty: Series::default(),
        shake: Series::default(),
    };
    Analysis { duration, video: Some(picture), audio: None }
}

/// Sentences said at two and a half words a second with pauses between; a line may name its speaker as `A: ...`.
pub(super) fn talk(lines: &[&str], pause: f64) -> Transcript {
    let mut words = Vec::new();
    let mut at = 1.0;
    for line in lines {
        let (speaker, said) = match line.split_once(": ") {
            Some((name, said)) if name.len() == 1 => (Some(name.to_owned()), said),
            _ => (None, *line),
        };
        for text in said.split_whitespace() {
            words.push(Word {
                start: at,
                end: at + 0.38,
                text: text.to_owned(),
                confidence: None,
                speaker: speaker.clone(),
            });
            at += 0.4;
        }
        at += pause;
    }
    Transcript { language: Some("en".to_owned()), timing: Timing::Word, words }
}

pub(super) fn wishes(min: f64, max: f64) -> Wishes {
    Wishes { count: None, min, max }
}

/// A long talk about many things, the same every time.
pub(super) fn long_talk(sentences: usize) -> Transcript {
    let subjects = ["river", "engine", "garden", "planet", "violin", "market", "castle", "doctor"];
    let verbs = ["carries", "repairs", "follows", "measures", "paints", "forgets", "crosses", "teaches"];
    let lines: Vec<String> = (0..sentences)
        .map(|at| {
            let (subject, verb) = (subjects[at / 12 % 8], verbs[(at * 5 + at / 7) % 8]);
            let object = subjects[(at / 12 + 3) % 8];
            format!("The {subject} number {at} {verb} a {object} while people near the {subject} watch and wait .")
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    talk(&lines, 0.5)
}

fn end_of(transcript: &Transcript) -> f64 {
    transcript.words.last().unwrap().end + 1.0
}

/// What must be true of every choice.
#[track_caller]
fn check(moments: &[Moment], transcript: Option<&Transcript>, duration: f64, wishes: &Wishes) {
    for (at, moment) in moments.iter().enumerate() {
        let Span { start, end } = moment.span;
        assert!(start >= 0.0 && end <= duration + 1e-6, "{moment:?} leaves the recording");
        assert!(
            end - start >= wishes.min - 1e-6 && end - start <= wishes.max + 1e-6,
            "{moment:?} has the wrong length"
        );
        assert!((0.0..=1.0).contains(&moment.score));
        assert!(!moment.title.is_empty() && moment.title.chars().count() <= 60, "title of {moment:?}");
        assert!(!moment.reason.is_empty());
        let sum: f64 = moment.terms.iter().map(|term| term.weight * term.value).sum();
        assert!((sum.clamp(0.0, 1.0) - moment.score).abs() < 1e-9, "the terms of {moment:?} sum to {sum}");
        assert!(moment.terms.iter().all(|term| (0.0..=1.0).contains(&term.value)));
        for other in &moments[at + 1..] {
            assert!(moment.span.overlap(other.span) <= 1e-9, "{moment:?} overlaps {other:?}");
            assert!(moment.score >= other.score, "{moment:?} before {other:?}");
        }
        let Some(transcript) = transcript else { continue };
        for sentence in transcript.sentences().iter().filter(|sentence| sentence.span.seconds() <= wishes.max) {
            let shared = moment.span.overlap(sentence.span);
            assert!(shared < 1e-6 || sentence.span.seconds() - shared < 1e-6, "{moment:?} splits {:?}", sentence.span);
        }
    }
}

#[test]
fn a_talk_gives_whole_sentences_in_the_lengths_asked_for() {
    let transcript = long_talk(120);
    let duration = end_of(&transcript);
    for (min, max) in [(15.0, 60.0), (6.0, 12.0), (30.0, 35.0), (60.0, 180.0)] {
        let wishes = wishes(min, max);
        let moments = choose(Some(&transcript), &audio(duration), &wishes);
        assert!(moments.len() >= 4, "{} clips of {min} to {max} s", moments.len());
        check(&moments, Some(&transcript), duration, &wishes);
        assert!(moments.iter().all(|moment| !moment.sentences.is_empty()));
    }
}

#[test]
fn lengths_that_no_sentence_fits_give_shorter_clips_not_half_sentences() {
    let transcript = long_talk(60);
    let duration = end_of(&transcript);
    let moments = choose(Some(&transcript), &audio(duration), &wishes(8.0, 12.0));
    assert!(moments.len() >= 4);
    check(&moments, Some(&transcript), duration, &wishes(4.0, 12.0));
}

#[test]
fn the_same_recording_gives_the_same_choice() {
    let transcript = long_talk(80);
    let analysis = audio(end_of(&transcript));
    let choice = || choose(Some(&transcript), &analysis, &wishes(15.0, 60.0));
    assert_eq!(choice(), choice());
}

#[test]
fn four_times_the_shortest_length_gives_four() {
    // 12 sentences of 5.9 s: each clip of at least 15 s needs three of them.
    let line = "One two words of a plain sentence that goes on for a while here .";
    let transcript = talk(&[line; 12], 0.3);
    let duration = end_of(&transcript);
    let moments = choose(Some(&transcript), &audio(duration), &wishes(15.0, 60.0));
    assert_eq!(moments.len(), 4);
    check(&moments, Some(&transcript), duration, &wishes(15.0, 60.0));
}

#[test]
fn a_count_is_an_upper_bound() {
    let transcript = long_talk(120);
    let duration = end_of(&transcript);
    for count in [0, 1, 2, 7, 500] {
        let wishes = Wishes { count: Some(count), min: 15.0, max: 60.0 };
        let moments = choose(Some(&transcript), &audio(duration), &wishes);
        assert!(moments.len() <= count && (count == 0 || !moments.is_empty()));
        assert!(count > 10 || moments.len() == count);
        check(&moments, Some(&transcript), duration, &wishes);
    }
}

#[test]
fn short_recordings_give_one_clip() {
    let transcript = talk(&["This is all that there is to say .", "It ends here ."], 0.4);
    let twenty = choose(Some(&transcript), &audio(20.0), &wishes(15.0, 60.0));
    assert_eq!(twenty.len(), 1);
    check(&twenty, Some(&transcript), 20.0, &wishes(15.0, 60.0));
    for analysis in [audio(5.0), silent(5.0), video(5.0, &[2.0])] {
        let five = choose(None, &analysis, &wishes(15.0, 60.0));
        assert_eq!(five.len(), 1);
        assert_eq!(five[0].span, Span::new(0.0, 5.0));
        assert!(five[0].reason.contains("shorter than the 15 s"), "{}", five[0].reason);
    }
    assert!(choose(None, &silent(0.0), &wishes(15.0, 60.0)).is_empty());
}

#[test]
fn without_words_clips_follow_the_sound() {
    let mut analysis = audio(600.0);
    let sound = analysis.audio.as_mut().unwrap();
    sound.speech = (0..60).map(|at| Span::new(f64::from(at) * 10.0 + 1.0, f64::from(at) * 10.0 + 9.0)).collect();
    sound.silences = (0..60).map(|at| Span::new(f64::from(at) * 10.0 - 1.0, f64::from(at) * 10.0 + 1.0)).collect();
    sound.level.values.iter_mut().enumerate().for_each(|(at, value)| {
        let loud = (3000..3400).contains(&at);
        *value = if loud { -12.0 } else { -24.0 };
    });
    let moments = choose(None, &analysis, &wishes(15.0, 60.0));
    check(&moments, None, 600.0, &wishes(15.0, 60.0));
    assert!(moments.len() >= 4);
    assert!(moments[0].span.overlap(Span::new(300.0, 340.0)) > 8.0, "{:?}", moments[0]);
    assert!(moments[0].title.starts_with("Moment at "));
}

#[test]
fn a_silent_video_goes_by_cuts_and_motion() {
    let mut analysis = video(300.0, &[40.0, 80.0, 120.0, 125.0, 130.0, 135.0, 140.0, 200.0, 260.0]);
    let picture = analysis.video.as_mut().unwrap();
    picture.motion.values[600..700].iter_mut().for_each(|value| *value = 0.5);
    let moments = choose(None, &analysis, &wishes(15.0, 40.0));
    check(&moments, None, 300.0, &wishes(15.0, 40.0));
    assert!(moments[0].span.overlap(Span::new(120.0, 140.0)) > 10.0, "{:?}", moments[0]);
}

#[test]
fn without_any_structure_weak_windows_are_spread_evenly() {
    for analysis in [silent(600.0), audio(600.0), video(600.0, &[])] {
        let mut moments = choose(None, &analysis, &wishes(15.0, 60.0));
        check(&moments, None, 600.0, &wishes(15.0, 60.0));
        assert!(moments.len() >= 4);
        assert!(moments.iter().all(|moment| moment.score < 0.3 && moment.reason.starts_with("weak")), "{moments:?}");
        moments.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        let gaps: Vec<f64> = moments.windows(2).map(|pair| pair[1].span.start - pair[0].span.start).collect();
        let even = 600.0 / moments.len() as f64;
        assert!(gaps.iter().all(|gap| (gap / even - 1.0).abs() < 0.25), "{gaps:?}");
    }
}

#[test]
fn few_words_in_a_long_recording_are_filled_up_from_the_signals() {
    let transcript =
        talk(&["Only this short sentence is said in the whole of it .", "And one more sentence follows it ."], 0.5);
    let analysis = audio(400.0);
    let moments = choose(Some(&transcript), &analysis, &wishes(15.0, 60.0));
    assert_eq!(moments.len(), 4);
    check(&moments, Some(&transcript), 400.0, &wishes(15.0, 60.0));
}

#[test]
fn an_endless_sentence_is_cut_rather_than_lost() {
    let line = vec!["word,"; 600].join(" ");
    let transcript = talk(&[&line], 0.0);
    let duration = end_of(&transcript);
    let moments = choose(Some(&transcript), &audio(duration), &wishes(15.0, 60.0));
    assert!(moments.len() >= 3);
    check(&moments, Some(&transcript), duration, &wishes(15.0, 60.0));
}

#[test]
fn hostile_numbers_do_no_harm() {
    let mut transcript = long_talk(20);
    transcript.words[3].text = String::new();
    transcript.words[5].text = "\u{202e}...".to_owned();
    let mut analysis = audio(60.0);
    analysis.audio.as_mut().unwrap().level.values[10] = f32::NAN;
    analysis.audio.as_mut().unwrap().level.rate = 0.0;
    for wishes in [wishes(f64::NAN, f64::NAN), wishes(0.0, 0.0), wishes(60.0, 15.0), wishes(-5.0, f64::INFINITY)] {
        let moments = choose(Some(&transcript), &analysis, &wishes);
        assert!(moments.iter().all(|moment| moment.span.end <= 60.0 && moment.score.is_finite()));
    }
    let none = Transcript { words: Vec::new(), ..transcript };
    assert!(!choose(Some(&none), &audio(60.0), &wishes(15.0, 60.0)).is_empty());
}

#[test]
fn debug_prints_hold_no_content() {
    let transcript = long_talk(30);
    let moments = choose(Some(&transcript), &audio(end_of(&transcript)), &wishes(15.0, 60.0));
    assert!(!format!("{moments:?}").contains("violin") && !format!("{moments:?}").contains("river"));
}

#[test]
fn three_hours_stay_within_bounds() {
    let transcript = long_talk(1700);
    let duration = end_of(&transcript);
    assert!(duration > 10_000.0);
    let mut analysis = video(duration, &(1..1500).map(|at| f64::from(at) * 7.0).collect::<Vec<_>>());
    analysis.audio = audio(duration).audio;
    let sound = analysis.audio.as_mut().unwrap();
    sound.onsets = (0..30_000).map(|at| f64::from(at) / 3.0).collect();
    sound.speech = transcript.sentences().iter().map(|sentence| sentence.span).collect();
    let moments = choose(Some(&transcript), &analysis, &wishes(15.0, 60.0));
    check(&moments, Some(&transcript), duration, &wishes(15.0, 60.0));
    let first = moments.iter().map(|moment| moment.span.start).fold(f64::INFINITY, f64::min);
    let last = moments.iter().map(|moment| moment.span.end).fold(0.0, f64::max);
    assert!(last - first > duration / 2.0, "clips come from one corner: {first} to {last}");
    check(&choose(None, &analysis, &wishes(15.0, 60.0)), None, duration, &wishes(15.0, 60.0));
}

#[test]
fn real_meetings_give_whole_sentences_that_start_well() {
    let Some(file) = reelspan_testing::open_media("text/qmsum_val_first12.jsonl") else { return };
    let (mut clips, mut free, mut closed) = (0, 0, 0);
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let (transcript, _) = topics::tests::meeting(line);
        let duration = end_of(&transcript);
        let moments = choose(Some(&transcript), &silent(duration), &wishes(15.0, 60.0));
        check(&moments, Some(&transcript), duration, &wishes(15.0, 60.0));
        assert!(moments.len() >= 4);
        let strong = |moment: &&Moment, name: &str, least: f64| {
            moment.terms.iter().any(|term| term.name == name && term.value >= least)
        };
        clips += moments.len();
        free += moments.iter().filter(|moment| strong(moment, "self-contained start", 0.7)).count();
        closed += moments.iter().filter(|moment| strong(moment, "ends on a sentence", 0.6)).count();
    }
    // People in a meeting rarely start or end so by chance.
    assert!(free * 10 >= clips * 8 && closed * 10 >= clips * 8, "{free} and {closed} of {clips}");
}
