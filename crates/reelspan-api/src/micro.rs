//! The ffmpeg-micro dialect, under `/v1`: its shapes and statuses, our use cases. It holds no logic of its own.

mod account;
mod asking;
mod blueprints;
mod body;
mod document;
mod ffprobe;
mod generate;
mod health;
mod jobs;
mod query;
mod refused;
mod transcodes;
mod transcribes;
mod uploads;

use axum::Router;
use axum::routing::{get, patch, post};

use crate::App;

/// Every endpoint of the contract, a line each.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/health-check", get(health::check))
        .route("/v1/upload/presigned-url", post(uploads::presign))
        .route("/v1/upload/confirm", post(uploads::confirm))
        .route("/v1/transcodes", post(transcodes::create).get(transcodes::list))
        .route("/v1/transcodes/{id}", get(transcodes::get))
        .route("/v1/transcodes/{id}/cancel", patch(transcodes::cancel))
        .route("/v1/transcodes/{id}/download", get(transcodes::download))
        .route("/v1/transcribe", post(transcribes::create))
        .route("/v1/transcribe/{id}", get(transcribes::get))
        .route("/v1/transcribe/{id}/download", get(transcribes::download))
        .route("/v1/transcribes", get(transcribes::list))
        .route("/v1/ffprobe", post(ffprobe::probe))
        .route("/v1/blueprints/{slug}/runs", post(blueprints::run))
        .route("/v1/blueprints/runs/{id}", get(blueprints::get))
        .route("/v1/blueprints/runs/{id}/continue", post(blueprints::resume))
        .route("/v1/generate/scenes", post(generate::scenes))
        .route("/v1/generate/translate", post(generate::translate))
        .route("/v1/generate/image", post(generate::image))
        .route("/v1/generate/speech", post(generate::speech))
        .route("/v1/generate/animate", post(generate::animate))
        .route("/v1/generate/animate/{id}", get(generate::animated))
        .route("/v1/account/usage", get(account::usage))
        .route("/openapi.yaml", get(document::document))
}
