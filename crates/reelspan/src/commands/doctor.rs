//! `reelspan doctor`: looks at everything that the service needs, and says how to mend what is wrong.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use futures_util::stream;
use reelspan_app::data::Data;
use reelspan_media::tool::{Command, Tools};
use reelspan_types::{Cancel, Clock, SystemClock};
use serde::Serialize;

use crate::config::Config;
use crate::console::print;
use crate::settings::Common;
use crate::settings::serve::Doctor;
use crate::wire;

/// Below this a job of an hour of film may fill the disk.
const LEAST_FREE: u64 = 5 << 30;
/// Leases and signed links suffer from clocks that differ by more.
const DRIFT_MS: i64 = 2_000;
/// A clock that shows less was never set.
const BUILT_MS: i64 = 1_760_000_000_000;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    part: &'static str,
    ok: bool,
    found: String,
    /// What to do about it.
    mend: Option<String>,
}

fn fine(part: &'static str, found: impl Into<String>) -> Finding {
    Finding { part, ok: true, found: found.into(), mend: None }
}

fn wrong(part: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { part, ok: false, found: found.into(), mend: Some(mend.into()) }
}

pub(crate) fn doctor(common: &Common, flags: &Doctor) -> anyhow::Result<ExitCode> {
    let mut findings = machine(common);
    match Config::worker(&flags.service) {
        Ok(config) => {
            findings.push(fine("settings", "can be read"));
            let threads = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let threads = threads.context("no threads could be started")?;
            findings.extend(threads.block_on(data(common, &config)));
        }
        Err(error) => findings.push(wrong("settings", format!("{error:#}"), "mend the setting that is named")),
    }
    let well = findings.iter().all(|finding| finding.ok);
    if flags.json {
        print(&serde_json::to_string_pretty(&findings)?);
    } else {
        findings.iter().for_each(told);
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told(finding: &Finding) {
    let mark = if finding.ok { "ok " } else { "BAD" };
    print(&format!("{mark} {:<9} {}", finding.part, finding.found));
    if let Some(mend) = &finding.mend {
        print(&format!("              -> {mend}"));
    }
}

/// What needs no settings of the service: programs, the jail, fonts, the clock.
fn machine(common: &Common) -> Vec<Finding> {
    let mut findings = Vec::new();
    match wire::tools(common) {
        Ok(tools) => {
            findings.push(version(&tools));
            findings.push(jail(common, &tools));
            let folders = tools.fonts.len();
            let mend = "install fonts (`./x fonts` names the packages), or name a folder with --fonts";
            findings.push(if folders > 0 {
                fine("fonts", format!("{folders} folders"))
            } else {
                wrong("fonts", "none", mend)
            });
        }
        Err(error) => findings.push(wrong("ffmpeg", format!("{error:#}"), "apt-get install ffmpeg")),
    }
    let now = SystemClock::new().now_ms();
    let mend = "set the clock, and let NTP keep it";
    findings.push(if now > BUILT_MS { fine("clock", "is set") } else { wrong("clock", "shows a time long ago", mend) });
    findings
}

/// The encoders that every output needs.
fn version(tools: &Tools) -> Finding {
    let mut run = Command::ffmpeg(["-hide_banner", "-encoders"].map(Into::into).to_vec());
    run.time_limit = Some(Duration::from_secs(20));
    match tools.run(run, &Cancel::new()) {
        Ok(output) => {
            let list = String::from_utf8_lossy(&output.stdout);
            let missing: Vec<&str> =
                ["libx264", "aac", "libvpx-vp9", "libopus"].into_iter().filter(|name| !list.contains(name)).collect();
            let mend = "install an ffmpeg that has them; Debian's has";
            if missing.is_empty() {
                fine("ffmpeg", "runs")
            } else {
                wrong("ffmpeg", format!("lacks {}", missing.join(", ")), mend)
            }
        }
        Err(error) => wrong("ffmpeg", error.to_string(), "apt-get install ffmpeg, or name one with --ffmpeg"),
    }
}

/// A jailed run that opens what it may not has to fail.
fn jail(common: &Common, tools: &Tools) -> Finding {
    if common.no_jail {
        return wrong("jail", "is switched off", "leave out --no-jail: ffmpeg reads what strangers send");
    }
    let reads = |path: &str| {
        let args = ["-v", "error", "-f", "data", "-i", path, "-map", "0", "-f", "data", "pipe:1"];
        let mut run = Command::ffmpeg(args.map(Into::into).to_vec());
        run.time_limit = Some(Duration::from_secs(20));
        tools.run(run, &Cancel::new())
    };
    match reads("file:/etc/passwd") {
        Ok(output) if !output.stdout.is_empty() => {
            wrong("jail", "does not hold", "use a Linux kernel of 5.13 or later with landlock and seccomp")
        }
        Err(error) if error.code() == "no_jail" => wrong("jail", error.to_string(), "use such a kernel"),
        _ => fine("jail", "holds: a file of this machine could not be read through ffmpeg"),
    }
}

/// The data folder, the database, the files.
async fn data(common: &Common, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    match wire::data_folder(common) {
        Ok(folder) => findings.push(disk(&folder)),
        Err(error) => findings.push(wrong("disk", format!("{error:#}"), "name a folder with --data")),
    }
    match wire::server::open(common, config).await {
        Ok((data, _)) => {
            findings.push(database(&data).await);
            findings.push(files(&data).await);
            data.database.close().await;
        }
        Err(error) => {
            let mend = "look at the address and its rights (--database), or at the rights of the data folder";
            findings.push(wrong("database", format!("{error:#}"), mend));
        }
    }
    findings
}

fn disk(folder: &Path) -> Finding {
    // A folder that is not made yet lies where its nearest parent is.
    let there = folder.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/"));
    match rustix::fs::statvfs(there) {
        Ok(about) => {
            let free = about.f_bavail * about.f_frsize;
            let found = format!("{:.1} GB free at {}", free as f64 / 1e9, there.display());
            let mend = "make room, or name another folder with --data";
            if free >= LEAST_FREE { fine("disk", found) } else { wrong("disk", found, mend) }
        }
        Err(error) => wrong("disk", error.to_string(), "look at the data folder's rights"),
    }
}

async fn database(data: &Data) -> Finding {
    match data.database.clock_ms().await {
        Ok(there) if (there - data.now()).abs() > DRIFT_MS => {
            let found = format!("its clock is {:.1} s from this machine's", (there - data.now()) as f64 / 1e3);
            wrong("database", found, "let NTP keep both clocks: leases and links go by them")
        }
        Ok(_) => fine("database", "answers, and its tables are this version's"),
        Err(error) => wrong("database", error.to_string(), "look at the database's own log"),
    }
}

/// Writes, reads and removes a small file.
async fn files(data: &Data) -> Finding {
    let key = format!("doctor/{}", reelspan_types::new_id(data.clock.as_ref()));
    let body = stream::iter([Ok(bytes::Bytes::from_static(b"well"))]);
    let tried = async {
        data.blobs.put(&key, body, 16).await?;
        let bytes = data.blobs.size(&key).await?;
        data.blobs.delete(&key).await?;
        Ok::<u64, reelspan_store::BlobError>(bytes)
    };
    match tried.await {
        Ok(4) => fine("files", "can be written, read and removed"),
        Ok(_) => wrong("files", "what was written is not what is there", "do not use this disk or bucket"),
        Err(error) => wrong("files", error.to_string(), "look at the bucket's keys and rights, or the data folder's"),
    }
}
