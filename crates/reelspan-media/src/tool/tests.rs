//! What a run promises, without the jail; the jail's own tests are in tests/jail.rs.

use std::io::Read;
use std::sync::mpsc;

use reelspan_types::{Clock, SystemClock};

use super::*;

/// A run of ffmpeg with these arguments.
fn ffmpeg(args: &[&str]) -> Command {
    Command {
        program: Program::Ffmpeg,
        args: args.iter().map(Into::into).collect(),
        reads: Vec::new(),
        writes: Vec::new(),
        fonts: false,
        devices: false,
        pipes: 0,
        max_file_bytes: 1 << 30,
        time_limit: Some(Duration::from_secs(60)),
    }
}

const TONE: [&str; 4] = ["-f", "lavfi", "-i", "sine=d=1:r=8000"];
/// Longer than any test waits.
const ENDLESS: [&str; 5] = ["-re", "-f", "lavfi", "-i", "sine=r=8000"];

#[test]
fn a_run_gives_its_output_and_its_computing_time() {
    let output = for_tests().run(ffmpeg(&[&TONE[..], &["-f", "s16le", "-"]].concat()), &Cancel::new()).unwrap();
    assert_eq!(output.stdout.len(), 16_000);
    assert!(output.stderr.contains("Stream mapping"), "{}", output.stderr);
    assert!(output.cpu < Duration::from_secs(30));
    assert!(!format!("{output:?}").contains("mapping"));
}

#[test]
fn extra_pipes_arrive_in_order() {
    let mut command = ffmpeg(&[&TONE[..], &["-f", "s16le", "pipe:3", "-f", "u8", "pipe:4"]].concat());
    command.pipes = 2;
    let mut running = for_tests().spawn(command, &Cancel::new()).unwrap();
    let mut pipes = std::mem::take(&mut running.pipes).into_iter();
    let (mut first, mut second) = (pipes.next().unwrap(), pipes.next().unwrap());
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        first.read_to_end(&mut bytes).map(|_| bytes.len()).unwrap()
    });
    let mut bytes = Vec::new();
    second.read_to_end(&mut bytes).unwrap();
    assert_eq!((reader.join().unwrap(), bytes.len()), (16_000, 8_000));
    running.wait().unwrap();
}

#[test]
fn a_run_reads_what_it_is_fed_until_the_pipe_is_dropped() {
    let command = ffmpeg(&["-f", "u8", "-ar", "8000", "-ac", "1", "-i", "pipe:0", "-f", "u8", "pipe:1"]);
    let mut running = for_tests().spawn_fed(command, &Cancel::new()).unwrap();
    let (mut feed, mut stdout) = (running.stdin.take().unwrap(), running.stdout.take().unwrap());
    let fed: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let sent = fed.clone();
    let feeder = thread::spawn(move || std::io::Write::write_all(&mut feed, &sent));
    let mut read = Vec::new();
    stdout.read_to_end(&mut read).unwrap();
    feeder.join().unwrap().unwrap();
    running.wait().unwrap();
    assert_eq!(read, fed);
}

#[test]
fn a_fed_run_whose_pipe_nobody_took_ends() {
    let command = ffmpeg(&["-f", "u8", "-ar", "8000", "-ac", "1", "-i", "pipe:0", "-f", "null", "-"]);
    let ended = for_tests().run(command.clone(), &Cancel::new());
    let fed = for_tests().spawn_fed(command, &Cancel::new()).unwrap().wait();
    assert!(!matches!(ended, Err(ToolError::TimedOut { .. })), "{ended:?}");
    assert!(!matches!(fed, Err(ToolError::TimedOut { .. })), "{fed:?}");
}

#[test]
fn progress_is_passed_on_up_to_the_end() {
    let mut reports = Vec::new();
    let command = ffmpeg(&[&TONE[..], &["-f", "null", "-"]].concat());
    for_tests().run_with_progress(command, &Cancel::new(), &mut |progress| reports.push(progress)).unwrap();
    assert!((reports.last().unwrap().done - 1.0).abs() < 0.05, "{reports:?}");
    assert!(reports.is_sorted_by(|a, b| a.done <= b.done), "{reports:?}");
}

#[test]
fn a_cancel_ends_the_run_at_once_and_removes_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.wav");
    let mut command = ffmpeg(&ENDLESS);
    command.args.push(file_arg(&file));
    command.writes.push(file.clone());
    let (cancel, clock) = (Cancel::new(), SystemClock::new());
    let mut cancelled = None;
    let result = for_tests().run_with_progress(command, &cancel, &mut |_| {
        cancelled.get_or_insert_with(|| clock.steady());
        cancel.cancel();
    });
    let took = clock.steady() - cancelled.unwrap();
    assert!(matches!(result, Err(ToolError::Cancelled)), "{result:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(!file.exists());
}

#[test]
fn a_cancelled_flag_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = ffmpeg(&TONE);
    command.writes.push(folder.path().join("out.wav"));
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(matches!(for_tests().run(command, &cancel), Err(ToolError::Cancelled)));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_run_that_is_let_go_is_ended_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.wav");
    let mut command = ffmpeg(&[&ENDLESS[..], &["-f", "s16le", "-"]].concat());
    command.args.push(file_arg(&file));
    command.writes.push(file.clone());
    let mut running = for_tests().spawn(command, &Cancel::new()).unwrap();
    let mut stdout = running.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1]).unwrap();
    let (ended, has_ended) = mpsc::channel();
    thread::spawn(move || ended.send(stdout.read_to_end(&mut Vec::new()).is_ok()));
    drop(running);
    assert!(has_ended.recv_timeout(Duration::from_secs(5)).unwrap());
    assert!(!file.exists());
}

#[test]
fn time_runs_out() {
    let mut command = ffmpeg(&[&ENDLESS[..], &["-f", "null", "-"]].concat());
    command.time_limit = Some(Duration::from_millis(100));
    let error = for_tests().run(command, &Cancel::new()).unwrap_err();
    assert_eq!(error.code(), "tool_timed_out", "{error}");
}

#[test]
fn a_failed_run_removes_the_files_it_made_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let (new, old) = (folder.path().join("new.wav"), folder.path().join("old.wav"));
    std::fs::write(&old, "mine").unwrap();
    let mut command = ffmpeg(&["-f", "wav", "-i", "file:/nowhere/at-all.wav", "-f", "null", "-"]);
    command.writes = vec![new.clone(), old.clone()];
    let error = for_tests().run(command, &Cancel::new()).unwrap_err().to_string();
    assert_eq!(error, "ffmpeg ended with exit code 1: a file is missing");
    assert!(!new.exists());
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "mine");
}

#[test]
fn too_large_a_file_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.wav");
    let mut command = ffmpeg(&TONE);
    command.args.push(file_arg(&file));
    command.writes.push(file.clone());
    command.max_file_bytes = 4096;
    let error = for_tests().run(command, &Cancel::new()).unwrap_err().to_string();
    assert!(error.contains("more than one file may have"), "{error}");
    assert!(!file.exists());
}

#[test]
fn a_full_disk_is_said_plainly() {
    let mut command = ffmpeg(&[&TONE[..], &["-f", "s16le", "file:/dev/full"]].concat());
    command.writes.push("/dev/full".into());
    let error = for_tests().run(command, &Cancel::new()).unwrap_err();
    assert_eq!(error.code(), "disk_full", "{error}");
}

#[test]
fn a_program_that_is_not_there_is_named_with_the_cure() {
    let settings = |ffmpeg: Option<&str>, path: &str| Settings {
        ffmpeg: ffmpeg.map(Into::into),
        ffprobe: None,
        path: Some(path.into()),
        jail: Jail::Off,
        fonts: Vec::new(),
    };
    for (named, path) in
        [(None, "/nowhere"), (None, ""), (Some("/nowhere/ffmpeg"), "/usr/bin"), (Some("/etc/passwd"), "/usr/bin")]
    {
        let error = Tools::find(settings(named, path)).unwrap_err().to_string();
        assert!(error.starts_with("ffmpeg was not found") && error.contains("REELSPAN_FFMPEG"), "{error}");
    }
}

#[test]
fn names_that_mean_something_to_ffmpeg_mean_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["-i", "concat:a|b", "pipe:0", ".hidden", "a\nb", "it's \"q\": 100% %d,[v];\\", "http:", "ünï-日本"]
    {
        let file = folder.path().join(name);
        let mut command = ffmpeg(&[&TONE[..], &["-f", "wav"]].concat());
        command.args.push(file_arg(&file));
        command.writes.push(file.clone());
        for_tests().run(command, &Cancel::new()).unwrap();
        let mut back = ffmpeg(&["-f", "wav", "-i"]);
        back.args.extend([file_arg(&file), "-f".into(), "s16le".into(), "-".into()]);
        let output = for_tests().run(back, &Cancel::new()).unwrap();
        assert_eq!(output.stdout.len(), 16_000, "{name}");
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 8);
}

#[test]
fn a_run_sees_nothing_of_our_environment() {
    let tools = for_tests();
    let args = running::arguments(&tools, &ffmpeg(&["-version"]));
    assert_eq!(args, ["-hide_banner", "-nostdin", "-y", "-version"]);
}
