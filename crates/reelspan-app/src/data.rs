//! Where the service's data rests, and the clock that says until when.

use std::path::PathBuf;
use std::sync::Arc;

use reelspan_store::{Blobs, Database};
use reelspan_types::{Clock, Lifespans, after};

/// Cheap to clone.
#[derive(Clone)]
pub struct Data {
    pub database: Database,
    pub blobs: Blobs,
    pub clock: Arc<dyn Clock>,
    pub lifespans: Lifespans,
    /// A folder for what jobs have in hand; emptied when they end and when the service starts.
    pub scratch: PathBuf,
}

impl Data {
    pub fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// When something that begins now and lives this long is over.
    pub fn until(&self, span: std::time::Duration) -> i64 {
        after(self.now(), span)
    }
}
