//! The parts of the house that a feature works with, handed in by the binary.

use std::path::{Path, PathBuf};

use reelspan_media::tool::Tools;
use reelspan_store::Stages;
use reelspan_types::{Cancel, Clock};

use crate::error::Error;
use crate::words::Recogniser;

/// The parts of the house that a run needs.
pub struct Parts<'a> {
    pub tools: &'a Tools,
    pub stages: &'a Stages,
    pub clock: &'a dyn Clock,
    pub cancel: &'a Cancel,
    /// Recognises speech where no transcript is given.
    pub recogniser: Option<&'a dyn Recogniser>,
    /// Re-ranks closed choices; none leaves it to the signals.
    pub chooser: Option<&'a dyn Chooser>,
    /// Fetches a URL into a folder and returns the file; none refuses URLs.
    pub importer: Option<&'a dyn Importer>,
}

/// A language model that may re-rank closed choices.
pub trait Chooser {
    /// What decides the answer: address and model.
    fn id(&self) -> String;
    fn model(&self) -> &str;
    /// The text of its answer to a chat completion; none when it gives none, for whatever reason.
    fn ask(&self, body: &serde_json::Value, cancel: &Cancel) -> Option<String>;
}

/// Brings a recording from a URL into a folder.
pub trait Importer {
    /// `on` hears the share that is done, 0 to 1.
    fn import(
        &self,
        url: &str,
        folder: &Path,
        cancel: &Cancel,
        on: &mut (dyn FnMut(f64) + Send),
    ) -> Result<PathBuf, Error>;
}
