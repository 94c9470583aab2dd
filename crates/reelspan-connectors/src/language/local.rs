//! A language model on this machine, and only there: what a person asks about a project goes nowhere else.

use std::time::Duration;

use reelspan_types::Cancel;
use serde_json::Value;
use url::{Host, Url};

use super::is_loopback;
use crate::api::{self, Key, Retries, Service};

const LONGEST_LIST: usize = 1024 * 1024;

/// Why an address is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotLocal {
    #[error(
        "{shown} is {what}; questions about a project stay on this machine: use http://127.0.0.1:PORT/v1 (LM Studio: 1234, Ollama: 11434)"
    )]
    Elsewhere { shown: String, what: &'static str },
    #[error(transparent)]
    Address(#[from] api::Error),
}

impl NotLocal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Elsewhere { .. } => "model_not_local",
            Self::Address(_) => "model_address",
        }
    }
}

/// A service at a loopback address. There is no other way to make one, and its connections reach no other machine: names
/// are not looked up, redirects not followed, proxies not used. What takes a `LocalService` cannot be given a cloud.
#[derive(Debug)]
pub struct LocalService(Service);

impl LocalService {
    /// `base` may or may not end in `/v1`.
    pub fn new(base: &str, key: Option<Key>) -> Result<Self, NotLocal> {
        let service = Service::on_this_machine(base, key)?;
        if !is_loopback(service.base()) {
            return Err(NotLocal::Elsewhere { shown: service.host(), what: what(service.base()) });
        }
        // A server that is not running now will not be in a second: it is started by a person.
        Ok(Self(service.retries(Retries { most: 1, first: Duration::from_millis(300), ..Retries::default() })))
    }

    #[must_use]
    pub fn time_limit(self, time_limit: Duration) -> Self {
        Self(self.0.time_limit(time_limit))
    }

    #[must_use]
    pub fn silence_limit(self, silence_limit: Duration) -> Self {
        Self(self.0.silence_limit(silence_limit))
    }

    /// Normalised: ends in `/v1/`.
    pub fn base(&self) -> &Url {
        self.0.base()
    }

    /// A model that the server has and that can chat, for who names none: the first, as servers list the loaded ones first.
    pub async fn model(&self, cancel: &Cancel) -> Result<Option<String>, api::Error> {
        let answer = self.0.get("models", LONGEST_LIST, cancel).await?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|_| self.0.not_json())?;
        let listed = answer.get("data").and_then(Value::as_array).ok_or_else(|| self.0.not_json())?;
        let mut names = listed.iter().filter_map(|model| model.get("id")?.as_str());
        // Those only turn text into numbers.
        Ok(names.find(|name| !name.contains("embed")).map(str::to_owned))
    }

    /// As [`super::stream`].
    pub async fn stream(
        &self,
        body: &Value,
        cancel: &Cancel,
        on: &mut (dyn FnMut(&str) + Send),
    ) -> Result<String, api::Error> {
        super::stream(&self.0, body, cancel, on).await
    }

    /// As [`super::complete`].
    pub async fn complete(&self, body: &Value, cancel: &Cancel) -> Result<String, api::Error> {
        super::complete(&self.0, body, cancel).await
    }
}

/// Where an address leads, in words.
fn what(base: &Url) -> &'static str {
    match base.host() {
        Some(Host::Ipv4(ip)) if ip.is_unspecified() => "no address to connect to",
        Some(Host::Ipv4(ip)) if ip.is_private() || ip.is_link_local() => "another machine of your network",
        Some(Host::Ipv6(ip)) if ip.is_unspecified() => "no address to connect to",
        Some(Host::Ipv6(ip)) if ip.is_unique_local() || ip.is_unicast_link_local() => "another machine of your network",
        Some(Host::Domain(_)) => "a name, which may lead to another machine",
        _ => "another machine",
    }
}

#[cfg(test)]
mod tests {
    use reelspan_testing::http_server::{Reply, Server};
    use serde_json::json;

    use super::*;

    /// A-67: loopback only; a public or private address is refused with a sentence.
    #[test]
    fn a67_only_this_machine_is_taken() {
        for here in ["http://127.0.0.1:1234", "http://localhost:11434/v1", "http://[::1]:8080", "http://127.1.2.3/v1/"]
        {
            assert!(LocalService::new(here, None).is_ok(), "{here}");
        }
        for (elsewhere, what) in [
            ("https://api.openai.com/v1", "a name"),
            ("http://gpu-box.local:1234", "a name"),
            ("http://localhost.example.com", "a name"),
            ("http://localhost@example.com", "a name"),
            ("http://192.168.1.20:11434", "another machine of your network"),
            ("http://10.0.0.7:1234/v1", "another machine of your network"),
            ("http://169.254.169.254", "another machine of your network"),
            ("http://[fd00::5]:1234", "another machine of your network"),
            ("http://8.8.8.8:1234", "another machine"),
            ("http://[2001:4860:4860::8888]/", "another machine"),
            ("http://0.0.0.0:1234", "no address"),
            ("http://[::]:1234", "no address"),
        ] {
            let refused = LocalService::new(elsewhere, Some(Key::new("sk-secret"))).unwrap_err();
            let said = refused.to_string();
            assert_eq!(refused.code(), "model_not_local", "{said}");
            assert!(said.contains(what) && said.contains("http://127.0.0.1:PORT/v1"), "{said}");
            assert!(!said.contains("sk-secret"));
        }
        let wrong = LocalService::new("ftp://127.0.0.1", None).unwrap_err();
        assert_eq!(wrong.code(), "model_address");
    }

    #[tokio::test]
    async fn a_model_is_found_where_none_is_named() {
        for (list, found) in [
            (
                r#"{"object":"list","data":[{"id":"text-embedding-nomic"},{"id":"qwen3-4b"},{"id":"other"}]}"#,
                Some("qwen3-4b"),
            ),
            (r#"{"object":"list","data":[]}"#, None),
        ] {
            let server = Server::start(move |_| Reply::new(200, list)).unwrap();
            let service = LocalService::new(&server.url("/v1"), Some(Key::new("k"))).unwrap();
            assert_eq!(service.model(&Cancel::new()).await.unwrap().as_deref(), found);
            let seen = &server.seen()[0];
            assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", "/v1/models"));
            assert_eq!(seen.header("authorization"), Some("Bearer k"));
        }
        let server = Server::start(|_| Reply::new(200, r#"{"data":null}"#)).unwrap();
        let service = LocalService::new(&server.url(""), None).unwrap();
        assert!(matches!(service.model(&Cancel::new()).await, Err(api::Error::NotJson { .. })));
    }

    /// A-68: a server on this machine cannot hand a question on by redirecting.
    #[tokio::test]
    async fn a68_a_question_does_not_follow_a_redirect() {
        let elsewhere = Server::start(|_| Reply::new(200, "{}")).unwrap();
        let target = elsewhere.url("/v1/chat/completions");
        let local = Server::start(move |_| Reply::new(307, "").header("location", target.clone())).unwrap();
        let service = LocalService::new(&local.url(""), None).unwrap();
        let body = json!({"messages": [{"role": "user", "content": "where is the treasure"}]});
        let refused = service.stream(&body, &Cancel::new(), &mut |_| {}).await.unwrap_err();
        assert!(matches!(refused, api::Error::Redirected { .. }), "{refused}");
        assert!(!refused.to_string().contains("treasure"));
        assert_eq!((local.seen().len(), elsewhere.seen().len()), (1, 0));
    }
}
