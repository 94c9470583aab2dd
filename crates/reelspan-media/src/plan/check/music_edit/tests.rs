//! What an edit to music may say, and how its faults are told.

use serde_json::{Value, json};

use super::super::tests::refused_by;
use super::*;

pub(in crate::plan) fn edit() -> Value {
    json!({
        "schema": "reelspan.plan/1", "kind": "music-edit",
        "sources": [
            {"id": "a", "path": "beach.mp4", "blake3": "00", "duration": 30.0, "width": 1920, "height": 1080, "still": false},
            {"id": "b", "path": "photo.jpg", "blake3": "00", "duration": 0.0, "width": 4000, "height": 3000, "still": true}
        ],
        "music": {
            "path": "song.mp3", "blake3": "00", "duration": 180.0, "start": 12.5, "bpm": 120.0,
            "beats": [12.5, 13.0, 13.5], "downbeats": [12.5],
            "sections": [{"start": 0.0, "end": 14.0, "energy": 0.2}, {"start": 14.0, "end": 180.0, "energy": 1.0}],
            "fade_in": 0.0, "fade_out": 1.5
        },
        "settings": {
            "aspects": ["9:16", "1:1"], "length": 8.0, "frame_rate": [30000, 1001], "pace": "balanced", "loudness": -14.0,
            "original_sound": -12.0, "watermark": "none"
        },
        "notes": [],
        "shots": [
            {"at": 0.0, "source": "a", "start": 3.0, "reason": "calm",
             "layouts": {"9:16": [{"start": 2.9, "end": 4.0, "layout": "fit"}, {"start": 4.0, "end": 5.25, "layout": "center"}]}},
            {"at": 2.0, "source": "b", "start": 0.0, "joint": {"kind": "dissolve", "seconds": 0.5}},
            {"at": 5.0, "source": "a", "start": 20.0, "joint": {"kind": "dip", "seconds": 1.0}}
        ]
    })
}

#[track_caller]
fn refused(pointer: &str, value: Value, told: &str) {
    refused_by(MusicEdit::parse, edit(), pointer, value, told);
}

#[test]
fn a_good_edit_is_read_unchanged() {
    let parsed = MusicEdit::parse(&edit().to_string()).unwrap();
    assert_eq!(parsed, serde_json::from_value(edit()).unwrap());
}

#[test]
fn faults_of_footage_are_told_by_their_place() {
    refused("/sources", json!([]), "`sources` is empty; an edit needs footage");
    let id = "is not 1 to 64 of the characters A-Z a-z 0-9 . _ -, beginning with a letter or digit";
    refused("/sources/0/id", "../a".into(), &format!("`sources[0].id` {id}"));
    refused("/sources/1/id", "a".into(), "`sources[1].id` is `a` like an earlier source's");
    refused("/sources/0/duration", 0.0.into(), "`sources[0].duration` is not a length in seconds");
    refused("/sources/1/duration", (-1.0).into(), "`sources[1].duration` is not a length in seconds");
    refused("/sources/0/width", 0.into(), "`sources[0].width` is 0, and footage has a picture");
    refused("/sources/0/height", 0.into(), "`sources[0].height` is 0, and footage has a picture");
}

#[test]
fn faults_of_settings_are_told_by_their_place() {
    refused("/kind", "clips".into(), "`kind` is `clips`, where a plan of the kind `music-edit` is needed");
    refused("/settings/aspects", json!([]), "`settings.aspects` is empty; name at least one, such as 9:16");
    refused("/settings/aspects", json!(["1:1", "9:16", "1:1"]), "`settings.aspects[2]` is there already");
    for length in [0.0, -3.0, 1e6] {
        refused("/settings/length", length.into(), "`settings.length` is not a length in seconds, of at most 6 hours");
    }
    for rate in [json!([0, 1]), json!([30, 0]), json!([1, 2]), json!([1000, 1])] {
        let told = "`settings.frame_rate` is not [frames, seconds] of 1 to 240 frames a second, such as [30, 1]";
        refused("/settings/frame_rate", rate, told);
    }
    refused("/settings/loudness", (-50).into(), "`settings.loudness` is not between -40 and -5 LUFS");
    refused("/settings/original_sound", 30.into(), "`settings.original_sound` is not between -60 and 20 dB");
}

#[test]
fn faults_of_the_music_are_told_by_their_place() {
    refused("/music/duration", 0.into(), "`music.duration` is not a length in seconds");
    for start in [-1.0, 180.0] {
        refused("/music/start", start.into(), "`music.start` is not within the music, which ends at 180.000");
    }
    refused("/music/bpm", 0.into(), "`music.bpm` is not a tempo; leave it out where the music has no beat");
    refused("/music/beats/1", 12.5.into(), "`music.beats[1]` is not after the one before");
    refused("/music/beats/2", 190.into(), "`music.beats[2]` is not within the music, which ends at 180.000");
    refused("/music/downbeats/0", (-1).into(), "`music.downbeats[0]` is not within the music, which ends at 180.000");
    refused(
        "/music/sections/1/start",
        13.0.into(),
        "`music.sections[1].start` is before the end of the section before",
    );
    refused("/music/sections/0/end", 0.0.into(), "`music.sections[0].end` is not after its start");
    refused("/music/sections/0/energy", 1.5.into(), "`music.sections[0].energy` is not between 0 and 1");
    refused("/music/fade_in", (-1).into(), "`music.fade_in` is not a length in seconds; 0 is none");
    refused(
        "/music/fade_out",
        8.1.into(),
        "`music.fade_out` does not fit: with fade_in it is longer than the edit's 8.000 s",
    );
}

#[test]
fn faults_of_shots_are_told_by_their_place() {
    refused("/shots", json!([]), "`shots` is empty; an edit shows at least one");
    refused("/shots/0/at", 0.5.into(), "`shots[0].at` is not 0, where the edit begins");
    refused("/shots/2/at", 8.0.into(), "`shots[2].at` is not before 8.000, where the edit ends");
    refused("/shots/2/at", 2.01.into(), "`shots[2].at` is less than a frame after the shot before");
    refused("/shots/1/source", "c".into(), "`shots[1].source` is `c`, which `sources` does not hold");
    refused("/shots/1/start", (-0.1).into(), "`shots[1].start` is not a time of the footage");
    let late = "`shots[2].start` is too late: 3.000 s are shown and the footage ends at 30.000";
    refused("/shots/2/start", 27.2.into(), late);
    let joint = json!({"kind": "wipe", "seconds": 0.5});
    refused(
        "/shots/0",
        json!({"at": 0.0, "source": "a", "start": 3.0, "joint": joint}),
        "`shots[0].joint` has no shot before it",
    );
    let none = "`shots[1].joint.seconds` is not a length in seconds; leave `joint` out for a hard cut";
    refused("/shots/1/joint/seconds", 0.into(), none);
    let room = |i: usize, room: &str| {
        format!("`shots[{i}].joint.seconds` is longer than the {room} s that its neighbours leave around the cut")
    };
    refused("/shots/1/joint/seconds", 4.1.into(), &room(1, "4.000"));
    refused("/shots/2/joint/seconds", 6.1.into(), &room(2, "5.500"));
    refused("/shots/2/joint/seconds", 5.6.into(), &room(2, "5.500"));
    let at = "shots[0].layouts[\"9:16\"]";
    refused(
        "/shots/0/layouts/9:16/0/start",
        3.1.into(),
        &format!("`{at}[0].start` is not 3.000, where the shot starts"),
    );
    refused("/shots/0/layouts/9:16/1/end", 4.9.into(), &format!("`{at}[1].end` is not 5.000, where the shot ends"));
    refused(
        "/shots/0/layouts/9:16/1/start",
        4.1.into(),
        &format!("`{at}[1].start` is not 4.000, where the one before ends"),
    );
}
