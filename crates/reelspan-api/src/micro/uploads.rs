//! `/v1/upload`: a signed address to send a file to, and the word that it has arrived.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reelspan_app::links;
use reelspan_app::refusal::{Kind, Refusal};
use reelspan_app::times::iso;
use reelspan_app::uploads::{self, Announced, Rules, Which};
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::Asking;
use super::body::{Body, Fields};
use super::refused::{Answer, Refused};
use crate::App;
use crate::base::Base;

/// How long the link in the answer to a confirmation works.
const HOUR: std::time::Duration = std::time::Duration::from_secs(60 * 60);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Presign {
    filename: Option<String>,
    content_type: Option<String>,
    file_size: Option<u64>,
}

impl Fields for Presign {
    const FIELDS: &'static [&'static str] = &["filename", "contentType", "fileSize"];
}

pub(crate) async fn presign(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    body: Body<Presign>,
) -> Answer<Json<Value>> {
    let (file_name, content_type, bytes) = present(&body.asked)?;
    let file = Announced { file_name, content_type, bytes };
    let signed = uploads::presign(&app.service, &caller, &base, &file, &Rules::FFMPEG_MICRO).await.map_err(worded)?;
    let (name, url, until) = (&signed.upload.object_name, &signed.put.url, iso(signed.put.expires_at));
    Ok(Json(json!({ "success": true, "result": { "uploadUrl": url, "filename": name, "expiresAt": until } })))
}

fn present(asked: &Presign) -> Result<(&str, &str, u64), Refusal> {
    let missing = |field: &str| Refusal::invalid(field, "Missing required fields: filename, contentType, fileSize");
    let name = asked.filename.as_deref().filter(|name| !name.is_empty()).ok_or_else(|| missing("filename"))?;
    let kind = asked.content_type.as_deref().ok_or_else(|| missing("contentType"))?;
    let bytes = asked.file_size.ok_or_else(|| missing("fileSize"))?;
    Ok((name, kind, bytes))
}

/// The contract has one status for everything that is wrong with a file.
fn worded(refusal: Refusal) -> Refused {
    let kind = refusal.kind;
    let refused = Refused::from(refusal);
    match kind {
        Kind::TooLarge | Kind::Unsupported | Kind::Missing | Kind::Conflict => {
            Refused { status: StatusCode::BAD_REQUEST, ..refused }
        }
        _ => refused,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Confirm {
    filename: Option<String>,
    file_size: Option<u64>,
}

impl Fields for Confirm {
    const FIELDS: &'static [&'static str] = &["filename", "fileSize", "uploadId"];
}

pub(crate) async fn confirm(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    body: Body<Confirm>,
) -> Answer<Json<Value>> {
    let name = body.asked.filename.unwrap_or_default();
    let confirmed = uploads::confirm(&app.service, &caller, Which::Name(&name), body.asked.file_size).await;
    let asset = confirmed.map_err(worded)?.asset;
    let facts: Value = asset.media.as_deref().and_then(|facts| serde_json::from_str(facts).ok()).unwrap_or(json!({}));
    let link = links::download_for(&app.service, &base, &asset, HOUR);
    let result = json!({ "fileUrl": links::handle(&asset), "downloadUrl": link.url, "filename": asset.object_name,
        "fileSize": asset.bytes, "uploadedAt": iso(asset.created_at), "metadata": facts, "expires_at": iso(asset.expires_at) });
    Ok(Json(json!({ "success": true, "result": result })))
}
