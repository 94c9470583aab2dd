//! `/v1/account/usage`: what the plan allows in a month, what is used of it, what is left.

use axum::Json;
use axum::extract::State;
use reelspan_app::metering;
use reelspan_app::times::iso;
use serde_json::{Value, json};

use super::asking::Asking;
use super::jobs::minutes;
use super::refused::Answer;
use crate::App;

/// What has no limit is null. Minutes of media are all that is metered.
pub(crate) async fn usage(State(app): State<App>, Asking(caller): Asking) -> Answer<Json<Value>> {
    let data = &app.service.data;
    let usage = metering::usage(data, &caller.workspace, data.now()).await?;
    let counted = |value: Option<i64>| json!({ "transcodes": null, "processingMinutes": value.map(minutes), "storage": null, "bandwidth": null });
    Ok(Json(json!({
        "plan": usage.plan.name,
        "period": { "start": iso(usage.period.0), "end": iso(usage.period.1) },
        "quota": counted(usage.plan.media_ms),
        "usage": counted(Some(usage.used_ms)),
        "remaining": counted(usage.remaining_ms()),
    })))
}
