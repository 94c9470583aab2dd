//! The job of a run: files brought here, words found where they are to be reviewed, finished files stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use reelspan_jobs::{Failure, Handler, Outcome, Running, Work};
use reelspan_media::blueprints::{self, Inputs, Limits};
use reelspan_media::captions::Fonts;
use reelspan_media::operations::{MediaMetadata, metadata};
use reelspan_media::probe::MediaInfo;
use reelspan_store::Charge;

use super::{LISTENING, MAKING, Written};
use crate::metering::MEDIA_MS;
use crate::tasks::{self, BLUEPRINT, Begun, Finished, Keeper, Made, Opened, Place, REVIEW, begun, blocking, failures};
use crate::transcriptions::{self, Wish};
use crate::worker::Worker;

pub(crate) struct Blueprinting {
    worker: Arc<Worker>,
    /// Read once, when text is drawn first.
    fonts: Fonts,
}

impl Blueprinting {
    pub(crate) fn new(worker: Arc<Worker>) -> Self {
        let fonts = Fonts::scan(worker.tools.fonts.clone());
        Self { worker, fonts }
    }
}

impl Handler for Blueprinting {
    fn kind(&self) -> &'static str {
        BLUEPRINT
    }

    fn lane(&self) -> &'static str {
        "short"
    }

    fn run<'a>(&'a self, work: &'a Work) -> Running<'a> {
        Box::pin(async move {
            let begun = begun::<Written>(&self.worker, work).await?;
            let inputs = begun.request.checked().map_err(|refusal| Failure::lasting(refusal.code))?;
            let files = self.brought(work, &begun, &inputs).await?;
            if inputs.blueprint().reviews_subtitles && begun.task.step.as_deref() != Some(MAKING) {
                return self.listened(work, &begun, &inputs, files).await;
            }
            self.made(work, &begun, inputs, files).await
        })
    }
}

type Files = BTreeMap<&'static str, Opened>;

impl Blueprinting {
    async fn brought(&self, work: &Work, begun: &Begun<Written>, inputs: &Inputs) -> Result<Files, Failure> {
        let mut files = Files::new();
        for address in inputs.addresses() {
            let given = begun.request.given.iter().find(|(field, _)| field == address.field);
            let (_, given) = given.ok_or_else(|| Failure::lasting("request_unreadable"))?;
            let opened = tasks::open(&self.worker, work, begun.scratch.path(), given, Place::Field(address.field));
            files.insert(address.field, opened.await?);
        }
        Ok(files)
    }

    /// Ends with the words as a draft, which waits for the user.
    async fn listened(
        &self,
        work: &Work,
        begun: &Begun<Written>,
        inputs: &Inputs,
        mut files: Files,
    ) -> Result<Outcome, Failure> {
        self.step(work, LISTENING, None).await?;
        let wish = Wish { language: inputs.text("language").map(str::to_owned), translate: false };
        let opened = files.remove("video_url").ok_or_else(|| Failure::lasting("request_unreadable"))?;
        let place = Place::Field("video_url");
        let spoken = transcriptions::spoken(&self.worker, work, begun, opened, wish, place).await?;
        if work.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        self.step(work, REVIEW, Some(&spoken.srt)).await?;
        let (billed_ms, worked_ms) = (spoken.billed_ms(), begun.worked_ms(&self.worker));
        let made = Made { billed_ms, worked_ms, language: spoken.language, ..Made::default() };
        Ok(made.with_charge(Charge { unit: MEDIA_MS, quantity: billed_ms }))
    }

    async fn step(&self, work: &Work, step: &str, draft: Option<&str>) -> Result<(), Failure> {
        let data = &self.worker.data;
        let set = data.database.set_step(&work.job, &work.workspace, Some(step), draft, data.now()).await;
        set.map_err(|error| Failure::passing(error.code()))
    }

    async fn made(
        &self,
        work: &Work,
        begun: &Begun<Written>,
        inputs: Inputs,
        files: Files,
    ) -> Result<Outcome, Failure> {
        let infos: Vec<MediaInfo> = files.values().map(|opened| opened.info.clone()).collect();
        let files: BTreeMap<_, _> = files.into_iter().map(|(field, opened)| (field, opened.path)).collect();
        let billed_ms = billed(&infos);
        tasks::afforded(&self.worker, &begun.task, billed_ms, &infos).await?;
        let (tools, fonts, folder) = (self.worker.tools.clone(), self.fonts.clone(), begun.scratch.path().join("made"));
        let subtitles = begun.task.draft.clone().filter(|_| inputs.blueprint().reviews_subtitles);
        std::fs::create_dir_all(&folder).map_err(|_| Failure::passing("scratch_unwritable"))?;
        let made = blocking(work, (0.05, 0.98), move |cancel, on| {
            let order = blueprints::Order {
                inputs: &inputs,
                files: &files,
                fonts: &fonts,
                folder: &folder,
                subtitles: subtitles.as_deref(),
                limits: Limits::default(),
            };
            blueprints::run(&tools, &order, cancel, &mut |share| on(share))
        });
        let made = made.await?.map_err(|error| failures::of_blueprint(&error))?;
        if work.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let notes = made.iter().filter_map(|one| one.note.clone()).collect();
        let finished = made.into_iter().map(finished).collect();
        let outputs = Keeper::new(&self.worker.data, work).keep(finished).await?;
        let inputs = infos.iter().map(|info| tasks::Read::of(&metadata(info))).collect();
        let worked_ms = begun.worked_ms(&self.worker);
        let made = Made { outputs, inputs, billed_ms, worked_ms, notes, language: None };
        Ok(made.with_charge(Charge { unit: MEDIA_MS, quantity: billed_ms }))
    }
}

/// Video and sound that went in; pictures have no length.
fn billed(infos: &[MediaInfo]) -> i64 {
    let seconds: f64 = infos.iter().filter(|info| !info.still).filter_map(|info| info.duration).sum();
    (seconds * 1000.0).round() as i64
}

fn finished(made: blueprints::Made) -> Finished {
    let (extension, moves) = match made.mime {
        "image/gif" => ("gif", true),
        "image/png" => ("png", false),
        "image/jpeg" => ("jpg", false),
        "video/webm" => ("webm", true),
        "audio/mpeg" => ("mp3", false),
        _ => ("mp4", true),
    };
    let facts = MediaMetadata {
        duration_seconds: made.facts.seconds,
        format: extension.to_owned(),
        size_bytes: made.facts.bytes,
        width: Some(made.facts.width),
        height: Some(made.facts.height),
        fps: Some(if moves && made.facts.seconds > 0.0 { made.facts.frames as f64 / made.facts.seconds } else { 0.0 }),
        codec_video: None,
        codec_audio: None,
        has_video: true,
        has_audio: made.facts.sound,
    };
    let file_name = made.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Finished {
        path: made.path,
        file_name,
        extension,
        format: extension.to_owned(),
        content_type: made.mime,
        seconds: made.facts.seconds,
        label: Some(made.label.to_owned()),
        media: serde_json::to_string(&facts).ok(),
    }
}
