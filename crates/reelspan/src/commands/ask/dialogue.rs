//! A dialogue on a terminal: its lines are edited here and kept nowhere.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use reelspan_app::Error;
use reelspan_app::ask::{Answer, Private};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor};
use zeroize::Zeroizing;

use super::{Asking, checked, show};
use crate::console::CANCELLED;

/// Lines that the arrow keys bring back, in memory.
const BACK: usize = 100;

const HELP: &str = "Ask in your own words. Files, times and signals count too: \"in talk.mp4\", \"in the first five minutes\", \"where do they laugh?\"\n\
    /cut FILE    write a plan that keeps what the last answer cites\n\
    /forget      forget the dialogue so far\n\
    /quit        leave; nothing is kept (also Ctrl-D)";

pub(super) fn run(asking: &mut Asking) -> anyhow::Result<ExitCode> {
    // No file of history: lines stay in this editor's memory and go with it.
    let config = Config::builder().max_history_size(BACK)?.auto_add_history(false).build();
    let mut editor: Editor<(), MemHistory> =
        Editor::with_history(config, MemHistory::new()).context("the terminal cannot be used for a dialogue")?;
    let model = asking.session.model().unwrap_or_else(|| "no model: honest search".to_owned());
    eprintln!(
        "{} recording(s), {} sentence(s); {model}. /help tells more.",
        asking.session.recordings().len(),
        asking.session.sentences()
    );
    let mut last: Option<Answer> = None;
    loop {
        let line = match editor.readline("ask> ") {
            Ok(line) => Zeroizing::new(line),
            Err(ReadlineError::Interrupted) => return Ok(ExitCode::from(CANCELLED)),
            Err(ReadlineError::Eof) => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error).context("the terminal cannot be read"),
        };
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        editor.add_history_entry(text)?;
        match text.split_once(char::is_whitespace).unwrap_or((text, "")) {
            ("/quit" | "/exit" | "/q", _) => return Ok(ExitCode::SUCCESS),
            ("/help" | "/?", _) => eprintln!("{HELP}"),
            ("/forget", _) => {
                asking.session.forget();
                editor.clear_history()?;
                last = None;
                eprintln!("forgotten");
            }
            ("/cut", file) => write_cut(asking, last.as_ref(), file.trim()),
            (other, _) if other.starts_with('/') => eprintln!("there is no command `{other}`; /help lists them"),
            _ => last = one(asking, text).or(last),
        }
    }
}

/// An answer that fails or is broken off ends nothing.
fn one(asking: &mut Asking, text: &str) -> Option<Answer> {
    let question: Private = match checked(text) {
        Ok(question) => question,
        Err(error) => {
            eprintln!("error: {error:#}");
            return None;
        }
    };
    match asking.ask(&question) {
        Ok(answer) => Some(answer),
        Err(Error::Cancelled) => {
            eprintln!("(stopped)");
            None
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            None
        }
    }
}

fn write_cut(asking: &Asking, last: Option<&Answer>, file: &str) {
    let Some(answer) = last else {
        eprintln!("ask something first: a cut keeps what the last answer cites");
        return;
    };
    if file.is_empty() {
        eprintln!("name the file: /cut answer.cut.json");
        return;
    }
    match asking.session.cut(answer, Path::new(file)) {
        Ok(cut) => eprintln!("{}", show::cut(&cut)),
        Err(error) => eprintln!("error: {error:#}"),
    }
}
