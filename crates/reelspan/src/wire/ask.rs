//! The parts that `reelspan ask` may use: all of them on this machine.

use std::path::Path;

use anyhow::{Context, bail};
use reelspan_app::ask::Answerer;
use reelspan_app::services::local::{LocalEndpoint, LocalFile};
use reelspan_connectors::api::Key;
use reelspan_connectors::language::LocalService;
use reelspan_connectors::local_language::Helper;

use super::{Wired, services};
use crate::console::Console;
use crate::environment;
use crate::settings::ask::{AskModel, AskSpeech};
use crate::settings::{Common, SpeechFlags};

/// The model that the flags name; [`LocalService`] refuses every address but this machine's.
pub(crate) fn answerer(flags: &AskModel) -> anyhow::Result<Option<Box<dyn Answerer>>> {
    if let Some(model) = &flags.llm_file {
        return file(model, flags.llm.as_deref()).map(Some);
    }
    let (url, model) = match (&flags.llm_url, &flags.llm_model) {
        (Some(url), Some(model)) => (url, model),
        (None, Some(_)) => bail!("--llm-model needs --llm-url, the address of the service that runs it"),
        _ => return Ok(None),
    };
    let key = environment::secret("REELSPAN_LLM_KEY").map(Key::new);
    let service = LocalService::new(url, key)?;
    Ok(Some(Box::new(LocalEndpoint { runtime: services::runtime()?, service, model: model.clone() })))
}

fn file(model: &Path, program: Option<&Path>) -> anyhow::Result<Box<dyn Answerer>> {
    // The helper works elsewhere in the file system than the user stands.
    let model = model.canonicalize().with_context(|| format!("the model `{}` cannot be read", model.display()))?;
    let Some(program) = services::program("reelspan-llm", program) else {
        bail!("the language helper `reelspan-llm` was not found; build it with `./x llm`, or name it with --llm");
    };
    let helper = Helper { program };
    Ok(Box::new(LocalFile { runtime: services::runtime()?, helper, model }))
}

/// A speech model of this machine for recordings without words. An endpoint that is configured for other commands is not
/// asked: no sound is sent anywhere for a question.
pub(crate) fn add_speech(
    wired: &mut Wired,
    common: &Common,
    flags: &AskSpeech,
    console: &mut Console,
) -> anyhow::Result<()> {
    let speech = SpeechFlags {
        stt_model: flags.stt_model.clone(),
        stt: flags.stt.clone(),
        transcribe_url: None,
        transcribe_model: String::new(),
        language: flags.language.clone(),
    };
    wired.recogniser = services::recogniser(common, &speech, console)?;
    Ok(())
}
