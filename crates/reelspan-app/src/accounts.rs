//! Accounts: the owner's first link, sign-up, sign-in, and what a person changes about themselves.

mod details;
mod password;

use reelspan_store::{DatabaseError, Session, Workspace};
use reelspan_types::new_id;

use crate::data::Data;
use crate::metering;
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Scopes};
use crate::signing::{Signer, random_word};

pub use reelspan_store::Account;

pub use password::{Password, hashes_made};

/// Whoever signs up must be this old.
pub const MIN_AGE: u8 = 16;
/// What the first workspace is called until somebody names it.
const WORKSPACE: &str = "local";
const LINK: &str = "one-time-link";
const SESSION: &str = "session";

/// What somebody tells of themselves to have an account.
#[derive(Debug, Clone)]
pub struct SignUp {
    pub email: String,
    pub name: String,
    pub password: Password,
    /// They say that they are [`MIN_AGE`] or older.
    pub of_age: bool,
}

/// What a link that works once is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Welcome {
    /// The first account of the installation.
    Owner,
    /// One more account in this workspace.
    Member { workspace: String },
}

/// A sign-in that has just begun.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub account: Account,
    /// What the cookie holds; it is kept nowhere else.
    pub cookie: String,
    pub expires_at: i64,
}

/// What is to be changed; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub name: Option<String>,
    pub email: Option<String>,
    /// The present password: a new email needs it.
    pub password: Option<Password>,
}

/// The path under which the owner makes the first account; none once there is one. Each call makes the links before it void.
pub async fn first_link(data: &Data, signer: &Signer) -> Result<Option<String>, Refusal> {
    let word = random_word();
    let until = data.until(data.lifespans.one_time_link);
    let made = data.database.renew_owner_link(&signer.hash(LINK, &word), data.now(), until).await?;
    Ok(made.then(|| welcome_path(&word)))
}

/// The path under which one more person joins the workspace, and until when. Only its owner invites.
pub async fn invite(data: &Data, signer: &Signer, caller: &Caller) -> Result<(String, i64), Refusal> {
    let owner = signed_in(data, caller).await?;
    if owner.role != "owner" {
        return Err(Refusal::forbidden("the owner of the workspace"));
    }
    let word = random_word();
    let until = data.until(data.lifespans.one_time_link);
    data.database.put_link(&signer.hash(LINK, &word), "invite", &owner.id, (data.now(), until)).await?;
    Ok((welcome_path(&word), until))
}

fn welcome_path(word: &str) -> String {
    format!("/welcome/{word}")
}

/// What a link is for, if it still works.
pub async fn welcome(data: &Data, signer: &Signer, word: &str) -> Result<Welcome, Refusal> {
    let link = data.database.link(&signer.hash(LINK, word), data.now()).await?;
    match (link.as_ref().map(|link| link.purpose.as_str()), link.as_ref().and_then(|link| link.account.as_deref())) {
        (Some("owner"), _) if !data.database.has_accounts().await? => Ok(Welcome::Owner),
        (Some("invite"), Some(account)) => {
            let workspace = data.database.workspace_of(account).await?.ok_or_else(dead_link)?;
            Ok(Welcome::Member { workspace: workspace.name })
        }
        _ => Err(dead_link()),
    }
}

/// Makes the account that a link is for. Of many who try at once with one link, one succeeds.
pub async fn sign_up(data: &Data, signer: &Signer, word: &str, wish: &SignUp) -> Result<Account, Refusal> {
    let welcome = welcome(data, signer, word).await?;
    let email = details::email(&wish.email)?;
    let name = details::name(&wish.name)?;
    wish.password.must_be_good()?;
    if !wish.of_age {
        let message = format!("accounts are for people of {MIN_AGE} years and older; confirm your age to go on");
        return Err(Refusal::invalid("of_age", message));
    }
    let hash = password::hashed(wish.password.clone()).await?;
    let (link, now) = (signer.hash(LINK, word), data.now());
    let role = if welcome == Welcome::Owner { "owner" } else { "member" };
    let account = Account {
        id: new_id(data.clock.as_ref()),
        workspace: new_id(data.clock.as_ref()),
        email,
        name,
        role: role.to_owned(),
        created_at: now,
        updated_at: now,
    };
    let made = match welcome {
        Welcome::Owner => {
            data.database.create_owner(&link, &account, &hash, (WORKSPACE, metering::OWN.name), now).await
        }
        Welcome::Member { .. } => data.database.join(&link, &account, &hash, now).await,
    };
    made.map_err(taken)?.ok_or_else(dead_link)
}

/// Whoever runs the program itself, in the installation's first workspace; it is made if there is none yet.
pub async fn operator(data: &Data) -> Result<Caller, Refusal> {
    let id = new_id(data.clock.as_ref());
    let workspace = data.database.own_workspace(&id, WORKSPACE, metering::OWN.name, data.now()).await?;
    Ok(Caller { workspace, account: None, key: None, scopes: Scopes::All, surface: "cli" })
}

/// Begins a session. `before` is the cookie that came with the request: its session ends, so that nobody can plant one.
/// An unknown email takes the same work and gets the same answer as a wrong password.
pub async fn sign_in(
    data: &Data,
    signer: &Signer,
    (email, given): (&str, Password),
    before: Option<&str>,
) -> Result<SignedIn, Refusal> {
    let account = data.database.account_by_email(email.trim()).await?;
    let hash = match &account {
        Some(account) => data.database.password_of(&account.id).await?,
        None => None,
    };
    let right = password::matches(given, hash).await?;
    let account = account.filter(|_| right).ok_or_else(wrong)?;
    begin(data, signer, account, before).await
}

/// Begins a session for an account that has just proved itself.
pub async fn begin(data: &Data, signer: &Signer, account: Account, before: Option<&str>) -> Result<SignedIn, Refusal> {
    let (word, now, expires_at) = (random_word(), data.now(), data.until(data.lifespans.session));
    let before = before.and_then(|cookie| session_id(signer, cookie, now));
    let id = signer.hash(SESSION, &word);
    data.database.put_session(&id, &account.id, (now, expires_at), before.as_deref()).await?;
    Ok(SignedIn { account, cookie: signer.token(SESSION, &word, expires_at), expires_at })
}

/// Which session a cookie belongs to, if we made it and its time is not over.
fn session_id(signer: &Signer, cookie: &str, now: i64) -> Option<String> {
    signer.opened(SESSION, cookie, now).map(|word| signer.hash(SESSION, word))
}

async fn session(data: &Data, signer: &Signer, cookie: &str) -> Result<Session, Refusal> {
    let id = session_id(signer, cookie, data.now()).ok_or_else(Refusal::unauthorized)?;
    data.database.session(&id, data.now()).await?.ok_or_else(Refusal::unauthorized)
}

/// Who a session cookie belongs to.
pub async fn caller(data: &Data, signer: &Signer, cookie: &str) -> Result<Caller, Refusal> {
    let Session { account, workspace, .. } = session(data, signer, cookie).await?;
    Ok(Caller { workspace, account: Some(account), key: None, scopes: Scopes::All, surface: "web" })
}

/// Ends the session of a cookie. One that is over or was never ours is out already.
pub async fn sign_out(data: &Data, signer: &Signer, cookie: &str) -> Result<(), Refusal> {
    if let Some(id) = session_id(signer, cookie, data.now()) {
        data.database.end_session(&id).await?;
    }
    Ok(())
}

/// Ends every session of the caller's account.
pub async fn sign_out_everywhere(data: &Data, caller: &Caller) -> Result<(), Refusal> {
    let account = signed_in(data, caller).await?;
    Ok(data.database.end_sessions(&account.id).await?)
}

/// The workspace that the caller works in, and the account if it is a person.
pub async fn of(data: &Data, caller: &Caller) -> Result<(Workspace, Option<Account>), Refusal> {
    let workspace = data.database.workspace(&caller.workspace).await?.ok_or_else(Refusal::unauthorized)?;
    let account = match &caller.account {
        Some(id) => data.database.account(id, &caller.workspace).await?,
        None => None,
    };
    Ok((workspace, account))
}

/// The account behind a session; a key has none.
async fn signed_in(data: &Data, caller: &Caller) -> Result<Account, Refusal> {
    let needs = || Refusal::forbidden("a person who is signed in; a key cannot do it");
    let id = caller.account.as_deref().ok_or_else(needs)?;
    data.database.account(id, &caller.workspace).await?.ok_or_else(Refusal::unauthorized)
}

/// Changes name or email.
pub async fn change(data: &Data, caller: &Caller, change: Change) -> Result<Account, Refusal> {
    let mut account = signed_in(data, caller).await?;
    if let Some(name) = &change.name {
        account.name = details::name(name)?;
    }
    if let Some(email) = &change.email {
        let email = details::email(email)?.to_lowercase();
        if email != account.email {
            prove(data, &account, change.password.clone()).await?;
        }
        account.email = email;
    }
    let changed = data.database.change_account(&account, data.now()).await.map_err(taken)?;
    if changed { Ok(account) } else { Err(Refusal::unauthorized()) }
}

/// Sets a new password; every other session ends.
pub async fn change_password(
    data: &Data,
    signer: &Signer,
    (caller, cookie): (&Caller, &str),
    old: Password,
    new: Password,
) -> Result<(), Refusal> {
    let account = signed_in(data, caller).await?;
    new.must_be_good()?;
    prove(data, &account, Some(old)).await?;
    let session = session(data, signer, cookie).await?;
    let hash = password::hashed(new).await?;
    Ok(data.database.set_password(&account.id, &hash, &session.id, data.now()).await?)
}

/// Somebody who found an open session must not take the account over with it.
async fn prove(data: &Data, account: &Account, given: Option<Password>) -> Result<(), Refusal> {
    let given = given.ok_or_else(|| Refusal::invalid("password", "give your present password with a new email"))?;
    let hash = data.database.password_of(&account.id).await?;
    if password::matches(given, hash).await? {
        Ok(())
    } else {
        let message = "that is not your present password";
        Err(Refusal { field: Some("password".into()), ..Refusal::new(Kind::Forbidden, "wrong_password", message) })
    }
}

fn wrong() -> Refusal {
    Refusal::new(Kind::Unauthorized, "wrong_credentials", "that email and password do not go together")
}

fn dead_link() -> Refusal {
    let message = "this link was used already, or its time is over; ask for a new one, or start the server again if it has no owner yet";
    Refusal::new(Kind::Missing, "link_over", message)
}

fn taken(error: DatabaseError) -> Refusal {
    match error {
        DatabaseError::Taken => Refusal {
            field: Some("email".into()),
            ..Refusal::new(
                Kind::Conflict,
                "email_taken",
                "there is an account with this email already; sign in with it",
            )
        },
        other => other.into(),
    }
}
