//! `reelspan ask`: questions in, answers with their places out. Nothing of either is kept.

mod dialogue;
mod show;

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use reelspan_app::Error;
use reelspan_app::ask::{Answer, Kind, Private, Request, Session, Tally, memory};
use reelspan_store::usage::Counts;
use reelspan_types::{Cancel, Clock, SystemClock};

use super::usage;
use crate::console::{CANCELLED, Console, PARTIAL};
use crate::settings::Common;
use crate::settings::ask::Ask;
use crate::wire;

/// A question longer than this is no question.
const LONGEST_QUESTION: usize = 8000;

pub(crate) fn ask(common: &Common, flags: &Ask) -> anyhow::Result<ExitCode> {
    memory::keep_off_disk()
        .context("this system does not let a program forbid its own core dumps, so nothing is asked")?;
    let interrupt = Interrupt::watch()?;
    let answerer = wire::ask::answerer(&flags.model)?;
    let cancel = interrupt.begin();
    let mut wired = wire::Wired::new(common, cancel)?;
    let mut console = Console::new();
    wire::ask::add_speech(&mut wired, common, &flags.speech, &mut console)?;
    let request = Request { project: flags.project.clone(), transcript: flags.transcript.clone() };
    let opened = Session::open(&wired.parts(), &request, answerer, &mut console);
    console.done();
    interrupt.end();
    let mut asking = Asking {
        session: opened?,
        clock: SystemClock::new(),
        interrupt,
        passages: usize::from(flags.passages),
        json: flags.json,
        tally: Tally::default(),
    };
    let outcome = match &flags.question {
        Some(question) => once(&mut asking, question, flags),
        None if std::io::stdin().is_terminal() => dialogue::run(&mut asking),
        None => lines(&mut asking),
    };
    usage::count(common, &mut console, Counts::ask(asking.tally.questions, asking.tally.failures));
    match outcome {
        // Not the sentence of other commands: nothing of a question is kept.
        Err(error) if matches!(error.downcast_ref(), Some(Error::Cancelled)) => {
            eprintln!("stopped; nothing of it is kept");
            Ok(ExitCode::from(CANCELLED))
        }
        outcome => outcome,
    }
}

/// One session with all that a question needs.
struct Asking {
    session: Session,
    clock: SystemClock,
    interrupt: Interrupt,
    passages: usize,
    json: bool,
    tally: Tally,
}

impl Asking {
    /// Asks, shows, counts.
    fn ask(&mut self, question: &Private) -> Result<Answer, Error> {
        self.tally.questions += 1;
        let cancel = self.interrupt.begin();
        let mut screen = show::Screen::new(self.json);
        let clock: &dyn Clock = &self.clock;
        let answer = self.session.ask(clock, question, self.passages, &cancel, &mut |event| screen.hear(&event));
        self.interrupt.end();
        screen.end_line();
        match &answer {
            Ok(answer) => {
                self.tally.failures += u64::from(answer.failed);
                show::answer(&self.session, answer, self.tally.questions, self.json);
            }
            Err(_) => self.tally.failures += 1,
        }
        answer
    }
}

fn once(asking: &mut Asking, question: &str, flags: &Ask) -> anyhow::Result<ExitCode> {
    let question = checked(question)?;
    let answer = asking.ask(&question)?;
    if let Some(file) = &flags.cut_to_answer {
        let cut = asking.session.cut(&answer, file)?;
        eprintln!("{}", show::cut(&cut));
    }
    Ok(code(&answer))
}

/// One question a line; an answer to each, whatever becomes of the others.
fn lines(asking: &mut Asking) -> anyhow::Result<ExitCode> {
    let mut last = ExitCode::SUCCESS;
    for line in std::io::stdin().lock().lines() {
        // Overwritten when it is let go.
        let line = zeroize::Zeroizing::new(line.context("the questions cannot be read as text")?);
        if line.trim().is_empty() {
            continue;
        }
        let question = checked(&line)?;
        let answer = asking.ask(&question)?;
        if answer.failed {
            last = code(&answer);
        }
    }
    if asking.tally.questions == 0 {
        anyhow::bail!("there was no question; write one a line, or name it: reelspan ask PROJECT \"question\"");
    }
    Ok(last)
}

fn checked(text: &str) -> anyhow::Result<Private> {
    let text = text.trim();
    if text.is_empty() {
        anyhow::bail!("the question is empty");
    }
    if text.len() > LONGEST_QUESTION {
        anyhow::bail!("the question has {} bytes, and {LONGEST_QUESTION} are the most", text.len());
    }
    Ok(Private::new(text))
}

/// A model that failed is half an answer.
fn code(answer: &Answer) -> ExitCode {
    match answer.kind {
        Kind::Nothing if answer.failed => ExitCode::FAILURE,
        _ if answer.failed => ExitCode::from(PARTIAL),
        _ => ExitCode::SUCCESS,
    }
}

/// Ctrl-C ends what is being worked on; twice, or while nothing is, it ends the program.
#[derive(Default)]
struct Interrupt(Arc<Mutex<Option<Cancel>>>);

impl Interrupt {
    fn watch() -> anyhow::Result<Self> {
        let watched = Self::default();
        let working = watched.0.clone();
        ctrlc::set_handler(move || {
            let mut working = working.lock().unwrap_or_else(PoisonError::into_inner);
            match working.take() {
                Some(cancel) => cancel.cancel(),
                None => std::process::exit(CANCELLED.into()),
            }
        })
        .context("the signal handler could not be set")?;
        Ok(watched)
    }

    /// A flag for what begins now.
    fn begin(&self) -> Cancel {
        let cancel = Cancel::new();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(cancel.clone());
        cancel
    }

    /// Nothing is being worked on.
    fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
