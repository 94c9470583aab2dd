//! Rows whose time is over, removed a batch at a time. What they point at goes before them (see `reelspan-app`'s expiry).

use crate::database::{Database, DatabaseError, writing};

/// Rows that point at no blob. Children go before their parents: a delivery before the task that it tells of.
const OVER: [&str; 7] = [
    "delete from delivery where id in (select id from delivery where expires_at <= $1 limit $2)",
    "delete from idempotency where (workspace, key) in (select workspace, key from idempotency where expires_at <= $1 limit $2)",
    "delete from session where id in (select id from session where expires_at <= $1 limit $2)",
    "delete from one_time_link where id in (select id from one_time_link where expires_at <= $1 limit $2)",
    "delete from task where id in (select id from task where expires_at <= $1 limit $2)",
    "delete from job where id in (select id from job where expires_at <= $1 and state <> 'running' limit $2)",
    "delete from ledger where id in (select id from ledger where expires_at <= $1 limit $2)",
];

impl Database {
    /// Removes up to `most` rows of each kind. Returns how many went in all.
    pub async fn erase_over(&self, most: i64, now: i64) -> Result<u64, DatabaseError> {
        let mut gone = 0;
        for statement in OVER {
            gone += writing!(self, pool => sqlx::query(statement).bind(now).bind(most)
                .execute(pool).await.map(|done| done.rows_affected()))?;
        }
        Ok(gone)
    }
}
