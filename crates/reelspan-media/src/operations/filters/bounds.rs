//! How much one filter may be told to make: numbers that would fill memory or never end are refused before anything runs.

mod sum;

use super::super::graph::Filter;
use super::super::refusal::Refusal;

/// The longest side: 8K.
const MOST_SIDE: f64 = 8192.0;
const MOST_RATE: f64 = 240.0;
/// Frames that a filter keeps in memory.
const MOST_KEPT: f64 = 3000.0;
/// Streams into or out of one filter.
const MOST_STREAMS: f64 = 64.0;
/// Seconds that are put in without being in any input.
const MOST_SECONDS: f64 = 6.0 * 3600.0;

/// Filter, names of the option, most, what it is called.
type Bound = (&'static [&'static str], &'static [&'static str], f64, &'static str);

const BOUNDS: &[Bound] = &[
    (&["scale", "scale2ref", "zscale"], &["w", "width", "h", "height"], MOST_SIDE, "pixels a side"),
    (&["pad"], &["w", "width", "h", "height"], MOST_SIDE, "pixels a side"),
    (&["rotate"], &["out_w", "ow", "out_h", "oh"], MOST_SIDE, "pixels a side"),
    (&["v360"], &["w", "h"], MOST_SIDE, "pixels a side"),
    (&["framerate", "minterpolate", "fps", "zoompan"], &["fps"], MOST_RATE, "frames a second"),
    (&["loop"], &["size"], MOST_KEPT, "frames that are kept in memory"),
    (&["thumbnail", "tmedian", "random"], &["n", "radius", "frames"], MOST_KEPT, "frames that are kept in memory"),
    (&["tmix"], &["frames"], 128.0, "frames that are mixed"),
    (&["zoompan"], &["d"], 100_000.0, "frames for each picture"),
    (&["tpad"], &["start", "stop"], MOST_SECONDS * MOST_RATE, "frames"),
    (&["framestep"], &["step"], 1e6, "frames"),
    (
        &[
            "split",
            "asplit",
            "hstack",
            "vstack",
            "xstack",
            "amix",
            "amerge",
            "mix",
            "xmedian",
            "interleave",
            "ainterleave",
            "join",
            "select",
            "aselect",
        ],
        &["outputs", "inputs", "nb_inputs", "n"],
        MOST_STREAMS,
        "streams",
    ),
    (&["concat"], &["n", "v", "a"], MOST_STREAMS, "streams"),
];

/// Refuses numbers beyond the bounds. What depends on the input is bounded by the jail's memory and time instead.
pub(super) fn check(filter: &Filter) -> Result<(), Refusal> {
    for (name, value) in &filter.options {
        let over = |what: &str, most: f64| {
            Refusal::filter(&filter.name, format!("has a `{name}` of more than {most} {what}; make it smaller"))
        };
        let bound = BOUNDS
            .iter()
            .find(|(filters, names, ..)| filters.contains(&filter.name.as_str()) && names.contains(&name.as_str()));
        if let Some((_, _, most, what)) = bound
            && sum::value(value).is_some_and(|number| number > *most)
        {
            return Err(over(what, *most));
        }
        match super::rules(&filter.name)?.option(name).map(|rule| rule.kind) {
            Some(super::Kind::Size) if too_large(value) => return Err(over("pixels a side", MOST_SIDE)),
            Some(super::Kind::Rate) if sum::value(value).is_some_and(|rate| rate > MOST_RATE) => {
                return Err(over("frames a second", MOST_RATE));
            }
            Some(super::Kind::Time) if seconds(value).is_some_and(|time| time > MOST_SECONDS) => {
                return Err(over("seconds", MOST_SECONDS));
            }
            _ => {}
        }
    }
    if filter.name == "tile" && filter.value(&["layout"]).is_some_and(tiles_too_many) {
        return Err(Refusal::filter("tile", "has a `layout` of more than 1024 tiles; make it smaller"));
    }
    Ok(())
}

fn too_large(value: &str) -> bool {
    let Some((width, height)) = value.split_once('x') else { return false };
    let side = |text: &str| text.parse::<f64>().is_ok_and(|side| side > MOST_SIDE);
    side(width) || side(height)
}

fn tiles_too_many(value: &str) -> bool {
    let Some((across, down)) = value.split_once('x') else { return false };
    let count = |text: &str| text.parse::<f64>().unwrap_or(f64::INFINITY);
    count(across) * count(down) > 1024.0
}

/// `90`, `1:30`, `1500ms`, `2s`.
pub(in super::super) fn seconds(value: &str) -> Option<f64> {
    let value = value.trim();
    let (negative, value) = value.strip_prefix('-').map_or((false, value), |rest| (true, rest));
    let plain = |text: &str| {
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
        digits.then(|| text.parse::<f64>().ok()).flatten()
    };
    let time = if value.contains(':') {
        let parts: Vec<f64> = value.split(':').map(plain).collect::<Option<_>>()?;
        (parts.len() <= 3).then(|| parts.iter().fold(0.0, |sum, part| sum * 60.0 + part))?
    } else {
        let units = [("us", 1e-6), ("ms", 1e-3), ("s", 1.0)];
        let unit = units.iter().find_map(|(unit, worth)| Some((value.strip_suffix(unit)?, *worth)));
        let (number, worth) = unit.unwrap_or((value, 1.0));
        plain(number)? * worth
    };
    Some(if negative { -time } else { time })
}
