//! A file that is being written: beside its place until it is whole, and gone if it never is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::RenderError;
use crate::tool::ToolError;

#[derive(Debug)]
pub(crate) struct Part(PathBuf);

impl Part {
    /// In the same folder, so that the last step is one rename. What an earlier, killed run left there is replaced.
    pub(crate) fn beside(output: &Path) -> Self {
        Self::named(output, "part")
    }

    /// A second one for the same output.
    pub(crate) fn named(output: &Path, ending: &str) -> Self {
        let mut name = OsString::from(".");
        name.push(output.file_name().unwrap_or_default());
        name.push(".");
        name.push(ending);
        let part = Self(output.with_file_name(name));
        part.remove();
        part
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Puts it in its place, replacing what was there.
    pub(crate) fn keep(self, output: &Path) -> Result<(), RenderError> {
        let moved = std::fs::rename(&self.0, output);
        moved.map_err(|source| ToolError::Io { what: "the finished file could not be put in its place", source }.into())
    }

    fn remove(&self) {
        // Mostly it is not there, and nobody could mend it if it stayed.
        let _gone = std::fs::remove_file(&self.0);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.remove();
    }
}
