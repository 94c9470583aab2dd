//! API keys: made once, shown once, known afterwards by their keyed hash only.

use reelspan_types::new_id;

use crate::data::Data;
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Scopes};
use crate::signing::{Signer, random_word};

pub use reelspan_store::ApiKey;

/// How every key begins, so that scanners for leaked secrets know it.
const PREFIX: &str = "rsk_";
const PURPOSE: &str = "api-key";
/// How much of a key is kept to tell it from others.
const SHOWN: usize = 12;
/// No key is longer than this; what is longer is not looked up.
const LONGEST_WORD: usize = 200;
const LONGEST_NAME: usize = 100;
/// Of a workspace, those that work.
const MOST: i64 = 500;
/// How exactly it is noted when a key was used last.
const NOTED_EVERY_MS: i64 = 60_000;

/// A key as somebody wants it.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub scopes: Scopes,
    /// None: until it is revoked.
    pub expires_at: Option<i64>,
}

/// Makes a key for whoever may manage the workspace. The word that is returned is not kept and never seen again.
pub async fn make(data: &Data, signer: &Signer, caller: &Caller, wish: &NewKey) -> Result<(ApiKey, String), Refusal> {
    caller.may_manage()?;
    let name = wish.name.trim();
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Refusal::invalid("name", format!("name the key in 1 to {LONGEST_NAME} characters, in one line")));
    }
    let now = data.now();
    if wish.expires_at.is_some_and(|until| until <= now) {
        return Err(Refusal::invalid("expires_at", "that moment is over; name a later one, or none"));
    }
    let own = match &caller.key {
        Some(id) => data.database.key(id, &caller.workspace).await?.and_then(|key| key.expires_at),
        None => None,
    };
    if own.is_some_and(|own| wish.expires_at.is_none_or(|until| until > own)) {
        let message = "a key that ends makes only keys that end with it or before; name such a moment, or sign in";
        return Err(Refusal::invalid("expires_at", message));
    }
    if data.database.live_keys(&caller.workspace, now).await? >= MOST {
        let message = format!("a workspace has at most {MOST} keys; revoke some that nobody uses");
        return Err(Refusal::new(Kind::Conflict, "too_many_keys", message));
    }
    put(data, signer, &caller.workspace, &NewKey { name: name.to_owned(), ..wish.clone() }).await
}

/// Makes a key without an end. What is returned is not kept and never seen again.
pub async fn create(
    data: &Data,
    signer: &Signer,
    workspace: &str,
    name: &str,
    scopes: Scopes,
) -> Result<(ApiKey, String), Refusal> {
    put(data, signer, workspace, &NewKey { name: name.to_owned(), scopes, expires_at: None }).await
}

async fn put(data: &Data, signer: &Signer, workspace: &str, wish: &NewKey) -> Result<(ApiKey, String), Refusal> {
    let word = format!("{PREFIX}{}", random_word());
    let key = ApiKey {
        id: new_id(data.clock.as_ref()),
        workspace: workspace.to_owned(),
        name: wish.name.clone(),
        prefix: word.chars().take(SHOWN).collect(),
        scopes: wish.scopes.name().to_owned(),
        created_at: data.now(),
        last_used_at: None,
        revoked_at: None,
        expires_at: wish.expires_at,
    };
    data.database.put_key(&key, &signer.hash(PURPOSE, &word)).await?;
    Ok((key, word))
}

/// The workspace's keys, the newest first; those that are revoked or over too.
pub async fn list(data: &Data, caller: &Caller) -> Result<Vec<ApiKey>, Refusal> {
    caller.may_manage()?;
    Ok(data.database.keys(&caller.workspace).await?)
}

/// From the next call on the key does nothing, whichever process that call reaches: nobody keeps what the table says.
pub async fn revoke(data: &Data, caller: &Caller, id: &str) -> Result<(), Refusal> {
    caller.may_manage()?;
    let revoked = data.database.revoke_key(id, &caller.workspace, data.now()).await?;
    if revoked { Ok(()) } else { Err(Refusal::missing("key")) }
}

/// Who a bearer word belongs to.
pub async fn caller(data: &Data, signer: &Signer, word: &str) -> Result<Caller, Refusal> {
    if word.len() > LONGEST_WORD || !word.starts_with(PREFIX) {
        return Err(Refusal::unauthorized());
    }
    let now = data.now();
    let key = data.database.key_by_hash(&signer.hash(PURPOSE, word), now).await?;
    let key = key.ok_or_else(Refusal::unauthorized)?;
    let scopes = Scopes::parse(&key.scopes).ok_or_else(Refusal::unauthorized)?;
    // A note for people: that it cannot be written is no reason to refuse the call.
    let _noted = data.database.touch_key(&key, NOTED_EVERY_MS, now).await;
    Ok(Caller { workspace: key.workspace, account: None, key: Some(key.id), scopes, surface: "api" })
}
