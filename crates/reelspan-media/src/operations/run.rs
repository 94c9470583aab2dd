//! Runs one request: looks at its files, makes the output beside its place, and moves it there once it is what it should be.

use std::io::Read;
use std::path::{Path, PathBuf};

use reelspan_types::Cancel;

use super::arguments::{self, Job, Scene};
use super::check::{Checked, check};
use super::facts::metadata;
use super::flags::{Does, Opt, seconds};
use super::format::{Format, Holds};
use super::graph::Filter;
use super::outcome::OperationError;
use super::{File, Files, Limits, Made, MediaMetadata, Request, card, filters, join};
use crate::probe::{MediaInfo, probe_until};
use crate::render::own_fonts;
use crate::render::part::Part;
use crate::tool::{Command, Program, Tools};

/// Beginnings of what names other files.
const SCRIPTS: [&[u8]; 5] = [b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"<smil"];

/// Where a run finds what it needs, and what it may use up.
struct Bench<'a> {
    tools: &'a Tools,
    checked: &'a Checked,
    scratch: &'a Path,
    limits: &'a Limits,
    cancel: &'a Cancel,
}

/// Makes the output of a request, which is checked again here. `on` hears which share of it is done. `scratch` is a folder
/// of this run's own; what is put there is removed by the one who gave it.
#[expect(clippy::too_many_arguments, reason = "one call site with everything at hand")]
pub fn run(
    tools: &Tools,
    request: &Request,
    files: &Files,
    output: &Path,
    scratch: &Path,
    limits: &Limits,
    cancel: &Cancel,
    on: &mut dyn FnMut(f64),
) -> Result<Made, OperationError> {
    let checked = check(request)?;
    let bench = Bench { tools, checked: &checked, scratch, limits, cancel };
    if files.inputs.len() != checked.inputs.len() {
        return Err(OperationError::Option("not every input has its file".to_owned()));
    }
    let mut infos = Vec::new();
    for (index, file) in files.inputs.iter().enumerate() {
        infos.push(look(&bench, index + 1, file)?);
    }
    let told: Vec<MediaMetadata> = infos.iter().map(metadata).collect();
    let mut paths: Vec<PathBuf> = files.inputs.iter().map(|file| file.path.clone()).collect();
    let part = Part::beside(output);
    let (job, mut reads, fonts) = bench.plan(files, &mut infos, &mut paths, part.path())?;
    reads.extend(paths);
    let expected = job.seconds;
    let command = Command {
        program: Program::Ffmpeg,
        args: job.args.clone(),
        reads,
        writes: vec![part.path().to_owned()],
        fonts,
        devices: false,
        pipes: 0,
        max_file_bytes: limits.output_bytes,
        time_limit: Some(limits.wall),
    };
    let done = tools.run_with_progress(command, cancel, &mut |progress| {
        if let Some(whole) = expected.filter(|whole| *whole > 0.0) {
            on((progress.done / whole).clamp(0.0, 1.0));
        }
    });
    done.map_err(|error| match OperationError::of_run(error, limits.output_bytes) {
        OperationError::Input { why, .. } if files.inputs.len() == 1 => OperationError::Input { number: 1, why },
        OperationError::TimeLimit(0) => OperationError::TimeLimit(limits.wall.as_secs()),
        other => other,
    })?;
    let metadata = bench.verified(part.path(), &job)?;
    if cancel.is_cancelled() {
        return Err(OperationError::Cancelled);
    }
    let moved = part.keep(output);
    moved.map_err(|_| OperationError::Transient("the finished file could not be put in its place".to_owned()))?;
    on(1.0);
    Ok(Made { metadata, inputs: told, notes: job.notes })
}

/// What an input is, unless that is known.
fn look(bench: &Bench<'_>, number: usize, file: &File) -> Result<MediaInfo, OperationError> {
    match &file.info {
        Some(info) => Ok(info.clone()),
        None => {
            probe_until(bench.tools, &file.path, bench.cancel).map_err(|error| OperationError::of_probe(number, error))
        }
    }
}

impl Bench<'_> {
    /// The run, the files that it reads beside its inputs, and whether it draws text.
    fn plan(
        &self,
        files: &Files,
        infos: &mut Vec<MediaInfo>,
        paths: &mut Vec<PathBuf>,
        output: &Path,
    ) -> Result<(Job, Vec<PathBuf>, bool), OperationError> {
        if let Some(card) = &self.checked.card {
            return self.card(card, files, infos, paths, output);
        }
        let mut reads = Vec::new();
        let mut checked = self.checked.clone();
        let graphs = checked.complex.iter_mut().chain(&mut checked.video).chain(&mut checked.audio);
        let mut text = false;
        for filter in graphs.flat_map(|graph| graph.filters_mut()) {
            text |= filter.name == "drawtext";
            if let Some(path) = self.fetched(filter, files)? {
                text = true;
                reads.push(path);
            }
        }
        let mut notes = Vec::new();
        let drawn = self.drawn(&mut reads, &mut notes)?;
        text |= !drawn.is_empty();
        let scene = Scene { infos, paths, limits: self.limits, output, drawn };
        let mut job = arguments::job(&checked, scene)?;
        job.notes.extend(notes);
        Ok((job, reads, text))
    }

    /// Writes the fetched file's path in for its address.
    fn fetched(&self, filter: &mut Filter, files: &Files) -> Result<Option<PathBuf>, OperationError> {
        let Ok(rules) = filters::rules(&filter.name) else { return Ok(None) };
        let mut found = None;
        for (name, value) in &mut filter.options {
            if rules.option(name).is_none_or(|rule| rule.kind != filters::Kind::Address) {
                continue;
            }
            let missing = || OperationError::Referenced("it was not fetched".to_owned());
            let path = std::path::absolute(files.referenced.get(value.as_str()).ok_or_else(missing)?);
            let path = path.map_err(|_| missing())?;
            subtitles(&path)?;
            *value = path.to_string_lossy().into_owned();
            found = Some(path);
        }
        if found.is_some()
            && let Some(folder) = own_fonts(self.tools)
        {
            filter.options.push(("fontsdir".to_owned(), folder.to_string_lossy().into_owned()));
        }
        Ok(found)
    }

    /// The text overlays, each with its words in a file.
    fn drawn(&self, reads: &mut Vec<PathBuf>, notes: &mut Vec<String>) -> Result<Vec<Filter>, OperationError> {
        let mut drawn = Vec::new();
        for (index, overlay) in self.checked.overlays.iter().enumerate() {
            let no_font =
                || OperationError::Transient("there is no font on this machine; install fonts-inter".to_owned());
            let face = overlay.face(&self.tools.fonts).ok_or_else(no_font)?;
            if !face.family.eq_ignore_ascii_case(overlay.style.font.trim()) {
                notes.push(format!("the font that was asked for was not used: {} draws this text", face.family));
            }
            if overlay.text.chars().any(|c| !c.is_whitespace() && !face.draws(c)) {
                notes.push(format!(
                    "no installed font draws all of this text; {} leaves boxes for some letters",
                    face.family
                ));
            }
            let file = self.write(&format!("overlay-{index}.txt"), &overlay.laid_out(&face))?;
            drawn.push(overlay.filter(&file, &face.file));
            reads.push(file);
        }
        Ok(drawn)
    }

    fn card(
        &self,
        card: &card::Card,
        files: &Files,
        infos: &mut Vec<MediaInfo>,
        paths: &mut Vec<PathBuf>,
        output: &Path,
    ) -> Result<(Job, Vec<PathBuf>, bool), OperationError> {
        let mut photo = None;
        if let Some(address) = &card.photo {
            let missing = || OperationError::Referenced("it was not fetched".to_owned());
            let path = files.referenced.get(address).ok_or_else(missing)?;
            let info = probe_until(self.tools, path, self.cancel).ok().filter(|info| info.video.is_some());
            infos.push(info.ok_or_else(|| OperationError::Referenced("it is no picture".to_owned()))?);
            paths.push(path.clone());
            photo = Some(paths.len() - 1);
        }
        let words = self.write("card.ass", &card.words(&self.tools.fonts))?;
        let scene = Scene { infos, paths, limits: self.limits, output, drawn: Vec::new() };
        let job = card::job(card, &scene, &words, photo, own_fonts(self.tools), self.checked.format)?;
        Ok((job, vec![words], true))
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, OperationError> {
        let path = std::path::absolute(self.scratch).unwrap_or_else(|_| self.scratch.to_owned()).join(name);
        match std::fs::write(&path, text) {
            Ok(()) => Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::StorageFull => Err(OperationError::DiskFull),
            Err(_) => Err(OperationError::Transient("a file of this run's own could not be written".to_owned())),
        }
    }

    /// Looks at the finished file as at any other.
    fn verified(&self, file: &Path, job: &Job) -> Result<MediaMetadata, OperationError> {
        let unsound = |what: &str| OperationError::Unsound(what.to_owned());
        if file.metadata().map_or(0, |about| about.len()) == 0 {
            return Err(OperationError::Option(
                "there was nothing left to write; check the times and the streams that are asked for".to_owned(),
            ));
        }
        if self.checked.format == Format::Webp
            && let Some(metadata) = moving_webp(file, job.seconds)
        {
            return Ok(metadata);
        }
        let info = match probe_until(self.tools, file, self.cancel) {
            Ok(info) => info,
            Err(crate::probe::ProbeError::Tool(error)) => {
                return Err(OperationError::of_run(error, self.limits.output_bytes));
            }
            Err(_) => {
                return Err(OperationError::Option(
                    "nothing came out that could be played; check the times and the streams that are asked for"
                        .to_owned(),
                ));
            }
        };
        if job.video == Some(true) && info.video.is_none() {
            return Err(unsound("it has no picture"));
        }
        if job.audio == Some(true) && info.audio.is_empty() {
            return Err(unsound("it has no sound"));
        }
        let still = matches!(self.checked.format.holds(), Holds::Still);
        if info.duration.is_some_and(|seconds| seconds >= self.limits.output_seconds - 0.5) && !still {
            return Err(OperationError::TooLong(self.limits.output_seconds));
        }
        let mut told = metadata(&info);
        told.format = self.checked.format.name().to_owned();
        Ok(told)
    }
}

/// Whether a fetched file may be given to a filter that opens it by itself: words, or a film with words in it, but nothing
/// that names other files.
fn subtitles(path: &Path) -> Result<(), OperationError> {
    let mut head = Vec::new();
    let opened = std::fs::File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
    let refuse = |why: &str| Err(OperationError::Referenced(why.to_owned()));
    if opened.is_err() || head.is_empty() {
        return refuse("it is empty or cannot be read");
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    if SCRIPTS.iter().any(|start| text.get(..start.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(start))) {
        return refuse("it names other files; give subtitles themselves, as .srt, .vtt or .ass");
    }
    Ok(())
}

/// ffmpeg writes moving WebP but cannot read it, so its size is read from its header.
fn moving_webp(file: &Path, seconds: Option<f64>) -> Option<MediaMetadata> {
    let mut head = [0; 30];
    std::fs::File::open(file).ok()?.read_exact(&mut head).ok()?;
    let moves = &head[..4] == b"RIFF" && &head[8..16] == b"WEBPVP8X" && head[20] & 2 != 0;
    let side = |at: usize| u32::from(head[at]) + (u32::from(head[at + 1]) << 8) + (u32::from(head[at + 2]) << 16) + 1;
    moves.then(|| MediaMetadata {
        duration_seconds: seconds.unwrap_or(0.0),
        format: "webp".to_owned(),
        size_bytes: file.metadata().map_or(0, |about| about.len()),
        width: Some(side(24)),
        height: Some(side(27)),
        fps: None,
        codec_video: Some("webp".to_owned()),
        codec_audio: None,
        has_video: true,
        has_audio: false,
    })
}

/// Seconds of input that a request uses, after `-ss`, `-t` and `-to`: what is billed, and what progress is measured by.
pub fn span(request: &Request, infos: &[MediaInfo]) -> f64 {
    check(request).ok().and_then(|checked| span_of(&checked, infos)).unwrap_or(0.0)
}

pub(super) fn span_of(checked: &Checked, infos: &[MediaInfo]) -> Option<f64> {
    if checked.card.is_some() {
        return Some(0.0);
    }
    let each: Vec<f64> = infos.iter().zip(&checked.inputs).map(|(info, options)| used(info, options)).collect();
    // Played beside each other, each is used as long as the output lasts.
    let together = if checked.joins() || each.len() == 1 {
        trimmed(each.iter().sum(), &checked.outputs)
    } else {
        each.iter().map(|one| trimmed(*one, &checked.outputs)).fold(0.0, f64::max)
    };
    // What is repeated without end lasts as long as the others.
    let others = each.iter().copied().filter(|one| one.is_finite()).fold(0.0, f64::max);
    Some(if together.is_finite() { together } else { others })
}

/// Seconds of one input that are used, by the options before it.
pub(super) fn used(info: &MediaInfo, options: &[Opt]) -> f64 {
    let own = if info.still { join::still_seconds(options) } else { info.duration.unwrap_or(0.0) };
    let loops = options.iter().find(|option| option.base == "stream_loop");
    let times = loops.and_then(|option| option.argument.as_deref()?.parse::<f64>().ok()).unwrap_or(0.0);
    let own = if times < 0.0 { f64::INFINITY } else { own * (times + 1.0) };
    trimmed(own, options)
}

/// With `-shortest`: when the first of the inputs that end has ended. ffmpeg by itself overshoots by seconds.
pub(super) fn shortest(checked: &Checked, infos: &[MediaInfo]) -> Option<f64> {
    let plain = checked.complex.is_empty() && !checked.has(Does::Map) && !checked.has(Does::Seek);
    let ends = |(info, options): &(&MediaInfo, &Vec<Opt>)| {
        !info.still
            && !options.iter().any(|option| option.base == "stream_loop" && option.argument.as_deref() == Some("-1"))
    };
    let ending = infos.iter().zip(&checked.inputs).filter(ends);
    let each: Vec<f64> = ending.map(|(info, options)| used(info, options)).collect();
    let first = each.iter().copied().reduce(f64::min).filter(|seconds| *seconds > 0.0);
    first.filter(|_| plain && checked.has(Does::Shortest))
}

fn trimmed(own: f64, options: &[Opt]) -> f64 {
    let time = |does: Does| {
        options.iter().rev().find(|option| option.does == does).and_then(|option| seconds(option.argument.as_deref()?))
    };
    let from = time(Does::Seek).unwrap_or(0.0).max(0.0);
    let tail = time(Does::FromEnd).map_or(own, |from_end| from_end.abs().min(own));
    let rest = (own.min(tail) - from).max(0.0);
    let most = time(Does::Duration).or(time(Does::Until).map(|to| to - from)).unwrap_or(f64::INFINITY);
    rest.min(most.max(0.0))
}
