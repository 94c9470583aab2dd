//! Transcodes: files in, one finished file out, by a preset, by ffmpeg's own options, or by virtual ones.

mod job;
mod request;

use serde_json::Value;

use crate::links::Link;
use crate::refusal::Refusal;
use crate::service::{Caller, Service};
use crate::tasks::{self, Given, Order, Standing, TRANSCODE, look};

pub(crate) use self::job::Transcoding;
pub use self::request::{Flag, Input, Preset, Request, Settings};
use self::request::{Written, checked, size};

/// The user's own words on a transcode; serialized it is no longer.
pub const MOST_METADATA: usize = 8192;

/// A transcode as it stands.
#[derive(Clone)]
pub struct Transcode {
    pub standing: Standing,
    pub inputs: Vec<Given>,
    /// As it was asked for.
    pub format: String,
    /// With what it is really made.
    pub settings: Settings,
    pub metadata: Option<Value>,
}

impl Transcode {
    pub fn of(standing: Standing) -> Result<Self, Refusal> {
        let Written { request, given, settings, .. } = standing.request()?;
        Ok(Self { standing, inputs: given, format: request.format, settings, metadata: request.metadata })
    }
}

/// Looks at a request, and puts it into its lane if it can be done.
pub async fn create(service: &Service, caller: &Caller, request: Request) -> Result<Transcode, Refusal> {
    caller.may_change_media()?;
    let plan = checked(&request)?;
    let (mut given, mut referenced) = (Vec::new(), Vec::new());
    for (index, input) in request.inputs.iter().enumerate() {
        given.push(look(service, caller, &format!("inputs[{index}].url"), &input.address).await?);
    }
    for address in &plan.addresses {
        referenced.push(look(service, caller, "options", address).await?);
    }
    let (lane, input_ms) = size(&request, &given);
    let bytes = given.iter().filter_map(|one| one.bytes).max();
    let settings = Settings::of(&plan, &request);
    let written = Written { request, given, referenced, settings };
    let order = Order { kind: TRANSCODE, lane, request: &written, input_ms, file_bytes: bytes };
    Transcode::of(tasks::put_down(service, caller, order).await?)
}

pub async fn get(service: &Service, caller: &Caller, id: &str) -> Result<Transcode, Refusal> {
    Transcode::of(tasks::get(service, caller, id, &[TRANSCODE]).await?)
}

/// Stops it if it has not ended.
pub async fn cancel(service: &Service, caller: &Caller, id: &str) -> Result<Transcode, Refusal> {
    Transcode::of(tasks::cancel(service, caller, id, &[TRANSCODE]).await?)
}

/// A link to what it made.
pub async fn download(service: &Service, caller: &Caller, base: &str, id: &str) -> Result<Link, Refusal> {
    tasks::download(service, base, &tasks::get(service, caller, id, &[TRANSCODE]).await?).await
}
