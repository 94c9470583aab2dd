//! Where time comes from, so that tests can hold it in their hands.

use std::time::Duration;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Wall time for stamps, steady time for how long something took.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC.
    fn now_ms(&self) -> i64;
    /// Time since some fixed moment; never goes back.
    fn steady(&self) -> Duration;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    begun: Instant,
}

#[expect(clippy::disallowed_methods, reason = "the one lawful place: everyone else asks a Clock")]
impl SystemClock {
    pub fn new() -> Self {
        Self { begun: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one lawful place: everyone else asks a Clock")]
impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
    }

    fn steady(&self) -> Duration {
        self.begun.elapsed()
    }
}
