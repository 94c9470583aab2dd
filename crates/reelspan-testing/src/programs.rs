//! Programs that some tests need and that not every machine has.

use std::path::{Path, PathBuf};

/// The real yt-dlp: named by `REELSPAN_YT_DLP`, in the repository's `.venv`, or on the PATH; or none, with a visible line.
#[expect(clippy::disallowed_methods, reason = "tests find the program by the environment")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub fn yt_dlp() -> Option<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut places = vec![repository.join(".venv/bin/yt-dlp")];
    if let Some(path) = std::env::var_os("PATH") {
        places.extend(std::env::split_paths(&path).map(|folder| folder.join("yt-dlp")));
    }
    if let Some(named) = std::env::var_os("REELSPAN_YT_DLP") {
        places.insert(0, named.into());
    }
    let found = places.into_iter().find(|place| place.is_file());
    if found.is_none() {
        println!("SKIPPED: yt-dlp is not here; set REELSPAN_YT_DLP to it or install it into .venv");
    }
    found
}

/// The real speech helper: named by `REELSPAN_STT`, or none, with a visible line.
#[expect(clippy::disallowed_methods, reason = "tests find the program by the environment")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub fn speech_helper() -> Option<PathBuf> {
    let found = std::env::var_os("REELSPAN_STT").map(PathBuf::from);
    if found.is_none() {
        println!("SKIPPED: set REELSPAN_STT to a built reelspan-stt to test with it");
    }
    found
}

/// The real language helper: named by `REELSPAN_LLM`, or none, with a visible line.
#[expect(clippy::disallowed_methods, reason = "tests find the program by the environment")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub fn language_helper() -> Option<PathBuf> {
    let found = std::env::var_os("REELSPAN_LLM").map(PathBuf::from);
    if found.is_none() {
        println!("SKIPPED: set REELSPAN_LLM to a built reelspan-llm to test with it");
    }
    found
}

/// Python with OpenTimelineIO, its adapters and jsonschema: named by `REELSPAN_PYTHON`, or of the repository's `.venv`; or
/// none, with a visible line. Where `CI` is set it must be there.
#[expect(clippy::disallowed_methods, reason = "tests find the program by the environment, and try it")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub fn editors_python() -> Option<PathBuf> {
    let named = std::env::var_os("REELSPAN_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python"));
    let needed = "import opentimelineio, otio_fcpx_xml_adapter, otio_fcp_adapter, otio_cmx3600_adapter, jsonschema";
    let tried = std::process::Command::new(&python).args(["-c", needed]).output();
    let found = tried.is_ok_and(|output| output.status.success()).then_some(python);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "OpenTimelineIO is not in .venv; ./x test installs it");
        println!("SKIPPED: OpenTimelineIO is not here; ./x test installs it into .venv");
    }
    found
}

/// Python with the tus client `tuspy`: named by `REELSPAN_PYTHON`, or of the repository's `.venv`; or none, with a visible
/// line. Where `CI` is set it must be there.
#[expect(clippy::disallowed_methods, reason = "tests find the program by the environment, and try it")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub fn tus_python() -> Option<PathBuf> {
    let named = std::env::var_os("REELSPAN_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python"));
    let tried = std::process::Command::new(&python).args(["-c", "import tusclient"]).output();
    let found = tried.is_ok_and(|output| output.status.success()).then_some(python);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "tuspy is not in .venv; ./x test installs it");
        println!("SKIPPED: tuspy is not here; ./x test installs it into .venv");
    }
    found
}
