//! Which kinds of files are taken.

/// ffmpeg's names of the containers and raw streams that hold their own sound and pictures.
///
/// Left out are all that name other files or addresses (playlists, scripts, sequences of pictures, sdp), all that draw
/// text as pictures, subtitles alone, captures from devices, and players of games and tracker music, which are large
/// and seldom looked after. In this order: containers, one picture stream without one, sound, one picture. A kind that is
/// missing in a version of ffmpeg does no harm here.
pub(super) const ALLOWED: &str = "\
mov,matroska,avi,mpegts,mpeg,flv,live_flv,asf,ogg,mxf,gxf,rm,nut,wtv,dv,ivf,nsv,pva,yuv4mpegpipe,swf,flic,smk,bink,kux,\
lmlm4,mlv,mtv,vivo,r3d,film_cpk,ea,xmv,dxa,nuv,mpjpeg,dhav,ty,\
h261,h263,h264,hevc,vvc,evc,av1,obu,m4v,mpegvideo,mjpeg,vc1,vc1test,dirac,dnxhd,cavsvideo,avs2,avs3,gif,apng,\
wav,w64,aiff,caf,au,flac,mp3,aac,loas,latm,ac3,ac4,eac3,dts,dtshd,truehd,mlp,amr,amrnb,amrwb,ape,wv,tta,tak,mpc,mpc8,\
qcp,voc,sox,iff,dsf,oma,aa,aax,aea,xwma,ircam,nistsphere,avr,pvf,paf,svx,gsm,lvf,mmf,shn,spdif,sbc,aptx,aptx_hd,rso,\
vqf,act,bit,g729,dss,daud,iamf,osq,codec2,\
jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,psd_pipe,jpegxl_pipe,jpegxl_anim,jpegls_pipe,j2k_pipe,exr_pipe,dpx_pipe,\
dds_pipe,qoi_pipe,pam_pipe,pbm_pipe,pgm_pipe,ppm_pipe,pcx_pipe,sgi_pipe,sunrast_pipe,xwd_pipe,gif_pipe,hdr_pipe,\
phm_pipe,pfm_pipe";

/// Pictures that ffmpeg would open by their name, as sequences.
const PICTURES: &[(&[u8], &str)] = &[
    (b"\xff\xd8\xff\xf7", "jpegls_pipe"),
    (b"\xff\xd8\xff", "jpeg_pipe"),
    (b"\x89PNG\r\n\x1a\n", "png_pipe"),
    (b"GIF8", "gif"),
    (b"BM", "bmp_pipe"),
    (b"II*\0", "tiff_pipe"),
    (b"MM\0*", "tiff_pipe"),
    (b"8BPS", "psd_pipe"),
    (b"\xff\x0a", "jpegxl_pipe"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jpegxl_pipe"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "j2k_pipe"),
    (b"\xff\x4f\xff\x51", "j2k_pipe"),
    (b"\x76\x2f\x31\x01", "exr_pipe"),
    (b"SDPX", "dpx_pipe"),
    (b"XPDS", "dpx_pipe"),
    (b"DDS ", "dds_pipe"),
    (b"qoif", "qoi_pipe"),
    (b"P4\n", "pbm_pipe"),
    (b"P5\n", "pgm_pipe"),
    (b"P6\n", "ppm_pipe"),
    (b"P7\n", "pam_pipe"),
];

/// The demuxer for a picture that begins with these bytes.
pub(super) fn picture(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some("webp_pipe");
    }
    // A moving PNG says so in its second chunk at the latest; the first is always of the same length.
    if head.starts_with(b"\x89PNG") && head.get(37..41) == Some(b"acTL") {
        return Some("apng");
    }
    PICTURES.iter().find(|(start, _)| head.starts_with(start)).map(|(_, demuxer)| *demuxer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert_eq!(picture(b"\xff\xd8\xff\xe0 JFIF"), Some("jpeg_pipe"));
        assert_eq!(picture(b"RIFF\x10\0\0\0WEBPVP8 "), Some("webp_pipe"));
        assert_eq!(picture(b"RIFF\x10\0\0\0WAVEfmt "), None);
        assert_eq!(picture(b"#EXTM3U\n"), None);
        assert_eq!(picture(b""), None);
    }

    #[test]
    fn nothing_that_names_other_files_is_taken() {
        for refused in [
            "hls",
            "dash",
            "concat",
            "image2",
            "image2pipe",
            "sdp",
            "rtsp",
            "imf",
            "lavfi",
            "tty",
            "txd",
            "ass",
            "webvtt",
            "srt",
            "lrc",
            "ffmetadata",
            "libopenmpt",
            "libgme",
            "svg_pipe",
            "webm_dash_manifest",
            "applehttp",
            "v4l2",
        ] {
            assert!(ALLOWED.split(',').all(|taken| taken != refused), "{refused}");
        }
    }
}
