//! Files on their way in: announced, received by one signed PUT or piece by piece, confirmed, and from then on an asset.

mod body;
mod confirm;
mod kinds;
mod names;
pub mod pieces;

use std::future::Future;
use std::io;

use bytes::Bytes;
use futures_util::Stream;
use reelspan_store::{NewUpload, Upload};
use reelspan_types::new_id;

pub use self::confirm::{Confirmed, confirm};
pub use reelspan_media::operations::MediaMetadata;

use crate::data::Data;
use crate::links::{self, Link};
use crate::metering;
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};

/// What a surface lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub types: Types,
    pub most_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Types {
    /// The fifteen of the media API.
    MediaApi,
    /// Those and more; `application/octet-stream` lets the bytes decide.
    Ours,
}

impl Rules {
    pub const FFMPEG_MICRO: Self = Self { types: Types::MediaApi, most_bytes: 2_040_109_465 };
    pub const OWN: Self = Self { types: Types::Ours, most_bytes: 50_000_000_000 };
}

/// A file that somebody wants to bring.
#[derive(Clone, Copy)]
pub struct Announced<'a> {
    pub file_name: &'a str,
    pub content_type: &'a str,
    pub bytes: u64,
}

/// An upload and where its bytes are to be put.
#[derive(Debug, Clone)]
pub struct Presigned {
    pub upload: Upload,
    pub put: Link,
}

/// How a client names an upload.
#[derive(Clone, Copy)]
pub enum Which<'a> {
    Id(&'a str),
    /// Its object name, as the media API does.
    Name(&'a str),
}

/// Puts an upload down and signs where it goes. `base` is the address under which the client reaches us.
pub async fn presign(
    service: &Service,
    caller: &Caller,
    base: &str,
    file: &Announced<'_>,
    rules: &Rules,
) -> Result<Presigned, Refusal> {
    caller.may_change_media()?;
    let bytes = sized(file.bytes, most(&service.data, caller, rules).await?)?;
    let upload = put_down(&service.data, caller, "put", file, Some(bytes), None, rules).await?;
    let put = links::upload(service, base, &upload.workspace, &upload.id);
    Ok(Presigned { upload, put })
}

/// How long a file may be: what the surface lets in, and the workspace's plan.
async fn most(data: &Data, caller: &Caller, rules: &Rules) -> Result<u64, Refusal> {
    let workspace = data.database.workspace(&caller.workspace).await?.ok_or_else(|| Refusal::missing("workspace"))?;
    let plan = metering::plan(&workspace.plan).file_bytes.and_then(|bytes| u64::try_from(bytes).ok());
    Ok(plan.map_or(rules.most_bytes, |plan| plan.min(rules.most_bytes)))
}

fn sized(bytes: u64, most: u64) -> Result<i64, Refusal> {
    if bytes == 0 {
        return Err(Refusal::invalid("bytes", "the file is empty; its length in bytes is needed, from 1 on"));
    }
    if bytes > most {
        return Err(too_large(most));
    }
    i64::try_from(bytes).map_err(|_| too_large(most))
}

fn too_large(most: u64) -> Refusal {
    Refusal::new(Kind::TooLarge, "too_large", format!("the file is larger than the {most} bytes that are allowed"))
}

async fn put_down(
    data: &Data,
    caller: &Caller,
    protocol: &'static str,
    file: &Announced<'_>,
    bytes: Option<i64>,
    metadata: Option<&str>,
    rules: &Rules,
) -> Result<Upload, Refusal> {
    let file_name = names::checked("file_name", file.file_name)?;
    let known = match rules.types {
        Types::MediaApi => kinds::of_media_api(file.content_type),
        Types::Ours => kinds::of_ours(file.content_type),
    };
    let content_type = known.ok_or_else(|| {
        let message = "files of this type are not taken; video, sound and pictures are, by their usual content types";
        Refusal { field: Some("content_type".into()), ..Refusal::new(Kind::Unsupported, "type_unsupported", message) }
    })?;
    let now = data.now();
    let new = NewUpload {
        id: new_id(data.clock.as_ref()),
        workspace: caller.workspace.clone(),
        protocol,
        object_name: names::object_name(now, file_name),
        file_name: file_name.to_owned(),
        content_type: content_type.to_owned(),
        declared_bytes: bytes,
        metadata: metadata.map(str::to_owned),
        expires_at: data.until(data.lifespans.unconfirmed),
    };
    data.database.put_upload(&new, now).await?;
    of_caller(data, caller, Which::Id(&new.id)).await
}

/// An upload of the caller's workspace.
pub async fn get(service: &Service, caller: &Caller, id: &str) -> Result<Upload, Refusal> {
    of_caller(&service.data, caller, Which::Id(id)).await
}

async fn of_caller(data: &Data, caller: &Caller, which: Which<'_>) -> Result<Upload, Refusal> {
    let (database, workspace, now) = (&data.database, caller.workspace.as_str(), data.now());
    let found = match which {
        Which::Id(id) => database.upload(id, workspace, now).await?,
        Which::Name(name) => database.upload_named(name, workspace, now).await?,
    };
    found.ok_or_else(|| Refusal::missing("upload"))
}

/// What the headers of a PUT say.
#[derive(Clone, Copy)]
pub struct Sent<'a> {
    pub content_type: Option<&'a str>,
    /// None where the client does not say it beforehand.
    pub bytes: Option<u64>,
}

/// Takes the bytes that are put to a signed link. Put again before it is confirmed, they replace what came before.
/// Returns how many there were.
pub async fn receive<S>(service: &Service, token: &str, sent: &Sent<'_>, body: S) -> Result<u64, Refusal>
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
{
    let data = service.data.clone();
    let gone = || Refusal::missing("link");
    let (workspace, id) = links::upload_token(&service.signer, token, data.now()).ok_or_else(gone)?;
    let upload = data.database.upload(id, workspace, data.now()).await?.ok_or_else(gone)?;
    let most = expected(&upload, sent)?;
    let body = body::in_time(body);
    to_the_end(async move {
        let blob = new_blob(&upload.id);
        let bytes = data.blobs.put(&blob, body, most).await?;
        let kept = keep(&data, upload, &blob, bytes).await;
        if kept.is_err() {
            data.blobs.delete(&blob).await?;
        }
        kept.map(|()| bytes)
    })
    .await
}

/// How much may come, if what the headers say fits what was announced.
fn expected(upload: &Upload, sent: &Sent<'_>) -> Result<u64, Refusal> {
    if upload.state == "confirmed" {
        return Err(confirmed_already());
    }
    let declared = &upload.content_type;
    let fits = sent.content_type.is_some_and(|sent| declared == kinds::UNKNOWN || kinds::same(sent, declared));
    if !fits {
        let message = format!("send the header `Content-Type: {declared}`, as it was announced");
        return Err(Refusal::new(Kind::Unsupported, "type_differs", message));
    }
    let most = upload.declared_bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(Rules::OWN.most_bytes);
    if sent.bytes.is_some_and(|bytes| bytes > most) {
        return Err(too_large(most));
    }
    Ok(most)
}

fn confirmed_already() -> Refusal {
    Refusal::new(Kind::Conflict, "confirmed_already", "this upload is confirmed already; announce a new one")
}

/// Of several that arrive for one link the last stays.
async fn keep(data: &Data, mut upload: Upload, blob: &str, bytes: u64) -> Result<(), Refusal> {
    let bytes = i64::try_from(bytes).map_err(|_| too_large(Rules::OWN.most_bytes))?;
    loop {
        if data.database.receive_upload(&upload, blob, bytes, data.now()).await? {
            if let Some(before) = &upload.blob {
                data.blobs.delete(before).await?;
            }
            return Ok(());
        }
        let now = data.database.upload(&upload.id, &upload.workspace, data.now()).await?;
        upload = now.ok_or_else(|| Refusal::missing("link"))?;
        if upload.state == "confirmed" {
            return Err(confirmed_already());
        }
    }
}

/// Forgets an upload and what has come of it. What is confirmed is an asset, and goes as one.
pub async fn delete(service: &Service, caller: &Caller, id: &str) -> Result<(), Refusal> {
    caller.may_change_media()?;
    let data = &service.data;
    let upload = get(service, caller, id).await?;
    let pieces = data.database.pieces(&upload.id, &upload.workspace).await?;
    if !data.database.drop_upload(&upload.id, &upload.workspace).await? {
        let message = "this upload is confirmed: delete its asset instead";
        return Err(Refusal::new(Kind::Conflict, "confirmed_already", message));
    }
    for blob in pieces.into_iter().map(|piece| piece.blob).chain(upload.blob) {
        data.blobs.delete(&blob).await?;
    }
    Ok(())
}

/// A key that no other attempt has.
fn new_blob(upload: &str) -> String {
    let mut chance = [0u8; 8];
    rand::fill(&mut chance);
    format!("uploads/{upload}/{:016x}", u64::from_be_bytes(chance))
}

/// Work that has begun to change things goes on when its client leaves.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    let broken = |_| Refusal::new(Kind::Broken, "broken", "the service failed here; the operator's log has the place");
    tokio::spawn(work).await.map_err(broken)?
}
