//! Addresses of files: handles that mean something to us alone, and signed links that carry their own permission.

use std::time::Duration;

use reelspan_store::Asset;

use crate::data::Data;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::signing::Signer;

/// Where every handle of ours begins; what follows is the name of a file in its workspace.
pub const HANDLES: &str = "gs://reelspan/";
/// Where links to files begin, after the address under which we are reached.
pub const OUT: &str = "/files/out/";
pub const IN: &str = "/files/in/";

const DOWNLOAD: &str = "download";
const UPLOAD: &str = "upload";
/// Between a workspace and an id; no id has it, and no address has to escape it.
const BETWEEN: char = '~';

/// An address that works until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub url: String,
    pub expires_at: i64,
}

/// The handle that stands for a file in requests and answers. It fetches nothing.
pub fn handle(asset: &Asset) -> String {
    format!("{HANDLES}{}", asset.object_name)
}

/// A link to a file for as long as links live; it dies with the file.
pub fn download(service: &Service, base: &str, asset: &Asset) -> Link {
    download_for(service, base, asset, service.data.lifespans.download_link)
}

/// The same for some other time. `base` is the address under which the client reaches us: `https://host`.
pub fn download_for(service: &Service, base: &str, asset: &Asset, life: Duration) -> Link {
    signed(service, base, (&asset.workspace, &asset.id), service.data.until(life).min(asset.expires_at))
}

/// The same for a file of which only these are known: a list would look up each of its rows. Its time is looked at again
/// when the link is opened.
pub fn to(service: &Service, base: &str, workspace: &str, asset: &str, expires_at: i64) -> Link {
    let until = service.data.until(service.data.lifespans.download_link).min(expires_at);
    signed(service, base, (workspace, asset), until)
}

fn signed(service: &Service, base: &str, (workspace, asset): (&str, &str), expires_at: i64) -> Link {
    let token = service.signer.token(DOWNLOAD, &joined(workspace, asset), expires_at);
    Link { url: format!("{}{OUT}{token}", base.trim_end_matches('/')), expires_at }
}

/// Where the bytes of an upload are put.
pub(crate) fn upload(service: &Service, base: &str, workspace: &str, id: &str) -> Link {
    let expires_at = service.data.until(service.data.lifespans.upload_link);
    let token = service.signer.token(UPLOAD, &joined(workspace, id), expires_at);
    Link { url: format!("{}{IN}{token}", base.trim_end_matches('/')), expires_at }
}

/// The file that a token of a link opens, if it is ours and neither's time is over.
pub async fn opened(service: &Service, token: &str) -> Result<Asset, Refusal> {
    let gone = || Refusal::missing("link");
    let (workspace, id) = download_token(&service.signer, token, service.data.now()).ok_or_else(gone)?;
    asset(&service.data, workspace, id).await?.ok_or_else(gone)
}

/// Workspace and file of a token that we signed.
pub(crate) fn download_token<'a>(signer: &Signer, token: &'a str, now: i64) -> Option<(&'a str, &'a str)> {
    signer.opened(DOWNLOAD, token, now)?.split_once(BETWEEN)
}

/// Workspace and upload of a token that we signed.
pub(crate) fn upload_token<'a>(signer: &Signer, token: &'a str, now: i64) -> Option<(&'a str, &'a str)> {
    signer.opened(UPLOAD, token, now)?.split_once(BETWEEN)
}

async fn asset(data: &Data, workspace: &str, id: &str) -> Result<Option<Asset>, Refusal> {
    Ok(data.database.asset(id, workspace, data.now()).await?)
}

fn joined(workspace: &str, id: &str) -> String {
    format!("{workspace}{BETWEEN}{id}")
}
