//! From a plan to sequences: everything is put on a grid of frames here, and nowhere else.

mod clips;
mod cut;
mod music_edit;

use std::collections::BTreeMap;
use std::path::PathBuf;

use reelspan_types::Aspect;

use super::time::{Rate, timecode_frames};
use super::{ExchangeError, Media, Sequence};
use crate::plan::{Document, MusicEdit};
use crate::probe::MediaInfo;

/// What a rounded time may lie before the frame that it means, in frames: as in rendering.
const SLACK: f64 = 0.1;
/// Where nothing is known of a picture.
const USUAL_SIZE: (u32, u32) = (1920, 1080);

/// One file that a plan names, as it was found on this machine.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// Where it is, or would be: absolute.
    pub path: PathBuf,
    /// None where it is not here or cannot be read.
    pub info: Option<MediaInfo>,
    /// The timecode of its first frame, as it says it itself.
    pub timecode: Option<String>,
}

/// By the path as the plan writes it.
pub type Sources = BTreeMap<String, Source>;

/// The picture of the sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// The first aspect that the plan frames.
    #[default]
    Planned,
    /// The source's own, nothing framed.
    Source,
    Aspect(Aspect),
}

#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// One clip of several.
    pub clip: Option<String>,
    pub shape: Shape,
    /// For a recording that is not here to be asked.
    pub frame_rate: Option<Rate>,
}

/// The files that a plan names, each once.
pub fn paths(document: &Document) -> Vec<&str> {
    match document {
        Document::Clips(plan) => vec![&plan.input.path],
        Document::Cut(plan) => vec![&plan.input.path],
        Document::MusicEdit(plan) => edit_paths(plan),
    }
}

fn edit_paths(plan: &MusicEdit) -> Vec<&str> {
    let footage = plan.sources.iter().map(|footage| footage.path.as_str());
    let mut paths: Vec<&str> = footage.chain([plan.music.path.as_str()]).collect();
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(*path));
    paths
}

/// One sequence for a music edit or a cut, one for each clip of clips.
pub fn sequences(document: &Document, sources: &Sources, wish: &Wish) -> Result<Vec<Sequence>, ExchangeError> {
    match (document, &wish.clip) {
        (Document::Clips(plan), _) => clips::sequences(plan, sources, wish),
        (_, Some(clip)) => Err(ExchangeError::NotClips(clip.clone())),
        (Document::MusicEdit(plan), None) => music_edit::sequence(plan, sources, wish).map(|sequence| vec![sequence]),
        (Document::Cut(plan), None) => cut::sequence(plan, sources, wish).map(|sequence| vec![sequence]),
    }
}

/// What a plan says of a file, for what the file itself cannot be asked.
struct Said {
    seconds: f64,
    picture: Option<(u32, u32)>,
    still: bool,
    channels: u32,
}

/// A file as sequences use it, on a grid of `rate`.
fn media(path: &str, sources: &Sources, said: &Said, rate: Rate) -> Media {
    let source = sources.get(path);
    let info = source.and_then(|source| source.info.as_ref());
    let video = info.and_then(|info| info.video.as_ref()).filter(|_| said.picture.is_some());
    let own = match video {
        Some(video) if !said.still && !video.variable_frame_rate => Rate::nearest(video.frame_rate),
        _ => rate,
    };
    let seconds = info.and_then(|info| info.duration).unwrap_or(said.seconds).max(said.seconds);
    let timecode = source.and_then(|source| source.timecode.as_deref()).and_then(|text| timecode_frames(text, own));
    let (start, drop_frame) = timecode.unwrap_or_default();
    let sound = info.and_then(|info| info.audio.first());
    let place = source.map_or_else(|| PathBuf::from(path), |source| source.path.clone());
    Media {
        name: place.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        path: place,
        rate: own,
        frames: if said.still { 0 } else { (seconds * own.value() + SLACK).floor() as i64 },
        start,
        drop_frame,
        picture: said.picture,
        channels: if info.is_some() { sound.map_or(0, |sound| sound.channels.max(1)) } else { said.channels },
        sample_rate: sound.map_or(48_000, |sound| sound.sample_rate.max(1)),
        still: said.still,
    }
}

/// The rate of a sequence that shows one recording: as its clips are rendered.
fn rate_of(path: &str, sources: &Sources, picture: bool, wish: &Wish) -> Result<Rate, ExchangeError> {
    match sources.get(path).and_then(|source| source.info.as_ref()) {
        Some(info) => Ok(match &info.video {
            Some(video) if picture => Rate::rendered(video.frame_rate, video.variable_frame_rate),
            _ => Rate::SOUND_ALONE,
        }),
        None if !picture => Ok(wish.frame_rate.unwrap_or(Rate::SOUND_ALONE)),
        None => wish.frame_rate.ok_or_else(|| ExchangeError::NoFrameRate(path.to_owned())),
    }
}

/// The frame that is shown at a source time, counted from the start of the file.
fn shown_frame(path: &str, sources: &Sources, rate: Rate, seconds: f64) -> i64 {
    let info = sources.get(path).and_then(|source| source.info.as_ref());
    let video = info.and_then(|info| info.video.as_ref());
    // A picture that begins late has its grid from there on.
    let late = video.filter(|video| !video.variable_frame_rate).map_or(0.0, |video| video.start);
    let frame = ((seconds - late) * rate.value() + SLACK).floor() as i64;
    (frame + rate.nearest_frame(late)).max(0)
}

/// Makes a file reach as far as a sequence uses it: editors refuse a stretch that lies outside.
fn reach(media: &mut Media, end: i64, rate: Rate) {
    if !media.still {
        let used = (end as f64 * rate.value().recip() * media.rate.value() - 1e-6).ceil() as i64;
        media.frames = media.frames.max(used);
    }
}

/// What is missing or uneven about the files, told once.
fn file_notes(sources: &Sources, paths: &[&str]) -> Vec<String> {
    let mut notes = Vec::new();
    for path in paths {
        match sources.get(*path).map(|source| &source.info) {
            Some(Some(info)) => {
                if info.video.as_ref().is_some_and(|video| video.variable_frame_rate) {
                    notes.push(format!(
                        "`{path}` has no steady frame rate: editors lay its frames out by their average, so cuts may be some frames off"
                    ));
                }
            }
            _ => notes.push(format!("`{path}` is not here; the editor will ask where it is")),
        }
    }
    notes
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
