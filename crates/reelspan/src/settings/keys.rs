//! Flags of `keys`.

use clap::{Args, Subcommand};
use reelspan_app::service::Scopes;

use super::serve::ServiceFlags;

#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Make an API key; it is shown once, as the last line on standard output
    Create {
        /// To tell it from others
        name: String,
        /// What it may do: all, media (uploads, jobs, files) or read
        #[arg(long, default_value = "all", value_parser = scopes)]
        scopes: Scopes,
        /// After how many days it ends [default: it does not]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: Option<u16>,
        #[command(flatten)]
        service: Box<ServiceFlags>,
    },
    /// List the keys: what they may do and when they were used
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        service: Box<ServiceFlags>,
    },
    /// Revoke a key; a running service refuses it from its next request on
    Revoke {
        /// Its id, its name, or how it begins (`rsk_...`); it must be one key's only
        key: String,
        #[command(flatten)]
        service: Box<ServiceFlags>,
    },
}

fn scopes(name: &str) -> Result<Scopes, String> {
    Scopes::parse(name).ok_or_else(|| "scopes are all, media or read".to_owned())
}
