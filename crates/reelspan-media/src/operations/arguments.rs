//! From a checked request and what its inputs are to ffmpeg's arguments. Pure: nothing is run here.

mod encoders;
mod picture;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::check::Checked;
use super::flags::{Does, Opt};
use super::format::{Format, Holds};
use super::graph::{Filter, Graph};
use super::outcome::OperationError;
use super::{Flag, Limits, join, shape};
use crate::probe::MediaInfo;
use crate::tool::file_arg;

pub(super) use self::encoders::{card_encoder, written_out};
pub(super) use self::picture::{fitted, frame, row as row_picture, shown_for, spliced, tone_mapped, within};

/// How long a still picture is shown where nothing says how long.
pub(super) const STILL_SECONDS: f64 = 5.0;

/// What arguments are made from.
pub(super) struct Scene<'a> {
    pub(super) infos: &'a [MediaInfo],
    pub(super) paths: &'a [PathBuf],
    pub(super) limits: &'a Limits,
    pub(super) output: &'a Path,
    /// Text and photo filters, made by the caller, who has the scratch folder.
    pub(super) drawn: Vec<Filter>,
}

/// One run of ffmpeg.
#[derive(Default)]
pub(super) struct Job {
    pub(super) args: Vec<OsString>,
    /// Seconds of output that are expected.
    pub(super) seconds: Option<f64>,
    /// Whether the output must hold one; unknown where the user chose the streams.
    pub(super) video: Option<bool>,
    pub(super) audio: Option<bool>,
    pub(super) notes: Vec<String>,
}

impl Job {
    pub(super) fn add<'a>(&mut self, args: impl IntoIterator<Item = &'a str>) {
        self.args.extend(args.into_iter().map(OsString::from));
    }
}

/// The run that makes the output.
pub(super) fn job(checked: &Checked, scene: Scene<'_>) -> Result<Job, OperationError> {
    let mut job = Job::default();
    job.add(["-loglevel", "error"]);
    let wanted = Wanted::of(checked, &scene)?;
    if wanted.joined {
        join::job(checked, &scene, &wanted, &mut job)?;
    } else {
        for (index, options) in checked.inputs.iter().enumerate() {
            input(&mut job, options, &scene, index)?;
        }
        if checked.complex.is_empty() {
            simple(checked, &scene, &wanted, &mut job)
        } else {
            complex(checked, &scene, &wanted, &mut job)
        }
    }
    job.seconds = super::run::span_of(checked, scene.infos);
    output(checked, &scene, &wanted, &mut job);
    Ok(job)
}

/// Which streams the output is to have.
pub(super) struct Wanted {
    pub(super) joined: bool,
    pub(super) video: bool,
    pub(super) audio: bool,
}

impl Wanted {
    fn of(checked: &Checked, scene: &Scene<'_>) -> Result<Self, OperationError> {
        let holds = checked.format.holds();
        let has = |kind: char| (0..scene.infos.len()).any(|index| stream(checked, scene.infos, index, kind).is_some());
        let video = holds != Holds::Sound && !checked.without('v') && has('v');
        let audio = matches!(holds, Holds::Film | Holds::Sound) && !checked.without('a') && has('a');
        // A picture that is told to stay, and sound: played together, not one after the other.
        let stays = |(index, options): (usize, &Vec<Opt>)| {
            options.iter().any(|option| option.does == Does::LoopStill) && scene.infos[index].still
        };
        let slide = checked.inputs.iter().enumerate().any(stays)
            && scene.infos.iter().filter(|info| info.video.is_some()).count() == 1;
        let joined = checked.joins() && !slide;
        if checked.complex.is_empty() && !checked.has(Does::Map) && !video && !audio {
            let what = if holds == Holds::Sound { "sound" } else { "picture" };
            return Err(OperationError::Option(format!(
                "there is no {what} in what was given, and a {} needs it",
                checked.format.name()
            )));
        }
        Ok(Self { joined, video, audio })
    }
}

/// The index of the stream of a kind that is used from an input, unless its options leave that out.
pub(super) fn stream(checked: &Checked, infos: &[MediaInfo], index: usize, kind: char) -> Option<u32> {
    if checked.inputs.get(index)?.iter().any(|option| option.does == Does::No(kind)) {
        return None;
    }
    match kind {
        'v' => infos[index].video.as_ref().map(|video| video.index),
        _ => infos[index].audio.first().map(|audio| audio.index),
    }
}

/// One input with the user's own options before it.
fn input(job: &mut Job, options: &[Opt], scene: &Scene<'_>, index: usize) -> Result<(), OperationError> {
    let (info, path) = (&scene.infos[index], &scene.paths[index]);
    let loops = options.iter().any(|option| {
        option.does == Does::LoopStill && matches!(option.argument.as_deref(), Some("1" | "true" | "on"))
    });
    own(job, options, |option| option.does != Does::LoopStill);
    match &info.video {
        Some(video) if loops && info.still => {
            // This demuxer takes one picture again and again; told of no pattern it opens no other file.
            job.add([
                "-protocol_whitelist",
                "file,pipe",
                "-c:v",
                &video.codec,
                "-f",
                "image2",
                "-pattern_type",
                "none",
                "-loop",
                "1",
                "-i",
            ]);
            job.args.push(file_arg(path));
        }
        _ if loops => {
            let why = "`-loop` is for still pictures; use `-stream_loop` for films and sound".to_owned();
            return Err(OperationError::Option(why));
        }
        _ => job.args.extend(info.input_args(path)),
    }
    Ok(())
}

/// The user's own options as they were given.
pub(super) fn own(job: &mut Job, options: &[Opt], which: impl Fn(&Opt) -> bool) {
    for option in options.iter().filter(|option| which(option)) {
        job.args.push(option.written.clone().into());
        job.args.extend(option.argument.clone().map(OsString::from));
    }
}

/// The first picture and the first sound, each through the user's own row of filters.
fn simple(checked: &Checked, scene: &Scene<'_>, wanted: &Wanted, job: &mut Job) {
    if checked.has(Does::Map) {
        own(job, &checked.outputs, |option| option.does == Does::Map);
    } else {
        for (kind, want) in [('v', wanted.video), ('a', wanted.audio)] {
            map_first(checked, scene, want.then_some(kind), job);
        }
        if checked.outputs.iter().any(|option| option.does == Does::CodecSubtitle) && !checked.without('s') {
            job.add(["-map", "0:s?"]);
        }
        (job.video, job.audio) = (Some(wanted.video), Some(wanted.audio));
    }
    if (wanted.video || checked.has(Does::Map)) && checked.codec('v') != Some("copy") {
        let first = (0..scene.infos.len()).find(|index| stream(checked, scene.infos, *index, 'v').is_some());
        let info = first.map(|index| &scene.infos[index]);
        let (graph, note) = picture::graph(checked, info, &scene.drawn, checked.video.clone());
        job.notes.extend(note);
        if graph.filters().next().is_some() {
            job.args.extend(["-filter:v".into(), OsString::from(graph.write())]);
        }
    }
    if let Some(graph) = &checked.audio {
        job.args.extend(["-filter:a".into(), OsString::from(graph.write())]);
    }
}

fn map_first(checked: &Checked, scene: &Scene<'_>, kind: Option<char>, job: &mut Job) {
    let Some(kind) = kind else { return };
    let found = (0..scene.infos.len()).find_map(|index| Some((index, stream(checked, scene.infos, index, kind)?)));
    if let Some((index, stream)) = found {
        job.add(["-map", &format!("{index}:{stream}")]);
    }
}

/// The user's own graphs; streams of a kind that no graph makes come from the inputs as they are.
fn complex(checked: &Checked, scene: &Scene<'_>, wanted: &Wanted, job: &mut Job) {
    let text: Vec<String> = checked.complex.iter().map(Graph::write).collect();
    for graph in &text {
        job.args.extend(["-filter_complex".into(), OsString::from(graph)]);
    }
    if checked.has(Does::Map) {
        own(job, &checked.outputs, |option| option.does == Does::Map);
        return;
    }
    let outs = shape::outs(&checked.complex);
    for label in outs.iter().filter_map(|out| out.label.as_ref()) {
        job.add(["-map", &format!("[{label}]")]);
    }
    for (kind, want) in [('v', wanted.video), ('a', wanted.audio)] {
        let made = outs.iter().any(|out| out.kind == kind);
        map_first(checked, scene, (want && !made).then_some(kind), job);
    }
}

/// Everything after the graphs: encoders, what the user said, and the file.
fn output(checked: &Checked, scene: &Scene<'_>, wanted: &Wanted, job: &mut Job) {
    let still = checked.format.holds() == Holds::Still && !encoders::moves(checked, scene.infos);
    job.args.extend(encoders::defaults(checked, scene.infos, wanted.video).into_iter().map(OsString::from));
    own(job, &checked.outputs, |option| match option.does {
        Does::Map => false,
        // A still has one frame, whatever is said.
        Does::Frames => !still,
        _ => true,
    });
    if still {
        job.add(["-frames:v", "1"]);
    }
    if !checked.has(Does::Duration) && !checked.has(Does::Until) {
        let most = super::run::shortest(checked, scene.infos).unwrap_or(f64::INFINITY).min(scene.limits.output_seconds);
        job.add(["-t", &format!("{most}")]);
    }
    match checked.format.holds() {
        Holds::Sound => job.add(["-vn"]),
        Holds::Still | Holds::Animation => job.add(["-an"]),
        Holds::Film => {}
    }
    if !checked.outputs.iter().any(|option| option.does == Does::CodecSubtitle || option.does == Does::Map) {
        job.add(["-sn"]);
    }
    job.add(["-dn", "-f", checked.format.muxer()]);
    job.args.push(file_arg(scene.output));
}

/// A flag for showing what was used.
fn shown(option: &str, argument: &str) -> Flag {
    Flag::new(option, argument)
}

/// One filter with options.
pub(super) fn filter(name: &str, options: &[(&str, String)]) -> Filter {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Filter { name: name.to_owned(), options, ..Filter::default() }
}

/// Whether an encoder wants its colours in 4:2:0 with even sides, as players expect.
fn is_for_players(format: Format, codec: Option<&str>) -> bool {
    let usual = format.pictures().split_ascii_whitespace().next().unwrap_or_default();
    let codec = codec.unwrap_or(usual);
    let players = [
        "libx264",
        "h264",
        "libx265",
        "hevc",
        "libvpx-vp9",
        "vp9",
        "libvpx",
        "vp8",
        "libsvtav1",
        "libaom-av1",
        "av1",
        "mpeg4",
        "libxvid",
        "mpeg2video",
    ];
    players.contains(&codec)
}
