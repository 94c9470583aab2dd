//! Our own API, under `/api/reelspan/v1`: a file for each resource, a line for each file.

mod assets;
mod body;
pub(crate) mod once;
mod page;
mod uploads;
mod webhooks;
pub(crate) mod accounts;
pub(crate) mod keys;
pub(crate) mod usage;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(webhooks::routes()).merge(uploads::routes()).merge(assets::routes()).merge(crate::tus::routes())
    OpenApiRouter::new().merge(accounts::routes()).merge(keys::routes()).merge(usage::routes())
}
