//! Metering: what a workspace's plan allows, what it has used this month, whether there is room for one more job.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use reelspan_store::Workspace;
use serde_json::json;

use crate::data::Data;
use crate::refusal::{Kind, Refusal};

/// The ledger's unit of billable media: milliseconds that went in, after trims.
pub const MEDIA_MS: &str = "media_ms";
const MINUTE_MS: i64 = 60_000;

/// What a workspace may use. What is none has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub name: &'static str,
    /// Billable milliseconds of media in a calendar month (UTC).
    pub media_ms: Option<i64>,
    /// The largest file that may go in.
    pub file_bytes: Option<i64>,
    /// How many of its jobs run at once.
    pub running: Option<u32>,
}

/// For strangers who share an installation.
pub const FREE: Plan =
    Plan { name: "free", media_ms: Some(100 * MINUTE_MS), file_bytes: Some(2_040_109_465), running: Some(2) };
/// For the owner's own installation: the machine is the limit.
pub const OWN: Plan = Plan { name: "unlimited", media_ms: None, file_bytes: None, running: None };

/// Every plan, one line each.
pub const PLANS: [Plan; 2] = [FREE, OWN];

/// The plan of that name. One that nobody knows any more allows what the smallest does.
pub fn plan(name: &str) -> Plan {
    PLANS.into_iter().find(|plan| plan.name == name).unwrap_or(FREE)
}

/// A job that is to begin, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Estimate<'a> {
    /// How much media it takes in; zero while nobody has looked.
    pub media_ms: i64,
    /// Its largest file.
    pub file_bytes: Option<i64>,
    /// Its own id, so that it is not counted twice; the refusal carries it.
    pub job: Option<&'a str>,
    /// Where the service is reached, for the address at which more can be had.
    pub public_url: Option<&'a str>,
}

/// What a workspace used in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    pub plan: Plan,
    /// From this moment until before that one, in milliseconds since 1970.
    pub period: (i64, i64),
    /// Billed already.
    pub used_ms: i64,
    /// What work that has not ended will use, as far as it is known.
    pub under_way_ms: i64,
}

impl Usage {
    /// What is left; none if there is no limit.
    pub fn remaining_ms(&self) -> Option<i64> {
        self.plan.media_ms.map(|quota| (quota - self.used_ms).max(0))
    }
}

/// The calendar month (UTC) that a moment lies in.
pub fn month(at: i64) -> (i64, i64) {
    let begin = |at: i64| -> Option<(i64, i64)> {
        let day = Timestamp::from_millisecond(at).ok()?.to_zoned(TimeZone::UTC);
        let first = day.first_of_month().ok()?.start_of_day().ok()?;
        let next: Zoned = first.checked_add(1.month()).ok()?;
        Some((first.timestamp().as_millisecond(), next.timestamp().as_millisecond()))
    };
    // Beyond the years that a calendar knows, everything is one period.
    begin(at).unwrap_or((i64::MIN, i64::MAX))
}

/// What a workspace used in the month that `at` lies in.
pub async fn usage(data: &Data, workspace: &str, at: i64) -> Result<Usage, Refusal> {
    let plan = plan(&owner(data, workspace).await?.plan);
    used(data, workspace, plan, (month(at), "")).await
}

async fn used(data: &Data, workspace: &str, plan: Plan, scope: ((i64, i64), &str)) -> Result<Usage, Refusal> {
    let (period, but) = scope;
    let used_ms = data.database.used(workspace, MEDIA_MS, period.0, period.1).await?;
    let under_way_ms = data.database.under_way(workspace, but).await?;
    Ok(Usage { plan, period, used_ms, under_way_ms })
}

async fn owner(data: &Data, workspace: &str) -> Result<Workspace, Refusal> {
    data.database.workspace(workspace).await?.ok_or_else(Refusal::unauthorized)
}

/// How many jobs of a workspace may run at once; none if there is no limit.
pub async fn running_limit(data: &Data, workspace: &str) -> Result<Option<u32>, Refusal> {
    Ok(plan(&owner(data, workspace).await?.plan).running)
}

/// Whether a workspace may begin this job. Work that has not ended counts as used, so that many at once do not slip through.
pub async fn admit(data: &Data, workspace: &str, job: &Estimate<'_>) -> Result<(), Refusal> {
    let plan = plan(&owner(data, workspace).await?.plan);
    if let (Some(most), Some(bytes)) = (plan.file_bytes, job.file_bytes)
        && bytes > most
    {
        let message = format!("the file has {bytes} bytes; this plan takes files of up to {most}");
        return Err(more(Refusal::new(Kind::TooLarge, "file_too_large", message), job));
    }
    let Some(quota) = plan.media_ms else { return Ok(()) };
    let usage = used(data, workspace, plan, (month(data.now()), job.job.unwrap_or_default())).await?;
    let taken = usage.used_ms.saturating_add(usage.under_way_ms);
    if taken < quota && taken.saturating_add(job.media_ms.max(0)) <= quota {
        return Ok(());
    }
    let message = format!(
        "this plan has {} billable minutes a month, and {:.1} are used or under way; the next month begins {}",
        quota / MINUTE_MS,
        taken as f64 / MINUTE_MS as f64,
        Timestamp::from_millisecond(usage.period.1).map_or_else(|_| "later".to_owned(), |at| at.to_string()),
    );
    Err(more(Refusal::new(Kind::Quota, "quota_exceeded", message), job))
}

/// What a program needs to know beside the message.
fn more(refusal: Refusal, job: &Estimate<'_>) -> Refusal {
    let mut extra = json!({ "upgrade_url": format!("{}/#usage", job.public_url.unwrap_or_default()) });
    if let Some(id) = job.job {
        extra["job_id"] = id.into();
    }
    Refusal { extra, ..refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn months_begin_and_end_at_midnight_utc() {
        for (moment, begins, ends) in [
            ("2026-11-21T10:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"),
            ("2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ] {
            assert_eq!(month(at(moment)), (at(begins), at(ends)), "{moment}");
        }
        assert_eq!(month(i64::MAX), (i64::MIN, i64::MAX));
    }

    #[test]
    fn an_unknown_plan_allows_the_least() {
        assert_eq!(plan("gone"), FREE);
        assert_eq!(plan("unlimited"), OWN);
    }
}
