//! What an upload says that it is, and whether its first bytes agree.

use serde::{Deserialize, Serialize};

/// Bytes that [`sniff`] wants to see; fewer are enough for a shorter file.
pub const HEAD: usize = 4096;

/// The content types that may be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContentType {
    #[serde(rename = "video/mp4")]
    VideoMp4,
    #[serde(rename = "video/webm")]
    VideoWebm,
    #[serde(rename = "video/quicktime")]
    VideoQuicktime,
    #[serde(rename = "video/x-msvideo")]
    VideoAvi,
    #[serde(rename = "audio/mpeg")]
    AudioMpeg,
    #[serde(rename = "audio/mp4")]
    AudioMp4,
    #[serde(rename = "audio/aac")]
    AudioAac,
    #[serde(rename = "audio/wav")]
    AudioWav,
    #[serde(rename = "audio/ogg")]
    AudioOgg,
    #[serde(rename = "audio/opus")]
    AudioOpus,
    #[serde(rename = "audio/flac")]
    AudioFlac,
    #[serde(rename = "image/jpeg")]
    ImageJpeg,
    #[serde(rename = "image/png")]
    ImagePng,
    #[serde(rename = "image/gif")]
    ImageGif,
    #[serde(rename = "image/webp")]
    ImageWebp,
}

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ISO media: mp4, mov, m4a, told apart by brand where that is possible.
    Mp4,
    Quicktime,
    M4a,
    /// HEIF and AVIF pictures, which have the same boxes.
    HeifPicture,
    Webm,
    Matroska,
    Avi,
    Wav,
    Webp,
    /// MPEG sound of layer 1 to 3, with or without ID3 in front.
    Mp3,
    /// ID3 in front of nothing that could be seen.
    Id3,
    Adts,
    OggOpus,
    OggOther,
    Flac,
    Jpeg,
    Png,
    Gif,
}

const TYPES: [(ContentType, &str, &[Kind]); 15] = [
    // Phones name M4A files video/mp4 and QuickTime ones too: all are the same boxes, read by the same demuxer.
    (ContentType::VideoMp4, "video/mp4", &[Kind::Mp4, Kind::Quicktime, Kind::M4a]),
    (ContentType::VideoWebm, "video/webm", &[Kind::Webm, Kind::Matroska]),
    (ContentType::VideoQuicktime, "video/quicktime", &[Kind::Quicktime, Kind::Mp4, Kind::M4a]),
    (ContentType::VideoAvi, "video/x-msvideo", &[Kind::Avi]),
    (ContentType::AudioMpeg, "audio/mpeg", &[Kind::Mp3, Kind::Id3]),
    (ContentType::AudioMp4, "audio/mp4", &[Kind::M4a, Kind::Mp4, Kind::Quicktime]),
    (ContentType::AudioAac, "audio/aac", &[Kind::Adts, Kind::Id3, Kind::M4a]),
    (ContentType::AudioWav, "audio/wav", &[Kind::Wav]),
    (ContentType::AudioOgg, "audio/ogg", &[Kind::OggOther, Kind::OggOpus]),
    (ContentType::AudioOpus, "audio/opus", &[Kind::OggOpus]),
    (ContentType::AudioFlac, "audio/flac", &[Kind::Flac, Kind::Id3]),
    (ContentType::ImageJpeg, "image/jpeg", &[Kind::Jpeg]),
    (ContentType::ImagePng, "image/png", &[Kind::Png]),
    (ContentType::ImageGif, "image/gif", &[Kind::Gif]),
    (ContentType::ImageWebp, "image/webp", &[Kind::Webp]),
];

impl ContentType {
    pub const ALL: [Self; 15] = {
        let mut all = [Self::VideoMp4; 15];
        let mut i = 0;
        while i < 15 {
            all[i] = TYPES[i].0;
            i += 1;
        }
        all
    };

    /// Parameters such as `; codecs=...` do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.split(';').next().unwrap_or_default().trim();
        TYPES.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(content, _, _)| *content)
    }

    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Whether bytes that are of this kind may come under this name.
    pub fn takes(self, kind: Kind) -> bool {
        self.row().2.contains(&kind)
    }

    /// Whether a file that begins like this may come under this name.
    pub fn matches(self, head: &[u8]) -> bool {
        sniff(head).is_some_and(|kind| self.takes(kind))
    }

    fn row(self) -> &'static (Self, &'static str, &'static [Kind]) {
        // Every one has its row: `ALL` is made of them.
        TYPES.iter().find(|(content, _, _)| *content == self).unwrap_or(&TYPES[0])
    }
}

/// What a file is that begins like this, if it is of a kind that is taken.
pub fn sniff(head: &[u8]) -> Option<Kind> {
    let at = |from: usize, bytes: &[u8]| head.get(from..from + bytes.len()) == Some(bytes);
    match head {
        _ if at(0, b"\xff\xd8\xff") => Some(Kind::Jpeg),
        _ if at(0, b"\x89PNG\r\n\x1a\n") => Some(Kind::Png),
        _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Some(Kind::Gif),
        _ if at(0, b"fLaC") => Some(Kind::Flac),
        _ if at(0, b"RIFF") || at(0, b"RIFX") || at(0, b"RF64") => match head.get(8..12)? {
            b"AVI " | b"AVIX" => Some(Kind::Avi),
            b"WAVE" => Some(Kind::Wav),
            b"WEBP" => Some(Kind::Webp),
            _ => None,
        },
        _ if at(0, b"OggS") => Some(ogg(head)),
        _ if at(0, b"\x1a\x45\xdf\xa3") => matroska(head),
        _ if at(0, b"ID3") => Some(after_id3(head)),
        _ => boxes(head).or_else(|| frames(head)),
    }
}

/// The first page's packet names its codec.
fn ogg(head: &[u8]) -> Kind {
    let segments = head.get(26).map_or(0, |count| usize::from(*count));
    let packet = head.get(27 + segments..).unwrap_or_default();
    if packet.starts_with(b"OpusHead") { Kind::OggOpus } else { Kind::OggOther }
}

/// The document type stands in the EBML header, under the id 0x4282.
fn matroska(head: &[u8]) -> Option<Kind> {
    let head = &head[..head.len().min(HEAD)];
    let at = head.windows(2).position(|two| two == [0x42, 0x82])?;
    let size = usize::from(head.get(at + 2)? & 0x7f);
    match head.get(at + 3..at + 3 + size)? {
        name if name.starts_with(b"webm") => Some(Kind::Webm),
        name if name.starts_with(b"matroska") => Some(Kind::Matroska),
        _ => None,
    }
}

fn after_id3(head: &[u8]) -> Kind {
    let Some(size) = head.get(6..10) else { return Kind::Id3 };
    let size = size.iter().fold(0_usize, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    match head.get(10 + size..) {
        Some(rest) if rest.starts_with(b"fLaC") => Kind::Flac,
        Some(rest) => frames(rest).unwrap_or(Kind::Id3),
        // A cover picture may be larger than what is looked at.
        None => Kind::Id3,
    }
}

/// MPEG sound begins with eleven set bits; layer 0 there means ADTS.
fn frames(head: &[u8]) -> Option<Kind> {
    let [0xff, second, third, ..] = head else { return None };
    if second & 0xe0 != 0xe0 {
        return None;
    }
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if layer == 0 {
        // The sampling frequency's index goes to 12.
        return (second & 0xf0 == 0xf0 && third >> 2 & 15 <= 12).then_some(Kind::Adts);
    }
    let (bit_rate, sample_rate) = (third >> 4, third >> 2 & 3);
    (version != 1 && bit_rate != 15 && sample_rate != 3).then_some(Kind::Mp3)
}

/// ISO media begins with a box; its brand says whose. Old QuickTime has no `ftyp`.
fn boxes(head: &[u8]) -> Option<Kind> {
    match head.get(4..8)? {
        b"ftyp" => {}
        b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot" => return Some(Kind::Quicktime),
        b"styp" => return Some(Kind::Mp4),
        _ => return None,
    }
    match head.get(8..12)? {
        b"qt  " => Some(Kind::Quicktime),
        b"M4A " | b"M4B " | b"M4P " => Some(Kind::M4a),
        b"avif" | b"avis" | b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" | b"crx " => Some(Kind::HeifPicture),
        _ => Some(Kind::Mp4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_with_parameters() {
        for content in ContentType::ALL {
            assert_eq!(ContentType::parse(content.name()), Some(content));
            let long = format!("{}; codecs=opus", content.name().to_uppercase());
            assert_eq!(ContentType::parse(&long), Some(content));
            assert_eq!(serde_json::to_value(content).unwrap(), content.name());
        }
        for unknown in ["", "video/x-matroska", "image/svg+xml", "application/vnd.apple.mpegurl", "text/html"] {
            assert_eq!(ContentType::parse(unknown), None);
        }
    }

    #[test]
    fn first_bytes_tell_what_a_file_is() {
        let opus = [&b"OggS\0\x02"[..], &[0; 20], &[1, 19], b"OpusHead\x01"].concat();
        let vorbis = [&b"OggS\0\x02"[..], &[0; 20], &[1, 30], b"\x01vorbis"].concat();
        let webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm\x42\x87";
        let mkv = b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska";
        let cases: [(&[u8], Option<Kind>); 26] = [
            (b"\0\0\0\x20ftypisom\0\0\x02\0", Some(Kind::Mp4)),
            (b"\0\0\0\x14ftypqt  \0\0\x02\0", Some(Kind::Quicktime)),
            (b"\0\0\0\x1cftypM4A \0\0\x02\0", Some(Kind::M4a)),
            (b"\0\0\0\x1cftypavif\0\0\0\0", Some(Kind::HeifPicture)),
            (b"\0\0\0\x08wide\0\0\0\0mdat", Some(Kind::Quicktime)),
            (b"RIFF\x10\0\0\0AVI LIST", Some(Kind::Avi)),
            (b"RIFF\x10\0\0\0WAVEfmt ", Some(Kind::Wav)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Kind::Webp)),
            (b"RIFF\x10\0\0\0ACON", None),
            (b"ID3\x04\0\0\0\0\0\x02xx\xff\xfb\x90\x64", Some(Kind::Mp3)),
            (b"ID3\x04\0\0\0\0\0\x02xx\xff\xf1\x50\x80", Some(Kind::Adts)),
            (b"ID3\x04\0\0\0\0\0\x02xxfLaC", Some(Kind::Flac)),
            (b"ID3\x04\0\0\0\x7f\x7f\x7f", Some(Kind::Id3)),
            (b"\xff\xfb\x90\x64", Some(Kind::Mp3)),
            (b"\xff\xf1\x50\x80\x02", Some(Kind::Adts)),
            (b"\xff\xfe<\0h\0t\0m\0l\0", None),
            (&opus, Some(Kind::OggOpus)),
            (&vorbis, Some(Kind::OggOther)),
            (webm, Some(Kind::Webm)),
            (mkv, Some(Kind::Matroska)),
            (b"fLaC\0\0\0\x22", Some(Kind::Flac)),
            (b"\xff\xd8\xff\xe0", Some(Kind::Jpeg)),
            (b"#EXTM3U\n#EXT-X-VERSION:3", None),
            (b"ffconcat version 1.0\n", None),
            (b"<!DOCTYPE html>", None),
            (b"", None),
        ];
        for (head, kind) in cases {
            assert_eq!(sniff(head), kind, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn a_name_and_bytes_that_do_not_agree_are_told_apart() {
        assert!(ContentType::VideoMp4.matches(b"\0\0\0\x20ftypisom"));
        assert!(ContentType::AudioMp4.matches(b"\0\0\0\x20ftypisom"));
        assert!(!ContentType::VideoMp4.matches(b"\0\0\0\x1cftypavif"));
        assert!(!ContentType::AudioOpus.matches(b"OggS\0\x02"));
        assert!(!ContentType::ImagePng.matches(b"\xff\xd8\xff\xe0"));
        assert!(!ContentType::VideoMp4.matches(b"#EXTM3U\n"));
        assert!(!ContentType::AudioMpeg.matches(b""));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80), start in 0_usize..8) {
            let starts: [&[u8]; 8] = [b"", b"ID3", b"OggS", b"\x1a\x45\xdf\xa3\x42\x82", b"RIFF", b"\xff\xf0", b"\0\0\0\x08ftyp", b"fLaC"];
            sniff(&[starts[start], bytes.as_slice()].concat());
        }
    }
}
