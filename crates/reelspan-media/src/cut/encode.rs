//! Encodes chosen frames anew, to match a stream or plainly, and notes what every decoded frame looked like.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use reelspan_types::Cancel;

use super::CutError;
use super::index::condition;
use super::params::{self, Profile};
use super::shelf::Shelf;
use super::stream::{FORMAT, words};
use super::units::Codec;
use crate::probe::VideoStream;
use crate::tool::{Command, Output, Tools};

/// A picture of this size is enough to tell one frame from another.
pub(super) const GLANCE: (usize, usize) = (16, 12);
const GLANCE_BYTES: usize = GLANCE.0 * GLANCE.1;
/// Whole parts of a microsecond, so that times that are written for ffmpeg mean just one frame.
const RATES: [u32; 9] = [10, 16, 20, 25, 32, 40, 50, 64, 125];
/// At most this many seconds between key frames of what is encoded.
const KEY_EVERY: u32 = 4;

/// What one decode saw, frame by frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Seen {
    /// Of the decoded pixels.
    pub(super) hashes: Vec<String>,
    /// Small and grey.
    pub(super) glances: Vec<u8>,
    /// Times of showing, in ticks of `timebase`.
    pub(super) times: Vec<i64>,
    pub(super) timebase: (u32, u32),
}

impl Seen {
    /// Leaves only some frames, named in growing order.
    pub(super) fn keep(&mut self, frames: &[u32]) {
        if frames.len() == self.hashes.len() {
            return;
        }
        let hashes = frames.iter().filter_map(|at| self.hashes.get(*at as usize).cloned()).collect();
        let glance = |at: &u32| self.glances[*at as usize * GLANCE_BYTES..][..GLANCE_BYTES].iter().copied();
        self.glances = frames.iter().flat_map(glance).collect();
        self.times = frames.iter().filter_map(|at| self.times.get(*at as usize).copied()).collect();
        self.hashes = hashes;
    }

    /// How far two frames lie apart, in grey levels.
    pub(super) fn distance(&self, frame: usize, other: &Self, at: usize) -> Option<f64> {
        let one = self.glances.get(frame * GLANCE_BYTES..(frame + 1) * GLANCE_BYTES)?;
        let two = other.glances.get(at * GLANCE_BYTES..(at + 1) * GLANCE_BYTES)?;
        let sum: u32 = one.iter().zip(two).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        Some(f64::from(sum) / GLANCE_BYTES as f64)
    }
}

/// What is to be encoded.
pub(super) struct Job<'a> {
    /// Everything up to and with `-i`.
    pub(super) input: Vec<OsString>,
    pub(super) file: &'a Path,
    pub(super) stream: u32,
    /// Of the decoded frames.
    pub(super) wanted: &'a [Range<usize>],
    /// How many frames each stretch has; each begins with a key frame.
    pub(super) stretches: &'a [usize],
    pub(super) rate: f64,
    /// Filters after the choice of frames.
    pub(super) filter: &'a str,
    pub(super) settings: Vec<String>,
    pub(super) shelf: PathBuf,
}

/// The rate at which an encoder is made to believe that the frames come.
fn believed(rate: f64) -> u32 {
    let far = |one: &u32| (f64::from(*one) / rate.max(1.0)).ln().abs();
    RATES.into_iter().min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(25)
}

/// Runs one decode and one encode. The shelf holds a packet for each wanted frame.
pub(super) fn encode(
    tools: &Tools,
    job: Job<'_>,
    cancel: &Cancel,
    on: &mut dyn FnMut(u64),
) -> Result<(Shelf, Seen), CutError> {
    let rate = believed(job.rate);
    let mut at = 0;
    let mut keys = Vec::new();
    for frames in job.stretches {
        keys.push(format!("{:.6}", at as f64 / f64::from(rate)));
        at += frames;
    }
    let mut filters = vec![format!("select='{}'", condition(job.wanted)), format!("settb=1/{rate},setpts=N")];
    filters.extend((!job.filter.is_empty()).then(|| job.filter.to_owned()));
    let mut args = words("-v error -noautorotate");
    args.extend(job.input);
    args.extend(words(&format!("-map 0:{} -fps_mode passthrough -enc_time_base 1/{rate} -vf", job.stream)));
    args.push(filters.join(",").into());
    args.extend(job.settings.iter().map(OsString::from));
    args.extend(words(&format!("-g {} -force_key_frames {}", rate * KEY_EVERY, keys.join(","))));
    args.extend(words(FORMAT));
    args.push("pipe:1".into());
    args.extend(look_args(job.stream, "", 3));
    let command = Command { pipes: 2, ..Command::ffmpeg(args).reading(job.file) };
    let mut running = tools.spawn(command, cancel)?;
    let readers = Readers::start(&mut running.pipes)?;
    let stdout = running.stdout.take().ok_or(CutError::Broken("ffmpeg has no output"))?;
    let shelf = Shelf::fill(&job.shelf, BufReader::with_capacity(1 << 18, stdout), on);
    let seen = readers.join();
    // Its own reason is better than that its pipe ended.
    running.wait()?;
    let (shelf, seen) = (shelf?, seen?);
    if shelf.packets.len() != at {
        return Err(CutError::Miscounted { wanted: at as u64, found: shelf.packets.len() as u64 });
    }
    Ok((shelf, seen))
}

/// Decodes all frames of a stream and says what they look like, after a filter if there is one.
pub(super) fn look(
    tools: &Tools,
    input: Vec<OsString>,
    (file, stream): (&Path, u32),
    filter: &str,
    cancel: &Cancel,
) -> Result<(Seen, Output), CutError> {
    let mut args = words("-v error -noautorotate");
    args.extend(input);
    args.extend(look_args(stream, filter, 3));
    let command = Command { pipes: 2, ..Command::ffmpeg(args).reading(file) };
    let mut running = tools.spawn(command, cancel)?;
    let readers = Readers::start(&mut running.pipes)?;
    let seen = readers.join();
    let output = running.wait()?;
    Ok((seen?, output))
}

/// Two outputs: a line with time and hash of each frame, and its glance.
fn look_args(stream: u32, filter: &str, pipe: usize) -> Vec<OsString> {
    let (width, height) = GLANCE;
    let first = if filter.is_empty() { String::new() } else { format!("{filter},") };
    words(&format!(
        "-map 0:{stream} -fps_mode passthrough -enc_time_base -1 -f framehash -hash murmur3 pipe:{pipe} \
         -map 0:{stream} -fps_mode passthrough -vf {first}scale={width}:{height}:flags=area,format=gray -f rawvideo pipe:{}",
        pipe + 1
    ))
}

struct Readers {
    lines: JoinHandle<Option<Seen>>,
    glances: JoinHandle<Vec<u8>>,
}

impl Readers {
    fn start(pipes: &mut Vec<File>) -> Result<Self, CutError> {
        let mut pipes = std::mem::take(pipes).into_iter();
        let (Some(lines), Some(glances)) = (pipes.next(), pipes.next()) else {
            return Err(CutError::Broken("ffmpeg has no pipes"));
        };
        let lines = thread::spawn(move || hashes(BufReader::new(lines)));
        let glances = thread::spawn(move || {
            let mut all = Vec::new();
            let mut glances = glances;
            // What is missing shows when the frames are counted.
            let _rest = glances.read_to_end(&mut all);
            all
        });
        Ok(Self { lines, glances })
    }

    fn join(self) -> Result<Seen, CutError> {
        let broken = || CutError::Broken("the list of decoded frames cannot be understood");
        let seen = self.lines.join().ok().flatten();
        let glances = self.glances.join().unwrap_or_default();
        let seen = Seen { glances, ..seen.ok_or_else(broken)? };
        if seen.glances.len() == seen.hashes.len() * GLANCE_BYTES { Ok(seen) } else { Err(broken()) }
    }
}

/// `0, dts, pts, duration, size, hash` a line, after a header that names the time base.
fn hashes(mut lines: impl BufRead) -> Option<Seen> {
    let mut seen = Seen { timebase: (1, 1), ..Seen::default() };
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).ok()? == 0 {
            return Some(seen);
        }
        if let Some(base) = line.strip_prefix("#tb 0:") {
            let (above, below) = base.trim().split_once('/')?;
            seen.timebase = (above.parse().ok()?, below.parse().ok()?);
        }
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [_, _, pts, _, _, hash] = fields[..] else { return None };
        seen.times.push(pts.parse().ok()?);
        seen.hashes.push(hash.to_owned());
    }
}

/// An encoder's settings to continue a stream; the sentence if there is none that can.
pub(super) fn matching(codec: Codec, profile: &Profile, video: &VideoStream) -> Result<Vec<String>, String> {
    let pixels = &video.pixel_format;
    let text = match codec {
        Codec::H264 => {
            let name = params::h264_profile(profile.idc)
                .ok_or_else(|| format!("no encoder here makes its profile ({})", profile.idc))?;
            let id = params::free_id(profile).ok_or("its parameter sets leave no number free")?;
            let level = match profile.level {
                level @ (10 | 12..=62) => format!("-level:v {}.{}", level / 10, level % 10),
                _ => String::new(),
            };
            format!(
                "-c:v libx264 -preset fast -crf 17 -profile:v {name} {level} -forced-idr 1 \
                 -x264-params sps-id={id}:open-gop=0:log-level=error"
            )
        }
        Codec::Hevc => {
            let level = match profile.level {
                level @ 30..=186 if level % 3 == 0 => format!(":level-idc={}", level / 3),
                _ => String::new(),
            };
            format!(
                "-c:v libx265 -preset fast -crf 18 -forced-idr 1 -tag:v hvc1 \
                 -x265-params open-gop=0:info=0:log-level=none{level}"
            )
        }
        Codec::Vp9 => "-c:v libvpx-vp9 -crf 18 -b:v 0 -deadline good -cpu-used 4 -row-mt 1".to_owned(),
        Codec::Av1 => "-c:v libaom-av1 -crf 18 -b:v 0 -cpu-used 6 -row-mt 1".to_owned(),
    };
    let mut all: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    all.extend(["-pix_fmt".to_owned(), pixels.clone()]);
    Ok(all)
}

/// Settings and filters for encoding everything, and what the user should know about it.
pub(super) struct Plain {
    pub(super) codec: Codec,
    pub(super) settings: Vec<String>,
    pub(super) filter: String,
}

/// Turns a picture that is to be shown turned.
const UPRIGHT: [&str; 4] = ["", "transpose=clock", "hflip,vflip", "transpose=cclock"];

/// In the source's own codec where there is an encoder for it, else H.264; `webm` takes VP9 and AV1 only. `upright` turns
/// the picture itself, for containers that cannot say how it is turned.
pub(super) fn plain(video: &VideoStream, webm: bool, upright: bool) -> Plain {
    let own = Codec::named(&video.codec).unwrap_or(if video.hdr { Codec::Hevc } else { Codec::H264 });
    let codec = match own {
        // Fields are kept as fields, which of these encoders only one can.
        _ if video.interlaced && !webm => Codec::H264,
        Codec::H264 | Codec::Hevc if webm => Codec::Vp9,
        own => own,
    };
    let known = match codec {
        Codec::H264 => &["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le"][..],
        Codec::Hevc => &["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"],
        Codec::Vp9 | Codec::Av1 => &["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"],
    };
    let same = known.contains(&video.pixel_format.as_str()) && Codec::named(&video.codec).is_some();
    let deep = video.bit_depth > 8 && codec != Codec::H264;
    let pixels = match (same, deep) {
        (true, _) => video.pixel_format.as_str(),
        (false, true) => "yuv420p10le",
        (false, false) => "yuv420p",
    };
    let turned = if upright { UPRIGHT[(video.rotation / 90 % 4) as usize] } else { "" };
    let odd = video.width % 2 == 1 || video.height % 2 == 1;
    let even = odd && matches!(codec, Codec::H264 | Codec::Hevc);
    let fields = if video.interlaced && codec == Codec::H264 { "-flags +ildct+ilme" } else { "" };
    let text = match codec {
        Codec::H264 => format!("-c:v libx264 -preset veryfast -crf 18 -x264-params open-gop=0 {fields}"),
        Codec::Hevc => {
            "-c:v libx265 -preset veryfast -crf 20 -tag:v hvc1 -x265-params open-gop=0:log-level=none".to_owned()
        }
        Codec::Vp9 => "-c:v libvpx-vp9 -crf 24 -b:v 0 -deadline good -cpu-used 5 -row-mt 1".to_owned(),
        Codec::Av1 => "-c:v libaom-av1 -crf 24 -b:v 0 -cpu-used 8 -row-mt 1".to_owned(),
    };
    let mut settings: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    settings.extend(["-pix_fmt".to_owned(), pixels.to_owned()]);
    let padded = if even { "pad=ceil(iw/2)*2:ceil(ih/2)*2" } else { "" };
    let filter = [turned, padded].into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(",");
    Plain { codec, settings, filter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_frames_is_read() {
        let text =
            "#format: frame checksums\n#tb 0: 1/25\n#stream#, dts\n0, 0, 0, 1, 192, ab12\n0, 1, 1, 1, 192, cd34\n";
        let seen = hashes(text.as_bytes()).unwrap();
        assert_eq!((seen.times, seen.hashes, seen.timebase), (vec![0, 1], vec!["ab12".into(), "cd34".into()], (1, 25)));
        assert!(hashes(&b"#tb 0: 1/25\n0, 1\n"[..]).is_none());
    }

    #[test]
    fn believed_rates_write_as_whole_microseconds() {
        for (rate, wanted) in [(29.97, 32), (25.0, 25), (24.0, 25), (60.0, 64), (0.1, 10), (1000.0, 125)] {
            assert_eq!(believed(rate), wanted);
        }
        assert!(RATES.iter().all(|rate| 1_000_000 % rate == 0));
    }

    #[test]
    fn frames_are_told_apart_at_a_glance() {
        let grey = |level: u8| vec![level; GLANCE_BYTES];
        let seen = Seen { glances: [grey(10), grey(30)].concat(), ..Seen::default() };
        assert_eq!(seen.distance(0, &seen, 1), Some(20.0));
        assert_eq!(seen.distance(0, &seen, 2), None);
    }
}
