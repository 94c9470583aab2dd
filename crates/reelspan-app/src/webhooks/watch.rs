//! Sees that every ending is told: what ended and is not announced yet gets its deliveries, in one step and once.

use std::time::Duration;

use reelspan_store::{Delivery, Ended, Webhook};
use reelspan_types::after;

use super::{KIND, event, order};
use crate::refusal::Refusal;
use crate::service::Service;

const ROUND: Duration = Duration::from_millis(500);
const AT_ONCE: i64 = 200;

/// Until the service stops. A database that is away is asked again by the next round.
pub async fn watch(service: &Service) {
    loop {
        let _ = round(service).await;
        tokio::time::sleep(ROUND).await;
    }
}

/// One round. Returns how many endings were announced.
pub(super) async fn round(service: &Service) -> Result<usize, Refusal> {
    let database = &service.data.database;
    let ended = database.unannounced(KIND, AT_ONCE).await?;
    let mut announced = 0;
    for one in &ended {
        let hooks = database.webhooks(&one.workspace).await?;
        let due = due(service, one, &hooks)?;
        if database.announce(&one.job, &due, service.data.now()).await? {
            announced += 1;
        }
    }
    if announced > 0 {
        service.engine.wake();
    }
    Ok(announced)
}

fn due(
    service: &Service,
    ended: &Ended,
    hooks: &[Webhook],
) -> Result<Vec<(Delivery, reelspan_store::NewJob)>, Refusal> {
    // A job without a task is the house's own.
    let Some(task) = &ended.task else { return Ok(Vec::new()) };
    let event = event(&ended.state, ended.step.as_deref());
    let wants = |hook: &&Webhook| hook.disabled_at.is_none() && hook.events.split(',').any(|one| one == event);
    let now = service.data.now();
    let mut all = Vec::new();
    for hook in hooks.iter().filter(wants) {
        let delivery = Delivery {
            // The same ending and the same address are the same delivery, whoever puts it down.
            id: format!("{}.{}", ended.job, hook.id),
            workspace: ended.workspace.clone(),
            webhook: hook.id.clone(),
            event: event.to_owned(),
            task: task.clone(),
            state: "due".to_owned(),
            attempts: 0,
            status: None,
            created_at: now,
            updated_at: now,
            // Deliveries die with what they tell of.
            expires_at: ended.expires_at.min(after(now, service.data.lifespans.output)),
        };
        let job = service.engine.prepare(order(&delivery))?;
        all.push((delivery, job));
    }
    Ok(all)
}
