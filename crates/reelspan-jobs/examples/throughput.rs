//! How many jobs a second the table takes in and gives out, with a handler that does nothing: what the engine itself costs.
//!
//!     cargo run --release -p reelspan-jobs --example throughput [-- --jobs 20000] [--slots 64] [--only sqlite|postgres]
//!
//! Prints one line of JSON for each database. Every job is put down by a statement of its own, as a request does it; every
//! job is claimed, run and ended by the engine as the service runs it.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement may stop where it likes, and prints")]

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reelspan_jobs::{Engine, Handler, Lane, Order, Running, Settings, Work};
use reelspan_store::Database;
use reelspan_testing::Postgres;
use reelspan_types::{Clock, SystemClock, new_id};
use serde_json::{Value, json};

const KEEP: Duration = Duration::from_secs(3600);
/// Requests that put jobs down at the same time.
const CALLERS: usize = 16;
/// Workspaces that they belong to: fairness between them is part of what is measured.
const WORKSPACES: usize = 8;
const WORKERS: usize = 2;

/// Ends as soon as it begins.
struct Nothing(Arc<AtomicUsize>);

impl Handler for Nothing {
    fn kind(&self) -> &'static str {
        "nothing"
    }

    fn lane(&self) -> &'static str {
        "short"
    }

    fn run<'a>(&'a self, _work: &'a Work) -> Running<'a> {
        Box::pin(async move {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Value::Null.into())
        })
    }
}

struct Flags {
    jobs: usize,
    slots: usize,
    only: Option<String>,
    worker: Option<String>,
}

fn flags() -> Flags {
    let mut flags = Flags { jobs: 20_000, slots: 64, only: None, worker: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_else(|| panic!("{word} needs a value"));
        match word.as_str() {
            "--jobs" => flags.jobs = value.parse().unwrap(),
            "--slots" => flags.slots = value.parse().unwrap(),
            "--only" => flags.only = Some(value),
            "--worker" => flags.worker = Some(value),
            other => panic!("unknown: {other}; there are --jobs, --slots and --only"),
        }
    }
    flags
}

fn engine(database: &Database, slots: usize) -> (Engine, Arc<AtomicUsize>) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let settings = Settings {
        owner: new_id(clock.as_ref()),
        lanes: vec![Lane { name: "short", slots }],
        lease: Duration::from_secs(15),
        keep: KEEP,
        keep_charges: KEEP,
    };
    let begun = Arc::new(AtomicUsize::new(0));
    let handlers: Vec<Arc<dyn Handler>> = vec![Arc::new(Nothing(Arc::clone(&begun)))];
    (Engine::new(database.clone(), clock, settings, handlers), begun)
}

/// Jobs a second, put down one by one from several callers at once.
async fn put_down(database: &Database, jobs: usize) -> f64 {
    let (engine, clock) = (engine(database, 0).0, SystemClock::new());
    let expires_at = clock.now_ms() + 3_600_000;
    let begun = clock.steady();
    let callers = (0..CALLERS).map(|caller| {
        let engine = engine.clone();
        tokio::spawn(async move {
            for number in (caller..jobs).step_by(CALLERS) {
                let order = Order {
                    workspace: format!("workspace-{}", number % WORKSPACES),
                    kind: "nothing",
                    lane: None,
                    payload: Value::Null,
                    priority: 0,
                    run_at: None,
                    dedupe_key: None,
                    expires_at,
                };
                engine.enqueue(order).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    jobs as f64 / (clock.steady() - begun).as_secs_f64()
}

/// Waits until no job is left. To look costs the database something, so it is done seldom; a look too late counts against us.
async fn emptied(database: &Database) {
    while !database.depths().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// SQLite: the engine in this process, as `reelspan serve` has it.
async fn sqlite(flags: &Flags) -> Value {
    // On the disk that the build is on: a temporary folder may be memory.
    let folder = tempfile::tempdir_in(std::env::current_dir().unwrap()).unwrap();
    let database = Database::sqlite(&folder.path().join("jobs.sqlite")).await.unwrap();
    let enqueued = put_down(&database, flags.jobs).await;
    let (engine, begun) = engine(&database, flags.slots);
    let clock = SystemClock::new();
    let working = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run().await }
    });
    let since = clock.steady();
    while begun.load(Ordering::Relaxed) < flags.jobs {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    emptied(&database).await;
    let finished = flags.jobs as f64 / (clock.steady() - since).as_secs_f64();
    engine.drain(Duration::from_secs(1)).await;
    working.await.unwrap();
    assert_eq!(begun.load(Ordering::Relaxed), flags.jobs, "each job is begun once");
    database.close().await;
    json!({ "database": "sqlite", "jobs": flags.jobs, "slots": flags.slots, "workers": 1, "enqueued_per_s": enqueued.round(),
            "finished_per_s": finished.round(), "sync": "WAL, synchronous=normal: no commit waits for the disk" })
}

/// Postgres: jobs put down from here, done by two processes that share nothing but the table.
async fn postgres(flags: &Flags) -> Option<Value> {
    let server = Postgres::start()?;
    let address = server.database();
    let database = Database::postgres(&address).await.unwrap();
    let enqueued = put_down(&database, flags.jobs).await;
    let clock = SystemClock::new();
    // Connected before the clock starts: what is measured is work, not start-up.
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| worker_process(&address, flags.slots)).collect();
    for worker in &mut workers {
        let mut ready = String::new();
        let mut said = std::io::BufReader::new(worker.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut said, &mut ready).unwrap();
        assert_eq!(ready.trim(), "ready");
    }
    let since = clock.steady();
    for worker in &mut workers {
        worker.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }
    emptied(&database).await;
    let finished = flags.jobs as f64 / (clock.steady() - since).as_secs_f64();
    for mut worker in workers {
        // It hears that nothing more comes, and ends.
        drop(worker.stdin.take());
        worker.wait().unwrap();
    }
    database.close().await;
    Some(json!({ "database": "postgres", "jobs": flags.jobs, "slots": flags.slots, "workers": WORKERS,
        "enqueued_per_s": enqueued.round(), "finished_per_s": finished.round(),
        "sync": "a throw-away cluster with fsync=off and full_page_writes=off: no commit waits for the disk" }))
}

#[expect(clippy::disallowed_methods, reason = "this program once more, as a worker")]
fn worker_process(address: &str, slots: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--worker", address, "--slots", &slots.to_string()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Works from the first line of its standard input until that ends, as it does with the one who started it.
async fn work(address: &str, slots: usize) {
    let database = Database::postgres(address).await.unwrap();
    let (engine, _) = engine(&database, slots);
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let ended = tokio::task::spawn_blocking(move || std::io::stdin().read_line(&mut line));
    tokio::select! {
        () = engine.run() => {}
        _ = ended => engine.drain(Duration::from_secs(1)).await,
    }
}

#[tokio::main]
async fn main() {
    let flags = flags();
    if let Some(address) = &flags.worker {
        return work(address, flags.slots).await;
    }
    let wanted = |name: &str| flags.only.as_deref().is_none_or(|only| only == name);
    if wanted("sqlite") {
        println!("{}", sqlite(&flags).await);
    }
    if wanted("postgres")
        && let Some(measured) = postgres(&flags).await
    {
        println!("{measured}");
    }
}
