//! Writes an MP4 file from packets: header first, chunks of all tracks in turn, order and times of every frame as planned.
//!
//! The order of decoding is the order of the samples. Their decoding times are the sorted times of showing, moved back as
//! far as the reordering needs; an edit list takes that delay away again. So they always grow and never pass the times of
//! showing, whatever was joined.

use std::io::Write;

use super::CutError;
use super::boxes::{put, put_long, put_short, write, write_full};

/// Chunks of the tracks take turns about this often, in seconds.
const CHUNK: f64 = 0.5;
/// Packed `und`.
const NO_LANGUAGE: u16 = 0x55c4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Picture,
    Sound,
}

#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) kind: Kind,
    pub(super) timescale: u32,
    /// Sample entries; a sample names the one that it needs.
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) matrix: [u8; 36],
    pub(super) size: [u8; 8],
    /// Three letters.
    pub(super) language: Option<String>,
    /// In the order of decoding.
    pub(super) samples: Vec<Sample>,
    /// Ticks that the movie waits before the track begins.
    pub(super) wait: u64,
    /// Ticks at the track's start that are decoded and not played: an encoder's delay.
    pub(super) priming: u64,
    /// Ticks that are played.
    pub(super) length: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// When it is shown or heard, in ticks; grows from the smallest, which counts as the start.
    pub(super) pts: i64,
    pub(super) size: u32,
    pub(super) key: bool,
    pub(super) entry: u16,
}

/// A run of samples of one track that stand together in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chunk {
    track: usize,
    first: usize,
    count: usize,
    bytes: u64,
    entry: u16,
}

/// Decoding times for samples in decoding order, and how far the first time of showing lies after the first of them.
pub(super) struct Decoding {
    pub(super) dts: Vec<i64>,
    pub(super) delay: i64,
    /// From the last time of showing on.
    last: i64,
}

impl Decoding {
    /// `length` is the whole time that is shown, for the last sample's duration.
    pub(super) fn new(samples: &[Sample], length: u64) -> Self {
        let mut sorted: Vec<i64> = samples.iter().map(|sample| sample.pts).collect();
        sorted.sort_unstable();
        let delay = samples.iter().zip(&sorted).map(|(sample, time)| time - sample.pts).max().unwrap_or(0).max(0);
        let (first, latest) = (sorted.first().copied().unwrap_or(0), sorted.last().copied().unwrap_or(0));
        let last = (first.saturating_add_unsigned(length) - latest).max(1);
        // Starting at nought; the edit list skips the delay.
        let dts = sorted.iter().map(|time| time - first).collect();
        Self { dts, delay, last }
    }

    fn duration(&self, index: usize) -> u32 {
        let next = self.dts.get(index + 1).map_or(self.last, |next| next - self.dts[index]);
        next.clamp(0, i64::from(u32::MAX)) as u32
    }
}

/// Writes the whole file; `fill` hands over the bytes of each track's next sample.
pub(super) fn write_movie(
    out: &mut impl Write,
    tracks: &[Track],
    fill: &mut dyn FnMut(usize) -> Result<Vec<u8>, CutError>,
) -> Result<(), CutError> {
    let decoding: Vec<Decoding> = tracks.iter().map(|track| Decoding::new(&track.samples, track.length)).collect();
    let chunks = arrange(tracks, &decoding);
    let mut head = Vec::new();
    write(&mut head, b"ftyp", |out| out.extend(b"isom\0\0\x02\0isomiso2iso6mp41"));
    // The size of the header does not hang on where the chunks stand, so it can be asked for first.
    let header_size = header(tracks, &decoding, &chunks, 0).len();
    let start = (head.len() + header_size + 16) as u64;
    head.extend(header(tracks, &decoding, &chunks, start));
    put(&mut head, 1);
    head.extend(b"mdat");
    put_long(&mut head, 16 + chunks.iter().map(|chunk| chunk.bytes).sum::<u64>());
    let no_room = CutError::io("the finished file could not be written");
    out.write_all(&head).map_err(&no_room)?;
    for chunk in &chunks {
        for sample in &tracks[chunk.track].samples[chunk.first..chunk.first + chunk.count] {
            let bytes = fill(chunk.track)?;
            if bytes.len() != sample.size as usize {
                return Err(CutError::Broken("a packet is not as long as it was when it was counted"));
            }
            out.write_all(&bytes).map_err(&no_room)?;
        }
    }
    out.flush().map_err(&no_room)
}

/// All chunks in the order of the file: whichever track is behind goes next.
fn arrange(tracks: &[Track], decoding: &[Decoding]) -> Vec<Chunk> {
    let mut next = vec![0; tracks.len()];
    let mut chunks = Vec::new();
    let time = |track: usize, sample: usize| {
        decoding[track].dts.get(sample).map(|dts| *dts as f64 / f64::from(tracks[track].timescale))
    };
    loop {
        let behind = (0..tracks.len()).filter_map(|track| Some((track, time(track, next[track])?)));
        let Some((track, from)) = behind.min_by(|a, b| a.1.total_cmp(&b.1)) else { return chunks };
        let samples = &tracks[track].samples;
        let first = next[track];
        let entry = samples[first].entry;
        let together = |sample: &usize| {
            samples[*sample].entry == entry && time(track, *sample).is_some_and(|time| time < from + CHUNK)
        };
        let end = (first + 1..samples.len()).take_while(together).last().map_or(first + 1, |last| last + 1);
        let bytes = samples[first..end].iter().map(|sample| u64::from(sample.size)).sum();
        chunks.push(Chunk { track, first, count: end - first, bytes, entry });
        next[track] = end;
    }
}

fn header(tracks: &[Track], decoding: &[Decoding], chunks: &[Chunk], start: u64) -> Vec<u8> {
    let scale = movie_scale(tracks);
    let lengths: Vec<u64> =
        tracks.iter().map(|track| rescale(track.wait, track, scale) + rescale(track.length, track, scale)).collect();
    let mut out = Vec::new();
    write(&mut out, b"moov", |out| {
        write_full(out, b"mvhd", 1, 0, |out| {
            put_long(out, 0);
            put_long(out, 0);
            put(out, scale);
            put_long(out, lengths.iter().copied().max().unwrap_or(0));
            put(out, 0x1_0000);
            put_short(out, 0x100);
            out.extend([0; 10]);
            out.extend(UPRIGHT);
            out.extend([0; 24]);
            put(out, tracks.len() as u32 + 1);
        });
        for (index, track) in tracks.iter().enumerate() {
            let mut at = start;
            let places: Vec<(Chunk, u64)> = chunks
                .iter()
                .filter_map(|chunk| {
                    at += chunk.bytes;
                    (chunk.track == index).then_some((*chunk, at - chunk.bytes))
                })
                .collect();
            write(out, b"trak", |out| one_track(out, index, track, &decoding[index], &places, scale, lengths[index]));
        }
    });
    out
}

/// Nothing turned.
pub(super) const UPRIGHT: [u8; 36] =
    [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0];

/// Edits are counted in the movie's ticks, and sound must end on its very sample.
fn movie_scale(tracks: &[Track]) -> u32 {
    let sound = tracks.iter().find(|track| track.kind == Kind::Sound);
    sound.or(tracks.first()).map_or(1000, |track| track.timescale)
}

/// Rounded up: a last frame is rather shown a tick longer than not at all.
fn rescale(ticks: u64, track: &Track, scale: u32) -> u64 {
    (u128::from(ticks) * u128::from(scale)).div_ceil(u128::from(track.timescale)) as u64
}

fn one_track(
    out: &mut Vec<u8>,
    index: usize,
    track: &Track,
    decoding: &Decoding,
    chunks: &[(Chunk, u64)],
    scale: u32,
    length: u64,
) {
    let sound = track.kind == Kind::Sound;
    write_full(out, b"tkhd", 1, 3, |out| {
        put_long(out, 0);
        put_long(out, 0);
        put(out, index as u32 + 1);
        put(out, 0);
        put_long(out, length);
        out.extend([0; 8]);
        put_short(out, 0);
        put_short(out, u16::from(sound));
        put_short(out, if sound { 0x100 } else { 0 });
        put_short(out, 0);
        out.extend(track.matrix);
        out.extend(track.size);
    });
    write(out, b"edts", |out| edits(out, track, decoding, scale));
    write(out, b"mdia", |out| {
        write_full(out, b"mdhd", 1, 0, |out| {
            put_long(out, 0);
            put_long(out, 0);
            put(out, track.timescale);
            put_long(out, decoding.dts.last().map_or(0, |last| (last + decoding.last) as u64));
            put_short(out, track.language.as_deref().and_then(packed).unwrap_or(NO_LANGUAGE));
            put_short(out, 0);
        });
        write_full(out, b"hdlr", 0, 0, |out| {
            put(out, 0);
            out.extend(if sound { b"soun" } else { b"vide" });
            out.extend([0; 12]);
            out.extend(if sound { &b"SoundHandler\0"[..] } else { b"VideoHandler\0" });
        });
        write(out, b"minf", |out| {
            if sound {
                write_full(out, b"smhd", 0, 0, |out| put(out, 0));
            } else {
                write_full(out, b"vmhd", 0, 1, |out| out.extend([0; 8]));
            }
            write(out, b"dinf", |out| {
                write_full(out, b"dref", 0, 0, |out| {
                    put(out, 1);
                    write_full(out, b"url ", 0, 1, |_| {});
                });
            });
            write(out, b"stbl", |out| tables(out, track, decoding, chunks));
        });
    });
}

/// The wait, then everything after the delay and the priming.
fn edits(out: &mut Vec<u8>, track: &Track, decoding: &Decoding, scale: u32) {
    let skipped = decoding.delay as u64 + track.priming;
    write_full(out, b"elst", 1, 0, |out| {
        put(out, if track.wait > 0 { 2 } else { 1 });
        if track.wait > 0 {
            put_long(out, rescale(track.wait, track, scale));
            put_long(out, u64::MAX);
            put(out, 0x1_0000);
        }
        put_long(out, rescale(track.length, track, scale));
        put_long(out, skipped);
        put(out, 0x1_0000);
    });
}

fn tables(out: &mut Vec<u8>, track: &Track, decoding: &Decoding, chunks: &[(Chunk, u64)]) {
    let samples = &track.samples;
    write_full(out, b"stsd", 0, 0, |out| {
        put(out, track.entries.len() as u32);
        track.entries.iter().for_each(|entry| out.extend(entry));
    });
    write_full(out, b"stts", 0, 0, |out| runs(out, (0..samples.len()).map(|index| decoding.duration(index))));
    let first = samples.iter().map(|sample| sample.pts).min().unwrap_or(0);
    let late = |index: usize| (samples[index].pts - first + decoding.delay - decoding.dts[index]) as u32;
    if (0..samples.len()).any(|index| late(index) != 0) {
        write_full(out, b"ctts", 0, 0, |out| runs(out, (0..samples.len()).map(late)));
    }
    if samples.iter().any(|sample| !sample.key) {
        write_full(out, b"stss", 0, 0, |out| {
            put(out, samples.iter().filter(|sample| sample.key).count() as u32);
            let keys = samples.iter().zip(1..).filter(|(sample, _)| sample.key);
            keys.for_each(|(_, number)| put(out, number));
        });
    }
    write_full(out, b"stsc", 0, 0, |out| {
        let mut runs: Vec<(u32, usize, u16)> = Vec::new();
        for ((chunk, _), number) in chunks.iter().zip(1..) {
            if runs.last().is_none_or(|last| (last.1, last.2) != (chunk.count, chunk.entry)) {
                runs.push((number, chunk.count, chunk.entry));
            }
        }
        put(out, runs.len() as u32);
        for (number, count, entry) in runs {
            [number, count as u32, u32::from(entry) + 1].into_iter().for_each(|value| put(out, value));
        }
    });
    write_full(out, b"stsz", 0, 0, |out| {
        put(out, 0);
        put(out, samples.len() as u32);
        samples.iter().for_each(|sample| put(out, sample.size));
    });
    write_full(out, b"co64", 0, 0, |out| {
        put(out, chunks.len() as u32);
        chunks.iter().for_each(|(_, place)| put_long(out, *place));
    });
}

/// Equal neighbours are written once, with their number.
fn runs(out: &mut Vec<u8>, values: impl Iterator<Item = u32>) {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((count, last)) if *last == value => *count += 1,
            _ => runs.push((1, value)),
        }
    }
    put(out, runs.len() as u32);
    for (count, value) in runs {
        put(out, count);
        put(out, value);
    }
}

/// Three letters in fifteen bits.
fn packed(language: &str) -> Option<u16> {
    let letters: [u8; 3] = language.as_bytes().try_into().ok()?;
    letters
        .iter()
        .all(u8::is_ascii_lowercase)
        .then(|| letters.iter().fold(0, |all, letter| all << 5 | u16::from(letter - 0x60)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples(pts: &[i64]) -> Vec<Sample> {
        pts.iter().map(|pts| Sample { pts: *pts, size: 1, key: *pts == 0, entry: 0 }).collect()
    }

    #[test]
    fn frames_shown_in_another_order_wait_as_long_as_they_must() {
        // I P B B: the second B is shown third, so everything waits for one frame.
        let decoding = Decoding::new(&samples(&[0, 300, 100, 200]), 400);
        assert_eq!((decoding.dts.as_slice(), decoding.delay), (&[0, 100, 200, 300][..], 100));
        assert_eq!((0..4).map(|at| decoding.duration(at)).collect::<Vec<_>>(), [100; 4]);
    }

    proptest! {
        #[test]
        fn no_frame_is_decoded_after_it_is_shown(
            durations in proptest::collection::vec(1_i64..500, 1..60),
            swaps in proptest::collection::vec((0_usize..60, 0_usize..60), 0..40),
        ) {
            let mut pts: Vec<i64> = durations.iter().scan(0, |at, duration| { *at += duration; Some(*at) }).collect();
            for (a, b) in swaps {
                if a < pts.len() && b < pts.len() {
                    pts.swap(a, b);
                }
            }
            let decoding = Decoding::new(&samples(&pts), 1);
            prop_assert!(decoding.dts.windows(2).all(|pair| pair[0] < pair[1]));
            let first = pts.iter().min().unwrap();
            let slack = pts.iter().zip(&decoding.dts).map(|(pts, dts)| pts - first + decoding.delay - dts);
            prop_assert!(slack.clone().all(|slack| slack >= 0));
            prop_assert!(slack.min() == Some(0));
        }
    }

    #[test]
    fn languages_are_packed_or_left_out() {
        assert_eq!(packed("und"), Some(NO_LANGUAGE));
        assert_eq!(packed("english"), None);
        assert_eq!(packed("EN1"), None);
    }
}
