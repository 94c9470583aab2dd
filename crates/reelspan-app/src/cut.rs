//! Cut: a recording without what one does not want in it, copied where it can be.

mod captions;
mod make;
mod propose;
mod reading;
mod refused;
mod wish;

use std::path::PathBuf;

use reelspan_media::plan::{CutPlan, Why};
use serde::Serialize;

use crate::error::Error;
use crate::input::{self, Source};
use crate::parts::Parts;
use crate::progress::{Meter, Progress};

pub use make::{How, Made, extension};
pub use propose::{Listen, Pauses};
pub use refused::Refused;
pub use wish::{Stretch, StretchError};

/// What a user asks for.
#[derive(Debug, Clone)]
pub struct Request {
    pub source: Source,
    /// The finished file; plan, certificate and captions lie beside it.
    pub out: PathBuf,
    /// Empty keeps the whole recording.
    pub keep: Vec<Stretch>,
    pub drop: Vec<Stretch>,
    pub listen: Listen,
    pub transcript: Option<PathBuf>,
    /// Encodes everything anew.
    pub encode: bool,
    pub plan_only: bool,
    /// Makes exactly this plan instead of making one.
    pub from_plan: Option<PathBuf>,
}

/// What a run left behind.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Where the plan lies.
    pub plan_file: PathBuf,
    pub plan: CutPlan,
    pub removed: Vec<Removed>,
    /// Seconds of the recording, and of what is kept.
    pub before: f64,
    pub after: f64,
    /// None when only a plan was wanted.
    pub made: Option<Made>,
}

/// How much went for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Removed {
    pub why: Why,
    pub pieces: usize,
    pub seconds: f64,
}

/// Does the whole job: read, listen if asked to, plan, cut.
pub fn run(parts: &Parts<'_>, request: &Request, progress: &mut dyn Progress) -> Result<Outcome, Error> {
    let beside = make::Beside::open(&request.out)?;
    let mut meter = Meter::new(parts, progress);
    let input = input::open(parts, &request.source, &mut meter)?;
    beside.spare(&input.path, request)?;
    let planned = match &request.from_plan {
        Some(file) => reading::read(parts, request, &input, file, &mut meter)?,
        None => reading::plan(parts, request, &input, &mut meter)?,
    };
    let keeps = make::keeps(&planned.0);
    let made = match request.plan_only {
        true => None,
        false => Some(make::make(parts, &input, &planned, &keeps, &beside, &mut meter)?),
    };
    let plan_file = beside.write_plan(&planned.0, request.from_plan.as_deref())?;
    let after = keeps.iter().map(|keep| keep.seconds()).sum();
    let plan = planned.0;
    Ok(Outcome { plan_file, removed: removed(&plan), before: plan.input.duration, after, plan, made })
}

fn removed(plan: &CutPlan) -> Vec<Removed> {
    let of = |why: Why| {
        let gone: Vec<f64> = plan
            .pieces
            .iter()
            .filter(|piece| !piece.keep && piece.why == why)
            .map(|piece| piece.end - piece.start)
            .collect();
        Removed { why, pieces: gone.len(), seconds: gone.iter().sum() }
    };
    let whys = [Why::Unwanted, Why::Silence, Why::Filler, Why::Repeat, Why::Wanted];
    whys.into_iter().map(of).filter(|removed| removed.pieces > 0).collect()
}
