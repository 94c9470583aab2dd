//! Every kind through the one door, and faults at the right line whatever is mutilated.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn clips() -> Value {
    json!({
        "schema": "reelspan.plan/1", "kind": "clips",
        "input": {"path": "talk.mp4", "blake3": "00", "duration": 60.0, "width": 1920, "height": 1080, "transcript": "file"},
        "settings": {"aspects": ["9:16"], "captions": "none", "loudness": -14.0, "watermark": {"text": "mine"}},
        "clips": [{
            "id": "01", "start": 10.0, "end": 20.0, "title": "one", "score": 0.5, "reason": "good",
            "layouts": {"9:16": [{"start": 10.0, "end": 20.0, "layout": "track", "path": [{"t": 1.0, "x": 0.5, "y": 0.5}]}]},
            "captions": [{"start": 11.0, "end": 12.0, "words": [{"start": 11.0, "end": 12.0, "text": "one"}]}]
        }]
    })
}

fn edit() -> Value {
    json!({
        "schema": "reelspan.plan/1", "kind": "music-edit",
        "sources": [{"id": "a", "path": "a.mp4", "blake3": "00", "duration": 30.0, "width": 640, "height": 360, "still": false}],
        "music": {"path": "s.mp3", "blake3": "00", "duration": 90.0, "start": 1.0, "beats": [1.0, 1.5], "fade_in": 0.0, "fade_out": 1.0},
        "settings": {"aspects": ["9:16"], "length": 4.0, "frame_rate": [25, 1], "pace": "calm", "loudness": -14.0, "watermark": "none"},
        "shots": [
            {"at": 0.0, "source": "a", "start": 3.0},
            {"at": 2.0, "source": "a", "start": 9.0, "joint": {"kind": "push", "seconds": 0.4}}
        ]
    })
}

fn cut() -> Value {
    json!({
        "schema": "reelspan.plan/1", "kind": "cut",
        "input": {"path": "talk.mp4", "blake3": "00", "duration": 60.0, "width": null, "height": null, "transcript": "none"},
        "settings": {"fade": 0.01, "room_tone": true, "encode": false},
        "pieces": [{"start": 1.0, "end": 4.0, "keep": true, "why": "wanted"}]
    })
}

#[test]
fn every_kind_comes_through_the_one_door() {
    let kinds = [clips(), edit(), cut()].map(|plan| Document::parse(&plan.to_string()).unwrap().kind());
    assert_eq!(kinds, [Kind::Clips, Kind::MusicEdit, Kind::Cut]);
}

#[test]
fn other_versions_and_other_kinds_are_refused_first() {
    let told = |text: &str| Document::parse(text).unwrap_err().to_string();
    assert_eq!(
        told("{\n  \"kind\": \"hologram\", \"schema\": \"reelspan.plan/2\"}"),
        "line 2, column 33: `schema` is not `reelspan.plan/1`, the only version that this program reads"
    );
    assert_eq!(
        told("{\"schema\": \"reelspan.plan/1\",\n\"kind\": \"hologram\"}"),
        "line 2, column 18: unknown variant `hologram`, expected one of `clips`, `music-edit`, `cut`"
    );
    assert_eq!(told("{\"kind\": \"cut\"}"), "line 1, column 15: missing field `schema`");
    assert!(told("[]").starts_with("line 1, column "), "{}", told("[]"));
    assert!(told("{\"schema\": \"reelspan.plan/1\",\n,").starts_with("line 2, column 1: "));
    assert!(told("").starts_with("line 1, column 0: "), "{}", told(""));
}

#[test]
fn an_unknown_field_is_told_by_its_line_in_every_kind() {
    for (mut plan, pointer) in [(clips(), "/clips/0"), (edit(), "/shots/1/joint"), (cut(), "/pieces/0")] {
        plan.pointer_mut(pointer).unwrap()["wrong_one"] = json!(1);
        let text = serde_json::to_string_pretty(&plan).unwrap();
        let error = Document::parse(&text).unwrap_err();
        let line = text.lines().nth(error.place().unwrap().line - 1).unwrap();
        assert!(
            line.contains("wrong_one") && error.to_string().contains("unknown field `wrong_one`"),
            "{error}: {line}"
        );
    }
}

/// Every place in a plan, as a pointer.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| pointers(value, &format!("{at}/{name}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| pointers(value, &format!("{at}/{i}"), found))
        }
        _ => {}
    }
}

fn odd_values() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        (-100..200_i32).prop_map(|number| json!(f64::from(number) / 10.0)),
        any::<bool>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
    ]
}

proptest! {
    #[test]
    fn a_mutilated_plan_never_panics_and_its_fault_is_in_the_text(
        which in 0..3_usize, pick in any::<prop::sample::Index>(), value in odd_values(),
    ) {
        let mut plan = [clips(), edit(), cut()][which].clone();
        let mut all = Vec::new();
        pointers(&plan, "", &mut all);
        let pointer = pick.get(&all);
        *plan.pointer_mut(pointer).unwrap() = value;
        let text = serde_json::to_string_pretty(&plan).unwrap();
        if let Err(error) = Document::parse(&text) {
            let place = error.place().expect("a fault in a text has a place");
            let line = text.lines().nth(place.line - 1);
            prop_assert!(line.is_some_and(|line| place.column <= line.len() + 1), "{error}\n{text}");
        }
    }

    #[test]
    fn a_text_that_breaks_off_is_refused(which in 0..3_usize, share in 0.0..1.0_f64) {
        let text = [clips(), edit(), cut()][which].to_string();
        let end = (text.len() as f64 * share) as usize;
        prop_assert!(Document::parse(&text[..end]).is_err());
    }
}
