//! What a person sees: progress on standard error, results on standard output.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use reelspan_app::Error;
use reelspan_app::clips::Outcome;
use reelspan_app::progress::{Progress, Stage, Update};
use reelspan_types::format_time;

/// Ended by Ctrl-C, as shells count it.
pub(crate) const CANCELLED: u8 = 130;
/// Some clips were made, some were not.
pub(crate) const PARTIAL: u8 = 3;

/// Progress of a run: one line that moves on a terminal, a line every tenth elsewhere.
pub(crate) struct Console {
    bar: ProgressBar,
    stage: Option<Stage>,
    said: u64,
    live: bool,
}

impl Console {
    pub(crate) fn new() -> Self {
        let live = std::io::stderr().is_terminal();
        let bar = if live { ProgressBar::new(1000) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{prefix:>10} {bar:36} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸ "));
        Self { bar, stage: None, said: 0, live }
    }

    /// A line of its own above the moving one.
    pub(crate) fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Console {
    fn update(&mut self, update: Update) {
        let name = update.stage.name();
        if update.reused {
            self.line(&format!("{name:>10} done by an earlier run"));
            return;
        }
        let fresh = self.stage != Some(update.stage);
        if fresh {
            self.stage = Some(update.stage);
            self.said = 0;
        }
        let percent = (update.done * 100.0).floor() as u64;
        let left = update.left.map(|left| format!(", {} left", short(left))).unwrap_or_default();
        if self.live {
            self.bar.set_prefix(name);
            self.bar.set_position((update.done * 1000.0) as u64);
            self.bar.set_message(format!("{percent:3} %{left}"));
            if update.done >= 1.0 {
                self.line(&format!("{name:>10} done"));
            }
        } else if percent >= self.said + 10 || (percent == 100 && self.said < 100) {
            self.said = percent;
            self.line(&format!("{name:>10} {percent:3} %{left}"));
        }
    }

    fn note(&mut self, text: &str) {
        self.line(&format!("      note {text}"));
    }
}

fn short(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// The table of clips.
pub(crate) fn outcome(outcome: &Outcome, json: bool) -> ExitCode {
    if json {
        print(&serde_json::to_string_pretty(outcome).unwrap_or_default());
    } else {
        print(&table(outcome));
    }
    match outcome.failed() {
        0 => ExitCode::SUCCESS,
        failed if failed == outcome.made.len() => ExitCode::FAILURE,
        _ => ExitCode::from(PARTIAL),
    }
}

fn table(outcome: &Outcome) -> String {
    let mut lines = vec![format!("{:<22} {:>19}  {:>5}  why", "file", "from - to", "score")];
    for clip in &outcome.plan.clips {
        let span = format!("{} - {}", format_time(clip.start), format_time(clip.end));
        let files: Vec<_> = outcome.made.iter().filter(|made| made.clip == clip.id).collect();
        let score = (clip.score * 100.0).round();
        if files.is_empty() {
            lines.push(format!("{:<22} {span:>19}  {score:>5}  {}", format!("(plan) {}", clip.id), clip.reason));
        }
        for made in files {
            let why = made.error.as_ref().map_or(clip.reason.clone(), |error| format!("FAILED: {error}"));
            lines.push(format!("{:<22} {span:>19}  {score:>5}  {why}", made.video));
        }
    }
    let opened = if outcome.made.is_empty() { "clips.json" } else { "index.html" };
    lines.push(String::new());
    lines.push(format!("{}", outcome.folder.join(opened).display()));
    lines.join("\n")
}

pub(crate) fn print(text: &str) {
    use std::io::Write;
    // A closed pipe (`| head`) is no error worth a panic.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// One sentence, and the exit code that scripts look at.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    if matches!(error.downcast_ref::<Error>(), Some(Error::Cancelled)) {
        eprintln!("cancelled; what was finished is kept, and the same command goes on from there");
        return ExitCode::from(CANCELLED);
    }
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
