//! A cut as data: the recording in pieces, each kept or dropped by a switch that a person may turn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Input, Kind, SCHEMA};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutPlan {
    /// Always `reelspan.plan/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// Always `cut`.
    #[schemars(extend("const" = Kind::Cut))]
    pub kind: Kind,
    pub input: Input,
    pub settings: CutSettings,
    /// What the run wants a person to know, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// In the order of the recording, without overlap. What lies between two pieces is dropped.
    pub pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutSettings {
    /// Seconds over which the sound fades out and in at each edge, so that nothing clicks.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub fade: f64,
    /// Lays the recording's own quiet under the joints, so that the room does not jump.
    pub room_tone: bool,
    /// Encodes everything anew even where frames could be copied.
    pub encode: bool,
}

/// One stretch of the recording. Neighbours that touch and are both kept play on without a joint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    pub start: f64,
    pub end: f64,
    pub keep: bool,
    pub why: Why,
    /// The words that stand there, for a person to find the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Asked for, or simply there.
    Wanted,
    /// Nobody says anything.
    Silence,
    /// "um", "uh" and the like.
    Filler,
    /// The same words said twice in a row.
    Repeat,
    /// Outside of what was asked for.
    Unwanted,
}
