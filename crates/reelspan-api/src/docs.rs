//! `/openapi.json` and the pages made of it: every operation at `/docs`, every error code at `/docs/errors/CODE`.

mod codes;
mod html;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

use crate::App;

pub use codes::CODES;

/// The document with what is the same for every operation.
pub(crate) fn document(mut openapi: OpenApi) -> OpenApi {
    openapi.info.title = "Reelspan".to_owned();
    openapi.info.version = env!("CARGO_PKG_VERSION").to_owned();
    openapi.info.description = Some(
        "Everything has a lifespan: whatever an answer creates says `expires_at`. Errors are problem details (RFC 9457) \
         with a stable `code`. A POST may name itself with `Idempotency-Key`."
            .to_owned(),
    );
    openapi.info.contact = None;
    openapi.info.license = None;
    let key = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    openapi.components.get_or_insert_default().add_security_scheme("key", key);
    openapi.security = Some(vec![utoipa::openapi::security::SecurityRequirement::new("key", Vec::<String>::new())]);
    openapi
}

/// Made once: the document does not change while the program runs.
pub(crate) fn routes(openapi: &OpenApi) -> Router<App> {
    let json = openapi.to_pretty_json().unwrap_or_default();
    let page = html::operations(&serde_json::from_str(&json).unwrap_or_default());
    let json_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Router::new()
        .route("/openapi.json", get(async move || (json_type, json)))
        .route("/docs", get(async move || guarded(Html(page))))
        .route("/docs/errors", get(async || guarded(Html(html::errors(CODES)))))
        .route("/docs/errors/{code}", get(error))
}

async fn error(Path(code): Path<String>) -> Response {
    match CODES.iter().find(|one| one.code == code) {
        Some(found) => guarded(Html(html::errors(std::slice::from_ref(found)))),
        None => (StatusCode::NOT_FOUND, guarded(Html(html::errors(&[])))).into_response(),
    }
}

/// No page of ours loads anything from anywhere.
fn guarded(page: Html<String>) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let mut response = page.into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
