//! Signing in and out by form.

use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use reelspan_app::accounts::{self, Password};
use reelspan_app::refusal::Refusal;
use serde::Deserialize;

use crate::limits::From as Address;
use crate::own::accounts::{with_session, without_session};
use crate::pages::{Field, Html, Visitor, alert, card};
use crate::{App, caller, problem};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/signin", get(show).post(sent)).route("/signout", post(out))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Filled {
    email: String,
    password: Password,
}

async fn show(asking: Option<Visitor>) -> Response {
    if asking.is_some() { Redirect::to("/").into_response() } else { form("", None) }
}

async fn sent(State(app): State<App>, from: Address, headers: HeaderMap, Form(filled): Form<Filled>) -> Response {
    let email = filled.email.clone();
    sign_in(&app, from, &headers, filled).await.unwrap_or_else(|refusal| form(&email, Some(&refusal)))
}

async fn sign_in(app: &App, from: Address, headers: &HeaderMap, filled: Filled) -> Result<Response, Refusal> {
    caller::not_from_elsewhere(app, headers)?;
    app.limits.sign_in(from, &filled.email)?;
    let given = (filled.email.as_str(), filled.password);
    let before = caller::cookie(headers);
    let begun = accounts::sign_in(&app.service.data, &app.service.signer, given, before.as_deref()).await?;
    Ok(with_session(app, &begun, Redirect::to("/")))
}

async fn out(State(app): State<App>, asking: Option<Visitor>, headers: HeaderMap) -> Response {
    if let (Some(_), Some(cookie)) = (asking, caller::cookie(&headers)) {
        let _already_out = accounts::sign_out(&app.service.data, &app.service.signer, &cookie).await;
        return without_session(&app, Redirect::to("/signin"));
    }
    Redirect::to("/signin").into_response()
}

fn form(email: &str, refusal: Option<&Refusal>) -> Response {
    let email = Field {
        name: "email",
        label: "Email",
        kind: "email",
        value: email,
        fills: "username",
        hint: "",
        more: " maxlength=\"254\"",
    };
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        value: "",
        fills: "current-password",
        hint: "",
        more: " maxlength=\"1024\"",
    };
    let inner = format!(
        "{}<form method=\"post\">\n{}{}<button type=\"submit\">Sign in</button>\n</form>\n",
        alert(refusal),
        email.html(refusal),
        password.html(refusal)
    );
    let status = refusal.map_or(StatusCode::OK, |refusal| problem::status(refusal.kind));
    let mut response = card(status, "Sign in", &Html(inner));
    if let Some(seconds) = refusal.and_then(|refusal| refusal.retry_after) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
