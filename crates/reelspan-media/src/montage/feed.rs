//! The encoder's end of the relay: frames go in by copy, or are moved from a decoder's pipe without being looked at.

use std::fs::File;
use std::io::{self, Read, Write};

use reelspan_types::{Clock, SystemClock};
use rustix::io::Errno;
use rustix::pipe::{SpliceFlags, fcntl_setpipe_size, splice};

use super::schedule::Schedule;
use crate::tool::{Progress, ToolError};

/// What an unprivileged process may make of a pipe; a frame then takes three fillings and not fifty.
const PIPE: usize = 1 << 20;
/// Frames between two reports.
const REPORT: u64 = 8;

/// Why frames could not be passed on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The encoder reads no more; it knows why.
    Encoder,
    Io(ToolError),
}

pub(crate) struct Feed<'a> {
    pipe: File,
    frame_bytes: u64,
    schedule: &'a Schedule,
    sent: u64,
    reported: u64,
    clock: SystemClock,
    on: &'a mut dyn FnMut(Progress),
}

/// A larger pipe only saves work, so a refusal is no fault.
pub(crate) fn widen(pipe: &File) {
    let _refused = fcntl_setpipe_size(pipe, PIPE);
}

impl<'a> Feed<'a> {
    pub(crate) fn new(pipe: File, frame_bytes: usize, schedule: &'a Schedule, on: &'a mut dyn FnMut(Progress)) -> Self {
        widen(&pipe);
        Self { pipe, frame_bytes: frame_bytes as u64, schedule, sent: 0, reported: 0, clock: SystemClock::new(), on }
    }

    /// Writes part of a frame, or whole ones.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.pipe.write_all(bytes).map_err(stopped)?;
        self.count(bytes.len());
        Ok(())
    }

    /// Moves up to `bytes` from another pipe; fewer only where that one ends.
    pub(crate) fn take(&mut self, from: &mut File, bytes: u64) -> Result<u64, Stop> {
        let mut left = bytes;
        while left > 0 {
            let most = left.min(PIPE as u64) as usize;
            match splice(&*from, None, &self.pipe, None, most, SpliceFlags::MOVE) {
                Ok(0) => break,
                Ok(count) => {
                    left -= count as u64;
                    self.count(count);
                }
                Err(Errno::INTR) => {}
                // Not every system that runs Linux programs can move pages between pipes.
                Err(Errno::INVAL | Errno::NOSYS) => return Ok(bytes - left + self.copy(from, left)?),
                Err(error) => return Err(stopped(error.into())),
            }
        }
        Ok(bytes - left)
    }

    fn copy(&mut self, from: &mut File, bytes: u64) -> Result<u64, Stop> {
        let mut buffer = vec![0; 1 << 16];
        let mut left = bytes;
        while left > 0 {
            let most = buffer.len().min(left as usize);
            let count = from.read(&mut buffer[..most]).map_err(|error| Stop::Io(unreadable(error)))?;
            if count == 0 {
                break;
            }
            self.write(&buffer[..count])?;
            left -= count as u64;
        }
        Ok(bytes - left)
    }

    fn count(&mut self, bytes: usize) {
        self.sent += bytes as u64;
        let frame = self.sent / self.frame_bytes;
        if frame >= self.reported + REPORT || (frame == self.schedule.frames && frame > self.reported) {
            self.reported = frame;
            let done = frame as f64 / self.schedule.rate.value();
            let taken = self.clock.steady().as_secs_f64();
            (self.on)(Progress { done, frame, speed: (taken > 0.0).then(|| done / taken) });
        }
    }
}

fn stopped(error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::Encoder,
        _ => Stop::Io(ToolError::Io { what: "frames could not be passed on", source: error }),
    }
}

pub(crate) fn unreadable(source: io::Error) -> ToolError {
    ToolError::Io { what: "a source's frames could not be read", source }
}
