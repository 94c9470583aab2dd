//! Everything that is to be known of a recording, from one decode of it.

mod decode;
mod looks;
mod motion;
mod picture;
mod pictures;
mod readers;
mod screen;
mod shots;
mod sound;
mod watch;

use std::fs::File;
use std::path::Path;
use std::thread;

use reelspan_types::{Cancel, Span};

use crate::analysis::{Analysis, AudioAnalysis, Series, VideoAnalysis};
use crate::probe::{MediaInfo, VideoStream};
use crate::tool::{Running, ToolError, Tools};

use decode::Decode;
use readers::{Heard, Seen};

pub use picture::{Picture, PictureSize};
pub use pictures::{PictureAnalyser, Pictures};
pub use sound::SoundAnalyser;
pub use watch::{CascadeDetector, FaceDetector, GrayFrame, Watched, Watcher};

#[derive(Debug, thiserror::Error)]
pub enum AnalyseError {
    #[error("nothing in this file could be decoded")]
    NothingDecoded,
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// What is looked for. Left out, it costs nothing.
pub struct Options {
    /// Loudness, speech, silence, onsets, textures.
    pub sound: bool,
    /// Finds the faces, and with them salience and sharpness.
    pub faces: Option<Box<dyn FaceDetector>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { sound: true, faces: Some(Box::new(CascadeDetector)) }
    }
}

impl Options {
    /// Shots, motion, black and standstill alone.
    pub fn shots_only() -> Self {
        Self { sound: false, faces: None }
    }
}

/// Decodes once; `on` hears how many seconds are done.
pub fn analyse(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    cancel: &Cancel,
    on: &mut dyn FnMut(f64),
) -> Result<Analysis, AnalyseError> {
    analyse_with(tools, input, info, Options::default(), cancel, on)
}

/// The same, looking for no more than is asked for.
pub fn analyse_with(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    options: Options,
    cancel: &Cancel,
    on: &mut dyn FnMut(f64),
) -> Result<Analysis, AnalyseError> {
    let decode = Decode::of(info, options.sound, options.faces.is_some());
    if decode.pipes() == 0 {
        return Err(AnalyseError::NothingDecoded);
    }
    let mut running = tools.spawn(decode.command(input, info), cancel)?;
    let found = read(&mut running, &decode, options, cancel, on);
    let ended = running.wait();
    let duration = found.seen.pictures.as_ref().map_or(0.0, |seen| seen.frames as f64 / decode.rate());
    let duration = duration.max(found.heard.as_ref().map_or(0.0, |heard| heard.duration));
    match ended {
        // What a damaged file gave before it ended is worth having.
        Err(ToolError::Failed { .. }) if duration > 0.0 && !cancel.is_cancelled() => {}
        other => drop(other?),
    }
    if duration <= 0.0 {
        return Err(AnalyseError::NothingDecoded);
    }
    Ok(found.into_analysis(info.video.as_ref(), decode.rate(), duration))
}

/// All that was read from the pipes.
struct Found {
    seen: Seen,
    watched: Option<Watched>,
    heard: Option<Heard>,
}

/// Reads all pipes at once, each on a thread of its own: one left alone would fill and stop the rest.
fn read(running: &mut Running, decode: &Decode, options: Options, cancel: &Cancel, on: &mut dyn FnMut(f64)) -> Found {
    let mut pipes = std::mem::take(&mut running.pipes).into_iter();
    let mut next = |wanted: bool| -> Option<File> { if wanted { pipes.next() } else { None } };
    let small = next(decode.picture.is_some());
    let gray = next(decode.faces.is_some());
    let sound = next(decode.sound.is_some());
    thread::scope(|scope| {
        let watcher = gray
            .zip(decode.faces)
            .zip(options.faces)
            .map(|((pipe, size), detector)| scope.spawn(move || readers::watch(pipe, size, detector, cancel)));
        // Somebody must report how far it is: the pictures if there are any, or else the sound.
        let (seen, heard) = match (small.zip(decode.picture.as_ref()), sound.zip(decode.sound)) {
            (Some((pipe, grid)), sound) => {
                let ear =
                    sound.map(|(pipe, start)| scope.spawn(move || readers::hear(pipe, start, cancel, &mut |_| {})));
                let seen = readers::see(pipe, grid, cancel, on);
                (seen, ear.and_then(|ear| ear.join().ok().flatten()))
            }
            (None, Some((pipe, start))) => (Seen::default(), readers::hear(pipe, start, cancel, on)),
            (None, None) => (Seen::default(), None),
        };
        Found { seen, watched: watcher.and_then(|watcher| watcher.join().ok()), heard }
    })
}

impl Found {
    fn into_analysis(self, stream: Option<&VideoStream>, rate: f64, duration: f64) -> Analysis {
        let video = stream.zip(self.seen.pictures).filter(|(_, pictures)| pictures.frames > 0);
        let video = video.map(|(stream, pictures)| video_analysis(stream, rate, pictures, self.watched));
        let audio: Option<AudioAnalysis> = self.heard.map(|heard| heard.audio);
        Analysis { duration, video, audio }
    }
}

fn video_analysis(stream: &VideoStream, rate: f64, pictures: Pictures, watched: Option<Watched>) -> VideoAnalysis {
    let Pictures { shots, motion, black, frozen, exposure, novelty, shake, .. } = pictures;
    let none = || Watched { faces: Vec::new(), salience: Vec::new(), sharpness: Series::default() };
    let Watched { faces, salience, sharpness } = watched.unwrap_or_else(none);
    // Before its first picture a file shows that picture; it does not freeze there.
    let frozen = frozen.into_iter().map(|span| Span::new(span.start.max(stream.start), span.end));
    VideoAnalysis {
        width: stream.display_width,
        height: stream.display_height,
        frame_rate: rate,
        shots,
        motion,
        black,
        frozen: frozen.filter(|span| span.seconds() >= motion::SHORTEST_FROZEN).collect(),
        faces,
        salience,
        sharpness,
        exposure,
        novelty,
        shake,
    }
}
