//! What an edit to music must hold.

use reelspan_types::Span;

use super::{BEYOND, Cover, PlanError, SLACK, layouts_cover, wrong};
use crate::plan::{EditSettings, Footage, Kind, Music, MusicEdit};

const FRAME_RATE: std::ops::RangeInclusive<f64> = 1.0..=240.0;
/// Longer edits are slips of the hand.
const LONGEST: f64 = 6.0 * 3600.0;
const ORIGINAL_SOUND: std::ops::RangeInclusive<f64> = -60.0..=20.0;

impl MusicEdit {
    /// Reads an edit to music and checks it.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Self = super::read(text)?;
        plan.check().map_err(|error| error.located(text))?;
        Ok(plan)
    }

    /// Whether everything that the renderer rests on holds.
    pub fn check(&self) -> Result<(), PlanError> {
        super::heading(&self.schema, self.kind, Kind::MusicEdit)?;
        sources(&self.sources)?;
        settings(&self.settings)?;
        music(&self.music, self.settings.length)?;
        self.shots_in_order()?;
        self.joints_fit()?;
        self.shots_show_footage()
    }

    /// When a shot gives way to the next, or the edit ends.
    fn until(&self, index: usize) -> f64 {
        self.shots.get(index + 1).map_or(self.settings.length, |next| next.at)
    }

    fn shots_in_order(&self) -> Result<(), PlanError> {
        let Some(first) = self.shots.first() else { return wrong("shots", "is empty; an edit shows at least one") };
        if first.at.abs() > SLACK {
            return wrong("shots[0].at", "is not 0, where the edit begins");
        }
        let [frames, seconds] = self.settings.frame_rate;
        let frame = f64::from(seconds) / f64::from(frames);
        for (i, shot) in self.shots.iter().enumerate() {
            let at = format!("shots[{i}].at");
            if !(shot.at.is_finite() && shot.at < self.settings.length) {
                return wrong(at, format!("is not before {:.3}, where the edit ends", self.settings.length));
            }
            if i > 0 && shot.at - self.shots[i - 1].at < frame - SLACK {
                return wrong(at, "is less than a frame after the shot before");
            }
        }
        Ok(())
    }

    fn joints_fit(&self) -> Result<(), PlanError> {
        if self.shots.first().is_some_and(|shot| shot.joint.is_some()) {
            return wrong("shots[0].joint", "has no shot before it");
        }
        let joint = |index: usize| self.shots.get(index).and_then(|shot| shot.joint).map_or(0.0, |joint| joint.seconds);
        for (i, shot) in self.shots.iter().enumerate() {
            if shot.joint.is_some_and(|joint| !(joint.seconds.is_finite() && joint.seconds > 0.0)) {
                let what = "is not a length in seconds; leave `joint` out for a hard cut";
                return wrong(format!("shots[{i}].joint.seconds"), what);
            }
            // Half of the joint at each end of a shot lies within it.
            let (head, tail, room) = (joint(i), joint(i + 1), 2.0 * (self.until(i) - shot.at));
            if head + tail > room + SLACK {
                let (longer, other) = if tail > head { (i + 1, head) } else { (i, tail) };
                let left = (room - other).max(0.0);
                let what = format!("is longer than the {left:.3} s that its neighbours leave around the cut");
                return wrong(format!("shots[{longer}].joint.seconds"), what);
            }
        }
        Ok(())
    }

    fn shots_show_footage(&self) -> Result<(), PlanError> {
        for (i, shot) in self.shots.iter().enumerate() {
            let at = format!("shots[{i}]");
            let Some(footage) = self.sources.iter().find(|footage| footage.id == shot.source) else {
                return wrong(format!("{at}.source"), format!("is `{}`, which `sources` does not hold", shot.source));
            };
            if !(shot.start.is_finite() && shot.start >= 0.0) {
                return wrong(format!("{at}.start"), "is not a time of the footage");
            }
            let shown = Span::new(shot.start, shot.start + self.until(i) - shot.at);
            if !footage.still && shown.end > footage.duration + BEYOND {
                let what = format!(
                    "is too late: {:.3} s are shown and the footage ends at {:.3}",
                    shown.seconds(),
                    footage.duration
                );
                return wrong(format!("{at}.start"), what);
            }
            for (aspect, layouts) in &shot.layouts {
                layouts_cover(layouts, &Cover::AtLeast(shown, "shot"), &format!("{at}.layouts[\"{aspect}\"]"))?;
            }
        }
        Ok(())
    }
}

fn sources(sources: &[Footage]) -> Result<(), PlanError> {
    if sources.is_empty() {
        return wrong("sources", "is empty; an edit needs footage");
    }
    for (i, footage) in sources.iter().enumerate() {
        let at = format!("sources[{i}]");
        super::is_safe_name(&footage.id, &format!("{at}.id"))?;
        if sources[..i].iter().any(|other| other.id == footage.id) {
            return wrong(format!("{at}.id"), format!("is `{}` like an earlier source's", footage.id));
        }
        let lasts =
            footage.duration.is_finite() && (footage.duration > 0.0 || footage.still && footage.duration == 0.0);
        if !lasts {
            return wrong(format!("{at}.duration"), "is not a length in seconds");
        }
        if footage.width == 0 || footage.height == 0 {
            let side = if footage.width == 0 { "width" } else { "height" };
            return wrong(format!("{at}.{side}"), "is 0, and footage has a picture");
        }
    }
    Ok(())
}

fn settings(settings: &EditSettings) -> Result<(), PlanError> {
    super::some_aspects(&settings.aspects)?;
    let again = |i: &usize| settings.aspects[..*i].contains(&settings.aspects[*i]);
    if let Some(i) = (0..settings.aspects.len()).find(again) {
        return wrong(format!("settings.aspects[{i}]"), "is there already");
    }
    if !(settings.length.is_finite() && settings.length > 0.0 && settings.length <= LONGEST) {
        return wrong("settings.length", "is not a length in seconds, of at most 6 hours");
    }
    let [frames, seconds] = settings.frame_rate;
    if seconds == 0 || !FRAME_RATE.contains(&(f64::from(frames) / f64::from(seconds))) {
        return wrong("settings.frame_rate", "is not [frames, seconds] of 1 to 240 frames a second, such as [30, 1]");
    }
    super::loudness_in_range(settings.loudness)?;
    if settings.original_sound.is_some_and(|level| !ORIGINAL_SOUND.contains(&level)) {
        return wrong("settings.original_sound", "is not between -60 and 20 dB");
    }
    Ok(())
}

fn music(music: &Music, length: f64) -> Result<(), PlanError> {
    if !(music.duration.is_finite() && music.duration > 0.0) {
        return wrong("music.duration", "is not a length in seconds");
    }
    if !(music.start.is_finite() && (0.0..music.duration).contains(&music.start)) {
        return wrong("music.start", format!("is not within the music, which ends at {:.3}", music.duration));
    }
    if music.bpm.is_some_and(|bpm| !(bpm.is_finite() && bpm > 0.0)) {
        return wrong("music.bpm", "is not a tempo; leave it out where the music has no beat");
    }
    for (name, beats) in [("beats", &music.beats), ("downbeats", &music.downbeats)] {
        for (i, beat) in beats.iter().enumerate() {
            let at = format!("music.{name}[{i}]");
            if !(beat.is_finite() && (0.0..=music.duration + BEYOND).contains(beat)) {
                return wrong(at, format!("is not within the music, which ends at {:.3}", music.duration));
            }
            if i > 0 && *beat <= beats[i - 1] {
                return wrong(at, "is not after the one before");
            }
        }
    }
    sections(music)?;
    for (name, fade) in [("fade_in", music.fade_in), ("fade_out", music.fade_out)] {
        if !(fade.is_finite() && fade >= 0.0) {
            return wrong(format!("music.{name}"), "is not a length in seconds; 0 is none");
        }
    }
    if music.fade_in + music.fade_out > length + SLACK {
        return wrong(
            "music.fade_out",
            format!("does not fit: with fade_in it is longer than the edit's {length:.3} s"),
        );
    }
    Ok(())
}

fn sections(music: &Music) -> Result<(), PlanError> {
    for (i, section) in music.sections.iter().enumerate() {
        let at = format!("music.sections[{i}]");
        if !section.start.is_finite() || (i > 0 && section.start < music.sections[i - 1].end - SLACK) {
            return wrong(format!("{at}.start"), "is before the end of the section before");
        }
        if !(section.end.is_finite() && section.end > section.start) {
            return wrong(format!("{at}.end"), "is not after its start");
        }
        if !(0.0..=1.0).contains(&section.energy) {
            return wrong(format!("{at}.energy"), "is not between 0 and 1");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
