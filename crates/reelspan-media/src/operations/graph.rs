//! ffmpeg's filter graph language: read as ffmpeg reads it, and written again so that nothing is left to be read otherwise.
//!
//! Two parsers take quotes and backslashes off one after the other: the graph's (`,;[]`), then each filter's (`:`). What is
//! checked is what came out of both, and what ffmpeg is given is that, escaped for both. Options by position are given their
//! names, so what was checked under a name is set under that name.

use std::fmt::Write as _;

use super::filters::{self, Kind};
use super::refusal::Refusal;
use crate::render::escape;

/// A graph may not make the command line too long for the kernel, and each character may need four.
const LONGEST: usize = 24 * 1024;
const MOST_FILTERS: usize = 200;
const WHITE: &[char] = &[' ', '\n', '\t', '\r'];

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Graph {
    /// Flags for the scalers that ffmpeg puts in by itself.
    pub(super) scaler: Option<String>,
    /// Separated by `;`, each a row of filters separated by `,`.
    pub(super) chains: Vec<Vec<Filter>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Filter {
    pub(super) inputs: Vec<String>,
    pub(super) name: String,
    /// After the `@`.
    pub(super) id: Option<String>,
    /// All by name, in the order in which they were given.
    pub(super) options: Vec<(String, String)>,
    pub(super) outputs: Vec<String>,
}

impl Graph {
    pub(super) fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.chains.iter().flatten()
    }

    pub(super) fn filters_mut(&mut self) -> impl Iterator<Item = &mut Filter> {
        self.chains.iter_mut().flatten()
    }

    /// Labels that are made and used by no filter: what comes out.
    pub(super) fn open_outputs(&self) -> Vec<String> {
        let used: Vec<&String> = self.filters().flat_map(|filter| &filter.inputs).collect();
        let made = self.filters().flat_map(|filter| &filter.outputs);
        made.filter(|label| !used.contains(label)).cloned().collect()
    }

    /// Labels that are used and made by no filter: streams of the inputs.
    pub(super) fn open_inputs(&self) -> Vec<String> {
        let made: Vec<&String> = self.filters().flat_map(|filter| &filter.outputs).collect();
        let used = self.filters().flat_map(|filter| &filter.inputs);
        used.filter(|label| !made.contains(label)).cloned().collect()
    }

    /// As ffmpeg takes it.
    pub(super) fn write(&self) -> String {
        let mut out = self.scaler.as_ref().map(|flags| format!("sws_flags={flags};")).unwrap_or_default();
        let chains: Vec<String> =
            self.chains.iter().map(|chain| chain.iter().map(Filter::write).collect::<Vec<_>>().join(",")).collect();
        out.push_str(&chains.join(";"));
        out
    }
}

impl Filter {
    /// The last value of an option; ffmpeg takes that one.
    pub(super) fn value(&self, names: &[&str]) -> Option<&str> {
        let mut found = self.options.iter().rev().filter(|(name, _)| names.contains(&name.as_str()));
        found.next().map(|(_, value)| value.as_str())
    }

    pub(super) fn write(&self) -> String {
        let mut out = String::new();
        let labels = |out: &mut String, labels: &[String]| {
            for label in labels {
                let _written = write!(out, "[{label}]");
            }
        };
        labels(&mut out, &self.inputs);
        out.push_str(&self.name);
        if let Some(id) = &self.id {
            let _written = write!(out, "@{id}");
        }
        for (place, (name, value)) in self.options.iter().enumerate() {
            out.push(if place == 0 { '=' } else { ':' });
            let _written = write!(out, "{name}={}", escape::option(value));
        }
        labels(&mut out, &self.outputs);
        out
    }
}

/// Reads a graph. Nothing is said here of whether its filters are allowed, but unknown ones cannot be read.
pub(super) fn parse(text: &str) -> Result<Graph, Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::graph(format!("is longer than {LONGEST} bytes")));
    }
    if text.contains('\0') {
        return Err(Refusal::graph("holds a zero byte"));
    }
    let mut rest = text.trim_start_matches(WHITE);
    let mut graph = Graph::default();
    if let Some(after) = rest.strip_prefix("sws_flags=") {
        let (flags, after) =
            after.split_once(';').ok_or_else(|| Refusal::graph("has `sws_flags` without a `;` after it"))?;
        if !flags.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c)) {
            return Err(Refusal::graph("has `sws_flags` that are no flags"));
        }
        (graph.scaler, rest) = (Some(flags.to_owned()), after);
    }
    graph.chains.push(Vec::new());
    for count in 0.. {
        if count == MOST_FILTERS {
            return Err(Refusal::graph(format!("has more than {MOST_FILTERS} filters")));
        }
        let filter = filter(&mut rest)?;
        if let Some(chain) = graph.chains.last_mut() {
            chain.push(filter);
        }
        rest = rest.trim_start_matches(WHITE);
        match rest.chars().next() {
            None => break,
            Some(',') => {}
            Some(';') => graph.chains.push(Vec::new()),
            Some(_) => return Err(Refusal::graph("has something after a filter that is neither `,` nor `;` nor `[`")),
        }
        rest = &rest[1..];
    }
    Ok(graph)
}

fn filter(rest: &mut &str) -> Result<Filter, Refusal> {
    *rest = rest.trim_start_matches(WHITE);
    let inputs = labels(rest)?;
    let (name, after) = token(rest, "=,;[");
    *rest = after;
    let mut arguments = None;
    if let Some(after) = rest.strip_prefix('=') {
        let (value, after) = token(after, "[],;");
        (arguments, *rest) = (Some(value), after);
    }
    let outputs = labels(rest)?;
    let (name, id) = match name.split_once('@') {
        Some((name, id)) => (name.to_owned(), Some(id.to_owned())),
        None => (name, None),
    };
    if name.is_empty() {
        return Err(Refusal::graph("has a place where a filter's name is missing"));
    }
    if id.as_ref().is_some_and(|id| id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)))
    {
        return Err(Refusal::filter(
            &name,
            "has a name after the `@` that is not made of letters, digits, `_` and `-`",
        ));
    }
    let rules = filters::rules(&name)?;
    let options = arguments.map(|text| options(&name, &text, rules)).transpose()?.unwrap_or_default();
    Ok(Filter { inputs, name, id, options, outputs })
}

fn labels(rest: &mut &str) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    while let Some(after) = rest.strip_prefix('[') {
        let (label, after) = token(after, "]");
        let Some(after) = after.strip_prefix(']') else { return Err(Refusal::graph("has a `[` without its `]`")) };
        let plain = |c: char| c.is_ascii_alphanumeric() || "_:.-#+".contains(c);
        if label.is_empty() || label.len() > 60 || !label.chars().all(plain) {
            return Err(Refusal::graph("has a label that is not made of letters, digits and `_ : . - # +`"));
        }
        found.push(label);
        *rest = after.trim_start_matches(WHITE);
    }
    Ok(found)
}

/// The options of one filter, by name. `rules` knows which name stands at which position.
fn options(filter: &str, text: &str, rules: &filters::Rules) -> Result<Vec<(String, String)>, Refusal> {
    if let Some(found) = address(text, rules) {
        return found.map_err(|why| Refusal::filter(filter, why));
    }
    let mut found = Vec::new();
    let mut rest = text;
    let mut position = Some(0);
    while !rest.is_empty() {
        let (name, after) = match key(rest) {
            Some((name, after)) => {
                position = None;
                (name.to_owned(), after)
            }
            None => {
                let at = position.as_mut().ok_or_else(|| {
                    Refusal::filter(
                        filter,
                        "has a value without a name after one with a name; name it too, or escape a `:`",
                    )
                })?;
                let name = rules.at(*at).ok_or_else(|| Refusal::filter(filter, "has more values than options"))?;
                *at += 1;
                (name.to_owned(), rest)
            }
        };
        let (value, after) = token(after, ":");
        rest = after.strip_prefix(':').unwrap_or(after);
        found.push((name, value));
    }
    Ok(found)
}

/// Addresses hold colons, and hardly anybody escapes them twice: `subtitles='https://a/b.srt':force_style=...` is taken as
/// it is meant. None where the filter takes no address, or the text holds none.
fn address(text: &str, rules: &filters::Rules) -> Option<Result<Vec<(String, String)>, &'static str>> {
    let name = rules.options.iter().find(|option| option.kind == Kind::Address)?.names[0].as_str();
    let mut value = text.trim_start_matches(WHITE);
    for prefix in rules.options.iter().find(|option| option.kind == Kind::Address)?.names.iter() {
        value = value.strip_prefix(&format!("{prefix}=")).unwrap_or(value);
    }
    let plain = ["https://", "http://", "gs://"].iter().any(|scheme| value.starts_with(scheme));
    if !plain {
        return None;
    }
    let named = |at: &usize| {
        let after = &value[at + 1..];
        key(after).is_some_and(|(name, _)| rules.option(name).is_some() || name == "enable")
    };
    let end = value.match_indices(':').map(|(at, _)| at).find(named).unwrap_or(value.len());
    let mut found = vec![(name.to_owned(), value[..end].trim_end_matches(WHITE).to_owned())];
    let mut rest = value[end..].strip_prefix(':').unwrap_or_default();
    while !rest.is_empty() {
        let Some((name, after)) = key(rest) else { return Some(Err("has a value without a name after its address")) };
        let (one, after) = token(after, ":");
        rest = after.strip_prefix(':').unwrap_or(after);
        found.push((name.to_owned(), one));
    }
    Some(Ok(found))
}

/// `name=`, if it begins with one.
fn key(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(WHITE);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_/.".contains(c))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    Some((name, rest.trim_start_matches(WHITE).strip_prefix('=')?))
}

/// Up to the first bare terminator: quotes and backslashes taken off, white space around it left out.
pub(super) fn token<'a>(text: &'a str, terminators: &str) -> (String, &'a str) {
    let text = text.trim_start_matches(WHITE);
    let mut out = String::new();
    // Up to here nothing is left out again: it was quoted or escaped.
    let mut kept = 0;
    let mut chars = text.char_indices();
    let mut rest = "";
    while let Some((at, c)) = chars.next() {
        if terminators.contains(c) {
            rest = &text[at..];
            break;
        }
        match c {
            '\\' => match chars.next() {
                Some((_, escaped)) => {
                    out.push(escaped);
                    kept = out.len();
                }
                None => out.push('\\'),
            },
            '\'' => {
                let mut closed = false;
                for (_, quoted) in chars.by_ref() {
                    if quoted == '\'' {
                        closed = true;
                        break;
                    }
                    out.push(quoted);
                }
                if closed {
                    kept = out.len();
                }
            }
            c => out.push(c),
        }
    }
    let end = out.trim_end_matches(WHITE).len().max(kept);
    out.truncate(end);
    (out, rest)
}

#[cfg(test)]
mod tests;
