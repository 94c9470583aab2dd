//! `reelspan cut`: a recording without its pauses, fillers and all that nobody asked for.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use reelspan_app::Source;
use reelspan_app::cut::{self, How, Listen, Made, Outcome, Pauses, Request};
use reelspan_media::plan::{CutPlan, Why};
use reelspan_types::format_time;

use crate::console::{Console, print};
use crate::settings::{Common, Cut, is_url};
use crate::wire;

pub(crate) fn cut(common: &Common, flags: &Cut) -> anyhow::Result<ExitCode> {
    let request = request(flags)?;
    let cancel = wire::cancel_on_signal()?;
    let mut wired = wire::Wired::new(common, cancel)?;
    let mut console = Console::new();
    if flags.remove_fillers {
        wired.add_recogniser(common, &flags.speech, &mut console)?;
    }
    let outcome = cut::run(&wired.parts(), &request, &mut console);
    console.done();
    let outcome = outcome?;
    print(&if flags.json { serde_json::to_string_pretty(&outcome)? } else { told(&outcome) });
    Ok(ExitCode::SUCCESS)
}

fn request(flags: &Cut) -> anyhow::Result<Request> {
    if flags.leave >= flags.pause {
        bail!("--leave ({} s) must be shorter than --pause ({} s)", flags.leave, flags.pause);
    }
    let input = input(flags)?;
    let out = flags.out.clone().unwrap_or_else(|| default_out(&input, flags.from_plan.as_deref()));
    let pauses = Pauses { longer_than: flags.pause, leave: flags.leave };
    Ok(Request {
        source: Source::File(input),
        out,
        keep: flags.keep.clone(),
        drop: flags.drop.clone(),
        listen: Listen { pauses: flags.remove_silence.then_some(pauses), fillers: flags.remove_fillers },
        transcript: flags.transcript.clone(),
        encode: flags.encode,
        plan_only: flags.plan_only,
        from_plan: flags.from_plan.clone(),
    })
}

/// With --from-plan alone, the plan names its own input.
fn input(flags: &Cut) -> anyhow::Result<PathBuf> {
    let Some(named) = &flags.input else {
        let file = flags.from_plan.as_deref().context("name an input")?;
        let text = std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        return Ok(PathBuf::from(CutPlan::parse(&text)?.input.path));
    };
    if named.to_str().is_some_and(is_url) {
        bail!("a cut needs a file; fetch `{}` first (`reelspan clips URL` keeps what it fetched)", named.display());
    }
    if !named.exists() {
        bail!("there is no file `{}`", named.display());
    }
    Ok(named.clone())
}

/// `talk-cut.mp4` in the current folder; from `talk-cut.cut.json` beside it.
fn default_out(input: &Path, plan: Option<&Path>) -> PathBuf {
    let extension = cut::extension(input);
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let own = stem(input).unwrap_or_else(|| "video".to_owned());
    match plan {
        Some(plan) => match stem(plan).as_deref().and_then(|name| name.strip_suffix(".cut")) {
            Some(name) if !name.is_empty() => plan.with_file_name(format!("{name}.{extension}")),
            _ => plan.with_file_name(format!("{own}-cut.{extension}")),
        },
        None => PathBuf::from(format!("{own}-cut.{extension}")),
    }
}

fn told(outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    for removed in &outcome.removed {
        let what = match removed.why {
            Why::Silence => "pauses shortened",
            Why::Filler => "fillers removed",
            Why::Repeat => "stutters removed",
            Why::Unwanted => "not asked for",
            Why::Wanted => "switched off by hand",
        };
        lines.push(format!("{what:<22} {:>5}  {:>9}", removed.pieces, format_time(removed.seconds)));
    }
    // A finished film has whole frames: a little more than was asked for.
    let after = outcome.made.as_ref().map_or(outcome.after, |made| made.duration);
    let (before, saved) = (format_time(outcome.before), format_time(outcome.before - after));
    lines.push(format!("{before} becomes {}, {saved} saved", format_time(after)));
    match &outcome.made {
        Some(made) => lines.extend(made_told(made)),
        None => {
            let plan = outcome.plan_file.display();
            lines.push("nothing is cut yet: set `keep` of any piece, then run".to_owned());
            lines.push(format!("  reelspan cut --from-plan {plan}"));
        }
    }
    lines.push(String::new());
    lines.push(outcome.made.as_ref().map_or(&outcome.plan_file, |made| &made.file).display().to_string());
    lines.join("\n")
}

fn made_told(made: &Made) -> Vec<String> {
    let mut lines = Vec::new();
    let whole = made.copied + made.encoded;
    if whole > 0 {
        let percent = |frames: u64| frames as f64 * 100.0 / whole as f64;
        let (copied, encoded) = (percent(made.copied), percent(made.encoded));
        lines.push(format!("{copied:.1} % of {whole} frames copied, {encoded:.1} % encoded anew"));
    }
    match (made.how, &made.because) {
        (How::Encoded, Some(because)) => lines.push(format!("plainly re-encoded because {because}")),
        (How::Encoded, None) => lines.push("plainly re-encoded".to_owned()),
        (How::SoundOnly, _) => lines.push("no picture: the sound is cut to the sample and encoded as one".to_owned()),
        (How::Copied, _) => {}
    }
    lines.extend(made.notes.iter().map(|note| format!("note: {note}")));
    let others = std::iter::once(&made.certificate).chain(&made.captions);
    let names = others.filter_map(|file| file.file_name()).map(|name| name.to_string_lossy().into_owned());
    lines.push(format!("beside it: {}", names.collect::<Vec<_>>().join(", ")));
    lines
}
