//! The rows of an installation, read past the service: what it says of itself is held against them.

use std::path::Path;

use sqlx::{Connection, PgConnection, SqliteConnection};

const JOBS: &str = "select id, state, attempt, coalesce(error, '') from job where kind = 'transcode' order by id";
const CHARGES: &str = "select job, quantity from ledger order by job";
const BLOBS: &str = "select blob from asset union select blob from upload where blob is not null \
                     union select blob from upload_piece";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) attempt: i64,
    pub(crate) error: String,
}

pub(crate) struct Rows {
    pub(crate) jobs: Vec<Job>,
    /// Which job was charged for how much.
    pub(crate) charges: Vec<(String, i64)>,
    pub(crate) blobs: Vec<String>,
}

type Found = (Vec<(String, String, i64, String)>, Vec<(String, i64)>, Vec<(String,)>);

impl Rows {
    fn of((jobs, charges, blobs): Found) -> Self {
        let job = |(id, state, attempt, error)| Job { id, state, attempt, error };
        let blobs = blobs.into_iter().map(|(blob,)| blob).collect();
        Self { jobs: jobs.into_iter().map(job).collect(), charges, blobs }
    }

    /// Of a copy, so that nothing is mended that the service has to mend.
    pub(crate) fn sqlite(data: &Path) -> Self {
        let copy = tempfile::tempdir().unwrap();
        for name in ["reelspan.db", "reelspan.db-wal"] {
            if data.join(name).exists() {
                std::fs::copy(data.join(name), copy.path().join(name)).unwrap();
            }
        }
        let address = format!("sqlite:{}", copy.path().join("reelspan.db").display());
        running(async {
            let mut rows = SqliteConnection::connect(&address).await.unwrap();
            let jobs = sqlx::query_as(JOBS).fetch_all(&mut rows).await.unwrap();
            let charges = sqlx::query_as(CHARGES).fetch_all(&mut rows).await.unwrap();
            Self::of((jobs, charges, sqlx::query_as(BLOBS).fetch_all(&mut rows).await.unwrap()))
        })
    }

    pub(crate) fn postgres(address: &str) -> Self {
        running(async {
            let mut rows = PgConnection::connect(address).await.unwrap();
            let jobs = sqlx::query_as(JOBS).fetch_all(&mut rows).await.unwrap();
            let charges = sqlx::query_as(CHARGES).fetch_all(&mut rows).await.unwrap();
            Self::of((jobs, charges, sqlx::query_as(BLOBS).fetch_all(&mut rows).await.unwrap()))
        })
    }

    pub(crate) fn in_state(&self, state: &str) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(move |job| job.state == state)
    }
}

/// Holds the file as another program would that writes to it; `meanwhile` happens before it lets go.
pub(crate) fn while_locked(data: &Path, meanwhile: impl FnOnce()) {
    let address = format!("sqlite:{}", data.join("reelspan.db").display());
    running(async {
        let mut rows = SqliteConnection::connect(&address).await.unwrap();
        sqlx::query("begin immediate").execute(&mut rows).await.unwrap();
        meanwhile();
        sqlx::query("rollback").execute(&mut rows).await.unwrap();
        rows.close().await.unwrap();
    });
}

fn running<T>(all: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(all)
}

/// Moves the key of that name into a workspace of its own: an installation for strangers has many.
pub(crate) fn move_key(data: &Path, name: &str) {
    let address = format!("sqlite:{}", data.join("reelspan.db").display());
    running(async {
        let mut rows = SqliteConnection::connect(&address).await.unwrap();
        let new = "insert into workspace (id, name, plan, created_at) values ('other', 'other', 'free', 0)";
        sqlx::query(new).execute(&mut rows).await.unwrap();
        let moved = sqlx::query("update api_key set workspace = 'other' where name = $1").bind(name);
        assert_eq!(moved.execute(&mut rows).await.unwrap().rows_affected(), 1);
        rows.close().await.unwrap();
    });
}
