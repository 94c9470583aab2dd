//! Get Clips from end to end: what lies in the folder, plans that are edited, runs that go on where one stopped.

use reelspan_testing::{open_media, probe_json};
use serde_json::{Value, json};

use crate::support::{Machine, names, read_json};

const SHORT: [&str; 6] = ["--min", "4s", "--max", "7s", "--count", "2"];

fn clips(machine: &Machine, more: &[&str]) -> crate::support::Run {
    let mut args = vec!["clips", "talk.mp4", "--out", "out", "--transcript", "words.srt"];
    args.extend(SHORT);
    args.extend(more);
    machine.run(&args)
}

fn talk() -> Machine {
    let machine = Machine::new();
    machine.talk(24);
    machine.words(24);
    machine
}

fn stream<'a>(probe: &'a Value, kind: &str) -> &'a Value {
    let streams = probe["streams"].as_array().unwrap();
    streams.iter().find(|stream| stream["codec_type"] == kind).unwrap()
}

#[test]
fn a_talk_becomes_clips_as_promised_and_a_second_run_makes_none_again() {
    let machine = talk();
    let first = clips(&machine, &["--json"]).ok().json();
    assert_eq!(
        names(&machine.path("out")),
        [
            "01-9x16.ass",
            "01-9x16.jpg",
            "01-9x16.mp4",
            "01.srt",
            "02-9x16.ass",
            "02-9x16.jpg",
            "02-9x16.mp4",
            "02.srt",
            "clips.json",
            "contact-sheet.jpg",
            "index.html"
        ]
    );
    for made in first["made"].as_array().unwrap() {
        let probe = probe_json(&machine.path("out").join(made["video"].as_str().unwrap()));
        let (video, audio) = (stream(&probe, "video"), stream(&probe, "audio"));
        assert_eq!((&video["width"], &video["height"]), (&json!(1080), &json!(1920)));
        assert_eq!((&video["codec_name"], &video["profile"]), (&json!("h264"), &json!("High")));
        assert_eq!((&audio["codec_name"], &audio["sample_rate"]), (&json!("aac"), &json!("48000")));
        assert_eq!(video["r_frame_rate"], video["avg_frame_rate"], "constant frame rate");
        let seconds = made["duration"].as_f64().unwrap();
        assert!((4.0..=8.5).contains(&seconds), "{seconds}");
        assert!((made["loudness"].as_f64().unwrap() + 14.0).abs() <= 0.7, "{}", made["loudness"]);
    }
    let second = clips(&machine, &["--json"]).ok().json();
    assert!(second["made"].as_array().unwrap().iter().all(|made| made["reused"] == true));
    assert_eq!(first["plan"], second["plan"], "the same input gives the same plan");
}

#[test]
fn every_score_rests_on_terms_with_evidence() {
    let machine = talk();
    clips(&machine, &["--plan-only"]).ok();
    assert_eq!(names(&machine.path("out")), ["clips.json"], "a plan renders nothing");
    let plan = read_json(&machine.path("out/clips.json"));
    for clip in plan["clips"].as_array().unwrap() {
        let terms = clip["terms"].as_array().unwrap();
        assert!(terms.len() >= 5);
        assert!(terms.iter().any(|term| !term["evidence"].as_array().unwrap().is_empty()));
        assert!(!clip["reason"].as_str().unwrap().is_empty());
    }
}

#[test]
fn an_edited_plan_is_rendered_exactly() {
    let machine = talk();
    clips(&machine, &["--plan-only"]).ok();
    let file = machine.path("out/clips.json");
    let mut plan = read_json(&file);
    let clip = plan["clips"][0].clone();
    plan["clips"] = json!([clip]);
    plan["clips"][0]["start"] = json!(3.0);
    plan["clips"][0]["end"] = json!(5.0);
    plan["clips"][0]["layouts"] = json!({"9:16": [{"start": 3.0, "end": 5.0, "layout": "center"}]});
    let said = json!({"start": 3.2, "end": 4.8, "words": [{"start": 3.2, "end": 4.8, "text": "Mended {\\an8}words"}]});
    plan["clips"][0]["captions"] = json!([said]);
    std::fs::write(&file, plan.to_string()).unwrap();
    let run = machine.run(&["clips", "--from-plan", "out/clips.json", "--json"]).ok().json();
    assert_eq!(run["made"].as_array().unwrap().len(), 1);
    let probe = probe_json(&machine.path("out/01-9x16.mp4"));
    assert_eq!(stream(&probe, "video")["nb_read_frames"], "50", "two seconds at 25 frames a second");
    assert!(std::fs::read_to_string(machine.path("out/01.srt")).unwrap().contains("Mended"));
}

#[test]
fn a_plan_that_leaves_a_layout_out_gets_one_and_says_all_that_flags_would() {
    let machine = talk();
    clips(&machine, &["--plan-only"]).ok();
    let file = machine.path("out/clips.json");
    let mut plan = read_json(&file);
    let mut clip = plan["clips"][0].clone();
    clip["end"] = json!(clip["start"].as_f64().unwrap() + 1.0);
    clip["layouts"] = json!({});
    plan["clips"] = json!([clip]);
    plan["settings"]["aspects"] = json!(["1:1"]);
    std::fs::write(&file, plan.to_string()).unwrap();
    let refused = machine.run(&["clips", "--from-plan", "out/clips.json", "--aspect", "9:16"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--aspect"), "{}", refused.stderr);
    machine.run(&["clips", "--from-plan", "out/clips.json"]).ok();
    assert!(machine.path("out/01-1x1.mp4").is_file());
}

#[test]
fn a_plan_for_another_file_and_a_broken_plan_are_refused_with_the_place() {
    let machine = talk();
    clips(&machine, &["--plan-only"]).ok();
    let file = machine.path("out/clips.json");
    let good = std::fs::read_to_string(&file).unwrap();
    let run = |text: &str| {
        std::fs::write(&file, text).unwrap();
        machine.run(&["clips", "talk.mp4", "--from-plan", "out/clips.json"])
    };
    let mut other: Value = serde_json::from_str(&good).unwrap();
    other["input"]["blake3"] = json!("00".repeat(32));
    let answer = run(&other.to_string());
    assert_eq!(answer.code, Some(1));
    assert!(answer.stderr.contains("another file"), "{}", answer.stderr);
    let answer = run(&good.replacen("\"title\"", "\"tittle\"", 1));
    assert_eq!(answer.code, Some(1));
    assert!(answer.stderr.contains("tittle") && answer.stderr.contains("line"), "{}", answer.stderr);
}

#[test]
fn several_aspects_make_several_files_of_each_clip() {
    let machine = talk();
    let mut args = vec!["clips", "talk.mp4", "--out", "out", "--min", "3s", "--max", "4s", "--count", "1"];
    args.extend(["--aspect", "1:1,16:9", "--captions", "none"]);
    machine.run(&args).ok();
    let size = |name: &str| {
        let probe = probe_json(&machine.path("out").join(name));
        (stream(&probe, "video")["width"].as_u64(), stream(&probe, "video")["height"].as_u64())
    };
    assert_eq!(size("01-1x1.mp4"), (Some(1080), Some(1080)));
    assert_eq!(size("01-16x9.mp4"), (Some(1920), Some(1080)));
}

#[test]
fn without_words_the_run_says_what_it_lacks_and_how_to_add_it() {
    let machine = talk();
    let run = machine.run(&["clips", "talk.mp4", "--out", "out", "--min", "4s", "--max", "7s", "--plan-only"]).ok();
    assert!(run.stderr.contains("no transcript") && run.stderr.contains("reelspan models get"), "{}", run.stderr);
    assert!(!read_json(&machine.path("out/clips.json"))["clips"].as_array().unwrap().is_empty());
}

#[test]
fn a_late_picture_keeps_its_place_in_a_real_recording() {
    let Some(file) = open_media("people/short_hamilton_clip.mp4") else { return };
    let machine = Machine::new();
    let file = file.to_str().unwrap().to_owned();
    let run =
        machine.run(&["clips", &file, "--out", "out", "--min", "5s", "--max", "8s", "--plan-only", "--json"]).ok();
    let cuts = [1.519, 3.588, 7.892];
    let plan = run.json();
    for clip in plan["plan"]["clips"].as_array().unwrap() {
        let (start, end) = (clip["start"].as_f64().unwrap(), clip["end"].as_f64().unwrap());
        for cut in cuts.iter().filter(|cut| **cut > start + 0.5 && **cut < end - 0.5) {
            let layouts = clip["layouts"]["9:16"].as_array().unwrap();
            let near = layouts.iter().any(|layout| (layout["start"].as_f64().unwrap() - cut).abs() < 0.08);
            assert!(near, "no layout begins at the cut {cut}: {layouts:?}");
        }
    }
}
