//! Every run comes to its end: by cancel, with its parent, and without leftovers.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::process::{Child, Stdio};
use std::time::Duration;

use reelspan_media::tool::{Jail, ToolError, file_arg};
use reelspan_types::{Cancel, Clock, SystemClock};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::tools::{bare, ffmpeg, jailed};

/// Works for ever and says nothing.
const ENDLESS: &str = "-v quiet -nostats -re -f lavfi -i sine=r=8000 -f null -";

#[test]
fn a_cancel_ends_a_jailed_run_within_a_second_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.mp4");
    let mut command = ffmpeg("-f lavfi -i testsrc2=s=640x480:r=30 -c:v libx264 -preset ultrafast");
    command.args.push(file_arg(&out));
    command.writes.push(out.clone());
    let (cancel, clock) = (Cancel::new(), SystemClock::new());
    let mut when = None;
    let result = jailed().run_with_progress(command, &cancel, &mut |progress| {
        if progress.frame > 0 {
            when.get_or_insert_with(|| clock.steady());
            cancel.cancel();
        }
    });
    let took = clock.steady() - when.unwrap();
    assert!(matches!(result, Err(ToolError::Cancelled)), "{result:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_run_outlives_the_thread_that_began_it() {
    let running =
        std::thread::spawn(|| jailed().spawn(ffmpeg("-re -f lavfi -i sine=r=8000:d=1 -f null -"), &Cancel::new()));
    running.join().unwrap().unwrap().wait().unwrap();
}

#[test]
fn a_helper_that_is_missing_is_said() {
    let mut tools = jailed();
    tools.jail = Jail::Helper { program: "/nowhere/helper".into(), args: Vec::new() };
    let error = tools.run(ffmpeg("-version"), &Cancel::new()).unwrap_err();
    assert_eq!(error.code(), "no_jail");
}

#[test]
fn an_input_that_is_gone_is_said() {
    let mut command = ffmpeg("-version");
    command.reads.push("/nowhere/film.mp4".into());
    let error = jailed().run(command, &Cancel::new()).unwrap_err().to_string();
    assert!(error.contains("an input or output file is gone"), "{error}");
}

/// Not a test: the parent that is to be killed, begun by the test below.
#[test]
#[ignore = "plays the parent in `a_killed_parent_takes_its_run_along`"]
#[expect(clippy::disallowed_methods, reason = "its part is told through the environment")]
fn parent() {
    let tools = if std::env::var_os("REELSPAN_TEST_BARE").is_some() { bare() } else { jailed() };
    let running = tools.spawn(ffmpeg(ENDLESS), &Cancel::new()).unwrap();
    writeln!(std::io::stderr(), "running").unwrap();
    running.wait().unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a parent to kill must be a process of its own")]
fn begin_parent(unlocked: bool) -> Child {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "endings::parent", "--ignored", "--nocapture"]);
    if unlocked {
        command.env("REELSPAN_TEST_BARE", "1");
    }
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The one child of a process.
fn only_child(parent: u32) -> Option<Pid> {
    let parent = format!(" {parent} ");
    std::fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let after_name = &stat[stat.rfind(')')? + 1..];
        after_name.get(2..)?.starts_with(&parent).then(|| Pid::from_raw(pid))?
    })
}

/// Whether the run ends by itself within this time after its parent was killed.
fn ends_with_its_parent(unlocked: bool, within: Duration) -> bool {
    let mut parent = begin_parent(unlocked);
    let lines = BufReader::new(parent.stderr.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "running"));
    let pid = only_child(parent.id()).unwrap();
    let handle = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    let mut fds = [PollFd::from_borrowed_fd(handle.as_fd(), PollFlags::IN)];
    let within = Timespec { tv_sec: within.as_secs() as i64, tv_nsec: i64::from(within.subsec_nanos()) };
    let ended = poll(&mut fds, Some(&within)).unwrap() > 0;
    if !ended {
        kill_process(pid, Signal::KILL).unwrap();
    }
    ended
}

#[test]
fn a_killed_parent_takes_its_run_along() {
    assert!(ends_with_its_parent(false, Duration::from_secs(5)));
    assert!(
        !ends_with_its_parent(true, Duration::from_millis(300)),
        "it ends without the jail too, so this shows nothing"
    );
}
