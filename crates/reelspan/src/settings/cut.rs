//! The flags of `reelspan cut`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use reelspan_app::cut::Stretch;

use super::SpeechFlags;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true)
    .args(["keep", "drop", "remove_silence", "remove_fillers", "from_plan"]))]
pub(crate) struct Cut {
    /// A video or sound file
    #[arg(required_unless_present = "from_plan")]
    pub(crate) input: Option<PathBuf>,
    /// What stays, in the order of the recording: 0:03.3-0:52.7,1:10-end [default: all of it]
    #[arg(long, value_delimiter = ',', value_name = "FROM-TO,...")]
    pub(crate) keep: Vec<Stretch>,
    /// What goes, also from within what stays
    #[arg(long, value_delimiter = ',', value_name = "FROM-TO,...")]
    pub(crate) drop: Vec<Stretch>,
    /// Shorten long pauses
    #[arg(long)]
    pub(crate) remove_silence: bool,
    /// How long a pause must be to be shortened, 300ms to 60s
    #[arg(long, value_name = "TIME", default_value = "0.9s", value_parser = pause, requires = "remove_silence")]
    pub(crate) pause: f64,
    /// What stays of a shortened pause, 0s to 5s
    #[arg(long, value_name = "TIME", default_value = "0.25s", value_parser = leave, requires = "remove_silence")]
    pub(crate) leave: f64,
    /// Remove "um", "uh" and their like, and stutters; needs words with times
    #[arg(long)]
    pub(crate) remove_fillers: bool,
    /// Words with times: .srt, .vtt or .json [default: a file beside the input, a track inside it, for fillers a speech model]
    #[arg(long, value_name = "FILE")]
    pub(crate) transcript: Option<PathBuf>,
    /// Encode everything anew instead of copying what can be copied
    #[arg(long)]
    pub(crate) encode: bool,
    /// Write the plan (NAME.cut.json) without cutting: each pause and filler in it has a switch, `keep`
    #[arg(long, conflicts_with = "from_plan")]
    pub(crate) plan_only: bool,
    /// Cut exactly as this plan says, edited or not
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "keep", "drop", "remove_silence", "pause", "leave", "remove_fillers", "encode", "language",
    ])]
    pub(crate) from_plan: Option<PathBuf>,
    /// The finished file; plan, certificate and captions lie beside it [default: NAME-cut.EXT in the current folder]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) speech: SpeechFlags,
}

fn pause(text: &str) -> Result<f64, String> {
    within(text, 0.3, 60.0, "a pause may be from 300ms to 60s; shorter gaps are the breath between words")
}

fn leave(text: &str) -> Result<f64, String> {
    within(text, 0.0, 5.0, "what stays of a pause may be from 0s to 5s")
}

fn within(text: &str, least: f64, most: f64, otherwise: &str) -> Result<f64, String> {
    let seconds = reelspan_types::parse_time(text).map_err(|error| error.to_string())?;
    if (least..=most).contains(&seconds) { Ok(seconds) } else { Err(otherwise.to_owned()) }
}
