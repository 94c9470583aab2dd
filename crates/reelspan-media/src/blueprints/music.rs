//! Music under a video: as long as the picture, over and over, and the video's own sound steps back behind it.

use super::BlueprintError;
use super::desk::Desk;
use super::film::Film;
use super::source::{Footage, Song};
use crate::probe::MediaInfo;
use crate::render::loudness::{self, Heard};
use crate::render::sound::{self, Level, leveled};
use crate::render::timeline::{SAMPLE_RATE, Timeline};
use crate::render::{RenderError, graph};

/// What publishers want, in LUFS, less what the two together add.
const MUSIC: f64 = -16.0;
const ALONE: f64 = -14.0;
/// The video's own sound is brought down to this, and never raised.
const BEHIND: f64 = -24.0;
/// Of a long song so much is listened to.
const LISTENED: f64 = 120.0;
/// Seconds over which the music goes.
const FADE: f64 = 1.5;

/// Adds the music, and the video's own sound behind it.
pub(super) fn add(
    desk: &Desk<'_>,
    film: &mut Film,
    song: &Song,
    footage: Option<(&Footage, usize)>,
) -> Result<(), BlueprintError> {
    let footage = footage.filter(|(footage, _)| footage.has_sound());
    let seconds = film.timeline.seconds();
    let heard = heard(desk, &song.info, &song.path, seconds)?;
    let target = if footage.is_some() { MUSIC } else { ALONE };
    let level = loudness::plan(heard, target);
    let input = film.song(song);
    let fade = FADE.min(seconds / 3.0);
    let Some(audio) = song.info.audio.first() else { return Ok(()) };
    let mut music = vec![
        format!("aresample={SAMPLE_RATE}:async=1:first_pts=0"),
        "aformat=sample_fmts=fltp:channel_layouts=stereo".to_owned(),
        format!("apad=whole_len={0},atrim=end_sample={0}", film.timeline.samples()),
    ];
    music.extend(leveled(level));
    music.push(format!("afade=t=out:st={:.3}:d={fade:.3}", seconds - fade));
    let music = music.join(",");
    match footage {
        None => film.chains.push(format!("[{input}:{}]{music}[a]", audio.index)),
        Some((footage, own)) => {
            let heard = self::heard(desk, &footage.info, &footage.path, seconds)?;
            let gain = heard.integrated.map_or(0.0, |loudness| (BEHIND - loudness).min(0.0));
            film.chains.push(format!("[{input}:{}]{music}[music]", audio.index));
            film.chains.push(own_sound(footage, own, &film.timeline, Level { gain, ceiling: None }, "own"));
            film.chains.push(
                "[music][own]amix=inputs=2:normalize=0:duration=first,alimiter=limit=0.84:level=0:latency=1[a]"
                    .to_owned(),
            );
        }
    }
    film.sound = true;
    Ok(())
}

/// The chain of the video's own sound.
pub(super) fn own_sound(footage: &Footage, input: usize, timeline: &Timeline, level: Level, output: &str) -> String {
    let chain = sound::chain(&footage.info, timeline, level, output);
    // It is written for the first input.
    chain.replacen("[0:", &format!("[{input}:"), 1)
}

/// Adds the video's own sound as it is, if it has any.
pub(super) fn keep(film: &mut Film, footage: &Footage, input: usize) {
    if footage.has_sound() {
        film.chains.push(own_sound(footage, input, &film.timeline, Level::UNTOUCHED, "a"));
        film.sound = true;
    }
}

fn heard(desk: &Desk<'_>, info: &MediaInfo, path: &std::path::Path, seconds: f64) -> Result<Heard, BlueprintError> {
    let rate = crate::render::timeline::Rate { num: 30, den: 1 };
    let frames = (seconds.min(LISTENED) * 30.0).ceil().max(1.0) as u64;
    let args = graph::listen(path, info, &Timeline::sound(info, rate, 0.0, frames), Level::UNTOUCHED);
    loudness::listen(desk.tools, args, path, desk.cancel).map_err(|error| match error {
        RenderError::Tool(error) => error.into(),
        other => BlueprintError::Unsound(other.to_string()),
    })
}
