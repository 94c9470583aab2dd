//! Questions to a language model through any OpenAI-compatible `/v1/chat/completions`.

use reelspan_types::Cancel;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use url::{Host, Url};

use crate::api::{Error, Filled, Service};

mod events;
mod local;
mod stream;
mod thoughts;

pub use local::{LocalService, NotLocal};
pub use stream::stream;
pub(crate) use thoughts::Thoughts;

const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Sends `body` (messages, model, response format) as it is, never streamed, and gives the first answer's text.
pub async fn complete(service: &Service, body: &Value, cancel: &Cancel) -> Result<String, Error> {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("stream".into(), json!(false));
    }
    let fill = |http: RequestBuilder| -> Filled<'_> { Box::pin(async { Ok(http.json(&body)) }) };
    let answer = service.post("chat/completions", LONGEST_ANSWER, cancel, &fill).await?;
    let answer: Value = serde_json::from_slice(&answer).map_err(|_| service.not_json())?;
    let content = answer.pointer("/choices/0/message/content").and_then(Value::as_str);
    content.map(str::to_owned).ok_or_else(|| service.not_json())
}

/// Does what is sent there stay on this machine? A name other than `localhost` never counts: it may mean anything.
pub fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        Some(Host::Domain(name)) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use reelspan_testing::http_server::{Reply, Server};

    use super::*;
    use crate::http::Settings;

    async fn ask(reply: &'static str) -> (Result<String, Error>, Server) {
        let server = Server::start(move |_| Reply::new(200, reply)).unwrap();
        let service = Service::new(&server.url("/v1"), None, &Settings::default()).unwrap();
        let body = json!({"model": "local", "messages": [{"role": "user", "content": "hi"}], "stream": true});
        (complete(&service, &body, &Cancel::new()).await, server)
    }

    #[tokio::test]
    async fn gives_the_text_of_the_first_choice() {
        let (answer, server) =
            ask(r#"{"choices":[{"message":{"role":"assistant","content":"hello"}},{"message":{"content":"no"}}]}"#)
                .await;
        assert_eq!(answer.unwrap(), "hello");
        let seen = &server.seen()[0];
        assert_eq!(seen.path, "/v1/chat/completions");
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(body, json!({"model": "local", "messages": [{"role": "user", "content": "hi"}], "stream": false}));
    }

    #[tokio::test]
    async fn an_answer_without_text_is_an_error() {
        for reply in ["", "no", "{}", r#"{"choices":[]}"#, r#"{"choices":[{"message":{"content":null}}]}"#] {
            assert!(matches!(ask(reply).await.0, Err(Error::NotJson { .. })), "{reply}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, is) in [
            ("http://127.0.0.1:1234/v1", true),
            ("http://127.8.9.1/", true),
            ("http://[::1]:80/", true),
            ("http://[::ffff:127.0.0.1]/", true),
            ("http://localhost:11434", true),
            ("http://LOCALHOST./", true),
            ("http://2130706433/", true),
            ("http://localhost.example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://user@10.0.0.1/", false),
            ("http://localhost@example.com/", false),
            ("https://api.openai.com/v1", false),
            ("http://0.0.0.0/", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), is, "{url}");
        }
    }
}
