//! Sound as it comes in: bare samples or WAV, 16 kHz mono, read piece by piece so that memory does not grow with length.

use std::io::{self, Read};

use reelspan_types::speech::FailureCode;

use crate::Stop;

pub(crate) const RATE: usize = 16_000;
/// A piece ends at the quietest moment of its last half minute.
const PIECE: usize = 300 * RATE;
const CHOICE: usize = 30 * RATE;
/// How long a moment is.
const MOMENT: usize = RATE / 10;

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// 32-bit float, little-endian
    F32,
    /// 16-bit integer, little-endian
    S16,
}

impl Format {
    fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::S16 => 2,
        }
    }
}

pub(crate) struct Sound {
    input: Box<dyn Read>,
    format: Format,
    /// Bytes that were read while looking for a header.
    early: Vec<u8>,
    /// Samples beyond the last piece's end.
    rest: Vec<f32>,
    ended: bool,
}

fn unread(error: &io::Error) -> Stop {
    Stop::new(FailureCode::BadInput, format!("the sound cannot be read: {error}"))
}

impl Sound {
    pub(crate) fn new(mut input: Box<dyn Read>, bare: Format) -> Result<Self, Stop> {
        let mut early = Vec::new();
        input.by_ref().take(12).read_to_end(&mut early).map_err(|error| unread(&error))?;
        let wav = early.len() == 12 && early.starts_with(b"RIFF") && early.ends_with(b"WAVE");
        let format = if wav { wav_format(&mut input)? } else { bare };
        if wav {
            early.clear();
        }
        Ok(Self { input, format, early, rest: Vec::new(), ended: false })
    }

    /// The next piece, cut where it is quiet; none at the end.
    pub(crate) fn piece(&mut self) -> Result<Option<Vec<f32>>, Stop> {
        let mut piece = std::mem::take(&mut self.rest);
        while piece.len() < PIECE && !self.ended {
            self.read(&mut piece)?;
        }
        if piece.len() > PIECE || !self.ended {
            let cut = quietest(&piece, PIECE - CHOICE, PIECE);
            self.rest = piece.split_off(cut);
        }
        Ok((!piece.is_empty()).then_some(piece))
    }

    fn read(&mut self, piece: &mut Vec<f32>) -> Result<(), Stop> {
        let most = RATE * self.format.bytes();
        let mut bytes = std::mem::take(&mut self.early);
        let wanted = most - bytes.len();
        let read = self.input.by_ref().take(wanted as u64).read_to_end(&mut bytes).map_err(|error| unread(&error))?;
        self.ended = read < wanted;
        match self.format {
            Format::F32 => piece.extend(bytes.as_chunks().0.iter().map(|&four| tame(f32::from_le_bytes(four)))),
            Format::S16 => {
                piece.extend(bytes.as_chunks().0.iter().map(|&two| f32::from(i16::from_le_bytes(two)) / 32_768.0));
            }
        }
        Ok(())
    }
}

/// One sample that is no number would make the whole spectrum none.
fn tame(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

/// The middle of the quietest moment within bounds.
fn quietest(samples: &[f32], from: usize, to: usize) -> usize {
    let to = to.min(samples.len());
    let energy = |at: &usize| samples[*at..*at + MOMENT].iter().map(|sample| f64::from(sample * sample)).sum::<f64>();
    let moments = (from..to.saturating_sub(MOMENT)).step_by(MOMENT / 2);
    let found = moments.min_by(|one, other| energy(one).total_cmp(&energy(other)));
    found.map_or(to, |at| at + MOMENT / 2)
}

/// Reads up to the samples, and says how they are stored.
fn wav_format(input: &mut impl Read) -> Result<Format, Stop> {
    let bad = |what: &str| Stop::new(FailureCode::BadInput, format!("the WAV file {what}; convert it to 16 kHz mono"));
    let mut format = None;
    loop {
        let mut head = [0; 8];
        input.read_exact(&mut head).map_err(|_| bad("has no samples"))?;
        let [a, b, c, d, size @ ..] = head;
        match &[a, b, c, d] {
            b"data" => return format.ok_or_else(|| bad("does not say what it holds")),
            b"fmt " => {
                let mut text = Vec::new();
                input
                    .take(u64::from(u32::from_le_bytes(size)))
                    .read_to_end(&mut text)
                    .map_err(|error| unread(&error))?;
                format = Some(wav_samples(&text).ok_or_else(|| bad("is not 16-bit or float at 16 kHz mono"))?);
            }
            _ => {
                // Chunks are padded to even length.
                let size = u64::from(u32::from_le_bytes(size)).next_multiple_of(2);
                io::copy(&mut input.take(size), &mut io::sink()).map_err(|error| unread(&error))?;
            }
        }
    }
}

fn wav_samples(text: &[u8]) -> Option<Format> {
    let number = |at: usize| text.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    let rate = text.get(4..8).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))?;
    // The extensible form keeps the kind further behind.
    let kind = number(0).and_then(|kind| if kind == 0xfffe { number(24) } else { Some(kind) })?;
    match (kind, number(2)?, rate as usize, number(14)?) {
        (1, 1, RATE, 16) => Some(Format::S16),
        (3, 1, RATE, 32) => Some(Format::F32),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(bytes: Vec<u8>, format: Format) -> Result<Sound, Stop> {
        Sound::new(Box::new(io::Cursor::new(bytes)), format)
    }

    fn wav(kind: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        bytes.extend([kind.to_le_bytes(), channels.to_le_bytes()].concat());
        bytes.extend([rate.to_le_bytes(), (rate * 2).to_le_bytes()].concat());
        bytes.extend([2_u16.to_le_bytes(), bits.to_le_bytes()].concat());
        // ffmpeg writes an unknown length into pipes.
        bytes.extend(b"data\xff\xff\xff\xff");
        bytes.extend(data);
        bytes
    }

    #[test]
    fn bare_samples_and_wav_are_the_same() {
        let s16: Vec<u8> = [0, 16_384, -32_768_i16].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let f32: Vec<u8> = [0.0, 0.5, -1.0_f32].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        for (bytes, format) in [
            (s16.clone(), Format::S16),
            (f32.clone(), Format::F32),
            (wav(1, 1, 16_000, 16, &s16), Format::F32),
            (wav(3, 1, 16_000, 32, &f32), Format::S16),
        ] {
            let mut sound = sound(bytes, format).unwrap();
            assert_eq!(sound.piece().unwrap(), Some(vec![0.0, 0.5, -1.0]));
            assert_eq!(sound.piece().unwrap(), None);
        }
    }

    #[test]
    fn other_wav_files_are_refused() {
        for (kind, channels, rate, bits) in
            [(1, 2, 16_000, 16), (1, 1, 44_100, 16), (1, 1, 16_000, 24), (7, 1, 16_000, 8)]
        {
            assert!(sound(wav(kind, channels, rate, bits, &[0; 8]), Format::F32).is_err());
        }
        assert!(sound(b"RIFF\0\0\0\0WAVE".to_vec(), Format::F32).is_err());
    }

    #[test]
    fn nothing_is_nothing_and_no_number_is_silence() {
        assert_eq!(sound(Vec::new(), Format::F32).unwrap().piece().unwrap(), None);
        let odd: Vec<u8> = [f32::NAN, f32::INFINITY, 9.0].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        assert_eq!(sound(odd, Format::F32).unwrap().piece().unwrap(), Some(vec![0.0, 0.0, 1.0]));
    }

    #[test]
    fn long_sound_is_cut_where_it_is_quiet_and_nothing_is_lost() {
        let quiet = 285 * RATE..286 * RATE;
        let total = 700 * RATE + 123;
        let samples = (0..total).map(|at| if quiet.contains(&at) { 1_i16 } else { 10_000 });
        let mut sound = sound(samples.flat_map(i16::to_le_bytes).collect(), Format::S16).unwrap();
        let first = sound.piece().unwrap().unwrap().len();
        assert!(quiet.contains(&first), "cut at {first}");
        let mut all = first;
        while let Some(piece) = sound.piece().unwrap() {
            assert!(piece.len() <= PIECE);
            all += piece.len();
        }
        assert_eq!(all, total);
    }
}
