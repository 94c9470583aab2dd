//! Whether an option's argument is of the kind that the option takes.

use super::super::filters::{expression, seconds_of};
use super::super::format::Format;
use super::table::{Row, Takes};

/// Decoders that may be asked for by name: those that keep what the usual one throws away, such as alpha.
const DECODERS: &str = "h264 hevc libdav1d av1 vp8 vp9 libvpx libvpx-vp9 mpeg4 mpeg2video mjpeg png gif webp prores dnxhd \
    aac mp3 mp3float flac opus libopus vorbis libvorbis ac3 eac3 alac pcm_s16le pcm_s24le rawvideo";
const LONGEST: usize = 500;

/// The stream after the option's colon: `v`, `a:0`, `s:v:0` for metadata.
pub(super) fn stream(row: &Row, stream: &str) -> Result<(), &'static str> {
    let name = row.names[0];
    let specific = stream.strip_prefix("s:").filter(|_| matches!(name, "metadata" | "map_metadata" | "disposition"));
    let global = matches!(name, "metadata" | "map_metadata") && matches!(stream, "g" | "s");
    let stream = specific.unwrap_or(stream);
    let mut parts = stream.split(':');
    let first = parts.next().unwrap_or_default();
    let second = parts.next();
    let number = |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    let known = matches!(first, "v" | "V" | "a" | "s" | "d") || number(first);
    let fits = known && second.is_none_or(number) && parts.next().is_none();
    if fits || global {
        Ok(())
    } else {
        Err("has a stream after its colon that is not `v`, `a`, `s` or a number, as in `v:0`")
    }
}

/// Whether the argument is of its kind.
pub(super) fn check(takes: Takes, argument: &str, format: Format) -> Result<(), String> {
    if argument.len() > LONGEST && !matches!(takes, Takes::Graph | Takes::Meta) {
        return Err(format!("has an argument of more than {LONGEST} bytes"));
    }
    match takes {
        Takes::Nothing | Takes::Graph => Ok(()),
        Takes::Number(least, most) => number(argument, least, most),
        Takes::Bits => bits(argument),
        Takes::Time => time(argument),
        Takes::Fps => rate(argument),
        Takes::Size => size(argument),
        Takes::Ratio => ratio(argument),
        Takes::Pixels => signs(argument, "_+", "a pixel format, as in `yuv420p`"),
        Takes::Layout => signs(argument, "_+.@()", "a channel layout, as in `stereo`"),
        Takes::Coder => signs(argument, "_-.+", "a word or a number"),
        Takes::Any if expression(argument).is_err() => {
            Err("uses `while`, `root` or `taylor`, which may never end".to_owned())
        }
        Takes::Any => signs(argument, "_-.+:/,()* =<>^%", "made of letters, digits and plain signs"),
        Takes::Map => map(argument),
        Takes::Meta => metadata(argument),
        Takes::Muxer => muxer(argument, format),
        Takes::Codec(kind) => codec(kind, argument, format),
        Takes::Decoder => one_of(DECODERS, argument, "a decoder that may be chosen"),
        Takes::Word(words) => one_of(words, argument, "what it takes"),
        Takes::List(words) => list(words, argument),
        Takes::Pairs(keys) => pairs(keys, argument),
    }
}

fn number(text: &str, least: f64, most: f64) -> Result<(), String> {
    match text.parse::<f64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(()),
        Ok(_) => Err(format!("takes a number from {least} to {most}")),
        Err(_) => Err("takes a number".to_owned()),
    }
}

/// Seconds of `12.5`, `1:02:03.5`, `1500ms`.
pub(in super::super) fn seconds(text: &str) -> Option<f64> {
    seconds_of(text)
}

fn time(text: &str) -> Result<(), String> {
    match seconds(text) {
        Some(seconds) if seconds.abs() <= 48.0 * 3600.0 => Ok(()),
        Some(_) => Err("takes a time of at most 48 hours".to_owned()),
        None => Err("takes a time, as in `12.5`, `00:01:30` or `1500ms`".to_owned()),
    }
}

fn bits(text: &str) -> Result<(), String> {
    let plain = text.strip_suffix(['k', 'K', 'M', 'm', 'G']).unwrap_or(text);
    match plain.parse::<f64>() {
        Ok(number) if (0.0..=1e12).contains(&number) => Ok(()),
        _ => Err("takes a number of bits, as in `128k` or `2.5M`".to_owned()),
    }
}

fn rate(text: &str) -> Result<(), String> {
    let named = matches!(text, "ntsc" | "pal" | "film" | "ntsc-film" | "qntsc" | "qpal");
    let value = match text.split_once('/') {
        Some((over, under)) => over.parse::<f64>().and_then(|over| under.parse::<f64>().map(|under| over / under)),
        None => text.parse(),
    };
    match value {
        _ if named => Ok(()),
        Ok(rate) if (0.01..=240.0).contains(&rate) => Ok(()),
        _ => Err("takes frames a second, from 0.01 to 240, as in `25` or `30000/1001`".to_owned()),
    }
}

fn size(text: &str) -> Result<(), String> {
    let named = [
        "ntsc", "pal", "qvga", "vga", "svga", "xga", "wvga", "hd480", "hd720", "hd1080", "2k", "4k", "uhd2160", "qhd",
        "nhd",
    ];
    let side = |text: &str| text.parse::<u32>().is_ok_and(|side| (1..=8192).contains(&side));
    match text.split_once(['x', 'X']) {
        Some((width, height)) if side(width) && side(height) => Ok(()),
        None if named.contains(&text) => Ok(()),
        _ => Err("takes a size of at most 8192 pixels a side, as in `1280x720`".to_owned()),
    }
}

fn ratio(text: &str) -> Result<(), String> {
    let plain = |text: &str| text.parse::<f64>().is_ok_and(|number| number > 0.0 && number < 10_000.0);
    let fits = text.split_once([':', '/']).map_or_else(|| plain(text), |(over, under)| plain(over) && plain(under));
    if fits { Ok(()) } else { Err("takes a ratio, as in `16:9`".to_owned()) }
}

fn signs(text: &str, more: &str, what: &str) -> Result<(), String> {
    let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    if fits { Ok(()) } else { Err(format!("takes {what}")) }
}

fn one_of(words: &str, text: &str, what: &str) -> Result<(), String> {
    if words.split_ascii_whitespace().any(|word| word == text) {
        return Ok(());
    }
    Err(format!("takes {what}: one of {}", words.split_ascii_whitespace().collect::<Vec<_>>().join(", ")))
}

fn list(words: &str, text: &str) -> Result<(), String> {
    for part in text.split(['+', ',', '|', '-']).filter(|part| !part.is_empty()) {
        one_of(words, part.trim(), "a list")?;
    }
    Ok(())
}

/// `keyint=60:bframes=2`; keys that name files are not among those that are known.
fn pairs(keys: &str, text: &str) -> Result<(), String> {
    for pair in text.split(':').filter(|pair| !pair.trim().is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = key.trim().replace('_', "-");
        if !keys.split_ascii_whitespace().any(|known| known == key) {
            let shown: String = key.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
            return Err(format!("has a setting `{shown}` that may not be used here"));
        }
        signs(value, "_-.,+()", "settings of letters, digits and plain signs")?;
    }
    Ok(())
}

fn map(text: &str) -> Result<(), String> {
    let wrong = || "takes a stream, as in `0:v`, `1:a:0?` or `[label]`".to_owned();
    if let Some(label) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let plain = !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || "_:.-#+".contains(c));
        return if plain { Ok(()) } else { Err(wrong()) };
    }
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = text.strip_suffix('?').unwrap_or(text);
    let mut parts = text.split(':');
    let number = |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    let file = parts.next().is_some_and(number);
    let rest = parts.all(|part| number(part) || matches!(part, "v" | "V" | "a" | "s" | "d"));
    if file && rest { Ok(()) } else { Err(wrong()) }
}

fn metadata(text: &str) -> Result<(), String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err("takes a name and a text, as in `title=...`".to_owned());
    };
    if key.is_empty() || key.len() > 64 || !key.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c)) {
        return Err("has a name that is not made of letters, digits and `_ - .`".to_owned());
    }
    if value.len() > 8192 { Err("has a text of more than 8192 bytes".to_owned()) } else { Ok(()) }
}

fn muxer(text: &str, format: Format) -> Result<(), String> {
    if format.muxer_names().split_ascii_whitespace().any(|name| name == text) {
        return Ok(());
    }
    Err(format!("is refused: the output's kind is chosen by `outputFormat`, which is {}", format.name()))
}

/// Encoders go by the format: a file that could not be written is refused before anything runs.
fn codec(kind: char, text: &str, format: Format) -> Result<(), String> {
    let of = |words: &'static str| words.split_ascii_whitespace().any(|word| word == text);
    if text == "copy" || text == "none" && kind == 's' {
        return Ok(());
    }
    let subtitles = match format {
        Format::Mp4 | Format::Mov | Format::M4a => "mov_text",
        Format::Webm => "webvtt",
        _ => "",
    };
    let fits = match kind {
        'v' => of(format.pictures()),
        'a' => of(format.sounds()),
        's' => of(subtitles),
        _ => of(format.pictures()) || of(format.sounds()) || of(subtitles),
    };
    if fits {
        return Ok(());
    }
    let takes = match kind {
        'v' => format.pictures(),
        'a' => format.sounds(),
        's' => subtitles,
        _ => "",
    };
    let list = takes.split_ascii_whitespace().collect::<Vec<_>>().join(", ");
    let list = if list.is_empty() { "none of this kind".to_owned() } else { list };
    Err(format!(
        "names a codec that {} files do not hold or that is not offered; they take `copy` or {list}",
        format.name()
    ))
}
