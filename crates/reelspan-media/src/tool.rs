//! Runs ffmpeg and ffprobe, in the jail, with progress, cancellation and bounded output.

mod cause;
mod progress;
mod running;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use reelspan_types::Cancel;

use progress::Block;

pub use running::Running;

/// What [`Tools::run`] keeps of standard output; a run that prints more is ended.
const MOST_STDOUT: usize = 64 << 20;
/// No finished file is larger, whatever a damaged input makes of itself.
const MOST_FILE: u64 = 64 << 30;

/// Where the programs are and how they are locked up. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tools {
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
    /// How to start the jail helper: a program and its first arguments.
    pub jail: Jail,
    /// Folders with fonts that libass may read.
    pub fonts: Vec<PathBuf>,
}

/// What [`Tools::find`] goes by. The library reads no environment; the caller hands it `PATH`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Named by the user; none is looked for in `path`.
    pub ffmpeg: Option<PathBuf>,
    pub ffprobe: Option<PathBuf>,
    /// The value of `PATH`.
    pub path: Option<OsString>,
    pub jail: Jail,
    pub fonts: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
pub enum Jail {
    /// `program args... RULES -- ffmpeg ...`, as [`crate::jail::main`] reads it.
    Helper { program: PathBuf, args: Vec<OsString> },
    /// The user opted out.
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Ffmpeg,
    Ffprobe,
}

/// One run: what it is told, what it may read and write, and nothing else.
#[derive(Debug, Clone)]
pub struct Command {
    pub program: Program,
    pub args: Vec<OsString>,
    /// Files (or folders) that it may read.
    pub reads: Vec<PathBuf>,
    /// Files that it may write; made empty beforehand if absent, removed again if the run fails.
    pub writes: Vec<PathBuf>,
    /// It draws text: fonts and fontconfig may be read.
    pub fonts: bool,
    /// A hardware encoder is used: /dev/dri and /dev/nvidia* may be opened.
    pub devices: bool,
    /// Extra output pipes: the run sees them as `pipe:3`, `pipe:4`, ...
    pub pipes: usize,
    /// Most bytes that one written file may have.
    pub max_file_bytes: u64,
    /// Wall time after which it is ended; none for work of unknown length.
    pub time_limit: Option<Duration>,
}

/// What a run left behind.
#[derive(Clone)]
pub struct Output {
    pub stdout: Vec<u8>,
    /// The last 64 KiB. May name files: never put it into a log or an error.
    pub stderr: String,
    /// User plus system time of the child.
    pub cpu: Duration,
}

/// ffmpeg's own report while it works.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Seconds of output written so far.
    pub done: f64,
    pub frame: u64,
    /// Seconds of output a second.
    pub speed: Option<f64>,
}

#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    #[error("{program} was not found; install it (`apt-get install ffmpeg`) or name it with {setting}")]
    Missing { program: &'static str, setting: &'static str },
    #[error("cancelled")]
    Cancelled,
    #[error("{program} ended with {status}: {cause}")]
    Failed { program: &'static str, status: String, cause: String },
    #[error("{program} was still running after {seconds} s and was ended")]
    TimedOut { program: &'static str, seconds: u64 },
    #[error("the disk is full")]
    DiskFull,
    #[error(
        "this system has no {lacking}, so untrusted media cannot be locked up; use a Linux kernel of 5.13 or later that has it, or allow it to run unlocked with --no-jail"
    )]
    NoJail { lacking: &'static str },
    #[error("{what}: {source}")]
    Io { what: &'static str, source: std::io::Error },
}

impl ToolError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "tool_missing",
            Self::Cancelled => "cancelled",
            Self::Failed { .. } => "tool_failed",
            Self::TimedOut { .. } => "tool_timed_out",
            Self::DiskFull => "disk_full",
            Self::NoJail { .. } => "no_jail",
            Self::Io { .. } => "io",
        }
    }

    /// For `map_err`, with what was being done.
    pub(crate) fn io(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}

impl Jail {
    /// The helper within a program that hands what follows [`crate::jail::SUBCOMMAND`] to [`crate::jail::main`].
    pub fn within(program: PathBuf) -> Self {
        Self::Helper { program, args: vec![crate::jail::SUBCOMMAND.into()] }
    }
}

impl Command {
    /// A run of ffmpeg that reads and writes nothing until it is told to.
    pub fn ffmpeg(args: Vec<OsString>) -> Self {
        Self {
            program: Program::Ffmpeg,
            args,
            reads: Vec::new(),
            writes: Vec::new(),
            fonts: false,
            devices: false,
            pipes: 0,
            max_file_bytes: MOST_FILE,
            time_limit: None,
        }
    }

    #[must_use]
    pub fn reading(mut self, path: &Path) -> Self {
        self.reads.push(path.to_owned());
        self
    }

    #[must_use]
    pub fn writing(mut self, path: &Path) -> Self {
        self.writes.push(path.to_owned());
        self
    }
}

impl Program {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ffmpeg => "ffmpeg",
            Self::Ffprobe => "ffprobe",
        }
    }
}

impl fmt::Debug for Output {
    /// Sizes only: both streams may hold what the user's files hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("stdout_bytes", &self.stdout.len())
            .field("stderr_bytes", &self.stderr.len())
            .field("cpu", &self.cpu)
            .finish()
    }
}

/// Names a file so that ffmpeg takes it for nothing but a file: `-i`, `concat:x` and `pipe:` lose their meaning.
pub fn file_arg(path: &Path) -> OsString {
    let mut arg = OsString::from("file:");
    // An absolute path keeps its meaning whatever folder the run is in.
    arg.push(std::path::absolute(path).as_deref().unwrap_or(path));
    arg
}

impl Tools {
    /// Takes the named programs, or the first of their name in `PATH`.
    pub fn find(settings: Settings) -> Result<Self, ToolError> {
        let Settings { ffmpeg, ffprobe, path, jail, fonts } = settings;
        let find = |named: Option<PathBuf>, program: Program, setting| {
            let missing = ToolError::Missing { program: program.name(), setting };
            locate(named.as_deref(), program.name(), path.as_deref()).ok_or(missing)
        };
        let ffmpeg = find(ffmpeg, Program::Ffmpeg, "REELSPAN_FFMPEG")?;
        let ffprobe = find(ffprobe, Program::Ffprobe, "REELSPAN_FFPROBE")?;
        Ok(Self { ffmpeg, ffprobe, jail, fonts })
    }

    /// Starts a run whose output is read through pipes. A cancel ends it within half a second.
    pub fn spawn(&self, command: Command, cancel: &Cancel) -> Result<Running, ToolError> {
        running::start(self, command, false, cancel)
    }

    /// The same for a run that reads `pipe:0`: what is written into [`Running::stdin`] reaches it, and dropping that tells it
    /// that there is no more.
    pub fn spawn_fed(&self, command: Command, cancel: &Cancel) -> Result<Running, ToolError> {
        running::start(self, command, true, cancel)
    }

    /// Runs to the end, keeping up to 64 MiB of standard output. Extra pipes are read to nowhere.
    pub fn run(&self, command: Command, cancel: &Cancel) -> Result<Output, ToolError> {
        let mut running = self.spawn(command, cancel)?;
        for pipe in std::mem::take(&mut running.pipes) {
            thread::spawn(move || std::io::copy(&mut BufReader::new(pipe), &mut std::io::sink()));
        }
        finish(running)
    }

    /// Runs ffmpeg to the end and passes on its own progress reports (adds `-progress` itself).
    pub fn run_with_progress(
        &self,
        mut command: Command,
        cancel: &Cancel,
        on: &mut dyn FnMut(Progress),
    ) -> Result<Output, ToolError> {
        let pipe = format!("pipe:{}", 3 + command.pipes);
        command.pipes += 1;
        command.args.splice(0..0, ["-progress".into(), pipe.into(), "-nostats".into()]);
        let mut running = self.spawn(command, cancel)?;
        let mut pipes = std::mem::take(&mut running.pipes);
        let reports = pipes.pop();
        for pipe in pipes {
            thread::spawn(move || std::io::copy(&mut BufReader::new(pipe), &mut std::io::sink()));
        }
        let stdout = running.stdout.take();
        let reader = thread::spawn(move || keep(stdout));
        if let Some(reports) = reports {
            let mut block = Block::default();
            // A broken line is no reason to stop listening: the pipe must be read to its end.
            for line in BufReader::new(reports).split(b'\n').map_while(Result::ok) {
                if let Some(progress) = block.line(&String::from_utf8_lossy(&line)) {
                    on(progress);
                }
            }
        }
        settle(running, reader.join().unwrap_or_default())
    }
}

/// Reads standard output on this thread, then waits.
fn finish(mut running: Running) -> Result<Output, ToolError> {
    let kept = keep(running.stdout.take());
    settle(running, kept)
}

/// What was read, and whether there was more than may be kept.
type Kept = (Vec<u8>, bool);

fn keep(stdout: Option<File>) -> Kept {
    let mut bytes = Vec::new();
    let Some(stdout) = stdout else { return (bytes, false) };
    // One byte more than allowed tells too much from just enough. Dropping the pipe then ends the run.
    let read = stdout.take(MOST_STDOUT as u64 + 1).read_to_end(&mut bytes);
    let too_much = read.is_ok() && bytes.len() > MOST_STDOUT;
    (bytes, too_much)
}

fn settle(running: Running, (stdout, too_much): Kept) -> Result<Output, ToolError> {
    let program = running.program();
    if too_much {
        drop(running);
        let cause = format!("it printed more than {} MiB", MOST_STDOUT >> 20);
        return Err(ToolError::Failed { program, status: "too much output".into(), cause });
    }
    let output = running.wait()?;
    Ok(Output { stdout, ..output })
}

/// A named program as it is, else the first executable file of that name in `PATH`.
fn locate(named: Option<&Path>, name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    if let Some(named) = named {
        return is_program(named).then(|| std::path::absolute(named).unwrap_or_else(|_| named.to_owned()));
    }
    std::env::split_paths(path?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|p| is_program(p))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// For unit tests of this crate: the machine's own ffmpeg, unlocked (the jail has its own tests).
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests find ffmpeg as a user's shell would")]
pub(crate) fn for_tests() -> Tools {
    let path = std::env::var_os("PATH");
    let settings = Settings { ffmpeg: None, ffprobe: None, path, jail: Jail::Off, fonts: Vec::new() };
    Tools::find(settings).expect("tests need ffmpeg")
}

#[cfg(test)]
mod tests;
