//! The finished sound before it is encoded: the stretch of music, and on wish the footage's own sound over it.
//!
//! Both are decoded once into files beside the output and mixed from there, so that an edit of any length takes the same memory
//! and its loudness is known before it is encoded.

use std::f64::consts::FRAC_PI_2;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use super::duck::{self, BLOCKS};
use super::film::Film;
use super::schedule::Slot;
use super::wrong;
use crate::plan::Music;
use crate::probe::MediaInfo;
use crate::render::RenderError;
use crate::render::graph::Args;
use crate::render::loudness::{Heard, Meter, stereo};
use crate::render::part::Part;
use crate::render::sound::excerpt;
use crate::render::timeline::{SAMPLE_RATE, Timeline};
use crate::tool::{Command, ToolError};

/// Stereo samples of one block of the ducking curve.
const BLOCK: usize = SAMPLE_RATE as usize / BLOCKS;
/// Music that begins in the middle of a sound would click; so little takes nothing from a beat that stands there.
const SHORTEST_FADE_IN: f64 = 0.003;
const SHORTEST_FADE_OUT: f64 = 0.02;
/// Seconds over which the footage's own sound comes and goes at its cuts.
const CUT_FADE: f64 = 0.02;
/// The footage's noise is raised by no more decibels than this.
const MOST_GAIN: f64 = 20.0;

/// The mixed sound, 32-bit stereo at 48 kHz, in a file that goes with it.
pub(crate) struct Sound {
    part: Part,
    pub(crate) heard: Heard,
}

impl Sound {
    pub(crate) fn path(&self) -> &Path {
        self.part.path()
    }
}

/// One recording on its way into the mix.
struct Track {
    part: Part,
    heard: Heard,
    /// Stereo samples.
    samples: u64,
    /// The mean square of each block.
    squares: Vec<f32>,
}

/// Decodes and mixes all sound of an edit.
pub(crate) fn mix(film: &Film<'_>) -> Result<Sound, RenderError> {
    let music = music(film)?;
    let footage = match film.order.plan.settings.original_sound {
        Some(decibels) => footage(film)?.map(|track| (track, decibels)),
        None => None,
    };
    let total = film.schedule.samples(&whole(film), SAMPLE_RATE).1;
    let part = Part::named(film.order.output, "mix");
    let mut writer = Writer::create(part.path())?;
    let mut mixer = Mixer::new(&film.order.plan.music, &music, footage.as_ref(), total)?;
    while mixer.next()? {
        if film.cancel.is_cancelled() {
            return Err(ToolError::Cancelled.into());
        }
        writer.add(&mixer.mixed).map_err(unwritten)?;
    }
    let Finished { heard, .. } = writer.finish()?;
    Ok(Sound { part, heard })
}

fn whole(film: &Film<'_>) -> Slot {
    Slot { from: 0, to: film.schedule.frames, joint: None, tail: 0 }
}

/// The stretch of music, as far as there is any.
fn music(film: &Film<'_>) -> Result<Track, RenderError> {
    let (source, start) = (film.order.music, film.order.plan.music.start);
    let timeline = Timeline::sound(source.info, film.schedule.rate, start, film.schedule.frames);
    let part = Part::named(film.order.output, "music");
    let mut writer = Writer::create(part.path())?;
    decode(film, source.path, source.info, &timeline, &mut |samples| writer.add(samples))?;
    let Finished { heard, samples, squares } = writer.finish()?;
    if samples == 0 {
        return Err(wrong(
            "music.start",
            format!("is {start:.3}, where the music gives no sound; it is shorter, or damaged"),
        ));
    }
    Ok(Track { part, heard, samples, squares })
}

/// The footage's own sound, shot after shot, silent where a source has none; none at all where nothing is heard.
fn footage(film: &Film<'_>) -> Result<Option<Track>, RenderError> {
    let part = Part::named(film.order.output, "footage");
    let mut writer = Writer::create(part.path())?;
    for (index, slot) in film.schedule.slots.iter().enumerate() {
        let (shot, source) = film.shot(index);
        let (from, to) = film.schedule.samples(slot, SAMPLE_RATE);
        let length = to - from;
        if !source.info.audio.is_empty() && !source.info.still {
            let frames = slot.to - slot.from;
            let timeline = Timeline::sound(source.info, film.schedule.rate, shot.start, frames);
            let mut at = 0;
            let mut faded = Vec::new();
            decode(film, source.path, source.info, &timeline, &mut |samples| {
                let fade = |sample: u64| {
                    let edge = sample.min(length.saturating_sub(sample + 1)) as f64;
                    (edge / (CUT_FADE * f64::from(SAMPLE_RATE))).min(1.0) as f32
                };
                faded.clear();
                let left = (length.saturating_sub(at) * 2) as usize;
                for (i, pair) in samples[..samples.len().min(left)].chunks_exact(2).enumerate() {
                    let gain = fade(at + i as u64);
                    faded.extend([pair[0] * gain, pair[1] * gain]);
                }
                at += faded.len() as u64 / 2;
                writer.add(&faded)
            })?;
        }
        writer.pad(to)?;
    }
    let Finished { heard, samples, squares } = writer.finish()?;
    Ok(heard.integrated.map(|_| Track { part, heard, samples, squares }))
}

/// Runs ffmpeg for one stretch of sound and hands it on as it comes.
fn decode(
    film: &Film<'_>,
    path: &Path,
    info: &MediaInfo,
    timeline: &Timeline,
    on: &mut dyn FnMut(&[f32]) -> io::Result<()>,
) -> Result<(), RenderError> {
    let Some(audio) = info.audio.first() else { return Ok(()) };
    let mut args = Args::default();
    args.add(["-loglevel", "error"]);
    args.input(path, info, timeline);
    let mut filters = excerpt(audio, timeline);
    filters.push(format!("atrim=end_sample={}", timeline.samples()));
    args.add(["-filter_complex", &format!("[0:{}]{}[a]", audio.index, filters.join(","))]);
    args.print();
    run(film, args.0, path, on)
}

fn run(
    film: &Film<'_>,
    args: Vec<OsString>,
    path: &Path,
    on: &mut dyn FnMut(&[f32]) -> io::Result<()>,
) -> Result<(), RenderError> {
    let mut command = Command::ffmpeg(args).reading(path);
    command.max_file_bytes = 0;
    let mut running = film.tools.spawn(command, film.cancel)?;
    if let Some(pipe) = running.stdout.take() {
        stereo(pipe, on).map_err(unwritten)?;
    }
    match running.wait() {
        // What a damaged end leaves out is silent.
        Err(ToolError::Failed { status, .. }) if status.starts_with("exit code") => Ok(()),
        ended => Ok(ended.map(drop)?),
    }
}

fn unwritten(source: io::Error) -> ToolError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ToolError::DiskFull,
        _ => ToolError::Io { what: "the sound could not be put beside the output", source },
    }
}

/// A file of samples that is measured while it is written.
struct Writer {
    file: BufWriter<File>,
    meter: Meter,
    samples: u64,
    squares: Vec<f32>,
    /// The sum of squares of the block that is not full yet.
    sum: f32,
}

struct Finished {
    heard: Heard,
    samples: u64,
    squares: Vec<f32>,
}

impl Writer {
    fn create(path: &Path) -> Result<Self, RenderError> {
        let file = File::create(path).map_err(unwritten)?;
        let meter = Meter::new().map_err(unwritten)?;
        Ok(Self { file: BufWriter::with_capacity(1 << 17, file), meter, samples: 0, squares: Vec::new(), sum: 0.0 })
    }

    fn add(&mut self, samples: &[f32]) -> io::Result<()> {
        self.meter.add(samples)?;
        for pair in samples.chunks_exact(2) {
            self.file.write_all(&pair[0].to_le_bytes())?;
            self.file.write_all(&pair[1].to_le_bytes())?;
            self.sum += pair[0] * pair[0] + pair[1] * pair[1];
            self.samples += 1;
            if self.samples.is_multiple_of(BLOCK as u64) {
                self.squares.push(self.sum / (2 * BLOCK) as f32);
                self.sum = 0.0;
            }
        }
        Ok(())
    }

    /// Silence up to a sample.
    fn pad(&mut self, to: u64) -> Result<(), RenderError> {
        let silence = [0.0; 2 * BLOCK];
        while self.samples < to {
            let most = (to - self.samples).min(BLOCK as u64) as usize;
            self.add(&silence[..2 * most]).map_err(unwritten)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Finished, RenderError> {
        self.file.flush().map_err(unwritten)?;
        Ok(Finished { heard: self.meter.heard(), samples: self.samples, squares: self.squares })
    }
}

/// Adds both tracks block by block.
struct Mixer {
    music: BufReader<File>,
    footage: Option<(BufReader<File>, f32, Vec<f32>)>,
    /// Stereo samples: over which the music comes, where it has gone, over which it goes.
    fades: [f64; 3],
    at: u64,
    total: u64,
    mixed: Vec<f32>,
    bytes: Vec<u8>,
}

impl Mixer {
    fn new(plan: &Music, music: &Track, footage: Option<&(Track, f64)>, total: u64) -> Result<Self, RenderError> {
        let open = |track: &Track| File::open(track.part.path()).map(BufReader::new).map_err(unwritten);
        let footage = footage.map(|(track, decibels)| {
            let (own, beside) = (track.heard.integrated.unwrap_or(0.0), music.heard.integrated.unwrap_or(-14.0));
            let gain = (beside + decibels - own).min(MOST_GAIN);
            Ok::<_, RenderError>((open(track)?, 10_f64.powf(gain / 20.0) as f32, duck::gains(&track.squares, own)))
        });
        let samples = |seconds: f64| seconds * f64::from(SAMPLE_RATE);
        let end = music.samples.min(total) as f64;
        let fades =
            [samples(plan.fade_in.max(SHORTEST_FADE_IN)), end, samples(plan.fade_out.max(SHORTEST_FADE_OUT)).min(end)];
        Ok(Self {
            music: open(music)?,
            footage: footage.transpose()?,
            fades,
            at: 0,
            total,
            mixed: Vec::new(),
            bytes: Vec::new(),
        })
    }

    /// Makes the next block; false at the end.
    fn next(&mut self) -> Result<bool, RenderError> {
        let block = (self.total - self.at).min(BLOCK as u64) as usize;
        self.mixed.clear();
        self.mixed.resize(2 * block, 0.0);
        add(&mut self.music, &mut self.bytes, &mut self.mixed).map_err(unwritten)?;
        let [fade_in, end, fade_out] = self.fades;
        let curve = |share: f64| (share.clamp(0.0, 1.0) * FRAC_PI_2).sin() as f32;
        let faded = (self.at as f64) < fade_in || (self.at + block as u64) as f64 > end - fade_out;
        for (i, pair) in self.mixed.chunks_exact_mut(2).enumerate().filter(|_| faded) {
            let at = (self.at + i as u64) as f64;
            let gain = curve((at + 1.0) / fade_in) * curve((end - at - 1.0) / fade_out);
            pair.iter_mut().for_each(|sample| *sample *= gain);
        }
        if let Some((file, gain, ducked)) = &mut self.footage {
            let index = (self.at / BLOCK as u64) as usize;
            let (from, to) = (gain_at(ducked, index), gain_at(ducked, index + 1));
            for (i, pair) in self.mixed.chunks_exact_mut(2).enumerate() {
                let gain = from + (to - from) * i as f32 / BLOCK as f32;
                pair.iter_mut().for_each(|sample| *sample *= gain);
            }
            let mut own = vec![0.0; self.mixed.len()];
            add(file, &mut self.bytes, &mut own).map_err(unwritten)?;
            self.mixed.iter_mut().zip(own).for_each(|(sample, own)| *sample += own * *gain);
        }
        self.at += block as u64;
        Ok(block > 0)
    }
}

fn gain_at(gains: &[f32], index: usize) -> f32 {
    gains.get(index).or(gains.last()).copied().unwrap_or(1.0)
}

/// Reads as many samples as there are places, or as there still are.
fn add(file: &mut impl Read, bytes: &mut Vec<u8>, samples: &mut [f32]) -> io::Result<()> {
    bytes.clear();
    file.take(samples.len() as u64 * 4).read_to_end(bytes)?;
    for (sample, four) in samples.iter_mut().zip(bytes.chunks_exact(4)) {
        *sample = f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    }
    Ok(())
}
