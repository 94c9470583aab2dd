//! Kills a worker process at random moments, a hundred times and more: nothing is lost, nothing that ended runs again.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use reelspan_jobs::{Engine, Handler, Lane, Order, Running, Settings, Work};
use reelspan_store::Database;
use reelspan_testing::Postgres;
use reelspan_types::{Clock, SystemClock};
use serde_json::json;

const JOBS: usize = 500;
const KILLS: usize = 110;
const KEEP: Duration = Duration::from_secs(3600);
const LEASE: Duration = Duration::from_millis(120);

/// Writes a line when it begins; works for a moment.
struct Note(PathBuf);

impl Handler for Note {
    fn kind(&self) -> &'static str {
        "note"
    }

    fn lane(&self) -> &'static str {
        "short"
    }

    fn max_attempts(&self) -> i64 {
        1000
    }

    fn run<'a>(&'a self, work: &'a Work) -> Running<'a> {
        Box::pin(async move {
            let mut notes = OpenOptions::new().append(true).create(true).open(&self.0).unwrap();
            notes.write_all(format!("{}\n", work.job).as_bytes()).unwrap();
            tokio::time::sleep(Duration::from_millis(8)).await;
            Ok(json!({}).into())
        })
    }
}

async fn open(address: &str) -> Database {
    if address.starts_with("postgres:") {
        return Database::postgres(address).await.unwrap();
    }
    Database::sqlite(Path::new(address)).await.unwrap()
}

fn engine(database: Database, owner: &str, notes: PathBuf) -> Engine {
    let settings = Settings {
        owner: owner.into(),
        lanes: vec![Lane { name: "short", slots: 8 }],
        lease: LEASE,
        keep: KEEP,
        keep_charges: KEEP,
    };
    Engine::new(database, Arc::new(SystemClock::new()), settings, vec![Arc::new(Note(notes))])
}

/// Not a test of its own: the process that is killed.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the parent tells it what to do by the environment")]
async fn worker() {
    let (Ok(address), Ok(owner), Ok(notes)) =
        (std::env::var("CRASH_ADDRESS"), std::env::var("CRASH_OWNER"), std::env::var("CRASH_NOTES"))
    else {
        return;
    };
    engine(open(&address).await, &owner, notes.into()).run().await;
}

#[expect(clippy::disallowed_methods, reason = "the worker is this very test program")]
fn start(address: &str, owner: usize, notes: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["worker", "--exact", "--nocapture"])
        .env("CRASH_ADDRESS", address)
        .env("CRASH_OWNER", format!("w{owner}"))
        .env("CRASH_NOTES", notes)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn begun(notes: &Path) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in std::fs::read_to_string(notes).unwrap_or_default().lines() {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

async fn survive(address: &str, folder: &Path) {
    let (database, notes, clock) = (open(address).await, folder.join("notes"), SystemClock::new());
    let filler = engine(database.clone(), "filler", notes.clone());
    let mut ids = Vec::new();
    for _ in 0..JOBS {
        let order = Order {
            workspace: "a".into(),
            kind: "note",
            lane: None,
            payload: json!({}),
            priority: 0,
            run_at: None,
            dedupe_key: None,
            expires_at: i64::MAX / 2,
        };
        ids.push(filler.enqueue(order).await.unwrap());
    }
    let done = async || {
        let mut done = BTreeSet::new();
        for id in &ids {
            let job = database.job(id, "a", clock.now_ms()).await.unwrap().expect("no job is lost");
            assert!(matches!(job.state.as_str(), "queued" | "running" | "done"), "{}", job.state);
            if job.state == "done" {
                done.insert(id.clone());
            }
        }
        done
    };
    for kill in 0..KILLS {
        let mut worker = start(address, kill, &notes);
        // From before it is up to in the middle of its work.
        tokio::time::sleep(Duration::from_millis((kill as u64 * 37) % 150)).await;
        worker.kill().unwrap();
        worker.wait().unwrap();
        if kill % 10 == 9 {
            let (ended, before) = (done().await, begun(&notes));
            let mut other = start(address, 1000 + kill, &notes);
            tokio::time::sleep(Duration::from_millis(100)).await;
            other.kill().unwrap();
            other.wait().unwrap();
            let after = begun(&notes);
            for id in ended {
                assert_eq!(before.get(&id), after.get(&id), "a job that had ended was begun again");
            }
        }
    }
    let mut last = start(address, 9999, &notes);
    for _ in 0..600 {
        if done().await.len() == JOBS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    last.kill().unwrap();
    last.wait().unwrap();
    assert_eq!(done().await.len(), JOBS, "every job ended");
    assert!(begun(&notes).values().any(|count| *count > 1), "the kills hit jobs at work");
    database.close().await;
}

#[tokio::test]
async fn on_sqlite_nothing_is_lost_and_nothing_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    survive(&folder.path().join("rows.db").to_string_lossy(), folder.path()).await;
}

#[tokio::test]
async fn on_postgres_nothing_is_lost_and_nothing_runs_again() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    survive(&postgres.database(), folder.path()).await;
}
