//! Accounts: who may sign in to which workspace.

use sqlx::FromRow;

use crate::database::{Database, DatabaseError, begin, reading, writing};

/// Somebody who signs in. What proves it is read by [`Database::password_of`] only.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct Account {
    pub id: String,
    pub workspace: String,
    /// In lower case: two spellings of one address are one account.
    pub email: String,
    pub name: String,
    /// `owner` or `member`.
    pub role: String,
    pub created_at: i64,
    pub updated_at: i64,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("workspace", &self.workspace)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

macro_rules! columns {
    () => {
        "select id, workspace, email, name, role, created_at, updated_at from account "
    };
}

const GET: &str = concat!(columns!(), "where id = $1 and workspace = $2");
const BY_EMAIL: &str = concat!(columns!(), "where email = $1");
const OF_WORKSPACE: &str = concat!(columns!(), "where workspace = $1 order by created_at, id");
const PASSWORD: &str = "select password_hash from account where id = $1";
const ANY: &str = "select count(*) from account";
const PUT: &str = "insert into account (id, workspace, email, name, password_hash, role, created_at, updated_at) \
                   values ($1, $2, $3, $4, $5, $6, $7, $7)";
const CHANGE: &str = "update account set email = $3, name = $4, updated_at = $5 where id = $1 and workspace = $2";
const SET_PASSWORD: &str = "update account set password_hash = $2, updated_at = $3 where id = $1";
const END_OTHERS: &str = "delete from session where account = $1 and id <> $2";
const END_ALL: &str = "delete from session where account = $1";
const USE_LINK: &str = "delete from one_time_link where id = $1 and purpose = $2 and expires_at > $3";
const LINKED_WORKSPACE: &str = "select a.workspace from one_time_link l join account a on a.id = l.account \
                                where l.id = $1 and l.purpose = $2 and l.expires_at > $3";
const FIRST_WORKSPACE: &str = "select id from workspace order by created_at, id limit 1";
const PUT_WORKSPACE: &str = "insert into workspace (id, name, plan, created_at) values ($1, $2, $3, $4)";

/// Emails are compared as they are stored: in lower case.
fn folded(email: &str) -> String {
    email.to_lowercase()
}

/// Holds off whoever else makes a first account or workspace. SQLite's writer is alone already.
fn alone(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => "select 1",
        Database::Postgres(_) => "lock table account, workspace in share row exclusive mode",
    }
}

impl Database {
    pub async fn account(&self, id: &str, workspace: &str) -> Result<Option<Account>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(id).bind(workspace).fetch_optional(pool).await)?)
    }

    pub async fn account_by_email(&self, email: &str) -> Result<Option<Account>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(BY_EMAIL).bind(folded(email)).fetch_optional(pool).await)?)
    }

    /// Everybody in a workspace, the owner first.
    pub async fn accounts(&self, workspace: &str) -> Result<Vec<Account>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(OF_WORKSPACE).bind(workspace).fetch_all(pool).await)?)
    }

    /// The hash that an account's password must have.
    pub async fn password_of(&self, account: &str) -> Result<Option<String>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_scalar(PASSWORD).bind(account).fetch_optional(pool).await)?)
    }

    pub async fn has_accounts(&self) -> Result<bool, DatabaseError> {
        let count: i64 = reading!(self, pool => sqlx::query_scalar(ANY).fetch_one(pool).await)?;
        Ok(count > 0)
    }

    /// The installation's first workspace, made if there is none yet. Asked twice at once, it is made once.
    pub async fn own_workspace(&self, id: &str, name: &str, plan: &str, now: i64) -> Result<String, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            sqlx::query(alone(self)).execute(&mut *all).await?;
            let found: Option<String> = sqlx::query_scalar(FIRST_WORKSPACE).fetch_optional(&mut *all).await?;
            let workspace = match found {
                Some(found) => found,
                None => {
                    sqlx::query(PUT_WORKSPACE).bind(id).bind(name).bind(plan).bind(now).execute(&mut *all).await?;
                    id.to_owned()
                }
            };
            all.commit().await?;
            workspace
        }))
    }

    /// The first account, in the installation's first workspace (`account.workspace` with that name and plan, if there is
    /// none yet), for whoever holds the owner's link. None: the link is used up, or somebody was first.
    pub async fn create_owner(
        &self,
        link: &str,
        account: &Account,
        password_hash: &str,
        (name, plan): (&str, &str),
        now: i64,
    ) -> Result<Option<Account>, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            sqlx::query(alone(self)).execute(&mut *all).await?;
            let used = sqlx::query(USE_LINK).bind(link).bind("owner").bind(now).execute(&mut *all).await?.rows_affected();
            let others: i64 = sqlx::query_scalar(ANY).fetch_one(&mut *all).await?;
            if used == 0 || others > 0 {
                return Ok(None);
            }
            let found: Option<String> = sqlx::query_scalar(FIRST_WORKSPACE).fetch_optional(&mut *all).await?;
            if found.is_none() {
                sqlx::query(PUT_WORKSPACE).bind(&account.workspace).bind(name).bind(plan).bind(now)
                    .execute(&mut *all).await?;
            }
            let workspace = found.unwrap_or_else(|| account.workspace.clone());
            let made = Account { workspace, email: folded(&account.email), ..account.clone() };
            sqlx::query(PUT).bind(&made.id).bind(&made.workspace).bind(&made.email).bind(&made.name).bind(password_hash)
                .bind(&made.role).bind(now).execute(&mut *all).await?;
            all.commit().await?;
            Some(made)
        }))
    }

    /// One more account in the workspace of the one who made the invitation. None: the link is used up.
    pub async fn join(
        &self,
        link: &str,
        account: &Account,
        password_hash: &str,
        now: i64,
    ) -> Result<Option<Account>, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            let workspace: Option<String> = sqlx::query_scalar(LINKED_WORKSPACE).bind(link).bind("invite").bind(now)
                .fetch_optional(&mut *all).await?;
            let used = sqlx::query(USE_LINK).bind(link).bind("invite").bind(now).execute(&mut *all).await?.rows_affected();
            let Some(workspace) = workspace.filter(|_| used > 0) else { return Ok(None) };
            let made = Account { workspace, email: folded(&account.email), ..account.clone() };
            sqlx::query(PUT).bind(&made.id).bind(&made.workspace).bind(&made.email).bind(&made.name).bind(password_hash)
                .bind(&made.role).bind(now).execute(&mut *all).await?;
            all.commit().await?;
            Some(made)
        }))
    }

    /// False: there is no such account. An email that somebody else has is `Taken`.
    pub async fn change_account(&self, account: &Account, now: i64) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(CHANGE).bind(&account.id).bind(&account.workspace)
            .bind(folded(&account.email)).bind(&account.name).bind(now).execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// A new password ends every session but the one that set it.
    pub async fn set_password(
        &self,
        account: &str,
        password_hash: &str,
        session: &str,
        now: i64,
    ) -> Result<(), DatabaseError> {
        writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            sqlx::query(SET_PASSWORD).bind(account).bind(password_hash).bind(now).execute(&mut *all).await?;
            sqlx::query(END_OTHERS).bind(account).bind(session).execute(&mut *all).await?;
            all.commit().await?;
        });
        Ok(())
    }

    /// Signs an account out everywhere.
    pub async fn end_sessions(&self, account: &str) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(END_ALL).bind(account).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}
