//! Finished stages of local work, addressed by what went in: the same input, tool and parameters are never worked twice.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{StoreError, write_whole};

const SCRATCH: &str = "scratch";

/// What an entry is. Each name is a data class: in local mode it lives until its user clears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Shots, motion, faces, loudness, speech spans.
    Analysis,
    /// Words with times.
    Transcript,
    /// A language model's answer to a closed question.
    Choice,
    /// Which finished file came from which plan.
    Render,
    /// How fast each stage went, for the next estimate.
    Pace,
    /// A recording that was fetched from a URL.
    Import,
    /// Beats, bars and sections of a piece of music.
    Beats,
}

impl Class {
    pub const ALL: [Self; 7] =
        [Self::Analysis, Self::Transcript, Self::Choice, Self::Render, Self::Pace, Self::Import, Self::Beats];

    pub fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Transcript => "transcript",
            Self::Choice => "choice",
            Self::Render => "render",
            Self::Pace => "pace",
            Self::Import => "import",
            Self::Beats => "beats",
        }
    }
}

/// The address of a stage's result.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    class: Class,
    hash: String,
}

impl Key {
    /// `parts` are all that decides the result: input hash, tool version, parameters.
    pub fn new(class: Class, parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self { class, hash: hasher.finalize().to_hex().to_string() }
    }

    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// One entry, as `reelspan cache list` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub class: Class,
    pub bytes: u64,
}

/// A folder of finished stages.
#[derive(Debug, Clone)]
pub struct Stages {
    root: PathBuf,
}

impl Stages {
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let unwritable = |error: std::io::Error| StoreError::Unwritable {
            folder: root.display().to_string(),
            reason: error.kind(),
            setting: "--cache",
        };
        std::fs::create_dir_all(root).map_err(unwritable)?;
        for class in Class::ALL {
            std::fs::create_dir_all(root.join(class.name())).map_err(unwritable)?;
        }
        private(root).map_err(unwritable)?;
        let stages = Self { root: root.to_owned() };
        stages.sweep();
        Ok(stages)
    }

    /// A private folder that is gone when the value is dropped; a crash's leftovers go when the stages are next opened.
    pub fn scratch(&self) -> Result<tempfile::TempDir, StoreError> {
        let failed = StoreError::io("a scratch folder could not be made");
        let folder = self.root.join(SCRATCH);
        std::fs::create_dir_all(&folder).map_err(&failed)?;
        tempfile::Builder::new().prefix(&format!("{}-", std::process::id())).tempdir_in(folder).map_err(&failed)
    }

    /// Removes the scratch of processes that are no more.
    fn sweep(&self) {
        for item in std::fs::read_dir(self.root.join(SCRATCH)).into_iter().flatten().flatten() {
            let name = item.file_name().to_string_lossy().into_owned();
            let alive = name.split('-').next().is_some_and(|pid| Path::new("/proc").join(pid).exists());
            if !alive {
                // Another process may sweep at the same moment: whoever comes second finds nothing.
                let _ = std::fs::remove_dir_all(item.path());
            }
        }
    }

    /// A stage that cannot be read back (damaged, or of an older form) counts as not done.
    pub fn get<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        serde_json::from_slice(&std::fs::read(self.path(key)).ok()?).ok()
    }

    pub fn put<T: Serialize>(&self, key: &Key, value: &T) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(value).map_err(|_| StoreError::Io {
            what: "a stage could not be written as JSON",
            reason: std::io::ErrorKind::InvalidData,
        })?;
        write_whole(&self.path(key), &bytes)
    }

    /// A folder of its own for a stage whose result is a file.
    pub fn folder(&self, key: &Key) -> Result<PathBuf, StoreError> {
        let folder = self.root.join(key.class.name()).join(&key.hash);
        std::fs::create_dir_all(&folder).map_err(StoreError::io("a folder for a stage could not be made"))?;
        Ok(folder)
    }

    pub fn list(&self) -> Vec<Entry> {
        Class::ALL.iter().flat_map(|class| entries(*class, &self.root.join(class.name()))).collect()
    }

    /// Forgets everything of one class, or everything.
    pub fn clear(&self, class: Option<Class>) -> Result<(), StoreError> {
        let failed = StoreError::io("a stage could not be removed");
        for class in Class::ALL.iter().filter(|each| class.is_none_or(|only| only == **each)) {
            let folder = self.root.join(class.name());
            match std::fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
                _ => std::fs::create_dir_all(&folder).map_err(&failed)?,
            }
        }
        Ok(())
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.class.name()).join(format!("{}.json", key.hash))
    }
}

/// Transcripts rest here: nobody else on the machine may look.
fn private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

fn entries(class: Class, folder: &Path) -> Vec<Entry> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    found.map(|item| Entry { class, bytes: size(&item.path()) }).collect()
}

fn size(path: &Path) -> u64 {
    match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => {
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|item| size(&item.path())).sum()
        }
        Ok(meta) => meta.len(),
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages() -> (tempfile::TempDir, Stages) {
        let folder = tempfile::tempdir().unwrap();
        let stages = Stages::open(&folder.path().join("stages")).unwrap();
        (folder, stages)
    }

    #[test]
    fn a_stage_is_found_by_what_went_in_and_by_nothing_else() {
        let (_folder, stages) = stages();
        let key = Key::new(Class::Analysis, &["input", "1", "params"]);
        stages.put(&key, &vec![1, 2, 3]).unwrap();
        assert_eq!(stages.get::<Vec<i32>>(&key), Some(vec![1, 2, 3]));
        for other in [
            Key::new(Class::Analysis, &["input", "2", "params"]),
            Key::new(Class::Analysis, &["input1", "", "params"]),
            Key::new(Class::Transcript, &["input", "1", "params"]),
        ] {
            assert_eq!(stages.get::<Vec<i32>>(&other), None);
        }
    }

    #[test]
    fn a_damaged_stage_counts_as_not_done() {
        let (_folder, stages) = stages();
        let key = Key::new(Class::Transcript, &["x"]);
        stages.put(&key, &"whole").unwrap();
        std::fs::write(stages.path(&key), b"\"who").unwrap();
        assert_eq!(stages.get::<String>(&key), None);
    }

    #[test]
    fn clearing_forgets_one_class_or_all() {
        let (_folder, stages) = stages();
        let (kept, gone) = (Key::new(Class::Analysis, &["a"]), Key::new(Class::Transcript, &["a"]));
        stages.put(&kept, &1).unwrap();
        stages.put(&gone, &2).unwrap();
        stages.clear(Some(Class::Transcript)).unwrap();
        assert_eq!((stages.get::<i32>(&kept), stages.get::<i32>(&gone)), (Some(1), None));
        stages.clear(None).unwrap();
        assert!(stages.list().is_empty());
    }

    #[test]
    fn scratch_is_gone_after_use_and_after_a_crash() {
        let (_folder, stages) = stages();
        let path = stages.scratch().unwrap().path().to_owned();
        assert!(!path.exists());
        // No process has this number.
        let left = stages.root().join(SCRATCH).join("4194999-x");
        let own = stages.scratch().unwrap();
        std::fs::create_dir_all(&left).unwrap();
        Stages::open(stages.root()).unwrap();
        assert!(!left.exists() && own.path().exists());
    }

    #[test]
    fn nobody_else_may_look_into_it() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, stages) = stages();
        let mode = std::fs::metadata(stages.root()).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
