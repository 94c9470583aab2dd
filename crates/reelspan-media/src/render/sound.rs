//! The sound's half of the graph: exactly the clip's samples as 48 kHz stereo, at the planned level, and what is shown
//! where there is sound but no picture.

use reelspan_types::Aspect;

use super::timeline::{SAMPLE_RATE, Timeline};
use crate::probe::{AudioStream, MediaInfo};

/// Long enough that no cut clicks, too short to hear.
const FADE: f64 = 0.010;

/// What is done to a clip's level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// Decibels, applied to every sample alike.
    pub(crate) gain: f64,
    /// Peaks above this (dBTP) are rounded off; none where the gain alone keeps below it.
    pub(crate) ceiling: Option<f64>,
}

impl Level {
    pub(crate) const UNTOUCHED: Self = Self { gain: 0.0, ceiling: None };
}

/// The chain that ends in `output`: the first audio stream's part of the clip, or silence.
pub(crate) fn chain(info: &MediaInfo, timeline: &Timeline, level: Level, output: &str) -> String {
    let samples = timeline.samples();
    let Some(audio) = info.audio.first() else {
        return format!(
            "anullsrc=r={SAMPLE_RATE}:cl=stereo,atrim=end_sample={samples},aformat=sample_fmts=fltp[{output}]"
        );
    };
    let mut filters = excerpt(audio, timeline);
    filters.push(format!("apad=whole_len={samples}"));
    filters.push(format!("atrim=end_sample={samples}"));
    filters.extend(leveled(level));
    // The limiter's look-ahead and the fades may neither add nor take samples.
    filters.push(format!("afade=t=in:d={FADE}"));
    filters.push(format!("afade=t=out:st={:.6}:d={FADE}", (timeline.seconds() - FADE).max(0.0)));
    format!("[0:{}]{}[{output}]", audio.index, filters.join(","))
}

/// The part that a timeline names, as far as there is any, with the sample of its start first.
pub(crate) fn excerpt(audio: &AudioStream, timeline: &Timeline) -> Vec<String> {
    let offset = timeline.offset();
    let mut filters = vec![
        format!("atrim=start={:.6}:end={:.6}", offset, offset + timeline.seconds() + 0.1),
        format!("asetpts=PTS-({offset:.6})/TB"),
        format!("aresample={SAMPLE_RATE}:async=1:first_pts=0"),
    ];
    filters.extend(stereo(audio));
    filters
}

/// Layouts without a name (three unnamed channels, sixteen microphones) have no known mixing: their first two are taken.
fn stereo(audio: &AudioStream) -> Vec<String> {
    let unnamed = audio.channel_layout.is_none() && audio.channels > 2;
    let mix = unnamed.then(|| "pan=stereo|c0=c0|c1=c1".to_owned());
    mix.into_iter().chain(["aformat=sample_fmts=fltp:channel_layouts=stereo".to_owned()]).collect()
}

/// The filters that bring sound to a level.
pub(crate) fn leveled(level: Level) -> Vec<String> {
    let mut filters = Vec::new();
    if level.gain.abs() >= 0.01 {
        filters.push(format!("volume={:.2}dB:precision=float", level.gain));
    }
    if let Some(ceiling) = level.ceiling {
        let limit = 10_f64.powf(ceiling / 20.0).clamp(0.0625, 1.0);
        // At four times the rate the limiter sees the peaks between the samples.
        filters.push(format!("aresample={}", SAMPLE_RATE * 4));
        filters.push(format!("alimiter=limit={limit:.5}:attack=5:release=60:level=0:latency=1"));
        filters.push(format!("aresample={SAMPLE_RATE}"));
        filters.push("aformat=sample_fmts=fltp:channel_layouts=stereo".to_owned());
    }
    filters
}

/// A quiet drawing of the sound over a dark ground, from `input`, for recordings without a picture.
pub(crate) fn wave(timeline: &Timeline, aspect: Aspect, input: &str, output: &str) -> Vec<String> {
    let (width, height) = aspect.pixels();
    let rate = format!("{}/{}", timeline.rate.num, timeline.rate.den);
    let (wide, high) = (width * 43 / 100 * 2, height / 20 * 6);
    vec![
        format!(
            "color=c=black:s={width}x{height}:r={rate},trim=end_frame=1,format=gbrp,\
             geq=r='32-26*Y/H':g='40-31*Y/H':b='76-58*Y/H',scale=out_color_matrix=bt709:out_range=limited,\
             format=yuv420p,loop=loop=-1:size=1,setpts=N/({rate}*TB),trim=end_frame={}[ground]",
            timeline.frames
        ),
        format!(
            "[{input}]aformat=channel_layouts=mono,showwaves=s={wide}x{high}:mode=cline:rate={rate}:colors=0x8fb4ff:\
             scale=cbrt:draw=full,format=rgba[wave]"
        ),
        format!("[ground][wave]overlay=(W-w)/2:(H-h)/2:format=yuv420,{}[{output}]", exact(timeline)),
    ]
}

/// The recording's own cover over a blurred fill of itself, computed once and held.
pub(crate) fn cover(timeline: &Timeline, aspect: Aspect, index: u32, output: &str) -> Vec<String> {
    let (width, height) = aspect.pixels();
    let rate = format!("{}/{}", timeline.rate.num, timeline.rate.den);
    let scale = |w: u32, h: u32, how: &str| {
        format!(
            "scale={w}:{h}:force_original_aspect_ratio={how}:flags=bicubic:out_color_matrix=bt709:out_range=limited"
        )
    };
    vec![
        format!("[0:{index}]trim=end_frame=1,setpts=0,setsar=1,split=2[whole][behind]"),
        format!(
            "[behind]{},crop={width}:{height},format=yuv420p,boxblur=luma_radius=40:luma_power=2,\
             lutyuv=y='(val-minval)*0.5+minval'[fill]",
            scale(width, height, "increase")
        ),
        format!("[whole]{},format=yuv420p[front]", scale(width, height, "decrease")),
        format!(
            "[fill][front]overlay=(W-w)/2:(H-h)/2:format=yuv420,loop=loop=-1:size=1,setpts=N/({rate}*TB),{}[{output}]",
            exact(timeline)
        ),
    ]
}

fn exact(timeline: &Timeline) -> String {
    format!(
        "fps={}/{},tpad=stop=-1:stop_mode=clone,trim=end_frame={},setsar=1,\
         setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709",
        timeline.rate.num, timeline.rate.den, timeline.frames
    )
}
