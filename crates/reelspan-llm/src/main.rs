//! `reelspan-llm`: answers of a local language model with llama.cpp, in a process of its own. Its lines:
//! `reelspan_types::dialogue`.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::Parser;
use reelspan_types::dialogue::{Failure, FailureCode, Line};

mod answer;
mod gguf;
mod lock;
mod machine;
mod noise;
mod pieces;
mod prompt;
mod watch;

/// Reads one request, a line of JSON, on standard input and writes the answer as lines of JSON on standard output.
///
/// The request: {"model": "FILE.gguf", "messages": [{"role": "system|user|assistant", "content": "..."}],
/// "max_tokens": 400} and, if wanted, "schema" (a JSON schema as text), "grammar" (GBNF), "context", "threads", "seed",
/// "temperature". It stops when its standard input closes, unless that is a file.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {}

/// What ends the run: a code and a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Stop {
    code: FailureCode,
    message: String,
}

impl Stop {
    pub(crate) fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(Arguments {}) => {}
        // Help and version are no failures.
        Err(asked) if !asked.use_stderr() => asked.exit(),
        Err(_) => {
            let message = "no options are taken; the request comes on standard input (see `reelspan-llm --help`)";
            return fail(Stop::new(FailureCode::BadRequest, message));
        }
    }
    match run() {
        Ok(end) => {
            say(&end);
            ExitCode::SUCCESS
        }
        Err(stop) => fail(stop),
    }
}

fn run() -> Result<Line, Stop> {
    deafen();
    lock::up()?;
    machine::check_processor()?;
    watch::signals()?;
    let request = watch::request()?;
    if request.messages.is_empty() || request.max_tokens == 0 {
        return Err(Stop::new(FailureCode::BadRequest, "give at least one message and a length of at least one token"));
    }
    let file = gguf::check(&request.model)?;
    lock::paths(&file.parts)?;
    noise::silence();
    answer::answer(&request, &file).map(Line::End)
}

/// What libraries print on standard error could quote what they were given: it goes nowhere.
fn deafen() {
    let Ok(nowhere) = std::fs::File::options().write(true).open("/dev/null") else { return };
    rustix::stdio::dup2_stderr(nowhere).ok();
}

/// Writes one line. A reader that has left is noticed by the end of the input.
pub(crate) fn say(line: &Line) {
    static LAST: Mutex<()> = Mutex::new(());
    let _turn = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let mut out = io::stdout().lock();
    let Ok(text) = serde_json::to_string(line) else { return };
    out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()).ok();
}

fn fail(stop: Stop) -> ExitCode {
    let code = stop.code.exit_code();
    // The exit code says it too.
    say(&Line::Error(Failure { code: stop.code, message: stop.message }));
    ExitCode::from(code)
}
