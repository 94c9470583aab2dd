//! `reelspan usage`: what was counted on this machine. Nothing of it is sent.

use std::process::ExitCode;

use reelspan_app::progress::Progress;
use reelspan_store::usage::{Counts, Usage};
use reelspan_types::SystemClock;

use crate::console::{Console, print};
use crate::settings::{Common, Usage as Flags, UsageAction};
use crate::wire;

pub(crate) fn usage(common: &Common, flags: &Flags) -> anyhow::Result<ExitCode> {
    let usage = Usage::within(&wire::data_folder(common)?);
    match flags.action {
        Some(UsageAction::Clear) => {
            usage.clear()?;
            print("cleared");
        }
        None if flags.json => print(&serde_json::to_string_pretty(&usage.days())?),
        None => print(&table(&usage)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds to today's numbers once the outcome is known. Counting is never a reason to fail.
pub(crate) fn count(common: &Common, console: &mut Console, counts: Counts) {
    let counted =
        wire::data_folder(common).and_then(|folder| Ok(Usage::within(&folder).count(&SystemClock::new(), counts)?));
    if let Err(error) = counted {
        console.note(&format!("this run is not in `reelspan usage`: {error:#}"));
    }
}

fn table(usage: &Usage) -> String {
    let mut lines = vec![format!(
        "{:<10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "day (UTC)", "clips", "failed", "edits", "failed", "asks", "messages", "failed"
    )];
    let days = usage.days();
    for (day, counts) in &days {
        let numbers: Vec<_> = counts.named().iter().map(|(_, number)| format!("{number:>8}")).collect();
        lines.push(format!("{day} {}", numbers.join(" ")));
    }
    if days.is_empty() {
        lines = vec!["nothing was counted yet".to_owned()];
    }
    lines.push(format!(
        "\nkept in {}; nothing of it is sent. `reelspan usage clear` forgets it",
        usage.file().display()
    ));
    lines.join("\n")
}
