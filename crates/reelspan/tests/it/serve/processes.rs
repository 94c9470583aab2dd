//! Looks at the processes of this machine: which of them work on one installation's files.

use std::path::Path;
use std::process::Command;

/// Processes whose arguments name the folder: ids and names. The service itself has it in its environment only.
pub(crate) fn naming(folder: &Path) -> Vec<(u32, String)> {
    let folder = folder.to_str().unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // What ends while we look has no arguments any more.
        let args = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&args).contains(folder) {
            let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            found.push((id, name.trim().to_owned()));
        }
    }
    found
}

/// The ffmpeg that works on the folder.
pub(crate) fn ffmpeg(folder: &Path) -> Option<u32> {
    naming(folder).into_iter().find(|(_, name)| name == "ffmpeg").map(|(id, _)| id)
}

#[expect(clippy::disallowed_methods, reason = "sends a signal as an operator would")]
pub(crate) fn tell(id: u32, signal: &str) {
    // One that has just ended has nothing to be told.
    let _ = Command::new("kill").args([signal, &id.to_string()]).output().unwrap();
}
