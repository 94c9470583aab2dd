//! Chooses the moments worth a clip from words and signals, with the evidence for each.

mod candidates;
mod lexicon;
mod material;
mod measure;
mod select;
mod signals;
mod terms;
mod text;
pub(super) mod titles;
pub(crate) mod topics;

use reelspan_media::analysis::Analysis;
use reelspan_media::plan::Term;
use reelspan_media::transcript::Transcript;
use reelspan_types::Span;

/// How words are compared, for whoever checks a model's words.
pub(super) mod tokens {
    pub(in crate::clips) use super::text::{normal, stems};
}

pub(crate) use lexicon::language;
pub(crate) use text::normal;

use candidates::Candidate;
use material::{Material, Unit};

#[derive(Debug, Clone)]
pub struct Wishes {
    /// Most clips to choose; none takes as many as are good.
    pub count: Option<usize>,
    pub min: f64,
    pub max: f64,
}

#[derive(Clone, PartialEq)]
pub struct Moment {
    pub span: Span,
    /// 0 to 1: the sum of each term's weight times its value.
    pub score: f64,
    pub title: String,
    pub hook: Option<String>,
    pub reason: String,
    pub terms: Vec<Term>,
    /// The sentences inside, by their number in the transcript.
    pub sentences: std::ops::Range<usize>,
}

/// Title and terms quote what is said, which no debug print may show.
impl std::fmt::Debug for Moment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Span { start, end } = self.span;
        write!(out, "Moment({start:.3}-{end:.3}, score {:.3}, sentences {:?})", self.score, self.sentences)
    }
}

/// A recording gives at least so many clips if it is long enough.
const FEWEST: usize = 4;

/// The best moments in order of score. Without words it goes by sound and picture alone.
pub fn choose(transcript: Option<&Transcript>, analysis: &Analysis, wishes: &Wishes) -> Vec<Moment> {
    let duration = analysis.duration;
    if !duration.is_finite() || duration <= 0.0 || wishes.count == Some(0) {
        return Vec::new();
    }
    let shortest = if wishes.min.is_finite() { wishes.min.max(1.0) } else { 1.0 };
    let longest = wishes.max.max(shortest);
    let material = Material::of(transcript, analysis, shortest, longest);
    if duration <= shortest {
        return vec![whole(&material, (shortest, longest))];
    }
    // Sentences that fit no clip of these lengths make shorter ones: better than half a sentence, or nothing.
    let relaxed = [1.0, 0.75, 0.5, 0.0].map(|share| shortest * share);
    let tries = relaxed.iter().map(|least| best(&material, (*least, longest), wishes.count));
    let mut chosen =
        tries.take(if material.has_words() { 4 } else { 1 }).find(|chosen| !chosen.is_empty()).unwrap_or_default();
    let wanted = wishes.count.unwrap_or(FEWEST).min(FEWEST);
    if material.has_words() && chosen.len() < wanted {
        // Few words in a long recording: what the signals show fills up, without cutting into a sentence.
        chosen.extend(unspoken(&material, analysis, (shortest, longest), wanted - chosen.len(), &chosen));
    }
    if chosen.is_empty() && duration <= longest {
        return vec![whole(&material, (shortest, longest))];
    }
    chosen.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.span.start.total_cmp(&b.span.start)));
    chosen
}

fn best(material: &Material<'_>, lengths: (f64, f64), count: Option<usize>) -> Vec<Moment> {
    let found = candidates::find(material, lengths.0, lengths.1);
    let most = count.unwrap_or_else(|| select::usual_count(material.duration));
    let scores = || found.iter().map(|candidate| candidate.score);
    let flat = scores().fold(0.0, f64::max) - scores().fold(1.0, f64::min) < 0.05;
    let picked = if !material.has_words() && flat {
        evenly(&found, most, material.duration)
    } else {
        select::choose(&found, most, material.duration, |candidate| {
            material.bag(terms::clip(material, candidate, lengths).words())
        })
    };
    let ranked: Vec<f64> = picked.iter().map(|at| found[*at].score).collect();
    let keep = if count.is_some() { picked.len() } else { select::drop_off(&ranked) };
    picked[..keep].iter().map(|at| moment(material, &found[*at], lengths)).collect()
}

/// Nothing tells one window from another: one from the middle of each part of the recording.
fn evenly(found: &[Candidate], count: usize, duration: f64) -> Vec<usize> {
    let shortest = found.iter().map(|candidate| candidate.span.seconds()).fold(f64::INFINITY, f64::min);
    let parts = count.min((duration / shortest) as usize).max(1);
    let part = duration / parts as f64;
    let length = part.min(30.0).max(shortest);
    let mut picked: Vec<usize> = Vec::new();
    for number in 0..parts {
        let start = part * number as f64 + (part - length) / 2.0;
        let free = |at: &usize| picked.iter().all(|other| found[*at].span.overlap(found[*other].span) <= 0.0);
        let off = |at: usize| (found[at].span.start - start).abs() + (found[at].span.seconds() - length).abs();
        let nearest = (0..found.len()).filter(free).min_by(|a, b| off(*a).total_cmp(&off(*b)));
        picked.extend(nearest);
    }
    picked
}

/// Moments of signals between what is said.
fn unspoken(
    spoken: &Material<'_>,
    analysis: &Analysis,
    lengths: (f64, f64),
    wanted: usize,
    chosen: &[Moment],
) -> Vec<Moment> {
    let material = Material::of(None, analysis, lengths.0, lengths.1);
    let mut found = candidates::find(&material, lengths.0, lengths.1);
    found.retain(|candidate| {
        let free = chosen.iter().all(|moment| moment.span.overlap(candidate.span) <= 0.0);
        let silent = material.sound.as_ref().is_some_and(|sound| sound.silence.share(candidate.span) > 0.7);
        free && !silent && !candidates::splits(&spoken.units, candidate.span)
    });
    let picked = select::choose(&found, wanted, material.duration, |_| text::Bag::default());
    let inside = |span: Span, unit: &&Unit| span.start <= unit.span.start + 0.01 && unit.span.end <= span.end + 0.01;
    let describe = |at: usize| {
        let mut moment = moment(&material, &found[at], lengths);
        let first = spoken.units.iter().find(|unit| inside(moment.span, unit));
        let last = spoken.units.iter().rev().find(|unit| inside(moment.span, unit));
        if let (Some(first), Some(last)) = (first, last) {
            moment.sentences = first.sentence..last.sentence + 1;
        }
        moment
    };
    picked.into_iter().map(describe).collect()
}

fn moment(material: &Material<'_>, candidate: &Candidate, lengths: (f64, f64)) -> Moment {
    let clip = terms::clip(material, candidate, lengths);
    let terms = terms::explain(&clip);
    let sentences = match (material.has_words(), clip.units()) {
        (true, [first, .., last]) => first.sentence..last.sentence + 1,
        (true, [only]) => only.sentence..only.sentence + 1,
        _ => 0..0,
    };
    Moment {
        span: clip.span,
        score: candidate.score,
        title: titles::title(&clip),
        hook: titles::hook(&clip),
        reason: terms::reason(&clip, &terms, candidate.score),
        terms,
        sentences,
    }
}

/// All of it, where there is not enough to choose from.
fn whole(material: &Material<'_>, lengths: (f64, f64)) -> Moment {
    let span = Span::new(0.0, material.duration);
    let note = if material.duration < lengths.0 {
        format!("the whole recording: it is shorter than the {:.0} s asked for", lengths.0)
    } else {
        "the whole recording: nothing in it can be cut out by itself".to_owned()
    };
    let Some(last) = material.units.len().checked_sub(1) else {
        return Moment {
            span,
            score: 0.0,
            title: "Moment at 0:00".to_owned(),
            hook: None,
            reason: note,
            terms: Vec::new(),
            sentences: 0..0,
        };
    };
    let mut candidate = Candidate { first: 0, last, span, score: 0.0 };
    candidate.score = terms::score(&terms::clip(material, &candidate, lengths));
    Moment { reason: note, ..moment(material, &candidate, lengths) }
}

#[cfg(test)]
mod tests;
