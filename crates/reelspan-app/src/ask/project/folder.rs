//! A folder as a project: its recordings with the transcripts beside them, or what `clips` left there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::documents::{self, Document};
use super::{Recording, file, name_of};
use crate::ask::AskError;
use crate::error::Error;
use crate::input::unreadable;
use crate::parts::Parts;
use crate::progress::Meter;

/// What recordings are called. (A file of another name can still be asked by naming it.)
const MEDIA: &[&str] = &[
    "3g2", "3gp", "aac", "aif", "aiff", "amr", "asf", "avi", "caf", "divx", "dv", "f4v", "flac", "flv", "m2t", "m2ts",
    "m4a", "m4b", "m4v", "mka", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "mts", "mxf", "oga", "ogg", "ogm",
    "ogv", "opus", "qt", "rm", "ts", "vob", "wav", "webm", "wma", "wmv", "wv",
];
const WORDS: &[&str] = &["json", "vtt", "srt"];

pub(super) fn open(
    parts: &Parts<'_>,
    folder: &Path,
    words: Option<&Path>,
    meter: &mut Meter<'_>,
) -> Result<Vec<Recording>, Error> {
    if let Some(plan) = Some(folder.join("clips.json")).filter(|plan| plan.is_file()) {
        return Ok(vec![file(parts, &plan, words, meter)?]);
    }
    let files = files(folder)?;
    let (media, texts): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|path| MEDIA.contains(&extension(path).as_str()));
    let texts = without_sidecars(texts, &media);
    let named: Vec<PathBuf> = media.into_iter().chain(texts).collect();
    if words.is_some() && named.len() != 1 {
        return Err(AskError::WhichRecording(named.len()).into());
    }
    let mut recordings = Vec::new();
    for path in named {
        match file(parts, &path, words, meter) {
            Ok(recording) => recordings.push(recording),
            Err(error) if error.is_final() => return Err(error),
            // One bad file of many is said and left out.
            Err(error) => meter.note(&format!("{error}; it is left out")),
        }
    }
    add_candidates(folder, &mut recordings);
    Ok(recordings)
}

/// The folder's own files in order of name; hidden ones are not meant.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let found = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut files: Vec<PathBuf> = found
        .flatten()
        .map(|item| item.path())
        .filter(|path| path.is_file() && !name_of(path).starts_with('.'))
        .filter(|path| [MEDIA, WORDS].iter().any(|list| list.contains(&extension(path).as_str())))
        .collect();
    files.sort();
    Ok(files)
}

fn extension(path: &Path) -> String {
    path.extension().map(|part| part.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Transcripts of their own: none that lies beside its recording, and one of each name.
fn without_sidecars(texts: Vec<PathBuf>, media: &[PathBuf]) -> Vec<PathBuf> {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let taken: Vec<String> = media.iter().map(|path| stem(path)).collect();
    let mut best: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in texts {
        let own = stem(&path);
        // `talk.en.vtt` belongs to `talk.mp4` as well.
        let beside = taken.iter().any(|media| own == *media || own.starts_with(&format!("{media}.")));
        let rank = |path: &Path| WORDS.iter().position(|known| *known == extension(path));
        if !beside && best.get(&own).is_none_or(|known| rank(&path) < rank(known)) {
            best.insert(own, path);
        }
    }
    best.into_values().collect()
}

/// What `clips` left in the folders below, where it was made from these recordings.
fn add_candidates(folder: &Path, recordings: &mut [Recording]) {
    let below = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut plans: Vec<PathBuf> =
        below.map(|item| item.path().join("clips.json")).filter(|plan| plan.is_file()).collect();
    plans.sort();
    for plan in plans {
        let Ok(Some(Document::Plan { input, candidates, .. })) = documents::read(&plan) else { continue };
        let of_it = |recording: &&mut Recording| recording.input.as_ref().is_some_and(|own| own.blake3 == input.blake3);
        if let Some(recording) = recordings.iter_mut().find(of_it) {
            recording.candidates.extend(candidates);
        }
    }
}
