//! `reelspan export`: a plan as other editors read it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use reelspan_media::exchange::{self, Source, Sources, Wish, Written};
use reelspan_media::plan::Document;
use reelspan_media::probe;
use reelspan_media::tool::Tools;
use reelspan_store::{Output, write_whole};
use reelspan_types::Cancel;

use super::plan;
use crate::console::print;
use crate::settings::Common;
use crate::settings::export::Export;
use crate::wire;

pub(crate) fn export(common: &Common, flags: &Export) -> anyhow::Result<ExitCode> {
    let cancel = wire::cancel_on_signal()?;
    let tools = wire::tools(common)?;
    let document = plan::read(&flags.plan)?;
    let sources = sources(&tools, &document, &flags.plan, &cancel)?;
    if flags.frame_rate.is_some() {
        refuse_idle_rate(&document, &sources)?;
    }
    let shape = flags.aspect.unwrap_or_default();
    let wish = Wish { clip: flags.clip.clone(), shape, frame_rate: flags.frame_rate };
    let sequences = exchange::sequences(&document, &sources, &wish)?;
    let stem = flags.plan.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let format = flags.format.format();
    let written = exchange::write(&sequences, &stem, format)?;
    let name = match &flags.clip {
        Some(clip) => format!("{stem}-{clip}"),
        None => stem,
    };
    let target = Target { plan: &flags.plan, name, extension: format.extension() };
    let files = target.put(&written, flags.out.as_deref())?;
    let mut said = std::collections::BTreeSet::new();
    for note in written.iter().flat_map(|file| &file.notes).filter(|note| said.insert(note.as_str())) {
        eprintln!("      note {note}");
    }
    files.iter().for_each(|file| print(&file.display().to_string()));
    Ok(ExitCode::SUCCESS)
}

/// What is here of the files that a plan names.
fn sources(tools: &Tools, document: &Document, plan: &Path, cancel: &Cancel) -> anyhow::Result<Sources> {
    let mut sources = Sources::new();
    for named in exchange::paths(document) {
        let path = found(Path::new(named), plan)?;
        let info = if path.is_file() { Some(probe::probe_until(tools, &path, cancel)?) } else { None };
        let timecode = match &info {
            Some(info) if info.video.is_some() && !info.still => probe::timecode(tools, info, &path, cancel)?,
            _ => None,
        };
        sources.insert(named.to_owned(), Source { path, info, timecode });
    }
    Ok(sources)
}

/// As it is written, or beside the plan; always absolute, since an editor starts elsewhere.
fn found(named: &Path, plan: &Path) -> anyhow::Result<PathBuf> {
    let beside = plan.parent().unwrap_or(Path::new("")).join(named);
    let path = if named.exists() || !beside.exists() { named } else { &beside };
    let path = path.canonicalize().or_else(|_| std::path::absolute(path));
    path.with_context(|| format!("`{}` is no path", named.display()))
}

/// A flag that changes nothing is a misunderstanding.
fn refuse_idle_rate(document: &Document, sources: &Sources) -> anyhow::Result<()> {
    if matches!(document, Document::MusicEdit(_)) {
        bail!("--frame-rate is for recordings that are not here; this edit says its own, settings.frame_rate");
    }
    if sources.values().all(|source| source.info.is_some()) {
        bail!("--frame-rate is for recordings that are not here, and this one is: its own rate is taken");
    }
    Ok(())
}

struct Target<'a> {
    plan: &'a Path,
    /// Of a file that holds all.
    name: String,
    extension: &'static str,
}

impl Target<'_> {
    /// Writes the files; returns where they are.
    fn put(&self, written: &[Written], out: Option<&Path>) -> anyhow::Result<Vec<PathBuf>> {
        let single = match written {
            [single] => Some(single),
            _ => None,
        };
        if out.is_some_and(|out| out.as_os_str() == "-") {
            let Some(single) = single else {
                bail!(
                    "`-o -` prints one file, and there are {}: choose one with --clip, or name a folder",
                    written.len()
                );
            };
            print(single.text.trim_end());
            return Ok(Vec::new());
        }
        let beside = self.plan.parent().unwrap_or(Path::new(""));
        match (single, out) {
            (Some(single), Some(out)) if !out.is_dir() => self.file(out.to_owned(), single).map(|file| vec![file]),
            (Some(single), folder) => {
                let name = exchange::file_name(&self.name, "plan");
                let file = folder.unwrap_or(beside).join(format!("{name}.{}", self.extension));
                self.file(file, single).map(|file| vec![file])
            }
            (None, folder) => {
                let folder =
                    folder.map_or_else(|| beside.join(format!("{}-{}", self.name, self.extension)), Path::to_owned);
                let out = Output::open(&folder)?;
                let file = |one: &Written| {
                    let name = exchange::file_name(one.id.as_deref().unwrap_or_default(), "sequence");
                    Ok(out.write(&format!("{name}.{}", self.extension), one.text.as_bytes())?)
                };
                written.iter().map(file).collect()
            }
        }
    }

    fn file(&self, file: PathBuf, written: &Written) -> anyhow::Result<PathBuf> {
        if file.canonicalize().is_ok_and(|there| self.plan.canonicalize().is_ok_and(|plan| there == plan)) {
            bail!("`{}` is the plan itself; name another file with -o", file.display());
        }
        write_whole(&file, written.text.as_bytes()).with_context(|| format!("`{}`", file.display()))?;
        Ok(file)
    }
}
