//! The timecode that a camera wrote into a file: only editors ask for it, so it is a look of its own.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::MediaInfo;
use crate::tool::{Command, Program, ToolError, Tools};
use reelspan_types::Cancel;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    streams: Vec<Tagged>,
    #[serde(default)]
    format: Tagged,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tagged {
    tags: Value,
}

impl Tagged {
    fn timecode(&self) -> Option<String> {
        self.tags.get("timecode")?.as_str().map(str::to_owned)
    }
}

/// The timecode of the first frame, as the file says it: in a stream of the picture's, or for the whole file.
pub fn timecode(tools: &Tools, info: &MediaInfo, input: &Path, cancel: &Cancel) -> Result<Option<String>, ToolError> {
    let entries = "format_tags=timecode:stream_tags=timecode";
    let mut args: Vec<_> = ["-v", "error", "-of", "json=c=1", "-show_entries", entries].map(Into::into).into();
    args.extend(info.input_args(input));
    let command = Command {
        program: Program::Ffprobe,
        args,
        reads: vec![input.to_owned()],
        writes: Vec::new(),
        fonts: false,
        devices: false,
        pipes: 0,
        max_file_bytes: 1,
        time_limit: Some(super::TIME_LIMIT),
    };
    let output = tools.run(command, cancel)?;
    let answer: Option<Answer> = serde_json::from_slice(&output.stdout).ok();
    Ok(answer.and_then(|answer| answer.streams.iter().find_map(Tagged::timecode).or_else(|| answer.format.timecode())))
}
