//! A throw-away S3: the program s3s-fs over a folder, and a way to it that fails as real ones do.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

static MADE: AtomicU32 = AtomicU32::new(0);

/// A running server with one bucket. Dropped, it is gone with all that is in it.
#[derive(Debug)]
pub struct S3Server {
    folder: PathBuf,
    address: SocketAddr,
    server: Child,
}

impl S3Server {
    pub const BUCKET: &str = "files";
    pub const ACCESS_KEY: &str = "test-access";
    pub const SECRET_KEY: &str = "test-secret";

    /// Starts one, or says visibly that s3s-fs is not installed here.
    #[expect(clippy::print_stdout, reason = "a skipped test must say so")]
    #[expect(clippy::disallowed_methods, reason = "a test's own server is no media")]
    pub fn start() -> Option<Self> {
        let Some(program) = program() else {
            println!("SKIPPED: s3s-fs is not here; ./x test installs it");
            return None;
        };
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("reelspan-s3-{}-{number}", std::process::id()));
        let _left_by_a_killed_test = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join(Self::BUCKET)).expect("a folder for S3");
        let address = free_address();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig=KILL", "--"]).arg(program).args(["--host", "127.0.0.1", "--port"]);
        command.arg(address.port().to_string());
        command.args(["--access-key", Self::ACCESS_KEY, "--secret-key", Self::SECRET_KEY]).arg(&folder);
        let server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("s3s-fs starts");
        let started = Self { folder, address, server };
        started.wait();
        Some(started)
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait(&self) {
        for _ in 0..200 {
            if TcpStream::connect(self.address).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("s3s-fs did not become ready within 5 s");
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Named by `REELSPAN_S3S_FS`, where `./x test` puts it, or on the PATH.
#[expect(clippy::disallowed_methods, reason = "tests find the program by the environment")]
fn program() -> Option<PathBuf> {
    let named = std::env::var_os("REELSPAN_S3S_FS").map(PathBuf::from);
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/s3s-fs");
    let path = std::env::var_os("PATH");
    let on_path = path.iter().flat_map(std::env::split_paths).map(|folder| folder.join("s3s-fs"));
    named.into_iter().chain([repository]).chain(on_path).find(|place| place.is_file())
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address")
}

/// How a way to a server fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    None = 0,
    /// Connections end at once.
    Refused = 1,
    /// Nothing is ever answered.
    Silent = 2,
    /// Every request is answered with 500.
    Broken = 3,
    /// Answers break off after some hundred kilobytes.
    CutShort = 4,
}

const CUT: usize = 300_000;
const TICK: Duration = Duration::from_millis(10);

/// Stands before a server. Its faults hold for connections that are open already too.
#[derive(Debug)]
pub struct FaultyWay {
    address: SocketAddr,
    fault: Arc<AtomicU8>,
}

impl FaultyWay {
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let fault = Arc::new(AtomicU8::new(0));
        let mode = Arc::clone(&fault);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let mode = Arc::clone(&mode);
                std::thread::spawn(move || lead(client, server, &mode));
            }
        });
        Self { address, fault }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn fail(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::SeqCst);
    }
}

fn lead(client: TcpStream, server: SocketAddr, mode: &Arc<AtomicU8>) {
    let Ok(site) = TcpStream::connect(server) else { return };
    let (Ok(client_too), Ok(site_too)) = (client.try_clone(), site.try_clone()) else { return };
    let asking = Arc::clone(mode);
    std::thread::spawn(move || pass(client_too, site_too, &asking, true));
    pass(site, client, mode, false);
}

/// Copies one direction, as the fault of the moment lets it.
fn pass(mut from: TcpStream, mut to: TcpStream, mode: &AtomicU8, asking: bool) {
    let _ = from.set_read_timeout(Some(TICK));
    let (mut buffer, mut passed) = (vec![0; 64 << 10], 0);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => 0,
            Err(_) => break,
        };
        let fault = mode.load(Ordering::SeqCst);
        if fault == Fault::Refused as u8 {
            break;
        }
        if read == 0 {
            continue;
        }
        if fault == Fault::Silent as u8 {
            continue;
        }
        if fault == Fault::Broken as u8 && asking {
            let _ = from.write_all(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            break;
        }
        passed += read;
        if fault == Fault::CutShort as u8 && !asking && passed > CUT {
            break;
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
