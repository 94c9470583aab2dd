//! Assets: stored files, uploaded or made.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use reelspan_app::times::iso;
use reelspan_app::{assets, links};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::{Page, Wanted};
use super::uploads::SignedLink;
use crate::base::Base;
use crate::caller::Asking;
use crate::files::send;
use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, delete))
        .routes(routes!(content))
        .routes(routes!(link))
}

/// A stored file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Asset {
    id: String,
    /// `gs://...`: what jobs are told to read.
    handle: String,
    /// `input_media` or `output_media`.
    class: String,
    file_name: String,
    content_type: String,
    bytes: i64,
    /// Length, size, codecs; none where nobody could tell.
    #[schema(value_type = Option<Object>)]
    media: Option<Value>,
    created_at: String,
    expires_at: String,
}

pub(super) fn shown(asset: reelspan_app::Asset) -> Asset {
    Asset {
        handle: links::handle(&asset),
        media: asset.media.as_deref().and_then(|facts| serde_json::from_str(facts).ok()),
        id: asset.id,
        class: asset.class,
        file_name: asset.file_name,
        content_type: asset.content_type,
        bytes: asset.bytes,
        created_at: iso(asset.created_at),
        expires_at: iso(asset.expires_at),
    }
}

/// The files of the workspace, the newest first.
#[utoipa::path(get, path = "/assets", tag = "assets", params(Wanted),
    responses((status = 200, body = Page<Asset>), (status = "4XX", body = Problem)))]
async fn list(
    State(app): State<App>,
    Asking(caller): Asking,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Asset>>, Problem> {
    let (limit, after) = (wanted.limit()?, wanted.after()?);
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let rows = assets::list(&app.service, &caller, after, limit + 1).await?;
    Ok(Json(wanted.page(rows, |row| (row.created_at, row.id.as_str()), shown)))
}

/// One file.
#[utoipa::path(get, path = "/assets/{id}", tag = "assets", params(("id" = String, Path)),
    responses((status = 200, body = Asset), (status = "4XX", body = Problem)))]
async fn get(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<Json<Asset>, Problem> {
    Ok(Json(shown(assets::get(&app.service, &caller, &id).await?)))
}

/// Its bytes, or the part of them that `Range` names.
#[utoipa::path(get, path = "/assets/{id}/content", tag = "assets",
    params(("id" = String, Path), ("Range" = Option<String>, Header)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 206),
        (status = 304), (status = 416), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn content(
    State(app): State<App>,
    Asking(caller): Asking,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset = assets::get(&app.service, &caller, &id).await?;
    Ok(send(&app, &asset, &method, &headers).await?)
}

/// A link to it that needs no key, for ten minutes or until the file goes.
#[utoipa::path(post, path = "/assets/{id}/link", tag = "assets", params(("id" = String, Path)),
    responses((status = 201, body = SignedLink), (status = "4XX", body = Problem)))]
async fn link(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<SignedLink>), Problem> {
    let link = assets::link(&app.service, &caller, &base, &id).await?;
    Ok((StatusCode::CREATED, Json(link.into())))
}

/// Delete it now.
#[utoipa::path(delete, path = "/assets/{id}", tag = "assets", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn delete(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    assets::delete(&app.service, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
