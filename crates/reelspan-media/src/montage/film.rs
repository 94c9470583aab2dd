//! One edit being made: the encoder and what it is told, the shots one after another, the last checks.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use reelspan_types::Cancel;

use super::feed::{Feed, Stop};
use super::frame::{Canvas, join};
use super::mix::Sound;
use super::schedule::Schedule;
use super::shown::Shown;
use super::{Order, Source, check, wrong};
use crate::plan::{EditShot, JointKind, Layout, ShotLayout};
use crate::render::graph::{Args, Mark};
use crate::render::part::Part;
use crate::render::picture::{self, Overlays};
use crate::render::sound::{self, Level};
use crate::render::timeline::{SAMPLE_RATE, Timeline};
use crate::render::{Encoder, Finish, RenderError, Rendered, loudness, mark, own_fonts, writing};
use crate::tool::{Command, Progress, ToolError, Tools, file_arg};

pub(crate) struct Film<'a> {
    pub(crate) tools: &'a Tools,
    pub(crate) order: &'a Order<'a>,
    pub(crate) cancel: &'a Cancel,
    pub(crate) schedule: Schedule,
    pub(crate) canvas: Canvas,
    sources: BTreeMap<&'a str, &'a Source<'a>>,
    mark: Option<Mark>,
}

impl<'a> Film<'a> {
    pub(crate) fn new(tools: &'a Tools, order: &'a Order<'a>, cancel: &'a Cancel) -> Result<Self, RenderError> {
        let schedule = check(order)?;
        let mark = mark(&order.plan.settings.watermark).map_err(|what| wrong("settings.watermark", what))?;
        let sources = order.sources.iter().map(|source| (source.id, source)).collect();
        let canvas = Canvas::new(order.aspect.pixels());
        Ok(Self { tools, order, cancel, schedule, canvas, sources, mark })
    }

    pub(crate) fn shot(&self, index: usize) -> (&'a EditShot, &'a Source<'a>) {
        let shot = &self.order.plan.shots[index];
        (shot, self.sources[shot.source.as_str()])
    }

    /// What a shot shows; without a word of the plan the whole picture.
    pub(crate) fn layouts(&self, shot: &EditShot) -> Vec<ShotLayout> {
        match shot.layouts.get(&self.order.aspect) {
            Some(layouts) if !layouts.is_empty() => layouts.clone(),
            _ => vec![ShotLayout {
                start: shot.start,
                end: shot.start,
                layout: Layout::Fit,
                path: Vec::new(),
                zoom: 1.0,
                panes: Vec::new(),
                reason: String::new(),
            }],
        }
    }

    /// The finished file's own time.
    fn timeline(&self) -> Timeline {
        Timeline::still(self.schedule.rate, 0.0, self.schedule.frames)
    }

    /// How the mixed sound has to be changed for its loudness.
    pub(crate) fn level(&self, sound: &Sound) -> Result<Level, RenderError> {
        let target = self.order.plan.settings.loudness;
        let level = loudness::plan(sound.heard, target);
        if !loudness::needs_trial(sound.heard, level) {
            return Ok(level);
        }
        let mut args = Args::default();
        args.add(["-loglevel", "error"]);
        raw_sound(&mut args, sound.path());
        args.add(["-filter_complex", &self.sounding(0, level)]);
        args.print();
        let heard = loudness::listen(self.tools, args.0, sound.path(), self.cancel)?;
        Ok(loudness::correct(level, heard, target, loudness::AIM).unwrap_or(level))
    }

    /// The chain from the mixed sound to `[a]`.
    fn sounding(&self, input: usize, level: Level) -> String {
        let samples = self.timeline().samples();
        let mut filters = vec!["aformat=sample_fmts=fltp:channel_layouts=stereo".to_owned()];
        filters.extend(sound::leveled(level));
        filters.push(format!("apad=whole_len={samples},atrim=end_sample={samples}"));
        format!("[{input}:a]{}[a]", filters.join(","))
    }

    /// One encode of all frames, beside the output.
    pub(crate) fn encode(
        &self,
        encoder: Encoder,
        sound: &Sound,
        level: Level,
        on: &mut dyn FnMut(Progress),
    ) -> Result<Part, RenderError> {
        let part = Part::beside(self.order.output);
        let mut command =
            writing(self.encoding(encoder, sound, level, part.path()), sound.path(), part.path(), &self.timeline());
        command.reads.extend(self.order.ass.map(Path::to_owned));
        command.reads.extend(self.mark.as_ref().map(|mark| mark.path.clone()));
        command.fonts = self.order.ass.is_some();
        command.devices = encoder.is_hardware();
        let mut running = self.tools.spawn_fed(command, self.cancel)?;
        let Some(pipe) = running.stdin.take() else { return Err(unfed()) };
        let mut feed = Feed::new(pipe, self.canvas.bytes(), &self.schedule, on);
        match self.relay(&mut feed) {
            Ok(()) => {
                drop(feed);
                running.wait()?;
                Ok(part)
            }
            Err(Failure::Encoder) => {
                drop(feed);
                Err(running.wait().map_or_else(RenderError::from, |_| unfed()))
            }
            Err(Failure::Other(_)) if self.cancel.is_cancelled() => Err(ToolError::Cancelled.into()),
            Err(Failure::Other(error)) => Err(error),
        }
    }

    fn encoding(&self, encoder: Encoder, sound: &Sound, level: Level, output: &Path) -> Vec<OsString> {
        let mut args = Args::default();
        args.add(encoder.device());
        args.add(["-loglevel", "error"]);
        let (size, rate) = (
            format!("{}x{}", self.canvas.width, self.canvas.height),
            format!("{}/{}", self.schedule.rate.num, self.schedule.rate.den),
        );
        args.add(["-protocol_whitelist", "pipe", "-f", "rawvideo", "-pixel_format", "yuv420p"]);
        args.add(["-video_size", &size, "-framerate", &rate, "-i", "pipe:0"]);
        raw_sound(&mut args, sound.path());
        args.mark(self.mark.as_ref());
        let tags = "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709";
        let mut chains = vec![format!("[0:v]{tags}[picture]"), self.sounding(1, level)];
        if self.mark.is_some() {
            chains.push(picture::mark(2, self.canvas.width as u32, "mark"));
        }
        let overlays = Overlays {
            ass: self.order.ass,
            fonts: self.order.ass.and_then(|_| own_fonts(self.tools)),
            mark: self.mark.as_ref().map(|_| "mark"),
        };
        chains.extend(picture::overlays(&overlays, "picture", "v", encoder.pixels()));
        args.add(["-filter_complex", &chains.join(";"), "-map", "[v]", "-map", "[a]"]);
        args.picture(encoder, &self.timeline());
        args.sound();
        args.file(output);
        args.0
    }

    /// Passes on every frame in its turn. While one shot is shown, the decoder of the next starts.
    fn relay(&self, feed: &mut Feed<'_>) -> Result<(), Failure> {
        let slots = &self.schedule.slots;
        let mut joining = Joining::default();
        let mut shown = Shown::open(self, 0)?;
        for (index, slot) in slots.iter().enumerate() {
            let next = (index + 1 < slots.len()).then(|| Shown::open(self, index + 1)).transpose()?;
            shown.pour(slot.alone(), feed)?;
            let Some(mut next) = next else { break };
            if let Some((kind, half)) = slots[index + 1].joint {
                joining.join(kind, half, (&mut shown, &mut next), feed)?;
            }
            shown.close();
            shown = next;
        }
        shown.close();
        Ok(())
    }

    /// Checks the file and puts it in its place.
    pub(crate) fn finish(&self, part: Part, sound: &Sound, level: Level) -> Result<Rendered, RenderError> {
        let timeline = self.timeline();
        let finish = Finish {
            tools: self.tools,
            timeline: &timeline,
            canvas: self.order.aspect.pixels(),
            loudness: Some(self.order.plan.settings.loudness),
            output: self.order.output,
        };
        let resound = |level: Level, finished: &Path, better: &Path| -> Command {
            let mut args = Args::default();
            args.add(["-loglevel", "error"]);
            raw_sound(&mut args, sound.path());
            args.add(["-protocol_whitelist", "file", "-f", "mov", "-i"]);
            args.0.push(file_arg(finished));
            let chain = self.sounding(0, level);
            args.add(["-filter_complex", &chain, "-map", "1:v:0", "-map", "[a]", "-c:v", "copy"]);
            args.sound();
            args.file(better);
            writing(args.0, sound.path(), better, &timeline).reading(finished)
        };
        finish.finish(part, level, &resound, self.cancel)
    }
}

/// Why the relay ended early.
pub(crate) enum Failure {
    /// The encoder reads no more; it knows why.
    Encoder,
    Other(RenderError),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Encoder => Self::Encoder,
            Stop::Io(error) => Self::Other(error.into()),
        }
    }
}

impl<E: Into<RenderError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Pictures that transitions are drawn with; made for the first, kept for the rest.
#[derive(Default)]
struct Joining {
    old: Vec<u8>,
    new: Vec<u8>,
    out: Vec<u8>,
    spare: [Vec<u8>; 2],
}

impl Joining {
    fn join(
        &mut self,
        kind: JointKind,
        half: u64,
        (old, new): (&mut Shown<'_>, &mut Shown<'_>),
        feed: &mut Feed<'_>,
    ) -> Result<(), Failure> {
        let canvas = old.canvas();
        let [one, other] = &mut self.spare;
        for picture in [&mut self.old, &mut self.new, &mut self.out, one, other] {
            picture.resize(canvas.bytes(), 0);
        }
        for i in 0..2 * half {
            old.picture(&mut self.old)?;
            new.picture(&mut self.new)?;
            // The middle stands between two frames, as the cut does.
            let progress = (i as f64 + 0.5) / (2 * half) as f64;
            join(kind, progress, canvas, (&self.old, &self.new), &mut self.spare, &mut self.out);
            feed.write(&self.out)?;
        }
        Ok(())
    }
}

fn raw_sound(args: &mut Args, path: &Path) {
    let rate = SAMPLE_RATE.to_string();
    args.add(["-protocol_whitelist", "file", "-f", "f32le", "-ar", &rate, "-ac", "2", "-i"]);
    args.0.push(file_arg(path));
}

fn unfed() -> RenderError {
    RenderError::Unsound("the encoder stopped before the last frame".to_owned())
}
