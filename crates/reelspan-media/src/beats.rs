//! What the beat of a piece of music is: the data that `reelspan beats --json` prints, and how it is found.
//!
//! Sound becomes attack curves while it streams by (`ear`, `curve`); a tempogram says how fast it goes where (`tempo`);
//! `grid` and `steady` put beats on the attacks; `level` decides between pulses and half-beats; `attack` moves each beat
//! to where its attack begins; `bars` and `sections` say what the beats belong to; `sure` whether there is a beat at all.

mod attack;
mod bars;
mod curve;
mod ear;
mod find;
mod grid;
mod level;
mod listen;
mod reading;
mod sections;
mod steady;
mod sure;
mod tempo;

use serde::{Deserialize, Serialize};

pub use listen::{BeatsError, listen};

/// Everything found. Times are seconds of the file as players count them (encoder delay taken off).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beats {
    /// Decoded length.
    pub duration: f64,
    /// The middle tempo in beats a minute; none where there is no beat.
    pub bpm: Option<f64>,
    /// 0 to 1: how sure the beats are. Below [`Beats::SURE`] a person should be told.
    pub confidence: f32,
    /// Where the tempo is what; straight in between.
    pub tempo: Vec<TempoPoint>,
    /// In order; empty where there is no beat.
    pub beats: Vec<Beat>,
    /// Beats a bar; 4 where nothing tells.
    pub meter: u8,
    /// Bars from downbeat to downbeat (the last to the end), with their energy.
    pub bars: Vec<Bar>,
    /// Gapless over the file, also where there is no beat.
    pub sections: Vec<Section>,
    /// Other readings of the same music, likeliest first.
    pub alternatives: Vec<Alternative>,
    /// One sentence where the music has no beat, or changes too much to be sure.
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TempoPoint {
    pub t: f64,
    pub bpm: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    pub t: f64,
    /// 0 to 1: how strong the attack is there.
    pub strength: f32,
    /// It begins a bar.
    pub downbeat: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    pub start: f64,
    pub end: f64,
    /// 0 (the calmest of this music) to 1 (its fullest).
    pub energy: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    pub start: f64,
    pub end: f64,
    /// 0 to 1, as of bars.
    pub energy: f32,
    /// Sections that sound alike share a letter: `A`, `B`, ...
    pub label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    pub reading: Reading,
    pub bpm: f64,
    /// 0 to 1, beside the chosen reading's own confidence.
    pub confidence: f32,
}

/// How to read the beat another way than was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Every beat half a beat later.
    HalfBeatLater,
    Double,
    Half,
}

impl Beats {
    /// From this confidence on, the beats may be relied on.
    pub const SURE: f32 = 0.5;
}

#[cfg(test)]
mod tests;
