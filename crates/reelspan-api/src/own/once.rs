//! `Idempotency-Key`: a request that names itself is done once; the same again gets the same answer.

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use reelspan_app::once;
use reelspan_app::refusal::{Kind, Refusal};

use crate::{App, Problem, caller};

const HEADER: &str = "idempotency-key";
/// On an answer that was given before.
const REPLAYED: &str = "idempotency-replayed";
/// Such requests and their answers are JSON; files do not come this way.
const MOST: usize = 2 << 20;
const LONGEST: usize = 255;
/// They hold passwords, or their answers what is shown once: neither is kept, nor a hash that one could guess at quickly.
const SECRET: [&str; 6] = ["/keys", "/session", "/account", "/password", "/invites", "/webhooks"];

/// Stands before every POST of our own API.
pub(crate) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(HEADER) {
        return next.run(request).await;
    }
    match named(&app, request, next).await {
        Ok(response) => response,
        Err(refusal) => Problem::from(refusal).into_response(),
    }
}

async fn named(app: &App, request: Request, next: Next) -> Result<Response, Refusal> {
    let key = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let key = key.filter(|key| !key.is_empty() && key.len() <= LONGEST).ok_or_else(|| {
        Refusal::invalid("Idempotency-Key", format!("Idempotency-Key must have 1 to {LONGEST} plain characters"))
    })?;
    let (parts, body) = request.into_parts();
    let caller = caller::of(app, &parts).await?;
    let body = to_bytes(body, MOST).await;
    let body = body.map_err(|_| Refusal::new(Kind::TooLarge, "too_large", "a request with a key may have 2 MB"))?;
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if SECRET.iter().any(|part| route.ends_with(part)) {
        let message =
            "an Idempotency-Key is not taken here, since a secret is asked or answered that is not kept; leave it out";
        return Err(Refusal::invalid("Idempotency-Key", message));
    }
    // The path's own ids count: the same body to another resource is another request.
    let asked = once::Asked::new(route, parts.uri.path_and_query().map_or("", |path| path.as_str()), &body);
    let data = &app.service.data;
    if let Some(before) = once::take(data, &caller.workspace, &key, &asked).await? {
        return Ok(replayed(&before));
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MOST).await.unwrap_or_default();
    let status = parts.status;
    // What failed on our side, or may work later, may be asked again under the same key.
    if status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED) {
        once::free(data, &caller.workspace, &key).await?;
    } else {
        let answer = String::from_utf8_lossy(&bytes);
        once::keep(data, &caller.workspace, &key, i64::from(status.as_u16()), &answer).await?;
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replayed(before: &once::Before) -> Response {
    let status = u16::try_from(before.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::OK);
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let mut response = (status, before.answer.clone()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(HeaderName::from_static(REPLAYED), HeaderValue::from_static("true"));
    response
}
