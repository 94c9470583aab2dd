//! Parameter sets of H.264 and HEVC: reading them, and putting those of two encodings into one header.

use super::boxes::{in_entry, with_in_entry};
use super::units::{Bits, Codec};

/// How a stream was encoded, as far as an encoder has to match it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) idc: u8,
    /// Times ten for H.264, times thirty for HEVC.
    pub(super) level: u8,
    pub(super) sets: Vec<Vec<u8>>,
}

const UNKNOWN: &str = "its coding parameters cannot be understood";
/// Of H.264, those that an encoder here can be told to keep to.
const H264_PROFILES: &[(u8, &str)] =
    &[(66, "baseline"), (77, "main"), (100, "high"), (110, "high10"), (122, "high422"), (244, "high444")];

/// What a sample entry says; the sentence if nothing can be joined to such a stream.
pub(super) fn read(codec: Codec, entry: &[u8]) -> Result<Profile, &'static str> {
    match codec {
        Codec::H264 => avc(in_entry(entry, b"avcC").ok_or(UNKNOWN)?),
        Codec::Hevc => hevc(in_entry(entry, b"hvcC").ok_or(UNKNOWN)?),
        Codec::Vp9 => {
            let said = in_entry(entry, b"vpcC").ok_or(UNKNOWN)?;
            Ok(Profile { idc: *said.get(4).ok_or(UNKNOWN)?, level: 0, sets: Vec::new() })
        }
        Codec::Av1 => {
            let said = in_entry(entry, b"av1C").ok_or(UNKNOWN)?;
            Ok(Profile { idc: said.get(1).ok_or(UNKNOWN)? >> 5, level: 0, sets: Vec::new() })
        }
    }
}

/// x264's name for a profile.
pub(super) fn h264_profile(idc: u8) -> Option<&'static str> {
    H264_PROFILES.iter().find(|(known, _)| *known == idc).map(|(_, name)| *name)
}

/// A number that no parameter set of the stream has.
pub(super) fn free_id(profile: &Profile) -> Option<u32> {
    let taken = |id: &u32| profile.sets.iter().any(|set| ids(set).is_some_and(|own| own.0 == *id));
    (1..32).find(|id| !taken(id))
}

/// The sample entries of a file that holds packets of both encodings, and what must stand before each first packet of the
/// source's and of ours.
///
/// H.264: one entry with both sets of parameters under different numbers, which every player understands. HEVC: two
/// entries, since the encoder cannot number its sets, and in the stream as well, for players that read only one entry.
/// VP9 and AV1 announce themselves in the packets.
///
/// Without ours there is one entry, as it was.
pub(super) fn joined(codec: Codec, source: &[u8], ours: Option<&[u8]>) -> Result<Joined, &'static str> {
    let Some(ours) = ours else {
        let (kind, name) = boxed(codec);
        let body = in_entry(source, kind).ok_or(UNKNOWN)?;
        let mut entry = with_in_entry(source, kind, body).ok_or(UNKNOWN)?;
        entry[4..8].copy_from_slice(name);
        return Ok(Joined { entries: vec![entry], before: [Vec::new(), Vec::new()] });
    };
    let (theirs, own) = (read(codec, source)?, read(codec, ours)?);
    if theirs.idc != own.idc {
        return Err("no encoder here matches its profile");
    }
    let plain = |entry: &[u8], kind: &[u8; 4]| {
        let body = in_entry(entry, kind).ok_or(UNKNOWN)?;
        with_in_entry(entry, kind, body).ok_or(UNKNOWN)
    };
    match codec {
        Codec::H264 => {
            let both = merged(in_entry(source, b"avcC").ok_or(UNKNOWN)?, &theirs, &own)?;
            let mut entry = with_in_entry(source, b"avcC", &both).ok_or(UNKNOWN)?;
            entry[4..8].copy_from_slice(b"avc1");
            Ok(Joined { entries: vec![entry], before: [Vec::new(), Vec::new()] })
        }
        Codec::Hevc => {
            let mut entries = vec![plain(source, b"hvcC")?, plain(ours, b"hvcC")?];
            entries.iter_mut().for_each(|entry| entry[4..8].copy_from_slice(b"hvc1"));
            Ok(Joined { entries, before: [prefixed(&theirs.sets), prefixed(&own.sets)] })
        }
        Codec::Vp9 => Ok(Joined { entries: vec![plain(source, b"vpcC")?], before: [Vec::new(), Vec::new()] }),
        Codec::Av1 => Ok(Joined {
            entries: vec![plain(source, b"av1C")?, plain(ours, b"av1C")?],
            before: [Vec::new(), Vec::new()],
        }),
    }
}

/// The box that holds a codec's parameters, and the sample entry that holds the box.
fn boxed(codec: Codec) -> (&'static [u8; 4], &'static [u8; 4]) {
    match codec {
        Codec::H264 => (b"avcC", b"avc1"),
        Codec::Hevc => (b"hvcC", b"hvc1"),
        Codec::Vp9 => (b"vpcC", b"vp09"),
        Codec::Av1 => (b"av1C", b"av01"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    /// One for both, or the source's and ours.
    pub(super) entries: Vec<Vec<u8>>,
    /// Of the source's packets and of ours.
    pub(super) before: [Vec<u8>; 2],
}

/// Units as they stand in a packet.
pub(super) fn prefixed(units: &[Vec<u8>]) -> Vec<u8> {
    units.iter().flat_map(|unit| (unit.len() as u32).to_be_bytes().into_iter().chain(unit.iter().copied())).collect()
}

fn avc(said: &[u8]) -> Result<Profile, &'static str> {
    let [1, idc, _, level, sizes, count, ..] = *said else { return Err(UNKNOWN) };
    if sizes & 3 != 3 {
        return Err("its packets measure their parts in an unusual way");
    }
    let mut sets = Vec::new();
    let mut rest = units(&said[6..], usize::from(count & 31), &mut sets).ok_or(UNKNOWN)?;
    let (count, after) = rest.split_first().ok_or(UNKNOWN)?;
    rest = after;
    units(rest, usize::from(*count), &mut sets).ok_or(UNKNOWN)?;
    for set in sets.iter().filter(|set| set.first().is_some_and(|first| first & 31 == 7)) {
        if !progressive(set).ok_or(UNKNOWN)? {
            return Err("it is interlaced");
        }
    }
    Ok(Profile { idc, level, sets })
}

fn units<'a>(mut bytes: &'a [u8], count: usize, into: &mut Vec<Vec<u8>>) -> Option<&'a [u8]> {
    for _ in 0..count {
        let (size, rest) = bytes.split_at_checked(2)?;
        let (unit, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(size.try_into().ok()?)))?;
        into.push(unit.to_vec());
        bytes = rest;
    }
    Some(bytes)
}

fn hevc(said: &[u8]) -> Result<Profile, &'static str> {
    let (Some(1), Some(idc), Some(level), Some(sizes)) = (said.first(), said.get(1), said.get(12), said.get(21)) else {
        return Err(UNKNOWN);
    };
    if sizes & 3 != 3 {
        return Err("its packets measure their parts in an unusual way");
    }
    let mut sets = Vec::new();
    let mut rest = said.get(23..).ok_or(UNKNOWN)?;
    for _ in 0..said[22] {
        let (head, after) = rest.split_at_checked(3).ok_or(UNKNOWN)?;
        let count = usize::from(u16::from_be_bytes([head[1], head[2]]));
        let mut array = Vec::new();
        rest = units(after, count, &mut array).ok_or(UNKNOWN)?;
        // Other units announce content, not parameters.
        if matches!(head[0] & 63, 32..=34) {
            sets.extend(array);
        }
    }
    Ok(Profile { idc: idc & 31, level: *level, sets })
}

/// The source's header with our sets behind its own.
fn merged(source: &[u8], theirs: &Profile, own: &Profile) -> Result<Vec<u8>, &'static str> {
    let clash = own.sets.iter().any(|set| {
        let kind = |set: &[u8]| set.first().map_or(0, |first| first & 31);
        theirs.sets.iter().any(|other| kind(other) == kind(set) && ids(other).map(|id| id.0) == ids(set).map(|id| id.0))
    });
    if clash {
        return Err("its parameter sets leave no number free");
    }
    let of = |wanted: u8| {
        let both = theirs.sets.iter().chain(&own.sets);
        both.filter(move |set| set.first().is_some_and(|first| first & 31 == wanted))
    };
    let mut out = source.get(..5).ok_or(UNKNOWN)?.to_vec();
    // The level must hold for both.
    out[3] = out[3].max(own.level);
    for (wanted, most, mark) in [(7, 31, 0xe0), (8, 255, 0)] {
        let count = u8::try_from(of(wanted).count()).ok().filter(|count| *count <= most);
        out.push(mark | count.ok_or("it has too many parameter sets")?);
        for set in of(wanted) {
            out.extend(u16::try_from(set.len()).map_err(|_| UNKNOWN)?.to_be_bytes());
            out.extend(set);
        }
    }
    // What the newer profiles append: chroma, depth, extensions.
    let read = 6 + 1 + theirs.sets.iter().map(|set| set.len() + 2).sum::<usize>();
    out.extend(source.get(read..).unwrap_or_default());
    Ok(out)
}

/// The number of an H.264 parameter set, and of the one that it builds on.
fn ids(set: &[u8]) -> Option<(u32, u32)> {
    let plain = unescaped(set);
    match plain.first()? & 31 {
        7 => Bits::new(plain.get(4..)?).golomb().map(|id| (id, id)),
        8 => {
            let mut bits = Bits::new(&plain[1..]);
            Some((bits.golomb()?, bits.golomb()?))
        }
        _ => None,
    }
}

/// Whether a sequence holds whole frames only.
fn progressive(set: &[u8]) -> Option<bool> {
    let plain = unescaped(set);
    let idc = *plain.get(1)?;
    let mut bits = Bits::new(plain.get(4..)?);
    bits.golomb()?;
    if matches!(idc, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        let chroma = bits.golomb()?;
        if chroma == 3 {
            bits.take(1)?;
        }
        bits.golomb()?;
        bits.golomb()?;
        bits.take(1)?;
        if bits.take(1)? == 1 {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.take(1)? == 1 {
                    skip_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => drop(bits.golomb()?),
        1 => {
            bits.take(1)?;
            bits.signed_golomb()?;
            bits.signed_golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.signed_golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.take(1)?;
    bits.golomb()?;
    bits.golomb()?;
    Some(bits.take(1)? == 1)
}

fn skip_list(bits: &mut Bits<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8_i32, 8_i32);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.signed_golomb()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// Without the bytes that only keep start codes from appearing by chance.
fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for byte in unit {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
}
