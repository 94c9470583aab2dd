//! What was found in a finished file, beside what was planned: the paper that goes with every cut.

use std::path::Path;

use reelspan_types::{Cancel, Span};
use serde::{Deserialize, Serialize};

use super::CutError;
use super::stream::{Demux, own_file};
use super::units::Codec;
use crate::tool::Tools;

/// The first field of every certificate.
pub const SCHEMA: &str = "reelspan.certificate/1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Always [`SCHEMA`].
    pub schema: String,
    pub verdict: Verdict,
    /// What was found to be wrong, a sentence each.
    pub failures: Vec<String>,
    /// Why nothing was copied; none if something was.
    pub encoded_because: Option<String>,
    pub file: FileFacts,
    pub pieces: Vec<PieceFacts>,
    pub picture: Option<PictureFacts>,
    pub sound: Vec<SoundFacts>,
    /// What was not looked at, a sentence each.
    pub not_checked: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Holds,
    Fails,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    pub container: String,
    pub bytes: u64,
    /// Of the whole file.
    pub blake3: String,
}

/// One kept stretch of the recording, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PieceFacts {
    pub asked: Span,
    /// Moved to whole frames; sound is cut at the very same places.
    pub made: Span,
    /// Where it begins in the finished file.
    pub at: f64,
    pub frames: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureFacts {
    pub codec: String,
    pub planned_frames: u64,
    pub found_frames: u64,
    /// Seconds after the start of the file at which the first frame is shown.
    pub start: f64,
    /// Every frame stands at its planned time, to the tick (in Matroska and WebM to the millisecond that they can hold).
    pub times_as_planned: bool,
    /// No two frames are shown at the same time.
    pub shown_times_grow: bool,
    /// Packets are decoded in growing order, none after it is shown.
    pub decoding_times_grow: bool,
    pub copied: u64,
    /// Copied packets whose hash in the finished file is that of the source's packet.
    pub copied_equal: u64,
    /// Of these, key frames of HEVC whose header now calls them a broken link, since what they looked back to is gone;
    /// nothing else of them was changed.
    pub relinked: u64,
    pub encoded: u64,
    pub decoded: DecodedFacts,
    /// Of all times of showing and decoding, and of all packets, as read back.
    pub times_blake3: String,
    pub packets_blake3: String,
}

/// What was decoded from the finished file's packets: every encoded stretch with what stands before and after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecodedFacts {
    pub frames: u64,
    /// Nothing was complained of, and every packet gave a frame.
    pub clean: bool,
    /// Copied frames whose decoded pixels were compared with the source's, and those that were equal.
    pub compared: u64,
    pub equal: u64,
    /// Encoded frames that were compared with the source's at a glance, and the farthest apart, in grey levels of 255.
    pub glanced: u64,
    pub farthest: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundFacts {
    pub codec: String,
    pub sample_rate: u32,
    pub channels: u32,
    pub planned_samples: u64,
    /// What is left when all of it is decoded and cut where the file says that it ends.
    pub found_samples: u64,
    /// Seconds after the start of the file at which it begins.
    pub start: f64,
    pub packets_sha256: String,
}

/// Reads a finished file again and says what no longer agrees with its certificate; empty if all does.
///
/// All packets are read and, unless the file is not even the same size, all frames are decoded.
pub fn verify(tools: &Tools, file: &Path, certificate: &Certificate, cancel: &Cancel) -> Result<Vec<String>, CutError> {
    let mut wrong = Vec::new();
    if certificate.schema != SCHEMA {
        wrong.push(format!("the certificate is of another kind than {SCHEMA}"));
    }
    if certificate.verdict == Verdict::Fails {
        wrong.push("the certificate itself says that the file failed".to_owned());
    }
    let facts = file_facts(file, &certificate.file.container)?;
    if facts != certificate.file {
        wrong.push("the file is not, byte for byte, the one that was certified".to_owned());
    }
    if let Some(picture) = &certificate.picture {
        match read_picture(tools, file, &facts.container, &picture.codec, cancel) {
            Ok(found) => wrong.extend(compare(picture, &found)),
            Err(error) if error.ends_all() => return Err(error),
            Err(_) => wrong.push("its picture cannot be read".to_owned()),
        }
        match super::encode::look(tools, own_file(&facts.container, file), (file, 0), "", cancel) {
            Ok((seen, output)) => {
                if seen.hashes.len() as u64 != picture.planned_frames {
                    let found = seen.hashes.len();
                    wrong.push(format!("{found} frames can be decoded instead of {}", picture.planned_frames));
                }
                wrong.extend((!output.stderr.is_empty()).then(|| "its picture does not decode cleanly".to_owned()));
            }
            Err(error) if error.ends_all() => return Err(error),
            Err(_) => wrong.push("its picture cannot be decoded".to_owned()),
        }
    }
    for (number, sound) in certificate.sound.iter().enumerate() {
        let index = number as u32 + u32::from(certificate.picture.is_some());
        match super::check::packets_hash(tools, file, &facts.container, index, cancel) {
            Ok((hash, _)) if hash == sound.packets_sha256 => {}
            Err(error) if error.ends_all() => return Err(error),
            _ => wrong.push(format!("the packets of sound {} are not those that were certified", number + 1)),
        }
    }
    Ok(wrong)
}

fn compare(certified: &PictureFacts, found: &Found) -> Vec<String> {
    let mut wrong = Vec::new();
    if found.frames != certified.planned_frames {
        wrong.push(format!("it has {} frames instead of {}", found.frames, certified.planned_frames));
    }
    if found.times != certified.times_blake3 {
        wrong.push("its frames do not stand at the times that were certified".to_owned());
    }
    if found.packets != certified.packets_blake3 {
        wrong.push("its packets are not those that were certified".to_owned());
    }
    wrong
}

/// What is read back from a picture track.
struct Found {
    frames: u64,
    times: String,
    packets: String,
}

fn read_picture(tools: &Tools, file: &Path, container: &str, codec: &str, cancel: &Cancel) -> Result<Found, CutError> {
    let codec = Codec::named(codec).ok_or(CutError::Broken("the certificate names an unknown codec"))?;
    let mut demux = Demux::start(tools, own_file(container, file), file, 0, cancel)?;
    let mut digest = Digest::default();
    let mut frames = 0;
    while let Some(packet) = demux.next()? {
        digest.add(packet.pts, packet.dts, codec.essence(&packet.data));
        frames += 1;
    }
    demux.finish()?;
    let (times, packets) = digest.finish();
    Ok(Found { frames, times, packets })
}

/// Hashes over all times and all packets of a track.
#[derive(Default)]
pub(super) struct Digest {
    times: blake3::Hasher,
    packets: blake3::Hasher,
}

impl Digest {
    pub(super) fn add(&mut self, pts: i64, dts: i64, essence: blake3::Hash) {
        self.times.update(&pts.to_le_bytes()).update(&dts.to_le_bytes());
        self.packets.update(essence.as_bytes());
    }

    pub(super) fn finish(self) -> (String, String) {
        (self.times.finalize().to_hex().to_string(), self.packets.finalize().to_hex().to_string())
    }
}

pub(super) fn file_facts(file: &Path, container: &str) -> Result<FileFacts, CutError> {
    let failed = CutError::io("the finished file could not be read");
    let mut hasher = blake3::Hasher::new();
    let mut opened = std::fs::File::open(file).map_err(&failed)?;
    let bytes = std::io::copy(&mut opened, &mut hasher).map_err(&failed)?;
    let blake3 = hasher.finalize().to_hex().to_string();
    Ok(FileFacts { container: container.to_owned(), bytes, blake3 })
}
