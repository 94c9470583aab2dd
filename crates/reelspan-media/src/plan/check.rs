//! Reads plans and says what is wrong with one, by place: a person may have edited it.

mod clips;
mod cut;
mod music_edit;
mod place;

use reelspan_types::{Aspect, Span};
use serde::de::DeserializeOwned;

use super::{Input, Kind, Layout, SCHEMA, ShotLayout};

pub use self::clips::SHORTEST;
pub use self::place::Place;

/// What neighbouring layouts and a clip's bounds may differ: times are written with three decimals.
const SLACK: f64 = 0.002;
/// Decoding tells a recording's length better than its header, so a bound may lie a little beyond.
const BEYOND: f64 = 0.1;
const ZOOM: std::ops::RangeInclusive<f64> = 0.3..=1.0;
const LOUDNESS: std::ops::RangeInclusive<f64> = -40.0..=-5.0;
const LONGEST_ID: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("line {line}, column {column}: {what}")]
    Json { line: usize, column: usize, what: String },
    /// `place` is there where the plan was read from text.
    #[error("{}`{at}` {what}", .place.map_or(String::new(), |place| format!("{place}: ")))]
    Value { at: String, what: String, place: Option<Place> },
}

impl PlanError {
    /// A fault by the path of the value that is wrong, and the rest of the sentence about it.
    pub fn value(at: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Value { at: at.into(), what: what.into(), place: None }
    }

    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json { .. } => "plan_unreadable",
            Self::Value { .. } => "plan_invalid",
        }
    }

    /// Where in the text that the plan was read from.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Json { line, column, .. } => Some(Place { line: *line, column: *column }),
            Self::Value { place, .. } => *place,
        }
    }

    /// The same with the place that its path has in the text.
    pub(super) fn located(mut self, text: &str) -> Self {
        if let Self::Value { at, place, .. } = &mut self {
            *place = Some(place::find(text, at));
        }
        self
    }
}

fn wrong<T>(at: impl Into<String>, what: impl Into<String>) -> Result<T, PlanError> {
    Err(PlanError::value(at, what))
}

/// Reads text as one type, faults told by line and column.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, PlanError> {
    serde_json::from_str(text).map_err(|error| {
        let told = error.to_string();
        // serde says the place itself, at the end of its sentence.
        let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what).to_owned();
        PlanError::Json { line: error.line(), column: error.column(), what }
    })
}

/// The two fields that say what all the others mean.
fn heading(schema: &str, kind: Kind, expected: Kind) -> Result<(), PlanError> {
    check_schema(schema)?;
    if kind != expected {
        return wrong(
            "kind",
            format!("is `{}`, where a plan of the kind `{}` is needed", kind.name(), expected.name()),
        );
    }
    Ok(())
}

pub(super) fn check_schema(schema: &str) -> Result<(), PlanError> {
    if schema == SCHEMA {
        return Ok(());
    }
    wrong("schema", format!("is not `{SCHEMA}`, the only version that this program reads"))
}

fn input_makes_sense(input: &Input) -> Result<(), PlanError> {
    if input.duration.is_finite() && input.duration > 0.0 {
        return Ok(());
    }
    wrong("input.duration", "is not a length in seconds")
}

fn loudness_in_range(loudness: f64) -> Result<(), PlanError> {
    if LOUDNESS.contains(&loudness) {
        return Ok(());
    }
    wrong("settings.loudness", "is not between -40 and -5 LUFS")
}

fn some_aspects(aspects: &[Aspect]) -> Result<(), PlanError> {
    if aspects.is_empty() {
        return wrong("settings.aspects", "is empty; name at least one, such as 9:16");
    }
    Ok(())
}

/// Names files and fields, so it must be one everywhere.
fn is_safe_name(id: &str, at: &str) -> Result<(), PlanError> {
    let first = id.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if first && id.len() <= LONGEST_ID && id.chars().all(allowed) {
        return Ok(());
    }
    let what =
        format!("is not 1 to {LONGEST_ID} of the characters A-Z a-z 0-9 . _ -, beginning with a letter or digit");
    wrong(at, what)
}

/// What layouts must reach over.
enum Cover<'a> {
    /// From neighbour to neighbour only: the ends will follow the clip's.
    Between,
    /// Exactly a stretch, told by what starts and ends there.
    Exactly(Span, &'a str),
    /// A stretch or more: what is shown beyond it belongs to a transition.
    AtLeast(Span, &'a str),
}

fn layouts_cover(layouts: &[ShotLayout], cover: &Cover<'_>, at: &str) -> Result<(), PlanError> {
    for (i, layout) in layouts.iter().enumerate() {
        let at = format!("{at}[{i}]");
        if !layout.start.is_finite() {
            return wrong(format!("{at}.start"), "is not a time");
        }
        match i.checked_sub(1).map(|before| layouts[before].end) {
            Some(reached) if (layout.start - reached).abs() > SLACK => {
                return wrong(format!("{at}.start"), format!("is not {reached:.3}, where the one before ends"));
            }
            _ => {}
        }
        if !(layout.end.is_finite() && layout.end > layout.start) {
            return wrong(format!("{at}.end"), "is not after its start");
        }
        one_layout(layout, &at)?;
    }
    let (Some(first), Some(last)) = (layouts.first(), layouts.last()) else { return Ok(()) };
    let (start, end, what, exactly) = match cover {
        Cover::Between => return Ok(()),
        Cover::Exactly(span, what) => (span.start, span.end, what, true),
        Cover::AtLeast(span, what) => (span.start, span.end, what, false),
    };
    if first.start - start > SLACK || (exactly && start - first.start > SLACK) {
        return wrong(format!("{at}[0].start"), format!("is not {start:.3}, where the {what} starts"));
    }
    if end - last.end > SLACK || (exactly && last.end - end > SLACK) {
        return wrong(format!("{at}[{}].end", layouts.len() - 1), format!("is not {end:.3}, where the {what} ends"));
    }
    Ok(())
}

fn one_layout(layout: &ShotLayout, at: &str) -> Result<(), PlanError> {
    if !ZOOM.contains(&layout.zoom) {
        return wrong(format!("{at}.zoom"), format!("is not between {} and {}", ZOOM.start(), ZOOM.end()));
    }
    let inside = |value: f64| (0.0..=1.0).contains(&value);
    for (k, key) in layout.path.iter().enumerate() {
        let at = format!("{at}.path[{k}]");
        if !key.t.is_finite() || (k > 0 && key.t <= layout.path[k - 1].t) {
            return wrong(format!("{at}.t"), "is not after the one before");
        }
        if !inside(key.x) || !inside(key.y) {
            return wrong(at, "lies outside of the picture (x and y go from 0 to 1)");
        }
    }
    let panes = if layout.layout == Layout::Split { 2 } else { 0 };
    if layout.panes.len() != panes {
        let what =
            if panes == 2 { "does not hold two panes, the upper and the lower" } else { "belongs to split only" };
        return wrong(format!("{at}.panes"), what);
    }
    for (p, pane) in layout.panes.iter().enumerate() {
        if !inside(pane.x) || !inside(pane.y) || !(0.05..=1.0).contains(&pane.height) {
            return wrong(format!("{at}.panes[{p}]"), "lies outside of the picture (x and y 0 to 1, height 0.05 to 1)");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
