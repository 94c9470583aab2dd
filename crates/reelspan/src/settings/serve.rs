//! Flags of the service: `serve`, `worker`, `config`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ChooserFlags, SpeechFlags};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:7780]
    #[arg(long, value_name = "ADDRESS:PORT", env = "REELSPAN_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// The address under which clients reach this service, if a proxy stands before it
    #[arg(long, value_name = "URL", env = "REELSPAN_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// Only answer requests; jobs are done by `reelspan worker`
    #[arg(long, env = "REELSPAN_NO_WORK")]
    pub(crate) no_work: bool,
    #[command(flatten)]
    pub(crate) service: ServiceFlags,
}

/// What a service and its workers have in common.
#[derive(Debug, Args)]
pub(crate) struct ServiceFlags {
    /// Settings in a file; flags and environment go before it
    #[arg(long, value_name = "FILE", env = "REELSPAN_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// A Postgres database, `postgres://...` [default: SQLite in --data]
    #[arg(long, value_name = "URL", env = "REELSPAN_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// A bucket for files [default: a folder in --data]; its keys: REELSPAN_S3_ACCESS_KEY, REELSPAN_S3_SECRET_KEY
    #[arg(long, value_name = "NAME", env = "REELSPAN_S3_BUCKET")]
    pub(crate) s3_bucket: Option<String>,
    #[arg(long, value_name = "NAME", env = "REELSPAN_S3_REGION")]
    pub(crate) s3_region: Option<String>,
    /// [default: Amazon's]
    #[arg(long, value_name = "URL", env = "REELSPAN_S3_ENDPOINT")]
    pub(crate) s3_endpoint: Option<String>,
    /// How many processors jobs may use [default: all]
    #[arg(long, value_name = "N", env = "REELSPAN_PROCESSORS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) processors: Option<u16>,
    /// How long running jobs may go on once the service is told to stop [default: 30s]
    #[arg(long, value_name = "TIME", env = "REELSPAN_GRACE", value_parser = grace)]
    pub(crate) grace: Option<f64>,
    /// How long a job stays with a process that says nothing; for tests that end processes
    #[arg(long, hide = true, value_name = "TIME", env = "REELSPAN_LEASE", value_parser = lease)]
    pub(crate) lease: Option<f64>,
    /// Addresses besides the public internet from which jobs may fetch inputs
    #[arg(long, value_name = "ADDRESS:PORT,...", env = "REELSPAN_ALSO_FETCH_FROM", value_delimiter = ',')]
    pub(crate) also_fetch_from: Vec<SocketAddr>,
    /// Proxies before this service, whose word about a client's address is taken: 10.0.0.0/8,...
    #[arg(long, value_name = "RANGE,...", env = "REELSPAN_TRUSTED_PROXIES", value_delimiter = ',')]
    pub(crate) trusted_proxies: Vec<String>,
    /// How log lines are written
    #[arg(long, value_enum, env = "REELSPAN_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    #[command(flatten)]
    pub(crate) speech: SpeechFlags,
    #[command(flatten)]
    pub(crate) chooser: ChooserFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Every setting with its value and where that comes from
    Show(Box<ConfigShow>),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigShow {
    #[command(flatten)]
    pub(crate) serve: Serve,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn grace(text: &str) -> Result<f64, String> {
    let seconds = reelspan_types::parse_time(text).map_err(|error| error.to_string())?;
    if (0.0..=3600.0).contains(&seconds) { Ok(seconds) } else { Err("from 0s to 1h".to_owned()) }
}

fn lease(text: &str) -> Result<f64, String> {
    let seconds = reelspan_types::parse_time(text).map_err(|error| error.to_string())?;
    if (1.0..=600.0).contains(&seconds) { Ok(seconds) } else { Err("from 1s to 10m".to_owned()) }
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) service: ServiceFlags,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
