//! A private folder for one attempt of one job, gone when the attempt is.

use std::fs::File;
use std::path::{Path, PathBuf};

use reelspan_jobs::{Failure, Work};
use rustix::fs::{FlockOperation, flock};

/// Removed with all that is in it when dropped. Locked meanwhile, so that no sweep takes it for left behind.
pub(crate) struct Scratch {
    folder: PathBuf,
    _lock: File,
}

impl Scratch {
    pub(crate) fn new(below: &Path, work: &Work) -> Result<Self, Failure> {
        let folder = below.join(format!("{}-{}", work.job, work.attempt));
        let made = made(&folder).map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Failure::passing("disk_full"),
            _ => Failure::passing("scratch_unwritable"),
        });
        Ok(Self { _lock: made?, folder })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A sweep may look at the folder between its making and its lock, and take it for left behind.
const TRIES: u32 = 4;

/// A fresh folder that only its owner reads, locked.
fn made(folder: &Path) -> std::io::Result<File> {
    for _ in 1..TRIES {
        if let Ok(lock) = fresh(folder)
            && is_still(folder, &lock)
        {
            return Ok(lock);
        }
    }
    fresh(folder)
}

fn is_still(folder: &Path, lock: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let here = std::fs::metadata(folder).map(|about| about.ino());
    here.is_ok_and(|here| lock.metadata().is_ok_and(|locked| locked.ino() == here))
}

fn fresh(folder: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::PermissionsExt;
    // Nobody else has this attempt: what lies there was left by a process that is gone.
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    locked(folder)
}

fn locked(folder: &Path) -> std::io::Result<File> {
    let lock = File::open(folder)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    Ok(lock)
}

/// Removes the folders of jobs whose process is gone, whoever that was; those that some process works in stay. Returns how many.
pub fn sweep(below: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(below)?;
    let mut swept = 0;
    for entry in std::fs::read_dir(below)?.flatten() {
        let path = entry.path();
        let gone = match entry.file_type() {
            Ok(kind) if kind.is_dir() => locked(&path).and_then(|_lock| std::fs::remove_dir_all(&path)),
            _ => std::fs::remove_file(&path),
        };
        swept += usize::from(gone.is_ok());
    }
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_takes_what_was_left_and_leaves_what_is_in_use() {
        let below = tempfile::tempdir().unwrap();
        let (left, used) = (below.path().join("left-1"), below.path().join("used-1"));
        std::fs::create_dir_all(left.join("deep")).unwrap();
        std::fs::write(left.join("deep/part.mp4"), b"half").unwrap();
        std::fs::write(below.path().join("stray"), b"x").unwrap();
        let lock = made(&used).unwrap();
        assert_eq!(sweep(below.path()).unwrap(), 2);
        assert!(used.is_dir() && !left.exists());
        drop(lock);
        assert_eq!(sweep(below.path()).unwrap(), 1);
    }
}
