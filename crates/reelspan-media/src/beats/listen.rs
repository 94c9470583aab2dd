//! One ffmpeg run that decodes the sound, and the ear that hears it while it streams by.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use reelspan_types::Cancel;

use super::Beats;
use super::ear::{Ear, Heard, RATE};
use super::find::find;
use crate::probe::{AudioStream, MediaInfo};
use crate::tool::{Command, ToolError, Tools};

/// Longer recordings are listened to this far: times that lie must not fill the pipe for ever.
const MOST_SECONDS: u32 = 24 * 60 * 60;
/// Sound cannot begin later than this; a header that says so lies.
const LATEST_START: f64 = 6.0 * 60.0 * 60.0;
const BUFFER: usize = 1 << 16;

#[derive(Debug, thiserror::Error)]
pub enum BeatsError {
    #[error("there is no sound in this file, so there is no beat to find; name a song, or a video with sound")]
    NoSound,
    #[error("the sound of this file could not be decoded")]
    NothingDecoded,
    #[error(transparent)]
    Tool(#[from] ToolError),
}

impl BeatsError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSound => "no_sound",
            Self::NothingDecoded => "not_decodable",
            Self::Tool(error) => error.code(),
        }
    }
}

/// Finds the beats of the first sound stream; `on` hears how many seconds are done.
pub fn listen(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    cancel: &Cancel,
    on: &mut dyn FnMut(f64),
) -> Result<Beats, BeatsError> {
    let audio = info.audio.first().ok_or(BeatsError::NoSound)?;
    let mut running = tools.spawn(command(input, info, audio), cancel)?;
    let pipe = running.pipes.pop();
    let heard = pipe.and_then(|pipe| hear(pipe, audio, cancel, on));
    let ended = running.wait();
    match ended {
        // What a damaged file gave before it ended is worth having.
        Err(ToolError::Failed { .. }) if heard.is_some() && !cancel.is_cancelled() => {}
        other => drop(other?),
    }
    if cancel.is_cancelled() {
        return Err(ToolError::Cancelled.into());
    }
    Ok(find(&heard.ok_or(BeatsError::NothingDecoded)?))
}

/// One channel or two reach the ear.
fn channels(audio: &AudioStream) -> usize {
    if audio.channels == 1 { 1 } else { 2 }
}

fn command(input: &Path, info: &MediaInfo, audio: &AudioStream) -> Command {
    let mut args: Vec<OsString> = ["-v", "error"].map(OsString::from).to_vec();
    args.extend(info.input_args(input));
    let map = format!("0:{}", audio.index);
    let filter = filter(audio);
    let most = MOST_SECONDS.to_string();
    let output =
        ["-map", &map, "-af", &filter, "-c:a", "pcm_f32le", "-f", "f32le", "-t", &most, "pipe:3"].map(OsString::from);
    args.extend(output);
    Command { pipes: 1, max_file_bytes: 0, ..Command::ffmpeg(args) }.reading(input)
}

/// Gaps become silence, so that what follows keeps its time. Channels that no layout names go left and right in turn.
fn filter(audio: &AudioStream) -> String {
    let layout = if channels(audio) == 1 { "mono" } else { "stereo" };
    let folded = match (&audio.channel_layout, audio.channels) {
        (None, count @ 3..) => {
            let side = |first: u32| (first..count).step_by(2).map(|at| format!("c{at}")).collect::<Vec<_>>().join("+");
            format!("pan=stereo|FL<{}|FR<{},", side(0), side(1))
        }
        _ => String::new(),
    };
    format!("{folded}aresample={RATE}:async=1,aformat=sample_fmts=flt:channel_layouts={layout}")
}

/// None where there was no sound at all.
fn hear(mut pipe: File, audio: &AudioStream, cancel: &Cancel, on: &mut dyn FnMut(f64)) -> Option<Heard> {
    let channels = channels(audio);
    let frame = channels * size_of::<f32>();
    let mut ear = Ear::new(channels);
    let mut samples = Vec::with_capacity(BUFFER / size_of::<f32>());
    let mut buffer = vec![0; BUFFER];
    let (mut kept, mut heard, mut said) = (0, 0_u64, 0.0);
    while let Ok(count @ 1..) = pipe.read(&mut buffer[kept..]) {
        if cancel.is_cancelled() {
            break;
        }
        if heard == 0 {
            heard = silence(&mut ear, channels, audio.start);
        }
        let filled = kept + count;
        let whole = filled - filled % frame;
        samples.clear();
        let value = |bytes: &[u8]| bytes.try_into().map_or(0.0, f32::from_le_bytes);
        samples.extend(buffer[..whole].chunks_exact(size_of::<f32>()).map(value));
        ear.push(&samples);
        buffer.copy_within(whole..filled, 0);
        kept = filled - whole;
        heard += (whole / frame) as u64;
        let done = heard as f64 / f64::from(RATE);
        if done >= said + 1.0 {
            said = done;
            on(done);
        }
    }
    (heard > 0).then(|| ear.finish())
}

/// What is heard before the sound begins, so that all times count from the start of the file.
fn silence(ear: &mut Ear, channels: usize, start: f64) -> u64 {
    let samples = (start.clamp(0.0, LATEST_START) * f64::from(RATE)).round() as u64;
    let quiet = [0.0; 4096];
    let mut left = samples as usize * channels;
    while left > 0 {
        let now = left.min(quiet.len());
        ear.push(&quiet[..now]);
        left -= now;
    }
    samples
}
