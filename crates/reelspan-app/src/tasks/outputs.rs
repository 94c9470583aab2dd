//! Stores what a job made: bytes first, then the row that is visible once the job is done.

use std::path::PathBuf;

use reelspan_jobs::{Failure, Work};
use reelspan_store::Asset;
use reelspan_types::{DataClass, new_id};

use super::Output;
use crate::data::Data;

/// A finished file in the job's folder.
pub(crate) struct Finished {
    pub(crate) path: PathBuf,
    /// As the user sees it.
    pub(crate) file_name: String,
    pub(crate) extension: &'static str,
    pub(crate) format: String,
    pub(crate) content_type: &'static str,
    pub(crate) seconds: f64,
    pub(crate) label: Option<String>,
    /// Facts about it, as JSON.
    pub(crate) media: Option<String>,
}

/// Stores one file after the other, and takes all back if the job does not come to its end.
pub(crate) struct Keeper<'a> {
    data: &'a Data,
    work: &'a Work,
    kept: Vec<Asset>,
}

impl<'a> Keeper<'a> {
    pub(crate) fn new(data: &'a Data, work: &'a Work) -> Self {
        Self { data, work, kept: Vec::new() }
    }

    pub(crate) async fn keep(&mut self, finished: Vec<Finished>) -> Result<Vec<Output>, Failure> {
        let mut outputs = Vec::new();
        for file in finished {
            match self.one(file).await {
                Ok(output) => outputs.push(output),
                Err(failure) => {
                    self.take_back().await;
                    return Err(failure);
                }
            }
        }
        Ok(outputs)
    }

    async fn one(&mut self, file: Finished) -> Result<Output, Failure> {
        let (data, work, number) = (self.data, self.work, self.kept.len());
        let blob = format!("jobs/{}/{}/{number}", work.job, work.attempt);
        let bytes = data.blobs.put_file(&blob, &file.path).await.map_err(|error| Failure::passing(error.code()))?;
        let _ = tokio::fs::remove_file(&file.path).await;
        let asset = Asset {
            id: new_id(data.clock.as_ref()),
            workspace: work.workspace.clone(),
            class: DataClass::OutputMedia.name().to_owned(),
            object_name: format!("{}-{}-{number}.{}", work.job, work.attempt, file.extension),
            file_name: file.file_name,
            content_type: file.content_type.to_owned(),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            blob,
            media: file.media,
            job: Some(work.job.clone()),
            attempt: Some(work.attempt),
            created_at: data.now(),
            expires_at: data.until(data.lifespans.output),
        };
        let output = Output {
            asset: asset.id.clone(),
            name: asset.object_name.clone(),
            format: file.format,
            bytes: asset.bytes,
            seconds: file.seconds,
            label: file.label,
        };
        // A blob whose row cannot be written is taken back with the others.
        self.kept.push(asset.clone());
        data.database.put_asset(&asset).await.map_err(|error| Failure::passing(error.code()))?;
        Ok(output)
    }

    /// What cannot be removed now was never visible, and goes with its time.
    async fn take_back(&mut self) {
        for asset in self.kept.drain(..) {
            let _ = self.data.database.drop_asset(&asset.id, &asset.workspace).await;
            let _ = self.data.blobs.delete(&asset.blob).await;
        }
    }
}
