//! An edit to music: shots from beat to beat over one stretch of music.

use reelspan_types::Aspect;

use super::{Said, Shape, Sources, Wish, file_notes, listed, media, reach, shown_frame};
use crate::exchange::reframe::{Framing, Look};
use crate::exchange::time::Rate;
use crate::exchange::{ExchangeError, Marker, MarkerKind, Media, MusicPart, Sequence, Shot, Transition};
use crate::plan::{EditShot, MusicEdit, Watermark};

/// A beat this near to a downbeat is that downbeat.
const SAME_BEAT: f64 = 0.02;

pub(super) fn sequence(plan: &MusicEdit, sources: &Sources, wish: &Wish) -> Result<Sequence, ExchangeError> {
    let aspect = aspect(plan, wish.shape)?;
    let [num, den] = plan.settings.frame_rate;
    let rate = Rate { num, den };
    let canvas = match (aspect, plan.sources.first()) {
        (Some(aspect), _) => aspect.pixels(),
        (None, Some(footage)) => (footage.width, footage.height),
        (None, None) => super::USUAL_SIZE,
    };
    let frames = rate.nearest_frame(plan.settings.length).max(1);
    let mut files: Vec<Media> = Vec::new();
    for footage in &plan.sources {
        let said = Said {
            seconds: footage.duration,
            picture: Some((footage.width, footage.height)),
            still: footage.still,
            channels: 0,
        };
        files.push(media(&footage.path, sources, &said, rate));
    }
    let said = Said { seconds: plan.music.duration, picture: None, still: false, channels: 2 };
    files.push(media(&plan.music.path, sources, &said, rate));

    let build = Build { plan, sources, aspect, rate, canvas, frames };
    let mut notes = file_notes(sources, &super::edit_paths(plan));
    let mut markers = build.beats();
    let shots = build.shots(&mut files, &mut notes, &mut markers);
    let music = build.music(&mut files);
    if plan.settings.original_sound.is_some() {
        notes.push("the music does not step back where the footage's own sound is loud".to_owned());
    }
    if plan.settings.watermark != Watermark::None {
        notes.push("the watermark does not come along".to_owned());
    }
    markers.sort_by_key(|marker| marker.at);
    Ok(Sequence {
        name: format!("{} (edit)", files.last().map_or("music", |music| stem(&music.name))),
        id: "edit".to_owned(),
        rate,
        drop_frame: files.iter().find(|file| file.picture.is_some() && !file.still).is_some_and(|file| file.drop_frame),
        width: canvas.0,
        height: canvas.1,
        frames,
        media: files,
        shots,
        music,
        markers,
        notes,
    })
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn aspect(plan: &MusicEdit, shape: Shape) -> Result<Option<Aspect>, ExchangeError> {
    let held = &plan.settings.aspects;
    match shape {
        Shape::Source => Ok(None),
        Shape::Planned => Ok(held.first().copied()),
        Shape::Aspect(aspect) if held.contains(&aspect) => Ok(Some(aspect)),
        Shape::Aspect(aspect) => {
            Err(ExchangeError::NoSuchAspect { aspect, held: listed(held.iter().map(Aspect::to_string)) })
        }
    }
}

struct Build<'a> {
    plan: &'a MusicEdit,
    sources: &'a Sources,
    aspect: Option<Aspect>,
    rate: Rate,
    canvas: (u32, u32),
    frames: i64,
}

impl Build<'_> {
    fn shots(&self, files: &mut [Media], notes: &mut Vec<String>, markers: &mut Vec<Marker>) -> Vec<Shot> {
        let planned = &self.plan.shots;
        let mut shots: Vec<Shot> = Vec::new();
        let mut unframed = 0_usize;
        for (i, shot) in planned.iter().enumerate() {
            let record = shots.last().map_or(0, Shot::end);
            let next = planned.get(i + 1).map_or(self.frames, |next| self.rate.nearest_frame(next.at));
            let frames = next.clamp(record, self.frames) - record;
            let Some(media) = self.plan.sources.iter().position(|footage| footage.id == shot.source) else { continue };
            if frames == 0 {
                continue;
            }
            let file = &mut files[media];
            let source = if file.still {
                0
            } else {
                shown_frame(&self.plan.sources[media].path, self.sources, self.rate, shot.start)
            };
            reach(file, source + frames, self.rate);
            let framing = self.framing(shot, file, record, frames, markers);
            unframed += usize::from(self.aspect.is_some() && framing.is_none());
            shots.push(Shot {
                name: stem(&file.name).to_owned(),
                media,
                source,
                record,
                frames,
                joint: None,
                sound: self.plan.settings.original_sound.filter(|_| file.channels > 0),
                framing: framing.or_else(|| Framing::whole(file.picture?, self.canvas)),
                note: shot.reason.clone(),
            });
            if let [.., before, here] = shots.as_mut_slice() {
                here.joint = self.joint(shot, before, here, files, notes);
                if files[here.media].still {
                    // The transition shows the picture before its cut, and no editor counts below 0.
                    here.source = here.joint.map_or(0, |joint| joint.half);
                }
            }
        }
        if unframed > 0 {
            notes.push(format!("{unframed} shot(s) are not framed in the plan and come whole"));
        }
        shots
    }

    fn framing(
        &self,
        shot: &EditShot,
        file: &Media,
        record: i64,
        frames: i64,
        markers: &mut Vec<Marker>,
    ) -> Option<Framing> {
        let layouts = shot.layouts.get(&self.aspect?)?;
        let look =
            Look { source: file.picture?, canvas: self.canvas, start: shot.start, frame_rate: self.rate.value() };
        // One shot is one item on the timeline, so of several layouts the one that holds its middle counts.
        let middle = shot.start + frames as f64 / self.rate.value() / 2.0;
        let layout = layouts.iter().find(|layout| middle < layout.end).or(layouts.last())?;
        if layouts.len() > 1 {
            let note = "the framing changes within this shot; the one of its middle was taken".to_owned();
            markers.push(Marker { at: record, name: "Framing".to_owned(), note, kind: MarkerKind::Todo });
        }
        Framing::of(layout, &look, frames)
    }

    /// A transition needs footage on both sides of the cut; what is missing makes it shorter.
    fn joint(
        &self,
        shot: &EditShot,
        before: &Shot,
        here: &Shot,
        files: &[Media],
        notes: &mut Vec<String>,
    ) -> Option<Transition> {
        let joint = shot.joint?;
        // Rounded to frames, the joints at both ends of a short shot could meet.
        let free = before.frames - before.joint.map_or(0, |joint| joint.half);
        let wanted = self.rate.nearest_frame(joint.seconds / 2.0).min(free).min(here.frames);
        let (old, new) = (&files[before.media], &files[here.media]);
        let length = |file: &Media| (file.frames as f64 / file.rate.value() * self.rate.value()).floor() as i64;
        let tail = if old.still { wanted } else { length(old) - before.source - before.frames };
        let head = if new.still { wanted } else { here.source };
        let half = wanted.min(tail).min(head).max(0);
        if half < wanted {
            notes.push(format!(
                "the transition at {} is shorter than planned: the footage ends there, and editors hold no frame",
                reelspan_types::format_time(shot.at)
            ));
        }
        (half > 0).then_some(Transition { kind: joint.kind, half })
    }

    fn music(&self, files: &mut [Media]) -> Option<MusicPart> {
        let plan = &self.plan.music;
        let file = files.last_mut()?;
        let source = self.rate.nearest_frame(plan.start);
        let left = self.rate.nearest_frame(plan.duration) - source;
        let frames = self.frames.min(left);
        reach(file, source + frames, self.rate);
        let fade = |seconds: f64| self.rate.nearest_frame(seconds).clamp(0, frames);
        let part = MusicPart {
            media: files.len() - 1,
            source,
            frames,
            fade_in: fade(plan.fade_in),
            fade_out: fade(plan.fade_out).min(frames - fade(plan.fade_in)),
        };
        (frames > 0).then_some(part)
    }

    fn beats(&self) -> Vec<Marker> {
        let music = &self.plan.music;
        let mut markers = Vec::new();
        for beat in &music.beats {
            let at = self.rate.nearest_frame(beat - music.start);
            if !(0..self.frames).contains(&at) {
                continue;
            }
            let down = music.downbeats.iter().any(|downbeat| (downbeat - beat).abs() < SAME_BEAT);
            let (name, kind) = if down { ("Downbeat", MarkerKind::Downbeat) } else { ("Beat", MarkerKind::Beat) };
            markers.push(Marker { at, name: name.to_owned(), note: String::new(), kind });
        }
        markers
    }
}
