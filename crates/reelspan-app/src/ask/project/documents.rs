//! Tells apart the text files that may be a project or a part of one: plans, analyses, transcripts.

use std::path::Path;

use reelspan_media::analysis::Analysis;
use reelspan_media::plan::{CutPlan, Input, Plan};
use reelspan_media::subtitles::{self, SubtitleError};
use reelspan_media::transcript::{Transcript, Word};
use reelspan_types::Span;
use serde_json::Value;

use super::{Candidate, name_of};
use crate::ask::AskError;
use crate::error::Error;
use crate::input::unreadable;

/// Larger than ten hours of analysis; a larger file is no result of ours.
const LARGEST: u64 = 512 * 1024 * 1024;

pub(super) enum Document {
    Transcript(Transcript),
    Analysis(Box<Analysis>),
    Plan {
        input: Input,
        candidates: Vec<Candidate>,
        /// The words of its clips, in order.
        captions: Vec<Word>,
    },
}

/// None where the file is no text of ours but a recording.
pub(super) fn read(path: &Path) -> Result<Option<Document>, Error> {
    let extension = path.extension().map(|part| part.to_string_lossy().to_lowercase()).unwrap_or_default();
    if !["json", "srt", "vtt"].contains(&extension.as_str()) {
        return Ok(None);
    }
    let bytes = text(path)?;
    if extension == "json" { json(path, &bytes).map(Some) } else { transcript(path, &bytes, &extension).map(Some) }
}

fn text(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    if std::fs::metadata(path).map_err(failed)?.len() > LARGEST {
        return Err(AskError::NoProject {
            file: name_of(path),
            why: "it is too large for a result of Reelspan".to_owned(),
        }
        .into());
    }
    std::fs::read(path).map_err(failed)
}

fn transcript(path: &Path, bytes: &[u8], extension: &str) -> Result<Document, Error> {
    let parsed = subtitles::parse(bytes, extension);
    parsed.map(Document::Transcript).map_err(|source| Error::Transcript { file: path.display().to_string(), source })
}

/// A plan says so, an analysis has shots or sound; everything else should be a transcript.
fn json(path: &Path, bytes: &[u8]) -> Result<Document, Error> {
    /// Only the fields by which a file is known.
    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Face {
        schema: Option<Value>,
        kind: Option<Value>,
        audio: Option<Value>,
        video: Option<Value>,
        duration: Option<Value>,
    }
    let no = |why: String| Error::from(AskError::NoProject { file: name_of(path), why });
    let face: Face = serde_json::from_slice(bytes).unwrap_or_default();
    if face.schema.as_ref().and_then(Value::as_str).is_some_and(|schema| schema.starts_with("reelspan.plan")) {
        return plan(path, bytes, face.kind.as_ref().and_then(Value::as_str).unwrap_or_default());
    }
    let media = |part: &Option<Value>| part.as_ref().is_some_and(|part| part.is_object());
    if face.duration.is_some_and(|duration| duration.is_number()) && (media(&face.audio) || media(&face.video)) {
        let analysis =
            serde_json::from_slice(bytes).map_err(|error| no(format!("as an analysis it is not whole: {error}")))?;
        return Ok(Document::Analysis(Box::new(analysis)));
    }
    match subtitles::parse(bytes, "json") {
        Ok(transcript) => Ok(Document::Transcript(transcript)),
        Err(error @ (SubtitleError::Malformed { .. } | SubtitleError::Empty)) => {
            Err(no(format!("it is no plan, no analysis and no transcript ({error})")))
        }
        Err(source) => Err(Error::Transcript { file: path.display().to_string(), source }),
    }
}

fn plan(path: &Path, bytes: &[u8], kind: &str) -> Result<Document, Error> {
    let no = |why: String| Error::from(AskError::NoProject { file: name_of(path), why });
    match kind {
        "clips" => {
            let text = String::from_utf8_lossy(bytes);
            let plan = Plan::parse(&text)?;
            let candidates = plan.clips.iter().map(|clip| Candidate {
                span: Span::new(clip.start, clip.end),
                title: clip.title.clone(),
                reason: clip.reason.clone(),
            });
            let candidates = candidates.collect();
            let mut captions: Vec<Word> =
                plan.clips.into_iter().flat_map(|clip| clip.captions).flat_map(|caption| caption.words).collect();
            captions.sort_by(|a, b| a.start.total_cmp(&b.start));
            // Clips may overlap: the same word is known once.
            captions.dedup_by(|a, b| (a.start - b.start).abs() < 0.01 && a.text == b.text);
            Ok(Document::Plan { input: plan.input, candidates, captions })
        }
        "cut" => {
            let plan: CutPlan =
                serde_json::from_slice(bytes).map_err(|error| no(format!("as a plan it is not whole: {error}")))?;
            Ok(Document::Plan { input: plan.input, candidates: Vec::new(), captions: Vec::new() })
        }
        other => Err(no(format!("a plan of the kind `{other}` holds nothing to ask; name its recording instead"))),
    }
}
