//! Requests that name themselves (`Idempotency-Key`): the first is done, the same again gets the same answer.

use crate::data::Data;
use crate::refusal::{Kind, Refusal};

/// What a request asks for, as far as it must be the same again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    route: String,
    hash: String,
}

impl Asked {
    /// `route` is the template; what stood in its place, and the body, are only compared by their hash.
    pub fn new(route: &str, path: &str, body: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(path.len() as u64).to_le_bytes()).update(path.as_bytes()).update(body);
        Self { route: route.to_owned(), hash: hasher.finalize().to_hex().to_string() }
    }
}

/// What was answered before.
#[derive(Clone, PartialEq, Eq)]
pub struct Before {
    pub status: i64,
    pub answer: String,
}

/// After this long without an answer, whoever asked first is taken to be gone.
const GONE_MS: i64 = 120_000;

/// None: the request is to be done now. Else the answer that it got before.
pub async fn take(data: &Data, workspace: &str, key: &str, asked: &Asked) -> Result<Option<Before>, Refusal> {
    let until = data.until(data.lifespans.idempotency);
    let (now, what) = (data.now(), (asked.route.as_str(), asked.hash.as_str()));
    let Some(seen) = data.database.reserve(workspace, key, what, until, now).await? else { return Ok(None) };
    if seen.route != asked.route || seen.body_hash != asked.hash {
        let message = "this Idempotency-Key was used for another request; take a new one for each request";
        return Err(Refusal::new(Kind::Conflict, "idempotency_key_reused", message));
    }
    match (seen.status, seen.answer) {
        (Some(status), Some(answer)) => Ok(Some(Before { status, answer })),
        _ if now - seen.created_at > GONE_MS => {
            // Whether the first one did its work is not known: the client has to look.
            data.database.free(workspace, key).await?;
            let message = "the first request with this Idempotency-Key never got its answer; look whether it was done, \
                           then ask again";
            Err(Refusal::new(Kind::Conflict, "idempotency_unknown", message))
        }
        _ => {
            let message = "the first request with this Idempotency-Key is still being done; ask again in a moment";
            Err(Refusal { retry_after: Some(1), ..Refusal::new(Kind::Conflict, "idempotency_in_progress", message) })
        }
    }
}

/// Keeps what was answered until the key's time is over.
pub async fn keep(data: &Data, workspace: &str, key: &str, status: i64, answer: &str) -> Result<(), Refusal> {
    Ok(data.database.answered(workspace, key, status, answer).await?)
}

/// Gives the key back: nothing was done.
pub async fn free(data: &Data, workspace: &str, key: &str) -> Result<(), Refusal> {
    Ok(data.database.free(workspace, key).await?)
}
