//! `beats` as a person and a script use it.

use reelspan_testing::make_media;

use crate::support::Machine;

/// A kick each half second with quieter ticks between.
fn song(machine: &Machine) {
    let sound = "aevalsrc='0.6*exp(-mod(t\\,0.5)*25)*sin(2*PI*70*mod(t\\,0.5)+0.6)\
                 +0.1*exp(-mod(t+0.25\\,0.5)*60)*(2*random(0)-1)':s=44100:d=16";
    make_media(&["-f", "lavfi", "-i", sound, "-c:a", "libmp3lame"], &machine.path("song.mp3"));
}

#[test]
fn a_song_is_told_to_people_and_to_scripts() {
    let machine = Machine::new();
    song(&machine);
    let found = machine.run(&["beats", "song.mp3", "--json"]).ok().json();
    assert!((found["bpm"].as_f64().unwrap() - 120.0).abs() < 0.5, "{}", found["bpm"]);
    assert!((30..=32).contains(&found["beats"].as_array().unwrap().len()));
    assert_eq!(found["meter"], 4);
    let told = machine.run(&["beats", "song.mp3"]).ok();
    assert!(told.stdout.contains("tempo    120.0 beats a minute"), "{}", told.stdout);
    assert!(told.stdout.contains("--read-as half"), "{}", told.stdout);
    assert!(told.stderr.contains("done by an earlier run"), "{}", told.stderr);
}

#[test]
fn another_reading_is_applied_in_order() {
    let machine = Machine::new();
    song(&machine);
    let read = |args: &[&str]| machine.run(&[&["beats", "song.mp3", "--json"], args].concat()).ok().json();
    let bpm = |value: &serde_json::Value| value["bpm"].as_f64().unwrap().round();
    assert_eq!(bpm(&read(&["--read-as", "double"])), 240.0);
    assert_eq!(bpm(&read(&["--read-as", "half"])), 60.0);
    assert_eq!(read(&["--read-as", "double", "--read-as", "half"])["beats"], read(&[])["beats"]);
    let refused = machine.run(&["beats", "song.mp3", "--read-as", "triple"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("half-beat-later"), "{}", refused.stderr);
}

#[test]
fn no_beat_and_no_sound_are_said_plainly() {
    let machine = Machine::new();
    make_media(&["-f", "lavfi", "-i", "anoisesrc=d=10:a=0.3"], &machine.path("noise.wav"));
    let told = machine.run(&["beats", "noise.wav"]).ok();
    assert!(told.stdout.contains("no beat was found"), "{}", told.stdout);
    let found = machine.run(&["beats", "noise.wav", "--json"]).ok().json();
    assert!(found["bpm"].is_null() && found["beats"].as_array().unwrap().is_empty());
    let refused = machine.run(&["beats", "noise.wav", "--read-as", "double"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("--read-as has nothing to act on"), "{}", refused.stderr);
    make_media(&["-f", "lavfi", "-i", "testsrc2=s=64x48:d=1"], &machine.path("mute.mp4"));
    let refused = machine.run(&["beats", "mute.mp4"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("no sound in this file"), "{}", refused.stderr);
}
