//! What a plan may say, and how its faults are told.

use reelspan_types::Aspect;
use serde_json::{Value, json};

use super::*;
use crate::plan::Plan;

fn plan() -> Value {
    json!({
        "schema": "reelspan.plan/1",
        "kind": "clips",
        "input": {"path": "talk.mp4", "blake3": "00", "duration": 60.0, "width": 1920, "height": 1080, "transcript": "file"},
        "settings": {"aspects": ["9:16"], "captions": "none", "loudness": -14.0, "watermark": "none"},
        "clips": [
            {
                "id": "01", "start": 10.0, "end": 20.0, "title": "", "score": 0.5, "reason": "", "thumbnail": 11.0,
                "layouts": {"9:16": [
                    {"start": 10.0, "end": 14.0, "layout": "track", "path": [{"t": 10.0, "x": 0.4, "y": 0.5}, {"t": 12.0, "x": 0.5, "y": 0.5}]},
                    {"start": 14.0, "end": 20.0, "layout": "split", "panes": [
                        {"x": 0.3, "y": 0.5, "height": 0.8}, {"x": 0.7, "y": 0.5, "height": 0.8}]}
                ]},
                "captions": [
                    {"start": 10.0, "end": 12.0, "words": [
                        {"start": 10.0, "end": 10.5, "text": "one"}, {"start": 11.0, "end": 12.0, "text": "two"}]},
                    {"start": 18.0, "end": 19.0, "words": [{"start": 18.0, "end": 19.0, "text": "three"}]}
                ]
            },
            {"id": "02", "start": 30.0, "end": 40.0, "title": "", "score": 0.4, "reason": "",
             "layouts": {"9:16": [{"start": 30.0, "end": 40.0, "layout": "fit"}]}}
        ]
    })
}

fn edited(pointer: &str, value: Value) -> Result<Plan, PlanError> {
    let mut plan = plan();
    *plan.pointer_mut(pointer).unwrap() = value;
    Plan::parse(&plan.to_string())
}

#[track_caller]
fn refused(pointer: &str, value: Value, told: &str) {
    refused_by(Plan::parse, plan(), pointer, value, told);
}

/// Puts a value into a plan and expects the fault: its words, and that it points at that value or at what holds it.
#[track_caller]
pub(super) fn refused_by<T: std::fmt::Debug>(
    parse: impl Fn(&str) -> Result<T, PlanError>,
    mut plan: Value,
    pointer: &str,
    value: Value,
    told: &str,
) {
    let (holder, name) = pointer.rsplit_once('/').unwrap();
    match plan.pointer_mut(holder).unwrap() {
        Value::Object(fields) => drop(fields.insert(name.to_owned(), value)),
        other => *other.pointer_mut(&format!("/{name}")).unwrap() = value,
    }
    let text = serde_json::to_string_pretty(&plan).unwrap();
    let error = parse(&text).unwrap_err();
    let place = error.place().expect("a fault in a text has a place");
    assert_eq!(error.to_string(), format!("{place}: {told}"));
    let line_of = |pointer: &str| {
        let mut marked = plan.clone();
        *marked.pointer_mut(pointer).unwrap() = "MARK".into();
        let text = serde_json::to_string_pretty(&marked).unwrap();
        text.lines().position(|line| line.contains("MARK")).unwrap() + 1
    };
    let first = line_of(pointer);
    let length = serde_json::to_string_pretty(plan.pointer(pointer).unwrap()).unwrap().lines().count();
    let inside = (first..first + length).contains(&place.line);
    assert!(inside || place.line == line_of(holder), "{error}, and the value stands at line {first}");
    let rest = &text.lines().nth(place.line - 1).unwrap()[place.column - 1..];
    assert!(rest.starts_with(|c: char| !c.is_whitespace()), "{error} points at `{rest}`");
}

#[test]
fn a_good_plan_is_read_unchanged() {
    let parsed = Plan::parse(&plan().to_string()).unwrap();
    let unread: Plan = serde_json::from_value(plan()).unwrap();
    assert_eq!(parsed, unread);
    assert_eq!(parsed.check(), Ok(()));
}

#[test]
fn faults_are_told_by_their_place() {
    refused(
        "/schema",
        "reelspan.plan/9".into(),
        "`schema` is not `reelspan.plan/1`, the only version that this program reads",
    );
    refused("/kind", "cut".into(), "`kind` is `cut`, where a plan of the kind `clips` is needed");
    refused("/input/duration", 0.into(), "`input.duration` is not a length in seconds");
    refused("/clips/1/id", "01".into(), "`clips[1].id` is `01` like an earlier clip's");
    for id in ["", "../x", "a/b", ".hidden", "a b", "ä", "-f"] {
        let told = "`clips[1].id` is not 1 to 64 of the characters A-Z a-z 0-9 . _ -, beginning with a letter or digit";
        refused("/clips/1/id", id.into(), told);
    }
    refused("/clips/0/start", (-1.0).into(), "`clips[0].start` is not a time of the recording");
    refused("/clips/1/end", 61.0.into(), "`clips[1].end` is after the recording's end at 60.000");
    refused("/clips/1/end", 30.4.into(), "`clips[1].end` is less than 0.5 s after its start");
    refused("/settings/loudness", 3.0.into(), "`settings.loudness` is not between -40 and -5 LUFS");
    refused("/settings/aspects", json!([]), "`settings.aspects` is empty; name at least one, such as 9:16");
    let at = "/clips/0/layouts/9:16";
    refused(
        &format!("{at}/1/start"),
        15.0.into(),
        "`clips[0].layouts[\"9:16\"][1].start` is not 14.000, where the one before ends",
    );
    refused(&format!("{at}/0/end"), 9.0.into(), "`clips[0].layouts[\"9:16\"][0].end` is not after its start");
    refused(
        &format!("{at}/1/panes/0/height"),
        0.01.into(),
        "`clips[0].layouts[\"9:16\"][1].panes[0]` lies outside of the picture (x and y 0 to 1, height 0.05 to 1)",
    );
    refused(
        &format!("{at}/0/panes"),
        json!([{"x": 0.5, "y": 0.5, "height": 0.5}]),
        "`clips[0].layouts[\"9:16\"][0].panes` belongs to split only",
    );
    refused("/clips/0/captions/0/end", 9.0.into(), "`clips[0].captions[0].end` is not after its start");
    refused("/clips/0/captions/1/start", 9.0.into(), "`clips[0].captions[1].start` is before the caption before it");
    refused(
        &format!("{at}/1/panes"),
        json!([]),
        "`clips[0].layouts[\"9:16\"][1].panes` does not hold two panes, the upper and the lower",
    );
    refused(
        &format!("{at}/0/path/1/t"),
        9.0.into(),
        "`clips[0].layouts[\"9:16\"][0].path[1].t` is not after the one before",
    );
    refused(
        &format!("{at}/0/path/1/x"),
        1.5.into(),
        "`clips[0].layouts[\"9:16\"][0].path[1]` lies outside of the picture (x and y go from 0 to 1)",
    );
    refused("/clips/0/captions/0/words/1/end", 10.9.into(), "`clips[0].captions[0].words[1].end` is before its start");
}

#[test]
fn a_layout_may_be_left_out_of_the_file_but_not_of_the_render() {
    let read = edited("/clips/1/layouts", json!({})).unwrap();
    let told = "`clips[1].layouts[\"9:16\"]` is missing, and settings.aspects asks for it";
    assert_eq!(read.check().unwrap_err().to_string(), told);
}

#[test]
fn a_layout_s_zoom_has_bounds() {
    let mut plan = plan();
    plan["clips"][1]["layouts"]["9:16"][0]["zoom"] = 0.1.into();
    let told = Plan::parse(&plan.to_string()).unwrap_err().to_string();
    assert!(told.ends_with("`clips[1].layouts[\"9:16\"][0].zoom` is not between 0.3 and 1"), "{told}");
}

#[test]
fn a_fault_keeps_its_place_where_other_things_are_dropped() {
    let mut plan = plan();
    // The first caption and the first layout lie outside of the new bounds, so all that follows moves up.
    plan["clips"][0]["start"] = 15.0.into();
    plan["clips"][0]["captions"][1]["words"][0]["end"] = 1.0.into();
    let text = serde_json::to_string_pretty(&plan).unwrap();
    let error = Plan::parse(&text).unwrap_err();
    let line = text.lines().nth(error.place().unwrap().line - 1).unwrap();
    assert!(error.to_string().contains("captions[1].words[0].end"), "{error}");
    assert_eq!(line.trim(), "\"end\": 1.0,");
}

#[test]
fn broken_json_is_told_by_line_and_column() {
    let told = Plan::parse("{\n  \"schema\": 7}").unwrap_err();
    assert_eq!(
        told,
        PlanError::Json { line: 2, column: 13, what: "invalid type: integer `7`, expected a string".into() }
    );
    let mut unknown = plan();
    unknown["clips"][0]["colour"] = "red".into();
    let told = Plan::parse(&serde_json::to_string_pretty(&unknown).unwrap()).unwrap_err().to_string();
    assert!(told.starts_with("line ") && told.contains("unknown field `colour`"), "{told}");
}

#[test]
fn everything_follows_a_clip_s_new_bounds() {
    let mut narrowed = plan();
    narrowed["clips"][0]["start"] = 10.9.into();
    narrowed["clips"][0]["end"] = 13.0.into();
    let clip = &Plan::parse(&narrowed.to_string()).unwrap().clips[0];
    let layouts = &clip.layouts[&Aspect::VERTICAL];
    assert_eq!(layouts.len(), 1);
    assert_eq!((layouts[0].start, layouts[0].end), (10.9, 13.0));
    assert_eq!(clip.captions.len(), 1);
    assert_eq!(clip.captions[0].words.len(), 1);
    assert_eq!(clip.captions[0].start, 10.9);

    let mut widened = plan();
    widened["clips"][0]["start"] = 8.0.into();
    widened["clips"][0]["end"] = 25.0.into();
    let clip = &Plan::parse(&widened.to_string()).unwrap().clips[0];
    let layouts = &clip.layouts[&Aspect::VERTICAL];
    assert_eq!((layouts[0].start, layouts[0].end, layouts[1].start, layouts[1].end), (8.0, 14.0, 14.0, 25.0));
    assert_eq!(clip.captions.len(), 2);

    let mut moved = plan();
    moved["clips"][0]["start"] = 40.0.into();
    moved["clips"][0]["end"] = 45.0.into();
    let clip = &Plan::parse(&moved.to_string()).unwrap().clips[0];
    let layouts = &clip.layouts[&Aspect::VERTICAL];
    assert_eq!(layouts.len(), 1);
    assert_eq!((layouts[0].start, layouts[0].end, layouts[0].layout), (40.0, 45.0, Layout::Split));
    assert!(clip.captions.is_empty() && clip.thumbnail.is_none());
}

mod follow {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_new_bounds_make_a_sound_plan(start in 0.0..59.0_f64, length in 0.5..60.0_f64) {
            let mut plan = plan();
            plan["clips"][0]["start"] = start.into();
            plan["clips"][0]["end"] = (start + length).min(60.0).max(start + 0.5).into();
            let parsed = Plan::parse(&plan.to_string());
            prop_assert!(parsed.is_ok(), "{:?}", parsed.err());
        }
    }
}
