//! The jail around ffmpeg: a helper that locks itself up by the rules it is given, then becomes ffmpeg.
//!
//! It is a program of its own because the locks need memory while they are made, which is unsound between the fork
//! and the exec of a process with threads. Once it has become ffmpeg it
//!
//! * opens its inputs, its own libraries and (if it draws text) fonts for reading, its named outputs for writing,
//!   and nothing else (landlock; root is bound by it too),
//! * makes no socket, no process, no change to a file's owner, mode or times (seccomp),
//! * has bounds on memory, open files, one file's size and computing time (rlimits),
//! * ends when the program that started it ends.
//!
//! Left open: it can learn whether a file exists and how large it is, and read what its rules let it read.

mod filter;
mod limits;
mod paths;
mod rules;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::ExitCode;
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use crate::tool::ToolError;

pub use rules::Rules;

/// The first argument by which a larger program knows that it is to be the helper.
pub const SUBCOMMAND: &str = "__jail";

/// The helper's exit code when it could not lock itself up.
const REFUSED: u8 = 126;
/// Begins the one line that the helper itself prints.
const SAYS: &str = "reelspan-jail: ";

/// Why the helper did not become ffmpeg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    NoLandlock,
    NoSeccomp,
    BadRules,
    NoLimits,
    Orphan,
    NotFound,
    NotRun,
}

/// Every refusal with the word that the helper prints for it.
const REFUSALS: &[(Refusal, &str)] = &[
    (Refusal::NoLandlock, "no-landlock"),
    (Refusal::NoSeccomp, "no-seccomp"),
    (Refusal::BadRules, "bad-rules"),
    (Refusal::NoLimits, "no-limits"),
    (Refusal::Orphan, "orphan"),
    (Refusal::NotFound, "not-found"),
    (Refusal::NotRun, "not-run"),
];

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        REFUSALS.iter().find(|(refusal, _)| refusal == self).map_or(Ok(()), |(_, word)| f.write_str(word))
    }
}

/// The helper: locks itself up by `args` (the rules, `--`, a program and its arguments) and becomes that program.
/// Comes back only when that failed.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Err(refusal) = become_program(args);
    // Standard error is a pipe to the one who started it; if that is gone, so is the reader.
    let _written = writeln!(io::stderr(), "{SAYS}{refusal}");
    ExitCode::from(REFUSED)
}

fn become_program(args: impl IntoIterator<Item = OsString>) -> Result<std::convert::Infallible, Refusal> {
    let mut args = args.into_iter();
    let rules = Rules::parse(&mut args).ok_or(Refusal::BadRules)?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|_| Refusal::Orphan)?;
    // A parent that died before the line above will send no signal any more.
    if getppid().map(Pid::as_raw_pid) != Some(rules.parent) {
        return Err(Refusal::Orphan);
    }
    limits::set(&rules)?;
    paths::lock(&rules)?;
    filter::lock()?;
    Err(exec(&rules, args))
}

#[expect(clippy::disallowed_methods, reason = "the jail's whole purpose is to become this program")]
fn exec(rules: &Rules, args: impl Iterator<Item = OsString>) -> Refusal {
    let error = std::process::Command::new(&rules.program).args(args).exec();
    if error.kind() == io::ErrorKind::NotFound { Refusal::NotFound } else { Refusal::NotRun }
}

/// Whether this system can lock ffmpeg up; if not, what it lacks.
pub fn available() -> Result<(), &'static str> {
    static AVAILABLE: OnceLock<Result<(), &'static str>> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        if !paths::available() {
            return Err("landlock");
        }
        if !filter::available() {
            return Err("seccomp");
        }
        Ok(())
    })
}

/// The error for a run whose helper never became ffmpeg, told by its exit code and its own last line.
pub(crate) fn refusal(program: &'static str, code: Option<i32>, stderr: &str) -> Option<ToolError> {
    if code != Some(i32::from(REFUSED)) {
        return None;
    }
    let word = stderr.lines().last()?.strip_prefix(SAYS)?;
    let (refusal, _) = REFUSALS.iter().find(|(_, known)| *known == word)?;
    let failed = |cause: &str| ToolError::Failed { program, status: "no start".into(), cause: cause.into() };
    Some(match refusal {
        Refusal::NoLandlock => ToolError::NoJail { lacking: "landlock" },
        Refusal::NoSeccomp => ToolError::NoJail { lacking: "seccomp" },
        Refusal::BadRules => failed("an input or output file is gone, or the jail helper is of another version"),
        Refusal::NoLimits => failed("its limits could not be set; check `ulimit -H -a`"),
        Refusal::Orphan => failed("the program that started it has ended"),
        Refusal::NotFound => failed("the program or the loader that it needs was not found"),
        Refusal::NotRun => {
            failed("the program cannot be run from inside the jail; a script in its place is not allowed")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_told_from_ffmpegs_own_failures() {
        for (refusal, word) in REFUSALS {
            assert_eq!(refusal.to_string(), *word);
            assert!(super::refusal("ffmpeg", Some(126), &format!("noise\n{SAYS}{word}\n")).is_some(), "{word}");
        }
        assert!(super::refusal("ffmpeg", Some(1), &format!("{SAYS}no-landlock\n")).is_none());
        assert!(super::refusal("ffmpeg", Some(126), "something else\n").is_none());
    }

    #[test]
    fn the_helper_refuses_what_it_does_not_understand() {
        let args = ["--everything", "--", "/bin/true"].map(OsString::from);
        assert_eq!(become_program(args).unwrap_err(), Refusal::BadRules);
    }
}
