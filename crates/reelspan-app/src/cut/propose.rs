//! What may go: pauses, fillers, stutters, each a piece of the plan with a switch.

mod languages;
mod quiet;
mod silence;
mod spoken;

use reelspan_media::analysis::AudioAnalysis;
use reelspan_media::plan::{Piece, Why};
use reelspan_media::transcript::{Transcript, Word, join};
use reelspan_types::Span;

pub use silence::Pauses;

use quiet::Quiet;
use spoken::{Ear, Removal};

/// A stay of less than this between two removals is no word, only a flash of the picture.
const FLASH: f64 = 0.12;
/// A removal of less than this is not worth its joint.
const LEAST: f64 = 0.08;
/// Words at both ends of a long stretch are enough to find it by.
const EXCERPT: usize = 6;

/// What a person wants to be listened for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Listen {
    pub pauses: Option<Pauses>,
    pub fillers: bool,
}

/// What is known of the recording's sound.
pub(super) struct Sound<'a> {
    pub(super) audio: Option<&'a AudioAnalysis>,
    pub(super) transcript: Option<&'a Transcript>,
    pub(super) duration: f64,
}

/// The whole recording in pieces, without a gap: what lies outside of `keeps` is unwanted, inside of them what is heard
/// as pause, filler or stutter is switched off.
pub(super) fn pieces(sound: &Sound<'_>, keeps: &[Span], listen: Listen) -> Vec<Piece> {
    let words = sound.transcript.map_or(&[][..], |transcript| &transcript.words);
    let mut removals = Vec::new();
    if let (Some(audio), Some(transcript), true) = (sound.audio, sound.transcript, listen.fillers) {
        let quiet = Quiet::of(&audio.peaks);
        let ear = Ear { transcript, quiet: &quiet, duration: sound.duration, pauses: listen.pauses };
        removals = spoken::removals(&ear);
    }
    // What is painted later lies over what was there: a filler over the stutter around it, a pause over both.
    removals.sort_by_key(|removal| removal.why == Why::Filler);
    if let (Some(audio), Some(pauses)) = (sound.audio, listen.pauses) {
        let drops = silence::drops(audio, words, keeps, pauses, sound.duration);
        removals.extend(drops.into_iter().map(|span| Removal { span, why: Why::Silence, words: String::new() }));
    }
    let mut painted = Painting::of(sound.duration, keeps, &removals);
    painted.tidy(words);
    painted.into_pieces(words)
}

/// A stretch of the recording and which removal it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stroke {
    span: Span,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Unwanted,
    Kept,
    /// By its place in the list.
    Removed(usize),
}

struct Painting<'a> {
    removals: &'a [Removal],
    strokes: Vec<Stroke>,
}

impl<'a> Painting<'a> {
    fn of(duration: f64, keeps: &[Span], removals: &'a [Removal]) -> Self {
        let mut strokes = vec![Stroke { span: Span::new(0.0, duration), what: What::Unwanted }];
        for keep in keeps {
            paint(&mut strokes, *keep, What::Kept);
        }
        for (index, removal) in removals.iter().enumerate() {
            let span = Span::new(thousandth(removal.span.start), thousandth(removal.span.end));
            for part in keeps.iter().filter_map(|keep| keep.intersect(span)) {
                paint(&mut strokes, part, What::Removed(index));
            }
        }
        strokes.retain(|stroke| stroke.span.seconds() > 0.0);
        Self { removals, strokes }
    }

    /// Joins what belongs together, and lets go of slivers.
    fn tidy(&mut self, words: &[Word]) {
        self.join();
        for at in 0..self.strokes.len() {
            let Stroke { span, what } = self.strokes[at];
            let beside =
                |other: Option<&Stroke>| other.map(|other| other.what).filter(|what| matches!(what, What::Removed(_)));
            let (before, after) =
                (beside(at.checked_sub(1).map(|at| &self.strokes[at])), beside(self.strokes.get(at + 1)));
            let silent = !words.iter().any(|word| span.contains(word.span().middle()));
            self.strokes[at].what = match (what, before, after) {
                // Between two removals, too short for a word.
                (What::Kept, Some(before), Some(_)) if span.seconds() < FLASH && silent => before,
                (What::Removed(_), before, after) if span.seconds() < LEAST => before.or(after).unwrap_or(What::Kept),
                _ => what,
            };
        }
        self.join();
    }

    fn join(&mut self) {
        let mut joined: Vec<Stroke> = Vec::with_capacity(self.strokes.len());
        for stroke in self.strokes.drain(..) {
            match joined.last_mut().filter(|last| last.what == stroke.what) {
                Some(last) => last.span.end = stroke.span.end,
                None => joined.push(stroke),
            }
        }
        self.strokes = joined;
    }

    fn into_pieces(self, words: &[Word]) -> Vec<Piece> {
        let piece = |stroke: &Stroke| {
            let (why, said) = match stroke.what {
                What::Kept => (Why::Wanted, excerpt(words, stroke.span)),
                What::Unwanted => (Why::Unwanted, excerpt(words, stroke.span)),
                What::Removed(index) => {
                    let removal = &self.removals[index];
                    (removal.why, Some(removal.words.clone()).filter(|words| !words.is_empty()))
                }
            };
            Piece { start: stroke.span.start, end: stroke.span.end, keep: why == Why::Wanted, why, words: said }
        };
        self.strokes.iter().map(piece).collect()
    }
}

/// Lays one colour over a stretch; the strokes stay in order and without a gap.
fn paint(strokes: &mut Vec<Stroke>, over: Span, what: What) {
    let from = strokes.partition_point(|stroke| stroke.span.end <= over.start);
    let to = from + strokes[from..].partition_point(|stroke| stroke.span.start < over.end);
    if from == to {
        return;
    }
    let (first, last) = (strokes[from], strokes[to - 1]);
    let head = Stroke { span: Span::new(first.span.start, over.start), what: first.what };
    let tail = Stroke { span: Span::new(over.end, last.span.end), what: last.what };
    let laid = [head, Stroke { span: over, what }, tail];
    strokes.splice(from..to, laid.into_iter().filter(|stroke| stroke.span.end > stroke.span.start));
}

/// A plan is read by people.
fn thousandth(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// The first and the last words of a stretch.
fn excerpt(words: &[Word], span: Span) -> Option<String> {
    let from = words.partition_point(|word| word.span().middle() < span.start);
    let to = from + words[from..].partition_point(|word| word.span().middle() < span.end);
    let inside = &words[from..to];
    match inside.len() {
        0 => None,
        count if count <= 2 * EXCERPT => Some(join(inside)),
        count => Some(format!("{} … {}", join(&inside[..EXCERPT]), join(&inside[count - EXCERPT..]))),
    }
}

#[cfg(test)]
mod tests;
