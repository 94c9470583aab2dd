//! Opens what the user calls a project: a recording, a folder of them, a result of `clips` or `analyze`, bare transcripts.

mod documents;
mod folder;

use std::path::{Path, PathBuf};

use reelspan_media::analysis::Analysis;
use reelspan_media::plan;
use reelspan_media::transcript::{Transcript, Word};
use reelspan_types::Span;

use super::AskError;
use crate::error::Error;
use crate::input::{self, Source};
use crate::look::{self, Depth};
use crate::parts::Parts;
use crate::progress::Meter;
use crate::words;
use documents::Document;

/// One recording, or the transcript of one that is not here.
pub(crate) struct Recording {
    /// Its file name.
    pub(crate) name: String,
    /// What a cut is made from; none where the recording itself is not here.
    pub(crate) input: Option<plan::Input>,
    pub(crate) duration: f64,
    pub(crate) transcript: Option<Transcript>,
    pub(crate) analysis: Option<Analysis>,
    pub(crate) candidates: Vec<Candidate>,
}

/// A clip that was chosen before.
pub(crate) struct Candidate {
    pub(crate) span: Span,
    pub(crate) title: String,
    pub(crate) reason: String,
}

/// What the user names.
#[derive(Debug, Clone)]
pub struct Request {
    pub project: PathBuf,
    /// Words for the project's one recording.
    pub transcript: Option<PathBuf>,
}

/// Reads the project: what other commands have worked out is found among the stages.
pub(crate) fn open(parts: &Parts<'_>, request: &Request, meter: &mut Meter<'_>) -> Result<Vec<Recording>, Error> {
    let path = &request.project;
    let about = std::fs::metadata(path).map_err(|error| input::unreadable(path, &error))?;
    let mut recordings = if about.is_dir() {
        folder::open(parts, path, request.transcript.as_deref(), meter)?
    } else {
        vec![file(parts, path, request.transcript.as_deref(), meter)?]
    };
    recordings.retain(|recording| recording.transcript.is_some() || recording.analysis.is_some());
    if recordings.is_empty() {
        return Err(AskError::Empty(path.display().to_string()).into());
    }
    if recordings.iter().all(|recording| recording.transcript.is_none()) {
        meter.note(
            "no words are known here, only what was measured; give them with --transcript FILE, or add a speech model: \
             `reelspan models get base`",
        );
    }
    Ok(recordings)
}

/// One file of any kind.
fn file(parts: &Parts<'_>, path: &Path, words: Option<&Path>, meter: &mut Meter<'_>) -> Result<Recording, Error> {
    match documents::read(path)? {
        Some(document) => from_document(parts, path, document, words, meter),
        None => media(parts, path, words, meter),
    }
}

fn media(parts: &Parts<'_>, path: &Path, words: Option<&Path>, meter: &mut Meter<'_>) -> Result<Recording, Error> {
    let input = input::open(parts, &Source::File(path.to_owned()), meter)?;
    let analysis = look::analysis(parts, &input, Depth::Whole, meter)?;
    let found = words::find(parts, words, &input, &analysis, meter)?;
    let video = analysis.video.as_ref();
    let described = plan::Input {
        path: input.path.display().to_string(),
        blake3: input.hash,
        duration: analysis.duration,
        width: video.map(|video| video.width),
        height: video.map(|video| video.height),
        transcript: found.source.to_owned(),
        language: found.transcript.as_ref().and_then(|transcript| transcript.language.clone()),
    };
    Ok(Recording {
        name: name_of(path),
        input: Some(described),
        duration: analysis.duration,
        transcript: found.transcript,
        analysis: Some(analysis),
        candidates: Vec::new(),
    })
}

fn from_document(
    parts: &Parts<'_>,
    path: &Path,
    document: Document,
    words: Option<&Path>,
    meter: &mut Meter<'_>,
) -> Result<Recording, Error> {
    let given = words.map(words::read).transpose()?;
    match document {
        Document::Transcript(_) if words.is_some() => Err(AskError::TwoTranscripts(name_of(path)).into()),
        Document::Transcript(transcript) => Ok(bare(name_of(path), transcript)),
        Document::Analysis(analysis) => Ok(Recording {
            name: name_of(path),
            input: None,
            duration: analysis.duration,
            transcript: given,
            analysis: Some(*analysis),
            candidates: Vec::new(),
        }),
        Document::Plan { input, candidates, captions } => {
            let source = beside(path, &input.path);
            let mut recording = match source {
                Some(source) => media(parts, &source, words, meter)?,
                None => {
                    meter.note(&format!(
                        "the recording `{}` of this plan is not here: only what the plan itself holds is known",
                        input.path
                    ));
                    let transcript = given.or_else(|| captions_as_words(captions, input.language.as_deref()));
                    let mut recording = bare(name_of(Path::new(&input.path)), empty());
                    recording.transcript = transcript;
                    recording.duration = input.duration;
                    recording
                }
            };
            if recording.input.as_ref().is_some_and(|here| here.blake3 != input.blake3) {
                meter
                    .note(&format!("`{}` has changed since the plan was made; its clips are left out", recording.name));
            } else {
                recording.candidates = candidates;
            }
            Ok(recording)
        }
    }
}

/// A transcript without its recording.
fn bare(name: String, transcript: Transcript) -> Recording {
    let duration = transcript.words.iter().map(|word| word.end).fold(0.0, f64::max);
    Recording { name, input: None, duration, transcript: Some(transcript), analysis: None, candidates: Vec::new() }
}

fn empty() -> Transcript {
    Transcript { language: None, timing: reelspan_media::transcript::Timing::Line, words: Vec::new() }
}

fn captions_as_words(words: Vec<Word>, language: Option<&str>) -> Option<Transcript> {
    if words.is_empty() {
        return None;
    }
    Some(Transcript { language: language.map(str::to_owned), words, ..empty() })
}

/// The file that a plan names, where it says or beside the plan or its folder.
fn beside(plan: &Path, named: &str) -> Option<PathBuf> {
    let named = PathBuf::from(named);
    let file = named.file_name()?.to_owned();
    let folders = plan.parent().into_iter().chain(plan.parent().and_then(Path::parent));
    std::iter::once(named).chain(folders.map(|folder| folder.join(&file))).find(|path| path.is_file())
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
