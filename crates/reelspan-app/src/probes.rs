//! Probes: what a file of the caller's is, at once, without a job and for free.

use std::path::PathBuf;

use reelspan_media::operations::metadata;
use reelspan_media::probe::{self, ProbeError};
use reelspan_media::tool::{ToolError, Tools};
use tokio::sync::Semaphore;

pub use reelspan_media::operations::MediaMetadata;

use crate::inputs::{self, Named};
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};

/// So many at once: a probe is short, but each is a program.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// Looks into the file behind a handle, and remembers what it is.
pub async fn probe(service: &Service, caller: &Caller, address: &str) -> Result<MediaMetadata, Refusal> {
    let data = &service.data;
    let wrong = || Refusal::invalid("url", "url must be the gs:// handle that the upload was confirmed with");
    if !address.trim().starts_with("gs://") {
        return Err(wrong());
    }
    let found = inputs::look_up(data, &service.signer, &caller.workspace, address).await?;
    let Named::Asset(asset) = found else { return Err(wrong()) };
    let _permit = AT_ONCE.acquire().await;
    let scratch = data.scratch.join(format!("probe-{}", reelspan_types::new_id(data.clock.as_ref())));
    tokio::fs::create_dir_all(&scratch).await.map_err(|_| away())?;
    let found = match data.blobs.file(&asset.blob, &scratch).await {
        Ok(file) => looked(service.worker.tools.clone(), file).await,
        Err(error) => Err(error.into()),
    };
    let _ = tokio::fs::remove_dir_all(&scratch).await;
    let facts = found?;
    if let Ok(text) = serde_json::to_string(&facts) {
        data.database.set_facts(&asset.id, &asset.workspace, &text).await?;
    }
    Ok(facts)
}

async fn looked(tools: Tools, file: PathBuf) -> Result<MediaMetadata, Refusal> {
    let probed = tokio::task::spawn_blocking(move || probe::probe(&tools, &file)).await;
    let info = probed.map_err(|_| away())?.map_err(|error| refused(&error))?;
    Ok(metadata(&info))
}

fn away() -> Refusal {
    Refusal::new(Kind::Unavailable, "probe_failed", "the file could not be looked into just now; try again in a moment")
}

fn refused(error: &ProbeError) -> Refusal {
    let message = match error {
        ProbeError::Tool(ToolError::Failed { .. } | ToolError::TimedOut { .. }) | ProbeError::Unreadable(_) => {
            "the file cannot be read; it may be damaged or cut short"
        }
        ProbeError::Tool(_) => return away(),
        ProbeError::Empty(_) => "the file is empty",
        ProbeError::NotMedia(_) => "the file holds no picture, video or sound that can be read",
        ProbeError::TooLarge { .. } => "the file's picture is larger than is taken; scale it down first",
    };
    Refusal::new(Kind::Unsupported, error.code(), message)
}
