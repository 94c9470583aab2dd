//! From ffprobe's answer to facts that can be relied on.

use super::answer::{Answer, Frames, SideData, Stream};
use super::{AudioStream, MediaInfo, SubtitleStream, VideoStream};

/// No camera is faster; above it a header counts ticks, not frames.
const MOST_FRAME_RATE: f64 = 480.0;
/// What is taken where nothing sensible is said.
const USUAL_FRAME_RATE: f64 = 25.0;
/// A header that claims more than this lies: 48 hours, or fewer than 100 bits a second.
const MOST_SECONDS: f64 = 48.0 * 3600.0;
const LEAST_BITS_PER_SECOND: f64 = 100.0;
/// Pixels that are more oblong than this are a broken header.
const MOST_OBLONG: f64 = 8.0;

const TEXT_SUBTITLES: &[&str] =
    &["subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text", "ttml", "microdvd", "sami", "subviewer", "jacosub"];

/// The facts, or none if there is neither picture nor sound.
pub(super) fn info(answer: Answer, frames: Option<&Frames>, bytes: u64) -> Option<MediaInfo> {
    let file_start = seconds(answer.format.start_time.as_deref()).unwrap_or(0.0);
    let best = best_picture(&answer.streams);
    let still = best.is_some_and(|stream| is_still(&answer, stream, frames));
    let video = best.and_then(|stream| video(stream, frames, file_start));
    let audio = audio(&answer.streams, file_start);
    if video.is_none() && audio.is_empty() {
        return None;
    }
    let cover = answer
        .streams
        .iter()
        .find(|stream| stream.is("video") && stream.disposition.attached_pic > 0 && stream.codec().is_some());
    let duration = seconds(answer.format.duration.as_deref()).filter(|_| !(still && audio.is_empty()));
    Some(MediaInfo {
        container: answer.container().to_owned(),
        duration: duration.filter(|seconds| is_credible(*seconds, bytes)),
        bytes,
        video,
        audio,
        subtitles: answer.streams.iter().filter_map(subtitle).collect(),
        still,
        cover: cover.map(|stream| stream.index),
    })
}

/// The one marked default, else the largest, else the first.
fn best_picture(streams: &[Stream]) -> Option<&Stream> {
    let area = |stream: &Stream| stream.width.saturating_mul(stream.height);
    let rank = |stream: &&Stream| (stream.disposition.default, area(stream), std::cmp::Reverse(stream.index));
    streams.iter().filter(|stream| stream.is_moving_picture()).max_by_key(rank)
}

fn is_still(answer: &Answer, stream: &Stream, frames: Option<&Frames>) -> bool {
    let only_one = stream.nb_frames.as_deref() == Some("1");
    answer.is_one_picture() || only_one || frames.is_some_and(|seen| seen.frames.len() == 1)
}

fn video(stream: &Stream, frames: Option<&Frames>, file_start: f64) -> Option<VideoStream> {
    let (width, height) = stream.size()?;
    let rotation = rotation(stream, frames);
    let (display_width, display_height) = display_size(width, height, stream.sample_aspect_ratio.as_deref(), rotation);
    let interlaced = matches!(stream.field_order.as_deref(), Some("tt" | "bb" | "tb" | "bt"));
    let (frame_rate, variable_frame_rate) = frame_rate(stream, interlaced);
    let pixel_format = stream.pix_fmt.clone()?;
    let known =
        |value: &Option<String>| value.clone().filter(|name| !matches!(name.as_str(), "unknown" | "reserved" | ""));
    let color_transfer = known(&stream.color_transfer);
    Some(VideoStream {
        index: stream.index,
        codec: stream.codec()?.to_owned(),
        width,
        height,
        display_width,
        display_height,
        rotation,
        frame_rate,
        variable_frame_rate,
        bit_depth: bit_depth(&pixel_format),
        pixel_format,
        hdr: matches!(color_transfer.as_deref(), Some("smpte2084" | "arib-std-b67")),
        color_transfer,
        color_primaries: known(&stream.color_primaries),
        color_space: known(&stream.color_space),
        interlaced,
        start: start(stream, file_start),
    })
}

/// Degrees clockwise to the nearest quarter; what is askew stays as it is.
fn rotation(stream: &Stream, frames: Option<&Frames>) -> u32 {
    let turned = |list: &[SideData]| list.iter().find_map(|data| data.rotation);
    let of_frame = frames.and_then(|seen| seen.frames.first()).and_then(|frame| turned(&frame.side_data_list));
    let of_tag = || stream.tags.rotate.as_deref()?.parse().ok().map(|clockwise: f64| -clockwise);
    let counter_clockwise = of_frame.or_else(|| turned(&stream.side_data_list)).or_else(of_tag).unwrap_or(0.0);
    let clockwise = (-counter_clockwise).rem_euclid(360.0);
    let quarter = (clockwise / 90.0).round();
    if (clockwise - quarter * 90.0).abs() <= 1.0 { quarter as u32 % 4 * 90 } else { 0 }
}

/// As shown: square pixels, upright, even.
fn display_size(width: u32, height: u32, aspect: Option<&str>, rotation: u32) -> (u32, u32) {
    let aspect = ratio(aspect, ':').filter(|aspect| (1.0 / MOST_OBLONG..=MOST_OBLONG).contains(aspect)).unwrap_or(1.0);
    let even = |side: f64| ((side / 2.0).round() as u32 * 2).max(2);
    let (wide, high) = (even(f64::from(width) * aspect), even(f64::from(height)));
    if matches!(rotation, 90 | 270) { (high, wide) } else { (wide, high) }
}

/// Frames a second, and whether they come unevenly.
fn frame_rate(stream: &Stream, interlaced: bool) -> (f64, bool) {
    let sane =
        |text: &Option<String>| ratio(text.as_deref(), '/').filter(|rate| (0.01..=MOST_FRAME_RATE).contains(rate));
    match (sane(&stream.avg_frame_rate), sane(&stream.r_frame_rate)) {
        (Some(average), Some(finest)) => {
            let times = finest / average;
            // Fields are counted as frames in some interlaced streams.
            let fields = interlaced && (times - 2.0).abs() < 0.05;
            (average, !fields && (times - 1.0).abs() > 0.02)
        }
        (Some(rate), None) | (None, Some(rate)) => (rate, false),
        (None, None) => (USUAL_FRAME_RATE, false),
    }
}

/// Bits of one colour value, as the name of the pixel format tells.
fn bit_depth(pixel_format: &str) -> u32 {
    let plain = pixel_format.strip_suffix("le").or_else(|| pixel_format.strip_suffix("be")).unwrap_or(pixel_format);
    let endian = plain.len() < pixel_format.len();
    match plain {
        "rgb48" | "bgr48" | "rgba64" | "bgra64" | "ya16" => return 16,
        "x2rgb10" | "x2bgr10" => return 10,
        "xyz12" => return 12,
        "monow" | "monob" => return 1,
        // Five or six bits a colour: below eight nothing is to be gained from telling them apart.
        _ if !endian => return 8,
        _ => {}
    }
    let digits = plain.len() - plain.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let number = plain[plain.len() - digits..].parse().unwrap_or(8);
    match number {
        // p010, p210, p416 and the like put the chroma's kind before the depth.
        210 | 410 => 10,
        212 | 412 => 12,
        216 | 416 => 16,
        depth @ 9..=16 => depth,
        32 => 32,
        _ => 8,
    }
}

fn audio(streams: &[Stream], file_start: f64) -> Vec<AudioStream> {
    let mut sounds: Vec<&Stream> = streams.iter().filter(|stream| stream.is_sound()).collect();
    if let Some(default) = sounds.iter().position(|stream| stream.disposition.default > 0) {
        sounds[..=default].rotate_right(1);
    }
    let one = |stream: &&Stream| {
        Some(AudioStream {
            index: stream.index,
            codec: stream.codec()?.to_owned(),
            sample_rate: stream.sample_rate.as_deref()?.parse().ok().filter(|rate| *rate > 0)?,
            channels: u32::try_from(stream.channels).ok()?,
            channel_layout: stream.channel_layout.clone().filter(|layout| layout != "unknown"),
            language: language(stream),
            start: start(stream, file_start),
        })
    };
    sounds.iter().filter_map(one).collect()
}

fn subtitle(stream: &Stream) -> Option<SubtitleStream> {
    let codec = stream.codec().filter(|_| stream.is("subtitle"))?;
    let text = TEXT_SUBTITLES.contains(&codec);
    Some(SubtitleStream { index: stream.index, codec: codec.to_owned(), language: language(stream), text })
}

/// A language code; anything else in its place is somebody's text.
fn language(stream: &Stream) -> Option<String> {
    let code = stream.tags.language.as_deref()?;
    let letters = code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (letters && (2..=16).contains(&code.len()) && code != "und").then(|| code.to_owned())
}

/// Seconds after the start of the file.
fn start(stream: &Stream, file_start: f64) -> f64 {
    let begins = seconds(stream.start_time.as_deref()).map_or(0.0, |at| at - file_start);
    if (0.0..MOST_SECONDS).contains(&begins) { begins } else { 0.0 }
}

fn is_credible(duration: f64, bytes: u64) -> bool {
    duration > 0.0 && duration <= MOST_SECONDS && bytes as f64 * 8.0 / duration >= LEAST_BITS_PER_SECOND
}

fn seconds(text: Option<&str>) -> Option<f64> {
    text?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// `30000/1001` or `4:3` as one number.
fn ratio(text: Option<&str>, between: char) -> Option<f64> {
    let (over, under) = text?.split_once(between)?;
    let value = over.parse::<f64>().ok()? / under.parse::<f64>().ok()?;
    (value.is_finite() && value > 0.0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<MediaInfo> {
        info(serde_json::from_str(json).unwrap(), None, 1 << 20)
    }

    const VIDEO: &str =
        r#"{"index":0,"codec_name":"h264","codec_type":"video","width":1920,"height":1080,"pix_fmt":"yuv420p""#;

    /// The facts of one picture stream with this added.
    fn picture(more: &str) -> VideoStream {
        let json = format!(r#"{{"streams":[{VIDEO}{more}}}],"format":{{"format_name":"mov,mp4"}}}}"#);
        read(&json).unwrap().video.unwrap()
    }

    #[test]
    fn a_phone_held_upright_shows_upright() {
        for (counter_clockwise, clockwise) in
            [(-90, 90), (90, 270), (180, 180), (-180, 180), (0, 0), (-2_147_483_648_i64, 0), (45, 0)]
        {
            let video = picture(&format!(r#","side_data_list":[{{"rotation":{counter_clockwise}}}]"#));
            assert_eq!(video.rotation, clockwise, "{counter_clockwise}");
            let shown = if clockwise % 180 == 90 { (1080, 1920) } else { (1920, 1080) };
            assert_eq!((video.display_width, video.display_height), shown);
        }
        assert_eq!(picture(r#","tags":{"rotate":"90"}"#).rotation, 90);
    }

    #[test]
    fn pixels_become_square_and_sides_even() {
        assert_eq!(display_size(720, 576, Some("16:15"), 0), (768, 576));
        assert_eq!(display_size(640, 360, Some("2:3"), 0), (426, 360));
        assert_eq!(display_size(161, 91, None, 0), (162, 92));
        assert_eq!(display_size(1, 1, Some("1:1"), 0), (2, 2));
        for broken in ["0:1", "1:0", "1:65535", "x", "-4:3", "nan:1"] {
            assert_eq!(display_size(640, 360, Some(broken), 0), (640, 360), "{broken}");
        }
    }

    #[test]
    fn frame_rates_are_sane_and_uneven_ones_are_seen() {
        let rate = |finest: &str, average: &str, more: &str| {
            let video = picture(&format!(r#","r_frame_rate":"{finest}","avg_frame_rate":"{average}"{more}"#));
            ((video.frame_rate * 1000.0).round() / 1000.0, video.variable_frame_rate)
        };
        assert_eq!(rate("30000/1001", "30000/1001", ""), (29.97, false));
        assert_eq!(rate("60/1", "1000/1", ""), (60.0, false));
        assert_eq!(rate("90000/1", "0/0", ""), (25.0, false));
        assert_eq!(rate("30/1", "630000/47281", ""), (13.325, true));
        assert_eq!(rate("50/1", "25/1", r#","field_order":"tt""#), (25.0, false));
        assert_eq!(rate("50/1", "25/1", ""), (25.0, true));
    }

    #[test]
    fn depth_is_read_from_the_pixel_format() {
        let cases =
            [("yuv420p", 8), ("yuv420p10le", 10), ("p010le", 10), ("p416le", 16), ("gbrp12be", 12), ("rgb48be", 16)];
        for (name, depth) in cases.into_iter().chain([
            ("gray", 8),
            ("nv12", 8),
            ("rgb24", 8),
            ("pal8", 8),
            ("yuv444p9le", 9),
            ("gray16be", 16),
            ("rgb565le", 8),
            ("grayf32le", 32),
        ]) {
            assert_eq!(bit_depth(name), depth, "{name}");
        }
    }

    #[test]
    fn high_dynamic_range_is_told_by_its_transfer() {
        assert!(picture(r#","color_transfer":"smpte2084""#).hdr);
        assert!(picture(r#","color_transfer":"arib-std-b67""#).hdr);
        assert!(!picture(r#","color_transfer":"bt709","color_primaries":"bt2020""#).hdr);
        assert_eq!(picture(r#","color_transfer":"unknown""#).color_transfer, None);
    }

    #[test]
    fn cover_art_is_no_picture_stream_and_the_default_sound_comes_first() {
        let sound = |index: u32, default: u8, language: &str| {
            format!(
                r#"{{"index":{index},"codec_name":"aac","codec_type":"audio","sample_fmt":"fltp","sample_rate":"48000","channels":2,
                "disposition":{{"default":{default}}},"tags":{{"language":"{language}"}}}}"#
            )
        };
        let json = format!(
            r#"{{"streams":[{VIDEO},"disposition":{{"attached_pic":1}}}},{},{},{}],"format":{{"format_name":"matroska,webm","duration":"9"}}}}"#,
            sound(1, 0, "eng"),
            sound(2, 0, "my title"),
            sound(3, 1, "und")
        );
        let info = read(&json).unwrap();
        assert_eq!((info.video, info.cover, info.container.as_str()), (None, Some(0), "matroska"));
        assert_eq!(info.audio.iter().map(|one| one.index).collect::<Vec<_>>(), [3, 1, 2]);
        assert_eq!(info.audio.iter().map(|one| one.language.as_deref()).collect::<Vec<_>>(), [None, Some("eng"), None]);
    }

    #[test]
    fn the_picture_begins_when_it_begins() {
        let json = format!(
            r#"{{"streams":[{VIDEO},"start_time":"0.852"}}],"format":{{"format_name":"mov","start_time":"0.008"}}}}"#
        );
        assert!((read(&json).unwrap().video.unwrap().start - 0.844).abs() < 1e-9);
        assert_eq!(picture(r#","start_time":"-1""#).start, 0.0);
        assert_eq!(picture(r#","start_time":"1e300""#).start, 0.0);
    }

    #[test]
    fn lengths_that_cannot_be_are_not_believed() {
        let length = |text: &str| {
            let json = format!(r#"{{"streams":[{VIDEO}}}],"format":{{"format_name":"mov","duration":"{text}"}}}}"#);
            read(&json).unwrap().duration
        };
        assert_eq!(length("10.5"), Some(10.5));
        for lie in ["4294967.0", "0", "-3", "nan", "inf", "N/A", "100000"] {
            assert_eq!(length(lie), None, "{lie}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_does_not_count() {
        for stream in [
            r#""codec_type":"video","codec_name":"h264","width":0,"height":0,"pix_fmt":"yuv420p""#,
            r#""codec_type":"video","codec_name":"none","width":4,"height":4,"pix_fmt":"yuv420p""#,
            r#""codec_type":"video","codec_name":"h264","width":4,"height":4"#,
            r#""codec_type":"audio","codec_name":"mpegh_3d_audio","sample_rate":"48000","channels":0"#,
            r#""codec_type":"subtitle","codec_name":"ass""#,
            r#""codec_type":"data","codec_name":"bin_data""#,
        ] {
            assert_eq!(
                read(&format!(r#"{{"streams":[{{"index":0,{stream}}}],"format":{{"format_name":"mov"}}}}"#)),
                None,
                "{stream}"
            );
        }
        assert_eq!(read("{}"), None);
    }
}
