//! Sign-in and account: `/session`, `/account`.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use reelspan_app::accounts::{self, Account, Change, Password, SignUp, SignedIn};
use reelspan_app::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use reelspan_app::times::iso;

use super::body::Body;
use crate::caller::{self, Asking};
use crate::limits::From as Address;
use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(me, sign_up, change))
        .routes(routes!(change_password))
        .routes(routes!(invite))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    #[schema(example = "ada@example.org")]
    email: String,
    #[schema(value_type = String, format = Password)]
    password: Password,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// What stands after `/welcome/` in the link.
    link: String,
    email: String,
    name: String,
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 1024)]
    password: Password,
    /// Confirms an age of 16 or more.
    of_age: bool,
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    name: Option<String>,
    email: Option<String>,
    /// The present password: a new email needs it.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Password>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    #[schema(value_type = String, format = Password)]
    old: Password,
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 1024)]
    new: Password,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Everywhere {
    /// End every session of the account, not only this one.
    #[serde(default)]
    everywhere: bool,
}

#[derive(Serialize, ToSchema)]
struct AccountView {
    id: String,
    workspace: String,
    email: String,
    name: String,
    /// `owner` or `member`.
    role: String,
    created_at: String,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { id, workspace, email, name, role, created_at, .. } = account;
        Self { id, workspace, email, name, role, created_at: iso(created_at) }
    }
}

#[derive(Serialize, ToSchema)]
struct WorkspaceView {
    id: String,
    name: String,
    plan: String,
}

/// Who is asking.
#[derive(Serialize, ToSchema)]
struct Me {
    workspace: WorkspaceView,
    /// None when a key asks.
    account: Option<AccountView>,
    /// The key's id; none for a session.
    key: Option<String>,
    /// `all`, `media` or `read`.
    scopes: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Invitation {
    /// Give this to the one who is to join; it works once.
    url: String,
    expires_at: String,
}

/// An answer with the cookie of a session that has just begun.
pub(crate) fn with_session(app: &App, begun: &SignedIn, answer: impl IntoResponse) -> Response {
    let seconds = (begun.expires_at - app.service.data.now()) / 1000;
    with_cookie(caller::set_cookie(app, Some(&begun.cookie), seconds), answer)
}

/// An answer that takes the cookie away.
pub(crate) fn without_session(app: &App, answer: impl IntoResponse) -> Response {
    with_cookie(caller::set_cookie(app, None, 0), answer)
}

fn with_cookie(cookie: String, answer: impl IntoResponse) -> Response {
    ([(SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())], answer).into_response()
}

/// Sign in
///
/// The answer sets the session cookie `reelspan_session`.
#[utoipa::path(post, path = "/session", tag = "account", request_body = SignIn, security(()), responses(
    (status = 200, body = AccountView), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 429, body = Problem)))]
async fn sign_in(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    Body(sent): Body<SignIn>,
) -> Result<Response, Problem> {
    caller::not_from_elsewhere(&app, &headers)?;
    app.limits.sign_in(from, &sent.email)?;
    let (service, before) = (&app.service, caller::cookie(&headers));
    let given = (sent.email.as_str(), sent.password);
    let begun = accounts::sign_in(&service.data, &service.signer, given, before.as_deref()).await?;
    let view = AccountView::from(begun.account.clone());
    Ok(with_session(&app, &begun, Json(view)))
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "account", params(Everywhere), responses(
    (status = 204), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn sign_out(
    State(app): State<App>,
    Asking(caller): Asking,
    headers: HeaderMap,
    Query(Everywhere { everywhere }): Query<Everywhere>,
) -> Result<Response, Problem> {
    let service = &app.service;
    if everywhere {
        accounts::sign_out_everywhere(&service.data, &caller).await?;
    }
    if let Some(cookie) = caller::cookie(&headers) {
        accounts::sign_out(&service.data, &service.signer, &cookie).await?;
    }
    Ok(without_session(&app, StatusCode::NO_CONTENT))
}

/// Make an account with a link that works once
///
/// The first one comes from the server's terminal, later ones from the owner's invitations. The answer sets the session cookie.
#[utoipa::path(post, path = "/account", tag = "account", request_body = NewAccount, security(()), responses(
    (status = 201, body = AccountView), (status = 400, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn sign_up(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    Body(sent): Body<NewAccount>,
) -> Result<Response, Problem> {
    caller::not_from_elsewhere(&app, &headers)?;
    app.limits.sign_in(from, &sent.link)?;
    let NewAccount { link, email, name, password, of_age } = sent;
    let (data, signer) = (&app.service.data, &app.service.signer);
    let account = accounts::sign_up(data, signer, &link, &SignUp { email, name, password, of_age }).await?;
    let begun = accounts::begin(data, signer, account, caller::cookie(&headers).as_deref()).await?;
    let view = AccountView::from(begun.account.clone());
    Ok(with_session(&app, &begun, (StatusCode::CREATED, Json(view))))
}

/// Who am I
#[utoipa::path(get, path = "/account", tag = "account", responses((status = 200, body = Me), (status = 401, body = Problem)))]
async fn me(State(app): State<App>, Asking(caller): Asking) -> Result<Json<Me>, Problem> {
    let (workspace, account) = accounts::of(&app.service.data, &caller).await?;
    let workspace = WorkspaceView { id: workspace.id, name: workspace.name, plan: workspace.plan };
    let account = account.map(AccountView::from);
    Ok(Json(Me { workspace, account, key: caller.key, scopes: caller.scopes.name() }))
}

/// Change name or email
#[utoipa::path(patch, path = "/account", tag = "account", request_body = AccountChange, responses(
    (status = 200, body = AccountView), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn change(
    State(app): State<App>,
    Asking(caller): Asking,
    from: Address,
    Body(sent): Body<AccountChange>,
) -> Result<Json<AccountView>, Problem> {
    if sent.password.is_some() {
        app.limits.sign_in(from, caller.account.as_deref().unwrap_or_default())?;
    }
    let change = Change { name: sent.name, email: sent.email, password: sent.password };
    Ok(Json(accounts::change(&app.service.data, &caller, change).await?.into()))
}

/// Change the password
///
/// Every other session of the account ends.
#[utoipa::path(post, path = "/account/password", tag = "account", request_body = PasswordChange, responses(
    (status = 204), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 429, body = Problem)))]
async fn change_password(
    State(app): State<App>,
    Asking(caller): Asking,
    from: Address,
    headers: HeaderMap,
    Body(sent): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    app.limits.sign_in(from, caller.account.as_deref().unwrap_or_default())?;
    let cookie = caller::cookie(&headers).ok_or_else(|| Refusal::forbidden("a person who is signed in"))?;
    let (data, signer) = (&app.service.data, &app.service.signer);
    accounts::change_password(data, signer, (&caller, &cookie), sent.old, sent.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invite one more person
#[utoipa::path(post, path = "/account/invites", tag = "account", responses(
    (status = 201, body = Invitation), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn invite(
    State(app): State<App>,
    Asking(caller): Asking,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    let (path, until) = accounts::invite(&app.service.data, &app.service.signer, &caller).await?;
    let url = format!("{}{path}", caller::base(&app, &headers));
    Ok((StatusCode::CREATED, Json(Invitation { url, expires_at: iso(until) })))
}
