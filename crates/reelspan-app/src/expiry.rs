//! What is over goes: uploads that nobody confirmed, files whose time has come, and what crashes left behind.

use std::time::Duration;

use reelspan_store::SweepError;

use crate::data::Data;

/// Rows of one round.
const BATCH: i64 = 200;
/// Longer than any job takes, and than any upload lasts that is still alive.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// What a round removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    pub uploads: u64,
    pub assets: u64,
    pub partials: u64,
    pub orphans: u64,
}

/// Removes what is due: bytes first, then the rows that name them, so that a round that is killed is only begun again.
pub async fn sweep_due(data: &Data) -> Result<Swept, SweepError> {
    let mut swept = Swept::default();
    loop {
        let due = data.database.uploads_over(BATCH, data.now()).await?;
        for upload in &due {
            // The blob of a confirmed one is its asset's.
            let own = upload.blob.iter().filter(|_| upload.state != "confirmed");
            let pieces = data.database.pieces(&upload.id, &upload.workspace).await?;
            for blob in pieces.iter().map(|piece| &piece.blob).chain(own) {
                data.blobs.delete(blob).await?;
            }
            data.database.erase_upload(&upload.id, &upload.workspace, data.now()).await?;
            swept.uploads += 1;
        }
        if due.len() < BATCH as usize {
            break;
        }
    }
    loop {
        let due = data.database.assets_over(BATCH, data.now()).await?;
        for asset in &due {
            data.blobs.delete(&asset.blob).await?;
            data.database.drop_asset(&asset.id, &asset.workspace).await?;
            swept.assets += 1;
        }
        if due.len() < BATCH as usize {
            return Ok(swept);
        }
    }
}

/// Removes what nothing points at any more; it walks through everything that is stored, so once in a while is enough.
pub async fn sweep_left_behind(data: &Data) -> Result<Swept, SweepError> {
    let before = data.now() - i64::try_from(LEFT_BEHIND.as_millis()).unwrap_or(i64::MAX);
    let partials = data.blobs.sweep_partials(before).await?;
    let orphans = data.blobs.sweep_orphans(&data.database, before).await?;
    Ok(Swept { partials, orphans, ..Swept::default() })
}
