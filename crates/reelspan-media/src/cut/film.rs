//! The planned picture track: which packet stands where, where it comes from and when it is shown; and how it is put
//! together, reading the source once more from start to end.

use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::Path;

use reelspan_types::Cancel;

use super::CutError;
use super::choice::{Excerpt, Segment, copied_units};
use super::frames::{Frames, Piece};
use super::index::Index;
use super::movie::{Kind as TrackKind, Sample, Track, write_movie};
use super::params::Joined;
use super::shelf::{Reader, Shelf};
use super::stream::{Demux, Init};
use super::units::{Codec, Kind, relinked};
use crate::probe::MediaInfo;
use crate::tool::Tools;

/// Ticks a frame in files that are only decoded here.
const EXCERPT_SCALE: (u32, i64) = (12_800, 512);

/// Where a sample's bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// The source's packet; none for the next of the encoder's.
    pub(super) unit: Option<u32>,
    /// The source's frame that it shows, among all frames.
    pub(super) frame: u32,
    /// Parameter sets stand before it.
    before: bool,
    /// An open key frame that no longer stands where it stood: it says so.
    pub(super) relinked: bool,
}

/// Samples that follow one another and come from one encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) samples: Range<usize>,
    pub(super) copied: bool,
}

#[derive(Debug)]
pub(super) struct Film {
    pub(super) codec: Codec,
    pub(super) timescale: u32,
    pub(super) joined: Joined,
    pub(super) init: Init,
    /// In the order of decoding.
    pub(super) samples: Vec<Sample>,
    pub(super) origins: Vec<Origin>,
    pub(super) stretches: Vec<Stretch>,
    /// Ticks from the start of the finished file to its end.
    pub(super) length: u64,
    /// What the source's copied packets were, in order; known once the film is written.
    pub(super) hashes: Vec<blake3::Hash>,
}

impl Film {
    /// Lays out packets that are copied from an indexed source and those of the shelf between them.
    pub(super) fn new(
        index: &Index,
        pieces: &[Piece],
        segments: &[Segment],
        shelf: Option<&Shelf>,
        joined: Joined,
    ) -> Result<Self, CutError> {
        let mut film = Self::empty(index.codec, &index.frames, pieces, joined, index.init.clone());
        let mut made = Made::new(shelf);
        for segment in segments {
            let piece = &pieces[segment.piece];
            let start = film.samples.len();
            match &segment.copied {
                None => film.encoded(&mut made, segment.frames.clone(), piece, &index.frames)?,
                Some(units) => film.copied(index, units.clone(), piece),
            }
            let copied = segment.copied.is_some();
            film.stretches.push(Stretch { samples: start..film.samples.len(), copied });
        }
        Ok(film)
    }

    /// Lays out what an encoder made of all frames.
    pub(super) fn plain(
        codec: Codec,
        frames: &Frames,
        pieces: &[Piece],
        shelf: &Shelf,
        joined: Joined,
    ) -> Result<Self, CutError> {
        let mut film = Self::empty(codec, frames, pieces, joined, shelf.init.clone());
        let mut made = Made::new(Some(shelf));
        for piece in pieces.iter().filter(|piece| !piece.frames.is_empty()) {
            let start = film.samples.len();
            film.encoded(&mut made, piece.frames.clone(), piece, frames)?;
            film.stretches.push(Stretch { samples: start..film.samples.len(), copied: false });
        }
        Ok(film)
    }

    fn empty(codec: Codec, frames: &Frames, pieces: &[Piece], joined: Joined, init: Init) -> Self {
        let length = pieces.last().map_or(0, |last| last.at + last.ticks()) as u64;
        Self {
            codec,
            timescale: frames.timescale,
            joined,
            init,
            samples: Vec::new(),
            origins: Vec::new(),
            stretches: Vec::new(),
            length,
            hashes: Vec::new(),
        }
    }

    fn copied(&mut self, index: &Index, units: Range<usize>, piece: &Piece) {
        let first = units.start;
        for at in copied_units(index, units) {
            let unit = index.units[at];
            let key = matches!(unit.kind, Kind::Closed | Kind::Open);
            let before = if key { self.joined.before[0].len() as u32 } else { 0 };
            let pts = piece.shown(index.frames.times[unit.rank as usize]);
            self.samples.push(Sample { pts, size: unit.size + before, key, entry: 0 });
            let relinked = at == first && unit.kind == Kind::Open && self.samples.len() > 1;
            self.origins.push(Origin { unit: Some(at as u32), frame: unit.rank, before: before > 0, relinked });
        }
    }

    fn encoded(
        &mut self,
        made: &mut Made<'_>,
        frames: Range<usize>,
        piece: &Piece,
        all: &Frames,
    ) -> Result<(), CutError> {
        let first = made.next;
        for at in 0..frames.len() {
            let (rank, size, key) = made.packet()?;
            // Every stretch must stand by itself.
            let place = rank.checked_sub(first).filter(|place| *place < frames.len() && (at > 0 || key && *place == 0));
            let frame = frames.start + place.ok_or(CutError::Broken("the encoder mixed up stretches"))?;
            let before = if key { self.joined.before[1].len() as u32 } else { 0 };
            let entry = self.joined.entries.len() as u16 - 1;
            self.samples.push(Sample { pts: piece.shown(all.times[frame]), size: size + before, key, entry });
            self.origins.push(Origin { unit: None, frame: frame as u32, before: before > 0, relinked: false });
        }
        Ok(())
    }

    pub(super) fn track(&self) -> Track {
        let first = self.samples.iter().map(|sample| sample.pts).min().unwrap_or(0);
        Track {
            kind: TrackKind::Picture,
            timescale: self.timescale,
            entries: self.joined.entries.clone(),
            matrix: self.init.matrix,
            size: self.init.size,
            language: None,
            samples: self.samples.clone(),
            wait: first as u64,
            priming: 0,
            length: self.length - first as u64,
        }
    }
}

/// The shelf's packets with their place among all frames that were encoded.
struct Made<'a> {
    shelf: Option<&'a Shelf>,
    ranks: Vec<u32>,
    next: usize,
}

impl<'a> Made<'a> {
    fn new(shelf: Option<&'a Shelf>) -> Self {
        let packets = shelf.map_or(&[][..], |shelf| &shelf.packets);
        let mut order: Vec<u32> = (0..packets.len() as u32).collect();
        order.sort_by_key(|at| packets[*at as usize].pts);
        let mut ranks = vec![0; order.len()];
        (0..).zip(&order).for_each(|(rank, at)| ranks[*at as usize] = rank);
        Self { shelf, ranks, next: 0 }
    }

    fn packet(&mut self) -> Result<(usize, u32, bool), CutError> {
        let short = CutError::Broken("the encoder made too few packets");
        let kept = self.shelf.and_then(|shelf| shelf.packets.get(self.next)).ok_or(short)?;
        let rank = self.ranks[self.next] as usize;
        self.next += 1;
        Ok((rank, kept.size, kept.key))
    }
}

/// The source's packets again, from the first on.
pub(super) struct Source {
    demux: Demux,
    next: u32,
}

impl Source {
    pub(super) fn open(tools: &Tools, input: &Path, info: &MediaInfo, cancel: &Cancel) -> Result<Self, CutError> {
        let index = info.video.as_ref().map_or(0, |video| video.index);
        Ok(Self { demux: Demux::start(tools, info.input_args(input), input, index, cancel)?, next: 0 })
    }

    /// Packets are asked for in growing order.
    fn unit(&mut self, wanted: u32) -> Result<Vec<u8>, CutError> {
        loop {
            let packet = self.demux.next()?.ok_or(CutError::Broken("the source has become shorter"))?;
            self.next += 1;
            if self.next > wanted {
                return Ok(packet.data);
            }
        }
    }
}

/// Hands over the film's samples one after another.
pub(super) struct Projector<'a> {
    film: &'a Film,
    next: usize,
    source: Option<Source>,
    shelf: Option<Reader<'a>>,
    pub(super) hashes: Vec<blake3::Hash>,
}

impl<'a> Projector<'a> {
    pub(super) fn new(film: &'a Film, source: Option<Source>, shelf: Option<&'a Shelf>) -> Result<Self, CutError> {
        let shelf = shelf.map(Shelf::open).transpose()?;
        Ok(Self { film, next: 0, source, shelf, hashes: Vec::new() })
    }

    pub(super) fn sample(&mut self) -> Result<Vec<u8>, CutError> {
        let missing = CutError::Broken("a packet has nowhere to come from");
        let origin = self.film.origins.get(self.next).ok_or(CutError::Broken("too many packets were asked for"))?;
        self.next += 1;
        let before = &self.film.joined.before[usize::from(origin.unit.is_none())];
        let data = match (origin.unit, &mut self.source, &mut self.shelf) {
            (Some(unit), Some(source), _) => {
                let data = source.unit(unit)?;
                self.hashes.push(self.film.codec.essence(&data));
                data
            }
            (None, _, Some(shelf)) => shelf.next()?,
            _ => return Err(missing),
        };
        let mut bytes = if origin.before { before.clone() } else { Vec::new() };
        bytes.extend(data);
        Ok(if origin.relinked { relinked(bytes) } else { bytes })
    }
}

/// Samples for a file that is only decoded: frame after frame, whatever time they had. Each is told by whether it is the
/// first of its run.
pub(super) fn excerpt_track(init: &Init, entries: Vec<Vec<u8>>, runs: &[Vec<Sample>]) -> (Track, Vec<bool>) {
    let (timescale, step) = EXCERPT_SCALE;
    let (mut samples, mut firsts) = (Vec::new(), Vec::new());
    let mut shown = 0;
    for run in runs {
        let mut order: Vec<usize> = (0..run.len()).collect();
        order.sort_by_key(|at| run[*at].pts);
        let mut places = vec![0; run.len()];
        order.iter().zip(shown..).for_each(|(at, place)| places[*at] = place);
        shown += run.len() as i64;
        for (at, sample) in run.iter().enumerate() {
            samples.push(Sample { pts: places[at] * step, ..*sample });
            firsts.push(at == 0);
        }
    }
    let length = (shown * step) as u64;
    let track = Track {
        kind: TrackKind::Picture,
        timescale,
        entries,
        matrix: init.matrix,
        size: init.size,
        language: None,
        samples,
        wait: 0,
        priming: 0,
        length,
    };
    (track, firsts)
}

/// Writes the packets that are decoded to encode the edges into a file of their own.
pub(super) fn write_excerpt(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    index: &Index,
    excerpt: &Excerpt,
    file: &Path,
    cancel: &Cancel,
) -> Result<(), CutError> {
    let sample = |unit: usize| {
        let one = index.units[unit];
        let key = matches!(one.kind, Kind::Closed | Kind::Open);
        Sample { pts: index.frames.times[one.rank as usize], size: one.size, key, entry: 0 }
    };
    let units: Vec<Vec<usize>> =
        excerpt.ranges.iter().map(|range| copied_units(index, range.clone()).collect()).collect();
    let runs: Vec<Vec<Sample>> = units.iter().map(|run| run.iter().map(|unit| sample(*unit)).collect()).collect();
    let (track, firsts) = excerpt_track(&index.init, vec![index.init.entry.clone()], &runs);
    let mut source = Source::open(tools, input, info, cancel)?;
    let mut wanted = units.into_iter().flatten().zip(firsts);
    let mut fill = |_: usize| {
        let (unit, first) = wanted.next().ok_or(CutError::Broken("too many packets were asked for"))?;
        let data = source.unit(unit as u32)?;
        Ok(if first && index.codec == Codec::Hevc { relinked(data) } else { data })
    };
    write_movie(&mut create(file)?, &[track], &mut fill)
}

pub(super) fn create(file: &Path) -> Result<BufWriter<File>, CutError> {
    let made = File::create(file).map_err(CutError::io("a working file could not be made"))?;
    Ok(BufWriter::with_capacity(1 << 20, made))
}
