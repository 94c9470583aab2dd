//! What is sent as JSON, and moments in time as it writes them.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use jiff::Timestamp;
use reelspan_app::refusal::{Kind, Refusal};
use serde::de::DeserializeOwned;

use crate::{App, Problem};

/// A JSON body of our own API; what is wrong with it is said as a problem.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, app).await {
            Ok(Json(sent)) => Ok(Self(sent)),
            Err(rejection) => Err(refusal(&rejection).into()),
        }
    }
}

fn refusal(rejection: &JsonRejection) -> Refusal {
    let text = rejection.body_text();
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            Refusal::new(Kind::Unsupported, "not_json", "send JSON, with `Content-Type: application/json`")
        }
        JsonRejection::BytesRejection(_) => {
            Refusal::new(Kind::TooLarge, "body_too_large", "the body is too large, or broke off")
        }
        _ => Refusal::new(Kind::Invalid, "invalid_request", text),
    }
}

/// Milliseconds since 1970 as `2026-11-21T15:00:00Z`.
pub(crate) fn iso(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX }).to_string()
}

/// The other way round.
pub(crate) fn moment(field: &str, text: &str) -> Result<i64, Refusal> {
    let parsed = text.parse::<Timestamp>().map(Timestamp::as_millisecond);
    parsed.map_err(|_| Refusal::invalid(field, "write a moment as `2026-11-21T15:00:00Z`"))
}
