//! Clips: one sequence each, cut where the framing changes.

use reelspan_types::Aspect;

use super::{Said, Shape, Sources, USUAL_SIZE, Wish, file_notes, listed, media, rate_of, reach, shown_frame};
use crate::exchange::reframe::{Framing, Look};
use crate::exchange::time::Rate;
use crate::exchange::{ExchangeError, Marker, MarkerKind, Media, Sequence, Shot};
use crate::plan::{Clip, Layout, Plan, ShotLayout, Watermark};

pub(super) fn sequences(plan: &Plan, sources: &Sources, wish: &Wish) -> Result<Vec<Sequence>, ExchangeError> {
    let chosen: Vec<&Clip> = match &wish.clip {
        None => plan.clips.iter().collect(),
        Some(id) => {
            let held = || listed(plan.clips.iter().map(|clip| clip.id.clone()));
            let clip = plan.clips.iter().find(|clip| clip.id == *id);
            vec![clip.ok_or_else(|| ExchangeError::NoSuchClip { clip: id.clone(), held: held() })?]
        }
    };
    if chosen.is_empty() {
        return Err(ExchangeError::Nothing);
    }
    let aspect = aspect(plan, wish.shape)?;
    let input = &plan.input;
    let picture = input.width.zip(input.height);
    let rate = rate_of(&input.path, sources, picture.is_some(), wish)?;
    let said = Said { seconds: input.duration, picture, still: false, channels: 2 };
    let source = media(&input.path, sources, &said, rate);
    let build = Build { plan, sources, aspect, rate, source: &source };
    Ok(chosen.into_iter().map(|clip| build.sequence(clip)).collect())
}

/// The aspect that pictures are framed to; none shows them whole.
fn aspect(plan: &Plan, shape: Shape) -> Result<Option<Aspect>, ExchangeError> {
    match shape {
        Shape::Source => Ok(None),
        Shape::Planned => Ok(plan.settings.aspects.first().copied().filter(|_| plan.input.width.is_some())),
        Shape::Aspect(aspect) => {
            let framed = |clip: &Clip| clip.layouts.get(&aspect).is_some_and(|layouts| !layouts.is_empty());
            if plan.input.width.is_some() && plan.clips.iter().all(framed) {
                return Ok(Some(aspect));
            }
            let held = plan.settings.aspects.iter().filter(|_| plan.input.width.is_some());
            Err(ExchangeError::NoSuchAspect { aspect, held: listed(held.map(Aspect::to_string)) })
        }
    }
}

struct Build<'a> {
    plan: &'a Plan,
    sources: &'a Sources,
    aspect: Option<Aspect>,
    rate: Rate,
    source: &'a Media,
}

impl Build<'_> {
    fn sequence(&self, clip: &Clip) -> Sequence {
        let picture = self.source.picture.unwrap_or(USUAL_SIZE);
        let canvas = self.aspect.map_or(picture, Aspect::pixels);
        let first = shown_frame(&self.plan.input.path, self.sources, self.rate, clip.start);
        let frames = self.rate.nearest_frame(clip.end - clip.start).max(1);
        let (name, title) = match clip.title.trim() {
            "" => (clip.id.clone(), clip.id.clone()),
            title => (title.to_owned(), format!("{} {title}", clip.id)),
        };
        let mut source = self.source.clone();
        reach(&mut source, first + frames, self.rate);
        let mut markers =
            vec![Marker { at: 0, name: name.clone(), note: clip.reason.clone(), kind: MarkerKind::Title }];
        let layouts = self.aspect.and_then(|aspect| clip.layouts.get(&aspect)).filter(|layouts| !layouts.is_empty());
        let whole = Shot {
            name: name.clone(),
            media: 0,
            source: first,
            record: 0,
            frames,
            joint: None,
            sound: (source.channels > 0).then_some(0.0),
            framing: self.source.picture.and_then(|picture| Framing::whole(picture, canvas)),
            note: clip.reason.clone(),
        };
        let shots = match layouts {
            Some(layouts) => self.framed(&whole, layouts, canvas, clip.start, &mut markers),
            None => vec![whole],
        };
        let mut notes = file_notes(self.sources, &[&self.plan.input.path]);
        notes.extend(self.left_out(clip));
        Sequence {
            name: title,
            id: clip.id.clone(),
            rate: self.rate,
            drop_frame: source.drop_frame,
            width: canvas.0,
            height: canvas.1,
            frames,
            media: vec![source],
            shots,
            music: None,
            markers,
            notes,
        }
    }

    /// A shot for each layout.
    fn framed(
        &self,
        whole: &Shot,
        layouts: &[ShotLayout],
        canvas: (u32, u32),
        start: f64,
        markers: &mut Vec<Marker>,
    ) -> Vec<Shot> {
        let frame = |seconds: f64| ((seconds - start) * self.rate.value() - super::SLACK).ceil() as i64;
        let mut shots: Vec<Shot> = Vec::new();
        for (i, layout) in layouts.iter().enumerate() {
            let begin = shots.last().map_or(0, Shot::end);
            let end = layouts.get(i + 1).map_or(whole.frames, |next| frame(next.start)).clamp(begin, whole.frames);
            if end == begin {
                continue;
            }
            let look = Look {
                source: self.source.picture.unwrap_or(USUAL_SIZE),
                canvas,
                start: start + begin as f64 / self.rate.value(),
                frame_rate: self.rate.value(),
            };
            let framing = Framing::of(layout, &look, end - begin);
            if framing.is_none() {
                let panes: Vec<_> = layout.panes.iter().map(|pane| format!("{:.2} {:.2}", pane.x, pane.y)).collect();
                let note = format!("two windows, one over the other, around {} of the picture", panes.join(" and "));
                markers.push(Marker { at: begin, name: "Split".to_owned(), note, kind: MarkerKind::Todo });
            }
            let mut note = whole.note.clone();
            if !layout.reason.is_empty() {
                note = format!("{note} [{}]", layout.reason);
            }
            shots.push(Shot {
                source: whole.source + begin,
                record: begin,
                frames: end - begin,
                framing: framing.or_else(|| whole.framing.clone()),
                note,
                ..whole.clone()
            });
        }
        shots
    }

    /// What of a clip no editor gets.
    fn left_out(&self, clip: &Clip) -> Vec<String> {
        let layouts = self.aspect.and_then(|aspect| clip.layouts.get(&aspect));
        let uses = |kind: Layout| layouts.is_some_and(|layouts| layouts.iter().any(|layout| layout.layout == kind));
        let mut notes = Vec::new();
        if let Some(aspect) = self.aspect.filter(|_| layouts.is_none_or(Vec::is_empty)) {
            notes.push(format!("clip {} is not framed for {aspect} in the plan and comes whole", clip.id));
        }
        if !clip.captions.is_empty() || clip.hook.is_some() {
            notes.push(
                "captions and hooks do not come along; the .srt file beside a finished clip holds its words".to_owned(),
            );
        }
        if uses(Layout::Fit) {
            notes.push("pictures that are fitted come without their blurred fill".to_owned());
        }
        if uses(Layout::Split) {
            notes.push("shots of two windows come whole, with a marker that says which windows".to_owned());
        }
        if self.plan.settings.watermark != Watermark::None {
            notes.push("the watermark does not come along".to_owned());
        }
        notes
    }
}
