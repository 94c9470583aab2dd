//! What can go wrong, a sentence each, with a stable code.

use reelspan_media::analyse::AnalyseError;
use reelspan_media::beats::BeatsError;
use reelspan_media::cut::CutError;
use reelspan_media::plan::PlanError;
use reelspan_media::probe::ProbeError;
use reelspan_media::render::RenderError;
use reelspan_media::subtitles::SubtitleError;
use reelspan_media::tool::ToolError;
use reelspan_store::StoreError;

use crate::ask::AskError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cancelled")]
    Cancelled,
    #[error("`{0}` holds a single picture; a video or a sound recording is needed")]
    Still(String),
    #[error("the plan was made for another file (its content differs from `{0}`); make a new plan with --plan-only")]
    OtherInput(String),
    #[error("the file `{file}` cannot be read ({reason})")]
    Unreadable { file: String, reason: std::io::ErrorKind },
    #[error("the transcript `{file}` cannot be used: {source}")]
    Transcript { file: String, source: SubtitleError },
    #[error("{0}")]
    Footage(String),
    #[error("{0}")]
    Music(String),
    #[error("{0}")]
    Import(String),
    #[error("speech could not be recognised: {0}")]
    Speech(String),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Probe(ProbeError),
    #[error(transparent)]
    Analyse(AnalyseError),
    #[error(transparent)]
    Beats(BeatsError),
    #[error(transparent)]
    Render(RenderError),
    #[error(transparent)]
    Refused(#[from] crate::cut::Refused),
    #[error(transparent)]
    Cut(CutError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Tool(ToolError),
}

impl Error {
    /// Stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Still(_) => "still_picture",
            Self::OtherInput(_) => "plan_for_other_input",
            Self::Unreadable { .. } => "file_unreadable",
            Self::Transcript { .. } => "transcript_unusable",
            Self::Footage(_) => "no_footage",
            Self::Music(_) => "music_unusable",
            Self::Import(_) => "import_failed",
            Self::Speech(_) => "speech_failed",
            Self::Ask(error) => error.code(),
            Self::Plan(_) => "plan_invalid",
            Self::Probe(_) => "not_media",
            Self::Analyse(_) => "not_decodable",
            Self::Beats(error) => error.code(),
            Self::Render(_) => "render_failed",
            Self::Refused(refused) => refused.code(),
            Self::Cut(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Tool(ToolError::DiskFull) => "disk_full",
            Self::Tool(_) => "ffmpeg_failed",
        }
    }

    /// Everything after it would fail for the same reason.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.code(), "cancelled" | "disk_full" | "folder_unwritable")
    }
}

impl From<ToolError> for Error {
    fn from(error: ToolError) -> Self {
        match error {
            ToolError::Cancelled => Self::Cancelled,
            other => Self::Tool(other),
        }
    }
}

impl From<ProbeError> for Error {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::Tool(tool) => tool.into(),
            other => Self::Probe(other),
        }
    }
}

impl From<AnalyseError> for Error {
    fn from(error: AnalyseError) -> Self {
        match error {
            AnalyseError::Tool(tool) => tool.into(),
            other => Self::Analyse(other),
        }
    }
}

impl From<BeatsError> for Error {
    fn from(error: BeatsError) -> Self {
        match error {
            BeatsError::Tool(tool) => tool.into(),
            other => Self::Beats(other),
        }
    }
}

impl From<CutError> for Error {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Tool(tool) => tool.into(),
            other => Self::Cut(other),
        }
    }
}

impl From<RenderError> for Error {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Tool(tool) => tool.into(),
            other => Self::Render(other),
        }
    }
}
