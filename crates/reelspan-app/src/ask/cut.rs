//! "Cut to this answer": the places that an answer rests on, as a plan for `reelspan cut`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reelspan_media::plan::{self, CutPlan, CutSettings, Kind as PlanKind, Piece, Why};
use reelspan_store::Output;
use reelspan_types::Span;

use super::project::Recording;
use super::{Answer, AskError, Kind, Session};
use crate::error::Error;

/// Left around each kept place, so that no first or last sound is lost.
const BEFORE: f64 = 0.15;
const AFTER: f64 = 0.35;
/// Two places that are nearer than this play on.
const JOINED: f64 = 0.8;
/// Over which the sound fades at each edge.
const FADE: f64 = 0.02;

/// A written plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    pub file: PathBuf,
    /// The recording that is cut.
    pub recording: String,
    pub seconds: f64,
    pub pieces: usize,
    /// How many places of the answer lie in other recordings, which one plan cannot hold.
    pub elsewhere: usize,
}

impl Session {
    /// Writes a plan that keeps what the answer cites. It holds words of the transcript, never the question or the answer.
    pub fn cut(&self, answer: &Answer, file: &Path) -> Result<Cut, Error> {
        let places = places(answer);
        let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
        for (recording, span) in &places {
            *counts.entry(*recording).or_default() += 1.0 + span.seconds() / 1e4;
        }
        // The most cited; of equals the one that is cited longest.
        let most = counts.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let (number, _) = most.ok_or(AskError::NothingToCut)?;
        let recording = &self.recordings[number];
        let input = recording.input.clone().ok_or_else(|| AskError::NothingToCutFrom(recording.name.clone()))?;
        let spans = places.iter().filter(|(each, _)| *each == number).map(|(_, span)| *span);
        let kept = self.with_margins(number, spans.collect());
        let plan = self.plan(recording, input, number, &kept);
        let mut text = serde_json::to_string_pretty(&plan).unwrap_or_default();
        text.push('\n');
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = Output::open(folder)?.write(&name, text.as_bytes())?;
        Ok(Cut {
            file,
            recording: recording.name.clone(),
            seconds: kept.iter().map(|span| span.seconds()).sum(),
            pieces: kept.len(),
            elsewhere: places.iter().filter(|(each, _)| *each != number).count(),
        })
    }

    /// In order, joined where they nearly touch, with room that takes nothing of the sentences beside.
    fn with_margins(&self, number: usize, mut spans: Vec<Span>) -> Vec<Span> {
        let recording = &self.recordings[number];
        spans.sort_by(|a, b| a.start.total_cmp(&b.start));
        let mut kept: Vec<Span> = Vec::new();
        for span in spans {
            match kept.last_mut() {
                Some(last) if span.start - last.end <= JOINED => last.end = last.end.max(span.end),
                _ => kept.push(span),
            }
        }
        let lines = || self.index.lines.iter().filter(|line| line.recording == number);
        for span in &mut kept {
            let before = lines().map(|line| line.span.end).filter(|end| *end <= span.start).fold(0.0, f64::max);
            let after = lines()
                .map(|line| line.span.start)
                .filter(|start| *start >= span.end)
                .fold(recording.duration, f64::min);
            span.start -= BEFORE.min((span.start - before).max(0.0) / 2.0);
            span.end += AFTER.min((after - span.end).max(0.0) / 2.0);
            *span = Span::new(span.start.max(0.0), span.end.min(recording.duration.max(span.end)));
        }
        kept
    }

    fn plan(&self, recording: &Recording, input: plan::Input, number: usize, kept: &[Span]) -> CutPlan {
        let duration = input.duration;
        let words = |span: &Span| -> Option<String> {
            let inside =
                self.index.lines.iter().filter(|line| line.recording == number && span.contains(line.span.middle()));
            let text: Vec<&str> = inside.map(|line| line.text.as_str()).collect();
            (!text.is_empty()).then(|| text.join(" "))
        };
        let pieces = kept.iter().map(|span| Piece {
            start: span.start,
            end: span.end.min(duration),
            keep: true,
            why: Why::Wanted,
            words: words(span),
        });
        CutPlan {
            schema: plan::SCHEMA.to_owned(),
            kind: PlanKind::Cut,
            input,
            settings: CutSettings { fade: FADE, room_tone: false, encode: false },
            notes: vec![format!("keeps what an answer about `{}` cites", recording.name)],
            pieces: pieces.filter(|piece| piece.end - piece.start > 0.05).collect(),
        }
    }
}

/// Everything that the answer rests on: citations of a model, else the passages or the typical
/// sentences, else the measured places.
fn places(answer: &Answer) -> Vec<(usize, Span)> {
    match answer.kind {
        Kind::Model => {
            let cited = answer.sentences.iter().flat_map(|said| &said.citations);
            cited.map(|citation| (citation.recording, citation.span)).collect()
        }
        Kind::Outline => answer.passages.iter().map(|topic| (topic.recording, topic.moment)).collect(),
        Kind::Passages => answer.passages.iter().map(|passage| (passage.recording, passage.span)).collect(),
        Kind::Facts => answer.facts.iter().filter_map(|fact| Some((fact.recording, fact.span?))).collect(),
        Kind::Nothing => Vec::new(),
    }
}
