//! What the service does for itself: what is over goes every minute, what crashes left behind every few hours.

use std::time::Duration;

use crate::data::Data;
use crate::{expiry, tasks};

const MINUTE: Duration = Duration::from_secs(60);
/// Looking for what nothing points at walks through all that is stored.
const ROUNDS_BETWEEN: u32 = 360;
const ROWS: i64 = 1000;

/// Until the service stops. What fails is tried again a minute later: reads are gated on their time all the while.
pub async fn run(data: &Data) {
    for round in 0u32.. {
        told("scratch", scratch(data).await);
        if round % ROUNDS_BETWEEN == 0 {
            told("left_behind", expiry::sweep_left_behind(data).await.map(|swept| swept.partials + swept.orphans));
        }
        told("due", expiry::sweep_due(data).await.map(|swept| swept.uploads + swept.assets));
        told("rows", rows(data).await);
        tokio::time::sleep(MINUTE).await;
    }
}

/// What processes that are gone had in hand, those of other workers of this machine too.
async fn scratch(data: &Data) -> std::io::Result<u64> {
    let below = data.scratch.clone();
    let swept = tokio::task::spawn_blocking(move || tasks::sweep(&below)).await;
    swept.map_err(std::io::Error::other)?.map(|swept| swept as u64)
}

async fn rows(data: &Data) -> Result<u64, reelspan_store::DatabaseError> {
    let mut gone = 0;
    loop {
        let now = data.database.erase_over(ROWS, data.now()).await?;
        gone += now;
        if now < ROWS.unsigned_abs() {
            return Ok(gone);
        }
    }
}

fn told<E: std::fmt::Display>(what: &'static str, went: Result<u64, E>) {
    match went {
        Ok(0) => {}
        Ok(gone) => tracing::info!(what, gone, "removed what is over"),
        Err(error) => tracing::warn!(what, %error, "what is over could not be removed; tried again in a minute"),
    }
}
