//! Cut from end to end: what stays, what is proposed, what is refused, and what lies beside the file.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use reelspan_testing::{make_media, probe_json};
use serde_json::{Value, json};

use crate::support::{Machine, Run, interrupt, names, read_json};

/// Said as (from, to, word); everything else is a quiet room.
const SAID: [(f64, f64, &str); 9] = [
    (0.2, 0.8, "We"),
    (0.8, 1.4, "wait."),
    (3.4, 4.0, "The"),
    (4.3, 4.7, "um,"),
    (5.1, 5.7, "dough"),
    (5.7, 6.3, "rises."),
    (8.3, 8.6, "We"),
    (8.8, 9.1, "We"),
    (9.1, 9.7, "eat."),
];

/// Twelve seconds with a voice of tones: the picture is 25 frames a second in groups of 25.
fn talk(machine: &Machine) -> PathBuf {
    let speaks: Vec<_> = SAID.iter().map(|(from, to, _)| format!("between(t\\,{from}\\,{to})")).collect();
    let tone = "0.3*sin(2*PI*(140+20*sin(2*PI*3*t))*t)";
    let sound = format!("aevalsrc='{tone}*min(1\\,{})+0.0005*(random(0)-0.5)':s=48000:d=12", speaks.join("+"));
    let picture = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=12", "-f", "lavfi", "-i", &sound];
    let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    let file = machine.path("talk.mp4");
    make_media(&[&picture[..], &encode[..]].concat(), &file);
    file
}

fn words(machine: &Machine) {
    let words: Vec<_> =
        SAID.iter().map(|(start, end, word)| json!({"start": start, "end": end, "word": word})).collect();
    std::fs::write(machine.path("words.json"), json!({"language": "en", "words": words}).to_string()).unwrap();
}

fn cut(machine: &Machine, more: &[&str]) -> Run {
    machine.run(&[&["cut", "talk.mp4", "-o", "out.mp4"], more].concat())
}

fn frames(file: &Path) -> u64 {
    let probe = probe_json(file);
    let streams = probe["streams"].as_array().unwrap();
    let video = streams.iter().find(|stream| stream["codec_type"] == "video").unwrap();
    video["nb_read_frames"].as_str().unwrap().parse().unwrap()
}

fn pieces(plan: &Value, why: &str) -> Vec<Value> {
    plan["pieces"].as_array().unwrap().iter().filter(|piece| piece["why"] == why).cloned().collect()
}

fn seconds(piece: &Value) -> f64 {
    piece["end"].as_f64().unwrap() - piece["start"].as_f64().unwrap()
}

#[test]
fn what_is_kept_is_kept_to_the_frame_and_nothing_is_decoded_to_find_it() {
    let machine = Machine::new();
    talk(&machine);
    let run = cut(&machine, &["--keep", "0:01.2-0:04.2,6-8.4"]).ok();
    assert_eq!(frames(&machine.path("out.mp4")), 75 + 60);
    assert!(!run.stderr.contains("analyse"), "{}", run.stderr);
    assert!(run.stdout.contains("copied") && run.stdout.contains("0:06.6 saved"), "{}", run.stdout);
    assert_eq!(names(&machine.path("")), ["cache", "out.certificate.json", "out.cut.json", "out.mp4", "talk.mp4"]);
    let certificate = read_json(&machine.path("out.certificate.json"));
    assert_eq!(certificate["picture"]["found_frames"], 135);
    let whys: Vec<_> = read_json(&machine.path("out.cut.json"))["pieces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["why"].clone())
        .collect();
    assert_eq!(whys, ["unwanted", "wanted", "unwanted", "wanted", "unwanted"]);
}

#[test]
fn pauses_are_shortened_and_a_switch_brings_one_back() {
    let machine = Machine::new();
    talk(&machine);
    let planned = cut(&machine, &["--remove-silence", "--plan-only", "--json"]).ok().json();
    assert!(planned["made"].is_null() && !machine.path("out.mp4").exists());
    let file = machine.path("out.cut.json");
    let mut plan = read_json(&file);
    assert_eq!(plan, planned["plan"]);
    let silences = pieces(&plan, "silence");
    assert_eq!(silences.len(), 3, "{silences:?}");
    let gone: f64 = silences.iter().map(seconds).sum();
    // 2.0, 2.0 and the 2.3 at the end; a quarter second of each stays, less at the end.
    assert!((gone - (1.75 + 1.75 + 2.2)).abs() < 0.15, "{gone}");
    let first = plan["pieces"].as_array().unwrap().iter().position(|piece| piece["why"] == "silence").unwrap();
    plan["pieces"][first]["keep"] = json!(true);
    std::fs::write(&file, plan.to_string()).unwrap();
    let done = machine.run(&["cut", "--from-plan", "out.cut.json", "--json"]).ok();
    assert!(!done.stderr.contains("analyse"), "a plan says it all: {}", done.stderr);
    let done = done.json();
    let kept = done["after"].as_f64().unwrap();
    assert!((kept - (12.0 - gone + seconds(&plan["pieces"][first]))).abs() < 1e-6);
    let shown = frames(&machine.path("out.mp4")) as f64 / 25.0;
    assert!((shown - kept).abs() <= 0.04 * 3.0, "{shown} {kept}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), plan.to_string(), "the plan stays as it was written");
}

#[test]
fn fillers_and_stutters_go_with_their_captions() {
    let machine = Machine::new();
    talk(&machine);
    words(&machine);
    let run = cut(&machine, &["--remove-fillers", "--transcript", "words.json", "--json"]).ok().json();
    let said = |why: &str| pieces(&run["plan"], why).iter().map(|piece| piece["words"].clone()).collect::<Vec<_>>();
    assert_eq!((said("filler"), said("repeat")), (vec![json!("um,")], vec![json!("We")]));
    let srt = std::fs::read_to_string(machine.path("out.srt")).unwrap();
    assert!(srt.contains("dough") && !srt.contains("um"), "{srt}");
    assert_eq!(srt.matches("We").count(), 2, "{srt}");
    let after = run["after"].as_f64().unwrap();
    assert!((10.0..11.6).contains(&after), "{after}");
    // A second run without words must not leave the first one's captions beside another film.
    cut(&machine, &["--keep", "1-3"]).ok();
    assert!(!machine.path("out.srt").exists());
}

#[test]
fn what_was_heard_once_is_not_listened_to_again() {
    let machine = Machine::new();
    talk(&machine);
    let first = cut(&machine, &["--remove-silence", "--plan-only"]).ok();
    let second = cut(&machine, &["--remove-silence", "--plan-only", "--pause", "1.5s"]).ok();
    assert!(!first.stderr.contains("earlier run") && second.stderr.contains("analyse done by an earlier run"));
    assert_eq!(pieces(&read_json(&machine.path("out.cut.json")), "silence").len(), 3);
}

#[test]
fn what_cannot_be_cut_so_is_refused_by_name_with_the_mend() {
    let machine = Machine::new();
    talk(&machine);
    words(&machine);
    let before = names(&machine.path(""));
    for (args, code, said) in [
        (&["--keep", "5-3"][..], 2, "write 3-5"),
        (&["--keep", "3"][..], 2, "FROM-TO"),
        (&["--keep", "1-5,4-6"][..], 1, "write 1-6"),
        (&["--keep", "5-6,1-2"][..], 1, "write --keep 1-2,5-6"),
        (&["--keep", "10-20"][..], 1, "10-end"),
        (&["--keep", "20-30"][..], 1, "after the recording's end"),
        (&["--drop", "0-end"][..], 1, "nothing would be left"),
        (&["--remove-fillers"][..], 1, "--transcript"),
        (&["--keep", "2-3", "--remove-silence"][..], 1, "nothing is heard"),
        (&["--keep", "1-3", "--pause", "2s"][..], 2, "--remove-silence"),
        (&["--remove-silence", "--leave", "1s"][..], 1, "--leave"),
        (&["--keep", "1-3", "--language", "en"][..], 2, "--language"),
        (&["--keep", "1-3", "--transcribe-model", "whisper-2"][..], 2, "--transcribe-model"),
        (&["--remove-silence", "--stt-model", "base"][..], 2, "--stt-model"),
        (&["--encode"][..], 2, "--keep"),
        (&["--keep", "1-3", "--transcript", "absent.srt"][..], 1, "absent.srt"),
        (&["--keep", "1-3", "--from-plan", "x.json"][..], 2, "--from-plan"),
    ] {
        let run = cut(&machine, args);
        assert_eq!(run.code, Some(code), "{args:?} {}", run.stderr);
        assert!(run.stderr.contains(said), "{args:?} {}", run.stderr);
        let left: Vec<_> = names(&machine.path("")).into_iter().filter(|name| name != "cache").collect();
        assert_eq!(left, before, "{args:?} left something");
    }
}

#[test]
fn nothing_that_was_given_is_written_over() {
    let machine = Machine::new();
    let input = talk(&machine);
    words(&machine);
    std::fs::write(machine.path("talk.srt"), "1\n00:00:00,200 --> 00:00:01,400\nWe wait.\n").unwrap();
    std::os::unix::fs::symlink("talk.mp4", machine.path("other.mp4")).unwrap();
    let bytes = std::fs::read(&input).unwrap();
    for (out, said) in [
        ("talk.mp4", "the recording itself"),
        ("other.mp4", "the recording itself"),
        ("./talk.mp4", "the recording itself"),
        ("talk.mov", "talk.srt"),
        ("cache", "folder"),
        ("out.avi", ".mp4"),
        ("out", ".mp4"),
    ] {
        let run = machine.run(&["cut", "talk.mp4", "--keep", "1-3", "-o", out]);
        assert_eq!(run.code, Some(1), "{out} {}", run.stderr);
        assert!(run.stderr.contains(said), "{out} {}", run.stderr);
    }
    assert_eq!(std::fs::read(&input).unwrap(), bytes);
    assert!(std::fs::read_to_string(machine.path("talk.srt")).unwrap().contains("We wait."));
}

#[test]
fn a_plan_for_another_file_and_a_broken_plan_are_refused_with_the_place() {
    let machine = Machine::new();
    talk(&machine);
    cut(&machine, &["--keep", "1-3", "--plan-only"]).ok();
    let good = read_json(&machine.path("out.cut.json"));
    let refused = |plan: &Value, said: &str| {
        std::fs::write(machine.path("out.cut.json"), serde_json::to_string_pretty(plan).unwrap()).unwrap();
        let run = machine.run(&["cut", "talk.mp4", "--from-plan", "out.cut.json"]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.stderr.contains(said), "{}", run.stderr);
        assert!(!machine.path("out.mp4").exists());
    };
    let with = |path: &str, value: Value| {
        let mut plan = good.clone();
        *plan.pointer_mut(path).unwrap() = value;
        plan
    };
    refused(&with("/input/blake3", json!("00".repeat(32))), "another file");
    refused(&with("/pieces/1/start", json!(0.5)), "pieces[1].start");
    refused(&with("/pieces/1/keep", json!(false)), "keep");
    refused(&with("/pieces/1/why", json!("boredom")), "boredom");
}

#[test]
fn sound_alone_is_cut_and_named_by_default() {
    let machine = Machine::new();
    talk(&machine);
    make_media(&["-i", machine.path("talk.mp4").to_str().unwrap(), "-vn"], &machine.path("talk.wav"));
    std::fs::remove_file(machine.path("talk.mp4")).unwrap();
    let run = machine.run(&["cut", "talk.wav", "--keep", "1-3.5", "--json"]).ok().json();
    assert_eq!(run["made"]["how"], "sound-only");
    let probe = probe_json(&machine.path("talk-cut.wav"));
    let duration: f64 = probe["format"]["duration"].as_str().unwrap().parse().unwrap();
    assert!((duration - 2.5).abs() < 1e-3, "{duration}");
}

#[test]
fn a_picture_without_sound_has_no_pauses_to_find() {
    let machine = Machine::new();
    make_media(&["-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-pix_fmt", "yuv420p"], &machine.path("talk.mp4"));
    let run = cut(&machine, &["--remove-silence"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("no sound") && run.stderr.contains("--remove-silence"), "{}", run.stderr);
    cut(&machine, &["--keep", "1-2"]).ok();
    assert_eq!(frames(&machine.path("out.mp4")), 25);
}

#[test]
fn everything_encoded_anew_is_said_aloud() {
    let machine = Machine::new();
    talk(&machine);
    let run = cut(&machine, &["--keep", "1-3", "--encode"]).ok();
    assert!(run.stdout.contains("re-encoded because"), "{}", run.stdout);
    assert_eq!(frames(&machine.path("out.mp4")), 50);
}

#[test]
fn a_cancelled_cut_leaves_nothing() {
    let machine = Machine::new();
    let picture = "testsrc2=s=1280x720:r=30:d=60";
    make_media(
        &["-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"],
        &machine.path("talk.mp4"),
    );
    let mut child = machine.start(&["cut", "talk.mp4", "--keep", "1-59", "--encode", "-o", "out.mp4"]);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = lines.any(|line| line.is_ok_and(|line| line.trim_start().starts_with("cut")));
    assert!(begun, "the run must come to cutting");
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(names(&machine.path("")), ["cache", "talk.mp4"]);
}

/// In the middle of copying and joining, too: neither the file nor its working files stay.
#[test]
fn a_cut_that_is_cancelled_while_it_copies_leaves_nothing() {
    let machine = Machine::new();
    let picture = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=60", "-f", "lavfi", "-i", "anoisesrc=a=0.1:d=60"];
    let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    make_media(&[&picture[..], &encode[..]].concat(), &machine.path("talk.mp4"));
    let keeps: Vec<String> = (0..29).map(|at| format!("{}.32-{}.71", 2 * at, 2 * at + 1)).collect();
    let mut child = machine.start(&["cut", "talk.mp4", "--keep", &keeps.join(","), "-o", "out.mp4"]);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = lines.any(|line| line.is_ok_and(|line| line.trim_start().starts_with("cut")));
    assert!(begun, "the run must come to cutting");
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(names(&machine.path("")), ["cache", "talk.mp4"]);
    // The same command makes it whole afterwards.
    cut(&machine, &["--keep", "1-3"]).ok();
    assert_eq!(frames(&machine.path("out.mp4")), 50);
}
