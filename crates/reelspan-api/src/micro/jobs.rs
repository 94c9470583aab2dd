//! Transcodes and transcriptions as the dialect shows them: one shape for both, with what is missing left out or null.

use axum::Json;
use axum::response::IntoResponse;
use reelspan_app::links;
use reelspan_app::refusal::Refusal;
use reelspan_app::service::{Caller, Service};
use reelspan_app::tasks::{self, Given, Page, Standing, Status, TRANSCRIBE};
use reelspan_app::times::iso;
use reelspan_app::transcodes::{Flag, Settings, Transcode};
use reelspan_app::transcriptions::Transcription;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::query::Listing;
use super::refused::Answer;

/// A job. Rows of transcriptions have `media_url` besides.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    job_type: &'static str,
    output_format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_url: Option<String>,
    input_url: Option<String>,
    inputs: Vec<Input>,
    outputs: Option<Vec<Output>>,
    output_url: Option<String>,
    billable_minutes: Option<f64>,
    duration_seconds: Option<f64>,
    processing_time_seconds: Option<f64>,
    queue_position: i64,
    lane: String,
    started_at: Option<String>,
    completed_at: Option<String>,
    error_message: Option<String>,
    error_category: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ffmpeg_options: Option<Value>,
    /// Sentences about how it was made, such as a font that stood in for another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    created_at: String,
    updated_at: String,
    /// When it and its outputs are gone.
    expires_at: String,
    user_id: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
struct Input {
    url: String,
    filename: String,
    duration: Option<f64>,
    format: Option<String>,
    /// The contract has digits as text here, and a number in outputs.
    size_bytes: Option<String>,
    #[serde(rename = "downloadUrl")]
    download_url: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Output {
    url: String,
    filename: String,
    size_bytes: i64,
    format: String,
}

impl Job {
    fn of_transcode(service: &Service, base: &str, transcode: Transcode) -> Self {
        let Transcode { standing, inputs, format, settings, metadata } = transcode;
        let metadata = metadata.map(|own| json!({ "user": own }));
        let options = Some(shown(&settings));
        let job = Self::of(service, base, standing, &inputs, format, "transcode");
        Self { metadata, ffmpeg_options: options, ..job }
    }

    pub(crate) fn of_transcription(service: &Service, base: &str, transcription: Transcription) -> Self {
        let Transcription { standing, input, .. } = transcription;
        let media_url = Some(input.address.clone());
        let job = Self::of(service, base, standing, &[input], "srt".to_owned(), "transcribe");
        Self { media_url, ..job }
    }

    /// Whichever it is.
    pub(crate) fn of_any(service: &Service, base: &str, standing: Standing) -> Result<Self, Refusal> {
        if standing.kind == TRANSCRIBE {
            return Ok(Self::of_transcription(service, base, Transcription::of(standing)?));
        }
        Ok(Self::of_transcode(service, base, Transcode::of(standing)?))
    }

    fn of(
        service: &Service,
        base: &str,
        standing: Standing,
        given: &[Given],
        output_format: String,
        job_type: &'static str,
    ) -> Self {
        let done = standing.status == Status::Completed;
        let made = standing.made.clone().filter(|_| done);
        let outputs = made.as_ref().map(|made| made.outputs.iter().map(Output::of).collect::<Vec<_>>());
        let billed = made.as_ref().map(|made| made.billed_ms).or(standing.input_ms);
        let length = made.as_ref().and_then(|made| made.outputs.first()).map(|output| output.seconds);
        let trouble = standing.trouble.as_ref();
        let read = |index: usize| made.as_ref().and_then(|made| made.inputs.get(index));
        let link = |given: &Given| {
            let (asset, until) = given.asset.as_ref().zip(given.until)?;
            let link = links::to(service, base, &standing.workspace, asset, until);
            (link.expires_at > service.data.now()).then_some(link.url)
        };
        Self {
            status: standing.status.name(),
            job_type,
            output_format,
            media_url: None,
            input_url: given.first().map(|input| input.address.clone()),
            inputs: given.iter().enumerate().map(|(at, one)| Input::of(one, read(at), link(one))).collect(),
            output_url: outputs.as_ref().and_then(|outputs| outputs.first()).map(|output| output.url.clone()),
            outputs,
            billable_minutes: billed.map(minutes),
            duration_seconds: length.or(standing.input_ms.map(seconds)),
            processing_time_seconds: made.as_ref().map(|made| seconds(made.worked_ms)),
            queue_position: standing.queue_position,
            lane: standing.lane,
            started_at: standing.started_at.map(iso),
            completed_at: standing.ended_at.filter(|_| done).map(iso),
            error_message: trouble.map(|trouble| trouble.message.clone()),
            error_category: trouble.map_or("unknown", |trouble| trouble.category.name()),
            metadata: None,
            ffmpeg_options: None,
            notes: made.map(|made| made.notes).unwrap_or_default(),
            created_at: iso(standing.created_at),
            updated_at: iso(standing.updated_at),
            expires_at: iso(standing.expires_at),
            user_id: standing.workspace,
            id: standing.id,
        }
    }
}

impl Input {
    fn of(given: &Given, read: Option<&tasks::Read>, download_url: Option<String>) -> Self {
        Self {
            url: given.address.clone(),
            filename: given.file_name.clone(),
            duration: given.seconds().or(read.map(|read| read.seconds)),
            format: given.format().map(str::to_owned).or(read.map(|read| read.format.clone())),
            size_bytes: given.bytes.or(read.map(|read| read.bytes)).map(|bytes| bytes.to_string()),
            download_url,
        }
    }
}

impl Output {
    fn of(output: &tasks::Output) -> Self {
        Self {
            url: format!("{}{}", links::HANDLES, output.name),
            filename: output.name.clone(),
            size_bytes: output.bytes,
            format: output.format.clone(),
        }
    }
}

/// Clients read text and numbers here, and nothing else.
fn shown(settings: &Settings) -> Value {
    let option = |flag: &Flag| {
        let mut one = Map::from_iter([("option".to_owned(), Value::from(flag.option.as_str()))]);
        match &flag.argument {
            Some(argument @ (Value::String(_) | Value::Number(_))) => {
                drop(one.insert("argument".into(), argument.clone()))
            }
            Some(other) if !other.is_null() => drop(one.insert("argument".into(), Value::from(other.to_string()))),
            _ => {}
        }
        Value::Object(one)
    };
    let preset = settings.preset.as_ref();
    json!({
        "source": settings.source,
        "options": settings.options.iter().map(option).collect::<Vec<_>>(),
        "preset": preset.map(|preset| json!({ "quality": preset.quality, "resolution": preset.resolution })),
    })
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Metered by the second: 19 s are 0.3167 minutes.
pub(crate) fn minutes(ms: i64) -> f64 {
    (ms as f64 / 60_000.0 * 10_000.0).round() / 10_000.0
}

/// A page of jobs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct List {
    items: Vec<Job>,
    page: i64,
    limit: i64,
    total: i64,
}

impl List {
    pub(crate) async fn of(
        service: &Service,
        caller: &Caller,
        base: &str,
        listing: Listing,
    ) -> Answer<impl IntoResponse + use<>> {
        let Listing { wanted, empty } = listing;
        let page = if empty { Page::default() } else { tasks::list(service, caller, &wanted).await? };
        let mut items = Vec::new();
        for standing in page.items {
            items.push(Job::of_any(service, base, standing)?);
        }
        let list = Self { items, page: wanted.page, limit: wanted.limit, total: page.total };
        Ok(([("x-total-count", page.total.to_string())], Json(list)))
    }
}
