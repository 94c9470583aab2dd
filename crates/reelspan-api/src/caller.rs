//! Who asks: the caller of a request, by API key.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use reelspan_app::keys;
use reelspan_app::refusal::Refusal;
use reelspan_app::service::Caller;

use crate::{App, Problem};

/// Of a request to our own API; its refusals are problems.
pub(crate) struct Asking(pub(crate) Caller);

/// The same for any surface, which words the refusal itself.
pub(crate) async fn of(app: &App, parts: &Parts) -> Result<Caller, Refusal> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let word =
        header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (_, word) = word.ok_or_else(Refusal::unauthorized)?;
    keys::caller(&app.service.data, &app.service.signer, word.trim()).await
}

impl FromRequestParts<App> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(of(app, parts).await?))
    }
}
