//! The picture's row of filters: upright and square pixels, the size that was asked for, words, and what the format needs.

use super::super::Source;
use super::super::check::Checked;
use super::super::flags::Does;
use super::super::format::{Format, Holds};
use super::super::graph::{Filter, Graph};
use super::super::{Preset, Resolution, filters};
use super::{STILL_SECONDS, filter, is_for_players};
use crate::probe::{MediaInfo, VideoStream};

/// A picture is made at most this much larger than it is: more would only be blur and bytes.
const MOST_ENLARGED: f64 = 2.0;
/// Animations are made for pages: larger or faster ones are huge.
const GIF_SIDE: u32 = 640;
const GIF_RATE: u32 = 15;
/// One palette for all needs every frame in memory, so a longer animation gets one for each frame.
const GIF_ONE_PALETTE_SECONDS: f64 = 20.0;

/// The user's graph, if any, with what goes before and after it. Also a sentence for the user.
pub(super) fn graph(
    checked: &Checked,
    info: Option<&MediaInfo>,
    drawn: &[Filter],
    own: Option<Graph>,
) -> (Graph, Option<String>) {
    let video = info.and_then(|info| info.video.as_ref());
    let (mut before, mut after, mut note) = (Vec::new(), Vec::new(), None);
    let ours = own.is_none() && matches!(checked.source, Source::Preset | Source::Defaults | Source::VirtualOptions);
    if let Some(video) = video.filter(|_| own.is_none()) {
        if ours && video.interlaced {
            before.push(filter("bwdif", &[("mode", "send_frame".to_owned()), ("deint", "all".to_owned())]));
        }
        if video.hdr && !checked.has(Does::PixelFormat) {
            before.extend(tone_mapped(video));
        }
        if ours {
            let (width, height) = target(checked, video, &mut note);
            before.extend(fitted(width, height));
        }
    }
    if ours && info.is_some_and(|info| info.still) && checked.format.holds() == Holds::Film {
        before.extend(shown_for(STILL_SECONDS));
    }
    after.extend(drawn.iter().cloned());
    if checked.format == Format::Gif && !own.as_ref().is_some_and(has_palette) {
        if ours && !checked.has(Does::FrameRate) {
            after.push(filter("fps", &[("fps", GIF_RATE.to_string())]));
        }
        return (palette(spliced(own, before, after), info), note);
    }
    if !ours && is_for_players(checked.format, checked.codec('v')) && video.is_some() {
        // An odd side is refused by these encoders; half a pixel is lost at most.
        after.push(filter("scale", &[("w", "trunc(iw/2)*2".to_owned()), ("h", "trunc(ih/2)*2".to_owned())]));
    }
    if checked.format == Format::Jpeg && !checked.has(Does::PixelFormat) {
        after.extend(jpeg_colours());
    }
    (spliced(own, before, after), note)
}

/// The same for a row of inputs that has been made one picture already.
pub(in super::super) fn row(checked: &Checked, drawn: &[Filter], rate: Filter) -> Graph {
    // A row holds frames where an input had only sound: they are repeated here.
    let graph = spliced(checked.video.clone(), vec![rate], drawn.to_vec());
    if checked.format == Format::Gif && !has_palette(&graph) {
        return palette(graph, None);
    }
    let even = [("w", "trunc(iw/2)*2".to_owned()), ("h", "trunc(ih/2)*2".to_owned())];
    let mut after = vec![filter("scale", &even)];
    if checked.format == Format::Jpeg && !checked.has(Does::PixelFormat) {
        after = jpeg_colours();
    }
    spliced(Some(graph), Vec::new(), after)
}

fn jpeg_colours() -> Vec<Filter> {
    let full = [("out_color_matrix", "bt601".to_owned()), ("out_range", "full".to_owned())];
    vec![filter("scale", &full), filter("format", &[("pix_fmts", "yuvj420p".to_owned())])]
}

/// The finished size: within a frame of 16:9, standing or lying as the picture does.
fn target(checked: &Checked, video: &VideoStream, note: &mut Option<String>) -> (u32, u32) {
    let own = (video.display_width, video.display_height);
    if checked.format == Format::Gif && checked.preset.and_then(|preset| preset.resolution).is_none() {
        return within(own, (GIF_SIDE, GIF_SIDE), 1.0);
    }
    let Some(Preset { resolution: Some(resolution), .. }) = checked.preset else { return own };
    let size = within(own, frame(own, resolution), MOST_ENLARGED);
    if size.0 < within(own, frame(own, resolution), f64::INFINITY).0 {
        let sentence = format!(
            "the picture of {}x{} was enlarged to {}x{} and not further: more would only be blur",
            own.0, own.1, size.0, size.1
        );
        *note = Some(sentence);
    }
    size
}

/// The frame that a resolution means for a picture of this shape.
pub(in super::super) fn frame(own: (u32, u32), resolution: Resolution) -> (u32, u32) {
    let short = resolution.short_side();
    let long = short * 16 / 9;
    // 480p is 854 wide: the nearest even number.
    let long = long + long % 2;
    if own.0 >= own.1 { (long, short) } else { (short, long) }
}

/// The largest even size of the same shape that fits.
pub(in super::super) fn within(own: (u32, u32), frame: (u32, u32), most: f64) -> (u32, u32) {
    let scale =
        (f64::from(frame.0) / f64::from(own.0.max(1))).min(f64::from(frame.1) / f64::from(own.1.max(1))).min(most);
    let even = |side: u32, most: u32| (((f64::from(side) * scale / 2.0).round() as u32) * 2).clamp(2, most.max(2));
    (even(own.0, frame.0), even(own.1, frame.1))
}

/// To this size, in square pixels.
pub(in super::super) fn fitted(width: u32, height: u32) -> [Filter; 2] {
    let scale = [("w", width.to_string()), ("h", height.to_string()), ("flags", "bicubic".to_owned())];
    [filter("scale", &scale), filter("setsar", &[("sar", "1".to_owned())])]
}

/// High dynamic range brought down to what every player shows.
pub(in super::super) fn tone_mapped(video: &VideoStream) -> Vec<Filter> {
    let set = |name: &str, options: &[(&str, &str)]| {
        let options: Vec<(&str, String)> = options.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        filter(name, &options)
    };
    let transfer = video.color_transfer.as_deref().filter(|name| *name == "arib-std-b67").unwrap_or("smpte2084");
    vec![
        set("format", &[("pix_fmts", "yuv420p10le")]),
        set(
            "setparams",
            &[("range", "limited"), ("color_primaries", "bt2020"), ("color_trc", transfer), ("colorspace", "bt2020nc")],
        ),
        set("zscale", &[("t", "linear"), ("npl", "203")]),
        set("format", &[("pix_fmts", "gbrpf32le")]),
        set("zscale", &[("p", "bt709")]),
        set("tonemap", &[("tonemap", "mobius"), ("desat", "0")]),
        set("zscale", &[("t", "bt709"), ("m", "bt709"), ("r", "limited")]),
        set("format", &[("pix_fmts", "yuv420p")]),
    ]
}

/// One picture, shown for a while.
pub(in super::super) fn shown_for(seconds: f64) -> [Filter; 3] {
    [
        filter("loop", &[("loop", "-1".to_owned()), ("size", "1".to_owned())]),
        filter("fps", &[("fps", "25".to_owned())]),
        filter("trim", &[("duration", format!("{seconds:.3}"))]),
    ]
}

fn has_palette(graph: &Graph) -> bool {
    graph.filters().any(|filter| filter.name == "paletteuse")
}

/// Colours chosen for this very animation.
fn palette(mut graph: Graph, info: Option<&MediaInfo>) -> Graph {
    let long = info.and_then(|info| info.duration).is_none_or(|seconds| seconds > GIF_ONE_PALETTE_SECONDS);
    let (stats, new) = if long { ("single", "1") } else { ("diff", "0") };
    let labels = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let end = last_open(&mut graph);
    let moved = end.map(|last| std::mem::take(&mut last.outputs)).unwrap_or_default();
    let mut split = filter("split", &[("outputs", "2".to_owned())]);
    split.outputs = labels(&["gif_seen", "gif_shown"]);
    let mut found = filter("palettegen", &[("stats_mode", stats.to_owned())]);
    (found.inputs, found.outputs) = (labels(&["gif_seen"]), labels(&["gif_colours"]));
    let mut used = filter("paletteuse", &[("dither", "sierra2_4a".to_owned()), ("new", new.to_owned())]);
    (used.inputs, used.outputs) = (labels(&["gif_shown", "gif_colours"]), moved);
    if !long {
        used.options.push(("diff_mode".to_owned(), "rectangle".to_owned()));
    }
    match open_end(&graph) {
        Some(chain) => graph.chains[chain].push(split),
        None => graph.chains.push(vec![split]),
    }
    graph.chains.push(vec![found]);
    graph.chains.push(vec![used]);
    graph
}

/// Puts filters before and after a graph of one input and one output.
pub(in super::super) fn spliced(own: Option<Graph>, before: Vec<Filter>, after: Vec<Filter>) -> Graph {
    let mut graph = own.unwrap_or_default();
    if graph.chains.is_empty() {
        graph.chains.push(Vec::new());
    }
    if !before.is_empty() {
        let makes = |filter: &Filter| filters::rules(&filter.name).is_ok_and(|rules| rules.inputs == "|");
        let is_start = |filter: &Filter| {
            (filter.inputs.is_empty() && !makes(filter)) || filter.inputs.iter().any(|label| label == "in")
        };
        let start = graph.chains.iter().position(|chain| chain.first().is_none_or(is_start)).unwrap_or(0);
        put_before(&mut graph, start, before);
    }
    if !after.is_empty() {
        let moved = last_open(&mut graph).map(|last| std::mem::take(&mut last.outputs)).unwrap_or_default();
        let end = open_end(&graph).unwrap_or(graph.chains.len() - 1);
        graph.chains[end].extend(after);
        if let Some(last) = graph.chains[end].last_mut()
            && last.outputs.is_empty()
        {
            last.outputs = moved;
        }
    }
    graph.chains.retain(|chain| !chain.is_empty());
    graph
}

/// Before the graph's way in: a filter of several inputs gets a row of filters for the one that comes from outside.
fn put_before(graph: &mut Graph, start: usize, mut before: Vec<Filter>) {
    let way_in = graph.chains[start].first_mut().and_then(|first| first.inputs.iter_mut().find(|label| *label == "in"));
    let Some(label) = way_in else {
        graph.chains[start].splice(0..0, before);
        return;
    };
    "before_in".clone_into(label);
    if let Some(first) = before.first_mut()
        && first.inputs.is_empty()
    {
        first.inputs = vec!["in".to_owned()];
    }
    if let Some(last) = before.last_mut() {
        last.outputs = vec!["before_in".to_owned()];
    }
    graph.chains.insert(0, before);
}

/// The chain whose end leads out of the graph.
fn open_end(graph: &Graph) -> Option<usize> {
    let leads_out = |filter: &Filter| {
        (filter.outputs.is_empty() && !filter.name.ends_with("nullsink"))
            || filter.outputs.iter().any(|label| label == "out")
    };
    graph.chains.iter().rposition(|chain| chain.last().is_some_and(leads_out))
}

fn last_open(graph: &mut Graph) -> Option<&mut Filter> {
    let end = open_end(graph)?;
    graph.chains[end].last_mut()
}

#[cfg(test)]
mod tests;
