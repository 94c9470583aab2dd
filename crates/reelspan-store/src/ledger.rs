//! The ledger: what was used. Rows are written with the ending of a job (see `jobs.rs`), and only read here.

use crate::database::{Database, DatabaseError, reading};

const USED: &str = "select cast(coalesce(sum(quantity), 0) as bigint) from ledger \
                    where workspace = $1 and unit = $2 and created_at >= $3 and created_at < $4";

/// What jobs that have not ended will use, as far as it is known; but for one of them.
const UNDER_WAY: &str = "select cast(coalesce(sum(t.input_ms), 0) as bigint) from task t join job j on j.id = t.job \
                         where t.workspace = $1 and j.state in ('waiting', 'queued', 'running') and t.job <> $2";

impl Database {
    /// How much of a unit a workspace used from one moment until before another.
    pub async fn used(&self, workspace: &str, unit: &str, from: i64, until: i64) -> Result<i64, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_scalar(USED).bind(workspace).bind(unit).bind(from).bind(until)
            .fetch_one(pool).await)?)
    }

    /// How many milliseconds of media the work that has not ended takes in, `job` not counted.
    pub async fn under_way(&self, workspace: &str, job: &str) -> Result<i64, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_scalar(UNDER_WAY).bind(workspace).bind(job).fetch_one(pool).await)?)
    }
}
