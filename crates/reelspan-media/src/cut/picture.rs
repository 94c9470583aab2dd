//! Cuts a recording with a picture: by copying if that can be done and pays, else by encoding everything.

use std::path::Path;

use super::certificate::{Certificate, Verdict};
use super::check::{self, Finished as Ready, Witness};
use super::choice::{Excerpt, Segment, choose};
use super::encode::{self, Job, Seen};
use super::film::{self, Film, Source};
use super::frames::{Frames, Piece};
use super::index::{self, Index};
use super::params::{self, Joined};
use super::shelf::Shelf;
use super::stream::{anchor, own_file};
use super::tracks::{Container, Sound, notes};
use super::units::Codec;
use super::{CutError, Finished, How, Mode, Work};
use crate::probe::VideoStream;
use crate::tool::Progress;

/// Clocks of finished files tick at least this often.
const LEAST_TIMESCALE: u32 = 10_000;

pub(super) fn cut(work: &Work<'_>, video: &VideoStream, on: &mut dyn FnMut(Progress)) -> Result<Finished, CutError> {
    let why = match work.order.mode {
        Mode::Encode => "it was asked for".to_owned(),
        Mode::Auto => match copy(work, video, on) {
            Ok(Ok(finished)) => return Ok(finished),
            Ok(Err(why)) => why,
            Err(error) if error.ends_all() => return Err(error),
            Err(error) => error.to_string(),
        },
    };
    plain(work, video, why, on)
}

/// Copies and encodes the edges; the sentence if that cannot be done or the result failed its certificate.
fn copy(
    work: &Work<'_>,
    video: &VideoStream,
    on: &mut dyn FnMut(Progress),
) -> Result<Result<Finished, String>, CutError> {
    if let Some(why) = unfit(work.container, video) {
        return Ok(Err(why));
    }
    let index = match index::read(work.tools, work.order.input, work.order.info, work.cancel)? {
        Ok(index) => index,
        Err(why) => return Ok(Err(why)),
    };
    let pieces = index.frames.pieces(work.order.keeps, work.order.info.duration.unwrap_or(0.0))?;
    let segments = match choose(&index, &pieces) {
        Ok(segments) => segments,
        Err(why) => return Ok(Err(why)),
    };
    let edges = match edges(work, video, &index, &segments)? {
        Ok(edges) => edges,
        Err(why) => return Ok(Err(why)),
    };
    let mut film = Film::new(&index, &pieces, &segments, edges.shelf.as_ref(), edges.joined)?;
    let seconds = film.length as f64 / f64::from(film.timescale);
    on(Progress { done: seconds * 0.5, frame: film.samples.len() as u64 / 2, speed: None });
    let sounds = work.sounds(&pieces, film.timescale)?;
    on(Progress { done: seconds * 0.75, frame: film.samples.len() as u64 * 3 / 4, speed: None });
    let source = Source::open(work.tools, work.order.input, work.order.info, work.cancel)?;
    let file = work.assemble(Some((&mut film, Some(source), edges.shelf.as_ref())), &sounds)?;
    let witness = Witness { seen: &edges.seen, frames: &edges.frames };
    let certificate = certify(work, &file, &film, &sounds, &pieces, &witness, None)?;
    if certificate.verdict == Verdict::Fails {
        return Ok(Err(format!("the joined file failed its certificate ({})", certificate.failures.join("; "))));
    }
    finish(work, &file, &film, certificate, How::Copied, on).map(Ok)
}

/// What only the container or the stream's description is enough to know.
fn unfit(container: Container, video: &VideoStream) -> Option<String> {
    let codec = Codec::named(&video.codec);
    if container == Container::Webm && !matches!(codec, Some(Codec::Vp9 | Codec::Av1)) {
        return Some(format!("WebM holds no {}", video.codec));
    }
    if container != Container::Mp4 && video.rotation != 0 {
        return Some("Matroska cannot say that a picture is turned".to_owned());
    }
    None
}

/// What the edges need: the packets that an encoder made, and what the source's frames there look like.
struct Edges {
    shelf: Option<Shelf>,
    joined: Joined,
    seen: Seen,
    frames: Vec<u32>,
}

fn edges(
    work: &Work<'_>,
    video: &VideoStream,
    index: &Index,
    segments: &[Segment],
) -> Result<Result<Edges, String>, CutError> {
    if segments.iter().all(|segment| segment.copied.is_some()) {
        let joined = match params::joined(index.codec, &index.init.entry, None) {
            Ok(joined) => joined,
            Err(why) => return Ok(Err(why.to_owned())),
        };
        return Ok(Ok(Edges { shelf: None, joined, seen: Seen::default(), frames: Vec::new() }));
    }
    let settings = match encode::matching(index.codec, &index.profile, video) {
        Ok(settings) => settings,
        Err(why) => return Ok(Err(why)),
    };
    let found = Excerpt::new(index, segments).and_then(|excerpt| Some((excerpt.wanted(segments)?, excerpt)));
    let Some((wanted, excerpt)) = found else {
        return Ok(Err("its edges cannot be decoded from a key frame on".to_owned()));
    };
    let file = work.desk.file("edges.mp4");
    film::write_excerpt(work.tools, work.order.input, work.order.info, index, &excerpt, &file, work.cancel)?;
    let stretches: Vec<usize> = wanted.iter().map(ExactSizeIterator::len).collect();
    let job = Job {
        input: own_file("mov", &file),
        file: &file,
        stream: 0,
        wanted: &wanted,
        stretches: &stretches,
        rate: index.frames.rate(),
        filter: "",
        settings,
        shelf: work.desk.file("edges"),
    };
    let (shelf, seen) = encode::encode(work.tools, job, work.cancel, &mut |_| {})?;
    if seen.hashes.len() != excerpt.frames.len() {
        return Ok(Err("its packets do not each give a frame".to_owned()));
    }
    match params::joined(index.codec, &index.init.entry, Some(&shelf.init.entry)) {
        Ok(joined) => Ok(Ok(Edges { shelf: Some(shelf), joined, seen, frames: excerpt.frames })),
        Err(why) => Ok(Err(why.to_owned())),
    }
}

/// Decodes everything once to know the frames, then again to encode those that are wanted.
fn plain(
    work: &Work<'_>,
    video: &VideoStream,
    why: String,
    on: &mut dyn FnMut(Progress),
) -> Result<Finished, CutError> {
    let order = work.order;
    let upright = work.container != Container::Mp4;
    let how = encode::plain(video, work.container == Container::Webm, upright);
    let place = (order.input, video.index);
    let mut input = order.info.input_args(order.input);
    input.extend(anchor(order.info));
    let (mut seen, _) = encode::look(work.tools, input.clone(), place, &how.filter, work.cancel)?;
    let growing = growing(&seen.times);
    seen.keep(&growing);
    let frames = frames(&seen).ok_or(CutError::Broken("no frame of it can be decoded"))?;
    let pieces = frames.pieces(order.keeps, order.info.duration.unwrap_or(0.0))?;
    let wanted: Vec<_> = pieces.iter().flat_map(|piece| runs(&growing[piece.frames.clone()])).collect();
    let stretches: Vec<usize> = pieces.iter().map(|piece| piece.frames.len()).filter(|frames| *frames > 0).collect();
    let all: usize = stretches.iter().sum();
    let seconds = pieces.last().map_or(0, |last| last.at + last.ticks()) as f64 / f64::from(frames.timescale);
    let job = Job {
        input,
        file: order.input,
        stream: video.index,
        wanted: &wanted,
        stretches: &stretches,
        rate: frames.rate(),
        filter: &how.filter,
        settings: how.settings,
        shelf: work.desk.file("picture"),
    };
    let mut report = |frame: u64| {
        on(Progress { done: seconds * frame as f64 / all as f64, frame, speed: None });
    };
    let (shelf, _) = encode::encode(work.tools, job, work.cancel, &mut report)?;
    let joined = params::joined(how.codec, &shelf.init.entry, None).map_err(CutError::Broken)?;
    let mut film = Film::plain(how.codec, &frames, &pieces, &shelf, joined)?;
    let sounds = work.sounds(&pieces, frames.timescale)?;
    let file = work.assemble(Some((&mut film, None, Some(&shelf))), &sounds)?;
    let places: Vec<u32> = (0..seen.hashes.len() as u32).collect();
    let witness = Witness { seen: &seen, frames: &places };
    let certificate = certify(work, &file, &film, &sounds, &pieces, &witness, Some(&why))?;
    if certificate.verdict == Verdict::Fails {
        return Err(CutError::Uncertified(certificate.failures.join("; ")));
    }
    finish(work, &file, &film, certificate, How::Encoded(why), on)
}

/// Frames whose times grow; a damaged file may hold others, which no player shows.
fn growing(times: &[i64]) -> Vec<u32> {
    let mut last = None;
    let mut kept = Vec::new();
    for (at, time) in (0..).zip(times) {
        if last.is_none_or(|last| *time > last) {
            kept.push(at);
            last = Some(*time);
        }
    }
    kept
}

/// Neighbours as ranges.
fn runs(numbers: &[u32]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for number in numbers.iter().map(|number| *number as usize) {
        match runs.last_mut() {
            Some(last) if last.end == number => last.end += 1,
            _ => runs.push(number..number + 1),
        }
    }
    runs
}

/// The decoded frames on a clock that is fine enough.
fn frames(seen: &Seen) -> Option<Frames> {
    let (above, below) = seen.timebase;
    let finer = LEAST_TIMESCALE.div_ceil(below.max(1)).max(1);
    let timescale = below.checked_mul(finer)?;
    let tick = i64::from(above) * i64::from(finer);
    let times: Vec<i64> = seen.times.iter().map(|time| time * tick).collect();
    let count = times.len();
    Frames::new(timescale, times, 0..count)
}

fn certify(
    work: &Work<'_>,
    file: &Path,
    film: &Film,
    sounds: &[Sound],
    pieces: &[Piece],
    witness: &Witness<'_>,
    why: Option<&str>,
) -> Result<Certificate, CutError> {
    let ready = Ready { file, demuxer: work.container.demuxer(), spent: &work.spent };
    let working = work.desk.file("check.mp4");
    let mut failures = Vec::new();
    let picture = check::picture(work.tools, ready, film, witness, &working, work.cancel, &mut failures)?;
    let mut certificate = work.certify_sounds(file, sounds, pieces, film.timescale, failures)?;
    certificate.not_checked = check::not_checked(film, picture.decoded.frames);
    certificate.picture = Some(picture);
    certificate.encoded_because = why.map(str::to_owned);
    Ok(certificate)
}

fn finish(
    work: &Work<'_>,
    file: &Path,
    film: &Film,
    certificate: Certificate,
    how: How,
    on: &mut dyn FnMut(Progress),
) -> Result<Finished, CutError> {
    work.keep(file)?;
    let copied = film.origins.iter().filter(|origin| origin.unit.is_some()).count() as u64;
    let frames = film.samples.len() as u64;
    let duration = film.length as f64 / f64::from(film.timescale);
    on(Progress { done: duration, frame: frames, speed: None });
    Ok(Finished {
        file: work.order.output.to_owned(),
        bytes: certificate.file.bytes,
        certificate,
        how,
        frames,
        copied,
        encoded: frames - copied,
        duration,
        certifying: work.spent.get(),
        notes: notes(work.order),
    })
}
