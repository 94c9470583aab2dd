//! One HTTP client for every connector: timeouts, no silent redirects, no proxy that nobody named.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use reelspan_types::Cancel;
use reqwest::redirect::Policy;
use url::Url;

/// How often a running request looks at its cancel flag.
const CANCEL_POLL: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the secure connection cannot be set up; install the system's certificates (`apt-get install ca-certificates`)"
    )]
    Tls,
    #[error("`{0}` is not a proxy address; use http://host:port")]
    Proxy(String),
}

/// How connections are made.
#[derive(Debug, Clone)]
pub struct Settings {
    pub connect_timeout: Duration,
    /// The longest silence while an answer is being read.
    pub read_timeout: Duration,
    /// How many redirects are followed. None by default: an API that redirects is a mistake in the address.
    pub redirects: usize,
    /// Proxies named in the environment are never used.
    pub proxy: Option<Url>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            redirects: 0,
            proxy: None,
        }
    }
}

/// Builds the client. A redirect from https to http is never followed.
pub fn client(settings: &Settings) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("reelspan/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .redirect(redirects(settings.redirects))
        .no_proxy();
    if let Some(proxy) = &settings.proxy {
        let named = reqwest::Proxy::all(proxy.as_str()).map_err(|_| Error::Proxy(shown(proxy)))?;
        builder = builder.proxy(named);
    }
    builder.build().map_err(|_| Error::Tls)
}

fn redirects(most: usize) -> Policy {
    Policy::custom(move |attempt| {
        let from_secure = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
        let insecure = from_secure && attempt.url().scheme() != "https";
        if insecure || attempt.previous().len() > most { attempt.stop() } else { attempt.follow() }
    })
}

/// An address as errors may show it: no credentials, no query, no path.
pub fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

/// Waiting between tries, so that tests need not wait.
pub trait Wait: Send + Sync {
    fn wait(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Waits for real.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealWait;

impl Wait for RealWait {
    fn wait(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Runs `work`, or gives none within a tenth of a second after the cancel flag is set. The work is dropped then.
pub async fn unless_cancelled<T>(cancel: &Cancel, work: impl Future<Output = T>) -> Option<T> {
    if cancel.is_cancelled() {
        return None;
    }
    tokio::select! {
        done = work => Some(done),
        () = cancelled(cancel) => None,
    }
}

/// Ends when the cancel flag is set.
pub async fn cancelled(cancel: &Cancel) {
    while !cancel.is_cancelled() {
        tokio::time::sleep(CANCEL_POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use reelspan_testing::http_server::{Reply, Server};

    use super::*;

    fn redirecting() -> Server {
        Server::start(|request| match request.path.as_str() {
            "/end" => Reply::new(200, "arrived"),
            _ => Reply::new(302, "").header("location", "/end"),
        })
        .unwrap()
    }

    #[tokio::test]
    async fn says_who_it_is_and_does_not_follow_redirects() {
        let server = redirecting();
        let answer = client(&Settings::default()).unwrap().get(server.url("/start")).send().await.unwrap();
        assert_eq!(answer.status(), 302);
        let seen = server.seen();
        assert_eq!(seen.len(), 1, "the redirect was followed");
        assert_eq!(seen[0].header("user-agent"), Some(concat!("reelspan/", env!("CARGO_PKG_VERSION"))));
    }

    #[tokio::test]
    async fn follows_as_many_redirects_as_allowed() {
        let server = redirecting();
        let settings = Settings { redirects: 1, ..Settings::default() };
        let answer = client(&settings).unwrap().get(server.url("/start")).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "arrived");
    }

    #[tokio::test]
    async fn a_named_proxy_is_used() {
        let proxy = Server::start(|_| Reply::new(200, "through the proxy")).unwrap();
        let settings = Settings { proxy: Some(Url::parse(&proxy.url("")).unwrap()), ..Settings::default() };
        let answer = client(&settings).unwrap().get("http://nowhere.invalid/x").send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "through the proxy");
        assert_eq!(proxy.seen()[0].path, "http://nowhere.invalid/x");
    }

    #[tokio::test]
    async fn cancelled_work_gives_nothing() {
        let cancel = Cancel::new();
        let work = unless_cancelled(&cancel, async {
            cancel.cancel();
            std::future::pending::<()>().await;
        });
        assert_eq!(work.await, None);
    }

    #[test]
    fn shown_addresses_have_no_secrets() {
        let url = Url::parse("https://user:secret@api.example:8443/v1/x?key=secret").unwrap();
        assert_eq!(shown(&url), "https://api.example:8443");
    }
}
