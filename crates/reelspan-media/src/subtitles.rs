//! Reads subtitles and transcripts: SRT, WebVTT, JSON with words.

use crate::transcript::{Timing, Transcript};

mod cues;
mod encoding;
mod json;
mod markup;
mod split;

/// Ten hours of word-timed JSON are about 30 MB.
const LARGEST: usize = 50 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum SubtitleError {
    #[error("line {line}: {what}")]
    Malformed { line: usize, what: String },
    #[error("there are no words in it")]
    Empty,
    #[error("`{0}` is not a transcript format; use .srt, .vtt or .json")]
    UnknownFormat(String),
    #[error("it has {megabytes} MB, and 50 MB is the most; split it or leave out what is not words")]
    TooLarge { megabytes: usize },
}

/// What is shown from one time to another, as its author broke it into lines.
#[derive(Clone, PartialEq)]
pub struct Cue {
    pub start: f64,
    pub end: f64,
    pub lines: Vec<String>,
}

impl std::fmt::Debug for Cue {
    /// Without what is said.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Cue").field("start", &self.start).field("end", &self.end).finish_non_exhaustive()
    }
}

/// The cues of SRT or WebVTT, as plain text in the order in which they are shown.
pub fn cues(bytes: &[u8]) -> Result<Vec<Cue>, SubtitleError> {
    if bytes.len() > LARGEST {
        return Err(SubtitleError::TooLarge { megabytes: bytes.len() / (1024 * 1024) });
    }
    let text = encoding::decode(bytes);
    let cues = cues::shown(&text, format(&text, "")? == Format::Vtt)?;
    if cues.is_empty() { Err(SubtitleError::Empty) } else { Ok(cues) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Srt,
    Vtt,
    Json,
}

/// Reads by extension (`srt`, `vtt`, `json`), or by content where it is empty.
pub fn parse(bytes: &[u8], extension: &str) -> Result<Transcript, SubtitleError> {
    if bytes.len() > LARGEST {
        return Err(SubtitleError::TooLarge { megabytes: bytes.len() / (1024 * 1024) });
    }
    let text = encoding::decode(bytes);
    let transcript = match format(&text, extension)? {
        Format::Srt => cues::parse(&text, false)?,
        Format::Vtt => cues::parse(&text, true)?,
        Format::Json => json::parse(&text)?,
    };
    if transcript.words.is_empty() { Err(SubtitleError::Empty) } else { Ok(transcript) }
}

/// Players name files carelessly: a WebVTT header is believed more than `.srt`.
fn format(text: &str, extension: &str) -> Result<Format, SubtitleError> {
    let named = match extension.trim_start_matches('.').to_ascii_lowercase().as_str() {
        "json" => return Ok(Format::Json),
        "srt" => Some(Format::Srt),
        "vtt" | "webvtt" => Some(Format::Vtt),
        "" => None,
        _ => {
            return Err(SubtitleError::UnknownFormat(extension.chars().filter(|c| !c.is_control()).take(20).collect()));
        }
    };
    let start = text.trim_start();
    if start.starts_with("WEBVTT") {
        return Ok(Format::Vtt);
    }
    if let Some(format) = named {
        return Ok(format);
    }
    if start.starts_with(['{', '[']) { Ok(Format::Json) } else { Ok(Format::Srt) }
}

/// Word timing is believed when most words have it.
fn timing(timed: usize, all: usize) -> Timing {
    if all > 0 && timed * 2 >= all { Timing::Word } else { Timing::Line }
}

#[cfg(test)]
mod tests;
