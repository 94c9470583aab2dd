//! An edit to music as data: which footage, which stretch of the music, and what is shown from which beat on.

use std::collections::BTreeMap;

use reelspan_types::Aspect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, SCHEMA, ShotLayout, Term, Watermark, schema};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MusicEdit {
    /// Always `reelspan.plan/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// Always `music-edit`.
    #[schemars(extend("const" = Kind::MusicEdit))]
    pub kind: Kind,
    pub sources: Vec<Footage>,
    pub music: Music,
    pub settings: EditSettings,
    /// What the run wants a person to know, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// In order. Each lasts until the next begins, the last until the edit ends.
    pub shots: Vec<EditShot>,
}

/// One file of footage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Footage {
    /// What shots call it: `a`, `b`, ...
    pub id: String,
    pub path: String,
    pub blake3: String,
    /// Decoded seconds; 0 for a single picture.
    pub duration: f64,
    /// As shown.
    pub width: u32,
    pub height: u32,
    /// A single picture: it lasts as long as a shot wants.
    pub still: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Music {
    pub path: String,
    pub blake3: String,
    pub duration: f64,
    /// Seconds of the music at which the edit begins.
    pub start: f64,
    /// The middle tempo of the stretch that is used; none where the music has no beat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bpm: Option<f64>,
    /// The beats of that stretch, in seconds of the music.
    #[serde(default)]
    pub beats: Vec<f64>,
    #[serde(default)]
    pub downbeats: Vec<f64>,
    #[serde(default)]
    pub sections: Vec<MusicSection>,
    pub fade_in: f64,
    pub fade_out: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MusicSection {
    pub start: f64,
    pub end: f64,
    /// 0 (the calmest) to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub energy: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditSettings {
    /// Each makes a file of its own.
    #[schemars(with = "Vec<schema::AspectText>", length(min = 1))]
    pub aspects: Vec<Aspect>,
    /// Seconds of the finished edit.
    pub length: f64,
    /// Frames a second as `[numerator, denominator]`.
    pub frame_rate: [u32; 2],
    pub pace: Pace,
    /// Integrated loudness in LUFS.
    #[schemars(range(min = -40.0, max = -5.0))]
    pub loudness: f64,
    /// How much louder (or, negative, quieter) than the music the footage's own sound is, in dB, the music stepping back
    /// where that sound is loud; none leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_sound: Option<f64>,
    pub watermark: Watermark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    Calm,
    Balanced,
    Fast,
}

/// What is shown from one cut to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditShot {
    /// Seconds of the edit at which it begins; the renderer takes the nearest frame.
    pub at: f64,
    /// Which footage.
    pub source: String,
    /// Seconds of that footage shown at `at`.
    pub start: f64,
    /// How the shot before gives way; none for a hard cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<Joint>,
    /// What the picture shows when, in seconds of the footage, for each aspect; an aspect left out is framed anew.
    #[serde(default)]
    #[schemars(with = "BTreeMap<schema::AspectText, Vec<ShotLayout>>")]
    pub layouts: BTreeMap<Aspect, Vec<ShotLayout>>,
    /// A few words: why this one here.
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub terms: Vec<Term>,
}

/// A transition. Its middle stands on the cut: both shots are shown for half of it beyond their bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Joint {
    pub kind: JointKind,
    pub seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JointKind {
    Dissolve,
    /// Through black.
    Dip,
    /// Through white.
    Flash,
    /// The new picture pushes the old one out to the left.
    Push,
    /// The new picture is uncovered from the left.
    Wipe,
    /// Both pictures grow a little while one becomes the other.
    Zoom,
}
