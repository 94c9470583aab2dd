//! A clock that only the test moves.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reelspan_types::Clock;

/// Some moment of 2026, so that nothing begins at zero by accident.
const BEGINNING_MS: i64 = 1_795_000_000_000;

#[derive(Debug)]
pub struct FakeClock {
    wall: AtomicI64,
    steady: AtomicI64,
}

impl FakeClock {
    pub fn new() -> Self {
        Self { wall: AtomicI64::new(BEGINNING_MS), steady: AtomicI64::new(0) }
    }

    /// Time goes by.
    pub fn advance(&self, by: Duration) {
        let by = by.as_millis() as i64;
        self.wall.fetch_add(by, Ordering::SeqCst);
        self.steady.fetch_add(by, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock; steady time goes on as it did.
    pub fn jump(&self, by_ms: i64) {
        self.wall.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FakeClock {
    fn now_ms(&self) -> i64 {
        self.wall.load(Ordering::SeqCst)
    }

    fn steady(&self) -> Duration {
        Duration::from_millis(self.steady.load(Ordering::SeqCst) as u64)
    }
}
