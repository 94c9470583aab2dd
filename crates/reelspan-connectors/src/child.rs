//! Helper programs: started in a group of their own, ended as a group, read line by line.

use std::io;
use std::process::Stdio;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

/// A running program with everything that it starts. Dropped, all of it is killed.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) child: Child,
    leader: Option<Pid>,
}

impl Group {
    /// Starts it with pipes for its output, and without what the caller's environment holds beyond `command`'s own.
    pub(crate) fn start(mut command: std::process::Command, stdin: Stdio) -> io::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = Command::from(command).kill_on_drop(true).spawn()?;
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child, leader })
    }

    /// Bounds a resource from now on, for the program and what it starts.
    pub(crate) fn limit(&self, resource: Resource, most: u64) {
        // Without an id it would be this program that is bounded.
        let Some(leader) = self.leader else { return };
        // A program that is already gone needs no bounds.
        prlimit(Some(leader), resource, Rlimit { current: Some(most), maximum: Some(most) }).ok();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // Fails where all of them have ended, which is as well.
            kill_process_group(leader, Signal::KILL).ok();
        }
    }
}

/// The lines of a program's output. A line longer than the limit is left out.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    limit: usize,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new(), limit, ended: false }
    }

    /// Has the program closed its end?
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// The next line, or none at the end. May be dropped and called again without loss.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            let Ok(bytes) = self.reader.fill_buf().await else {
                self.ended = true;
                return None;
            };
            if bytes.is_empty() {
                self.ended = true;
                return self.take();
            }
            let end = bytes.iter().position(|&byte| byte == b'\n');
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            // One byte beyond the limit marks the line as too long; the rest of it is not kept.
            let room = (self.limit + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = end.map_or(bytes.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some()
                && let Some(line) = self.take()
            {
                return Some(line);
            }
        }
    }

    fn take(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let kept = !line.is_empty() && line.len() <= self.limit;
        kept.then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_one_by_one_and_endless_ones_are_left_out() {
        let text = format!("one\n{}\ntwo\r\n\nlast", "x".repeat(20_000));
        let mut lines = Lines::new(text.as_bytes(), 10);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().await {
            seen.push(line);
        }
        assert_eq!(seen, ["one", "two", "last"]);
        assert!(lines.ended());
    }
}
