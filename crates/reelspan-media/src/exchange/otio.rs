//! OpenTimelineIO: a timeline, or a collection of them, as JSON. What other formats cannot say stands in the metadata.

use serde_json::{Value, json};

use super::names::{file_url, one_line};
use super::time::Rate;
use super::{Framing, Marker, Media, MusicPart, Sequence, Shot, Transition, Written};
use crate::plan::JointKind;

pub(super) fn write(sequences: &[Sequence], name: &str) -> Written {
    let mut timelines: Vec<Value> = sequences.iter().map(timeline).collect();
    let whole = if timelines.len() == 1 {
        timelines.remove(0)
    } else {
        json!({
            "OTIO_SCHEMA": "SerializableCollection.1",
            "name": one_line(name),
            "children": timelines,
            "metadata": {},
        })
    };
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    text.push('\n');
    let mut notes = Vec::new();
    if sequences.iter().flat_map(|sequence| &sequence.shots).any(|shot| shot.framing.is_some()) {
        notes.push(
            "OTIO has no word for framing: it stands in the metadata, and editors show pictures whole".to_owned(),
        );
    }
    if sequences.iter().flat_map(|sequence| &sequence.shots).any(|shot| shot.joint.is_some()) {
        notes.push(
            "which way a transition moves stands in the metadata; editors take all of them for dissolves".to_owned(),
        );
    }
    Written { id: None, text, notes }
}

fn timeline(sequence: &Sequence) -> Value {
    let sequence_markers: Vec<_> = sequence.markers.iter().map(|marker| marker_of(marker, sequence.rate)).collect();
    let mut tracks = Vec::new();
    if sequence.shots.iter().any(|shot| sequence.media[shot.media].picture.is_some()) {
        tracks.push(track("Video", "Video", shots(sequence, true)));
    }
    if sequence.shots.iter().any(|shot| shot.sound.is_some()) {
        tracks.push(track("Original sound", "Audio", shots(sequence, false)));
    }
    tracks.extend(sequence.music.iter().map(|music| track("Music", "Audio", vec![music_clip(sequence, music)])));
    let metadata = json!({ "reelspan": {
        "width": sequence.width,
        "height": sequence.height,
        "rate": [sequence.rate.num, sequence.rate.den],
        "notes": sequence.notes,
    }});
    json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": one_line(&sequence.name),
        "global_start_time": null,
        "metadata": metadata,
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "source_range": null,
            "children": tracks,
            "effects": [],
            "markers": sequence_markers,
            "metadata": {},
        },
    })
}

fn track(name: &str, kind: &str, children: Vec<Value>) -> Value {
    json!({
        "OTIO_SCHEMA": "Track.1",
        "name": name,
        "kind": kind,
        "source_range": null,
        "children": children,
        "effects": [],
        "markers": [],
        "metadata": {},
    })
}

/// The pictures, or the sound that belongs to them with gaps where a shot has none.
fn shots(sequence: &Sequence, pictures: bool) -> Vec<Value> {
    let mut items = Vec::new();
    for shot in &sequence.shots {
        if !pictures && shot.sound.is_none() {
            items.push(json!({
                "OTIO_SCHEMA": "Gap.1",
                "name": "",
                "source_range": range(0, shot.frames, sequence.rate),
                "effects": [],
                "markers": [],
                "metadata": {},
            }));
            continue;
        }
        if let Some(joint) = shot.joint.filter(|_| pictures) {
            items.push(transition(joint, sequence.rate));
        }
        items.push(clip(sequence, shot, pictures));
    }
    items
}

fn clip(sequence: &Sequence, shot: &Shot, picture: bool) -> Value {
    let media = &sequence.media[shot.media];
    let metadata = json!({
        "note": one_line(&shot.note),
        "framing": shot.framing.as_ref().filter(|_| picture).map(framing),
        "gain_db": shot.sound.filter(|_| !picture),
    });
    item(&shot.name, media, start(media, shot.source, sequence.rate), shot.frames, sequence.rate, metadata)
}

fn music_clip(sequence: &Sequence, music: &MusicPart) -> Value {
    let media = &sequence.media[music.media];
    let metadata = json!({
        "fade_in": time(music.fade_in as f64, sequence.rate),
        "fade_out": time(music.fade_out as f64, sequence.rate),
    });
    item(&media.name, media, start(media, music.source, sequence.rate), music.frames, sequence.rate, metadata)
}

fn item(name: &str, media: &Media, start: Value, frames: i64, rate: Rate, metadata: Value) -> Value {
    json!({
        // Every version of the library reads this one; the next knows several references.
        "OTIO_SCHEMA": "Clip.1",
        "name": one_line(name),
        "media_reference": reference(media),
        "source_range": {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": start,
            "duration": time(frames as f64, rate),
        },
        "effects": [],
        "markers": [],
        "metadata": { "reelspan": metadata },
    })
}

fn reference(media: &Media) -> Value {
    let available = (!media.still).then(|| range(media.start, media.frames, media.rate));
    json!({
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": media.name,
        "target_url": file_url(&media.path, ""),
        "available_range": available,
        "metadata": {},
    })
}

/// Where a shot begins in its file's own timecode. On one grid with the file it is a whole number.
fn start(media: &Media, source: i64, rate: Rate) -> Value {
    if media.rate == rate {
        return time((media.start + source) as f64, rate);
    }
    let seconds = media.rate.seconds(media.start).plus(rate.seconds(source)).value();
    time(seconds * rate.value(), rate)
}

fn transition(joint: Transition, rate: Rate) -> Value {
    let kind = match joint.kind {
        JointKind::Dissolve => "SMPTE_Dissolve",
        _ => "Custom_Transition",
    };
    json!({
        "OTIO_SCHEMA": "Transition.1",
        "name": super::joint_name(joint.kind),
        "transition_type": kind,
        "in_offset": time(joint.half as f64, rate),
        "out_offset": time(joint.half as f64, rate),
        "metadata": { "reelspan": { "kind": joint.kind } },
    })
}

fn marker_of(marker: &Marker, rate: Rate) -> Value {
    json!({
        "OTIO_SCHEMA": "Marker.2",
        "name": one_line(&marker.name),
        "color": marker.kind.color(),
        "comment": one_line(&marker.note),
        "marked_range": range(marker.at, 0, rate),
        "metadata": { "reelspan": { "note": one_line(&marker.note) } },
    })
}

fn framing(framing: &Framing) -> Value {
    let window = |window: &crate::framing::geometry::Window| json!([window.x, window.y, window.w, window.h]);
    let shown = framing.shown.iter().map(|(frame, shown)| json!({ "frame": frame, "window": window(shown) }));
    json!({ "shown": shown.collect::<Vec<_>>(), "place": window(&framing.place) })
}

fn time(value: f64, rate: Rate) -> Value {
    json!({ "OTIO_SCHEMA": "RationalTime.1", "rate": rate.value(), "value": value })
}

fn range(start: i64, frames: i64, rate: Rate) -> Value {
    json!({
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time(start as f64, rate),
        "duration": time(frames as f64, rate),
    })
}
