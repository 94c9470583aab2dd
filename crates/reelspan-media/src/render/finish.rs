//! The last steps of every render: the file is checked, its sound mended where the encoder changed it, and put in its place.

use std::path::Path;

use reelspan_types::Cancel;

use super::loudness::{self, Heard};
use super::part::Part;
use super::sound::Level;
use super::timeline::Timeline;
use super::{RenderError, Rendered, graph, verify};
use crate::tool::{Command, ToolError, Tools};

/// How often the sound alone is made anew when the encoder changed its loudness or peaks.
const CORRECTIONS: usize = 2;

/// What the finished file should be.
pub(crate) struct Finish<'a> {
    pub(crate) tools: &'a Tools,
    pub(crate) timeline: &'a Timeline,
    pub(crate) canvas: (u32, u32),
    /// Integrated loudness in LUFS; none where there is no sound to measure.
    pub(crate) loudness: Option<f64>,
    pub(crate) output: &'a Path,
}

/// The run that copies a finished file's picture (second) into a new file (third) with its sound made anew at a level.
pub(crate) type Resound<'a> = &'a dyn Fn(Level, &Path, &Path) -> Command;

impl Finish<'_> {
    /// Checks `part`, encoded at `level`, and makes it the output.
    pub(crate) fn finish(
        &self,
        mut part: Part,
        mut level: Level,
        resound: Resound<'_>,
        cancel: &Cancel,
    ) -> Result<Rendered, RenderError> {
        let verify = |file: &Path| verify::verify(self.tools, file, self.timeline, self.canvas, cancel);
        let listen = |file: &Path| loudness::listen(self.tools, graph::listen_again(file), file, cancel);
        let mut seen = verify(part.path())?;
        let mut heard = Heard { integrated: None, true_peak: None };
        if let Some(target) = self.loudness {
            heard = listen(part.path())?;
            for round in 0..CORRECTIONS {
                let Some(next) = loudness::correct(level, heard, target, loudness::TOLERANCE) else { break };
                let better = Part::named(self.output, &format!("part{round}"));
                self.tools.run(resound(next, part.path(), better.path()), cancel)?;
                seen = verify(better.path())?;
                (part, level) = (better, next);
                heard = listen(part.path())?;
            }
        }
        if cancel.is_cancelled() {
            return Err(ToolError::Cancelled.into());
        }
        part.keep(self.output)?;
        let verify::Seen { frames, duration, bytes } = seen;
        let (loudness, true_peak) = (heard.integrated, heard.true_peak);
        Ok(Rendered { file: self.output.to_owned(), duration, frames, bytes, loudness, true_peak })
    }
}
