//! Answers of a language model on this machine: runs the helper program `reelspan-llm` (llama.cpp in a process of its own)
//! with the user's GGUF file, and reads its lines.
//!
//! What is asked goes to the helper through its standard input, never among its arguments; the lines are those of
//! [`reelspan_types::dialogue`]. If it crashes, it crashes alone, and leaves no image of its memory.

use std::path::PathBuf;
use std::process::Stdio;

use reelspan_types::Cancel;
use reelspan_types::dialogue::{self, FailureCode, Line, Message, Template};
use rustix::process::Resource;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::child::{Group, Lines};
use crate::http::cancelled;
use crate::language::Thoughts;

pub use reelspan_types::dialogue::{Content, Role, Why};

/// One token's text, or an error's sentence.
const LONGEST_LINE: usize = 256 * 1024;
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the language helper `reelspan-llm` was not found; build it (`./x llm`) or use an address on this machine (LM Studio, Ollama)"
    )]
    Missing,
    #[error("the language helper does not run: {0}")]
    NotRunning(String),
    /// The helper's own sentence.
    #[error("{message}")]
    Refused { code: FailureCode, message: String },
    #[error("the language helper crashed ({status}); the model file may be damaged or too large for the memory")]
    Crashed { status: String },
    #[error("the language helper ended ({status}) without an answer; is it of another version?")]
    NoAnswer { status: String },
    #[error("the answer is longer than {LONGEST_ANSWER} bytes")]
    TooLong,
    #[error("the model's path must be UTF-8; rename it")]
    Path,
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "llm_missing",
            Self::NotRunning(_) => "llm_not_running",
            Self::Refused { code, .. } => match code {
                FailureCode::BadRequest => "llm_bad_request",
                FailureCode::BadModel => "llm_bad_model",
                FailureCode::Truncated => "llm_model_truncated",
                FailureCode::Unsupported => "llm_model_unsupported",
                FailureCode::NoMemory => "llm_no_memory",
                FailureCode::TooLong => "llm_too_long",
                FailureCode::BadSchema => "llm_bad_schema",
                FailureCode::Failed => "llm_failed",
            },
            Self::Crashed { .. } => "llm_crashed",
            Self::NoAnswer { .. } => "llm_no_answer",
            Self::TooLong => "llm_answer_too_long",
            Self::Path => "llm_path",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The helper, wherever it is.
#[derive(Debug, Clone)]
pub struct Helper {
    pub program: PathBuf,
}

#[derive(Debug, Clone)]
pub struct Request {
    /// A GGUF file, or the first part of a split one.
    pub model: PathBuf,
    pub messages: Vec<(Role, Content)>,
    /// The answer ends at the latest after so many tokens.
    pub max_tokens: u32,
    /// A JSON schema that the answer keeps to.
    pub schema: Option<Value>,
    /// Tokens that the model sees at once; what the request needs, within what the model was trained for, where none.
    pub context: Option<u32>,
    /// As many as the machine has cores (and its quota allows) where none.
    pub threads: Option<u32>,
}

/// What happens on the way to an answer.
#[derive(Debug)]
pub enum Event<'a> {
    /// How much of the model is loaded, 0 to 1.
    Loading(f64),
    /// How much of the messages the model has read, 0 to 1.
    Reading(f64),
    /// The next words of the answer.
    Piece(&'a str),
}

/// A finished answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub text: Content,
    /// At its end, or at its greatest length.
    pub stopped: Why,
    pub prompt_tokens: u32,
    pub answer_tokens: u32,
    pub template: Option<Template>,
}

impl Helper {
    /// Answers the messages. `on` is told each piece of the answer as it comes.
    pub async fn complete(
        &self,
        request: &Request,
        cancel: &Cancel,
        on: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Completion, Error> {
        let pieces = &mut |event: Event<'_>| {
            if let Event::Piece(piece) = event {
                on(piece);
            }
        };
        self.complete_with(request, cancel, pieces).await
    }

    /// The same, telling how far loading and reading are as well: with a large model that takes a while.
    pub async fn complete_with(
        &self,
        request: &Request,
        cancel: &Cancel,
        on: &mut (dyn for<'a> FnMut(Event<'a>) + Send),
    ) -> Result<Completion, Error> {
        let line = line(request)?;
        let mut group = Group::start(self.command(), Stdio::piped()).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::Missing,
            kind => Error::NotRunning(kind.to_string()),
        })?;
        // The helper says so itself; this holds until it does.
        group.limit(Resource::Core, 0);
        tokio::select! {
            outcome = hear(&mut group, &line, on) => outcome,
            () = cancelled(cancel) => Err(Error::Cancelled),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that runs the language helper")]
    fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.env_clear().env("LANG", "C.UTF-8");
        command
    }
}

/// The request as the helper reads it: one line.
fn line(request: &Request) -> Result<Vec<u8>, Error> {
    let message = |(role, content): &(Role, Content)| Message { role: *role, content: content.clone() };
    let request = dialogue::Request {
        model: request.model.clone(),
        messages: request.messages.iter().map(message).collect(),
        max_tokens: request.max_tokens,
        schema: request.schema.as_ref().map(Value::to_string),
        grammar: None,
        context: request.context,
        threads: request.threads,
        seed: None,
        temperature: None,
    };
    let mut line = serde_json::to_vec(&request).map_err(|_| Error::Path)?;
    line.push(b'\n');
    Ok(line)
}

async fn hear(
    group: &mut Group,
    request: &[u8],
    on: &mut (dyn for<'a> FnMut(Event<'a>) + Send),
) -> Result<Completion, Error> {
    let (Some(mut stdin), Some(out), Some(noise)) =
        (group.child.stdin.take(), group.child.stdout.take(), group.child.stderr.take())
    else {
        return Err(Error::NotRunning("it has no pipes".into()));
    };
    let (mut lines, mut noise) = (Lines::new(out, LONGEST_LINE), Lines::new(noise, 1024));
    // A helper that refuses at once may have stopped listening, which its own words explain.
    let asking = async { Ok(stdin.write_all(request).await.ok()) };
    let mut answer = Answer::default();
    let listening = async {
        while let Some(line) = lines.next().await {
            // Lines of a newer helper that say nothing here are left out.
            if let Ok(line) = serde_json::from_str(&line) {
                answer.take(line, on)?;
            }
        }
        Ok::<(), Error>(())
    };
    // What libraries print on standard error is drained, so that the helper never waits for us, and not kept.
    let draining = async {
        while noise.next().await.is_some() {}
        Ok(())
    };
    tokio::try_join!(asking, listening, draining)?;
    // It works while its input is open.
    drop(stdin);
    let status = group.child.wait().await.map_err(|error| Error::NotRunning(error.kind().to_string()))?;
    answer.finish(status, on)
}

/// What the helper has said so far.
#[derive(Default)]
struct Answer {
    text: String,
    thoughts: Thoughts,
    last: Option<Line>,
}

impl Answer {
    fn take(&mut self, line: Line, on: &mut (dyn for<'a> FnMut(Event<'a>) + Send)) -> Result<(), Error> {
        match line {
            Line::Loading(share) => on(Event::Loading(share.clamp(0.0, 1.0))),
            Line::Reading(share) => on(Event::Reading(share.clamp(0.0, 1.0))),
            Line::Piece(piece) => {
                let piece = self.thoughts.push(piece.expose());
                self.tell(&piece, on)?;
            }
            last @ (Line::End(_) | Line::Error(_)) => self.last = Some(last),
        }
        Ok(())
    }

    fn tell(&mut self, piece: &str, on: &mut (dyn for<'a> FnMut(Event<'a>) + Send)) -> Result<(), Error> {
        if piece.is_empty() {
            return Ok(());
        }
        if self.text.len() + piece.len() > LONGEST_ANSWER {
            return Err(Error::TooLong);
        }
        self.text.push_str(piece);
        on(Event::Piece(piece));
        Ok(())
    }

    fn finish(
        mut self,
        status: std::process::ExitStatus,
        on: &mut (dyn for<'a> FnMut(Event<'a>) + Send),
    ) -> Result<Completion, Error> {
        match self.last.take() {
            Some(Line::Error(error)) => Err(Error::Refused { code: error.code, message: error.message }),
            Some(Line::End(end)) if status.success() => {
                if end.why == Why::Cancelled {
                    return Err(Error::Cancelled);
                }
                let rest = self.thoughts.finish();
                self.tell(&rest, on)?;
                Ok(Completion {
                    text: self.text.into(),
                    stopped: end.why,
                    prompt_tokens: end.prompt_tokens,
                    answer_tokens: end.answer_tokens,
                    template: end.template,
                })
            }
            _ if status.code().is_none() => Err(Error::Crashed { status: status.to_string() }),
            _ => Err(Error::NoAnswer { status: status.to_string() }),
        }
    }
}

#[cfg(test)]
mod tests;
