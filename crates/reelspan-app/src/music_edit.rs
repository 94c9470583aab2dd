//! Edit to Music: footage in, an edit whose cuts land on the music's beats out.

mod assign;
mod cuts;
mod fit;
mod footage;
mod joints;
mod keep;
mod make;
mod material;
mod page;
mod planning;
mod replay;
#[cfg(test)]
mod samples;
mod shape;
mod stretch;
mod timeline;

use std::path::PathBuf;

use reelspan_media::beats::Reading;
use reelspan_media::plan::{Layout, MusicEdit, Pace, Watermark};
use reelspan_store::Output;
use reelspan_types::Aspect;
use serde::Serialize;

use crate::error::Error;
use crate::parts::Parts;
use crate::progress::{Meter, Progress};

pub use fit::Fit;
pub use joints::Transitions;
pub use make::Made;

/// What a user asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// One, or with `fit_cuts` several to choose from.
    pub music: Vec<PathBuf>,
    pub sources: Vec<PathBuf>,
    pub out: PathBuf,
    /// None: about half a minute, on a bar.
    pub length: Option<f64>,
    /// Empty: 9:16, or with `fit_cuts` the footage's own shape.
    pub aspects: Vec<Aspect>,
    pub pace: Pace,
    pub transitions: Transitions,
    /// None lets each shot choose.
    pub layout: Option<Layout>,
    /// Keeps the cuts of the footage and moves the music under them.
    pub fit_cuts: bool,
    /// Seconds of the music; none chooses.
    pub start: Option<f64>,
    /// Another way to read the music's beat.
    pub reading: Option<Reading>,
    /// The footage's own sound beside the music in dB.
    pub original_sound: Option<f64>,
    pub loudness: f64,
    pub watermark: Watermark,
    pub hardware: bool,
    pub plan_only: bool,
    /// Renders exactly this plan instead of making one.
    pub from_plan: Option<PathBuf>,
}

/// What a run left behind.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    pub folder: PathBuf,
    pub plan: MusicEdit,
    /// How the music fits cuts that were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// Empty when only a plan was wanted.
    pub made: Vec<Made>,
}

impl Outcome {
    /// How many files could not be made.
    pub fn failed(&self) -> usize {
        self.made.iter().filter(|made| made.error.is_some()).count()
    }
}

const PLAN: &str = "edit.json";
const TIMELINE: &str = "timeline.svg";

/// Does the whole job: listen, look, choose, render, lay out a page.
pub fn run(parts: &Parts<'_>, request: &Request, progress: &mut dyn Progress) -> Result<Outcome, Error> {
    let out = Output::open(&request.out)?;
    let mut meter = Meter::new(parts, progress);
    let (plan, material, fit) = match &request.from_plan {
        Some(file) => {
            let (plan, material) = replay::read(parts, request, file, &mut meter)?;
            (plan, material, None)
        }
        None => planned(parts, request, &mut meter)?,
    };
    let before = make::earlier_files(&out);
    out.write(PLAN, pretty(&plan).as_bytes())?;
    let made = match request.plan_only {
        true => Vec::new(),
        false => make::all(parts, request, &material, &plan, &out, &mut meter)?,
    };
    make::remove_stale(&out, &before, &plan, request.plan_only)?;
    let drawn = timeline::draw(parts, &material, &plan, &made, &out)?;
    out.write(TIMELINE, drawn.as_bytes())?;
    if !request.plan_only {
        out.write("index.html", page::page(&plan, &made, &drawn).as_bytes())?;
    }
    Ok(Outcome { folder: out.folder().to_owned(), plan, fit, made })
}

type Planned = (MusicEdit, material::Material, Option<Fit>);

fn planned(parts: &Parts<'_>, request: &Request, meter: &mut Meter<'_>) -> Result<Planned, Error> {
    if request.fit_cuts {
        let (plan, material, fit) = keep::plan(parts, request, meter)?;
        return Ok((plan, material, fit));
    }
    let (plan, material) = planning::plan(parts, request, meter)?;
    Ok((plan, material, None))
}

fn pretty<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// To a thousandth: what is written reads back the same.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
