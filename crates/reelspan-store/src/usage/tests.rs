//! What the counts hold, what they can never hold, and that none is lost.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;

/// 2026-11-21, noon.
const NOON: i64 = 1_795_262_400_000;
const DAY: i64 = 86_400_000;

struct At(AtomicI64);

impl At {
    fn new(ms: i64) -> Self {
        Self(AtomicI64::new(ms))
    }
}

impl Clock for At {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

fn usage() -> (tempfile::TempDir, Usage) {
    let folder = tempfile::tempdir().unwrap();
    let usage = Usage::within(&folder.path().join("data"));
    (folder, usage)
}

fn text(usage: &Usage) -> String {
    std::fs::read_to_string(usage.file()).unwrap()
}

/// a date and seven integers, and nothing else.
#[test]
fn a_day_has_exactly_seven_integers() {
    let (_folder, usage) = usage();
    let clock = At::new(NOON);
    usage.count(&clock, Counts::clips(3, 1)).unwrap();
    usage.count(&clock, Counts::edit(true)).unwrap();
    usage.count(&clock, Counts::edit(false)).unwrap();
    usage.count(&clock, Counts::ask(2, 1)).unwrap();
    let kept: Value = serde_json::from_str(&text(&usage)).unwrap();
    let expected = json!({"2026-11-21": {
        "clips_ok": 3, "clips_failed": 1, "edit_ok": 1, "edit_failed": 1,
        "ask_sessions": 1, "ask_messages": 2, "ask_failures": 1,
    }});
    assert_eq!(kept, expected);
    let names: Vec<_> = Counts::default().named().iter().map(|(name, _)| *name).collect();
    let row = kept["2026-11-21"].as_object().unwrap();
    assert!(row.len() == 7 && names.iter().all(|name| row[*name].is_u64()));
}

/// neither the type nor the file has room for words, so none can be put there by mistake.
#[test]
fn text_is_refused_wherever_it_is_tried() {
    let seven = |extra: Value| {
        let mut row = serde_json::to_value(Counts::default()).unwrap();
        row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value::<Counts>(row)
    };
    assert!(seven(json!({})).is_ok());
    assert!(seven(json!({"title": "CANARY"})).is_err(), "no further field");
    assert!(seven(json!({"clips_ok": "CANARY"})).is_err(), "no text in a field");
    assert!(seven(json!({"clips_ok": -1})).is_err());
    let (_folder, usage) = usage();
    std::fs::create_dir_all(usage.file().parent().unwrap()).unwrap();
    let planted = json!({
        "2026-11-20": Counts::clips(2, 0), "CANARY": Counts::clips(1, 0),
        "2026-11-19": {"title": "CANARY"}, "2026-11-18": "CANARY",
    });
    std::fs::write(usage.file(), planted.to_string()).unwrap();
    usage.count(&At::new(NOON), Counts::clips(1, 0)).unwrap();
    assert!(!text(&usage).contains("CANARY"), "{}", text(&usage));
    let days: Vec<_> = usage.days().into_iter().map(|(day, counts)| (day.to_string(), counts.clips_ok)).collect();
    assert_eq!(days, [("2026-11-20".to_owned(), 2), ("2026-11-21".to_owned(), 1)]);
}

#[test]
fn each_day_has_its_row_and_goes_after_thirteen_months() {
    let (_folder, usage) = usage();
    let clock = At::new(NOON - NOON % DAY + DAY - 1);
    usage.count(&clock, Counts::clips(1, 0)).unwrap();
    clock.0.fetch_add(1, Ordering::SeqCst);
    usage.count(&clock, Counts::clips(1, 0)).unwrap();
    let days = |usage: &Usage| usage.days().keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(days(&usage), ["2026-11-21", "2026-11-22"]);
    clock.0.fetch_add(395 * DAY, Ordering::SeqCst);
    usage.count(&clock, Counts::clips(1, 0)).unwrap();
    assert_eq!(days(&usage), ["2026-11-22", "2027-12-22"]);
}

#[test]
fn a_damaged_file_is_begun_anew_and_stops_nobody() {
    for damage in [&b"{\"2026-11-2"[..], b"", b"\xff\xfe", b"[]", b"7"] {
        let (_folder, usage) = usage();
        std::fs::create_dir_all(usage.file().parent().unwrap()).unwrap();
        std::fs::write(usage.file(), damage).unwrap();
        assert!(usage.days().is_empty());
        usage.count(&At::new(NOON), Counts::ask(0, 0)).unwrap();
        assert_eq!(usage.days().len(), 1);
    }
}

#[test]
fn counts_that_come_at_the_same_moment_all_arrive() {
    let (_folder, usage) = usage();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..5).for_each(|_| usage.count(&At::new(NOON), Counts::clips(1, 2)).unwrap()));
        }
    });
    let today = Day::at(NOON);
    assert_eq!((usage.days()[&today].clips_ok, usage.days()[&today].clips_failed), (40, 80));
}

#[test]
fn full_counters_stay_full() {
    let (_folder, usage) = usage();
    let most = Counts::clips(usize::MAX, 0);
    usage.count(&At::new(NOON), most).unwrap();
    usage.count(&At::new(NOON), most).unwrap();
    assert_eq!(usage.days()[&Day::at(NOON)].clips_ok, u32::MAX);
}

#[test]
fn clearing_forgets_all_and_nothing_makes_no_file() {
    let (_folder, usage) = usage();
    usage.clear().unwrap();
    usage.count(&At::new(NOON), Counts::default()).unwrap();
    assert!(!usage.file().exists());
    usage.count(&At::new(NOON), Counts::edit(true)).unwrap();
    usage.clear().unwrap();
    assert!(!usage.file().exists() && usage.days().is_empty());
}
