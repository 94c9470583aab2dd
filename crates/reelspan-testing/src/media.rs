//! Real media for tests: the open set, and small files made with the system's ffmpeg.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the open media set, or none (with a visible line) where the set is absent.
#[expect(clippy::disallowed_methods, reason = "tests find the media by one variable")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub fn open_media(name: &str) -> Option<PathBuf> {
    let beside = || {
        let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        above.find_map(|up| Some(up.join("shared/media")).filter(|path| path.join("open").is_dir()))
    };
    let set = std::env::var_os("REELSPAN_MEDIA").map(PathBuf::from).or_else(beside);
    let file = set.map(|set| set.join("open").join(name)).filter(|file| file.exists());
    if file.is_none() {
        println!("SKIPPED: open media file {name} is not here; set REELSPAN_MEDIA to its folder");
    }
    file
}

/// Makes a file with the system's ffmpeg, outside the jail: tests trust their own media.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "tests make their media with the bare program")]
pub fn make_media(args: &[&str], output: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(args)
        .arg(output)
        .output()
        .expect("tests need ffmpeg; ./x test installs it");
    assert!(made.status.success(), "ffmpeg could not make it: {}", String::from_utf8_lossy(&made.stderr));
}

/// What ffprobe says of a finished file, frames counted.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "tests judge a result with the bare program")]
pub fn probe_json(file: &Path) -> serde_json::Value {
    let probed = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-show_format", "-show_streams", "-of", "json"])
        .arg(file)
        .output()
        .expect("tests need ffprobe; ./x test installs it");
    assert!(probed.status.success(), "{} is not readable", file.display());
    serde_json::from_slice(&probed.stdout).expect("ffprobe prints JSON")
}
