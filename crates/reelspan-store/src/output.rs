//! Files that a run leaves for its user: each appears whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The folder that a run fills.
#[derive(Debug, Clone)]
pub struct Output {
    folder: PathBuf,
}

impl Output {
    /// Makes the folder if it is not there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let unwritable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::StorageFull => StoreError::DiskFull,
            reason => StoreError::Unwritable { folder: folder.display().to_string(), reason, setting: "--out" },
        };
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        // A read-only folder is found now, not after an hour of work.
        tempfile::Builder::new().prefix(".reelspan-").tempfile_in(folder).map_err(unwritable)?;
        let folder = folder.canonicalize().map_err(unwritable)?;
        Ok(Self { folder })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.path(name);
        write_whole(&path, bytes)?;
        Ok(path)
    }

    /// Removes a file of an earlier run; absent is fine.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        match std::fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("an old file could not be removed")(error))
            }
            _ => Ok(()),
        }
    }
}

/// Writes beside the target, syncs, then renames: a crash leaves the old file or the new one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let failed = StoreError::io("a file could not be written");
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".reelspan-").tempfile_in(folder).map_err(&failed)?;
    file.write_all(bytes).map_err(&failed)?;
    file.as_file().sync_data().map_err(&failed)?;
    readable(file.as_file()).map_err(&failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Temporary files are private; what a user gets should open like any file of theirs.
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let out = Output::open(folder.path()).unwrap();
        out.write("a.txt", b"old").unwrap();
        // A folder stands where the file should go: the rename must fail.
        std::fs::create_dir(out.path("b.txt")).unwrap();
        assert!(out.write("b.txt", b"new").is_err());
        let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a.txt", "b.txt"]);
        assert_eq!(std::fs::read(out.path("a.txt")).unwrap(), b"old");
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Output::open(file.path()).unwrap_err();
        assert_eq!(error.code(), "folder_unwritable");
        assert!(error.to_string().contains("--out"));
    }
}
