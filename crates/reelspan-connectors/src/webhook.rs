//! Tells an address that the user named that something ended: one signed POST, through the guard, nothing of the answer kept.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use url::Url;

use crate::guard::{self, Guard, Reach};
use crate::http::{self, Settings};

/// A receiver has to say yes within this.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is said, and how it is signed (the field's Standard Webhooks).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    /// Seconds since 1970.
    pub timestamp: i64,
    pub signature: String,
    /// JSON: ids and states only.
    pub body: String,
}

/// Without the address: it may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the connection through the guard cannot be set up")]
    Guard,
    #[error("the address leads to this machine or a private network, which is refused")]
    Private,
    #[error("nobody answers at the address")]
    Unreachable,
}

/// Cheap to keep: one guard and one client for all messages.
#[derive(Debug)]
pub struct Poster {
    reach: Reach,
    client: reqwest::Client,
    _guard: Guard,
}

impl Poster {
    pub async fn start(reach: Reach) -> Result<Self, Error> {
        let guard = Guard::start(reach.clone()).await.map_err(|_| Error::Guard)?;
        let proxy = Url::parse(&guard.url()).map_err(|_| Error::Guard)?;
        let settings = Settings { proxy: Some(proxy), read_timeout: PATIENCE, ..Settings::default() };
        let client = http::client(&settings).map_err(|_| Error::Guard)?;
        Ok(Self { reach, client, _guard: guard })
    }

    /// The status that the receiver answered with. Redirects are not followed: a receiver says where it is.
    pub async fn post(&self, url: &str, message: &Message) -> Result<u16, Error> {
        let url = Url::parse(url).map_err(|_| Error::Unreachable)?;
        let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
        guard::judge(host, port, &self.reach).await.map_err(|error| match error {
            guard::Error::Private => Error::Private,
            guard::Error::Name | guard::Error::Unreachable => Error::Unreachable,
        })?;
        let sent = self
            .client
            .post(url)
            .timeout(PATIENCE)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", &message.signature)
            .body(message.body.clone())
            .send()
            .await;
        sent.map(|answer| answer.status().as_u16()).map_err(|_| Error::Unreachable)
    }
}

#[cfg(test)]
mod tests {
    use reelspan_testing::http_server::{Reply, Server};

    use super::*;

    fn message() -> Message {
        Message { id: "d1".into(), timestamp: 5, signature: "v1,abc".into(), body: "{\"event\":\"job.done\"}".into() }
    }

    #[tokio::test]
    async fn says_it_once_and_signed_and_follows_nobody() {
        let server = Server::start(|request| match request.path.as_str() {
            "/moved" => Reply::new(302, "").header("location", "/hook"),
            _ => Reply::new(204, ""),
        })
        .unwrap();
        let poster = Poster::start(Reach::public_and([server.address()])).await.unwrap();
        assert_eq!(poster.post(&server.url("/hook"), &message()).await.unwrap(), 204);
        assert_eq!(poster.post(&server.url("/moved"), &message()).await.unwrap(), 302);
        let seen = server.seen();
        assert_eq!(seen.len(), 2, "the redirect was followed");
        assert_eq!(seen[0].header("webhook-id"), Some("d1"));
        assert_eq!(seen[0].header("webhook-timestamp"), Some("5"));
        assert_eq!(seen[0].header("webhook-signature"), Some("v1,abc"));
        assert_eq!(seen[0].body, message().body.as_bytes());
    }

    #[tokio::test]
    async fn this_machine_is_never_told() {
        let server = Server::start(|_| Reply::new(200, "")).unwrap();
        let poster = Poster::start(Reach::public()).await.unwrap();
        let told = poster.post(&server.url("/hook"), &message()).await;
        assert!(matches!(told, Err(Error::Private)), "{told:?}");
        assert!(server.seen().is_empty());
    }
}
