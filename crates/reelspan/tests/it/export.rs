//! Exports, read back by OpenTimelineIO's own adapters: the same names, times, durations and places.

mod fixtures;

use std::path::{Path, PathBuf};

use reelspan_testing::programs::editors_python;
use serde_json::{Value, json};

use self::fixtures::{Grid, HOSTILE, cut, edit, expected_clips, expected_cut, expected_edit, titled_clips};
use crate::support::{Machine, names};

const FORMATS: [&str; 4] = ["otio", "fcpxml", "fcp7xml", "edl"];

/// Runs a Python script with standard input; what it printed.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "other people's readers judge our exports")]
fn python(python: &Path, script: &str, args: &[&str], input: &str) -> Value {
    use std::io::Write;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/export").join(script);
    let mut child = std::process::Command::new(python)
        .arg(script)
        .args(args)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a timeline should hold, in frames.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) name: String,
    /// Name, record, source, frames.
    pub(crate) shots: Vec<(String, i64, i64, i64)>,
    /// The cut and the frames on each side of it.
    pub(crate) joints: Vec<(i64, i64)>,
    pub(crate) sound: bool,
    pub(crate) music: Option<(String, i64, i64)>,
    /// Name and frame.
    pub(crate) markers: Vec<(String, i64)>,
}

/// Exports a plan and returns the files in order of their names.
fn exported(machine: &Machine, plan: &str, format: &str) -> Vec<PathBuf> {
    let run = machine.run(&["export", plan, "--format", format]).ok();
    run.stdout.lines().map(|line| machine.path(line)).collect()
}

struct Exported {
    format: &'static str,
    files: Vec<PathBuf>,
}

fn read_all(python_program: &Path, exports: &[Exported], grid: Grid) -> Vec<Vec<Value>> {
    let job = |file: &PathBuf, format: &str| json!({"file": file, "format": format, "num": grid.num, "den": grid.den});
    let jobs: Vec<Value> =
        exports.iter().flat_map(|export| export.files.iter().map(|file| job(file, export.format))).collect();
    let answers = python(python_program, "read_back.py", &[], &Value::from(jobs).to_string());
    let mut answers = answers.as_array().unwrap().iter().cloned();
    exports.iter().map(|export| answers.by_ref().take(export.files.len()).collect()).collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

fn frames(value: &Value, field: &str) -> i64 {
    let number = value[field].as_f64().unwrap();
    assert!(number.fract().abs() < 1e-9, "{field} lies between frames: {value}");
    number as i64
}

fn shots(items: &Value) -> Vec<(String, i64, i64, i64)> {
    let shot = |item: &Value| {
        (text(item, "name").to_owned(), frames(item, "record"), frames(item, "source"), frames(item, "frames"))
    };
    items.as_array().unwrap().iter().map(shot).collect()
}

fn track<'a>(timeline: &'a Value, kind: &str) -> Vec<&'a Value> {
    timeline["tracks"].as_array().unwrap().iter().filter(|track| track["kind"] == kind).collect()
}

/// Every address leads to the very file.
#[track_caller]
fn leads_to_a_file(item: &Value) {
    let url = text(item, "url");
    let path = url.strip_prefix("file://localhost").or(url.strip_prefix("file://")).unwrap();
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let coded = (*byte == b'%').then(|| u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
        bytes.push(coded.unwrap_or(*byte));
        rest = if coded.is_some() { &after[2..] } else { after };
    }
    let path = PathBuf::from(String::from_utf8(bytes).unwrap());
    assert!(path.is_file(), "{url}");
}

/// The timeline as a format's adapter found it; marks tell which format and rate was wrong.
#[track_caller]
fn same(timeline: &Value, expected: &Expected, format: &str, grid: Grid) {
    let mark = format!("{format} at {}/{}", grid.num, grid.den);
    let video = track(timeline, "Video")[0];
    assert_eq!(shots(&video["items"]), expected.shots, "{mark}");
    let joints: Vec<_> =
        video["joints"].as_array().unwrap().iter().map(|joint| (frames(joint, "cut"), frames(joint, "head"))).collect();
    assert_eq!(joints, expected.joints, "{mark}");
    let audio = track(timeline, "Audio");
    assert_eq!(audio.len() > usize::from(expected.music.is_some()), expected.sound, "{mark}: sound of its own");
    if let Some((name, source, length)) = &expected.music {
        let music = &audio.last().unwrap()["items"][0];
        let found = (text(music, "name"), frames(music, "record"), frames(music, "source"), frames(music, "frames"));
        assert_eq!(found, (name.as_str(), 0, *source, *length), "{mark}: music");
    }
    if format != "edl" {
        assert_eq!(text(timeline, "name"), expected.name, "{mark}");
        video["items"].as_array().unwrap().iter().for_each(leads_to_a_file);
        let markers: Vec<_> = timeline["markers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mark| (mark[0].as_str().unwrap().to_owned(), mark[1].as_i64().unwrap()))
            .collect();
        assert_eq!(markers, expected.markers, "{mark}");
    }
}

/// FCPXML: exactly as written, and by the adapter as near as its floats come (a frame of the whole rate below).
#[track_caller]
fn same_fcpxml(answer: &Value, index: usize, expected: &Expected, grid: Grid) {
    let mark = format!("fcpxml at {}/{}", grid.num, grid.den);
    let exact = &answer["exact"][index];
    assert_eq!(text(exact, "name"), expected.name, "{mark}");
    assert_eq!(shots(&exact["shots"]), expected.shots, "{mark}");
    let joints: Vec<_> =
        exact["joints"].as_array().unwrap().iter().map(|joint| (frames(joint, "cut"), frames(joint, "head"))).collect();
    assert_eq!(joints, expected.joints, "{mark}");
    let end = expected.shots.last().map_or(0, |(_, record, _, length)| record + length);
    assert_eq!(frames(exact, "frames"), end, "{mark}");
    for shot in exact["shots"].as_array().unwrap() {
        leads_to_a_file(shot);
        assert_eq!(shot["inside"], true, "{mark}: editors refuse what lies outside of the file: {shot}");
    }
    let mut markers = 0;
    for item in exact["shots"].as_array().unwrap().iter().chain(exact["music"].as_array().unwrap()) {
        markers += item["markers"].as_array().unwrap().len();
    }
    assert_eq!(markers, expected.markers.len(), "{mark}");
    if let Some((name, source, length)) = &expected.music {
        let music = &exact["music"][0];
        assert_eq!(
            (text(music, "name"), frames(music, "source"), frames(music, "frames")),
            (name.as_str(), *source, *length)
        );
    }

    let read = &answer["read"][index];
    assert_eq!(text(read, "name"), expected.name, "{mark}");
    let lane = read["tracks"].as_array().unwrap().iter().find(|track| track["name"] == "0").unwrap();
    let items = lane["items"].as_array().unwrap();
    assert_eq!(items.len(), expected.shots.len(), "{mark}");
    let slower = f64::from(grid.num) / f64::from(grid.den) / (f64::from(grid.num) / f64::from(grid.den)).floor();
    for (item, (name, record, source, length)) in items.iter().zip(&expected.shots) {
        assert_eq!(text(item, "name"), name, "{mark}");
        for (field, wanted) in [("source", source), ("frames", length)] {
            let off = (item[field].as_f64().unwrap() - *wanted as f64).abs();
            assert!(off <= slower + 1e-6, "{mark}: the adapter reads {field} {off} frames off");
        }
        // It adds up the lengths that it cut off.
        let off = (item["record"].as_f64().unwrap() - *record as f64).abs();
        assert!(off <= slower * (items.len() + 1) as f64, "{mark}: the adapter reads the place {off} frames off");
    }
}

fn every_kind_reads_back(num: u32, den: u32, timecode: &str) {
    let Some(python) = editors_python() else { return };
    let grid = Grid { num, den };
    let machine = Machine::new();
    let start = fixtures::media(&machine, grid, timecode);
    let plans = [
        ("clips.json", titled_clips(grid), expected_clips(start)),
        ("edit.json", edit(grid), vec![expected_edit(grid, start)]),
        ("cut.json", cut(grid), vec![expected_cut(start)]),
    ];
    for (name, plan, expected) in plans {
        std::fs::write(machine.path(name), plan.to_string()).unwrap();
        let exports: Vec<_> =
            FORMATS.iter().map(|format| Exported { format, files: exported(&machine, name, format) }).collect();
        let answers = read_all(&python, &exports, grid);
        for (export, answers) in exports.iter().zip(&answers) {
            let timelines: Vec<&Value> = answers.iter().flat_map(|answer| answer["read"].as_array().unwrap()).collect();
            assert_eq!(timelines.len(), expected.len(), "{} of {name}", export.format);
            for (i, expected) in expected.iter().enumerate() {
                match export.format {
                    "fcpxml" => same_fcpxml(&answers[0], i, expected, grid),
                    format => same(timelines[i], expected, format, grid),
                }
            }
        }
    }
}

#[test]
fn every_kind_reads_back_at_24() {
    every_kind_reads_back(24, 1, "00:00:10:00");
}

#[test]
fn every_kind_reads_back_at_25() {
    every_kind_reads_back(25, 1, "");
}

#[test]
fn every_kind_reads_back_at_29_97_counted_by_the_clock() {
    every_kind_reads_back(30_000, 1001, "01:09:59;20");
}

#[test]
fn every_kind_reads_back_at_29_97_counted_by_frames() {
    every_kind_reads_back(30_000, 1001, "01:00:00:00");
}

#[test]
fn every_kind_reads_back_at_30() {
    every_kind_reads_back(30, 1, "10:00:00:00");
}

#[test]
fn every_kind_reads_back_at_60() {
    every_kind_reads_back(60, 1, "");
}

#[test]
fn a_plan_of_a_real_run_is_good_by_its_schema_and_reads_back() {
    let Some(program) = editors_python() else { return };
    let machine = Machine::new();
    machine.talk(24);
    machine.words(24);
    let args =
        ["clips", "talk.mp4", "--out", "out", "--transcript", "words.srt", "--min", "4s", "--max", "7s", "--plan-only"];
    machine.run(&args).ok();
    let checked = machine.run(&["plan", "check", "out/clips.json"]).ok();
    assert!(checked.stdout.starts_with("good: clips, "), "{}", checked.stdout);
    let plan = crate::support::read_json(&machine.path("out/clips.json"));
    let clips = plan["clips"].as_array().unwrap();
    let grid = Grid { num: 25, den: 1 };
    let exports: Vec<_> =
        FORMATS.iter().map(|format| Exported { format, files: exported(&machine, "out/clips.json", format) }).collect();
    for (export, answers) in exports.iter().zip(read_all(&program, &exports, grid)) {
        let timelines: Vec<&Value> = answers.iter().flat_map(|answer| answer["read"].as_array().unwrap()).collect();
        assert_eq!(timelines.len(), clips.len());
        for (timeline, clip) in timelines.iter().zip(clips) {
            let items = track(timeline, "Video")[0]["items"].as_array().unwrap();
            let length: f64 = items.iter().map(|item| item["frames"].as_f64().unwrap()).sum();
            let seconds = clip["end"].as_f64().unwrap() - clip["start"].as_f64().unwrap();
            // The adapter of FCPXML cuts floats off at each item.
            let slack = if export.format == "fcpxml" { items.len() as f64 } else { 0.0 };
            assert!(
                (length - (seconds * 25.0).round()).abs() <= slack,
                "{}: {length} frames for {seconds} s",
                export.format
            );
        }
    }
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plan.schema.json");
    let file = |name: &str, plan: &Value| {
        std::fs::write(machine.path(name), plan.to_string()).unwrap();
        machine.path(name).to_str().unwrap().to_owned()
    };
    let mut wrong = plan.clone();
    wrong["clips"][0]["colour"] = json!("red");
    let mut other = cut(grid);
    other["kind"] = json!("clips");
    let files = [
        file("a.json", &plan),
        file("b.json", &edit(grid)),
        file("c.json", &cut(grid)),
        file("d.json", &titled_clips(grid)),
        file("e.json", &wrong),
        file("f.json", &other),
    ];
    let args: Vec<&str> = std::iter::once(schema.to_str().unwrap()).chain(files.iter().map(String::as_str)).collect();
    let faults = python(&program, "validate.py", &args, "");
    let found: Vec<bool> = faults.as_array().unwrap().iter().map(Value::is_string).collect();
    assert_eq!(found, [false, false, false, false, true, true], "{faults}");
}

#[test]
fn sources_of_another_rate_keep_their_seconds() {
    let Some(program) = editors_python() else { return };
    let grid = Grid { num: 25, den: 1 };
    let machine = Machine::new();
    fixtures::media(&machine, Grid { num: 50, den: 1 }, "00:00:10:00");
    std::fs::write(machine.path("edit.json"), edit(grid).to_string()).unwrap();
    for format in ["otio", "fcp7xml"] {
        let exports = [Exported { format, files: exported(&machine, "edit.json", format) }];
        let answers = read_all(&program, &exports, grid);
        same(&answers[0][0]["read"][0], &expected_edit(grid, 250), format, grid);
    }
    let exports = [Exported { format: "fcpxml", files: exported(&machine, "edit.json", "fcpxml") }];
    let answers = read_all(&program, &exports, grid);
    assert_eq!(shots(&answers[0][0]["exact"][0]["shots"]), expected_edit(grid, 250).shots);
    let xml = std::fs::read_to_string(&exports[0].files[0]).unwrap();
    assert!(xml.contains("frameDuration=\"1/50s\"") && xml.contains("srcFrameRate=\"50\""), "{xml}");
}

#[test]
fn one_clip_one_shape_and_one_place_are_as_they_are_asked_for() {
    let grid = Grid { num: 25, den: 1 };
    let machine = Machine::new();
    fixtures::media(&machine, grid, "");
    std::fs::write(machine.path("clips.json"), titled_clips(grid).to_string()).unwrap();
    let export = |more: &[&str]| machine.run(&[&["export", "clips.json"], more].concat());
    export(&["--format", "edl"]).ok();
    assert_eq!(names(&machine.path("clips-edl")), ["01.edl", "_con.edl"], "no file is a device on any system");
    export(&["--format", "fcp7xml", "--clip", "con", "-o", "one.xml"]).ok();
    let one = std::fs::read_to_string(machine.path("one.xml")).unwrap();
    assert_eq!(one.matches("<sequence ").count(), 1);
    export(&["--format", "fcpxml", "--aspect", "source", "-o", "whole.fcpxml"]).ok();
    let whole = std::fs::read_to_string(machine.path("whole.fcpxml")).unwrap();
    assert!(!whole.contains("adjust-transform") && whole.contains("width=\"640\""), "{whole}");
    let printed = export(&["--format", "otio", "--clip", "01", "-o", "-"]).ok();
    assert_eq!(printed.json()["OTIO_SCHEMA"], "Timeline.1");

    let refused = |more: &[&str], told: &str| {
        let run = export(more);
        assert_eq!(run.code, Some(1), "{}", run.stdout);
        assert!(run.stderr.contains(told), "{}", run.stderr);
    };
    refused(&["--format", "otio", "--clip", "07"], "no clip `07`; it holds 01, con");
    refused(&["--format", "otio", "--aspect", "1:1"], "no picture framed for 1:1; it holds 9:16");
    refused(&["--format", "edl", "-o", "-"], "--clip");
    refused(&["--format", "otio", "-o", "clips.json"], "is the plan itself");
    refused(&["--format", "otio", "--frame-rate", "25"], "its own rate is taken");
    std::fs::remove_file(machine.path(HOSTILE)).unwrap();
    refused(&["--format", "otio"], "--frame-rate 25");
    let run = export(&["--format", "otio", "--frame-rate", "25", "-o", "absent.otio"]).ok();
    assert!(run.stderr.contains("is not here"), "{}", run.stderr);

    std::fs::write(machine.path("cut.json"), cut(grid).to_string()).unwrap();
    let run = machine.run(&["export", "cut.json", "--format", "edl", "--clip", "01"]);
    assert!(run.stderr.contains("single timeline"), "{}", run.stderr);
    let run = machine.run(&["export", "cut.json", "--format", "edl", "--aspect", "9:16"]);
    assert!(run.stderr.contains("has no aspects"), "{}", run.stderr);
}

#[test]
fn a_faulty_plan_is_told_by_file_line_and_column() {
    let machine = Machine::new();
    let text = serde_json::to_string_pretty(&edit(Grid { num: 25, den: 1 })).unwrap();
    std::fs::write(machine.path("edit.json"), text.replace("\"source\": \"b\"", "\"source\": \"nobody\"")).unwrap();
    for args in [&["plan", "check", "edit.json"][..], &["export", "edit.json", "--format", "edl"]] {
        let run = machine.run(args);
        assert_eq!(run.code, Some(1));
        let place = run.stderr.trim().strip_prefix("error: edit.json: line ").expect(&run.stderr);
        let line: usize = place.split(',').next().unwrap().parse().unwrap();
        let lines = std::fs::read_to_string(machine.path("edit.json")).unwrap();
        assert!(lines.lines().nth(line - 1).unwrap().contains("nobody"), "{}", run.stderr);
    }
    let schema = machine.run(&["plan", "schema"]).ok().json();
    assert_eq!(schema["title"], "reelspan.plan/1");
}
