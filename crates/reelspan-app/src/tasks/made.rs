//! What a finished job leaves in its row: ids, sizes and times, never content.

use reelspan_jobs::Outcome;
use reelspan_media::operations::MediaMetadata;
use reelspan_store::Charge;
use serde::{Deserialize, Serialize};

/// What came of a task.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Made {
    #[serde(default)]
    pub outputs: Vec<Output>,
    /// What was read, in the order of the inputs.
    #[serde(default)]
    pub inputs: Vec<Read>,
    /// Milliseconds of media that are billed.
    #[serde(default)]
    pub billed_ms: i64,
    /// How long the work took.
    #[serde(default)]
    pub worked_ms: i64,
    /// Sentences of ours that the user should see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// In which language it is spoken, if somebody found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl Made {
    /// As the job ends with it.
    pub(crate) fn with_charge(self, charge: Charge) -> Outcome {
        let charges = if charge.quantity > 0 { vec![charge] } else { Vec::new() };
        Outcome { result: serde_json::to_value(self).unwrap_or_default(), charges }
    }
}

/// A finished file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    pub asset: String,
    /// The last part of its handle; made of ids.
    pub name: String,
    pub format: String,
    pub bytes: i64,
    /// Zero for a picture.
    pub seconds: f64,
    /// Which one it is, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// An input as it was found to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Read {
    pub seconds: f64,
    pub bytes: i64,
    pub format: String,
}

impl Read {
    pub(crate) fn of(facts: &MediaMetadata) -> Self {
        Self {
            seconds: facts.duration_seconds,
            bytes: i64::try_from(facts.size_bytes).unwrap_or(i64::MAX),
            format: facts.format.clone(),
        }
    }
}
