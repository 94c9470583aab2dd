//! Uploads: announced, put to a signed address, confirmed. For files that come piece by piece see `/tus`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use reelspan_app::links::Link;
use reelspan_app::times::iso;
use reelspan_app::uploads::{self, Announced, Rules, Which};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::assets::{Asset, shown as shown_asset};
use super::body::Body;
use crate::base::Base;
use crate::caller::Asking;
use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(get, delete)).routes(routes!(confirm))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUpload {
    #[schema(example = "talk.mp4", max_length = 255)]
    file_name: String,
    /// Of video, sound or pictures; `application/octet-stream` lets the bytes decide.
    #[schema(example = "video/mp4")]
    content_type: String,
    #[schema(minimum = 1, maximum = 50_000_000_000_u64)]
    bytes: u64,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    /// How long the file is, as a second opinion.
    bytes: Option<u64>,
}

/// A file on its way in.
#[derive(Debug, Serialize, ToSchema)]
struct Upload {
    id: String,
    /// `put`, or `tus` for one that comes piece by piece.
    protocol: String,
    file_name: String,
    content_type: String,
    /// As announced; none where a client says it later.
    bytes: Option<i64>,
    received_bytes: i64,
    /// `open`, `received` (confirm it) or `confirmed` (it is `asset_id`).
    state: String,
    asset_id: Option<String>,
    created_at: String,
    /// What is not confirmed by then is gone.
    expires_at: String,
}

/// An address that carries its own permission.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignedLink {
    url: String,
    expires_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Announcement {
    #[serde(flatten)]
    upload: Upload,
    /// Where the bytes go, with `PUT` and the announced `Content-Type`. No key is sent there.
    put: SignedLink,
}

#[derive(Debug, Serialize, ToSchema)]
struct Confirmed {
    #[serde(flatten)]
    upload: Upload,
    asset: Asset,
}

impl From<Link> for SignedLink {
    fn from(link: Link) -> Self {
        Self { url: link.url, expires_at: iso(link.expires_at) }
    }
}

fn shown(upload: reelspan_app::Upload) -> Upload {
    Upload {
        id: upload.id,
        protocol: upload.protocol,
        file_name: upload.file_name,
        content_type: upload.content_type,
        bytes: upload.declared_bytes,
        received_bytes: upload.received_bytes,
        state: upload.state,
        asset_id: upload.asset,
        created_at: iso(upload.created_at),
        expires_at: iso(upload.expires_at),
    }
}

/// Announce a file; the answer says where its bytes go.
#[utoipa::path(post, path = "/uploads", tag = "uploads", request_body = NewUpload,
    responses((status = 201, body = Announcement), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn create(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Body(new): Body<NewUpload>,
) -> Result<(StatusCode, Json<Announcement>), Problem> {
    let file = Announced { file_name: &new.file_name, content_type: &new.content_type, bytes: new.bytes };
    let presigned = uploads::presign(&app.service, &caller, &base, &file, &Rules::OWN).await?;
    let answer = Announcement { upload: shown(presigned.upload), put: presigned.put.into() };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// How an upload stands.
#[utoipa::path(get, path = "/uploads/{id}", tag = "uploads", params(("id" = String, Path)),
    responses((status = 200, body = Upload), (status = "4XX", body = Problem)))]
async fn get(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<Json<Upload>, Problem> {
    Ok(Json(shown(uploads::get(&app.service, &caller, &id).await?)))
}

/// Make it an asset, now that its bytes are here. Said again, it gives the same answer.
#[utoipa::path(post, path = "/uploads/{id}/confirm", tag = "uploads", params(("id" = String, Path)),
    request_body = Confirmation,
    responses((status = 200, body = Confirmed), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn confirm(
    State(app): State<App>,
    Asking(caller): Asking,
    Path(id): Path<String>,
    sent: Option<Body<Confirmation>>,
) -> Result<Json<Confirmed>, Problem> {
    let bytes = sent.and_then(|Body(sent)| sent.bytes);
    let confirmed = uploads::confirm(&app.service, &caller, Which::Id(&id), bytes).await?;
    Ok(Json(Confirmed { upload: shown(confirmed.upload), asset: shown_asset(confirmed.asset) }))
}

/// Give it up. What is confirmed already is deleted as an asset.
#[utoipa::path(delete, path = "/uploads/{id}", tag = "uploads", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn delete(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    uploads::delete(&app.service, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
