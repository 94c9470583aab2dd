//! One shot's frames, exactly as many as are wanted: from a decoder as long as it gives any, then its last one.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;

use super::feed::{Feed, unreadable, widen};
use super::film::{Failure, Film};
use super::frame::Canvas;
use super::grow::grow;
use super::schedule::Slot;
use super::wrong;
use crate::plan::{Layout, ShotLayout};
use crate::probe::VideoStream;
use crate::render::RenderError;
use crate::render::graph::Args;
use crate::render::picture::{self, Picture};
use crate::render::timeline::Timeline;
use crate::tool::{Command, Running, ToolError};

/// More threads than this only decode frames that nobody wants: a shot is short.
const MOST_THREADS: usize = 4;
/// How far before a place beyond the end its last picture is looked for, in seconds.
const BACK: f64 = 2.0;
/// How much a single picture grows while it is shown.
const STILL_GROWTH: f64 = 0.06;
/// Signals by which somebody else, or the kernel for want of memory, ends a program.
const FROM_OUTSIDE: [&str; 5] = ["signal 1", "signal 2", "signal 9", "signal 15", "signal 31"];

pub(crate) struct Shown<'a> {
    film: &'a Film<'a>,
    index: usize,
    slot: Slot,
    given: u64,
    now: Now,
}

enum Now {
    Live {
        running: Running,
        pipe: File,
    },
    /// One picture, over and over.
    Held(Vec<u8>),
    /// One picture that grows (or shrinks back) a little.
    Moving {
        picture: Vec<u8>,
        out: Vec<u8>,
    },
}

impl<'a> Shown<'a> {
    /// Starts its decoder.
    pub(crate) fn open(film: &'a Film<'a>, index: usize) -> Result<Self, RenderError> {
        let slot = film.schedule.slots[index];
        let (shot, source) = film.shot(index);
        let layouts = film.layouts(shot);
        let opened = |now| Self { film, index, slot, given: 0, now };
        if source.info.still && !pans(&layouts) {
            let picture = opened(Now::Held(Vec::new())).last()?;
            // A layout in the middle stands; any other comes a little nearer.
            let moving = layouts.iter().all(|layout| layout.layout != Layout::Center);
            let out = vec![0; if moving { picture.len() } else { 0 }];
            return Ok(opened(if moving { Now::Moving { picture, out } } else { Now::Held(picture) }));
        }
        let (running, pipe) = decode(film, index, &layouts, &timeline(film, index, slot.frames()))?;
        Ok(opened(Now::Live { running, pipe }))
    }

    pub(crate) fn canvas(&self) -> Canvas {
        self.film.canvas
    }

    /// Passes the next frames on without looking at them.
    pub(crate) fn pour(&mut self, frames: u64, feed: &mut Feed<'_>) -> Result<(), Failure> {
        let size = self.canvas().bytes() as u64;
        let mut left = frames;
        if let Now::Live { pipe, .. } = &mut self.now {
            let taken = feed.take(pipe, frames * size)?;
            self.given += taken / size;
            left -= taken / size;
            if left == 0 {
                return Ok(());
            }
            self.hold()?;
            let begun = (taken % size) as usize;
            if let (Now::Held(picture), true) = (&self.now, begun > 0) {
                feed.write(&picture[begun..])?;
                self.given += 1;
                left -= 1;
            }
        }
        for _ in 0..left {
            self.draw();
            match &self.now {
                Now::Held(picture) | Now::Moving { out: picture, .. } => feed.write(picture)?,
                Now::Live { .. } => {}
            }
            self.given += 1;
        }
        Ok(())
    }

    /// The next frame, to be drawn with.
    pub(crate) fn picture(&mut self, into: &mut [u8]) -> Result<(), RenderError> {
        if let Now::Live { pipe, .. } = &mut self.now {
            if filled(pipe, into)? {
                self.given += 1;
                return Ok(());
            }
            self.hold()?;
        }
        self.draw();
        if let Now::Held(picture) | Now::Moving { out: picture, .. } = &self.now {
            into.copy_from_slice(picture);
        }
        self.given += 1;
        Ok(())
    }

    /// All its frames have been taken: how its decoder ends is of no interest any more.
    pub(crate) fn close(self) {
        if let Now::Live { running, pipe } = self.now {
            drop(pipe);
            let _ended = running.wait();
        }
    }

    /// A moving picture at the frame that is next.
    fn draw(&mut self) {
        let share = (self.given as f64 + 0.5) / self.slot.frames() as f64;
        let canvas = self.film.canvas;
        if let Now::Moving { picture, out } = &mut self.now {
            // Every second one goes back, so that a row of pictures breathes.
            let share = if self.index.is_multiple_of(2) { share } else { 1.0 - share };
            grow(canvas, picture, 1.0 + STILL_GROWTH * share, out);
        }
    }

    /// Its decoder gave fewer frames than it should: the last one stays.
    fn hold(&mut self) -> Result<(), RenderError> {
        let before = std::mem::replace(&mut self.now, Now::Held(Vec::new()));
        if let Now::Live { running, pipe } = before {
            drop(pipe);
            by_itself(running)?;
        }
        self.now = Now::Held(self.last()?);
        Ok(())
    }

    /// The last picture that the shot's decoder gives, from a run of its own: the first one's have been passed on unseen.
    fn last(&self) -> Result<Vec<u8>, RenderError> {
        let (shot, source) = self.film.shot(self.index);
        let layouts = self.film.layouts(shot);
        if source.info.still {
            let once = timeline(self.film, self.index, 1);
            if let Some(picture) = last_of(self.film, self.index, &layouts, &once)? {
                return Ok(picture);
            }
        } else {
            let planned = timeline(self.film, self.index, self.slot.frames());
            let mut earlier = planned.clone();
            earlier.start -= BACK;
            earlier.seek = (earlier.seek - BACK).max(0.0);
            earlier.frames = (BACK * earlier.rate.value()).ceil() as u64 + 1;
            for timeline in [planned, earlier] {
                if let Some(picture) = last_of(self.film, self.index, &layouts, &timeline)? {
                    return Ok(picture);
                }
            }
        }
        let what = format!("shows no picture at {:.3} s; it is damaged there, or shorter than that", shot.start);
        Err(RenderError::Source { id: source.id.to_owned(), what })
    }
}

/// Whether a window wanders over a single picture by the plan's own word.
fn pans(layouts: &[ShotLayout]) -> bool {
    layouts.len() > 1 || layouts.iter().any(|layout| layout.path.len() > 1)
}

fn timeline(film: &Film<'_>, index: usize, frames: u64) -> Timeline {
    let (shot, source) = film.shot(index);
    let rate = film.schedule.rate;
    let start = shot.start - film.schedule.slots[index].head() as f64 / rate.value();
    if source.info.still {
        return Timeline::still(rate, start, frames);
    }
    Timeline::pictures(source.info, rate, start, frames)
}

/// A decoder that prints the timeline's frames as the canvas wants them.
fn decode(
    film: &Film<'_>,
    index: usize,
    layouts: &[ShotLayout],
    timeline: &Timeline,
) -> Result<(Running, File), RenderError> {
    let (_, source) = film.shot(index);
    let Some(video) = &source.info.video else { return Err(wrong(format!("shots[{index}]"), "has no picture")) };
    let mut command = Command::ffmpeg(args(film, index, video, layouts, timeline)).reading(source.path);
    command.max_file_bytes = 0;
    let mut running = film.tools.spawn(command, film.cancel)?;
    match running.stdout.take() {
        Some(pipe) => {
            widen(&pipe);
            Ok((running, pipe))
        }
        None => Err(ToolError::Cancelled.into()),
    }
}

fn args(
    film: &Film<'_>,
    index: usize,
    video: &VideoStream,
    layouts: &[ShotLayout],
    timeline: &Timeline,
) -> Vec<OsString> {
    let (_, source) = film.shot(index);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let mut args = Args::default();
    args.add(["-loglevel", "error", "-threads", &threads.to_string()]);
    if source.info.still {
        args.0.extend(source.info.input_args(source.path));
    } else {
        args.input(source.path, source.info, timeline);
    }
    let picture = Picture { video, timeline, aspect: film.order.aspect, layouts };
    let mut chains = picture::chains(&picture, "picture");
    chains.push("[picture]format=yuv420p[v]".to_owned());
    args.add(["-filter_complex", &chains.join(";"), "-map", "[v]", "-an", "-sn", "-dn"]);
    args.add(["-fps_mode", "passthrough", "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"]);
    args.0
}

/// The last whole frame of a decoder's own run.
fn last_of(
    film: &Film<'_>,
    index: usize,
    layouts: &[ShotLayout],
    timeline: &Timeline,
) -> Result<Option<Vec<u8>>, RenderError> {
    let (running, mut pipe) = decode(film, index, layouts, timeline)?;
    let (mut last, mut next) = (None, vec![0; film.canvas.bytes()]);
    for _ in 0..timeline.frames {
        if !filled(&mut pipe, &mut next)? {
            break;
        }
        let spare = last.replace(next);
        next = spare.unwrap_or_else(|| vec![0; film.canvas.bytes()]);
    }
    drop(pipe);
    by_itself(running)?;
    Ok(last)
}

/// What a decoder gave counts, whatever it thinks of the rest; but one that was stopped from outside gave less than there is.
fn by_itself(running: Running) -> Result<(), RenderError> {
    match running.wait() {
        Err(ToolError::Failed { status, .. }) if !FROM_OUTSIDE.contains(&status.as_str()) => Ok(()),
        ended => Ok(ended.map(drop)?),
    }
}

/// Whether the pipe still had a whole frame.
fn filled(pipe: &mut File, frame: &mut [u8]) -> Result<bool, RenderError> {
    match pipe.read_exact(frame) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(unreadable(error).into()),
    }
}
