//! Flags of `reelspan beats`.

use clap::{Args, ValueEnum};
use reelspan_media::beats::Reading;

use super::Input;

#[derive(Debug, Args)]
pub(crate) struct Beats {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Read the same music another way than was chosen; may be given more than once, applied in order
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) read_as: Vec<ReadAs>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReadAs {
    /// Every beat half a beat later
    HalfBeatLater,
    /// Twice as many beats
    Double,
    /// Every second beat
    Half,
}

impl From<ReadAs> for Reading {
    fn from(wish: ReadAs) -> Self {
        match wish {
            ReadAs::HalfBeatLater => Self::HalfBeatLater,
            ReadAs::Double => Self::Double,
            ReadAs::Half => Self::Half,
        }
    }
}
