//! Project Ask: questions to recordings, answered from what was said and measured, with every citation checked.
//!
//! Questions, history and answers live in a [`Session`] and nowhere else: no stage, no log, no file. (A-28, A-29)

mod answer;
mod citations;
mod cut;
mod facts;
mod index;
pub mod memory;
mod outline;
mod private;
mod project;
mod prompt;
mod question;
mod search;
mod sentences;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_support;
mod tokens;
mod verify;
mod whole;

use std::time::Duration;

use reelspan_types::{Cancel, Clock, Span};

use self::facts::Fact;
use self::index::Index;
use self::project::Recording;
use crate::error::Error;
use crate::parts::Parts;
use crate::progress::{Meter, Progress};

pub use self::cut::Cut;
pub use self::private::Private;
pub use self::project::Request;
pub use self::verify::Fault;

/// Who says a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    System,
    User,
    Assistant,
}

/// One message to a model.
#[derive(Debug, Clone)]
pub struct Turn {
    pub role: Role,
    pub text: Private,
}

/// What an answer may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Tokens of the answer.
    pub tokens: u32,
    /// Tokens that question and answer have together.
    pub context: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tokens: 512, context: 4096 }
    }
}

/// A language model on this machine. Only what is [`OnThisMachine`](crate::services::local::OnThisMachine) can be one, and
/// nothing outside of `services/local.rs` can say that of itself: there is no way to hand Ask a model that runs elsewhere,
/// whatever else is configured. (A-28, A-66, A-68)
///
/// ```compile_fail
/// struct Cloud;
/// impl reelspan_app::ask::Answerer for Cloud {
///     fn name(&self) -> String { "cloud".into() }
///     fn answer(
///         &self,
///         _: &[reelspan_app::ask::Turn],
///         _: reelspan_app::ask::Limits,
///         _: &reelspan_types::Cancel,
///         _: &mut (dyn FnMut(&str) + Send),
///     ) -> Result<String, reelspan_app::Error> { Ok("from far away".into()) }
/// }
/// ```
pub trait Answerer: crate::services::local::OnThisMachine {
    fn name(&self) -> String;
    /// Answers the last turn. `on` hears the answer as it grows; once `cancel` is set nothing more is wanted.
    fn answer(
        &self,
        turns: &[Turn],
        limits: Limits,
        cancel: &Cancel,
        on: &mut (dyn FnMut(&str) + Send),
    ) -> Result<String, Error>;
}

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("nothing in `{0}` can be asked: there is no recording and no transcript in it")]
    Empty(String),
    #[error("`{file}` cannot be asked: {why}")]
    NoProject { file: String, why: String },
    #[error("`{0}` is a transcript itself; leave --transcript out")]
    TwoTranscripts(String),
    #[error("--transcript belongs to one recording, and there are {0} here; name the one that it belongs to")]
    WhichRecording(usize),
    #[error("the model gave no answer: {0}")]
    Model(String),
    /// It was told more than it sees at once.
    #[error("the model gave no answer: {0}")]
    TooLong(String),
    #[error("the answer cites nothing that a cut could keep")]
    NothingToCut,
    #[error("the recording of `{0}` is not here, so that nothing can be cut from it; ask the recording itself")]
    NothingToCutFrom(String),
}

impl AskError {
    /// Stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty(_) => "project_empty",
            Self::NoProject { .. } => "no_project",
            Self::TwoTranscripts(_) | Self::WhichRecording(_) => "transcript_unclear",
            Self::Model(_) | Self::TooLong(_) => "model_failed",
            Self::NothingToCut | Self::NothingToCutFrom(_) => "nothing_to_cut",
        }
    }
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A model's sentences, each held against the transcript.
    Model,
    /// The passages that the question is about.
    Passages,
    /// The topics of the whole, each with a typical sentence.
    Outline,
    /// What was measured.
    Facts,
    /// Nothing in this project speaks of it.
    Nothing,
}

/// A stretch that an answer rests on.
#[derive(Debug, Clone)]
pub struct Citation {
    /// The recording's file name, and its number in the project.
    pub file: String,
    pub recording: usize,
    pub span: Span,
    /// How the model named it: `s12`, `f3`, `s12-s14`.
    pub id: String,
    pub words: Private,
}

/// One sentence of a model's answer.
#[derive(Debug, Clone)]
pub struct Said {
    pub text: Private,
    pub citations: Vec<Citation>,
}

/// A sentence that did not hold, and why.
#[derive(Debug, Clone)]
pub struct Unsupported {
    pub text: Private,
    pub fault: Fault,
}

/// A found passage.
#[derive(Debug, Clone)]
pub struct Passage {
    pub file: String,
    pub recording: usize,
    pub span: Span,
    /// The sentence in it that is most to the point; of a topic, the sentences that are shown.
    pub moment: Span,
    /// Who speaks there, where the transcript says so.
    pub speakers: Vec<String>,
    /// Words that mark a topic.
    pub about: Vec<String>,
    pub words: Private,
}

/// Something measured.
#[derive(Debug, Clone)]
pub struct Measured {
    pub file: String,
    pub recording: usize,
    pub span: Option<Span>,
    pub text: Private,
}

/// What comes back to a question.
#[derive(Debug, Clone)]
pub struct Answer {
    pub kind: Kind,
    pub sentences: Vec<Said>,
    pub dropped: Vec<Unsupported>,
    pub passages: Vec<Passage>,
    pub facts: Vec<Measured>,
    /// What the person should know, a sentence each; the model's failure among them.
    pub notes: Vec<String>,
    /// A model was asked and failed.
    pub failed: bool,
    /// How long finding took, the model not counted.
    pub search: Duration,
}

/// What is heard of a model's answer while it grows.
#[derive(Debug)]
pub enum Event<'a> {
    Text(&'a str),
    /// The sentence is over, and these places hold it.
    Held(&'a [Citation]),
    /// The sentence is over, and nothing holds it.
    Unheld(Fault),
}

/// One question with its answer, for what is asked next.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) question: Private,
    pub(crate) answer: Private,
}

/// A project in memory and a dialogue about it. Dropped, all of it is gone.
pub struct Session {
    recordings: Vec<Recording>,
    names: Vec<String>,
    index: Index,
    facts: Vec<Fact>,
    history: Vec<Exchange>,
    answerer: Option<Box<dyn Answerer>>,
    /// How long the index took.
    built: Duration,
}

/// How many were asked and how many failed: all that may be counted of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub questions: u64,
    pub failures: u64,
}

/// Debug shows sizes, never words.
impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (recordings, lines, history) = (self.recordings.len(), self.index.lines.len(), self.history.len());
        write!(out, "Session({recordings} recordings, {lines} sentences, {history} exchanges)")
    }
}

impl Session {
    /// Reads the project and lays it out in memory.
    pub fn open(
        parts: &Parts<'_>,
        request: &Request,
        answerer: Option<Box<dyn Answerer>>,
        progress: &mut dyn Progress,
    ) -> Result<Self, Error> {
        let mut meter = Meter::new(parts, progress);
        let recordings = project::open(parts, request, &mut meter)?;
        Ok(Self::of(recordings, answerer, parts.clock))
    }

    fn of(recordings: Vec<Recording>, answerer: Option<Box<dyn Answerer>>, clock: &dyn Clock) -> Self {
        let begun = clock.steady();
        let index = Index::new(&recordings);
        let facts = facts::all(&recordings);
        let names = recordings.iter().map(|recording| recording.name.clone()).collect();
        let built = clock.steady().saturating_sub(begun);
        Self { recordings, names, index, facts, history: Vec::new(), answerer, built }
    }

    /// The names of the recordings.
    pub fn recordings(&self) -> &[String] {
        &self.names
    }

    /// How many sentences are known.
    pub fn sentences(&self) -> usize {
        self.index.lines.len()
    }

    pub fn built(&self) -> Duration {
        self.built
    }

    /// What answers: a model's name, or none for search alone.
    pub fn model(&self) -> Option<String> {
        self.answerer.as_ref().map(|answerer| answerer.name())
    }

    /// Forgets what was asked and answered.
    pub fn forget(&mut self) {
        self.history.clear();
    }
}
