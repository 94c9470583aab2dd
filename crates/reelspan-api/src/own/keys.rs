//! API keys: `/keys`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use reelspan_app::keys::{self, ApiKey, NewKey};
use reelspan_app::refusal::Refusal;
use reelspan_app::service::Scopes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use reelspan_app::times::{self, iso};

use super::body::Body;
use crate::caller::Asking;
use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyWish {
    /// To tell it from others.
    #[schema(min_length = 1, max_length = 100, example = "ci")]
    name: String,
    /// `all`; `media` (uploads, jobs, files); or `read`.
    #[serde(default = "all")]
    #[schema(example = "media")]
    scopes: String,
    /// From then on it does nothing; left out, it works until it is revoked.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

fn all() -> String {
    Scopes::All.name().to_owned()
}

#[derive(Serialize, ToSchema)]
struct KeyView {
    id: String,
    name: String,
    /// How it begins.
    prefix: String,
    scopes: String,
    created_at: String,
    /// To the minute.
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    expires_at: Option<String>,
}

/// A new key. `key` is shown here, once.
#[derive(Serialize, ToSchema)]
struct NewKeyView {
    key: String,
    #[serde(flatten)]
    about: KeyView,
}

#[derive(Serialize, ToSchema)]
struct KeyList {
    items: Vec<KeyView>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes,
            created_at: iso(key.created_at),
            last_used_at: key.last_used_at.map(iso),
            revoked_at: key.revoked_at.map(iso),
            expires_at: key.expires_at.map(iso),
        }
    }
}

/// What scopes are called, or which there are.
pub(crate) fn scopes(name: &str) -> Result<Scopes, Refusal> {
    Scopes::parse(name).ok_or_else(|| Refusal::invalid("scopes", "scopes are `all`, `media` or `read`"))
}

/// List keys
#[utoipa::path(get, path = "/keys", tag = "keys", responses(
    (status = 200, body = KeyList), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(app): State<App>, Asking(caller): Asking) -> Result<Json<KeyList>, Problem> {
    let keys = keys::list(&app.service.data, &caller).await?;
    Ok(Json(KeyList { items: keys.into_iter().map(KeyView::from).collect() }))
}

/// Make a key
#[utoipa::path(post, path = "/keys", tag = "keys", request_body = KeyWish, responses(
    (status = 201, body = NewKeyView), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn create(
    State(app): State<App>,
    Asking(caller): Asking,
    Body(sent): Body<KeyWish>,
) -> Result<impl IntoResponse, Problem> {
    let expires_at = sent.expires_at.as_deref().map(moment).transpose()?;
    let wish = NewKey { name: sent.name, scopes: scopes(&sent.scopes)?, expires_at };
    let (about, key) = keys::make(&app.service.data, &app.service.signer, &caller, &wish).await?;
    let made = NewKeyView { key, about: about.into() };
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(made)))
}

/// Revoke a key
///
/// It does nothing from the next request on.
#[utoipa::path(delete, path = "/keys/{id}", tag = "keys", params(("id" = String, Path)), responses(
    (status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn revoke(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    keys::revoke(&app.service.data, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn moment(text: &str) -> Result<i64, Refusal> {
    times::parse(text).ok_or_else(|| Refusal::invalid("expires_at", "write a moment as `2026-11-21T15:00:00Z`"))
}
