//! Blobs: the bytes of stored files, on a disk, in S3 or in memory, behind one door.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

/// S3's parts, and how much of a stream is held in memory at most.
const PART: usize = 8 << 20;

/// Where blobs rest. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Set when blobs are plain files here: ffmpeg then reads them where they lie.
    disk: Option<Arc<LocalFileSystem>>,
}

/// Which bucket, and how to get at it.
#[derive(Clone)]
pub struct S3 {
    pub bucket: String,
    pub region: String,
    /// None for Amazon's own.
    pub endpoint: Option<String>,
    pub access_key: String,
    pub secret_key: String,
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

fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let full = |io: &io::Error| matches!(io.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        if error.downcast_ref::<io::Error>().is_some_and(full) {
            return true;
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
        let disk =
            LocalFileSystem::new_with_prefix(folder).map_err(|_| BlobError::Unopened("its folder cannot be read"))?;
        let disk = Arc::new(disk.with_automatic_cleanup(true));
        Ok(Self { store: Arc::clone(&disk) as Arc<dyn ObjectStore>, disk: Some(disk) })
    }

    pub fn s3(settings: &S3) -> Result<Self, BlobError> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key);
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        let store = builder.build().map_err(|_| BlobError::Unopened("its settings name no bucket that can be used"))?;
        Ok(Self { store: Arc::new(store), disk: None })
    }

    pub fn memory() -> Self {
        Self { store: Arc::new(InMemory::new()), disk: None }
    }

    /// Stores a stream of at most `most` bytes whole or not at all. Returns its length.
    pub async fn put<S>(&self, key: &str, mut stream: S, most: u64) -> Result<u64, BlobError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + Unpin,
    {
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), path(key), PART);
        let mut bytes = 0u64;
        let written: Result<(), BlobError> = async {
            while let Some(chunk) = stream.next().await {
                let chunk = chunk.map_err(|_| BlobError::BrokenOff)?;
                bytes += chunk.len() as u64;
                if bytes > most {
                    return Err(BlobError::TooLarge { most });
                }
                writer.put(chunk).await?;
            }
            Ok(())
        }
        .await;
        if let Err(error) = written {
            // What cannot be undone now is found by the sweep.
            let _ = writer.abort().await;
            return Err(error);
        }
        writer
            .shutdown()
            .await
            .map_err(|error| if is_full(&error) { BlobError::Full } else { BlobError::Away("it failed") })?;
        Ok(bytes)
    }

    /// Stores a finished file of this machine; the file stays. Returns its length.
    pub async fn put_file(&self, key: &str, file: &Path) -> Result<u64, BlobError> {
        let file = tokio::fs::File::open(file).await.map_err(|_| BlobError::BrokenOff)?;
        self.put(key, tokio_util::io::ReaderStream::with_capacity(file, 1 << 18), u64::MAX).await
    }

    /// A blob, or the part of it that `range` names.
    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading, BlobError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let got = self.store.get_opts(&path(key), options).await?;
        let bytes = got.meta.size;
        Ok(Reading {
            bytes,
            stream: got.into_stream().map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof)).boxed(),
        })
    }

    pub async fn size(&self, key: &str) -> Result<u64, BlobError> {
        Ok(self.store.head(&path(key)).await?.size)
    }

    /// The blob as a file that ffmpeg can read: where it lies, or a copy in `scratch`.
    pub async fn file(&self, key: &str, scratch: &Path) -> Result<PathBuf, BlobError> {
        if let Some(disk) = &self.disk {
            let file = disk.path_to_filesystem(&path(key)).map_err(BlobError::from)?;
            return if file.is_file() { Ok(file) } else { Err(BlobError::Missing) };
        }
        let copy = scratch.join(blake3::hash(key.as_bytes()).to_hex().as_str());
        let mut reading = self.get(key, None).await?;
        let written = async {
            let mut file = tokio::fs::File::create(&copy).await?;
            while let Some(chunk) = reading.stream.next().await {
                file.write_all(&chunk?).await?;
            }
            file.flush().await
        };
        let written: io::Result<()> = written.await;
        written.map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BlobError::Full,
            io::ErrorKind::UnexpectedEof => BlobError::Away("it broke off"),
            _ => BlobError::Away("a copy for the job could not be made"),
        })?;
        Ok(copy)
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

/// Keys are ours (ids and numbers), so nothing in them needs to be escaped.
fn path(key: &str) -> object_store::path::Path {
    object_store::path::Path::from(key)
}
