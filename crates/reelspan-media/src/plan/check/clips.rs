//! What clips must hold, and how all of a clip follows bounds that were moved.

use reelspan_types::Aspect;

use super::{BEYOND, Cover, PlanError, layouts_cover, wrong};
use crate::plan::{Caption, Clip, Kind, Plan, ShotLayout};

/// Shorter clips are slips of the hand.
pub const SHORTEST: f64 = 0.5;

impl Plan {
    /// Reads `clips.json`, lets layouts and captions follow bounds that were moved, and checks what is there. A layout that
    /// was left out is for the caller to fill in.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Self = super::read(text)?;
        plan.followed().map_err(|error| error.located(text))
    }

    fn followed(mut self) -> Result<Self, PlanError> {
        // Bounds must be numbers that make sense before anything is made to follow them, and what stands between them is
        // looked at before some of it is dropped: afterwards its place in the text would be another.
        self.check_heads()?;
        self.check_contents(|_| Cover::Between)?;
        self.clips.iter_mut().for_each(Clip::follow_bounds);
        self.check_given()?;
        Ok(self)
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
        self.check_contents(|clip| Cover::Exactly(clip.span(), "clip"))
    }

    fn check_contents(&self, cover: impl Fn(&Clip) -> Cover<'static>) -> Result<(), PlanError> {
        for (i, clip) in self.clips.iter().enumerate() {
            for (aspect, layouts) in &clip.layouts {
                layouts_cover(layouts, &cover(clip), &format!("clips[{i}].layouts[\"{aspect}\"]"))?;
            }
            captions_in_order(clip, i)?;
        }
        Ok(())
    }

    /// Everything but what follows the clips' bounds.
    fn check_heads(&self) -> Result<(), PlanError> {
        super::heading(&self.schema, self.kind, Kind::Clips)?;
        super::input_makes_sense(&self.input)?;
        super::some_aspects(&self.settings.aspects)?;
        super::loudness_in_range(self.settings.loudness)?;
        for (i, clip) in self.clips.iter().enumerate() {
            let at = format!("clips[{i}]");
            super::is_safe_name(&clip.id, &format!("{at}.id"))?;
            // Two names that differ in case only are one file on some disks.
            if self.clips[..i].iter().any(|other| other.id.eq_ignore_ascii_case(&clip.id)) {
                return wrong(format!("{at}.id"), format!("is `{}` like an earlier clip's", clip.id));
            }
            bounds(clip, self.input.duration, &at)?;
        }
        Ok(())
    }
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
