//! Every flag and environment variable, with its meaning.

pub(crate) mod ask;
pub(crate) mod beats;
mod cut;
pub(crate) mod export;
pub(crate) mod idle;
pub(crate) mod keys;
pub(crate) mod music_edit;
pub(crate) mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use reelspan_types::Aspect;

pub(crate) use cut::Cut;

/// One long video in, finished shorts out. On your machine; nothing leaves it.
#[derive(Debug, Parser)]
#[command(name = "reelspan", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Folder for finished stages, so that nothing is worked twice [default: the user's cache folder]
    #[arg(long, global = true, value_name = "DIR", env = "REELSPAN_CACHE", help_heading = "Machine")]
    pub(crate) cache: Option<PathBuf>,
    /// Folder with speech models [default: the user's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "REELSPAN_MODELS", help_heading = "Machine")]
    pub(crate) models: Option<PathBuf>,
    /// Folder for what is kept longer than stages: usage counts, and models if --models is not given [default: the user's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "REELSPAN_DATA", help_heading = "Machine")]
    pub(crate) data: Option<PathBuf>,
    /// The ffmpeg program [default: from PATH]
    #[arg(long, global = true, value_name = "FILE", env = "REELSPAN_FFMPEG", help_heading = "Machine")]
    pub(crate) ffmpeg: Option<PathBuf>,
    /// The ffprobe program [default: from PATH]
    #[arg(long, global = true, value_name = "FILE", env = "REELSPAN_FFPROBE", help_heading = "Machine")]
    pub(crate) ffprobe: Option<PathBuf>,
    /// Folders with fonts, instead of the system's
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "REELSPAN_FONTS",
        value_delimiter = ':',
        help_heading = "Machine"
    )]
    pub(crate) fonts: Vec<PathBuf>,
    /// Run ffmpeg without its jail: only for files that you made yourself
    #[arg(long, global = true, env = "REELSPAN_NO_JAIL", help_heading = "Machine")]
    pub(crate) no_jail: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Cut the best moments of a long recording into captioned clips
    Clips(Box<Clips>),
    /// Write a plan as other editors read it: OpenTimelineIO, Final Cut Pro, Premiere, EDL
    Export(export::Export),
    /// Check a plan, or print the schema of plans
    Plan {
        #[command(subcommand)]
        action: export::Plans,
    },
    /// Cut a recording: keep stretches of it, shorten pauses, remove fillers; copied where it can be
    Cut(Box<Cut>),
    /// Cut footage to a song: shots that change on its beats
    MusicEdit(Box<music_edit::MusicEdit>),
    /// Show what one decode of a recording tells: shots, loudness, speech, motion, faces
    Analyze(Analyze),
    /// Find the beats, bars and sections of a piece of music
    Beats(beats::Beats),
    /// Show what a file is
    Probe(Input),
    /// Answer questions about recordings from what is said in them; on this machine, and nothing is kept
    Ask(Box<ask::Ask>),
    /// List, fetch or remove speech models
    Models {
        #[command(subcommand)]
        action: Models,
    },
    /// List the caption styles
    Styles,
    /// List or clear finished stages
    Cache {
        #[command(subcommand)]
        action: Cache,
    },
    /// Show how often things were made on this machine: seven numbers a day, sent nowhere
    Usage(Usage),
    /// Make, list or revoke API keys of the service
    Keys(keys::Keys),
    /// Serve the API and do its jobs, until told to stop
    Serve(Box<serve::Serve>),
    /// Do jobs of a service that shares its database and files
    Worker(Box<serve::ServiceFlags>),
    /// Look at all that the service needs, and say how to mend what is wrong
    Doctor(Box<serve::Doctor>),
    /// Show the service's settings
    Config {
        #[command(subcommand)]
        action: serve::Config,
    },
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Args)]
pub(crate) struct Analyze {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Look for nothing else
    #[arg(long, value_enum)]
    pub(crate) only: Option<Only>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// Shots, motion, black and frozen stretches
    Shots,
}

#[derive(Debug, Args)]
pub(crate) struct Input {
    /// A video or sound file
    pub(crate) input: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Clips {
    /// A video or sound file, or a URL (through yt-dlp)
    #[arg(required_unless_present = "from_plan")]
    pub(crate) input: Option<String>,
    /// Folder for the clips [default: NAME-clips in the current folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Most clips to make [default: as many as are good]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub(crate) count: Option<u16>,
    /// Shortest clip
    #[arg(long, default_value = "15s", value_parser = length)]
    pub(crate) min: f64,
    /// Longest clip
    #[arg(long, default_value = "60s", value_parser = length)]
    pub(crate) max: f64,
    /// Picture shapes, each makes a file of its own [default: 9:16]
    #[arg(long, value_delimiter = ',', value_name = "W:H,...")]
    pub(crate) aspect: Vec<Aspect>,
    /// Words with times: .srt, .vtt or .json [default: a file beside the input, a track inside it, a speech model]
    #[arg(long, value_name = "FILE")]
    pub(crate) transcript: Option<PathBuf>,
    /// Caption style, or `none`; `reelspan styles` lists them
    #[arg(long, value_name = "STYLE", default_value = "bold")]
    pub(crate) captions: String,
    /// How the picture is framed
    #[arg(long, value_enum, default_value_t = LayoutWish::Auto)]
    pub(crate) layout: LayoutWish,
    /// Integrated loudness in LUFS, -36 to -8
    #[arg(long, default_value_t = -14.0, allow_negative_numbers = true, value_parser = loudness)]
    pub(crate) loudness: f64,
    /// `none`, `free` (the built-in mark), `text:WORDS`, or a picture file
    #[arg(long, default_value = "none")]
    pub(crate) watermark: String,
    /// Write the plan (clips.json) without rendering
    #[arg(long, conflicts_with = "from_plan")]
    pub(crate) plan_only: bool,
    /// Render exactly this plan, edited or not; it says all that the flags for choosing and framing would
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "count", "min", "max", "aspect", "transcript", "captions", "layout", "loudness", "watermark", "language",
    ])]
    pub(crate) from_plan: Option<PathBuf>,
    /// Try hardware encoders first
    #[arg(long)]
    pub(crate) hardware: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) speech: SpeechFlags,
    #[command(flatten)]
    pub(crate) chooser: ChooserFlags,
    /// Cookies for a URL, in Netscape form; used as a private copy
    #[arg(long, value_name = "FILE", help_heading = "URLs")]
    pub(crate) cookies: Option<PathBuf>,
    /// The yt-dlp program [default: from PATH]
    #[arg(long, value_name = "FILE", env = "REELSPAN_YTDLP", help_heading = "URLs")]
    pub(crate) yt_dlp: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Speech to words")]
pub(crate) struct SpeechFlags {
    /// An installed model's name, or a whisper.cpp model file [default: the best that is installed]
    #[arg(long, value_name = "MODEL", env = "REELSPAN_STT_MODEL")]
    pub(crate) stt_model: Option<String>,
    /// The reelspan-stt program [default: beside this program, then from PATH]
    #[arg(long, value_name = "FILE", env = "REELSPAN_STT")]
    pub(crate) stt: Option<PathBuf>,
    /// An OpenAI-compatible endpoint (its key: REELSPAN_TRANSCRIBE_KEY); the sound is sent there
    #[arg(long, value_name = "URL", env = "REELSPAN_TRANSCRIBE_URL")]
    pub(crate) transcribe_url: Option<String>,
    /// The model that the endpoint should use
    #[arg(long, value_name = "NAME", env = "REELSPAN_TRANSCRIBE_MODEL", default_value = "whisper-1")]
    pub(crate) transcribe_model: String,
    /// Spoken language (`en`, `de`, ...) [default: recognised]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing with a language model")]
pub(crate) struct ChooserFlags {
    /// An OpenAI-compatible endpoint on this machine that re-ranks the candidates and writes titles
    #[arg(long, value_name = "URL", env = "REELSPAN_LLM_URL", requires = "llm_model")]
    pub(crate) llm_url: Option<String>,
    /// Its model
    #[arg(long, value_name = "NAME", env = "REELSPAN_LLM_MODEL")]
    pub(crate) llm_model: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutWish {
    /// Each shot gets what suits it
    Auto,
    /// Follow the person
    Track,
    /// The whole picture over a blurred fill
    Fit,
    /// Two people, one over the other
    Split,
    /// The middle, standing still
    Center,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// What can be had and what is installed
    List {
        #[arg(long)]
        json: bool,
    },
    /// Fetch one; an interrupted fetch goes on where it stopped
    Get { name: String },
    /// Delete one
    Remove { name: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cache {
    /// How much of what is kept
    List,
    /// Delete everything that is kept
    Clear,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Usage {
    #[command(subcommand)]
    pub(crate) action: Option<UsageAction>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsageAction {
    /// Forget every day
    Clear,
}

pub(crate) fn is_url(input: &str) -> bool {
    input.starts_with("http://") || input.starts_with("https://")
}

fn length(text: &str) -> Result<f64, String> {
    let seconds = reelspan_types::parse_time(text).map_err(|error| error.to_string())?;
    if (1.0..=3600.0).contains(&seconds) { Ok(seconds) } else { Err("a clip may last from 1s to 1h".to_owned()) }
}

fn loudness(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (-36.0..=-8.0).contains(&value) => Ok(value),
        _ => Err("write LUFS from -36 to -8; platforms play at about -14".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_flags_are_sound() {
        super::Cli::command().debug_assert();
    }
}
