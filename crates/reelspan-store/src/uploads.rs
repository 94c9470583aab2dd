//! Files on their way in: by one signed PUT, or piece by piece. What arrives becomes an asset when it is confirmed.

use sqlx::FromRow;

use crate::assets::{Asset, put_asset_on};
use crate::database::{Database, DatabaseError, begin, reading, writing};

/// An upload to be put down.
#[derive(Debug, Clone)]
pub struct NewUpload {
    pub id: String,
    pub workspace: String,
    /// `put` or `tus`.
    pub protocol: &'static str,
    /// Unique in its workspace; the asset takes it over.
    pub object_name: String,
    pub file_name: String,
    pub content_type: String,
    /// None where the client says it later.
    pub declared_bytes: Option<i64>,
    /// What a tus client said about the file, as it said it.
    pub metadata: Option<String>,
    pub expires_at: i64,
}

#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct Upload {
    pub id: String,
    pub workspace: String,
    pub protocol: String,
    pub object_name: String,
    pub file_name: String,
    pub content_type: String,
    pub declared_bytes: Option<i64>,
    pub received_bytes: i64,
    /// `open`, `received` (all of it is in `blob`) or `confirmed` (it is `asset`).
    pub state: String,
    pub blob: Option<String>,
    pub asset: Option<String>,
    pub metadata: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("id", &self.id)
            .field("protocol", &self.protocol)
            .field("state", &self.state)
            .field("received_bytes", &self.received_bytes)
            .finish_non_exhaustive()
    }
}

/// A stretch of an upload that has arrived.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Piece {
    pub start: i64,
    pub bytes: i64,
    pub blob: String,
}

const PUT: &str = "\
insert into upload (id, workspace, protocol, object_name, file_name, content_type, declared_bytes, received_bytes, state, \
                    metadata, created_at, expires_at) \
values ($1, $2, $3, $4, $5, $6, $7, 0, 'open', $8, $9, $10)";

macro_rules! columns {
    () => {
        "select id, workspace, protocol, object_name, file_name, content_type, declared_bytes, received_bytes, state, \
         blob, asset, metadata, created_at, expires_at from upload "
    };
}

const GET: &str = concat!(columns!(), "where id = $1 and workspace = $2 and expires_at > $3");
const NAMED: &str = concat!(columns!(), "where object_name = $1 and workspace = $2 and expires_at > $3");
/// For the holder of a signed link, which names no workspace.
const LINKED: &str = concat!(columns!(), "where id = $1 and protocol = 'put' and expires_at > $2");
const OVER: &str = concat!(columns!(), "where expires_at <= $1 order by expires_at limit $2");

/// `$3` is the blob that it had until now: of two that arrive at once the later one stays.
const RECEIVED: &str = "update upload set blob = $4, received_bytes = $5, state = 'received' \
  where id = $1 and workspace = $2 and coalesce(blob, '') = $3 and state in ('open', 'received') and expires_at > $6";
/// Only what follows directly on what is there counts.
const GROWN: &str = "update upload set received_bytes = received_bytes + $4 \
  where id = $1 and workspace = $2 and received_bytes = $3 and protocol = 'tus' and state = 'open' and expires_at > $5";
const PIECE: &str = "insert into upload_piece (upload, start, bytes, blob) values ($1, $2, $3, $4)";
const PIECES: &str = "select p.start, p.bytes, p.blob from upload_piece p join upload u on u.id = p.upload \
                      where p.upload = $1 and u.workspace = $2 order by p.start";
const DECLARE: &str = "update upload set declared_bytes = $3 where id = $1 and workspace = $2 and declared_bytes is null \
                       and received_bytes <= $3 and state = 'open' and expires_at > $4";
const WHOLE: &str = "update upload set blob = $3, state = 'received' where id = $1 and workspace = $2 and state = 'open' \
                     and received_bytes = declared_bytes and expires_at > $4";
const DROP_PIECES: &str = "delete from upload_piece where upload = $1";
/// It lives on as long as the asset, so that confirming again gives the same answer.
const CONFIRM: &str = "update upload set state = 'confirmed', asset = $3, expires_at = $4 \
                       where id = $1 and workspace = $2 and state = 'received' and blob = $5 and expires_at > $6";
const DROP: &str = "delete from upload where id = $1 and workspace = $2 and state <> 'confirmed'";
const ERASE: &str = "delete from upload where id = $1 and workspace = $2 and expires_at <= $3";

macro_rules! unnamed {
    ($keys:literal) => {
        concat!(
            "select value from ",
            $keys,
            " where not exists (select 1 from asset where blob = value) and not exists (select 1 from upload where blob = value) \
             and not exists (select 1 from upload_piece where blob = value)"
        )
    };
}
const UNNAMED_SQLITE: &str = unnamed!("json_each($1)");
const UNNAMED_POSTGRES: &str = unnamed!("jsonb_array_elements_text(cast($1 as jsonb)) as keys(value)");

impl Database {
    pub async fn put_upload(&self, upload: &NewUpload, now: i64) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(PUT).bind(&upload.id).bind(&upload.workspace).bind(upload.protocol)
            .bind(&upload.object_name).bind(&upload.file_name).bind(&upload.content_type).bind(upload.declared_bytes)
            .bind(&upload.metadata).bind(now).bind(upload.expires_at).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// An upload of a workspace, unless its time is over.
    pub async fn upload(&self, id: &str, workspace: &str, now: i64) -> Result<Option<Upload>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(GET).bind(id).bind(workspace).bind(now).fetch_optional(pool).await)?)
    }

    /// The same by the name that its asset will have.
    pub async fn upload_named(&self, name: &str, workspace: &str, now: i64) -> Result<Option<Upload>, DatabaseError> {
        Ok(
            reading!(self, pool => sqlx::query_as(NAMED).bind(name).bind(workspace).bind(now).fetch_optional(pool).await)?,
        )
    }

    /// The upload that a signed link names; the signature is its permission.
    pub async fn upload_linked(&self, id: &str, now: i64) -> Result<Option<Upload>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(LINKED).bind(id).bind(now).fetch_optional(pool).await)?)
    }

    /// All of it has arrived, in one blob. False: another arrived meanwhile, or it can no longer be changed.
    pub async fn receive_upload(
        &self,
        upload: &Upload,
        blob: &str,
        bytes: i64,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(RECEIVED).bind(&upload.id).bind(&upload.workspace)
            .bind(upload.blob.as_deref().unwrap_or("")).bind(blob).bind(bytes).bind(now)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// A piece has arrived. False: it does not follow on what is there, or it can no longer be changed.
    pub async fn add_piece(&self, id: &str, workspace: &str, piece: &Piece, now: i64) -> Result<bool, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            let rows = sqlx::query(GROWN).bind(id).bind(workspace).bind(piece.start).bind(piece.bytes).bind(now)
                .execute(&mut *all).await?.rows_affected();
            if rows > 0 {
                sqlx::query(PIECE).bind(id).bind(piece.start).bind(piece.bytes).bind(&piece.blob)
                    .execute(&mut *all).await?;
                all.commit().await?;
            }
            rows > 0
        }))
    }

    /// What has arrived, in its order.
    pub async fn pieces(&self, id: &str, workspace: &str) -> Result<Vec<Piece>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(PIECES).bind(id).bind(workspace).fetch_all(pool).await)?)
    }

    /// Says how long an upload is that did not say so when it began. False: it did, or more has arrived.
    pub async fn declare_length(&self, id: &str, workspace: &str, bytes: i64, now: i64) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(DECLARE).bind(id).bind(workspace).bind(bytes).bind(now)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// Its pieces are one blob now. False: somebody else did that, or it is not whole.
    pub async fn join_pieces(&self, id: &str, workspace: &str, blob: &str, now: i64) -> Result<bool, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            let rows = sqlx::query(WHOLE).bind(id).bind(workspace).bind(blob).bind(now)
                .execute(&mut *all).await?.rows_affected();
            if rows > 0 {
                sqlx::query(DROP_PIECES).bind(id).execute(&mut *all).await?;
                all.commit().await?;
            }
            rows > 0
        }))
    }

    /// Makes an asset of what was received. False: somebody else did, or something else has been received since.
    pub async fn confirm_upload(&self, upload: &Upload, asset: &Asset, now: i64) -> Result<bool, DatabaseError> {
        Ok(writing!(self, pool => {
            let mut all = pool.begin_with(begin(self)).await?;
            let rows = sqlx::query(CONFIRM).bind(&upload.id).bind(&upload.workspace).bind(&asset.id)
                .bind(asset.expires_at).bind(&asset.blob).bind(now).execute(&mut *all).await?.rows_affected();
            if rows > 0 {
                put_asset_on!(&mut *all, asset)?;
                all.commit().await?;
            }
            rows > 0
        }))
    }

    /// Removes the rows of an upload that is not an asset yet; the blobs are its caller's to remove.
    pub async fn drop_upload(&self, id: &str, workspace: &str) -> Result<bool, DatabaseError> {
        let rows = writing!(self, pool => sqlx::query(DROP).bind(id).bind(workspace)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// Uploads whose time is over, of all workspaces, for the sweep.
    pub async fn uploads_over(&self, most: i64, now: i64) -> Result<Vec<Upload>, DatabaseError> {
        Ok(reading!(self, pool => sqlx::query_as(OVER).bind(now).bind(most).fetch_all(pool).await)?)
    }

    /// Removes the rows of one of them.
    pub async fn erase_upload(&self, id: &str, workspace: &str, now: i64) -> Result<(), DatabaseError> {
        writing!(self, pool => sqlx::query(ERASE).bind(id).bind(workspace).bind(now)
            .execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Those of these blobs that no row names, gated or not.
    pub async fn unnamed_blobs(&self, keys: &[String]) -> Result<Vec<String>, DatabaseError> {
        let keys = serde_json::json!(keys).to_string();
        Ok(match self {
            Self::Sqlite(files) => sqlx::query_scalar(UNNAMED_SQLITE).bind(keys).fetch_all(&files.read).await?,
            Self::Postgres(pool) => sqlx::query_scalar(UNNAMED_POSTGRES).bind(keys).fetch_all(pool).await?,
        })
    }
}
