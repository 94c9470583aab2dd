//! Which packets are copied and which frames are encoded anew.

use std::ops::Range;

use super::frames::Piece;
use super::index::Index;
use super::units::Kind;

/// Fewer frames than this are not worth two joints.
const LEAST_COPIED: usize = 8;
/// Of all frames: when more than this has to be encoded, encoding all is as cheap and plays more simply.
const MOST_ENCODED: f64 = 0.85;
/// Copied frames after an encoded stretch that are looked at when the file is certified.
const WITNESSES: usize = 8;

/// Frames that follow one another in the finished file and come from one encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) piece: usize,
    /// Among all shown frames of the source.
    pub(super) frames: Range<usize>,
    /// The source's packets, if they are copied.
    pub(super) copied: Option<Range<usize>>,
}

/// Everything that is shown, in order; the sentence if all is better encoded.
pub(super) fn choose(index: &Index, pieces: &[Piece]) -> Result<Vec<Segment>, String> {
    let mut segments = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        segments.extend(within(index, number, piece.frames.clone()));
    }
    let count = |copied: bool| {
        segments.iter().filter(|one| one.copied.is_some() == copied).map(|one| one.frames.len()).sum::<usize>()
    };
    let (copied, encoded) = (count(true), count(false));
    if copied == 0 {
        return Err("no whole group of frames lies within what is kept".to_owned());
    }
    if encoded as f64 > MOST_ENCODED * (copied + encoded) as f64 {
        return Err(format!("only {copied} of {} frames could be copied", copied + encoded));
    }
    Ok(segments)
}

/// One piece: what comes before the first key frame, what can be copied, and the few frames after it.
fn within(index: &Index, piece: usize, frames: Range<usize>) -> Vec<Segment> {
    let encoded = |frames: Range<usize>| Segment { piece, frames, copied: None };
    if frames.is_empty() {
        return Vec::new();
    }
    let Some((units, kept)) = run(index, &frames) else { return vec![encoded(frames)] };
    let all = [
        encoded(frames.start..kept.start),
        Segment { piece, frames: kept.clone(), copied: Some(units) },
        encoded(kept.end..frames.end),
    ];
    all.into_iter().filter(|segment| !segment.frames.is_empty()).collect()
}

/// The longest run of packets that can be copied: from the first key frame on, up to the last place where what was decoded
/// is just what was shown.
fn run(index: &Index, frames: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let first_unit = index.order[frames.clone()].iter().min().map(|unit| *unit as usize)?;
    let mut best = None;
    for start in first_unit..index.units.len() {
        let unit = index.units[start];
        let rank = unit.rank as usize;
        if rank >= frames.end && unit.kind != Kind::Other {
            break;
        }
        if !matches!(unit.kind, Kind::Closed | Kind::Open) || !frames.contains(&rank) {
            continue;
        }
        best = from(index, start, frames);
        if best.is_some() {
            break;
        }
    }
    best
}

/// The run that starts with this key frame.
fn from(index: &Index, start: usize, frames: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let (mut low, mut high, mut count) = (usize::MAX, 0, 0);
    let mut best = None;
    for unit in copied_units(index, start..index.units.len()) {
        let rank = index.units[unit].rank as usize;
        if rank >= frames.end {
            break;
        }
        (low, high, count) = (low.min(rank), high.max(rank), count + 1);
        // Nothing is missing in between, so it may end here.
        if high - low + 1 == count && low >= frames.start && count >= LEAST_COPIED {
            best = Some((start..unit + 1, low..high + 1));
        }
    }
    best
}

/// The packets of a run: those that look back beyond its first key frame are left out.
pub(super) fn copied_units(index: &Index, units: Range<usize>) -> impl Iterator<Item = usize> + '_ {
    let mut leading = index.units.get(units.start).is_some_and(|first| first.kind == Kind::Open);
    let start = units.start;
    units.filter(move |unit| {
        let kind = index.units[*unit].kind;
        leading &= *unit == start || !matches!(kind, Kind::Open | Kind::Closed);
        !(leading && kind == Kind::Leading)
    })
}

/// Packets of the source that are decoded to encode the edges, with some copied frames beside them as witnesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// Each begins where decoding can begin.
    pub(super) ranges: Vec<Range<usize>>,
    /// The frames that come out, as places among all shown frames, in the order in which they come.
    pub(super) frames: Vec<u32>,
}

impl Excerpt {
    /// None if some frame cannot be decoded from a key frame on.
    pub(super) fn new(index: &Index, segments: &[Segment]) -> Option<Self> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut add = |frames: Range<usize>| {
            let units = &index.order[frames.clone()];
            let end = *units.iter().max()? as usize + 1;
            let begins = |unit: &usize| {
                let one = index.units[*unit];
                matches!(one.kind, Kind::Closed | Kind::Open) && one.rank as usize <= frames.start
            };
            let start = (0..=*units.iter().min()? as usize).rev().find(begins)?;
            match ranges.last_mut() {
                Some(last) if start < last.end => last.end = last.end.max(end),
                _ => ranges.push(start..end),
            }
            Some(())
        };
        for (at, segment) in segments.iter().enumerate() {
            let after_encoded = at > 0 && segments[at - 1].copied.is_none();
            match &segment.copied {
                None => add(segment.frames.clone())?,
                Some(_) if after_encoded => {
                    let end = segment.frames.end.min(segment.frames.start + WITNESSES);
                    add(segment.frames.start..end)?;
                }
                Some(_) => {}
            }
        }
        let mut frames = Vec::new();
        for range in &ranges {
            let mut ranks: Vec<u32> = copied_units(index, range.clone()).map(|unit| index.units[unit].rank).collect();
            ranks.sort_unstable();
            frames.extend(ranks);
        }
        Some(Self { ranges, frames })
    }

    /// For each segment to be encoded, where its frames stand among those that come out.
    pub(super) fn wanted(&self, segments: &[Segment]) -> Option<Vec<Range<usize>>> {
        let encoded = segments.iter().filter(|segment| segment.copied.is_none());
        encoded
            .map(|segment| {
                let start = self.frames.binary_search(&(segment.frames.start as u32)).ok()?;
                let range = start..start + segment.frames.len();
                let last = *self.frames.get(range.end - 1)? as usize;
                (last + 1 == segment.frames.end).then_some(range)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use reelspan_types::Span;

    use super::super::frames::Frames;
    use super::super::index::Unit;
    use super::super::movie::UPRIGHT;
    use super::super::params::Profile;
    use super::super::stream::Init;
    use super::super::units::Codec;
    use super::*;

    /// Packets in the order of decoding, each with the place at which it is shown.
    fn index(units: &[(Kind, u32)]) -> Index {
        let mut order = vec![0; units.len()];
        units.iter().zip(0..).for_each(|((_, rank), at)| order[*rank as usize] = at);
        Index {
            codec: Codec::Hevc,
            init: Init { timescale: 25, matrix: UPRIGHT, size: [0; 8], entry: Vec::new() },
            profile: Profile { idc: 1, level: 0, sets: Vec::new() },
            units: units.iter().map(|(kind, rank)| Unit { size: 1, kind: *kind, rank: *rank }).collect(),
            order,
            frames: Frames::new(25, (0..units.len() as i64).collect(), 0..units.len()).unwrap(),
        }
    }

    /// Groups of twelve frames; each P is followed by the two B that are shown before it.
    fn closed() -> Index {
        let group = |at: u32| {
            let mut units = vec![(Kind::Closed, at)];
            for p in [3, 6, 9] {
                units.extend([(Kind::Other, at + p), (Kind::Other, at + p - 2), (Kind::Other, at + p - 1)]);
            }
            units.extend([(Kind::Other, at + 11), (Kind::Other, at + 10)]);
            units
        };
        index(&[0, 12, 24, 36].into_iter().flat_map(group).collect::<Vec<_>>())
    }

    /// The same with key frames whose two leading frames look back.
    fn open() -> Index {
        let mut units = vec![(Kind::Closed, 0)];
        for at in 1..40_u32 {
            match at % 3 {
                0 if at % 12 == 0 => {
                    units.extend([(Kind::Open, at), (Kind::Leading, at - 2), (Kind::Leading, at - 1)]);
                }
                0 => units.extend([(Kind::Other, at), (Kind::Other, at - 2), (Kind::Other, at - 1)]),
                _ => {}
            }
        }
        index(&units)
    }

    fn piece(frames: Range<usize>) -> Piece {
        let (from, to) = (frames.start as i64, frames.end as i64);
        Piece { asked: Span::new(0.0, 1.0), from, to, frames, at: 0 }
    }

    #[track_caller]
    fn check(index: &Index, kept: Range<usize>, wanted: &[(Range<usize>, bool)]) {
        let segments = within(index, 0, kept);
        let found: Vec<_> = segments.iter().map(|one| (one.frames.clone(), one.copied.is_some())).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn whole_groups_are_copied_and_the_last_one_as_far_as_it_goes() {
        check(&closed(), 0..48, &[(0..48, true)]);
        check(&closed(), 12..24, &[(12..24, true)]);
        check(&closed(), 5..40, &[(5..12, false), (12..40, true)]);
        // Frame 41 needs 42, which is not wanted: both B before it are encoded, too.
        check(&closed(), 5..42, &[(5..12, false), (12..40, true), (40..42, false)]);
        check(&closed(), 13..23, &[(13..23, false)]);
    }

    #[test]
    fn frames_that_look_back_over_the_joint_are_encoded() {
        check(&open(), 5..40, &[(5..12, false), (12..40, true)]);
        let segments = within(&open(), 0, 5..40);
        let units: Vec<_> = copied_units(&open(), segments[1].copied.clone().unwrap()).collect();
        let kinds: Vec<_> = units.iter().map(|unit| open().units[*unit].kind).collect();
        assert_eq!(kinds[0], Kind::Open);
        // Those of the next key frame are kept: what they look back to is there.
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Leading).count(), 4);
    }

    #[test]
    fn what_is_decoded_for_the_edges_begins_at_a_key_frame_and_is_not_read_twice() {
        let index = closed();
        let pieces = [piece(5..28), piece(30..46)];
        let segments: Vec<_> =
            pieces.iter().enumerate().flat_map(|(n, one)| within(&index, n, one.frames.clone())).collect();
        let excerpt = Excerpt::new(&index, &segments).unwrap();
        assert!(excerpt.ranges.iter().all(|range| index.units[range.start].kind == Kind::Closed));
        assert!(excerpt.ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let wanted = excerpt.wanted(&segments).unwrap();
        let encoded: Vec<_> = segments.iter().filter(|one| one.copied.is_none()).collect();
        for (range, segment) in wanted.iter().zip(encoded) {
            let ranks: Vec<_> = excerpt.frames[range.clone()].iter().map(|rank| *rank as usize).collect();
            assert_eq!(ranks, segment.frames.clone().collect::<Vec<_>>());
        }
    }

    #[test]
    fn too_little_to_copy_is_not_copied() {
        assert!(choose(&closed(), &[piece(13..23)]).is_err());
        assert!(choose(&closed(), &[piece(0..48)]).is_ok());
    }
}
