//! How a run can end badly, told apart by whose fault it is.

use super::refusal::Refusal;
use crate::probe::ProbeError;
use crate::tool::ToolError;

#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Counted from 1, as people do; 0 where it is not known which.
    #[error("{} cannot be used: {why}", numbered(*number))]
    Input { number: usize, why: String },
    #[error("the file behind an address in the filters cannot be used: {0}")]
    Referenced(String),
    /// The options or filters do not fit these inputs.
    #[error("this cannot be made from these inputs: {0}")]
    Option(String),
    #[error("the output would be larger than {0} bytes")]
    TooLarge(u64),
    #[error("the output would be longer than {0} seconds")]
    TooLong(f64),
    #[error("it was not finished within {0} seconds")]
    TimeLimit(u64),
    #[error("it needed more memory than it may have; use a smaller picture, or fewer filters that keep many frames")]
    Memory,
    #[error("the finished file is not as it should be: {0}")]
    Unsound(String),
    #[error("cancelled")]
    Cancelled,
    #[error("the disk is full")]
    DiskFull,
    /// Worth another try on this machine or another.
    #[error("{0}")]
    Transient(String),
    #[error(transparent)]
    Tool(ToolError),
}

fn numbered(number: usize) -> String {
    if number == 0 { "one of the inputs".to_owned() } else { format!("input {number}") }
}

impl OperationError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Input { .. } => "input_unusable",
            Self::Referenced(_) => "referenced_file_unusable",
            Self::Option(_) => "option_unfit",
            Self::TooLarge(_) => "output_too_large",
            Self::TooLong(_) => "output_too_long",
            Self::TimeLimit(_) => "time_limit",
            Self::Memory => "memory_limit",
            Self::Unsound(_) => "output_unsound",
            Self::Cancelled => "cancelled",
            Self::DiskFull => "disk_full",
            Self::Transient(_) => "transient",
            Self::Tool(error) => error.code(),
        }
    }

    /// The media API's `error_category`.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Refused(_) | Self::Input { .. } | Self::Referenced(_) | Self::Option(_) => "validation",
            Self::TooLarge(_) => "file_size",
            Self::TooLong(_) | Self::TimeLimit(_) | Self::Memory => "processing_limit",
            Self::Unsound(_) => "processing",
            Self::Cancelled => "unknown",
            Self::DiskFull => "storage",
            Self::Transient(_) => "transient",
            Self::Tool(_) => "processing",
        }
    }

    /// Whether the same request may well succeed later.
    pub fn is_worth_another_try(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Transient(_))
    }

    /// What an end of ffmpeg means for a run with these limits.
    pub(super) fn of_run(error: ToolError, most_bytes: u64) -> Self {
        match error {
            ToolError::Cancelled => Self::Cancelled,
            ToolError::DiskFull => Self::DiskFull,
            ToolError::TimedOut { seconds, .. } => Self::TimeLimit(seconds),
            ToolError::Failed { cause, status, program } => Self::of_cause(cause, status, program, most_bytes),
            ToolError::Io { what, .. } => Self::Transient(what.to_owned()),
            other => Self::Tool(other),
        }
    }

    fn of_cause(cause: String, status: String, program: &'static str, most_bytes: u64) -> Self {
        let says = |words: &str| cause.contains(words);
        if says("wrote more than one file may") || says("end of its output could not be written") {
            return Self::TooLarge(most_bytes);
        }
        if says("computing time") {
            return Self::TimeLimit(0);
        }
        if says("more memory") {
            return Self::Memory;
        }
        if says("was killed")
            || says("told to stop")
            || says("stopped from outside")
            || says("no longer read")
            || status == "no start"
        {
            return Self::Transient(cause);
        }
        if says("is damaged") || says("has no decoder") || says("crashed on this file") || says("file is missing") {
            return Self::Input { number: 0, why: cause };
        }
        if says("lacks an encoder")
            || says("lacks a filter")
            || says("lacks a format")
            || says("libraries")
            || says("jail forbids")
        {
            return Self::Tool(ToolError::Failed { program, status, cause });
        }
        Self::Option(cause)
    }

    pub(super) fn of_probe(number: usize, error: ProbeError) -> Self {
        let why = match error {
            ProbeError::Tool(error) => return Self::of_run(error, 0),
            ProbeError::Unreadable(_) => "it is not a file that can be read".to_owned(),
            ProbeError::Empty(_) => "it is empty".to_owned(),
            ProbeError::NotMedia(_) => "there is no picture and no sound in it that could be used".to_owned(),
            ProbeError::TooLarge { width, height, .. } => {
                format!("its picture of {width}x{height} is larger than may be")
            }
        };
        Self::Input { number, why }
    }
}
