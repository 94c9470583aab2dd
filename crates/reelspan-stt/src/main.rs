//! `reelspan-stt`: speech to words with whisper.cpp, in a process of its own. Its lines: `reelspan_types::speech`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use reelspan_types::speech::{Failure, FailureCode, Line};

mod listen;
mod machine;
mod model;
mod sound;
mod words;

/// Writes progress and, last, the words of a recording as lines of JSON on standard output.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// A model in whisper.cpp's format, e.g. ggml-base.bin
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// A WAV file, or `-` for standard input: WAV, or bare samples at 16 kHz mono
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// What bare samples are
    #[arg(long, value_enum, default_value_t = sound::Format::F32)]
    format: sound::Format,
    /// ISO 639-1, e.g. `de`, or `auto`
    #[arg(long, default_value = "auto")]
    language: String,
    /// As many as there are physical cores, within the quota, if not given
    #[arg(long)]
    threads: Option<u16>,
    /// The recording's length, for the progress
    #[arg(long)]
    seconds: Option<f64>,
}

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
    let mut out = io::stdout();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are no failures.
        Err(asked) if !asked.use_stderr() => asked.exit(),
        Err(wrong) => {
            let message = wrong.kind().to_string();
            return fail(&mut out, Stop::new(FailureCode::Usage, message));
        }
    };
    match run(&arguments) {
        Ok(answer) => {
            if say(&mut out, &answer).is_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(FailureCode::Failed.exit_code())
            }
        }
        Err(stop) => fail(&mut out, stop),
    }
}

fn run(arguments: &Arguments) -> Result<Line, Stop> {
    whisper_rs::install_logging_hooks();
    let language = Some(arguments.language.as_str()).filter(|&language| language != "auto");
    if language.is_some_and(|language| whisper_rs::get_lang_id(language).is_none()) {
        return Err(Stop::new(
            FailureCode::Usage,
            "the language is not one that whisper knows; use e.g. `en` or `auto`",
        ));
    }
    let bytes = model::check(&arguments.model)?;
    machine::check_memory(bytes)?;
    let input: Box<dyn Read> = if arguments.input.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(&arguments.input);
        Box::new(
            file.map_err(|error| Stop::new(FailureCode::BadInput, format!("the sound cannot be opened: {error}")))?,
        )
    };
    let sound = sound::Sound::new(input, arguments.format)?;
    let threads = arguments.threads.map_or_else(machine::threads, usize::from).max(1);
    let task = listen::Task { model: &arguments.model, language, threads, seconds: arguments.seconds };
    listen::transcribe(&task, sound).map(Line::Answer)
}

/// Tells how much is done, 0 to 1.
pub(crate) fn say_progress(progress: f64) {
    // Nobody may be listening any more; the end of the run will tell.
    say(&mut io::stdout(), &Line::Progress { progress }).ok();
}

fn say(out: &mut impl Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn fail(out: &mut impl Write, stop: Stop) -> ExitCode {
    let code = stop.code.exit_code();
    // The exit code says it too.
    say(out, &Line::Failure { error: Failure { code: stop.code, message: stop.message } }).ok();
    ExitCode::from(code)
}
