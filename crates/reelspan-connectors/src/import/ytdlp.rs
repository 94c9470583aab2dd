//! Fetches a recording from a site with yt-dlp, a program that the user installs and keeps up to date.
//!
//! It works in a folder of its own, talks to the network through our guard only, sees nothing of our environment, and is
//! ended with everything it started when the user cancels.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reelspan_types::{Cancel, Clock};
use rustix::process::Resource;
use tempfile::TempDir;
use url::Url;

use crate::child::{Group, Lines};
use crate::guard::{Guard, Reach};
use crate::http::cancelled;

mod arguments;
mod complaint;
mod protocol;

use protocol::{Asked, Line};
pub use protocol::{Event, Info, Progress};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Sites change: after so many days yt-dlp often fails on them.
const FRESH_DAYS: i64 = 60;
/// The first one that knows `--no-remote-components` and `--js-runtimes`.
const OLDEST: &str = "2025.11.12";
const LONGEST_LINE: usize = 1024 * 1024;
const LONGEST_URL: usize = 4096;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("yt-dlp was not found; install it (`pipx install yt-dlp`) or name it with --yt-dlp")]
    Missing,
    #[error("yt-dlp {version} is too old; version {OLDEST} or later is needed (`pipx upgrade yt-dlp`)")]
    TooOld { version: String },
    #[error("yt-dlp does not run: {0}")]
    NotRunning(String),
    #[error(
        "this is not a web address; it must begin with http:// or https:// and have at most {LONGEST_URL} characters"
    )]
    Address,
    #[error("the cookie file cannot be read; name a file in Netscape format exported from a browser")]
    CookiesUnread,
    #[error("the site wants proof that no robot asks; name a cookie file of a signed-in browser with --cookies")]
    BotWall,
    #[error(
        "the video is only shown to people of a certain age; name a cookie file of a signed-in browser with --cookies"
    )]
    AgeRestricted,
    #[error("the video needs a sign-in; name a cookie file of a browser that may see it with --cookies")]
    SignIn,
    #[error(
        "the video is private; its owner must share it, or name a cookie file of a browser that may see it with --cookies"
    )]
    PrivateVideo,
    #[error("the site does not show this video in your country")]
    Geo,
    #[error("the video has copy protection and cannot be fetched")]
    Drm,
    #[error("this is a live broadcast; fetch the recording when it has ended")]
    Live,
    #[error("the broadcast has not begun or is not on the air")]
    NotYet,
    #[error("the recording is {:.1} hours long; at most {:.1} are allowed", .seconds / 3600.0, f64::from(*.most) / 3600.0)]
    TooLong { seconds: f64, most: u32 },
    #[error("the file is larger than the {:.1} GB that are allowed", *.most as f64 / 1e9)]
    TooBig { most: u64 },
    #[error("this site is not supported; download the file yourself and give its name")]
    Unsupported,
    #[error("the site has had too many requests from here; try again in an hour")]
    RateLimited,
    #[error("the video is gone or the address is wrong")]
    Gone,
    #[error("the site cannot be reached; check the address and your connection")]
    Unreachable,
    #[error("the address leads to this machine or a private network, which is refused")]
    PrivateAddress,
    #[error("the disk is full")]
    DiskFull,
    #[error("picture and sound come apart and need ffmpeg to be joined; install it (`apt-get install ffmpeg`)")]
    NeedsFfmpeg,
    #[error("yt-dlp no longer understands the site; update it (`pipx upgrade yt-dlp`) and try again")]
    Outdated,
    #[error("yt-dlp ended ({status}) and left no file")]
    Failed { status: String },
    #[error("the fetching took longer than {minutes} minutes and was ended")]
    TimedOut { minutes: u64 },
    #[error("cancelled")]
    Cancelled,
    #[error("{what}: {source}")]
    Io { what: &'static str, source: io::Error },
}

fn io_error(what: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |source| if source.kind() == io::ErrorKind::StorageFull { Error::DiskFull } else { Error::Io { what, source } }
}

/// The program as it was found.
#[derive(Debug, Clone)]
pub struct YtDlp {
    program: PathBuf,
    version: String,
    age_days: Option<i64>,
    path: std::ffi::OsString,
    node: Option<PathBuf>,
}

/// How much may be fetched.
#[derive(Debug, Clone)]
pub struct Limits {
    pub bytes: u64,
    pub seconds: u32,
    /// Of the picture; a smaller version is taken where there is one.
    pub height: u32,
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let (bytes, seconds) = (8 * 1024 * 1024 * 1024, 4 * 60 * 60);
        Self { bytes, seconds, height: 1080, time: Duration::from_secs(3 * 60 * 60) }
    }
}

/// What to fetch.
#[derive(Debug, Clone)]
pub struct Import {
    pub url: String,
    /// Where the job's own folder is made; on the disk where the file will stay.
    pub folder: PathBuf,
    /// Only what the user named; copied, and never written to.
    pub cookies: Option<PathBuf>,
    pub limits: Limits,
    pub reach: Reach,
}

/// A fetched file in its job's folder. Dropped, it is removed.
#[derive(Debug)]
pub struct Imported {
    pub info: Info,
    file: PathBuf,
    _job: TempDir,
}

impl Imported {
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Moves the file to `target` (on the same disk), replacing what is there.
    pub fn keep(self, target: &Path) -> Result<(), Error> {
        fs::rename(&self.file, target).map_err(io_error("the fetched file cannot be moved"))
    }
}

impl YtDlp {
    /// Looks at the named program or through `path` (the caller's PATH), and asks for its version.
    pub async fn find(named: Option<&Path>, path: &OsStr, clock: &dyn Clock) -> Result<Self, Error> {
        let program = named.map(Path::to_owned).or_else(|| on_path("yt-dlp", path)).ok_or(Error::Missing)?;
        // yt-dlp takes deno by itself; node must be named.
        let node = on_path("node", path).filter(|_| on_path("deno", path).is_none());
        let mut found = Self { program, version: String::new(), age_days: None, path: path.to_owned(), node };
        let mut asked = found.command(Path::new("/"));
        asked.args(["--ignore-config", "--version"]);
        let mut group = Group::start(asked, Stdio::null()).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::Missing,
            kind => Error::NotRunning(kind.to_string()),
        })?;
        let mut lines = group.child.stdout.take().map(|out| Lines::new(out, 100)).ok_or(Error::Missing)?;
        let answer = tokio::time::timeout(Duration::from_secs(30), lines.next()).await;
        let version = answer.map_err(|_| Error::NotRunning("it did not say its version".into()))?;
        found.version = version
            .filter(|version| released(version).is_some())
            .ok_or_else(|| Error::NotRunning("it did not say its version; try `yt-dlp --version`".into()))?;
        found.age_days = released(&found.version).map(|day| clock.now_ms().div_euclid(DAY_MS) - day);
        if released(&found.version) < released(OLDEST) {
            return Err(Error::TooOld { version: found.version });
        }
        Ok(found)
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// One line for the user where the program is old.
    pub fn warning(&self) -> Option<String> {
        let days = self.age_days.filter(|&days| days > FRESH_DAYS)?;
        let version = &self.version;
        Some(format!("yt-dlp {version} is {days} days old; sites may refuse it, update it with `pipx upgrade yt-dlp`"))
    }

    /// Fetches one recording.
    pub async fn import(
        &self,
        import: &Import,
        cancel: &Cancel,
        on: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Imported, Error> {
        let url = address(&import.url)?;
        let private = fs::Permissions::from_mode(0o700);
        let job = tempfile::Builder::new().prefix("import-").permissions(private).tempdir_in(&import.folder);
        let job = job.map_err(io_error("the job's folder cannot be made"))?;
        let cookies = import.cookies.as_deref().map(|file| copy_cookies(file, job.path())).transpose()?;
        let guard = Guard::start(import.reach.clone()).await.map_err(io_error("the guard cannot listen"))?;
        let places = arguments::Places {
            job: job.path(),
            cookies: cookies.as_deref(),
            guard: &guard.url(),
            node: self.node.as_deref(),
        };
        let mut command = self.command(job.path());
        command.args(arguments::arguments(&url, &import.limits, &places));
        let outcome = run(command, &import.limits, cancel, on).await;
        if let Some(cookies) = &cookies {
            fs::remove_file(cookies).map_err(io_error("the copy of the cookies cannot be removed"))?;
        }
        let said = outcome?;
        match said.file.as_deref().and_then(|file| inside(file, job.path())) {
            Some(file) => Ok(Imported { info: said.info.unwrap_or_default(), file, _job: job }),
            None if guard.refused() > 0 => Err(Error::PrivateAddress),
            None => Err(said.why_nothing(&import.limits)),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that runs yt-dlp")]
    fn command(&self, folder: &Path) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.env_clear().env("PATH", &self.path).env("LANG", "C.UTF-8").current_dir(folder);
        command.env("HOME", folder).env("TMPDIR", folder);
        command
    }
}

/// What one run has said.
#[derive(Debug, Default)]
struct Said {
    asked: Asked,
    info: Option<Info>,
    file: Option<PathBuf>,
    complaint: Option<String>,
    status: String,
    /// It ended as it does when all is well.
    well: bool,
}

impl Said {
    fn note(&mut self, line: Line, on: &mut (dyn FnMut(Event) + Send)) {
        match line {
            Line::Asked(asked) => self.asked = asked,
            Line::File(file) => self.file = Some(file),
            Line::Complaint(complaint) => self.complaint = Some(complaint),
            Line::Event(event) => {
                if let Event::Found(info) = &event {
                    self.info = Some(info.clone());
                }
                on(event);
            }
        }
    }

    /// There is no file: why?
    fn why_nothing(&self, limits: &Limits) -> Error {
        let live = matches!(self.asked.live_status.as_deref(), Some("is_live" | "post_live"));
        if let Some(complaint) = &self.complaint {
            let failed = || Error::Failed { status: self.status.clone() };
            return complaint::meaning(complaint).unwrap_or_else(failed);
        }
        if live || self.asked.is_live == Some(true) {
            return Error::Live;
        }
        if self.asked.live_status.as_deref() == Some("is_upcoming") {
            return Error::NotYet;
        }
        match self.asked.duration {
            Some(seconds) if seconds >= f64::from(limits.seconds) => Error::TooLong { seconds, most: limits.seconds },
            // It was found, passed every other filter, and was still left alone without a complaint.
            _ if self.well && self.info.is_some() => Error::TooBig { most: limits.bytes },
            _ => Error::Failed { status: self.status.clone() },
        }
    }
}

async fn run(
    command: std::process::Command,
    limits: &Limits,
    cancel: &Cancel,
    on: &mut (dyn FnMut(Event) + Send),
) -> Result<Said, Error> {
    let mut group =
        Group::start(command, Stdio::null()).map_err(|error| Error::NotRunning(error.kind().to_string()))?;
    // Twice the bytes: picture and sound are joined into a second file.
    group.limit(Resource::Fsize, limits.bytes.saturating_mul(2));
    group.limit(Resource::Nofile, 512);
    group.limit(Resource::Core, 0);
    group.limit(Resource::Cpu, limits.time.as_secs().max(1));
    let (Some(out), Some(complaints)) = (group.child.stdout.take(), group.child.stderr.take()) else {
        return Err(Error::NotRunning("it has no output".into()));
    };
    let (mut out, mut complaints) = (Lines::new(out, LONGEST_LINE), Lines::new(complaints, LONGEST_LINE));
    let mut said = Said::default();
    let listening = async {
        while !(out.ended() && complaints.ended()) {
            // Progress of the joining comes on the second stream, so both speak the same language.
            // What was said first on the first stream is told first.
            let line = tokio::select! {
                biased;
                line = out.next(), if !out.ended() => line,
                line = complaints.next(), if !complaints.ended() => line,
            };
            if let Some(line) = line.as_deref().and_then(protocol::parse) {
                said.note(line, on);
            }
        }
        group.child.wait().await
    };
    let status = tokio::select! {
        status = listening => status.map_err(io_error("yt-dlp cannot be waited for"))?,
        () = cancelled(cancel) => return Err(Error::Cancelled),
        () = tokio::time::sleep(limits.time) => {
            return Err(Error::TimedOut { minutes: limits.time.as_secs().div_ceil(60).max(1) });
        }
    };
    said.status = status.to_string();
    // 101 says that `--max-downloads 1` was reached: the way in which a good run ends.
    said.well = status.success() || status.code() == Some(101);
    if !said.well {
        said.file = None;
    }
    Ok(said)
}

fn address(url: &str) -> Result<Url, Error> {
    let fits = url.len() <= LONGEST_URL;
    let url = Url::parse(url.trim()).ok().filter(|_| fits).ok_or(Error::Address)?;
    let web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
    web.then_some(url).ok_or(Error::Address)
}

/// yt-dlp writes cookies back: the user's file stays as it is, and the copy is for its owner's eyes only.
fn copy_cookies(file: &Path, job: &Path) -> Result<PathBuf, Error> {
    const LARGEST: u64 = 4 * 1024 * 1024;
    let small = fs::metadata(file).is_ok_and(|data| data.is_file() && data.len() <= LARGEST);
    let cookies = fs::read(file).ok().filter(|_| small).ok_or(Error::CookiesUnread)?;
    let copy = job.join("cookies.txt");
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&copy);
    let written = made.and_then(|mut made| io::Write::write_all(&mut made, &cookies));
    written.map_err(io_error("the cookies cannot be copied")).map(|()| copy)
}

/// The file that was said, if it is a plain file in the job's folder.
fn inside(file: &Path, job: &Path) -> Option<PathBuf> {
    let plain = fs::symlink_metadata(file).is_ok_and(|data| data.is_file() && data.len() > 0);
    let real = fs::canonicalize(file).ok().filter(|_| plain)?;
    real.starts_with(fs::canonicalize(job).ok()?).then_some(real)
}

fn on_path(name: &str, path: &OsStr) -> Option<PathBuf> {
    let runs =
        |file: &PathBuf| fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0);
    std::env::split_paths(path).map(|folder| folder.join(name)).find(runs)
}

/// The day (since 1970) that a version such as `2026.10.26` names.
fn released(version: &str) -> Option<i64> {
    let mut parts = version.split('.').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(2000..3000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469)
}

#[cfg(test)]
mod tests;
