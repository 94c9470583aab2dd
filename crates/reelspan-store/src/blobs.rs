//! Blobs: the bytes of stored files, on a disk, in S3 or in memory, behind one door.
//!
//! A blob appears whole or not at all: on a disk it is written beside its place and renamed, in S3 it is a multipart
//! upload that is completed. What a crash leaves of it has no name that anybody asks for, and `sweep_partials` finds it.
//!
//! Nothing is forced onto the platter. A killed process loses nothing by that: what it wrote is the system's already.
//! A power cut may lose the last half minute, the rows about it included, for SQLite commits in the same way; and a machine
//! that must not lose even that has a disk with a battery, Postgres and S3.

mod reading;
mod s3;
mod sweep;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

pub use self::s3::S3;
pub use self::sweep::SweepError;

/// S3's parts: at 10,000 of them a file may have 78 GiB. On a disk smaller ones do.
const S3_PART: usize = 8 << 20;
const DISK_PART: usize = 1 << 20;
/// Parts on their way at once; with the one being filled, this is all that a stream holds in memory.
const AT_ONCE: usize = 2;
/// S3 that says nothing for so long is away.
const PATIENCE: Duration = Duration::from_secs(20);
/// Chunks smaller than this are gathered: a million of them would weigh far more than their bytes.
const SMALL: usize = 16 << 10;

/// Where blobs rest. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    /// Blobs are plain files here: ffmpeg reads them where they lie.
    Disk {
        files: Arc<LocalFileSystem>,
        root: PathBuf,
    },
    S3(Arc<s3::Bucket>),
    Memory,
}

/// Never carries a key or an address: both may be content or secret.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("the store of files cannot be opened: {0}")]
    Unopened(&'static str),
    #[error("there is no such file any more")]
    Missing,
    #[error("the file is larger than {most} bytes")]
    TooLarge { most: u64 },
    #[error("the disk is full")]
    Full,
    #[error("what was to be stored broke off")]
    BrokenOff,
    #[error("the store of files does not answer rightly ({0})")]
    Away(&'static str),
}

impl BlobError {
    /// Stable name for scripts and pages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unopened(_) => "blobs_unopened",
            Self::Missing => "blob_missing",
            Self::TooLarge { .. } => "too_large",
            Self::Full => "disk_full",
            Self::BrokenOff => "broken_off",
            Self::Away(_) => "blobs_away",
        }
    }

    /// The same may succeed a little later.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Full | Self::Away(_))
    }
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            error if is_full(&error) => Self::Full,
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                Self::Away("it refuses us")
            }
            _ => Self::Away("it failed"),
        }
    }
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ if is_full(&error) => Self::Full,
            io::ErrorKind::UnexpectedEof => Self::Away("it broke off"),
            _ => Self::Away("it failed"),
        }
    }
}

fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let full = |io: &io::Error| matches!(io.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // What an io error wraps is not among its sources.
            if full(io) || io.get_ref().is_some_and(|inner| is_full(inner)) {
                return true;
            }
        }
        next = error.source();
    }
    false
}

/// A blob on its way out.
pub struct Reading {
    /// Of the whole blob, whatever part of it was asked for.
    pub bytes: u64,
    pub stream: BoxStream<'static, io::Result<Bytes>>,
}

impl Blobs {
    /// Files below a folder.
    pub fn disk(folder: &Path) -> Result<Self, BlobError> {
        std::fs::create_dir_all(folder).map_err(|_| BlobError::Unopened("its folder cannot be made"))?;
        let unread = |_| BlobError::Unopened("its folder cannot be read");
        let root = folder.canonicalize().map_err(unread)?;
        let files = LocalFileSystem::new_with_prefix(&root)
            .map_err(|_| BlobError::Unopened("its folder cannot be read"))?
            .with_automatic_cleanup(true);
        let files = Arc::new(files);
        Ok(Self { store: Arc::clone(&files) as Arc<dyn ObjectStore>, place: Place::Disk { files, root } })
    }

    pub fn s3(settings: &S3) -> Result<Self, BlobError> {
        Self::s3_within(settings, PATIENCE)
    }

    /// The same with another time for which it may be silent, and for which an answer that fails is asked for again.
    pub fn s3_within(settings: &S3, patience: Duration) -> Result<Self, BlobError> {
        let bucket = Arc::new(s3::Bucket::open(settings, patience)?);
        Ok(Self { store: bucket.store(), place: Place::S3(bucket) })
    }

    pub fn memory() -> Self {
        Self { store: Arc::new(InMemory::new()), place: Place::Memory }
    }

    /// Stores a stream of at most `most` bytes whole or not at all. Returns its length.
    pub async fn put<S>(&self, key: &str, mut stream: S, most: u64) -> Result<u64, BlobError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + Unpin,
    {
        let part = if matches!(self.place, Place::S3(_)) { S3_PART } else { DISK_PART };
        let mut writer =
            BufWriter::with_capacity(Arc::clone(&self.store), path(key), part).with_max_concurrency(AT_ONCE);
        match fill(&mut writer, &mut stream, most).await {
            Ok(bytes) => writer.shutdown().await.map(|()| bytes).map_err(|error| match BlobError::from(error) {
                BlobError::Full => BlobError::Full,
                _ => BlobError::Away("it failed"),
            }),
            Err(error) => {
                // What cannot be undone now is found by the sweep.
                let _ = writer.abort().await;
                Err(error)
            }
        }
    }

    /// Stores a finished file of this machine; the file stays. Returns its length.
    pub async fn put_file(&self, key: &str, file: &Path) -> Result<u64, BlobError> {
        let file = tokio::fs::File::open(file).await.map_err(|_| BlobError::BrokenOff)?;
        self.put(key, tokio_util::io::ReaderStream::with_capacity(file, DISK_PART), u64::MAX).await
    }

    /// Joins blobs into one, in their order; they stay. Returns its length.
    pub async fn compose(&self, key: &str, parts: &[String]) -> Result<u64, BlobError> {
        let blobs = self.clone();
        let opened = futures_util::stream::iter(parts.to_vec()).then(move |part| opened(blobs.clone(), part));
        match self.put(key, opened.try_flatten().boxed(), u64::MAX).await {
            Err(BlobError::BrokenOff) => Err(BlobError::Away("it broke off")),
            other => other,
        }
    }

    /// A blob, or the part of it that `range` names.
    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading, BlobError> {
        match &self.place {
            Place::Disk { files, .. } => {
                let file = files.path_to_filesystem(&path(key)).map_err(BlobError::from)?;
                reading::of_file(&file, range).await
            }
            Place::S3(_) | Place::Memory => reading::of_store(self.store.as_ref(), &path(key), range).await,
        }
    }

    pub async fn size(&self, key: &str) -> Result<u64, BlobError> {
        Ok(self.store.head(&path(key)).await?.size)
    }

    /// The blob as a file that ffmpeg can read: where it lies, or a copy in `scratch`.
    pub async fn file(&self, key: &str, scratch: &Path) -> Result<PathBuf, BlobError> {
        match self.in_place(key)? {
            Some(file) => Ok(file),
            None => reading::copy(self, key, scratch).await,
        }
    }

    /// A file of the blob's length with its beginning and its end, and nothing between: enough to tell what it is, without
    /// fetching all of it.
    pub async fn glimpse(&self, key: &str, scratch: &Path) -> Result<PathBuf, BlobError> {
        match self.in_place(key)? {
            Some(file) => Ok(file),
            None => reading::glimpse(self, key, scratch).await,
        }
    }

    fn in_place(&self, key: &str) -> Result<Option<PathBuf>, BlobError> {
        let Place::Disk { files, .. } = &self.place else { return Ok(None) };
        let file = files.path_to_filesystem(&path(key)).map_err(BlobError::from)?;
        if file.is_file() { Ok(Some(file)) } else { Err(BlobError::Missing) }
    }

    /// Whether the store answers at all.
    pub async fn answers(&self) -> Result<(), BlobError> {
        match self.store.head(&path("answers")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a blob; one that is gone already is no error.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.store.delete(&path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

async fn opened(blobs: Blobs, part: String) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
    let reading = blobs.get(&part, None).await.map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    Ok(reading.stream)
}

async fn fill<S>(writer: &mut BufWriter, stream: &mut S, most: u64) -> Result<u64, BlobError>
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin,
{
    let mut bytes = 0u64;
    let mut small = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| BlobError::BrokenOff)?;
        bytes += chunk.len() as u64;
        if bytes > most {
            return Err(BlobError::TooLarge { most });
        }
        if chunk.len() < SMALL {
            small.extend_from_slice(&chunk);
            if small.len() >= SMALL {
                writer.put(small.split().freeze()).await?;
            }
            continue;
        }
        if !small.is_empty() {
            writer.put(small.split().freeze()).await?;
        }
        writer.put(chunk).await?;
    }
    if !small.is_empty() {
        writer.put(small.freeze()).await?;
    }
    Ok(bytes)
}

/// Keys are ours (ids and numbers), so nothing in them needs to be escaped.
fn path(key: &str) -> object_store::path::Path {
    object_store::path::Path::from(key)
}
