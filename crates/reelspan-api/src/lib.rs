//! HTTP: our own API, the dialects of others, health. Handlers translate; the use cases are `reelspan-app`'s.

mod caller;
pub mod health;
pub mod micro;
pub mod own;
mod problem;

use axum::Router;
use reelspan_app::service::Service;
use utoipa_axum::router::OpenApiRouter;

pub use problem::Problem;

/// What every handler is given. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub service: Service,
}

/// Everything that is served.
pub fn router(app: App) -> Router {
    let (own, _openapi) = OpenApiRouter::new().nest("/api/reelspan/v1", own::routes()).split_for_parts();
    own.merge(micro::routes()).merge(health::routes()).with_state(app)
}
