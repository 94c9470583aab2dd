//! Get Clips: one long recording in, finished shorts out.

mod make;
pub mod moments;
mod page;
mod planning;
mod rerank;

use std::path::PathBuf;

use reelspan_media::captions::{self, Style};
use reelspan_media::plan::{Layout, Plan, PlanError, Watermark};
use reelspan_store::Output;
use reelspan_types::Aspect;
use serde::Serialize;

use crate::error::Error;
use crate::input::{self, Source};
use crate::look::{self, Depth};
use crate::parts::Parts;
use crate::progress::{Meter, Progress};

pub use make::{Made, Outcome};

/// What a user asks for.
#[derive(Debug, Clone)]
pub struct Request {
    pub source: Source,
    pub out: PathBuf,
    pub count: Option<usize>,
    pub min: f64,
    pub max: f64,
    pub aspects: Vec<Aspect>,
    pub transcript: Option<PathBuf>,
    /// None draws no captions.
    pub captions: Option<&'static Style>,
    /// None lets each shot choose.
    pub layout: Option<Layout>,
    pub loudness: f64,
    pub watermark: Watermark,
    pub hardware: bool,
    pub plan_only: bool,
    /// Renders exactly this plan instead of making one.
    pub from_plan: Option<PathBuf>,
}

/// Does the whole job: read, analyse, transcribe, choose, render, lay out a page.
pub fn run(parts: &Parts<'_>, request: &Request, progress: &mut dyn Progress) -> Result<Outcome, Error> {
    let out = Output::open(&request.out)?;
    let mut meter = Meter::new(parts, progress);
    let input = input::open(parts, &request.source, &mut meter)?;
    let analysis = look::analysis(parts, &input, Depth::Whole, &mut meter)?;
    let plan = match &request.from_plan {
        Some(file) => planning::read(&input, &analysis, file)?,
        None => planning::plan(parts, request, &input, &analysis, &mut meter)?,
    };
    let before = make::earlier_files(&out);
    out.write("clips.json", pretty(&plan).as_bytes())?;
    if request.plan_only {
        return Ok(Outcome { folder: out.folder().to_owned(), plan, made: Vec::new() });
    }
    let made = make::all(parts, request, &input, &analysis, &plan, &out, &mut meter)?;
    make::remove_stale(&out, &before, &plan)?;
    make::contact_sheet(parts, &made, &out)?;
    out.write("index.html", page::page(&plan, &made).as_bytes())?;
    Ok(Outcome { folder: out.folder().to_owned(), plan, made })
}

/// The style of a plan by its name; `none` draws nothing.
fn style_of(plan: &Plan) -> Result<Option<&'static Style>, Error> {
    match plan.settings.captions.as_str() {
        "none" => Ok(None),
        name => captions::style(name).map(Some).ok_or_else(|| {
            let what = "names no caption style; `reelspan styles` lists them".to_owned();
            Error::Plan(PlanError::value("settings.captions", what))
        }),
    }
}

pub(crate) fn pretty<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
