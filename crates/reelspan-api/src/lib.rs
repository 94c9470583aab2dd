//! HTTP: our own API, the dialects of others, health. Handlers translate; the use cases are `reelspan-app`'s.

mod base;
mod caller;
pub mod docs;
mod files;
mod health;
pub mod limits;
pub mod listen;
mod log;
mod micro;
mod own;
mod pages;
mod problem;
mod tus;

use axum::Router;
use axum::middleware::from_fn_with_state;
use metrics_exporter_prometheus::PrometheusHandle;
use reelspan_app::service::Service;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

pub use problem::Problem;

/// What every handler is given. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub service: Service,
    /// Where counters are read from.
    pub metrics: PrometheusHandle,
    /// How much each caller may ask.
    pub limits: limits::Limits,
}

/// Everything that is served.
pub fn router(app: App) -> Router {
    let (own, openapi) = OpenApiRouter::new()
        .nest("/api/reelspan/v1", own::routes().layer(from_fn_with_state(app.clone(), own::once::once)))
        .merge(files::routes())
        .split_for_parts();
    let openapi = docs::document(openapi);
    let all = own.merge(micro::routes()).merge(health::routes()).merge(pages::routes()).merge(docs::routes(&openapi));
    // A handler's panic is an answer of 500, not a dropped connection.
    let all = all.layer(CatchPanicLayer::new()).layer(from_fn_with_state(app.clone(), limits::hold));
    all.layer(from_fn_with_state(app.clone(), log::tell)).with_state(app)
}
