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

/// What a rounded time may lie before the frame that it means, in frames: as in rendering.
const EARLY: f64 = 0.1;
/// A shorter shot is a flash, not a cut.
const LEAST: f64 = 0.05;
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
    let kept = kept(&pieces, &starts, length, frame_rate);
    let cuts: Vec<f64> = kept.iter().skip(1).map(|shot| shot.at).collect();
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
    let shots = kept.iter().enumerate().map(|(index, shot)| {
        let until = kept.get(index + 1).map_or(length, |next| next.at);
        let span = Span::new(shot.start, shot.start + until - shot.at + 0.05);
        EditShot {
            at: shot.at,
            source: material::id(shot.piece),
            start: shot.start,
            joint: None,
            layouts: shape::layouts(&pieces[shot.piece], span, &aspects, index, request.layout),
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

/// One shot of the user's own cut.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Kept {
    piece: usize,
    /// Seconds of the edit, and of the piece.
    at: f64,
    start: f64,
}

/// Everything that a viewer sees as a cut: where pieces meet, and the cuts inside of them. Each stands on the first frame
/// that shows what comes behind it, and the piece plays on over it as if nothing were there.
fn kept(pieces: &[Piece], starts: &[f64], length: f64, frame_rate: [u32; 2]) -> Vec<Kept> {
    let mut kept = Vec::new();
    for (number, (piece, at)) in pieces.iter().zip(starts).enumerate() {
        let until = starts.get(number + 1).copied().unwrap_or(length);
        kept.push(Kept { piece: number, at: *at, start: 0.0 });
        let shots = if piece.still() { &[][..] } else { piece.look().map_or(&[][..], |look| &look.shots) };
        let inside: Vec<f64> = shots.iter().skip(1).map(|shot| shot.start).collect();
        for start in on_frames(&inside, until - at, frame_rate) {
            kept.push(Kept { piece: number, at: rounded(at + start), start: rounded(start) });
        }
    }
    kept
}

/// The frames of a grid at or right after these times, leaving out what is no shot's length from another or from the ends.
fn on_frames(cuts: &[f64], length: f64, frame_rate: [u32; 2]) -> Vec<f64> {
    let rate = f64::from(frame_rate[0]) / f64::from(frame_rate[1]);
    let mut found: Vec<f64> = Vec::new();
    for cut in cuts {
        let frame = (cut * rate - EARLY - 1e-6).ceil() / rate;
        let before = found.last().copied().unwrap_or(0.0);
        if frame - before > LEAST && length - frame > LEAST {
            found.push(frame);
        }
    }
    found
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
    fn cuts_stand_on_the_first_frame_of_what_follows() {
        let frames = on_frames(&[0.01, 1.0, 2.004, 2.03, 3.98], 4.0, [25, 1]);
        assert_eq!(frames, [1.0, 2.0]);
        let thirds: Vec<i64> =
            on_frames(&[1.001, 1.6], 4.0, [30_000, 1001]).iter().map(|at| (at * 1000.0).round() as i64).collect();
        assert_eq!(thirds, [1001, 1602]);
    }

    #[test]
    fn the_best_track_is_long_enough_and_the_first_of_equals() {
        let fits = [fitted(0, 0.9), fitted(1, 0.7), fitted(2, 0.7)];
        assert_eq!(best(&fits, &[20.0, 60.0, 60.0], 30.0).map(|fit| fit.track), Some(1));
        assert_eq!(best(&fits, &[60.0, 60.0, 60.0], 30.0).map(|fit| fit.track), Some(0));
        assert_eq!(best(&[], &[], 30.0), None);
    }
}
