//! The edit as data: what `clips.json` holds, what a person may change, and all that the renderer looks at.
//!
//! Every time is in seconds of the source, so that moving a bound leaves captions and paths where they belong.

mod check;
mod cut;
mod document;
mod music_edit;
pub mod schema;

use std::collections::BTreeMap;

use reelspan_types::{Aspect, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::check::{Place, PlanError, SHORTEST};
pub use self::cut::{CutPlan, CutSettings, Piece, Why};
pub use self::document::Document;
pub use self::music_edit::{EditSettings, EditShot, Footage, Joint, JointKind, Music, MusicEdit, MusicSection, Pace};
use crate::transcript::Word;

pub const SCHEMA: &str = "reelspan.plan/1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Always `reelspan.plan/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// Always `clips`.
    #[schemars(extend("const" = Kind::Clips))]
    pub kind: Kind,
    pub input: Input,
    pub settings: Settings,
    /// What the run wants a person to know, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    pub clips: Vec<Clip>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Clips,
    MusicEdit,
    Cut,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub path: String,
    /// BLAKE3 of the bytes, hex: a plan renders only what it was made for.
    pub blake3: String,
    pub duration: f64,
    /// The picture as shown; none for sound alone.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Where the words came from: `file`, `sidecar`, `embedded`, `stt`, `endpoint` or `none`.
    pub transcript: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[schemars(with = "Vec<schema::AspectText>", length(min = 1))]
    pub aspects: Vec<Aspect>,
    /// A caption style's name, or `none`.
    pub captions: String,
    /// Integrated loudness of every clip in LUFS.
    #[schemars(range(min = -40.0, max = -5.0))]
    pub loudness: f64,
    pub watermark: Watermark,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Watermark {
    None,
    /// The built-in mark.
    Free,
    /// A line of the user's own.
    Text(String),
    /// A picture of the user's own.
    Image(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Names the files: `01`, `02`, ...
    pub id: String,
    pub start: f64,
    pub end: f64,
    pub title: String,
    /// Words for the first seconds of the picture, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
    /// 0 to 1.
    pub score: f64,
    /// One line: why this one.
    pub reason: String,
    /// The moment whose picture stands for the clip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<f64>,
    #[serde(default)]
    pub terms: Vec<Term>,
    /// What the picture shows when, for each aspect: gapless over the clip.
    #[serde(default)]
    #[schemars(with = "BTreeMap<schema::AspectText, Vec<ShotLayout>>")]
    pub layouts: BTreeMap<Aspect, Vec<ShotLayout>>,
    #[serde(default)]
    pub captions: Vec<Caption>,
}

impl Clip {
    pub fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }
}

/// One named part of a score and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    pub name: String,
    /// 0 to 1.
    pub value: f64,
    /// Its share of the score; negative for a fault.
    pub weight: f64,
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub start: f64,
    pub end: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// A window of the aspect follows the path.
    Track,
    /// The whole picture over a blurred fill.
    Fit,
    /// Two windows, one over the other.
    Split,
    /// The middle, standing still.
    Center,
}

/// One stretch of a clip with one layout; ends at a cut of the source or of the clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShotLayout {
    pub start: f64,
    pub end: f64,
    pub layout: Layout,
    /// Track: where the middle of the window is. It moves straight from key to key and rests outside of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Key>,
    /// Track: the window's height as a share of the largest that fits, 0.3 to 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0.3, max = 1.0))]
    pub zoom: f64,
    /// Split: upper and lower window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panes: Vec<Pane>,
    /// A few words: why this layout.
    #[serde(default)]
    pub reason: String,
}

fn one() -> f64 {
    1.0
}

/// The window's middle in fractions of the shown picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub t: f64,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub x: f64,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub y: f64,
}

/// A still window in fractions of the shown picture: its middle and its height; the width follows from its place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pane {
    #[schemars(range(min = 0.0, max = 1.0))]
    pub x: f64,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub y: f64,
    #[schemars(range(min = 0.05, max = 1.0))]
    pub height: f64,
}

/// What stands on the picture at one moment: up to two lines of words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Caption {
    pub start: f64,
    pub end: f64,
    pub words: Vec<Word>,
}
