//! Refusals of our own API, as problem details (RFC 9457).

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use reelspan_app::refusal::{Kind, Refusal};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What went wrong, for programs and for people.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// The page about this kind of problem.
    #[serde(rename = "type")]
    pub page: String,
    pub title: &'static str,
    pub status: u16,
    /// Stable name of the kind.
    pub code: &'static str,
    /// What, which, and how to mend it.
    pub detail: String,
    /// Which field of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Object)]
    pub extra: Value,
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

/// The status that a kind of refusal has on every surface.
pub(crate) fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthorized => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Missing => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Quota => StatusCode::PAYMENT_REQUIRED,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The same for those who expect `{"error": ...}`.
pub(crate) fn plain(refusal: &Refusal) -> Response {
    let body = serde_json::json!({ "error": refusal.message });
    let mut response = (status(refusal.kind), Json(body)).into_response();
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = status(refusal.kind);
        Self {
            page: format!("/docs/errors/{}", refusal.code),
            title: status.canonical_reason().unwrap_or("Refused"),
            status: status.as_u16(),
            code: refusal.code,
            detail: refusal.message,
            field: refusal.field,
            extra: refusal.extra,
            retry_after: refusal.retry_after,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
