//! `/v1/transcodes`: put one down, look, list, stop, fetch.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use reelspan_app::tasks::{self, TRANSCODE, TRANSCRIBE};
use reelspan_app::times::iso;
use reelspan_app::transcodes::{self, Flag, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::Asking;
use super::body::{Body, Fields, Id};
use super::jobs::{Job, List};
use super::query::Query;
use super::refused::{Answer, Refused};
use crate::App;
use crate::base::Base;

/// Its list holds both, so each row of it can be looked at, stopped and fetched here.
const KINDS: [&str; 2] = [TRANSCODE, TRANSCRIBE];

/// What is left out or null is the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    inputs: Option<Vec<Input>>,
    output_format: Option<String>,
    preset: Option<transcodes::Preset>,
    options: Option<Vec<Flag>>,
    filters: Option<Vec<Filter>>,
    metadata: Option<Value>,
}

#[derive(Deserialize)]
struct Input {
    url: String,
    options: Option<Vec<Flag>>,
}

/// One client wraps each graph, and a person may not.
#[derive(Deserialize)]
#[serde(untagged)]
enum Filter {
    Wrapped { filter: String },
    Bare(String),
}

impl Fields for Create {
    const FIELDS: &'static [&'static str] = &["inputs", "outputFormat", "preset", "options", "filters", "metadata"];
}

impl From<Create> for Request {
    fn from(create: Create) -> Self {
        let input = |input: Input| transcodes::Input { address: input.url, options: input.options.unwrap_or_default() };
        let graph = |filter| match filter {
            Filter::Wrapped { filter } | Filter::Bare(filter) => filter,
        };
        Self {
            inputs: create.inputs.unwrap_or_default().into_iter().map(input).collect(),
            format: create.output_format.unwrap_or_default(),
            preset: create.preset,
            options: create.options.unwrap_or_default(),
            filters: create.filters.unwrap_or_default().into_iter().map(graph).collect(),
            metadata: create.metadata,
        }
    }
}

pub(crate) async fn create(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    body: Body<Create>,
) -> Answer<impl IntoResponse> {
    let made = transcodes::create(&app.service, &caller, body.asked.into()).await;
    let made = made.map_err(|refusal| Refused::under(refusal, &base))?;
    let location = format!("{base}/v1/transcodes/{}", made.standing.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(accepted(made, body.unknown))))
}

/// A job that was just put down is pending, even if a worker was quicker than this answer.
fn accepted(made: transcodes::Transcode, unknown: Vec<String>) -> Value {
    let mut answer = json!({
        "id": made.standing.id,
        "status": "pending",
        "inputUrl": made.inputs.first().map(|input| input.address.as_str()),
        "outputFormat": made.format,
        "lane": made.standing.lane,
        "expires_at": iso(made.standing.expires_at),
    });
    if let Some(metadata) = made.metadata {
        answer["metadata"] = json!({ "user": metadata });
    }
    if !unknown.is_empty() {
        answer["ignored_fields"] = json!(unknown);
    }
    answer
}

pub(crate) async fn get(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Id(id): Id,
) -> Answer<Json<Job>> {
    let standing = tasks::get(&app.service, &caller, &id, &KINDS).await?;
    Ok(Json(Job::of_any(&app.service, &base, standing)?))
}

pub(crate) async fn list(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    query: Query,
) -> Answer<impl IntoResponse> {
    List::of(&app.service, &caller, &base, query.listing(&KINDS)?).await
}

pub(crate) async fn cancel(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Id(id): Id,
) -> Answer<Json<Value>> {
    let standing = tasks::cancel(&app.service, &caller, &id, &KINDS).await?;
    let job = Job::of_any(&app.service, &base, standing)?;
    Ok(Json(json!({ "success": true, "message": "Job canceled successfully", "job": job })))
}

pub(crate) async fn download(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Id(id): Id,
) -> Answer<Json<Value>> {
    let standing = tasks::get(&app.service, &caller, &id, &KINDS).await?;
    let link = tasks::download(&app.service, &base, &standing).await?;
    Ok(Json(json!({ "url": link.url })))
}
