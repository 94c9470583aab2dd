//! Which filters may be used, with which options: a list of what is known to read and write nothing but frames.

mod bounds;
mod refused;

use std::collections::HashMap;
use std::sync::OnceLock;

use super::graph::{Filter, Graph};
use super::refusal::Refusal;

pub(super) use self::bounds::seconds as seconds_of;

const TABLE: &str = include_str!("filters.txt");
/// No option's value is longer.
const LONGEST_VALUE: usize = 8192;

/// What a filter option's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Fraction,
    Text,
    YesNo,
    Flags,
    Time,
    Color,
    Size,
    Rate,
    Pixels,
    Channels,
    Ratio,
    Dictionary,
    Bytes,
    /// Names a file: refused.
    File,
    /// Names a file that the caller fetches.
    Address,
}

#[derive(Debug)]
pub(super) struct Rules {
    /// Whether it takes `enable`.
    timeline: bool,
    pub(super) inputs: String,
    pub(super) outputs: String,
    pub(super) options: Vec<OptionRule>,
}

#[derive(Debug)]
pub(super) struct OptionRule {
    /// The first is what it is called where it was given by its position.
    pub(super) names: Vec<String>,
    pub(super) kind: Kind,
    by_name_only: bool,
}

impl Rules {
    pub(super) fn option(&self, name: &str) -> Option<&OptionRule> {
        self.options.iter().find(|option| option.names.iter().any(|known| known == name))
    }

    /// The name of the option at a position.
    pub(super) fn at(&self, position: usize) -> Option<&str> {
        let option = self.options.iter().filter(|option| !option.by_name_only).nth(position)?;
        Some(&option.names[0])
    }
}

/// What is known of a filter; an error that says why for one that is not allowed.
pub(super) fn rules(name: &str) -> Result<&'static Rules, Refusal> {
    static ALL: OnceLock<HashMap<&'static str, Rules>> = OnceLock::new();
    let all = ALL.get_or_init(|| TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect());
    all.get(name).ok_or_else(|| Refusal::filter(name, refused::why(name)))
}

fn read(line: &'static str) -> Option<(&'static str, Rules)> {
    let mut words = line.split(' ');
    let (name, shape) = (words.next()?, words.next()?);
    let (inputs, outputs) = shape.split_once("->")?;
    let option = |word: &str| {
        let (names, kind) = word.rsplit_once(':')?;
        let by_name_only = names.starts_with('-');
        let names = names.trim_start_matches('-').split('/').map(str::to_owned).collect();
        Some(OptionRule { names, kind: kind_of(kind)?, by_name_only })
    };
    let rules = Rules {
        timeline: outputs.ends_with('T'),
        inputs: inputs.to_owned(),
        outputs: outputs.trim_end_matches('T').to_owned(),
        options: words.filter_map(option).collect(),
    };
    Some((name, rules))
}

fn kind_of(letter: &str) -> Option<Kind> {
    Some(match letter {
        "i" => Kind::Whole,
        "f" => Kind::Fraction,
        "s" => Kind::Text,
        "b" => Kind::YesNo,
        "F" => Kind::Flags,
        "d" => Kind::Time,
        "c" => Kind::Color,
        "z" => Kind::Size,
        "r" => Kind::Rate,
        "p" => Kind::Pixels,
        "l" => Kind::Channels,
        "q" => Kind::Ratio,
        "D" => Kind::Dictionary,
        "B" => Kind::Bytes,
        "!" => Kind::File,
        "@" => Kind::Address,
        _ => return None,
    })
}

/// Checks every filter of a graph; gives the addresses that it names.
pub(super) fn check(graph: &Graph) -> Result<Vec<String>, Refusal> {
    let mut addresses = Vec::new();
    for filter in graph.filters() {
        let rules = rules(&filter.name)?;
        for (name, value) in &filter.options {
            if let Some(address) = option(filter, rules, name, value)? {
                addresses.push(address);
            }
        }
        let named = |option: &OptionRule| filter.options.iter().any(|(name, _)| option.names.contains(name));
        if rules.options.iter().any(|option| option.kind == Kind::Address && !named(option)) {
            return Err(Refusal::filter(
                &filter.name,
                "names no file; write its address, as in `subtitles='https://...'`",
            ));
        }
        bounds::check(filter)?;
    }
    Ok(addresses)
}

/// One option; an address if its value is one.
fn option(filter: &Filter, rules: &Rules, name: &str, value: &str) -> Result<Option<String>, Refusal> {
    let refuse = |why: String| Err(Refusal::filter(&filter.name, why));
    if name == "enable" && rules.timeline {
        return expression(value)
            .map(|()| None)
            .map_err(|why| Refusal::filter(&filter.name, format!("has an `enable` that {why}")));
    }
    let shown: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "_-/".contains(*c)).take(40).collect();
    let Some(rule) = rules.option(name) else {
        if name.starts_with('/') {
            return refuse(format!("has an option `{shown}` that would be read from a file; write the value itself"));
        }
        return refuse(format!("has no option `{shown}` that may be used here"));
    };
    if value.len() > LONGEST_VALUE || value.contains('\0') {
        return refuse(format!("has a `{shown}` that is too long or holds a zero byte"));
    }
    let plain = |more: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let fits = match rule.kind {
        Kind::File => return refuse(refused::file_option(&filter.name, name)),
        Kind::Address => return address(value).map(Some).map_err(|why| Refusal::filter(&filter.name, why)),
        Kind::Whole | Kind::Fraction => plain("_+-*/.() ^,"),
        Kind::YesNo => plain("-"),
        Kind::Flags => plain("_+-"),
        Kind::Time => plain("+-:._"),
        Kind::Color => plain("#@._"),
        Kind::Size | Kind::Pixels => plain("_-:x|"),
        Kind::Rate | Kind::Ratio => plain("_-./:*+() "),
        Kind::Channels => plain("_+.@() "),
        Kind::Text | Kind::Dictionary | Kind::Bytes => true,
    };
    if !fits {
        return refuse(format!("has a `{shown}` of another kind than it takes"));
    }
    if rule.kind == Kind::Text && filter.name != "drawtext" {
        expression(value).map_err(|why| Refusal::filter(&filter.name, format!("has a `{shown}` that {why}")))?;
    }
    Ok(None)
}

/// `while` counts without end, and drawing text knows more functions than those of numbers.
pub(super) fn expression(value: &str) -> Result<(), &'static str> {
    let squeezed: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    if ["while(", "root(", "taylor("].iter().any(|function| squeezed.contains(function)) {
        return Err("uses `while`, `root` or `taylor`, which may never end; write it without them");
    }
    if squeezed.matches('(').count() > 400 {
        return Err("has more than 400 brackets; write it shorter");
    }
    Ok(())
}

/// What the caller can fetch: an address of the web or a handle of this service.
fn address(value: &str) -> Result<String, &'static str> {
    let schemes = ["https://", "http://", "gs://"];
    let whole = schemes.iter().any(|scheme| value.len() > scheme.len() && value.starts_with(scheme));
    if !whole || value.len() > 4096 || value.chars().any(char::is_control) {
        return Err("may only read a file by its address: an https:// URL, or the gs:// handle of an upload");
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests;
