//! Raw ffmpeg options: those that may be used, where they may stand, and what each may be told.

mod refused;
mod table;
mod values;

use serde_json::Value;

use super::Flag;
use super::format::Format;
use super::refusal::Refusal;

pub(super) use self::table::{Does, Place};
pub(super) use self::values::seconds;

/// One option that may be used, as ffmpeg is given it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Opt {
    /// With the dash and the stream, `-b:a:0`.
    pub(super) written: String,
    /// Without either, `b`.
    pub(super) base: &'static str,
    /// After the first colon.
    pub(super) stream: Option<String>,
    pub(super) argument: Option<String>,
    pub(super) does: Does,
}

impl Opt {
    /// Whether it is meant for this kind of stream: `v`, `a` or `s`.
    pub(super) fn is_for(&self, kind: char) -> bool {
        match (&self.stream, self.does.only_for()) {
            (_, Some(only)) => only == kind,
            (None, None) => true,
            (Some(stream), None) => {
                let first = stream.chars().next().unwrap_or(kind);
                first == kind || (first == 'V' && kind == 'v') || first.is_ascii_digit()
            }
        }
    }
}

/// What one flag of a request comes to.
pub(super) enum Read {
    /// It goes to ffmpeg.
    Used(Opt),
    /// It is so already: `-y`, `-hide_banner`, `-f mp4` of an mp4.
    Already,
}

/// Reads one flag, or says why it is refused.
pub(super) fn read(flag: &Flag, place: Place, format: Format) -> Result<Read, Refusal> {
    let option = flag.option.trim();
    let Some(name) = option.strip_prefix('-') else {
        return Err(Refusal::option(
            option,
            "does not begin with `-`; write it as on ffmpeg's command line, as in `-crf`",
        ));
    };
    let (base, stream) = match name.split_once(':') {
        Some((base, stream)) => (base, Some(stream)),
        None => (name, None),
    };
    // `-b:a` may be a row of its own; `-b:a:0` is one stream of `-b`.
    let (row, stream) = match table::find(name, place) {
        Some(row) => (row, None),
        None => match table::find(base, place) {
            Some(row) => (row, stream),
            None => return Err(Refusal::option(option, refused::why(base, place))),
        },
    };
    let argument = text(&flag.argument).map_err(|why| Refusal::option(option, why))?;
    if let Some(stream) = stream {
        values::stream(row, stream).map_err(|why| Refusal::option(option, why))?;
    }
    let argument = match (row.takes, argument) {
        (table::Takes::Nothing, Some(argument)) if !matches!(argument.as_str(), "" | "1" | "true") => {
            return Err(Refusal::option(option, "takes no argument; leave it out"));
        }
        (table::Takes::Nothing, _) => None,
        (_, None) => return Err(Refusal::option(option, "needs an argument")),
        (_, Some(argument)) if argument.is_empty() => return Err(Refusal::option(option, "needs an argument")),
        (takes, Some(argument)) => {
            values::check(takes, &argument, format).map_err(|why| Refusal::option(option, why))?;
            Some(argument)
        }
    };
    if row.does == Does::Already {
        return Ok(Read::Already);
    }
    let written = match stream {
        Some(stream) => format!("-{}:{stream}", row.names[0]),
        None => format!("-{}", row.names[0]),
    };
    let stream = stream.map(str::to_owned);
    Ok(Read::Used(Opt { written, base: row.names[0], stream, argument, does: row.does }))
}

/// An argument as text: some clients send numbers.
fn text(argument: &Option<Value>) -> Result<Option<String>, &'static str> {
    let text = match argument {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(true)) => "1".to_owned(),
        Some(Value::Bool(false)) => "0".to_owned(),
        Some(Value::Array(_) | Value::Object(_)) => {
            return Err("takes text or a number; only `@` options take objects");
        }
    };
    if text.contains('\0') {
        return Err("has an argument with a zero byte");
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests;
