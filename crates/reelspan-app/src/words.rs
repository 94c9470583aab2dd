//! Finds what is said: a file the user names, one beside the input, a track inside it, or a recogniser.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use reelspan_media::analysis::Analysis;
use reelspan_media::probe::MediaInfo;
use reelspan_media::subtitles::{self, SubtitleError};
use reelspan_media::tool::{Command, file_arg};
use reelspan_media::transcript::{Timing, Transcript};
use reelspan_store::{Class, Key};
use reelspan_types::{Cancel, Span};

use crate::error::Error;
use crate::input::{Input, unreadable};
use crate::parts::Parts;
use crate::progress::{Meter, Stage};

/// Raised when the repair or the reading of words changes.
const REVISION: &str = "1";
/// Recognisers get the sound in pieces of about this many seconds, cut in silence: memory and requests stay small.
const PIECE: f64 = 600.0;

/// How a recogniser wants its sound: 16 kHz mono.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// A WAV file of 16-bit samples.
    Wav,
    /// Bare 32-bit float samples, little-endian.
    Samples,
}

/// Turns speech into words: a helper program with local weights, or an endpoint that the user named.
pub trait Recogniser {
    /// What decides the result: program or address, model, language.
    fn id(&self) -> String;
    fn sound(&self) -> Sound;
    /// The answer is JSON in any of the dialects that transcripts are read from.
    fn recognise(
        &self,
        sound: &Path,
        seconds: f64,
        cancel: &Cancel,
        on: &mut (dyn FnMut(f64) + Send),
    ) -> Result<Vec<u8>, Error>;

    /// The same for one recording: in which language it is, if that is known, and whether the words are to be English. None
    /// where it cannot do that.
    fn tuned(&self, _language: Option<&str>, _translate: bool) -> Option<Arc<dyn Recogniser + Send + Sync>> {
        None
    }
}

/// Words and where they came from.
pub(crate) struct Found {
    pub(crate) transcript: Option<Transcript>,
    /// `file`, `sidecar`, `embedded`, `recogniser` or `none`.
    pub(crate) source: &'static str,
}

pub(crate) fn find(
    parts: &Parts<'_>,
    named: Option<&Path>,
    input: &Input,
    analysis: &Analysis,
    meter: &mut Meter<'_>,
) -> Result<Found, Error> {
    let (raw, source) = raw(parts, named, input, analysis, meter)?;
    let speech = analysis.audio.as_ref().map_or(&[][..], |audio| &audio.speech);
    let transcript = raw.map(|raw| raw.repaired(speech, analysis.duration)).filter(|fixed| !fixed.words.is_empty());
    Ok(Found { source: if transcript.is_some() { source } else { "none" }, transcript })
}

/// For a recording of the service's: what a track inside it says (if that will do), or what a recogniser hears. Files
/// beside it are somebody else's.
pub(crate) fn heard(
    parts: &Parts<'_>,
    input: &Input,
    analysis: &Analysis,
    tracks: bool,
    meter: &mut Meter<'_>,
) -> Result<Found, Error> {
    let track = if tracks { embedded(parts, input, meter)? } else { None };
    let (raw, source) = match (track, parts.recogniser) {
        (Some(track), _) => (track, "embedded"),
        (None, Some(recogniser)) if has_speech(analysis) => {
            (recognised(parts, recogniser, input, analysis, meter)?, "recogniser")
        }
        _ => return Ok(Found { transcript: None, source: "none" }),
    };
    let speech = analysis.audio.as_ref().map_or(&[][..], |audio| &audio.speech);
    let transcript = Some(raw.repaired(speech, analysis.duration)).filter(|fixed| !fixed.words.is_empty());
    Ok(Found { source: if transcript.is_some() { source } else { "none" }, transcript })
}

fn raw(
    parts: &Parts<'_>,
    named: Option<&Path>,
    input: &Input,
    analysis: &Analysis,
    meter: &mut Meter<'_>,
) -> Result<(Option<Transcript>, &'static str), Error> {
    if let Some(file) = named {
        return Ok((Some(read(file)?), "file"));
    }
    for file in sidecars(&input.path) {
        match read(&file) {
            Ok(transcript) => return Ok((Some(transcript), "sidecar")),
            Err(error) => meter.note(&format!("{error}; looking elsewhere")),
        }
    }
    if let Some(transcript) = embedded(parts, input, meter)? {
        return Ok((Some(transcript), "embedded"));
    }
    let Some(recogniser) = parts.recogniser.filter(|_| has_speech(analysis)) else {
        return Ok((None, "none"));
    };
    match recognised(parts, recogniser, input, analysis, meter) {
        Ok(transcript) => Ok((Some(transcript), "recogniser")),
        Err(Error::Speech(reason)) => {
            meter.note(&format!("speech could not be recognised ({reason}); going on without words"));
            Ok((None, "none"))
        }
        Err(other) => Err(other),
    }
}

fn has_speech(analysis: &Analysis) -> bool {
    analysis.audio.as_ref().is_some_and(|audio| !audio.speech.is_empty())
}

pub(crate) fn read(file: &Path) -> Result<Transcript, Error> {
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    let extension = file.extension().map(|part| part.to_string_lossy().to_lowercase()).unwrap_or_default();
    subtitles::parse(&bytes, &extension)
        .map_err(|source| Error::Transcript { file: file.display().to_string(), source })
}

/// `talk.srt`, `talk.en.vtt`, `talk.json` beside `talk.mp4`, the exact name first. A plan of ours is no transcript.
fn sidecars(input: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(stem)) =
        (input.parent(), input.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
    else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = ["json", "vtt", "srt"]
        .iter()
        .map(|extension| folder.join(format!("{stem}.{extension}")))
        .filter(|path| path.is_file())
        .collect();
    let mut tagged: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|item| item.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let middle = name
                .strip_prefix(&format!("{stem}."))
                .and_then(|rest| rest.strip_suffix(".vtt").or_else(|| rest.strip_suffix(".srt")));
            middle.is_some_and(|tag| {
                (2..=8).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            })
        })
        .collect();
    tagged.sort();
    found.append(&mut tagged);
    found
}

/// The first embedded text track that holds words.
fn embedded(parts: &Parts<'_>, input: &Input, meter: &mut Meter<'_>) -> Result<Option<Transcript>, Error> {
    for track in input.info.subtitles.iter().filter(|track| track.text) {
        let mut args = input.info.input_args(&input.path);
        args.extend(["-map", &format!("0:{}", track.index), "-f", "webvtt", "pipe:1"].map(Into::into));
        let command = Command::ffmpeg(args).reading(&input.path);
        let text = match parts.tools.run(command, parts.cancel) {
            Ok(output) => output.stdout,
            Err(error) => {
                let error = Error::from(error);
                if error.is_final() {
                    return Err(error);
                }
                meter.note("an embedded subtitle track could not be read; looking elsewhere");
                continue;
            }
        };
        match subtitles::parse(&text, "vtt") {
            Ok(mut transcript) => {
                transcript.language = transcript.language.or_else(|| track.language.clone());
                return Ok(Some(transcript));
            }
            Err(SubtitleError::Empty) => {}
            Err(_) => meter.note("an embedded subtitle track could not be read; looking elsewhere"),
        }
    }
    Ok(None)
}

/// Recognised piece by piece; each piece is a stage of its own, so that a crash loses one piece at most.
fn recognised(
    parts: &Parts<'_>,
    recogniser: &dyn Recogniser,
    input: &Input,
    analysis: &Analysis,
    meter: &mut Meter<'_>,
) -> Result<Transcript, Error> {
    let silences = analysis.audio.as_ref().map_or(&[][..], |audio| &audio.silences);
    let pieces = pieces(analysis.duration, silences);
    let mut whole = Transcript { language: None, timing: Timing::Word, words: Vec::new() };
    let mut begun = false;
    for (index, piece) in pieces.iter().enumerate() {
        let bounds = format!("{:.3}-{:.3}", piece.start, piece.end);
        let key = Key::new(Class::Transcript, &[REVISION, &input.hash, &recogniser.id(), &bounds]);
        let part: Transcript = match parts.stages.get(&key) {
            Some(part) => part,
            None => {
                if !begun {
                    meter.begin(Stage::Transcribe, analysis.duration);
                    begun = true;
                }
                let share = |done: f64| (index as f64 + done) / pieces.len() as f64;
                let part = piece_words(parts, recogniser, input, *piece, &mut |done| meter.at(share(done)))?;
                parts.stages.put(&key, &part)?;
                part
            }
        };
        whole.language = whole.language.or(part.language);
        whole.timing = if part.timing == Timing::Line { Timing::Line } else { whole.timing };
        whole.words.extend(part.words);
    }
    if begun {
        meter.end();
    } else {
        meter.reused(Stage::Transcribe);
    }
    Ok(whole)
}

fn piece_words(
    parts: &Parts<'_>,
    recogniser: &dyn Recogniser,
    input: &Input,
    piece: Span,
    on: &mut (dyn FnMut(f64) + Send),
) -> Result<Transcript, Error> {
    let scratch = parts.stages.scratch()?;
    let sound = scratch.path().join("speech.wav");
    parts.tools.run(extract(&input.info, &input.path, piece, &sound, recogniser.sound()), parts.cancel)?;
    let json = recogniser.recognise(&sound, piece.seconds(), parts.cancel, on)?;
    let mut part = match subtitles::parse(&json, "json") {
        Ok(part) => part,
        // A piece in which nothing is said is no failure.
        Err(SubtitleError::Empty) => Transcript { language: None, timing: Timing::Word, words: Vec::new() },
        Err(error) => return Err(Error::Speech(format!("its answer is no transcript: {error}"))),
    };
    for word in &mut part.words {
        word.start = (word.start + piece.start).min(piece.end);
        word.end = (word.end + piece.start).min(piece.end);
    }
    Ok(part)
}

fn extract(info: &MediaInfo, input: &Path, piece: Span, sound: &Path, form: Sound) -> Command {
    let mut args: Vec<std::ffi::OsString> = vec!["-ss".into(), format!("{:.3}", piece.start).into()];
    args.extend(info.input_args(input));
    args.extend(["-t", &format!("{:.3}", piece.seconds())].map(Into::into));
    let track = info.audio.first().map_or(0, |track| track.index);
    args.extend(["-map", &format!("0:{track}"), "-ac", "1", "-ar", "16000"].map(Into::into));
    let (codec, container) = match form {
        Sound::Wav => ("pcm_s16le", "wav"),
        Sound::Samples => ("pcm_f32le", "f32le"),
    };
    args.extend(["-af", "aresample=async=1:first_pts=0", "-c:a", codec, "-f", container, "-y"].map(Into::into));
    args.push(file_arg(sound));
    // Words are told by the file's clock, also where the sound begins after the picture.
    args.extend(info.anchor_args(Some(piece.seconds())));
    Command::ffmpeg(args).reading(input).writing(sound)
}

/// Cuts of about [`PIECE`] seconds, each in the longest silence near its mark.
fn pieces(duration: f64, silences: &[Span]) -> Vec<Span> {
    let mut pieces = Vec::new();
    let mut from = 0.0;
    while duration - from > PIECE * 1.25 {
        let window = Span::new(from + PIECE * 0.75, from + PIECE * 1.25);
        let longest = silences
            .iter()
            .filter(|silence| window.contains(silence.middle()))
            .max_by(|a, b| a.seconds().total_cmp(&b.seconds()));
        let cut = longest.map_or(from + PIECE, |silence| silence.middle());
        pieces.push(Span::new(from, cut));
        from = cut;
    }
    pieces.push(Span::new(from, duration));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sound_is_cut_in_silence_and_covered_whole() {
        let silences = [Span::new(580.0, 580.4), Span::new(640.0, 642.0), Span::new(1190.0, 1190.2)];
        let pieces = pieces(1500.0, &silences);
        assert_eq!(pieces[0], Span::new(0.0, 641.0));
        assert_eq!(pieces.last().map(|piece| piece.end), Some(1500.0));
        assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
    }

    #[test]
    fn short_sound_is_one_piece() {
        assert_eq!(pieces(12.0, &[]), [Span::new(0.0, 12.0)]);
    }

    #[test]
    fn sidecars_are_found_by_name_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["talk.mp4", "talk.srt", "talk.en.vtt", "talk.notes-of-mine.srt", "other.srt", "talk.txt"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let names: Vec<_> = sidecars(&folder.path().join("talk.mp4"))
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["talk.srt", "talk.en.vtt"]);
    }
}
