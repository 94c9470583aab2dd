//! What one decode of a recording tells: the data that `reelspan analyze --json` prints.

use serde::{Deserialize, Serialize};

use reelspan_types::Span;

/// Everything measured. Times are seconds from the start of the file as players count them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Decoded length, not what the header claims.
    pub duration: f64,
    pub video: Option<VideoAnalysis>,
    pub audio: Option<AudioAnalysis>,
}

/// Evenly spaced measurements: value `i` belongs to the time `i / rate`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Series {
    /// Values per second.
    pub rate: f64,
    pub values: Vec<f32>,
}

impl Series {
    /// The values inside a span.
    pub fn within(&self, span: Span) -> &[f32] {
        let index = |at: f64| ((at * self.rate).round().max(0.0) as usize).min(self.values.len());
        let (from, to) = (index(span.start), index(span.end));
        &self.values[from..to.max(from)]
    }

    /// Their mean, if there are any.
    pub fn mean(&self, span: Span) -> Option<f64> {
        let values = self.within(span);
        (!values.is_empty()).then(|| values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoAnalysis {
    /// The picture as shown: rotated, square pixels.
    pub width: u32,
    pub height: u32,
    /// Frames per second of the steady grid that was looked at.
    pub frame_rate: f64,
    /// Gapless, in order, from 0 to the end of the picture.
    pub shots: Vec<Shot>,
    /// 0 (still) to 1: how much of the picture changes from frame to frame, cuts left out.
    pub motion: Series,
    pub black: Vec<Span>,
    pub frozen: Vec<Span>,
    /// The looked-at frames, in order, also those without a face.
    pub faces: Vec<FaceSample>,
    /// Where the eye is drawn, sampled as the faces are.
    pub salience: Vec<SaliencePoint>,
    /// 0 to 1, sampled as the faces are: a thumbnail wants a sharp frame.
    pub sharpness: Series,
    /// Share of the picture that is drowned in black or burnt to white.
    #[serde(default)]
    pub exposure: Series,
    /// 0 to 1: how little a moment looks like anything that came before it.
    #[serde(default)]
    pub novelty: Series,
    /// 0 (steady, or a smooth pan) to 1: how much the camera trembles.
    #[serde(default)]
    pub shake: Series,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shot {
    pub start: f64,
    pub end: f64,
    /// How it begins.
    pub transition: Transition,
    /// 0 to 1: how much it looks like slides or a screen recording (flat areas, sharp text, little motion).
    pub screen: f32,
}

impl Shot {
    pub fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transition {
    /// The first shot.
    Start,
    Cut,
    /// Through black or white.
    Fade,
    Dissolve,
}

/// A box in fractions of the shown picture: 0,0 is its top left, 1,1 its bottom right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Box2 {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Box2 {
    pub fn center(self) -> (f32, f32) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaceSample {
    pub t: f64,
    pub faces: Vec<Face>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Face {
    #[serde(flatten)]
    pub area: Box2,
    /// Higher is surer; the scale is the detector's own.
    pub score: f32,
    /// Change inside the lower half of the face since the last sample, 0 to 1: lips move when one talks.
    pub mouth: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SaliencePoint {
    pub t: f64,
    pub x: f32,
    pub y: f32,
    /// 0: nothing stands out, 1: all that happens is here.
    pub strength: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioAnalysis {
    pub loudness: Loudness,
    /// Momentary loudness in LUFS, -70 for silence.
    pub level: Series,
    pub silences: Vec<Span>,
    pub speech: Vec<Span>,
    /// Attack times of notes, claps and syllables.
    pub onsets: Vec<f64>,
    pub textures: Vec<Texture>,
    /// Loudest 20 ms peaks for waveforms, 0 to 1.
    pub peaks: Series,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// EBU R128 integrated loudness in LUFS; none when all is below the gate.
    pub integrated: Option<f64>,
    /// Loudness range in LU.
    pub range: f64,
    /// True peak in dBTP; none for digital silence.
    pub true_peak: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Texture {
    pub start: f64,
    pub end: f64,
    pub kind: TextureKind,
    /// 0 to 1.
    pub strength: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextureKind {
    Laughter,
    Applause,
    Music,
}
