//! Which words may go and which must stay.

use super::super::tests::played;
use super::*;

fn removed_as(score: &str, language: Option<&str>, timing: Timing) -> Vec<(Why, String)> {
    let (audio, mut transcript) = played(score);
    transcript.language = language.map(str::to_owned);
    transcript.timing = timing;
    let quiet = Quiet::of(&audio.peaks);
    let duration = audio.peaks.values.len() as f64 / 50.0;
    let ear = Ear { transcript: &transcript, quiet: &quiet, duration, pauses: None };
    removals(&ear).into_iter().map(|removal| (removal.why, removal.words)).collect()
}

fn removed(score: &str) -> Vec<(Why, String)> {
    removed_as(score, Some("en"), Timing::Word)
}

#[track_caller]
fn goes(score: &str, why: Why, words: &str) {
    assert_eq!(removed(score), [(why, words.to_owned())], "{score}");
}

#[track_caller]
fn stays(score: &str) {
    assert_eq!(removed(score), [], "{score}");
}

#[test]
fn sounds_of_hesitation_go_where_they_stand_apart() {
    goes("we=0.4 _0.1 um,=0.4 _0.2 go=0.4", Why::Filler, "um,");
    goes("Ummm...=0.5 _0.3 hello=0.4", Why::Filler, "Ummm...");
    goes("done.=0.4 _0.5 Uh.=0.3", Why::Filler, "Uh.");
    // Glued to its neighbours it would take their edges with it.
    stays("we=0.4 um=0.4 go=0.4");
    stays("we=0.4 um=0.4 _0.5 go=0.4");
    stays("mhm=0.4 _0.5 yes=0.3");
    // A minute of "um" is something else.
    stays("we=0.4 _0.3 um=4 _0.3 go=0.4");
}

#[test]
fn words_that_fill_must_stand_alone() {
    goes("it=0.2 is,=0.2 _0.3 like,=0.3 _0.3 huge=0.4", Why::Filler, "like,");
    goes("it=0.2 is=0.2 _0.3 you=0.2 know=0.2 _0.3 huge=0.4", Why::Filler, "you know");
    stays("it=0.2 is=0.2 _0.1 like=0.3 _0.3 huge=0.4");
    stays("i=0.2 _0.3 like=0.3 it=0.2 _0.3 so=0.3");
    stays("is=0.2 it?=0.3 _0.4 Kind=0.2 of.=0.2 _0.5 I=0.2 see.=0.3");
    stays("do=0.2 _0.3 you=0.2 know=0.2 him=0.3 _0.4 well=0.3");
}

#[test]
fn stutters_go_and_what_is_meant_stays() {
    goes("so=0.3 _0.1 the=0.2 _0.1 the=0.2 house=0.4", Why::Repeat, "the");
    goes("so=0.3 _0.1 we=0.2 should,=0.3 _0.2 we=0.2 should=0.3 go=0.3", Why::Repeat, "we should,");
    goes("so=0.3 _0.1 wh-=0.1 _0.1 what=0.3 now=0.3", Why::Repeat, "wh-");
    goes("so=0.3 _0.1 we=0.2 should…=0.3 _0.2 we=0.2 should=0.3 go=0.3", Why::Repeat, "we should…");
    stays("a=0.2 _0.1 very=0.3 _0.1 very=0.3 big=0.3 house=0.3");
    stays("i=0.2 said=0.2 _0.1 that=0.2 _0.1 that=0.2 is=0.2 it=0.2");
    stays("thank=0.2 you=0.2 _0.2 thank=0.2 you=0.2 so=0.2 much=0.3");
    stays("_0.2 more=0.3 and=0.2 _0.1 more=0.3 and=0.2 _0.1 more=0.3 people=0.4");
    stays("no=0.2 more.=0.3 _0.3 no=0.2 more=0.3 of=0.2 it=0.2");
    stays("call=0.3 _0.1 five=0.3 5=0.3 _0.1 five=0.3 5=0.3 now=0.3");
    stays("_0.2 we=0.2 did=0.2 it=0.2 _0.2 we=0.2 did=0.2 it!=0.3 _0.3");
    // The same words after a long time are said again on purpose.
    stays("so=0.3 _0.2 the=0.2 _2 the=0.2 house=0.4");
}

#[test]
fn a_stutter_without_a_dip_is_left_alone() {
    stays("so=0.3 the=0.2 the=0.2 house=0.4");
    stays("so=0.3 the=0.2 _0.2 the=0.2 house=0.4");
}

#[test]
fn a_triple_stutter_goes_twice() {
    assert_eq!(removed("so=0.3 _0.1 i=0.1 _0.1 i=0.1 _0.1 i=0.1 think=0.3").len(), 2);
}

#[test]
fn two_speakers_do_not_stutter_together() {
    let (audio, mut transcript) = played("so=0.3 _0.1 the=0.2 _0.1 the=0.2 house=0.4");
    transcript.words[1].speaker = Some("A".to_owned());
    transcript.words[2].speaker = Some("B".to_owned());
    let quiet = Quiet::of(&audio.peaks);
    let ear = Ear { transcript: &transcript, quiet: &quiet, duration: 1.3, pauses: None };
    assert_eq!(removals(&ear), []);
}

#[test]
fn every_language_has_its_own_sounds() {
    let of = |score: &str, language| removed_as(score, language, Timing::Word).len();
    assert_eq!(of("wir=0.3 _0.2 ähm=0.3 _0.2 gehen=0.4", Some("de")), 1);
    assert_eq!(of("wir=0.3 _0.2 um=0.3 _0.2 zehn=0.4", Some("de-AT")), 0, "a German preposition");
    assert_eq!(of("nous=0.3 _0.2 euh=0.3 _0.2 allons=0.4", Some("fr")), 1);
    assert_eq!(of("vous=0.3 _0.2 vous=0.3 levez=0.3", Some("fr")), 0, "French says it twice");
    assert_eq!(of("vamos=0.3 _0.3 este=0.3 _0.3 allí=0.4", Some("es")), 1);
    assert_eq!(of("we=0.3 _0.2 um=0.3 _0.2 go=0.4", None), 0, "too few words to tell the language");
    assert_eq!(of("we=0.3 _0.2 uh=0.3 _0.2 go=0.4", None), 1);
}

#[test]
fn guessed_times_are_trusted_only_for_a_line_of_its_own() {
    let of = |score: &str| removed_as(score, Some("en"), Timing::Line);
    assert_eq!(of("we=0.4 _0.3 um=0.4 _0.3 go=0.4").len(), 1);
    assert_eq!(of("we=0.4 _0.1 um=0.4 _0.2 go=0.4"), []);
    assert_eq!(of("so=0.3 _0.3 the=0.2 _0.3 the=0.2 house=0.4"), [], "stutters need the times of words");
}
