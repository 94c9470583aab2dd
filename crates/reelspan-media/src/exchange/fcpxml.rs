//! Final Cut Pro's own XML, version 1.10: resources once, a project for each sequence.

use super::names::{file_url, one_line};
use super::time::{Rate, Seconds};
use super::xml::Xml;
use super::{Framing, Marker, MarkerKind, Media, MusicPart, Sequence, Shot, Transition, Written};
use crate::plan::JointKind;

const VERSION: &str = "1.10";
/// Transitions that are built into Final Cut Pro, by the name and number that it gives them itself.
const DISSOLVE: (&str, &str) = ("Cross Dissolve", "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265");
const FADE_TO_COLOR: (&str, &str) = ("Fade To Color", "FxPlug:F779C565-486D-4633-8035-0374B4DB8F5C");
/// Rates that it can be told to take frames from as they come.
const CONFORMED: [(&str, u32, u32); 10] = [
    ("23.98", 24_000, 1001),
    ("24", 24, 1),
    ("25", 25, 1),
    ("29.97", 30_000, 1001),
    ("30", 30, 1),
    ("47.95", 48_000, 1001),
    ("48", 48, 1),
    ("50", 50, 1),
    ("59.94", 60_000, 1001),
    ("60", 60, 1),
];

pub(super) fn write(sequences: &[Sequence], name: &str) -> Written {
    let mut resources = Resources::default();
    let parts: Vec<Part<'_>> = sequences.iter().map(|sequence| resources.part(sequence)).collect();
    let mut xml = Xml::new("fcpxml");
    xml.open("fcpxml", &[("version", VERSION)]);
    resources.write(&mut xml);
    xml.open("library", &[]);
    xml.open("event", &[("name", name)]);
    for part in &parts {
        part.project(&mut xml);
    }
    Written { id: None, text: xml.finish(), notes: notes(sequences) }
}

fn notes(sequences: &[Sequence]) -> Vec<String> {
    let mut notes = Vec::new();
    let shots = || sequences.iter().flat_map(|sequence| &sequence.shots);
    let odd = |shot: &Shot| shot.joint.is_some_and(|joint| !matches!(joint.kind, JointKind::Dissolve | JointKind::Dip));
    if shots().any(odd) {
        notes.push(
            "Final Cut Pro gets flash, push, wipe and zoom as dissolves, their own names in the clip's note".to_owned(),
        );
    }
    if let Some(sequence) = sequences.iter().find(|sequence| conformed(sequence.rate).is_none()) {
        notes.push(format!(
            "Final Cut Pro has no projects of {} frames a second and will take the nearest it has",
            sequence.rate
        ));
    }
    notes
}

fn conformed(rate: Rate) -> Option<&'static str> {
    CONFORMED.iter().find(|(_, num, den)| (*num, *den) == (rate.num, rate.den)).map(|(name, ..)| *name)
}

/// Formats, files and effects, each once, whatever uses them.
#[derive(Default)]
struct Resources {
    formats: Vec<(Rate, Option<(u32, u32)>)>,
    assets: Vec<(Media, Option<usize>)>,
    effects: Vec<(&'static str, &'static str)>,
}

impl Resources {
    fn part<'a>(&mut self, sequence: &'a Sequence) -> Part<'a> {
        let format = self.format(sequence.rate, (sequence.width, sequence.height));
        let assets = sequence.media.iter().map(|media| self.asset(media)).collect();
        for joint in sequence.shots.iter().filter_map(|shot| shot.joint) {
            let effect = effect_of(joint.kind);
            if !self.effects.contains(&effect) {
                self.effects.push(effect);
            }
        }
        Part { sequence, format, assets }
    }

    fn format(&mut self, rate: Rate, size: (u32, u32)) -> usize {
        let wanted = (rate, Some(size));
        self.formats.iter().position(|format| *format == wanted).unwrap_or_else(|| {
            self.formats.push(wanted);
            self.formats.len() - 1
        })
    }

    fn asset(&mut self, media: &Media) -> usize {
        let format = media.picture.map(|size| self.format(media.rate, size));
        match self.assets.iter_mut().position(|(known, _)| known.path == media.path && known.picture == media.picture) {
            Some(known) => {
                let asset = &mut self.assets[known].0;
                asset.frames = asset.frames.max(media.frames);
                known
            }
            None => {
                self.assets.push((media.clone(), format));
                self.assets.len() - 1
            }
        }
    }

    fn write(&self, xml: &mut Xml) {
        xml.open("resources", &[]);
        for (index, (rate, size)) in self.formats.iter().enumerate() {
            let (width, height) = size.unwrap_or_default();
            let frame = format!("{}/{}s", rate.den, rate.num);
            xml.empty(
                "format",
                &[
                    ("id", &format_id(index)),
                    ("frameDuration", &frame),
                    ("width", &width.to_string()),
                    ("height", &height.to_string()),
                    ("colorSpace", "1-1-1 (Rec. 709)"),
                ],
            );
        }
        for (index, (media, format)) in self.assets.iter().enumerate() {
            asset(xml, index, media, *format);
        }
        for (name, uid) in &self.effects {
            xml.empty("effect", &[("id", effect_id(name)), ("name", name), ("uid", uid)]);
        }
        xml.close();
    }
}

fn asset(xml: &mut Xml, index: usize, media: &Media, format: Option<usize>) {
    let id = asset_id(index);
    let start = media.rate.seconds(media.start).to_string();
    let duration = media.rate.seconds(media.frames).to_string();
    let format = format.map(format_id);
    let (channels, rate) = (media.channels.to_string(), media.sample_rate.to_string());
    let mut attributes = vec![("id", id.as_str()), ("name", &media.name), ("start", &start), ("duration", &duration)];
    if let Some(format) = &format {
        attributes.extend([("hasVideo", "1"), ("format", format.as_str()), ("videoSources", "1")]);
    }
    if media.channels > 0 {
        attributes.extend([
            ("hasAudio", "1"),
            ("audioSources", "1"),
            ("audioChannels", &channels),
            ("audioRate", &rate),
        ]);
    }
    xml.open("asset", &attributes);
    xml.empty("media-rep", &[("kind", "original-media"), ("src", &file_url(&media.path, ""))]);
    xml.close();
}

fn format_id(index: usize) -> String {
    format!("f{}", index + 1)
}

fn asset_id(index: usize) -> String {
    format!("a{}", index + 1)
}

fn effect_of(kind: JointKind) -> (&'static str, &'static str) {
    if kind == JointKind::Dip { FADE_TO_COLOR } else { DISSOLVE }
}

fn effect_id(name: &str) -> &'static str {
    if name == FADE_TO_COLOR.0 { "e2" } else { "e1" }
}

/// One sequence and the numbers of what it uses.
struct Part<'a> {
    sequence: &'a Sequence,
    format: usize,
    assets: Vec<usize>,
}

impl Part<'_> {
    fn at(&self, frames: i64) -> Seconds {
        self.sequence.rate.seconds(frames)
    }

    /// The start of a stretch in the file's own time.
    fn start(&self, media: usize, source: i64) -> Seconds {
        let media = &self.sequence.media[media];
        media.rate.seconds(media.start).plus(self.at(source))
    }

    fn project(&self, xml: &mut Xml) {
        let sequence = self.sequence;
        xml.open("project", &[("name", &sequence.name)]);
        let drop = if sequence.drop_frame { "DF" } else { "NDF" };
        xml.open(
            "sequence",
            &[
                ("format", &format_id(self.format)),
                ("duration", &self.at(sequence.frames).to_string()),
                ("tcStart", "0s"),
                ("tcFormat", drop),
                ("audioLayout", "stereo"),
                ("audioRate", "48k"),
            ],
        );
        if !sequence.notes.is_empty() {
            xml.leaf("note", sequence.notes.join("; "));
        }
        xml.open("spine", &[]);
        for (i, shot) in sequence.shots.iter().enumerate() {
            if let Some(joint) = shot.joint {
                self.transition(xml, shot, joint);
            }
            let after = sequence.shots.get(i + 1);
            let next = after.map_or(i64::MAX, |next| next.record);
            let tail = after.and_then(|next| next.joint).map_or(0, |joint| joint.half);
            let markers: Vec<_> =
                self.markers_of_shots().filter(|marker| (shot.record..next).contains(&marker.at)).collect();
            self.shot(xml, shot, (i == 0, tail), &markers);
        }
        xml.close();
        xml.close();
        xml.close();
    }

    /// Beats stand on the music, so that they stay with it; without music all stand on the shots.
    fn markers_of_shots(&self) -> impl Iterator<Item = &Marker> {
        let musical = |marker: &Marker| matches!(marker.kind, MarkerKind::Beat | MarkerKind::Downbeat);
        let music = self.sequence.music.is_some();
        self.sequence.markers.iter().filter(move |marker| !(music && musical(marker)))
    }

    /// `tail` frames after its end are shown while the next shot takes over.
    fn shot(&self, xml: &mut Xml, shot: &Shot, (first, tail): (bool, i64), markers: &[&Marker]) {
        let media = &self.sequence.media[shot.media];
        let id = asset_id(self.assets[shot.media]);
        let (offset, duration) = (self.at(shot.record).to_string(), self.at(shot.frames).to_string());
        let begins = self.start(shot.media, shot.source);
        let start = begins.to_string();
        let timing = [("offset", offset.as_str()), ("name", &shot.name), ("start", &start), ("duration", &duration)];
        if media.still {
            xml.open("clip", &timing);
        } else {
            let drop = if media.drop_frame { "DF" } else { "NDF" };
            let mut attributes = vec![("ref", id.as_str())];
            attributes.extend(timing);
            attributes.extend([("tcFormat", drop), ("audioRole", "dialogue")]);
            if shot.sound.is_none() && media.channels > 0 && media.picture.is_some() {
                attributes.push(("srcEnable", "video"));
            }
            xml.open("asset-clip", &attributes);
        }
        self.note(xml, shot);
        if media.picture.is_some() && !media.still && media.rate != self.sequence.rate {
            conform(xml, media.rate);
        }
        if media.picture.is_some() {
            self.framing(xml, shot, begins);
        }
        if let Some(gain) = shot.sound.filter(|gain| *gain != 0.0) {
            xml.empty("adjust-volume", &[("amount", &format!("{gain}dB"))]);
        }
        if media.still {
            let whole = self.at(shot.source + shot.frames + tail).to_string();
            xml.empty("video", &[("ref", &id), ("offset", "0s"), ("start", "0s"), ("duration", &whole)]);
        }
        if let Some(music) = self.sequence.music.as_ref().filter(|_| first) {
            self.music(xml, music, begins);
        }
        for marker in markers {
            self.marker(xml, marker, begins.plus(self.at(marker.at - shot.record)));
        }
        xml.close();
    }

    fn note(&self, xml: &mut Xml, shot: &Shot) {
        let joint = shot.joint.filter(|joint| !matches!(joint.kind, JointKind::Dissolve | JointKind::Dip));
        let joint = joint.map(|joint| format!("transition: {}", super::joint_name(joint.kind)));
        let note: Vec<_> = [one_line(&shot.note)].into_iter().filter(|note| !note.is_empty()).chain(joint).collect();
        if !note.is_empty() {
            xml.leaf("note", note.join("; "));
        }
    }

    /// Scale is over what fits by itself; places are percents of the canvas's height, up and to the right.
    fn framing(&self, xml: &mut Xml, shot: &Shot, begins: Seconds) {
        xml.empty("adjust-conform", &[("type", "fit")]);
        let Some(framing) = &shot.framing else { return };
        let value = |motion: &super::reframe::Motion| values(framing, motion);
        let motions = framing.motions();
        let (position, scale) = value(&motions[0]);
        let attributes = [("position", position.as_str()), ("scale", &scale)];
        if motions.len() == 1 {
            xml.empty("adjust-transform", &attributes);
            return;
        }
        xml.open("adjust-transform", &attributes);
        xml.open("param", &[("name", "position"), ("value", &position)]);
        xml.open("keyframeAnimation", &[]);
        for motion in &motions {
            let time = begins.plus(self.at(motion.frame)).to_string();
            xml.empty("keyframe", &[("time", &time), ("value", &value(motion).0), ("curve", "linear")]);
        }
        xml.close();
        xml.close();
        xml.close();
    }

    fn transition(&self, xml: &mut Xml, shot: &Shot, joint: Transition) {
        let (name, _) = effect_of(joint.kind);
        let (offset, duration) = (self.at(shot.record - joint.half).to_string(), self.at(2 * joint.half).to_string());
        xml.open("transition", &[("name", name), ("offset", &offset), ("duration", &duration)]);
        xml.empty("filter-video", &[("ref", effect_id(name)), ("name", name)]);
        xml.close();
    }

    /// Hangs below the first shot, from its first frame.
    fn music(&self, xml: &mut Xml, music: &MusicPart, parent: Seconds) {
        let media = &self.sequence.media[music.media];
        let begins = self.start(music.media, music.source);
        xml.open(
            "asset-clip",
            &[
                ("ref", &asset_id(self.assets[music.media])),
                ("lane", "-1"),
                ("offset", &parent.to_string()),
                ("name", &media.name),
                ("start", &begins.to_string()),
                ("duration", &self.at(music.frames).to_string()),
                ("audioRole", "music"),
            ],
        );
        if music.fade_in + music.fade_out > 0 {
            xml.open("adjust-volume", &[("amount", "0dB")]);
            xml.open("param", &[("name", "amount"), ("value", "0dB")]);
            for (tag, frames) in [("fadeIn", music.fade_in), ("fadeOut", music.fade_out)] {
                if frames > 0 {
                    xml.empty(tag, &[("type", "linear"), ("duration", &self.at(frames).to_string())]);
                }
            }
            xml.close();
            xml.close();
        }
        for marker in &self.sequence.markers {
            if matches!(marker.kind, MarkerKind::Beat | MarkerKind::Downbeat) && marker.at < music.frames {
                self.marker(xml, marker, begins.plus(self.at(marker.at)));
            }
        }
        xml.close();
    }

    fn marker(&self, xml: &mut Xml, marker: &Marker, start: Seconds) {
        let (start, length, note) = (start.to_string(), self.at(1).to_string(), one_line(&marker.note));
        let mut attributes = vec![("start", start.as_str()), ("duration", &length), ("value", &marker.name)];
        if marker.kind == MarkerKind::Todo {
            attributes.push(("completed", "0"));
        }
        if !note.is_empty() {
            attributes.push(("note", &note));
        }
        xml.empty("marker", &attributes);
    }
}

/// Frames of another rate are taken as they come: nothing runs slower or faster.
fn conform(xml: &mut Xml, rate: Rate) {
    let mut attributes = vec![("scaleEnabled", "0")];
    attributes.extend(conformed(rate).map(|name| ("srcFrameRate", name)));
    xml.empty("conform-rate", &attributes);
}

fn values(framing: &Framing, motion: &super::reframe::Motion) -> (String, String) {
    let height = f64::from(framing.canvas.1.max(1));
    let percent = |pixels: f64| tidy(pixels * 100.0 / height);
    let scale = tidy(motion.scale / framing.fitted());
    (format!("{} {}", percent(motion.x), percent(-motion.y)), format!("{scale} {scale}"))
}

/// Five decimals at most, no minus before nothing.
fn tidy(value: f64) -> String {
    let text = format!("{value:.5}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
