//! Tasks: what a user asked for and what came of it. The job beside it does the work; both are put down in one step.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError, begin, reading, writing};
use crate::jobs::{NewJob, enqueue_on};

/// A task to be put down with its job.
#[derive(Debug, Clone)]
pub struct NewTask {
    pub id: String,
    pub workspace: String,
    pub kind: &'static str,
    /// Where it came from: the API, an agent, the program's own pages.
    pub surface: &'static str,
    /// JSON, content.
    pub request: String,
    /// How much of media goes in, if that is known already.
    pub input_ms: Option<i64>,
    pub expires_at: i64,
}

/// A task with how its job stands.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct Task {
    pub id: String,
    pub workspace: String,
    pub kind: String,
    pub surface: String,
    pub job: String,
    pub request: String,
    /// Which part of a longer task this is.
    pub step: Option<String>,
    /// What waits for the user's word; content.
    pub draft: Option<String>,
    pub lane: String,
    /// How many waited before it when it came, itself included.
    pub queue_position: i64,
    pub input_ms: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub expires_at: i64,
    /// The job's state, as in its table.
    pub state: String,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub result: Option<String>,
    pub error: Option<String>,
    pub cancel_requested: i64,
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (request, draft) = (self.request.len(), self.draft.as_ref().map_or(0, String::len));
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .field("request_bytes", &request)
            .field("draft_bytes", &draft)
            .finish_non_exhaustive()
    }
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    NewestFirst,
    ChangedFirst,
    ChangedLast,
}

/// Which tasks of a workspace are asked for; what is none does not narrow.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// One or two kinds.
    pub kinds: [Option<&'a str>; 2],
    /// The state of the job; `running` and so on, up to three that mean the same to the user.
    pub states: [Option<&'a str>; 3],
    /// Changed at or after, at or before.
    pub since: Option<i64>,
    pub until: Option<i64>,
    /// Made before this one (time and id): where the page before ended.
    pub after: Option<(i64, &'a str)>,
}

const CREATE: &str = "\
insert into task (id, workspace, kind, surface, job, request, lane, queue_position, input_ms, created_at, updated_at, expires_at) \
select $1, $2, $3, $4, $5, $6, $7, (select count(*) from job where lane = $7 and state = 'queued'), $8, $9, $9, $10";

const NEXT_JOB: &str =
    "update task set job = $3, step = $4, draft = $5, updated_at = $6 where id = $1 and workspace = $2 and job = $7";
const STEP: &str = "update task set step = $3, draft = $4, updated_at = $5 where job = $1 and workspace = $2";

macro_rules! columns {
    () => {
        "select t.id, t.workspace, t.kind, t.surface, t.job, t.request, t.step, t.draft, t.lane, t.queue_position, \
         t.input_ms, t.created_at, t.updated_at, t.expires_at, j.state, j.started_at, j.ended_at, j.result, j.error, \
         j.cancel_requested from task t join job j on j.id = t.job "
    };
}

const GET: &str = concat!(columns!(), "where t.id = $1 and t.workspace = $2 and t.expires_at > $3");
const BY_JOB: &str = concat!(columns!(), "where t.job = $1 and t.workspace = $2 and t.expires_at > $3");

macro_rules! narrowed {
    () => {
        "where t.workspace = $1 and t.expires_at > $2 \
         and ($3 is null or t.kind = $3 or t.kind = $4) \
         and ($5 is null or j.state = $5 or j.state = $6 or j.state = $7) \
         and ($8 is null or t.updated_at >= $8) and ($9 is null or t.updated_at <= $9) \
         and ($10 is null or t.created_at < $10 or (t.created_at = $10 and t.id < $11)) "
    };
}

const NEWEST_FIRST: &str =
    concat!(columns!(), narrowed!(), "order by t.created_at desc, t.id desc limit $12 offset $13");
const CHANGED_FIRST: &str =
    concat!(columns!(), narrowed!(), "order by t.updated_at desc, t.id desc limit $12 offset $13");
const CHANGED_LAST: &str = concat!(columns!(), narrowed!(), "order by t.updated_at, t.id limit $12 offset $13");
const COUNT: &str = concat!("select count(*) from task t join job j on j.id = t.job ", narrowed!());

/// Binds a filter, `$1` to `$11`.
macro_rules! narrow {
    ($query:expr, $workspace:expr, $filter:expr, $now:expr) => {
        $query
            .bind($workspace)
            .bind($now)
            .bind($filter.kinds[0])
            .bind($filter.kinds[1])
            .bind($filter.states[0])
            .bind($filter.states[1])
            .bind($filter.states[2])
            .bind($filter.since)
            .bind($filter.until)
            .bind($filter.after.map(|(at, _)| at))
            .bind($filter.after.map(|(_, id)| id))
    };
}

impl Database {
    /// Puts a task and its job down together: neither is there without the other.
    pub async fn create_task(&self, task: &NewTask, job: &NewJob, now: i64) -> Result<(), DatabaseError> {
        writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            enqueue_on!(&mut *all, job, now)?;
            sqlx::query(CREATE).bind(&task.id).bind(&task.workspace).bind(task.kind).bind(task.surface).bind(&job.id)
                .bind(&task.request).bind(job.lane).bind(task.input_ms).bind(now).bind(task.expires_at)
                .execute(&mut *all).await?;
            all.commit().await?;
        });
        Ok(())
    }

    /// Gives a task that waits after `before` its next job. False: somebody else did, or there is no such task.
    pub async fn next_job(
        &self,
        task: &Task,
        job: &NewJob,
        step: Option<&str>,
        draft: Option<&str>,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            let rows = sqlx::query(NEXT_JOB).bind(&task.id).bind(&task.workspace).bind(&job.id).bind(step).bind(draft)
                .bind(now).bind(&task.job).execute(&mut *all).await?.rows_affected();
            if rows > 0 {
                enqueue_on!(&mut *all, job, now)?;
                all.commit().await?;
            }
            rows > 0
        }))
    }

    /// Says how far the task of a job is, with what the user is to look at.
    pub async fn set_step(
        &self,
        job: &str,
        workspace: &str,
        step: Option<&str>,
        draft: Option<&str>,
        now: i64,
    ) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(STEP).bind(job).bind(workspace).bind(step).bind(draft).bind(now)
            .execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// A task of a workspace, unless its time is over.
    pub async fn task(&self, id: &str, workspace: &str, now: i64) -> Result<Option<Task>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(id).bind(workspace).bind(now).fetch_optional(pool).await)?)
    }

    /// The task that a job belongs to.
    pub async fn task_of(&self, job: &str, workspace: &str, now: i64) -> Result<Option<Task>, DatabaseError> {
        Ok(
            reading!(self, pool => sqlx::query_as(BY_JOB).bind(job).bind(workspace).bind(now).fetch_optional(pool).await)?,
        )
    }

    /// A page of a workspace's tasks.
    pub async fn tasks(
        &self,
        workspace: &str,
        filter: &Filter<'_>,
        order: Order,
        (limit, offset): (i64, i64),
        now: i64,
    ) -> Result<Vec<Task>, DatabaseError> {
        let statement = match order {
            Order::NewestFirst => NEWEST_FIRST,
            Order::ChangedFirst => CHANGED_FIRST,
            Order::ChangedLast => CHANGED_LAST,
        };
        Ok(reading!(self, pool => narrow!(sqlx::query_as(statement), workspace, filter, now)
            .bind(limit).bind(offset).fetch_all(pool).await)?)
    }

    /// How many tasks the same filter names in all.
    pub async fn count_tasks(&self, workspace: &str, filter: &Filter<'_>, now: i64) -> Result<i64, DatabaseError> {
        Ok(reading!(self, pool => narrow!(sqlx::query_scalar(COUNT), workspace, filter, now).fetch_one(pool).await)?)
    }
}
