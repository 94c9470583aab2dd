//! API keys: made once, shown once, known afterwards by their keyed hash only.

use reelspan_store::ApiKey;
use reelspan_types::new_id;

use crate::data::Data;
use crate::refusal::Refusal;
use crate::service::{Caller, Scopes};
use crate::signing::{Signer, random_word};

/// How every key begins, so that scanners for leaked secrets know it.
const PREFIX: &str = "rsk_";
const PURPOSE: &str = "api-key";
/// How much of a key is kept to tell it from others.
const SHOWN: usize = 12;

/// Makes a key. What is returned is not kept and never seen again.
pub async fn create(
    data: &Data,
    signer: &Signer,
    workspace: &str,
    name: &str,
    scopes: Scopes,
) -> Result<(ApiKey, String), Refusal> {
    let word = format!("{PREFIX}{}", random_word());
    let key = ApiKey {
        id: new_id(data.clock.as_ref()),
        workspace: workspace.to_owned(),
        name: name.to_owned(),
        prefix: word.chars().take(SHOWN).collect(),
        scopes: scopes.name().to_owned(),
        created_at: data.now(),
        last_used_at: None,
        revoked_at: None,
        expires_at: None,
    };
    data.database.put_key(&key, &signer.hash(PURPOSE, &word)).await?;
    Ok((key, word))
}

/// Who a bearer word belongs to.
pub async fn caller(data: &Data, signer: &Signer, word: &str) -> Result<Caller, Refusal> {
    let key = data.database.key_by_hash(&signer.hash(PURPOSE, word), data.now()).await?;
    let key = key.ok_or_else(Refusal::unauthorized)?;
    let scopes = Scopes::parse(&key.scopes).ok_or_else(Refusal::unauthorized)?;
    Ok(Caller { workspace: key.workspace, account: None, key: Some(key.id), scopes, surface: "api" })
}
