//! Is it alive, is it ready.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::App;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(async || StatusCode::OK))
}
