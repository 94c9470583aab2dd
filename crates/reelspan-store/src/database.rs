//! Rows: one set of statements for SQLite (one machine) and Postgres (many).

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

/// How long a statement waits for another process's write.
const BUSY: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
const CONNECTIONS: u32 = 16;

/// Where rows rest. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Database {
    Sqlite(Sqlite),
    Postgres(PgPool),
}

/// SQLite has one writer at a time: queueing for it here is fair, and queueing inside SQLite is not.
#[derive(Debug, Clone)]
pub struct Sqlite {
    pub(crate) write: SqlitePool,
    pub(crate) read: SqlitePool,
}

/// Never carries a value: what a database says of a row may be content.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("the database cannot be opened ({0})")]
    Unopened(&'static str),
    #[error("the database is not to be reached just now ({0})")]
    Away(&'static str),
    #[error("another row has the same key")]
    Taken,
    #[error("the disk is full")]
    Full,
    #[error("the database's tables are not those of this version: {0}")]
    Schema(String),
    #[error("the database refused a statement ({0})")]
    Refused(String),
}

impl DatabaseError {
    /// Stable name for scripts and pages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unopened(_) => "database_unopened",
            Self::Away(_) => "database_away",
            Self::Taken => "key_taken",
            Self::Full => "disk_full",
            Self::Schema(_) => "database_schema",
            Self::Refused(_) => "database_refused",
        }
    }

    /// The same statement may succeed a little later.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind;
        match error {
            sqlx::Error::Io(_) => Self::Away("connection lost"),
            sqlx::Error::PoolTimedOut => Self::Away("all connections are busy"),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Away("closed"),
            sqlx::Error::Tls(_) => Self::Away("no secure connection"),
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().map(std::borrow::Cow::into_owned).unwrap_or_default();
                match (refusal.kind(), code.as_str()) {
                    (ErrorKind::UniqueViolation, _) => Self::Taken,
                    // SQLite: busy and locked, their extended forms too. Postgres: shutting down, starting up, serialisation, deadlock.
                    (
                        _,
                        "5" | "6" | "261" | "262" | "517" | "57P01" | "57P02" | "57P03" | "40001" | "40P01" | "53300",
                    ) => Self::Away("busy"),
                    (_, "13" | "53100") => Self::Full,
                    _ => Self::Refused(format!("code {code}")),
                }
            }
            sqlx::Error::RowNotFound => Self::Refused("no such row".into()),
            _ => Self::Refused("unexpected answer".into()),
        }
    }
}

impl Database {
    /// A file on this machine, made and brought up to date if need be.
    pub async fn sqlite(file: &Path) -> Result<Self, DatabaseError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            // What is deleted is overwritten: a free page would still show it.
            .pragma("secure_delete", "on");
        let unopened = |_| DatabaseError::Unopened("the file cannot be opened or is no database");
        let write =
            SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await.map_err(unopened)?;
        let migrated = sqlx::migrate!("migrations/sqlite").run(&write).await;
        migrated.map_err(|error| schema(&error))?;
        let reading = options.read_only(true).create_if_missing(false);
        let read = SqlitePoolOptions::new().max_connections(READERS).connect_with(reading).await.map_err(unopened)?;
        Ok(Self::Sqlite(Sqlite { write, read }))
    }

    /// A server named by `postgres://...`, brought up to date if need be.
    pub async fn postgres(url: &str) -> Result<Self, DatabaseError> {
        let opened = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(BUSY).connect(url).await;
        // The error may hold the address and the password in it.
        let pool = opened.map_err(|_| DatabaseError::Unopened("no connection with that address, name and password"))?;
        sqlx::migrate!("migrations/postgres").run(&pool).await.map_err(|error| schema(&error))?;
        Ok(Self::Postgres(pool))
    }

    /// Ends all connections; SQLite's log is folded into its file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(files) => {
                files.read.close().await;
                files.write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether it answers at all.
    pub async fn answers(&self) -> Result<(), DatabaseError> {
        Ok(reading!(self, pool => sqlx::query("select 1").execute(pool).await.map(|_| ()))?)
    }

    /// The time where the database is, in milliseconds since 1970.
    pub async fn clock_ms(&self) -> Result<i64, DatabaseError> {
        const SQLITE: &str = "select cast((julianday('now') - 2440587.5) * 86400000 as integer)";
        const POSTGRES: &str = "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";
        Ok(match self {
            Self::Sqlite(files) => sqlx::query_scalar(SQLITE).fetch_one(&files.read).await?,
            Self::Postgres(pool) => sqlx::query_scalar(POSTGRES).fetch_one(pool).await?,
        })
    }

    /// Every column of every table, as `table.column`: what has to have a data class.
    pub async fn columns(&self) -> Result<Vec<String>, DatabaseError> {
        const SQLITE: &str = "select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c \
                              where m.type = 'table' and m.name not like 'sqlite_%' and m.name <> '_sqlx_migrations' order by 1";
        const POSTGRES: &str = "select table_name || '.' || column_name from information_schema.columns \
                                where table_schema = current_schema() and table_name <> '_sqlx_migrations' order by 1";
        let columns = match self {
            Self::Sqlite(files) => sqlx::query_scalar(SQLITE).fetch_all(&files.read).await?,
            Self::Postgres(pool) => sqlx::query_scalar(POSTGRES).fetch_all(pool).await?,
        };
        Ok(columns)
    }
}

fn schema(error: &sqlx::migrate::MigrateError) -> DatabaseError {
    match error {
        sqlx::migrate::MigrateError::VersionMissing(version) => {
            DatabaseError::Schema(format!("they come from a later version ({version}); use that one or a backup"))
        }
        sqlx::migrate::MigrateError::VersionMismatch(version) => {
            DatabaseError::Schema(format!("step {version} was made by another build"))
        }
        _ => DatabaseError::Schema("they cannot be brought up to date".into()),
    }
}

/// How a transaction that writes begins: SQLite takes its lock at once, since one that reads first may fail later.
pub(crate) fn begin(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => "begin immediate",
        Database::Postgres(_) => "begin",
    }
}

/// Runs the same statement where rows are written, whichever database it is.
macro_rules! writing {
    ($database:expr, $pool:ident => $body:expr) => {
        match $database {
            $crate::Database::Sqlite(files) => {
                let $pool = &files.write;
                $body
            }
            $crate::Database::Postgres(pool) => {
                let $pool = pool;
                $body
            }
        }
    };
}

/// The same where rows are only read.
macro_rules! reading {
    ($database:expr, $pool:ident => $body:expr) => {
        match $database {
            $crate::Database::Sqlite(files) => {
                let $pool = &files.read;
                $body
            }
            $crate::Database::Postgres(pool) => {
                let $pool = pool;
                $body
            }
        }
    };
}

pub(crate) use {reading, writing};
