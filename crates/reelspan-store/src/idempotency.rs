//! Requests that name themselves: the first is done, the same again gets the same answer.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError, reading, writing};

/// A request that was seen before.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct Seen {
    pub route: String,
    pub body_hash: String,
    /// None while the first one is still being done.
    pub status: Option<i64>,
    /// What was answered; content.
    pub answer: Option<String>,
    pub created_at: i64,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").field("status", &self.status).finish_non_exhaustive()
    }
}

/// A key whose time is over is as good as never used.
const CLEAR: &str = "delete from idempotency where workspace = $1 and key = $2 and expires_at <= $3";
const RESERVE: &str = "insert into idempotency (workspace, key, route, body_hash, created_at, expires_at) \
                       values ($1, $2, $3, $4, $5, $6) on conflict (workspace, key) do nothing";
const GET: &str =
    "select route, body_hash, status, answer, created_at from idempotency where workspace = $1 and key = $2";
const ANSWERED: &str = "update idempotency set status = $3, answer = $4 where workspace = $1 and key = $2";
const FREE: &str = "delete from idempotency where workspace = $1 and key = $2 and status is null";

impl Database {
    /// Takes a key. None: it is ours, and the request is to be done; else what came of it before.
    pub async fn reserve(
        &self,
        workspace: &str,
        key: &str,
        (route, body_hash): (&str, &str),
        expires_at: i64,
        now: i64,
    ) -> Result<Option<Seen>, DatabaseError> {
        writing!(self, pool => sqlx::query(CLEAR).bind(workspace).bind(key).bind(now).execute(pool).await.map(|_| ()))?;
        let put = writing!(self, pool => sqlx::query(RESERVE).bind(workspace).bind(key).bind(route).bind(body_hash).bind(now)
            .bind(expires_at).execute(pool).await.map(|done| done.rows_affected()))?;
        if put > 0 {
            return Ok(None);
        }
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(workspace).bind(key).fetch_optional(pool).await)?)
    }

    /// Keeps what was answered.
    pub async fn answered(&self, workspace: &str, key: &str, status: i64, answer: &str) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(ANSWERED).bind(workspace).bind(key).bind(status).bind(answer)
            .execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Gives a key back whose request came to nothing.
    pub async fn free(&self, workspace: &str, key: &str) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(FREE).bind(workspace).bind(key).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}
