//! What holds for every tus request: its version, and how refusals are worded.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use reelspan_app::refusal::Refusal;
use reelspan_app::uploads::Rules;

use crate::Problem;

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,creation-with-upload,creation-defer-length,expiration,termination,checksum";
const CHECKSUMS: &str = "sha1,sha256";
pub(super) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OVERRIDE: &str = "x-http-method-override";

/// Two statuses that only tus has.
const LOCKED: u16 = 423;
const CHECKSUM_MISMATCH: u16 = 460;

/// Lets in what speaks this version, and marks every answer with it.
pub(super) async fn hold(request: Request, next: Next) -> Response {
    let spoken = request.headers().get(RESUMABLE).is_some_and(|version| version == VERSION);
    let mut response = if spoken || request.method() == Method::OPTIONS {
        next.run(request).await
    } else {
        let message = "send `Tus-Resumable: 1.0.0`; no other version of tus is understood";
        let mut problem = Problem::from(Refusal::invalid("Tus-Resumable", message));
        problem.status = StatusCode::PRECONDITION_FAILED.as_u16();
        let mut response = problem.into_response();
        response.headers_mut().insert("tus-version", HeaderValue::from_static(VERSION));
        response
    };
    response.headers_mut().insert(RESUMABLE, HeaderValue::from_static(VERSION));
    response
}

pub(super) fn options() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    for (name, value) in
        [("tus-version", VERSION), ("tus-extension", EXTENSIONS), ("tus-checksum-algorithm", CHECKSUMS)]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("tus-max-size", HeaderValue::from(Rules::OWN.most_bytes));
    response
}

/// What a POST stands for.
pub(super) fn meant(headers: &HeaderMap) -> Option<Method> {
    let word = headers.get(OVERRIDE)?.to_str().ok()?.trim().to_ascii_uppercase();
    Method::from_bytes(word.as_bytes()).ok()
}

/// A refusal with the status that tus has for it.
pub(super) struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut problem = Problem::from(self.0);
        problem.status = match problem.code {
            "upload_locked" => LOCKED,
            "checksum_mismatch" => CHECKSUM_MISMATCH,
            _ => problem.status,
        };
        problem.into_response()
    }
}
