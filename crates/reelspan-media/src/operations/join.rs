//! Several inputs played one after the other, whatever their sizes, rates and sounds are.
//!
//! The first input with a picture gives the size and the shape; the others are fitted into it, with bars. The rate is the
//! fastest of all, up to 60. Where some have sound, the others are silent; a sound without a picture is played over black.

use std::ffi::OsString;

use super::arguments::{self, Job, STILL_SECONDS, Scene, Wanted, filter, fitted, own, stream, tone_mapped};
use super::check::Checked;
use super::flags::{Does, Opt, seconds};
use super::format::{Format, Holds};
use super::graph::{Filter, Graph};
use super::outcome::OperationError;
use crate::probe::{MediaInfo, VideoStream};

const MOST_RATE: f64 = 60.0;
const SAMPLE_RATE: u32 = 48_000;
/// A moment is enough: the rest of an input's time is filled by what joins them.
const MOMENT: f64 = 0.04;

/// One graph that makes the row, with the user's own filters after it.
pub(super) fn job(checked: &Checked, scene: &Scene<'_>, wanted: &Wanted, job: &mut Job) -> Result<(), OperationError> {
    let used: Vec<usize> = (0..scene.infos.len()).filter(|index| counts(checked, scene, wanted, *index)).collect();
    for (index, options) in checked.inputs.iter().enumerate() {
        own(job, options, |option| option.does != Does::LoopStill && option.base != "framerate");
        job.args.extend(scene.infos[index].input_args(&scene.paths[index]));
    }
    let canvas = wanted.video.then(|| Canvas::of(checked, scene, &used));
    let mut chains = Vec::new();
    let mut row = String::new();
    for index in &used {
        if let Some(canvas) = &canvas {
            chains.push(picture(checked, scene.infos, *index, canvas).write());
            row.push_str(&format!("[v{index}]"));
        }
        if wanted.audio {
            chains.push(sound(checked, scene.infos, *index).write());
            row.push_str(&format!("[a{index}]"));
        }
    }
    let (video, audio) = (u8::from(canvas.is_some()), u8::from(wanted.audio));
    let labels = [("[row_v]", canvas.is_some()), ("[row_a]", wanted.audio)];
    let labels: String = labels.iter().filter(|(_, there)| *there).map(|(label, _)| *label).collect();
    chains.push(format!("{row}concat=n={}:v={video}:a={audio}{labels}", used.len()));
    if let Some(canvas) = &canvas {
        let graph = arguments::row_picture(checked, &scene.drawn, canvas.rate_filter());
        chains.push(labelled(graph, "row_v", "joined_v"));
    }
    if wanted.audio {
        let plain = || Graph { chains: vec![vec![filter("anull", &[])]], ..Graph::default() };
        chains.push(labelled(checked.audio.clone().unwrap_or_else(plain), "row_a", "joined_a"));
    }
    job.args.extend(["-filter_complex".into(), OsString::from(chains.join(";"))]);
    for (label, there) in [("[joined_v]", canvas.is_some()), ("[joined_a]", wanted.audio)] {
        if there {
            job.add(["-map", label]);
        }
    }
    (job.video, job.audio) = (Some(canvas.is_some()), Some(wanted.audio));
    Ok(())
}

/// Whether an input has anything to add.
fn counts(checked: &Checked, scene: &Scene<'_>, wanted: &Wanted, index: usize) -> bool {
    let has = |kind| stream(checked, scene.infos, index, kind).is_some();
    (wanted.video && has('v')) || (wanted.audio && has('a'))
}

/// What all pictures become.
struct Canvas {
    width: u32,
    height: u32,
    rate: f64,
}

impl Canvas {
    fn of(checked: &Checked, scene: &Scene<'_>, used: &[usize]) -> Self {
        let pictures = || {
            used.iter()
                .filter(|index| stream(checked, scene.infos, **index, 'v').is_some())
                .filter_map(|index| scene.infos[*index].video.as_ref())
        };
        let own = pictures().next().map_or((1280, 720), |video| (video.display_width, video.display_height));
        let size = match checked.preset.and_then(|preset| preset.resolution) {
            Some(resolution) => arguments::within(own, arguments::frame(own, resolution), 2.0),
            None if checked.format.holds() == Holds::Animation => arguments::within(own, (640, 640), 1.0),
            None => own,
        };
        let moving = used
            .iter()
            .filter(|index| !scene.infos[**index].still)
            .filter_map(|index| scene.infos[*index].video.as_ref());
        let fastest = moving.map(|video| video.frame_rate).fold(0.0, f64::max);
        let rate = if fastest > 0.0 { fastest.min(MOST_RATE) } else { 25.0 };
        let rate = if checked.format == Format::Gif { rate.min(15.0) } else { rate };
        Self { width: size.0, height: size.1, rate }
    }

    fn rate_filter(&self) -> Filter {
        filter("fps", &[("fps", rate(self.rate))])
    }
}

/// 29.97 and the like are fractions.
fn rate(value: f64) -> String {
    let ntsc = (value * 1.001).round();
    if (value - ntsc / 1.001).abs() < 0.005 && (value - value.round()).abs() > 0.005 {
        return format!("{}/1001", ntsc * 1000.0);
    }
    format!("{:.3}", value)
}

/// One input's picture, as large and as fast as all.
fn picture(checked: &Checked, infos: &[MediaInfo], index: usize, canvas: &Canvas) -> Graph {
    let info = &infos[index];
    let Some((stream, video)) = stream(checked, infos, index, 'v').zip(info.video.as_ref()) else {
        let seconds = super::run::used(info, &checked.inputs[index]);
        return black(index, canvas, seconds.max(MOMENT));
    };
    let mut chain = Vec::new();
    if info.still {
        chain.extend(arguments::shown_for(still_seconds(&checked.inputs[index])));
    }
    if video.interlaced {
        chain.push(filter("bwdif", &[("mode", "send_frame".to_owned()), ("deint", "all".to_owned())]));
    }
    if video.hdr {
        chain.extend(tone_mapped(video));
    }
    chain.extend(placed(video, canvas));
    // Held from the input's very start, so that its sound keeps its place beside it.
    chain.push(filter("fps", &[("fps", rate(canvas.rate)), ("start_time", "0".to_owned())]));
    chain.push(filter("format", &[("pix_fmts", "yuv420p".to_owned())]));
    ends(chain, format!("{index}:{stream}"), format!("v{index}"))
}

fn placed(video: &VideoStream, canvas: &Canvas) -> Vec<Filter> {
    let size =
        arguments::within((video.display_width, video.display_height), (canvas.width, canvas.height), f64::INFINITY);
    let mut chain = fitted(size.0, size.1).to_vec();
    if size != (canvas.width, canvas.height) {
        let (x, y) =
            ((canvas.width - size.0.min(canvas.width)) / 4 * 2, (canvas.height - size.1.min(canvas.height)) / 4 * 2);
        let pad = [("w", canvas.width), ("h", canvas.height), ("x", x), ("y", y)]
            .map(|(name, value)| (name, value.to_string()));
        chain.push(filter("pad", &pad));
    }
    chain
}

/// Black for as long as the input's sound lasts.
fn black(index: usize, canvas: &Canvas, seconds: f64) -> Graph {
    let size = format!("{}x{}", canvas.width, canvas.height);
    let source = [("c", "black".to_owned()), ("s", size), ("r", rate(canvas.rate)), ("d", format!("{seconds:.3}"))];
    let mut chain = vec![filter("color", &source), filter("format", &[("pix_fmts", "yuv420p".to_owned())])];
    chain.push(filter("setsar", &[("sar", "1".to_owned())]));
    labelled_chain(chain, None, format!("v{index}"))
}

/// One input's sound; silence is filled up by what joins them.
fn sound(checked: &Checked, infos: &[MediaInfo], index: usize) -> Graph {
    let layout = || {
        filter(
            "aformat",
            &[
                ("sample_fmts", "fltp".to_owned()),
                ("sample_rates", SAMPLE_RATE.to_string()),
                ("channel_layouts", "stereo".to_owned()),
            ],
        )
    };
    match stream(checked, infos, index, 'a') {
        Some(stream) => {
            let steady =
                [("sample_rate", SAMPLE_RATE.to_string()), ("async", "1".to_owned()), ("first_pts", "0".to_owned())];
            ends(vec![filter("aresample", &steady), layout()], format!("{index}:{stream}"), format!("a{index}"))
        }
        None => {
            let silence = [("r", SAMPLE_RATE.to_string()), ("cl", "stereo".to_owned())];
            let cut = filter("atrim", &[("duration", format!("{MOMENT}"))]);
            labelled_chain(vec![filter("anullsrc", &silence), cut, layout()], None, format!("a{index}"))
        }
    }
}

fn ends(chain: Vec<Filter>, from: String, to: String) -> Graph {
    labelled_chain(chain, Some(from), to)
}

fn labelled_chain(mut chain: Vec<Filter>, from: Option<String>, to: String) -> Graph {
    if let (Some(first), Some(from)) = (chain.first_mut(), from) {
        first.inputs = vec![from];
    }
    if let Some(last) = chain.last_mut() {
        last.outputs = vec![to];
    }
    Graph { chains: vec![chain], ..Graph::default() }
}

/// A graph of one input and one output between these labels.
fn labelled(mut graph: Graph, from: &str, to: &str) -> String {
    // The graph's own `in` and `out` go away: its ends are tied to the row's.
    let null = if from.ends_with('a') { "anull" } else { "null" };
    let (mut first, mut last) = (filter(null, &[]), filter(null, &[]));
    (first.inputs, last.outputs) = (vec![from.to_owned()], vec![to.to_owned()]);
    graph = arguments::spliced(Some(graph), vec![first], vec![last]);
    graph.write()
}

/// How long a still is shown: `-t` before it says so.
pub(super) fn still_seconds(options: &[Opt]) -> f64 {
    let said =
        options.iter().rev().find(|option| option.does == Does::Duration).and_then(|option| option.argument.as_deref());
    said.and_then(seconds).filter(|time| *time > 0.0).map_or(STILL_SECONDS, |time| time.min(3600.0))
}
