//! What is seen: people, change, and nothing at all.

use crate::clips::moments::measure::{count, ramp};

use super::{Clip, Notes, Rule};

pub(super) const FACES: Rule =
    Rule { name: "faces", weight: 0.06, measure: faces, say: |_, _| "people in the picture".to_owned() };

pub(super) const SHOTS: Rule =
    Rule { name: "visual change", weight: 0.05, measure: change, say: |_, _| "much changes in the picture".to_owned() };

pub(super) const DARK: Rule = Rule {
    name: "black or frozen picture",
    weight: -0.15,
    measure: dark,
    say: |_, _| "the picture is black or stands still".to_owned(),
};

fn faces(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let share = clip.material.picture.as_ref()?.faces(clip.span)?;
    notes.time(clip.span, Some(share));
    Some(ramp(share, 0.0, 0.8))
}

/// More cuts or more motion than is usual here.
fn change(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let picture = clip.material.picture.as_ref()?;
    let usual = &clip.material.usual;
    let cuts = count(&picture.cuts, clip.span) as f64 / clip.span.seconds().max(0.1);
    let motion = picture.motion.mean(clip.span).unwrap_or(0.0);
    notes.time(clip.span, Some(cuts));
    if let Some((peak, value)) = picture.motion.peak(clip.span, 3.0) {
        notes.time(peak, Some(value));
    }
    Some(f64::max(usual.shot_rate.above(cuts, 0.03), usual.motion.above(motion, 0.01)))
}

fn dark(clip: &Clip<'_>, notes: &mut Notes) -> Option<f64> {
    let picture = clip.material.picture.as_ref()?;
    picture.dark.within(clip.span).iter().take(3).for_each(|span| notes.time(*span, None));
    // Slides stand still all the time: only more of it than the recording has anyway is a fault.
    let everywhere = picture.dark.share(reelspan_types::Span::new(0.0, clip.material.duration));
    Some(ramp(picture.dark.share(clip.span) - everywhere, 0.05, 0.5))
}
