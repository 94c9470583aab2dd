//! Takes jobs, keeps their leases and watches over them: one round of it is [`Engine::tick`].

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reelspan_store::{Database, DatabaseError, Fence, Job, NewJob};
use reelspan_types::{Cancel, Clock, new_id};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use crate::handler::{Failure, Handler, Work};
use crate::settle;

/// How often the table is looked at when nothing else calls for it.
const ROUND: Duration = Duration::from_millis(250);

/// Jobs of one kind of length, and how many of them run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    pub name: &'static str,
    pub slots: usize,
}

#[derive(Debug, Clone)]
pub struct Settings {
    /// Names this process among all that share the table; never used twice.
    pub owner: String,
    pub lanes: Vec<Lane>,
    /// How long a job stays with a worker that says nothing.
    pub lease: Duration,
    /// How long a job stays in the table once it has ended, and what it used in the ledger.
    pub keep: Duration,
    pub keep_charges: Duration,
}

/// A job as a feature asks for it.
#[derive(Debug, Clone)]
pub struct Order {
    pub workspace: String,
    pub kind: &'static str,
    /// Where it waits, if not where its kind does.
    pub lane: Option<&'static str>,
    /// Ids only, never content.
    pub payload: Value,
    /// Higher goes first within its lane.
    pub priority: i64,
    /// Not before this, in milliseconds since 1970; none for at once.
    pub run_at: Option<i64>,
    /// The same key in the same workspace is the same job.
    pub dedupe_key: Option<String>,
    pub expires_at: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error("there is no kind of job called `{0}`")]
    UnknownKind(&'static str),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) parts: Arc<Parts>,
}

pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
    held: Mutex<BTreeMap<String, Held>>,
    wake: Notify,
    idle: Notify,
    stopping: AtomicBool,
    swept: Mutex<Option<Duration>>,
}

/// A job that runs here.
struct Held {
    lane: &'static str,
    work: Arc<Work>,
    said: u32,
    stop: Stop,
}

/// Why a running job was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Not,
    /// Somebody cancelled it.
    Cancelled,
    /// This process ends; another goes on.
    Released,
    /// Another worker has it now: nothing may be written any more.
    Lost,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    pub fn new(database: Database, clock: Arc<dyn Clock>, settings: Settings, handlers: Vec<Arc<dyn Handler>>) -> Self {
        let handlers = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let parts = Parts {
            database,
            clock,
            settings,
            handlers,
            held: Mutex::new(BTreeMap::new()),
            wake: Notify::new(),
            idle: Notify::new(),
            stopping: AtomicBool::new(false),
            swept: Mutex::new(None),
        };
        Self { parts: Arc::new(parts) }
    }

    /// Puts a job into the table and gives its id: that of an earlier one with the same key, if there is one.
    pub async fn enqueue(&self, order: Order) -> Result<String, OrderError> {
        let job = self.prepare(order)?;
        let id = self.parts.database.enqueue(&job, self.parts.clock.now_ms()).await?;
        self.wake();
        Ok(id)
    }

    /// The row of a job that is put into the table together with something else; [`Engine::wake`] when it is there.
    pub fn prepare(&self, order: Order) -> Result<NewJob, OrderError> {
        let parts = &self.parts;
        let handler = parts.handlers.get(order.kind).ok_or(OrderError::UnknownKind(order.kind))?;
        Ok(NewJob {
            id: new_id(parts.clock.as_ref()),
            workspace: order.workspace,
            lane: order.lane.unwrap_or_else(|| handler.lane()),
            kind: order.kind,
            payload: order.payload.to_string(),
            priority: order.priority,
            run_at: order.run_at.unwrap_or_else(|| parts.clock.now_ms()),
            max_attempts: handler.max_attempts(),
            dedupe_key: order.dedupe_key,
            expires_at: order.expires_at,
        })
    }

    /// Looks at the table now instead of at the next round.
    pub fn wake(&self) {
        self.parts.wake.notify_one();
    }

    /// Cancels at once what has not begun; what runs is told to stop. False: there is nothing that could be cancelled.
    pub async fn cancel(&self, id: &str, workspace: &str) -> Result<bool, DatabaseError> {
        let asked = self.parts.database.cancel(id, workspace, self.parts.clock.now_ms()).await?;
        if asked {
            self.parts.stop(|held| held == id, Stop::Cancelled);
        }
        Ok(asked)
    }

    /// Works until [`Engine::drain`] is called. A database that is away for a while is waited for.
    pub async fn run(&self) {
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.parts.stopping.load(Ordering::SeqCst) {
            // What failed now is tried again by the next round; leases outlast several rounds.
            tokio::select! {
                // However often it is woken: leases are kept in time.
                biased;
                _ = rounds.tick() => drop(self.tick().await),
                // Something came or a slot is free. To renew all leases for that would cost more than the jobs.
                () = self.parts.wake.notified() => drop(self.take().await),
            }
        }
    }

    /// One round: keep the leases, pass on progress, take back what was lost, take new jobs.
    pub async fn tick(&self) -> Result<(), DatabaseError> {
        self.keep().await?;
        self.sweep().await?;
        self.take().await
    }

    /// Takes no more jobs, waits for those that run, and gives back those that do not end in time.
    pub async fn drain(&self, grace: Duration) {
        self.parts.stopping.store(true, Ordering::SeqCst);
        self.parts.wake.notify_one();
        if tokio::time::timeout(grace, self.emptied()).await.is_err() {
            self.parts.stop(|_| true, Stop::Released);
            // A handler that does not listen loses its job to the lease.
            let _ = tokio::time::timeout(Duration::from_secs(2), self.emptied()).await;
        }
    }

    /// How many jobs run here.
    pub fn running(&self) -> usize {
        lock(&self.parts.held).len()
    }

    /// Waits until nothing runs here, keeping the leases meanwhile.
    async fn emptied(&self) {
        loop {
            let idle = self.parts.idle.notified();
            if self.running() == 0 {
                return;
            }
            let _ = self.keep().await;
            tokio::select! {
                () = idle => {}
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    /// One statement for all leases: whatever is missing from its answer is no longer ours.
    async fn keep(&self) -> Result<(), DatabaseError> {
        let parts = &self.parts;
        let before: Vec<(String, i64)> =
            lock(&parts.held).iter().map(|(id, held)| (id.clone(), held.work.attempt)).collect();
        if before.is_empty() {
            return Ok(());
        }
        let kept = parts.database.renew(&parts.settings.owner, parts.until()).await?;
        for (id, attempt) in before {
            match kept.iter().find(|held| held.id == id && held.attempt == attempt) {
                Some(held) if held.cancel_requested != 0 => parts.stop(|one| one == id, Stop::Cancelled),
                Some(_) => {}
                None => parts.stop(|one| one == id, Stop::Lost),
            }
        }
        self.pass_on().await
    }

    async fn pass_on(&self) -> Result<(), DatabaseError> {
        let parts = &self.parts;
        let mut news = Vec::new();
        for (id, held) in lock(&parts.held).iter_mut() {
            let share = held.work.progress.load(Ordering::Relaxed);
            if share != held.said {
                held.said = share;
                news.push((id.clone(), held.work.attempt, share));
            }
        }
        for (id, attempt, share) in news {
            let fence = Fence { job: &id, attempt, owner: &parts.settings.owner };
            let body = json!({ "done": f64::from(share) / 1000.0 }).to_string();
            parts.database.say(fence, "progress", &body, parts.clock.now_ms()).await?;
        }
        Ok(())
    }

    /// Once a second is enough, and one process of many would be.
    async fn sweep(&self) -> Result<(), DatabaseError> {
        let (parts, steady) = (&self.parts, self.parts.clock.steady());
        {
            let mut swept = lock(&parts.swept);
            if swept.is_some_and(|last| steady.saturating_sub(last) < Duration::from_secs(1)) {
                return Ok(());
            }
            *swept = Some(steady);
        }
        let lost = json!({ "code": "worker_lost", "detail": null }).to_string();
        parts.database.sweep(parts.clock.now_ms(), &lost).await?;
        Ok(())
    }

    async fn take(&self) -> Result<(), DatabaseError> {
        if self.parts.stopping.load(Ordering::SeqCst) {
            return Ok(());
        }
        for lane in &self.parts.settings.lanes {
            loop {
                let busy = lock(&self.parts.held).values().filter(|held| held.lane == lane.name).count();
                let free = lane.slots.saturating_sub(busy);
                if free == 0 {
                    break;
                }
                let parts = &self.parts;
                let (now, until) = (parts.clock.now_ms(), parts.until());
                let jobs = parts.database.claim(&parts.settings.owner, lane.name, free as i64, now, until).await?;
                let all = jobs.len() == free;
                for job in jobs {
                    self.begin(lane.name, job);
                }
                if !all {
                    break;
                }
            }
        }
        Ok(())
    }

    fn begin(&self, lane: &'static str, job: Job) {
        let work = Arc::new(Work {
            payload: serde_json::from_str(&job.payload).unwrap_or(Value::Null),
            job: job.id.clone(),
            workspace: job.workspace,
            attempt: job.attempt,
            cancel: Cancel::new(),
            progress: AtomicU32::new(0),
        });
        let held = Held { lane, work: Arc::clone(&work), said: 0, stop: Stop::Not };
        lock(&self.parts.held).insert(job.id, held);
        let (parts, handler) = (Arc::clone(&self.parts), self.parts.handlers.get(job.kind.as_str()).cloned());
        let last = job.attempt >= job.max_attempts;
        tokio::spawn(async move {
            let outcome = match handler {
                Some(handler) => {
                    let inner = Arc::clone(&work);
                    let ran = tokio::spawn(async move { handler.run(&inner).await }).await;
                    // What a panic says may be content; that there was one is enough.
                    ran.unwrap_or_else(|_| Err(Failure::passing("panicked")))
                }
                None => Err(Failure::lasting("unknown_kind")),
            };
            settle::settle(&parts, &work, outcome, last).await;
            parts.ended(&work.job);
        });
    }
}

impl Parts {
    pub(crate) fn until(&self) -> i64 {
        self.clock.now_ms() + i64::try_from(self.settings.lease.as_millis()).unwrap_or(i64::MAX / 2)
    }

    /// Why a job was told to stop, if it was.
    pub(crate) fn why(&self, id: &str) -> Stop {
        lock(&self.held).get(id).map_or(Stop::Lost, |held| held.stop)
    }

    fn stop(&self, which: impl Fn(&str) -> bool, why: Stop) {
        for (_, held) in lock(&self.held).iter_mut().filter(|(id, _)| which(id)) {
            // A lease that is lost stays lost, whoever cancels afterwards.
            if held.stop != Stop::Lost {
                held.stop = why;
            }
            held.work.cancel.cancel();
        }
    }

    fn ended(&self, id: &str) {
        lock(&self.held).remove(id);
        self.idle.notify_waiters();
        self.wake.notify_one();
    }
}
