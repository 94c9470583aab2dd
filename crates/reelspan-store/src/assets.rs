//! Assets: stored files. What a job made is visible only when its finishing update has named it.

use reelspan_types::DataClass;
use sqlx::FromRow;

use crate::database::{Database, DatabaseError, reading, writing};

/// A stored file.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct Asset {
    pub id: String,
    pub workspace: String,
    /// `input_media` or `output_media`.
    pub class: String,
    /// Unique in its workspace; the last part of its handle.
    pub object_name: String,
    pub file_name: String,
    pub content_type: String,
    pub bytes: i64,
    pub blob: String,
    /// Facts about it, as JSON.
    pub media: Option<String>,
    /// Which attempt of which job made it.
    pub job: Option<String>,
    pub attempt: Option<i64>,
    pub created_at: i64,
    pub expires_at: i64,
}

impl std::fmt::Debug for Asset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asset")
            .field("id", &self.id)
            .field("class", &self.class)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Asset {
    pub fn is(&self, class: DataClass) -> bool {
        self.class == class.name()
    }
}

pub(crate) const PUT: &str = "\
insert into asset (id, workspace, class, object_name, file_name, content_type, bytes, blob, media, job, attempt, created_at, expires_at) \
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

macro_rules! columns {
    () => {
        "select a.id, a.workspace, a.class, a.object_name, a.file_name, a.content_type, a.bytes, a.blob, a.media, a.job, \
         a.attempt, a.created_at, a.expires_at from asset a "
    };
}

/// An output counts from the moment its job is done, and only that of the attempt that ended it.
macro_rules! visible {
    () => {
        "a.workspace = $1 and a.expires_at > $2 and (a.job is null or exists \
         (select 1 from job j where j.id = a.job and j.attempt = a.attempt and j.state = 'done')) "
    };
}

const GET: &str = concat!(columns!(), "where ", visible!(), "and a.id = $3");
const NAMED: &str = concat!(columns!(), "where ", visible!(), "and a.object_name = $3");
const OF_JOB: &str = concat!(columns!(), "where ", visible!(), "and a.job = $3 order by a.created_at, a.id");
const LIST: &str = concat!(
    columns!(),
    "where ",
    visible!(),
    "and ($3 is null or a.created_at < $3 or (a.created_at = $3 and a.id < $4)) order by a.created_at desc, a.id desc limit $5"
);
const FACTS: &str = "update asset set media = $3 where id = $1 and workspace = $2";
const DROP: &str = "delete from asset where id = $1 and workspace = $2";
const OVER: &str = concat!(columns!(), "where a.expires_at <= $1 order by a.expires_at limit $2");

/// Within whatever transaction it is called on.
macro_rules! put_asset_on {
    ($on:expr, $asset:expr) => {
        sqlx::query($crate::assets::PUT)
            .bind(&$asset.id)
            .bind(&$asset.workspace)
            .bind(&$asset.class)
            .bind(&$asset.object_name)
            .bind(&$asset.file_name)
            .bind(&$asset.content_type)
            .bind($asset.bytes)
            .bind(&$asset.blob)
            .bind(&$asset.media)
            .bind(&$asset.job)
            .bind($asset.attempt)
            .bind($asset.created_at)
            .bind($asset.expires_at)
            .execute($on)
            .await
            .map(|_| ())
    };
}
pub(crate) use put_asset_on;

impl Database {
    pub async fn put_asset(&self, asset: &Asset) -> Result<(), DatabaseError> {
        writing!(self, pool => put_asset_on!(pool, asset))?;
        Ok(())
    }

    /// A file of a workspace, unless its time is over.
    pub async fn asset(&self, id: &str, workspace: &str, now: i64) -> Result<Option<Asset>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(workspace).bind(now).bind(id).fetch_optional(pool).await)?)
    }

    /// The same by the name in its handle.
    pub async fn asset_named(&self, name: &str, workspace: &str, now: i64) -> Result<Option<Asset>, DatabaseError> {
        Ok(
            reading!(self, pool => sqlx::query_as(NAMED).bind(workspace).bind(now).bind(name).fetch_optional(pool).await)?,
        )
    }

    /// What a finished job made, in the order in which it was made.
    pub async fn assets_of(&self, job: &str, workspace: &str, now: i64) -> Result<Vec<Asset>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(OF_JOB).bind(workspace).bind(now).bind(job).fetch_all(pool).await)?)
    }

    /// A page of files, the newest first; `after` is where the page before ended.
    pub async fn assets(
        &self,
        workspace: &str,
        after: Option<(i64, &str)>,
        limit: i64,
        now: i64,
    ) -> Result<Vec<Asset>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(LIST).bind(workspace).bind(now).bind(after.map(|(at, _)| at))
            .bind(after.map(|(_, id)| id)).bind(limit).fetch_all(pool).await)?)
    }

    pub async fn set_facts(&self, id: &str, workspace: &str, media: &str) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(FACTS).bind(id).bind(workspace).bind(media).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Removes the row; the blob is its caller's to remove.
    pub async fn drop_asset(&self, id: &str, workspace: &str) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(DROP).bind(id).bind(workspace)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// Files whose time is over, of all workspaces, for the sweep.
    pub async fn assets_over(&self, most: i64, now: i64) -> Result<Vec<Asset>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(OVER).bind(now).bind(most).fetch_all(pool).await)?)
    }
}
