//! `reelspan probe` and `reelspan analyze`: look without making anything.

use std::process::ExitCode;

use reelspan_app::Source;
use reelspan_app::look::{self, Depth};
use reelspan_media::analysis::Analysis;
use reelspan_types::format_time;

use crate::console::{Console, print};
use crate::settings::{Analyze, Common, Input, Only};
use crate::wire;

pub(crate) fn probe(common: &Common, input: &Input) -> anyhow::Result<ExitCode> {
    let tools = wire::tools(common)?;
    let info = reelspan_media::probe::probe(&tools, &input.input)?;
    let text = serde_json::to_string_pretty(&info)?;
    if input.json {
        print(&text);
        return Ok(ExitCode::SUCCESS);
    }
    let duration = info.duration.map_or("unknown length".to_owned(), format_time);
    print(&format!("{}, {duration}, {:.1} MB", info.container, info.bytes as f64 / 1e6));
    if let Some(video) = &info.video {
        let (width, height) = (video.display_width, video.display_height);
        let extra = if video.hdr { ", HDR" } else { "" };
        print(&format!("video  {} {width}x{height} {:.3} fps{extra}", video.codec, video.frame_rate));
    }
    for audio in &info.audio {
        print(&format!("audio  {} {} Hz, {} channel(s)", audio.codec, audio.sample_rate, audio.channels));
    }
    for track in &info.subtitles {
        print(&format!("text   {} {}", track.codec, track.language.as_deref().unwrap_or("")));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn analyze(common: &Common, flags: &Analyze) -> anyhow::Result<ExitCode> {
    let cancel = wire::cancel_on_signal()?;
    let wired = wire::Wired::new(common, cancel)?;
    let mut console = Console::new();
    let source = Source::File(flags.input.input.clone());
    let depth = match flags.only {
        Some(Only::Shots) => Depth::Shots,
        None => Depth::Whole,
    };
    let analysis = look::analyse(&wired.parts(), &source, depth, &mut console)?;
    console.done();
    print(&if flags.input.json { serde_json::to_string_pretty(&analysis)? } else { summary(&analysis) });
    Ok(ExitCode::SUCCESS)
}

fn summary(analysis: &Analysis) -> String {
    let mut lines = vec![format!("{} decoded", format_time(analysis.duration))];
    if let Some(video) = &analysis.video {
        let with = video.faces.iter().filter(|sample| !sample.faces.is_empty()).count();
        lines.push(format!("picture  {}x{} at {:.3} fps", video.width, video.height, video.frame_rate));
        lines.push(format!("shots    {}", video.shots.len()));
        lines.push(format!("faces    in {with} of {} looked-at frames", video.faces.len()));
        lines.push(format!("black    {} span(s), frozen {} span(s)", video.black.len(), video.frozen.len()));
    }
    if let Some(audio) = &analysis.audio {
        let seconds = |spans: &[reelspan_types::Span]| format_time(spans.iter().map(|span| span.seconds()).sum());
        let lufs = audio.loudness.integrated.map_or("silent".to_owned(), |value| format!("{value:.1} LUFS"));
        lines.push(format!("loudness {lufs}, range {:.1} LU", audio.loudness.range));
        lines.push(format!("speech   {} of it", seconds(&audio.speech)));
        lines.push(format!("silence  {} of it", seconds(&audio.silences)));
        lines.push(format!("onsets   {}", audio.onsets.len()));
    }
    lines.push("--json prints everything".to_owned());
    lines.join("\n")
}
