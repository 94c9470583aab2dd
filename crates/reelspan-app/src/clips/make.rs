//! Renders a plan's clips, one file at a time, and never one twice.

use std::path::{Path, PathBuf};

use reelspan_media::analysis::Analysis;
use reelspan_media::captions::{self, Fonts, Style};
use reelspan_media::framing;
use reelspan_media::plan::{Clip, Plan, Watermark};
use reelspan_media::render::{self, Encoder, Order, Rendered};
use reelspan_store::{Class, Key, Output};
use reelspan_types::Aspect;
use serde::{Deserialize, Serialize};

use super::{Request, style_of};
use crate::error::Error;
use crate::input::{Input, unreadable};
use crate::parts::Parts;
use crate::progress::{Meter, Stage};

/// Raised when the same plan would render differently.
const REVISION: &str = "1";
const FREE_MARK: &str = "made with Reelspan";

/// What a run left behind.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    pub folder: PathBuf,
    pub plan: Plan,
    /// Empty when only a plan was wanted.
    pub made: Vec<Made>,
}

impl Outcome {
    /// How many files could not be made.
    pub fn failed(&self) -> usize {
        self.made.iter().filter(|made| made.error.is_some()).count()
    }
}

/// One file of one clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    pub clip: String,
    pub aspect: Aspect,
    /// Names inside the output folder.
    pub video: String,
    pub thumbnail: String,
    pub ass: Option<String>,
    pub srt: Option<String>,
    pub duration: f64,
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
    loudness: Option<f64>,
    true_peak: Option<f64>,
}

struct Work<'a> {
    parts: &'a Parts<'a>,
    input: &'a Input,
    analysis: &'a Analysis,
    plan: &'a Plan,
    out: &'a Output,
    style: Option<&'static Style>,
    fonts: Fonts,
    encoder: Encoder,
}

pub(super) fn all(
    parts: &Parts<'_>,
    request: &Request,
    input: &Input,
    analysis: &Analysis,
    plan: &Plan,
    out: &Output,
    meter: &mut Meter<'_>,
) -> Result<Vec<Made>, Error> {
    let style = style_of(plan)?;
    let work = Work {
        parts,
        input,
        analysis,
        plan,
        out,
        style,
        fonts: Fonts::scan(parts.tools.fonts.clone()),
        encoder: Encoder::pick(parts.tools, request.hardware, parts.cancel),
    };
    let total: f64 =
        plan.clips.iter().map(|clip| clip.span().seconds()).sum::<f64>() * plan.settings.aspects.len() as f64;
    let mut before = 0.0;
    let mut made = Vec::new();
    meter.begin(Stage::Render, total);
    for clip in &plan.clips {
        for aspect in &plan.settings.aspects {
            let one = work.one(clip, *aspect, &mut |seconds| meter.at((before + seconds) / total.max(0.001)));
            match one {
                Ok((one, missing)) => {
                    if !missing.is_empty() {
                        meter.note(&missing_note(clip, &missing));
                    }
                    made.push(one);
                }
                Err(error) if error.is_final() => return Err(error),
                Err(error) => {
                    meter.note(&format!("clip {} ({aspect}) could not be made: {error}", clip.id));
                    made.push(failed(clip, *aspect, &error));
                }
            }
            before += clip.span().seconds();
        }
    }
    meter.end();
    Ok(made)
}

/// All clips of the first aspect in one picture, where there is more than one.
pub(super) fn contact_sheet(parts: &Parts<'_>, made: &[Made], out: &Output) -> Result<(), Error> {
    const NAME: &str = "contact-sheet.jpg";
    let first = made.iter().find(|one| one.error.is_none()).map(|one| one.aspect);
    let same = made.iter().filter(|one| one.error.is_none() && Some(one.aspect) == first);
    let thumbnails: Vec<PathBuf> = same.map(|one| out.path(&one.thumbnail)).collect();
    if thumbnails.len() < 2 {
        return Ok(out.remove(NAME)?);
    }
    Ok(render::contact_sheet(parts.tools, &thumbnails, &out.path(NAME), parts.cancel)?)
}

fn missing_note(clip: &Clip, missing: &[char]) -> String {
    let shown: Vec<String> = missing.iter().take(8).map(|c| format!("U+{:04X}", u32::from(*c))).collect();
    format!(
        "clip {}: no installed font draws {}; `./x fonts` installs fonts for most scripts",
        clip.id,
        shown.join(", ")
    )
}

impl Work<'_> {
    /// One finished file with its companions; also the characters that no font draws.
    fn one(&self, clip: &Clip, aspect: Aspect, on: &mut dyn FnMut(f64)) -> Result<(Made, Vec<char>), Error> {
        let base = base(clip, aspect);
        let (ass, missing) = self.ass(clip, aspect);
        let ass_name = format!("{base}.ass");
        let ass_path = match &ass {
            Some(text) => Some(self.out.write(&ass_name, text.as_bytes())?),
            None => None,
        };
        let srt_name = format!("{}.srt", clip.id);
        if !clip.captions.is_empty() {
            self.out.write(&srt_name, captions::srt(clip).as_bytes())?;
        }
        let (video, thumbnail) = (format!("{base}.mp4"), format!("{base}.jpg"));
        let key = self.key(clip, aspect, ass.as_deref().unwrap_or(""));
        let path = self.out.path(&video);
        let (record, bytes, reused) = match self.earlier(&key, &path) {
            Some((record, bytes)) => (record, bytes, true),
            None => {
                let rendered = self.render(clip, aspect, ass_path.as_deref(), &path, on)?;
                let record = self.record(&rendered)?;
                self.parts.stages.put(&key, &record)?;
                (record, rendered.bytes, false)
            }
        };
        let picture = self.out.path(&thumbnail);
        if !(reused && picture.is_file()) {
            let at = clip.thumbnail.filter(|at| clip.span().contains(*at)).unwrap_or(clip.span().middle()) - clip.start;
            render::thumbnail(self.parts.tools, &path, at, &picture, self.parts.cancel)?;
        }
        let made = Made {
            clip: clip.id.clone(),
            aspect,
            video,
            thumbnail,
            ass: ass.is_some().then_some(ass_name),
            srt: (!clip.captions.is_empty()).then_some(srt_name),
            duration: record.duration,
            bytes,
            loudness: record.loudness,
            true_peak: record.true_peak,
            reused,
            error: None,
        };
        Ok((made, missing))
    }

    /// Captions, hook and mark as one sheet; none when there is nothing to write.
    fn ass(&self, clip: &Clip, aspect: Aspect) -> (Option<String>, Vec<char>) {
        let mark = match &self.plan.settings.watermark {
            Watermark::Free => Some(FREE_MARK),
            Watermark::Text(text) => Some(text.as_str()),
            Watermark::None | Watermark::Image(_) => None,
        };
        if mark.is_none() && (self.style.is_none() || (clip.captions.is_empty() && clip.hook.is_none())) {
            return (None, Vec::new());
        }
        let free = match (&self.analysis.video, clip.layouts.get(&aspect)) {
            (Some(video), Some(layouts)) => framing::keep_free(video, layouts, aspect),
            _ => Vec::new(),
        };
        let sheet = captions::sheet(clip, self.style, aspect.pixels(), &free, mark, &self.fonts);
        (Some(sheet.ass), sheet.missing)
    }

    fn render(
        &self,
        clip: &Clip,
        aspect: Aspect,
        ass: Option<&Path>,
        output: &Path,
        on: &mut dyn FnMut(f64),
    ) -> Result<Rendered, Error> {
        let order = Order {
            input: &self.input.path,
            info: &self.input.info,
            clip,
            aspect,
            ass,
            watermark: &self.plan.settings.watermark,
            loudness: self.plan.settings.loudness,
            encoder: self.encoder,
            output,
        };
        Ok(render::render(self.parts.tools, &order, self.parts.cancel, &mut |progress| on(progress.done))?)
    }

    fn record(&self, rendered: &Rendered) -> Result<Record, Error> {
        let blake3 = digest(&rendered.file).map_err(|error| unreadable(&rendered.file, &error))?;
        Ok(Record { blake3, duration: rendered.duration, loudness: rendered.loudness, true_peak: rendered.true_peak })
    }

    /// The file that an earlier run made from the very same plan, if nobody has touched it since.
    fn earlier(&self, key: &Key, path: &Path) -> Option<(Record, u64)> {
        let record: Record = self.parts.stages.get(key)?;
        let bytes = std::fs::metadata(path).ok()?.len();
        (digest(path).ok()? == record.blake3).then_some((record, bytes))
    }

    fn key(&self, clip: &Clip, aspect: Aspect, ass: &str) -> Key {
        let edit =
            serde_json::to_string(&(clip.start, clip.end, clip.layouts.get(&aspect), aspect)).unwrap_or_default();
        let settings = &self.plan.settings;
        let rest = format!("{:?} {} {:?}", settings.watermark, settings.loudness, self.encoder);
        Key::new(Class::Render, &[REVISION, &self.input.hash, &edit, ass, &rest])
    }
}

fn digest(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn base(clip: &Clip, aspect: Aspect) -> String {
    format!("{}-{}", clip.id, aspect.slug())
}

fn failed(clip: &Clip, aspect: Aspect, error: &Error) -> Made {
    let base = base(clip, aspect);
    Made {
        clip: clip.id.clone(),
        aspect,
        video: format!("{base}.mp4"),
        thumbnail: format!("{base}.jpg"),
        ass: None,
        srt: None,
        duration: 0.0,
        bytes: 0,
        loudness: None,
        true_peak: None,
        reused: false,
        error: Some(error.to_string()),
    }
}

/// Every file name that a plan's run may write.
fn files(plan: &Plan) -> Vec<String> {
    let mut names = Vec::new();
    for clip in &plan.clips {
        names.push(format!("{}.srt", clip.id));
        for aspect in &plan.settings.aspects {
            let base = base(clip, *aspect);
            names.extend(["mp4", "ass", "jpg"].map(|extension| format!("{base}.{extension}")));
        }
    }
    names
}

/// The files of the plan that lies in the folder from an earlier run.
pub(super) fn earlier_files(out: &Output) -> Vec<String> {
    let text = std::fs::read_to_string(out.path("clips.json")).unwrap_or_default();
    Plan::parse(&text).map(|plan| files(&plan)).unwrap_or_default()
}

/// Removes what an earlier plan left and this one does not have: a folder shows one run.
pub(super) fn remove_stale(out: &Output, before: &[String], plan: &Plan) -> Result<(), Error> {
    let kept = files(plan);
    for name in before.iter().filter(|name| !kept.contains(name)) {
        out.remove(name)?;
    }
    Ok(())
}
