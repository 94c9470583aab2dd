//! Speech recognition, a language model and URLs, as far as the flags name them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use reelspan_app::models::{Models, read_manifest};
use reelspan_app::parts::{Chooser, Importer};
use reelspan_app::progress::Progress;
use reelspan_app::services::{Endpoint, Fetcher, Helper, LanguageModel};
use reelspan_app::words::Recogniser;
use reelspan_connectors::api::{Key, Service};
use reelspan_connectors::guard::Reach;
use reelspan_connectors::import::ytdlp::{Limits, YtDlp};
use reelspan_connectors::{http, language, local_speech};
use reelspan_types::SystemClock;
use tokio::runtime::Runtime;

use super::models_folder;
use crate::console::Console;
use crate::environment;
use crate::settings::{ChooserFlags, Clips, Common, SpeechFlags};

pub(crate) fn runtime() -> anyhow::Result<Arc<Runtime>> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    Ok(Arc::new(built.context("no threads for the network could be started")?))
}

pub(crate) fn models(common: &Common) -> anyhow::Result<Models> {
    let folder = models_folder(common)?;
    let manifest = folder.join("models.toml");
    let own = match std::fs::read_to_string(&manifest) {
        Ok(text) => read_manifest(&text).with_context(|| format!("in {}", manifest.display()))?,
        Err(_) => Vec::new(),
    };
    Ok(Models::new(folder, own))
}

/// An endpoint that the user named, else the named or the best installed model, else none.
pub(super) fn recogniser(
    common: &Common,
    flags: &SpeechFlags,
    console: &mut Console,
) -> anyhow::Result<Option<Box<dyn Recogniser + Send + Sync>>> {
    if let Some(url) = &flags.transcribe_url {
        let key = environment::secret("REELSPAN_TRANSCRIBE_KEY").map(Key::new);
        let service = Service::new(url, key, &http::Settings::default())?;
        return Ok(Some(Box::new(Endpoint {
            runtime: runtime()?,
            service: Arc::new(service),
            model: flags.transcribe_model.clone(),
            language: flags.language.clone(),
            translate: false,
        })));
    }
    let Some(model) = model(common, flags)? else {
        if flags.language.is_some() {
            bail!(
                "--language tells a recogniser what it hears, and there is none; name --stt-model or --transcribe-url"
            );
        }
        return Ok(None);
    };
    let Some(program) = program("reelspan-stt", flags.stt.as_deref()) else {
        if flags.stt_model.is_some() {
            bail!("the speech helper `reelspan-stt` was not found; build it with `./x stt`, or name it with --stt");
        }
        console.note("a speech model is installed, but not the helper that runs it: build it with `./x stt`");
        return Ok(None);
    };
    Ok(Some(Box::new(Helper {
        runtime: runtime()?,
        helper: local_speech::Helper { program },
        model_id: identity(&model)?,
        model,
        language: flags.language.clone(),
    })))
}

fn model(common: &Common, flags: &SpeechFlags) -> anyhow::Result<Option<PathBuf>> {
    let models = models(common)?;
    match &flags.stt_model {
        Some(named) if Path::new(named).is_file() => Ok(Some(PathBuf::from(named))),
        Some(named) => Ok(Some(models.path(named)?)),
        // The larger a speech model, the better it hears.
        None => {
            let installed = models.list().into_iter().filter(|model| model.installed.is_some());
            Ok(installed.max_by_key(|model| model.bytes).and_then(|best| best.installed))
        }
    }
}

/// A model file that is exchanged for another must not be mistaken for it.
fn identity(model: &Path) -> anyhow::Result<String> {
    let about = std::fs::metadata(model).with_context(|| format!("the model `{}` cannot be read", model.display()))?;
    Ok(format!("{} {} {:?}", model.display(), about.len(), about.modified().ok()))
}

/// A helper program: named, beside this program, or on the PATH.
pub(super) fn program(name: &str, named: Option<&Path>) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let beside = std::env::current_exe().ok().and_then(|own| own.parent().map(|folder| folder.join(name)));
    beside.filter(|program| program.is_file()).or_else(|| {
        let path = environment::path()?;
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
    })
}

/// What people say leaves this machine for no language model: only loopback addresses are taken.
pub(super) fn chooser(flags: &ChooserFlags) -> anyhow::Result<Option<Box<dyn Chooser + Send + Sync>>> {
    let (url, model) = match (&flags.llm_url, &flags.llm_model) {
        (Some(url), Some(model)) => (url, model),
        (None, Some(_)) => bail!("--llm-model needs --llm-url, the address of the service that runs it"),
        _ => return Ok(None),
    };
    let key = environment::secret("REELSPAN_LLM_KEY").map(Key::new);
    let service = Service::new(url, key, &http::Settings::default())?;
    if !language::is_loopback(service.base()) {
        bail!("--llm-url must be on this machine (127.0.0.1 or localhost): the transcript is sent there");
    }
    Ok(Some(Box::new(LanguageModel { runtime: runtime()?, service, model: model.clone() })))
}

pub(super) fn importer(flags: &Clips, console: &mut Console) -> anyhow::Result<Option<Box<dyn Importer>>> {
    let named_url = flags.input.as_ref().is_some_and(|input| crate::settings::is_url(input));
    if !named_url {
        return Ok(None);
    }
    let runtime = runtime()?;
    let path = environment::path().unwrap_or_default();
    let clock = SystemClock::new();
    let yt_dlp = runtime.block_on(YtDlp::find(flags.yt_dlp.as_deref(), &path, &clock))?;
    if let Some(warning) = yt_dlp.warning() {
        console.note(&warning);
    }
    let cookies = flags.cookies.clone();
    Ok(Some(Box::new(Fetcher { runtime, yt_dlp, cookies, limits: Limits::default(), reach: Reach::public() })))
}
