//! One HTTP client for every connector: timeouts, no silent redirects, no proxy that nobody named.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use reelspan_types::Cancel;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
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

/// A client that reaches this machine only. No name is ever looked up: `localhost` is the loopback addresses, whatever a
/// name server says now or later, and every other name is nowhere. Redirects are not followed, proxies are not used.
pub fn loopback_client(read_timeout: Duration) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .user_agent(concat!("reelspan/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(read_timeout)
        .redirect(Policy::none())
        .no_proxy()
        .dns_resolver(Loopback)
        .build()
        .map_err(|_| Error::Tls)
}

/// Answers for `localhost` alone.
#[derive(Debug, Clone, Copy)]
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let here = name.as_str().trim_end_matches('.').eq_ignore_ascii_case("localhost");
        Box::pin(async move {
            if !here {
                return Err("the name is not this machine's".into());
            }
            // Port 0 stands for the one in the address.
            let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            Ok(Box::new(both.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
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

    /// a name that means this machine now may mean another one a moment later.
    #[tokio::test]
    async fn a67_the_loopback_client_looks_no_name_up() {
        for name in ["localhost", "LOCALHOST", "localhost."] {
            let found: Vec<_> = Loopback.resolve(name.parse().unwrap()).await.unwrap().collect();
            assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()), "{name} {found:?}");
        }
        for name in ["localhost.example.com", "example.com", "rebind.network", "localhost.localdomain", "ip6-localhost"]
        {
            assert!(Loopback.resolve(name.parse().unwrap()).await.is_err(), "{name}");
        }
        let server = Server::start(|_| Reply::new(200, "here")).unwrap();
        let client = loopback_client(Duration::from_secs(5)).unwrap();
        let port = server.address().port();
        let here = client.get(format!("http://localhost:{port}/")).send().await.unwrap();
        assert_eq!(here.text().await.unwrap(), "here");
        // This machine's own name leads here as well, by a name server's word only: it is not asked.
        for name in ["ip6-localhost", "localhost.localdomain", "example.com"] {
            assert!(client.get(format!("http://{name}:{port}/")).send().await.unwrap_err().is_connect());
        }
        assert_eq!(server.seen().len(), 1);
    }

    #[tokio::test]
    async fn the_loopback_client_follows_no_redirect() {
        let server = redirecting();
        let client = loopback_client(Duration::from_secs(5)).unwrap();
        assert_eq!(client.get(server.url("/start")).send().await.unwrap().status(), 302);
        assert_eq!(server.seen().len(), 1);
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
