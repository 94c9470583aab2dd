//! Webhooks: addresses of a workspace that are told when its jobs end. Ids and states are told, never content.

mod tell;
mod watch;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reelspan_jobs::Order;
use reelspan_store::{Delivery, Webhook};
use reelspan_types::new_id;
use serde_json::json;
use sha2::Sha256;
use url::Url;

use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};
use crate::signing::Signer;

pub use tell::Tell;
pub use watch::watch;

/// The kind of job that tells.
pub(crate) const KIND: &str = "webhook";
/// More would be a way to make us call the world.
const MOST: usize = 20;
const LONGEST: usize = 2048;

/// What can be told, and what a receiver hears unless it says otherwise.
pub const EVENTS: [&str; 4] = ["job.done", "job.failed", "job.cancelled", "job.awaiting_review"];

/// What is told of a job that ended like this.
pub(crate) fn event(state: &str, step: Option<&str>) -> &'static str {
    match state {
        "done" if step == Some(crate::tasks::REVIEW) => EVENTS[3],
        "done" => EVENTS[0],
        "cancelled" => EVENTS[2],
        _ => EVENTS[1],
    }
}

/// Makes one. Its secret can be shown again: it is derived, not stored.
pub async fn create(service: &Service, caller: &Caller, url: &str, events: &[String]) -> Result<Webhook, Refusal> {
    caller.may_manage()?;
    let data = &service.data;
    check(url)?;
    let unknown = events.iter().find(|event| !EVENTS.contains(&event.as_str()));
    if let Some(unknown) = unknown {
        let message = format!("there is no event `{unknown}`; there are {}", EVENTS.join(", "));
        return Err(Refusal::invalid("events", message));
    }
    if data.database.webhooks(&caller.workspace).await?.len() >= MOST {
        let message = format!("a workspace has at most {MOST} webhooks; delete one first");
        return Err(Refusal::new(Kind::Conflict, "too_many_webhooks", message));
    }
    let events = if events.is_empty() { EVENTS.join(",") } else { events.join(",") };
    let webhook = Webhook {
        id: new_id(data.clock.as_ref()),
        workspace: caller.workspace.clone(),
        url: url.to_owned(),
        events,
        created_at: data.now(),
        disabled_at: None,
    };
    data.database.put_webhook(&webhook).await?;
    Ok(webhook)
}

fn check(url: &str) -> Result<(), Refusal> {
    let wrong = |message: &str| Err(Refusal::invalid("url", message));
    if url.len() > LONGEST {
        return wrong("the address is longer than 2048 characters");
    }
    match Url::parse(url) {
        Ok(url) if !matches!(url.scheme(), "https" | "http") => {
            wrong("the address must begin with https:// (or http://)")
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            wrong("put no name or password into the address; check the signature instead")
        }
        Ok(_) => Ok(()),
        Err(_) => wrong("this is no address; write https://HOST/PATH"),
    }
}

pub async fn list(service: &Service, caller: &Caller) -> Result<Vec<Webhook>, Refusal> {
    caller.may_manage()?;
    Ok(service.data.database.webhooks(&caller.workspace).await?)
}

pub async fn get(service: &Service, caller: &Caller, id: &str) -> Result<Webhook, Refusal> {
    caller.may_manage()?;
    let webhook = service.data.database.webhook(id, &caller.workspace).await?;
    webhook.ok_or_else(|| Refusal::missing("webhook"))
}

pub async fn delete(service: &Service, caller: &Caller, id: &str) -> Result<(), Refusal> {
    caller.may_manage()?;
    let gone = service.data.database.drop_webhook(id, &caller.workspace).await?;
    if gone { Ok(()) } else { Err(Refusal::missing("webhook")) }
}

/// A receiver that answered 410 was switched off; this switches it on again.
pub async fn enable(service: &Service, caller: &Caller, id: &str) -> Result<Webhook, Refusal> {
    caller.may_manage()?;
    service.data.database.disable_webhook(id, &caller.workspace, None).await?;
    get(service, caller, id).await
}

/// A page of what one address was told of.
pub async fn deliveries(
    service: &Service,
    caller: &Caller,
    id: &str,
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Delivery>, Refusal> {
    get(service, caller, id).await?;
    let (data, workspace) = (&service.data, &caller.workspace);
    Ok(data.database.deliveries(id, workspace, after, limit, data.now()).await?)
}

/// Tells it once more, whether it was heard or not.
pub async fn replay(service: &Service, caller: &Caller, delivery: &str) -> Result<Delivery, Refusal> {
    caller.may_manage()?;
    let data = &service.data;
    let found = data.database.delivery(delivery, &caller.workspace, data.now()).await?;
    let found = found.ok_or_else(|| Refusal::missing("delivery"))?;
    let job = service.engine.prepare(order(&found))?;
    if !data.database.tell_again(&found.id, &caller.workspace, &job, data.now()).await? {
        return Err(Refusal::new(Kind::Conflict, "delivery_due", "this delivery is on its way; wait until it ended"));
    }
    service.engine.wake();
    let now = data.database.delivery(delivery, &caller.workspace, data.now()).await?;
    now.ok_or_else(|| Refusal::missing("delivery"))
}

/// The job that tells of one delivery.
pub(crate) fn order(delivery: &Delivery) -> Order {
    Order {
        workspace: delivery.workspace.clone(),
        kind: KIND,
        lane: None,
        payload: json!({ "delivery": delivery.id }),
        priority: 0,
        run_at: None,
        dedupe_key: None,
        expires_at: delivery.expires_at,
    }
}

/// What a receiver checks signatures with (Standard Webhooks): derived from the installation's secret and the webhook's id.
pub fn secret(signer: &Signer, webhook: &str) -> String {
    format!("whsec_{}", STANDARD.encode(key(signer, webhook)))
}

fn key(signer: &Signer, webhook: &str) -> Vec<u8> {
    signer.derive(&format!("webhook {webhook}"))
}

/// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
pub(crate) fn signature(signer: &Signer, webhook: &str, id: &str, timestamp: i64, body: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(&key(signer, webhook)).expect("any length is fine");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
