//! Looks into packets of H.264, HEVC, VP9 and AV1: where decoding can begin, which frames hang on what came before, and
//! what makes a stream unfit for copying.

/// Codecs whose packets can be copied and whose edges can be encoded to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    H264,
    Hevc,
    Vp9,
    Av1,
}

/// What a packet is to those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing from here on looks back.
    Closed,
    /// As closed, but for the [`Kind::Leading`] frames that follow it and are shown before it.
    Open,
    /// Looks back beyond the [`Kind::Open`] packet that it follows.
    Leading,
    Other,
}

impl Codec {
    /// By ffmpeg's name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "h264" => Some(Self::H264),
            "hevc" => Some(Self::Hevc),
            "vp9" => Some(Self::Vp9),
            "av1" => Some(Self::Av1),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Hevc => "hevc",
            Self::Vp9 => "vp9",
            Self::Av1 => "av1",
        }
    }

    /// What the packet is; the sentence if such a stream cannot be joined.
    pub(super) fn kind(self, data: &[u8], sets: &[Vec<u8>]) -> Result<Kind, &'static str> {
        match self {
            Self::H264 => h264(data, sets),
            Self::Hevc => hevc(data, sets),
            Self::Vp9 => vp9(data),
            Self::Av1 => av1(data),
        }
    }

    /// What a packet shows, without what only announces it: parameter sets may stand before a packet that is copied, and an
    /// open key frame may be called a broken link.
    pub(super) fn essence(self, data: &[u8]) -> blake3::Hash {
        match self {
            Self::Hevc => {
                let mut hasher = blake3::Hasher::new();
                for unit in nal_units(data).flatten().filter(|unit| !matches!(hevc_type(unit), 32..=34)) {
                    hasher.update(&(unit.len() as u64).to_le_bytes());
                    let kind = hevc_type(unit);
                    hasher.update(&[if kind == BROKEN_LINK { OPEN } else { kind }]);
                    hasher.update(unit.get(1..).unwrap_or_default());
                }
                hasher.finalize()
            }
            Self::H264 | Self::Vp9 | Self::Av1 => blake3::hash(data),
        }
    }
}

const BROKEN: &str = "its packets cannot be understood";
const CHANGING: &str = "its coding parameters change on the way";

/// Types of HEVC units: an open key frame, and one whose leading frames that look back are gone.
const OPEN: u8 = 21;
const BROKEN_LINK: u8 = 17;

/// Calls an open key frame a broken link, as a splice must: a decoder then shows what is still waiting before it, and does
/// not take the frames before it for those that it followed once.
pub(super) fn relinked(mut data: Vec<u8>) -> Vec<u8> {
    let sizes: Vec<usize> = nal_units(&data).map_while(Result::ok).map(<[u8]>::len).collect();
    let mut at = 4;
    for size in sizes {
        if let Some(first) = data.get_mut(at).filter(|first| **first >> 1 & 63 == OPEN) {
            *first = *first & 0x81 | BROKEN_LINK << 1;
        }
        at += size + 4;
    }
    data
}

/// The units of a packet, each behind four bytes of length. An error where they do not fit.
pub(super) fn nal_units(mut data: &[u8]) -> impl Iterator<Item = Result<&[u8], &'static str>> {
    std::iter::from_fn(move || {
        if data.is_empty() {
            return None;
        }
        let unit = data.split_at_checked(4).and_then(|(size, rest)| {
            let size = u32::from_be_bytes(size.try_into().ok()?) as usize;
            rest.split_at_checked(size)
        });
        let Some((unit, rest)) = unit else {
            data = &[];
            return Some(Err(BROKEN));
        };
        data = rest;
        Some(Ok(unit))
    })
}

fn h264(data: &[u8], sets: &[Vec<u8>]) -> Result<Kind, &'static str> {
    let mut kind = Kind::Other;
    for unit in nal_units(data) {
        let unit = unit?;
        match unit.first().map_or(0, |first| first & 31) {
            5 => kind = Kind::Closed,
            2..=4 => return Err("its pictures are split into partitions"),
            7 | 8 if !known(unit, sets) => return Err(CHANGING),
            14 | 15 | 20 | 21 => return Err("it holds several layers or views"),
            _ => {}
        }
    }
    Ok(kind)
}

fn hevc_type(unit: &[u8]) -> u8 {
    unit.first().map_or(63, |first| first >> 1 & 63)
}

fn hevc(data: &[u8], sets: &[Vec<u8>]) -> Result<Kind, &'static str> {
    let mut kind = Kind::Other;
    for unit in nal_units(data) {
        let unit = unit?;
        let [first, second, ..] = unit else { return Err(BROKEN) };
        if (first & 1) != 0 || second >> 3 != 0 {
            return Err("it holds several layers or views");
        }
        match hevc_type(unit) {
            8 | 9 => kind = Kind::Leading,
            16..=18 => return Err("it was spliced before, with broken links"),
            19 | 20 => kind = Kind::Closed,
            OPEN => kind = Kind::Open,
            32..=34 if !known(unit, sets) => return Err(CHANGING),
            62 => return Err("it carries Dolby Vision, which no encoder here can continue"),
            _ => {}
        }
    }
    Ok(kind)
}

/// Whether a parameter set in the stream is one that the header announced. Trailing zeros mean nothing.
fn known(unit: &[u8], sets: &[Vec<u8>]) -> bool {
    let bare = |unit: &[u8]| unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    sets.iter().any(|set| set[..bare(set)] == unit[..bare(unit)])
}

fn vp9(data: &[u8]) -> Result<Kind, &'static str> {
    let mut bits = Bits::new(data);
    let marker = bits.take(2);
    let profile = bits.take(1).ok_or(BROKEN)? | bits.take(1).ok_or(BROKEN)? << 1;
    if marker != Some(2) {
        return Err(BROKEN);
    }
    if profile == 3 {
        bits.take(1);
    }
    let (again, inter, shown) = (bits.take(1), bits.take(1), bits.take(1));
    Ok(if (again, inter, shown) == (Some(0), Some(0), Some(1)) { Kind::Closed } else { Kind::Other })
}

fn av1(data: &[u8]) -> Result<Kind, &'static str> {
    let (mut rest, mut announced) = (data, false);
    while let Some(first) = rest.first() {
        let (what, extended, sized) = (first >> 3 & 15, first & 4 != 0, first & 2 != 0);
        if extended && rest.get(1).ok_or(BROKEN)? >> 3 & 3 != 0 {
            return Err("it holds several layers or views");
        }
        let body = rest.get(if extended { 2 } else { 1 }..).ok_or(BROKEN)?;
        let (size, body) = if sized { leb128(body).ok_or(BROKEN)? } else { (body.len(), body) };
        let (body, next) = body.split_at_checked(size).ok_or(BROKEN)?;
        match what {
            1 => announced = true,
            3 | 6 => {
                let mut bits = Bits::new(body);
                let (again, kind, shown) = (bits.take(1), bits.take(2), bits.take(1));
                // A key frame that is shown forgets all before it; one that is shown later does not.
                let key = (again, kind, shown) == (Some(0), Some(0), Some(1));
                return Ok(if key && announced { Kind::Closed } else { Kind::Other });
            }
            _ => {}
        }
        rest = next;
    }
    Ok(Kind::Other)
}

fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(8).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

/// Bits from the highest on.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// A number whose length its leading zeros tell.
    pub(super) fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1_u32 << zeros) - 1 + self.take(zeros)?)
    }

    pub(super) fn signed_golomb(&mut self) -> Option<i32> {
        let code = self.golomb()?;
        let half = code.div_ceil(2) as i32;
        Some(if code % 2 == 1 { half } else { -half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(units: &[&[u8]]) -> Vec<u8> {
        units
            .iter()
            .flat_map(|unit| (unit.len() as u32).to_be_bytes().into_iter().chain(unit.iter().copied()))
            .collect()
    }

    #[test]
    fn only_an_idr_closes_what_came_before_in_h264() {
        assert_eq!(h264(&packet(&[&[6, 5, 1], &[0x65, 9]]), &[]), Ok(Kind::Closed));
        // An I picture with a recovery point is no such place.
        assert_eq!(h264(&packet(&[&[6, 6, 1], &[0x61, 9]]), &[]), Ok(Kind::Other));
        assert_eq!(h264(&packet(&[&[0x67, 1, 2, 0]]), &[vec![0x67, 1, 2]]), Ok(Kind::Other));
        assert_eq!(h264(&packet(&[&[0x67, 1, 3]]), &[vec![0x67, 1, 2]]), Err(CHANGING));
        assert_eq!(h264(&[0, 0, 0, 9, 1], &[]), Err(BROKEN));
    }

    #[test]
    fn hevc_leading_pictures_are_told_from_those_that_stand_alone() {
        for (kind, wanted) in
            [(19, Kind::Closed), (20, Kind::Closed), (21, Kind::Open), (8, Kind::Leading), (9, Kind::Leading)]
        {
            assert_eq!(hevc(&packet(&[&[kind << 1, 1, 7]]), &[]), Ok(wanted));
        }
        // A RADL picture looks back no farther than its key frame.
        assert_eq!(hevc(&packet(&[&[7 << 1, 1, 7]]), &[]), Ok(Kind::Other));
        assert!(hevc(&packet(&[&[62 << 1, 1, 7]]), &[]).is_err());
        assert!(hevc(&packet(&[&[1 << 1, 9, 7]]), &[]).is_err());
    }

    #[test]
    fn what_announces_a_hevc_packet_does_not_change_its_hash() {
        let (set, slice, open) = ([33 << 1, 1, 4], [19 << 1, 1, 7], [21 << 1, 1, 7]);
        let bare = Codec::Hevc.essence(&packet(&[&slice]));
        assert_eq!(Codec::Hevc.essence(&packet(&[&set, &slice])), bare);
        assert_ne!(Codec::Hevc.essence(&packet(&[&slice, &slice])), bare);
        assert_ne!(Codec::Hevc.essence(&packet(&[&[19 << 1, 1, 8]])), bare);
        assert_ne!(Codec::Hevc.essence(&packet(&[&open])), bare);
        let broken = relinked(packet(&[&set, &open]));
        assert_eq!(broken, packet(&[&set, &[17 << 1, 1, 7]]));
        assert_eq!(Codec::Hevc.essence(&broken), Codec::Hevc.essence(&packet(&[&open])));
    }

    #[test]
    fn vp9_and_av1_key_frames_must_be_shown() {
        assert_eq!(vp9(&[0b1000_0010]), Ok(Kind::Closed));
        assert_eq!(vp9(&[0b1000_0000]), Ok(Kind::Other));
        assert_eq!(vp9(&[0b1000_0110]), Ok(Kind::Other));
        assert_eq!(vp9(&[0b1000_1000]), Ok(Kind::Other));
        assert!(vp9(&[0]).is_err());
        let head = [0b0000_1010, 1, 0];
        let frame = |bits: u8| [&head[..], &[0b0011_0010, 1, bits]].concat();
        assert_eq!(av1(&frame(0b0001_0000)), Ok(Kind::Closed));
        assert_eq!(av1(&frame(0b0000_0000)), Ok(Kind::Other));
        assert_eq!(av1(&frame(0b1001_0000)), Ok(Kind::Other));
        assert_eq!(av1(&[0b0011_0010, 1, 0b0001_0000]), Ok(Kind::Other));
        assert!(av1(&[0b0011_0010, 9, 0]).is_err());
    }

    #[test]
    fn numbers_are_read_by_their_leading_zeros() {
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        assert_eq!([bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()], [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!(bits.signed_golomb(), Some(-2));
        assert_eq!(Bits::new(&[0; 8]).golomb(), None);
    }
}
