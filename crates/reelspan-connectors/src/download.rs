//! Fetches one address into one file: only from the public internet, within a size and a time, and nothing sent along.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use reelspan_types::Cancel;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::net::lookup_host;
use url::{Host, Url};

use crate::guard::Reach;
use crate::http::unless_cancelled;

/// How much, how long, how far.
#[derive(Debug, Clone)]
pub struct Limits {
    pub most_bytes: u64,
    pub connect: Duration,
    /// The longest silence.
    pub idle: Duration,
    pub total: Duration,
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            most_bytes: 50_000_000_000,
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(2 * 60 * 60),
            redirects: 5,
        }
    }
}

/// What was fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: u64,
    pub content_type: Option<String>,
    /// As the site or the address names it.
    pub file_name: Option<String>,
}

/// Never carries the address: it is content, and it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the address is not one that can be fetched; use http:// or https:// with a host")]
    Address,
    #[error("the address leads to this machine or a private network, which is refused")]
    Private,
    #[error("the name of the site cannot be resolved")]
    Name,
    #[error("the site cannot be reached")]
    Unreachable,
    #[error("the secure connection to the site cannot be made")]
    Tls,
    #[error("the site answered with status {0}")]
    Status(u16),
    #[error("the site redirects too often, to an insecure address, or nowhere")]
    Redirects,
    #[error("the file is larger than {0} bytes")]
    TooLarge(u64),
    #[error("the site sent nothing")]
    Empty,
    #[error("the site took longer than is allowed")]
    TooSlow,
    #[error("the site broke off before the end")]
    BrokenOff,
    #[error("the disk is full")]
    Full,
    #[error("the file cannot be written here")]
    Unwritable,
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// Stable name for scripts and pages.
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "address_invalid",
            Self::Private => "address_private",
            Self::Name => "address_unknown",
            Self::Unreachable => "address_unreachable",
            Self::Tls => "address_insecure",
            Self::Status(_) => "address_refused",
            Self::Redirects => "address_redirects",
            Self::TooLarge(_) => "too_large",
            Self::Empty => "address_empty",
            Self::TooSlow => "address_too_slow",
            Self::BrokenOff => "address_broke_off",
            Self::Full => "disk_full",
            Self::Unwritable => "scratch_unwritable",
            Self::Cancelled => "cancelled",
        }
    }

    /// Another try may help.
    pub fn passes(self) -> bool {
        match self {
            Self::Status(status) => status == 429 || status >= 500,
            Self::Unreachable | Self::TooSlow | Self::BrokenOff | Self::Full => true,
            _ => false,
        }
    }
}

/// Whether an address is worth trying: its scheme and host, not yet where it leads.
pub fn fetchable(address: &str) -> Result<Url, Error> {
    let url = Url::parse(address).map_err(|_| Error::Address)?;
    let web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    if web { Ok(url) } else { Err(Error::Address) }
}

/// Fetches into `file`, whole or not at all.
pub async fn download(
    address: &str,
    file: &Path,
    limits: &Limits,
    reach: &Reach,
    cancel: &Cancel,
) -> Result<Fetched, Error> {
    let url = fetchable(address)?;
    let work = async {
        let (url, response) = arrive(url, limits, reach).await?;
        let fetched = about(&url, response.headers());
        let bytes = save(response, file, limits).await?;
        Ok(Fetched { bytes, ..fetched })
    };
    let timed = tokio::time::timeout(limits.total, work);
    let ended = match unless_cancelled(cancel, timed).await {
        None => Err(Error::Cancelled),
        Some(timed) => timed.unwrap_or(Err(Error::TooSlow)),
    };
    if ended.is_err() {
        let _ = tokio::fs::remove_file(file).await;
    }
    ended
}

/// Goes from redirect to redirect; each address is judged anew.
async fn arrive(mut url: Url, limits: &Limits, reach: &Reach) -> Result<(Url, Response), Error> {
    for _ in 0..=limits.redirects {
        let response = ask(&url, limits, reach).await?;
        if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
            let status = response.status().as_u16();
            return if status == 200 { Ok((url, response)) } else { Err(Error::Status(status)) };
        }
        let next = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        let next = next.and_then(|to| url.join(to).ok()).ok_or(Error::Redirects)?;
        let next = fetchable(next.as_str()).map_err(|_| Error::Redirects)?;
        if url.scheme() == "https" && next.scheme() != "https" {
            return Err(Error::Redirects);
        }
        url = next;
    }
    Err(Error::Redirects)
}

async fn ask(url: &Url, limits: &Limits, reach: &Reach) -> Result<Response, Error> {
    let found = judged(url, limits, reach).await?;
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("reelspan/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(limits.connect)
        .read_timeout(limits.idle)
        .redirect(Policy::none())
        .referer(false)
        .no_proxy();
    // The connection goes to the very addresses that were judged: the name is not looked up again.
    if let Some(Host::Domain(name)) = url.host() {
        builder = builder.resolve_to_addrs(name, &found);
    }
    let client = builder.build().map_err(|_| Error::Tls)?;
    let sent = client.get(url.clone()).header(ACCEPT_ENCODING, "identity").send();
    let answered = tokio::time::timeout(limits.connect + limits.idle, sent).await.map_err(|_| Error::TooSlow)?;
    answered.map_err(|error| failed(&error))
}

/// Where the address leads, of what may be reached.
async fn judged(url: &Url, limits: &Limits, reach: &Reach) -> Result<Vec<SocketAddr>, Error> {
    let port = url.port_or_known_default().ok_or(Error::Address)?;
    let found: Vec<SocketAddr> = match url.host().ok_or(Error::Address)? {
        Host::Ipv4(ip) => vec![(ip, port).into()],
        Host::Ipv6(ip) => vec![(ip, port).into()],
        Host::Domain(name) => {
            let looked = tokio::time::timeout(limits.connect, lookup_host((name, port))).await;
            looked.map_err(|_| Error::Name)?.map_err(|_| Error::Name)?.collect()
        }
    };
    if found.is_empty() {
        return Err(Error::Name);
    }
    let allowed: Vec<SocketAddr> = found.into_iter().filter(|&address| reach.allows(address)).collect();
    if allowed.is_empty() { Err(Error::Private) } else { Ok(allowed) }
}

fn failed(error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::TooSlow;
    }
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.to_string().contains("certificate") {
            return Error::Tls;
        }
        source = inner.source();
    }
    if error.is_connect() { Error::Unreachable } else { Error::BrokenOff }
}

async fn save(mut response: Response, file: &Path, limits: &Limits) -> Result<u64, Error> {
    let most = limits.most_bytes;
    if response.content_length().is_some_and(|length| length > most) {
        return Err(Error::TooLarge(most));
    }
    let mut out = File::create(file).await.map_err(|error| unwritten(&error))?;
    let mut bytes = 0u64;
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        bytes += chunk.len() as u64;
        if bytes > most {
            return Err(Error::TooLarge(most));
        }
        out.write_all(&chunk).await.map_err(|error| unwritten(&error))?;
    }
    out.flush().await.map_err(|error| unwritten(&error))?;
    if bytes == 0 { Err(Error::Empty) } else { Ok(bytes) }
}

fn unwritten(error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::Full,
        _ => Error::Unwritable,
    }
}

fn about(url: &Url, headers: &HeaderMap) -> Fetched {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let named = text(CONTENT_DISPOSITION).and_then(disposition_name);
    let last = url.path_segments().and_then(|mut parts| parts.next_back().map(str::to_owned));
    Fetched {
        bytes: 0,
        content_type: text(CONTENT_TYPE).map(str::to_owned),
        file_name: named.or(last).filter(|name| !name.is_empty()),
    }
}

/// The plain form alone: `attachment; filename="talk.mp4"`.
fn disposition_name(value: &str) -> Option<String> {
    let (_, name) = value.split_once("filename=")?;
    let name = match name.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => name.split(';').next()?.trim(),
    };
    let name = name.rsplit(['/', '\\']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
