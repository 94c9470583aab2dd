//! The ffmpeg-micro dialect, under `/v1`: its shapes and statuses, our use cases.

use axum::Router;

use crate::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
}
