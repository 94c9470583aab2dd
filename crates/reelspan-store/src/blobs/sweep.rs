//! Finds what nobody asks for any more: what crashes left half-written, and blobs that no row names.

use std::path::Path;

use futures_util::stream::StreamExt;
use object_store::ObjectMeta;

use super::{BlobError, Blobs, Place};
use crate::database::Database;

/// So many keys are held against the rows at once.
const BATCH: usize = 500;

/// What a sweep cannot do.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error(transparent)]
    Blobs(#[from] BlobError),
    #[error(transparent)]
    Database(#[from] crate::DatabaseError),
}

impl Blobs {
    /// Removes what was begun before `older_than` (milliseconds since 1970) and never finished. Returns how many.
    pub async fn sweep_partials(&self, older_than: i64) -> Result<u64, BlobError> {
        match &self.place {
            Place::Disk { root, .. } => {
                let root = root.clone();
                let swept = tokio::task::spawn_blocking(move || sweep_folder(&root, &|at| at < older_than));
                swept.await.map_err(|_| BlobError::Away("it failed"))?
            }
            Place::S3(bucket) => {
                let mut swept = 0;
                for one in bucket.unfinished().await?.iter().filter(|one| one.at.saturating_mul(1000) < older_than) {
                    bucket.abort(one).await?;
                    swept += 1;
                }
                Ok(swept)
            }
            Place::Memory => Ok(0),
        }
    }

    /// Removes blobs that were stored before `older_than` and that no row names. Returns how many.
    ///
    /// A row may come after its blob, so `older_than` must be longer ago than any job takes.
    pub async fn sweep_orphans(&self, database: &Database, older_than: i64) -> Result<u64, SweepError> {
        let mut swept = 0;
        let old = |found: &ObjectMeta| found.last_modified.timestamp_millis() < older_than;
        let mut batches = self.store.list(None).chunks(BATCH);
        while let Some(batch) = batches.next().await {
            let found = batch.into_iter().collect::<Result<Vec<_>, _>>().map_err(BlobError::from)?;
            let keys: Vec<String> = found.iter().filter(|one| old(one)).map(|one| one.location.to_string()).collect();
            if keys.is_empty() {
                continue;
            }
            for key in database.unnamed_blobs(&keys).await? {
                self.delete(&key).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

/// `#1`: what is written beside its place until it is whole.
fn is_mark(end: &str) -> bool {
    end.strip_prefix('#').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_partial(name: &str) -> bool {
    name.rfind('#').is_some_and(|at| is_mark(&name[at..]))
}

/// Walks the real folder: a list of the blobs does not show what is half-written.
fn sweep_folder(folder: &Path, old: &dyn Fn(i64) -> bool) -> Result<u64, BlobError> {
    let mut swept = 0;
    for found in std::fs::read_dir(folder)? {
        let found = found?;
        // What goes while we look is somebody else's work.
        let Ok(about) = found.metadata() else { continue };
        if about.is_dir() {
            swept += sweep_folder(&found.path(), old)?;
            // Goes only if it is empty.
            let _ = std::fs::remove_dir(found.path());
            continue;
        }
        let at = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let at = at.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0);
        if is_partial(&found.file_name().to_string_lossy()) && old(at) && std::fs::remove_file(found.path()).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_files_are_known_by_their_end() {
        for half in ["a#1", "clip.mp4#12", "a#b#3"] {
            assert!(is_partial(half), "{half}");
        }
        for whole in ["a", "a#", "a#b", "a#1.mp4", "#x"] {
            assert!(!is_partial(whole), "{whole}");
        }
    }
}
