//! Writes down how a job ended, once, and only while its lease is held.

use std::time::Duration;

use reelspan_store::{Bill, DatabaseError, Ending, Fence};
use reelspan_types::after;

use crate::backoff::rest_ms;
use crate::engine::{Parts, Stop};
use crate::handler::{Failure, Outcome, Work};

/// How long a database that is away is asked again; a lease is longer.
const TRIES: u32 = 40;
const BETWEEN: Duration = Duration::from_millis(250);

/// The slot stays taken until this is written, so that nothing that ended is begun again.
pub(crate) async fn settle(parts: &Parts, work: &Work, outcome: Result<Outcome, Failure>, last: bool) {
    let why = parts.why(&work.job);
    if why == Stop::Lost {
        return;
    }
    let now = parts.clock.now_ms();
    let error = outcome.as_ref().err().map(Failure::to_json).unwrap_or_default();
    let result = outcome.as_ref().map(|done| done.result.to_string()).unwrap_or_default();
    let charges = outcome.as_ref().map(|done| done.charges.as_slice()).unwrap_or_default();
    let bill =
        Bill { charges, keep: after(now, parts.settings.keep), keep_charges: after(now, parts.settings.keep_charges) };
    let ending = match &outcome {
        Ok(_) => Ending::Done(&result),
        Err(_) if why == Stop::Released => Ending::Released { run_at: now },
        Err(_) if why == Stop::Cancelled => Ending::Cancelled,
        Err(Failure::Later { rest_ms }) => Ending::Released { run_at: now + rest_ms },
        Err(Failure::Passing { .. }) if !last => {
            Ending::Again { run_at: now + rest_ms(&work.job, work.attempt), error: &error }
        }
        Err(_) => Ending::Failed(&error),
    };
    let fence = Fence { job: &work.job, attempt: work.attempt, owner: &parts.settings.owner };
    for _ in 0..TRIES {
        match parts.database.end(fence, ending, &bill, now).await {
            // What filled the disk is often what this very job had in hand, and goes in a moment.
            Err(error) if error.passes() || matches!(error, DatabaseError::Full) => tokio::time::sleep(BETWEEN).await,
            // Written, or no longer ours to write; any other refusal leaves the job to its lease.
            _ => return,
        }
    }
}
