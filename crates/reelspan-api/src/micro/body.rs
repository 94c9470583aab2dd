//! JSON bodies, and why one is not understood.

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request};
use reelspan_app::refusal::{Kind, Refusal};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refused::Refused;
use crate::App;

/// A body, whatever content type it is said to have: some clients say none.
pub(crate) struct Body<T> {
    pub(crate) asked: T,
    /// Fields that the dialect does not know. They are not refused, because clients of other versions send more than
    /// ours knows; the answer names them, so that nobody believes that they did something.
    pub(crate) unknown: Vec<String>,
}

/// A body that can tell its own fields from others.
pub(crate) trait Fields: DeserializeOwned {
    const FIELDS: &'static [&'static str];
}

/// The most of a name that is repeated.
const MOST_NAME: usize = 60;

impl<T: Fields> FromRequest<App> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let fields = object(request, app).await?;
        let unknown = fields.keys().filter(|name| !T::FIELDS.contains(&name.as_str()));
        let unknown = unknown.take(20).map(|name| name.chars().take(MOST_NAME).collect()).collect();
        let asked = serde_json::from_value(Value::Object(fields));
        let asked =
            asked.map_err(|error| Refusal::invalid("body", format!("the body is not as it should be: {error}")))?;
        Ok(Self { asked, unknown })
    }
}

/// A body whose fields are somebody else's to know.
pub(crate) struct Object(pub(crate) Map<String, Value>);

impl FromRequest<App> for Object {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        Ok(Self(object(request, app).await?))
    }
}

async fn object(request: Request, app: &App) -> Result<Map<String, Value>, Refused> {
    let bytes = Bytes::from_request(request, app).await.map_err(|rejection| {
        let kind = if rejection.status().as_u16() == 413 { Kind::TooLarge } else { Kind::Invalid };
        Refusal::new(kind, "body_unreadable", "the body is too large or broke off")
    })?;
    let value = serde_json::from_slice(&bytes);
    match value {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Refusal::invalid("body", "the body must be a JSON object").into()),
        Err(error) => Err(Refusal::invalid("body", format!("the body is no JSON: {error}")).into()),
    }
}

/// The one part of a path that is not fixed.
pub(crate) struct Id(pub(crate) String);

impl axum::extract::FromRequestParts<App> for Id {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<Self, Refused> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        path.map(|Path(id)| Self(id)).map_err(|_| Refusal::missing("job").into())
    }
}
