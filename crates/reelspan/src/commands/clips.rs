//! `reelspan clips`: flags in, finished clips out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use reelspan_app::clips::{self, Outcome, Request};
use reelspan_app::{Error, Source};
use reelspan_media::captions::{self, STYLES, Style};
use reelspan_media::plan::{Layout, Plan, Watermark};
use reelspan_store::usage::Counts;
use reelspan_types::Aspect;

use super::usage;
use crate::console::{self, Console};
use crate::settings::{Clips, Common, LayoutWish, is_url};
use crate::wire;

pub(crate) fn clips(common: &Common, flags: &Clips) -> anyhow::Result<ExitCode> {
    let request = request(flags)?;
    let cancel = wire::cancel_on_signal()?;
    let mut wired = wire::Wired::new(common, cancel)?;
    let mut console = Console::new();
    wired.add_services(common, flags, &mut console)?;
    let outcome = clips::run(&wired.parts(), &request, &mut console);
    console.done();
    usage::count(common, &mut console, counts(&outcome));
    Ok(console::outcome(&outcome?, flags.json))
}

/// A clip is made when all of its files are; what an earlier run had made was counted then. A run that fails as a whole
/// is one failure.
fn counts(outcome: &Result<Outcome, Error>) -> Counts {
    let Ok(outcome) = outcome else {
        return Counts::clips(0, usize::from(!matches!(outcome, Err(Error::Cancelled))));
    };
    let mut clips: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for made in &outcome.made {
        let (fresh, failed) = clips.entry(&made.clip).or_default();
        *fresh |= !made.reused;
        *failed |= made.error.is_some();
    }
    let of = |wanted: bool| clips.values().filter(|(fresh, failed)| *fresh && *failed == wanted).count();
    Counts::clips(of(false), of(true))
}

fn request(flags: &Clips) -> anyhow::Result<Request> {
    if flags.min > flags.max {
        bail!("--min ({} s) is longer than --max ({} s)", flags.min, flags.max);
    }
    let source = source(flags)?;
    let out = flags.out.clone().unwrap_or_else(|| default_out(&source, flags.from_plan.as_deref()));
    let mut aspects = flags.aspect.clone();
    if aspects.is_empty() {
        aspects.push(Aspect::VERTICAL);
    }
    let mut seen = std::collections::BTreeSet::new();
    aspects.retain(|aspect| seen.insert(*aspect));
    Ok(Request {
        source,
        out,
        count: flags.count.map(usize::from),
        min: flags.min,
        max: flags.max,
        aspects,
        transcript: flags.transcript.clone(),
        captions: style(&flags.captions)?,
        layout: layout(flags.layout),
        loudness: flags.loudness,
        watermark: watermark(&flags.watermark)?,
        hardware: flags.hardware,
        plan_only: flags.plan_only,
        from_plan: flags.from_plan.clone(),
    })
}

/// With --from-plan alone, the plan names its own input.
fn source(flags: &Clips) -> anyhow::Result<Source> {
    let Some(named) = &flags.input else {
        let file = flags.from_plan.as_deref().context("name an input")?;
        let text = std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        return Ok(Source::File(PathBuf::from(Plan::parse(&text)?.input.path)));
    };
    if is_url(named) {
        return Ok(Source::Url(named.clone()));
    }
    let path = PathBuf::from(named);
    if !path.exists() {
        bail!("there is no file `{named}`");
    }
    Ok(Source::File(path))
}

/// `talk-clips` in the current folder; a plan's clips go beside the plan.
fn default_out(source: &Source, plan: Option<&Path>) -> PathBuf {
    if let Some(folder) = plan.and_then(Path::parent) {
        return if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() };
    }
    let stem = match source {
        Source::File(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
        Source::Url(_) => None,
    };
    PathBuf::from(format!("{}-clips", stem.as_deref().unwrap_or("video")))
}

fn style(name: &str) -> anyhow::Result<Option<&'static Style>> {
    if name == "none" {
        return Ok(None);
    }
    match captions::style(name) {
        Some(style) => Ok(Some(style)),
        None => {
            let names: Vec<_> = STYLES.iter().map(|style| style.name).collect();
            bail!("there is no caption style `{name}`; choose one of {}, or none", names.join(", "))
        }
    }
}

pub(super) fn layout(wish: LayoutWish) -> Option<Layout> {
    match wish {
        LayoutWish::Auto => None,
        LayoutWish::Track => Some(Layout::Track),
        LayoutWish::Fit => Some(Layout::Fit),
        LayoutWish::Split => Some(Layout::Split),
        LayoutWish::Center => Some(Layout::Center),
    }
}

pub(super) fn watermark(wish: &str) -> anyhow::Result<Watermark> {
    match wish {
        "none" => Ok(Watermark::None),
        "free" => Ok(Watermark::Free),
        other => match other.strip_prefix("text:") {
            Some("") => bail!("--watermark text: needs words after the colon"),
            Some(words) => Ok(Watermark::Text(words.to_owned())),
            None => {
                let path = Path::new(other);
                let path =
                    path.canonicalize().with_context(|| format!("the watermark `{other}` is no picture file"))?;
                Ok(Watermark::Image(path.to_string_lossy().into_owned()))
            }
        },
    }
}
