//! What has arrived becomes an asset: its length and its kind are what was said, and its facts are known from then on.

use std::path::Path;

use futures_util::StreamExt;
use reelspan_media::operations::{MediaMetadata, metadata};
use reelspan_media::probe;
use reelspan_store::{Asset, Upload};
use reelspan_types::{DataClass, new_id};
use tokio::sync::Semaphore;

use super::{Which, kinds, of_caller, pieces, to_the_end};
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};
use crate::worker::Worker;

/// Looks into files at once: each is a process of its own.
static LOOKS: Semaphore = Semaphore::const_new(4);

/// An upload that is an asset now.
#[derive(Debug, Clone)]
pub struct Confirmed {
    pub upload: Upload,
    pub asset: Asset,
}

/// Makes an asset of an upload that has arrived. Said again, it gives the same answer for as long as the asset lives.
/// `bytes` is the length that the client claims now, if it does.
pub async fn confirm(
    service: &Service,
    caller: &Caller,
    which: Which<'_>,
    bytes: Option<u64>,
) -> Result<Confirmed, Refusal> {
    caller.may_change_media()?;
    let upload = of_caller(&service.data, caller, which).await?;
    let service = service.clone();
    to_the_end(async move {
        let upload = pieces::joined(&service.data, upload).await?;
        settle(&service, upload, bytes).await
    })
    .await
}

pub(super) async fn settle(service: &Service, upload: Upload, claimed: Option<u64>) -> Result<Confirmed, Refusal> {
    if upload.state != "confirmed" {
        let asset = judged(service, &upload, claimed).await?;
        if service.data.database.confirm_upload(&upload, &asset, service.data.now()).await? {
            let upload = Upload {
                state: "confirmed".into(),
                asset: Some(asset.id.clone()),
                expires_at: asset.expires_at,
                ..upload
            };
            return Ok(Confirmed { upload, asset });
        }
    }
    confirmed(service, &upload, claimed).await
}

/// The answer that was given before, or to somebody else at the same time.
async fn confirmed(service: &Service, upload: &Upload, claimed: Option<u64>) -> Result<Confirmed, Refusal> {
    let data = &service.data;
    let missing = || Refusal::missing("upload");
    let upload = data.database.upload(&upload.id, &upload.workspace, data.now()).await?.ok_or_else(missing)?;
    let Some(id) = &upload.asset else {
        let message = "other bytes have been put to this upload just now; confirm it again";
        return Err(Refusal::new(Kind::Conflict, "upload_changed", message));
    };
    right_size(claimed, upload.received_bytes, upload.received_bytes)?;
    let asset = data.database.asset(id, &upload.workspace, data.now()).await?.ok_or_else(missing)?;
    Ok(Confirmed { upload, asset })
}

/// The asset that it will be, if it is what it was said to be.
async fn judged(service: &Service, upload: &Upload, claimed: Option<u64>) -> Result<Asset, Refusal> {
    let data = &service.data;
    let Some(blob) = upload.blob.as_deref().filter(|_| upload.state == "received") else {
        let message = "nothing has been uploaded to this link yet: PUT the file to it, then confirm";
        return Err(Refusal::new(Kind::Conflict, "not_uploaded", message));
    };
    right_size(claimed, upload.received_bytes, upload.declared_bytes.unwrap_or(upload.received_bytes))?;
    let head = head(service, blob, upload.received_bytes).await?;
    let content_type = kinds::agreed(&upload.content_type, &head).ok_or_else(|| {
        let message = match upload.content_type.as_str() {
            kinds::UNKNOWN => "the file is of no kind that is taken".to_owned(),
            declared => format!("the file is not what it was announced as ({declared}): its first bytes say otherwise"),
        };
        Refusal::new(Kind::Unsupported, "type_mismatch", message)
    })?;
    let media = facts(&service.worker, blob).await;
    Ok(Asset {
        id: new_id(data.clock.as_ref()),
        workspace: upload.workspace.clone(),
        class: DataClass::InputMedia.name().to_owned(),
        object_name: upload.object_name.clone(),
        file_name: upload.file_name.clone(),
        content_type: content_type.to_owned(),
        bytes: upload.received_bytes,
        blob: blob.to_owned(),
        media: media.and_then(|facts| serde_json::to_string(&facts).ok()),
        job: None,
        attempt: None,
        created_at: data.now(),
        expires_at: data.until(data.lifespans.input),
    })
}

fn right_size(claimed: Option<u64>, received: i64, declared: i64) -> Result<(), Refusal> {
    let claimed = claimed.map_or(declared, |claimed| i64::try_from(claimed).unwrap_or(i64::MAX));
    if received == declared && received == claimed {
        return Ok(());
    }
    let message = format!("{received} bytes have arrived, {declared} were announced and {claimed} are claimed");
    Err(Refusal::new(Kind::Invalid, "size_mismatch", message))
}

async fn head(service: &Service, blob: &str, bytes: i64) -> Result<Vec<u8>, Refusal> {
    let most = kinds::HEAD.min(u64::try_from(bytes).unwrap_or(0));
    let mut reading = service.data.blobs.get(blob, Some(0..most)).await?;
    let mut head = Vec::new();
    while let Some(chunk) = reading.stream.next().await {
        let broken = |_| Refusal::from(reelspan_store::BlobError::Away("it broke off"));
        head.extend_from_slice(&chunk.map_err(broken)?);
    }
    Ok(head)
}

/// What ffprobe, in its jail, says of a blob; none of one that it cannot read, which is for the jobs to refuse.
async fn facts(worker: &Worker, blob: &str) -> Option<MediaMetadata> {
    let _turn = LOOKS.acquire().await.ok()?;
    let scratch = worker.data.scratch.join(format!("look-{}", new_id(worker.data.clock.as_ref())));
    tokio::fs::create_dir_all(&scratch).await.ok()?;
    let found = looked(worker, blob, &scratch).await;
    let _ = tokio::fs::remove_dir_all(&scratch).await;
    found
}

async fn looked(worker: &Worker, blob: &str, scratch: &Path) -> Option<MediaMetadata> {
    let file = worker.data.blobs.glimpse(blob, scratch).await.ok()?;
    let tools = worker.tools.clone();
    let probed = tokio::task::spawn_blocking(move || probe::probe(&tools, &file)).await.ok()?;
    probed.ok().map(|info| metadata(&info))
}
