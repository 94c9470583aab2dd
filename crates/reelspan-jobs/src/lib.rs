//! The job engine: puts jobs into the table, takes them lane by lane, keeps their leases, ends each once. Knows no feature.
//!
//! What holds, whatever is killed when: a job that ended is never begun again; one whose holder is gone is taken up by
//! another when the lease runs out; one that kills every holder ends `dead`. A job may be *begun* more than once, so what
//! it leaves must be put in its place by its last step or be the same each time.

mod backoff;
mod engine;
mod handler;
mod settle;

pub use engine::{Engine, Lane, Order, OrderError, Settings};
pub use handler::{Failure, Handler, Outcome, Running, Work};
pub use reelspan_store::{Charge, Job, JobEvent};
