//! Blobs on their way out: as streams, as copies, as what tells enough.

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream::{StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, ObjectStore};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

use super::{BlobError, Blobs, Reading};

/// How much of a file is read at once.
const CHUNK: usize = 512 << 10;
/// What ffprobe needs of a file: its beginning, and an index that may stand at its end.
const HEAD: u64 = 16 << 20;
const TAIL: u64 = 64 << 20;

/// A file of this disk.
pub(super) async fn of_file(file: &Path, range: Option<Range<u64>>) -> Result<Reading, BlobError> {
    let mut file = File::open(file).await?;
    let about = file.metadata().await?;
    if !about.is_file() {
        return Err(BlobError::Missing);
    }
    let bytes = about.len();
    let range = range.unwrap_or(0..bytes);
    file.set_max_buf_size(CHUNK);
    if range.start > 0 {
        file.seek(SeekFrom::Start(range.start)).await?;
    }
    let wanted = range.end.min(bytes).saturating_sub(range.start);
    Ok(Reading { bytes, stream: ReaderStream::with_capacity(file.take(wanted), CHUNK).boxed() })
}

/// An object of a store.
pub(super) async fn of_store(
    store: &dyn ObjectStore,
    path: &object_store::path::Path,
    range: Option<Range<u64>>,
) -> Result<Reading, BlobError> {
    if range.as_ref().is_some_and(Range::is_empty) {
        let bytes = store.get_opts(path, GetOptions::new().with_head(true)).await?.meta.size;
        return Ok(Reading { bytes, stream: futures_util::stream::empty().boxed() });
    }
    let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
    let got = store.get_opts(path, options).await?;
    let bytes = got.meta.size;
    Ok(Reading { bytes, stream: got.into_stream().map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof)).boxed() })
}

/// All of a blob as a file in `scratch`.
pub(super) async fn copy(blobs: &Blobs, key: &str, scratch: &Path) -> Result<PathBuf, BlobError> {
    let copy = place(key, scratch, "");
    let reading = blobs.get(key, None).await?;
    let mut file = File::create(&copy).await?;
    let written = pour(&mut file, reading).await;
    given(copy, written).await
}

/// The same with a hole between its beginning and its end.
pub(super) async fn glimpse(blobs: &Blobs, key: &str, scratch: &Path) -> Result<PathBuf, BlobError> {
    let bytes = blobs.size(key).await?;
    if bytes <= HEAD + TAIL {
        return copy(blobs, key, scratch).await;
    }
    let glimpse = place(key, scratch, "-glimpse");
    let written = async {
        let mut file = File::create(&glimpse).await?;
        file.set_len(bytes).await?;
        for range in [0..HEAD, bytes - TAIL..bytes] {
            file.seek(SeekFrom::Start(range.start)).await?;
            pour(&mut file, blobs.get(key, Some(range)).await?).await?;
        }
        Ok(())
    };
    let written = written.await;
    given(glimpse, written).await
}

fn place(key: &str, scratch: &Path, what: &str) -> PathBuf {
    scratch.join(format!("{}{what}", blake3::hash(key.as_bytes()).to_hex()))
}

async fn pour(file: &mut File, mut reading: Reading) -> Result<(), BlobError> {
    while let Some(chunk) = reading.stream.next().await {
        let chunk: Bytes = chunk?;
        file.write_all(&chunk).await?;
    }
    Ok(file.flush().await?)
}

/// The file, or nothing of it.
async fn given(file: PathBuf, written: Result<(), BlobError>) -> Result<PathBuf, BlobError> {
    if let Err(error) = written {
        let _ = tokio::fs::remove_file(&file).await;
        return Err(error);
    }
    Ok(file)
}
