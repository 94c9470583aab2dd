//! The job of a transcode: inputs brought here, one run of ffmpeg, one file stored.

use std::sync::Arc;

use reelspan_jobs::{Failure, Handler, Outcome, Running, Work};
use reelspan_media::operations::{self, File, Files, Limits};
use reelspan_media::probe::MediaInfo;
use reelspan_store::Charge;

use super::request::{Written, translated};
use crate::metering::MEDIA_MS;
use crate::tasks::{self, Begun, Finished, Given, Keeper, Made, Opened, Place, TRANSCODE, begun, blocking, failures};
use crate::worker::Worker;

/// What share of the work it is to bring the inputs here.
const BROUGHT: f64 = 0.1;

pub(crate) struct Transcoding {
    pub(crate) worker: Arc<Worker>,
}

impl Handler for Transcoding {
    fn kind(&self) -> &'static str {
        TRANSCODE
    }

    fn lane(&self) -> &'static str {
        "short"
    }

    fn run<'a>(&'a self, work: &'a Work) -> Running<'a> {
        Box::pin(run(&self.worker, work))
    }
}

async fn run(worker: &Arc<Worker>, work: &Work) -> Result<Outcome, Failure> {
    let begun = begun::<Written>(worker, work).await?;
    let request = translated(&begun.request.request).map_err(|refusal| Failure::lasting(refusal.code))?;
    let folder = begun.scratch.path().to_owned();
    let (files, infos) = brought(worker, work, &begun).await?;
    let billed_ms = (operations::span(&request, &infos) * 1000.0).round() as i64;
    tasks::afforded(worker, &begun.task, billed_ms, &infos).await?;
    let output = folder.join(format!("output.{}", request.format.name()));
    let (tools, to, format) = (worker.tools.clone(), output.clone(), request.format);
    let made = blocking(work, (BROUGHT, 0.98), move |cancel, on| {
        operations::run(&tools, &request, &files, &to, &folder, &Limits::default(), cancel, on)
    });
    let made = made.await?.map_err(|error| failures::of_operation(&error))?;
    if work.cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    let finished = Finished {
        path: output,
        file_name: renamed(begun.request.given.first(), format.name()),
        extension: format.name(),
        format: format.name().to_owned(),
        content_type: format.mime(),
        seconds: made.metadata.duration_seconds,
        label: None,
        media: serde_json::to_string(&made.metadata).ok(),
    };
    let outputs = Keeper::new(&worker.data, work).keep(vec![finished]).await?;
    let left = Made {
        outputs,
        inputs: made.inputs.iter().map(tasks::Read::of).collect(),
        billed_ms,
        worked_ms: begun.worked_ms(worker),
        notes: made.notes,
        language: None,
    };
    Ok(left.with_charge(Charge { unit: MEDIA_MS, quantity: billed_ms }))
}

/// Every file that the run reads.
async fn brought(worker: &Worker, work: &Work, begun: &Begun<Written>) -> Result<(Files, Vec<MediaInfo>), Failure> {
    let (mut files, mut infos) = (Files::default(), Vec::new());
    let (Written { given, referenced, .. }, folder) = (&begun.request, begun.scratch.path());
    let all = given.len() + referenced.len();
    for (index, one) in given.iter().enumerate() {
        let Opened { path, info } = tasks::open(worker, work, folder, one, Place::Number(index + 1)).await?;
        infos.push(info.clone());
        files.inputs.push(File { path, info: Some(info) });
        work.progress(BROUGHT * (index + 1) as f64 / all.max(1) as f64);
    }
    for one in referenced {
        let path = tasks::bring(worker, work, folder, one, Place::Field("filters")).await?;
        files.referenced.insert(one.address.clone(), path);
    }
    Ok((files, infos))
}

/// `talk.mov` becomes `talk.mp4`.
fn renamed(given: Option<&Given>, extension: &str) -> String {
    let name = given.map_or("output", |given| given.file_name.as_str());
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{}.{extension}", if stem.is_empty() { "output" } else { stem })
}
