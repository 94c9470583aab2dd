//! Uploads that come piece by piece and go on where they broke off. Each piece is a blob; at the end they become one.

mod hand;
mod stream;

use std::io;

use bytes::Bytes;
use futures_util::Stream;
use reelspan_store::{Piece, Upload};

pub use self::stream::Checksum;

use self::stream::{End, Stretch};
use super::{
    Announced, Rules, Which, body, confirm, kinds, most, new_blob, of_caller, put_down, sized, to_the_end, too_large,
};
use crate::data::Data;
use crate::refusal::{Kind, Refusal};
use crate::service::{Caller, Service};

/// What came of a long piece is kept in stretches of this length, so that a killed server loses no more than one.
const STRETCH: u64 = 256 << 20;

/// An upload that somebody begins. All of it may be unknown beforehand.
#[derive(Clone, Copy, Default)]
pub struct Beginning<'a> {
    pub file_name: Option<&'a str>,
    pub content_type: Option<&'a str>,
    pub bytes: Option<u64>,
    /// As the client sent it: it is told so again.
    pub metadata: Option<&'a str>,
}

/// Puts it down. Without a type its name tells, or its bytes do in the end.
pub async fn begin(service: &Service, caller: &Caller, new: &Beginning<'_>, rules: &Rules) -> Result<Upload, Refusal> {
    caller.may_change_media()?;
    let most = most(&service.data, caller, rules).await?;
    let bytes = new.bytes.map(|bytes| sized(bytes, most)).transpose()?;
    let file_name = new.file_name.unwrap_or("upload");
    let content_type = new.content_type.filter(|name| !name.is_empty()).unwrap_or_else(|| kinds::by_ending(file_name));
    let file = Announced { file_name, content_type, bytes: new.bytes.unwrap_or(0) };
    put_down(&service.data, caller, "tus", &file, bytes, new.metadata, rules).await
}

/// How an upload stands. Who asks is about to go on, so whoever still holds it lets go first; and what a crash left
/// unfinished at its end is finished.
pub async fn stand(service: &Service, caller: &Caller, id: &str) -> Result<Upload, Refusal> {
    let upload = ours(&service.data, caller, id).await?;
    // Who may only look does not go on.
    if caller.may_change_media().is_err() {
        return Ok(upload);
    }
    let hand = hand::wait(&upload.id).await.ok_or_else(locked)?;
    let upload = ours(&service.data, caller, id).await?;
    if upload.state == "confirmed" || !is_whole(&upload) {
        return Ok(upload);
    }
    let service = service.clone();
    to_the_end(async move {
        let _hand = hand;
        ended(&service, upload).await
    })
    .await
}

/// What is sent on.
#[derive(Debug, Clone, Default)]
pub struct Next {
    pub offset: u64,
    /// What the headers say of the body's length.
    pub bytes: Option<u64>,
    /// The length of the whole, from a client that did not say it at the beginning.
    pub declares: Option<u64>,
    pub checksum: Option<Checksum>,
}

/// Takes what follows. What has come before a break is kept, unless it has a checksum, which then nobody can check.
/// The last of it makes the upload an asset.
pub async fn append<S>(service: &Service, caller: &Caller, id: &str, next: Next, body: S) -> Result<Upload, Refusal>
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
{
    caller.may_change_media()?;
    ours(&service.data, caller, id).await?;
    let hand = hand::take(id).ok_or_else(locked)?;
    let most = most(&service.data, caller, &Rules::OWN).await?;
    let upload = declared(&service.data, ours(&service.data, caller, id).await?, &next, most).await?;
    let room = room(&upload, &next, most)?;
    let service = service.clone();
    to_the_end(async move {
        let stretch = Stretch::new(body::in_time(body), hand.letting_go(), next.checksum);
        let upload = if room == 0 { upload } else { taken(&service.data, upload, room, stretch).await? };
        let upload = if is_whole(&upload) { ended(&service, upload).await? } else { upload };
        drop(hand);
        Ok(upload)
    })
    .await
}

async fn ours(data: &Data, caller: &Caller, id: &str) -> Result<Upload, Refusal> {
    let upload = of_caller(data, caller, Which::Id(id)).await?;
    if upload.protocol == "tus" { Ok(upload) } else { Err(Refusal::missing("upload")) }
}

fn locked() -> Refusal {
    let message = "another request is sending to this upload; wait for it, or ask with HEAD how it stands";
    Refusal { retry_after: Some(1), ..Refusal::new(Kind::Conflict, "upload_locked", message) }
}

fn is_whole(upload: &Upload) -> bool {
    upload.declared_bytes == Some(upload.received_bytes)
}

async fn declared(data: &Data, upload: Upload, next: &Next, most: u64) -> Result<Upload, Refusal> {
    let Some(bytes) = next.declares else { return Ok(upload) };
    let bytes = sized(bytes, most)?;
    let message = "the length of an upload is said once, and not below what has come already";
    let refused = || Refusal::new(Kind::Conflict, "length_differs", message);
    match upload.declared_bytes {
        Some(known) if known == bytes => Ok(upload),
        Some(_) => Err(refused()),
        None if data.database.declare_length(&upload.id, &upload.workspace, bytes, data.now()).await? => {
            Ok(Upload { declared_bytes: Some(bytes), ..upload })
        }
        None => Err(refused()),
    }
}

/// How much may still come, if this is where it goes on.
fn room(upload: &Upload, next: &Next, most: u64) -> Result<u64, Refusal> {
    let offset = u64::try_from(upload.received_bytes).unwrap_or(0);
    if next.offset != offset {
        let message = format!("{offset} bytes have arrived, so go on there");
        return Err(Refusal::new(Kind::Conflict, "offset_differs", message));
    }
    let most = upload.declared_bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(most);
    let room = most.saturating_sub(offset);
    if next.bytes.is_some_and(|bytes| bytes > room) {
        return Err(too_large(most));
    }
    Ok(room)
}

/// Stores stretch after stretch.
async fn taken<S>(data: &Data, mut upload: Upload, mut room: u64, mut body: Stretch<S>) -> Result<Upload, Refusal>
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin,
{
    // What is checked as a whole is kept as a whole.
    let length = if body.is_checked() { u64::MAX } else { STRETCH };
    loop {
        let blob = new_blob(&upload.id);
        body.begin(length);
        let bytes = data.blobs.put(&blob, &mut body, room).await?;
        let kept = if bytes == 0 { Ok(false) } else { kept(data, &mut upload, &blob, bytes, &mut body).await };
        if !matches!(kept, Ok(true)) {
            data.blobs.delete(&blob).await?;
        }
        kept?;
        room = room.saturating_sub(bytes);
        match body.end() {
            // Nothing may follow on the last byte, and one that does is told so.
            End::Full if room > 0 || body.has_more().await => {}
            End::Full | End::Whole => return Ok(upload),
            End::BrokenOff => return Err(Refusal::from(reelspan_store::BlobError::BrokenOff)),
        }
    }
}

async fn kept<S>(
    data: &Data,
    upload: &mut Upload,
    blob: &str,
    bytes: u64,
    body: &mut Stretch<S>,
) -> Result<bool, Refusal> {
    if !body.agrees() {
        let message = "what arrived does not have the checksum that was sent; it was dropped, send it again";
        return Err(Refusal::new(Kind::Invalid, "checksum_mismatch", message));
    }
    if body.is_checked() && body.end() == End::BrokenOff {
        return Ok(false);
    }
    let bytes = i64::try_from(bytes).map_err(|_| too_large(Rules::OWN.most_bytes))?;
    let piece = Piece { start: upload.received_bytes, bytes, blob: blob.to_owned() };
    if !data.database.add_piece(&upload.id, &upload.workspace, &piece, data.now()).await? {
        let message = "another request has sent the same part meanwhile, or the upload's time is over";
        return Err(Refusal::new(Kind::Conflict, "offset_differs", message));
    }
    upload.received_bytes += bytes;
    Ok(true)
}

async fn ended(service: &Service, upload: Upload) -> Result<Upload, Refusal> {
    let upload = joined(&service.data, upload).await?;
    Ok(confirm::settle(service, upload, None).await?.upload)
}

/// The same upload with its pieces made one blob, if all of them are there. A single one is that blob already.
pub(super) async fn joined(data: &Data, upload: Upload) -> Result<Upload, Refusal> {
    if upload.protocol != "tus" || upload.state != "open" {
        return Ok(upload);
    }
    if !is_whole(&upload) {
        let message = "not all of this upload has arrived yet; send the rest, then confirm";
        return Err(Refusal::new(Kind::Conflict, "not_uploaded", message));
    }
    let pieces = data.database.pieces(&upload.id, &upload.workspace).await?;
    let keys: Vec<String> = pieces.into_iter().map(|piece| piece.blob).collect();
    let (whole, left) = match keys.as_slice() {
        [only] => (only.clone(), Vec::new()),
        _ => {
            let whole = new_blob(&upload.id);
            data.blobs.compose(&whole, &keys).await?;
            (whole, keys)
        }
    };
    let ours = data.database.join_pieces(&upload.id, &upload.workspace, &whole, data.now()).await?;
    // Whoever did it at the same time has removed the pieces, and has a whole of their own.
    let over = match (ours, left.is_empty()) {
        (true, _) => left,
        (false, true) => Vec::new(),
        (false, false) => vec![whole],
    };
    for blob in over {
        data.blobs.delete(&blob).await?;
    }
    let now = data.database.upload(&upload.id, &upload.workspace, data.now()).await?;
    now.ok_or_else(|| Refusal::missing("upload"))
}
