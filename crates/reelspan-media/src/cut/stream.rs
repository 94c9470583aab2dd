//! The packets of one stream of any file, one at a time, with exact timestamps: ffmpeg takes the file apart and hands
//! them over as tiny MP4 fragments through a pipe, so that memory does not grow with length.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use reelspan_types::Cancel;

use super::CutError;
use super::boxes::{each, find, long, number};
use crate::probe::MediaInfo;
use crate::tool::{Command, Output, Running, Tools, file_arg};

/// No header and no packet is larger; what claims to be is damaged.
const MOST_BOX: u64 = 512 << 20;
/// How ffmpeg writes what this module reads: one packet a fragment, with the very timestamps that it was given.
pub(super) const FORMAT: &str = "-f mp4 -use_editlist 0 -avoid_negative_ts disabled \
     -movflags frag_every_frame+empty_moov+default_base_moof+frag_discont+skip_trailer+delay_moov \
     -strict experimental -map_metadata -1 -map_chapters -1 -bitexact";

/// What a stream says of itself before its first packet.
#[derive(Debug, Clone)]
pub(super) struct Init {
    /// Ticks a second.
    pub(super) timescale: u32,
    /// How the picture is turned, as a track header holds it.
    pub(super) matrix: [u8; 36],
    /// The shown size, as a track header holds it.
    pub(super) size: [u8; 8],
    /// The first sample entry: the codec and its parameters.
    pub(super) entry: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(super) struct Packet {
    pub(super) pts: i64,
    pub(super) dts: i64,
    pub(super) key: bool,
    pub(super) data: Vec<u8>,
}

/// Packets as they come.
pub(super) struct Packets<R> {
    reader: R,
    pub(super) init: Init,
    /// Of the fragment at hand, last first.
    waiting: Vec<Packet>,
}

/// A run that takes a file apart, and its packets.
pub(super) struct Demux {
    running: Running,
    pub(super) packets: Packets<BufReader<File>>,
}

impl Demux {
    /// Starts on stream `index` of a file that is of a known kind.
    pub(super) fn start(
        tools: &Tools,
        input: Vec<OsString>,
        file: &Path,
        index: u32,
        cancel: &Cancel,
    ) -> Result<Self, CutError> {
        let mut args = words("-v error -copyts");
        args.extend(input);
        args.extend(words(&format!("-map 0:{index} -c copy -copyinkf")));
        args.extend(words(FORMAT));
        args.push("pipe:1".into());
        let mut running = tools.spawn(Command::ffmpeg(args).reading(file), cancel)?;
        let stdout = running.stdout.take().ok_or(CutError::Broken("ffmpeg has no output"))?;
        match Packets::new(BufReader::with_capacity(1 << 18, stdout)) {
            Ok(packets) => Ok(Self { running, packets }),
            // Why there is nothing to read is said better by the program than by its empty pipe.
            Err(error) => Err(running.wait().err().map_or(error, Into::into)),
        }
    }

    /// The next packet; after the last one, whether the run ended well.
    pub(super) fn next(&mut self) -> Result<Option<Packet>, CutError> {
        self.packets.next()
    }

    /// Waits for the end; what ffmpeg had to complain of makes the stream unfit.
    pub(super) fn finish(self) -> Result<Output, CutError> {
        let Self { running, packets } = self;
        drop(packets);
        Ok(running.wait()?)
    }
}

pub(super) fn words(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(OsString::from).collect()
}

/// See [`MediaInfo::anchor_args`].
pub(super) fn anchor(info: &MediaInfo) -> Vec<OsString> {
    info.anchor_args(None)
}

/// The input arguments for a file of our own making.
pub(super) fn own_file(demuxer: &str, file: &Path) -> Vec<OsString> {
    let mut args = words(&format!("-protocol_whitelist file,pipe -f {demuxer} -i"));
    args.push(file_arg(file));
    args
}

impl<R: Read> Packets<R> {
    pub(super) fn new(mut reader: R) -> Result<Self, CutError> {
        loop {
            let (kind, body) = next_box(&mut reader)?.ok_or(CutError::Broken("the stream has no header"))?;
            if &kind == b"moov" {
                let init = init(&body).ok_or(CutError::Broken("the stream's header cannot be understood"))?;
                return Ok(Self { reader, init, waiting: Vec::new() });
            }
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Packet>, CutError> {
        let mut announced = Vec::new();
        loop {
            if let Some(packet) = self.waiting.pop() {
                return Ok(Some(packet));
            }
            let Some((kind, body)) = next_box(&mut self.reader)? else { return Ok(None) };
            match &kind {
                b"moof" => {
                    announced = fragment(&body).ok_or(CutError::Broken("a fragment cannot be understood"))?;
                }
                b"mdat" => self.waiting = filled(std::mem::take(&mut announced), &body)?,
                _ => {}
            }
        }
    }
}

type Body = ([u8; 4], Vec<u8>);

/// One whole box; none at the end of the pipe.
fn next_box(reader: &mut impl Read) -> Result<Option<Body>, CutError> {
    let mut header = [0; 8];
    let mut had = 0;
    while had < header.len() {
        match reader.read(&mut header[had..]).map_err(CutError::io("a stream could not be read"))? {
            0 if had == 0 => return Ok(None),
            0 => return Err(CutError::Broken("the stream ends too soon")),
            count => had += count,
        }
    }
    let [a, b, c, d, kind @ ..] = header;
    let mut size = u64::from(u32::from_be_bytes([a, b, c, d]));
    let mut header_size = 8;
    if size == 1 {
        let mut long = [0; 8];
        reader.read_exact(&mut long).map_err(|_| CutError::Broken("the stream ends too soon"))?;
        (size, header_size) = (u64::from_be_bytes(long), 16);
    }
    let size = size.checked_sub(header_size).filter(|size| *size <= MOST_BOX);
    let size = size.ok_or(CutError::Broken("a packet claims an impossible size"))?;
    let mut body = Vec::with_capacity(size as usize);
    let read = reader.take(size).read_to_end(&mut body).map_err(CutError::io("a stream could not be read"))?;
    if (read as u64) < size {
        return Err(CutError::Broken("the stream ends too soon"));
    }
    Ok(Some((kind, body)))
}

fn init(moov: &[u8]) -> Option<Init> {
    let track = find(moov, &[b"trak"])?;
    let header = find(track, &[b"tkhd"])?;
    let places = header.get(header.len().checked_sub(44)?..)?;
    let media = find(track, &[b"mdia", b"mdhd"])?;
    let timescale = number(media, if *media.first()? == 1 { 20 } else { 12 })?;
    let entries = find(track, &[b"mdia", b"minf", b"stbl", b"stsd"])?;
    let entry = each(entries.get(8..)?).next()?.whole.to_vec();
    let (matrix, size) = (places[..36].try_into().ok()?, places[36..].try_into().ok()?);
    (timescale > 0).then_some(Init { timescale, matrix, size, entry })
}

/// The packets that a fragment announces, still without their bytes (`data` is as long as they will be).
fn fragment(moof: &[u8]) -> Option<Vec<Announced>> {
    let track = find(moof, &[b"traf"])?;
    let header = find(track, &[b"tfhd"])?;
    let flags = number(header, 0)? & 0xff_ffff;
    let mut at = 8;
    let mut skip = |flag: u32, size: usize| {
        let here = at;
        if flags & flag != 0 {
            at += size;
        }
        (flags & flag != 0).then_some(here)
    };
    skip(1, 8);
    skip(2, 4);
    let default = [skip(8, 4), skip(16, 4), skip(32, 4)].map(|at| at.and_then(|at| number(header, at)).unwrap_or(0));
    let decode = find(track, &[b"tfdt"])?;
    let mut dts = if *decode.first()? == 1 { long(decode, 4)? as i64 } else { i64::from(number(decode, 4)?) };
    let mut all = Vec::new();
    for run in each(track).filter(|one| &one.kind == b"trun") {
        let (flags, count) = (number(run.body, 0)? & 0xff_ffff, number(run.body, 4)?);
        let mut at = 8 + if flags & 1 != 0 { 4 } else { 0 };
        let mut field = |flag: u32| {
            (flags & flag != 0).then(|| {
                at += 4;
                number(run.body, at - 4)
            })
        };
        let first_flags = field(4).flatten();
        for which in 0..count {
            let duration = field(0x100).flatten().unwrap_or(default[0]);
            let size = field(0x200).flatten().unwrap_or(default[1]);
            let own = field(0x400).flatten().or(first_flags.filter(|_| which == 0)).unwrap_or(default[2]);
            let late = field(0x800).flatten().unwrap_or(0) as i32;
            all.push(Announced { pts: dts + i64::from(late), dts, key: own & 0x1_0000 == 0, size });
            dts += i64::from(duration);
        }
    }
    Some(all)
}

struct Announced {
    pts: i64,
    dts: i64,
    key: bool,
    size: u32,
}

fn filled(announced: Vec<Announced>, mut bytes: &[u8]) -> Result<Vec<Packet>, CutError> {
    let mut packets = Vec::with_capacity(announced.len());
    for Announced { pts, dts, key, size } in announced {
        let (data, rest) =
            bytes.split_at_checked(size as usize).ok_or(CutError::Broken("a fragment lacks its bytes"))?;
        bytes = rest;
        packets.push(Packet { pts, dts, key, data: data.to_vec() });
    }
    packets.reverse();
    Ok(packets)
}
