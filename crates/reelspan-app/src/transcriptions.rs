//! Transcriptions: a recording in, SRT out, from a track inside it or by a recogniser.

mod job;
mod srt;

use reelspan_media::operations::Lane;
use serde::{Deserialize, Serialize};

use crate::links::Link;
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};
use crate::tasks::{self, Given, Order, Standing, TRANSCRIBE, look};

pub(crate) use self::job::{Transcribing, Wish, spoken};

/// As it was asked for.
#[derive(Clone, Default)]
pub struct Request {
    pub address: String,
    /// A BCP 47 tag; found out if absent.
    pub language: Option<String>,
    /// `transcribe` or `translate` (into English); the first if absent.
    pub task: Option<String>,
}

/// As its task keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) input: Given,
    pub(crate) wish: Wish,
}

/// A transcription as it stands.
#[derive(Clone)]
pub struct Transcription {
    pub standing: Standing,
    pub input: Given,
    pub language: Option<String>,
}

impl Transcription {
    pub fn of(standing: Standing) -> Result<Self, Refusal> {
        let Written { input, wish } = standing.request()?;
        Ok(Self { standing, input, language: wish.language })
    }
}

/// Looks at a request, and puts it into its lane if it can be done.
pub async fn create(service: &Service, caller: &Caller, request: Request) -> Result<Transcription, Refusal> {
    caller.may_change_media()?;
    if request.address.trim().is_empty() {
        return Err(Refusal::invalid("media_url", "media_url is required"));
    }
    let wish = wished(service, &request)?;
    let input = look(service, caller, "media_url", &request.address).await?;
    let seconds = input.seconds();
    // One that nobody has looked at may be long.
    let lane = if seconds.is_some_and(|seconds| seconds <= 120.0) { Lane::Short } else { Lane::Long };
    let (bytes, input_ms) = (input.bytes, seconds.map(|seconds| (seconds * 1000.0).round() as i64));
    let written = Written { input, wish };
    let order = Order { kind: TRANSCRIBE, lane: lane.name(), request: &written, input_ms, file_bytes: bytes };
    Transcription::of(tasks::put_down(service, caller, order).await?)
}

fn wished(service: &Service, request: &Request) -> Result<Wish, Refusal> {
    let recogniser = service.worker.recogniser.as_ref();
    let translate = match request.task.as_deref().unwrap_or("transcribe") {
        "transcribe" => false,
        "translate" => true,
        _ => return Err(Refusal::invalid("task", "task must be transcribe or translate")),
    };
    let language = request.language.as_deref().map(str::trim).filter(|tag| !tag.is_empty());
    if let Some(tag) = language
        && !is_tag(tag)
    {
        return Err(Refusal::invalid("language", "language must be a BCP 47 tag such as `en` or `pt-BR`"));
    }
    let Some(recogniser) = recogniser else { return Err(no_recogniser()) };
    let wish = Wish { language: language.map(str::to_owned), translate };
    if translate && recogniser.tuned(wish.primary().as_deref(), true).is_none() {
        let message = "task `translate` needs a recogniser that can translate, and the one that is set up here cannot; leave it out";
        return Err(Refusal::invalid("task", message));
    }
    Ok(wish)
}

/// Said at once: a job that can only fail is no help.
pub(crate) fn no_recogniser() -> Refusal {
    let message = "no speech recogniser is set up here; the operator can name a model or an endpoint for it";
    Refusal::new(Kind::Unavailable, "no_recogniser", message)
}

fn is_tag(tag: &str) -> bool {
    let first = tag.split('-').next().unwrap_or_default();
    (2..=35).contains(&tag.len())
        && (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

pub async fn get(service: &Service, caller: &Caller, id: &str) -> Result<Transcription, Refusal> {
    Transcription::of(tasks::get(service, caller, id, &[TRANSCRIBE]).await?)
}

/// Stops it if it has not ended.
pub async fn cancel(service: &Service, caller: &Caller, id: &str) -> Result<Transcription, Refusal> {
    Transcription::of(tasks::cancel(service, caller, id, &[TRANSCRIBE]).await?)
}

/// A link to the SRT.
pub async fn download(service: &Service, caller: &Caller, base: &str, id: &str) -> Result<Link, Refusal> {
    tasks::download(service, base, &tasks::get(service, caller, id, &[TRANSCRIBE]).await?).await
}
