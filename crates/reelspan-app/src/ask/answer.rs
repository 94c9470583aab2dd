//! From a question to an answer: find, ask the model if there is one, hold its sentences against the transcript.

use reelspan_types::{Cancel, Clock};

use super::citations::Pointer;
use super::facts::Fact;
use super::prompt;
use super::question::{Aim, Question, Signal};
use super::search::{self, Found, Hit, Query};
use super::sentences::{Piece, Splitter};
use super::tokens;
use super::verify::Sources;
use super::{Answer, AskError, Event, Exchange, Kind, Limits, Measured, Passage, Private, Said, Session, Unsupported};
use crate::error::Error;

/// Sentences of an answer; a model that goes on is stopped.
const MOST_SENTENCES: usize = 12;
/// Letters of an answer, thoughts included.
const LONGEST_ANSWER: usize = 24_000;
/// A model that says the same again so often runs in a circle.
const MOST_REPEATS: usize = 2;
/// Passages that a model is given, where they fit.
const FOR_MODEL: usize = 12;
/// A passage that covers so much of the question speaks of it. (Set on questions to meetings that do and do not: bench/ask.py.)
const SPEAKS_OF_IT: f32 = 0.45;
/// Two of its words near one another do too, where they are not the least of it, and so does one in a question about a speaker.
const TOGETHER: u32 = 2;
const LEAST: f32 = 0.25;

impl Session {
    /// Answers one question. `on` hears a model's words as they come. `cancel` belongs to this question alone: it is set
    /// here when the model has said enough.
    pub fn ask(
        &mut self,
        clock: &dyn Clock,
        text: &Private,
        passages: usize,
        cancel: &Cancel,
        on: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<Answer, Error> {
        let begun = clock.steady();
        let languages: Vec<_> = self.index.languages().into_iter().collect();
        let question = Question::read(text.reveal(), &self.recordings, &languages);
        let (mut answer, hits) = self.look_up(&question, passages.max(1));
        answer.search = clock.steady().saturating_sub(begun);
        if self.answerer.is_some() && answer.kind != Kind::Facts && !hits.is_empty() {
            self.ask_model(text, &question, &hits, &mut answer, cancel, on)?;
        }
        self.remember(text, &answer);
        Ok(answer)
    }

    /// What is found without a model, and all that a model should see.
    fn look_up(&self, question: &Question, passages: usize) -> (Answer, Vec<Hit>) {
        let mut answer = empty();
        if question.signal == Some(Signal::Speakers) || (question.signal.is_none() && question.aim == Aim::People) {
            let hits = self.people(question, passages, &mut answer);
            return (answer, hits);
        }
        if let Some(signal) = question.signal {
            answer.facts = self.facts(signal, question);
            if !answer.facts.is_empty() {
                answer.kind = Kind::Facts;
                return (answer, Vec::new());
            }
            answer.notes.push(format!("nothing here was measured that tells it{}", self.why_not()));
        }
        let hits = self.look_for(question, passages, &mut answer);
        (answer, hits)
    }

    /// By words where the question names any, else by time or as a whole.
    fn look_for(&self, question: &Question, passages: usize, answer: &mut Answer) -> Vec<Hit> {
        let for_model = if self.answerer.is_some() { FOR_MODEL } else { 0 };
        let own = Query::new(&self.index, &question.words, &[]);
        let of_whole = question.signal.is_none() && question.aim == Aim::Outline;
        match question.when {
            Some(when) if (own.content() == 0 || of_whole) && !own.names_a_speaker() => {
                return self.at_a_time(question, when, (passages, for_model), answer);
            }
            None if of_whole => return self.outlined(question, passages, for_model, answer),
            _ => {}
        }
        let before = self.history.last().map(|exchange| tokens::tokens(exchange.question.reveal())).unwrap_or_default();
        let query = Query::new(&self.index, &question.words, &before);
        let bounds = question.bounds(&self.recordings);
        let found = search::search(&self.index, &query, &bounds, passages.max(for_model));
        if speaks_of_it(&found, &query) {
            answer.kind = Kind::Passages;
            answer.passages = found.hits.iter().take(passages).map(|hit| self.passage(hit)).collect();
        } else if query.content() == 0 && question.signal.is_none() {
            answer.notes.push("the question names nothing to look for; this is what the whole is about".to_owned());
            return self.outlined(question, passages, for_model, answer);
        }
        found.hits
    }

    fn why_not(&self) -> &'static str {
        if self.recordings.iter().any(|recording| recording.analysis.is_some()) {
            ""
        } else {
            "; ask the recording itself, not its transcript"
        }
    }

    pub(super) fn facts(&self, signal: Signal, question: &Question) -> Vec<Measured> {
        let bounds = question.bounds(&self.recordings).within;
        let holds = |fact: &&Fact| {
            bounds.is_empty()
                || bounds.iter().any(|(recording, within)| {
                    // Of the whole only when a file is named, not when a time is.
                    let inside = fact.span.map_or(question.when.is_none(), |span| within.overlap(span) > 0.0);
                    *recording == fact.recording && inside
                })
        };
        let of_it = self.facts.iter().filter(|fact| fact.signal == signal).filter(holds);
        of_it.map(|fact| self.measured(fact)).collect()
    }

    fn measured(&self, fact: &Fact) -> Measured {
        Measured {
            file: self.names[fact.recording].clone(),
            recording: fact.recording,
            span: fact.span,
            text: Private::new(fact.text.clone()),
        }
    }

    pub(super) fn passage(&self, hit: &Hit) -> Passage {
        let lines = &self.index.lines[hit.lines.clone()];
        let mut speakers: Vec<String> = Vec::new();
        let mut words = Private::default();
        for line in lines {
            let name = line.speaker.map(|speaker| self.index.speakers[speaker].clone());
            speakers.extend(name.filter(|name| !speakers.contains(name)));
            words.push_str(if words.is_empty() { "" } else { " " });
            words.push_str(&line.text);
        }
        let recording = self.index.lines[hit.peak].recording;
        let end = lines.iter().map(|line| line.span.end).fold(0.0, f64::max);
        Passage {
            file: self.names[recording].clone(),
            recording,
            span: reelspan_types::Span::new(lines[0].span.start, end),
            moment: self.index.lines[hit.peak].span,
            speakers,
            about: Vec::new(),
            words,
        }
    }

    fn ask_model(
        &self,
        text: &Private,
        question: &Question,
        hits: &[Hit],
        answer: &mut Answer,
        cancel: &Cancel,
        on: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<(), Error> {
        let Some(answerer) = &self.answerer else { return Ok(()) };
        let wanted = |fact: &Fact| matches!(fact.signal, Signal::Length | Signal::Best) && question.words.len() < 8;
        let facts: Vec<(usize, &Fact)> =
            self.facts.iter().enumerate().filter(|(_, fact)| wanted(fact)).take(10).collect();
        let sources = Sources { index: &self.index, facts: &self.facts, recordings: &self.recordings };
        let mut hearing =
            Hearing { sources, on, answer: empty(), sentence: Sentence::default(), repeats: 0, not_here: false };
        let mut splitter = Splitter::default();
        let (mut length, mut enough) = (0, false);
        let mut tell = |room: f64| {
            let turns = prompt::turns(room, &self.index, &self.recordings, hits, &facts, &self.history, text);
            answerer.answer(&turns, Limits::default(), cancel, &mut |more| {
                if enough {
                    return;
                }
                length += more.len();
                splitter.push(more, &mut |piece| hearing.hear(piece));
                if hearing.has_enough() || length > LONGEST_ANSWER {
                    enough = true;
                    cancel.cancel();
                }
            })
        };
        let mut outcome = tell(prompt::ROOM[0]);
        for room in &prompt::ROOM[1..] {
            if matches!(outcome, Err(Error::Ask(AskError::TooLong(_)))) {
                outcome = tell(*room);
            }
        }
        if !hearing.has_enough() {
            splitter.finish(&mut |piece| hearing.hear(piece));
        }
        if let Err(error) = outcome
            && !enough
        {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            answer.failed = true;
            let rest = if hearing.answer.sentences.is_empty() {
                "what the search finds is shown"
            } else {
                "it ends in the middle"
            };
            answer.notes.push(format!("{error}; {rest}"));
        }
        self.conclude(hearing.finish(), answer);
        Ok(())
    }

    /// A model's sentences where any hold; else what was found without it.
    fn conclude(&self, (heard, not_here): (Answer, bool), answer: &mut Answer) {
        answer.dropped = heard.dropped;
        if !heard.sentences.is_empty() {
            answer.kind = Kind::Model;
            answer.sentences = heard.sentences;
        } else if not_here && !answer.failed {
            answer.kind = Kind::Nothing;
            answer.passages.clear();
            answer.facts.clear();
        } else if !answer.dropped.is_empty() {
            answer.notes.push("nothing that the model said stands in the transcript".to_owned());
        }
    }

    fn remember(&mut self, question: &Private, answer: &Answer) {
        let mut said = Private::default();
        for sentence in &answer.sentences {
            said.push_str(sentence.text.reveal());
            for citation in &sentence.citations {
                said.push_str(&format!(" [{}]", citation.id));
            }
            said.push_str(" ");
        }
        if said.is_empty() {
            said.push_str(prompt::NOT_HERE);
        }
        self.history.push(Exchange { question: question.clone(), answer: said });
    }
}

fn empty() -> Answer {
    Answer {
        kind: Kind::Nothing,
        sentences: Vec::new(),
        dropped: Vec::new(),
        passages: Vec::new(),
        facts: Vec::new(),
        notes: Vec::new(),
        failed: false,
        search: std::time::Duration::ZERO,
    }
}

/// Whether what was found is about the question at all.
fn speaks_of_it(found: &Found, query: &Query) -> bool {
    let together = found.together >= TOGETHER && found.coverage >= LEAST;
    let of_someone = found.names_a_speaker && found.together >= 1;
    !found.hits.is_empty() && (query.content() == 0 || found.coverage >= SPEAKS_OF_IT || together || of_someone)
}

#[derive(Default)]
struct Sentence {
    text: Private,
    cited: Vec<Pointer>,
    /// Bytes of it that were shown. Held back is what may become "not in this project" or a repeat.
    shown: usize,
}

/// Listens to a model, sentence by sentence.
struct Hearing<'a, 'b> {
    sources: Sources<'a>,
    on: &'b mut (dyn FnMut(Event<'_>) + Send),
    answer: Answer,
    sentence: Sentence,
    repeats: usize,
    not_here: bool,
}

impl Hearing<'_, '_> {
    fn has_enough(&self) -> bool {
        self.repeats > MOST_REPEATS
            || self.answer.sentences.len() + self.answer.dropped.len() >= MOST_SENTENCES
            || self.not_here
    }

    fn hear(&mut self, piece: Piece) {
        if self.has_enough() {
            return;
        }
        match piece {
            Piece::Text(text) => {
                self.sentence.text.push_str(&text);
                let so_far = self.sentence.text.reveal();
                if !prompt::NOT_HERE.starts_with(&bare(so_far)) && !self.said_before(so_far) {
                    self.show();
                }
            }
            Piece::Cites(cited) => self.sentence.cited.extend(cited),
            Piece::End => self.end(),
        }
    }

    /// Whether an earlier sentence begins like this one: then it waits until it is known to be another.
    fn said_before(&self, so_far: &str) -> bool {
        let so_far = bare(so_far);
        let earlier = self
            .answer
            .sentences
            .iter()
            .map(|said| &said.text)
            .chain(self.answer.dropped.iter().map(|said| &said.text));
        earlier.into_iter().any(|text| bare(text.reveal()).starts_with(&so_far))
    }

    fn show(&mut self) {
        let shown = self.sentence.shown;
        let text = self.sentence.text.reveal();
        (self.on)(Event::Text(&text[shown..]));
        self.sentence.shown = text.len();
    }

    fn end(&mut self) {
        let sentence = std::mem::take(&mut self.sentence);
        let text = sentence.text.reveal();
        if sentence.cited.is_empty() && says_not_here(text) {
            self.not_here = self.answer.sentences.is_empty();
            return;
        }
        let whole = bare(text);
        let earlier = self
            .answer
            .sentences
            .iter()
            .map(|said| &said.text)
            .chain(self.answer.dropped.iter().map(|said| &said.text));
        if earlier.into_iter().any(|text| bare(text.reveal()) == whole) {
            self.repeats += 1;
            return;
        }
        if sentence.shown < text.len() {
            (self.on)(Event::Text(&text[sentence.shown..]));
        }
        match self.sources.verify(text, &sentence.cited) {
            Ok(held) => {
                let citations = self.sources.citations(&held);
                (self.on)(Event::Held(&citations));
                self.answer.sentences.push(Said { text: sentence.text, citations });
            }
            Err(fault) => {
                (self.on)(Event::Unheld(fault));
                self.answer.dropped.push(Unsupported { text: sentence.text, fault });
            }
        }
    }

    fn finish(mut self) -> (Answer, bool) {
        // A sentence that was cut off in the middle is judged as it stands.
        if !self.has_enough() && !self.sentence.text.is_empty() {
            self.end();
        }
        (self.answer, self.not_here)
    }
}

/// Letters and spaces alone, in capitals.
fn bare(text: &str) -> String {
    let kept: String = text.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).collect();
    kept.trim().to_uppercase()
}

/// "Not in this project", in the words that models find for it.
fn says_not_here(text: &str) -> bool {
    const WAYS: &[&str] = &[
        "NOT IN THIS PROJECT",
        "NOT MENTIONED",
        "NOT DISCUSSED",
        "DO NOT MENTION",
        "DOES NOT MENTION",
        "DONT MENTION",
        "DOESNT MENTION",
        "NO INFORMATION",
        "NO ANSWER",
        "CANNOT BE FOUND",
        "NOT CONTAIN",
        "NOT PROVIDE",
        "NOT SPECIFIED",
        "NOT STATED",
        "NICHT ERWÄHNT",
        "KEINE INFORMATION",
        "KEINE ANTWORT",
        "PAS MENTIONNÉ",
        "AUCUNE INFORMATION",
        "NO SE MENCIONA",
        "NON VIENE MENZIONATO",
        "NÃO É MENCIONADO",
        "НЕ УПОМИНАЕТСЯ",
    ];
    let text = bare(text);
    WAYS.iter().any(|way| text.contains(way))
}
