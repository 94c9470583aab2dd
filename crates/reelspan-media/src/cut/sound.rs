//! Cuts sound on the sample: decoded once, faded and joined here, encoded as one piece. With the recording's own quiet laid
//! under the joints where that is wanted.

mod tone;

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use reelspan_types::Cancel;

use self::tone::Quiet;
use super::CutError;
use super::frames::Piece;
use super::shelf::Shelf;
use super::stream::{FORMAT, anchor, words};
use crate::probe::{AudioStream, MediaInfo};
use crate::tool::{Command, Tools, file_arg};

/// Read at once, in samples.
const BLOCK: usize = 4096;
/// No fade is longer than this part of the shorter of the two pieces that it joins.
const MOST_OF_PIECE: f64 = 0.5;
/// What AAC may be sampled at, up to where players follow.
const AAC_RATES: [u32; 12] = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000];
const USUAL_RATE: u32 = 48_000;
/// Beyond eight channels no layout has a name that encoders know; the first two are kept.
const MOST_CHANNELS: u32 = 8;
const LAYOUTS: [&str; 8] = ["mono", "stereo", "3.0", "4.0", "5.0", "5.1", "6.1", "7.1"];

/// How sound is stored in the finished file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Aac,
    Opus,
}

/// One of the source's sounds, cut and joined but not yet encoded.
#[derive(Debug)]
pub(super) struct Cutting {
    pub(super) file: PathBuf,
    pub(super) rate: u32,
    pub(super) channels: u32,
    pub(super) samples: u64,
    layout: Option<String>,
    pub(super) language: Option<String>,
}

/// What is done at the joints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joints {
    /// Seconds.
    pub(super) fade: f64,
    pub(super) room_tone: bool,
}

/// One stretch in samples: of the source, and how it fades at both ends.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    from: u64,
    to: u64,
    fade_in: u64,
    fade_out: u64,
}

impl Coding {
    /// The rate at which a sound is stored.
    pub(super) fn rate(self, source: u32) -> u32 {
        match self {
            Self::Aac if AAC_RATES.contains(&source) => source,
            Self::Aac | Self::Opus => USUAL_RATE,
        }
    }

    fn settings(self, channels: u32) -> Vec<String> {
        let name = match self {
            Self::Aac => "aac",
            Self::Opus => "libopus",
        };
        let text = format!("-c:a {name} -b:a {}k", if channels == 1 { 112 } else { 96 * channels });
        text.split(' ').map(str::to_owned).collect()
    }
}

/// Decodes a sound once and keeps what the pieces mean, which are counted in ticks of `timescale`.
#[expect(clippy::too_many_arguments, reason = "one call site for each of two paths, with everything at hand")]
pub(super) fn cut(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    audio: &AudioStream,
    rate: u32,
    (pieces, timescale): (&[Piece], u32),
    joints: Joints,
    file: PathBuf,
    cancel: &Cancel,
) -> Result<Cutting, CutError> {
    let few = audio.channels <= MOST_CHANNELS;
    let channels = if few { audio.channels.max(1) } else { 2 };
    let parts = parts(pieces, timescale, rate, joints.fade);
    let mut source = decode(tools, input, info, audio, rate, cancel)?;
    let stdout = source.stdout.take().ok_or(CutError::Broken("ffmpeg has no output"))?;
    let mut quiet = joints.room_tone.then(|| Quiet::new(rate, channels as usize));
    let kept = keep(BufReader::with_capacity(1 << 18, stdout), channels as usize, &parts, quiet.as_mut(), &file);
    source.wait()?;
    let samples = kept?;
    if let Some(tone) = quiet.and_then(Quiet::found) {
        lay(&file, channels as usize, &parts, &tone)?;
    }
    let layout = audio.channel_layout.clone().filter(|_| few);
    Ok(Cutting { file, rate, channels, samples, layout, language: audio.language.clone() })
}

/// How many samples a sound has at this rate, from the start of the file.
pub(super) fn count(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    audio: &AudioStream,
    rate: u32,
    cancel: &Cancel,
) -> Result<u64, CutError> {
    let mut source = decode(tools, input, info, audio, rate, cancel)?;
    let mut stdout = source.stdout.take().ok_or(CutError::Broken("ffmpeg has no output"))?;
    let bytes = std::io::copy(&mut stdout, &mut std::io::sink()).map_err(CutError::io("sound could not be read"))?;
    source.wait()?;
    let channels = if audio.channels <= MOST_CHANNELS { audio.channels.max(1) } else { 2 };
    Ok(bytes / (4 * u64::from(channels)))
}

/// All of it as floating point samples; silence stands where the file has gaps, so that a sample's place is its time.
fn decode(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    audio: &AudioStream,
    rate: u32,
    cancel: &Cancel,
) -> Result<crate::tool::Running, CutError> {
    let anchor = anchor(info);
    let mut args = words(if anchor.is_empty() { "-v error -vn -sn -dn" } else { "-v error" });
    args.extend(info.input_args(input));
    args.extend(anchor);
    let mix = if audio.channels > MOST_CHANNELS { ",pan=stereo|c0=c0|c1=c1" } else { "" };
    args.extend(words(&format!(
        "-map 0:{} -af aresample={rate}:async=1:first_pts=0{mix},aformat=sample_fmts=flt -c:a pcm_f32le -f f32le pipe:1",
        audio.index
    )));
    Ok(tools.spawn(Command::ffmpeg(args).reading(input), cancel)?)
}

/// Pieces in samples. The finished file's own clock decides, so that rounding never adds up.
fn parts(pieces: &[Piece], timescale: u32, rate: u32, fade: f64) -> Vec<Part> {
    let sample = |ticks: i64| {
        let ticks = i128::from(ticks) * i128::from(rate) * 2 + i128::from(timescale);
        u64::try_from(ticks.div_euclid(2 * i128::from(timescale))).unwrap_or(0)
    };
    let wanted = (fade.clamp(0.0, 10.0) * f64::from(rate)).round() as u64;
    let mut parts: Vec<Part> = pieces
        .iter()
        .map(|piece| {
            let from = sample(piece.from);
            let length = sample(piece.at + piece.ticks()) - sample(piece.at);
            Part { from, to: from + length, fade_in: 0, fade_out: 0 }
        })
        .collect();
    let most = |part: &Part| ((part.to - part.from) as f64 * MOST_OF_PIECE) as u64;
    for part in &mut parts {
        let own = wanted.min(most(part));
        // Nothing is cut off before the very start.
        part.fade_in = if part.from == 0 { 0 } else { own };
        part.fade_out = own;
    }
    parts
}

/// Rises as the power of what fades falls.
fn rising(at: u64, of: u64) -> f32 {
    ((at as f32 + 0.5) / of as f32 * std::f32::consts::FRAC_PI_2).sin()
}

/// Writes what is kept; where the sound ends too soon there is silence. Says how many samples there are.
fn keep(
    mut source: impl Read,
    channels: usize,
    parts: &[Part],
    mut quiet: Option<&mut Quiet>,
    file: &Path,
) -> Result<u64, CutError> {
    let no_room = CutError::io("a working file could not be written");
    let mut out = BufWriter::with_capacity(1 << 18, File::create(file).map_err(&no_room)?);
    let frame = 4 * channels;
    let mut bytes = vec![0; BLOCK * frame];
    let mut samples = Vec::with_capacity(BLOCK * channels);
    let (mut at, mut part) = (0_u64, 0);
    let mut ended = false;
    while part < parts.len() {
        let read = if ended { 0 } else { fill(&mut source, &mut bytes)? };
        // What is not there is silence, for as long as something is still wanted.
        ended |= read < bytes.len();
        let whole = if ended && read == 0 {
            bytes.fill(0);
            bytes.len()
        } else {
            read - read % frame
        };
        samples.clear();
        samples.extend(bytes[..whole].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        if let Some(quiet) = quiet.as_mut().filter(|_| !(ended && read == 0)) {
            quiet.hear(&samples);
        }
        let end = at + (whole / frame) as u64;
        while let Some(one) = parts.get(part).filter(|one| one.from < end) {
            let (from, to) = (one.from.max(at), one.to.min(end));
            for sample in from..to {
                let gain = gain(one, sample);
                let place = (sample - at) as usize * channels;
                for value in &samples[place..place + channels] {
                    out.write_all(&(value * gain).to_le_bytes()).map_err(&no_room)?;
                }
            }
            if one.to > end {
                break;
            }
            part += 1;
        }
        at = end;
    }
    // The quietest stretch may come after all that is kept.
    while let Some(quiet) = quiet.as_mut().filter(|_| !ended) {
        let read = fill(&mut source, &mut bytes)?;
        ended = read < bytes.len();
        let values = bytes[..read - read % frame].chunks_exact(4);
        quiet.hear(&values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect::<Vec<_>>());
    }
    out.flush().map_err(&no_room)?;
    // What nobody needs any more is still read, so that the program ends well.
    std::io::copy(&mut source, &mut std::io::sink()).map_err(CutError::io("sound could not be read"))?;
    Ok(parts.iter().map(|part| part.to - part.from).sum())
}

fn gain(part: &Part, sample: u64) -> f32 {
    let (after, before) = (sample - part.from, part.to - 1 - sample);
    let mut gain = 1.0;
    if after < part.fade_in {
        gain *= rising(after, part.fade_in);
    }
    if before < part.fade_out {
        gain *= rising(before, part.fade_out);
    }
    gain
}

/// Reads until the buffer is full or nothing more comes.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize, CutError> {
    let mut had = 0;
    while had < buffer.len() {
        match source.read(&mut buffer[had..]).map_err(CutError::io("sound could not be read"))? {
            0 => break,
            count => had += count,
        }
    }
    Ok(had)
}

/// Adds the quiet to what was written, as strong as the sound itself is weak.
fn lay(file: &Path, channels: usize, parts: &[Part], tone: &[f32]) -> Result<(), CutError> {
    let failed = CutError::io("a working file could not be written");
    let mut out = OpenOptions::new().read(true).write(true).open(file).map_err(&failed)?;
    let length = (tone.len() / channels) as u64;
    let mut joint = 0;
    for (number, pair) in parts.windows(2).enumerate() {
        joint += pair[0].to - pair[0].from;
        let (before, after) = (pair[0].fade_out, pair[1].fade_in);
        let place = (joint - before) * 4 * channels as u64;
        let mut bytes = vec![0; (before + after) as usize * 4 * channels];
        out.seek(SeekFrom::Start(place)).and_then(|_| out.read_exact(&mut bytes)).map_err(&failed)?;
        // Another part of it at each joint: the same sound again and again would be heard.
        let shift = number as u64 * 7919;
        for at in 0..before + after {
            let weak = if at < before { rising(at, before) } else { rising(before + after - 1 - at, after) };
            for channel in 0..channels {
                let heard = tone[((at + shift) % length) as usize * channels + channel] * weak;
                let place = (at as usize * channels + channel) * 4;
                let bytes = &mut bytes[place..place + 4];
                let value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) + heard;
                bytes.copy_from_slice(&value.to_le_bytes());
            }
        }
        out.seek(SeekFrom::Start(place)).and_then(|_| out.write_all(&bytes)).map_err(&failed)?;
    }
    out.flush().map_err(&failed)
}

impl Cutting {
    /// The input arguments for what was written.
    fn input(&self, layout: &str) -> Vec<std::ffi::OsString> {
        let mut args =
            words(&format!("-protocol_whitelist file,pipe -f f32le -ar {} -ac {}", self.rate, self.channels));
        args.extend(words(&format!("-channel_layout {layout} -i")));
        args.push(file_arg(&self.file));
        args
    }

    /// The source's own layout, then the usual one with as many channels.
    fn layouts(&self) -> impl Iterator<Item = &str> {
        let usual = LAYOUTS[(self.channels.clamp(1, MOST_CHANNELS) - 1) as usize];
        self.layout.as_deref().into_iter().filter(move |own| *own != usual).chain([usual])
    }

    /// Encodes it; the shelf's first packets are the encoder's delay.
    pub(super) fn encode(
        &self,
        tools: &Tools,
        coding: Coding,
        shelf: &Path,
        cancel: &Cancel,
    ) -> Result<Shelf, CutError> {
        self.each_layout(|layout| {
            let mut args = words("-v error");
            args.extend(self.input(layout));
            args.extend(coding.settings(self.channels).iter().map(Into::into));
            args.extend(words(FORMAT));
            args.push("pipe:1".into());
            let mut running = tools.spawn(Command::ffmpeg(args).reading(&self.file), cancel)?;
            let stdout = running.stdout.take().ok_or(CutError::Broken("ffmpeg has no output"))?;
            let filled = Shelf::fill(shelf, BufReader::with_capacity(1 << 18, stdout), &mut |_| {});
            running.wait()?;
            filled
        })
    }

    /// Writes it as a file of its own, with these settings.
    pub(super) fn write(&self, tools: &Tools, settings: &str, output: &Path, cancel: &Cancel) -> Result<(), CutError> {
        self.each_layout(|layout| {
            let mut args = words("-v error");
            args.extend(self.input(layout));
            args.extend(words(settings));
            args.extend(words("-map_metadata -1 -bitexact"));
            args.push(file_arg(output));
            tools.run(Command::ffmpeg(args).reading(&self.file).writing(output), cancel)?;
            Ok(())
        })
    }

    /// An encoder may not know the source's layout; the channels stay the same under the usual name.
    fn each_layout<T>(&self, mut make: impl FnMut(&str) -> Result<T, CutError>) -> Result<T, CutError> {
        let mut last = CutError::Broken("sound has no layout");
        for layout in self.layouts() {
            match make(layout) {
                Err(error) if !error.ends_all() => last = error,
                done => return done,
            }
        }
        Err(last)
    }
}

#[cfg(test)]
mod tests {
    use reelspan_types::Span;

    use super::*;

    fn piece(from: i64, to: i64, at: i64) -> Piece {
        Piece { asked: Span::new(0.0, 1.0), from, to, frames: 0..0, at }
    }

    fn bytes(samples: &[f32]) -> Vec<u8> {
        samples.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn kept(source: &[f32], channels: usize, parts: &[Part]) -> Vec<f32> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pcm");
        keep(bytes(source).as_slice(), channels, parts, None, &file).unwrap();
        let read = std::fs::read(file).unwrap();
        read.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }

    #[test]
    fn rounding_does_not_add_up() {
        // Frames of 1001/30000 s at 44.1 kHz are 1471.47 samples.
        let pieces: Vec<Piece> = (0..300).map(|n| piece(n * 2002 + 1001, n * 2002 + 2002, n * 1001)).collect();
        let parts = parts(&pieces, 30_000, 44_100, 0.0);
        let all: u64 = parts.iter().map(|part| part.to - part.from).sum();
        assert_eq!(all, (300.0 * 1001.0 / 30_000.0 * 44_100.0_f64).round() as u64);
    }

    #[test]
    fn fades_stand_at_joints_and_never_overlap() {
        let parts = parts(&[piece(0, 1000, 0), piece(2000, 2010, 1000)], 1000, 1000, 0.02);
        assert_eq!((parts[0].fade_in, parts[0].fade_out), (0, 20));
        assert_eq!((parts[1].fade_in, parts[1].fade_out), (5, 5));
    }

    #[test]
    fn the_kept_samples_are_the_planned_ones() {
        let source: Vec<f32> = (0..20_000).map(|value| value as f32).collect();
        let part = |from, to| Part { from, to, fade_in: 0, fade_out: 0 };
        let found = kept(&source, 2, &[part(10, 20), part(4090, 4100), part(9_990, 10_005)]);
        let mut wanted: Vec<f32> = source[20..40].to_vec();
        wanted.extend(&source[8180..8200]);
        wanted.extend(&source[19_980..]);
        wanted.extend([0.0; 10]);
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_fade_is_gentle_and_keeps_the_power_with_the_quiet_that_is_laid_under_it() {
        let part = Part { from: 100, to: 200, fade_in: 20, fade_out: 20 };
        let found = kept(&[1.0; 300], 1, &[part]);
        assert!(found[0] < 0.05 && found[99] < 0.05 && (found[50] - 1.0).abs() < 1e-6);
        assert!(found[..20].windows(2).all(|pair| pair[1] > pair[0]));
        for at in 0..20 {
            let power = rising(at, 20).powi(2) + rising(19 - at, 20).powi(2);
            assert!((power - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn quiet_is_laid_only_under_joints() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pcm");
        let parts =
            [Part { from: 0, to: 50, fade_in: 0, fade_out: 10 }, Part { from: 70, to: 120, fade_in: 10, fade_out: 10 }];
        keep(bytes(&[0.0; 200]).as_slice(), 1, &parts, None, &file).unwrap();
        lay(&file, 1, &parts, &[0.5; 40]).unwrap();
        let read = std::fs::read(file).unwrap();
        let found: Vec<f32> = read.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        assert!(found[..40].iter().chain(&found[60..]).all(|value| *value == 0.0));
        assert!(found[49] > 0.49 && found[50] > 0.49 && found[40] < 0.1 && found[59] < 0.1);
    }
}
