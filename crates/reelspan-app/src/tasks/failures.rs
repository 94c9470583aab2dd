//! What the media crate's errors mean for a job. Their sentences name options and inputs, never content.

use reelspan_connectors::download;
use reelspan_jobs::Failure;
use reelspan_media::blueprints::BlueprintError;
use reelspan_media::operations::OperationError;
use reelspan_media::probe::ProbeError;
use reelspan_media::tool::ToolError;
use serde_json::json;

use super::Category;
use crate::error::Error;
use crate::inputs::InputError;

fn said(code: &'static str, category: Category, message: &str) -> Failure {
    Failure::Lasting { code, detail: json!({ "category": category.name(), "message": message }) }
}

pub(crate) fn of_operation(error: &OperationError) -> Failure {
    if matches!(error, OperationError::Cancelled) {
        return Failure::Cancelled;
    }
    let detail = json!({ "category": error.category(), "message": error.to_string() });
    match error.is_worth_another_try() {
        true => Failure::Passing { code: error.code(), detail },
        false => Failure::Lasting { code: error.code(), detail },
    }
}

pub(crate) fn of_blueprint(error: &BlueprintError) -> Failure {
    let category = match error {
        BlueprintError::Tool(error) => return of_tool(error),
        BlueprintError::Unfit { .. } | BlueprintError::Subtitles(_) => Category::Validation,
        BlueprintError::TooLong { .. } | BlueprintError::TooBig { .. } => Category::ProcessingLimit,
        BlueprintError::Generative { .. } | BlueprintError::Unsound(_) => Category::Processing,
    };
    said(error.code(), category, &error.to_string())
}

/// Which input it was.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// From 1 on, as people count.
    Number(usize),
    Field(&'a str),
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "input {number}"),
            Self::Field(field) => write!(f, "`{field}`"),
        }
    }
}

/// Why an input could not be had, or is none.
pub(crate) fn of_input(error: &InputError, place: Place<'_>) -> Failure {
    let (category, message) = match error {
        InputError::Cancelled => return Failure::Cancelled,
        InputError::Probe(ProbeError::Tool(ToolError::Failed { .. })) => {
            (Category::Validation, format!("{place} cannot be read; it may be damaged or cut short"))
        }
        InputError::Probe(ProbeError::Tool(error)) => return of_tool(error),
        InputError::Missing => {
            (Category::Upload, format!("{place} is not there any more: inputs are kept three days; upload it again"))
        }
        InputError::Fetch(download::Error::Private | download::Error::Address) | InputError::Address => {
            (Category::Validation, format!("{place}: {error}"))
        }
        InputError::Fetch(download::Error::TooLarge(_)) => (Category::FileSize, format!("{place}: {error}")),
        InputError::Fetch(_) => (Category::Upload, format!("{place}: {error}")),
        InputError::Probe(_) => (Category::Validation, format!("{place}: {error}")),
        InputError::Blob(_) => (Category::Storage, format!("{place}: {error}")),
        InputError::Database(_) | InputError::Broken => (Category::Transient, format!("{place}: {error}")),
    };
    let (code, detail) = (error.code(), json!({ "category": category.name(), "message": message }));
    if error.passes() { Failure::Passing { code, detail } } else { Failure::Lasting { code, detail } }
}

/// Of an input that was had, and is not what it has to be.
pub(crate) fn unfit(code: &'static str, place: Place<'_>, what: &str) -> Failure {
    said(code, Category::Validation, &format!("{place} {what}"))
}

pub(crate) fn of_tool(error: &ToolError) -> Failure {
    match error {
        ToolError::Cancelled => Failure::Cancelled,
        ToolError::DiskFull => Failure::passing("disk_full"),
        ToolError::TimedOut { .. } => said(error.code(), Category::ProcessingLimit, &error.to_string()),
        ToolError::Io { .. } => Failure::passing(error.code()),
        other => said(other.code(), Category::Processing, &other.to_string()),
    }
}

/// Of the features that the command line has too: their sentences may name files, so only the code is kept.
pub(crate) fn of_feature(error: &Error) -> Failure {
    match error {
        Error::Cancelled | Error::Tool(ToolError::Cancelled) => Failure::Cancelled,
        Error::Tool(error) => of_tool(error),
        Error::Store(error) => Failure::passing(error.code()),
        // The service that recognises may be away for a moment.
        Error::Speech(_) => Failure::passing("speech_failed"),
        other => Failure::lasting(other.code()),
    }
}
