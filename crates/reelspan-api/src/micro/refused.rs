//! Refusals as the dialect's clients read them: `error` and, where there is more to say, `details`, both plain text.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use reelspan_app::refusal::{Kind, Refusal};
use serde_json::{Map, Value, json};

use crate::problem;

/// What is answered instead of what was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) body: Map<String, Value>,
    pub(crate) retry_after: Option<u64>,
}

pub(crate) type Answer<T> = Result<T, Refused>;

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let mut body = Map::new();
        let error = match refusal.kind {
            Kind::Unauthorized => "unauthorized".to_owned(),
            _ => refusal.message.clone(),
        };
        body.insert("error".to_owned(), Value::String(error));
        if refusal.kind == Kind::Unauthorized {
            body.insert("details".to_owned(), Value::String(refusal.message));
        }
        body.insert("code".to_owned(), Value::from(refusal.code));
        if let Some(field) = refusal.field {
            body.insert("field".to_owned(), Value::String(field));
        }
        // What a program has to know beside it keeps its own names; `error` and `details` stay text.
        if let Value::Object(extra) = refusal.extra {
            body.extend(extra.into_iter().filter(|(name, _)| name != "details"));
        }
        Self { status: problem::status(refusal.kind), body, retry_after: refusal.retry_after }
    }
}

impl Refused {
    /// Where more can be had is an address that a browser opens.
    pub(crate) fn under(refusal: Refusal, base: &str) -> Self {
        let mut refused = Self::from(refusal);
        if let Some(Value::String(url)) = refused.body.get_mut("upgrade_url")
            && url.starts_with('/')
        {
            url.insert_str(0, base);
        }
        refused
    }

    /// The contract of the probe has a list where the others have text.
    pub(crate) fn with_list(mut self, status: StatusCode) -> Self {
        let error = self.body.get("error").cloned().unwrap_or_default();
        self.body.insert("details".to_owned(), json!([error]));
        self.status = status;
        self
    }

    /// With the name that programs go by in `error`, and the sentence in another field.
    pub(crate) fn named(mut self, name: &str, sentence_in: &str) -> Self {
        if let Some(sentence) = self.body.insert("error".to_owned(), Value::from(name)) {
            self.body.insert(sentence_in.to_owned(), sentence);
        }
        self
    }

    pub(crate) fn and(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.body.insert(name.to_owned(), value.into());
        self
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Value::Object(self.body))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
