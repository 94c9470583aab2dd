//! What a feature gives the engine: how one kind of job is done.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use reelspan_store::Charge;
use reelspan_types::Cancel;
use serde_json::{Value, json};

/// A job at work.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Failure>> + Send + 'a>>;

/// How a job ended well.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Ids of what was made, never content.
    pub result: Value,
    /// What it used.
    pub charges: Vec<Charge>,
}

impl From<Value> for Outcome {
    fn from(result: Value) -> Self {
        Self { result, charges: Vec::new() }
    }
}

/// Does one kind of job.
pub trait Handler: Send + Sync {
    /// Its name in the table.
    fn kind(&self) -> &'static str;
    /// Which lane it waits in: short jobs never wait behind long ones.
    fn lane(&self) -> &'static str;
    fn max_attempts(&self) -> i64 {
        3
    }
    /// Looks at `work.cancel` often: a cancel has to take effect within a second.
    fn run<'a>(&'a self, work: &'a Work) -> Running<'a>;
}

/// What a handler is given.
#[derive(Debug)]
pub struct Work {
    pub job: String,
    pub workspace: String,
    pub attempt: i64,
    pub payload: Value,
    /// Set when the user cancels, when the service stops, and when another worker has taken the job over.
    pub cancel: Cancel,
    pub(crate) progress: AtomicU32,
}

impl Work {
    /// Says how far it is, 0 to 1. Cheap: the engine passes on the latest a few times a second.
    pub fn progress(&self, share: f64) {
        self.progress.store((share.clamp(0.0, 1.0) * 1000.0).round() as u32, Ordering::Relaxed);
    }
}

/// Why a job did not end well. Codes and plain values only, never content.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    /// Another try may help: a busy disk, a service that is away.
    #[error("{code}, may pass")]
    Passing { code: &'static str, detail: Value },
    /// It would fail the same way again.
    #[error("{code}")]
    Lasting { code: &'static str, detail: Value },
    /// Not now: it goes back into its queue for a while, and this attempt does not count.
    #[error("later")]
    Later { rest_ms: i64 },
    /// It stopped because `cancel` was set.
    #[error("cancelled")]
    Cancelled,
}

impl Failure {
    pub fn passing(code: &'static str) -> Self {
        Self::Passing { code, detail: Value::Null }
    }

    pub fn lasting(code: &'static str) -> Self {
        Self::Lasting { code, detail: Value::Null }
    }

    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Passing { code, detail } | Self::Lasting { code, detail } => {
                json!({ "code": code, "detail": detail }).to_string()
            }
            Self::Later { .. } => json!({ "code": "later", "detail": null }).to_string(),
            Self::Cancelled => json!({ "code": "cancelled", "detail": null }).to_string(),
        }
    }
}
