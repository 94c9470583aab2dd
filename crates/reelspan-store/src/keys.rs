//! API keys: their keyed hashes, what they may do, whether they still do.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError, reading, writing};

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ApiKey {
    pub id: String,
    pub workspace: String,
    pub name: String,
    /// Its first characters, to tell it from others.
    pub prefix: String,
    /// `all`, `media` or `read`.
    pub scopes: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub expires_at: Option<i64>,
}

const PUT: &str = "insert into api_key (id, workspace, name, prefix, hash, scopes, created_at, expires_at) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8)";

macro_rules! columns {
    () => {
        "select id, workspace, name, prefix, scopes, created_at, last_used_at, revoked_at, expires_at from api_key "
    };
}

const GET: &str = concat!(columns!(), "where id = $1 and workspace = $2");
const OF_WORKSPACE: &str = concat!(columns!(), "where workspace = $1 order by created_at desc, id desc limit 1000");
const LIVE: &str = "select count(*) from api_key \
                    where workspace = $1 and revoked_at is null and (expires_at is null or expires_at > $2)";
const REVOKE: &str = "update api_key set revoked_at = $3 where id = $1 and workspace = $2 and revoked_at is null";
const TOUCH: &str =
    "update api_key set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3)";
const BY_HASH: &str =
    concat!(columns!(), "where hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)");

impl Database {
    pub async fn put_key(&self, key: &ApiKey, hash: &str) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(PUT).bind(&key.id).bind(&key.workspace).bind(&key.name).bind(&key.prefix).bind(hash)
            .bind(&key.scopes).bind(key.created_at).bind(key.expires_at).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// The key with this keyed hash, unless it was revoked or its time is over.
    pub async fn key_by_hash(&self, hash: &str, now: i64) -> Result<Option<ApiKey>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(BY_HASH).bind(hash).bind(now).fetch_optional(pool).await)?)
    }

    pub async fn key(&self, id: &str, workspace: &str) -> Result<Option<ApiKey>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(id).bind(workspace).fetch_optional(pool).await)?)
    }

    /// A workspace's keys, the newest first, with those that are revoked or over.
    pub async fn keys(&self, workspace: &str) -> Result<Vec<ApiKey>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(OF_WORKSPACE).bind(workspace).fetch_all(pool).await)?)
    }

    /// How many keys of a workspace work.
    pub async fn live_keys(&self, workspace: &str, now: i64) -> Result<i64, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_scalar(LIVE).bind(workspace).bind(now).fetch_one(pool).await)?)
    }

    /// From now on the key does nothing. False: there is no such key, or it was revoked already.
    pub async fn revoke_key(&self, id: &str, workspace: &str, now: i64) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(REVOKE).bind(id).bind(workspace).bind(now)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// Notes that a key was used, unless that was noted within the last `every` milliseconds: a busy key is not a write a call.
    pub async fn touch_key(&self, key: &ApiKey, every: i64, now: i64) -> Result<(), DatabaseError> {
        if key.last_used_at.is_some_and(|last| last > now - every) {
            return Ok(());
        }
        writing!(self, pool => sqlx::query(TOUCH).bind(&key.id).bind(now).bind(now - every).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}
