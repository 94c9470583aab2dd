//! One installation of the service for one test: its folder, its processes, its clients.

use std::cell::Cell;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::processes;
use crate::support::Machine;

/// So short that jobs of a killed process go on soon, so long that a busy machine does not lose its own.
const LEASE: &str = "3s";
const LOOK: Duration = Duration::from_millis(20);

pub(crate) struct House {
    pub(crate) machine: Machine,
    pub(crate) database: Option<String>,
    started: Cell<usize>,
}

/// A running `serve` or `worker`.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    /// Of a worker it is nobody's.
    pub(crate) address: SocketAddr,
}

/// Waits for something that has to come, by looking.
#[track_caller]
pub(crate) fn eventually(seconds: u32, what: &str, mut come: impl FnMut() -> bool) {
    for _ in 0..seconds * 50 {
        if come() {
            return;
        }
        std::thread::sleep(LOOK);
    }
    panic!("not within {seconds} s: {what}");
}

impl House {
    pub(crate) fn new() -> Self {
        Self { machine: Machine::new(), database: None, started: Cell::new(0) }
    }

    pub(crate) fn on(database: String) -> Self {
        Self { database: Some(database), ..Self::new() }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.machine.path("data")
    }

    /// A key of the owner's workspace.
    pub(crate) fn key(&self) -> String {
        let mut args = vec!["keys", "create", "test"];
        args.extend(self.database.iter().flat_map(|url| ["--database", url.as_str()]));
        self.machine.run(&args).ok().stdout.trim().to_owned()
    }

    #[track_caller]
    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        self.start(&[&["serve", "--listen", "127.0.0.1:0"], args].concat(), &[])
    }

    #[track_caller]
    pub(crate) fn serve_saying(&self, format: &str) -> Server {
        self.serve(&["--log-format", format])
    }

    #[track_caller]
    pub(crate) fn worker(&self, args: &[&str]) -> Server {
        self.start(&[&["worker"], args].concat(), &[])
    }

    /// `within` is a program that starts the service, with its arguments.
    #[track_caller]
    pub(crate) fn start(&self, args: &[&str], within: &[&str]) -> Server {
        self.started.set(self.started.get() + 1);
        let log = self.log(self.started.get());
        let mut args = args.to_vec();
        args.extend(["--lease", LEASE, "--processors", "2"]);
        args.extend(self.database.iter().flat_map(|url| ["--database", url.as_str()]));
        let mut command = self.machine.command_within(within, &args);
        command.stdout(File::create(self.machine.path(&format!("said-{}.txt", self.started.get()))).unwrap());
        command.stderr(File::create(&log).unwrap()).stdin(Stdio::null());
        let mut server =
            Server { child: command.spawn().unwrap(), log, address: SocketAddr::from(([127, 0, 0, 1], 1)) };
        let is_worker = args[0] == "worker";
        eventually(60, "the service starts", || {
            let log = server.log();
            assert!(server.child.try_wait().unwrap().is_none(), "it ended: {log}");
            // The port is the system's choice; both kinds of lines name it.
            let serving = log.lines().find(|line| line.contains("serving"));
            if let Some((_, after)) = serving.and_then(|line| line.split_once("\"http://")) {
                server.address = after.split('"').next().unwrap().parse().unwrap();
                return true;
            }
            is_worker && log.contains("working")
        });
        server
    }

    fn log(&self, number: usize) -> PathBuf {
        self.machine.path(&format!("serve-{number}.log"))
    }

    /// What all its processes wrote, one after the other.
    pub(crate) fn logs(&self) -> String {
        (1..=self.started.get()).map(|number| std::fs::read_to_string(self.log(number)).unwrap()).collect()
    }

    /// What the last one printed for its operator.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.machine.path(&format!("said-{}.txt", self.started.get()))).unwrap()
    }

    /// A small clip of one second.
    pub(crate) fn clip(&self) -> Vec<u8> {
        self.film("testsrc2=s=160x120:r=10:d=1")
    }

    /// Takes a minute and more to encode as [`slow`] asks.
    pub(crate) fn long_clip(&self) -> Vec<u8> {
        self.film("testsrc2=s=1280x720:r=25:d=60")
    }

    pub(crate) fn film(&self, picture: &str) -> Vec<u8> {
        let file = self.machine.path("film.mp4");
        let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
        reelspan_testing::make_media(&[&["-f", "lavfi", "-i", picture][..], &encode].concat(), &file);
        std::fs::read(file).unwrap()
    }

    /// Waits for an ffmpeg that works on a job; its id.
    #[track_caller]
    pub(crate) fn ffmpeg(&self) -> u32 {
        let mut found = None;
        eventually(60, "ffmpeg works", || {
            found = processes::ffmpeg(&self.data().join("scratch"));
            found.is_some()
        });
        found.unwrap()
    }

    /// Nothing works on this installation's files.
    #[track_caller]
    pub(crate) fn nothing_works(&self, seconds: u32) {
        let mut left = Vec::new();
        eventually(seconds, "the last process ends that works on its files", || {
            left = processes::naming(&self.data());
            left.is_empty()
        });
    }
}

impl Server {
    pub(crate) fn client(&self, key: &str) -> Client {
        Client { address: self.address, key: key.to_owned() }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// As a power cut of its process: nothing is said, nothing is tidied.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn tell(&self, signal: &str) {
        processes::tell(self.child.id(), signal);
    }

    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    #[track_caller]
    pub(crate) fn ends(mut self, seconds: u32) -> ExitStatus {
        let mut ended = None;
        eventually(seconds, "the service ends", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap()
    }

    /// It still answers.
    #[track_caller]
    pub(crate) fn is_ready(&self) {
        self.client("").get("/readyz").is(200);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A transcode of one file.
pub(crate) fn quick(handle: &str) -> Value {
    let options = [json!({ "option": "-preset", "argument": "ultrafast" })];
    json!({ "inputs": [{ "url": handle }], "format": "mp4", "options": options })
}

pub(crate) fn slow(handle: &str) -> Value {
    let options = [json!({ "option": "-preset", "argument": "veryslow" })];
    json!({ "inputs": [{ "url": handle }], "format": "mp4", "options": options })
}
