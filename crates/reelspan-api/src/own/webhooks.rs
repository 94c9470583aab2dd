//! Webhooks: addresses that are told when jobs end.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use reelspan_app::service::Service;
use reelspan_app::times::iso;
use reelspan_app::webhooks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Body;
use super::page::{Page, Wanted};
use crate::caller::Asking;
use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, delete))
        .routes(routes!(enable))
        .routes(routes!(deliveries))
        .routes(routes!(replay))
}

/// An address that is told.
#[derive(Debug, Serialize, ToSchema)]
struct Webhook {
    id: String,
    url: String,
    events: Vec<String>,
    /// What its signatures are checked with (Standard Webhooks).
    secret: String,
    created_at: String,
    /// Set when it answered 410; then it is told no more until it is enabled.
    disabled_at: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// `https://...`
    url: String,
    /// `job.done`, `job.failed`, `job.cancelled`, `job.awaiting_review`; all if none is named.
    #[serde(default)]
    events: Vec<String>,
}

/// One address told of one ending. What was said is not kept: it holds ids and states only, and is made anew.
#[derive(Debug, Serialize, ToSchema)]
struct Delivery {
    id: String,
    event: String,
    job_id: String,
    /// `due`, `delivered` or `failed`.
    state: String,
    attempts: i64,
    /// What the receiver last answered with.
    status: Option<i64>,
    created_at: String,
    updated_at: String,
    expires_at: String,
}

fn shown(service: &Service, webhook: reelspan_app::Webhook) -> Webhook {
    Webhook {
        secret: webhooks::secret(&service.signer, &webhook.id),
        id: webhook.id,
        url: webhook.url,
        events: webhook.events.split(',').map(str::to_owned).collect(),
        created_at: iso(webhook.created_at),
        disabled_at: webhook.disabled_at.map(iso),
    }
}

fn shown_delivery(delivery: reelspan_app::Delivery) -> Delivery {
    Delivery {
        id: delivery.id,
        event: delivery.event,
        job_id: delivery.task,
        state: delivery.state,
        attempts: delivery.attempts,
        status: delivery.status,
        created_at: iso(delivery.created_at),
        updated_at: iso(delivery.updated_at),
        expires_at: iso(delivery.expires_at),
    }
}

/// All webhooks of the workspace.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks",
    responses((status = 200, body = Vec<Webhook>), (status = "4XX", body = Problem)))]
async fn list(State(app): State<App>, Asking(caller): Asking) -> Result<Json<Vec<Webhook>>, Problem> {
    let all = webhooks::list(&app.service, &caller).await?;
    Ok(Json(all.into_iter().map(|one| shown(&app.service, one)).collect()))
}

/// Tell an address when jobs end.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, body = Webhook), (status = "4XX", body = Problem)))]
async fn create(
    State(app): State<App>,
    Asking(caller): Asking,
    Body(new): Body<NewWebhook>,
) -> Result<(StatusCode, Json<Webhook>), Problem> {
    let webhook = webhooks::create(&app.service, &caller, &new.url, &new.events).await?;
    Ok((StatusCode::CREATED, Json(shown(&app.service, webhook))))
}

/// One webhook.
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Webhook), (status = "4XX", body = Problem)))]
async fn get(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<Json<Webhook>, Problem> {
    Ok(Json(shown(&app.service, webhooks::get(&app.service, &caller, &id).await?)))
}

/// Tell it no more, and forget its deliveries.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete(State(app): State<App>, Asking(caller): Asking, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    webhooks::delete(&app.service, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tell a webhook again that was switched off.
#[utoipa::path(post, path = "/webhooks/{id}/enable", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Webhook), (status = "4XX", body = Problem)))]
async fn enable(
    State(app): State<App>,
    Asking(caller): Asking,
    Path(id): Path<String>,
) -> Result<Json<Webhook>, Problem> {
    Ok(Json(shown(&app.service, webhooks::enable(&app.service, &caller, &id).await?)))
}

/// What an address was told of, the newest first.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = String, Path), Wanted),
    responses((status = 200, body = Page<Delivery>), (status = "4XX", body = Problem)))]
async fn deliveries(
    State(app): State<App>,
    Asking(caller): Asking,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Delivery>>, Problem> {
    let (limit, after) = (wanted.limit()?, wanted.after()?);
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let rows = webhooks::deliveries(&app.service, &caller, &id, after, limit + 1).await?;
    Ok(Json(wanted.page(rows, |row| (row.created_at, row.id.as_str()), shown_delivery)))
}

/// Tell it once more, whether it was heard or not.
#[utoipa::path(post, path = "/deliveries/{id}/replay", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 202, body = Delivery), (status = "4XX", body = Problem)))]
async fn replay(
    State(app): State<App>,
    Asking(caller): Asking,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Delivery>), Problem> {
    let delivery = webhooks::replay(&app.service, &caller, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(shown_delivery(delivery))))
}
