//! What a person sees of an answer, and what a script reads of it.

use std::io::{IsTerminal, Write};

use reelspan_app::ask::{Answer, Citation, Cut, Event, Kind, Measured, Passage, Session};
use reelspan_types::{Span, format_time};
use serde_json::{Value, json};

use crate::console::print;

/// Shows a model's answer while it grows.
pub(super) struct Screen {
    json: bool,
    bold: bool,
    /// Something stands on the line that is not ended.
    open: bool,
}

impl Screen {
    pub(super) fn new(json: bool) -> Self {
        Self { json, bold: std::io::stdout().is_terminal(), open: false }
    }

    pub(super) fn hear(&mut self, event: &Event<'_>) {
        if self.json {
            return;
        }
        match event {
            Event::Text(text) => {
                self.open = true;
                self.put(text);
            }
            Event::Held(citations) => {
                let places: Vec<String> = citations.iter().map(|each| place(&each.file, each.span)).collect();
                self.put(&self.dim(&format!(" [{}]", places.join("; "))));
                self.end_line();
            }
            Event::Unheld(_) => {
                self.put(&self.dim(" (not in the transcript)"));
                self.end_line();
            }
        }
    }

    pub(super) fn end_line(&mut self) {
        if std::mem::take(&mut self.open) {
            self.put("\n");
        }
    }

    fn dim(&self, text: &str) -> String {
        if self.bold { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn put(&self, text: &str) {
        // A closed pipe (`| head`) is no error worth a panic.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// What is left to be shown once the answer is whole.
pub(super) fn answer(session: &Session, answer: &Answer, number: u64, json: bool) {
    for note in &answer.notes {
        eprintln!("      note {note}");
    }
    if json {
        // One line each, so that a pipe of questions gives a line an answer.
        print(&as_json(session, answer, number).to_string());
        return;
    }
    match answer.kind {
        Kind::Model => {}
        Kind::Nothing => print("Nothing in this project speaks of that."),
        Kind::Facts => facts(&answer.facts),
        Kind::Outline => {
            facts(&answer.facts);
            answer.passages.iter().for_each(|topic| print(&outlined(topic)));
        }
        Kind::Passages => {
            facts(&answer.facts);
            for (at, passage) in answer.passages.iter().enumerate() {
                print(&found(at + 1, passage));
            }
        }
    }
}

fn facts(facts: &[Measured]) {
    for fact in facts {
        let at = fact.span.map_or_else(|| safe(&fact.file), |span| place(&fact.file, span));
        print(&format!("{at}  {}", safe(fact.text.reveal())));
    }
}

fn found(number: usize, passage: &Passage) -> String {
    let who =
        if passage.speakers.is_empty() { String::new() } else { format!("  {}", safe(&passage.speakers.join(", "))) };
    let moment = format_time(passage.moment.start);
    let words = safe(passage.words.reveal());
    format!("{number}. {}  (at {moment}){who}\n   {words}", place(&passage.file, passage.span))
}

/// A topic: where, what marks it, and its most typical sentence.
fn outlined(topic: &Passage) -> String {
    let about = if topic.about.is_empty() { String::new() } else { format!("  {}", safe(&topic.about.join(", "))) };
    let who = if topic.speakers.is_empty() { String::new() } else { format!("{}: ", safe(&topic.speakers.join(", "))) };
    let (moment, words) = (format_time(topic.moment.start), safe(topic.words.reveal()));
    format!("{}{about}\n   {moment}  {who}{words}", place(&topic.file, topic.span))
}

fn place(file: &str, span: Span) -> String {
    format!("{} {}-{}", safe(file), format_time(span.start), format_time(span.end))
}

/// What was said or what a file is called must not move a terminal's cursor.
fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn cut(cut: &Cut) -> String {
    let mut text = format!(
        "{}: {} piece(s), {} of `{}`; make it with: reelspan cut --from-plan {}",
        cut.file.display(),
        cut.pieces,
        format_time(cut.seconds),
        safe(&cut.recording),
        cut.file.display()
    );
    if cut.elsewhere > 0 {
        text += &format!(
            "\n      note {} more place(s) lie in other recordings; a cut is made from one, the most cited",
            cut.elsewhere
        );
    }
    text
}

fn as_json(session: &Session, answer: &Answer, number: u64) -> Value {
    let sentences = answer.sentences.iter().map(|said| {
        json!({"text": said.text.reveal(), "citations": said.citations.iter().map(citation).collect::<Vec<_>>()})
    });
    let dropped = answer.dropped.iter().map(|each| json!({"text": each.text.reveal(), "why": each.fault.code()}));
    let passages = answer.passages.iter().map(|each| {
        json!({
            "file": each.file, "start": each.span.start, "end": each.span.end, "moment": each.moment.start,
            "speakers": each.speakers, "about": each.about, "words": each.words.reveal(),
        })
    });
    let facts = answer.facts.iter().map(|each| {
        let (start, end) = (each.span.map(|span| span.start), each.span.map(|span| span.end));
        json!({"file": each.file, "start": start, "end": end, "text": each.text.reveal()})
    });
    json!({
        "number": number,
        "kind": match answer.kind {
            Kind::Model => "answer",
            Kind::Passages => "passages",
            Kind::Outline => "outline",
            Kind::Facts => "facts",
            Kind::Nothing => "nothing",
        },
        "model": session.model(),
        "model_failed": answer.failed,
        "sentences": sentences.collect::<Vec<_>>(),
        "dropped": dropped.collect::<Vec<_>>(),
        "passages": passages.collect::<Vec<_>>(),
        "facts": facts.collect::<Vec<_>>(),
        "notes": answer.notes,
        "search_ms": answer.search.as_secs_f64() * 1e3,
        "index_ms": session.built().as_secs_f64() * 1e3,
    })
}

fn citation(citation: &Citation) -> Value {
    json!({
        "id": citation.id, "file": citation.file, "start": citation.span.start, "end": citation.span.end,
        "words": citation.words.reveal(),
    })
}
