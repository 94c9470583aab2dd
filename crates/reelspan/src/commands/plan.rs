//! `reelspan plan`: whether a plan holds together, and what one may hold.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use reelspan_media::plan::{Document, schema};

use crate::console::print;
use crate::settings::export::Plans;

pub(crate) fn plan(action: &Plans) -> anyhow::Result<ExitCode> {
    match action {
        Plans::Schema => print(schema::text().trim_end()),
        Plans::Check { file } => {
            let document = read(file)?;
            let holds = match &document {
                Document::Clips(plan) => counted(plan.clips.len(), "clip"),
                Document::MusicEdit(plan) => {
                    format!("{} of {}", counted(plan.shots.len(), "shot"), counted(plan.sources.len(), "source"))
                }
                Document::Cut(plan) => {
                    let kept = plan.pieces.iter().filter(|piece| piece.keep).count();
                    format!("{}, {kept} kept", counted(plan.pieces.len(), "piece"))
                }
            };
            print(&format!("good: {}, {holds}", document.kind().name()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A plan of any kind; a fault is told with the file in front, as compilers do.
pub(super) fn read(file: &Path) -> anyhow::Result<Document> {
    let text = std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    Document::parse(&text).with_context(|| file.display().to_string())
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
