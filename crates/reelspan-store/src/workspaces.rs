//! Workspaces: who owns rows.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError, reading, writing};

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Workspace {
    pub id: String,
    pub name: String,
    /// The name of its limits.
    pub plan: String,
    pub created_at: i64,
}

const PUT: &str = "insert into workspace (id, name, plan, created_at) values ($1, $2, $3, $4)";
const GET: &str = "select id, name, plan, created_at from workspace where id = $1";
const OF_ACCOUNT: &str =
    "select w.id, w.name, w.plan, w.created_at from workspace w join account a on a.workspace = w.id where a.id = $1";
const FIRST: &str = "select id, name, plan, created_at from workspace order by created_at, id limit 1";

impl Database {
    pub async fn put_workspace(&self, id: &str, name: &str, plan: &str, now: i64) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(PUT).bind(id).bind(name).bind(plan).bind(now).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    pub async fn workspace(&self, id: &str) -> Result<Option<Workspace>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(id).fetch_optional(pool).await)?)
    }

    /// The one that an account belongs to.
    pub async fn workspace_of(&self, account: &str) -> Result<Option<Workspace>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(OF_ACCOUNT).bind(account).fetch_optional(pool).await)?)
    }

    /// The one that was made with the installation, if there is one yet.
    pub async fn first_workspace(&self) -> Result<Option<Workspace>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(FIRST).fetch_optional(pool).await)?)
    }
}
