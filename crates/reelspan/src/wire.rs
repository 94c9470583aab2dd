//! Builds the parts of the house from flags and environment.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use reelspan_app::parts::{Chooser, Importer, Parts};
use reelspan_app::words::Recogniser;
use reelspan_media::tool::{Jail, Settings, Tools};
use reelspan_store::Stages;
use reelspan_types::{Cancel, SystemClock};

use crate::console::Console;
use crate::environment;
use crate::settings::{Clips, Common, SpeechFlags};

pub(crate) mod ask;
pub(crate) mod server;
pub(crate) mod services;

/// Everything that a run borrows.
pub(crate) struct Wired {
    tools: Tools,
    stages: Stages,
    clock: SystemClock,
    cancel: Cancel,
    recogniser: Option<Box<dyn Recogniser + Send + Sync>>,
    chooser: Option<Box<dyn Chooser + Send + Sync>>,
    importer: Option<Box<dyn Importer>>,
}

impl Wired {
    pub(crate) fn new(common: &Common, cancel: Cancel) -> anyhow::Result<Self> {
        Ok(Self {
            tools: tools(common)?,
            stages: stages(common)?,
            clock: SystemClock::new(),
            cancel,
            recogniser: None,
            chooser: None,
            importer: None,
        })
    }

    /// Speech recognition, a language model, URLs: whatever the flags name.
    pub(crate) fn add_services(&mut self, common: &Common, flags: &Clips, console: &mut Console) -> anyhow::Result<()> {
        self.recogniser = services::recogniser(common, &flags.speech, console)?;
        self.chooser = services::chooser(&flags.chooser)?;
        self.importer = services::importer(flags, console)?;
        Ok(())
    }

    /// Speech recognition alone.
    pub(crate) fn add_recogniser(
        &mut self,
        common: &Common,
        flags: &SpeechFlags,
        console: &mut Console,
    ) -> anyhow::Result<()> {
        self.recogniser = services::recogniser(common, flags, console)?;
        Ok(())
    }

    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts {
            tools: &self.tools,
            stages: &self.stages,
            clock: &self.clock,
            cancel: &self.cancel,
            recogniser: self.recogniser.as_deref().map(|one| one as &dyn Recogniser),
            chooser: self.chooser.as_deref().map(|one| one as &dyn Chooser),
            importer: self.importer.as_deref(),
        }
    }
}

pub(crate) fn tools(common: &Common) -> anyhow::Result<Tools> {
    let jail = if common.no_jail {
        Jail::Off
    } else {
        let program = std::env::current_exe().context("this program cannot find its own file, which the jail is")?;
        Jail::within(program)
    };
    Ok(Tools::find(Settings {
        ffmpeg: common.ffmpeg.clone(),
        ffprobe: common.ffprobe.clone(),
        path: environment::path(),
        jail,
        fonts: font_folders(common)?,
    })?)
}

/// The user's own folders, or where Debian and the user's home keep fonts.
fn font_folders(common: &Common) -> anyhow::Result<Vec<PathBuf>> {
    if let Some(absent) = common.fonts.iter().find(|folder| !folder.is_dir()) {
        anyhow::bail!("--fonts names `{}`, which is no folder", absent.display());
    }
    if !common.fonts.is_empty() {
        return Ok(common.fonts.clone());
    }
    let mut folders = vec![PathBuf::from("/usr/share/fonts"), PathBuf::from("/usr/local/share/fonts")];
    folders.extend(directories::UserDirs::new().and_then(|user| user.font_dir().map(PathBuf::from)));
    folders.retain(|folder| folder.is_dir());
    Ok(folders)
}

pub(crate) fn stages(common: &Common) -> anyhow::Result<Stages> {
    let own = || directories::ProjectDirs::from("", "", "reelspan").map(|dirs| dirs.cache_dir().join("stages"));
    let folder = common.cache.clone().or_else(own).context("there is no home folder; name a folder with --cache")?;
    Ok(Stages::open(&folder)?)
}

pub(crate) fn models_folder(common: &Common) -> anyhow::Result<PathBuf> {
    let own = || data_folder(common).ok().map(|folder| folder.join("models"));
    common.models.clone().or_else(own).context("there is no home folder; name a folder with --models")
}

pub(crate) fn data_folder(common: &Common) -> anyhow::Result<PathBuf> {
    let own = || directories::ProjectDirs::from("", "", "reelspan").map(|dirs| dirs.data_dir().to_owned());
    common.data.clone().or_else(own).context("there is no home folder; name a folder with --data")
}

/// Ctrl-C asks once for a clean end; a second time ends at once (ffmpeg dies with its parent).
pub(crate) fn cancel_on_signal() -> anyhow::Result<Cancel> {
    static ASKED: AtomicBool = AtomicBool::new(false);
    let cancel = Cancel::new();
    let flag = cancel.clone();
    ctrlc::set_handler(move || {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        flag.cancel();
    })
    .context("the signal handler could not be set")?;
    Ok(cancel)
}
