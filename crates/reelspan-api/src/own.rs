//! Our own API, under `/api/reelspan/v1`: a file for each resource, a line for each file.

pub(crate) mod accounts;
mod assets;
mod body;
mod clips;
mod jobs;
pub(crate) mod keys;
pub(crate) mod once;
mod page;
mod transcodes;
mod uploads;
pub(crate) mod usage;
mod webhooks;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(accounts::routes())
        .merge(assets::routes())
        .merge(clips::routes())
        .merge(jobs::routes())
        .merge(keys::routes())
        .merge(transcodes::routes())
        .merge(uploads::routes())
        .merge(usage::routes())
        .merge(webhooks::routes())
        .merge(crate::tus::routes())
}
