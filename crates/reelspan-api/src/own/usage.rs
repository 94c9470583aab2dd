//! What was used this month, and what is left of the plan: `/usage`.

use axum::Json;
use axum::extract::State;
use reelspan_app::metering::{self, Usage};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Asking;
use crate::{App, Problem};
use reelspan_app::times::iso;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(usage))
}

#[derive(Serialize, ToSchema)]
struct UsageView {
    plan: &'static str,
    period: Period,
    quota: Quota,
    usage: Used,
    remaining: Remaining,
}

/// A calendar month, UTC.
#[derive(Serialize, ToSchema)]
struct Period {
    from: String,
    /// This moment belongs to the next.
    until: String,
}

/// What is null has no limit.
#[derive(Serialize, ToSchema)]
struct Quota {
    billable_minutes: Option<f64>,
    file_bytes: Option<i64>,
    running_jobs: Option<u32>,
}

#[derive(Serialize, ToSchema)]
struct Used {
    billable_minutes: f64,
    billable_seconds: f64,
    /// What jobs that have not ended will use, as far as it is known.
    under_way_minutes: f64,
}

/// What is null has no limit.
#[derive(Serialize, ToSchema)]
struct Remaining {
    billable_minutes: Option<f64>,
}

/// Minutes to four places, as bills have them.
pub(crate) fn minutes(ms: i64) -> f64 {
    (ms as f64 / 6.0).round() / 10_000.0
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        let plan = usage.plan;
        Self {
            plan: plan.name,
            period: Period { from: iso(usage.period.0), until: iso(usage.period.1) },
            quota: Quota {
                billable_minutes: plan.media_ms.map(minutes),
                file_bytes: plan.file_bytes,
                running_jobs: plan.running,
            },
            usage: Used {
                billable_minutes: minutes(usage.used_ms),
                billable_seconds: usage.used_ms as f64 / 1000.0,
                under_way_minutes: minutes(usage.under_way_ms),
            },
            remaining: Remaining { billable_minutes: usage.remaining_ms().map(minutes) },
        }
    }
}

/// What was used this month
#[utoipa::path(get, path = "/usage", tag = "account", responses((status = 200, body = UsageView), (status = 401, body = Problem)))]
async fn usage(State(app): State<App>, Asking(caller): Asking) -> Result<Json<UsageView>, Problem> {
    let data = &app.service.data;
    Ok(Json(metering::usage(data, &caller.workspace, data.now()).await?.into()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn minutes_are_billed_by_the_second() {
        for (ms, minutes) in [(19_000, 0.3167), (60_000, 1.0), (0, 0.0), (90_500, 1.5083)] {
            assert_eq!(super::minutes(ms), minutes);
        }
    }
}
