//! CMX3600: one video track as a list of events, made for tape machines and read everywhere.

use super::names::{one_line, reels};
use super::time::{Rate, may_drop, timecode};
use super::{ExchangeError, MusicPart, Sequence, Shot, Written};
use crate::plan::JointKind;

/// Timecode has two digits for frames.
const MOST_FRAMES: f64 = 100.0;
const MOST_EVENTS: usize = 999;
/// Programmes begin at one o'clock.
const HOUR: i64 = 3600;
const LONGEST_TITLE: usize = 70;

pub(super) fn write(sequence: &Sequence) -> Result<Written, ExchangeError> {
    if sequence.rate.value() > MOST_FRAMES {
        return Err(ExchangeError::TooManyFrames(sequence.rate.to_string()));
    }
    let list = List {
        sequence,
        reels: reels(sequence.media.iter().map(|media| media.name.as_str())),
        drop: sequence.drop_frame && may_drop(sequence.rate),
    };
    let (text, events) = list.text();
    Ok(Written { id: Some(sequence.id.clone()), text, notes: list.notes(events) })
}

struct List<'a> {
    sequence: &'a Sequence,
    reels: Vec<String>,
    drop: bool,
}

/// The shots on both sides of one.
struct Around<'a> {
    before: Option<&'a Shot>,
    next: Option<&'a Shot>,
}

/// The four times of an event, in frames.
struct Times {
    source: i64,
    record: i64,
    frames: i64,
}

impl List<'_> {
    /// The whole list, and how many events it holds.
    fn text(&self) -> (String, usize) {
        let title: String = one_line(&self.sequence.name).chars().take(LONGEST_TITLE).collect();
        let mode = if self.drop { "DROP FRAME" } else { "NON-DROP FRAME" };
        let mut text = format!("TITLE: {title}\nFCM: {mode}\n\n");
        let shots = &self.sequence.shots;
        let mut number = 0;
        for (i, shot) in shots.iter().enumerate() {
            let around =
                Around { before: i.checked_sub(1).and_then(|before| shots.get(before)), next: shots.get(i + 1) };
            for (part, channels) in self.channels(shot, &around).iter().enumerate() {
                number += 1;
                text += &self.event(number, shot, channels, &around);
                if part == 0 {
                    text += &self.markers(shot, around.next);
                }
                text.push('\n');
            }
        }
        if let Some(music) = &self.sequence.music {
            number += 1;
            text += &self.music(number, music);
        }
        (text, number)
    }

    /// Picture and sound are one event, unless a transition moves the picture's bounds: the sound is cut where it is cut.
    fn channels(&self, shot: &Shot, around: &Around<'_>) -> &'static [&'static str] {
        let joined = shot.joint.is_some() || around.next.is_some_and(|next| next.joint.is_some());
        match (self.sequence.media[shot.media].picture.is_some(), shot.sound.is_some()) {
            (true, true) if joined => &["V", "AA"],
            (true, true) => &["AA/V"],
            (true, false) => &["V"],
            (false, _) => &["AA"],
        }
    }

    /// One event. A list knows no transition that stands on a cut: it begins with the event, so the event begins early.
    fn event(&self, number: usize, shot: &Shot, channels: &str, around: &Around<'_>) -> String {
        let picture = channels != "AA";
        let joint = shot.joint.filter(|_| picture);
        let head = joint.map_or(0, |joint| joint.half);
        let tail = around.next.and_then(|next| next.joint).filter(|_| picture).map_or(0, |joint| joint.half);
        let times = Times { source: shot.source - head, record: shot.record - head, frames: shot.frames + head - tail };
        let name = one_line(&shot.name);
        let mut text = String::new();
        match (joint, around.before) {
            (Some(joint), Some(before)) => {
                let old = Times { source: before.source + before.frames - head, record: times.record, frames: 0 };
                text += &self.line(number, before.media, channels, "C", None, &old);
                let code = if joint.kind == JointKind::Wipe { "W001" } else { "D" };
                text += &self.line(number, shot.media, channels, code, Some(2 * joint.half), &times);
                text += &format!("* FROM CLIP NAME: {}\n* TO CLIP NAME: {name}\n", one_line(&before.name));
                if !matches!(joint.kind, JointKind::Dissolve | JointKind::Wipe) {
                    text += &format!("* TRANSITION: {}\n", super::joint_name(joint.kind).to_uppercase());
                }
            }
            _ => {
                text += &self.line(number, shot.media, channels, "C", None, &times);
                text += &format!("* FROM CLIP NAME: {name}\n");
            }
        }
        text + &self.comments(shot)
    }

    fn comments(&self, shot: &Shot) -> String {
        let media = &self.sequence.media[shot.media];
        let mut text = format!("* SOURCE FILE: {}\n", one_line(&media.path.to_string_lossy()));
        if media.still {
            text += "* STILL PICTURE\n";
        } else if media.rate != self.sequence.rate && media.picture.is_some() {
            text += &format!(
                "* SOURCE RUNS AT {} FRAMES A SECOND, TIMES ARE COUNTED AT {}\n",
                media.rate, self.sequence.rate
            );
        }
        if !shot.note.trim().is_empty() {
            text += &format!("* COMMENT: {}\n", one_line(&shot.note));
        }
        text
    }

    fn music(&self, number: usize, music: &MusicPart) -> String {
        let own = self.sequence.shots.iter().any(|shot| shot.sound.is_some());
        let times = Times { source: music.source, record: 0, frames: music.frames };
        let media = &self.sequence.media[music.media];
        let line = self.line(number, music.media, if own { "A3" } else { "AA" }, "C", None, &times);
        let (name, path) = (one_line(&media.name), one_line(&media.path.to_string_lossy()));
        format!("{line}* FROM CLIP NAME: {name}\n* SOURCE FILE: {path}\n")
    }

    fn line(
        &self,
        number: usize,
        media: usize,
        channels: &str,
        code: &str,
        length: Option<i64>,
        times: &Times,
    ) -> String {
        let file = &self.sequence.media[media];
        let rate = self.sequence.rate;
        let length = length.map_or(String::new(), |frames| format!("{frames:03}"));
        // The file's timecode is counted at its own rate; a list knows one rate only.
        let start =
            if file.rate == rate { file.start } else { rate.nearest_frame(file.rate.seconds(file.start).value()) };
        let source = |frames: i64| timecode(rate, start + frames, self.drop);
        let record = |frames: i64| timecode(rate, hour(rate, self.drop) + frames, self.drop);
        format!(
            "{number:03}  {:<8} {channels:<5} {code:<4} {length:>3} {} {} {} {}\n",
            self.reels[media],
            source(times.source),
            source(times.source + times.frames),
            record(times.record),
            record(times.record + times.frames),
        )
    }

    /// Those between this shot's cut and the next.
    fn markers(&self, shot: &Shot, next: Option<&Shot>) -> String {
        let end = if next.is_some() { shot.end() } else { i64::MAX };
        let here = self.sequence.markers.iter().filter(|marker| (shot.record..end).contains(&marker.at));
        let line = |marker: &super::Marker| {
            let at = timecode(self.sequence.rate, hour(self.sequence.rate, self.drop) + marker.at, self.drop);
            let note = one_line(&marker.note);
            let words =
                if note.is_empty() { one_line(&marker.name) } else { format!("{} ({note})", one_line(&marker.name)) };
            format!("* LOC: {at} {:<7} {words}\n", marker.kind.color())
        };
        here.map(line).collect()
    }

    fn notes(&self, events: usize) -> Vec<String> {
        let shots = &self.sequence.shots;
        let mut notes = Vec::new();
        if shots.iter().any(|shot| shot.framing.is_some()) {
            notes.push("an EDL has no framing: pictures come whole".to_owned());
        }
        let odd =
            |shot: &Shot| shot.joint.is_some_and(|joint| !matches!(joint.kind, JointKind::Dissolve | JointKind::Wipe));
        if shots.iter().any(odd) {
            notes.push(
                "an EDL knows dissolves and wipes only: other transitions come as dissolves with a comment".to_owned(),
            );
        }
        let media = &self.sequence.media;
        if shots.iter().any(|shot| !media[shot.media].still && media[shot.media].rate != self.sequence.rate) {
            notes.push(
                "an EDL knows one frame rate: times of sources with another are counted at the timeline's".to_owned(),
            );
        }
        if events > MOST_EVENTS {
            notes.push(format!("more than {MOST_EVENTS} events: some editors read no more than that"));
        }
        if self.sequence.music.as_ref().is_some_and(|music| music.fade_in + music.fade_out > 0) {
            notes.push("an EDL has no fades of sound".to_owned());
        }
        let whole_day = self.sequence.rate.nearest_frame(86_400.0);
        if shots.iter().any(|shot| media[shot.media].start + shot.source + shot.frames >= whole_day) {
            notes.push("timecode starts again after 24 hours, so late places of the source look early".to_owned());
        }
        notes
    }
}

/// The frame that is numbered 01:00:00:00.
fn hour(rate: Rate, drop: bool) -> i64 {
    let left_out = if drop { rate.nominal() / 15 * 54 } else { 0 };
    HOUR * rate.nominal() - left_out
}
