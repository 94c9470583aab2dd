//! Is it alive, is it ready, how is it doing.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use reelspan_app::health;
use serde_json::json;

use crate::App;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready)).route("/metrics", get(metrics))
}

/// Ready means that a request would find its database and its files.
async fn ready(State(app): State<App>) -> Response {
    let found = health::look(&app.service.data).await;
    let status = if found.ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": found.ready(), "database": found.database, "files": found.files }))).into_response()
}

/// Numbers for the operator, on this machine only; what comes through a proxy does not come from here.
async fn metrics(State(app): State<App>, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    let forwarded = ["forwarded", "x-forwarded-for"].iter().any(|name| headers.contains_key(*name));
    if forwarded || !peer.ip().to_canonical().is_loopback() {
        return (StatusCode::NOT_FOUND, "metrics are served to this machine only\n").into_response();
    }
    let depths = health::depths(&app.service.data).await;
    for (lane, state, count) in depths {
        metrics::gauge!("reelspan_jobs", "lane" => lane, "state" => state).set(count as f64);
    }
    metrics::gauge!("reelspan_jobs_running_here").set(app.service.engine.running() as f64);
    app.metrics.render().into_response()
}
