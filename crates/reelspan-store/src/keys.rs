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
}
