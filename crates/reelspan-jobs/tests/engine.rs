//! What the engine does with jobs that succeed, fail, panic, hang, are cancelled or taken over; the clock is the test's.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reelspan_jobs::{Engine, Failure, Handler, Job, Lane, Order, Running, Settings, Work};
use reelspan_store::Database;
use reelspan_testing::FakeClock;
use reelspan_types::Clock;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

const KEEP: Duration = Duration::from_secs(3600);
const LEASE: Duration = Duration::from_secs(30);
const FAR: i64 = i64::MAX / 2;

/// Does what its payload says.
struct Play {
    kind: &'static str,
    lane: &'static str,
    begun: AtomicUsize,
    seen: Mutex<Vec<String>>,
    /// Jobs that wait for the test to let them go on.
    gate: Semaphore,
}

impl Play {
    fn new(kind: &'static str, lane: &'static str) -> Arc<Self> {
        Arc::new(Self { kind, lane, begun: AtomicUsize::new(0), seen: Mutex::new(Vec::new()), gate: Semaphore::new(0) })
    }
}

impl Handler for Play {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn lane(&self) -> &'static str {
        self.lane
    }

    fn run<'a>(&'a self, work: &'a Work) -> Running<'a> {
        Box::pin(async move {
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.seen.lock().unwrap().push(work.job.clone());
            match work.payload["play"].as_str().unwrap_or_default() {
                "passing" => Err(Failure::passing("disk_busy")),
                "lasting" => Err(Failure::lasting("not_media")),
                "panic" => panic!("CANARY-a8f1 words of the user"),
                "gate" => {
                    self.gate.acquire().await.unwrap().forget();
                    Ok(json!({ "blob": "b" }).into())
                }
                "listen" => {
                    work.progress(0.25);
                    while !work.cancel.is_cancelled() {
                        tokio::task::yield_now().await;
                    }
                    Err(Failure::Cancelled)
                }
                _ => Ok(json!({ "blob": "b" }).into()),
            }
        })
    }
}

struct Stage {
    _folder: tempfile::TempDir,
    database: Database,
    clock: Arc<FakeClock>,
    short: Arc<Play>,
    long: Arc<Play>,
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::sqlite(&folder.path().join("rows.db")).await.unwrap();
        let (short, long) = (Play::new("quick", "short"), Play::new("slow", "long"));
        Self { _folder: folder, database, clock: Arc::new(FakeClock::new()), short, long }
    }

    fn engine(&self, owner: &str) -> Engine {
        let lanes = vec![Lane { name: "short", slots: 2 }, Lane { name: "long", slots: 1 }];
        let settings = Settings { owner: owner.into(), lanes, lease: LEASE, keep: KEEP, keep_charges: KEEP };
        let handlers: Vec<Arc<dyn Handler>> = vec![self.short.clone(), self.long.clone()];
        Engine::new(self.database.clone(), self.clock.clone(), settings, handlers)
    }

    async fn job(&self, id: &str) -> Job {
        self.database.job(id, "a", self.clock.now_ms()).await.unwrap().expect("the job is there")
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

async fn put(engine: &Engine, kind: &'static str, play: &str) -> String {
    let order = Order {
        workspace: "a".into(),
        kind,
        lane: None,
        payload: json!({ "play": play }),
        priority: 0,
        run_at: None,
        dedupe_key: None,
        expires_at: FAR,
    };
    engine.enqueue(order).await.unwrap()
}

/// Lets everything that can happen without time going by happen.
async fn settle(engine: &Engine, done: impl Fn(&Engine) -> bool) {
    for _ in 0..20_000 {
        if done(engine) {
            return;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    panic!("it did not come to rest");
}

async fn round(engine: &Engine) {
    engine.tick().await.unwrap();
    settle(engine, |engine| engine.running() == 0).await;
}

#[tokio::test]
async fn a_job_runs_and_its_result_is_kept() {
    let stage = Stage::new().await;
    let engine = stage.engine("w");
    let id = put(&engine, "quick", "").await;
    round(&engine).await;
    let job = stage.job(&id).await;
    assert_eq!((job.state.as_str(), job.result.as_deref()), ("done", Some(r#"{"blob":"b"}"#)));
    round(&engine).await;
    assert_eq!(stage.short.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_later_and_not_for_ever() {
    let stage = Stage::new().await;
    let engine = stage.engine("w");
    let id = put(&engine, "quick", "passing").await;
    for tries in 1..=3 {
        round(&engine).await;
        assert_eq!(stage.short.begun.load(Ordering::SeqCst), tries);
        round(&engine).await;
        assert_eq!(stage.short.begun.load(Ordering::SeqCst), tries, "it rests first");
        stage.pass(Duration::from_secs(6));
    }
    round(&engine).await;
    let job = stage.job(&id).await;
    assert_eq!((job.state.as_str(), job.attempt), ("failed", 3));
    assert_eq!(job.error.as_deref(), Some(r#"{"code":"disk_busy","detail":null}"#));
}

#[tokio::test]
async fn what_cannot_succeed_is_not_tried_again() {
    let stage = Stage::new().await;
    let engine = stage.engine("w");
    let id = put(&engine, "quick", "lasting").await;
    round(&engine).await;
    let job = stage.job(&id).await;
    assert_eq!((job.state.as_str(), job.attempt), ("failed", 1));
}

#[tokio::test]
async fn a_panic_ends_the_try_and_its_words_are_kept_nowhere() {
    let stage = Stage::new().await;
    let engine = stage.engine("w");
    let id = put(&engine, "quick", "panic").await;
    round(&engine).await;
    let job = stage.job(&id).await;
    assert_eq!(job.state, "waiting");
    assert_eq!(job.error.as_deref(), Some(r#"{"code":"panicked","detail":null}"#));
    stage.database.close().await;
    for file in std::fs::read_dir(stage._folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"CANARY-a8f1"));
    }
}

#[tokio::test]
async fn a_short_job_never_waits_behind_long_ones() {
    let stage = Stage::new().await;
    let engine = stage.engine("w");
    for _ in 0..5 {
        put(&engine, "slow", "gate").await;
    }
    engine.tick().await.unwrap();
    assert_eq!(engine.running(), 1, "one slot for long jobs");
    let id = put(&engine, "quick", "").await;
    engine.tick().await.unwrap();
    settle(&engine, |engine| engine.running() == 1).await;
    assert_eq!(stage.job(&id).await.state, "done");
}

#[tokio::test]
async fn a_running_job_that_is_cancelled_stops_and_says_so() {
    let stage = Stage::new().await;
    let engine = stage.engine("w");
    let id = put(&engine, "quick", "listen").await;
    engine.tick().await.unwrap();
    assert!(engine.cancel(&id, "a").await.unwrap());
    settle(&engine, |engine| engine.running() == 0).await;
    assert_eq!(stage.job(&id).await.state, "cancelled");
}

#[tokio::test]
async fn a_cancel_from_another_process_is_heard_at_the_next_round() {
    let stage = Stage::new().await;
    let (worker, server) = (stage.engine("w"), stage.engine("server"));
    let id = put(&server, "quick", "listen").await;
    worker.tick().await.unwrap();
    assert!(server.cancel(&id, "a").await.unwrap());
    worker.tick().await.unwrap();
    settle(&worker, |engine| engine.running() == 0).await;
    assert_eq!(stage.job(&id).await.state, "cancelled");
}

#[tokio::test]
async fn a_worker_that_was_silent_too_long_writes_nothing_any_more() {
    let stage = Stage::new().await;
    let (first, second) = (stage.engine("w1"), stage.engine("w2"));
    let id = put(&first, "quick", "gate").await;
    first.tick().await.unwrap();
    settle(&first, |_| stage.short.begun.load(Ordering::SeqCst) == 1).await;
    stage.pass(LEASE + Duration::from_secs(1));
    second.tick().await.unwrap();
    settle(&second, |_| stage.short.begun.load(Ordering::SeqCst) == 2).await;
    // The first one ends late: the gate lets it go before the second.
    stage.short.gate.add_permits(1);
    settle(&first, |engine| engine.running() == 0).await;
    assert_eq!(stage.job(&id).await.state, "running", "the late end of a lost attempt counts for nothing");
    stage.short.gate.add_permits(1);
    settle(&second, |engine| engine.running() == 0).await;
    let job = stage.job(&id).await;
    assert_eq!((job.state.as_str(), job.attempt), ("done", 2));
}

#[tokio::test]
async fn a_stopping_worker_gives_back_what_it_cannot_end() {
    let stage = Stage::new().await;
    let engine = stage.engine("w");
    let id = put(&engine, "quick", "listen").await;
    engine.tick().await.unwrap();
    engine.drain(Duration::ZERO).await;
    let job = stage.job(&id).await;
    assert_eq!((job.state.as_str(), job.attempt), ("queued", 0), "as if it had never been begun");
    engine.tick().await.unwrap();
    assert_eq!(engine.running(), 0, "a stopping worker takes nothing");
}

#[tokio::test]
async fn progress_becomes_events() {
    let stage = Stage::new().await;
    let engine = stage.engine("w");
    let id = put(&engine, "quick", "listen").await;
    engine.tick().await.unwrap();
    settle(&engine, |_| stage.short.begun.load(Ordering::SeqCst) == 1).await;
    for _ in 0..3 {
        engine.tick().await.unwrap();
    }
    let events = stage.database.events(&id, "a", 0, 10, stage.clock.now_ms()).await.unwrap();
    assert_eq!(events.len(), 1, "nothing new, nothing said");
    assert_eq!(serde_json::from_str::<Value>(&events[0].body).unwrap(), json!({ "done": 0.25 }));
}

#[tokio::test]
async fn an_unknown_kind_is_refused_by_name() {
    let stage = Stage::new().await;
    let order = Order {
        workspace: "a".into(),
        kind: "sing",
        lane: None,
        payload: json!({}),
        priority: 0,
        run_at: None,
        dedupe_key: None,
        expires_at: FAR,
    };
    let refused = stage.engine("w").enqueue(order).await.unwrap_err();
    assert!(refused.to_string().contains("`sing`"), "{refused}");
}
