//! Renders an edit in each of its aspects, one file at a time, and never one twice.

use std::path::Path;

use reelspan_media::captions::{self, Fonts};
use reelspan_media::montage::{self, Order, Source};
use reelspan_media::plan::{Clip, MusicEdit, Watermark};
use reelspan_media::render::{self, Encoder, Rendered};
use reelspan_store::{Class, Key, Output};
use reelspan_types::Aspect;
use serde::{Deserialize, Serialize};

use super::material::Material;
use super::{PLAN, Request};
use crate::error::Error;
use crate::input::unreadable;
use crate::parts::Parts;
use crate::progress::{Meter, Stage};

/// Raised when the same plan would render differently.
const REVISION: &str = "1";
const FREE_MARK: &str = "made with Reelspan";

/// One finished file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    pub aspect: Aspect,
    /// Names inside the output folder.
    pub video: String,
    pub thumbnail: String,
    pub duration: f64,
    pub frames: u64,
    pub bytes: u64,
    pub loudness: Option<f64>,
    pub true_peak: Option<f64>,
    /// An earlier run had made it.
    pub reused: bool,
    /// Why there is no file.
    pub error: Option<String>,
}

/// Remembers that a file with these bytes came from this plan.
#[derive(Serialize, Deserialize)]
struct Record {
    blake3: String,
    duration: f64,
    frames: u64,
    loudness: Option<f64>,
    true_peak: Option<f64>,
}

struct Work<'a> {
    parts: &'a Parts<'a>,
    material: &'a Material,
    plan: &'a MusicEdit,
    out: &'a Output,
    fonts: Fonts,
    encoder: Encoder,
}

pub(super) fn all(
    parts: &Parts<'_>,
    request: &Request,
    material: &Material,
    plan: &MusicEdit,
    out: &Output,
    meter: &mut Meter<'_>,
) -> Result<Vec<Made>, Error> {
    let work = Work {
        parts,
        material,
        plan,
        out,
        fonts: Fonts::scan(parts.tools.fonts.clone()),
        encoder: Encoder::pick(parts.tools, request.hardware, parts.cancel),
    };
    let length = plan.settings.length;
    let total = length * plan.settings.aspects.len() as f64;
    let mut made = Vec::new();
    meter.begin(Stage::Render, total);
    for (index, aspect) in plan.settings.aspects.iter().enumerate() {
        let before = index as f64 * length;
        match work.one(*aspect, &mut |seconds| meter.at((before + seconds) / total.max(0.001))) {
            Ok(one) => made.push(one),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => {
                meter.note(&format!("the edit in {aspect} could not be made: {error}"));
                made.push(failed(*aspect, &error));
            }
        }
    }
    meter.end();
    Ok(made)
}

impl Work<'_> {
    fn one(&self, aspect: Aspect, on: &mut dyn FnMut(f64)) -> Result<Made, Error> {
        let base = base(aspect);
        let (video, thumbnail) = (format!("{base}.mp4"), format!("{base}.jpg"));
        let sheet = self.mark(aspect);
        let key = self.key(aspect, sheet.as_deref().unwrap_or(""));
        let path = self.out.path(&video);
        let (record, bytes, reused) = match self.earlier(&key, &path) {
            Some((record, bytes)) => (record, bytes, true),
            None => {
                let name = format!("{base}.ass");
                let ass = match &sheet {
                    Some(text) => Some(self.out.write(&name, text.as_bytes())?),
                    None => None,
                };
                let rendered = self.render(aspect, ass.as_deref(), &path, on);
                // The mark alone is nothing that a user edits.
                self.out.remove(&name)?;
                let rendered = rendered?;
                let record = record(&rendered)?;
                self.parts.stages.put(&key, &record)?;
                (record, rendered.bytes, false)
            }
        };
        let picture = self.out.path(&thumbnail);
        if !(reused && picture.is_file()) {
            render::thumbnail(self.parts.tools, &path, self.striking(), &picture, self.parts.cancel)?;
        }
        Ok(Made {
            aspect,
            video,
            thumbnail,
            duration: record.duration,
            frames: record.frames,
            bytes,
            loudness: record.loudness,
            true_peak: record.true_peak,
            reused,
            error: None,
        })
    }

    fn render(
        &self,
        aspect: Aspect,
        ass: Option<&Path>,
        output: &Path,
        on: &mut dyn FnMut(f64),
    ) -> Result<Rendered, Error> {
        let footage = self.plan.sources.iter().zip(&self.material.pieces);
        let sources: Vec<Source<'_>> = footage
            .map(|(footage, piece)| Source { id: &footage.id, path: &piece.input.path, info: &piece.input.info })
            .collect();
        let music = &self.material.music;
        let order = Order {
            plan: self.plan,
            aspect,
            sources: &sources,
            music: Source { id: "music", path: &music.path, info: &music.info },
            ass,
            encoder: self.encoder,
            output,
        };
        Ok(montage::render(self.parts.tools, &order, self.parts.cancel, &mut |progress| on(progress.done))?)
    }

    /// The mark as a sheet; none when there is nothing to write.
    fn mark(&self, aspect: Aspect) -> Option<String> {
        let words = match &self.plan.settings.watermark {
            Watermark::Free => FREE_MARK,
            Watermark::Text(text) => text.as_str(),
            Watermark::None | Watermark::Image(_) => return None,
        };
        let whole = Clip {
            id: "edit".to_owned(),
            start: 0.0,
            end: self.plan.settings.length,
            title: String::new(),
            hook: None,
            score: 0.0,
            reason: String::new(),
            thumbnail: None,
            terms: Vec::new(),
            layouts: std::collections::BTreeMap::new(),
            captions: Vec::new(),
        };
        Some(captions::sheet(&whole, None, aspect.pixels(), &[], Some(words), &self.fonts).ass)
    }

    /// The middle of the best shot of the first half: a picture that stands for the edit.
    fn striking(&self) -> f64 {
        let length = self.plan.settings.length;
        let shots = &self.plan.shots;
        let ends = shots.iter().skip(1).map(|shot| shot.at).chain([length]);
        let worth = |shot: &reelspan_media::plan::EditShot| {
            let value = |name: &str| shot.terms.iter().find(|term| term.name == name).map_or(0.0, |term| term.value);
            value("sharpness") + value("faces") - value("bad_exposure") - value("shaken")
        };
        let early = shots.iter().zip(ends).filter(|(shot, _)| shot.at <= length / 2.0);
        let best = early.fold((f64::MIN, length / 2.0), |best, (shot, end)| {
            let worth = worth(shot);
            if worth > best.0 { (worth, (shot.at + end) / 2.0) } else { best }
        });
        best.1
    }

    /// The file that an earlier run made from the very same plan, if nobody has touched it since.
    fn earlier(&self, key: &Key, path: &Path) -> Option<(Record, u64)> {
        let record: Record = self.parts.stages.get(key)?;
        let bytes = std::fs::metadata(path).ok()?.len();
        (digest(path).ok()? == record.blake3).then_some((record, bytes))
    }

    /// All that decides the bytes: what is shown, heard and set, but not why.
    fn key(&self, aspect: Aspect, sheet: &str) -> Key {
        let plan = self.plan;
        let hashes: Vec<&str> = plan.sources.iter().map(|footage| footage.blake3.as_str()).collect();
        let shots: Vec<_> = plan
            .shots
            .iter()
            .map(|shot| (shot.at, &shot.source, shot.start, shot.joint, shot.layouts.get(&aspect)))
            .collect();
        let music = (&plan.music.blake3, plan.music.start, plan.music.fade_in, plan.music.fade_out);
        let settings = &plan.settings;
        let set =
            (settings.length, settings.frame_rate, settings.loudness, settings.original_sound, &settings.watermark);
        let text = serde_json::to_string(&(hashes, shots, music, set, aspect)).unwrap_or_default();
        Key::new(Class::Render, &["music-edit", REVISION, &text, sheet, &format!("{:?}", self.encoder)])
    }
}

fn record(rendered: &Rendered) -> Result<Record, Error> {
    let blake3 = digest(&rendered.file).map_err(|error| unreadable(&rendered.file, &error))?;
    Ok(Record {
        blake3,
        duration: rendered.duration,
        frames: rendered.frames,
        loudness: rendered.loudness,
        true_peak: rendered.true_peak,
    })
}

fn digest(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn base(aspect: Aspect) -> String {
    format!("edit-{}", aspect.slug())
}

fn failed(aspect: Aspect, error: &Error) -> Made {
    let base = base(aspect);
    Made {
        aspect,
        video: format!("{base}.mp4"),
        thumbnail: format!("{base}.jpg"),
        duration: 0.0,
        frames: 0,
        bytes: 0,
        loudness: None,
        true_peak: None,
        reused: false,
        error: Some(error.to_string()),
    }
}

/// Every file of an aspect that a run may write.
fn files(plan: &MusicEdit) -> Vec<String> {
    let aspects = plan.settings.aspects.iter();
    aspects.flat_map(|aspect| ["mp4", "jpg"].map(|extension| format!("{}.{extension}", base(*aspect)))).collect()
}

/// The files of the plan that lies in the folder from an earlier run.
pub(super) fn earlier_files(out: &Output) -> Vec<String> {
    let text = std::fs::read_to_string(out.path(PLAN)).unwrap_or_default();
    MusicEdit::parse(&text).map(|plan| files(&plan)).unwrap_or_default()
}

/// Removes what an earlier plan left and this one does not have: a folder shows one run.
pub(super) fn remove_stale(out: &Output, before: &[String], plan: &MusicEdit, plan_only: bool) -> Result<(), Error> {
    if plan_only {
        return Ok(());
    }
    let kept = files(plan);
    for name in before.iter().filter(|name| !kept.contains(name)) {
        out.remove(name)?;
    }
    Ok(())
}
