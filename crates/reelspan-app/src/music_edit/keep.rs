//! `--fit-cuts`: the user's cut stays as it is, and the music is moved under it.

use reelspan_media::plan::{self, EditShot, Kind, MusicEdit};
use reelspan_types::{Span, format_time};

use super::fit::{self, Fit};
use super::material::{self, Material, Piece};
use super::stretch::{self, Stretch, Wish};
use super::{Request, rounded, shape};
use crate::error::Error;
use crate::input::Input;
use crate::parts::Parts;
use crate::progress::{Meter, Stage};

/// For how long a single picture between clips is shown.
const STILL: f64 = 3.0;

pub(super) fn plan(
    parts: &Parts<'_>,
    request: &Request,
    meter: &mut Meter<'_>,
) -> Result<(MusicEdit, Material, Option<Fit>), Error> {
    let mut notes = Vec::new();
    let mut tracks = Vec::new();
    for file in &request.music {
        tracks.push(material::music(parts, file, meter)?);
    }
    // The cut is the user's: a clip named twice is shown twice, and one that cannot be shown may not silently lack.
    let mut lacking = Vec::new();
    let pieces = material::pieces(parts, &request.sources, true, &mut lacking, meter)?;
    if !lacking.is_empty() {
        let what = lacking.join("; ");
        return Err(Error::Footage(format!("{what}; --fit-cuts keeps the cut as it is, so name only files that open")));
    }
    let mut heard = Vec::new();
    for track in &tracks {
        heard.push(material::beats(parts, track, request.reading, meter)?);
    }
    material::refuse_idle(request, &pieces, &heard.iter().collect::<Vec<_>>())?;
    meter.begin(Stage::Choose, 0.0);
    let frame_rate = shape::frame_rate(&pieces);
    let frame = f64::from(frame_rate[1]) / f64::from(frame_rate[0]);
    let (starts, length) = starts(&pieces, frame_rate);
    let cuts = cuts(&pieces, &starts, length);
    let fits: Vec<Fit> =
        heard.iter().enumerate().filter_map(|(track, beats)| fit::fit(track, beats, &cuts, length, frame)).collect();
    let fit = best(&fits, &heard.iter().map(|beats| beats.duration).collect::<Vec<_>>(), length);
    let track = fit.map_or(0, |fit| fit.track);
    let (music, beats) = (tracks.swap_remove(track), heard.swap_remove(track));
    let start =
        fit.map_or_else(|| stretch::choose(&beats, &Wish { length, exact: true, start: None }).start, |fit| fit.start);
    let stretch = Stretch { start: rounded(start), length };
    told(request, &music, fit.as_ref(), &beats, &stretch, &mut notes);
    meter.end();
    notes.iter().for_each(|note| meter.note(note));
    let shape = pieces.first().and_then(|piece| piece.input.info.video.as_ref());
    let own = shape.map(|video| vec![shape::own_shape(video.display_width, video.display_height)]);
    let aspects = if request.aspects.is_empty() { own.unwrap_or_default() } else { request.aspects.clone() };
    let shots = pieces.iter().zip(&starts).enumerate().map(|(index, (piece, at))| {
        let until = starts.get(index + 1).copied().unwrap_or(length);
        let span = Span::new(0.0, until - at + 0.05);
        EditShot {
            at: *at,
            source: material::id(index),
            start: 0.0,
            joint: None,
            layouts: shape::layouts(piece, span, &aspects, index, request.layout),
            reason: "as it was cut".to_owned(),
            terms: Vec::new(),
        }
    });
    let plan = MusicEdit {
        schema: plan::SCHEMA.to_owned(),
        kind: Kind::MusicEdit,
        shots: shots.collect(),
        sources: pieces.iter().enumerate().map(|(index, piece)| piece.footage(index)).collect(),
        music: shape::music(&music, &beats, &stretch),
        settings: shape::settings(request, aspects, length, frame_rate),
        notes,
    };
    plan.check()?;
    Ok((plan, Material { pieces, music }, fit))
}

/// When each piece begins, and the length of all: whole frames, so that nothing drifts.
fn starts(pieces: &[Piece], frame_rate: [u32; 2]) -> (Vec<f64>, f64) {
    let mut at = 0.0;
    let mut starts = Vec::new();
    for piece in pieces {
        starts.push(rounded(at));
        at += shape::whole_frames(if piece.still() { STILL } else { piece.seconds() }, frame_rate);
    }
    (starts, at)
}

/// Everything that a viewer sees as a cut: where pieces meet, and the cuts inside of them.
fn cuts(pieces: &[Piece], starts: &[f64], length: f64) -> Vec<f64> {
    let inside = pieces.iter().zip(starts).flat_map(|(piece, at)| {
        let shots = piece.look().map_or(&[][..], |look| &look.shots);
        shots.iter().skip(1).map(move |shot| at + shot.start)
    });
    let mut cuts: Vec<f64> = starts.iter().skip(1).copied().chain(inside).collect();
    cuts.retain(|cut| *cut > 0.05 && *cut < length - 0.05);
    cuts.sort_by(f64::total_cmp);
    cuts.dedup_by(|a, b| *a - *b < 0.05);
    cuts
}

/// The best track; one that is long enough before any that is not.
fn best<'a>(fits: &'a [Fit], lengths: &[f64], length: f64) -> Option<Fit> {
    let rank = |fit: &&'a Fit| (lengths[fit.track] >= length - 0.5, fit.score);
    let better = |a: (bool, f64), b: (bool, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
    let mut best: Option<&Fit> = None;
    for fit in fits {
        if best.is_none_or(|known| better(rank(&fit), rank(&known)).is_gt()) {
            best = Some(fit);
        }
    }
    best.copied()
}

fn told(
    request: &Request,
    music: &Input,
    fit: Option<&Fit>,
    beats: &reelspan_media::beats::Beats,
    stretch: &Stretch,
    notes: &mut Vec<String>,
) {
    let name = music.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let from = format_time(stretch.start);
    match fit {
        None => notes.push(format!("`{name}` has no beat that could be found: it plays from {from}, beside the cuts")),
        Some(fit) if fit.cuts == 0 => notes.push(format!("there is no cut to fit: `{name}` plays from {from}")),
        Some(fit) => {
            let among = if request.music.len() > 1 {
                format!(", the best of {} tracks,", request.music.len())
            } else {
                String::new()
            };
            notes.push(format!(
                "`{name}`{among} from {from}: {} of {} cuts are within 70 ms of a beat, {} within a frame, {} on downbeats",
                fit.together, fit.cuts, fit.exact, fit.downbeats
            ));
        }
    }
    if stretch.start + stretch.length > beats.duration + 0.1 {
        let end = format_time(beats.duration - stretch.start);
        notes.push(format!("the music ends {end} into the edit, which goes on without it"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(track: usize, score: f64) -> Fit {
        Fit { track, start: 0.0, cuts: 4, together: 4, exact: 4, downbeats: 1, score }
    }

    #[test]
    fn the_best_track_is_long_enough_and_the_first_of_equals() {
        let fits = [fitted(0, 0.9), fitted(1, 0.7), fitted(2, 0.7)];
        assert_eq!(best(&fits, &[20.0, 60.0, 60.0], 30.0).map(|fit| fit.track), Some(1));
        assert_eq!(best(&fits, &[60.0, 60.0, 60.0], 30.0).map(|fit| fit.track), Some(0));
        assert_eq!(best(&[], &[], 30.0), None);
    }
}
