//! What each format is encoded with where the user did not say.

use super::super::check::Checked;
use super::super::flags::Does;
use super::super::format::{Format, Holds};
use super::super::{Flag, Quality, Resolution, Source};
use super::{is_for_players, shown};
use crate::probe::MediaInfo;

/// VP9's scale is another one: at these values it looks like x264 at its own.
fn vp9(quality: Quality) -> &'static str {
    match quality {
        Quality::High => "24",
        Quality::Medium => "31",
        Quality::Low => "38",
    }
}

/// Encoder settings of the picture, as option and argument.
fn picture(format: Format, quality: Quality) -> Vec<(&'static str, String)> {
    let crf = quality.crf().to_string();
    let pick = |high: &str, medium: &str, low: &str| match quality {
        Quality::High => high.to_owned(),
        Quality::Medium => medium.to_owned(),
        Quality::Low => low.to_owned(),
    };
    let set =
        |pairs: &[(&'static str, &str)]| pairs.iter().map(|(option, value)| (*option, (*value).to_owned())).collect();
    match format {
        Format::Mp4 | Format::Mov => set(&[("-c:v", "libx264"), ("-preset", "fast"), ("-crf", &crf)]),
        // Two passes would do better, but take twice as long.
        Format::Webm => set(&[
            ("-c:v", "libvpx-vp9"),
            ("-crf", vp9(quality)),
            ("-b:v", "0"),
            ("-deadline", "good"),
            ("-cpu-used", "4"),
            ("-row-mt", "1"),
        ]),
        // The container keeps no times of its own, so frames must come in order.
        Format::Avi => set(&[("-c:v", "libx264"), ("-preset", "fast"), ("-crf", &crf), ("-bf", "0")]),
        Format::Jpeg => set(&[("-c:v", "mjpeg"), ("-q:v", &pick("2", "3", "7"))]),
        Format::Png => set(&[("-c:v", "png")]),
        Format::Gif => set(&[("-c:v", "gif")]),
        Format::Webp => set(&[("-c:v", "libwebp"), ("-quality", &pick("92", "82", "60"))]),
        _ => Vec::new(),
    }
}

fn sound(format: Format, quality: Quality) -> Vec<(&'static str, String)> {
    let pick = |high: &str, medium: &str, low: &str| match quality {
        Quality::High => high.to_owned(),
        Quality::Medium => medium.to_owned(),
        Quality::Low => low.to_owned(),
    };
    let codec = format.sounds().split_ascii_whitespace().next();
    let mut settings: Vec<(&'static str, String)> = codec.map(|codec| ("-c:a", codec.to_owned())).into_iter().collect();
    match format {
        Format::Mp4 | Format::Mov | Format::M4a | Format::Aac => settings.push(("-b:a", pick("256k", "160k", "96k"))),
        Format::Avi | Format::Mp3 => settings.push(("-q:a", pick("0", "2", "5"))),
        Format::Webm | Format::Opus => settings.push(("-b:a", pick("192k", "128k", "64k"))),
        Format::Ogg => settings.push(("-q:a", pick("8", "5", "3"))),
        _ => {}
    }
    settings
}

/// What is put before the user's own options: encoders that were not named, and what makes files that play everywhere.
pub(super) fn defaults(checked: &Checked, infos: &[MediaInfo], video: bool) -> Vec<String> {
    let quality = checked.preset.map_or(Quality::default(), |preset| preset.quality);
    let mut args: Vec<String> = Vec::new();
    let add = |args: &mut Vec<String>, settings: Vec<(&str, String)>| {
        args.extend(settings.into_iter().flat_map(|(option, value)| [option.to_owned(), value]));
    };
    let holds = checked.format.holds();
    let codec = checked.codec('v');
    if holds != Holds::Sound && !checked.without('v') {
        if codec.is_none() {
            add(&mut args, picture_for(checked, infos, quality));
        } else if codec.is_some_and(|codec| matches!(codec, "libvpx-vp9" | "vp9")) && !has_rate(checked) {
            // Without a rate ffmpeg takes 200 kbit/s, which nobody means.
            add(&mut args, picture(Format::Webm, quality).into_iter().skip(1).collect());
        }
        let plain = is_for_players(checked.format, codec) && codec != Some("copy");
        if video && plain && !checked.has(Does::PixelFormat) {
            add(&mut args, vec![("-pix_fmt", "yuv420p".to_owned())]);
        }
    }
    if matches!(holds, Holds::Film | Holds::Sound) && !checked.without('a') {
        if checked.codec('a').is_none() {
            add(&mut args, sound(checked.format, quality));
        }
        if let Some(count) = channels(checked, infos) {
            add(&mut args, vec![("-ac", count.to_string())]);
        }
    }
    if matches!(checked.format, Format::Mp4 | Format::Mov | Format::M4a) && !checked.has(Does::MovFlags) {
        add(&mut args, vec![("-movflags", "+faststart".to_owned())]);
    }
    add(&mut args, vec![("-max_muxing_queue_size", "4096".to_owned())]);
    args
}

/// How many channels the sound is brought to: two at most where nobody chose, and those that have no places get some, which
/// encoders insist on.
fn channels(checked: &Checked, infos: &[MediaInfo]) -> Option<u32> {
    let ours = matches!(checked.source, Source::Preset | Source::Defaults);
    if ours && infos.iter().any(|info| info.audio.first().is_some_and(|audio| audio.channels > 2)) {
        return Some(2);
    }
    let [info] = infos else { return None };
    let placeless = info.audio.first().filter(|audio| audio.channel_layout.is_none())?;
    (checked.complex.is_empty() && checked.codec('a') != Some("copy")).then_some(placeless.channels.clamp(1, 2))
}

fn picture_for(checked: &Checked, infos: &[MediaInfo], quality: Quality) -> Vec<(&'static str, String)> {
    let mut settings = picture(checked.format, quality);
    if moves(checked, infos) && checked.format == Format::Webp {
        settings[0].1 = "libwebp_anim".to_owned();
        settings.push(("-loop", "0".to_owned()));
    }
    // What the user says of the rate counts alone: a quality beside it would be a bound that nobody asked for.
    if has_rate(checked) {
        settings.retain(|(option, _)| !matches!(*option, "-crf" | "-b:v" | "-q:v"));
    }
    settings
}

fn has_rate(checked: &Checked) -> bool {
    checked.outputs.iter().any(|option| {
        matches!(option.base, "b" | "b:v" | "crf" | "qp" | "q:v" | "q" | "x264-params" | "x265-params" | "lossless")
            && option.is_for('v')
    })
}

/// Whether a WebP is to move: it does where it is asked for by its encoder, or where a GIF is turned into one.
pub(super) fn moves(checked: &Checked, infos: &[MediaInfo]) -> bool {
    let animation = |info: &MediaInfo| matches!(info.container.as_str(), "gif" | "apng") && !info.still;
    match (checked.format, checked.codec('v')) {
        (Format::Webp, Some(codec)) => codec == "libwebp_anim",
        (Format::Webp, None) => infos.first().is_some_and(animation) && !checked.has(Does::Frames),
        (Format::Png, codec) => codec == Some("apng"),
        _ => false,
    }
}

/// A quote card's encoder: sharp letters are worth the bytes.
pub(in super::super) fn card_encoder(format: Format) -> Vec<String> {
    let mut args: Vec<String> =
        picture(format, Quality::High).into_iter().flat_map(|(option, value)| [option.to_owned(), value]).collect();
    if matches!(format, Format::Mp4 | Format::Mov) {
        args.extend(["-movflags", "+faststart"].map(str::to_owned));
    }
    args
}

/// Everything that is used, for the caller to show: what the user wrote, or what stands for a preset.
pub(in super::super) fn written_out(checked: &Checked) -> Vec<Flag> {
    let mut flags = Vec::new();
    if let Some(card) = &checked.card {
        return card.written_out();
    }
    if checked.source != Source::RawOptions {
        let quality = checked.preset.map_or(Quality::default(), |preset| preset.quality);
        let picture = picture(checked.format, quality);
        flags.extend(picture.iter().chain(&sound(checked.format, quality)).map(|(option, value)| shown(option, value)));
        if let Some(resolution) = checked.preset.and_then(|preset| preset.resolution) {
            flags.push(shown("-vf", &fits(resolution)));
        }
    }
    if let Some(graph) = &checked.video {
        flags.push(shown("-vf", &graph.write()));
    }
    for overlay in &checked.overlays {
        flags.push(shown("-vf", &overlay.written_out()));
    }
    if let Some(graph) = &checked.audio {
        flags.push(shown("-af", &graph.write()));
    }
    for graph in &checked.complex {
        flags.push(shown("-filter_complex", &graph.write()));
    }
    flags.extend(checked.outputs.iter().map(|option| match &option.argument {
        Some(argument) => shown(&option.written, argument),
        None => Flag::bare(&option.written),
    }));
    flags
}

/// The rule in ffmpeg's own words; the sizes themselves are worked out from the input.
fn fits(resolution: Resolution) -> String {
    let short = resolution.short_side();
    let long = short * 16 / 9;
    format!(
        "scale='if(gte(iw,ih),{long},{short})':'if(gte(iw,ih),{short},{long})':force_original_aspect_ratio=decrease:force_divisible_by=2"
    )
}
