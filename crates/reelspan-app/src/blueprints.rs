//! Blueprints: finished products by name, from flat inputs; one of them waits for the user's word on its subtitles.

mod job;

use reelspan_media::blueprints::{Blueprint, Inputs, blueprint, check};
use reelspan_media::operations::{Lane, lane};
use reelspan_media::subtitles;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};
use crate::tasks::{self, BLUEPRINT, Given, Order, Output, Standing, Status, look};
use crate::transcriptions;

pub(crate) use self::job::Blueprinting;

/// The code of a refusal because no model that makes pictures is there.
pub const AWAY: &str = "generative_temporarily_unavailable";
/// When it is worth asking again.
const AWAY_MINUTES: u64 = 60;
/// The most of reviewed subtitles, in characters.
pub const MOST_SUBTITLES: usize = 200_000;

/// While the words are found, and while the pictures are made.
pub(crate) const LISTENING: &str = "transcribe";
pub(crate) const MAKING: &str = "render";

/// As its task keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) slug: String,
    pub(crate) inputs: Map<String, Value>,
    /// By the field that named it.
    pub(crate) given: Vec<(String, Given)>,
}

impl Written {
    /// Checked when it came; checked again because another version may have written it.
    pub(crate) fn checked(&self) -> Result<Inputs, Refusal> {
        check(&self.slug, &self.inputs).map_err(|refusal| refused(&refusal))
    }
}

/// A run as it stands.
#[derive(Clone)]
pub struct Run {
    pub standing: Standing,
    pub slug: String,
}

impl Run {
    pub fn of(standing: Standing) -> Result<Self, Refusal> {
        let Written { slug, .. } = standing.request()?;
        Ok(Self { standing, slug })
    }

    /// What it made, once all of it is made.
    pub fn outputs(&self) -> &[Output] {
        let made = self.standing.made.as_ref().filter(|_| self.standing.status == Status::Completed);
        made.map_or(&[], |made| &made.outputs)
    }
}

/// Looks at the inputs of a blueprint, and puts its run into a lane if it can be done.
pub async fn run(service: &Service, caller: &Caller, slug: &str, inputs: Map<String, Value>) -> Result<Run, Refusal> {
    caller.may_change_media()?;
    let blueprint = blueprint(slug).ok_or_else(|| unknown(slug, &inputs))?;
    let checked = check(slug, &inputs).map_err(|refusal| refused(&refusal))?;
    possible(service, blueprint)?;
    let mut given = Vec::new();
    for address in checked.addresses() {
        given.push((address.field.to_owned(), look(service, caller, address.field, address.address).await?));
    }
    let (lane, input_ms) = size(&given);
    let bytes = given.iter().filter_map(|(_, one)| one.bytes).max();
    let written = Written { slug: slug.to_owned(), inputs, given };
    let order = Order { kind: BLUEPRINT, lane, request: &written, input_ms, file_bytes: bytes };
    Run::of(tasks::put_down(service, caller, order).await?)
}

fn unknown(slug: &str, inputs: &Map<String, Value>) -> Refusal {
    let message = check(slug, inputs).err().map_or_else(String::new, |refusal| refusal.to_string());
    Refusal::new(Kind::Missing, "unknown_blueprint", message)
}

fn refused(refusal: &reelspan_media::blueprints::Refusal) -> Refusal {
    Refusal::new(Kind::Invalid, refusal.code(), refusal.to_string())
}

fn possible(service: &Service, blueprint: &Blueprint) -> Result<(), Refusal> {
    if blueprint.is_generative() {
        let message = format!("`{}` needs a model that makes pictures, and none is set up here", blueprint.slug);
        let extra = json!({ "retry_after_minutes": AWAY_MINUTES });
        let refusal = Refusal::new(Kind::Unavailable, AWAY, message);
        return Err(Refusal { extra, retry_after: Some(AWAY_MINUTES * 60), ..refusal });
    }
    if blueprint.reviews_subtitles && service.worker.recogniser.is_none() {
        return Err(transcriptions::no_recogniser());
    }
    Ok(())
}

/// The lane, and what will be used, as far as the inputs are known: what lasts is video and sound, not pictures.
fn size(given: &[(String, Given)]) -> (&'static str, Option<i64>) {
    let known: Option<Vec<_>> = given.iter().map(|(_, one)| one.facts.as_ref()).collect();
    let Some(known) = known else { return (Lane::Long.name(), None) };
    let seconds: f64 = known.iter().filter(|facts| facts.fps != Some(0.0)).map(|facts| facts.duration_seconds).sum();
    (lane(known).name(), Some((seconds * 1000.0).round() as i64))
}

pub async fn get(service: &Service, caller: &Caller, id: &str) -> Result<Run, Refusal> {
    Run::of(tasks::get(service, caller, id, &[BLUEPRINT]).await?)
}

/// Stops it if it has not ended.
pub async fn cancel(service: &Service, caller: &Caller, id: &str) -> Result<Run, Refusal> {
    Run::of(tasks::cancel(service, caller, id, &[BLUEPRINT]).await?)
}

/// Goes on with the subtitles as the user has left them.
pub async fn resume(service: &Service, caller: &Caller, id: &str, srt: &str) -> Result<Run, Refusal> {
    caller.may_change_media()?;
    let before = tasks::row(service, caller, id, &[BLUEPRINT]).await?;
    let standing = tasks::get(service, caller, id, &[BLUEPRINT]).await?;
    if standing.status != Status::AwaitingReview {
        return Err(not_waiting(standing.status));
    }
    reviewed(srt)?;
    if !tasks::next(service, &before, MAKING, srt).await? {
        return Err(not_waiting(Status::Processing));
    }
    get(service, caller, id).await
}

fn reviewed(srt: &str) -> Result<(), Refusal> {
    let wrong = |message: String| Refusal::invalid("srt_text", message);
    if srt.trim().is_empty() {
        return Err(wrong("srt_text is required: the subtitles as SRT".to_owned()));
    }
    if srt.chars().count() > MOST_SUBTITLES {
        return Err(wrong(format!("srt_text may have at most {MOST_SUBTITLES} characters")));
    }
    subtitles::cues(srt.as_bytes()).map_err(|error| wrong(format!("srt_text is no SRT that can be used: {error}")))?;
    Ok(())
}

fn not_waiting(status: Status) -> Refusal {
    let message = format!("this run does not wait for a review (status: {})", status.name());
    Refusal::new(Kind::Conflict, "not_awaiting_review", message)
}
