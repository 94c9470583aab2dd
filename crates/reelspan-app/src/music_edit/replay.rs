//! `--from-plan`: reads a plan that a person may have edited, finds its files again and fills what their edit left open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reelspan_media::plan::MusicEdit;
use reelspan_types::Span;

use super::material::{self, Material, Piece};
use super::{Request, shape};
use crate::error::Error;
use crate::input::unreadable;
use crate::parts::Parts;
use crate::progress::Meter;

pub(super) fn read(
    parts: &Parts<'_>,
    request: &Request,
    file: &Path,
    meter: &mut Meter<'_>,
) -> Result<(MusicEdit, Material), Error> {
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    let mut plan = MusicEdit::parse(&text)?;
    // Files that were moved may be named anew.
    let named = request.music.first().cloned();
    let music = material::music(parts, &named.unwrap_or_else(|| PathBuf::from(&plan.music.path)), meter)?;
    if music.hash != plan.music.blake3 {
        return Err(Error::OtherInput(music.path.display().to_string()));
    }
    let wanted: Vec<PathBuf> = plan.sources.iter().map(|footage| PathBuf::from(&footage.path)).collect();
    let files = if request.sources.is_empty() { &wanted } else { &request.sources };
    let mut lacking = Vec::new();
    let opened = material::pieces(parts, files, true, &mut lacking, meter)?;
    if !lacking.is_empty() {
        return Err(Error::Footage(lacking.join("; ")));
    }
    let pieces = in_order(&plan, opened)?;
    let aspects = plan.settings.aspects.clone();
    let length = plan.settings.length;
    let spans: Vec<Span> = (0..plan.shots.len()).map(|index| shown(&plan, index, length)).collect();
    let places: BTreeMap<String, usize> =
        plan.sources.iter().enumerate().map(|(index, footage)| (footage.id.clone(), index)).collect();
    for (index, shot) in plan.shots.iter_mut().enumerate() {
        let Some(piece) = places.get(&shot.source).and_then(|place| pieces.get(*place)) else { continue };
        for aspect in &aspects {
            if shot.layouts.get(aspect).is_none_or(Vec::is_empty) {
                shot.layouts.insert(*aspect, shape::layout(piece, spans[index], *aspect, index, None));
            }
        }
    }
    plan.check()?;
    Ok((plan, Material { pieces, music }))
}

/// The pieces in the plan's order, found by what is in them.
fn in_order(plan: &MusicEdit, mut opened: Vec<Piece>) -> Result<Vec<Piece>, Error> {
    let mut pieces = Vec::new();
    for footage in &plan.sources {
        let found = opened.iter().position(|piece| piece.input.hash == footage.blake3);
        pieces.push(opened.remove(found.ok_or_else(|| Error::OtherInput(footage.path.clone()))?));
    }
    match opened.first() {
        None => Ok(pieces),
        Some(other) => Err(Error::Footage(format!("`{}` is none of the plan's files; leave it out", other.name))),
    }
}

/// Seconds of the footage that a shot shows, its transitions' handles included.
fn shown(plan: &MusicEdit, index: usize, length: f64) -> Span {
    let shot = &plan.shots[index];
    let next = plan.shots.get(index + 1);
    let half = |joint: Option<reelspan_media::plan::Joint>| joint.map_or(0.0, |joint| joint.seconds / 2.0);
    let until = next.map_or(length, |next| next.at);
    let (before, after) = (half(shot.joint), half(next.and_then(|next| next.joint)));
    Span::new((shot.start - before).max(0.0), shot.start + (until - shot.at) + after + 0.05)
}
