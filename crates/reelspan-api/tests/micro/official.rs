//! The vendor's own Python client, from PyPI, drives all of its 21 operations over a real socket.

use std::path::{Path, PathBuf};

use crate::house::{House, Plan};

/// Python with the client: named by `REELSPAN_PYTHON`, or of the repository's `.venv`; or none, with a visible line. Where `CI`
/// is set it must be there.
#[expect(clippy::disallowed_methods, reason = "tests find the program by the environment, and try it")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("REELSPAN_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python"));
    let tried = std::process::Command::new(&python).args(["-c", "import ffmpeg_micro"]).output();
    let found = tried.is_ok_and(|output| output.status.success()).then_some(python);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "ffmpeg-micro is not in .venv; ./x test installs it");
        println!("SKIPPED: the client ffmpeg-micro is not here; ./x test installs it into .venv");
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the client is a program of its own")]
async fn the_official_client_drives_all_operations() {
    let Some(python) = python() else { return };
    let house = House::open(Plan { models: true, ..Plan::default() }).await;
    house.talk("talk.mp4");
    house.film("second.mp4", 3);
    house.picture("logo.png");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official/drive.py");
    let (base, key, folder) = (house.base.clone(), house.key.clone(), house.folder.path().to_owned());
    let drive =
        move || std::process::Command::new(python).arg(script).args([&base, &key]).arg(folder).output().unwrap();
    let drove = tokio::task::spawn_blocking(drive).await.unwrap();
    let said = String::from_utf8_lossy(&drove.stdout);
    assert!(drove.status.success(), "{said}\n{}", String::from_utf8_lossy(&drove.stderr));
    assert!(said.contains("all 21 operations decode"), "{said}");
}
