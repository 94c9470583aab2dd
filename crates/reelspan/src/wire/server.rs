//! Builds the service: its database, its files, its secret, its worker.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use reelspan_app::data::Data;
use reelspan_app::service::{Service, handlers, lanes};
use reelspan_app::signing::{Signer, random_word};
use reelspan_app::tasks;
use reelspan_app::worker::Worker;
use reelspan_connectors::guard::Reach;
use reelspan_jobs::{Engine, Settings};
use reelspan_store::{Blobs, Database, Stages};
use reelspan_types::{Clock, SystemClock};

use super::{data_folder, services, tools};
use crate::config::{Config, Folders};
use crate::console::Console;
use crate::settings::Common;
use crate::settings::serve::ServiceFlags;

/// How long a job stays with a worker that says nothing.
const LEASE: Duration = Duration::from_secs(15);

/// Where data rests, and the secret beside it.
pub(crate) async fn open(common: &Common, config: &Config) -> anyhow::Result<(Data, Signer)> {
    let folder = data_folder(common)?;
    let mut private = std::fs::DirBuilder::new();
    let made = private.recursive(true).mode(0o700).create(&folder);
    made.with_context(|| format!("the data folder `{}` cannot be made", folder.display()))?;
    let folders = Folders::within(&folder);
    let signer = Signer::new(secret(&folders.secret)?);
    let database = match &config.database {
        Some(url) => Database::postgres(url).await?,
        None => Database::sqlite(&folders.database).await?,
    };
    let blobs = match &config.s3 {
        Some(s3) => Blobs::s3(s3)?,
        None => Blobs::disk(&folders.blobs)?,
    };
    // What a killed process left there is of no use to anybody.
    tasks::sweep(&folders.scratch).context("the scratch folder cannot be made")?;
    let clock = Arc::new(SystemClock::new());
    Ok((Data { database, blobs, clock, lifespans: config.lifespans, scratch: folders.scratch }, signer))
}

/// The whole service. Its engine does nothing until it is run.
pub(crate) async fn service(common: &Common, flags: &ServiceFlags, config: &Config) -> anyhow::Result<Service> {
    let (data, signer) = open(common, config).await?;
    let mut console = Console::new();
    let folders = Folders::within(&data_folder(common)?);
    let worker = Arc::new(Worker {
        data: data.clone(),
        signer: signer.clone(),
        tools: tools(common)?,
        stages: Stages::open(&folders.stages)?,
        recogniser: services::recogniser(common, &flags.speech, &mut console)?.map(Arc::from),
        chooser: services::chooser(&flags.chooser)?.map(Arc::from),
        reach: Reach::public_and(config.also_fetch_from.clone()),
    });
    let settings = Settings {
        owner: random_word(),
        lanes: lanes(config.processors),
        lease: flags.lease.map_or(LEASE, Duration::from_secs_f64),
        keep: data.lifespans.output,
        keep_charges: data.lifespans.ledger,
    };
    let clock: Arc<dyn Clock> = Arc::clone(&data.clock);
    let engine = Engine::new(data.database.clone(), clock, settings, handlers(&worker));
    Ok(Service { data, engine, signer, worker, public_url: config.public_url.clone() })
}

/// Made once, readable by its owner only. All processes of one installation share it.
fn secret(file: &Path) -> anyhow::Result<Vec<u8>> {
    let fresh = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match fresh {
        Ok(mut made) => made.write_all(random_word().as_bytes()).context("the secret could not be written")?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(|| format!("`{}` could not be made", file.display())),
    }
    let secret = std::fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    anyhow::ensure!(secret.len() >= 32, "`{}` is no secret of ours; put back the one from the backup", file.display());
    Ok(secret)
}
