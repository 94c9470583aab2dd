//! What a job works on: a stored file by its handle, its id or one of our links, or an address on the internet.

use std::path::{Path, PathBuf};

use reelspan_connectors::download::{self, Limits};
use reelspan_connectors::http::unless_cancelled;
use reelspan_media::probe::{self, MediaInfo, ProbeError};
use reelspan_store::{Asset, BlobError, DatabaseError};
use reelspan_types::{Cancel, new_id};
use url::Url;

use crate::data::Data;
use crate::links;
use crate::refusal::{Kind, Refusal};
use crate::signing::Signer;
use crate::worker::Worker;

/// Where every address of an asset by its id begins.
pub const ASSETS: &str = "reelspan:asset:";

/// What an address stands for. No network is asked for it.
#[derive(Debug, Clone)]
pub enum Named {
    /// A stored file of the workspace.
    Asset(Box<Asset>),
    /// Something on the internet, not yet fetched.
    Address(Url),
}

/// A file that a job can read.
#[derive(Debug, Clone)]
pub struct Input {
    /// On this machine: where it lies, or a copy in the job's scratch folder.
    pub file: PathBuf,
    pub info: MediaInfo,
    /// What people call it.
    pub file_name: String,
    /// None of one that was fetched: that goes with the job.
    pub asset: Option<Asset>,
}

/// Never carries the address.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("there is no such file in this workspace, or its time is over")]
    Missing,
    #[error("the address is neither a file of this workspace nor one that can be fetched")]
    Address,
    #[error(transparent)]
    Fetch(#[from] download::Error),
    #[error(transparent)]
    Blob(BlobError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("{}", told(.0))]
    Probe(ProbeError),
    #[error("the service failed here")]
    Broken,
    #[error("cancelled")]
    Cancelled,
}

impl InputError {
    /// Stable name for scripts and pages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "input_missing",
            Self::Address => "address_invalid",
            Self::Fetch(error) => error.code(),
            Self::Blob(error) => error.code(),
            Self::Database(error) => error.code(),
            Self::Probe(error) => error.code(),
            Self::Broken => "broken",
            Self::Cancelled => "cancelled",
        }
    }

    /// Another try may help.
    pub fn passes(&self) -> bool {
        match self {
            Self::Fetch(error) => error.passes(),
            Self::Blob(error) => error.passes(),
            Self::Database(error) => error.passes(),
            _ => false,
        }
    }
}

/// A probe's own words name the file; these do not.
fn told(error: &ProbeError) -> String {
    match error {
        ProbeError::Unreadable(_) => "the file cannot be read".to_owned(),
        ProbeError::Empty(_) => "the file is empty".to_owned(),
        ProbeError::NotMedia(_) => "there is no picture and no sound in the file".to_owned(),
        ProbeError::TooLarge { width, height, .. } => {
            format!("the picture is {width}x{height}, which is more than is taken; scale it down first")
        }
        ProbeError::Tool(_) => "the file could not be looked into".to_owned(),
    }
}

impl From<BlobError> for InputError {
    fn from(error: BlobError) -> Self {
        if matches!(error, BlobError::Missing) { Self::Missing } else { Self::Blob(error) }
    }
}

impl From<InputError> for Refusal {
    fn from(error: InputError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            InputError::Missing => Self::missing("file"),
            InputError::Blob(error) => error.into(),
            InputError::Database(error) => error.into(),
            InputError::Fetch(download::Error::TooLarge(_)) => Self::new(Kind::TooLarge, code, message),
            InputError::Fetch(download::Error::Full | download::Error::Unwritable) => {
                Self { retry_after: Some(5), ..Self::new(Kind::Unavailable, code, message) }
            }
            InputError::Probe(ProbeError::Tool(_)) | InputError::Broken => Self::new(Kind::Broken, code, message),
            _ => Self::new(Kind::Invalid, code, message),
        }
    }
}

/// Reads an address: handles and links of other workspaces are missing, as are those whose time is over.
pub async fn look_up(data: &Data, signer: &Signer, workspace: &str, address: &str) -> Result<Named, InputError> {
    let address = address.trim();
    let now = data.now();
    let found = if let Some(name) = address.strip_prefix(links::HANDLES) {
        data.database.asset_named(name, workspace, now).await?
    } else if let Some(id) = address.strip_prefix(ASSETS) {
        data.database.asset(id, workspace, now).await?
    } else if address.starts_with("gs://") {
        None
    } else {
        let url = download::fetchable(address).map_err(|_| InputError::Address)?;
        let Some(token) = url.path().strip_prefix(links::OUT) else { return Ok(Named::Address(url)) };
        match links::download_token(signer, token, i64::MIN) {
            // Ours by its signature, whatever the host is called.
            Some((of, id)) if of == workspace && links::download_token(signer, token, now).is_some() => {
                data.database.asset(id, workspace, now).await?
            }
            Some(_) => None,
            None => return Ok(Named::Address(url)),
        }
    };
    found.map(|asset| Named::Asset(Box::new(asset))).ok_or(InputError::Missing)
}

/// Brings what an address stands for to this machine and looks into it. A copy, if one is needed, lies in `scratch`,
/// which is its caller's to empty.
pub async fn resolve(
    worker: &Worker,
    workspace: &str,
    address: &str,
    scratch: &Path,
    cancel: &Cancel,
) -> Result<Input, InputError> {
    let Brought { file, file_name, asset } = bring(worker, workspace, address, scratch, cancel).await?;
    let info = look(worker, &file, cancel).await?;
    Ok(Input { file, info, file_name, asset })
}

/// A file that nobody has looked into yet: it need not be media.
#[derive(Debug, Clone)]
pub struct Brought {
    pub file: PathBuf,
    pub file_name: String,
    pub asset: Option<Asset>,
}

/// The same without the look.
pub async fn bring(
    worker: &Worker,
    workspace: &str,
    address: &str,
    scratch: &Path,
    cancel: &Cancel,
) -> Result<Brought, InputError> {
    let (file, file_name, asset) = match look_up(&worker.data, &worker.signer, workspace, address).await? {
        Named::Asset(asset) => {
            let copying = worker.data.blobs.file(&asset.blob, scratch);
            let file = unless_cancelled(cancel, copying).await.ok_or(InputError::Cancelled)??;
            (file, asset.file_name.clone(), Some(*asset))
        }
        Named::Address(url) => {
            let file = scratch.join(format!("fetched-{}", new_id(worker.data.clock.as_ref())));
            let limits = Limits::default();
            let fetched = download::download(url.as_str(), &file, &limits, &worker.reach, cancel).await;
            let fetched = fetched.map_err(|error| match error {
                download::Error::Cancelled => InputError::Cancelled,
                other => InputError::Fetch(other),
            })?;
            (file, fetched.file_name.unwrap_or_else(|| "input".to_owned()), None)
        }
    };
    Ok(Brought { file, file_name, asset })
}

async fn look(worker: &Worker, file: &Path, cancel: &Cancel) -> Result<MediaInfo, InputError> {
    let (tools, file, flag) = (worker.tools.clone(), file.to_owned(), cancel.clone());
    let probed = tokio::task::spawn_blocking(move || probe::probe_until(&tools, &file, &flag)).await;
    probed.map_err(|_| InputError::Broken)?.map_err(|error| match error {
        _ if cancel.is_cancelled() => InputError::Cancelled,
        other => InputError::Probe(other),
    })
}
