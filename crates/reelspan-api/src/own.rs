//! Our own API, under `/api/reelspan/v1`: a file for each resource, a line for each file.

mod body;
pub(crate) mod once;
mod page;
mod webhooks;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(webhooks::routes())
}
