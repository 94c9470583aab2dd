//! Puts a task and its job down together, if the workspace's plan has room for it.

use reelspan_jobs::{Failure, Order as JobOrder};
use reelspan_media::probe::MediaInfo;
use reelspan_store::{NewTask, Task};
use reelspan_types::new_id;
use serde::Serialize;
use serde_json::{Value, json};

use super::{KINDS, Standing, get, unfinished_until, unreadable};
use crate::metering::{self, Estimate};
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, LANES, Service};
use crate::worker::Worker;

/// A task that is to be put down.
pub(crate) struct Order<'a, T> {
    pub(crate) kind: &'static str,
    pub(crate) lane: &'static str,
    pub(crate) request: &'a T,
    /// What it will use and its largest file, as far as they are known.
    pub(crate) input_ms: Option<i64>,
    pub(crate) file_bytes: Option<i64>,
}

/// The task as it stands in its queue. One that the plan has no room for is put on record too, as failed: a file that is too
/// large shows there only, a quota that is used up is refused besides.
pub(crate) async fn put_down<T: Serialize>(
    service: &Service,
    caller: &Caller,
    order: Order<'_, T>,
) -> Result<Standing, Refusal> {
    let data = &service.data;
    let id = new_id(data.clock.as_ref());
    let estimate = Estimate {
        media_ms: order.input_ms.unwrap_or(0),
        file_bytes: order.file_bytes,
        job: Some(&id),
        public_url: service.public_url.as_deref(),
    };
    let admitted = metering::admit(data, &caller.workspace, &estimate).await;
    let reason = admitted.as_ref().err().map(|refusal| (refusal.kind, refusal.code));
    let refused = match reason {
        None => None,
        Some((Kind::Quota, _)) => Some("quota"),
        Some((Kind::TooLarge, _)) => Some("file_size"),
        Some(_) => return Err(admitted.err().unwrap_or_else(Refusal::unauthorized)),
    };
    let task = NewTask {
        id,
        workspace: caller.workspace.clone(),
        kind: order.kind,
        surface: caller.surface,
        request: serde_json::to_string(order.request).map_err(|_| unreadable())?,
        input_ms: order.input_ms.filter(|_| refused.is_none()),
        expires_at: unfinished_until(service),
    };
    let job = service.engine.prepare(JobOrder {
        workspace: caller.workspace.clone(),
        kind: order.kind,
        lane: Some(order.lane),
        payload: refused.map_or(Value::Null, |reason| json!({ "refused": reason })),
        priority: 0,
        run_at: None,
        dedupe_key: None,
        expires_at: task.expires_at,
    })?;
    data.database.create_task(&task, &job, data.now()).await?;
    service.engine.wake();
    match (admitted, refused) {
        (Err(refusal), Some("quota")) => Err(refusal),
        _ => get(service, caller, &task.id, &[order.kind]).await,
    }
}

/// Gives a task that waits for its user the job that goes on, with what the user sent. False: it went on already.
pub(crate) async fn next(service: &Service, task: &Task, step: &str, draft: &str) -> Result<bool, Refusal> {
    let data = &service.data;
    let kind = KINDS.into_iter().find(|kind| *kind == task.kind).ok_or_else(unreadable)?;
    let job = service.engine.prepare(JobOrder {
        workspace: task.workspace.clone(),
        kind,
        lane: LANES.into_iter().find(|lane| *lane == task.lane),
        payload: Value::Null,
        priority: 0,
        run_at: None,
        dedupe_key: None,
        expires_at: unfinished_until(service),
    })?;
    let went = data.database.next_job(task, &job, Some(step), Some(draft), data.now()).await?;
    service.engine.wake();
    Ok(went)
}

/// The same question once the inputs are here and their true length is known.
pub(crate) async fn afforded(worker: &Worker, task: &Task, media_ms: i64, infos: &[MediaInfo]) -> Result<(), Failure> {
    let bytes = infos.iter().map(|info| info.bytes).max().and_then(|bytes| i64::try_from(bytes).ok());
    let estimate = Estimate { media_ms, file_bytes: bytes, job: Some(&task.id), public_url: None };
    match metering::admit(&worker.data, &task.workspace, &estimate).await {
        Ok(()) => Ok(()),
        Err(refusal) if refusal.kind == Kind::Quota => Err(Failure::lasting("quota")),
        Err(refusal) if refusal.kind == Kind::TooLarge => Err(Failure::lasting("file_size")),
        Err(refusal) => Err(Failure::passing(refusal.code)),
    }
}
