//! A throw-away Postgres of the machine's own package: made, started and removed by the test that wants it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// How many this process started: tests may share one.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running cluster. Dropped, it is gone with all that is in it.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    server: Child,
    made: AtomicU32,
}

impl Postgres {
    /// Starts one, or says visibly that Postgres is not installed here.
    #[expect(clippy::print_stdout, reason = "a skipped test must say so")]
    #[expect(clippy::disallowed_methods, reason = "a test's own server is no media")]
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!("SKIPPED: Postgres is not here; install the package `postgresql`");
            return None;
        };
        // Sockets have short names at most, so not below a deep target folder.
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(format!("/tmp/reelspan-pg-{}-{number}", std::process::id()));
        let _left_by_a_killed_test = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).expect("a folder for Postgres");
        if is_root() {
            succeed(Command::new("chown").arg("postgres").arg(&folder));
        }
        let data = folder.join("data");
        let init = ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-D"];
        succeed(as_postgres(&programs.join("initdb")).args(init).arg(&data));
        let mut start = as_postgres(&programs.join("postgres"));
        start.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in ["listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=60"] {
            start.args(["-c", setting]);
        }
        let server = start.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("Postgres starts");
        let started = Self { folder, programs, server, made: AtomicU32::new(0) };
        started.wait();
        Some(started)
    }

    /// A fresh, empty database; its address.
    #[expect(clippy::disallowed_methods, reason = "a test's own server is no media")]
    pub fn database(&self) -> String {
        let name = format!("test{}", self.made.fetch_add(1, Ordering::Relaxed));
        succeed(
            Command::new(self.programs.join("createdb")).args(["-U", "postgres", "-h"]).arg(&self.folder).arg(&name),
        );
        format!("postgres:///{name}?host={}&user=postgres", self.folder.display())
    }

    #[expect(clippy::disallowed_methods, reason = "a test's own server is no media")]
    fn wait(&self) {
        for _ in 0..200 {
            let ready = Command::new(self.programs.join("pg_isready")).arg("-q").arg("-h").arg(&self.folder).status();
            if ready.is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("Postgres did not become ready within 10 s");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The newest of Debian's versions, or what the PATH has.
#[expect(clippy::disallowed_methods, reason = "tests find the program by the environment")]
fn programs() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    places.sort();
    places.reverse();
    places.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    places.into_iter().find(|place| place.join("initdb").is_file() && place.join("postgres").is_file())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// Postgres refuses to be run by root. It ends with the test, however that ends.
#[expect(clippy::disallowed_methods, reason = "a test's own server is no media")]
fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=KILL");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.arg("--").arg(program).current_dir("/tmp");
    command
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
