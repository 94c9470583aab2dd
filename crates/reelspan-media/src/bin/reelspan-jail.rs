//! The jail helper as a program of its own: `reelspan-jail RULES -- ffmpeg ...`.

use std::process::ExitCode;

fn main() -> ExitCode {
    reelspan_media::jail::main(std::env::args_os().skip(1))
}
