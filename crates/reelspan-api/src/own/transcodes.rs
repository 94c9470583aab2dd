//! Transcodes, transcriptions, blueprints and probes.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use reelspan_app::tasks::Standing;
use reelspan_app::transcodes::{self, Flag, Preset, Request};
use reelspan_app::{blueprints, probes, transcriptions};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Body;
use super::jobs::{Job, shown};
use crate::base::Base;
use crate::caller::Asking;
use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(transcode))
        .routes(routes!(transcribe))
        .routes(routes!(blueprint))
        .routes(routes!(go_on))
        .routes(routes!(probe))
}

/// One option of ffmpeg's, or a virtual one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Option_ {
    /// `-crf`, `-vf`, `@text-overlay`, `@quote-card`.
    option: String,
    /// Text or a number; an object for virtual options.
    #[schema(value_type = Option<Object>)]
    argument: Option<Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInput {
    /// `gs://...` as an upload answered it, or `https://...`.
    url: String,
    /// Options that stand before this input.
    #[serde(default)]
    options: Vec<Option_>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPreset {
    /// `high`, `medium` or `low`.
    quality: Option<String>,
    /// `480p`, `720p`, `1080p` or `4k`.
    resolution: Option<String>,
}

/// Files in, one finished file out. Several inputs without filters are joined in order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTranscode {
    /// One to ten.
    inputs: Vec<NewInput>,
    /// `mp4`, `webm`, `mov`, `avi`, `mp3`, `m4a`, `aac`, `wav`, `ogg`, `opus`, `flac`, `jpeg`, `png`, `gif` or `webp`.
    format: String,
    preset: Option<NewPreset>,
    /// Options of the output. They take the place of a preset.
    #[serde(default)]
    options: Vec<Option_>,
    /// Filter graphs over all inputs.
    #[serde(default)]
    filters: Vec<String>,
    /// An object of your own, given back as it came.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTranscription {
    /// `gs://...` or `https://...`.
    input: String,
    /// A BCP 47 tag; found out if absent.
    language: Option<String>,
    /// `transcribe` or `translate` (into English).
    task: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reviewed {
    /// The subtitles as you want them, as SRT.
    srt: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProbe {
    /// `gs://...` as an upload answered it.
    input: String,
}

impl From<Option_> for Flag {
    fn from(one: Option_) -> Self {
        Self { option: one.option, argument: one.argument }
    }
}

fn flags(options: Vec<Option_>) -> Vec<Flag> {
    options.into_iter().map(Flag::from).collect()
}

impl From<NewTranscode> for Request {
    fn from(new: NewTranscode) -> Self {
        let input = |one: NewInput| transcodes::Input { address: one.url, options: flags(one.options) };
        Self {
            inputs: new.inputs.into_iter().map(input).collect(),
            format: new.format,
            preset: new.preset.map(|preset| Preset { quality: preset.quality, resolution: preset.resolution }),
            options: flags(new.options),
            filters: new.filters,
            metadata: new.metadata,
        }
    }
}

async fn created(app: &App, base: &str, standing: Standing) -> Result<(StatusCode, Json<Job>), Problem> {
    Ok((StatusCode::CREATED, Json(shown(&app.service, base, standing).await?)))
}

/// Transcode, join, filter.
#[utoipa::path(post, path = "/transcodes", tag = "media", request_body = NewTranscode,
    responses((status = 201, body = Job), (status = "4XX", body = Problem)))]
async fn transcode(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Body(new): Body<NewTranscode>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let made = transcodes::create(&app.service, &caller, new.into()).await?;
    created(&app, &base, made.standing).await
}

/// Speech to subtitles.
#[utoipa::path(post, path = "/transcriptions", tag = "media", request_body = NewTranscription,
    responses((status = 201, body = Job), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn transcribe(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Body(new): Body<NewTranscription>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let request = transcriptions::Request { address: new.input, language: new.language, task: new.task };
    let made = transcriptions::create(&app.service, &caller, request).await?;
    created(&app, &base, made.standing).await
}

/// Run a blueprint with its own inputs, a flat object.
#[utoipa::path(post, path = "/blueprints/{slug}/runs", tag = "media", params(("slug" = String, Path)), request_body = Object,
    responses((status = 201, body = Job), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
async fn blueprint(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Path(slug): Path<String>,
    Body(inputs): Body<Map<String, Value>>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let run = blueprints::run(&app.service, &caller, &slug, inputs).await?;
    created(&app, &base, run.standing).await
}

/// Go on with a blueprint that waits for your word on its subtitles.
#[utoipa::path(post, path = "/jobs/{id}/continue", tag = "media", params(("id" = String, Path)), request_body = Reviewed,
    responses((status = 200, body = Job), (status = "4XX", body = Problem)))]
async fn go_on(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Path(id): Path<String>,
    Body(reviewed): Body<Reviewed>,
) -> Result<Json<Job>, Problem> {
    let run = blueprints::resume(&app.service, &caller, &id, &reviewed.srt).await?;
    Ok(Json(shown(&app.service, &base, run.standing).await?))
}

/// What an uploaded file is; no job, no charge.
#[utoipa::path(post, path = "/probes", tag = "media", request_body = NewProbe,
    responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
async fn probe(
    State(app): State<App>,
    Asking(caller): Asking,
    Body(new): Body<NewProbe>,
) -> Result<Json<Value>, Problem> {
    let facts = probes::probe(&app.service, &caller, &new.input).await?;
    Ok(Json(serde_json::to_value(facts).unwrap_or_default()))
}
