//! How often things were made, a row of seven numbers a day. Kept here; nothing is sent, and no text can get in.

mod day;

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use reelspan_types::Clock;
use serde::{Deserialize, Serialize};

pub use day::{Day, DayError};

use crate::{StoreError, write_whole};

const FILE: &str = "usage.json";
const LOCK: &str = "usage.lock";
/// Thirteen months: this month can be seen beside the same month of last year.
const KEPT_DAYS: i64 = 396;
/// A file of 13 months has about 60 kB; a larger one is none of ours.
const LARGEST: u64 = 1 << 20;

/// What is counted. Numbers only: a name, a title or a question has no place to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub clips_ok: u32,
    pub clips_failed: u32,
    pub edit_ok: u32,
    pub edit_failed: u32,
    pub ask_sessions: u32,
    pub ask_messages: u32,
    pub ask_failures: u32,
}

impl Counts {
    pub fn clips(ok: usize, failed: usize) -> Self {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self { clips_ok: number(ok), clips_failed: number(failed), ..Self::default() }
    }

    /// One music edit.
    pub fn edit(ok: bool) -> Self {
        Self { edit_ok: u32::from(ok), edit_failed: u32::from(!ok), ..Self::default() }
    }

    /// One conversation: how often it was asked, and how often no answer came.
    pub fn ask(messages: u64, failures: u64) -> Self {
        let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self { ask_sessions: 1, ask_messages: number(messages), ask_failures: number(failures), ..Self::default() }
    }

    /// Each number with its name, in the order in which it is kept.
    pub fn named(self) -> [(&'static str, u32); 7] {
        [
            ("clips_ok", self.clips_ok),
            ("clips_failed", self.clips_failed),
            ("edit_ok", self.edit_ok),
            ("edit_failed", self.edit_failed),
            ("ask_sessions", self.ask_sessions),
            ("ask_messages", self.ask_messages),
            ("ask_failures", self.ask_failures),
        ]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        let add = |here: &mut u32, more: u32| *here = here.saturating_add(more);
        add(&mut self.clips_ok, more.clips_ok);
        add(&mut self.clips_failed, more.clips_failed);
        add(&mut self.edit_ok, more.edit_ok);
        add(&mut self.edit_failed, more.edit_failed);
        add(&mut self.ask_sessions, more.ask_sessions);
        add(&mut self.ask_messages, more.ask_messages);
        add(&mut self.ask_failures, more.ask_failures);
    }
}

/// The rows of all days.
pub type Days = BTreeMap<Day, Counts>;

/// The file that holds them.
#[derive(Debug, Clone)]
pub struct Usage {
    folder: PathBuf,
}

impl Usage {
    /// Nothing is made before there is something to count.
    pub fn within(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// Adds to the row of today. Two programs that count at the same moment both arrive.
    pub fn count(&self, clock: &dyn Clock, more: Counts) -> Result<(), StoreError> {
        if more == Counts::default() {
            return Ok(());
        }
        let today = Day::today(clock);
        let _held = self.lock()?;
        let mut days = self.days();
        days.retain(|day, _| day.days_before(today) < KEPT_DAYS);
        *days.entry(today).or_default() += more;
        let mut text = serde_json::to_vec_pretty(&days).map_err(|_| StoreError::Io {
            what: "the usage counts could not be written as JSON",
            reason: std::io::ErrorKind::InvalidData,
        })?;
        text.push(b'\n');
        write_whole(&self.file(), &text)
    }

    /// Every day that can be read. A damaged file loses its damaged rows, never the program its run.
    pub fn days(&self) -> Days {
        let file = self.file();
        let sensible = std::fs::metadata(&file).is_ok_and(|about| about.len() <= LARGEST);
        let bytes = if sensible { std::fs::read(&file).unwrap_or_default() } else { Vec::new() };
        let rows: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&bytes).unwrap_or_default();
        let row = |(day, counts): (String, serde_json::Value)| {
            Some((day.parse().ok()?, serde_json::from_value(counts).ok()?))
        };
        rows.into_iter().filter_map(row).collect()
    }

    /// Forgets every day.
    pub fn clear(&self) -> Result<(), StoreError> {
        if !self.file().exists() {
            return Ok(());
        }
        let _held = self.lock()?;
        match std::fs::remove_file(self.file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("the usage counts could not be removed")(error))
            }
            _ => Ok(()),
        }
    }

    /// Held until it is dropped. A file of its own, because the counts' file is replaced at each writing.
    fn lock(&self) -> Result<File, StoreError> {
        let failed = StoreError::io("the usage counts could not be locked");
        std::fs::create_dir_all(&self.folder).map_err(&failed)?;
        let file = File::options().create(true).append(true).open(self.folder.join(LOCK)).map_err(&failed)?;
        file.lock().map_err(&failed)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests;
