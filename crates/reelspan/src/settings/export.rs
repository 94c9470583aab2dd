//! Flags of `reelspan export` and `reelspan plan`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use reelspan_media::exchange::{Format, Rate, Shape};

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A plan of any kind: clips.json, edit.json, cut.json
    pub(crate) plan: PathBuf,
    /// What the editor reads
    #[arg(long, value_enum)]
    pub(crate) format: FormatName,
    /// Only this clip of clips [default: all of them]
    #[arg(long, value_name = "ID")]
    pub(crate) clip: Option<String>,
    /// The picture's shape, one that the plan frames, or `source` for the whole picture [default: the plan's first]
    #[arg(long, value_name = "W:H", value_parser = shape)]
    pub(crate) aspect: Option<Shape>,
    /// Frames a second of a recording that is not here to be asked: 25, 29.97, 30000/1001
    #[arg(long, value_name = "RATE")]
    pub(crate) frame_rate: Option<Rate>,
    /// Where to: a file, a folder, or `-` for standard output [default: beside the plan]
    #[arg(long, short, value_name = "FILE|DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// OpenTimelineIO: Resolve, Avid, Nuke and others
    Otio,
    /// Final Cut Pro, Resolve
    Fcpxml,
    /// Final Cut Pro 7: Premiere, Resolve
    Fcp7xml,
    /// CMX3600, a file for each clip: nearly everything
    Edl,
}

impl FormatName {
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Otio => Format::Otio,
            Self::Fcpxml => Format::Fcpxml,
            Self::Fcp7xml => Format::Fcp7,
            Self::Edl => Format::Edl,
        }
    }
}

fn shape(text: &str) -> Result<Shape, String> {
    match text {
        "source" => Ok(Shape::Source),
        other => other.parse().map(Shape::Aspect).map_err(|error: reelspan_types::AspectError| error.to_string()),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Plans {
    /// Say whether a plan holds together; a fault is told by line and column
    Check { file: PathBuf },
    /// Print the JSON schema of every kind of plan
    Schema,
}
