//! Answers that need no words to search for: what the whole is about, who is there, what is at a time.

use std::collections::BTreeMap;

use reelspan_types::{Span, format_time};

use super::question::{Question, Signal, When};
use super::search::{self, Bounds, Hit};
use super::{Answer, Kind, Measured, Passage, Private, Session, facts, outline};

/// A longer stretch is told by its topics, a shorter one by what is said in it.
const STRETCH: f64 = 150.0;
/// Facts that are told where no words are.
const TOLD: usize = 8;
/// How people introduce themselves, folded to lower case.
const INTRODUCTIONS: &[&str] = &[
    "my name is",
    "my name's",
    "i'm your host",
    "mein name ist",
    "ich heiße",
    "je m'appelle",
    "mon nom est",
    "me llamo",
    "mi nombre es",
    "mi chiamo",
    "o meu nome é",
    "meu nome é",
    "me chamo",
    "mijn naam is",
    "ik heet",
    "меня зовут",
];

impl Session {
    /// The topics of the whole, or of the stretch that the question names.
    pub(super) fn outlined(&self, question: &Question, most: usize, for_model: usize, answer: &mut Answer) -> Vec<Hit> {
        let bounds = question.bounds(&self.recordings);
        let topics = outline::outline(&self.index, &bounds, most);
        if topics.is_empty() {
            self.only_measured(question, answer);
            return Vec::new();
        }
        answer.kind = Kind::Outline;
        if question.when.is_none() {
            answer.facts = self.facts(Signal::Length, question);
            answer.facts.extend(self.facts(Signal::Best, question));
        }
        answer.passages = topics.iter().map(|topic| self.topic(topic)).collect();
        let asked: std::collections::BTreeSet<usize> =
            bounds.recordings(self.recordings.len()).filter(|number| self.index.speaks(*number)).collect();
        let told: std::collections::BTreeSet<usize> = answer.passages.iter().map(|passage| passage.recording).collect();
        if told.len() < asked.len() {
            let left = asked.len() - told.len();
            answer.notes.push(format!("{left} more recording(s) are left out; name one, or ask for more --passages"));
        }
        // A model reads what is said around each typical sentence.
        let topics = if for_model > most { outline::outline(&self.index, &bounds, for_model) } else { topics };
        topics.iter().map(|topic| self.around(topic)).collect()
    }

    fn topic(&self, topic: &outline::Topic) -> Passage {
        let whole = self.stretch(topic.lines.clone());
        let hit = Hit { window: 0, lines: topic.shown.clone(), peak: topic.shown.start, score: 0.0 };
        let shown = self.passage(&hit);
        Passage { moment: shown.span, span: whole, about: topic.about.clone(), ..shown }
    }

    fn stretch(&self, lines: std::ops::Range<usize>) -> Span {
        let end = self.index.lines[lines.clone()].iter().map(|line| line.span.end).fold(0.0, f64::max);
        Span::new(self.index.lines[lines.start].span.start, end)
    }

    fn around(&self, topic: &outline::Topic) -> Hit {
        let window = self.index.holders[topic.shown.start].start;
        let held = &self.index.windows[window].lines;
        let lines = held.start.max(topic.lines.start)..held.end.min(topic.lines.end).max(topic.shown.end);
        Hit { window, lines, peak: topic.shown.start, score: 0.0 }
    }

    /// Where no words are known, what was measured is all that can be told.
    fn only_measured(&self, question: &Question, answer: &mut Answer) {
        let signals = [
            Signal::Length,
            Signal::About,
            Signal::Scenes,
            Signal::Faces,
            Signal::Screen,
            Signal::Loudest,
            Signal::Best,
        ];
        for signal in signals {
            answer.facts.extend(self.facts(signal, question).into_iter().take(TOLD));
        }
        if !answer.facts.is_empty() {
            answer.kind = Kind::Facts;
            answer.notes.push("no words are known there; this is what was measured".to_owned());
        }
    }

    /// Who speaks: by name where the transcript names them, else where someone is introduced.
    pub(super) fn people(&self, question: &Question, most: usize, answer: &mut Answer) -> Vec<Hit> {
        answer.facts = match question.when {
            Some(_) => self.speaking(&question.bounds(&self.recordings)),
            None => self.facts(Signal::Speakers, question),
        };
        if !answer.facts.is_empty() {
            answer.kind = Kind::Facts;
            return Vec::new();
        }
        let hits = self.introductions(&question.bounds(&self.recordings), most);
        if hits.is_empty() {
            answer.notes.push("no speaker is named here, and nobody says a name of their own".to_owned());
            answer.facts = self.facts(Signal::Faces, question);
            answer.kind = if answer.facts.is_empty() { Kind::Nothing } else { Kind::Facts };
        } else {
            answer.notes.push("the transcript names no speakers; these say who they are".to_owned());
            answer.kind = Kind::Passages;
            answer.passages = hits.iter().map(|hit| self.passage(hit)).collect();
        }
        hits
    }

    /// Who speaks in a stretch, and for how long.
    fn speaking(&self, bounds: &Bounds) -> Vec<Measured> {
        let mut times: BTreeMap<(usize, usize), (f64, Span)> = BTreeMap::new();
        for line in self.index.lines.iter().filter(|line| bounds.hold(line.recording, line.span)) {
            if let Some(speaker) = line.speaker {
                times.entry((line.recording, speaker)).or_insert((0.0, line.span)).0 += line.span.seconds();
            }
        }
        let mut most: Vec<_> = times.into_iter().collect();
        most.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
        let told = |((recording, speaker), (seconds, first)): ((usize, usize), (f64, Span))| Measured {
            file: self.names[recording].clone(),
            recording,
            span: Some(first),
            text: Private::new(format!(
                "{} speaks for about {} there, first here",
                self.index.speakers[speaker],
                format_time(seconds)
            )),
        };
        most.into_iter().map(told).collect()
    }

    fn introductions(&self, bounds: &Bounds, most: usize) -> Vec<Hit> {
        let lines = self.index.lines.iter().enumerate();
        let says = |text: &str| {
            let text = text.to_lowercase().replace('’', "'");
            INTRODUCTIONS.iter().any(|way| text.contains(way))
        };
        lines
            .filter(|(_, line)| bounds.hold(line.recording, line.span) && says(&line.text))
            .take(most)
            .map(|(number, _)| Hit {
                window: self.index.holders[number].start,
                lines: number..number + 1,
                peak: number,
                score: 0.0,
            })
            .collect()
    }

    /// What is said and seen at a time. A long stretch is told by its topics.
    pub(super) fn at_a_time(
        &self,
        question: &Question,
        when: When,
        (most, for_model): (usize, usize),
        answer: &mut Answer,
    ) -> Vec<Hit> {
        let bounds = question.bounds(&self.recordings);
        if bounds.within.iter().any(|(_, within)| within.seconds() > STRETCH) {
            return self.outlined(question, most, for_model, answer);
        }
        let hits = match when {
            When::At(at) => bounds.within.iter().filter_map(|place| self.said_around(*place, at)).take(most).collect(),
            _ => search::in_order(&self.index, &bounds, most.max(for_model)),
        };
        answer.passages = hits.iter().take(most).map(|hit| self.passage(hit)).collect();
        for (number, within) in &bounds.within {
            let recording = &self.recordings[*number];
            if within.start >= recording.duration {
                let (name, end) = (&recording.name, format_time(recording.duration));
                answer.notes.push(format!("`{name}` is over at {end}"));
                continue;
            }
            let told = facts::at(recording, when.point().map_or(*within, |at| Span::new(at, at + 0.01)));
            answer.facts.extend(told.into_iter().take(TOLD).map(|(span, text)| Measured {
                file: self.names[*number].clone(),
                recording: *number,
                span: Some(span),
                text: Private::new(text),
            }));
        }
        answer.kind = match (answer.passages.is_empty(), answer.facts.is_empty()) {
            (false, _) => Kind::Passages,
            (true, false) => Kind::Facts,
            (true, true) => Kind::Nothing,
        };
        if answer.kind == Kind::Facts && !self.index.lines.is_empty() {
            answer.notes.push("nothing is said there".to_owned());
        }
        hits
    }

    /// One passage around a moment; the sentence that is said at it is its point.
    fn said_around(&self, (recording, within): (usize, Span), at: f64) -> Option<Hit> {
        let bounds = Bounds { within: vec![(recording, within)] };
        let lines = self.index.lines.iter().enumerate();
        let mut held = lines.filter(|(_, line)| bounds.hold(line.recording, line.span)).map(|(number, _)| number);
        let first = held.next()?;
        let last = held.next_back().unwrap_or(first);
        let away = |line: &usize| {
            let span = self.index.lines[*line].span;
            (span.start - at).max(at - span.end).max(0.0)
        };
        let peak = (first..=last).min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(first);
        Some(Hit { window: self.index.holders[first].start, lines: first..last + 1, peak, score: 0.0 })
    }
}
