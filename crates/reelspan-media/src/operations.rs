//! The media API's transcode: what a caller may ask for is checked before any file is there; then files in, one finished file out.

mod arguments;
mod card;
mod check;
mod content;
mod facts;
mod filters;
mod flags;
mod format;
mod graph;
mod join;
mod outcome;
mod overlay;
mod refusal;
mod run;
mod shape;
mod typeface;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::probe::MediaInfo;

pub use self::card::Card;
pub use self::check::{Checked, check};
pub use self::content::{ContentType, HEAD, Kind, sniff};
pub use self::facts::{Lane, MediaMetadata, lane, metadata};
pub use self::format::Format;
pub use self::outcome::OperationError;
pub use self::overlay::TextOverlay;
pub use self::refusal::Refusal;
pub use self::run::{run, span};

/// What one transcode is to make of its inputs. It holds what the user wrote: never log it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Request {
    /// One to ten, in order; none only for a quote card.
    #[serde(default)]
    pub inputs: Vec<Input>,
    pub format: Format,
    /// Ignored where there are options.
    #[serde(default)]
    pub preset: Option<Preset>,
    /// Raw output options, and virtual ones, which begin with `@`.
    #[serde(default)]
    pub options: Vec<Flag>,
    /// Each one a `-filter_complex` graph.
    #[serde(default)]
    pub filters: Vec<String>,
}

/// One input and the options before its `-i`; the file itself comes with [`Files`].
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Input {
    #[serde(default)]
    pub options: Vec<Flag>,
}

/// `-crf` and `23`. An argument may come as text, as a number or (for `@` options) as an object.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    pub option: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preset {
    #[serde(default)]
    pub quality: Quality,
    /// As large as it is, if none.
    #[serde(default)]
    pub resolution: Option<Resolution>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    High,
    #[default]
    Medium,
    Low,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    #[serde(rename = "480p")]
    P480,
    #[serde(rename = "720p")]
    P720,
    #[serde(rename = "1080p")]
    P1080,
    #[serde(rename = "4k", alias = "4K", alias = "2160p")]
    P2160,
}

/// By what the output's settings were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Preset,
    RawOptions,
    VirtualOptions,
    Defaults,
}

/// The local files of a request.
#[derive(Clone, Default)]
pub struct Files {
    /// One for each input, in order.
    pub inputs: Vec<File>,
    /// One for each of [`Checked::addresses`].
    pub referenced: BTreeMap<String, PathBuf>,
}

/// One local file, and what is known of it already: without that it is looked at first.
#[derive(Clone)]
pub struct File {
    pub path: PathBuf,
    pub info: Option<MediaInfo>,
}

/// What one run may use up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub output_bytes: u64,
    /// No output is longer, whatever loops.
    pub output_seconds: f64,
    pub wall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { output_bytes: 4 << 30, output_seconds: 6.0 * 3600.0, wall: Duration::from_secs(2 * 3600) }
    }
}

/// The finished file.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub metadata: MediaMetadata,
    /// What the inputs are, in order.
    pub inputs: Vec<MediaMetadata>,
    /// Sentences that the user should see: a font that stood in for another, a picture that was not enlarged further.
    pub notes: Vec<String>,
}

impl Flag {
    pub fn new(option: &str, argument: &str) -> Self {
        Self { option: option.to_owned(), argument: Some(Value::String(argument.to_owned())) }
    }

    /// An option without an argument.
    pub fn bare(option: &str) -> Self {
        Self { option: option.to_owned(), argument: None }
    }

    fn is_virtual(&self) -> bool {
        self.option.trim_start().starts_with('@')
    }
}

impl std::fmt::Debug for Flag {
    /// Its argument is the user's own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flag").field("option", &self.option).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Request {
    /// Counts only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("inputs", &self.inputs.len())
            .field("format", &self.format)
            .field("preset", &self.preset)
            .field("options", &self.options.len())
            .field("filters", &self.filters.len())
            .finish()
    }
}

impl Quality {
    /// The constant rate factor of x264; what the others use for the same quality is said beside them.
    pub fn crf(self) -> u32 {
        match self {
            Self::High => 18,
            Self::Medium => 23,
            Self::Low => 28,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [("high", Self::High), ("medium", Self::Medium), ("low", Self::Low)];
        all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, quality)| quality)
    }
}

impl Resolution {
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            ("480p", Self::P480),
            ("720p", Self::P720),
            ("1080p", Self::P1080),
            ("4k", Self::P2160),
            ("2160p", Self::P2160),
        ];
        all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, resolution)| resolution)
    }

    /// The short side of a 16:9 picture.
    pub fn short_side(self) -> u32 {
        match self {
            Self::P480 => 480,
            Self::P720 => 720,
            Self::P1080 => 1080,
            Self::P2160 => 2160,
        }
    }
}
