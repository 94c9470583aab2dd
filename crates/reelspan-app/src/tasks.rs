//! Tasks: what was asked for, how it stands and what came of it, the same for every kind.

pub(crate) mod failures;
mod given;
mod made;
mod orders;
mod outputs;
mod scratch;
mod trouble;
mod work;

use reelspan_store::{Filter, Order as StoreOrder, Task};
use reelspan_types::after;
use serde::de::DeserializeOwned;

use crate::links::{self, Link};
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};

pub(crate) use self::failures::Place;
pub use self::given::Given;
pub(crate) use self::given::{Opened, bring, look, open};
pub use self::made::{Made, Output, Read};
pub(crate) use self::orders::{Order, afforded, next, put_down};
pub(crate) use self::outputs::{Finished, Keeper};
pub(crate) use self::scratch::Scratch;
pub use self::scratch::sweep;
pub use self::trouble::{Category, Trouble};
pub(crate) use self::work::{Begun, begun, blocking};

/// The kinds of tasks that the API lists.
pub const TRANSCODE: &str = "transcode";
pub const TRANSCRIBE: &str = "transcribe";
pub const BLUEPRINT: &str = "blueprint";
pub const CLIPS: &str = "clips";
pub const KINDS: [&str; 4] = [TRANSCODE, TRANSCRIBE, BLUEPRINT, CLIPS];

/// A step after which the user's word is waited for.
pub const REVIEW: &str = "review";

/// How a task stands, in the words of every surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Processing,
    /// Its work so far is done, and the user is to look at it.
    AwaitingReview,
    Completed,
    Failed,
    Canceled,
}

impl Status {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Processing, Self::AwaitingReview, Self::Completed, Self::Failed, Self::Canceled];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::AwaitingReview => "awaiting_review",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }

    fn of(task: &Task) -> Self {
        match task.state.as_str() {
            "running" => Self::Processing,
            "done" if task.step.as_deref() == Some(REVIEW) => Self::AwaitingReview,
            "done" => Self::Completed,
            "failed" | "dead" => Self::Failed,
            "cancelled" => Self::Canceled,
            _ => Self::Pending,
        }
    }

    /// The states of a job that mean this.
    fn states(self) -> [Option<&'static str>; 3] {
        match self {
            Self::Pending => [Some("queued"), Some("waiting"), None],
            Self::Processing => [Some("running"), None, None],
            Self::AwaitingReview | Self::Completed => [Some("done"), None, None],
            Self::Failed => [Some("failed"), Some("dead"), None],
            Self::Canceled => [Some("cancelled"), None, None],
        }
    }
}

/// A task as it stands. Times are milliseconds since 1970.
#[derive(Clone)]
pub struct Standing {
    pub id: String,
    pub workspace: String,
    pub kind: String,
    pub surface: String,
    /// The job that works on it just now, or did last.
    pub job: String,
    pub status: Status,
    pub step: Option<String>,
    /// What waits for the user's word.
    pub draft: Option<String>,
    pub lane: String,
    pub queue_position: i64,
    /// What goes in, after trims, as far as that was known when it came.
    pub input_ms: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub expires_at: i64,
    /// What came of it, once it is completed.
    pub made: Option<Made>,
    /// Why nothing did.
    pub trouble: Option<Trouble>,
    request: String,
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Standing {
    fn of(task: Task) -> Self {
        let status = Status::of(&task);
        let made = task.result.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self {
            status,
            made,
            trouble: Trouble::of(status, task.error.as_deref()),
            id: task.id,
            workspace: task.workspace,
            kind: task.kind,
            surface: task.surface,
            job: task.job,
            step: task.step,
            draft: task.draft,
            lane: task.lane,
            queue_position: task.queue_position,
            input_ms: task.input_ms,
            created_at: task.created_at,
            updated_at: task.updated_at,
            started_at: task.started_at,
            ended_at: task.ended_at,
            expires_at: task.expires_at,
            request: task.request,
        }
    }

    /// What was asked for, as its feature wrote it down.
    pub(crate) fn request<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_str(&self.request).map_err(|_| unreadable())
    }
}

pub(crate) fn unreadable() -> Refusal {
    Refusal::new(
        Kind::Broken,
        "request_unreadable",
        "what was asked for was written by another version of this service",
    )
}

/// A task of the caller's workspace; `kinds` are those that it may be.
pub async fn get(service: &Service, caller: &Caller, id: &str, kinds: &[&str]) -> Result<Standing, Refusal> {
    let task = row(service, caller, id, kinds).await?;
    Ok(Standing::of(task))
}

pub(crate) async fn row(service: &Service, caller: &Caller, id: &str, kinds: &[&str]) -> Result<Task, Refusal> {
    let data = &service.data;
    let task = data.database.task(id, &caller.workspace, data.now()).await?;
    task.filter(|task| kinds.contains(&task.kind.as_str())).ok_or_else(|| Refusal::missing("job"))
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sorted {
    #[default]
    NewestFirst,
    ChangedFirst,
    ChangedLast,
}

/// Which tasks are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// One or two.
    pub kinds: Vec<&'static str>,
    pub status: Option<Status>,
    /// Changed at or after, at or before.
    pub since: Option<i64>,
    pub until: Option<i64>,
    pub sorted: Sorted,
    /// From 1 on.
    pub page: i64,
    pub limit: i64,
}

/// A page of tasks, and how many there are in all.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub items: Vec<Standing>,
    pub total: i64,
}

/// A page of the caller's tasks.
pub async fn list(service: &Service, caller: &Caller, wanted: &Wanted) -> Result<Page, Refusal> {
    let (data, kind) = (&service.data, |at: usize| wanted.kinds.get(at).or(wanted.kinds.first()).copied());
    let filter = Filter {
        kinds: [kind(0), kind(1)],
        states: wanted.status.map_or([None; 3], Status::states),
        since: wanted.since,
        until: wanted.until,
        after: None,
    };
    let order = match wanted.sorted {
        Sorted::NewestFirst => StoreOrder::NewestFirst,
        Sorted::ChangedFirst => StoreOrder::ChangedFirst,
        Sorted::ChangedLast => StoreOrder::ChangedLast,
    };
    let (now, offset) = (data.now(), (wanted.page.max(1) - 1).saturating_mul(wanted.limit));
    let total = data.database.count_tasks(&caller.workspace, &filter, now).await?;
    let tasks = data.database.tasks(&caller.workspace, &filter, order, (wanted.limit, offset), now).await?;
    Ok(Page { items: tasks.into_iter().map(Standing::of).collect(), total })
}

/// A part of the caller's tasks, the newest first; `after` is where the part before ended.
pub async fn newest(
    service: &Service,
    caller: &Caller,
    kind: Option<&str>,
    status: Option<Status>,
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Standing>, Refusal> {
    let filter =
        Filter { kinds: [kind, kind], states: status.map_or([None; 3], Status::states), after, ..Filter::default() };
    let data = &service.data;
    let rows = data.database.tasks(&caller.workspace, &filter, StoreOrder::NewestFirst, (limit, 0), data.now()).await?;
    let all = rows.into_iter().map(Standing::of);
    // Two of them are the same state of the table.
    Ok(all.filter(|standing| status.is_none_or(|status| standing.status == status)).collect())
}

/// How long a job that runs is given to hear that it was cancelled.
const HEARD: std::time::Duration = std::time::Duration::from_secs(3);
const LOOK: std::time::Duration = std::time::Duration::from_millis(50);

/// Cancels a task that has not ended, and tells how it stands then.
pub async fn cancel(service: &Service, caller: &Caller, id: &str, kinds: &[&str]) -> Result<Standing, Refusal> {
    caller.may_change_media()?;
    let task = row(service, caller, id, kinds).await?;
    let asked = service.engine.cancel(&task.job, &caller.workspace).await?;
    let until = service.data.clock.steady() + HEARD;
    loop {
        let now = get(service, caller, id, kinds).await?;
        match now.status {
            Status::Canceled if asked => return Ok(now),
            ended if ended.is_final() || ended == Status::AwaitingReview => return Err(ended_already(ended)),
            // It will be: the wish stands in its row.
            _ if service.data.clock.steady() >= until => return Ok(Standing { status: Status::Canceled, ..now }),
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}

fn ended_already(status: Status) -> Refusal {
    Refusal::new(Kind::Invalid, "not_cancelable", format!("Cannot cancel job in status: {}", status.name()))
}

/// A link to the first file that a task made.
pub async fn download(service: &Service, base: &str, standing: &Standing) -> Result<Link, Refusal> {
    let status = standing.status;
    if status != Status::Completed {
        let message = format!("Job is not completed (status: {})", status.name());
        return Err(Refusal::new(Kind::Invalid, "not_completed", message));
    }
    let none = || Refusal::new(Kind::Invalid, "no_output", "No output available for this job: its time is over");
    let output = standing.made.as_ref().and_then(|made| made.outputs.first()).ok_or_else(none)?;
    let asset = service.data.database.asset(&output.asset, &standing.workspace, service.data.now()).await?;
    Ok(links::download(service, base, &asset.ok_or_else(none)?))
}

/// When a task that never ends is over; once it ends it lives as long as its outputs.
pub(crate) fn unfinished_until(service: &Service) -> i64 {
    after(service.data.now(), service.data.lifespans.output)
}
