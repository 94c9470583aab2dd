//! The weights of speech models: which there are, which are here, fetching and removing them.
//!
//! The list that comes with the program names the models of whisper.cpp with their checksums. A user's own list (TOML) adds
//! others:
//!
//! ```toml
//! [[model]]
//! name = "my-model"
//! url = "https://example.com/ggml-my-model.bin"
//! licence = "MIT"
//! bytes = 123456       # optional
//! sha256 = "0123..."   # optional; without it the first download is trusted, and pinned from then on
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use reelspan_connectors::weights::{self, Downloader, Fetched, Progress, Weights};
use reelspan_types::Cancel;
use serde::Serialize;

mod manifest;

pub use manifest::{ManifestError, Model, builtin, read_manifest};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no model `{name}`; there are {}", .known.join(", "))]
    Unknown { name: String, known: Vec<String> },
    #[error("the model `{0}` is not here")]
    NotHere(String),
    #[error(transparent)]
    Weights(#[from] weights::Error),
    #[error(
        "the file of `{0}` is not the one that was fetched at first; remove it with `reelspan models remove {0}` and get it again"
    )]
    Changed(String),
    #[error("{what}: {source}")]
    Io { what: &'static str, source: io::Error },
}

fn io_error(what: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { what, source }
}

/// What is known about one model in this folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    pub name: String,
    pub url: String,
    pub licence: String,
    /// Of the whole file, where known.
    pub bytes: Option<u64>,
    pub sha256: Option<String>,
    /// Where the file is, if it is here.
    pub installed: Option<PathBuf>,
    /// How much of it an interrupted download has left.
    pub partial_bytes: Option<u64>,
}

/// How a model came to be here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    pub path: PathBuf,
    pub sha256: String,
    /// It was here already, and its checksum is right.
    pub already: bool,
    /// The list has no checksum: this one was found now and will be asked for from now on.
    pub trusted_on_first_use: bool,
}

/// A folder of weights and the list that they come from.
#[derive(Debug, Clone)]
pub struct Models {
    folder: PathBuf,
    list: Vec<Model>,
}

impl Models {
    /// `own` is added to the list that comes with the program; the same name replaces.
    pub fn new(folder: impl Into<PathBuf>, own: Vec<Model>) -> Self {
        let mut list = builtin();
        list.retain(|model| own.iter().all(|mine| mine.name != model.name));
        list.extend(own);
        Self { folder: folder.into(), list }
    }

    pub fn list(&self) -> Vec<Listed> {
        let size = |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|data| data.len());
        let listed = |model: &Model| {
            let path = self.file(model);
            Listed {
                name: model.name.clone(),
                url: model.url.clone(),
                licence: model.licence.clone(),
                bytes: model.bytes.or_else(|| size(&path)),
                sha256: model.sha256.clone().or_else(|| self.pinned(model)),
                partial_bytes: size(&beside(&path, ".part")),
                installed: size(&path).map(|_| path),
            }
        };
        self.list.iter().map(listed).collect()
    }

    /// The file of an installed model: what the speech helper is given.
    pub fn path(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.file(self.named(name)?);
        if path.is_file() { Ok(path) } else { Err(Error::NotHere(name.to_owned())) }
    }

    /// Fetches a model, or checks the one that is here.
    pub async fn get(
        &self,
        name: &str,
        downloader: &Downloader,
        cancel: &Cancel,
        on: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Got, Error> {
        let model = self.named(name)?;
        let path = self.file(model);
        let pinned = self.pinned(model);
        let known = model.sha256.clone().or_else(|| pinned.clone());
        if path.is_file() {
            let sha256 = check(&path, cancel).await?;
            if known.as_ref().is_some_and(|known| *known != sha256) {
                return Err(Error::Changed(name.to_owned()));
            }
            let trusted_on_first_use = known.is_none();
            if trusted_on_first_use {
                self.pin(model, &sha256)?;
            }
            return Ok(Got { path, sha256, already: true, trusted_on_first_use });
        }
        fs::create_dir_all(&self.folder).map_err(io_error("the models' folder cannot be made"))?;
        let Model { name, url, bytes, .. } = model.clone();
        let wanted = Weights { name, url, bytes, sha256: known.clone() };
        let Fetched { sha256, .. } = downloader.fetch(&wanted, &path, cancel, on).await?;
        if known.is_none() {
            self.pin(model, &sha256)?;
        }
        Ok(Got { path, sha256, already: false, trusted_on_first_use: known.is_none() })
    }

    /// Deletes a model and whatever a broken download has left of it. The bytes that became free.
    pub fn remove(&self, name: &str) -> Result<u64, Error> {
        let path = self.file(self.named(name)?);
        let mut freed = 0;
        let mut any = false;
        for file in [path.clone(), beside(&path, ".part"), beside(&path, ".part.json"), beside(&path, ".sha256")] {
            let Ok(data) = fs::symlink_metadata(&file) else { continue };
            fs::remove_file(&file).map_err(io_error("the model cannot be removed"))?;
            freed += data.len();
            any = true;
        }
        if any { Ok(freed) } else { Err(Error::NotHere(name.to_owned())) }
    }

    fn named(&self, name: &str) -> Result<&Model, Error> {
        let known = || self.list.iter().map(|model| model.name.clone()).collect();
        let found = self.list.iter().find(|model| model.name == name);
        found.ok_or_else(|| Error::Unknown { name: name.to_owned(), known: known() })
    }

    fn file(&self, model: &Model) -> PathBuf {
        self.folder.join(format!("ggml-{}.bin", model.name))
    }

    /// The checksum of the first download, where the list has none.
    fn pinned(&self, model: &Model) -> Option<String> {
        let text = fs::read_to_string(beside(&self.file(model), ".sha256")).ok()?;
        manifest::is_sha256(text.trim()).then(|| text.trim().to_owned())
    }

    fn pin(&self, model: &Model, sha256: &str) -> Result<(), Error> {
        fs::write(beside(&self.file(model), ".sha256"), sha256).map_err(io_error("the checksum cannot be kept"))
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

async fn check(path: &Path, cancel: &Cancel) -> Result<String, Error> {
    let file = File::open(path).map_err(io_error("the model cannot be read"))?;
    let cancel = cancel.clone();
    let work = tokio::task::spawn_blocking(move || weights::digest(file, &cancel));
    let digested = work.await.map_err(|_| weights::Error::Cancelled)?;
    Ok(digested.map_err(io_error("the model cannot be read"))?.ok_or(weights::Error::Cancelled)?)
}

#[cfg(test)]
mod tests;
