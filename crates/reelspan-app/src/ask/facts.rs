//! What was measured of a project, a sentence each, so that it can be asked for and cited like words.

use std::collections::BTreeMap;

use reelspan_media::analysis::{Analysis, AudioAnalysis, Series, Shot, TextureKind, Transition, VideoAnalysis};
use reelspan_media::transcript::Transcript;
use reelspan_types::{Span, format_time};

use super::project::Recording;
use super::question::Signal;

/// Of one kind, at most so many places.
const MOST: usize = 12;
/// Two peaks that are nearer than this are one moment.
const APART: f64 = 8.0;

/// One measured fact. Its words are the program's own, save for the titles of clips.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    pub(crate) recording: usize,
    /// None where it is of the whole.
    pub(crate) span: Option<Span>,
    pub(crate) signal: Signal,
    pub(crate) text: String,
}

/// Everything that is known, in the order of the recordings.
pub(crate) fn all(recordings: &[Recording]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (number, recording) in recordings.iter().enumerate() {
        let mut add = |signal, span, text: String| facts.push(Fact { recording: number, span, signal, text });
        let length = format_time(recording.duration);
        let basis = if recording.analysis.is_some() { "lasts" } else { "is known up to" };
        add(Signal::Length, None, format!("the recording {basis} {length}"));
        about(recording, &mut add);
        if let Some(analysis) = &recording.analysis {
            measured(analysis, &mut add);
        }
        if let Some(transcript) = &recording.transcript {
            speakers(transcript, &mut add);
        }
        for candidate in &recording.candidates {
            add(Signal::Best, Some(candidate.span), format!("clip \"{}\": {}", candidate.title, candidate.reason));
        }
    }
    facts
}

/// What kind of recording it is.
fn about(recording: &Recording, add: &mut Add<'_>) {
    if let Some(analysis) = &recording.analysis {
        match &analysis.video {
            Some(video) => {
                let (width, height, rate) = (video.width, video.height, video.frame_rate);
                add(Signal::About, None, format!("the picture is {width}x{height}, {rate:.5} frames a second"));
            }
            None => add(Signal::About, None, "the recording has no picture".to_owned()),
        }
        if analysis.audio.is_none() {
            add(Signal::About, None, "the recording has no sound track".to_owned());
        }
    }
    match &recording.transcript {
        Some(transcript) => {
            let language =
                transcript.language.as_ref().map_or(String::new(), |tag| format!(", in the language `{tag}`"));
            add(Signal::About, None, format!("{} words are known{language}", transcript.words.len()));
        }
        None => add(Signal::About, None, "no words of it are known".to_owned()),
    }
}

/// What is heard and seen in a stretch, or at a moment.
pub(crate) fn at(recording: &Recording, within: Span) -> Vec<(Span, String)> {
    let Some(analysis) = &recording.analysis else { return Vec::new() };
    let mut told = Vec::new();
    let meets = |span: Span| span.overlap(within) > 0.0;
    if let Some(video) = &analysis.video {
        let all = video.shots.len();
        for (number, shot) in video.shots.iter().enumerate().filter(|(_, shot)| meets(shot.span())).take(3) {
            let screen = if shot.screen >= 0.5 { ", slides or a screen" } else { "" };
            told.push((shot.span(), format!("shot {} of {all}{screen}", number + 1)));
        }
        let near = video.faces.iter().filter(|sample| sample.t >= within.start - 0.5 && sample.t <= within.end + 0.5);
        if let Some(most) = near.max_by_key(|sample| sample.faces.len()).filter(|sample| !sample.faces.is_empty()) {
            told.push((around(most.t, analysis.duration), format!("{} face(s)", most.faces.len())));
        }
        let picture = [(&video.black, "black picture"), (&video.frozen, "still picture")];
        for (spans, name) in picture {
            told.extend(spans.iter().copied().filter(|span| meets(*span)).map(|span| (span, name.to_owned())));
        }
    }
    if let Some(audio) = &analysis.audio {
        for texture in audio.textures.iter().filter(|texture| meets(Span::new(texture.start, texture.end))) {
            let name = match texture.kind {
                TextureKind::Laughter => "laughter",
                TextureKind::Applause => "applause",
                TextureKind::Music => "music",
            };
            told.push((Span::new(texture.start, texture.end), name.to_owned()));
        }
        told.extend(
            audio.silences.iter().copied().filter(|span| meets(*span)).map(|span| (span, "silence".to_owned())),
        );
    }
    told
}

type Add<'a> = dyn FnMut(Signal, Option<Span>, String) + 'a;

fn measured(analysis: &Analysis, add: &mut Add<'_>) {
    match &analysis.audio {
        Some(audio) => sound(audio, analysis.duration, add),
        None => add(Signal::Silence, None, "the recording has no sound track".to_owned()),
    }
    if let Some(video) = &analysis.video {
        picture(video, add);
    }
}

fn sound(audio: &AudioAnalysis, duration: f64, add: &mut Add<'_>) {
    let kinds = [
        (TextureKind::Laughter, Signal::Laughter, "laughter"),
        (TextureKind::Applause, Signal::Applause, "applause"),
        (TextureKind::Music, Signal::Music, "music"),
    ];
    for (kind, signal, name) in kinds {
        let mut of_kind: Vec<_> = audio.textures.iter().filter(|texture| texture.kind == kind).collect();
        if of_kind.is_empty() {
            add(signal, None, format!("no {name} was heard"));
            continue;
        }
        of_kind.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.start.total_cmp(&b.start)));
        of_kind.truncate(MOST);
        of_kind.sort_by(|a, b| a.start.total_cmp(&b.start));
        for texture in of_kind {
            let sure = if texture.strength < 0.5 { "perhaps " } else { "" };
            add(signal, Some(Span::new(texture.start, texture.end)), format!("{sure}{name}"));
        }
    }
    for (at, level) in peaks(&audio.level, 3, APART).into_iter().filter(|(_, level)| *level > -60.0) {
        add(Signal::Loudest, Some(around(at, duration)), format!("loud moment, {level:.1} LUFS"));
    }
    match audio.loudness.integrated {
        Some(whole) => add(Signal::Loudest, None, format!("the whole is at {whole:.1} LUFS")),
        None => add(Signal::Loudest, None, "the recording is silent".to_owned()),
    }
    let total: f64 = audio.silences.iter().map(|span| span.seconds()).sum();
    let count = audio.silences.len();
    add(Signal::Silence, None, format!("{count} silence(s), {} in all", format_time(total)));
    let mut longest: Vec<Span> = audio.silences.clone();
    longest.sort_by(|a, b| b.seconds().total_cmp(&a.seconds()).then(a.start.total_cmp(&b.start)));
    longest.truncate(MOST);
    longest.sort_by(|a, b| a.start.total_cmp(&b.start));
    for span in longest {
        add(Signal::Silence, Some(span), format!("silence of {:.1} s", span.seconds()));
    }
}

fn picture(video: &VideoAnalysis, add: &mut Add<'_>) {
    let shots = &video.shots;
    let whole: f64 = shots.iter().map(|shot| shot.span().seconds()).sum();
    let mean = whole / shots.len().max(1) as f64;
    add(Signal::Shots, None, format!("{} shot(s), {mean:.1} s each on average", shots.len()));
    let length = |shot: &&Shot| shot.span().seconds();
    if let (Some(longest), Some(shortest)) = (
        shots.iter().max_by(|a, b| length(a).total_cmp(&length(b))),
        shots.iter().min_by(|a, b| length(a).total_cmp(&length(b))),
    ) && shots.len() > 1
    {
        add(Signal::Shots, Some(longest.span()), format!("the longest shot, {:.1} s", length(&longest)));
        add(Signal::Shots, Some(shortest.span()), format!("the shortest shot, {:.1} s", length(&shortest)));
    }
    let scenes = scenes(shots);
    add(Signal::Scenes, None, format!("{} scene(s), told by fades, dissolves and black between them", scenes.len()));
    if scenes.len() > 1 {
        for (number, scene) in scenes.iter().take(4 * MOST).enumerate() {
            add(Signal::Scenes, Some(*scene), format!("scene {}", number + 1));
        }
    }
    for (signal, spans, name) in
        [(Signal::Black, &video.black, "black picture"), (Signal::Frozen, &video.frozen, "still picture")]
    {
        if spans.is_empty() {
            add(signal, None, format!("no {name} was seen"));
        }
        for span in spans.iter().take(MOST) {
            add(signal, Some(*span), format!("{name} for {:.1} s", span.seconds()));
        }
    }
    let slides: Vec<_> = shots.iter().filter(|shot| shot.screen >= 0.5).collect();
    if slides.is_empty() {
        add(Signal::Screen, None, "nothing looks like slides or a screen".to_owned());
    }
    for shot in slides.into_iter().take(MOST) {
        add(Signal::Screen, Some(shot.span()), "slides or a screen".to_owned());
    }
    let moved: Vec<_> = peaks(&video.motion, 3, APART).into_iter().filter(|(_, motion)| *motion > 0.02).collect();
    if moved.is_empty() {
        add(Signal::Motion, None, "the picture hardly moves".to_owned());
    }
    for (at, _) in moved {
        add(Signal::Motion, Some(around(at, whole)), "much motion".to_owned());
    }
    let with = video.faces.iter().filter(|sample| !sample.faces.is_empty()).count();
    let share = 100.0 * with as f64 / video.faces.len().max(1) as f64;
    let most = video.faces.iter().max_by_key(|sample| sample.faces.len()).filter(|sample| !sample.faces.is_empty());
    add(Signal::Faces, None, format!("a face is seen in {share:.0} % of the looked-at frames"));
    if let Some(most) = most {
        add(Signal::Faces, Some(around(most.t, whole)), format!("{} face(s) at once, the most", most.faces.len()));
    }
}

/// Shots that belong together: a new scene begins where one fades or dissolves into the next.
fn scenes(shots: &[Shot]) -> Vec<Span> {
    let mut scenes: Vec<Span> = Vec::new();
    for shot in shots {
        let opens = matches!(shot.transition, Transition::Start | Transition::Fade | Transition::Dissolve);
        match scenes.last_mut() {
            Some(scene) if !opens => scene.end = shot.end,
            _ => scenes.push(shot.span()),
        }
    }
    scenes
}

fn speakers(transcript: &Transcript, add: &mut Add<'_>) {
    let mut times: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for word in &transcript.words {
        if let Some(name) = word.speaker.as_deref() {
            let (seconds, first) = times.entry(name).or_insert((0.0, word.start));
            *seconds += word.span().seconds();
            *first = first.min(word.start);
        }
    }
    if times.is_empty() {
        return;
    }
    add(Signal::Speakers, None, format!("{} speaker(s) are named in the transcript", times.len()));
    let mut most: Vec<_> = times.into_iter().collect();
    most.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
    for (name, (seconds, first)) in most.into_iter().take(2 * MOST) {
        let heard = Span::new(first, first + 1.0);
        add(Signal::Speakers, Some(heard), format!("{name} speaks for {} in all, first here", format_time(seconds)));
    }
}

fn around(at: f64, duration: f64) -> Span {
    Span::new((at - 2.0).max(0.0), (at + 2.0).min(duration.max(at)))
}

/// The `most` highest half seconds of a series, each a moment of its own, highest first.
fn peaks(series: &Series, most: usize, apart: f64) -> Vec<(f64, f32)> {
    let rate = series.rate.max(0.001);
    let step = ((0.5 * rate).round() as usize).max(1);
    let mut means: Vec<(f64, f32)> = series
        .values
        .chunks(step)
        .enumerate()
        .map(|(number, values)| {
            let middle = (number * step) as f64 / rate + values.len() as f64 / rate / 2.0;
            (middle, values.iter().sum::<f32>() / values.len() as f32)
        })
        .collect();
    means.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.total_cmp(&b.0)));
    let mut found: Vec<(f64, f32)> = Vec::new();
    for (at, value) in means {
        if found.len() == most {
            break;
        }
        if found.iter().all(|(known, _)| (known - at).abs() >= apart) {
            found.push((at, value));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_moments_of_their_own() {
        let mut values = vec![0.1; 600];
        (values[100], values[104], values[400]) = (0.9, 0.8, 0.7);
        let series = Series { rate: 10.0, values };
        let found: Vec<f64> = peaks(&series, 2, 8.0).into_iter().map(|(at, _)| at).collect();
        assert_eq!(found, [10.25, 40.25]);
    }

    #[test]
    fn scenes_begin_at_fades_and_not_at_cuts() {
        let shot = |start: f64, end: f64, transition| Shot { start, end, transition, screen: 0.0 };
        let shots =
            [shot(0.0, 4.0, Transition::Start), shot(4.0, 9.0, Transition::Cut), shot(9.0, 20.0, Transition::Fade)];
        assert_eq!(scenes(&shots), [Span::new(0.0, 9.0), Span::new(9.0, 20.0)]);
    }
}
