//! Bad input and bad luck: one clear sentence, an exit code, nothing half-written.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::{Machine, interrupt, names, read_json};

fn whole_names(machine: &Machine) -> Vec<String> {
    names(&machine.path("out")).into_iter().filter(|name| name.starts_with('.') || name.contains("part")).collect()
}

#[test]
fn what_is_no_media_is_refused_in_one_sentence() {
    let machine = Machine::new();
    std::fs::write(machine.path("page.mp4"), "<html>not a video</html>").unwrap();
    std::fs::write(machine.path("empty.mp4"), "").unwrap();
    for name in ["page.mp4", "empty.mp4", "absent.mp4"] {
        let run = machine.run(&["clips", name, "--out", "out"]);
        assert_eq!(run.code, Some(1), "{name}: {}", run.stderr);
        let errors: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{name}: {}", run.stderr);
        assert!(errors[0].contains(name), "{name}: {}", errors[0]);
        assert_eq!(names(&machine.path("out")), [""; 0], "{name} left something");
    }
}

#[test]
fn wrong_flags_are_named() {
    let machine = Machine::new();
    machine.talk(4);
    for (args, said) in [
        (vec!["--min", "50s", "--max", "20s"], "--min"),
        (vec!["--aspect", "0:1"], "0:1"),
        (vec!["--captions", "sparkle"], "sparkle"),
        (vec!["--watermark", "absent.png"], "absent.png"),
        (vec!["--transcript", "absent.srt"], "absent.srt"),
        (vec!["--loudness", "3"], "LUFS"),
        (vec!["--language", "en"], "--stt-model"),
        (vec!["--llm-model", "small"], "--llm-url"),
        (vec!["--fonts", "absent"], "absent"),
        (vec!["--cookies", "jar.txt"], "--cookies"),
    ] {
        let run = machine.run(&[&["clips", "talk.mp4", "--out", "out"][..], &args[..]].concat());
        assert!(matches!(run.code, Some(1 | 2)), "{args:?} {}", run.stderr);
        assert!(run.stderr.contains(said), "{args:?} {}", run.stderr);
    }
}

#[test]
fn one_clip_that_cannot_be_made_does_not_stop_the_others() {
    let machine = Machine::new();
    machine.talk(16);
    machine
        .run(&["clips", "talk.mp4", "--out", "out", "--min", "3s", "--max", "4s", "--count", "2", "--plan-only"])
        .ok();
    let file = machine.path("out/clips.json");
    let mut plan = read_json(&file);
    let mut clips = plan["clips"].as_array().unwrap().clone();
    clips.truncate(2);
    assert_eq!(clips.len(), 2);
    plan["clips"] = json!(clips);
    std::fs::write(&file, plan.to_string()).unwrap();
    // A folder stands where the first clip should go.
    std::fs::create_dir_all(machine.path("out/01-9x16.mp4/x")).unwrap();
    let run = machine.run(&["clips", "--from-plan", "out/clips.json"]);
    assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("FAILED"), "{}", run.stdout);
    assert!(machine.path("out/02-9x16.mp4").is_file());
    assert!(machine.path("out/index.html").is_file());
}

#[test]
fn a_cancelled_run_ends_at_once_leaves_no_part_and_the_next_one_goes_on() {
    let machine = Machine::new();
    machine.talk(40);
    let args = ["clips", "talk.mp4", "--out", "out", "--min", "8s", "--max", "10s", "--count", "2"];
    let mut child = machine.start(&args);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = lines.find(|line| line.as_ref().is_ok_and(|line| line.trim_start().starts_with("render"))).is_some();
    assert!(begun, "the run must come to rendering");
    let asked = reelspan_types::SystemClock::new();
    interrupt(child.id());
    let status = child.wait().unwrap();
    let waited = reelspan_types::Clock::steady(&asked);
    assert_eq!(status.code(), Some(130));
    assert!(waited.as_secs_f64() < 2.0, "ended after {waited:?}");
    assert_eq!(whole_names(&machine), [""; 0]);
    assert!(!machine.path("out/index.html").exists());
    let run = machine.run(&args).ok();
    assert!(run.stderr.contains("analyse done by an earlier run"), "{}", run.stderr);
    assert!(machine.path("out/01-9x16.mp4").is_file());
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_any_work() {
    let machine = Machine::new();
    machine.talk(4);
    std::fs::write(machine.path("out"), "a file").unwrap();
    let run = machine.run(&["clips", "talk.mp4", "--out", "out"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("--out") && !run.stderr.contains("analyse"), "{}", run.stderr);
}

/// Needs a mount, so only root can play it out.
#[test]
#[expect(clippy::disallowed_methods, reason = "mounts a tiny disk")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn a_full_disk_is_one_sentence_and_leaves_nothing_half_written() {
    let machine = Machine::new();
    machine.talk(24);
    let out = machine.path("out");
    std::fs::create_dir(&out).unwrap();
    let tmpfs = ["-t", "tmpfs", "-o", "size=300k", "tmpfs"];
    let mounted = std::process::Command::new("mount").args(tmpfs).arg(&out).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        println!("SKIPPED: this user may not mount a small disk");
        return;
    }
    let run = machine.run(&["clips", "talk.mp4", "--out", "out", "--min", "8s", "--max", "20s", "--count", "1"]);
    let left = names(&out);
    std::process::Command::new("umount").arg(&out).status().unwrap();
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("the disk is full"), "{}", run.stderr);
    assert!(left.iter().all(|name| !name.ends_with(".mp4") && !name.starts_with('.')), "{left:?}");
}

#[test]
fn an_unreadable_file_is_named() {
    let machine = Machine::new();
    machine.talk(2);
    let file = machine.path("talk.mp4");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut probe = [0; 1];
    // Root reads everything: the mishap cannot be played out there.
    let root = std::fs::File::open(&file).and_then(|mut file| file.read(&mut probe)).is_ok();
    let run = machine.run(&["clips", "talk.mp4", "--out", "out", "--plan-only", "--min", "1s"]);
    assert_eq!(run.code, Some(if root { 0 } else { 1 }), "{}", run.stderr);
}
