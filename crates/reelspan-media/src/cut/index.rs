//! Which packets a picture stream has, what each is good for, and in which order they are shown.

use std::fmt::Write as _;
use std::path::Path;

use reelspan_types::Cancel;

use super::CutError;
use super::frames::Frames;
use super::params::{self, Profile};
use super::stream::{Demux, Init, words};
use super::units::{Codec, Kind};
use crate::probe::MediaInfo;
use crate::tool::{Command, Program, Tools, file_arg};

/// No stream has more packets than this: two days at 120 frames a second.
const MOST_PACKETS: usize = 21_000_000;

/// One packet, in the order of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) size: u32,
    pub(super) kind: Kind,
    /// Its place in the order of showing.
    pub(super) rank: u32,
}

#[derive(Debug)]
pub(super) struct Index {
    pub(super) codec: Codec,
    pub(super) init: Init,
    pub(super) profile: Profile,
    pub(super) units: Vec<Unit>,
    /// For each frame, in the order of showing, the packet that holds it.
    pub(super) order: Vec<u32>,
    pub(super) frames: Frames,
}

/// What was found, or the sentence why nothing can be copied from this stream.
pub(super) type Found = Result<Index, String>;

/// Reads the whole stream once, keeping no more than a few bytes of each packet.
pub(super) fn read(tools: &Tools, input: &Path, info: &MediaInfo, cancel: &Cancel) -> Result<Found, CutError> {
    let Some(video) = &info.video else { return Ok(Err("it has no picture".to_owned())) };
    let Some(codec) = Codec::named(&video.codec) else {
        return Ok(Err(format!("its picture is {}, whose packets are not copied", video.codec)));
    };
    if video.interlaced {
        return Ok(Err("it is interlaced".to_owned()));
    }
    let mut demux = match Demux::start(tools, info.input_args(input), input, video.index, cancel) {
        Ok(demux) => demux,
        Err(error) => return unfit(error, "its packets cannot be taken out"),
    };
    let init = demux.packets.init.clone();
    let profile = match params::read(codec, &init.entry) {
        Ok(profile) => profile,
        Err(why) => return Ok(Err(why.to_owned())),
    };
    let (mut units, mut times) = (Vec::new(), Vec::new());
    loop {
        let packet = match demux.next() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(error) => return unfit(error, "its packets cannot be taken out"),
        };
        let kind = match codec.kind(&packet.data, &profile.sets) {
            Ok(kind) => kind,
            Err(why) => return Ok(Err(why.to_owned())),
        };
        if units.len() >= MOST_PACKETS {
            return Ok(Err("it has too many packets".to_owned()));
        }
        units.push(Unit { size: packet.data.len() as u32, kind, rank: 0 });
        times.push(packet.pts);
    }
    if let Err(error) = demux.finish() {
        return unfit(error, "its packets cannot be taken out");
    }
    let listing = match list(tools, input, info, video.index, cancel) {
        Ok(listing) => listing,
        Err(error) => return unfit(error, "its packets cannot be listed"),
    };
    Ok(ranked(codec, init, profile, units, &times, &listing))
}

/// A cancel stays one; any other failure only means that nothing is copied.
fn unfit<T>(error: CutError, why: &str) -> Result<Result<T, String>, CutError> {
    if error.ends_all() { Err(error) } else { Ok(Err(why.to_owned())) }
}

/// What ffprobe says of the packets.
#[derive(Debug, Default, PartialEq)]
struct Listing {
    /// Seconds at which the file's clock begins.
    start: f64,
    /// Seconds a tick.
    tick: f64,
    packets: Vec<Listed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Listed {
    pts: Option<i64>,
    shown: bool,
    damaged: bool,
}

fn list(tools: &Tools, input: &Path, info: &MediaInfo, index: u32, cancel: &Cancel) -> Result<Listing, CutError> {
    let mut args = words("-v error -of compact=nk=0 -protocol_whitelist file,pipe");
    args.extend(words(&format!("-f {} -select_streams {index}", info.container)));
    args.extend(words("-show_entries packet=pts,flags:stream=time_base:format=start_time -i"));
    args.push(file_arg(input));
    let command = Command { program: Program::Ffprobe, max_file_bytes: 1, ..Command::ffmpeg(args).reading(input) };
    let output = tools.run(command, cancel)?;
    listing(&String::from_utf8_lossy(&output.stdout))
        .ok_or(CutError::Broken("the list of packets cannot be understood"))
}

fn listing(text: &str) -> Option<Listing> {
    let mut all = Listing::default();
    for line in text.lines() {
        let mut fields = line.split('|');
        let section = fields.next()?;
        let value = |name: &str| fields.clone().find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        match section {
            "packet" => {
                let flags = value("flags")?.as_bytes();
                all.packets.push(Listed {
                    pts: value("pts").and_then(|text| text.parse().ok()),
                    shown: flags.get(1) != Some(&b'D'),
                    damaged: flags.contains(&b'C'),
                });
            }
            "stream" => {
                let (above, below) = value("time_base")?.split_once('/')?;
                all.tick = above.parse::<f64>().ok()? / below.parse::<f64>().ok()?;
            }
            "format" => all.start = value("start_time").and_then(|text| text.parse().ok()).unwrap_or(0.0),
            _ => {}
        }
    }
    (all.tick > 0.0).then_some(all)
}

/// Puts both accounts together; they must agree.
fn ranked(codec: Codec, init: Init, profile: Profile, mut units: Vec<Unit>, times: &[i64], listing: &Listing) -> Found {
    let scale = f64::from(init.timescale);
    if listing.packets.len() != units.len() || units.is_empty() {
        return Err("its packets cannot be counted for sure".to_owned());
    }
    if listing.packets.iter().any(|packet| packet.damaged) {
        return Err("it is damaged".to_owned());
    }
    let agrees = |(packet, time): (&Listed, &i64)| {
        packet.pts.is_some_and(|pts| (pts as f64 * listing.tick * scale - *time as f64).abs() <= 1.5)
    };
    if !listing.packets.iter().zip(times).all(agrees) {
        return Err("its timestamps are missing or jump".to_owned());
    }
    let start = (listing.start * scale).round() as i64;
    let mut order: Vec<u32> = (0..units.len() as u32).collect();
    order.sort_by_key(|at| times[*at as usize]);
    for (rank, at) in (0..).zip(&order) {
        units[*at as usize].rank = rank;
    }
    let sorted: Vec<i64> = order.iter().map(|at| times[*at as usize] - start).collect();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("several of its frames have the same time".to_owned());
    }
    let is_shown = |at: &u32| listing.packets[*at as usize].shown;
    let first = order.iter().position(is_shown).unwrap_or(0);
    let end = order.iter().rposition(is_shown).map_or(0, |last| last + 1);
    if !order[first..end].iter().all(is_shown) {
        return Err("its edit list leaves out frames in the middle".to_owned());
    }
    let frames = Frames::new(init.timescale, sorted, first..end).ok_or("no frame of it is ever shown")?;
    Ok(Index { codec, init, profile, units, order, frames })
}

/// A condition on a frame's number that is true within any of these sorted, disjoint ranges: a balanced tree, so that
/// hundreds of ranges stay within what ffmpeg's parser can nest.
pub(super) fn condition(ranges: &[std::ops::Range<usize>]) -> String {
    let mut text = String::new();
    match ranges {
        [] => text.push('0'),
        // Writing to a String cannot fail.
        [one] => drop(write!(text, "between(n,{},{})", one.start, one.end - 1)),
        _ => {
            let (before, after) = ranges.split_at(ranges.len() / 2);
            let _ = write!(text, "if(lt(n,{}),{},{})", after[0].start, condition(before), condition(after));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_packets_is_read_with_what_ffprobe_adds() {
        let text = "packet|pts=-20|flags=KD\npacket|pts=10|flags=__|\npacket|pts=N/A|flags=__C\n\
                    stream|time_base=1/1000\nformat|start_time=0.023000\n";
        let listing = listing(text).unwrap();
        assert_eq!((listing.start, listing.tick), (0.023, 0.001));
        assert_eq!(listing.packets[0], Listed { pts: Some(-20), shown: false, damaged: false });
        assert_eq!(listing.packets[1], Listed { pts: Some(10), shown: true, damaged: false });
        assert_eq!(listing.packets[2], Listed { pts: None, shown: true, damaged: true });
    }

    #[test]
    fn hundreds_of_ranges_are_nested_no_deeper_than_they_must() {
        assert_eq!(condition(std::slice::from_ref(&(2..5))), "between(n,2,4)");
        assert_eq!(condition(&[0..1, 4..6]), "if(lt(n,4),between(n,0,0),between(n,4,5))");
        let many: Vec<_> = (0..1000).map(|i| i * 10..i * 10 + 3).collect();
        let text = condition(&many);
        let depth = text.chars().fold((0_i32, 0_i32), |(now, most), c| {
            let now = now + i32::from(c == '(') - i32::from(c == ')');
            (now, most.max(now))
        });
        assert!(depth.1 < 20, "{depth:?}");
    }
}
