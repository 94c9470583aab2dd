//! `/v1/ffprobe`: what an uploaded file is, at once and without a job.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reelspan_app::probes;
use reelspan_app::refusal::Kind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::Asking;
use super::body::{Body, Fields};
use super::refused::{Answer, Refused};
use crate::App;

/// How often one caller may ask in a minute.
const A_MINUTE: u32 = 30;

#[derive(Deserialize)]
pub(crate) struct Probe {
    url: Option<String>,
}

impl Fields for Probe {
    const FIELDS: &'static [&'static str] = &["url"];
}

pub(crate) async fn probe(
    State(app): State<App>,
    Asking(caller): Asking,
    body: Answer<Body<Probe>>,
) -> Answer<Json<Value>> {
    app.limits.per_minute("ffprobe", A_MINUTE, &caller)?;
    let body = body.map_err(|refused| refused.with_list(StatusCode::BAD_REQUEST))?;
    let url = body.asked.url.unwrap_or_default();
    let probed = probes::probe(&app.service, &caller, &url).await;
    let metadata = probed.map_err(|refusal| {
        let status = status(refusal.kind);
        let refused = Refused::from(refusal);
        let status = status.unwrap_or(refused.status);
        refused.with_list(status)
    })?;
    Ok(Json(json!({ "url": url, "metadata": metadata })))
}

/// A file that cannot be read is not the same as a store that cannot.
fn status(kind: Kind) -> Option<StatusCode> {
    match kind {
        Kind::Unsupported => Some(StatusCode::UNPROCESSABLE_ENTITY),
        Kind::Unavailable => Some(StatusCode::BAD_GATEWAY),
        _ => None,
    }
}
