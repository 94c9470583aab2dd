//! A cut: what is kept, one stretch after the other, and a marker for what was taken out.

use reelspan_types::format_time;

use super::{Said, Shape, Sources, USUAL_SIZE, Wish, file_notes, media, rate_of, reach, shown_frame};
use crate::exchange::time::Rate;
use crate::exchange::{ExchangeError, Marker, MarkerKind, Sequence, Shot};
use crate::plan::{CutPlan, Piece, Why};

/// A stretch without a joint inside.
struct Run {
    start: f64,
    end: f64,
}

pub(super) fn sequence(plan: &CutPlan, sources: &Sources, wish: &Wish) -> Result<Sequence, ExchangeError> {
    if matches!(wish.shape, Shape::Aspect(_)) {
        return Err(ExchangeError::NoAspects { what: "cut" });
    }
    let input = &plan.input;
    let picture = input.width.zip(input.height);
    let rate = rate_of(&input.path, sources, picture.is_some(), wish)?;
    let said = Said { seconds: input.duration, picture, still: false, channels: 2 };
    let mut source = media(&input.path, sources, &said, rate);
    let frame = |seconds: f64| shown_frame(&input.path, sources, rate, seconds);

    let mut shots: Vec<Shot> = Vec::new();
    let mut kept = Vec::new();
    for run in runs(&plan.pieces, rate) {
        let record = shots.last().map_or(0, Shot::end);
        let first = frame(run.start);
        let frames = frame(run.end) - first;
        if frames < 1 {
            continue;
        }
        shots.push(Shot {
            name: source.name.clone(),
            media: 0,
            source: first,
            record,
            frames,
            joint: None,
            sound: (source.channels > 0).then_some(0.0),
            framing: None,
            note: String::new(),
        });
        kept.push((run.start, record));
        reach(&mut source, first + frames, rate);
    }
    let frames = shots.last().map_or(0, Shot::end);
    if frames == 0 {
        return Err(ExchangeError::Nothing);
    }
    let markers = plan.pieces.iter().filter(|piece| !piece.keep).map(|piece| removed(piece, &kept, frames)).collect();
    let mut notes = file_notes(sources, &[&input.path]);
    notes.push(
        "kept stretches begin and end on whole frames; the fades and room tone at their joints do not come along"
            .to_owned(),
    );
    let (width, height) = picture.unwrap_or(USUAL_SIZE);
    let stem = source.path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Sequence {
        name: format!("{stem} (cut)"),
        id: "cut".to_owned(),
        rate,
        drop_frame: source.drop_frame,
        width,
        height,
        frames,
        media: vec![source],
        shots,
        music: None,
        markers,
        notes,
    })
}

/// Kept pieces; those that touch play on as one.
fn runs(pieces: &[Piece], rate: Rate) -> Vec<Run> {
    let frame = 1.0 / rate.value();
    let mut runs: Vec<Run> = Vec::new();
    for piece in pieces.iter().filter(|piece| piece.keep) {
        match runs.last_mut() {
            Some(run) if piece.start - run.end < frame * super::SLACK => run.end = piece.end,
            _ => runs.push(Run { start: piece.start, end: piece.end }),
        }
    }
    runs
}

/// Where the piece would have played.
fn removed(piece: &Piece, kept: &[(f64, i64)], frames: i64) -> Marker {
    let after = kept.iter().find(|(start, _)| *start >= piece.end - 1e-6).map_or(frames - 1, |(_, record)| *record);
    let why = match piece.why {
        Why::Wanted | Why::Unwanted => "Removed",
        Why::Silence => "Removed silence",
        Why::Filler => "Removed filler",
        Why::Repeat => "Removed repeat",
    };
    let span = format!("{} - {} of the recording", format_time(piece.start), format_time(piece.end));
    let note = piece.words.as_ref().map_or(span.clone(), |words| format!("{span}: {words}"));
    Marker { at: after, name: why.to_owned(), note, kind: MarkerKind::Removed }
}
