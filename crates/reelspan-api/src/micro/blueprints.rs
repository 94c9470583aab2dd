//! `/v1/blueprints`: a run of one by its name, what came of it, the word that it waits for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reelspan_app::blueprints::{self, Run};
use reelspan_app::links;
use reelspan_app::refusal::Refusal;
use reelspan_app::tasks::{Output, Status};
use reelspan_app::times::iso;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::Asking;
use super::body::{Body, Fields, Id, Object};
use super::refused::{Answer, Refused};
use crate::App;
use crate::base::Base;

pub(crate) async fn run(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Id(slug): Id,
    Object(inputs): Object,
) -> Answer<(StatusCode, Json<Value>)> {
    let run = blueprints::run(&app.service, &caller, &slug, inputs).await.map_err(|refusal| worded(refusal, &base))?;
    let answer = json!({ "id": run.standing.id, "status": "pending", "blueprint": run.slug, "tokens_charged": 0,
        "expires_at": iso(run.standing.expires_at) });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Programs go by the name in `error`; the contract has room for the sentence beside it.
fn worded(refusal: Refusal, base: &str) -> Refused {
    let code = refusal.code;
    let refused = Refused::under(refusal, base);
    if code == blueprints::AWAY { refused.named(code, "details") } else { refused }
}

pub(crate) async fn get(
    State(app): State<App>,
    Asking(caller): Asking,
    Base(base): Base,
    Id(id): Id,
) -> Answer<Json<Value>> {
    let run = blueprints::get(&app.service, &caller, &id).await?;
    Ok(Json(shown(&app, &base, run)))
}

fn shown(app: &App, base: &str, run: Run) -> Value {
    let (standing, outputs) = (&run.standing, run.outputs());
    let url =
        |output: &Output| links::to(&app.service, base, &standing.workspace, &output.asset, standing.expires_at).url;
    // The contract knows no cancelled run.
    let status = if standing.status == Status::Canceled { Status::Failed } else { standing.status };
    let several = outputs.len() > 1;
    let labelled: Vec<Value> =
        outputs.iter().map(|output| json!({ "label": output.label, "url": url(output) })).collect();
    json!({
        "id": standing.id,
        "blueprint": run.slug,
        "status": status.name(),
        "step": standing.step,
        "output_url": outputs.first().map(url),
        "outputs": several.then_some(labelled),
        "error_message": standing.trouble.as_ref().map(|trouble| trouble.message.as_str()),
        "tokens_spent": 0,
        "srt_text": standing.draft.as_ref().filter(|_| standing.status == Status::AwaitingReview),
        "created_at": iso(standing.created_at),
        "completed_at": standing.ended_at.filter(|_| standing.status == Status::Completed).map(iso),
        "expires_at": iso(standing.expires_at),
    })
}

#[derive(Deserialize)]
pub(crate) struct Continue {
    srt_text: Option<String>,
}

impl Fields for Continue {
    const FIELDS: &'static [&'static str] = &["srt_text"];
}

pub(crate) async fn resume(
    State(app): State<App>,
    Asking(caller): Asking,
    Id(id): Id,
    body: Body<Continue>,
) -> Answer<Json<Value>> {
    let run =
        blueprints::resume(&app.service, &caller, &id, body.asked.srt_text.as_deref().unwrap_or_default()).await?;
    Ok(Json(json!({ "id": run.standing.id, "status": run.standing.status.name(), "step": run.standing.step })))
}
