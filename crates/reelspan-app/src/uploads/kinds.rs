//! Which content types may be brought, and whether the bytes agree with the name.

use reelspan_media::operations::{ContentType, Kind, sniff};

/// So much of a file is looked at.
pub(super) const HEAD: u64 = 4096;

/// A client that does not know says this; the bytes decide then.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// Other names of the same types, as browsers and systems say them.
const ALIASES: &[(&str, &str)] = &[
    ("audio/mp3", "audio/mpeg"),
    ("audio/x-mp3", "audio/mpeg"),
    ("audio/x-wav", "audio/wav"),
    ("audio/wave", "audio/wav"),
    ("audio/vnd.wave", "audio/wav"),
    ("audio/x-m4a", "audio/mp4"),
    ("audio/m4a", "audio/mp4"),
    ("audio/x-aac", "audio/aac"),
    ("audio/aacp", "audio/aac"),
    ("audio/x-flac", "audio/flac"),
    ("audio/webm", "video/webm"),
    ("audio/vorbis", "audio/ogg"),
    ("application/ogg", "audio/ogg"),
    ("video/x-m4v", "video/mp4"),
    ("video/avi", "video/x-msvideo"),
    ("video/msvideo", "video/x-msvideo"),
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("video/x-mkv", "video/x-matroska"),
    ("video/mkv", "video/x-matroska"),
    ("video/matroska", "video/x-matroska"),
    ("audio/x-matroska", "video/x-matroska"),
    ("video/vnd.dlna.mpeg-tts", "video/mp2t"),
    ("audio/x-aiff", "audio/aiff"),
    ("video/flv", "video/x-flv"),
];

type Agrees = fn(&[u8]) -> bool;

/// Types beyond those of the media API, each with how its bytes begin.
const MORE: &[(&str, Agrees)] = &[
    ("video/x-matroska", |head| matches!(sniff(head), Some(Kind::Matroska | Kind::Webm))),
    ("video/mp2t", transport),
    ("video/mpeg", |head| head.starts_with(b"\0\0\x01\xba") || head.starts_with(b"\0\0\x01\xb3") || transport(head)),
    ("video/ogg", |head| matches!(sniff(head), Some(Kind::OggOther | Kind::OggOpus))),
    ("video/3gpp", |head| matches!(sniff(head), Some(Kind::Mp4 | Kind::M4a | Kind::Quicktime))),
    ("video/x-flv", |head| head.starts_with(b"FLV\x01")),
    ("video/x-ms-wmv", asf),
    ("audio/x-ms-wma", asf),
    ("application/mxf", |head| head.starts_with(b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02")),
    ("audio/aiff", |head| head.starts_with(b"FORM") && matches!(head.get(8..12), Some(b"AIFF" | b"AIFC"))),
    ("audio/x-caf", |head| head.starts_with(b"caff")),
    ("audio/amr", |head| head.starts_with(b"#!AMR")),
    ("image/bmp", |head| head.starts_with(b"BM") && head.len() > 14),
    ("image/tiff", |head| head.starts_with(b"II*\0") || head.starts_with(b"MM\0*")),
];

/// By how file names end, for clients that say a name and no type.
const ENDINGS: &[(&str, &str)] = &[
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("mkv", "video/x-matroska"),
    ("avi", "video/x-msvideo"),
    ("ts", "video/mp2t"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("wav", "audio/wav"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/opus"),
    ("flac", "audio/flac"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
];

/// The one name of one of the media API's fifteen types.
pub(super) fn of_media_api(name: &str) -> Option<&'static str> {
    let name = essence(name);
    ContentType::parse(&name).map(ContentType::name)
}

/// The one name of a type that we take ourselves.
pub(super) fn of_ours(name: &str) -> Option<&'static str> {
    let name = essence(name);
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, one)| one);
    let more = || MORE.iter().find(|(more, _)| *more == name).map(|(more, _)| *more);
    of_media_api(name).or_else(more).or_else(|| (name == UNKNOWN).then_some(UNKNOWN))
}

/// What a file of this name is likely to be.
pub(super) fn by_ending(file_name: &str) -> &'static str {
    let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    ENDINGS.iter().find(|(known, _)| *known == ending).map_or(UNKNOWN, |(_, content_type)| content_type)
}

/// The type under which bytes that begin so are kept: the declared one if they agree, or what they are if none was declared.
pub(super) fn agreed(declared: &str, head: &[u8]) -> Option<&'static str> {
    if declared == UNKNOWN {
        return sniffed(head);
    }
    let declared = of_ours(declared)?;
    let agrees = match ContentType::parse(declared) {
        Some(one) => one.matches(head),
        None => MORE.iter().any(|(more, agrees)| *more == declared && agrees(head)),
    };
    agrees.then_some(declared)
}

fn sniffed(head: &[u8]) -> Option<&'static str> {
    let all = ContentType::ALL.into_iter();
    let exact = match sniff(head) {
        Some(Kind::Quicktime) => Some(ContentType::VideoQuicktime),
        Some(Kind::M4a) => Some(ContentType::AudioMp4),
        Some(Kind::OggOpus) => Some(ContentType::AudioOpus),
        Some(Kind::Matroska) => None,
        Some(kind) => all.into_iter().find(|one| one.takes(kind)),
        None => None,
    };
    let more = || MORE.iter().find(|(_, agrees)| agrees(head)).map(|(more, _)| *more);
    exact.map(ContentType::name).or_else(more)
}

/// Parameters and case do not count.
fn essence(name: &str) -> String {
    name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Two declared types that mean the same.
pub(super) fn same(one: &str, other: &str) -> bool {
    let canonical = |name: &str| of_ours(name).map_or_else(|| essence(name), str::to_owned);
    canonical(one) == canonical(other)
}

/// Packets of 188 bytes (or 192 with times before them), each with the same first byte.
fn transport(head: &[u8]) -> bool {
    let packets = |first: usize, each: usize| (0..5).all(|n| head.get(first + n * each) == Some(&0x47));
    packets(0, 188) || packets(4, 192)
}

fn asf(head: &[u8]) -> bool {
    head.starts_with(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_one_name_each() {
        assert_eq!(of_media_api("Video/MP4; codecs=avc1"), Some("video/mp4"));
        assert_eq!(of_media_api("video/x-matroska"), None, "the media API does not take it");
        assert_eq!(of_ours("video/mkv"), Some("video/x-matroska"));
        assert_eq!(of_ours("audio/x-wav"), Some("audio/wav"));
        for refused in ["", "text/html", "image/svg+xml", "application/x-mpegurl", "text/plain"] {
            assert_eq!(of_ours(refused), None, "{refused}");
        }
        assert!(same("image/jpg", "image/jpeg; q=1") && !same("image/png", "image/jpeg"));
        assert_eq!((by_ending("a.b.MP4"), by_ending("mp4"), by_ending("x.svg")), ("video/mp4", UNKNOWN, UNKNOWN));
    }

    #[test]
    fn bytes_decide_whether_a_name_is_true() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(agreed("image/png", png), Some("image/png"));
        assert_eq!(agreed("video/mp4", png), None);
        assert_eq!(agreed(UNKNOWN, png), Some("image/png"));
        assert_eq!(agreed(UNKNOWN, b"#EXTM3U\n"), None);
        let mut packets = vec![0u8; 188 * 6];
        packets.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
        assert_eq!(agreed("video/mp2t", &packets), Some("video/mp2t"));
        assert_eq!(agreed(UNKNOWN, &packets), Some("video/mp2t"));
        assert_eq!(agreed("video/mp2t", &packets[1..]), None);
        assert_eq!(agreed("video/x-matroska", b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska"), Some("video/x-matroska"));
    }
}
