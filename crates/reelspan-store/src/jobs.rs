//! The job table: every statement that touches it, each fenced so that only the holder of a lease can end a job.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError, begin, reading, writing};

/// A job to be put into the table.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub id: String,
    pub workspace: String,
    pub lane: &'static str,
    pub kind: &'static str,
    /// JSON with ids only, never content.
    pub payload: String,
    /// Higher goes first within a lane.
    pub priority: i64,
    /// Milliseconds since 1970 from which on it may run.
    pub run_at: i64,
    pub max_attempts: i64,
    /// The same key in the same workspace is the same job.
    pub dedupe_key: Option<String>,
    pub expires_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Job {
    pub id: String,
    pub workspace: String,
    pub lane: String,
    pub kind: String,
    pub payload: String,
    pub state: String,
    pub priority: i64,
    /// Its place among the jobs of its lane: see `ENQUEUE`.
    pub turn: i64,
    pub run_at: i64,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    /// How often it was begun. It is also the fence: a write names the attempt that it belongs to.
    pub attempt: i64,
    pub max_attempts: i64,
    pub lease_owner: Option<String>,
    pub lease_until: Option<i64>,
    pub cancel_requested: i64,
    pub result: Option<String>,
    pub error: Option<String>,
    pub expires_at: i64,
}

/// Something that a job said while it ran.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct JobEvent {
    pub seq: i64,
    pub at: i64,
    pub kind: String,
    pub body: String,
}

/// A lease that is still held.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Held {
    pub id: String,
    pub attempt: i64,
    pub cancel_requested: i64,
}

/// Who holds which attempt of which job.
#[derive(Debug, Clone, Copy)]
pub struct Fence<'a> {
    pub job: &'a str,
    pub attempt: i64,
    pub owner: &'a str,
}

/// Something that a finished job used. Written with its ending, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    pub unit: &'static str,
    pub quantity: i64,
}

/// What an ending leaves behind, and until when.
#[derive(Debug, Clone, Copy)]
pub struct Bill<'a> {
    pub charges: &'a [Charge],
    pub keep: i64,
    pub keep_charges: i64,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    /// JSON with ids only.
    Done(&'a str),
    /// A code and its parameters as JSON, never content.
    Failed(&'a str),
    Cancelled,
    /// To be tried again from then on.
    Again {
        run_at: i64,
        error: &'a str,
    },
    /// Given back untouched: this attempt does not count.
    Released {
        run_at: i64,
    },
}

/// What became of jobs whose holder let the lease run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    pub due: u64,
    pub again: u64,
    pub dead: u64,
    pub cancelled: u64,
}

/// A job waits behind its own workspace's jobs and beside those of others: its turn is the one after its workspace's last,
/// or the turn that is being served, whichever is later. What is said of `turn` holds always, and names the index: see
/// `0003_job_indexes.sql`.
pub(crate) const ENQUEUE: &str = "\
insert into job (id, workspace, lane, kind, payload, state, priority, turn, run_at, created_at, attempt, max_attempts, \
                 cancel_requested, dedupe_key, expires_at) \
values ($1, $2, $3, $4, $5, case when $7 > $8 then 'waiting' else 'queued' end, $6, \
        (select case when own > head then own else head end from (select \
           coalesce((select max(turn) + 1 from job \
              where workspace = $2 and lane = $3 and state = 'queued' and turn >= -1), 0) as own, \
           coalesce((select min(turn) from job where lane = $3 and state = 'queued' and turn >= 0), 0) as head) as turns), \
        $7, $8, 0, $9, 0, $10, $11) \
on conflict (workspace, dedupe_key) where dedupe_key is not null do nothing";

const BY_KEY: &str = "select id from job where workspace = $1 and dedupe_key = $2";

macro_rules! columns {
    () => {
        "id, workspace, lane, kind, payload, state, priority, turn, run_at, created_at, started_at, ended_at, attempt, \
         max_attempts, lease_owner, lease_until, cancel_requested, result, error, expires_at"
    };
}

macro_rules! next {
    () => {
        "select id from job where state = 'queued' and lane = $2 and expires_at > $3 order by priority desc, turn, id limit $5"
    };
}

macro_rules! taking {
    () => {
        "update job set state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, $3), \
         lease_owner = $1, lease_until = $4, error = null where "
    };
}

const CLAIM_SQLITE: &str = concat!(taking!(), "id in (", next!(), ") returning ", columns!());
/// A plain subquery may be run anew for each row, and each time skip what it locked before: it would take too many.
const CLAIM_POSTGRES: &str = concat!(
    "with next as materialized (",
    next!(),
    " for update skip locked) ",
    taking!(),
    "id in (select id from next) returning ",
    columns!()
);

const RENEW: &str = "update job set lease_until = $2 where lease_owner = $1 and state = 'running' \
                     returning id, attempt, cancel_requested";

const END: &str = "update job set state = $4, result = $5, error = $6, ended_at = $7, expires_at = $8, lease_owner = null, \
                   lease_until = null where id = $1 and attempt = $2 and lease_owner = $3 and state = 'running'";

/// A job's charges stand once, whoever writes them down.
const CHARGE: &str = "insert into ledger (id, workspace, job, unit, quantity, created_at, expires_at) \
                      select id || '/' || $2, workspace, id, $2, $3, $4, $5 from job where id = $1 \
                      on conflict (job, unit) do nothing";

/// `$5` is 1 when the attempt is not to count. A cancel that came meanwhile wins over another try.
const BACK: &str = "update job set \
  state = case when cancel_requested = 1 then 'cancelled' when $4 > $7 then 'waiting' else 'queued' end, \
  ended_at = case when cancel_requested = 1 then $7 else null end, \
  run_at = $4, attempt = attempt - $5, error = $6, lease_owner = null, lease_until = null \
  where id = $1 and attempt = $2 and lease_owner = $3 and state = 'running'";

const CANCEL_WAITING: &str = "update job set state = 'cancelled', ended_at = $3, cancel_requested = 1 \
                              where id = $1 and workspace = $2 and state in ('waiting', 'queued')";
const CANCEL_RUNNING: &str =
    "update job set cancel_requested = 1 where id = $1 and workspace = $2 and state = 'running'";

const DUE: &str = "update job set state = 'queued' where state = 'waiting' and run_at <= $1";
const LOST_CANCELLED: &str = "update job set state = 'cancelled', ended_at = $1, lease_owner = null, lease_until = null \
                              where state = 'running' and lease_until < $1 and cancel_requested = 1";
/// Attempts count for lost workers too: a job that kills whoever takes it must not go round for ever.
const LOST_DEAD: &str = "update job set state = 'dead', ended_at = $1, lease_owner = null, lease_until = null, error = $2 \
                         where state = 'running' and lease_until < $1 and attempt >= max_attempts";
const LOST_AGAIN: &str = "update job set state = 'queued', lease_owner = null, lease_until = null \
                          where state = 'running' and lease_until < $1";

const GET: &str = concat!("select ", columns!(), " from job where id = $1 and workspace = $2 and expires_at > $3");

const SAY: &str = "insert into job_event (job, seq, at, kind, body) \
  select id, coalesce((select max(seq) from job_event where job = $1), 0) + 1, $4, $5, $6 \
  from job where id = $1 and attempt = $2 and lease_owner = $3 and state = 'running'";
const EVENTS: &str = "select e.seq, e.at, e.kind, e.body from job_event e join job j on j.id = e.job \
                      where e.job = $1 and j.workspace = $2 and j.expires_at > $3 and e.seq > $4 order by e.seq limit $5";

const BEFORE: &str =
    "select count(*) from job where workspace = $2 and state = 'running' and id < $1 and lane <> 'notify'";

const DEPTHS: &str =
    "select lane, state, count(*) from job where state in ('waiting', 'queued', 'running') group by lane, state";

/// Within whatever transaction it is called on.
macro_rules! enqueue_on {
    ($on:expr, $job:expr, $now:expr) => {
        sqlx::query($crate::jobs::ENQUEUE)
            .bind(&$job.id)
            .bind(&$job.workspace)
            .bind($job.lane)
            .bind($job.kind)
            .bind(&$job.payload)
            .bind($job.priority)
            .bind($job.run_at)
            .bind($now)
            .bind($job.max_attempts)
            .bind(&$job.dedupe_key)
            .bind($job.expires_at)
            .execute($on)
            .await
            .map(|done| done.rows_affected())
    };
}
pub(crate) use enqueue_on;

impl Database {
    /// Puts a job into the table and gives its id: that of an earlier job with the same key, if there is one.
    pub async fn enqueue(&self, job: &NewJob, now: i64) -> Result<String, DatabaseError> {
        let put = writing!(self, pool => enqueue_on!(pool, job, now))?;
        match &job.dedupe_key {
            Some(key) if put == 0 => Ok(writing!(self, pool => sqlx::query_scalar(BY_KEY)
                .bind(&job.workspace).bind(key).fetch_one(pool).await)?),
            _ => Ok(job.id.clone()),
        }
    }

    /// Takes up to `most` jobs of a lane, the fairest first.
    pub async fn claim(
        &self,
        owner: &str,
        lane: &str,
        most: i64,
        now: i64,
        until: i64,
    ) -> Result<Vec<Job>, DatabaseError> {
        let mut jobs: Vec<Job> = match self {
            Self::Sqlite(files) => {
                let claim = sqlx::query_as(CLAIM_SQLITE).bind(owner).bind(lane).bind(now).bind(until).bind(most);
                claim.fetch_all(&files.write).await?
            }
            Self::Postgres(pool) => {
                let claim = sqlx::query_as(CLAIM_POSTGRES).bind(owner).bind(lane).bind(now).bind(until).bind(most);
                claim.fetch_all(pool).await?
            }
        };
        // Databases give changed rows in any order.
        jobs.sort_by(|a, b| (b.priority, a.turn, &a.id).cmp(&(a.priority, b.turn, &b.id)));
        Ok(jobs)
    }

    /// Lengthens every lease of an owner and tells which it still holds, and which of them are to be cancelled.
    pub async fn renew(&self, owner: &str, until: i64) -> Result<Vec<Held>, DatabaseError> {
        Ok(writing!(self, pool => sqlx::query_as(RENEW).bind(owner).bind(until).fetch_all(pool).await)?)
    }

    /// Ends an attempt; what ended stays until `keep`. False: the lease was lost meanwhile, and nothing was written.
    pub async fn end(
        &self,
        fence: Fence<'_>,
        ending: Ending<'_>,
        bill: &Bill<'_>,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let rows = match ending {
            Ending::Done(result) => self.ended(fence, ("done", Some(result), None), bill, now).await?,
            Ending::Failed(error) => self.ended(fence, ("failed", None, Some(error)), bill, now).await?,
            Ending::Cancelled => self.ended(fence, ("cancelled", None, None), bill, now).await?,
            Ending::Again { run_at, error } => self.back(fence, run_at, false, Some(error), now).await?,
            Ending::Released { run_at } => self.back(fence, run_at, true, None, now).await?,
        };
        Ok(rows > 0)
    }

    async fn ended(
        &self,
        fence: Fence<'_>,
        (state, result, error): (&'static str, Option<&str>, Option<&str>),
        bill: &Bill<'_>,
        now: i64,
    ) -> Result<u64, DatabaseError> {
        macro_rules! end {
            ($on:expr) => {
                sqlx::query(END)
                    .bind(fence.job)
                    .bind(fence.attempt)
                    .bind(fence.owner)
                    .bind(state)
                    .bind(result)
                    .bind(error)
                    .bind(now)
                    .bind(bill.keep)
                    .execute($on)
                    .await
                    .map(|done| done.rows_affected())?
            };
        }
        if bill.charges.is_empty() {
            return Ok(writing!(self, pool => end!(pool)));
        }
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            let rows = end!(&mut *all);
            if rows > 0 {
                for charge in bill.charges {
                    sqlx::query(CHARGE).bind(fence.job).bind(charge.unit).bind(charge.quantity).bind(now)
                        .bind(bill.keep_charges).execute(&mut *all).await?;
                }
            }
            all.commit().await?;
            rows
        }))
    }

    async fn back(
        &self,
        fence: Fence<'_>,
        run_at: i64,
        uncounted: bool,
        error: Option<&str>,
        now: i64,
    ) -> Result<u64, DatabaseError> {
        Ok(writing!(self, pool => sqlx::query(BACK)
            .bind(fence.job).bind(fence.attempt).bind(fence.owner).bind(run_at).bind(i64::from(uncounted)).bind(error)
            .bind(now).execute(pool).await.map(|done| done.rows_affected()))?)
    }

    /// Cancels at once what has not begun, and asks the holder of what has. False: there is no such job that could be.
    pub async fn cancel(&self, id: &str, workspace: &str, now: i64) -> Result<bool, DatabaseError> {
        let waiting = writing!(self, pool => sqlx::query(CANCEL_WAITING).bind(id).bind(workspace).bind(now)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        if waiting > 0 {
            return Ok(true);
        }
        let asked = writing!(self, pool => sqlx::query(CANCEL_RUNNING).bind(id).bind(workspace)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(asked > 0)
    }

    /// Lets jobs run whose time has come, and takes back those whose holder is gone.
    pub async fn sweep(&self, now: i64, lost: &str) -> Result<Swept, DatabaseError> {
        let due =
            writing!(self, pool => sqlx::query(DUE).bind(now).execute(pool).await.map(|done| done.rows_affected()))?;
        let cancelled = writing!(self, pool => sqlx::query(LOST_CANCELLED).bind(now)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        let dead = writing!(self, pool => sqlx::query(LOST_DEAD).bind(now).bind(lost)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        let again = writing!(self, pool => sqlx::query(LOST_AGAIN).bind(now)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(Swept { due, again, dead, cancelled })
    }

    /// A job of a workspace, unless its time is over.
    pub async fn job(&self, id: &str, workspace: &str, now: i64) -> Result<Option<Job>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(id).bind(workspace).bind(now).fetch_optional(pool).await)?)
    }

    /// Keeps what a running attempt says. False: the lease was lost meanwhile.
    pub async fn say(&self, fence: Fence<'_>, kind: &str, body: &str, now: i64) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(SAY)
            .bind(fence.job).bind(fence.attempt).bind(fence.owner).bind(now).bind(kind).bind(body)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// What a job said after `seq`.
    pub async fn events(
        &self,
        id: &str,
        workspace: &str,
        seq: i64,
        most: i64,
        now: i64,
    ) -> Result<Vec<JobEvent>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(EVENTS).bind(id).bind(workspace).bind(now).bind(seq).bind(most)
            .fetch_all(pool).await)?)
    }

    /// How many jobs of a workspace run that were put down before this one; those that only tell others do not count.
    pub async fn running_before(&self, id: &str, workspace: &str) -> Result<i64, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_scalar(BEFORE).bind(id).bind(workspace).fetch_one(pool).await)?)
    }

    /// How many jobs are in each lane and state, those that ended left out.
    pub async fn depths(&self) -> Result<Vec<(String, String, i64)>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(DEPTHS).fetch_all(pool).await)?)
    }
}

#[cfg(test)]
mod tests {
    use reelspan_testing::Postgres;
    use sqlx::AssertSqlSafe;

    use super::*;

    const MANY: &str = "insert into job (id, workspace, lane, kind, payload, state, priority, turn, run_at, created_at, attempt, \
         max_attempts, cancel_requested, expires_at) select lpad(n::text, 8, '0'), 'w' || n % 3, 'short', 'k', 'null', \
         'queued', 0, n, 0, 0, 0, 3, 0, 1000 from generate_series(1, 5000) n";

    /// What a statement is done with where nobody has counted the rows yet.
    async fn plan(pool: &sqlx::PgPool, statement: String) -> String {
        let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(pool).await.unwrap();
        lines.join("\n")
    }

    #[tokio::test]
    async fn a_long_queue_is_neither_sorted_nor_read_through() {
        let Some(server) = Postgres::start() else { return };
        let database = Database::postgres(&server.database()).await.unwrap();
        let Database::Postgres(pool) = &database else { unreachable!() };
        // The figures that would help come a minute after a burst, and are wrong once it is over.
        sqlx::query("alter table job set (autovacuum_enabled = off)").execute(pool).await.unwrap();
        sqlx::query(MANY).execute(pool).await.unwrap();
        let values = |sql: &str, values: &[(&str, &str)]| {
            values.iter().fold(format!("explain {sql}"), |sql, (name, value)| sql.replace(name, value))
        };
        let claim = values(CLAIM_POSTGRES, &[("$1", "'o'"), ("$2", "'short'"), ("$3", "5"), ("$4", "9"), ("$5", "8")]);
        let claim = plan(pool, claim).await;
        assert!(claim.contains("job_next") && !claim.contains("Sort") && !claim.contains("Seq Scan on job"), "{claim}");
        let given =
            [("$10", "null"), ("$11", "1000"), ("$1", "'new'"), ("$2", "'w1'"), ("$3", "'short'"), ("$4", "'k'")];
        let rest = [("$5", "'null'"), ("$6", "0"), ("$7", "5"), ("$8", "5"), ("$9", "3")];
        let enqueue = plan(pool, values(ENQUEUE, &[given.as_slice(), rest.as_slice()].concat())).await;
        assert!(enqueue.contains("job_turns") && enqueue.contains("job_head"), "{enqueue}");
        database.close().await;
    }
}
