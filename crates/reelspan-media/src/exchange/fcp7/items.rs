//! What lies on the tracks: pictures, their sound, the music.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{rate, timecode_element};
use crate::exchange::names::{file_url, one_line};
use crate::exchange::reframe::Motion;
use crate::exchange::xml::Xml;
use crate::exchange::{Framing, Media, MusicPart, Sequence, Shot, Transition};
use crate::plan::JointKind;

/// Files by their place: the first use describes one, every other names its number.
#[derive(Default)]
pub(super) struct Files {
    known: BTreeMap<PathBuf, usize>,
}

pub(super) struct Tracks<'a> {
    pub(super) sequence: &'a Sequence,
    /// Keeps the names of items apart from those of other sequences.
    pub(super) prefix: String,
}

/// Which part of a file an item is.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Picture,
    /// One channel, counted from 1.
    Sound(u32),
}

impl Tracks<'_> {
    pub(super) fn write(&self, xml: &mut Xml, files: &mut Files) {
        let sequence = self.sequence;
        xml.open("video", &[]);
        xml.open("format", &[]);
        xml.open("samplecharacteristics", &[]);
        rate(xml, sequence.rate);
        xml.leaf("width", sequence.width);
        xml.leaf("height", sequence.height);
        xml.leaf("anamorphic", "FALSE");
        xml.leaf("pixelaspectratio", "square");
        xml.leaf("fielddominance", "none");
        xml.close();
        xml.close();
        if sequence.shots.iter().any(|shot| sequence.media[shot.media].picture.is_some()) {
            xml.open("track", &[]);
            for (i, shot) in sequence.shots.iter().enumerate() {
                if let Some(joint) = shot.joint {
                    self.transition(xml, shot, joint);
                }
                self.shot(xml, files, i, Part::Picture);
            }
            xml.close();
        }
        xml.close();
        self.sound(xml, files);
    }

    fn sound(&self, xml: &mut Xml, files: &mut Files) {
        let sequence = self.sequence;
        xml.open("audio", &[]);
        xml.leaf("numOutputChannels", 2);
        xml.open("format", &[]);
        xml.open("samplecharacteristics", &[]);
        xml.leaf("depth", 16);
        xml.leaf("samplerate", 48_000);
        xml.close();
        xml.close();
        for channel in 1..=self.shot_channels() {
            self.open_track(xml, channel, self.shot_channels());
            for (i, shot) in sequence.shots.iter().enumerate() {
                if self.sounds(shot, channel) {
                    self.shot(xml, files, i, Part::Sound(channel));
                }
            }
            xml.close();
        }
        if let Some(music) = &sequence.music {
            let channels = sequence.media[music.media].channels.clamp(1, 2);
            for channel in 1..=channels {
                self.open_track(xml, channel, channels);
                self.music(xml, files, music, channel);
                xml.close();
            }
        }
        xml.close();
    }

    fn sounds(&self, shot: &Shot, channel: u32) -> bool {
        shot.sound.is_some() && channel <= self.sequence.media[shot.media].channels
    }

    /// As many tracks as the shots' sound needs: one or two, or none.
    fn shot_channels(&self) -> u32 {
        let with_sound = self.sequence.shots.iter().filter(|shot| shot.sound.is_some());
        with_sound.map(|shot| self.sequence.media[shot.media].channels.min(2)).max().unwrap_or(0)
    }

    fn open_track(&self, xml: &mut Xml, channel: u32, channels: u32) {
        if channels == 1 {
            return xml.open("track", &[]);
        }
        xml.open(
            "track",
            &[
                ("currentExplodedTrackIndex", &(channel - 1).to_string()),
                ("totalExplodedTrackCount", &channels.to_string()),
                ("premiereTrackType", "Stereo"),
            ],
        );
    }

    fn item_id(&self, kind: &str, index: usize) -> String {
        format!("{}-{kind}-{}", self.prefix, index + 1)
    }

    fn shot(&self, xml: &mut Xml, files: &mut Files, index: usize, part: Part) {
        let sequence = self.sequence;
        let shot = &sequence.shots[index];
        let media = &sequence.media[shot.media];
        let picture = part == Part::Picture;
        // Beside a transition the item reaches under it, and its bound is that of the transition.
        let head = shot.joint.filter(|_| picture).map_or(0, |joint| joint.half);
        let next = sequence.shots.get(index + 1).and_then(|next| next.joint).filter(|_| picture);
        let tail = next.map_or(0, |joint| joint.half);
        let id = match part {
            Part::Picture => self.item_id("v", index),
            Part::Sound(channel) => self.item_id(&format!("a{channel}"), index),
        };
        let times = [
            if head > 0 { -1 } else { shot.record },
            if tail > 0 { -1 } else { shot.end() },
            shot.source - head,
            shot.source + shot.frames + tail,
        ];
        self.open_item(xml, &id, &shot.name, media, times);
        files.write(xml, media);
        self.end_of_item(xml, shot, media, part);
        self.links(xml, index);
        xml.close();
    }

    fn open_item(&self, xml: &mut Xml, id: &str, name: &str, media: &Media, [start, end, from, to]: [i64; 4]) {
        xml.open("clipitem", &[("id", id)]);
        xml.leaf("name", name);
        let whole = media.frames as f64 / media.rate.value() * self.sequence.rate.value();
        xml.leaf("duration", (whole.floor() as i64).max(to));
        rate(xml, self.sequence.rate);
        xml.leaf("start", start);
        xml.leaf("end", end);
        xml.leaf("in", from);
        xml.leaf("out", to);
        if media.still {
            xml.leaf("stillframe", "TRUE");
        }
    }

    fn end_of_item(&self, xml: &mut Xml, shot: &Shot, media: &Media, part: Part) {
        match part {
            Part::Picture => {
                if let Some(framing) = &shot.framing {
                    basic_motion(xml, framing, shot.source);
                }
            }
            Part::Sound(channel) => {
                if let Some(gain) = shot.sound.filter(|gain| *gain != 0.0) {
                    levels(xml, &[], 10_f64.powf(gain / 20.0));
                }
                source_track(xml, channel.min(media.channels.max(1)));
            }
        }
        if !shot.note.trim().is_empty() && part == Part::Picture {
            xml.open("comments", &[]);
            xml.leaf("mastercomment1", one_line(&shot.note));
            xml.close();
        }
    }

    /// Ties a shot's picture and sound together, so that they move as one.
    fn links(&self, xml: &mut Xml, index: usize) {
        let shot = &self.sequence.shots[index];
        let media = &self.sequence.media[shot.media];
        let channels = if shot.sound.is_some() { media.channels.min(self.shot_channels()) } else { 0 };
        if u32::from(media.picture.is_some()) + channels < 2 {
            return;
        }
        let picture = media.picture.map(|_| (self.item_id("v", index), "video", 1, index));
        let before =
            |channel: u32| self.sequence.shots[..index].iter().filter(|shot| self.sounds(shot, channel)).count();
        let sound = (1..=channels)
            .map(|channel| (self.item_id(&format!("a{channel}"), index), "audio", channel, before(channel)));
        for (id, kind, track, place) in picture.into_iter().chain(sound) {
            xml.open("link", &[]);
            xml.leaf("linkclipref", id);
            xml.leaf("mediatype", kind);
            xml.leaf("trackindex", track);
            xml.leaf("clipindex", place + 1);
            xml.close();
        }
    }

    fn music(&self, xml: &mut Xml, files: &mut Files, music: &MusicPart, channel: u32) {
        let media = &self.sequence.media[music.media];
        let id = self.item_id(&format!("m{channel}"), 0);
        let end = music.source + music.frames;
        self.open_item(xml, &id, &media.name, media, [0, music.frames, music.source, end]);
        files.write(xml, media);
        let mut keys = Vec::new();
        if music.fade_in > 0 {
            keys.extend([(music.source, 0.0), (music.source + music.fade_in, 1.0)]);
        }
        if music.fade_out > 0 {
            keys.extend([(end - music.fade_out, 1.0), (end, 0.0)]);
        }
        keys.dedup_by_key(|(frame, _)| *frame);
        if !keys.is_empty() {
            levels(xml, &keys, 1.0);
        }
        source_track(xml, channel);
        xml.close();
    }

    fn transition(&self, xml: &mut Xml, shot: &Shot, joint: Transition) {
        xml.open("transitionitem", &[]);
        xml.leaf("start", shot.record - joint.half);
        xml.leaf("end", shot.record + joint.half);
        xml.leaf("alignment", "center");
        rate(xml, self.sequence.rate);
        let (name, category, wipe) = match joint.kind {
            JointKind::Dissolve | JointKind::Flash | JointKind::Zoom => ("Cross Dissolve", "Dissolve", None),
            JointKind::Dip => ("Dip to Color Dissolve", "Dissolve", None),
            JointKind::Push => ("Push Slide", "Slide", None),
            JointKind::Wipe => ("Edge Wipe", "Wipe", Some(1)),
        };
        xml.open("effect", &[]);
        xml.leaf("name", name);
        xml.leaf("effectid", name);
        xml.leaf("effectcategory", category);
        xml.leaf("effecttype", "transition");
        xml.leaf("mediatype", "video");
        if let Some(code) = wipe {
            xml.leaf("wipecode", code);
            xml.leaf("wipeaccuracy", 100);
        }
        xml.leaf("startratio", 0);
        xml.leaf("endratio", 1);
        xml.leaf("reverse", "FALSE");
        xml.close();
        xml.close();
    }
}

impl Files {
    fn write(&mut self, xml: &mut Xml, media: &Media) {
        let next = self.known.len() + 1;
        let number = *self.known.entry(media.path.clone()).or_insert(next);
        let id = format!("file-{number}");
        if number != next {
            return xml.empty("file", &[("id", &id)]);
        }
        xml.open("file", &[("id", &id)]);
        xml.leaf("name", &media.name);
        xml.leaf("pathurl", file_url(&media.path, "localhost"));
        rate(xml, media.rate);
        if !media.still {
            xml.leaf("duration", media.frames);
        }
        timecode_element(xml, media.rate, media.start, media.drop_frame);
        xml.open("media", &[]);
        if let Some((width, height)) = media.picture {
            xml.open("video", &[]);
            xml.open("samplecharacteristics", &[]);
            rate(xml, media.rate);
            xml.leaf("width", width);
            xml.leaf("height", height);
            xml.close();
            xml.close();
        }
        if media.channels > 0 {
            xml.open("audio", &[]);
            xml.open("samplecharacteristics", &[]);
            xml.leaf("depth", 16);
            xml.leaf("samplerate", media.sample_rate);
            xml.close();
            xml.leaf("channelcount", media.channels);
            xml.close();
        }
        xml.close();
        xml.close();
    }
}

fn source_track(xml: &mut Xml, channel: u32) {
    xml.open("sourcetrack", &[]);
    xml.leaf("mediatype", "audio");
    xml.leaf("trackindex", channel);
    xml.close();
}

fn open_effect(xml: &mut Xml, name: &str, id: &str, kind: &str, media: &str) {
    xml.open("filter", &[]);
    xml.open("effect", &[]);
    xml.leaf("name", name);
    xml.leaf("effectid", id);
    xml.leaf("effectcategory", kind);
    xml.leaf("effecttype", kind);
    xml.leaf("mediatype", media);
}

fn open_parameter(xml: &mut Xml, id: &str, name: &str) {
    xml.open("parameter", &[]);
    xml.leaf("parameterid", id);
    xml.leaf("name", name);
}

/// How loud, as a factor; keys count frames of the file.
fn levels(xml: &mut Xml, keys: &[(i64, f64)], level: f64) {
    open_effect(xml, "Audio Levels", "audiolevels", "audiolevels", "audio");
    open_parameter(xml, "level", "Level");
    xml.leaf("valuemin", 0);
    xml.leaf("valuemax", "3.98109");
    xml.leaf("value", format!("{level:.5}"));
    for (frame, level) in keys {
        xml.open("keyframe", &[]);
        xml.leaf("when", frame);
        xml.leaf("value", level);
        xml.close();
    }
    xml.close();
    xml.close();
    xml.close();
}

/// Scale in percent of the source's own pixels, the middle in parts of the source's size; keys count frames of the file.
fn basic_motion(xml: &mut Xml, framing: &Framing, source: i64) {
    let motions = framing.motions();
    let (width, height) = (f64::from(framing.source.0.max(1)), f64::from(framing.source.1.max(1)));
    let center = |xml: &mut Xml, motion: &Motion| {
        xml.open("value", &[]);
        xml.leaf("horiz", format!("{:.6}", motion.x / width));
        xml.leaf("vert", format!("{:.6}", motion.y / height));
        xml.close();
    };
    open_effect(xml, "Basic Motion", "basic", "motion", "video");
    open_parameter(xml, "scale", "Scale");
    xml.leaf("valuemin", 0);
    xml.leaf("valuemax", 1000);
    xml.leaf("value", format!("{:.4}", motions[0].scale * 100.0));
    xml.close();
    open_parameter(xml, "center", "Center");
    center(xml, &motions[0]);
    for motion in motions.iter().filter(|_| motions.len() > 1) {
        xml.open("keyframe", &[]);
        xml.leaf("when", source + motion.frame);
        center(xml, motion);
        xml.close();
    }
    xml.close();
    xml.close();
    xml.close();
}
