//! Edit to Music from end to end: cuts on beats, footage of every kind, plans that are edited, cuts that are kept.

use reelspan_testing::{make_media, open_media, probe_json};
use serde_json::{Value, json};

use crate::support::{Machine, Run, names, read_json};

/// A click every half second over a quiet tone: 120 beats a minute, a full half after 16 s.
fn song(machine: &Machine, seconds: u32) {
    let click = "exp(-40*mod(t\\,0.5))*sin(2*PI*(180+120*eq(mod(floor(t*2)\\,4)\\,0))*t)";
    let sound = format!("aevalsrc='({click})*(0.35+0.4*gt(t\\,16))+0.02*sin(2*PI*330*t)':s=44100:d={seconds}");
    make_media(&["-f", "lavfi", "-i", &sound, "-c:a", "pcm_s16le"], &machine.path("song.wav"));
}

const QUICK: [&str; 6] = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];

fn clip(machine: &Machine, name: &str, picture: &str) {
    make_media(&[&["-f", "lavfi", "-i", picture][..], &QUICK].concat(), &machine.path(name));
}

/// Three silent clips: still, moving, moving in another size and rate.
fn footage(machine: &Machine) {
    clip(machine, "calm.mp4", "smptebars=s=640x360:r=25:d=9");
    clip(machine, "busy.mp4", "testsrc2=s=640x360:r=25:d=9");
    clip(machine, "tall.mp4", "testsrc=s=360x640:r=30:d=8,hue=H=t*2");
}

fn ready() -> Machine {
    let machine = Machine::new();
    song(&machine, 40);
    footage(&machine);
    machine
}

const CLIPS: [&str; 3] = ["calm.mp4", "busy.mp4", "tall.mp4"];

fn edit(machine: &Machine, more: &[&str]) -> Run {
    let mut args = vec!["music-edit", "--music", "song.wav", "--out", "out"];
    args.extend(more);
    machine.run(&args)
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// How far each cut but the first is from a beat.
fn offs(plan: &Value) -> Vec<f64> {
    let start = plan["music"]["start"].as_f64().unwrap();
    let beats = numbers(&plan["music"]["beats"]);
    let cuts = plan["shots"].as_array().unwrap().iter().skip(1).map(|shot| shot["at"].as_f64().unwrap() + start);
    cuts.map(|cut| beats.iter().map(|beat| (beat - cut).abs()).fold(f64::MAX, f64::min)).collect()
}

#[test]
fn every_cut_of_a_plan_is_on_a_beat_and_shows_footage_that_is_there() {
    let machine = ready();
    let args = [&CLIPS[..], &["--length", "12s", "--plan-only"]].concat();
    let first = edit(&machine, &args).ok();
    assert_eq!(names(&machine.path("out")), ["edit.json", "timeline.svg"]);
    let plan = read_json(&machine.path("out/edit.json"));
    assert!(plan["shots"].as_array().unwrap().len() >= 5);
    assert!(offs(&plan).iter().all(|off| *off < 0.002), "{:?}", offs(&plan));
    let beats = numbers(&plan["music"]["beats"]);
    assert!(beats.len() > 20 && (plan["music"]["bpm"].as_f64().unwrap() - 120.0).abs() < 1.0);
    for shot in plan["shots"].as_array().unwrap() {
        assert!(shot["layouts"]["9:16"].as_array().is_some_and(|layouts| !layouts.is_empty()));
        assert!(shot["terms"].as_array().unwrap().len() >= 8 && !shot["reason"].as_str().unwrap().is_empty());
    }
    let again = edit(&machine, &args).ok();
    assert_eq!(first.stdout, again.stdout, "the same input gives the same plan");
    assert_eq!(plan, read_json(&machine.path("out/edit.json")));
}

#[test]
fn an_edit_is_rendered_with_its_companions_and_never_twice() {
    let machine = ready();
    let args = [&CLIPS[..], &["--length", "5s", "--aspect", "1:1", "--json"]].concat();
    let first = edit(&machine, &args).ok().json();
    let wanted = ["edit-1x1.jpg", "edit-1x1.mp4", "edit.json", "index.html", "timeline.svg"];
    assert_eq!(names(&machine.path("out")), wanted);
    let probe = probe_json(&machine.path("out/edit-1x1.mp4"));
    let video = probe["streams"].as_array().unwrap().iter().find(|stream| stream["codec_type"] == "video").unwrap();
    assert_eq!((&video["width"], &video["height"]), (&json!(1080), &json!(1080)));
    let rate = numbers(&first["plan"]["settings"]["frame_rate"]);
    let frames: f64 = video["nb_read_frames"].as_str().unwrap().parse().unwrap();
    assert!((frames - 5.0 * rate[0] / rate[1]).abs() <= 1.0, "{frames}");
    assert!((first["made"][0]["loudness"].as_f64().unwrap() + 14.0).abs() < 1.0, "{}", first["made"]);
    let page = std::fs::read_to_string(machine.path("out/index.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("data:image/jpeg") && !page.contains("\"DATA\""));
    let second = edit(&machine, &args).ok().json();
    assert_eq!((&second["made"][0]["reused"], &second["plan"]), (&json!(true), &first["plan"]));
}

#[test]
fn an_edited_plan_is_rendered_as_it_says() {
    let machine = ready();
    edit(&machine, &[&CLIPS[..], &["--length", "4s", "--plan-only"]].concat()).ok();
    let file = machine.path("out/edit.json");
    let mut plan = read_json(&file);
    plan["settings"]["aspects"] = json!(["16:9"]);
    plan["settings"]["length"] = json!(2.0);
    let mut shot = plan["shots"][0].clone();
    shot["layouts"] = json!({});
    shot["start"] = json!(1.0);
    plan["shots"] = json!([shot]);
    plan["music"]["fade_out"] = json!(0.2);
    std::fs::write(&file, plan.to_string()).unwrap();
    machine.run(&["music-edit", "--from-plan", "out/edit.json"]).ok();
    assert!(machine.path("out/edit-16x9.mp4").is_file());
    let refused = machine.run(&["music-edit", "--from-plan", "out/edit.json", "--pace", "fast"]);
    assert_eq!(refused.code, Some(2));
    plan["sources"][0]["blake3"] = json!("00".repeat(32));
    std::fs::write(&file, plan.to_string()).unwrap();
    let other = machine.run(&["music-edit", "--from-plan", "out/edit.json"]);
    assert_eq!(other.code, Some(1));
    assert!(other.stderr.contains("another file"), "{}", other.stderr);
}

#[test]
fn what_cannot_be_shown_is_named_and_left_out() {
    let machine = ready();
    std::fs::write(machine.path("broken.mp4"), b"nothing of the kind").unwrap();
    make_media(&["-f", "lavfi", "-i", "sine=d=3"], &machine.path("voice.wav"));
    let run =
        edit(&machine, &["busy.mp4", "broken.mp4", "voice.wav", "busy.mp4", "--length", "4s", "--plan-only"]).ok();
    let notes = read_json(&machine.path("out/edit.json"))["notes"].to_string();
    for name in ["broken.mp4", "voice.wav", "used once"] {
        assert!(notes.contains(name) && run.stderr.contains(name), "{notes}\n{}", run.stderr);
    }
    assert_eq!(read_json(&machine.path("out/edit.json"))["sources"].as_array().unwrap().len(), 1);
    let none = edit(&machine, &["broken.mp4", "voice.wav", "--plan-only"]);
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("broken.mp4") && none.stderr.contains("voice.wav"), "{}", none.stderr);
}

#[test]
fn stills_short_clips_and_too_little_footage_make_an_edit_too() {
    let machine = ready();
    for (name, colour) in [("one.jpg", "testsrc"), ("two.png", "smptehdbars")] {
        make_media(&["-f", "lavfi", "-i", &format!("{colour}=s=900x600:d=1"), "-frames:v", "1"], &machine.path(name));
    }
    edit(&machine, &["one.jpg", "two.png", "--length", "4s", "--plan-only"]).ok();
    let plan = read_json(&machine.path("out/edit.json"));
    assert!(plan["sources"].as_array().unwrap().iter().all(|footage| footage["still"] == true));
    clip(&machine, "blink.mp4", "testsrc2=s=320x240:r=25:d=0.6");
    let run = edit(&machine, &["blink.mp4", "--length", "5s", "--plan-only"]).ok();
    assert!(run.stderr.contains("show footage again"), "{}", run.stderr);
    let plan = read_json(&machine.path("out/edit.json"));
    for shot in plan["shots"].as_array().unwrap() {
        assert!(shot["start"].as_f64().unwrap() < 0.6);
    }
}

#[test]
fn cuts_that_are_kept_find_their_place_in_the_music() {
    let machine = ready();
    // Cut to beats of the song that are not where it begins.
    for (name, seconds) in [("a.mp4", 1), ("b.mp4", 2), ("c.mp4", 1)] {
        clip(&machine, name, &format!("testsrc2=s=640x360:r=25:d={seconds}"));
    }
    let run = edit(&machine, &["a.mp4", "b.mp4", "c.mp4", "--fit-cuts", "--plan-only", "--json"]).ok().json();
    assert_eq!((&run["fit"]["cuts"], &run["fit"]["exact"]), (&json!(2), &json!(2)), "{}", run["fit"]);
    let starts: Vec<f64> =
        run["plan"]["shots"].as_array().unwrap().iter().map(|shot| shot["at"].as_f64().unwrap()).collect();
    assert_eq!(starts, [0.0, 1.0, 3.0], "nothing is trimmed and nothing is moved");
    assert_eq!(run["plan"]["settings"]["aspects"], json!(["16:9"]), "the footage's own shape");
    let refused = edit(&machine, &["a.mp4", "--fit-cuts", "--length", "5s"]);
    assert_eq!(refused.code, Some(2));
}

#[test]
fn cuts_inside_of_a_file_are_kept_as_shots_of_their_own() {
    let machine = ready();
    // One file that is already cut, at 1.0 and 2.48 s.
    let films = [("smptebars", 1.0), ("testsrc2", 1.48), ("mandelbrot", 1.52)];
    for (index, (picture, seconds)) in films.iter().enumerate() {
        let source = format!("{picture}=s=640x360:r=25,trim=end_frame={},format=yuv420p", (seconds * 25.0_f64).round());
        make_media(&["-f", "lavfi", "-i", &source, "-c:v", "ffv1"], &machine.path(&format!("{index}.mkv")));
    }
    let inputs = ["-i", "0.mkv", "-i", "1.mkv", "-i", "2.mkv"]
        .map(|arg| if arg == "-i" { arg.to_owned() } else { machine.path(arg).to_str().unwrap().to_owned() });
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let join = ["-filter_complex", "concat=n=3", "-r", "25"];
    make_media(&[&inputs[..], &join, &QUICK].concat(), &machine.path("cut.mp4"));
    let run = edit(&machine, &["cut.mp4", "busy.mp4", "--fit-cuts", "--aspect", "16:9", "--json"]).ok().json();
    let shots: Vec<(String, f64, f64)> = run["plan"]["shots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|shot| {
            (shot["source"].as_str().unwrap().to_owned(), shot["at"].as_f64().unwrap(), shot["start"].as_f64().unwrap())
        })
        .collect();
    let wanted = [("a", 0.0, 0.0), ("a", 1.0, 1.0), ("a", 2.48, 2.48), ("b", 4.0, 0.0)];
    assert_eq!(shots, wanted.map(|(source, at, start)| (source.to_owned(), at, start)));
    assert_eq!(run["fit"]["cuts"], 3);
    // Frame by frame it is what it was: nothing is doubled or lost where a file is opened again.
    let probe = probe_json(&machine.path("out/edit-16x9.mp4"));
    let video = probe["streams"].as_array().unwrap().iter().find(|stream| stream["codec_type"] == "video").unwrap();
    assert_eq!(video["nb_read_frames"], (13 * 25).to_string());
}

#[test]
fn a_layout_that_is_asked_for_is_taken_and_rendered() {
    let machine = ready();
    for layout in ["fit", "center"] {
        let args = ["busy.mp4", "calm.mp4", "--length", "3s", "--layout", layout, "--json"];
        let run = edit(&machine, &args).ok().json();
        let kinds: Vec<Value> = run["plan"]["shots"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|shot| shot["layouts"]["9:16"].as_array().unwrap().clone())
            .map(|part| part["layout"].clone())
            .collect();
        assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind == layout), "{kinds:?}");
        assert!(run["made"][0]["error"].is_null(), "{}", run["made"]);
    }
    // What a person writes into the plan is what is drawn.
    let mut plan = read_json(&machine.path("out/edit.json"));
    for shot in plan["shots"].as_array_mut().unwrap() {
        for part in shot["layouts"]["9:16"].as_array_mut().unwrap() {
            part["layout"] = json!("fit");
            part["path"] = json!([]);
        }
    }
    std::fs::write(machine.path("out/edit.json"), plan.to_string()).unwrap();
    let run = machine.run(&["music-edit", "--from-plan", "out/edit.json", "--json"]).ok().json();
    assert_eq!(run["plan"]["shots"][0]["layouts"]["9:16"][0]["layout"], "fit");
    let refused = machine.run(&["music-edit", "--from-plan", "out/edit.json", "--layout", "track"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
}

#[test]
fn wishes_that_cannot_be_met_are_refused_by_name() {
    let machine = ready();
    let check = |more: &[&str], word: &str| {
        let run = edit(&machine, &[&["busy.mp4", "--plan-only"], more].concat());
        assert_ne!(run.code, Some(0));
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    };
    check(&["--start", "5:00"], "--start");
    check(&["--transitions", "spin"], "--transitions");
    check(&["--music", "busy.mp4"], "--fit-cuts");
    check(&["--length", "0.2s"], "--length");
    check(&["absent.mp4"], "absent.mp4");
    check(&["--hardware"], "--hardware");
    check(&["--original-sound", "-10"], "--original-sound");
    make_media(&["-f", "lavfi", "-i", "anoisesrc=d=8:a=0.1"], &machine.path("hiss.wav"));
    let beatless = machine.run(&["music-edit", "--music", "hiss.wav", "busy.mp4", "--beats", "half", "--plan-only"]);
    assert!(beatless.code == Some(1) && beatless.stderr.contains("--beats"), "{}", beatless.stderr);
    let silent = machine.run(&["music-edit", "--music", "busy.mp4", "calm.mp4", "--plan-only"]);
    assert!(silent.stderr.contains("no sound"), "{}", silent.stderr);
}

#[test]
fn real_music_and_real_footage_make_a_plan() {
    let Some(music) = open_media("music/librosa_Kevin_MacLeod_-_Vibe_Ace.hq.ogg") else { return };
    let Some(first) = open_media("scenes/big-buck-bunny-480p-30s.mp4") else { return };
    let Some(second) = open_media("people/short_hamilton_clip.mp4") else { return };
    let machine = Machine::new();
    let files = [music, first, second].map(|file| file.to_str().unwrap().to_owned());
    let args =
        ["music-edit", "--music", &files[0], &files[1], &files[2], "--out", "out", "--length", "20s", "--plan-only"];
    machine.run(&args).ok();
    let plan = read_json(&machine.path("out/edit.json"));
    assert!(offs(&plan).iter().all(|off| *off < 0.002), "{:?}", offs(&plan));
    let used: std::collections::BTreeSet<&str> =
        plan["shots"].as_array().unwrap().iter().map(|shot| shot["source"].as_str().unwrap()).collect();
    assert_eq!(used.len(), 2, "both files have their turn");
}
