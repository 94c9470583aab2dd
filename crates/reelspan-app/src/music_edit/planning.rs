//! From footage and music to a plan: which stretch of the music, cut where, showing what.

use reelspan_media::beats::Beats;
use reelspan_media::plan::{self, EditShot, Kind, MusicEdit, Term};
use reelspan_types::{Aspect, Span, format_time};

use super::assign::{self, Pick, Place, Scored};
use super::cuts::{self, Limits, Slot};
use super::footage::{self, Footage};
use super::joints;
use super::material::{self, Material, Piece};
use super::stretch::{self, Stretch, Wish};
use super::{Request, rounded, shape};
use crate::error::Error;
use crate::parts::Parts;
use crate::progress::{Meter, Stage};

/// Seconds of an edit whose length nobody named, and the fewest.
const LENGTH: f64 = 30.0;
const SHORTEST: f64 = 6.0;
/// The share of the footage that an edit of free length may use up.
const USED_UP: f64 = 0.85;

pub(super) fn plan(
    parts: &Parts<'_>,
    request: &Request,
    meter: &mut Meter<'_>,
) -> Result<(MusicEdit, Material), Error> {
    let mut notes = Vec::new();
    let Some(file) = request.music.first() else {
        return Err(Error::Music("name the music with --music".to_owned()));
    };
    let music = material::music(parts, file, meter)?;
    let mut pieces = material::pieces(parts, &request.sources, false, &mut notes, meter)?;
    let beats = material::beats(parts, &music, request.reading, meter)?;
    material::refuse_idle(request, &pieces, &[&beats])?;
    let onsets = if beats.beats.is_empty() { material::onsets(parts, &music, meter)? } else { Vec::new() };
    meter.begin(Stage::Choose, 0.0);
    let footage = footage(&mut pieces, &mut notes)?;
    let frame_rate = shape::frame_rate(&pieces);
    let stretch = stretch(request, &beats, &footage, frame_rate, &mut notes)?;
    music_notes(&beats, &mut notes);
    let (places, joints) = places(request, &beats, &onsets, &stretch, &footage);
    let picks = assign::assign(&footage, &places);
    repeat_note(&footage, &places, &picks, &mut notes);
    let aspects = if request.aspects.is_empty() { vec![Aspect::VERTICAL] } else { request.aspects.clone() };
    let mut shots = shots(request, &footage, &pieces, &places, &picks, &aspects);
    for (index, joint) in joints.into_iter().enumerate() {
        let bare = picks[index].bare || index.checked_sub(1).is_none_or(|before| picks[before].bare);
        shots[index].joint = joint.filter(|_| !bare);
    }
    meter.end();
    notes.iter().for_each(|note| meter.note(note));
    let plan = MusicEdit {
        schema: plan::SCHEMA.to_owned(),
        kind: Kind::MusicEdit,
        sources: pieces.iter().enumerate().map(|(index, piece)| piece.footage(index)).collect(),
        music: shape::music(&music, &beats, &stretch),
        settings: shape::settings(request, aspects, stretch.length, frame_rate),
        notes,
        shots,
    };
    plan.check()?;
    Ok((plan, Material { pieces, music }))
}

/// Measures all pieces; those in which nothing can be shown are dropped.
fn footage(pieces: &mut Vec<Piece>, notes: &mut Vec<String>) -> Result<Footage, Error> {
    let mut footage = Footage::default();
    pieces.retain(|piece| {
        let shown = match piece.look() {
            look if piece.still() => {
                footage.add_still(look);
                true
            }
            Some(look) => footage.add_video(look),
            None => false,
        };
        if !shown {
            notes.push(format!("`{}` is left out: it is over before anything can be seen", piece.name));
        }
        shown
    });
    if footage.takes.is_empty() {
        return Err(Error::Footage("no footage is long enough to be seen".to_owned()));
    }
    Ok(footage)
}

/// Which stretch of the music, in whole frames.
fn stretch(
    request: &Request,
    beats: &Beats,
    footage: &Footage,
    frame_rate: [u32; 2],
    notes: &mut Vec<String>,
) -> Result<Stretch, Error> {
    if let Some(start) = request.start.filter(|start| *start > beats.duration - 0.5) {
        let (start, end) = (format_time(start), format_time(beats.duration));
        return Err(Error::Music(format!("--start {start} lies at or after the end of the music, {end}")));
    }
    let enough = footage.seconds() * USED_UP + footage.stills() as f64 * footage::STILL;
    let free = LENGTH.min(enough.max(SHORTEST));
    let wish = Wish { length: request.length.unwrap_or(free), exact: request.length.is_some(), start: request.start };
    let mut stretch = stretch::choose(beats, &wish);
    stretch.start = rounded(stretch.start);
    stretch.length = shape::whole_frames(stretch.length, frame_rate);
    if request.length.is_some_and(|wanted| stretch.length < wanted - 0.1) {
        let (wanted, length) = (format_time(wish.length), format_time(stretch.length));
        let from = format_time(stretch.start);
        notes.push(format!("the music ends {length} after {from}, so the edit lasts that long and not {wanted}"));
    } else if request.length.is_none() && enough < LENGTH && beats.duration > enough {
        notes.push(format!(
            "the footage fills {}; name another --length to show some of it twice",
            format_time(stretch.length)
        ));
    }
    Ok(stretch)
}

fn music_notes(beats: &Beats, notes: &mut Vec<String>) {
    if beats.beats.is_empty() {
        notes.push("without a beat in the music, cuts fall where something sounds, or in even steps".to_owned());
    } else if beats.confidence < Beats::SURE {
        notes.push(
            "the beat of this music is not sure; if cuts come late or too often, try --beats half-beat-later, half or double"
                .to_owned(),
        );
    }
    notes.extend(beats.note.clone());
}

/// The slots, with room for their transitions.
fn places(
    request: &Request,
    beats: &Beats,
    onsets: &[f64],
    stretch: &Stretch,
    footage: &Footage,
) -> (Vec<Place>, Vec<Option<plan::Joint>>) {
    let (longest, usual) = footage.lengths();
    let slots = cuts::slots(beats, onsets, stretch, request.pace, &Limits { longest, usual });
    let inside: Vec<f64> = beats.beats.iter().map(|beat| beat.t).filter(|t| *t >= stretch.start).collect();
    let beat = 60.0 / shape::tempo(&inside).unwrap_or(120.0);
    let joints = joints::joints(&slots, &request.transitions, beat);
    let half = |index: usize| joints.get(index).copied().flatten().map_or(0.0, |joint| joint.seconds / 2.0);
    let place = |(index, slot): (usize, Slot)| Place { slot, before: half(index), after: half(index + 1) };
    (slots.into_iter().enumerate().map(place).collect(), joints)
}

fn repeat_note(footage: &Footage, places: &[Place], picks: &[Pick], notes: &mut Vec<String>) {
    let again = picks.iter().filter(|pick| pick.again).count();
    if again == 0 {
        return;
    }
    let edit: f64 = places.iter().map(|place| place.slot.length).sum();
    let stills = match footage.stills() {
        0 => String::new(),
        count => format!(" and {count} picture(s)"),
    };
    let seconds = format_time(footage.seconds());
    notes.push(format!(
        "{again} of {} shots show footage again: there are {seconds} of it{stills} for an edit of {}",
        picks.len(),
        format_time(edit)
    ));
}

fn shots(
    request: &Request,
    footage: &Footage,
    pieces: &[Piece],
    places: &[Place],
    picks: &[Pick],
    aspects: &[Aspect],
) -> Vec<EditShot> {
    let shot = |(index, (place, pick)): (usize, (&Place, &Pick))| {
        let take = &footage.takes[pick.take];
        let piece = &pieces[take.source];
        let start = rounded(pick.start);
        // Handles, and a hair for rounding to frames.
        let shown = Span::new(start - place.before - 0.05, start + place.slot.length + place.after + 0.05);
        let shown = if take.still {
            Span::new(0.0, place.before + place.slot.length + place.after + 0.1)
        } else {
            Span::new(shown.start.max(take.span.start.min(start)), shown.end)
        };
        EditShot {
            at: rounded(place.slot.at),
            source: material::id(take.source),
            start: if take.still { rounded(place.before) } else { start },
            joint: None,
            layouts: shape::layouts(piece, shown, aspects, index, request.layout),
            reason: reason(place, pick, take.still),
            terms: pick.terms.iter().map(|term| written(term, pick, place)).collect(),
        }
    };
    places.iter().zip(picks).enumerate().map(shot).collect()
}

fn written(term: &Scored, pick: &Pick, place: &Place) -> Term {
    let evidence = plan::Evidence {
        start: rounded(pick.start),
        end: rounded(pick.start + place.slot.length),
        words: None,
        value: None,
    };
    let seen =
        matches!(term.name, "action_on_beat" | "shown_before" | "bad_exposure" | "shaken" | "dull") && term.value > 0.0;
    Term {
        name: term.name.to_owned(),
        value: rounded(term.value),
        weight: rounded(term.weight),
        evidence: if seen { vec![evidence] } else { Vec::new() },
    }
}

/// A few words: why this one here.
fn reason(place: &Place, pick: &Pick, still: bool) -> String {
    let value = |name: &str| pick.terms.iter().find(|term| term.name == name).map_or(0.0, |term| term.value);
    let music = match place.slot.energy {
        low if low < 0.35 => "calm",
        high if high > 0.7 => "full",
        _ => "moving",
    };
    let mut why = vec![if place.slot.section {
        format!("a {music} section begins")
    } else if place.slot.downbeat {
        format!("a bar of {music} music")
    } else {
        format!("{music} music")
    }];
    if still {
        why.push("a still picture".to_owned());
    } else if value("energy") > 0.8 {
        why.push("footage that moves as much".to_owned());
    }
    if !still && pick.marks.prominence > 0.4 && value("action_on_beat") > 0.9 {
        let there = if place.slot.accents.is_empty() { "its action in the middle" } else { "its action on the beat" };
        why.push(there.to_owned());
    }
    if value("shown_before") > 0.0 {
        why.push("shown before".to_owned());
    }
    why.join(", ")
}
