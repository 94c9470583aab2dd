//! Who asks, in the dialect: refusals have its shape.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use reelspan_app::service::Caller;

use super::refused::Refused;
use crate::{App, caller};

pub(crate) struct Asking(pub(crate) Caller);

impl FromRequestParts<App> for Asking {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        Ok(Self(caller::of(app, parts).await?))
    }
}
