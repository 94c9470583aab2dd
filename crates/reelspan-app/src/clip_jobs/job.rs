//! The job of Get Clips: the same use case as the command line's, in a folder of its own, its files stored as assets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use reelspan_jobs::{Failure, Handler, Outcome, Running, Work};
use reelspan_media::captions;
use reelspan_media::operations::metadata;
use reelspan_media::plan::Watermark;
use reelspan_store::{Charge, Stages};
use reelspan_types::Cancel;
use serde_json::Value;

use super::Written;
use crate::clips::{self, Made as MadeClip, Request};
use crate::input::Source;
use crate::metering::MEDIA_MS;
use crate::parts::{Chooser, Parts};
use crate::progress::{Progress, Stage, Update};
use crate::tasks::{self, Begun, CLIPS, Finished, Keeper, Made, Opened, Place, begun, blocking, failures};
use crate::words::Recogniser;
use crate::worker::Worker;

/// What share of the work it is to bring the recording here.
const BROUGHT: f64 = 0.05;

pub(crate) struct Clipping {
    pub(crate) worker: Arc<Worker>,
}

impl Handler for Clipping {
    fn kind(&self) -> &'static str {
        CLIPS
    }

    fn lane(&self) -> &'static str {
        "long"
    }

    fn run<'a>(&'a self, work: &'a Work) -> Running<'a> {
        Box::pin(run(&self.worker, work))
    }
}

async fn run(worker: &Arc<Worker>, work: &Work) -> Result<Outcome, Failure> {
    let begun = begun::<Written>(worker, work).await?;
    let (written, folder) = (&begun.request, begun.scratch.path().to_owned());
    let Opened { path, info } = tasks::open(worker, work, &folder, &written.input, Place::Field("input")).await?;
    let transcript = match &written.transcript {
        Some(given) => Some(transcript(worker, work, &begun, given).await?),
        None => None,
    };
    work.progress(BROUGHT);
    let billed_ms = (info.duration.unwrap_or(0.0) * 1000.0).round() as i64;
    tasks::afforded(worker, &begun.task, billed_ms, std::slice::from_ref(&info)).await?;
    let request = request(written, path, transcript, folder.join("clips"));
    let (own, stages) = (Arc::clone(worker), folder.join("stages"));
    let outcome = blocking(work, (BROUGHT, 0.97), move |cancel, on| act(&own, &stages, &request, cancel, on)).await?;
    let outcome = outcome.map_err(|error| failures::of_feature(&error))?;
    if work.cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    let failed = outcome.made.iter().filter(|made| made.error.is_some()).count();
    if failed > 0 && failed == outcome.made.len() {
        return Err(Failure::lasting("clips_failed"));
    }
    unplace(&outcome.folder, &written.input.file_name)?;
    let outputs = Keeper::new(&worker.data, work).keep(finished(&outcome.folder, &outcome.made)).await?;
    let notes = if failed > 0 {
        vec![format!("{failed} of {} files could not be made", outcome.made.len())]
    } else {
        Vec::new()
    };
    let inputs = vec![tasks::Read::of(&metadata(&info))];
    let left = Made { outputs, inputs, billed_ms, worked_ms: begun.worked_ms(worker), notes, language: None };
    Ok(left.with_charge(Charge { unit: MEDIA_MS, quantity: billed_ms }))
}

/// A transcript is told by its ending, as on the command line.
async fn transcript(
    worker: &Worker,
    work: &Work,
    begun: &Begun<Written>,
    given: &tasks::Given,
) -> Result<PathBuf, Failure> {
    let found = tasks::bring(worker, work, begun.scratch.path(), given, Place::Field("transcript")).await?;
    let ending = given.file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let ending = ending.filter(|ending| ["srt", "vtt", "json"].contains(&ending.as_str()));
    let Some(ending) = ending else {
        return Err(failures::unfit("no_transcript", Place::Field("transcript"), "must be .srt, .vtt or .json"));
    };
    let named = begun.scratch.path().join(format!("transcript.{ending}"));
    tokio::fs::copy(&found, &named).await.map_err(|_| Failure::passing("scratch_unwritable"))?;
    Ok(named)
}

fn request(written: &Written, path: PathBuf, transcript: Option<PathBuf>, out: PathBuf) -> Request {
    Request {
        source: Source::File(path),
        out,
        count: written.count.map(usize::from),
        min: written.min,
        max: written.max,
        aspects: written.aspects.clone(),
        transcript,
        captions: captions::style(&written.captions),
        layout: written.layout,
        loudness: written.loudness,
        watermark: written.watermark.clone().map_or(Watermark::None, Watermark::Text),
        hardware: false,
        plan_only: written.plan_only,
        from_plan: None,
    }
}

/// The stages lie in the job's own folder: what is known of a recording may not outlive it.
fn act(
    worker: &Worker,
    stages: &Path,
    request: &Request,
    cancel: &Cancel,
    on: &mut (dyn FnMut(f64) + Send),
) -> Result<clips::Outcome, crate::Error> {
    let stages = Stages::open(stages)?;
    let parts = Parts {
        tools: &worker.tools,
        stages: &stages,
        clock: worker.data.clock.as_ref(),
        cancel,
        recogniser: worker.recogniser.as_deref().map(|one| one as &dyn Recogniser),
        chooser: worker.chooser.as_deref().map(|one| one as &dyn Chooser),
        importer: None,
    };
    clips::run(&parts, request, &mut Shares { on })
}

/// One meter for all stages, each with the share that it takes of a usual run.
struct Shares<'a> {
    on: &'a mut (dyn FnMut(f64) + Send),
}

impl Progress for Shares<'_> {
    fn update(&mut self, update: Update) {
        let (from, to) = match update.stage {
            Stage::Import | Stage::Read => (0.0, 0.03),
            Stage::Analyse => (0.03, 0.3),
            Stage::Listen | Stage::Transcribe => (0.3, 0.45),
            Stage::Choose => (0.45, 0.5),
            Stage::Render | Stage::Cut => (0.5, 1.0),
        };
        (self.on)(from + (to - from) * update.done);
    }

    fn note(&mut self, _text: &str) {}
}

/// The plan names the recording as its user does, not by where it lay while the job ran.
fn unplace(folder: &Path, name: &str) -> Result<(), Failure> {
    let unwritable = |_: std::io::Error| Failure::passing("scratch_unwritable");
    let file = folder.join("clips.json");
    let text = std::fs::read_to_string(&file).map_err(unwritable)?;
    let mut plan: Value = serde_json::from_str(&text).map_err(|_| Failure::lasting("plan_unreadable"))?;
    plan["input"]["path"] = Value::from(name);
    let words = plan["input"]["transcript"].as_str().and_then(|words| words.rsplit_once('/'));
    if let Some(words) = words.map(|(_, last)| last.to_owned()) {
        plan["input"]["transcript"] = Value::from(words);
    }
    std::fs::write(&file, crate::clips::pretty(&plan)).map_err(unwritable)
}

/// The plan first, then each clip with its captions and picture.
fn finished(folder: &Path, made: &[MadeClip]) -> Vec<Finished> {
    let file = |name: &str, extension, content_type, seconds, label: String| Finished {
        path: folder.join(name),
        file_name: name.to_owned(),
        extension,
        format: extension.to_owned(),
        content_type,
        seconds,
        label: Some(label),
        media: None,
    };
    let mut all = vec![file("clips.json", "json", "application/json", 0.0, "plan".to_owned())];
    for one in made.iter().filter(|one| one.error.is_none()) {
        let label = |what: &str| format!("{} {} {what}", one.clip, one.aspect);
        all.push(file(&one.video, "mp4", "video/mp4", one.duration, label("video")));
        all.push(file(&one.thumbnail, "jpg", "image/jpeg", 0.0, label("thumbnail")));
        all.extend(one.srt.iter().map(|name| file(name, "srt", "application/x-subrip", 0.0, label("captions"))));
        all.extend(one.ass.iter().map(|name| file(name, "ass", "text/x-ssa", 0.0, label("styled captions"))));
    }
    all
}
