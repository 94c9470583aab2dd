//! Fetches a model's weights: with progress, resumed where it broke off, and never used before its checksum is right.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reelspan_types::Cancel;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderValue, IF_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::http::{self, RealWait, Wait, unless_cancelled};

/// No weights are larger; a server that sends without end is stopped there.
const LARGEST: u64 = 64 << 30;
/// Left free on the disk besides the file.
const SPARE: u64 = 64 << 20;
/// Tries in a row that bring less than a mebibyte.
const TRIES: u32 = 5;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Client(#[from] http::Error),
    #[error("`{0}` cannot be fetched from there: its address is not http:// or https://")]
    Address(String),
    #[error("the server of `{name}` answered {status}; check the address in the manifest or try again later")]
    Refused { name: String, status: u16 },
    #[error("`{name}` broke off {tries} times; run it again to continue where it stopped")]
    Broken { name: String, tries: u32 },
    #[error("`{name}` should have {expected} bytes, but the server has {found}; it is not the file of the manifest")]
    Size { name: String, expected: u64, found: u64 },
    #[error(
        "`{name}` arrived with another checksum than the manifest's and was removed (sha256 {found} instead of {expected})"
    )]
    Checksum { name: String, expected: String, found: String },
    #[error("`{name}` needs {needed} bytes on the disk and {free} are free")]
    NoSpace { name: String, needed: u64, free: u64 },
    #[error("`{0}` is being fetched already by another run")]
    Busy(String),
    #[error("cancelled; run it again to continue where it stopped")]
    Cancelled,
    #[error("{what}: {source}")]
    Io { what: &'static str, source: io::Error },
}

fn io_error(what: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { what, source }
}

/// One row of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    pub name: String,
    pub url: String,
    /// Where known.
    pub bytes: Option<u64>,
    /// Lower-case hex. Without it there is nothing to verify against, and a broken download starts over.
    pub sha256: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub bytes: u64,
    pub total: Option<u64>,
}

/// A file that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: u64,
    pub sha256: String,
}

/// What the half-fetched file is half of.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Origin {
    url: String,
    etag: Option<String>,
}

/// Why a try ended early.
enum Ended {
    /// Worth another try.
    Broken,
    /// The server's file is not the one that was begun.
    Changed,
    Final(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// Fetches files one at a time.
pub struct Downloader {
    client: Client,
    wait: Box<dyn Wait>,
}

impl Downloader {
    /// Redirects are followed: the usual places keep names in one house and files in another.
    pub fn new(settings: &http::Settings) -> Result<Self, Error> {
        let client = http::client(&http::Settings { redirects: 5, ..settings.clone() })?;
        Ok(Self { client, wait: Box::new(RealWait) })
    }

    #[must_use]
    pub fn wait(mut self, wait: impl Wait + 'static) -> Self {
        self.wait = Box::new(wait);
        self
    }

    /// Fetches into `target`, which appears whole and verified or not at all. What has arrived stays beside it as
    /// `target.part` until then.
    pub async fn fetch(
        &self,
        weights: &Weights,
        target: &Path,
        cancel: &Cancel,
        on: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Fetched, Error> {
        let mut part = Part::open(weights, target)?;
        let fetched = self.whole(weights, &mut part, cancel, on).await;
        match fetched {
            Ok(_) => part.finish(target)?,
            // Nothing worth going on with.
            Err(_) if part.length == 0 => part.remove()?,
            Err(_) => {}
        }
        fetched
    }

    /// Fills the part and compares its checksum.
    async fn whole(
        &self,
        weights: &Weights,
        part: &mut Part,
        cancel: &Cancel,
        on: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Fetched, Error> {
        let mut fetched = self.fill(weights, part, cancel, on).await?;
        let expected = weights.sha256.as_deref().map(str::to_ascii_lowercase);
        // A resumed file may be made of two: once more from the start before the server is blamed.
        if part.resumed && expected.as_ref().is_some_and(|expected| *expected != fetched.sha256) {
            part.restart()?;
            fetched = self.fill(weights, part, cancel, on).await?;
        }
        if let Some(expected) = expected.filter(|expected| *expected != fetched.sha256) {
            part.restart()?;
            return Err(Error::Checksum { name: weights.name.clone(), expected, found: fetched.sha256 });
        }
        Ok(fetched)
    }

    async fn fill(
        &self,
        weights: &Weights,
        part: &mut Part,
        cancel: &Cancel,
        on: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Fetched, Error> {
        let mut failures = 0;
        loop {
            let before = part.length;
            let outcome = unless_cancelled(cancel, self.attempt(weights, part, on)).await;
            match outcome.ok_or(Error::Cancelled)? {
                Ok(()) => break,
                Err(Ended::Final(error)) => return Err(error),
                Err(Ended::Changed) => part.restart()?,
                Err(Ended::Broken) => {}
            }
            failures = if part.length >= before + (1 << 20) { 1 } else { failures + 1 };
            if failures >= TRIES {
                return Err(Error::Broken { name: weights.name.clone(), tries: failures });
            }
            let pause = Duration::from_secs(1 << failures.min(5));
            unless_cancelled(cancel, self.wait.wait(pause)).await.ok_or(Error::Cancelled)?;
        }
        part.digest(cancel).await
    }

    /// One request, written to the end of the part.
    async fn attempt(
        &self,
        weights: &Weights,
        part: &mut Part,
        on: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), Ended> {
        if weights.bytes.is_some_and(|bytes| bytes == part.length) {
            return Ok(());
        }
        let mut request = self.client.get(&weights.url).header(ACCEPT_ENCODING, "identity");
        if part.length > 0 {
            request = request.header(RANGE, format!("bytes={}-", part.length));
            if let Some(etag) = &part.origin.etag {
                request = request.header(IF_RANGE, etag);
            }
        }
        let mut answer = request.send().await.map_err(|_| Ended::Broken)?;
        let total = self.judge(weights, part, &answer)?;
        part.room(weights, total)?;
        let largest = total.or(weights.bytes).unwrap_or(LARGEST);
        let progress = |part: &Part| Progress { bytes: part.length, total: total.or(weights.bytes) };
        on(progress(part));
        while let Some(piece) = answer.chunk().await.map_err(|_| Ended::Broken)? {
            if part.length + piece.len() as u64 > largest {
                let found = part.length + piece.len() as u64;
                part.restart()?;
                return Err(Error::Size { name: weights.name.clone(), expected: largest, found }.into());
            }
            part.append(&piece)?;
            on(progress(part));
        }
        if total.or(weights.bytes).is_some_and(|total| part.length < total) { Err(Ended::Broken) } else { Ok(()) }
    }

    /// Decides from the head whether to append, to begin again, or to give up. Gives the whole file's size, if said.
    fn judge(&self, weights: &Weights, part: &mut Part, answer: &Response) -> Result<Option<u64>, Ended> {
        let status = answer.status();
        let etag = strong_etag(answer);
        let total = match status {
            StatusCode::PARTIAL_CONTENT => {
                let (start, total) = answer.headers().get(CONTENT_RANGE).and_then(range).ok_or(Ended::Changed)?;
                let same = part.origin.etag.is_none() || etag.is_none() || part.origin.etag == etag;
                if start != part.length || !same {
                    return Err(Ended::Changed);
                }
                part.resumed = true;
                total
            }
            StatusCode::OK => {
                // The range was ignored, or the file is another one now.
                part.restart()?;
                part.origin.etag = etag;
                part.note()?;
                answer.content_length()
            }
            StatusCode::RANGE_NOT_SATISFIABLE if part.length > 0 => return Err(Ended::Changed),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => return Err(Ended::Broken),
            _ if status.is_server_error() => return Err(Ended::Broken),
            _ => return Err(Error::Refused { name: weights.name.clone(), status: status.as_u16() }.into()),
        };
        match (weights.bytes, total) {
            (Some(expected), Some(found)) if expected != found => {
                part.restart()?;
                Err(Error::Size { name: weights.name.clone(), expected, found }.into())
            }
            _ => Ok(total),
        }
    }
}

/// Weak ones do not promise the same bytes.
fn strong_etag(answer: &Response) -> Option<String> {
    let etag = answer.headers().get(ETAG)?.to_str().ok()?;
    etag.starts_with('"').then(|| etag.to_owned())
}

/// `bytes 100-199/200`: the start, and the whole if it is said.
fn range(value: &HeaderValue) -> Option<(u64, Option<u64>)> {
    let (span, total) = value.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = span.split_once('-')?;
    Some((start.parse().ok()?, total.parse().ok()))
}

/// The half-fetched file, locked while it is worked on.
struct Part {
    file: File,
    path: PathBuf,
    origin_path: PathBuf,
    origin: Origin,
    length: u64,
    resumed: bool,
}

impl Part {
    fn open(weights: &Weights, target: &Path) -> Result<Self, Error> {
        let web = weights.url.starts_with("https://") || weights.url.starts_with("http://");
        if !web {
            return Err(Error::Address(weights.name.clone()));
        }
        let (path, origin_path) = (beside(target, ".part"), beside(target, ".part.json"));
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(io_error("the weights' file cannot be made"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy(weights.name.clone())),
            Err(TryLockError::Error(source)) => return Err(io_error("the weights' file cannot be locked")(source)),
        }
        let known: Option<Origin> = fs::read(&origin_path).ok().and_then(|json| serde_json::from_slice(&json).ok());
        let origin = known.filter(|origin| origin.url == weights.url);
        // A part may go on where a mark of the server or the checksum will show whether it still fits.
        let usable = origin.as_ref().is_some_and(|origin| origin.etag.is_some() || weights.sha256.is_some());
        let origin = origin.unwrap_or_else(|| Origin { url: weights.url.clone(), etag: None });
        let mut part = Self { file, path, origin_path, origin, length: 0, resumed: false };
        if usable {
            part.length = part.file.seek(io::SeekFrom::End(0)).map_err(io_error("the weights' file cannot be read"))?;
            part.resumed = part.length > 0;
        }
        if !usable || weights.bytes.is_some_and(|bytes| part.length > bytes) {
            part.restart()?;
        }
        part.room(weights, weights.bytes)?;
        Ok(part)
    }

    fn note(&self) -> Result<(), Error> {
        let json = serde_json::to_vec(&self.origin).map_err(io::Error::from);
        json.and_then(|json| fs::write(&self.origin_path, json))
            .map_err(io_error("the weights' file cannot be written"))
    }

    fn append(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.file.write_all(piece).map_err(io_error("the weights' file cannot be written"))?;
        self.length += piece.len() as u64;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), Error> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(io_error("the weights' file cannot be emptied"))?;
        (self.length, self.resumed) = (0, false);
        self.origin.etag = None;
        self.note()
    }

    /// Says so before the disk is full.
    fn room(&self, weights: &Weights, total: Option<u64>) -> Result<(), Error> {
        let Some(total) = total else { return Ok(()) };
        let disk =
            rustix::fs::fstatvfs(&self.file).map_err(|error| io_error("the disk cannot be asked")(error.into()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let needed = total.saturating_sub(self.length).saturating_add(SPARE);
        if needed > free {
            if self.length == 0 {
                self.remove()?;
            }
            return Err(Error::NoSpace { name: weights.name.clone(), needed, free });
        }
        Ok(())
    }

    async fn digest(&mut self, cancel: &Cancel) -> Result<Fetched, Error> {
        let file = self.file.try_clone().map_err(io_error("the weights' file cannot be read"))?;
        let cancel = cancel.clone();
        let work = tokio::task::spawn_blocking(move || digest(file, &cancel));
        let digested =
            work.await.map_err(|_| Error::Cancelled)?.map_err(io_error("the weights' file cannot be read"))?;
        let sha256 = digested.ok_or(Error::Cancelled)?;
        Ok(Fetched { bytes: self.length, sha256 })
    }

    fn remove(&self) -> Result<(), Error> {
        fs::remove_file(&self.path).map_err(io_error("the weights' file cannot be removed"))?;
        fs::remove_file(&self.origin_path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(io_error("the weights' file cannot be removed")(error)),
        })
    }

    fn finish(self, target: &Path) -> Result<(), Error> {
        let kept = self.file.sync_all().and_then(|()| fs::rename(&self.path, target));
        kept.map_err(io_error("the weights' file cannot be put in its place"))?;
        fs::remove_file(&self.origin_path).map_err(io_error("the weights' file cannot be removed"))
    }
}

fn beside(target: &Path, suffix: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The SHA-256 of a file in lower-case hex, or none when cancelled.
pub fn digest(mut file: File, cancel: &Cancel) -> io::Result<Option<String>> {
    file.rewind()?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Ok(Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

#[cfg(test)]
mod tests;
