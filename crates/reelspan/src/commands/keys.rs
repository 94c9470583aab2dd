//! `reelspan keys`: API keys of this installation, from its own machine.

use std::process::ExitCode;
use std::time::Duration;

use reelspan_app::accounts;
use reelspan_app::data::Data;
use reelspan_app::keys::{self, ApiKey, NewKey};
use reelspan_app::refusal::Refusal;
use reelspan_app::service::{Caller, Scopes};
use reelspan_app::signing::Signer;
use serde_json::json;

use crate::config::Config;
use crate::console::print;
use crate::settings::Common;
use crate::settings::keys::{Action, Keys};
use crate::settings::serve::ServiceFlags;
use crate::wire::{server, services};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The installation, opened beside a service that may be running.
struct Opened {
    data: Data,
    signer: Signer,
    /// Whoever can read the data folder may manage it.
    operator: Caller,
}

pub(crate) fn keys(common: &Common, flags: &Keys) -> anyhow::Result<ExitCode> {
    services::runtime()?.block_on(async {
        let (Action::Create { service, .. } | Action::List { service, .. } | Action::Revoke { service, .. }) =
            &flags.action;
        let opened = open(common, service).await?;
        let done = match &flags.action {
            Action::Create { name, scopes, days, .. } => create(&opened, name, *scopes, *days).await,
            Action::List { json, .. } => list(&opened, *json).await,
            Action::Revoke { key, .. } => revoke(&opened, key).await,
        };
        opened.data.database.close().await;
        done.map(|()| ExitCode::SUCCESS)
    })
}

async fn open(common: &Common, service: &ServiceFlags) -> anyhow::Result<Opened> {
    let (data, signer) = server::open(common, &Config::worker(service)?).await?;
    let operator = accounts::operator(&data).await.map_err(told)?;
    Ok(Opened { data, signer, operator })
}

/// The sentence of a refusal, for the terminal.
fn told(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!(refusal.message)
}

/// The key alone goes to standard output, so that a script can take it.
async fn create(opened: &Opened, name: &str, scopes: Scopes, days: Option<u16>) -> anyhow::Result<()> {
    let Opened { data, signer, operator } = opened;
    let expires_at = days.map(|days| data.until(DAY * u32::from(days)));
    let wish = NewKey { name: name.to_owned(), scopes, expires_at };
    let (key, word) = keys::make(data, signer, operator, &wish).await.map_err(told)?;
    eprintln!("made the key `{}` ({}); it is shown once:", key.name, key.scopes);
    print(&word);
    Ok(())
}

async fn list(opened: &Opened, as_json: bool) -> anyhow::Result<()> {
    let (now, keys) = (opened.data.now(), keys::list(&opened.data, &opened.operator).await.map_err(told)?);
    if as_json {
        let keys: Vec<_> = keys.iter().map(|key| as_value(key, now)).collect();
        print(&serde_json::to_string_pretty(&keys)?);
        return Ok(());
    }
    for key in &keys {
        let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", day(at)));
        print(&format!(
            "{}  {:<12} {:<6} {:<8} made {}  {used:<15}  {}",
            key.id,
            key.prefix,
            key.scopes,
            state(key, now),
            day(key.created_at),
            key.name
        ));
    }
    if keys.is_empty() {
        eprintln!("there are no keys yet; make one with `reelspan keys create NAME`");
    }
    Ok(())
}

fn as_value(key: &ApiKey, now: i64) -> serde_json::Value {
    json!({
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "state": state(key, now),
        "created_at": moment(key.created_at),
        "last_used_at": key.last_used_at.map(moment),
        "revoked_at": key.revoked_at.map(moment),
        "expires_at": key.expires_at.map(moment),
    })
}

fn state(key: &ApiKey, now: i64) -> &'static str {
    if key.revoked_at.is_some() {
        "revoked"
    } else if key.expires_at.is_some_and(|until| until <= now) {
        "ended"
    } else {
        "works"
    }
}

fn moment(at: i64) -> String {
    reelspan_app::times::iso(at)
}

fn day(at: i64) -> String {
    moment(at).chars().take("2026-11-21".len()).collect()
}

async fn revoke(opened: &Opened, wanted: &str) -> anyhow::Result<()> {
    let Opened { data, operator, .. } = opened;
    let now = data.now();
    let all = keys::list(data, operator).await.map_err(told)?;
    let meant = |key: &&ApiKey| {
        // A whole key may be given too: it begins as its prefix does.
        key.id == wanted || key.name == wanted || wanted.starts_with(&key.prefix)
    };
    let found: Vec<&ApiKey> = all.iter().filter(|key| state(key, now) == "works").filter(meant).collect();
    let [key] = found.as_slice() else {
        let what = if found.is_empty() { "no key that works" } else { "more than one key" };
        anyhow::bail!("{what} has that id, name or beginning; `reelspan keys list` shows the ids");
    };
    keys::revoke(data, operator, &key.id).await.map_err(told)?;
    print(&format!("revoked {}  {}", key.id, key.name));
    Ok(())
}
