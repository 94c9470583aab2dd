//! Get Clips as a job: a recording that was uploaded or is fetched in, finished clips with their captions and plan out.

mod job;

use reelspan_media::captions;
pub use reelspan_media::plan::Layout;
use reelspan_types::Aspect;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::service::{Caller, Service};
use crate::tasks::{self, CLIPS, Given, Order, Standing, look};

pub(crate) use self::job::Clipping;

const MOST_CLIPS: u16 = 200;
const LENGTHS: std::ops::RangeInclusive<f64> = 1.0..=3600.0;
const LOUDNESS: std::ops::RangeInclusive<f64> = -36.0..=-8.0;

/// As it was asked for; what is none is chosen by the program.
#[derive(Debug, Clone)]
pub struct Request {
    pub address: String,
    /// A subtitle file or words with times.
    pub transcript: Option<String>,
    pub count: Option<u16>,
    pub min: f64,
    pub max: f64,
    pub aspects: Vec<Aspect>,
    /// The name of a style; `none` draws nothing.
    pub captions: String,
    pub layout: Option<Layout>,
    pub loudness: f64,
    pub watermark: Option<String>,
    /// Write the plan, render nothing.
    pub plan_only: bool,
}

/// As its task keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) input: Given,
    pub(crate) transcript: Option<Given>,
    pub(crate) count: Option<u16>,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) aspects: Vec<Aspect>,
    pub(crate) captions: String,
    pub(crate) layout: Option<Layout>,
    pub(crate) loudness: f64,
    pub(crate) watermark: Option<String>,
    pub(crate) plan_only: bool,
}

/// Looks at a request, and puts it into its lane if it can be done.
pub async fn create(service: &Service, caller: &Caller, request: Request) -> Result<Standing, Refusal> {
    caller.may_change_media()?;
    check(&request)?;
    let input = look(service, caller, "input", &request.address).await?;
    let transcript = match &request.transcript {
        Some(address) => Some(look(service, caller, "transcript", address).await?),
        None => None,
    };
    let input_ms = input.seconds().map(|seconds| (seconds * 1000.0).round() as i64);
    let file_bytes = input.bytes;
    let Request { count, min, max, aspects, captions, layout, loudness, watermark, plan_only, .. } = request;
    let aspects = if aspects.is_empty() { vec![Aspect::VERTICAL] } else { aspects };
    let written =
        Written { input, transcript, count, min, max, aspects, captions, layout, loudness, watermark, plan_only };
    let order = Order { kind: CLIPS, lane: "long", request: &written, input_ms, file_bytes };
    tasks::put_down(service, caller, order).await
}

fn check(request: &Request) -> Result<(), Refusal> {
    let wrong = |field: &str, message: String| Err(Refusal::invalid(field, message));
    if request.count.is_some_and(|count| count == 0 || count > MOST_CLIPS) {
        return wrong("count", format!("count may be from 1 to {MOST_CLIPS}"));
    }
    for (field, seconds) in [("min", request.min), ("max", request.max)] {
        if !LENGTHS.contains(&seconds) {
            return wrong(field, format!("{field} may be from 1 to 3600 seconds"));
        }
    }
    if request.min > request.max {
        return wrong("min", "min may not be longer than max".to_owned());
    }
    if !LOUDNESS.contains(&request.loudness) {
        return wrong("loudness", "loudness may be from -36 to -8 LUFS; platforms play at about -14".to_owned());
    }
    if request.captions != "none" && captions::style(&request.captions).is_none() {
        let known: Vec<&str> = captions::STYLES.iter().map(|style| style.name).collect();
        return wrong(
            "captions",
            format!("there is no caption style of that name; there are none, {}", known.join(", ")),
        );
    }
    if request.watermark.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > 60) {
        return wrong("watermark", "a watermark has 1 to 60 characters".to_owned());
    }
    Ok(())
}
