//! The kinds of files that can be asked for, and how each is written.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Mp4,
    Webm,
    Mov,
    Avi,
    Mp3,
    M4a,
    Aac,
    Wav,
    Ogg,
    Opus,
    Flac,
    #[serde(alias = "jpg")]
    Jpeg,
    Png,
    Gif,
    Webp,
}

/// What a format holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Film,
    Sound,
    /// One picture.
    Still,
    /// Pictures that move, without sound.
    Animation,
}

impl Format {
    pub const ALL: [Self; 15] = [
        Self::Mp4,
        Self::Webm,
        Self::Mov,
        Self::Avi,
        Self::Mp3,
        Self::M4a,
        Self::Aac,
        Self::Wav,
        Self::Ogg,
        Self::Opus,
        Self::Flac,
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::Webp,
    ];

    /// `MP4`, `.jpg` and `jpeg` are known; what is echoed stays as it was written.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim().trim_start_matches('.').to_ascii_lowercase();
        if name == "jpg" {
            return Some(Self::Jpeg);
        }
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
            Self::Mov => "mov",
            Self::Avi => "avi",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Aac => "aac",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Opus => "opus",
            Self::Flac => "flac",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }

    /// Of a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        if self == Self::Jpeg { "jpg" } else { self.name() }
    }

    pub fn mime(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
            Self::Mov => "video/quicktime",
            Self::Avi => "video/x-msvideo",
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Aac => "audio/aac",
            Self::Wav => "audio/wav",
            Self::Ogg => "audio/ogg",
            Self::Opus => "audio/opus",
            Self::Flac => "audio/flac",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// ffmpeg's muxer. None of these writes more than the one file that it is given.
    pub(super) fn muxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
            Self::Mov => "mov",
            Self::Avi => "avi",
            Self::Mp3 => "mp3",
            // It writes the brand `M4A `, by which players know that there is no picture.
            Self::M4a => "ipod",
            Self::Aac => "adts",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Opus => "opus",
            Self::Flac => "flac",
            Self::Jpeg | Self::Png => "image2pipe",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }

    /// What a user may write after `-f`: it says again what the format says.
    pub(super) fn muxer_names(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4 ipod psp",
            Self::Webm => "webm",
            Self::Mov => "mov",
            Self::Avi => "avi",
            Self::Mp3 => "mp3",
            Self::M4a => "ipod mp4 m4a",
            Self::Aac => "adts aac",
            Self::Wav => "wav",
            Self::Ogg => "ogg oga",
            Self::Opus => "opus ogg",
            Self::Flac => "flac",
            Self::Jpeg => "image2 mjpeg image2pipe singlejpeg",
            Self::Png => "image2 image2pipe png",
            Self::Gif => "gif",
            Self::Webp => "webp image2",
        }
    }

    pub(super) fn holds(self) -> Holds {
        match self {
            Self::Mp4 | Self::Webm | Self::Mov | Self::Avi => Holds::Film,
            Self::Mp3 | Self::M4a | Self::Aac | Self::Wav | Self::Ogg | Self::Opus | Self::Flac => Holds::Sound,
            Self::Jpeg | Self::Png | Self::Webp => Holds::Still,
            Self::Gif => Holds::Animation,
        }
    }

    /// Encoders of pictures that the format can hold; the first is taken if none is named.
    pub(super) fn pictures(self) -> &'static str {
        match self {
            Self::Mp4 => {
                "libx264 h264 libx264rgb libx265 hevc libsvtav1 libaom-av1 av1 libvpx-vp9 vp9 mpeg4 libxvid mjpeg mpeg2video png"
            }
            Self::Webm => "libvpx-vp9 vp9 libvpx vp8 libaom-av1 libsvtav1 av1",
            Self::Mov => {
                "libx264 h264 libx264rgb libx265 hevc prores prores_ks prores_aw dnxhd mpeg4 libxvid mjpeg qtrle png rawvideo mpeg2video ffv1 cfhd jpeg2000"
            }
            Self::Avi => {
                "libx264 h264 mpeg4 libxvid mjpeg rawvideo ffv1 huffyuv ffvhuff utvideo mpeg2video msmpeg4 msmpeg4v2 wmv2 png"
            }
            Self::Mp3 | Self::M4a | Self::Aac | Self::Wav | Self::Ogg | Self::Opus | Self::Flac => "",
            Self::Jpeg => "mjpeg",
            Self::Png => "png apng",
            Self::Gif => "gif",
            Self::Webp => "libwebp libwebp_anim webp",
        }
    }

    /// The same for sound.
    pub(super) fn sounds(self) -> &'static str {
        match self {
            Self::Mp4 => "aac libmp3lame mp3 ac3 eac3 alac libopus opus flac mp2 libfdk_aac",
            Self::Webm => "libopus opus libvorbis vorbis",
            Self::Mov => {
                "aac pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_f32le alac ac3 eac3 libmp3lame mp3 libfdk_aac"
            }
            Self::Avi => "libmp3lame mp3 aac ac3 pcm_s16le pcm_s24le pcm_u8 mp2 libfdk_aac",
            Self::Mp3 => "libmp3lame mp3",
            Self::M4a => "aac alac ac3 libfdk_aac",
            Self::Aac => "aac libfdk_aac",
            Self::Wav => {
                "pcm_s16le pcm_s24le pcm_s32le pcm_f32le pcm_f64le pcm_u8 pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav gsm"
            }
            Self::Ogg => "libvorbis vorbis libopus opus flac libspeex speex",
            Self::Opus => "libopus opus",
            Self::Flac => "flac",
            Self::Jpeg | Self::Png | Self::Gif | Self::Webp => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_in_any_case() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Some(format));
            assert_eq!(Format::parse(&format.name().to_uppercase()), Some(format));
            assert_eq!(Format::parse(&format!(".{}", format.extension())), Some(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(serde_json::from_str::<Format>(&json).unwrap(), format);
        }
        for unknown in ["", "mkv", "hls", "m3u8", "mp4 ", "tee", "mp4/../x"] {
            assert_eq!(Format::parse(unknown).is_some(), unknown.trim() == "mp4", "{unknown}");
        }
    }
}
