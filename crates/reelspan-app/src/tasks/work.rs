//! The frame of every job that works for a task: its request, its own folder, blocking work that can be watched.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reelspan_jobs::{Failure, Work};
use reelspan_store::Task;
use reelspan_types::Cancel;
use serde::de::DeserializeOwned;

use super::{Scratch, Standing};
use crate::metering;
use crate::worker::Worker;

/// How often blocking work is asked how far it is.
const LOOK: Duration = Duration::from_millis(100);

/// How long a job steps aside when its workspace runs as many as it may.
const ASIDE_MS: i64 = 1_000;

/// A job at its beginning.
pub(crate) struct Begun<T> {
    pub(crate) task: Task,
    pub(crate) request: T,
    pub(crate) scratch: Scratch,
    /// The clock's steady time.
    pub(crate) since: Duration,
}

impl<T> Begun<T> {
    pub(crate) fn worked_ms(&self, worker: &Worker) -> i64 {
        let worked = worker.data.clock.steady().saturating_sub(self.since);
        i64::try_from(worked.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The task of a job, with its request opened and a folder for the attempt.
pub(crate) async fn begun<T: DeserializeOwned>(worker: &Worker, work: &Work) -> Result<Begun<T>, Failure> {
    let data = &worker.data;
    let task = data.database.task_of(&work.job, &work.workspace, data.now()).await;
    let task = task.map_err(|error| Failure::passing(error.code()))?.ok_or_else(|| Failure::lasting("task_gone"))?;
    if let Some(reason) = refused(work) {
        return Err(reason);
    }
    within_plan(worker, work).await?;
    let request = Standing::of(task.clone()).request().map_err(|refusal| Failure::lasting(refusal.code))?;
    let scratch = Scratch::new(&data.scratch, work)?;
    Ok(Begun { task, request, scratch, since: data.clock.steady() })
}

/// Of jobs beyond those that the plan lets run at once, the earlier ones go first.
async fn within_plan(worker: &Worker, work: &Work) -> Result<(), Failure> {
    let data = &worker.data;
    let limit =
        metering::running_limit(data, &work.workspace).await.map_err(|refusal| Failure::passing(refusal.code))?;
    let Some(limit) = limit else { return Ok(()) };
    let before = data.database.running_before(&work.job, &work.workspace).await;
    let before = before.map_err(|error| Failure::passing(error.code()))?;
    if before < i64::from(limit) { Ok(()) } else { Err(Failure::Later { rest_ms: ASIDE_MS }) }
}

/// A task that was put down only to be on record with the reason why it is not done.
fn refused(work: &Work) -> Option<Failure> {
    match work.payload.get("refused")?.as_str()? {
        "file_size" => Some(Failure::lasting("file_size")),
        _ => Some(Failure::lasting("quota")),
    }
}

/// Runs work that blocks on a thread of its own and passes on how far it is, as a share of the whole from `from` to `to`.
pub(crate) async fn blocking<T, F>(work: &Work, (from, to): (f64, f64), act: F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce(&Cancel, &mut (dyn FnMut(f64) + Send)) -> T + Send + 'static,
{
    let share = Arc::new(AtomicU32::new(0));
    let (told, cancel) = (Arc::clone(&share), work.cancel.clone());
    let mut running = tokio::task::spawn_blocking(move || {
        act(&cancel, &mut |done| told.store((done.clamp(0.0, 1.0) * 10_000.0) as u32, Ordering::Relaxed))
    });
    loop {
        tokio::select! {
            ended = &mut running => return ended.map_err(|_| Failure::passing("panicked")),
            () = tokio::time::sleep(LOOK) => {
                work.progress(from + (to - from) * f64::from(share.load(Ordering::Relaxed)) / 10_000.0);
            }
        }
    }
}
