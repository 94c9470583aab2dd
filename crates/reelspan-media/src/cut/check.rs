//! Certifies a finished file: reads it as a player does and compares it with the plan and with the source.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use reelspan_types::Cancel;

use super::CutError;
use super::certificate::{DecodedFacts, Digest, PictureFacts, SoundFacts};
use super::encode::{Seen, look};
use super::film::{Film, create, excerpt_track};
use super::movie::{Sample, write_movie};
use super::sound::Cutting;
use super::stream::{Demux, Packet, own_file, words};
use super::units::{Codec, relinked};
use crate::tool::{Command, Output, Tools};

/// Copied frames that are decoded after a joint.
const WITNESSES: usize = 8;
/// What an encoded frame may differ from the source's at a glance: far below what another picture would.
const FARTHEST: f64 = 12.0;
/// What Matroska may round, in seconds.
const MATROSKA_ROUNDING: f64 = 0.000_501;

/// Samples of a packet of Opus.
const OPUS_PACKET: u64 = 960;
/// Seconds after the file's start at which a sound may begin: what Matroska may round.
const LATEST_SOUND: f64 = 0.0011;

/// What the source's frames looked like.
pub(super) struct Witness<'a> {
    pub(super) seen: &'a Seen,
    /// The frames that were seen, among all frames, in order.
    pub(super) frames: &'a [u32],
}

impl Witness<'_> {
    fn place(&self, frame: u32) -> Option<usize> {
        self.frames.binary_search(&frame).ok().filter(|place| *place < self.seen.hashes.len())
    }
}

/// A finished file and how it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finished<'a> {
    pub(super) file: &'a Path,
    /// ffmpeg's demuxer for it.
    pub(super) demuxer: &'a str,
    /// Computing time, added up.
    pub(super) spent: &'a Cell<Duration>,
}

impl Finished<'_> {
    fn spend(&self, output: &Output) {
        self.spent.set(self.spent.get() + output.cpu);
    }
}

/// Reads the picture track back. Adds to `failures` what is wrong with it.
pub(super) fn picture(
    tools: &Tools,
    finished: Finished<'_>,
    film: &Film,
    witness: &Witness<'_>,
    working: &Path,
    cancel: &Cancel,
    failures: &mut Vec<String>,
) -> Result<PictureFacts, CutError> {
    let runs = neighbourhoods(film);
    let sample = |at: &usize| film.samples[*at];
    let shapes: Vec<Vec<Sample>> = runs.iter().map(|run| run.iter().map(sample).collect()).collect();
    let (track, firsts) = excerpt_track(&film.init, film.joined.entries.clone(), &shapes);
    let mut reading = Reading::start(tools, finished, film, cancel)?;
    let mut wanted = runs.iter().flatten().zip(firsts);
    let mut fill = |_: usize| {
        let (at, first) = wanted.next().ok_or(CutError::Broken("too many packets were asked for"))?;
        let data = reading.sample(*at)?;
        Ok(if first && film.codec == Codec::Hevc { relinked(data) } else { data })
    };
    let written = create(working).and_then(|mut out| write_movie(&mut out, &[track], &mut fill));
    if let Err(error) = written {
        if error.ends_all() {
            return Err(error);
        }
        failures.push("its packets are not those that were written".to_owned());
    }
    let read = reading.finish(finished, failures)?;
    let decoded = decode(tools, finished, film, witness, (&runs, working), cancel, failures)?;
    let copied = film.origins.iter().filter(|origin| origin.unit.is_some()).count() as u64;
    Ok(PictureFacts {
        codec: film.codec.name().to_owned(),
        planned_frames: film.samples.len() as u64,
        found_frames: read.frames as u64,
        start: read.first,
        times_as_planned: read.as_planned,
        shown_times_grow: read.shown_grow,
        decoding_times_grow: read.decoding_grows,
        copied,
        copied_equal: read.equal,
        relinked: film.origins.iter().filter(|origin| origin.relinked).count() as u64,
        encoded: film.samples.len() as u64 - copied,
        decoded,
        times_blake3: read.times,
        packets_blake3: read.packets,
    })
}

/// The samples that are decoded, in runs that each begin with a key frame: whatever was encoded, what stands right before
/// it, back to its key frame, and the first frames after it.
fn neighbourhoods(film: &Film) -> Vec<Vec<usize>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    let last = film.stretches.len().saturating_sub(1);
    for (number, stretch) in film.stretches.iter().enumerate() {
        let mut add = |range: std::ops::Range<usize>| match ranges.last_mut() {
            Some(before) if before.end >= range.start => before.end = before.end.max(range.end),
            _ => ranges.push(range),
        };
        let samples = stretch.samples.clone();
        if !stretch.copied {
            add(samples);
            continue;
        }
        add(samples.start..clean_end(film, &samples));
        if number != last {
            let key = samples.clone().rev().find(|at| film.samples[*at].key).unwrap_or(samples.start);
            add(key..samples.end);
        }
    }
    ranges.into_iter().map(|range| without_leading(film, range)).collect()
}

/// The first place after some frames where all that was decoded can be shown.
fn clean_end(film: &Film, samples: &std::ops::Range<usize>) -> usize {
    let (mut low, mut high) = (u32::MAX, 0);
    for (count, at) in (1..).zip(samples.clone()) {
        let frame = film.origins[at].frame;
        (low, high) = (low.min(frame), high.max(frame));
        if count >= WITNESSES && (high - low + 1) as usize == count {
            return at + 1;
        }
    }
    samples.end
}

/// A run that begins in the middle of a copied stretch is decoded without what is shown before its first key frame: that
/// may look back to what is not there.
fn without_leading(film: &Film, range: std::ops::Range<usize>) -> Vec<usize> {
    if film.stretches.iter().any(|stretch| stretch.samples.start == range.start) {
        return range.collect();
    }
    let first = film.origins[range.start].frame;
    let next_key = range.clone().skip(1).find(|at| film.samples[*at].key).unwrap_or(range.end);
    range.filter(|at| *at >= next_key || film.origins[*at].frame >= first).collect()
}

/// Reads all packets once and compares each with the plan.
struct Reading<'a> {
    demux: Demux,
    film: &'a Film,
    exact: bool,
    next: usize,
    copied: usize,
    digest: Digest,
    shown: Vec<i64>,
    last_dts: Option<i64>,
    read: Account,
}

/// What all packets together were.
#[derive(Debug, Clone)]
struct Account {
    frames: usize,
    /// Seconds.
    first: f64,
    equal: u64,
    as_planned: bool,
    shown_grow: bool,
    decoding_grows: bool,
    times: String,
    packets: String,
}

impl<'a> Reading<'a> {
    fn start(tools: &Tools, finished: Finished<'_>, film: &'a Film, cancel: &Cancel) -> Result<Self, CutError> {
        let input = own_file(finished.demuxer, finished.file);
        let demux = Demux::start(tools, input, finished.file, 0, cancel)?;
        let read = Account {
            frames: 0,
            first: 0.0,
            equal: 0,
            as_planned: true,
            shown_grow: true,
            decoding_grows: true,
            times: String::new(),
            packets: String::new(),
        };
        let exact = finished.demuxer == "mov";
        let (digest, shown) = (Digest::default(), Vec::new());
        Ok(Self { demux, film, exact, next: 0, copied: 0, digest, shown, last_dts: None, read })
    }

    /// The packet with this number; packets are asked for in growing order.
    fn sample(&mut self, wanted: usize) -> Result<Vec<u8>, CutError> {
        loop {
            let packet = self.take()?.ok_or(CutError::Broken("the finished file has too few packets"))?;
            if self.next > wanted {
                return Ok(packet.data);
            }
        }
    }

    fn take(&mut self) -> Result<Option<Packet>, CutError> {
        let Some(packet) = self.demux.next()? else { return Ok(None) };
        let scale = self.demux.packets.init.timescale;
        if let (Some(planned), Some(origin)) = (self.film.samples.get(self.next), self.film.origins.get(self.next)) {
            let apart =
                i128::from(packet.pts) * i128::from(self.film.timescale) - i128::from(planned.pts) * i128::from(scale);
            let seconds = apart as f64 / f64::from(scale) / f64::from(self.film.timescale);
            self.read.as_planned &= if self.exact { apart == 0 } else { seconds.abs() <= MATROSKA_ROUNDING };
            let essence = self.film.codec.essence(&packet.data);
            if origin.unit.is_some() {
                self.read.equal += u64::from(self.film.hashes.get(self.copied) == Some(&essence));
                self.copied += 1;
            }
            self.digest.add(packet.pts, packet.dts, essence);
        }
        self.read.decoding_grows &= self.last_dts.is_none_or(|last| packet.dts > last) && packet.dts <= packet.pts;
        self.last_dts = Some(packet.dts);
        self.shown.push(packet.pts);
        self.next += 1;
        Ok(Some(packet))
    }

    fn finish(mut self, finished: Finished<'_>, failures: &mut Vec<String>) -> Result<Account, CutError> {
        while self.take()?.is_some() {}
        let Self { demux, film, mut read, mut shown, digest, copied, .. } = self;
        let scale = f64::from(demux.packets.init.timescale);
        let output = demux.finish()?;
        finished.spend(&output);
        read.first = shown.iter().min().map_or(0.0, |first| *first as f64 / scale);
        read.frames = shown.len();
        shown.sort_unstable();
        read.shown_grow = shown.windows(2).all(|pair| pair[0] < pair[1]);
        (read.times, read.packets) = digest.finish();
        let wanted = film.samples.len();
        let all_copied = film.origins.iter().filter(|origin| origin.unit.is_some()).count();
        for (fails, sentence) in [
            (read.frames != wanted, format!("it has {} frames and should have {wanted}", read.frames)),
            (!read.as_planned, "its frames do not stand at their planned times".to_owned()),
            (!read.shown_grow, "several of its frames have the same time".to_owned()),
            (!read.decoding_grows, "its decoding times do not grow".to_owned()),
            (
                read.equal != all_copied as u64 || copied != all_copied,
                format!("of {all_copied} copied packets {} are those of the source", read.equal),
            ),
            (!output.stderr.is_empty(), "ffmpeg complains while it is read".to_owned()),
        ] {
            failures.extend(fails.then_some(sentence));
        }
        Ok(read)
    }
}

/// Decodes the neighbourhoods and compares every frame with the source's.
fn decode(
    tools: &Tools,
    finished: Finished<'_>,
    film: &Film,
    witness: &Witness<'_>,
    (runs, working): (&[Vec<usize>], &Path),
    cancel: &Cancel,
    failures: &mut Vec<String>,
) -> Result<DecodedFacts, CutError> {
    let mut facts = DecodedFacts { frames: 0, clean: false, compared: 0, equal: 0, glanced: 0, farthest: 0.0 };
    let (seen, output) = match look(tools, own_file("mov", working), (working, 0), "", cancel) {
        Ok(seen) => seen,
        Err(error) if error.ends_all() => return Err(error),
        Err(_) => {
            failures.push("it cannot be decoded".to_owned());
            return Ok(facts);
        }
    };
    finished.spend(&output);
    let complaints = output.stderr;
    let wanted = runs.iter().map(Vec::len).sum::<usize>();
    facts.frames = seen.hashes.len() as u64;
    facts.clean = complaints.is_empty() && seen.hashes.len() == wanted;
    if !complaints.is_empty() {
        failures.push("it does not decode cleanly".to_owned());
    }
    if seen.hashes.len() != wanted {
        failures.push(format!("{wanted} packets give {} frames", seen.hashes.len()));
        return Ok(facts);
    }
    let shown = runs.iter().flat_map(|run| {
        let mut run = run.clone();
        run.sort_by_key(|at| film.samples[*at].pts);
        run
    });
    for (place, at) in shown.enumerate() {
        let origin = film.origins[at];
        let Some(before) = witness.place(origin.frame) else { continue };
        if origin.unit.is_some() {
            facts.compared += 1;
            facts.equal += u64::from(seen.hashes[place] == witness.seen.hashes[before]);
        } else if let Some(apart) = seen.distance(place, witness.seen, before) {
            facts.glanced += 1;
            facts.farthest = facts.farthest.max(apart);
        }
    }
    if facts.equal != facts.compared {
        let (equal, compared) = (facts.equal, facts.compared);
        failures.push(format!("of {compared} copied frames at the joints only {equal} look as in the source"));
    }
    if facts.farthest > FARTHEST {
        failures.push("an encoded frame does not look like the source's".to_owned());
    }
    Ok(facts)
}

/// What is not covered by the checks above, for the certificate to say.
pub(super) fn not_checked(film: &Film, decoded: u64) -> Vec<String> {
    let rest = film.samples.len() as u64 - decoded.min(film.samples.len() as u64);
    let sentence = format!(
        "{rest} copied frames away from the joints were not decoded: their packets are, bit for bit, those of the source"
    );
    (rest > 0).then_some(sentence).into_iter().collect()
}

/// Decodes a sound to its end and counts.
pub(super) fn sound(
    tools: &Tools,
    finished: Finished<'_>,
    index: u32,
    (plan, codec): (&Cutting, &str),
    cancel: &Cancel,
    failures: &mut Vec<String>,
) -> Result<SoundFacts, CutError> {
    let number = index + 1;
    let found = count(tools, finished, index, plan, cancel)?;
    let start = found.start;
    // Matroska cannot say where within its last packet a sound ends.
    let spare = if finished.demuxer == "matroska" { OPUS_PACKET } else { 0 };
    if !(plan.samples..=plan.samples + spare).contains(&found.samples) {
        failures.push(format!("stream {number} has {} samples and should have {}", found.samples, plan.samples));
    }
    if found.complained {
        failures.push(format!("stream {number} does not decode cleanly"));
    }
    if start.abs() > LATEST_SOUND {
        failures.push(format!("stream {number} begins {start:.4} s after the file"));
    }
    let (packets_sha256, output) = packets_hash(tools, finished.file, finished.demuxer, index, cancel)?;
    finished.spend(&output);
    Ok(SoundFacts {
        codec: codec.to_owned(),
        sample_rate: plan.rate,
        channels: plan.channels,
        planned_samples: plan.samples,
        found_samples: found.samples,
        start,
        packets_sha256,
    })
}

struct Counted {
    samples: u64,
    start: f64,
    complained: bool,
}

/// All samples from the file's start on, as a player hears them: what is decoded, up to where the file says that it ends.
fn count(
    tools: &Tools,
    finished: Finished<'_>,
    index: u32,
    plan: &Cutting,
    cancel: &Cancel,
) -> Result<Counted, CutError> {
    let mut args = words("-v error -vn -copyts");
    args.extend(own_file(finished.demuxer, finished.file));
    args.extend(words(&format!(
        "-map 0:{index} -c:a pcm_s16le -f s16le pipe:1 \
         -map 0:{index} -frames:a 1 -f framehash -hash crc32 pipe:3 -map 0:{index} -c copy -f framehash -hash crc32 pipe:4"
    )));
    let command = Command { pipes: 2, ..Command::ffmpeg(args).reading(finished.file) };
    let mut running = tools.spawn(command, cancel)?;
    let mut pipes = std::mem::take(&mut running.pipes).into_iter().map(|pipe| std::thread::spawn(move || lines(pipe)));
    let (decoded, packets) = (pipes.next(), pipes.next());
    let mut stdout = running.stdout.take().ok_or(CutError::Broken("ffmpeg has no output"))?;
    let bytes = std::io::copy(&mut stdout, &mut std::io::sink()).map_err(CutError::io("sound could not be read"))?;
    let read = |thread: Option<std::thread::JoinHandle<Option<Times>>>| thread?.join().ok()?;
    let (decoded, packets) = (read(decoded), read(packets));
    let output = running.wait()?;
    let broken = CutError::Broken("the sound's times cannot be read");
    let (Some(decoded), Some(packets)) = (decoded, packets) else { return Err(broken) };
    finished.spend(&output);
    let samples = bytes / (2 * u64::from(plan.channels));
    if !matches!(finished.demuxer, "mov" | "matroska") {
        // Where there is only one stream its beginning is the file's.
        return Ok(Counted { samples, start: 0.0, complained: !output.stderr.is_empty() });
    }
    let samples = samples.min((packets.end * f64::from(plan.rate)).round() as u64);
    Ok(Counted { samples, start: decoded.start, complained: !output.stderr.is_empty() })
}

/// Seconds at which a listing's first line begins and its last one ends.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Times {
    start: f64,
    end: f64,
}

fn lines(pipe: impl Read) -> Option<Times> {
    let (mut tick, mut start, mut end) = (0.0, None, 0.0);
    for line in BufReader::new(pipe).lines() {
        let line = line.ok()?;
        if let Some(base) = line.strip_prefix("#tb 0:") {
            let (above, below) = base.trim().split_once('/')?;
            tick = above.parse::<f64>().ok()? / below.parse::<f64>().ok()?;
        }
        let mut fields = line.split(',').skip(2).map(|field| field.trim().parse::<f64>());
        if let (false, Some(Ok(pts)), Some(Ok(duration))) = (line.starts_with('#'), fields.next(), fields.next()) {
            start.get_or_insert(pts * tick);
            end = (pts + duration) * tick;
        }
    }
    start.map(|start| Times { start, end })
}

/// Over all packets of a stream.
pub(super) fn packets_hash(
    tools: &Tools,
    file: &Path,
    demuxer: &str,
    index: u32,
    cancel: &Cancel,
) -> Result<(String, Output), CutError> {
    let mut args = words("-v error");
    args.extend(own_file(demuxer, file));
    args.extend(words(&format!("-map 0:{index} -c copy -f hash -hash sha256 pipe:1")));
    let output = tools.run(Command::ffmpeg(args).reading(file), cancel)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let hash = text.trim().rsplit('=').next().map(str::to_owned);
    let hash = hash.filter(|hash| hash.len() == 64);
    hash.map(|hash| (hash, output)).ok_or(CutError::Broken("the packets cannot be read"))
}
