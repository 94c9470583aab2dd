//! Reads a plan and says what is wrong with it, by place: a person may have edited it.

use reelspan_types::Aspect;

use super::{Caption, Clip, Layout, Plan, SCHEMA, ShotLayout};

/// Shorter clips are slips of the hand.
pub const SHORTEST: f64 = 0.5;
/// What neighbouring layouts and a clip's bounds may differ: times are written with three decimals.
const SLACK: f64 = 0.002;
/// Decoding tells a recording's length better than its header, so a bound may lie a little beyond.
const BEYOND: f64 = 0.1;
const ZOOM: std::ops::RangeInclusive<f64> = 0.3..=1.0;
const LONGEST_ID: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("line {line}, column {column}: {what}")]
    Json { line: usize, column: usize, what: String },
    #[error("`{at}` {what}")]
    Value { at: String, what: String },
}

impl PlanError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json { .. } => "plan_unreadable",
            Self::Value { .. } => "plan_invalid",
        }
    }
}

fn wrong<T>(at: impl Into<String>, what: impl Into<String>) -> Result<T, PlanError> {
    Err(PlanError::Value { at: at.into(), what: what.into() })
}

impl Plan {
    /// Reads `clips.json`, lets layouts and captions follow bounds that were moved, and checks what is there. A layout that
    /// was left out is for the caller to fill in.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Result<Self, _> = serde_json::from_str(text);
        let mut plan = plan.map_err(|error| {
            let told = error.to_string();
            // serde says the place itself, at the end of its sentence.
            let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what).to_owned();
            PlanError::Json { line: error.line(), column: error.column(), what }
        })?;
        // Bounds must be numbers that make sense before anything is made to follow them.
        plan.check_heads()?;
        plan.clips.iter_mut().for_each(Clip::follow_bounds);
        plan.check_given()?;
        Ok(plan)
    }

    /// Whether everything that the renderer rests on holds.
    pub fn check(&self) -> Result<(), PlanError> {
        self.check_given()?;
        for (i, clip) in self.clips.iter().enumerate().filter(|_| self.input.width.is_some()) {
            let absent = |aspect: &&Aspect| clip.layouts.get(aspect).is_none_or(Vec::is_empty);
            if let Some(aspect) = self.settings.aspects.iter().find(absent) {
                let at = format!("clips[{i}].layouts[\"{aspect}\"]");
                return wrong(at, "is missing, and settings.aspects asks for it");
            }
        }
        Ok(())
    }

    /// What is there is right; a layout may still be left out.
    fn check_given(&self) -> Result<(), PlanError> {
        self.check_heads()?;
        for (i, clip) in self.clips.iter().enumerate() {
            for (aspect, layouts) in &clip.layouts {
                layouts_cover(clip, layouts, &format!("clips[{i}].layouts[\"{aspect}\"]"))?;
            }
            captions_in_order(clip, i)?;
        }
        Ok(())
    }

    /// Everything but what follows the clips' bounds.
    fn check_heads(&self) -> Result<(), PlanError> {
        if self.schema != SCHEMA {
            return wrong("schema", format!("is not `{SCHEMA}`, the only version that this program reads"));
        }
        if !(self.input.duration.is_finite() && self.input.duration > 0.0) {
            return wrong("input.duration", "is not a length in seconds");
        }
        if self.settings.aspects.is_empty() {
            return wrong("settings.aspects", "is empty; name at least one, such as 9:16");
        }
        if !(-40.0..=-5.0).contains(&self.settings.loudness) {
            return wrong("settings.loudness", "is not between -40 and -5 LUFS");
        }
        for (i, clip) in self.clips.iter().enumerate() {
            let at = format!("clips[{i}]");
            if !safe_name(&clip.id) {
                let what = format!(
                    "is not 1 to {LONGEST_ID} of the characters A-Z a-z 0-9 . _ -, beginning with a letter or digit"
                );
                return wrong(format!("{at}.id"), what);
            }
            // Two names that differ in case only are one file on some disks.
            if self.clips[..i].iter().any(|other| other.id.eq_ignore_ascii_case(&clip.id)) {
                return wrong(format!("{at}.id"), format!("is `{}` like an earlier clip's", clip.id));
            }
            bounds(clip, self.input.duration, &at)?;
        }
        Ok(())
    }
}

fn safe_name(id: &str) -> bool {
    let first = id.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    first && id.len() <= LONGEST_ID && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn bounds(clip: &Clip, duration: f64, at: &str) -> Result<(), PlanError> {
    if !(clip.start.is_finite() && clip.start >= 0.0) {
        return wrong(format!("{at}.start"), "is not a time of the recording");
    }
    if !clip.end.is_finite() || clip.end > duration + BEYOND {
        return wrong(format!("{at}.end"), format!("is after the recording's end at {duration:.3}"));
    }
    if clip.end - clip.start < SHORTEST - 1e-9 {
        return wrong(format!("{at}.end"), format!("is less than {SHORTEST} s after its start"));
    }
    if !clip.score.is_finite() {
        return wrong(format!("{at}.score"), "is not a number");
    }
    if clip.thumbnail.is_some_and(|time| !time.is_finite()) {
        return wrong(format!("{at}.thumbnail"), "is not a time");
    }
    Ok(())
}

fn layouts_cover(clip: &Clip, layouts: &[ShotLayout], at: &str) -> Result<(), PlanError> {
    let mut reached = clip.start;
    for (i, layout) in layouts.iter().enumerate() {
        let at = format!("{at}[{i}]");
        if !layout.start.is_finite() || (layout.start - reached).abs() > SLACK {
            let before = if i == 0 { "the clip starts" } else { "the one before ends" };
            return wrong(format!("{at}.start"), format!("is not {reached:.3}, where {before}"));
        }
        if !(layout.end.is_finite() && layout.end > layout.start) {
            return wrong(format!("{at}.end"), "is not after its start");
        }
        reached = layout.end;
        one_layout(layout, &at)?;
    }
    if !layouts.is_empty() && (reached - clip.end).abs() > SLACK {
        return wrong(
            format!("{at}[{}].end", layouts.len() - 1),
            format!("is not {:.3}, where the clip ends", clip.end),
        );
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

fn captions_in_order(clip: &Clip, index: usize) -> Result<(), PlanError> {
    for (c, caption) in clip.captions.iter().enumerate() {
        let at = format!("clips[{index}].captions[{c}]");
        if !(caption.start.is_finite() && caption.end.is_finite() && caption.end > caption.start) {
            return wrong(format!("{at}.end"), "is not after its start");
        }
        if c > 0 && caption.start < clip.captions[c - 1].start {
            return wrong(format!("{at}.start"), "is before the caption before it");
        }
        let bad = |word: &crate::transcript::Word| {
            !(word.start.is_finite() && word.end.is_finite() && word.end >= word.start)
        };
        if let Some(w) = caption.words.iter().position(bad) {
            return wrong(format!("{at}.words[{w}].end"), "is before its start");
        }
    }
    Ok(())
}

impl Clip {
    /// Lets layouts and captions follow `start` and `end`: what lies outside goes, the first and last layout reach to the
    /// bounds, and captions are cut there. Changes nothing where they fit already.
    pub fn follow_bounds(&mut self) {
        let (start, end) = (self.start, self.end);
        for layouts in self.layouts.values_mut() {
            layouts_follow(layouts, start, end);
        }
        self.captions.retain_mut(|caption| caption_follows(caption, start, end));
        self.thumbnail = self.thumbnail.filter(|time| (start..end).contains(time));
    }
}

fn layouts_follow(layouts: &mut Vec<ShotLayout>, start: f64, end: f64) {
    let nearest = |layout: &ShotLayout| {
        let (before, after) = (start - layout.end, layout.start - end);
        before.max(after)
    };
    // A clip moved away from all of its layouts keeps the one nearest to it.
    if !layouts.iter().any(|layout| nearest(layout) < 0.0) {
        let kept = layouts.iter().min_by(|a, b| nearest(a).total_cmp(&nearest(b))).cloned();
        *layouts = kept.into_iter().collect();
    } else {
        layouts.retain(|layout| nearest(layout) < 0.0);
    }
    if let Some(first) = layouts.first_mut() {
        first.start = start;
    }
    if let Some(last) = layouts.last_mut() {
        last.end = end;
    }
}

/// Whether anything of it is left.
fn caption_follows(caption: &mut Caption, start: f64, end: f64) -> bool {
    // A word of which less than half is left would be read and not heard.
    caption.words.retain(|word| {
        let middle = (word.start + word.end) / 2.0;
        (start..end).contains(&middle)
    });
    for word in &mut caption.words {
        word.start = word.start.max(start);
        word.end = word.end.min(end);
    }
    caption.start = caption.start.max(start);
    caption.end = caption.end.min(end);
    caption.end > caption.start && !caption.words.is_empty()
}

#[cfg(test)]
mod tests;
