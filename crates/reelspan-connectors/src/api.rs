//! An OpenAI-compatible service: its address and key, requests with retries, errors that say what to do.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use reelspan_types::Cancel;
use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response, StatusCode};
use url::Url;

use crate::http::{self, RealWait, Wait, unless_cancelled};

const TIME_LIMIT: Duration = Duration::from_secs(600);
const SILENCE_LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{0}` is not an address of a service; use e.g. http://127.0.0.1:8000/v1")]
    Address(String),
    #[error(transparent)]
    Client(#[from] http::Error),
    #[error("{host} refused the API key ({status}); check the key and its rights")]
    Unauthorized { host: String, status: u16 },
    #[error("{host} has no {what}; check the address and the model's name")]
    NotFound { host: String, what: &'static str },
    #[error("{host} says that the request is too large (413); send a shorter piece")]
    TooLarge { host: String },
    #[error("{host} allows no more requests now (429){}", after(.retry_after))]
    RateLimited { host: String, retry_after: Option<Duration> },
    #[error("{host} failed ({status}); try again later or look at its log")]
    Failing { host: String, status: u16 },
    #[error("{host} refused the request ({status}{})", coded(.code))]
    Refused { host: String, status: u16, code: Option<String> },
    #[error("{host} redirects to another address; give the final one")]
    Redirected { host: String },
    #[error("{host} did not answer within {seconds} s")]
    TimedOut { host: String, seconds: u64 },
    #[error("{host} cannot be reached; check the address and that the service runs")]
    Unreachable { host: String },
    #[error("{host} broke the connection off")]
    Broken { host: String },
    #[error("{host} did not answer in JSON of the expected form; check that the address is an OpenAI-compatible API")]
    NotJson { host: String },
    #[error("the answer of {host} is longer than {limit} bytes")]
    TooLong { host: String, limit: usize },
    #[error("{host} broke its answer off with an error{}; look at its log", stated(.code))]
    Stopped { host: String, code: Option<String> },
    #[error("{host} began an answer and fell silent for {seconds} s; look at its log")]
    Silent { host: String, seconds: u64 },
    #[error("cancelled")]
    Cancelled,
    #[error("cannot read the file to send: {0}")]
    File(std::io::Error),
}

fn after(time: &Option<Duration>) -> String {
    time.map(|time| format!("; it asks to wait {} s", time.as_secs())).unwrap_or_default()
}

fn coded(code: &Option<String>) -> String {
    code.as_deref().map(|code| format!(", {code}")).unwrap_or_default()
}

fn stated(code: &Option<String>) -> String {
    code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default()
}

/// A key that is never shown.
#[derive(Clone)]
pub struct Key(String);

impl Key {
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Key(***)")
    }
}

/// How often and how patiently a failing request is tried again.
#[derive(Debug, Clone)]
pub struct Retries {
    /// Tries after the first one.
    pub most: u32,
    /// The wait before the second try; it doubles each time.
    pub first: Duration,
    /// No wait is longer, whatever the service asks; a longer `Retry-After` is an error instead.
    pub longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { most: 4, first: Duration::from_secs(1), longest: Duration::from_secs(60) }
    }
}

/// A request with its body, in a while.
pub(crate) type Filled<'a> = Pin<Box<dyn Future<Output = Result<RequestBuilder, Error>> + Send + 'a>>;
/// Makes the body of each try. (Async closures cannot promise yet that they may change threads.)
pub(crate) type Fill<'a> = dyn Fn(RequestBuilder) -> Filled<'a> + Sync + 'a;

/// One service that speaks OpenAI's dialect: hosted, or a local server (LM Studio, Ollama, whisper.cpp's server, ...).
pub struct Service {
    base: Url,
    key: Option<Key>,
    client: reqwest::Client,
    retries: Retries,
    /// For one try, from the first byte sent to the last byte read; of a streamed answer, to its first piece.
    time_limit: Duration,
    /// The longest silence within a streamed answer.
    silence_limit: Duration,
    wait: Box<dyn Wait>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Service({})", http::shown(&self.base))
    }
}

impl Service {
    /// `base` may or may not end in `/v1`.
    pub fn new(base: &str, key: Option<Key>, settings: &http::Settings) -> Result<Self, Error> {
        // Speech and language models think before they answer: the silence may last as long as the whole try.
        let client = http::client(&http::Settings { read_timeout: TIME_LIMIT, ..settings.clone() })?;
        Ok(Self::with_client(address(base)?, key, client))
    }

    /// For an address on this machine: the client reaches no other.
    pub(crate) fn on_this_machine(base: &str, key: Option<Key>) -> Result<Self, Error> {
        Ok(Self::with_client(address(base)?, key, http::loopback_client(TIME_LIMIT)?))
    }

    fn with_client(base: Url, key: Option<Key>, client: reqwest::Client) -> Self {
        let (retries, wait) = (Retries::default(), Box::new(RealWait));
        Self { base, key, client, retries, time_limit: TIME_LIMIT, silence_limit: SILENCE_LIMIT, wait }
    }

    #[must_use]
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    #[must_use]
    pub fn time_limit(mut self, time_limit: Duration) -> Self {
        self.time_limit = time_limit;
        self
    }

    #[must_use]
    pub fn silence_limit(mut self, silence_limit: Duration) -> Self {
        self.silence_limit = silence_limit;
        self
    }

    #[must_use]
    pub fn wait(mut self, wait: impl Wait + 'static) -> Self {
        self.wait = Box::new(wait);
        self
    }

    /// Normalised: ends in `/v1/`.
    pub fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) fn host(&self) -> String {
        http::shown(&self.base)
    }

    /// Posts to `path` below the base, again if it is worth it, and gives the body of a good answer.
    /// `fill` makes each try's body anew.
    pub(crate) async fn post<'a>(
        &self,
        path: &'static str,
        limit: usize,
        cancel: &Cancel,
        fill: &Fill<'a>,
    ) -> Result<Vec<u8>, Error> {
        let mut tries = 0;
        loop {
            match unless_cancelled(cancel, self.post_once(path, limit, fill)).await.ok_or(Error::Cancelled)? {
                Ok(body) => return Ok(body),
                Err(error) => self.pause_after(error, &mut tries, cancel).await?,
            }
        }
    }

    /// Posts as well, and gives a good answer as soon as it begins. Its body has no time limit.
    pub(crate) async fn open<'a>(
        &self,
        path: &'static str,
        cancel: &Cancel,
        fill: &Fill<'a>,
    ) -> Result<Response, Error> {
        let mut tries = 0;
        loop {
            let sent = tokio::time::timeout(self.time_limit, self.send(path, None, fill));
            let late = |_| Err(Error::TimedOut { host: self.host(), seconds: self.time_limit.as_secs() });
            match unless_cancelled(cancel, sent).await.ok_or(Error::Cancelled)?.unwrap_or_else(late) {
                Ok(answer) => return Ok(answer),
                Err(error) => self.pause_after(error, &mut tries, cancel).await?,
            }
        }
    }

    /// Waits before the next try, or gives the error back where another one is pointless.
    async fn pause_after(&self, error: Error, tries: &mut u32, cancel: &Cancel) -> Result<(), Error> {
        let Some(pause) = self.pause(&error, *tries) else { return Err(error) };
        *tries += 1;
        unless_cancelled(cancel, self.wait.wait(pause)).await.ok_or(Error::Cancelled)
    }

    /// What lies at `path` below the base. Asked once: what can be looked up can be asked for again.
    pub(crate) async fn get(&self, path: &'static str, limit: usize, cancel: &Cancel) -> Result<Vec<u8>, Error> {
        let url = self.base.join(path).map_err(|_| Error::Address(self.host()))?;
        let asked = async {
            let request = self.signed(self.client.get(url)).timeout(self.time_limit);
            let answer = request.send().await.map_err(|error| self.broken(&error))?;
            if answer.status().is_success() {
                self.body(answer, limit).await
            } else {
                Err(self.refusal(path, answer).await)
            }
        };
        unless_cancelled(cancel, asked).await.ok_or(Error::Cancelled)?
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(Key(key)) => request.bearer_auth(key),
            None => request,
        }
    }

    async fn post_once<'a>(&self, path: &'static str, limit: usize, fill: &Fill<'a>) -> Result<Vec<u8>, Error> {
        let answer = self.send(path, Some(self.time_limit), fill).await?;
        self.body(answer, limit).await
    }

    /// One try, up to the beginning of a good answer.
    async fn send<'a>(&self, path: &'static str, limit: Option<Duration>, fill: &Fill<'a>) -> Result<Response, Error> {
        let url = self.base.join(path).map_err(|_| Error::Address(self.host()))?;
        let mut request = self.client.post(url);
        if let Some(limit) = limit {
            request = request.timeout(limit);
        }
        let answer = fill(self.signed(request)).await?.send().await.map_err(|error| self.broken(&error))?;
        if answer.status().is_success() { Ok(answer) } else { Err(self.refusal(path, answer).await) }
    }

    async fn body(&self, mut answer: Response, limit: usize) -> Result<Vec<u8>, Error> {
        let too_long = || Error::TooLong { host: self.host(), limit };
        if answer.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_long());
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + piece.len() > limit {
                return Err(too_long());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    async fn refusal(&self, path: &'static str, answer: Response) -> Error {
        let host = self.host();
        let status = answer.status();
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::Unauthorized { host, status: status.as_u16() },
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Error::NotFound { host, what: path },
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge { host },
            StatusCode::TOO_MANY_REQUESTS => Error::RateLimited { host, retry_after: retry_after(&answer) },
            _ if status.is_server_error() => Error::Failing { host, status: status.as_u16() },
            _ if status.is_redirection() => Error::Redirected { host },
            _ => {
                let body = self.body(answer, 64 * 1024).await.unwrap_or_default();
                Error::Refused { host, status: status.as_u16(), code: error_code(&body) }
            }
        }
    }

    pub(crate) fn broken(&self, error: &reqwest::Error) -> Error {
        let host = self.host();
        if error.is_timeout() && !error.is_connect() {
            Error::TimedOut { host, seconds: self.time_limit.as_secs() }
        } else if error.is_connect() {
            Error::Unreachable { host }
        } else {
            Error::Broken { host }
        }
    }

    /// How long to wait before trying again, or none where that is pointless.
    fn pause(&self, error: &Error, tries: u32) -> Option<Duration> {
        if tries >= self.retries.most {
            return None;
        }
        let doubled = self.retries.first.saturating_mul(2_u32.saturating_pow(tries)).min(self.retries.longest);
        match error {
            Error::RateLimited { retry_after: Some(asked), .. } if *asked > self.retries.longest => None,
            Error::RateLimited { retry_after, .. } => Some(retry_after.unwrap_or_default().max(doubled)),
            Error::Failing { .. } | Error::Unreachable { .. } | Error::Broken { .. } => Some(doubled),
            _ => None,
        }
    }

    pub(crate) fn limits(&self) -> (Duration, Duration) {
        (self.time_limit, self.silence_limit)
    }

    pub(crate) fn not_json(&self) -> Error {
        Error::NotJson { host: self.host() }
    }
}

/// Seconds only: the form with a date would need a clock and is rare among APIs.
fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds: f64 = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The service's short code for its refusal. Its message is left out: services quote what they were sent.
fn error_code(body: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    plain_code(answer.get("error")?)
}

pub(crate) fn plain_code(error: &serde_json::Value) -> Option<String> {
    let code = error.get("code").and_then(|code| code.as_str()).or_else(|| error.get("type")?.as_str())?;
    let plain = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    plain.then(|| code.to_owned())
}

fn address(base: &str) -> Result<Url, Error> {
    // The address may carry a secret by mistake: only what is no URL at all is shown.
    let wrong = || Error::Address(base.chars().take_while(|&c| c != '@' && c != '?').take(80).collect());
    let mut url = Url::parse(base.trim()).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let path = if path.ends_with("/v1") { format!("{path}/") } else { format!("{path}/v1/") };
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests;
