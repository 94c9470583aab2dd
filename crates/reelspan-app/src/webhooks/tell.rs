//! The job that tells one address of one ending, again and again until it is heard or given up.

use std::sync::Arc;

use reelspan_connectors::webhook::{Error, Message, Poster};
use reelspan_jobs::{Failure, Handler, Outcome, Running, Work};
use reelspan_store::{DatabaseError, Delivery};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{KIND, signature};
use crate::worker::Worker;

/// With the engine's rests between (one second, doubled each time, five minutes at most) that is about half an hour.
const TRIES: i64 = 12;
/// The receiver is gone for good.
const GONE: u16 = 410;

pub struct Tell {
    worker: Arc<Worker>,
    poster: OnceCell<Poster>,
}

impl Tell {
    pub fn new(worker: Arc<Worker>) -> Self {
        Self { worker, poster: OnceCell::new() }
    }

    async fn tell(&self, work: &Work) -> Result<Value, Failure> {
        let (data, workspace) = (&self.worker.data, work.workspace.as_str());
        let id = work.payload["delivery"].as_str().unwrap_or_default();
        let delivery = data.database.delivery(id, workspace, data.now()).await.map_err(away)?;
        let Some(delivery) = delivery else { return Ok(json!({ "told": false })) };
        let hook = data.database.webhook(&delivery.webhook, workspace).await.map_err(away)?;
        let Some(hook) = hook.filter(|hook| hook.disabled_at.is_none()) else {
            data.database.tried(id, workspace, "failed", None, data.now()).await.map_err(away)?;
            return Ok(json!({ "told": false }));
        };
        let message = self.message(&delivery).await?;
        let reach = self.worker.reach.clone();
        let poster = self.poster.get_or_try_init(|| Poster::start(reach)).await;
        let poster = poster.map_err(|_| Failure::passing("webhook_unready"))?;
        let answer = poster.post(&hook.url, &message).await;
        let last = work.attempt >= TRIES;
        let (state, status, ended) = judged(&answer, last);
        data.database.tried(id, workspace, state, status, data.now()).await.map_err(away)?;
        if status == Some(i64::from(GONE)) {
            data.database.disable_webhook(&hook.id, workspace, Some(data.now())).await.map_err(away)?;
        }
        ended
    }

    /// The same body at every try, so that a receiver may compare.
    async fn message(&self, delivery: &Delivery) -> Result<Message, Failure> {
        let data = &self.worker.data;
        let task = data.database.task(&delivery.task, &delivery.workspace, data.now()).await.map_err(away)?;
        let (kind, until) = task.map_or((None, None), |task| (Some(task.kind), Some(task.expires_at)));
        let status = delivery.event.trim_start_matches("job.");
        let body = json!({
            "type": delivery.event,
            "timestamp": crate::times::iso(delivery.created_at),
            "data": { "job": {
                "id": delivery.task, "kind": kind, "status": status, "expires_at": until.map(crate::times::iso),
            } },
        });
        let (timestamp, body) = (data.now() / 1000, body.to_string());
        let signature = signature(&self.worker.signer, &delivery.webhook, &delivery.id, timestamp, &body);
        Ok(Message { id: delivery.id.clone(), timestamp, signature, body })
    }
}

/// What a try came to: the delivery's state, what was answered, the job's outcome.
fn judged(answer: &Result<u16, Error>, last: bool) -> (&'static str, Option<i64>, Result<Value, Failure>) {
    let waiting = if last { "failed" } else { "due" };
    match answer {
        Ok(status @ 200..=299) => ("delivered", Some(i64::from(*status)), Ok(json!({ "told": true }))),
        Ok(GONE) => ("failed", Some(i64::from(GONE)), Err(Failure::lasting("webhook_gone"))),
        Ok(status) => (waiting, Some(i64::from(*status)), Err(Failure::passing("webhook_refused"))),
        Err(Error::Private) => ("failed", None, Err(Failure::lasting("webhook_private"))),
        Err(Error::Unreachable | Error::Guard) => (waiting, None, Err(Failure::passing("webhook_unreachable"))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn away(error: DatabaseError) -> Failure {
    Failure::passing(error.code())
}

impl Handler for Tell {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> &'static str {
        "notify"
    }

    fn max_attempts(&self) -> i64 {
        TRIES
    }

    fn run<'a>(&'a self, work: &'a Work) -> Running<'a> {
        Box::pin(async move { self.tell(work).await.map(Outcome::from) })
    }
}
