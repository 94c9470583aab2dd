//! The outside parts that a run may use, joined to the connectors: recognisers, a language model, URLs.

pub mod local;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use reelspan_connectors::api::{self, Service};
use reelspan_connectors::guard::Reach;
use reelspan_connectors::import::ytdlp::{self, Import, Limits, YtDlp};
use reelspan_connectors::{language, local_speech, transcription};
use reelspan_types::Cancel;
use tokio::runtime::Runtime;

use crate::error::Error;
use crate::parts::{Chooser, Importer};
use crate::words::{Recogniser, Sound};

/// Speech to words at an address that the user named.
#[derive(Clone)]
pub struct Endpoint {
    pub runtime: Arc<Runtime>,
    pub service: Arc<Service>,
    pub model: String,
    pub language: Option<String>,
    /// The words are to be English, whatever is spoken.
    pub translate: bool,
}

impl Recogniser for Endpoint {
    fn id(&self) -> String {
        let translated = if self.translate { " translated" } else { "" };
        format!("endpoint {} {} {:?}{translated}", self.service.base(), self.model, self.language)
    }

    fn sound(&self) -> Sound {
        Sound::Wav
    }

    fn recognise(
        &self,
        sound: &Path,
        _seconds: f64,
        cancel: &Cancel,
        _on: &mut (dyn FnMut(f64) + Send),
    ) -> Result<Vec<u8>, Error> {
        let request = transcription::Request {
            file: sound.to_owned(),
            model: self.model.clone(),
            language: self.language.clone(),
            translate: self.translate,
        };
        self.runtime.block_on(transcription::transcribe(&self.service, &request, cancel)).map_err(|error| match error {
            api::Error::Cancelled => Error::Cancelled,
            other => Error::Speech(other.to_string()),
        })
    }

    fn tuned(&self, language: Option<&str>, translate: bool) -> Option<Arc<dyn Recogniser + Send + Sync>> {
        let language = language.map(str::to_owned).or_else(|| self.language.clone());
        Some(Arc::new(Self { language, translate, ..self.clone() }))
    }
}

/// Speech to words on this machine, through the helper program.
#[derive(Clone)]
pub struct Helper {
    pub runtime: Arc<Runtime>,
    pub helper: local_speech::Helper,
    pub model: PathBuf,
    /// Tells one model file from another: its hash or its size and time.
    pub model_id: String,
    pub language: Option<String>,
}

impl Recogniser for Helper {
    fn id(&self) -> String {
        format!("helper {} {:?}", self.model_id, self.language)
    }

    fn sound(&self) -> Sound {
        Sound::Samples
    }

    fn recognise(
        &self,
        sound: &Path,
        seconds: f64,
        cancel: &Cancel,
        on: &mut (dyn FnMut(f64) + Send),
    ) -> Result<Vec<u8>, Error> {
        let request = local_speech::Request {
            model: self.model.clone(),
            language: self.language.clone(),
            threads: None,
            seconds: Some(seconds),
        };
        let heard = self.runtime.block_on(async {
            let file = tokio::fs::File::open(sound).await.map_err(local_speech::Error::Sound)?;
            self.helper.transcribe(&request, file, cancel, on).await
        });
        let speech = heard.map_err(|error| match error {
            local_speech::Error::Cancelled => Error::Cancelled,
            other => Error::Speech(other.to_string()),
        })?;
        serde_json::to_vec(&speech).map_err(|_| Error::Speech("its answer is no JSON".to_owned()))
    }

    fn tuned(&self, language: Option<&str>, translate: bool) -> Option<Arc<dyn Recogniser + Send + Sync>> {
        let language = language.map(str::to_owned).or_else(|| self.language.clone());
        // The helper writes down what is said, in the language in which it is said.
        (!translate).then(|| Arc::new(Self { language, ..self.clone() }) as Arc<dyn Recogniser + Send + Sync>)
    }
}

/// A language model on this machine.
pub struct LanguageModel {
    pub runtime: Arc<Runtime>,
    pub service: Service,
    pub model: String,
}

impl Chooser for LanguageModel {
    fn id(&self) -> String {
        format!("{} {}", self.service.base(), self.model)
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn ask(&self, body: &serde_json::Value, cancel: &Cancel) -> Option<String> {
        self.runtime.block_on(language::complete(&self.service, body, cancel)).ok()
    }
}

/// Fetches URLs with yt-dlp, behind a guard that refuses private addresses.
pub struct Fetcher {
    pub runtime: Arc<Runtime>,
    pub yt_dlp: YtDlp,
    pub cookies: Option<PathBuf>,
    pub limits: Limits,
    pub reach: Reach,
}

impl Importer for Fetcher {
    fn import(
        &self,
        url: &str,
        folder: &Path,
        cancel: &Cancel,
        on: &mut (dyn FnMut(f64) + Send),
    ) -> Result<PathBuf, Error> {
        let import = Import {
            url: url.to_owned(),
            folder: folder.to_owned(),
            cookies: self.cookies.clone(),
            limits: self.limits.clone(),
            reach: self.reach.clone(),
        };
        let failed = |error: ytdlp::Error| match error {
            ytdlp::Error::Cancelled => Error::Cancelled,
            other => Error::Import(other.to_string()),
        };
        let mut heard = |event: ytdlp::Event| on(share(&event));
        let imported = self.runtime.block_on(self.yt_dlp.import(&import, cancel, &mut heard)).map_err(failed)?;
        let target = folder.join("source").with_extension(imported.file().extension().unwrap_or_default());
        imported.keep(&target).map_err(failed)?;
        Ok(target)
    }
}

/// Sound and picture may come one after the other: the meter above never goes back.
fn share(event: &ytdlp::Event) -> f64 {
    match event {
        ytdlp::Event::Found(_) => 0.0,
        ytdlp::Event::Fetching(progress) => {
            progress.total.map_or(0.0, |total| progress.bytes as f64 / total.max(1) as f64 * 0.95)
        }
        ytdlp::Event::Finishing => 0.97,
    }
}
