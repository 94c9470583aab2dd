//! The lines that the speech helper `reelspan-stt` writes: one JSON object a line, the last one an answer or a failure.
//!
//! ```text
//! {"progress":0.25}
//! {"language":"en","words":[{"start":0.32,"end":0.61,"text":"Hello","confidence":0.93}]}
//! {"error":{"code":"bad_model","message":"..."}}
//! ```

use serde::{Deserialize, Serialize};

/// One line of the helper's standard output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// How much of the recording is done, 0 to 1.
    Progress {
        progress: f64,
    },
    Answer(Speech),
    Failure {
        error: Failure,
    },
}

/// Everything that was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speech {
    /// ISO 639-1, as given or as detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    pub words: Vec<Word>,
}

/// One word with its seconds from the start of the recording.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    pub start: f64,
    pub end: f64,
    pub text: String,
    /// 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// What people say is content: a debug print shows its length, never its text.
impl std::fmt::Debug for Word {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Word({} bytes at {:.3}-{:.3})", self.text.len(), self.start, self.end)
    }
}

/// Why the helper gave up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub code: FailureCode,
    /// One sentence for a person, without content.
    pub message: String,
}

/// Each is also an exit code of the helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The options do not fit: exit code 2.
    Usage,
    /// The model is missing or is no whisper.cpp model: 3.
    BadModel,
    /// The sound cannot be read: 4.
    BadInput,
    /// The model does not fit into memory: 5.
    NoMemory,
    /// Anything else: 6.
    Failed,
}

impl FailureCode {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::BadModel => 3,
            Self::BadInput => 4,
            Self::NoMemory => 5,
            Self::Failed => 6,
        }
    }
}
