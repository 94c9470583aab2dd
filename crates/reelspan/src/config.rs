//! The service's settings: flags and environment before the file, the file before what is built in.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use reelspan_api::limits::Network;
use reelspan_store::S3;
use reelspan_types::Lifespans;
use serde::{Deserialize, Serialize};

use crate::environment;
use crate::settings::serve::{LogFormat, Serve, ServiceFlags};

const LISTEN: &str = "127.0.0.1:7780";
const GRACE: f64 = 30.0;

/// The file as it is written. A key that is not known is an error.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    work: Option<bool>,
    database: Option<String>,
    processors: Option<u16>,
    grace: Option<String>,
    also_fetch_from: Option<Vec<SocketAddr>>,
    trusted_proxies: Option<Vec<String>>,
    log_format: Option<LogFormat>,
    s3: Option<FileS3>,
    lifespans: Option<FileLifespans>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileS3 {
    bucket: String,
    region: Option<String>,
    endpoint: Option<String>,
    access_key: Option<String>,
    secret_key: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLifespans {
    input: Option<String>,
    output: Option<String>,
}

/// What the service goes by.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) work: bool,
    /// None is SQLite in the data folder.
    pub(crate) database: Option<String>,
    /// None is a folder in the data folder.
    pub(crate) s3: Option<S3>,
    pub(crate) processors: usize,
    pub(crate) grace: Duration,
    pub(crate) also_fetch_from: Vec<SocketAddr>,
    /// Proxies whose word about a client's address is taken.
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) log_format: LogFormat,
    pub(crate) lifespans: Lifespans,
    /// Where each setting comes from, in the order in which they are shown.
    shown: Vec<Shown>,
}

/// One line of `reelspan config show`. Secrets are told by whether they are set.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shown {
    pub(crate) setting: &'static str,
    pub(crate) value: String,
    pub(crate) from: &'static str,
}

impl Config {
    pub(crate) fn serve(flags: &Serve) -> anyhow::Result<Self> {
        let own = Own { listen: flags.listen, public_url: flags.public_url.clone(), no_work: flags.no_work };
        Self::read(&flags.service, own)
    }

    /// Of a worker, which listens to nobody.
    pub(crate) fn worker(flags: &ServiceFlags) -> anyhow::Result<Self> {
        Self::read(flags, Own { listen: None, public_url: None, no_work: false })
    }

    pub(crate) fn shown(&self) -> &[Shown] {
        &self.shown
    }

    fn read(flags: &ServiceFlags, own: Own) -> anyhow::Result<Self> {
        let file = flags.config.as_deref().map(file).transpose()?.unwrap_or_default();
        let mut pick = Pick::default();
        let default_listen = LISTEN.parse().context("the built-in address is an address")?;
        let listen = pick.of("listen", own.listen, file.listen, default_listen);
        let public_url = pick.maybe("public_url", own.public_url, file.public_url, "as the client asked");
        let work = pick.of("work", own.no_work.then_some(false), file.work, true);
        let database = pick.secret("database", flags.database.clone(), file.database, "SQLite in the data folder");
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let own_processors = u16::try_from(cores).unwrap_or(u16::MAX);
        let processors = pick.of("processors", flags.processors, file.processors, own_processors);
        let file_grace = file.grace.as_deref().map(|text| seconds("grace", text)).transpose()?;
        let grace = pick.of("grace", flags.grace, file_grace, GRACE);
        let also = (!flags.also_fetch_from.is_empty()).then(|| List(flags.also_fetch_from.clone()));
        let also_fetch_from = pick.of("also_fetch_from", also, file.also_fetch_from.map(List), List(Vec::new())).0;
        let trusted_proxies = proxies(&flags.trusted_proxies, file.trusted_proxies, &mut pick)?;
        let log_format =
            pick.of("log_format", flags.log_format.map(Word), file.log_format.map(Word), Word(LogFormat::Text)).0;
        let s3 = s3(flags, file.s3, &mut pick)?;
        let lifespans = lifespans(file.lifespans, &mut pick)?;
        let public_url = public_url.map(|url| origin(&url)).transpose()?;
        let grace = Duration::from_secs_f64(grace);
        let processors = usize::from(processors);
        let shown = pick.shown;
        Ok(Self {
            listen,
            public_url,
            work,
            database,
            s3,
            processors,
            grace,
            also_fetch_from,
            trusted_proxies,
            log_format,
            lifespans,
            shown,
        })
    }
}

/// What only `serve` has.
struct Own {
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    no_work: bool,
}

fn file(path: &Path) -> anyhow::Result<File> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("the settings `{name}` cannot be read"))?;
    toml::from_str(&text).with_context(|| format!("in the settings `{name}`"))
}

/// Scheme, host and port, without a slash at the end.
fn origin(url: &str) -> anyhow::Result<String> {
    let parsed = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let parsed = parsed.with_context(|| format!("public_url `{url}` is no address; write https://HOST"))?;
    if parsed.path() != "/" || parsed.query().is_some() || !parsed.username().is_empty() {
        bail!("public_url `{url}` must be scheme, host and port only");
    }
    Ok(parsed.origin().ascii_serialization())
}

fn proxies(flags: &[String], file: Option<Vec<String>>, pick: &mut Pick) -> anyhow::Result<Vec<Network>> {
    let named = (!flags.is_empty()).then(|| List(flags.to_vec()));
    let all = pick.of("trusted_proxies", named, file.map(List), List(Vec::new())).0;
    let network = |text: &String| text.parse().map_err(|error| anyhow::anyhow!("trusted_proxies: {error}"));
    all.iter().map(network).collect()
}

fn s3(flags: &ServiceFlags, file: Option<FileS3>, pick: &mut Pick) -> anyhow::Result<Option<S3>> {
    let (bucket, region, endpoint, access, secret) = match file {
        Some(file) => (Some(file.bucket), file.region, file.endpoint, file.access_key, file.secret_key),
        None => (None, None, None, None, None),
    };
    let bucket = pick.maybe("s3.bucket", flags.s3_bucket.clone(), bucket, "a folder in the data folder");
    let Some(bucket) = bucket else {
        if flags.s3_region.is_some() || flags.s3_endpoint.is_some() {
            bail!("an S3 region or endpoint is named, but no bucket; name one with --s3-bucket");
        }
        return Ok(None);
    };
    let region = pick.of("s3.region", flags.s3_region.clone(), region, "us-east-1".to_owned());
    let endpoint = pick.maybe("s3.endpoint", flags.s3_endpoint.clone(), endpoint, "Amazon's");
    let key = |name| environment::secret(name);
    let access = pick.secret("s3.access_key", key("REELSPAN_S3_ACCESS_KEY"), access, "none");
    let secret = pick.secret("s3.secret_key", key("REELSPAN_S3_SECRET_KEY"), secret, "none");
    match (access, secret) {
        (Some(access_key), Some(secret_key)) => Ok(Some(S3 { bucket, region, endpoint, access_key, secret_key })),
        _ => bail!("the bucket `{bucket}` needs REELSPAN_S3_ACCESS_KEY and REELSPAN_S3_SECRET_KEY"),
    }
}

/// A deployment may shorten what the standard mode promises, never lengthen it.
fn lifespans(file: Option<FileLifespans>, pick: &mut Pick) -> anyhow::Result<Lifespans> {
    let mut lifespans = Lifespans::STANDARD;
    let (input, output) = file.map_or((None, None), |file| (file.input, file.output));
    for (name, text, span) in
        [("lifespans.input", input, &mut lifespans.input), ("lifespans.output", output, &mut lifespans.output)]
    {
        let most = *span;
        let chosen = text.map(|text| days(name, &text)).transpose()?;
        let chosen = pick.of(name, None, chosen.map(Span), Span(most)).0;
        if chosen > most || chosen.is_zero() {
            bail!("{name} may be from 1m to {}: a deployment may shorten a lifespan, not lengthen it", Span(most));
        }
        *span = chosen;
    }
    Ok(lifespans)
}

fn seconds(name: &str, text: &str) -> anyhow::Result<f64> {
    reelspan_types::parse_time(text).map_err(|error| anyhow::anyhow!("{name}: {error}"))
}

/// `3d`, `12h`, `30m`.
fn days(name: &str, text: &str) -> anyhow::Result<Duration> {
    let number = |end: char| text.strip_suffix(end).and_then(|number| number.trim().parse::<u64>().ok());
    let seconds = number('d').map(|n| n * 86_400).or(number('h').map(|n| n * 3600)).or(number('m').map(|n| n * 60));
    seconds.map(Duration::from_secs).with_context(|| format!("{name} `{text}` is no lifespan; write 3d, 12h or 30m"))
}

/// Chooses between the places a setting may come from, and remembers which it was.
#[derive(Default)]
struct Pick {
    shown: Vec<Shown>,
}

impl Pick {
    fn of<T: fmt::Display>(&mut self, setting: &'static str, flag: Option<T>, file: Option<T>, built_in: T) -> T {
        let (value, from) = match (flag, file) {
            (Some(value), _) => (value, "flag or environment"),
            (None, Some(value)) => (value, "file"),
            (None, None) => (built_in, "built in"),
        };
        self.shown.push(Shown { setting, value: value.to_string(), from });
        value
    }

    fn maybe(
        &mut self,
        setting: &'static str,
        flag: Option<String>,
        file: Option<String>,
        none: &str,
    ) -> Option<String> {
        let is_set = flag.is_some() || file.is_some();
        let value = self.of(setting, flag, file, none.to_owned());
        is_set.then_some(value)
    }

    fn secret(
        &mut self,
        setting: &'static str,
        flag: Option<String>,
        file: Option<String>,
        none: &str,
    ) -> Option<String> {
        let value = self.maybe(setting, flag, file, none);
        if let (Some(_), Some(shown)) = (&value, self.shown.last_mut()) {
            "(set, not shown)".clone_into(&mut shown.value);
        }
        value
    }
}

struct List<T>(Vec<T>);

impl<T: fmt::Display> fmt::Display for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(T::to_string).collect();
        f.write_str(if all.is_empty() { "none" } else { "" })?;
        f.write_str(&all.join(", "))
    }
}

struct Word(LogFormat);

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        })
    }
}

struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds if seconds % 86_400 == 0 => write!(f, "{}d", seconds / 86_400),
            seconds if seconds % 3600 == 0 => write!(f, "{}h", seconds / 3600),
            seconds => write!(f, "{}m", seconds / 60),
        }
    }
}

/// Where everything lies that the service keeps.
pub(crate) struct Folders {
    pub(crate) database: PathBuf,
    pub(crate) blobs: PathBuf,
    pub(crate) stages: PathBuf,
    pub(crate) scratch: PathBuf,
    pub(crate) secret: PathBuf,
}

impl Folders {
    pub(crate) fn within(data: &Path) -> Self {
        Self {
            database: data.join("reelspan.db"),
            blobs: data.join("blobs"),
            stages: data.join("stages"),
            scratch: data.join("scratch"),
            secret: data.join("secret.key"),
        }
    }
}
