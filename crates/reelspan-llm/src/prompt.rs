//! Lays messages out for a model: by the chat template in its file, or as near to it as can be had.
//!
//! Templates are laid out over marks instead of the messages' words, which are put in afterwards. So it is seen whether a
//! template leaves a message out, and words that look like a model's own marks (`<|im_end|>` in a transcript) stay words.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;
use minijinja::{Environment, Error, ErrorKind, context};
use reelspan_types::dialogue::{FailureCode, Message, Role, Template};
use reelspan_types::{Clock, SystemClock};

use crate::Stop;

/// Around a message's number, in place of its words. From Unicode's private area: no template looks for them.
const OPEN: char = '\u{e0f0}';
const CLOSE: char = '\u{e0f1}';
/// A template that works longer than this works forever.
const FUEL: u64 = 2_000_000;

/// What the model is to read, and what ends its answer besides its own token.
pub(crate) struct Prompt {
    pub(crate) tokens: Vec<LlamaToken>,
    pub(crate) template: Template,
    pub(crate) marks: Vec<String>,
}

/// One message of the layout: several are joined where a model knows no system or wants roles to alternate.
#[derive(Debug, Clone, PartialEq)]
struct Turn {
    role: Role,
    messages: Vec<usize>,
}

impl Turn {
    fn marked(&self) -> String {
        let marks: Vec<String> = self.messages.iter().map(|place| format!("{OPEN}{place}{CLOSE}")).collect();
        marks.join("\n\n")
    }
}

/// A piece of the finished prompt.
#[derive(Debug, PartialEq)]
enum Part<'a> {
    Template(&'a str),
    Message(usize),
}

pub(crate) fn lay_out(model: &LlamaModel, messages: &[Message]) -> Result<Prompt, Stop> {
    let (mut text, template) = choose(model, messages)
        .ok_or_else(|| Stop::new(FailureCode::Unsupported, "the model's chat template leaves out what it is told"))?;
    think_no_more(&mut text);
    let marks = match template {
        Template::Own | Template::Known => Vec::new(),
        Template::ChatMl => vec!["<|im_end|>".to_owned()],
        Template::Plain => vec!["\nUser:".to_owned()],
    };
    Ok(Prompt { tokens: tokens(model, &text, messages)?, template, marks })
}

/// The first layout that holds every message.
fn choose(model: &LlamaModel, messages: &[Message]) -> Option<(String, Template)> {
    let layouts = [as_they_are(messages), folded(messages)];
    let whole = |text: &String| holds_all(text, messages);
    if let Ok(own) = model.chat_template(None) {
        let names = [model.vocab().bos(), model.vocab().eos()].map(|token| name(model, token));
        let source = own.to_str().unwrap_or_default();
        let mut rendered = layouts.iter().filter_map(|turns| render(source, turns, &names).ok());
        if let Some(text) = rendered.find(whole) {
            return Some((text, Template::Own));
        }
        let mut known = layouts.iter().filter_map(|turns| known(model, &own, turns));
        if let Some(text) = known.find(whole) {
            return Some((text, Template::Known));
        }
    }
    let chat_ml = model.vocab().tokenize(b"<|im_start|>", false, true).len() == 1;
    let (text, template) = if chat_ml {
        (chat_ml_text(&layouts[0]), Template::ChatMl)
    } else {
        (plain_text(&layouts[0]), Template::Plain)
    };
    Some((text, template)).filter(|(text, _)| whole(text))
}

fn as_they_are(messages: &[Message]) -> Vec<Turn> {
    messages.iter().enumerate().map(|(place, message)| Turn { role: message.role, messages: vec![place] }).collect()
}

/// Without a system, and no role twice in a row: some models know nothing else.
fn folded(messages: &[Message]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for mut turn in as_they_are(messages) {
        if turn.role == Role::System {
            turn.role = Role::User;
        }
        match turns.last_mut() {
            Some(last) if last.role == turn.role => last.messages.extend(turn.messages),
            _ => turns.push(turn),
        }
    }
    turns
}

/// Templates may drop what an assistant said (its thoughts, say), but nothing that it is told.
fn holds_all(text: &str, messages: &[Message]) -> bool {
    let mut told = messages.iter().enumerate().filter(|(_, message)| message.role != Role::Assistant);
    told.all(|(place, _)| text.contains(&format!("{OPEN}{place}{CLOSE}")))
}

fn render(source: &str, turns: &[Turn], [bos, eos]: &[String; 2]) -> Result<String, Error> {
    let mut jinja = Environment::new();
    // As the library does in which these templates are written.
    jinja.set_syntax(jinja.syntax().to_builder().trim_blocks(true).lstrip_blocks(true).build()?);
    jinja.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    jinja.add_function("raise_exception", |why: String| -> Result<String, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, why))
    });
    // Whatever form is asked for: it is the day that counts.
    jinja.add_function("strftime_now", |_: String| day(SystemClock::new().now_ms()));
    jinja.set_fuel(Some(FUEL));
    let messages: Vec<_> =
        turns.iter().map(|turn| context! { role => turn.role.name(), content => turn.marked() }).collect();
    jinja.render_str(
        &plain_source(source),
        context! {
            messages,
            add_generation_prompt => true,
            bos_token => bos,
            eos_token => eos,
            // Answers are short and cite their sources: thinking aloud would only delay them.
            enable_thinking => false,
            thinking => false,
        },
    )
}

/// Takes out the tags by which trainers find what a model said, which change nothing in the text, and the line ends of
/// Windows, as the library does in which these templates are written.
fn plain_source(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let source = source.replace("\r\n", "\n");
    let mut rest = source.as_str();
    while let Some((before, inside)) = rest.split_once("{%") {
        let Some((tag, after)) = inside.split_once("%}") else { break };
        kept.push_str(before);
        if !["generation", "endgeneration"].contains(&tag.trim_matches(['-', '+', ' ', '\n'])) {
            kept.extend(["{%", tag, "%}"]);
        }
        rest = after;
    }
    kept + rest
}

/// A day of UTC, `2026-03-01`: the year begins in March, so that the leap day is its last.
fn day(milliseconds: i64) -> String {
    let days = milliseconds.div_euclid(86_400_000) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + i64::from(month <= 2))
}

/// llama.cpp knows the likes of many templates without Jinja.
fn known(model: &LlamaModel, own: &LlamaChatTemplate, turns: &[Turn]) -> Option<String> {
    let message = |turn: &Turn| LlamaChatMessage::new(turn.role.name().to_owned(), turn.marked()).ok();
    let messages: Option<Vec<_>> = turns.iter().map(message).collect();
    model.apply_chat_template(own, &messages?, true).ok()
}

fn chat_ml_text(turns: &[Turn]) -> String {
    let turn = |turn: &Turn| format!("<|im_start|>{}\n{}<|im_end|>\n", turn.role.name(), turn.marked());
    turns.iter().map(turn).collect::<String>() + "<|im_start|>assistant\n"
}

fn plain_text(turns: &[Turn]) -> String {
    let turn = |turn: &Turn| match turn.role {
        Role::System => format!("{}\n\n", turn.marked()),
        Role::User => format!("User: {}\n\n", turn.marked()),
        Role::Assistant => format!("Assistant: {}\n\n", turn.marked()),
    };
    turns.iter().map(turn).collect::<String>() + "Assistant:"
}

/// A layout that ends where the model would begin to think goes on to where it answers.
fn think_no_more(text: &mut String) {
    if text.trim_end().ends_with("<think>") {
        text.push_str("\n</think>\n\n");
    } else if text.ends_with("<|start|>assistant") {
        text.push_str("<|channel|>final<|message|>");
    }
}

fn parts(mut text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    while let Some((before, rest)) = text.split_once(OPEN) {
        let Some((place, after)) = rest.split_once(CLOSE) else { break };
        parts.push(Part::Template(before));
        parts.extend(place.parse().ok().map(Part::Message));
        text = after;
    }
    parts.push(Part::Template(text));
    parts.retain(|part| *part != Part::Template(""));
    parts
}

fn tokens(model: &LlamaModel, text: &str, messages: &[Message]) -> Result<Vec<LlamaToken>, Stop> {
    let vocab = model.vocab();
    let words = |place: usize| messages.get(place).map_or("", |message| message.content.expose());
    let parts = parts(text);
    let forged = parts.iter().any(|part| match part {
        // Marks of the model among the words: read as marks they would begin turns that nobody took.
        Part::Message(place) => {
            let words = words(*place).as_bytes();
            vocab.tokenize(words, false, true) != vocab.tokenize(words, false, false)
        }
        Part::Template(_) => false,
    });
    let mut tokens = Vec::new();
    let bos = vocab.bos();
    if vocab.should_add_bos() && bos.0 >= 0 && !text.starts_with(&name(model, bos)) {
        tokens.push(bos);
    }
    if forged {
        for part in &parts {
            tokens.extend(match part {
                Part::Template(text) => vocab.tokenize(text.as_bytes(), false, true),
                Part::Message(place) => vocab.tokenize(words(*place).as_bytes(), false, false),
            });
        }
    } else {
        let whole: String = parts
            .iter()
            .map(|part| match part {
                Part::Template(text) => text,
                Part::Message(place) => words(*place),
            })
            .collect();
        tokens.extend(vocab.tokenize(whole.as_bytes(), false, true));
    }
    if tokens.is_empty() {
        return Err(Stop::new(FailureCode::BadRequest, "there is nothing to answer: all messages are empty"));
    }
    Ok(tokens)
}

/// How a token is written in templates; nothing where the model has no such token.
fn name(model: &LlamaModel, token: LlamaToken) -> String {
    if token.0 < 0 {
        return String::new();
    }
    model.vocab().text(token).map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
