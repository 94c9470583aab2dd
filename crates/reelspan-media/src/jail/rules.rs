//! What one jailed run may do, written to and read from the helper's arguments.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::tool::{Command, Tools};

/// Room for ffmpeg itself. Each thread reserves far more than it touches, so there is more per processor.
const MEMORY: u64 = 8 << 30;
const MEMORY_PER_PROCESSOR: u64 = 256 << 20;

/// What one jailed run may do, and the program that it becomes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The process that started the helper.
    pub parent: i32,
    pub reads: Vec<PathBuf>,
    pub writes: Vec<PathBuf>,
    /// It draws text: these folders and fontconfig's own may be read.
    pub fonts: Option<Vec<PathBuf>>,
    pub devices: bool,
    pub max_file_bytes: u64,
    /// Bytes of address space.
    pub memory: u64,
    /// Seconds of computing time.
    pub cpu_seconds: Option<u64>,
    pub program: PathBuf,
}

impl Rules {
    /// The rules for a run of `program`.
    pub(crate) fn of(tools: &Tools, command: &Command, program: &Path) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        // Wall time is what counts; this only ends what the watcher could not.
        let cpu = |limit: Duration| (limit.as_secs() + 2) * processors;
        Self {
            parent: rustix::process::getpid().as_raw_pid(),
            reads: command.reads.iter().map(|path| absolute(path)).collect(),
            writes: command.writes.iter().map(|path| absolute(path)).collect(),
            fonts: command.fonts.then(|| tools.fonts.iter().map(|path| absolute(path)).collect()),
            devices: command.devices,
            max_file_bytes: command.max_file_bytes,
            memory: MEMORY + processors * MEMORY_PER_PROCESSOR,
            cpu_seconds: command.time_limit.map(cpu),
            program: program.to_owned(),
        }
    }

    /// The helper's arguments up to and with the program; the program's own come after.
    pub fn to_args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        let mut add = |flag: &str, value: &OsStr| args.extend([flag.into(), value.to_owned()]);
        add("--parent", self.parent.to_string().as_ref());
        add("--max-file-bytes", self.max_file_bytes.to_string().as_ref());
        add("--memory", self.memory.to_string().as_ref());
        if let Some(seconds) = self.cpu_seconds {
            add("--cpu-seconds", seconds.to_string().as_ref());
        }
        self.reads.iter().for_each(|path| add("--read", path.as_os_str()));
        self.writes.iter().for_each(|path| add("--write", path.as_os_str()));
        self.fonts.iter().flatten().for_each(|path| add("--font-folder", path.as_os_str()));
        if self.fonts.is_some() {
            args.push("--fonts".into());
        }
        if self.devices {
            args.push("--devices".into());
        }
        args.extend(["--".into(), self.program.clone().into()]);
        args
    }

    /// Reads what [`Rules::to_args`] wrote and leaves the program's own arguments. None if anything is not understood.
    pub fn parse(args: &mut impl Iterator<Item = OsString>) -> Option<Self> {
        let mut rules = Self::default();
        loop {
            let flag = args.next()?;
            let mut value = || args.next();
            match flag.to_str()? {
                "--parent" => rules.parent = number(&value()?)?,
                "--max-file-bytes" => rules.max_file_bytes = number(&value()?)?,
                "--memory" => rules.memory = number(&value()?)?,
                "--cpu-seconds" => rules.cpu_seconds = Some(number(&value()?)?),
                "--read" => rules.reads.push(value()?.into()),
                "--write" => rules.writes.push(value()?.into()),
                "--font-folder" => rules.fonts.get_or_insert_default().push(value()?.into()),
                "--fonts" => drop(rules.fonts.get_or_insert_default()),
                "--devices" => rules.devices = true,
                "--" => break,
                _ => return None,
            }
        }
        rules.program = args.next()?.into();
        let complete = rules.parent > 0 && rules.memory > 0 && rules.program.is_absolute();
        complete.then_some(rules)
    }
}

/// The run has a folder of its own, so a path that is not absolute would name another file there.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn number<T: std::str::FromStr>(text: &OsStr) -> Option<T> {
    text.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn round_trip(rules: &Rules) {
        let own = ["-i".into(), "--".into(), "--read".into()];
        let mut args = rules.to_args().into_iter().chain(own.clone());
        assert_eq!(Rules::parse(&mut args).as_ref(), Some(rules));
        assert_eq!(args.collect::<Vec<_>>(), own);
    }

    fn plain() -> Rules {
        Rules { parent: 7, max_file_bytes: 9, memory: 1, program: "/usr/bin/ffmpeg".into(), ..Rules::default() }
    }

    #[test]
    fn rules_survive_the_argument_list() {
        round_trip(&plain());
        round_trip(&Rules {
            reads: vec!["--".into(), "/a b\n'\"".into()],
            writes: vec!["--write".into()],
            fonts: Some(vec!["/fonts".into()]),
            devices: true,
            cpu_seconds: Some(0),
            ..plain()
        });
        round_trip(&Rules { fonts: Some(Vec::new()), ..plain() });
    }

    #[test]
    fn rules_that_lack_something_are_refused() {
        for lacking in [
            Rules { parent: 0, ..plain() },
            Rules { memory: 0, ..plain() },
            Rules { program: "ffmpeg".into(), ..plain() },
        ] {
            assert_eq!(Rules::parse(&mut lacking.to_args().into_iter()), None, "{lacking:?}");
        }
        assert_eq!(Rules::parse(&mut ["--read", "/"].map(OsString::from).into_iter()), None);
    }
}
