//! The `reelspan` program: flags, environment, wiring. The work is done in the crates below it.

mod commands;
mod config;
mod console;
mod environment;
mod settings;
mod wire;

use clap::Parser;

fn main() -> std::process::ExitCode {
    // Started again as the jail around ffmpeg: before anything else is set up.
    if std::env::args_os().nth(1).is_some_and(|first| first == reelspan_media::jail::SUBCOMMAND) {
        return reelspan_media::jail::main(std::env::args_os().skip(2));
    }
    let cli = settings::Cli::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => console::failed(&error),
    }
}
