//! Cuts the file and leaves what belongs to it beside it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use reelspan_media::cut::{self, Mode, Order};
use reelspan_media::plan::CutPlan;
use reelspan_store::Output;
use reelspan_types::Span;
use serde::Serialize;

use super::reading::Planned;
use super::{Refused, Request, captions};
use crate::error::Error;
use crate::input::Input;
use crate::parts::Parts;
use crate::progress::{Meter, Stage};

/// Kept neighbours that are nearer than this play on without a joint.
const TOUCH: f64 = 0.0005;

/// The finished file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    pub file: PathBuf,
    pub certificate: PathBuf,
    pub captions: Option<PathBuf>,
    pub how: How,
    /// Why nothing was copied.
    pub because: Option<String>,
    pub frames: u64,
    pub copied: u64,
    pub encoded: u64,
    pub duration: f64,
    pub bytes: u64,
    /// CPU seconds of the programs that certified it.
    pub certifying: f64,
    /// What a person should know of it, a sentence each.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Whole groups of frames were copied, the edges encoded anew.
    Copied,
    Encoded,
    SoundOnly,
}

/// Endings of files that a cut can be.
const ENDINGS: [&str; 12] = ["mp4", "m4v", "mov", "mkv", "webm", "m4a", "mka", "wav", "flac", "mp3", "ogg", "opus"];
/// Endings of sound files that it cannot be.
const OTHER_SOUND: [&str; 10] = ["aac", "ac3", "aif", "aiff", "amr", "caf", "mp2", "oga", "spx", "wma"];

/// The kind of file that a cut of this one is when nobody names another.
pub fn extension(input: &Path) -> String {
    let own = input.extension().map(|own| own.to_string_lossy().to_lowercase()).unwrap_or_default();
    let own = own.as_str();
    let other = || if OTHER_SOUND.contains(&own) { "m4a" } else { "mp4" };
    ENDINGS.into_iter().find(|known| *known == own).unwrap_or_else(other).to_owned()
}

/// What lies beside the finished file: `out.mp4`, `out.cut.json`, `out.certificate.json`, `out.srt`.
pub(super) struct Beside {
    out: Output,
    file: OsString,
}

impl Beside {
    pub(super) fn open(out: &Path) -> Result<Self, Error> {
        let named = |path: &Path| path.display().to_string();
        let file = out.file_name().ok_or_else(|| Refused::OntoFolder(named(out)))?;
        if out.is_dir() {
            return Err(Refused::OntoFolder(named(out)).into());
        }
        // The engine would say so too, but only after all the listening.
        let ending = out.extension().map(|own| own.to_string_lossy().to_lowercase()).unwrap_or_default();
        if !ENDINGS.contains(&ending.as_str()) {
            return Err(Refused::Ending { file: named(out), known: ENDINGS.join(", .") }.into());
        }
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { out: Output::open(folder)?, file: file.to_owned() })
    }

    fn name(&self, ending: &str) -> String {
        Path::new(&self.file).with_extension(ending).to_string_lossy().into_owned()
    }

    fn video(&self) -> PathBuf {
        self.out.folder().join(&self.file)
    }

    /// Nothing that the user gave is written over.
    pub(super) fn spare(&self, input: &Path, request: &Request) -> Result<(), Error> {
        if is_same(&self.video(), input) {
            return Err(Refused::OntoInput(self.video().display().to_string()).into());
        }
        let written = ["srt", "cut.json", "certificate.json"].map(|ending| self.out.path(&self.name(ending)));
        let words = [("srt", "the words beside the recording"), ("json", "the words beside the recording")]
            .map(|(ending, what)| (Some(input.with_extension(ending)), what));
        let given =
            [(Some(input.to_owned()), "the recording itself"), (request.transcript.clone(), "the given transcript")];
        for (path, what) in given.into_iter().chain(words) {
            let Some(path) = path else { continue };
            let onto = |file: &&PathBuf| is_same(file, &path);
            if let Some(beside) = written.iter().chain([&self.video()]).find(onto) {
                return Err(Refused::OntoOther { beside: beside.display().to_string(), what }.into());
            }
        }
        Ok(())
    }

    /// A plan that is made from where it lies is left as its person wrote it.
    pub(super) fn write_plan(&self, plan: &CutPlan, from: Option<&Path>) -> Result<PathBuf, Error> {
        let name = self.name("cut.json");
        match from.filter(|from| is_same(from, &self.out.path(&name))) {
            Some(own) => Ok(own.to_owned()),
            None => Ok(self.out.write(&name, crate::clips::pretty(plan).as_bytes())?),
        }
    }
}

/// The same file by whatever name.
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (std::fs::metadata(one), std::fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

/// What is kept, neighbours joined.
pub(super) fn keeps(plan: &CutPlan) -> Vec<Span> {
    let mut keeps: Vec<Span> = Vec::new();
    for piece in plan.pieces.iter().filter(|piece| piece.keep) {
        match keeps.last_mut() {
            Some(last) if piece.start - last.end < TOUCH => last.end = piece.end,
            _ => keeps.push(Span::new(piece.start, piece.end.min(plan.input.duration))),
        }
    }
    keeps
}

pub(super) fn make(
    parts: &Parts<'_>,
    input: &Input,
    (plan, transcript): &Planned,
    keeps: &[Span],
    beside: &Beside,
    meter: &mut Meter<'_>,
) -> Result<Made, Error> {
    let out = &beside.out;
    let seconds: f64 = keeps.iter().map(|keep| keep.seconds()).sum();
    meter.begin(Stage::Cut, seconds);
    let file = beside.video();
    let order = Order {
        input: &input.path,
        info: &input.info,
        keeps,
        fade: plan.settings.fade,
        room_tone: plan.settings.room_tone,
        mode: if plan.settings.encode { Mode::Encode } else { Mode::Auto },
        output: &file,
    };
    let done = cut::cut(parts.tools, &order, parts.cancel, &mut |progress| meter.at(progress.done / seconds))?;
    meter.end();
    let certificate =
        out.write(&beside.name("certificate.json"), crate::clips::pretty(&done.certificate).as_bytes())?;
    let name = beside.name("srt");
    let shown: Vec<_> = done.certificate.pieces.iter().map(|piece| (piece.made, piece.at)).collect();
    let captions = match transcript.as_ref().and_then(|transcript| captions::srt(transcript, &shown)) {
        Some(text) => Some(out.write(&name, text.as_bytes())?),
        None => {
            remove_stale(out, &name, &beside.name("cut.json"))?;
            None
        }
    };
    Ok(Made {
        file: done.file,
        certificate,
        captions,
        how: match &done.how {
            cut::How::Copied => How::Copied,
            cut::How::Encoded(_) => How::Encoded,
            cut::How::SoundOnly => How::SoundOnly,
        },
        because: done.certificate.encoded_because,
        frames: done.frames,
        copied: done.copied,
        encoded: done.encoded,
        duration: done.duration,
        bytes: done.bytes,
        certifying: done.certifying.as_secs_f64(),
        notes: done.notes,
    })
}

/// Captions of an earlier run would be shown over this one; a file that no run of ours wrote is left alone.
fn remove_stale(out: &Output, captions: &str, plan: &str) -> Result<(), Error> {
    let text = std::fs::read_to_string(out.path(plan)).unwrap_or_default();
    let ours = CutPlan::parse(&text).is_ok_and(|earlier| earlier.input.transcript != "none");
    if ours { Ok(out.remove(captions)?) } else { Ok(()) }
}
