//! Home after sign-in: the workspace, its keys, what was used, the account.

mod view;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use reelspan_app::accounts::{self, Account, Password};
use reelspan_app::keys::{self, ApiKey, NewKey};
use reelspan_app::metering::{self, Usage};
use reelspan_app::refusal::Refusal;
use reelspan_app::service::{Caller, Scopes};
use serde::Deserialize;

use crate::limits::From as Address;
use crate::own;
use crate::pages::{Visitor, refused};
use crate::{App, caller};

/// How long a key of the form's choice lives.
const LIVES: [(&str, &str, Option<u64>); 4] = [
    ("never", "does not end", None),
    ("30", "30 days", Some(30)),
    ("90", "90 days", Some(90)),
    ("365", "a year", Some(365)),
];
const DAY_SECONDS: u64 = 24 * 60 * 60;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(show))
        .route("/home/keys", post(make_key))
        .route("/home/keys/{id}/revoke", post(revoke_key))
        .route("/home/invites", post(invite))
        .route("/home/password", post(change_password))
}

/// What stands on the page.
struct Home {
    account: Account,
    workspace: String,
    keys: Vec<ApiKey>,
    usage: Usage,
    now: i64,
    base: String,
}

/// What has just happened, shown once.
enum News {
    None,
    Key(String),
    Invitation(String),
    Done(&'static str),
    Refused(Refusal),
}

async fn show(State(app): State<App>, asking: Option<Visitor>, headers: HeaderMap) -> Response {
    let Some(Visitor(caller)) = asking else { return first(&app).await };
    home(&app, &headers, &caller, News::None).await
}

/// For those who are nobody yet: where to sign in, or where the link is.
async fn first(app: &App) -> Response {
    match app.service.data.database.has_accounts().await {
        Ok(true) => Redirect::to("/signin").into_response(),
        Ok(false) => view::unowned(),
        Err(error) => refused(&error.into()),
    }
}

async fn home(app: &App, headers: &HeaderMap, caller: &Caller, news: News) -> Response {
    match gather(app, headers, caller).await {
        Ok(home) => view::home(&home, &news),
        Err(refusal) => refused(&refusal),
    }
}

async fn gather(app: &App, headers: &HeaderMap, caller: &Caller) -> Result<Home, Refusal> {
    let data = &app.service.data;
    let (workspace, account) = accounts::of(data, caller).await?;
    Ok(Home {
        account: account.ok_or_else(|| Refusal::forbidden("a person who is signed in"))?,
        workspace: workspace.name,
        keys: keys::list(data, caller).await?,
        usage: metering::usage(data, &caller.workspace, data.now()).await?,
        now: data.now(),
        base: caller::base(app, headers),
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeyForm {
    name: String,
    scopes: String,
    lives: String,
}

async fn make_key(
    State(app): State<App>,
    Visitor(caller): Visitor,
    headers: HeaderMap,
    Form(filled): Form<KeyForm>,
) -> Response {
    let news = match key_of(&app, &caller, filled).await {
        Ok(word) => News::Key(word),
        Err(refusal) => News::Refused(refusal),
    };
    home(&app, &headers, &caller, news).await
}

async fn key_of(app: &App, caller: &Caller, filled: KeyForm) -> Result<String, Refusal> {
    let data = &app.service.data;
    let lives = LIVES.iter().find(|(name, ..)| *name == filled.lives);
    let (.., days) = lives.ok_or_else(|| Refusal::invalid("lives", "choose how long the key lives"))?;
    let until = days.map(|days| data.until(std::time::Duration::from_secs(days * DAY_SECONDS)));
    let scopes: Scopes = own::keys::scopes(&filled.scopes)?;
    let wish = NewKey { name: filled.name, scopes, expires_at: until };
    keys::make(data, &app.service.signer, caller, &wish).await.map(|(_, word)| word)
}

async fn revoke_key(
    State(app): State<App>,
    Visitor(caller): Visitor,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let news = match keys::revoke(&app.service.data, &caller, &id).await {
        Ok(()) => News::Done("The key is revoked. It does nothing any more."),
        Err(refusal) => News::Refused(refusal),
    };
    home(&app, &headers, &caller, news).await
}

async fn invite(State(app): State<App>, Visitor(caller): Visitor, headers: HeaderMap) -> Response {
    let news = match accounts::invite(&app.service.data, &app.service.signer, &caller).await {
        Ok((path, _)) => News::Invitation(format!("{}{path}", caller::base(&app, &headers))),
        Err(refusal) => News::Refused(refusal),
    };
    home(&app, &headers, &caller, news).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PasswordForm {
    old: Password,
    new: Password,
}

async fn change_password(
    State(app): State<App>,
    Visitor(caller): Visitor,
    from: Address,
    headers: HeaderMap,
    Form(filled): Form<PasswordForm>,
) -> Response {
    let news = match changed(&app, &caller, from, &headers, filled).await {
        Ok(()) => News::Done("The password is changed. Every other session has ended."),
        Err(refusal) => News::Refused(refusal),
    };
    home(&app, &headers, &caller, news).await
}

async fn changed(
    app: &App,
    caller: &Caller,
    from: Address,
    headers: &HeaderMap,
    filled: PasswordForm,
) -> Result<(), Refusal> {
    app.limits.sign_in(from, caller.account.as_deref().unwrap_or_default())?;
    let cookie = caller::cookie(headers).ok_or_else(Refusal::unauthorized)?;
    let (data, signer) = (&app.service.data, &app.service.signer);
    accounts::change_password(data, signer, (caller, &cookie), filled.old, filled.new).await
}
