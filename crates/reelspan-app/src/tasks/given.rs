//! What a request names as its inputs: looked up when it comes, brought here when its job begins.

use std::path::{Path, PathBuf};

use reelspan_jobs::{Failure, Work};
use reelspan_media::operations::MediaMetadata;
use reelspan_media::probe::MediaInfo;
use serde::{Deserialize, Serialize};
use url::Url;

use super::failures::{self, Place};
use crate::inputs::{self, InputError, Named};
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};
use crate::worker::Worker;

/// No address is longer: signed ones have one or two thousand characters.
const MOST_ADDRESS: usize = 8192;

/// An input as it was named, and what is known of it before it is opened. Kept with the request: it is content.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Given {
    pub address: String,
    pub file_name: String,
    /// Of a file that lies here.
    pub asset: Option<String>,
    pub bytes: Option<i64>,
    pub until: Option<i64>,
    /// What it was found to be when it came.
    pub facts: Option<MediaMetadata>,
}

impl Given {
    pub fn seconds(&self) -> Option<f64> {
        self.facts.as_ref().map(|facts| facts.duration_seconds)
    }

    pub fn format(&self) -> Option<&str> {
        self.facts.as_ref().map(|facts| facts.format.as_str())
    }
}

/// Looks up the address in `field`: a file of the caller's workspace, or one that will be fetched.
pub(crate) async fn look(service: &Service, caller: &Caller, field: &str, address: &str) -> Result<Given, Refusal> {
    let address = address.trim();
    if address.len() > MOST_ADDRESS {
        return Err(Refusal::invalid(field, format!("{field} is longer than {MOST_ADDRESS} characters")));
    }
    let named = inputs::look_up(&service.data, &service.signer, &caller.workspace, address).await;
    let base = Given {
        address: address.to_owned(),
        file_name: String::new(),
        asset: None,
        bytes: None,
        until: None,
        facts: None,
    };
    match named.map_err(|error| refused(field, error))? {
        Named::Asset(asset) => Ok(Given {
            facts: asset.media.as_deref().and_then(|media| serde_json::from_str(media).ok()),
            file_name: asset.file_name,
            bytes: Some(asset.bytes),
            until: Some(asset.expires_at),
            asset: Some(asset.id),
            ..base
        }),
        Named::Address(url) => Ok(Given { file_name: last_part(&url), ..base }),
    }
}

fn refused(field: &str, error: InputError) -> Refusal {
    let message = match error {
        InputError::Missing => {
            format!(
                "{field} names no file that is here; confirm the upload first, or upload it again if its time is over"
            )
        }
        InputError::Address => {
            format!("{field} must begin with gs:// (as the upload answered it) or https://")
        }
        other => return other.into(),
    };
    let kind = if matches!(error, InputError::Missing) { Kind::Missing } else { Kind::Invalid };
    Refusal { field: Some(field.to_owned()), ..Refusal::new(kind, error.code(), message) }
}

fn last_part(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    if last.is_empty() { url.host_str().unwrap_or("input").to_owned() } else { last.to_owned() }
}

/// A file of an input on this machine, and what it is.
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) info: MediaInfo,
}

/// Brings media here and looks into it. `place` names the input if it cannot be used.
pub(crate) async fn open(
    worker: &Worker,
    work: &Work,
    scratch: &Path,
    given: &Given,
    place: Place<'_>,
) -> Result<Opened, Failure> {
    let opened = inputs::resolve(worker, &work.workspace, &given.address, scratch, &work.cancel).await;
    let opened = opened.map_err(|error| failures::of_input(&error, place))?;
    Ok(Opened { path: opened.file, info: opened.info })
}

/// Brings a file here that need not be media.
pub(crate) async fn bring(
    worker: &Worker,
    work: &Work,
    scratch: &Path,
    given: &Given,
    place: Place<'_>,
) -> Result<PathBuf, Failure> {
    let brought = inputs::bring(worker, &work.workspace, &given.address, scratch, &work.cancel).await;
    Ok(brought.map_err(|error| failures::of_input(&error, place))?.file)
}
