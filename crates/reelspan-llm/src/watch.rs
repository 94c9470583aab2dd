//! Whether anybody still waits for the answer: the helper stops when its standard input closes or on SIGTERM.

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reelspan_types::dialogue::{FailureCode, Request};
use rustix::fs::{FileType, fstat};
use rustix::process::{Signal, getpid, kill_process};

use crate::Stop;

/// Ten hours of speech are about half a megabyte.
const LONGEST_REQUEST: u64 = 64 * 1024 * 1024;
/// How long one step of llama.cpp may go on after a cancel before the whole process ends.
const GRACE: Duration = Duration::from_millis(200);

static CANCELLED: AtomicBool = AtomicBool::new(false);

pub(crate) fn cancelled() -> bool {
    CANCELLED.load(Ordering::Relaxed)
}

/// SIGTERM, SIGINT and SIGHUP cancel from here on.
pub(crate) fn signals() -> Result<(), Stop> {
    ctrlc::set_handler(cancel).map_err(|_| Stop::new(FailureCode::Failed, "signals cannot be received"))
}

/// Reads the request: one line. While it is worked off, the end of the input cancels. A file, or an input that ends without
/// a newline, has nobody behind it who waits with it open: its end cancels nothing.
pub(crate) fn request() -> Result<Request, Stop> {
    let bad = |message: String| Stop::new(FailureCode::BadRequest, message);
    let mut line = Vec::new();
    let mut input = io::stdin().lock();
    let read = input.by_ref().take(LONGEST_REQUEST).read_until(b'\n', &mut line);
    read.map_err(|error| bad(format!("the request cannot be read: {}", error.kind())))?;
    let whole = line.ends_with(b"\n");
    let kind = fstat(&input).map(|data| FileType::from_raw_mode(data.st_mode));
    if line.len() as u64 >= LONGEST_REQUEST && !whole {
        return Err(bad("the request is too long; ask about less".into()));
    }
    drop(input);
    // What the parser quotes could be words of the messages: only the place is told.
    let request = serde_json::from_slice(&line).map_err(|error| {
        let place = error.column();
        bad(format!("the request is no JSON of the expected form (at character {place}); see `reelspan-llm --help`"))
    })?;
    if whole && kind != Ok(FileType::RegularFile) {
        thread::spawn(|| {
            let mut byte = [0; 256];
            let mut input = io::stdin().lock();
            // More lines are not looked at; only the end counts.
            while input.read(&mut byte).is_ok_and(|read| read > 0) {}
            cancel();
        });
    }
    Ok(request)
}

fn cancel() {
    CANCELLED.store(true, Ordering::Relaxed);
    thread::sleep(GRACE);
    // In the middle of a long step: nobody waits for its end, and the processor is wanted by others.
    kill_process(getpid(), Signal::KILL).ok();
}
