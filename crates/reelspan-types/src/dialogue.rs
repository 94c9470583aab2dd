//! What passes between Reelspan and the helper `reelspan-llm`: one request as a line of JSON on its standard input, then
//! lines of JSON on its standard output, the last one an end or an error.
//!
//! ```text
//! > {"model":"/m/small.gguf","messages":[{"role":"user","content":"..."}],"max_tokens":400}
//! < {"loading":0.5}
//! < {"reading":0.25}
//! < {"piece":"She says"}
//! < {"end":{"why":"stop","prompt_tokens":812,"answer_tokens":57,"template":"own"}}
//! < {"error":{"code":"truncated","message":"..."}}
//! ```
//!
//! The request's line ends with a newline; the helper works while its standard input stays open and stops when it closes.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};

/// What a person asked, what was said in a recording, what a model answered. It has no `Display` and cannot be serialised on
/// its own, so that it never slips into a log, an error or a file; a debug print shows its size.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Content(String);

impl Content {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The words themselves, for the one who is to read them.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Content({} bytes)", self.0.len())
    }
}

/// For the fields of the two lines that are piped, and nothing else.
fn exposed<S: Serializer>(content: &Content, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(content.expose())
}

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    pub role: Role,
    #[serde(serialize_with = "exposed")]
    pub content: Content,
}

/// What the helper is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A GGUF file, or the first part of a split one.
    pub model: PathBuf,
    pub messages: Vec<Message>,
    /// The answer ends at the latest after so many tokens.
    pub max_tokens: u32,
    /// A JSON schema, as text, that the answer keeps to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// A grammar in llama.cpp's GBNF that the answer keeps to; not beside a schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grammar: Option<String>,
    /// How many tokens the model sees at once; what the request needs, within what the model was trained for, where none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u32>,
    /// As many as there are physical cores, within the quota, where none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// The same seed gives the same answer; only of use with a temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// 0, or none: always the likeliest token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
}

/// One line of the helper's standard output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// How much of the model is loaded, 0 to 1.
    Loading(f64),
    /// How much of the messages the model has read, 0 to 1.
    Reading(f64),
    /// The next words of the answer: whole characters.
    Piece(#[serde(serialize_with = "exposed")] Content),
    End(End),
    Error(Failure),
}

/// How the answer ended, and what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub why: Why,
    pub prompt_tokens: u32,
    pub answer_tokens: u32,
    /// None where it was cancelled before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The model had said all.
    Stop,
    /// The answer reached its greatest length.
    Length,
    /// The one who asked is gone, or asked to stop.
    Cancelled,
}

/// How the messages were laid out for the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// By the chat template in the model file.
    Own,
    /// The file's template cannot be used; llama.cpp knows its like.
    Known,
    /// The file has none, but ChatML's marks are in its vocabulary.
    ChatMl,
    /// Plainly, `User: ... Assistant:`; answers of such models are often weak.
    Plain,
}

/// Why the helper gave up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub code: FailureCode,
    /// One sentence for a person, without content.
    pub message: String,
}

/// Each is also an exit code of the helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The request does not fit: exit code 2.
    BadRequest,
    /// The model is missing, no GGUF, or damaged: 3.
    BadModel,
    /// The file is a GGUF and ends too early: 4.
    Truncated,
    /// A sound GGUF that llama.cpp cannot chat with: 5.
    Unsupported,
    /// The model or its context does not fit into memory: 6.
    NoMemory,
    /// The messages do not fit into the context: 7.
    TooLong,
    /// The schema or grammar cannot be kept to: 8.
    BadSchema,
    /// Anything else: 9.
    Failed,
}

impl FailureCode {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::BadRequest => 2,
            Self::BadModel => 3,
            Self::Truncated => 4,
            Self::Unsupported => 5,
            Self::NoMemory => 6,
            Self::TooLong => 7,
            Self::BadSchema => 8,
            Self::Failed => 9,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debug_print_shows_sizes_and_no_words() {
        let message = Message { role: Role::User, content: "where is the treasure".into() };
        let shown = format!("{message:?} {:?}", Line::Piece("under the palm".into()));
        assert_eq!(shown, "Message { role: User, content: Content(21 bytes) } Piece(Content(14 bytes))");
    }
}
