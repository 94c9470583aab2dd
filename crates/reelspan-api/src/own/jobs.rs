//! Jobs of every kind: how they stand, what they made, and what they say while they run.

mod events;

use axum::Json;
use axum::extract::{Path, Query, State};
use reelspan_app::links;
use reelspan_app::refusal::Refusal;
use reelspan_app::service::Service;
use reelspan_app::tasks::{self, Standing, Status};
use reelspan_app::times::iso;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::{Page, Wanted};
use crate::base::Base;
use crate::caller::Asking;
use crate::{App, Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(cancel))
        .routes(routes!(events::events))
}

/// Something that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Job {
    id: String,
    /// `transcode`, `transcribe`, `blueprint`, `clips`.
    kind: String,
    /// `pending`, `processing`, `awaiting_review`, `completed`, `failed`, `canceled`.
    status: &'static str,
    step: Option<String>,
    lane: String,
    /// How many waited in its lane when it came, itself included.
    queue_position: i64,
    created_at: String,
    started_at: Option<String>,
    ended_at: Option<String>,
    /// When it and what it made are gone.
    expires_at: String,
    outputs: Vec<Output>,
    /// Milliseconds of media that it is billed for.
    billed_ms: Option<i64>,
    /// Sentences about how it was made.
    notes: Vec<String>,
    error: Option<Trouble>,
}

/// A finished file.
#[derive(Debug, Serialize, ToSchema)]
struct Output {
    asset_id: String,
    handle: String,
    /// Which one it is, where there are several.
    label: Option<String>,
    format: String,
    bytes: i64,
    /// Zero for what is no recording.
    seconds: f64,
    /// Works for a few minutes; ask again for a fresh one.
    url: Option<String>,
    url_expires_at: Option<String>,
}

/// Why nothing came of it.
#[derive(Debug, Serialize, ToSchema)]
struct Trouble {
    code: String,
    category: &'static str,
    message: String,
}

/// Which jobs are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// `transcode`, `transcribe`, `blueprint` or `clips`; all if none is named.
    kind: Option<String>,
    /// `pending`, `processing`, `completed`, `failed` or `canceled`.
    status: Option<String>,
}

pub(super) async fn shown(service: &Service, base: &str, standing: Standing) -> Result<Job, Refusal> {
    let assets = service.data.database.assets_of(&standing.job, &standing.workspace, service.data.now()).await?;
    let made = standing.made.unwrap_or_default();
    let output = |output: tasks::Output| {
        let asset = assets.iter().find(|asset| asset.id == output.asset);
        let link = asset.map(|asset| links::download(service, base, asset));
        Output {
            handle: asset.map(links::handle).unwrap_or_default(),
            asset_id: output.asset,
            label: output.label,
            format: output.format,
            bytes: output.bytes,
            seconds: output.seconds,
            url_expires_at: link.as_ref().map(|link| iso(link.expires_at)),
            url: link.map(|link| link.url),
        }
    };
    Ok(Job {
        id: standing.id,
        kind: standing.kind,
        status: standing.status.name(),
        step: standing.step,
        lane: standing.lane,
        queue_position: standing.queue_position,
        created_at: iso(standing.created_at),
        started_at: standing.started_at.map(iso),
        ended_at: standing.ended_at.map(iso),
        expires_at: iso(standing.expires_at),
        billed_ms: standing.ended_at.map(|_| made.billed_ms),
        notes: made.notes,
        outputs: made.outputs.into_iter().map(output).collect(),
        error: standing.trouble.map(|trouble| Trouble {
            code: trouble.code,
            category: trouble.category.name(),
            message: trouble.message,
        }),
    })
}

/// The jobs of the workspace, the newest first.
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(Which, Wanted),
    responses((status = 200, body = Page<Job>), (status = "4XX", body = Problem)))]
async fn list(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Query(which): Query<Which>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Job>>, Problem> {
    let (kind, status) = which.read()?;
    let (limit, after) = (wanted.limit()?, wanted.after()?);
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let rows = tasks::newest(&app.service, &caller, kind, status, after, limit + 1).await?;
    let page = wanted.page(rows, |row| (row.created_at, row.id.as_str()), |row| row);
    let mut items = Vec::new();
    for standing in page.items {
        items.push(shown(&app.service, &base, standing).await?);
    }
    Ok(Json(Page { items, next: page.next }))
}

impl Which {
    fn read(&self) -> Result<(Option<&'static str>, Option<Status>), Refusal> {
        let kind = self.kind.as_deref().map(|name| {
            let known = tasks::KINDS.into_iter().find(|kind| *kind == name);
            known.ok_or_else(|| Refusal::invalid("kind", format!("there are the kinds {}", tasks::KINDS.join(", "))))
        });
        let status = self.status.as_deref().map(|name| {
            let names: Vec<&str> = Status::ALL.iter().map(|one| one.name()).collect();
            Status::parse(name)
                .ok_or_else(|| Refusal::invalid("status", format!("a status is one of {}", names.join(", "))))
        });
        Ok((kind.transpose()?, status.transpose()?))
    }
}

/// One job.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, body = Job), (status = "4XX", body = Problem)))]
async fn get(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Path(id): Path<String>,
) -> Result<Json<Job>, Problem> {
    let standing = tasks::get(&app.service, &caller, &id, &tasks::KINDS).await?;
    Ok(Json(shown(&app.service, &base, standing).await?))
}

/// Stop a job that has not ended.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, body = Job), (status = "4XX", body = Problem)))]
async fn cancel(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Path(id): Path<String>,
) -> Result<Json<Job>, Problem> {
    let standing = tasks::cancel(&app.service, &caller, &id, &tasks::KINDS).await?;
    Ok(Json(shown(&app.service, &base, standing).await?))
}
