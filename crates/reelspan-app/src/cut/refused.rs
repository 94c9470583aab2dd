//! Why a cut is not begun: a sentence that names what was asked for and how to mend it.

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{flag} {stretch} begins after the recording's end at {end}; leave it out or write an earlier time")]
    AfterEnd { flag: &'static str, stretch: String, end: String },
    #[error("{flag} {stretch} goes beyond the recording's end at {end}; write {from}-{end} or {from}-end")]
    BeyondEnd { flag: &'static str, stretch: String, end: String, from: String },
    #[error("{flag} names {one} and {other}, which overlap; write {joined}, or let one end where the other starts")]
    Overlap { flag: &'static str, one: String, other: String, joined: String },
    #[error("{flag} is out of order, and a cut keeps the recording's order; write {flag} {sorted}")]
    OutOfOrder { flag: &'static str, sorted: String },
    #[error("nothing would be left; keep more with {0}")]
    NothingLeft(&'static str),
    #[error("nothing is heard in what should be kept of `{0}`, so --remove-silence would leave nothing; leave it out")]
    AllSilent(String),
    #[error("`{name}` has no sound, so {flag} has nothing to listen to; leave it out")]
    NoSound { name: String, flag: &'static str },
    #[error(
        "--remove-fillers needs the words: give them with --transcript FILE, lay them beside the recording (talk.srt \
         beside talk.mp4), or add a speech model: `reelspan models get base`"
    )]
    NoWords,
    #[error("`{0}` is the recording itself; name another file with -o")]
    OntoInput(String),
    #[error("this would write `{beside}`, which is {what}; name another file with -o")]
    OntoOther { beside: String, what: &'static str },
    #[error("`{0}` is a folder; name a file in it with -o")]
    OntoFolder(String),
    #[error("`{file}` does not end as a kind of file that can be written; use one of .{known}")]
    Ending { file: String, known: String },
    #[error(
        "the length of `{0}` cannot be told; copy it into another container first (ffmpeg -i FILE -c copy out.mkv)"
    )]
    NoLength(String),
}

impl Refused {
    /// Stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AfterEnd { .. } => "keep_after_end",
            Self::BeyondEnd { .. } => "keep_beyond_end",
            Self::Overlap { .. } => "keep_overlap",
            Self::OutOfOrder { .. } => "keep_out_of_order",
            Self::NothingLeft(_) => "nothing_left",
            Self::AllSilent(_) => "all_silent",
            Self::NoSound { .. } => "no_sound",
            Self::NoWords => "no_words",
            Self::OntoInput(_) => "output_is_input",
            Self::OntoOther { .. } => "output_taken",
            Self::OntoFolder(_) => "output_is_folder",
            Self::Ending { .. } => "output_kind",
            Self::NoLength(_) => "no_length",
        }
    }
}
