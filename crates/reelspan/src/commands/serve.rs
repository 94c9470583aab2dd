//! `reelspan serve` and `reelspan worker`: the service, until it is told to stop.

use std::process::ExitCode;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use reelspan_api::App;
use reelspan_api::limits::{self, Limits};
use reelspan_app::service::Service;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::console::print;
use crate::settings::Common;
use crate::settings::serve::{ConfigShow, LogFormat, Serve, ServiceFlags};
use crate::wire::server;

pub(crate) fn serve(common: &Common, flags: &Serve) -> anyhow::Result<ExitCode> {
    let config = Config::serve(flags)?;
    say(config.log_format)?;
    running(async {
        let listener = TcpListener::bind(config.listen).await;
        let listener = listener.with_context(|| format!("{} cannot be listened on", config.listen))?;
        let service = server::service(common, &flags.service, &config).await?;
        let metrics = PrometheusBuilder::new().install_recorder().context("the counters could not be set up")?;
        let at = config.public_url.clone().unwrap_or(format!("http://{}", listener.local_addr()?));
        welcome(&service, &at).await?;
        tracing::info!(address = at, "serving");
        let mut stop = Stop::new()?;
        let rates = limits::Settings { trusted_proxies: config.trusted_proxies.clone(), ..limits::Settings::default() };
        let limits = Limits::new(std::sync::Arc::clone(&service.data.clock), rates);
        let router = reelspan_api::router(App { service: service.clone(), metrics, limits });
        let (ended, ends) = tokio::sync::watch::channel(false);
        let gone = async move {
            let mut ends = ends;
            let _ = ends.wait_for(|ended| *ended).await;
        };
        let http = tokio::spawn(reelspan_api::listen::serve(listener, router, gone));
        work(&service, config.work, &mut stop).await;
        tracing::info!("stopping: no new requests; running jobs may end");
        let _ = ended.send(true);
        let hurried = drained(&service, &config, &mut stop).await;
        // Requests under way still write rows: the database goes after them.
        if !hurried {
            tokio::select! {
                _ = http => {}
                () = stop.told() => {}
            }
        }
        close(&service).await;
        Ok(service)
    })
}

pub(crate) fn worker(common: &Common, flags: &ServiceFlags) -> anyhow::Result<ExitCode> {
    let config = Config::worker(flags)?;
    say(config.log_format)?;
    running(async {
        let service = server::service(common, flags, &config).await?;
        let mut stop = Stop::new()?;
        tracing::info!("working");
        work(&service, true, &mut stop).await;
        drained(&service, &config, &mut stop).await;
        close(&service).await;
        Ok(service)
    })
}

pub(crate) fn config_show(flags: &ConfigShow) -> anyhow::Result<ExitCode> {
    let config = Config::serve(&flags.serve)?;
    if flags.json {
        print(&serde_json::to_string_pretty(config.shown())?);
    } else {
        for shown in config.shown() {
            print(&format!("{:<18} {:<34} {}", shown.setting, shown.value, shown.from));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// While nobody owns the installation, whoever reads this terminal may.
async fn welcome(service: &Service, at: &str) -> anyhow::Result<()> {
    let path = reelspan_app::accounts::first_link(&service.data, &service.signer).await;
    if let Some(path) = path.map_err(|refusal| anyhow::anyhow!(refusal.message))? {
        print("Nobody owns this installation yet. Open this page once, within a day, and make its owner:");
        print(&format!("  {at}{path}"));
    }
    Ok(())
}

/// Takes jobs until the service is told to stop.
async fn work(service: &Service, works: bool, stop: &mut Stop) {
    if works {
        tokio::select! {
            () = service.engine.run() => {}
            () = reelspan_app::webhooks::watch(service) => {}
            () = reelspan_app::upkeep::run(&service.data) => {}
            () = stop.told() => {}
        }
    } else {
        stop.told().await;
    }
}

/// Running jobs may come to their end; what does not in time is given back, and goes on elsewhere or at the next start.
/// True: a second word came, and nothing is to be waited for any more.
async fn drained(service: &Service, config: &Config, stop: &mut Stop) -> bool {
    tokio::select! {
        () = service.engine.drain(config.grace) => false,
        () = stop.told() => {
            service.engine.drain(std::time::Duration::ZERO).await;
            true
        }
    }
}

async fn close(service: &Service) {
    service.data.database.close().await;
    tracing::info!("stopped");
}

/// Runs to the end on threads of its own. What the service holds is dropped outside of them, as some of it must be.
fn running(all: impl Future<Output = anyhow::Result<Service>>) -> anyhow::Result<ExitCode> {
    let threads =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads could be started")?;
    let service = threads.block_on(all)?;
    drop(service);
    Ok(ExitCode::SUCCESS)
}

/// SIGTERM or Ctrl-C; a second one hurries.
struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    fn new() -> anyhow::Result<Self> {
        let set = |kind| signal(kind).context("the signal handler could not be set");
        Ok(Self { terminate: set(SignalKind::terminate())?, interrupt: set(SignalKind::interrupt())? })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Log lines go to standard error. They hold templates, numbers and ids, so one level is enough.
fn say(format: LogFormat) -> anyhow::Result<()> {
    let lines =
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).with_target(false);
    let set = match format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    set.map_err(|_| anyhow::anyhow!("the log could not be set up"))
}
