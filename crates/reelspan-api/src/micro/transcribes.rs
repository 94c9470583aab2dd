//! `/v1/transcribe` and `/v1/transcribes`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use reelspan_app::tasks::TRANSCRIBE;
use reelspan_app::times::iso;
use reelspan_app::transcriptions::{self, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::Asking;
use super::body::{Body, Fields, Id};
use super::jobs::{Job, List};
use super::query::Query;
use super::refused::{Answer, Refused};
use crate::App;
use crate::base::Base;

#[derive(Deserialize)]
pub(crate) struct Create {
    media_url: Option<String>,
    language: Option<String>,
    task: Option<String>,
}

impl Fields for Create {
    const FIELDS: &'static [&'static str] = &["media_url", "language", "task"];
}

impl From<Create> for Request {
    fn from(create: Create) -> Self {
        Self { address: create.media_url.unwrap_or_default(), language: create.language, task: create.task }
    }
}

pub(crate) async fn create(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    body: Body<Create>,
) -> Answer<impl IntoResponse> {
    let made = transcriptions::create(&app.service, &caller, body.asked.into()).await;
    let made = made.map_err(|refusal| Refused::under(refusal, &base))?;
    let location = format!("{base}/v1/transcribe/{}", made.standing.id);
    let mut answer = json!({ "id": made.standing.id, "status": "pending", "media_url": made.input.address,
        "output_format": "srt", "created_at": iso(made.standing.created_at), "expires_at": iso(made.standing.expires_at) });
    if !body.unknown.is_empty() {
        answer["ignored_fields"] = json!(body.unknown);
    }
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(answer)))
}

pub(crate) async fn get(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Id(id): Id,
) -> Answer<Json<Job>> {
    let transcription = transcriptions::get(&app.service, &caller, &id).await?;
    Ok(Json(Job::of_transcription(&app.service, &base, transcription)))
}

pub(crate) async fn download(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Id(id): Id,
) -> Answer<Json<Value>> {
    let link = transcriptions::download(&app.service, &caller, &base, &id).await?;
    Ok(Json(json!({ "url": link.url })))
}

pub(crate) async fn list(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    query: Query,
) -> Answer<impl IntoResponse> {
    List::of(&app.service, &caller, &base, query.listing(&[TRANSCRIBE])?).await
}
