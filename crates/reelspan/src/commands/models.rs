//! `reelspan models`: which speech models there are, fetching and removing them.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use reelspan_app::models::Listed;
use reelspan_connectors::http;
use reelspan_connectors::weights::Downloader;

use crate::console::print;
use crate::settings::{Common, Models};
use crate::wire::{self, services};

pub(crate) fn models(common: &Common, action: &Models) -> anyhow::Result<ExitCode> {
    let models = services::models(common)?;
    match action {
        Models::List { json: true } => print(&serde_json::to_string_pretty(&models.list())?),
        Models::List { json: false } => models.list().iter().for_each(|model| print(&line(model))),
        Models::Get { name } => get(&models, name)?,
        Models::Remove { name } => {
            let freed = models.remove(name)?;
            print(&format!("removed {name}, {:.0} MB", freed as f64 / 1e6));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(model: &Listed) -> String {
    let size = model.bytes.map_or("    ? MB".to_owned(), |bytes| format!("{:>5.0} MB", bytes as f64 / 1e6));
    let state = match (&model.installed, model.partial_bytes) {
        (Some(path), _) => format!("installed: {}", path.display()),
        (None, Some(bytes)) => format!("{:.0} MB fetched", bytes as f64 / 1e6),
        (None, None) => String::new(),
    };
    format!("{:<22} {size}  {:<10} {state}", model.name, model.licence)
}

fn get(models: &reelspan_app::models::Models, name: &str) -> anyhow::Result<()> {
    let cancel = wire::cancel_on_signal()?;
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{bar:36} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let downloader = Downloader::new(&http::Settings::default())?;
    let mut on = |progress: reelspan_connectors::weights::Progress| {
        bar.set_length(progress.total.unwrap_or(progress.bytes));
        bar.set_position(progress.bytes);
    };
    let got = services::runtime()?.block_on(models.get(name, &downloader, &cancel, &mut on));
    bar.finish_and_clear();
    let got = got?;
    print(&format!("{}\nsha256 {}", got.path.display(), got.sha256));
    if got.trusted_on_first_use {
        print("the list has no checksum of it: this one is kept and asked for from now on");
    }
    Ok(())
}
