//! The first visit: the owner's account, or one more by invitation. The link works once.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use reelspan_app::accounts::{self, MIN_AGE, Password, SignUp, Welcome};
use reelspan_app::refusal::Refusal;
use serde::Deserialize;

use crate::limits::From as Address;
use crate::own::accounts::with_session;
use crate::pages::{Field, Html, alert, card, refused, text};
use crate::{App, caller, problem};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/welcome/{token}", get(show).post(sent))
}

/// What the form sends. What is missing is empty, and refused with a sentence.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Filled {
    email: String,
    name: String,
    password: Password,
    of_age: Option<String>,
}

async fn show(State(app): State<App>, Path(token): Path<String>) -> Response {
    match accounts::welcome(&app.service.data, &app.service.signer, &token).await {
        Ok(welcome) => form(&welcome, &Filled::default(), None),
        Err(refusal) => refused(&refusal),
    }
}

async fn sent(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Address,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Response {
    match sign_up(&app, &token, from, &headers, &filled).await {
        Ok(response) => response,
        Err(refusal) => match accounts::welcome(&app.service.data, &app.service.signer, &token).await {
            Ok(welcome) => form(&welcome, &filled, Some(&refusal)),
            Err(over) => refused(&over),
        },
    }
}

async fn sign_up(
    app: &App,
    token: &str,
    from: Address,
    headers: &HeaderMap,
    filled: &Filled,
) -> Result<Response, Refusal> {
    caller::not_from_elsewhere(app, headers)?;
    app.limits.sign_in(from, token)?;
    let (data, signer) = (&app.service.data, &app.service.signer);
    let wish = SignUp {
        email: filled.email.clone(),
        name: filled.name.clone(),
        password: filled.password.clone(),
        of_age: filled.of_age.is_some(),
    };
    let account = accounts::sign_up(data, signer, token, &wish).await?;
    let begun = accounts::begin(data, signer, account, caller::cookie(headers).as_deref()).await?;
    Ok(with_session(app, &begun, Redirect::to("/")))
}

fn form(welcome: &Welcome, filled: &Filled, refusal: Option<&Refusal>) -> Response {
    let (title, lead) = match welcome {
        Welcome::Owner => ("Welcome", "Make the first account. It owns this installation.".to_owned()),
        Welcome::Member { workspace } => ("You are invited", format!("Join the workspace “{}”.", text(workspace))),
    };
    let checked = if filled.of_age.is_some() { " checked" } else { "" };
    let (email, name, password) = fields(filled);
    let inner = format!(
        "<p class=\"lead\">{lead}</p>\n{}<form method=\"post\">\n{}{}{}\
         <label class=\"check\"><input type=\"checkbox\" name=\"of_age\" value=\"yes\" required{checked}>\
         <span>I am {MIN_AGE} years old or older</span></label>\n\
         <button type=\"submit\">Create account</button>\n</form>\n\
         <p class=\"fine\">Everything stays on this server. The password is kept as a hash only.</p>\n",
        alert(refusal),
        name.html(refusal),
        email.html(refusal),
        password.html(refusal),
    );
    card(refusal.map_or(StatusCode::OK, |refusal| problem::status(refusal.kind)), title, &Html(inner))
}

fn fields(filled: &Filled) -> (Field<'_>, Field<'_>, Field<'_>) {
    let email = Field {
        name: "email",
        label: "Email",
        kind: "email",
        value: &filled.email,
        fills: "username",
        hint: "",
        more: " maxlength=\"254\"",
    };
    let name = Field {
        name: "name",
        label: "Name",
        kind: "text",
        value: &filled.name,
        fills: "name",
        hint: "",
        more: " maxlength=\"100\"",
    };
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        value: "",
        fills: "new-password",
        hint: "At least 10 characters; a few words in a row do well.",
        more: " minlength=\"10\" maxlength=\"1024\"",
    };
    (email, name, password)
}
