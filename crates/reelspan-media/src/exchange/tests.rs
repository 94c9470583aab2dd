//! What becomes of plans on the way to other editors; that their readers agree is tested with the whole program.

use serde_json::{Value, json};

use super::*;
use crate::plan::Document;

fn recording(rate: f64) -> Source {
    let info = json!({
        "container": "mov", "duration": 10.0, "bytes": 1000,
        "video": {
            "index": 0, "codec": "h264", "width": 1920, "height": 1080, "display_width": 1920, "display_height": 1080, "rotation": 0,
            "frame_rate": rate, "variable_frame_rate": false, "pixel_format": "yuv420p", "bit_depth": 8, "hdr": false,
            "color_transfer": null, "color_primaries": null, "color_space": null, "interlaced": false, "start": 0.0
        },
        "audio": [{"index": 1, "codec": "aac", "sample_rate": 48000, "channels": 2, "channel_layout": null, "language": null, "start": 0.0}],
        "subtitles": [], "still": false, "cover": null
    });
    Source { path: "/films/a.mov".into(), info: Some(serde_json::from_value(info).unwrap()), timecode: None }
}

fn sources(rate: f64) -> Sources {
    let song = Source { path: "/films/song.wav".into(), info: None, timecode: None };
    Sources::from([("a.mov".to_owned(), recording(rate)), ("song.wav".to_owned(), song)])
}

/// Two shots with a joint between them: the first shows the end of the footage but for `tail` seconds, the second its
/// beginning but for `head`.
fn edit(kind: &str, seconds: f64, tail: f64, head: f64) -> Value {
    json!({
        "schema": "reelspan.plan/1", "kind": "music-edit",
        "sources": [{"id": "a", "path": "a.mov", "blake3": "00", "duration": 10.0, "width": 1920, "height": 1080, "still": false}],
        "music": {"path": "song.wav", "blake3": "00", "duration": 60.0, "start": 0.0, "beats": [], "fade_in": 0.0, "fade_out": 0.0},
        "settings": {"aspects": ["9:16"], "length": 4.0, "frame_rate": [25, 1], "pace": "calm", "loudness": -14.0, "watermark": "none"},
        "shots": [
            {"at": 0.0, "source": "a", "start": 8.0 - tail},
            {"at": 2.0, "source": "a", "start": head, "joint": {"kind": kind, "seconds": seconds}}
        ]
    })
}

fn clips(layout: Value) -> Value {
    json!({
        "schema": "reelspan.plan/1", "kind": "clips",
        "input": {"path": "a.mov", "blake3": "00", "duration": 10.0, "width": 1920, "height": 1080, "transcript": "none"},
        "settings": {"aspects": ["9:16"], "captions": "none", "loudness": -14.0, "watermark": "free"},
        "clips": [{"id": "01", "start": 1.0, "end": 3.0, "title": "one", "score": 0.5, "reason": "", "layouts": {"9:16": [layout]}}]
    })
}

#[track_caller]
fn one(plan: &Value, rate: f64) -> Sequence {
    let document = Document::parse(&plan.to_string()).unwrap();
    sequences(&document, &sources(rate), &Wish::default()).unwrap().remove(0)
}

#[test]
fn a_transition_is_as_long_as_the_footage_on_both_sides_allows() {
    let joint =
        |tail: f64, head: f64| one(&edit("dissolve", 1.6, tail, head), 25.0).shots[1].joint.map(|joint| joint.half);
    assert_eq!(joint(1.0, 1.0), Some(20));
    assert_eq!(joint(0.2, 1.0), Some(5));
    assert_eq!(joint(1.0, 0.4), Some(10));
    assert_eq!(joint(1.0, 0.0), None);
    let notes = one(&edit("dissolve", 1.6, 0.2, 1.0), 25.0).notes;
    assert!(notes.iter().any(|note| note.contains("the transition at 0:02.0 is shorter than planned")), "{notes:?}");
    let notes = one(&edit("dissolve", 1.6, 1.0, 1.0), 25.0).notes;
    assert!(!notes.iter().any(|note| note.contains("transition")), "{notes:?}");
}

#[test]
fn a_list_begins_a_transition_where_it_begins_and_says_what_it_is() {
    let text =
        |kind: &str| write(&[one(&edit(kind, 0.8, 1.0, 2.0), 25.0)], "edit", Format::Edl).unwrap().remove(0).text;
    let events = |text: &str| text.lines().filter(|line| line.starts_with("00")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        events(&text("dissolve")),
        [
            "001  A        V     C        00:00:07:00 00:00:08:15 01:00:00:00 01:00:01:15",
            "002  A        V     C        00:00:08:15 00:00:08:15 01:00:01:15 01:00:01:15",
            "002  A        V     D    020 00:00:01:15 00:00:04:00 01:00:01:15 01:00:04:00",
            "003  SONG     AA    C        00:00:00:00 00:00:04:00 01:00:00:00 01:00:04:00",
        ]
    );
    assert!(text("wipe").contains(" W001 020 "));
    assert!(text("push").contains(" D    020 ") && text("push").contains("* TRANSITION: PUSH\n"));
    assert!(!text("dissolve").contains("TRANSITION"));
}

#[test]
fn what_a_format_cannot_say_is_told() {
    let notes = |kind: &str, format: Format| {
        write(&[one(&edit(kind, 0.8, 1.0, 2.0), 25.0)], "", format).unwrap().remove(0).notes.join("\n")
    };
    assert!(notes("zoom", Format::Edl).contains("dissolves and wipes only"));
    assert!(!notes("wipe", Format::Edl).contains("dissolves and wipes only"));
    assert!(notes("flash", Format::Fcpxml).contains("flash, push, wipe and zoom as dissolves"));
    assert!(!notes("dip", Format::Fcpxml).contains("as dissolves"));
    assert!(notes("dissolve", Format::Otio).contains("`song.wav` is not here"));
    let split = json!({"start": 1.0, "end": 3.0, "layout": "split", "panes": [
        {"x": 0.25, "y": 0.5, "height": 0.5}, {"x": 0.75, "y": 0.5, "height": 0.5}]});
    let sequence = one(&clips(split), 25.0);
    let todo: Vec<_> = sequence.markers.iter().filter(|marker| marker.kind == MarkerKind::Todo).collect();
    assert_eq!(todo[0].note, "two windows, one over the other, around 0.25 0.50 and 0.75 0.50 of the picture");
    let framing = sequence.shots[0].framing.as_ref().unwrap();
    assert_eq!(framing.motions()[0].scale, framing.fitted(), "the whole picture");
    assert!(
        sequence.notes.iter().any(|note| note.contains("two windows"))
            && sequence.notes.iter().any(|note| note.contains("watermark"))
    );
}

#[test]
fn rates_are_those_of_the_finished_clips() {
    let rate = |source: f64| {
        let sequence = one(&clips(json!({"start": 1.0, "end": 3.0, "layout": "fit"})), source);
        (sequence.rate.num, sequence.rate.den, sequence.frames, sequence.shots[0].source)
    };
    assert_eq!(rate(23.976), (24_000, 1001, 48, 24));
    assert_eq!(rate(29.97), (30_000, 1001, 60, 30));
    assert_eq!(rate(120.0), (60, 1, 120, 60));
    assert_eq!(rate(12.5), (25, 1, 50, 25));
}

#[test]
fn a_list_refuses_what_timecode_cannot_count() {
    let mut plan = edit("dissolve", 0.8, 1.0, 2.0);
    plan["settings"]["frame_rate"] = json!([120, 1]);
    let sequence = one(&plan, 25.0);
    let told = write(std::slice::from_ref(&sequence), "", Format::Edl).unwrap_err();
    assert_eq!(told, ExchangeError::TooManyFrames("120".to_owned()));
    assert!(write(&[sequence], "", Format::Fcpxml).is_ok());
}

#[test]
fn sound_alone_has_no_picture_anywhere() {
    let mut plan = clips(json!({"start": 1.0, "end": 3.0, "layout": "fit"}));
    plan["input"]["width"] = Value::Null;
    plan["input"]["height"] = Value::Null;
    plan["clips"][0]["layouts"] = json!({});
    let mut sequence = one(&plan, 25.0);
    sequence.media[0].channels = 1;
    let text = |format: Format| write(std::slice::from_ref(&sequence), "", format).unwrap().remove(0).text;
    assert!(!text(Format::Otio).contains("\"Video\""));
    assert!(!text(Format::Fcpxml).contains("hasVideo") && !text(Format::Fcpxml).contains("adjust-conform"));
    assert!(!text(Format::Fcp7).contains("-v-1") && text(Format::Fcp7).contains("-a1-1"));
    assert!(text(Format::Edl).contains("AA    C") && !text(Format::Edl).contains("AA/V"));
}

#[test]
fn a_recording_that_runs_into_the_next_day_is_said_to() {
    let mut sources = sources(25.0);
    sources.get_mut("a.mov").unwrap().timecode = Some("23:59:58:00".to_owned());
    let document = Document::parse(&clips(json!({"start": 1.0, "end": 3.0, "layout": "fit"})).to_string()).unwrap();
    let sequence = sequences(&document, &sources, &Wish::default()).unwrap();
    let list = write(&sequence, "", Format::Edl).unwrap().remove(0);
    assert!(list.text.contains("23:59:59:00 00:00:01:00"), "{}", list.text);
    assert!(list.notes.iter().any(|note| note.contains("24 hours")), "{:?}", list.notes);
}
