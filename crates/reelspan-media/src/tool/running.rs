//! One child from start to end: its thread starts it, watches it and ends it.

use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use reelspan_types::{Cancel, Clock, SystemClock};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal, kill_process_group, pidfd_open, prlimit};

use super::{Command, Jail, Output, Program, ToolError, Tools, cause};
use crate::jail;

/// How often a watcher looks at the cancel flag and the clock.
const LOOK: Duration = Duration::from_millis(50);
/// What is kept of standard error.
const MOST_STDERR: usize = 64 << 10;

/// A run under way: read its pipes, then wait for it. Dropped early, it is ended.
#[derive(Debug)]
pub struct Running {
    /// `pipe:0` of a run that was started to be fed.
    pub stdin: Option<File>,
    pub stdout: Option<File>,
    /// `pipe:3`, `pipe:4`, ...
    pub pipes: Vec<File>,
    program: Program,
    time_limit: Option<Duration>,
    watcher: Option<JoinHandle<io::Result<Ended>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    abandoned: Arc<AtomicBool>,
    /// Files that were made for this run.
    made: Vec<PathBuf>,
}

/// Why and how a child came to its end.
#[derive(Debug)]
struct Ended {
    why: Why,
    status: ExitStatus,
    cpu: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    ByItself,
    Cancelled,
    TimedOut,
    Abandoned,
}

impl Running {
    pub(super) fn program(&self) -> &'static str {
        self.program.name()
    }

    /// Waits for the end; the pipes must have been taken or read to their end.
    pub fn wait(mut self) -> Result<Output, ToolError> {
        // What nobody took nobody reads or feeds: without this a run would wait for ever.
        self.stdin = None;
        self.stdout = None;
        self.pipes.clear();
        let ended = join(self.watcher.take()).map_err(ToolError::io("waiting for a program failed"))?;
        let stderr = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        let program = self.program();
        match ended.why {
            // It reports success even when the end of its output could not be written.
            Why::ByItself if ended.status.success() && !cause::unfinished(&stderr) => {
                self.made.clear();
                Ok(Output { stdout: Vec::new(), stderr, cpu: ended.cpu })
            }
            Why::ByItself => {
                if let Some(error) = jail::refusal(program, ended.status.code(), &stderr) {
                    return Err(error);
                }
                Err(cause::failed(program, ended.status.code(), ended.status.signal(), &stderr))
            }
            Why::Cancelled | Why::Abandoned => Err(ToolError::Cancelled),
            Why::TimedOut => {
                Err(ToolError::TimedOut { program, seconds: self.time_limit.unwrap_or_default().as_secs() })
            }
        }
    }
}

impl Drop for Running {
    /// Ends what still runs, then removes what it left half-written.
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::SeqCst);
        self.stdin = None;
        self.stdout = None;
        self.pipes.clear();
        // Nobody is left to hear of a failure here.
        let _ended = join(self.watcher.take());
        if let Some(stderr) = self.stderr.take() {
            let _rest = stderr.join();
        }
        remove(&self.made);
    }
}

fn join(watcher: Option<JoinHandle<io::Result<Ended>>>) -> io::Result<Ended> {
    let gone = || io::Error::other("its watcher is gone");
    watcher.ok_or_else(gone)?.join().map_err(|_| gone())?
}

/// Makes the output files and pipes and starts the child on a thread of its own.
pub(super) fn start(tools: &Tools, command: Command, fed: bool, cancel: &Cancel) -> Result<Running, ToolError> {
    if cancel.is_cancelled() {
        return Err(ToolError::Cancelled);
    }
    if matches!(tools.jail, Jail::Helper { .. }) {
        jail::available().map_err(|lacking| ToolError::NoJail { lacking })?;
    }
    let program = command.program;
    let no_pipe = ToolError::io("a pipe could not be made");
    let (stdout, stdout_end) = io::pipe().map_err(&no_pipe)?;
    let (stderr, stderr_end) = io::pipe().map_err(&no_pipe)?;
    let (stdin_end, stdin) = if fed {
        let (end, stdin) = io::pipe().map_err(&no_pipe)?;
        (Stdio::from(end), Some(File::from(OwnedFd::from(stdin))))
    } else {
        (Stdio::null(), None)
    };
    let mut pipes = Vec::new();
    let mut ends = Vec::new();
    for _ in 0..command.pipes {
        let (pipe, end) = io::pipe().map_err(&no_pipe)?;
        pipes.push(File::from(OwnedFd::from(pipe)));
        ends.push(end);
    }
    let made = make(&command.writes)?;
    let abandoned = Arc::new(AtomicBool::new(false));
    let mut running = Running {
        stdin,
        stdout: Some(File::from(OwnedFd::from(stdout))),
        pipes,
        program,
        time_limit: command.time_limit,
        watcher: None,
        stderr: None,
        abandoned: Arc::clone(&abandoned),
        made,
    };
    let child = prepare(tools, &command, (stdin_end, stdout_end, stderr_end), ends)?;
    let watch = Watch { cancel: cancel.clone(), abandoned, time_limit: command.time_limit };
    let file_limit = matches!(tools.jail, Jail::Off).then_some(command.max_file_bytes);
    let no_thread = ToolError::io("a thread could not be started");
    let (started, has_started) = mpsc::channel();
    let watcher =
        thread::Builder::new().name("watch-tool".into()).spawn(move || watch.run(child, file_limit, &started));
    running.watcher = Some(watcher.map_err(&no_thread)?);
    let drain = thread::Builder::new().name("drain-tool".into()).spawn(move || tail(stderr));
    running.stderr = Some(drain.map_err(&no_thread)?);
    match has_started.recv() {
        Ok(Ok(())) => Ok(running),
        Ok(Err(source)) => Err(not_started(tools, program, source)),
        Err(_) => Err(ToolError::Cancelled),
    }
}

fn not_started(tools: &Tools, program: Program, source: io::Error) -> ToolError {
    let setting = match program {
        Program::Ffmpeg => "REELSPAN_FFMPEG",
        Program::Ffprobe => "REELSPAN_FFPROBE",
    };
    match (&tools.jail, source.kind()) {
        (Jail::Off, io::ErrorKind::NotFound) => ToolError::Missing { program: program.name(), setting },
        (Jail::Helper { .. }, io::ErrorKind::NotFound) => {
            ToolError::NoJail { lacking: "jail helper beside the program" }
        }
        _ => ToolError::Io { what: "a program could not be started", source },
    }
}

/// Makes the outputs that are absent, so that a rule can name each; says which those were.
fn make(writes: &[PathBuf]) -> Result<Vec<PathBuf>, ToolError> {
    let mut made = Vec::new();
    for path in writes {
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => made.push(path.clone()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                remove(&made);
                let full = error.kind() == io::ErrorKind::StorageFull || error.kind() == io::ErrorKind::QuotaExceeded;
                let other = ToolError::Io { what: "an output file could not be made", source: error };
                return Err(if full { ToolError::DiskFull } else { other });
            }
        }
    }
    Ok(made)
}

fn remove(paths: &[PathBuf]) {
    for path in paths {
        // It may be gone already, and nobody is left to hear of it.
        let _gone = std::fs::remove_file(path);
    }
}

/// The child as it is to be started: in the jail, in its own process group, knowing nothing of our environment.
#[expect(clippy::disallowed_methods, reason = "the one lawful place to run ffmpeg")]
fn prepare(
    tools: &Tools,
    command: &Command,
    (stdin, stdout, stderr): (Stdio, PipeWriter, PipeWriter),
    pipes: Vec<PipeWriter>,
) -> Result<std::process::Command, ToolError> {
    let program = match command.program {
        Program::Ffmpeg => &tools.ffmpeg,
        Program::Ffprobe => &tools.ffprobe,
    };
    let mut child = match &tools.jail {
        Jail::Off => std::process::Command::new(program),
        Jail::Helper { program: helper, args } => {
            let mut child = std::process::Command::new(helper);
            child.args(args).args(jail::Rules::of(tools, command, program).to_args());
            child
        }
    };
    child.arg("-hide_banner");
    if command.program == Program::Ffmpeg {
        // The outputs exist already, so it must be told that it may overwrite them.
        child.args(["-nostdin", "-y"]);
    }
    child.args(&command.args).env_clear().env("LANG", "C.UTF-8").current_dir("/");
    child.stdin(stdin).stdout(stdout).stderr(stderr).process_group(0);
    let ends = pipes.into_iter().zip(3..).map(|(end, child_fd)| FdMapping { parent_fd: end.into(), child_fd });
    let mapped = child.fd_mappings(ends.collect());
    mapped
        .map_err(|source| ToolError::Io { what: "a pipe could not be passed on", source: io::Error::other(source) })?;
    Ok(child)
}

/// Keeps the last 64 KiB and lets the rest go.
fn tail(mut stderr: PipeReader) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..count]);
        if kept.len() > 2 * MOST_STDERR {
            kept.drain(..kept.len() - MOST_STDERR);
        }
    }
    kept.drain(..kept.len().saturating_sub(MOST_STDERR));
    kept
}

/// What can end a child before its time.
struct Watch {
    cancel: Cancel,
    abandoned: Arc<AtomicBool>,
    time_limit: Option<Duration>,
}

impl Watch {
    /// Starts the child and stays until it is gone. The kernel ends a jailed child with the thread that started it,
    /// so it must be this one and not the caller's, which may be gone sooner.
    fn run(
        self,
        mut command: std::process::Command,
        file_limit: Option<u64>,
        started: &mpsc::Sender<io::Result<()>>,
    ) -> io::Result<Ended> {
        let spawned = command.spawn();
        // The command holds our copies of the child's pipe ends: readers would wait for ever.
        drop(command);
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                let kind = error.kind();
                let _nobody = started.send(Err(error));
                return Err(kind.into());
            }
        };
        let _heard = started.send(Ok(()));
        let pid = Pid::from_child(&child);
        if let Some(limit) = file_limit {
            let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
            // Without the jail this is a courtesy; the child may be gone already.
            let _set = prlimit(Some(pid), Resource::Fsize, limit);
        }
        let why = self.watch(pid);
        // Still unreaped, so its number cannot have been given to another.
        let _gone = kill_process_group(pid, Signal::KILL);
        let why = why.inspect_err(|_| drop(child.kill()))?;
        self.reap(&mut child, pid, why)
    }

    /// Returns once the child has ended or should.
    fn watch(&self, pid: Pid) -> io::Result<Why> {
        let clock = SystemClock::new();
        let from = clock.steady();
        let handle = pidfd_open(pid, PidfdFlags::empty())?;
        let look = Timespec { tv_sec: 0, tv_nsec: LOOK.as_nanos() as i64 };
        loop {
            let mut fds = [PollFd::from_borrowed_fd(handle.as_fd(), PollFlags::IN)];
            match poll(&mut fds, Some(&look)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(Why::ByItself),
                Err(error) => return Err(error.into()),
            }
            if self.cancel.is_cancelled() {
                return Ok(Why::Cancelled);
            }
            if self.abandoned.load(Ordering::SeqCst) {
                return Ok(Why::Abandoned);
            }
            if self.time_limit.is_some_and(|limit| clock.steady().saturating_sub(from) >= limit) {
                return Ok(Why::TimedOut);
            }
        }
    }

    fn reap(&self, child: &mut Child, pid: Pid, why: Why) -> io::Result<Ended> {
        let handle = pidfd_open(pid, PidfdFlags::empty())?;
        let mut fds = [PollFd::from_borrowed_fd(handle.as_fd(), PollFlags::IN)];
        while poll(&mut fds, None) == Err(rustix::io::Errno::INTR) {}
        // Its times can be read between its end and its reaping.
        let cpu = cpu_time(pid).unwrap_or_default();
        let status = child.wait()?;
        // Ended by itself in the same moment as it was cancelled: the cancel counts, for the caller has given up.
        let why = if why == Why::ByItself && self.cancel.is_cancelled() { Why::Cancelled } else { why };
        Ok(Ended { why, status, cpu })
    }
}

/// User plus system time of an ended child, to a hundredth of a second.
fn cpu_time(pid: Pid) -> Option<Duration> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.as_raw_nonzero().to_string()).join("stat")).ok()?;
    // The program's name may hold spaces and brackets; the fields after it may not.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
}

/// The whole argument list as it will be run, for tests of what is passed on.
#[cfg(test)]
pub(super) fn arguments(tools: &Tools, command: &Command) -> Vec<std::ffi::OsString> {
    let (_, stdout) = io::pipe().unwrap();
    let (_, stderr) = io::pipe().unwrap();
    let child = prepare(tools, command, (Stdio::null(), stdout, stderr), Vec::new()).unwrap();
    child.get_args().map(Into::into).collect()
}
