//! JSON bodies of our own API: what cannot be read is refused with the field, and unknown fields by name.

use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use reelspan_app::refusal::{Kind, Refusal};
use serde::de::DeserializeOwned;

use crate::Problem;

/// Types that are read this way should deny unknown fields.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
            let message = "send JSON, with `Content-Type: application/json`";
            return Err(Refusal::new(Kind::Unsupported, "not_json", message).into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|_| too_large())?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| refused(&error).into())
    }
}

fn too_large() -> Refusal {
    Refusal::new(Kind::TooLarge, "too_large", "the body is too large, or broke off; JSON bodies may have 2 MB")
}

/// A body that may be left out.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::new(body), state).await.map_err(|_| too_large())?;
        // Many clients always say that they send JSON, also when they send nothing.
        if bytes.is_empty() {
            return Ok(None);
        }
        let request = Request::from_parts(parts, axum::body::Body::from(bytes));
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// Serde's message names the field and the place; it quotes unknown names, never values of known fields.
fn refused(error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    let field =
        text.split('`').nth(1).filter(|_| text.starts_with("unknown field") || text.starts_with("missing field"));
    Refusal { field: field.map(str::to_owned), ..Refusal::new(Kind::Invalid, "invalid_request", text) }
}
