//! Webhooks: addresses that are told when a job ends, and what was tried to tell them.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError, begin, reading, writing};
use crate::jobs::{NewJob, enqueue_on};

#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct Webhook {
    pub id: String,
    pub workspace: String,
    pub url: String,
    /// Names of events, with commas between.
    pub events: String,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).field("events", &self.events).finish_non_exhaustive()
    }
}

/// One address told of one ending.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Delivery {
    pub id: String,
    pub workspace: String,
    pub webhook: String,
    pub event: String,
    pub task: String,
    /// `due`, `delivered` or `failed`.
    pub state: String,
    pub attempts: i64,
    /// What the receiver last answered with.
    pub status: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub expires_at: i64,
}

/// A job that ended, of which nobody has been told yet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Ended {
    pub job: String,
    pub workspace: String,
    pub state: String,
    /// The task that it worked on, and the step which that is in.
    pub task: Option<String>,
    pub step: Option<String>,
    pub expires_at: i64,
}

const PUT: &str = "insert into webhook (id, workspace, url, events, created_at) values ($1, $2, $3, $4, $5)";

macro_rules! hooks {
    () => {
        "select id, workspace, url, events, created_at, disabled_at from webhook where workspace = $1 "
    };
}

const LIST: &str = concat!(hooks!(), "order by created_at, id");
const GET: &str = concat!(hooks!(), "and id = $2");
const DROP: &str = "delete from webhook where workspace = $1 and id = $2";
const DISABLE: &str = "update webhook set disabled_at = $3 where workspace = $1 and id = $2";

/// What nobody waits for is done with at once; deliveries themselves are never told of.
const NOBODY: &str = "update job set announced = 1 where announced = 0 and ended_at is not null and (kind = $1 or not exists \
                      (select 1 from webhook w where w.workspace = job.workspace and w.disabled_at is null))";
const UNANNOUNCED: &str = "select j.id as job, j.workspace, j.state, t.id as task, t.step, j.expires_at from job j \
                           left join task t on t.job = j.id where j.announced = 0 and j.ended_at is not null \
                           order by j.ended_at limit $1";
const ANNOUNCED: &str = "update job set announced = 1 where id = $1 and announced = 0";
const DUE: &str = "insert into delivery (id, workspace, webhook, event, task, state, attempts, created_at, updated_at, expires_at) \
                   values ($1, $2, $3, $4, $5, 'due', 0, $6, $6, $7) on conflict (id) do nothing";
const TRIED: &str = "update delivery set state = $3, attempts = attempts + 1, status = $4, updated_at = $5 \
                     where workspace = $1 and id = $2";
const AGAIN: &str =
    "update delivery set state = 'due', updated_at = $3 where workspace = $1 and id = $2 and state <> 'due'";

macro_rules! deliveries {
    () => {
        "select id, workspace, webhook, event, task, state, attempts, status, created_at, updated_at, expires_at \
         from delivery where workspace = $1 and expires_at > $2 "
    };
}

const DELIVERY: &str = concat!(deliveries!(), "and id = $3");
const DELIVERIES: &str = concat!(
    deliveries!(),
    "and webhook = $3 and ($4 is null or created_at < $4 or (created_at = $4 and id < $5)) \
     order by created_at desc, id desc limit $6"
);

impl Database {
    pub async fn put_webhook(&self, webhook: &Webhook) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(PUT).bind(&webhook.id).bind(&webhook.workspace).bind(&webhook.url)
            .bind(&webhook.events).bind(webhook.created_at).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    pub async fn webhooks(&self, workspace: &str) -> Result<Vec<Webhook>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(LIST).bind(workspace).fetch_all(pool).await)?)
    }

    pub async fn webhook(&self, id: &str, workspace: &str) -> Result<Option<Webhook>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(workspace).bind(id).fetch_optional(pool).await)?)
    }

    /// Removes one with its deliveries.
    pub async fn drop_webhook(&self, id: &str, workspace: &str) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(DROP).bind(workspace).bind(id)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// Tells it no more, from `at` on; none tells it again.
    pub async fn disable_webhook(&self, id: &str, workspace: &str, at: Option<i64>) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(DISABLE).bind(workspace).bind(id).bind(at)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// Jobs that ended and of which somebody waits to be told, the earliest first. `telling` is the kind of job that tells.
    pub async fn unannounced(&self, telling: &str, most: i64) -> Result<Vec<Ended>, DatabaseError> {
        writing!(self, pool => sqlx::query(NOBODY).bind(telling).execute(pool).await.map(|_| ()))?;
        Ok(reading!(self, pool => sqlx::query_as(UNANNOUNCED).bind(most).fetch_all(pool).await)?)
    }

    /// Puts down what is to be told of one ending, all of it or nothing, and once: false if somebody else did.
    pub async fn announce(&self, job: &str, due: &[(Delivery, NewJob)], now: i64) -> Result<bool, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            let first = sqlx::query(ANNOUNCED).bind(job).execute(&mut *all).await?.rows_affected() > 0;
            if first {
                for (delivery, job) in due {
                    sqlx::query(DUE).bind(&delivery.id).bind(&delivery.workspace).bind(&delivery.webhook)
                        .bind(&delivery.event).bind(&delivery.task).bind(now).bind(delivery.expires_at)
                        .execute(&mut *all).await?;
                    enqueue_on!(&mut *all, job, now)?;
                }
                all.commit().await?;
            }
            first
        }))
    }

    pub async fn delivery(&self, id: &str, workspace: &str, now: i64) -> Result<Option<Delivery>, DatabaseError> {
        Ok(
            reading!(self, pool => sqlx::query_as(DELIVERY).bind(workspace).bind(now).bind(id).fetch_optional(pool).await)?,
        )
    }

    /// What one address was told of, the newest first; `after` is where the page before ended.
    pub async fn deliveries(
        &self,
        webhook: &str,
        workspace: &str,
        after: Option<(i64, &str)>,
        limit: i64,
        now: i64,
    ) -> Result<Vec<Delivery>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(DELIVERIES).bind(workspace).bind(now).bind(webhook)
            .bind(after.map(|(at, _)| at)).bind(after.map(|(_, id)| id)).bind(limit).fetch_all(pool).await)?)
    }

    /// Notes how a try went.
    pub async fn tried(
        &self,
        id: &str,
        workspace: &str,
        state: &str,
        status: Option<i64>,
        now: i64,
    ) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(TRIED).bind(workspace).bind(id).bind(state).bind(status).bind(now)
            .execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Tells it once more. False: it is due already, or there is no such delivery.
    pub async fn tell_again(&self, id: &str, workspace: &str, job: &NewJob, now: i64) -> Result<bool, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            let rows = sqlx::query(AGAIN).bind(workspace).bind(id).bind(now).execute(&mut *all).await?.rows_affected();
            if rows > 0 {
                enqueue_on!(&mut *all, job, now)?;
                all.commit().await?;
            }
            rows > 0
        }))
    }
}
