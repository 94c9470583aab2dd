//! One picture of an edit: its shots against the music's waveform, beats and sections. Self-contained SVG.

use std::fmt::Write;

use reelspan_media::glimpse;
use reelspan_media::plan::{EditShot, JointKind, MusicEdit};
use reelspan_store::Output;
use reelspan_types::{Span, format_time};

use super::Made;
use super::material::Material;
use crate::error::Error;
use crate::parts::Parts;

/// Pixels a second, and the least and most in all.
const SCALE: f64 = 44.0;
const WIDTH: (f64, f64) = (1100.0, 9000.0);
const MARGIN: f64 = 16.0;
/// Tops and heights of the rows.
const WAVE: (f64, f64) = (54.0, 120.0);
const SHOTS: (f64, f64) = (186.0, 96.0);
const MOTION: (f64, f64) = (288.0, 34.0);
const FOOT: f64 = 340.0;
const HEIGHT: f64 = 366.0;
/// Values a second of the drawn waveform.
const WAVE_RATE: u32 = 24;
/// One for each source, in turn.
const COLOURS: [&str; 10] =
    ["#5b8def", "#e0795c", "#5fb98b", "#c98bdb", "#d9b44a", "#56b7c9", "#e06c93", "#9aa95b", "#8a7fe0", "#b98c6a"];

/// What is drawn of one shot.
struct Block<'a> {
    shot: &'a EditShot,
    end: f64,
    source: usize,
    still: bool,
    /// Its mean motion beside the most that any shot has.
    motion: f64,
}

/// Pictures of the shots, side by side.
struct Strip {
    jpeg: String,
    count: usize,
    /// Width to height of one.
    ratio: f64,
}

pub(super) fn draw(
    parts: &Parts<'_>,
    material: &Material,
    plan: &MusicEdit,
    made: &[Made],
    out: &Output,
) -> Result<String, Error> {
    let blocks = blocks(material, plan);
    let span = Span::new(plan.music.start, plan.music.start + plan.settings.length);
    let music = &material.music;
    let wave = glimpse::waveform(parts.tools, &music.path, &music.info, span, WAVE_RATE, parts.cancel)?;
    let strip = strip(parts, plan, &blocks, made, out)?;
    let cuts: Vec<f64> = blocks.iter().flat_map(|block| inner_cuts(material, block)).collect();
    Ok(svg(plan, &blocks, &cuts, &wave.values, strip.as_ref()))
}

fn blocks<'a>(material: &Material, plan: &'a MusicEdit) -> Vec<Block<'a>> {
    let ends = plan.shots.iter().skip(1).map(|shot| shot.at).chain([plan.settings.length]);
    let mut blocks: Vec<Block<'_>> = plan
        .shots
        .iter()
        .zip(ends)
        .map(|(shot, end)| {
            let source = plan.sources.iter().position(|footage| footage.id == shot.source).unwrap_or(0);
            let look = material.pieces.get(source).and_then(|piece| piece.look());
            let span = Span::new(shot.start, shot.start + end - shot.at);
            let still = plan.sources.get(source).is_some_and(|footage| footage.still);
            let motion = look.filter(|_| !still).and_then(|look| look.motion.mean(span)).unwrap_or(0.0);
            Block { shot, end, source, still, motion }
        })
        .collect();
    let most = blocks.iter().fold(0.02_f64, |most, block| most.max(block.motion));
    blocks.iter_mut().for_each(|block| block.motion /= most);
    blocks
}

/// Cuts of the footage inside a shot that was taken as it was.
fn inner_cuts(material: &Material, block: &Block<'_>) -> Vec<f64> {
    let look = material.pieces.get(block.source).filter(|_| !block.still).and_then(|piece| piece.look());
    let cuts = look.map_or(&[][..], |look| &look.shots).iter().skip(1);
    let cuts = cuts.map(|shot| block.shot.at + shot.start - block.shot.start);
    cuts.filter(|cut| *cut > block.shot.at + 0.02 && *cut < block.end - 0.02).collect()
}

/// Pictures from the middle of each shot of the first finished file.
fn strip(
    parts: &Parts<'_>,
    plan: &MusicEdit,
    blocks: &[Block<'_>],
    made: &[Made],
    out: &Output,
) -> Result<Option<Strip>, Error> {
    let Some(made) = made.iter().find(|made| made.error.is_none()) else { return Ok(None) };
    let rate = f64::from(plan.settings.frame_rate[0]) / f64::from(plan.settings.frame_rate[1].max(1));
    let mut frames: Vec<u64> = Vec::new();
    for block in blocks {
        let middle = ((block.shot.at + block.end) / 2.0 * rate) as u64;
        // Two shots never share a picture, or all after them would be off by one.
        frames.push(middle.max(frames.last().map_or(0, |last| last + 1)).min(made.frames.saturating_sub(1)));
    }
    frames.dedup();
    let count = glimpse::shown(frames.len());
    let jpeg = glimpse::strip(parts.tools, &out.path(&made.video), &frames, 2 * SHOTS.1 as u32 * 3 / 4, parts.cancel)?;
    Ok((!jpeg.is_empty()).then(|| Strip { jpeg: base64(&jpeg), count, ratio: made.aspect.ratio() }))
}

/// Where things stand.
#[derive(Clone, Copy)]
struct Grid {
    scale: f64,
    width: f64,
}

impl Grid {
    fn x(self, t: f64) -> f64 {
        MARGIN + t * self.scale
    }
}

fn svg(plan: &MusicEdit, blocks: &[Block<'_>], cuts: &[f64], wave: &[f32], strip: Option<&Strip>) -> String {
    let length = plan.settings.length.max(0.1);
    let inner = (length * SCALE).clamp(WIDTH.0, WIDTH.1);
    let grid = Grid { scale: inner / length, width: inner + 2.0 * MARGIN };
    let mut out = String::new();
    let _ = write!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {0:.0} {HEIGHT}" width="{0:.0}" height="{HEIGHT}" font-family="system-ui,sans-serif" role="img" aria-label="Timeline of an edit to music"><defs><linearGradient id="w" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#7fd6ff"/><stop offset=".5" stop-color="#b9ecff"/><stop offset="1" stop-color="#7fd6ff"/></linearGradient><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#000" stop-opacity=".45"/><stop offset=".45" stop-color="#000" stop-opacity="0"/></linearGradient></defs><rect width="100%" height="100%" rx="14" fill="#14161c"/>"##,
        grid.width
    );
    heading(&mut out, plan, blocks);
    sections(&mut out, plan, grid);
    beats(&mut out, plan, grid);
    waveform(&mut out, wave, grid, length);
    shots(&mut out, blocks, strip, grid);
    for cut in cuts {
        let (x, top) = (grid.x(*cut), SHOTS.0);
        let _ = write!(
            out,
            r##"<path d="M{x:.1} {top}v{}" stroke="#fff" stroke-width="1.5" stroke-dasharray="4 3"/>"##,
            SHOTS.1
        );
    }
    axis(&mut out, length, grid);
    out.push_str("</svg>\n");
    out
}

fn heading(out: &mut String, plan: &MusicEdit, blocks: &[Block<'_>]) {
    let name = plan.music.path.rsplit('/').next().unwrap_or_default();
    let tempo = plan.music.bpm.map_or("no beat".to_owned(), |bpm| format!("{bpm:.0} beats a minute"));
    let about = format!(
        "{tempo} · from {} · {} shots from {} source(s) · {} long",
        format_time(plan.music.start),
        blocks.len(),
        plan.sources.len(),
        format_time(plan.settings.length)
    );
    let _ = write!(
        out,
        r##"<text x="{MARGIN}" y="32" fill="#f2f3f5" font-size="17" font-weight="600">{}<tspan dx="14" fill="#9298a5" font-size="13" font-weight="400">{}</tspan></text>"##,
        escaped(name),
        escaped(&about)
    );
}

/// Bands behind the waveform: the fuller, the brighter.
fn sections(out: &mut String, plan: &MusicEdit, grid: Grid) {
    for section in &plan.music.sections {
        let (from, to) = (grid.x(section.start - plan.music.start), grid.x(section.end - plan.music.start));
        let (top, height) = WAVE;
        let opacity = 0.08 + 0.32 * section.energy.clamp(0.0, 1.0);
        let level = top + height * (1.0 - section.energy.clamp(0.0, 1.0));
        let width = (to - from - 1.0).max(0.5);
        let _ = write!(
            out,
            r##"<rect x="{from:.1}" y="{top}" width="{width:.1}" height="{height}" fill="#3b6ea8" opacity="{opacity:.2}"><title>section, energy {:.2}</title></rect><path d="M{from:.1} {level:.1}h{width:.1}" stroke="#ffd27a" stroke-width="1.5" stroke-opacity=".8"/>"##,
            section.energy
        );
    }
}

fn beats(out: &mut String, plan: &MusicEdit, grid: Grid) {
    let (top, height) = WAVE;
    let bottom = top + height;
    let mut marks = |times: &[f64], above: f64, below: f64, style: &str| {
        let path: String = times
            .iter()
            .map(|t| format!("M{:.1} {}V{}", grid.x(t - plan.music.start), top - above, bottom + below))
            .collect();
        if !path.is_empty() {
            let _ = write!(out, r##"<path d="{path}" fill="none" {style}/>"##);
        }
    };
    marks(&plan.music.beats, 0.0, 4.0, r##"stroke="#fff" stroke-opacity=".13""##);
    marks(&plan.music.downbeats, 4.0, 8.0, r##"stroke="#fff" stroke-opacity=".42""##);
}

fn waveform(out: &mut String, wave: &[f32], grid: Grid, length: f64) {
    let (top, height) = WAVE;
    let middle = top + height / 2.0;
    let loudest = wave.iter().fold(0.05_f32, |most, value| most.max(*value));
    let step = 1.0 / f64::from(WAVE_RATE);
    let bar = (grid.scale * step * 0.62).max(0.8);
    let path: String = wave
        .iter()
        .enumerate()
        .filter(|(index, _)| *index as f64 * step < length)
        .map(|(index, value)| {
            let half = (f64::from(*value / loudest) * height * 0.47).max(0.5);
            format!("M{:.1} {:.1}V{:.1}", grid.x((index as f64 + 0.5) * step), middle - half, middle + half)
        })
        .collect();
    let _ = write!(
        out,
        r##"<path d="{path}" stroke="#9fe0ff" stroke-opacity=".85" stroke-width="{bar:.1}" stroke-linecap="round" fill="none"/>"##
    );
}

fn shots(out: &mut String, blocks: &[Block<'_>], strip: Option<&Strip>, grid: Grid) {
    if let Some(strip) = strip {
        let (width, height) = (SHOTS.1 * strip.ratio * strip.count as f64, SHOTS.1);
        let _ = write!(
            out,
            r##"<defs><image id="p" width="{width:.1}" height="{height}" preserveAspectRatio="none" xlink:href="data:image/jpeg;base64,{}"/></defs>"##,
            strip.jpeg
        );
    }
    for (index, block) in blocks.iter().enumerate() {
        one_shot(out, index, block, strip.filter(|strip| index < strip.count), grid);
    }
    for block in blocks {
        if let Some(joint) = block.shot.joint {
            let (x, half) = (grid.x(block.shot.at), joint.seconds / 2.0 * grid.scale);
            let (top, bottom) = (SHOTS.0, SHOTS.0 + SHOTS.1);
            let _ = write!(
                out,
                r##"<path d="M{:.1} {bottom}L{x:.1} {top}L{:.1} {bottom}Z" fill="#fff" fill-opacity=".62" stroke="#14161c" stroke-width=".8"><title>{}, {:.2} s</title></path>"##,
                x - half.max(3.0),
                x + half.max(3.0),
                joint_name(joint.kind),
                joint.seconds
            );
        }
    }
}

fn one_shot(out: &mut String, index: usize, block: &Block<'_>, strip: Option<&Strip>, grid: Grid) {
    let (x, width) = (grid.x(block.shot.at), (block.end - block.shot.at) * grid.scale);
    let colour = COLOURS[block.source % COLOURS.len()];
    let (top, height) = SHOTS;
    let inner = (width - 2.0).max(0.5);
    let about = format!("{} from {}: {}", block.shot.source, format_time(block.shot.start), block.shot.reason);
    let _ = write!(
        out,
        r##"<g class="shot" data-at="{:.3}"><title>{}</title><svg x="{:.1}" y="{top}" width="{inner:.1}" height="{height}"><rect width="100%" height="100%" fill="{colour}" fill-opacity=".55"/>"##,
        block.shot.at,
        escaped(&about),
        x + 1.0
    );
    if let Some(strip) = strip {
        let one = height * strip.ratio;
        // As many copies of the picture as the block is wide, the last one cut off.
        let copies = (inner / one).ceil().clamp(1.0, 40.0) as usize;
        for copy in 0..copies {
            let left = if copies == 1 { (inner - one) / 2.0 } else { copy as f64 * one };
            let _ = write!(
                out,
                r##"<svg x="{left:.1}" width="{one:.1}" height="{height}"><use xlink:href="#p" x="{:.1}"/></svg>"##,
                -one * index as f64
            );
        }
        out.push_str(r##"<rect width="100%" height="100%" fill="url(#s)"/>"##);
    }
    if inner > 14.0 {
        let _ = write!(
            out,
            r##"<text x="5" y="15" fill="#fff" font-size="11" font-weight="600">{}</text>"##,
            escaped(&block.shot.source)
        );
    }
    let _ = write!(out, r##"<rect y="{}" width="100%" height="4" fill="{colour}"/></svg>"##, height - 4.0);
    let tall = (block.motion * MOTION.1).max(1.5);
    let _ = write!(
        out,
        r##"<rect x="{:.1}" y="{:.1}" width="{inner:.1}" height="{tall:.1}" rx="1.5" fill="{}"/></g>"##,
        x + 1.0,
        MOTION.0 + MOTION.1 - tall,
        if block.still { "#555b68" } else { colour }
    );
}

fn axis(out: &mut String, length: f64, grid: Grid) {
    let step =
        [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0].into_iter().find(|step| step * grid.scale >= 50.0).unwrap_or(600.0);
    let mut t = 0.0;
    while t <= length {
        let x = grid.x(t);
        let _ = write!(
            out,
            r##"<text x="{x:.1}" y="{FOOT}" fill="#9298a5" font-size="11" text-anchor="middle">{}</text>"##,
            format_time(t).trim_end_matches(".0")
        );
        t += step;
    }
    let _ = write!(
        out,
        r##"<text x="{MARGIN}" y="{}" fill="#6d7380" font-size="10.5">waveform with beats and bars · yellow: how full each section is · shots coloured by source · bars below: how much moves · white: transitions</text>"##,
        FOOT + 17.0
    );
}

fn joint_name(kind: JointKind) -> &'static str {
    match kind {
        JointKind::Dissolve => "dissolve",
        JointKind::Dip => "dip to black",
        JointKind::Flash => "flash",
        JointKind::Push => "push",
        JointKind::Wipe => "wipe",
        JointKind::Zoom => "zoom",
    }
}

/// Safe as text and inside quotes; what XML cannot hold at all is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let value =
            three.iter().enumerate().fold(0_u32, |sum, (index, byte)| sum | u32::from(*byte) << (16 - 8 * index));
        for digit in 0..4 {
            let used = digit <= three.len();
            out.push(if used { char::from(DIGITS[(value >> (18 - 6 * digit)) as usize & 63]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_base64() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn names_cannot_break_out_of_the_picture() {
        assert_eq!(escaped("a\"><script>&\u{1}"), "a&quot;&gt;&lt;script&gt;&amp; ");
    }
}
