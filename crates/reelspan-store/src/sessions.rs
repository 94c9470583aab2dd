//! Sign-ins and links that work once: known by keyed hashes of what the cookie or the link holds, and only in their time.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError, begin, reading, writing};

/// A sign-in with whose it is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Session {
    pub id: String,
    pub account: String,
    pub workspace: String,
    /// `owner` or `member`.
    pub role: String,
    pub created_at: i64,
    pub expires_at: i64,
}

/// What a link that works once is for, and who made it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Link {
    pub purpose: String,
    pub account: Option<String>,
    pub expires_at: i64,
}

const PUT: &str = "insert into session (id, account, created_at, expires_at) values ($1, $2, $3, $4)";
const GET: &str = "select s.id, s.account, a.workspace, a.role, s.created_at, s.expires_at \
                   from session s join account a on a.id = s.account where s.id = $1 and s.expires_at > $2";
const END: &str = "delete from session where id = $1";

const PUT_LINK: &str =
    "insert into one_time_link (id, purpose, account, created_at, expires_at) values ($1, $2, $3, $4, $5)";
const GET_LINK: &str = "select purpose, account, expires_at from one_time_link where id = $1 and expires_at > $2";
const VOID: &str = "delete from one_time_link where purpose = 'owner'";
const PUT_OWNER_LINK: &str = "insert into one_time_link (id, purpose, account, created_at, expires_at) \
                              select $1, 'owner', null, $2, $3 where not exists (select 1 from account)";

impl Database {
    /// Begins a sign-in; the one that it takes the place of ends.
    pub async fn put_session(
        &self,
        id: &str,
        account: &str,
        (now, expires_at): (i64, i64),
        before: Option<&str>,
    ) -> Result<(), DatabaseError> {
        writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            if let Some(before) = before {
                sqlx::query(END).bind(before).execute(&mut *all).await?;
            }
            sqlx::query(PUT).bind(id).bind(account).bind(now).bind(expires_at).execute(&mut *all).await?;
            all.commit().await?;
        });
        Ok(())
    }

    pub async fn session(&self, id: &str, now: i64) -> Result<Option<Session>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(id).bind(now).fetch_optional(pool).await)?)
    }

    pub async fn end_session(&self, id: &str) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(END).bind(id).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// The link for the first account; those before it are void. False: there is an account already.
    pub async fn renew_owner_link(&self, id: &str, now: i64, expires_at: i64) -> Result<bool, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            sqlx::query(VOID).execute(&mut *all).await?;
            let rows = sqlx::query(PUT_OWNER_LINK).bind(id).bind(now).bind(expires_at)
                .execute(&mut *all).await?.rows_affected();
            all.commit().await?;
            rows > 0
        }))
    }

    pub async fn put_link(
        &self,
        id: &str,
        purpose: &str,
        account: &str,
        (now, expires_at): (i64, i64),
    ) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(PUT_LINK).bind(id).bind(purpose).bind(account).bind(now).bind(expires_at)
            .execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    pub async fn link(&self, id: &str, now: i64) -> Result<Option<Link>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET_LINK).bind(id).bind(now).fetch_optional(pool).await)?)
    }
}
