//! Assets: the stored files of a workspace, whoever made them.

use reelspan_store::Asset;

use crate::links::{self, Link};
use crate::refusal::Refusal;
use crate::service::{Caller, Service};

/// A page of them, the newest first; `after` is where the page before ended.
pub async fn list(
    service: &Service,
    caller: &Caller,
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Asset>, Refusal> {
    let data = &service.data;
    Ok(data.database.assets(&caller.workspace, after, limit, data.now()).await?)
}

pub async fn get(service: &Service, caller: &Caller, id: &str) -> Result<Asset, Refusal> {
    let data = &service.data;
    let found = data.database.asset(id, &caller.workspace, data.now()).await?;
    found.ok_or_else(|| Refusal::missing("file"))
}

/// A link that needs no key, for as long as links live.
pub async fn link(service: &Service, caller: &Caller, base: &str, id: &str) -> Result<Link, Refusal> {
    Ok(links::download(service, base, &get(service, caller, id).await?))
}

/// Removes it now: its bytes first, so that no row is left that promises nothing.
pub async fn delete(service: &Service, caller: &Caller, id: &str) -> Result<(), Refusal> {
    caller.may_change_media()?;
    let asset = get(service, caller, id).await?;
    service.data.blobs.delete(&asset.blob).await?;
    service.data.database.drop_asset(&asset.id, &asset.workspace).await?;
    Ok(())
}
