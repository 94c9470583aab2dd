//! The `reelspan` program: flags, environment, wiring. The work is done in the crates below it.

mod commands;
mod config;
mod console;
mod environment;
mod settings;
mod wire;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

fn main() -> std::process::ExitCode {
    // Started again as the jail around ffmpeg: before anything else is set up.
    if std::env::args_os().nth(1).is_some_and(|first| first == reelspan_media::jail::SUBCOMMAND) {
        return reelspan_media::jail::main(std::env::args_os().skip(2));
    }
    let matches = settings::Cli::command().get_matches();
    let mut cli = settings::Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Some(why) = settings::idle::idle(&matches) {
        settings::Cli::command().error(ErrorKind::ArgumentConflict, why).exit();
    }
    settings::idle::settle(&mut cli.command, &matches);
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => console::failed(&error),
    }
}
