//! One finished video or picture: inputs, one graph, one encode, one look at the result.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::desk::Desk;
use super::source::{Footage, Photo, Song};
use super::verify::{Container, Planned, verify};
use super::{BlueprintError, Made};
use crate::captions::lettering::Lettering;
use crate::render::graph::Args;
use crate::render::part::Part;
use crate::render::picture::named;
use crate::render::timeline::{Timeline, demuxer};
use crate::render::{Encoder, own_fonts};
use crate::tool::{Command, file_arg};

/// What is to be made.
pub(super) struct Film {
    inputs: Vec<OsString>,
    reads: Vec<PathBuf>,
    count: usize,
    /// The graph; ends in `[v]` and, where there is sound, in `[a]`.
    pub(super) chains: Vec<String>,
    pub(super) timeline: Timeline,
    pub(super) canvas: (u32, u32),
    pub(super) sound: bool,
}

/// What it is called.
#[derive(Debug, Clone)]
pub(super) struct Title {
    pub(super) label: &'static str,
    /// Without its ending.
    pub(super) file: String,
}

impl Title {
    /// The only file of a blueprint.
    pub(super) fn only(slug: &str, label: &'static str) -> Self {
        Self { label, file: slug.to_owned() }
    }

    /// One of several.
    pub(super) fn of(slug: &str, label: &'static str) -> Self {
        Self { label, file: format!("{slug}-{label}") }
    }
}

impl Film {
    pub(super) fn new(timeline: Timeline, canvas: (u32, u32)) -> Self {
        Self { inputs: Vec::new(), reads: Vec::new(), count: 0, chains: Vec::new(), timeline, canvas, sound: false }
    }

    /// The video as the next input, from its start on.
    pub(super) fn footage(&mut self, footage: &Footage) -> usize {
        self.input(&[], &footage.info.container, &footage.path)
    }

    /// A picture as the next input.
    pub(super) fn photo(&mut self, photo: &Photo) -> usize {
        self.input(&[], &photo.info.container, &photo.path)
    }

    /// Music as the next input, over and over.
    pub(super) fn song(&mut self, song: &Song) -> usize {
        self.input(&["-stream_loop", "-1"], &song.info.container, &song.path)
    }

    pub(super) fn input(&mut self, before: &[&str], container: &str, path: &Path) -> usize {
        self.inputs.extend(before.iter().map(OsString::from));
        self.inputs.extend(["-protocol_whitelist", "file", "-f", demuxer(container), "-i"].map(OsString::from));
        self.inputs.push(file_arg(path));
        self.reads.push(path.to_owned());
        self.count += 1;
        self.count - 1
    }

    /// Text over what the graph has made so far, from `[picture]` to `[v]`; none draws none.
    pub(super) fn letter(
        &mut self,
        desk: &Desk<'_>,
        title: &Title,
        text: Option<Lettering<'_>>,
    ) -> Result<Option<Part>, BlueprintError> {
        let Some(text) = text else {
            self.chains.push("[picture]format=yuv420p[v]".to_owned());
            return Ok(None);
        };
        let (part, filter) = drawn(desk, title, text)?;
        self.reads.push(part.path().to_owned());
        self.chains.push(format!("[picture]{filter},format=yuv420p[v]"));
        Ok(Some(part))
    }

    /// Encodes, checks and puts it in its place.
    pub(super) fn make(self, desk: &mut Desk<'_>, title: &Title) -> Result<Made, BlueprintError> {
        let output = desk.path(&format!("{}.mp4", title.file));
        let part = Part::beside(&output);
        let mut args = Args::default();
        args.add(["-loglevel", "error"]);
        args.0.extend(self.inputs);
        args.add(["-filter_complex", &self.chains.join(";"), "-map", "[v]"]);
        if self.sound {
            args.add(["-map", "[a]"]);
        }
        args.picture(Encoder::X264, &self.timeline);
        if self.sound {
            args.sound();
        }
        args.file(part.path());
        let mut command = Command::ffmpeg(args.0).writing(part.path());
        command.reads = self.reads;
        command.fonts = true;
        let seconds = self.timeline.seconds();
        desk.run(command, seconds)?;
        let length = Some((self.timeline.frames, seconds));
        let planned = Planned { size: self.canvas, length, sound: self.sound, kind: Container::Mp4 };
        finish(desk, part, output, title, planned)
    }

    /// A run that prints the graph's `[v]` frame by frame.
    pub(super) fn printing(self) -> Command {
        let mut args = Args::default();
        args.add(["-loglevel", "error"]);
        args.0.extend(self.inputs);
        args.add(["-filter_complex", &self.chains.join(";"), "-map", "[v]", "-an", "-sn", "-dn"]);
        args.add(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"]);
        let mut command = Command::ffmpeg(args.0);
        command.reads = self.reads;
        command
    }

    /// A run that writes the graph's `[v]`, in no container that has sound.
    pub(super) fn writing(self, how: &[&str], output: &Path) -> Command {
        let mut args = Args::default();
        args.add(["-loglevel", "error"]);
        args.0.extend(self.inputs);
        args.add(["-filter_complex", &self.chains.join(";"), "-map", "[v]", "-map_metadata", "-1"]);
        args.add(["-bitexact"]);
        args.add(how.iter().copied());
        args.0.push(file_arg(output));
        let mut command = Command::ffmpeg(args.0).writing(output);
        command.reads = self.reads;
        command.fonts = true;
        command
    }

    /// A file that a filter reads.
    pub(super) fn reads(&mut self, path: &Path) {
        self.reads.push(path.to_owned());
    }

    /// The graph's `[v]` as one PNG.
    pub(super) fn picture(self, desk: &mut Desk<'_>, title: &Title) -> Result<Made, BlueprintError> {
        let output = desk.path(&format!("{}.png", title.file));
        let part = Part::beside(&output);
        let canvas = self.canvas;
        let command = self.writing(&["-frames:v", "1", "-c:v", "png", "-f", "image2pipe"], part.path());
        desk.run(command, 1.0)?;
        let planned = Planned { size: canvas, length: None, sound: false, kind: Container::Png };
        finish(desk, part, output, title, planned)
    }
}

/// Checks a file and puts it in its place.
pub(super) fn finish(
    desk: &mut Desk<'_>,
    part: Part,
    output: PathBuf,
    title: &Title,
    planned: Planned,
) -> Result<Made, BlueprintError> {
    let facts = verify(desk, part.path(), planned)?;
    let path = desk.finish(part, output)?;
    Ok(Made { label: title.label, path, mime: planned.kind.mime(), facts, note: None })
}

/// Writes the sheet beside the output, and the filter that draws it.
pub(super) fn drawn(desk: &Desk<'_>, title: &Title, text: Lettering<'_>) -> Result<(Part, String), BlueprintError> {
    let part = Part::named(&desk.path(&title.file), "ass");
    let written = std::fs::write(part.path(), text.finish().ass);
    written.map_err(crate::tool::ToolError::io("the text could not be written"))?;
    let fonts = own_fonts(desk.tools).map(|folder| format!(":fontsdir={}", named(folder)));
    let filter = format!("ass={}{}", named(part.path()), fonts.unwrap_or_default());
    Ok((part, filter))
}
