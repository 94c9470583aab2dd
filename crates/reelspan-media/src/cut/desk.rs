//! A folder beside the output where everything is prepared: gone when the cut is done, fails or is cancelled.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::CutError;

#[derive(Debug)]
pub(super) struct Desk(PathBuf);

impl Desk {
    /// Beside the output, so that the last step is one rename. What an earlier, killed run left there is replaced.
    pub(super) fn beside(output: &Path) -> Result<Self, CutError> {
        let mut name = OsString::from(".");
        name.push(output.file_name().unwrap_or_default());
        name.push(".cutting");
        let desk = Self(output.with_file_name(name));
        desk.clear();
        std::fs::create_dir(&desk.0).map_err(CutError::io("no working folder could be made beside the output"))?;
        Ok(desk)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn clear(&self) {
        // Mostly it is not there, and nobody could mend it if it stayed.
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.clear();
    }
}
