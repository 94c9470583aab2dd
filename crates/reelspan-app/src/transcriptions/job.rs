//! The job of a transcription: the recording brought here, its words found, one SRT stored.

use std::path::Path;
use std::sync::Arc;

use reelspan_jobs::{Failure, Handler, Running, Work};
use reelspan_media::operations::metadata;
use reelspan_media::probe::MediaInfo;
use reelspan_store::{Charge, Stages};
use reelspan_types::Cancel;
use serde::{Deserialize, Serialize};

use super::Written;
use super::srt::srt;
use crate::input::Input;
use crate::look::{Depth, analysis};
use crate::metering::MEDIA_MS;
use crate::parts::Parts;
use crate::progress::{Meter, Progress, Stage, Update};
use crate::tasks::{self, Begun, Finished, Keeper, Made, Opened, Place, TRANSCRIBE, begun, blocking, failures};
use crate::words;
use crate::worker::Worker;

/// How the words are wanted.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) language: Option<String>,
    pub(crate) translate: bool,
}

impl Wish {
    /// What recognisers know: `pt` of `pt-BR`.
    pub(crate) fn primary(&self) -> Option<String> {
        let first = self.language.as_deref()?.split('-').next()?;
        Some(first.to_ascii_lowercase())
    }
}

/// What was said in a recording.
pub(crate) struct Spoken {
    pub(crate) srt: String,
    pub(crate) language: Option<String>,
    pub(crate) info: MediaInfo,
}

impl Spoken {
    pub(crate) fn billed_ms(&self) -> i64 {
        (self.info.duration.unwrap_or(0.0) * 1000.0).round() as i64
    }
}

pub(crate) struct Transcribing {
    pub(crate) worker: Arc<Worker>,
}

impl Handler for Transcribing {
    fn kind(&self) -> &'static str {
        TRANSCRIBE
    }

    fn lane(&self) -> &'static str {
        "short"
    }

    fn run<'a>(&'a self, work: &'a Work) -> Running<'a> {
        Box::pin(async move {
            let begun = begun::<Written>(&self.worker, work).await?;
            let Written { input, wish } = &begun.request;
            let place = Place::Field("media_url");
            let opened = tasks::open(&self.worker, work, begun.scratch.path(), input, place).await?;
            let spoken = spoken(&self.worker, work, &begun, opened, wish.clone(), place).await?;
            let file = begun.scratch.path().join("words.srt");
            let written = tokio::fs::write(&file, &spoken.srt).await;
            written.map_err(|_| Failure::passing("scratch_unwritable"))?;
            let finished = Finished {
                path: file,
                file_name: format!(
                    "{}.srt",
                    input.file_name.rsplit_once('.').map_or(&*input.file_name, |(stem, _)| stem)
                ),
                extension: "srt",
                format: "srt".to_owned(),
                content_type: "application/x-subrip",
                seconds: spoken.info.duration.unwrap_or(0.0),
                label: None,
                media: None,
            };
            let outputs = Keeper::new(&self.worker.data, work).keep(vec![finished]).await?;
            let billed_ms = spoken.billed_ms();
            let inputs = vec![tasks::Read::of(&metadata(&spoken.info))];
            let worked_ms = begun.worked_ms(&self.worker);
            let made = Made { outputs, inputs, billed_ms, worked_ms, language: spoken.language, ..Made::default() };
            Ok(made.with_charge(Charge { unit: MEDIA_MS, quantity: billed_ms }))
        })
    }
}

/// Finds the words of a recording that lies here.
pub(crate) async fn spoken<T>(
    worker: &Arc<Worker>,
    work: &Work,
    begun: &Begun<T>,
    opened: Opened,
    wish: Wish,
    place: Place<'_>,
) -> Result<Spoken, Failure> {
    let Opened { path, info } = opened;
    let ms = (info.duration.unwrap_or(0.0) * 1000.0).round() as i64;
    tasks::afforded(worker, &begun.task, ms, std::slice::from_ref(&info)).await?;
    if info.audio.is_empty() && !info.subtitles.iter().any(|track| track.text) {
        return Err(failures::unfit("no_sound", place, "has no sound"));
    }
    let (worker, folder, job) = (Arc::clone(worker), begun.scratch.path().join("stages"), work.job.clone());
    let heard = blocking(work, (0.05, 0.97), move |cancel, on| {
        let input = Input { path, hash: job, info: info.clone() };
        hear(&worker, &folder, input, &wish, cancel, on).map(|heard| (heard, info))
    });
    let (heard, info) = heard.await?.map_err(|error| failures::of_feature(&error))?;
    let silent = || failures::unfit("no_speech", place, "holds nothing that is said and could be made out");
    let (srt, language) = heard.ok_or_else(silent)?;
    Ok(Spoken { srt, language, info })
}

/// Blocks. Nothing of it stays: its stages lie in the job's own folder.
fn hear(
    worker: &Worker,
    stages: &Path,
    input: Input,
    wish: &Wish,
    cancel: &Cancel,
    on: &mut (dyn FnMut(f64) + Send),
) -> Result<Option<(String, Option<String>)>, crate::error::Error> {
    let stages = Stages::open(stages)?;
    let tuned = worker.recogniser.as_ref().and_then(|one| one.tuned(wish.primary().as_deref(), wish.translate));
    let recogniser = tuned.or_else(|| worker.recogniser.clone().filter(|_| !wish.translate));
    let parts = Parts {
        tools: &worker.tools,
        stages: &stages,
        clock: worker.data.clock.as_ref(),
        cancel,
        recogniser: recogniser.as_deref().map(|one| one as &dyn words::Recogniser),
        chooser: None,
        importer: None,
    };
    let mut share = Share(on);
    let mut meter = Meter::new(&parts, &mut share);
    let analysis = analysis(&parts, &input, Depth::Sound, &mut meter)?;
    let found = words::heard(&parts, &input, &analysis, !wish.translate, &mut meter)?;
    Ok(found.transcript.map(|transcript| (srt(&transcript, analysis.duration), transcript.language)))
}

/// Listening is quick; recognising takes the rest.
struct Share<'a>(&'a mut (dyn FnMut(f64) + Send));

impl Progress for Share<'_> {
    fn update(&mut self, update: Update) {
        match update.stage {
            Stage::Analyse => (self.0)(update.done * 0.15),
            Stage::Transcribe => (self.0)(0.15 + update.done * 0.85),
            _ => {}
        }
    }

    fn note(&mut self, _text: &str) {}
}
