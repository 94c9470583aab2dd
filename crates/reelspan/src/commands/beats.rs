//! `reelspan beats`: the tempo, beats, bars and sections of a piece of music.

use std::process::ExitCode;

use reelspan_app::{Source, beats};
use reelspan_media::beats::{Alternative, Beats, Reading};
use reelspan_types::format_time;

use crate::console::{Console, print};
use crate::settings::Common;
use crate::settings::beats::Beats as Flags;
use crate::wire;

pub(crate) fn beats(common: &Common, flags: &Flags) -> anyhow::Result<ExitCode> {
    let cancel = wire::cancel_on_signal()?;
    let wired = wire::Wired::new(common, cancel)?;
    let mut console = Console::new();
    let source = Source::File(flags.input.input.clone());
    let found = beats::listen(&wired.parts(), &source, &mut console)?;
    console.done();
    if found.bpm.is_none() && !flags.read_as.is_empty() {
        let why = found.note.as_deref().unwrap_or("no beat was found");
        anyhow::bail!("--read-as has nothing to act on: {why}; leave it out");
    }
    let found = flags.read_as.iter().fold(found, |beats, wish| beats.read_as((*wish).into()));
    print(&if flags.input.json { serde_json::to_string_pretty(&found)? } else { summary(&found) });
    Ok(ExitCode::SUCCESS)
}

fn summary(beats: &Beats) -> String {
    let mut lines = vec![format!("{} of music", format_time(beats.duration))];
    if let Some(bpm) = beats.bpm {
        let bound = Beats::SURE;
        let sure = if beats.confidence < bound { " (uncertain)" } else { "" };
        lines.push(format!("tempo    {bpm:.1} beats a minute, {:.0} % sure{sure}", beats.confidence * 100.0));
        lines.push(format!("beats    {}, the first at {}", beats.beats.len(), at(beats.beats[0].t)));
        let first = beats.bars.first().map_or(String::new(), |bar| format!(", the first at {}", at(bar.start)));
        lines.push(format!("bars     {} of {} beats{first}", beats.bars.len(), beats.meter));
    }
    lines.extend(beats.note.iter().map(|note| format!("note     {note}")));
    for section in &beats.sections {
        let (from, to) = (format_time(section.start), format_time(section.end));
        lines.push(format!("section  {:<2} {from} - {to}  energy {:.0} %", section.label, section.energy * 100.0));
    }
    if !beats.alternatives.is_empty() {
        lines.push("it can also be read as:".to_owned());
        lines.extend(beats.alternatives.iter().map(alternative));
    }
    lines.push("--json prints everything".to_owned());
    lines.join("\n")
}

/// Beats are told to the hundredth: a tenth is a quarter of one.
fn at(seconds: f64) -> String {
    format!("{seconds:.2} s")
}

fn alternative(other: &Alternative) -> String {
    let (flag, words) = match other.reading {
        Reading::HalfBeatLater => ("half-beat-later", "the beats lie between"),
        Reading::Double => ("double", "twice as fast"),
        Reading::Half => ("half", "half as fast"),
    };
    let likely = other.confidence * 100.0;
    format!("  --read-as {flag:<16} {words}, {:.1} beats a minute, {likely:.0} % likely", other.bpm)
}
