//! Why the service does not do what it was asked: one type for every use case, which each surface words in its own shape.

use reelspan_jobs::OrderError;
use reelspan_store::{BlobError, DatabaseError};
use serde_json::Value;

/// What kind of refusal it is; each surface has a status for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request itself is wrong.
    Invalid,
    Unauthorized,
    Forbidden,
    /// It is not there, or not the caller's: the two must not be told apart.
    Missing,
    /// It is there, but in a state in which this cannot be done.
    Conflict,
    TooLarge,
    Unsupported,
    /// The plan's limits are used up.
    Quota,
    TooMany,
    /// A part that it needs is away or not set up.
    Unavailable,
    Broken,
}

/// Its message is for the one who asked and may name what they sent; it never goes into a log.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}")]
pub struct Refusal {
    pub kind: Kind,
    /// Stable name, with a page of its own.
    pub code: &'static str,
    /// What, which, and how to mend it.
    pub message: String,
    /// Which field of the request.
    pub field: Option<String>,
    /// More that a program may want to know.
    pub extra: Value,
    /// Seconds after which it may work.
    pub retry_after: Option<u64>,
}

impl Refusal {
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), field: None, extra: Value::Null, retry_after: None }
    }

    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(Kind::Invalid, "invalid_request", message) }
    }

    pub fn missing(what: &str) -> Self {
        Self::new(Kind::Missing, "not_found", format!("there is no such {what}, or its time is over"))
    }

    pub fn unauthorized() -> Self {
        let message = "sign in, or send a valid API key as `Authorization: Bearer KEY`";
        Self::new(Kind::Unauthorized, "unauthorized", message)
    }

    pub fn forbidden(needs: &str) -> Self {
        Self::new(Kind::Forbidden, "forbidden", format!("this needs {needs}"))
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        let kind =
            if error.passes() || matches!(error, DatabaseError::Full) { Kind::Unavailable } else { Kind::Broken };
        let message = match kind {
            Kind::Unavailable => "the database cannot take this just now; try again in a moment",
            _ => "the database refused; the operator's log has the code",
        };
        Self { retry_after: (kind == Kind::Unavailable).then_some(1), ..Self::new(kind, error.code(), message) }
    }
}

impl From<OrderError> for Refusal {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Database(error) => error.into(),
            OrderError::UnknownKind(_) => Self::new(Kind::Broken, "unknown_kind", "this service does not do such jobs"),
        }
    }
}

impl From<BlobError> for Refusal {
    fn from(error: BlobError) -> Self {
        let code = error.code();
        match error {
            BlobError::Missing => Self::missing("file"),
            BlobError::TooLarge { most } => {
                Self::new(Kind::TooLarge, code, format!("the file is larger than the {most} bytes that are allowed"))
            }
            BlobError::BrokenOff => {
                Self::new(Kind::Invalid, code, "the upload broke off before its end; send it again")
            }
            BlobError::Full | BlobError::Away(_) | BlobError::Unopened(_) => {
                let message = "files cannot be stored or read just now; try again in a moment";
                Self { retry_after: Some(5), ..Self::new(Kind::Unavailable, code, message) }
            }
        }
    }
}
