//! `reelspan music-edit`: footage and a song in, an edit on its beats out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use reelspan_app::Error;
use reelspan_app::music_edit::{self, Outcome, Request, Transitions};
use reelspan_media::plan::{JointKind, Pace};
use reelspan_store::usage::Counts;
use reelspan_types::{format_time, parse_time};

use super::clips::{layout, watermark};
use super::usage;
use crate::console::{self, Console, print};
use crate::settings::music_edit::{MusicEdit, PaceWish};
use crate::settings::{Common, is_url};
use crate::wire;

pub(crate) fn music_edit(common: &Common, flags: &MusicEdit) -> anyhow::Result<ExitCode> {
    let request = request(flags)?;
    let cancel = wire::cancel_on_signal()?;
    let wired = wire::Wired::new(common, cancel)?;
    let mut console = Console::new();
    let outcome = music_edit::run(&wired.parts(), &request, &mut console);
    console.done();
    count(common, &mut console, &outcome);
    let outcome = outcome?;
    print(&if flags.json { serde_json::to_string_pretty(&outcome)? } else { table(&outcome) });
    Ok(match outcome.failed() {
        0 => ExitCode::SUCCESS,
        failed if failed == outcome.made.len() => ExitCode::FAILURE,
        _ => ExitCode::from(console::PARTIAL),
    })
}

/// One edit, however many shapes it was made in. A plan alone is none, what an earlier run had made was counted then, and
/// one that was stopped is neither made nor failed.
fn count(common: &Common, console: &mut Console, outcome: &Result<music_edit::Outcome, Error>) {
    let ok = match outcome {
        Ok(outcome) if outcome.made.iter().all(|made| made.reused) => return,
        Ok(outcome) => outcome.failed() == 0,
        Err(Error::Cancelled) => return,
        Err(_) => false,
    };
    usage::count(common, console, Counts::edit(ok));
}

fn request(flags: &MusicEdit) -> anyhow::Result<Request> {
    if flags.music.len() > 1 && !flags.fit_cuts {
        bail!(
            "--music is named {} times; several are for --fit-cuts, which picks the one that fits",
            flags.music.len()
        );
    }
    for file in flags.music.iter().chain(&flags.sources) {
        present(file)?;
    }
    let mut aspects = flags.aspect.clone();
    let mut seen = std::collections::BTreeSet::new();
    aspects.retain(|aspect| seen.insert(*aspect));
    Ok(Request {
        music: flags.music.clone(),
        sources: flags.sources.clone(),
        out: flags.out.clone().unwrap_or_else(|| default_out(flags)),
        length: flags.length,
        aspects,
        pace: match flags.pace {
            PaceWish::Calm => Pace::Calm,
            PaceWish::Balanced => Pace::Balanced,
            PaceWish::Fast => Pace::Fast,
        },
        transitions: transitions(&flags.transitions)?,
        layout: layout(flags.layout),
        fit_cuts: flags.fit_cuts,
        start: start(&flags.start)?,
        reading: flags.beats.map(Into::into),
        original_sound: flags.original_sound,
        loudness: flags.loudness,
        watermark: watermark(&flags.watermark)?,
        hardware: flags.hardware,
        plan_only: flags.plan_only,
        from_plan: flags.from_plan.clone(),
    })
}

fn present(file: &Path) -> anyhow::Result<()> {
    let name = file.display().to_string();
    if is_url(&name) {
        bail!("`{name}` is a URL, and music-edit takes files; fetch it first");
    }
    if !file.exists() {
        bail!("there is no file `{name}`");
    }
    Ok(())
}

/// `song-edit` in the current folder; a plan's edit goes beside the plan.
fn default_out(flags: &MusicEdit) -> PathBuf {
    if let Some(folder) = flags.from_plan.as_deref().and_then(Path::parent) {
        return if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() };
    }
    let named = if flags.fit_cuts { flags.sources.first() } else { flags.music.first() };
    let stem = named.and_then(|file| file.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    PathBuf::from(format!("{}-edit", stem.as_deref().unwrap_or("music")))
}

fn start(wish: &str) -> anyhow::Result<Option<f64>> {
    if wish == "auto" {
        return Ok(None);
    }
    match parse_time(wish) {
        Ok(seconds) => Ok(Some(seconds)),
        Err(error) => bail!("--start: {error}, or auto"),
    }
}

fn transitions(wish: &[String]) -> anyhow::Result<Transitions> {
    if let [one] = wish {
        match one.as_str() {
            "none" => return Ok(Transitions::None),
            "some" => return Ok(Transitions::Some),
            "many" => return Ok(Transitions::Many),
            _ => {}
        }
    }
    let kind = |name: &String| {
        Ok(match name.as_str() {
            "dissolve" => JointKind::Dissolve,
            "dip" => JointKind::Dip,
            "flash" => JointKind::Flash,
            "push" => JointKind::Push,
            "wipe" => JointKind::Wipe,
            "zoom" => JointKind::Zoom,
            other => bail!(
                "--transitions: `{other}` is none; write none, some or many, or a list of dissolve, dip, flash, push, wipe, zoom"
            ),
        })
    };
    Ok(Transitions::Of(wish.iter().map(kind).collect::<anyhow::Result<_>>()?))
}

fn table(outcome: &Outcome) -> String {
    let plan = &outcome.plan;
    let mut lines = vec![format!("{:>9}  {:>6}  {:>19}  why", "at", "source", "shows")];
    let ends = plan.shots.iter().skip(1).map(|shot| shot.at).chain([plan.settings.length]);
    for (shot, end) in plan.shots.iter().zip(ends) {
        let shown = format!("{} - {}", format_time(shot.start), format_time(shot.start + end - shot.at));
        lines.push(format!("{:>9.3}  {:>6}  {shown:>19}  {}", shot.at, shot.source, shot.reason));
    }
    lines.push(String::new());
    for (index, footage) in plan.sources.iter().enumerate() {
        let label = if index == 0 { "footage" } else { "" };
        lines.push(format!("{label:<9}{} = {}", footage.id, footage.path));
    }
    let bpm = plan.music.bpm.map_or("no beat".to_owned(), |bpm| format!("{bpm:.1} beats a minute"));
    lines.push(format!("music    {} from {}, {bpm}", plan.music.path, format_time(plan.music.start)));
    for made in &outcome.made {
        lines.push(match &made.error {
            Some(error) => format!("{:<16} FAILED: {error}", made.video),
            None => format!("{:<16} {}, {:.1} MB", made.video, format_time(made.duration), made.bytes as f64 / 1e6),
        });
    }
    let opened = if outcome.made.is_empty() { "edit.json" } else { "index.html" };
    lines.push(outcome.folder.join(opened).display().to_string());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(words: &[&str]) -> anyhow::Result<Transitions> {
        transitions(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn transitions_are_an_amount_or_a_list() {
        assert_eq!(wished(&["some"]).unwrap(), Transitions::Some);
        assert_eq!(wished(&["zoom", "dip"]).unwrap(), Transitions::Of(vec![JointKind::Zoom, JointKind::Dip]));
        assert!(wished(&["none", "dip"]).is_err());
        assert!(wished(&["spin"]).unwrap_err().to_string().contains("dissolve"));
    }
}
