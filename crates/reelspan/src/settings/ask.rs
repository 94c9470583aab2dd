//! The flags of `reelspan ask`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// A video or sound file, a folder of them, a result of `clips` (folder or clips.json) or of `analyze --json`, or transcripts
    pub(crate) project: PathBuf,
    /// The question [default: a dialogue on a terminal, else one question a line from standard input]
    pub(crate) question: Option<String>,
    /// Print one JSON object for each question
    #[arg(long)]
    pub(crate) json: bool,
    /// Words with times for the project's one recording: .srt, .vtt or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) transcript: Option<PathBuf>,
    /// Most passages to show
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=50))]
    pub(crate) passages: u16,
    /// Write a plan that keeps what the answer cites; `reelspan cut --from-plan` makes it
    #[arg(long, value_name = "FILE", requires = "question")]
    pub(crate) cut_to_answer: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) model: AskModel,
    #[command(flatten)]
    pub(crate) speech: AskSpeech,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "A language model on this machine (none: honest search)")]
pub(crate) struct AskModel {
    /// An OpenAI-compatible endpoint on this machine: LM Studio, Ollama, llama.cpp (its key: REELSPAN_LLM_KEY)
    #[arg(long, value_name = "URL", env = "REELSPAN_LLM_URL", requires = "llm_model")]
    pub(crate) llm_url: Option<String>,
    /// Its model
    #[arg(long, value_name = "NAME", env = "REELSPAN_LLM_MODEL")]
    pub(crate) llm_model: Option<String>,
    /// A model file in GGUF form, run by the program `reelspan-llm`
    #[arg(long, value_name = "FILE", env = "REELSPAN_LLM_FILE")]
    pub(crate) llm_file: Option<PathBuf>,
    /// The reelspan-llm program [default: beside this program, then from PATH]
    #[arg(long, value_name = "FILE", env = "REELSPAN_LLM")]
    pub(crate) llm: Option<PathBuf>,
}

/// Only what runs on this machine: sound is sent nowhere for a question.
#[derive(Debug, Args)]
#[command(next_help_heading = "Speech to words")]
pub(crate) struct AskSpeech {
    /// An installed model's name, or a whisper.cpp model file [default: the best that is installed]
    #[arg(long, value_name = "MODEL", env = "REELSPAN_STT_MODEL")]
    pub(crate) stt_model: Option<String>,
    /// The reelspan-stt program [default: beside this program, then from PATH]
    #[arg(long, value_name = "FILE", env = "REELSPAN_STT")]
    pub(crate) stt: Option<PathBuf>,
    /// Spoken language (`en`, `de`, ...) [default: recognised]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
}
