//! Opens what the user named: a file, or a URL that is fetched once and kept.

use std::io::Read;
use std::path::{Path, PathBuf};

use reelspan_media::probe::{self, MediaInfo};
use reelspan_store::{Class, Key};

use crate::error::Error;
use crate::parts::Parts;
use crate::progress::{Meter, Stage};

/// Where a recording comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    File(PathBuf),
    Url(String),
}

/// An opened recording.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    /// BLAKE3 of its bytes, hex.
    pub(crate) hash: String,
    pub(crate) info: MediaInfo,
}

pub(crate) fn open(parts: &Parts<'_>, source: &Source, meter: &mut Meter<'_>) -> Result<Input, Error> {
    open_with(parts, source, false, meter)
}

/// The same for a feature that also takes single pictures.
pub(crate) fn open_any(parts: &Parts<'_>, source: &Source, meter: &mut Meter<'_>) -> Result<Input, Error> {
    open_with(parts, source, true, meter)
}

fn open_with(parts: &Parts<'_>, source: &Source, stills: bool, meter: &mut Meter<'_>) -> Result<Input, Error> {
    let path = match source {
        Source::File(path) => path.clone(),
        Source::Url(url) => fetch(parts, url, meter)?,
    };
    let name = path.display().to_string();
    let path = path.canonicalize().map_err(|error| unreadable(&path, &error))?;
    meter.begin(Stage::Read, 0.0);
    let info = probe::probe(parts.tools, &path)?;
    if info.still && !stills {
        return Err(Error::Still(name));
    }
    let hash = hash(parts, &path, info.bytes, meter)?;
    meter.end();
    Ok(Input { path, hash, info })
}

/// A URL is fetched once: its file rests among the stages until they are cleared.
fn fetch(parts: &Parts<'_>, url: &str, meter: &mut Meter<'_>) -> Result<PathBuf, Error> {
    let importer = parts.importer.ok_or_else(|| Error::Import("URLs cannot be fetched here".to_owned()))?;
    let key = Key::new(Class::Import, &[url]);
    if let Some(path) = parts.stages.get::<PathBuf>(&key).filter(|path| path.is_file()) {
        return Ok(path);
    }
    meter.begin(Stage::Import, 0.0);
    let folder = parts.stages.folder(&key)?;
    let path = importer.import(url, &folder, parts.cancel, &mut |share| meter.at(share))?;
    parts.stages.put(&key, &path)?;
    meter.end();
    Ok(path)
}

fn hash(parts: &Parts<'_>, path: &Path, bytes: u64, meter: &mut Meter<'_>) -> Result<String, Error> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0u64;
    loop {
        if parts.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        done += read as u64;
        meter.at(done as f64 / bytes.max(1) as f64);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Unreadable { file: path.display().to_string(), reason: error.kind() }
}
