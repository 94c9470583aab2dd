//! tus 1.0: uploads that go on where they broke off, with any tus client. Under `/api/reelspan/v1/tus`.
//!
//! The upload's id is that of `/uploads/{id}`; with its last byte it is confirmed, and `Reelspan-Asset` names the asset.

mod headers;
mod rules;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::from_fn;
use axum::response::Response;
use reelspan_app::refusal::Refusal;
use reelspan_app::uploads::pieces::{self, Beginning, Next};
use reelspan_app::uploads::{self, Rules};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::headers::{Said, answer, created};
use self::rules::Refused;
use crate::App;
use crate::base::Base;
use crate::caller::Asking;
use crate::files::incoming;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(options, create))
        .routes(routes!(options_of_one, head, patch, delete, overridden))
        .layer(from_fn(rules::hold))
}

/// Which version and extensions are understood, and how long a file may be.
#[utoipa::path(options, path = "/tus", tag = "tus", security(()), responses((status = 204)))]
async fn options() -> Response {
    rules::options()
}

/// The same.
#[utoipa::path(options, path = "/tus/{id}", tag = "tus", security(()), params(("id" = String, Path)), responses((status = 204)))]
async fn options_of_one() -> Response {
    rules::options()
}

/// Begin an upload, perhaps with its first bytes. `Location` says where it goes on.
#[utoipa::path(post, path = "/tus", tag = "tus",
    params(("Tus-Resumable" = String, Header, example = "1.0.0"), ("Upload-Length" = Option<u64>, Header),
        ("Upload-Defer-Length" = Option<u8>, Header, description = "`1`: the length is said later"),
        ("Upload-Metadata" = Option<String>, Header, description = "`filename` and `filetype`, in base64")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 201), (status = "4XX", body = crate::Problem), (status = 503, body = crate::Problem)))]
async fn create(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let (said, body) = (Said::read(&headers)?, incoming(body));
    let new = Beginning {
        file_name: said.file_name.as_deref(),
        content_type: said.content_type.as_deref(),
        bytes: said.whole_length()?,
        metadata: said.metadata.as_deref(),
    };
    let mut upload = pieces::begin(&app.service, &caller, &new, &Rules::OWN).await?;
    if said.has_bytes() {
        let id = upload.id.clone();
        upload = pieces::append(&app.service, &caller, &id, said.first(), body).await?;
    }
    Ok(created(&base, &upload, said.has_bytes()))
}

/// How far an upload has come. Whoever is still sending to it is asked to stop.
#[utoipa::path(head, path = "/tus/{id}", tag = "tus",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header)), responses((status = 200), (status = "4XX")))]
async fn head(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<Response, Refused> {
    let upload = pieces::stand(&app.service, &caller, &id).await?;
    Ok(answer(StatusCode::OK, &upload))
}

/// What follows at `Upload-Offset`. What has come before a break is kept.
#[utoipa::path(patch, path = "/tus/{id}", tag = "tus",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header), ("Upload-Offset" = u64, Header),
        ("Upload-Length" = Option<u64>, Header, description = "once, where it was deferred"),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, and the sum in base64")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204), (status = 409, body = crate::Problem), (status = 423, body = crate::Problem),
        (status = "4XX", body = crate::Problem), (status = 503, body = crate::Problem)))]
async fn patch(
    State(app): State<App>,
    Asking(caller): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let body = incoming(body);
    let next: Next = Said::read(&headers)?.next()?;
    let upload = pieces::append(&app.service, &caller, &id, next, body).await?;
    Ok(answer(StatusCode::NO_CONTENT, &upload))
}

/// Give an upload up.
#[utoipa::path(delete, path = "/tus/{id}", tag = "tus",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 204), (status = "4XX", body = crate::Problem), (status = 503, body = crate::Problem)))]
async fn delete(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<StatusCode, Refused> {
    uploads::delete(&app.service, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For clients that can only send POST: `X-HTTP-Method-Override` says what is meant.
#[utoipa::path(post, path = "/tus/{id}", tag = "tus",
    params(("id" = String, Path), ("X-HTTP-Method-Override" = String, Header, description = "`PATCH`, `DELETE` or `HEAD`")),
    responses((status = 204), (status = "4XX", body = crate::Problem), (status = 503, body = crate::Problem)))]
async fn overridden(
    app: State<App>,
    asking: Asking,
    id: Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    match rules::meant(&headers) {
        Some(Method::PATCH) => patch(app, asking, id, headers, body).await,
        Some(Method::HEAD) => head(app, asking, id).await,
        Some(Method::DELETE) => delete(app, asking, id).await.map(axum::response::IntoResponse::into_response),
        _ => {
            let message = "a POST to an upload must say what it means: `X-HTTP-Method-Override: PATCH`";
            Err(Refusal::invalid("X-HTTP-Method-Override", message).into())
        }
    }
}
