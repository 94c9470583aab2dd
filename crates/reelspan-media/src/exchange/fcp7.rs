//! The XML of Final Cut Pro 7 (xmeml 5), which Premiere and Resolve read.

mod items;

use super::names::one_line;
use super::time::{Rate, timecode};
use super::xml::Xml;
use super::{Marker, Sequence, Shot, Written};
use crate::plan::JointKind;

pub(super) fn write(sequences: &[Sequence], name: &str) -> Written {
    let mut xml = Xml::new("xmeml");
    xml.open("xmeml", &[("version", "5")]);
    let several = sequences.len() > 1;
    if several {
        xml.open("project", &[]);
        xml.leaf("name", name);
        xml.open("children", &[]);
    }
    let mut files = items::Files::default();
    for (index, sequence) in sequences.iter().enumerate() {
        write_sequence(&mut xml, sequence, index, &mut files);
    }
    Written { id: None, text: xml.finish(), notes: notes(sequences) }
}

fn notes(sequences: &[Sequence]) -> Vec<String> {
    let shots = || sequences.iter().flat_map(|sequence| &sequence.shots);
    let mut notes = Vec::new();
    if shots().any(|shot| shot.framing.is_some()) {
        notes.push(
            "framing is written as Basic Motion, its middle in parts of the source's size as Premiere counts it"
                .to_owned(),
        );
    }
    let odd = |shot: &Shot| shot.joint.is_some_and(|joint| matches!(joint.kind, JointKind::Flash | JointKind::Zoom));
    if shots().any(odd) {
        notes.push("flash and zoom come as dissolves".to_owned());
    }
    if sequences.iter().any(|sequence| sequence.rate.den != 1 && !sequence.rate.is_ntsc()) {
        notes.push(
            "this format counts whole frames a second, or whole ones slowed by a thousandth: other rates are rounded"
                .to_owned(),
        );
    }
    notes
}

fn write_sequence(xml: &mut Xml, sequence: &Sequence, index: usize, files: &mut items::Files) {
    let id = format!("sequence-{}", index + 1);
    xml.open("sequence", &[("id", &id)]);
    xml.leaf("name", &sequence.name);
    xml.leaf("duration", sequence.frames);
    rate(xml, sequence.rate);
    timecode_element(xml, sequence.rate, 0, sequence.drop_frame);
    xml.open("media", &[]);
    items::Tracks { sequence, prefix: format!("s{}", index + 1) }.write(xml, files);
    xml.close();
    for marker in &sequence.markers {
        write_marker(xml, marker);
    }
    xml.close();
}

fn write_marker(xml: &mut Xml, marker: &Marker) {
    xml.open("marker", &[]);
    xml.leaf("comment", one_line(&marker.note));
    xml.leaf("name", &marker.name);
    xml.leaf("in", marker.at);
    // None: a marker of one moment.
    xml.leaf("out", -1);
    xml.close();
}

fn rate(xml: &mut Xml, rate: Rate) {
    xml.open("rate", &[]);
    xml.leaf("timebase", rate.nominal());
    xml.leaf("ntsc", if rate.is_ntsc() { "TRUE" } else { "FALSE" });
    xml.close();
}

fn timecode_element(xml: &mut Xml, of: Rate, frame: i64, drop: bool) {
    xml.open("timecode", &[]);
    rate(xml, of);
    xml.leaf("string", timecode(of, frame, drop));
    xml.leaf("frame", frame);
    xml.leaf("displayformat", if drop { "DF" } else { "NDF" });
    xml.close();
}
