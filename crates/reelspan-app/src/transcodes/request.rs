//! What a transcode is asked for, and what is settled before any file is opened.

use reelspan_media::operations::{self, Checked, Format, Lane, MediaMetadata, Quality, Resolution, Source};
use reelspan_media::probe::MediaInfo;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::MOST_METADATA;
use crate::refusal::{Kind, Refusal};
use crate::tasks::Given;

pub use reelspan_media::operations::Flag;

/// As the user wrote it: never log it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Request {
    /// One to ten; none only for a card, which needs none.
    pub inputs: Vec<Input>,
    /// `mp4`, `JPG`: kept as it was written.
    pub format: String,
    /// Not used where there are options.
    pub preset: Option<Preset>,
    pub options: Vec<Flag>,
    /// Each one a filter graph over all inputs.
    pub filters: Vec<String>,
    /// An object of the user's own, given back as it came.
    pub metadata: Option<Value>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Input {
    /// `gs://...` of an upload or an output, `https://...` of anything public.
    pub address: String,
    /// Before its `-i`.
    pub options: Vec<Flag>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    /// `high`, `medium`, `low`.
    pub quality: Option<String>,
    /// `480p`, `720p`, `1080p`, `4k`.
    pub resolution: Option<String>,
}

/// With what it is really made.
#[derive(Clone, Serialize, Deserialize)]
pub struct Settings {
    /// `preset`, `raw_options`, `virtual_options` or `defaults`.
    pub source: Source,
    /// Virtual options written out; each argument is text.
    pub options: Vec<Flag>,
    pub preset: Option<Preset>,
}

impl Settings {
    pub(super) fn of(plan: &Checked, request: &Request) -> Self {
        let preset = request.preset.clone().filter(|_| plan.source == Source::Preset);
        Self { source: plan.source, options: plan.options.clone(), preset }
    }
}

/// A request with what was found out about it, as its task keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) request: Request,
    pub(super) given: Vec<Given>,
    /// What its filters name.
    pub(super) referenced: Vec<Given>,
    pub(super) settings: Settings,
}

/// The plan of a request, or why it cannot be done.
pub(super) fn checked(request: &Request) -> Result<Checked, Refusal> {
    if request.inputs.is_empty() && !request.options.iter().any(|flag| flag.option.trim() == "@quote-card") {
        return Err(Refusal::invalid("inputs", "inputs must have at least one entry with a url"));
    }
    if request.inputs.len() > 10 {
        return Err(Refusal::invalid("inputs", "inputs may have at most 10 entries"));
    }
    metadata(request.metadata.as_ref())?;
    operations::check(&translated(request)?).map_err(|refusal| refused(&refusal))
}

/// In the media crate's words.
pub(super) fn translated(request: &Request) -> Result<operations::Request, Refusal> {
    let format = Format::parse(&request.format).ok_or_else(|| {
        let known: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
        Refusal::invalid("outputFormat", format!("outputFormat must be one of {}, jpg", known.join(", ")))
    })?;
    let inputs = request.inputs.iter().map(|input| operations::Input { options: input.options.clone() }).collect();
    Ok(operations::Request {
        inputs,
        format,
        preset: preset(request.preset.as_ref())?,
        options: request.options.clone(),
        filters: request.filters.clone(),
    })
}

fn preset(preset: Option<&Preset>) -> Result<Option<operations::Preset>, Refusal> {
    let Some(preset) = preset else { return Ok(None) };
    let wrong = |field: &str, known: &str| Refusal::invalid(field, format!("{field} must be one of {known}"));
    let quality = match preset.quality.as_deref() {
        Some(text) => Quality::parse(text).ok_or_else(|| wrong("preset.quality", "high, medium, low"))?,
        None => Quality::default(),
    };
    let resolution = match preset.resolution.as_deref() {
        Some(text) => Some(Resolution::parse(text).ok_or_else(|| wrong("preset.resolution", "480p, 720p, 1080p, 4k"))?),
        None => None,
    };
    Ok(Some(operations::Preset { quality, resolution }))
}

fn metadata(metadata: Option<&Value>) -> Result<(), Refusal> {
    let Some(metadata) = metadata else { return Ok(()) };
    if !metadata.is_object() {
        return Err(Refusal::invalid("metadata", "metadata must be an object"));
    }
    if metadata.to_string().len() > MOST_METADATA {
        let message = format!("metadata may have at most {MOST_METADATA} bytes when serialized");
        return Err(Refusal::invalid("metadata", message));
    }
    Ok(())
}

pub(super) fn refused(refusal: &operations::Refusal) -> Refusal {
    let field = match refusal {
        operations::Refusal::Option { .. } => "options",
        operations::Refusal::Filter { .. } | operations::Refusal::Graph { .. } => "filters",
        operations::Refusal::Request(_) => "inputs",
    };
    Refusal { field: Some(field.to_owned()), ..Refusal::new(Kind::Invalid, refusal.code(), refusal.to_string()) }
}

/// The lane of a request and what it will use, as far as its inputs are known. One with an input that nobody has looked at
/// waits with the long ones: it may be long.
pub(super) fn size(request: &Request, given: &[Given]) -> (&'static str, Option<i64>) {
    let known: Option<Vec<&MediaMetadata>> = given.iter().map(|one| one.facts.as_ref()).collect();
    let Some(known) = known else { return (Lane::Long.name(), None) };
    let lane = operations::lane(known.iter().copied());
    let Ok(request) = translated(request) else { return (lane.name(), None) };
    let infos: Vec<MediaInfo> = known.into_iter().map(supposed).collect();
    (lane.name(), Some((operations::span(&request, &infos) * 1000.0).round() as i64))
}

/// As much of a probe as a length needs.
fn supposed(facts: &MediaMetadata) -> MediaInfo {
    MediaInfo {
        container: facts.format.clone(),
        duration: Some(facts.duration_seconds).filter(|seconds| *seconds > 0.0),
        bytes: facts.size_bytes,
        video: None,
        audio: Vec::new(),
        subtitles: Vec::new(),
        still: facts.has_video && facts.fps == Some(0.0),
        cover: None,
    }
}
