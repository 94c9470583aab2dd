//! `speed-changer`: slower or faster, voices at their own pitch.

use super::film::{Film, Title};
use super::frame::{steadied, whole};
use super::inputs::{Field, VIDEO};
use super::source::Footage;
use super::{Blueprint, BlueprintError, Desk, Made, Order};
use crate::render::timeline::{Rate, SAMPLE_RATE, Timeline};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "speed-changer",
    title: "Speed changer",
    about: "The video at half, one and a half, twice or four times its speed; voices keep their pitch",
    fields: &[VIDEO, Field::number("speed", &[0.5, 1.5, 2.0, 4.0], 2.0)],
    outputs: &["video"],
    reviews_subtitles: false,
    make: Some(make),
};

fn make(desk: &mut Desk<'_>, order: &Order<'_>) -> Result<Vec<Made>, BlueprintError> {
    let footage = Footage::whole(desk, order, "video_url")?;
    let speed = order.inputs.number("speed");
    let title = Title::only(BLUEPRINT.slug, "video");
    // A camera that saw more frames than are shown gives real slow motion.
    let rate = Rate::for_source(footage.video.frame_rate * speed.min(1.0), footage.video.variable_frame_rate);
    let frames = (footage.seconds / speed * rate.value()).round().max(1.0) as u64;
    let timeline = Timeline::still(rate, 0.0, frames);
    let mut film = Film::new(timeline, footage.canvas(0.0));
    let input = film.footage(&footage);
    let source = steadied(&footage, input, &film.timeline, &format!("setpts=PTS/{speed},"));
    film.chains.push(whole(&footage, &source, film.canvas, "picture"));
    film.chains.push("[picture]format=yuv420p[v]".to_owned());
    if let Some(audio) = footage.info.audio.first() {
        let samples = film.timeline.samples();
        film.chains.push(format!(
            "[{input}:{}]aresample={SAMPLE_RATE}:async=1:first_pts=0,{},{},apad=whole_len={samples},atrim=end_sample={samples}[a]",
            audio.index,
            stereo(audio.channel_layout.is_none() && audio.channels > 2),
            tempo(speed),
        ));
        film.sound = true;
    }
    Ok(vec![film.make(desk, &title)?])
}

/// One stretcher skips sound above twice the speed, so two share the work.
fn tempo(speed: f64) -> String {
    if speed > 2.0 { format!("atempo={0},atempo={0}", speed.sqrt()) } else { format!("atempo={speed}") }
}

/// Layouts without a name have no known mixing: their first two channels are taken.
fn stereo(unnamed: bool) -> &'static str {
    if unnamed {
        "pan=stereo|c0=c0|c1=c1,aformat=sample_fmts=fltp"
    } else {
        "aformat=sample_fmts=fltp:channel_layouts=stereo"
    }
}
