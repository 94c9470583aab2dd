//! For the tests of this crate that run ffmpeg for real: the tools, locked and not, and short commands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reelspan_media::tool::{Command, Jail, Program, Settings, Tools, file_arg};
use reelspan_types::Cancel;

#[expect(clippy::disallowed_methods, reason = "tests find ffmpeg as a user's shell would")]
fn tools(jail: Jail) -> Tools {
    let path = std::env::var_os("PATH");
    let settings = Settings { ffmpeg: None, ffprobe: None, path, jail, fonts: Vec::new() };
    Tools::find(settings).expect("tests need ffmpeg")
}

pub(crate) const HELPER: &str = env!("CARGO_BIN_EXE_reelspan-jail");

pub(crate) fn jailed() -> Tools {
    tools(Jail::Helper { program: PathBuf::from(HELPER), args: Vec::new() })
}

pub(crate) fn bare() -> Tools {
    tools(Jail::Off)
}

/// ffmpeg with these arguments, words separated by one space.
pub(crate) fn ffmpeg(args: &str) -> Command {
    Command {
        program: Program::Ffmpeg,
        args: args.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect(),
        reads: Vec::new(),
        writes: Vec::new(),
        fonts: false,
        devices: false,
        pipes: 0,
        max_file_bytes: 1 << 30,
        time_limit: Some(Duration::from_secs(60)),
    }
}

/// Makes one file, unlocked.
pub(crate) fn make(args: &str, file: &Path) {
    let mut command = ffmpeg(args);
    command.args.push(file_arg(file));
    command.writes.push(file.to_owned());
    bare().run(command, &Cancel::new()).unwrap();
}
