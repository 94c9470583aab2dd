//! What the finished file is, its sounds, and how all tracks come into it.

use std::path::{Path, PathBuf};

use super::certificate::{Certificate, PieceFacts, SCHEMA, Verdict, file_facts};
use super::check::{self, Finished as Ready};
use super::film::{Film, Projector, Source, create};
use super::frames::{Piece, sample_pieces};
use super::movie::{Kind, Sample, Track, UPRIGHT, write_movie};
use super::shelf::Shelf;
use super::sound::{self, Coding, Cutting, Joints};
use super::stream::{own_file, words};
use super::{CutError, Finished, How, Order, Work};
use crate::tool::file_arg;
use crate::tool::{Command, Progress};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Mp4,
    Matroska,
    Webm,
    Wav,
    Flac,
    Mp3,
    Ogg,
}

/// Endings, what they mean, and whether there may be a picture.
const ENDINGS: &[(&str, Container, bool)] = &[
    ("mp4", Container::Mp4, true),
    ("m4v", Container::Mp4, true),
    ("mov", Container::Mp4, true),
    ("mkv", Container::Matroska, true),
    ("webm", Container::Webm, true),
    ("m4a", Container::Mp4, false),
    ("mka", Container::Matroska, false),
    ("wav", Container::Wav, false),
    ("flac", Container::Flac, false),
    ("mp3", Container::Mp3, false),
    ("ogg", Container::Ogg, false),
    ("opus", Container::Ogg, false),
];

impl Container {
    /// By the output's ending; refused by name where it cannot hold what is cut.
    pub(super) fn of(order: &Order<'_>) -> Result<Self, CutError> {
        let name = order.output.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let refuse = |why: String| CutError::Output { name: name.clone(), why };
        let ending = order.output.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let known = ENDINGS.iter().find(|(known, ..)| *known == ending);
        let &(_, container, picture) = known.ok_or_else(|| {
            let all: Vec<&str> = ENDINGS.iter().map(|(ending, ..)| *ending).collect();
            refuse(format!("its ending says nothing known; use one of .{}", all.join(", .")))
        })?;
        if order.info.video.is_some() && !picture {
            return Err(refuse(format!(".{ending} holds no picture; use .mp4, .mov, .mkv or .webm")));
        }
        let alone = matches!(container, Self::Wav | Self::Flac | Self::Mp3 | Self::Ogg);
        if alone && order.info.audio.len() > 1 {
            let count = order.info.audio.len();
            return Err(refuse(format!(".{ending} holds one sound and the recording has {count}; use .m4a or .mka")));
        }
        if container == Self::Mp3 && order.info.audio.iter().any(|audio| audio.channels > 2) {
            return Err(refuse("MP3 holds two channels at most; use .m4a or .flac".to_owned()));
        }
        Ok(container)
    }

    /// ffmpeg's demuxer for it.
    pub(super) fn demuxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mov",
            Self::Matroska | Self::Webm => "matroska",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
        }
    }

    /// AAC has no way to say in Matroska how much of its start is silence of the encoder; Opus does.
    fn coding(self) -> Coding {
        if self == Self::Mp4 { Coding::Aac } else { Coding::Opus }
    }
}

/// A sound that is cut and encoded.
pub(super) struct Sound {
    pub(super) cutting: Cutting,
    shelf: Option<Shelf>,
    codec: &'static str,
}

impl Work<'_> {
    pub(super) fn joints(&self) -> Joints {
        Joints { fade: self.order.fade, room_tone: self.order.room_tone }
    }

    /// Cuts and encodes all sounds of the source.
    pub(super) fn sounds(&self, pieces: &[Piece], timescale: u32) -> Result<Vec<Sound>, CutError> {
        let coding = self.container.coding();
        let mut sounds = Vec::new();
        for (number, audio) in self.order.info.audio.iter().enumerate() {
            let rate = coding.rate(audio.sample_rate);
            let file = self.desk.file("sound.pcm");
            let (input, info) = (self.order.input, self.order.info);
            let cut = (pieces, timescale);
            let cutting = sound::cut(self.tools, input, info, audio, rate, cut, self.joints(), file, self.cancel)?;
            let shelf = self.desk.file(&format!("sound{number}"));
            let shelf = cutting.encode(self.tools, coding, &shelf, self.cancel)?;
            let codec = if coding == Coding::Aac { "aac" } else { "opus" };
            // Uncompressed sound is large: it goes as soon as it is encoded.
            let _gone = std::fs::remove_file(&cutting.file);
            sounds.push(Sound { cutting, shelf: Some(shelf), codec });
        }
        Ok(sounds)
    }

    /// Writes all tracks into one file of the wanted kind.
    pub(super) fn assemble(
        &self,
        film: Option<(&mut Film, Option<Source>, Option<&Shelf>)>,
        sounds: &[Sound],
    ) -> Result<PathBuf, CutError> {
        let mut tracks: Vec<Track> = film.iter().map(|(film, ..)| film.track()).collect();
        let pictures = tracks.len();
        let shelves: Vec<&Shelf> = sounds.iter().filter_map(|sound| sound.shelf.as_ref()).collect();
        tracks.extend(sounds.iter().filter_map(|sound| sound.track(self.container != Container::Mp4)));
        let mut readers = shelves.iter().map(|shelf| shelf.open()).collect::<Result<Vec<_>, _>>()?;
        let file = self.desk.file("finished.mp4");
        let mut out = create(&file)?;
        if let Some((film, source, shelf)) = film {
            let mut projector = Projector::new(film, source, shelf)?;
            write_movie(&mut out, &tracks, &mut |track| match track.checked_sub(pictures) {
                None => projector.sample(),
                Some(sound) => readers[sound].next(),
            })?;
            film.hashes = projector.hashes;
        } else {
            write_movie(&mut out, &tracks, &mut |track| readers[track].next())?;
        }
        drop(out);
        self.contained(file, sounds)
    }

    /// The same packets in the container that was asked for.
    fn contained(&self, file: PathBuf, sounds: &[Sound]) -> Result<PathBuf, CutError> {
        let muxer = match self.container {
            Container::Matroska => "matroska",
            Container::Webm => "webm",
            _ => return Ok(file),
        };
        let other = self.desk.file("finished.mkv");
        let mut args = words("-v error");
        args.extend(own_file("mov", &file));
        args.extend(words(&format!(
            "-map 0 -c copy -avoid_negative_ts disabled -map_metadata -1 -bitexact -f {muxer}"
        )));
        for (number, sound) in sounds.iter().enumerate() {
            let language = sound.cutting.language.as_deref().unwrap_or("und");
            args.extend([format!("-metadata:s:a:{number}").into(), format!("language={language}").into()]);
        }
        args.push(file_arg(&other));
        self.tools.run(Command::ffmpeg(args).reading(&file).writing(&other), self.cancel)?;
        let _gone = std::fs::remove_file(&file);
        Ok(other)
    }

    /// The certificate without a picture's part.
    pub(super) fn certify_sounds(
        &self,
        file: &Path,
        sounds: &[Sound],
        pieces: &[Piece],
        timescale: u32,
        mut failures: Vec<String>,
    ) -> Result<Certificate, CutError> {
        let demuxer = self.container.demuxer();
        let first = u32::from(self.order.info.video.is_some());
        let mut facts = Vec::new();
        for (index, sound) in (first..).zip(sounds) {
            let plan = (&sound.cutting, sound.codec);
            let ready = Ready { file, demuxer, spent: &self.spent };
            facts.push(check::sound(self.tools, ready, index, plan, self.cancel, &mut failures)?);
        }
        Ok(Certificate {
            schema: SCHEMA.to_owned(),
            verdict: if failures.is_empty() { Verdict::Holds } else { Verdict::Fails },
            failures,
            encoded_because: None,
            file: file_facts(file, demuxer)?,
            pieces: pieces.iter().map(|piece| piece_facts(piece, timescale)).collect(),
            picture: None,
            sound: facts,
            not_checked: Vec::new(),
        })
    }
}

fn piece_facts(piece: &Piece, timescale: u32) -> PieceFacts {
    let seconds = |ticks: i64| ticks as f64 / f64::from(timescale);
    PieceFacts {
        asked: piece.asked,
        made: reelspan_types::Span::new(seconds(piece.from), seconds(piece.to)),
        at: seconds(piece.at),
        frames: piece.frames.len() as u64,
    }
}

impl Sound {
    /// The encoder's first packets hold its delay, which the edit list skips. Matroska names that delay in the track and
    /// counts from the first packet, so there it is `bare`.
    fn track(&self, bare: bool) -> Option<Track> {
        let shelf = self.shelf.as_ref()?;
        let first = shelf.packets.first()?.pts;
        let priming = u64::try_from(-first).unwrap_or(0);
        let length = self.cutting.samples * u64::from(shelf.init.timescale) / u64::from(self.cutting.rate);
        let (priming, length) = if bare { (0, length + priming) } else { (priming, length) };
        let sample = |kept: &super::shelf::Kept| Sample { pts: kept.pts - first, size: kept.size, key: true, entry: 0 };
        Some(Track {
            kind: Kind::Sound,
            timescale: shelf.init.timescale,
            entries: vec![shelf.init.entry.clone()],
            matrix: UPRIGHT,
            size: [0; 8],
            language: self.cutting.language.clone(),
            samples: shelf.packets.iter().map(sample).collect(),
            wait: 0,
            priming,
            length,
        })
    }
}

/// The settings that write a sound as a file of its own, and the codec's name.
fn alone(container: Container, codec: &str) -> (&'static str, &'static str) {
    match (container, codec) {
        (Container::Flac, _) => ("-c:a flac -sample_fmt s32 -f flac", "flac"),
        (Container::Mp3, _) => ("-c:a libmp3lame -q:a 2 -f mp3", "mp3"),
        (Container::Ogg, _) => ("-c:a libopus -b:a 128k -f ogg", "opus"),
        (_, "pcm_s24le" | "pcm_s24be" | "flac" | "alac") => ("-c:a pcm_s24le -f wav", "pcm_s24le"),
        (_, "pcm_s32le" | "pcm_s32be") => ("-c:a pcm_s32le -f wav", "pcm_s32le"),
        (_, "pcm_f32le" | "pcm_f32be" | "pcm_f64le" | "pcm_f64be") => ("-c:a pcm_f32le -f wav", "pcm_f32le"),
        _ => ("-c:a pcm_s16le -f wav", "pcm_s16le"),
    }
}

fn rate(container: Container, source: u32) -> u32 {
    match container {
        Container::Wav | Container::Flac => source,
        Container::Mp3 if [32_000, 44_100, 48_000, 22_050, 24_000, 16_000].contains(&source) => source,
        Container::Mp3 => 48_000,
        other => other.coding().rate(source),
    }
}

/// Cuts a recording without a picture, on the sample.
pub(super) fn sound_only(work: &Work<'_>, on: &mut dyn FnMut(Progress)) -> Result<Finished, CutError> {
    let (tools, order, cancel) = (work.tools, work.order, work.cancel);
    let first = order.info.audio.first().ok_or(CutError::Broken("there is neither picture nor sound"))?;
    let rate = rate(work.container, first.sample_rate);
    let samples = sound::count(tools, order.input, order.info, first, rate, cancel)?;
    let pieces = sample_pieces(rate, samples, order.keeps)?;
    let (sounds, file) = match work.container {
        Container::Mp4 | Container::Matroska | Container::Webm => {
            let sounds = work.sounds(&pieces, rate)?;
            let file = work.assemble(None, &sounds)?;
            (sounds, file)
        }
        container => {
            let (pcm, file) = (work.desk.file("sound.pcm"), work.desk.file("finished"));
            let cut = (pieces.as_slice(), rate);
            let cutting = sound::cut(tools, order.input, order.info, first, rate, cut, work.joints(), pcm, cancel)?;
            let (settings, codec) = alone(container, &first.codec);
            cutting.write(tools, settings, &file, cancel)?;
            (vec![Sound { cutting, shelf: None, codec }], file)
        }
    };
    let certificate = work.certify_sounds(&file, &sounds, &pieces, rate, Vec::new())?;
    if certificate.verdict == Verdict::Fails {
        return Err(CutError::Uncertified(certificate.failures.join("; ")));
    }
    work.keep(&file)?;
    let duration = sounds.first().map_or(0.0, |sound| sound.cutting.samples as f64 / f64::from(sound.cutting.rate));
    on(Progress { done: duration, ..Progress::default() });
    Ok(Finished {
        file: order.output.to_owned(),
        bytes: certificate.file.bytes,
        certificate,
        how: How::SoundOnly,
        frames: 0,
        copied: 0,
        encoded: 0,
        duration,
        certifying: work.spent.get(),
        notes: notes(order),
    })
}

/// What does not come into the finished file.
pub(super) fn notes(order: &Order<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if !order.info.subtitles.is_empty() {
        notes.push("subtitles inside the recording are not cut and were left out".to_owned());
    }
    if order.info.audio.iter().any(|audio| audio.channels > 8) {
        notes.push("of a sound with more than eight channels the first two were kept".to_owned());
    }
    notes
}
