//! What is counted: seven numbers a day, and not a word.

use reelspan_testing::make_media;
use serde_json::{Value, json};

use crate::support::{Machine, names, read_json};

fn days(machine: &Machine) -> Value {
    machine.run(&["usage", "--json"]).ok().json()
}

fn today(machine: &Machine) -> Value {
    let days = days(machine);
    let days = days.as_object().unwrap();
    // A test that runs over midnight has two.
    let sum = |name: &str| days.values().map(|day| day[name].as_u64().unwrap()).sum::<u64>();
    json!({"ok": sum("clips_ok"), "failed": sum("clips_failed")})
}

/// names, titles, words, paths: none of them can be found again in what is kept.
#[test]
fn not_a_word_of_a_run_is_counted() {
    let machine = Machine::new();
    machine.talk(12);
    let input = machine.path("canary-name.mp4");
    std::fs::rename(machine.path("talk.mp4"), &input).unwrap();
    let title = ["-i", input.to_str().unwrap(), "-metadata", "title=canary-title", "-c", "copy"];
    make_media(&title, &machine.path("canary-folder.mp4"));
    let words = "1\n00:00:00,100 --> 00:00:05,000\nWhy is the canary-words here?\n\n\
                 2\n00:00:05,100 --> 00:00:11,000\nBecause the canary-answer says so.\n";
    std::fs::write(machine.path("canary-transcript.srt"), words).unwrap();
    let args = ["clips", "canary-folder.mp4", "--out", "canary-out", "--transcript", "canary-transcript.srt"];
    let wishes = ["--min", "3s", "--max", "6s", "--count", "1", "--watermark", "text:canary-mark"];
    machine.run(&[&args[..], &wishes[..]].concat()).ok();
    assert!(
        std::fs::read_to_string(machine.path("canary-out/01.srt")).unwrap().contains("canary"),
        "the canaries are alive"
    );
    let mut seen = 0;
    for name in names(&machine.path("data")) {
        let kept = std::fs::read(machine.path("data").join(&name)).unwrap();
        let kept = String::from_utf8(kept).unwrap();
        assert!(!name.contains("canary") && !kept.to_lowercase().contains("canary"), "{name}: {kept}");
        seen += kept.len();
    }
    assert!(seen > 0, "something is kept");
}

/// each day is a date and exactly seven integers.
#[test]
fn a_day_is_a_date_and_seven_integers() {
    let machine = Machine::new();
    machine.talk(12);
    machine.run(&["clips", "talk.mp4", "--out", "out", "--min", "3s", "--max", "4s", "--count", "1"]).ok();
    let kept = read_json(&machine.path("data/usage.json"));
    assert_eq!(kept, days(&machine), "what is shown is what is kept");
    let fields = ["clips_ok", "clips_failed", "edit_ok", "edit_failed", "ask_sessions", "ask_messages", "ask_failures"];
    for (day, row) in kept.as_object().unwrap() {
        let digits = |part: &str, length: usize| part.len() == length && part.chars().all(|c| c.is_ascii_digit());
        let parts: Vec<_> = day.split('-').collect();
        assert!(parts.len() == 3 && digits(parts[0], 4) && digits(parts[1], 2) && digits(parts[2], 2), "{day}");
        let row = row.as_object().unwrap();
        assert_eq!(row.len(), 7);
        assert!(fields.iter().all(|field| row[*field].is_u64()), "{row:?}");
    }
}

#[test]
fn clips_are_counted_once_and_failures_as_such() {
    let machine = Machine::new();
    machine.talk(12);
    assert!(machine.run(&["usage"]).ok().stdout.contains("nothing was counted"));
    let args = ["clips", "talk.mp4", "--out", "out", "--min", "3s", "--max", "4s", "--count", "1"];
    machine.run(&[&args[..], &["--plan-only"]].concat()).ok();
    assert_eq!(today(&machine), json!({"ok": 0, "failed": 0}), "a plan is no clip");
    machine.run(&[&args[..], &["--aspect", "9:16,1:1"]].concat()).ok();
    assert_eq!(today(&machine), json!({"ok": 1, "failed": 0}), "one clip in two shapes is one clip");
    machine.run(&[&args[..], &["--aspect", "9:16,1:1"]].concat()).ok();
    assert_eq!(today(&machine), json!({"ok": 1, "failed": 0}), "what was made before is not made again");
    std::fs::write(machine.path("page.mp4"), "<html>not a video</html>").unwrap();
    assert_eq!(machine.run(&["clips", "page.mp4", "--out", "other"]).code, Some(1));
    assert_eq!(machine.run(&["clips", "talk.mp4", "--min", "50s", "--max", "20s"]).code, Some(1));
    assert_eq!(today(&machine), json!({"ok": 1, "failed": 1}), "wrong flags are no run");
    assert!(machine.run(&["usage"]).ok().stdout.contains("usage.json"));
    machine.run(&["usage", "clear"]).ok();
    assert_eq!(days(&machine), json!({}));
}

#[test]
fn counting_is_never_a_reason_to_fail() {
    let machine = Machine::new();
    machine.talk(12);
    std::fs::write(machine.path("data"), "a file where a folder should be").unwrap();
    let args = ["clips", "talk.mp4", "--out", "out", "--min", "3s", "--max", "4s", "--count", "1"];
    let run = machine.run(&args).ok();
    assert!(run.stderr.contains("reelspan usage"), "{}", run.stderr);
    assert!(machine.path("out/01-9x16.mp4").is_file());
}
