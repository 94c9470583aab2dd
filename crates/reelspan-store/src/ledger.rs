//! The ledger: what was used. Rows are written with the ending of a job (see `jobs.rs`), and only read here.

use crate::database::{Database, DatabaseError, reading};

const USED: &str = "select cast(coalesce(sum(quantity), 0) as bigint) from ledger \
                    where workspace = $1 and unit = $2 and created_at >= $3 and created_at < $4";

impl Database {
    /// How much of a unit a workspace used from one moment until before another.
    pub async fn used(&self, workspace: &str, unit: &str, from: i64, until: i64) -> Result<i64, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_scalar(USED).bind(workspace).bind(unit).bind(from).bind(until)
            .fetch_one(pool).await)?)
    }
}
