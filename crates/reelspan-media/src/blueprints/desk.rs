//! What every blueprint works with: the tools, where files go, how far it is, and that nothing stays of a run that failed.

use std::path::{Path, PathBuf};

use reelspan_types::Cancel;

use super::{BlueprintError, Limits};
use crate::captions::Fonts;
use crate::render::part::Part;
use crate::tool::{Command, Progress, ToolError, Tools};

pub(super) struct Desk<'a> {
    pub(super) tools: &'a Tools,
    pub(super) fonts: &'a Fonts,
    pub(super) limits: Limits,
    pub(super) cancel: &'a Cancel,
    folder: &'a Path,
    on: &'a mut dyn FnMut(f64),
    /// Which part of the whole work is being done.
    window: (f64, f64),
    /// Finished files; removed again unless all is finished.
    made: Vec<PathBuf>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        tools: &'a Tools,
        fonts: &'a Fonts,
        folder: &'a Path,
        limits: Limits,
        cancel: &'a Cancel,
        on: &'a mut dyn FnMut(f64),
    ) -> Self {
        Self { tools, fonts, limits, cancel, folder, on, window: (0.0, 1.0), made: Vec::new() }
    }

    /// What follows is this part of the whole work.
    pub(super) fn part(&mut self, index: usize, of: usize) {
        self.window = (index as f64 / of as f64, (index + 1) as f64 / of as f64);
    }

    pub(super) fn tell(&mut self, share: f64) {
        let (from, to) = self.window;
        (self.on)(from + (to - from) * share.clamp(0.0, 1.0));
    }

    pub(super) fn check_cancel(&self) -> Result<(), BlueprintError> {
        if self.cancel.is_cancelled() { Err(ToolError::Cancelled.into()) } else { Ok(()) }
    }

    /// The place of a finished file.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs ffmpeg, whose output lasts `seconds`, and bounds what it writes.
    pub(super) fn run(&mut self, mut command: Command, seconds: f64) -> Result<(), BlueprintError> {
        command.max_file_bytes = self.limits.max_bytes;
        let (tools, cancel, most) = (self.tools, self.cancel, self.limits.max_bytes);
        let mut tell = |progress: Progress| self.tell(progress.done / seconds.max(0.01));
        let ran = tools.run_with_progress(command, cancel, &mut tell);
        ran.map(drop).map_err(|error| too_big(error, most))
    }

    /// Puts a finished file in its place.
    pub(super) fn finish(&mut self, part: Part, output: PathBuf) -> Result<PathBuf, BlueprintError> {
        self.check_cancel()?;
        part.keep(&output).map_err(|_| ToolError::Io {
            what: "the finished file could not be put in its place",
            source: std::io::ErrorKind::Other.into(),
        })?;
        self.made.push(output.clone());
        self.tell(1.0);
        Ok(output)
    }

    /// All is finished: the files stay.
    pub(super) fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        for path in &self.made {
            // Nobody is left to hear that it was gone already.
            let _gone = std::fs::remove_file(path);
        }
    }
}

/// A file that grew beyond its bound is the user's to mend, not ours.
pub(super) fn too_big(error: ToolError, most: u64) -> BlueprintError {
    match &error {
        ToolError::Failed { status, .. } if status == &format!("signal {}", libc::SIGXFSZ) => {
            BlueprintError::TooBig { most }
        }
        _ => error.into(),
    }
}
