//! The flags of `reelspan music-edit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use reelspan_types::Aspect;

use super::LayoutWish;
use super::beats::ReadAs;

#[derive(Debug, Args)]
pub(crate) struct MusicEdit {
    /// Videos and pictures to cut from
    #[arg(required_unless_present = "from_plan", value_name = "FOOTAGE")]
    pub(crate) sources: Vec<PathBuf>,
    /// The song (or a film with sound); with --fit-cuts several to choose from
    #[arg(long, required_unless_present = "from_plan", value_name = "FILE")]
    pub(crate) music: Vec<PathBuf>,
    /// Folder for the edit [default: NAME-edit in the current folder, by the music's name]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Length of the edit [default: about 30s, to the end of a bar]
    #[arg(long, value_parser = length)]
    pub(crate) length: Option<f64>,
    /// Picture shapes, each makes a file of its own [default: 9:16; with --fit-cuts the footage's own]
    #[arg(long, value_delimiter = ',', value_name = "W:H,...")]
    pub(crate) aspect: Vec<Aspect>,
    /// How often it cuts
    #[arg(long, value_enum, default_value_t = PaceWish::Balanced)]
    pub(crate) pace: PaceWish,
    /// `none`, `some` (where the music turns), `many` (at bars), or kinds in turn: dissolve,dip,flash,push,wipe,zoom
    #[arg(long, value_delimiter = ',', default_value = "some", value_name = "WISH")]
    pub(crate) transitions: Vec<String>,
    /// How the picture is framed
    #[arg(long, value_enum, default_value_t = LayoutWish::Auto)]
    pub(crate) layout: LayoutWish,
    /// Keep the cuts of the footage as they are and find the place in the music that they fit
    #[arg(long, conflicts_with_all = ["length", "pace", "transitions", "start"])]
    pub(crate) fit_cuts: bool,
    /// Where in the music the edit begins, or `auto`
    #[arg(long, default_value = "auto", value_name = "TIME")]
    pub(crate) start: String,
    /// Read the music's beat another way
    #[arg(long, value_enum, value_name = "READING")]
    pub(crate) beats: Option<ReadAs>,
    /// Keep the footage's own sound, this many dB beside the music, -40 to 12
    #[arg(long, value_name = "DB", allow_negative_numbers = true, value_parser = beside)]
    pub(crate) original_sound: Option<f64>,
    /// Integrated loudness in LUFS, -36 to -8
    #[arg(long, default_value_t = -14.0, allow_negative_numbers = true, value_parser = super::loudness)]
    pub(crate) loudness: f64,
    /// `none`, `free` (the built-in mark), `text:WORDS`, or a picture file
    #[arg(long, default_value = "none")]
    pub(crate) watermark: String,
    /// Write the plan (edit.json) and its timeline without rendering
    #[arg(long, conflicts_with = "from_plan")]
    pub(crate) plan_only: bool,
    /// Render exactly this plan, edited or not; name files only if they were moved
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "length", "aspect", "pace", "transitions", "layout", "fit_cuts", "start", "beats", "original_sound", "loudness", "watermark",
    ])]
    pub(crate) from_plan: Option<PathBuf>,
    /// Try hardware encoders first
    #[arg(long)]
    pub(crate) hardware: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaceWish {
    /// Bars
    Calm,
    /// Bars and half bars
    Balanced,
    /// Half bars and beats
    Fast,
}

fn length(text: &str) -> Result<f64, String> {
    let seconds = reelspan_types::parse_time(text).map_err(|error| error.to_string())?;
    if (1.0..=3600.0).contains(&seconds) { Ok(seconds) } else { Err("an edit may last from 1s to 1h".to_owned()) }
}

fn beside(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (-40.0..=12.0).contains(&value) => Ok(value),
        _ => Err("write dB beside the music, from -40 to 12; -10 keeps it well below".to_owned()),
    }
}
