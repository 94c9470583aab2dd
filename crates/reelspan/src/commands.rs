//! One arm a command.

mod ask;
mod beats;
mod clips;
mod cut;
mod doctor;
mod export;
mod keys;
mod look;
mod models;
mod music_edit;
mod plan;
mod serve;
mod usage;

use std::process::ExitCode;

use clap::CommandFactory;
use reelspan_media::captions::STYLES;

use crate::console::print;
use crate::settings::serve::Config;
use crate::settings::{Cache, Cli, Command, Common};
use crate::wire;

pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Clips(flags) => clips::clips(&cli.common, &flags),
        Command::Export(flags) => export::export(&cli.common, &flags),
        Command::Plan { action } => plan::plan(&action),
        Command::Cut(flags) => cut::cut(&cli.common, &flags),
        Command::MusicEdit(flags) => music_edit::music_edit(&cli.common, &flags),
        Command::Analyze(flags) => look::analyze(&cli.common, &flags),
        Command::Ask(flags) => ask::ask(&cli.common, &flags),
        Command::Beats(flags) => beats::beats(&cli.common, &flags),
        Command::Probe(input) => look::probe(&cli.common, &input),
        Command::Keys(flags) => keys::keys(&cli.common, &flags),
        Command::Models { action } => models::models(&cli.common, &action),
        Command::Styles => Ok(styles()),
        Command::Cache { action } => cache(&cli.common, &action),
        Command::Usage(flags) => usage::usage(&cli.common, &flags),
        Command::Serve(flags) => serve::serve(&cli.common, &flags),
        Command::Worker(flags) => serve::worker(&cli.common, &flags),
        Command::Doctor(flags) => doctor::doctor(&cli.common, &flags),
        Command::Config { action: Config::Show(flags) } => serve::config_show(&flags),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "reelspan", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn styles() -> ExitCode {
    for style in STYLES {
        print(&format!("{:<10} {}", style.name, style.about));
    }
    ExitCode::SUCCESS
}

fn cache(common: &Common, action: &Cache) -> anyhow::Result<ExitCode> {
    let stages = wire::stages(common)?;
    match action {
        Cache::List => {
            for class in reelspan_store::Class::ALL {
                let entries: Vec<_> = stages.list().into_iter().filter(|entry| entry.class == class).collect();
                let bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
                print(&format!("{:<11} {:>6} kept, {:>9.1} MB", class.name(), entries.len(), bytes as f64 / 1e6));
            }
            print(&stages.root().display().to_string());
        }
        Cache::Clear => {
            stages.clear(None)?;
            print("cleared");
        }
    }
    Ok(ExitCode::SUCCESS)
}
