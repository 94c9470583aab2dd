//! Get Clips: one long recording in, finished shorts out.

mod input;
mod make;
pub mod moments;
mod page;
mod planning;
mod progress;
mod rerank;
pub mod services;
mod words;

use std::path::{Path, PathBuf};

use reelspan_media::analyse::AnalyseError;
use reelspan_media::captions::{self, Style};
use reelspan_media::plan::{Layout, Plan, PlanError, Watermark};
use reelspan_media::probe::ProbeError;
use reelspan_media::render::RenderError;
use reelspan_media::subtitles::SubtitleError;
use reelspan_media::tool::{ToolError, Tools};
use reelspan_store::{Output, Stages, StoreError};
use reelspan_types::{Aspect, Cancel, Clock};
use serde::Serialize;

pub use input::Source;
pub use make::{Made, Outcome};
pub use progress::{Progress, Stage, Update};
pub use words::{Recogniser, Sound};

/// How much is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Whole,
    /// Shots, motion, black and standstill.
    Shots,
}

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

/// The parts of the house that a run needs.
pub struct Parts<'a> {
    pub tools: &'a Tools,
    pub stages: &'a Stages,
    pub clock: &'a dyn Clock,
    pub cancel: &'a Cancel,
    /// Recognises speech where no transcript is given.
    pub recogniser: Option<&'a dyn Recogniser>,
    /// Re-ranks closed choices; none leaves it to the signals.
    pub chooser: Option<&'a dyn Chooser>,
    /// Fetches a URL into a folder and returns the file; none refuses URLs.
    pub importer: Option<&'a dyn Importer>,
}

/// A language model that may re-rank closed choices.
pub trait Chooser {
    /// What decides the answer: address and model.
    fn id(&self) -> String;
    fn model(&self) -> &str;
    /// The text of its answer to a chat completion; none when it gives none, for whatever reason.
    fn ask(&self, body: &serde_json::Value, cancel: &Cancel) -> Option<String>;
}

/// Brings a recording from a URL into a folder.
pub trait Importer {
    /// `on` hears the share that is done, 0 to 1.
    fn import(
        &self,
        url: &str,
        folder: &Path,
        cancel: &Cancel,
        on: &mut (dyn FnMut(f64) + Send),
    ) -> Result<PathBuf, ClipsError>;
}

#[derive(Debug, thiserror::Error)]
pub enum ClipsError {
    #[error("cancelled")]
    Cancelled,
    #[error("`{0}` holds a single picture; Get Clips needs a video or a sound recording")]
    Still(String),
    #[error("the plan was made for another file (its content differs from `{0}`); make a new plan with --plan-only")]
    OtherInput(String),
    #[error("the file `{file}` cannot be read ({reason})")]
    Unreadable { file: String, reason: std::io::ErrorKind },
    #[error("the transcript `{file}` cannot be used: {source}")]
    Transcript { file: String, source: SubtitleError },
    #[error("{0}")]
    Import(String),
    #[error("speech could not be recognised: {0}")]
    Speech(String),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Probe(ProbeError),
    #[error(transparent)]
    Analyse(AnalyseError),
    #[error(transparent)]
    Render(RenderError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Tool(ToolError),
}

impl ClipsError {
    /// Stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Still(_) => "still_picture",
            Self::OtherInput(_) => "plan_for_other_input",
            Self::Unreadable { .. } => "file_unreadable",
            Self::Transcript { .. } => "transcript_unusable",
            Self::Import(_) => "import_failed",
            Self::Speech(_) => "speech_failed",
            Self::Plan(_) => "plan_invalid",
            Self::Probe(_) => "not_media",
            Self::Analyse(_) => "not_decodable",
            Self::Render(_) => "render_failed",
            Self::Store(error) => error.code(),
            Self::Tool(ToolError::DiskFull) => "disk_full",
            Self::Tool(_) => "ffmpeg_failed",
        }
    }

    /// Everything after it would fail for the same reason.
    fn is_final(&self) -> bool {
        matches!(self.code(), "cancelled" | "disk_full" | "folder_unwritable")
    }
}

impl From<ToolError> for ClipsError {
    fn from(error: ToolError) -> Self {
        match error {
            ToolError::Cancelled => Self::Cancelled,
            other => Self::Tool(other),
        }
    }
}

impl From<ProbeError> for ClipsError {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::Tool(tool) => tool.into(),
            other => Self::Probe(other),
        }
    }
}

impl From<AnalyseError> for ClipsError {
    fn from(error: AnalyseError) -> Self {
        match error {
            AnalyseError::Tool(tool) => tool.into(),
            other => Self::Analyse(other),
        }
    }
}

impl From<RenderError> for ClipsError {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Tool(tool) => tool.into(),
            other => Self::Render(other),
        }
    }
}

/// Does the whole job: read, analyse, transcribe, choose, render, lay out a page.
pub fn run(parts: &Parts<'_>, request: &Request, progress: &mut dyn Progress) -> Result<Outcome, ClipsError> {
    let out = Output::open(&request.out)?;
    let mut meter = progress::Meter::new(parts, progress);
    let input = input::open(parts, &request.source, &mut meter)?;
    let analysis = planning::analysis(parts, &input, Depth::Whole, &mut meter)?;
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

/// Looks at a recording without making anything.
pub fn analyse(
    parts: &Parts<'_>,
    source: &Source,
    depth: Depth,
    progress: &mut dyn Progress,
) -> Result<reelspan_media::analysis::Analysis, ClipsError> {
    let mut meter = progress::Meter::new(parts, progress);
    let input = input::open(parts, source, &mut meter)?;
    planning::analysis(parts, &input, depth, &mut meter)
}

/// The style of a plan by its name; `none` draws nothing.
fn style_of(plan: &Plan) -> Result<Option<&'static Style>, ClipsError> {
    match plan.settings.captions.as_str() {
        "none" => Ok(None),
        name => captions::style(name).map(Some).ok_or_else(|| {
            let what = "names no caption style; `reelspan styles` lists them".to_owned();
            ClipsError::Plan(PlanError::Value { at: "settings.captions".to_owned(), what })
        }),
    }
}

fn pretty<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
