//! Files in and out by signed links: `PUT /files/in/TOKEN`, `GET /files/out/TOKEN`. The link is the permission.

mod incoming;
mod outgoing;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use reelspan_app::{links, uploads};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use self::incoming::incoming;
pub(crate) use self::outgoing::{http_date, send};

use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put)).routes(routes!(get, head))
}

/// The bytes of an announced upload. Put again before it is confirmed, they replace what came before.
#[utoipa::path(put, path = "/files/in/{token}", tag = "files", security(()),
    params(("token" = String, Path, description = "as the announcement gave it; it works for 15 minutes"),
        ("Content-Type" = String, Header, description = "the announced one")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn put(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let sent = uploads::Sent { content_type, bytes: length(&headers) };
    uploads::receive(&app.service, &token, &sent, incoming(body)).await?;
    Ok(StatusCode::OK)
}

/// How long a body says that it is.
pub(crate) fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok())
}

/// A file, or the part of it that `Range` names.
#[utoipa::path(get, path = "/files/out/{token}", tag = "files", security(()),
    params(("token" = String, Path, description = "of a link that an answer gave"),
        ("Range" = Option<String>, Header, description = "one range of bytes"),
        ("If-Range" = Option<String>, Header, description = "the `ETag` that the range belongs to")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "the part that was asked for"), (status = 304), (status = 416),
        (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn get(
    State(app): State<App>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset = links::opened(&app.service, &token).await?;
    Ok(send(&app, &asset, &method, &headers).await?)
}

/// What `GET` would say, without the file.
#[utoipa::path(head, path = "/files/out/{token}", tag = "files", security(()), params(("token" = String, Path)),
    responses((status = 200), (status = "4XX")))]
async fn head(app: State<App>, token: Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    get(app, token, Method::HEAD, headers).await
}
