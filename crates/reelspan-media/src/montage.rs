//! Turns an edit to music into one finished file: each shot is decoded in its turn, its frames are passed on to one encode.
//!
//! A graph with an input for every shot would hold all of them open at once. Here at most two decoders run, whatever the
//! number of shots, and the frames between them and the encoder are counted by us: a cut stands on the frame that the plan
//! means.

mod duck;
mod feed;
mod film;
mod frame;
mod grow;
mod mix;
#[cfg(test)]
mod samples;
mod schedule;
mod shown;

use std::path::Path;

use reelspan_types::{Aspect, Cancel};

use self::film::Film;
use self::schedule::Schedule;
use crate::plan::MusicEdit;
use crate::probe::MediaInfo;
use crate::render::{Encoder, RenderError, Rendered};
use crate::tool::{Progress, ToolError, Tools};

/// One file that an edit is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// As the plan's shots call it.
    pub id: &'a str,
    pub path: &'a Path,
    pub info: &'a MediaInfo,
}

/// One file to make.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub plan: &'a MusicEdit,
    pub aspect: Aspect,
    /// All that the plan's shots name.
    pub sources: &'a [Source<'a>],
    pub music: Source<'a>,
    /// The ASS file to burn in, for a watermark of text; a picture is taken from the plan's settings.
    pub ass: Option<&'a Path>,
    /// A working encoder, from [`Encoder::pick`].
    pub encoder: Encoder,
    /// The finished file; appears whole or not at all.
    pub output: &'a Path,
}

/// Makes one finished file. A hardware encoder that fails midway is replaced by software, once.
pub fn render(
    tools: &Tools,
    order: &Order<'_>,
    cancel: &Cancel,
    on: &mut dyn FnMut(Progress),
) -> Result<Rendered, RenderError> {
    let film = Film::new(tools, order, cancel)?;
    let sound = mix::mix(&film)?;
    let level = film.level(&sound)?;
    let part = match film.encode(order.encoder, &sound, level, on) {
        Err(RenderError::Tool(ToolError::Failed { .. } | ToolError::TimedOut { .. }))
            if order.encoder.is_hardware() =>
        {
            film.encode(Encoder::X264, &sound, level, on)?
        }
        other => other?,
    };
    film.finish(part, &sound, level)
}

fn wrong(at: impl Into<String>, what: impl Into<String>) -> RenderError {
    RenderError::Edit { at: at.into(), what: what.into() }
}

/// Refuses what cannot be drawn or heard before anything is started.
fn check(order: &Order<'_>) -> Result<Schedule, RenderError> {
    let schedule = Schedule::new(order.plan)?;
    for (i, shot) in order.plan.shots.iter().enumerate() {
        let Some(source) = order.sources.iter().find(|source| source.id == shot.source) else {
            return Err(wrong(format!("shots[{i}].source"), format!("is `{}`, which is no source", shot.source)));
        };
        if source.info.video.is_none() {
            let what = "has no picture; leave it out, or give it as the music".to_owned();
            return Err(RenderError::Source { id: source.id.to_owned(), what });
        }
    }
    let music = &order.plan.music;
    if order.music.info.audio.is_empty() {
        return Err(wrong("music.path", "is a file without sound"));
    }
    let seconds = |value: f64| value.is_finite() && value >= 0.0;
    for (name, value) in [("start", music.start), ("fade_in", music.fade_in), ("fade_out", music.fade_out)] {
        if !seconds(value) {
            return Err(wrong(format!("music.{name}"), "is not a time in seconds"));
        }
    }
    let settings = &order.plan.settings;
    if !(-40.0..=-5.0).contains(&settings.loudness) {
        return Err(wrong("settings.loudness", "is not between -40 and -5 LUFS"));
    }
    if settings.original_sound.is_some_and(|decibels| !(-60.0..=40.0).contains(&decibels)) {
        return Err(wrong("settings.original_sound", "is not between -60 and 40 dB"));
    }
    Ok(schedule)
}
