//! The only place where data rests. Today: the stages of local work, and the files that a run hands to its user.

mod accounts;
mod assets;
mod blobs;
mod classes;
mod database;
mod idempotency;
mod jobs;
mod keys;
mod ledger;
mod output;
mod over;
mod sessions;
mod stages;
mod tasks;
mod uploads;
pub mod usage;
mod webhooks;
mod workspaces;

pub use accounts::Account;
pub use assets::Asset;
pub use blobs::{BlobError, Blobs, Reading, S3, SweepError};
pub use classes::{class_of, classed_columns};
pub use database::{Database, DatabaseError, Sqlite};
pub use idempotency::Seen;
pub use jobs::{Bill, Charge, Ending, Fence, Held, Job, JobEvent, NewJob, Swept};
pub use keys::ApiKey;
pub use output::{Output, write_whole};
pub use sessions::{Link, Session};
pub use stages::{Class, Entry, Key, Stages};
pub use tasks::{Filter, NewTask, Order, Task};
pub use uploads::{NewUpload, Piece, Upload};
pub use webhooks::{Delivery, Ended, Webhook};
pub use workspaces::Workspace;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the disk is full")]
    DiskFull,
    #[error("the folder `{folder}` cannot be written ({reason}); choose another with {setting}")]
    Unwritable { folder: String, reason: std::io::ErrorKind, setting: &'static str },
    #[error("{what}: {reason}")]
    Io { what: &'static str, reason: std::io::ErrorKind },
}

impl StoreError {
    /// Stable name for scripts and pages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DiskFull => "disk_full",
            Self::Unwritable { .. } => "folder_unwritable",
            Self::Io { .. } => "store_io",
        }
    }

    fn io(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |error| match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            reason => Self::Io { what, reason },
        }
    }
}
