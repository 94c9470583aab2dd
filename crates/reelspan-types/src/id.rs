//! Ids: UUIDs of version 7, which sort by the time they were made.

use uuid::{NoContext, Timestamp, Uuid};

use crate::Clock;

/// A fresh id, its time from the clock that is given.
pub fn new_id(clock: &dyn Clock) -> String {
    let ms = u64::try_from(clock.now_ms()).unwrap_or(0);
    let nanos = u32::try_from(ms % 1000 * 1_000_000).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, ms / 1000, nanos)).to_string()
}
