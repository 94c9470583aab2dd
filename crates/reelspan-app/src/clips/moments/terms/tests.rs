//! Each term on tiny talks: what must raise it and what must not.

use reelspan_media::analysis::{Analysis, Face, FaceSample, Texture, TextureKind};
use reelspan_media::transcript::Transcript;

use super::*;
use crate::clips::moments::tests::{audio, long_talk, silent, talk, video};

/// The value of one term for the clip of units `first` to `last`.
fn value(transcript: Option<&Transcript>, analysis: &Analysis, first: usize, last: usize, name: &str) -> Option<f64> {
    let material = Material::of(transcript, analysis, 5.0, 60.0);
    let span = Span::new(material.units[first].span.start, material.units[last].span.end);
    let clip = Clip { material: &material, first, last, span, lengths: (5.0, 60.0) };
    explain(&clip).into_iter().find(|term| term.name == name).map(|term| term.value)
}

/// The term of the whole of some lines from the given one on.
fn said(lines: &[&str], first: usize, name: &str) -> f64 {
    let transcript = talk(lines, 0.5);
    let analysis = silent(120.0);
    let material = Material::of(Some(&transcript), &analysis, 5.0, 60.0);
    value(Some(&transcript), &analysis, first, material.units.len() - 1, name).unwrap()
}

const PLAIN: &str = "Water from the hills feeds the mill beside the old stone bridge .";

#[track_caller]
fn stronger(name: &str, strong: &str, plain: &str) {
    let (strong, plain) = (said(&[strong, PLAIN], 0, name), said(&[plain, PLAIN], 0, name));
    assert!(strong > plain + 0.1, "{name}: {strong} is not above {plain}");
}

#[test]
fn hooks_catch_in_the_first_seconds() {
    for strong in [
        "Why do bridges built by Romans stand for centuries ?",
        "Imagine water running uphill past the mill .",
        "Seventy percent of bridges fail within a century .",
        "The worst bridge in Europe stands beside the mill .",
    ] {
        stronger("hook", strong, PLAIN);
    }
    // Too late to count, and a question about nothing.
    let late = "Water from the hills feeds the mill beside the old stone bridge that is the worst .";
    assert_eq!(said(&[late], 0, "hook"), said(&[PLAIN], 0, "hook"));
    assert!(said(&["You wanna go now ?", PLAIN], 0, "hook") < 0.4);
}

#[test]
fn starts_that_lean_on_what_came_before_are_told() {
    for tied in [
        "And the mill stands beside the bridge .",
        "It feeds the mill beside the bridge .",
        "As I said the mill stands beside the bridge .",
        "and so the water feeds the mill .",
        "Um the water feeds the mill .",
    ] {
        stronger("self-contained start", PLAIN, tied);
    }
    assert_eq!(said(&[PLAIN], 0, "self-contained start"), 1.0);
    let answer = ["A: Where does the water come from ?", "B: Rivers in the north of the country ."];
    assert!(said(&answer, 1, "self-contained start") < 0.8);
}

#[test]
fn other_languages_tie_too() {
    for (language, tied, free) in [
        ("de", "Aber er steht neben der Brücke .", "Wasser speist die Mühle neben der Brücke ."),
        ("fr", "Mais elle coule sous le pont .", "Les moulins tournent sous le pont ."),
        ("es", "Pero ella corre bajo el puente .", "Los molinos giran bajo el puente ."),
        ("pt", "Mas ela corre sob a ponte .", "Moinhos giram sob a ponte ."),
        ("it", "Ma lei scorre sotto il ponte .", "I mulini girano sotto il ponte ."),
        ("ru", "Но она течёт под мостом .", "Мельницы стоят под мостом ."),
    ] {
        let start = |line: &str| {
            let transcript = Transcript { language: Some(language.to_owned()), ..talk(&[line], 0.5) };
            value(Some(&transcript), &silent(60.0), 0, 0, "self-contained start").unwrap()
        };
        assert!(start(free) > start(tied) + 0.5, "{language}: {} against {}", start(free), start(tied));
    }
}

#[test]
fn ends_are_full_when_marked_and_followed_by_a_pause() {
    let name = "ends on a sentence";
    let full = said(&[PLAIN], 0, name);
    assert!(full > 0.9);
    assert!(said(&["Water from the hills feeds the mill and where does it go ?"], 0, name) < full - 0.3);
    assert_eq!(said(&[PLAIN, "Water from the hills feeds the mill and"], 0, name), 0.0);
    assert!(said(&[PLAIN, "Yeah ."], 0, name) <= full / 2.0);
    let hurried = talk(&[PLAIN, PLAIN], 0.0);
    assert!(value(Some(&hurried), &silent(60.0), 0, 0, name).unwrap() < 0.7);
}

#[test]
fn words_are_counted_for_what_they_do() {
    stronger("number", "Seven hundred people crossed 12 bridges .", PLAIN);
    stronger("contrast", "The bridge however stands although the mill fell .", PLAIN);
    stronger("superlative", "The best and biggest mill never stopped .", PLAIN);
    stronger("emotion words", "They cried with joy and laughed with fear .", PLAIN);
    stronger("fillers", "Um yeah okay so um you know the mill .", PLAIN);
    let answered = ["Where does the water of the mill come from ?", PLAIN, PLAIN];
    assert_eq!(said(&answered, 0, "question"), 1.0);
    assert_eq!(said(&[PLAIN, "Where does the water of the mill come from ?"], 0, "question"), 0.3);
}

#[test]
fn topics_count_from_their_start() {
    let transcript = long_talk(96);
    let analysis = silent(900.0);
    let at = |first: usize| value(Some(&transcript), &analysis, first, first + 4, "topic").unwrap();
    assert!(at(24) > at(30) + 0.2 && at(30) > at(21), "{} {} {}", at(24), at(30), at(21));
}

fn with_texture(kind: TextureKind, start: f64) -> Analysis {
    let mut analysis = audio(120.0);
    analysis.audio.as_mut().unwrap().textures = vec![Texture { start, end: start + 2.0, kind, strength: 0.8 }];
    analysis
}

#[test]
fn laughter_counts_inside_and_just_after() {
    let transcript = talk(&[PLAIN; 8], 0.5);
    let clip = |start: f64| value(Some(&transcript), &with_texture(TextureKind::Laughter, start), 0, 1, "laughter");
    // Two lines last from 1 to 12 seconds.
    assert_eq!([clip(5.0), clip(11.9), clip(30.0)].map(|value| value.unwrap() > 0.9), [true, true, false]);
    assert_eq!(clip(30.0), Some(0.0));
    let applause = value(Some(&transcript), &with_texture(TextureKind::Laughter, 5.0), 0, 1, "applause");
    assert_eq!(applause, None, "a recording without applause has no such term");
}

#[test]
fn rising_sound_counts_and_falling_does_not() {
    let transcript = talk(&[PLAIN; 16], 0.5);
    let mut analysis = audio(120.0);
    let level = &mut analysis.audio.as_mut().unwrap().level.values;
    level.iter_mut().skip(230).take(120).for_each(|value| *value = -10.0);
    let rise = |first| value(Some(&transcript), &analysis, first, first + 1, "energy rise").unwrap();
    assert!(rise(4) > 0.8 && rise(10) == 0.0, "{} {}", rise(4), rise(10));
}

#[test]
fn music_under_speech_and_missing_speech_are_faults() {
    let transcript = talk(&[PLAIN; 8], 0.5);
    assert!(value(Some(&transcript), &with_texture(TextureKind::Music, 3.0), 0, 1, "music").unwrap() > 0.1);
    let sparse = talk(&[PLAIN; 4], 20.0);
    assert!(value(Some(&sparse), &silent(120.0), 0, 1, "no speech").unwrap() > 0.5);
    assert_eq!(value(Some(&transcript), &silent(120.0), 0, 3, "no speech"), Some(0.0));
    assert!(
        RULES
            .iter()
            .filter(|rule| ["music", "no speech", "fillers"].contains(&rule.name))
            .all(|rule| rule.weight < 0.0)
    );
}

#[test]
fn pauses_help_and_holes_do_not() {
    assert!(said(&[PLAIN, PLAIN, PLAIN], 0, "pauses") > 0.9);
    let holes = talk(&[PLAIN; 3], 5.0);
    assert_eq!(value(Some(&holes), &silent(120.0), 0, 2, "pauses"), Some(0.0));
}

#[test]
fn faces_count_and_a_black_picture_is_a_fault() {
    let mut analysis = video(100.0, &[]);
    let picture = analysis.video.as_mut().unwrap();
    picture.black = vec![Span::new(0.0, 10.0)];
    let area = reelspan_media::analysis::Box2 { x: 0.4, y: 0.2, w: 0.1, h: 0.2 };
    picture.faces = (0..400)
        .map(|at| {
            let faces = if at > 200 { vec![Face { area, score: 9.0, mouth: 0.0 }] } else { Vec::new() };
            FaceSample { t: f64::from(at) / 4.0, faces }
        })
        .collect();
    let material = Material::of(None, &analysis, 5.0, 60.0);
    let last = material.units.len() - 1;
    let at = |first, last, name| value(None, &analysis, first, last, name).unwrap();
    assert_eq!((at(0, 2, "faces"), at(last - 2, last, "faces")), (0.0, 1.0));
    assert!(at(0, 2, "black or frozen picture") > 0.5 && at(last - 2, last, "black or frozen picture") == 0.0);
}

#[test]
fn a_talk_over_still_slides_is_not_faulted_for_them() {
    let mut analysis = video(120.0, &[]);
    analysis.video.as_mut().unwrap().frozen = vec![Span::new(0.0, 120.0)];
    let transcript = talk(&[PLAIN; 8], 0.5);
    assert_eq!(value(Some(&transcript), &analysis, 0, 2, "black or frozen picture"), Some(0.0));
}

#[test]
fn reasons_tell_what_is_special_first() {
    let lines = ["Why do bridges built by Romans stand for centuries ?", PLAIN, PLAIN, PLAIN, PLAIN];
    let transcript = talk(&lines, 0.5);
    let analysis = with_texture(TextureKind::Laughter, 11.0);
    let material = Material::of(Some(&transcript), &analysis, 5.0, 60.0);
    let span = Span::new(1.0, material.units[2].span.end);
    let clip = Clip { material: &material, first: 0, last: 2, span, lengths: (5.0, 60.0) };
    let line = reason(&clip, &explain(&clip), 0.6);
    assert!(line.contains("opens with a question") && line.contains("laughter at 0:11"), "{line}");
    assert!(reason(&clip, &[], 0.1).starts_with("weak: nothing stands out"));
}

#[test]
fn evidence_names_words_and_times() {
    let transcript = talk(&["The worst bridge stands here .", PLAIN], 0.5);
    let analysis = silent(60.0);
    let material = Material::of(Some(&transcript), &analysis, 5.0, 60.0);
    let clip = Clip { material: &material, first: 0, last: 1, span: Span::new(1.0, 8.0), lengths: (5.0, 60.0) };
    let terms = explain(&clip);
    let hook = terms.iter().find(|term| term.name == HOOK).unwrap();
    assert_eq!((hook.evidence[0].start, hook.evidence[0].words.as_deref()), (1.4, Some("worst")));
    let names: std::collections::HashSet<_> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
}
