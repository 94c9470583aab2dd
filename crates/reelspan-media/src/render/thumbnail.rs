//! Writes one frame of a finished clip as a JPEG for lists.

use std::path::Path;
use std::time::Duration;

use reelspan_types::Cancel;

use super::RenderError;
use super::part::Part;
use crate::tool::{Command, Program, Tools, file_arg};

/// Pixels across: sharp on a phone, a few tens of kilobytes.
const WIDTH: u32 = 540;

/// Writes one frame of a finished clip as a JPEG.
pub fn thumbnail(tools: &Tools, clip: &Path, at: f64, output: &Path, cancel: &Cancel) -> Result<(), RenderError> {
    let part = Part::beside(output);
    let at = if at.is_finite() { at.max(0.0) } else { 0.0 };
    let mut args: Vec<std::ffi::OsString> = ["-loglevel", "error", "-ss"].map(Into::into).to_vec();
    args.push(format!("{at:.6}").into());
    // One thread: more would decode frames behind the wanted one, for nothing.
    args.extend(["-threads", "1", "-protocol_whitelist", "file", "-f", "mov", "-i"].map(Into::into));
    args.push(file_arg(clip));
    let filter = format!("scale={WIDTH}:-2:flags=lanczos:out_color_matrix=bt601:out_range=full,format=yuvj420p");
    args.extend(["-map", "0:v:0", "-vf", &filter].map(Into::into));
    args.extend(["-frames:v", "1", "-c:v", "mjpeg", "-q:v", "3", "-bitexact", "-f", "mjpeg"].map(Into::into));
    args.push(file_arg(part.path()));
    let command = Command {
        program: Program::Ffmpeg,
        args,
        reads: vec![clip.to_owned()],
        writes: vec![part.path().to_owned()],
        fonts: false,
        devices: false,
        pipes: 0,
        max_file_bytes: 16 << 20,
        time_limit: Some(Duration::from_secs(60)),
    };
    tools.run(command, cancel)?;
    if part.path().metadata().map_or(0, |about| about.len()) == 0 {
        return Err(RenderError::Unsound("there is no frame at the thumbnail's time".to_owned()));
    }
    part.keep(output)
}
