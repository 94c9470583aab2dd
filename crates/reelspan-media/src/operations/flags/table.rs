//! The options that may be used. Each is known to open nothing, to write nothing but the output, and to end.

use self::Place::{Both, Input, Output};
use self::Takes::{
    Any, Bits, Codec, Coder, Decoder, Fps, Graph, Layout, List, Map, Meta, Muxer, Nothing, Number, Pairs, Pixels,
    Ratio, Size, Time, Word,
};

/// Before an input, or before the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Place {
    Input,
    Output,
    Both,
}

/// What an option is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Takes {
    Nothing,
    Number(f64, f64),
    /// Bits or bits a second, `128k`.
    Bits,
    Time,
    Fps,
    Size,
    Ratio,
    Pixels,
    Layout,
    Map,
    Meta,
    Muxer,
    /// An encoder of `v`, `a` or `s`; `?` where the stream says which.
    Codec(char),
    Decoder,
    /// One of these.
    Word(&'static str),
    /// Some of these, with `+`, `-`, `,` or `|` between.
    List(&'static str),
    /// Letters, digits and the signs of names and numbers.
    Any,
    /// `key=value` of an encoder, only with these keys.
    Pairs(&'static str),
    Graph,
    Coder,
}

/// What an option does to what we would do ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Does {
    Plain,
    PlainVideo,
    PlainAudio,
    Codec,
    CodecVideo,
    CodecAudio,
    CodecSubtitle,
    /// `-an`, `-vn`, `-sn`, `-dn`.
    No(char),
    FilterVideo,
    FilterAudio,
    Filter,
    FilterComplex,
    Map,
    PixelFormat,
    FrameRate,
    Seek,
    Duration,
    Until,
    FromEnd,
    Shortest,
    Frames,
    LoopStill,
    LoopInput,
    MoreSize,
    Quality,
    MovFlags,
    BitRate,
    /// It is so already.
    Already,
}

impl Does {
    pub(in super::super) fn only_for(self) -> Option<char> {
        match self {
            Self::PlainVideo | Self::CodecVideo | Self::FilterVideo | Self::PixelFormat | Self::Frames => Some('v'),
            Self::PlainAudio | Self::CodecAudio | Self::FilterAudio => Some('a'),
            Self::CodecSubtitle => Some('s'),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Row {
    /// The first is what ffmpeg is given.
    pub(super) names: &'static [&'static str],
    pub(super) place: Place,
    pub(super) takes: Takes,
    pub(super) does: Does,
}

const fn row(names: &'static [&'static str], place: Place, takes: Takes, does: Does) -> Row {
    Row { names, place, takes, does }
}

const BOOL: &str = "\
0 1 true false on off auto -1";
const FOREVER: f64 = 1e9;

const ROWS: &[Row] = &[
    // Which streams, and from when to when.
    row(&["ss"], Both, Time, Does::Seek),
    row(&["t"], Both, Time, Does::Duration),
    row(&["to"], Both, Time, Does::Until),
    row(&["sseof"], Input, Time, Does::FromEnd),
    row(&["map"], Output, Map, Does::Map),
    row(&["vn"], Both, Nothing, Does::No('v')),
    row(&["an"], Both, Nothing, Does::No('a')),
    row(&["sn"], Both, Nothing, Does::No('s')),
    row(&["dn"], Both, Nothing, Does::No('d')),
    row(&["shortest"], Output, Nothing, Does::Shortest),
    row(&["frames:v", "vframes"], Output, Number(1.0, 1e7), Does::Frames),
    row(&["frames"], Output, Number(1.0, 1e7), Does::Frames),
    row(&["fs"], Output, Bits, Does::MoreSize),
    // Inputs.
    row(&["stream_loop"], Input, Number(-1.0, 1000.0), Does::LoopInput),
    row(&["loop"], Input, Word(BOOL), Does::LoopStill),
    row(&["ignore_loop"], Input, Word(BOOL), Does::LoopInput),
    row(&["itsoffset"], Input, Time, Does::Plain),
    row(&["itsscale"], Input, Number(0.001, 1000.0), Does::Plain),
    row(&["accurate_seek"], Input, Nothing, Does::Plain),
    row(&["noaccurate_seek"], Input, Nothing, Does::Plain),
    row(&["autorotate"], Input, Nothing, Does::Plain),
    row(&["noautorotate"], Input, Nothing, Does::Plain),
    row(&["seek_timestamp"], Input, Word(BOOL), Does::Plain),
    row(&["framerate"], Input, Fps, Does::Plain),
    row(&["thread_queue_size"], Input, Number(1.0, 4096.0), Does::Plain),
    row(&["probesize"], Input, Bits, Does::Already),
    row(&["analyzeduration"], Input, Bits, Does::Already),
    row(
        &["err_detect"],
        Input,
        List("crccheck bitstream buffer explode ignore_err careful compliant aggressive"),
        Does::Plain,
    ),
    row(&["discard"], Input, Word("none default noref bidir nokey nointra all"), Does::Plain),
    row(&["skip_frame"], Input, Word("none default noref bidir nokey nointra"), Does::Plain),
    row(&["c", "codec"], Input, Decoder, Does::Plain),
    row(&["c:v", "vcodec"], Input, Decoder, Does::PlainVideo),
    row(&["c:a", "acodec"], Input, Decoder, Does::PlainAudio),
    row(&["guess_layout_max"], Input, Number(0.0, 64.0), Does::Plain),
    // Encoders.
    row(&["c", "codec"], Output, Codec('?'), Does::Codec),
    row(&["c:v", "vcodec"], Output, Codec('v'), Does::CodecVideo),
    row(&["c:a", "acodec"], Output, Codec('a'), Does::CodecAudio),
    row(&["c:s", "scodec"], Output, Codec('s'), Does::CodecSubtitle),
    row(&["b"], Output, Bits, Does::BitRate),
    row(&["b:v", "vb"], Output, Bits, Does::PlainVideo),
    row(&["b:a", "ab"], Output, Bits, Does::PlainAudio),
    row(&["q", "qscale"], Output, Number(-99.0, 100.0), Does::Quality),
    row(&["q:v", "qscale:v"], Output, Number(-1.0, 100.0), Does::PlainVideo),
    row(&["q:a", "qscale:a", "aq"], Output, Number(-99.0, 100.0), Does::PlainAudio),
    row(&["crf"], Output, Number(-1.0, 63.0), Does::PlainVideo),
    row(&["crf_max"], Output, Number(-1.0, 63.0), Does::PlainVideo),
    row(&["qp", "cqp"], Output, Number(-1.0, 255.0), Does::PlainVideo),
    row(&["qmin"], Output, Number(-1.0, 69.0), Does::PlainVideo),
    row(&["qmax"], Output, Number(-1.0, 1024.0), Does::PlainVideo),
    row(&["qdiff"], Output, Number(0.0, 1024.0), Does::PlainVideo),
    row(&["qcomp"], Output, Number(0.0, 1.0), Does::PlainVideo),
    row(&["maxrate"], Output, Bits, Does::Plain),
    row(&["minrate"], Output, Bits, Does::Plain),
    row(&["bufsize"], Output, Bits, Does::Plain),
    row(&["preset"], Output, Coder, Does::PlainVideo),
    row(&["tune"], Output, Word("film animation grain stillimage psnr ssim fastdecode zerolatency"), Does::PlainVideo),
    row(&["profile"], Output, Coder, Does::Plain),
    row(&["level"], Output, Coder, Does::PlainVideo),
    row(&["g"], Output, Number(-1.0, 100_000.0), Does::PlainVideo),
    row(&["keyint_min"], Output, Number(-1.0, 100_000.0), Does::PlainVideo),
    row(&["force_key_frames"], Output, Any, Does::PlainVideo),
    row(&["bf"], Output, Number(-1.0, 16.0), Does::PlainVideo),
    row(&["refs"], Output, Number(0.0, 16.0), Does::PlainVideo),
    row(&["sc_threshold"], Output, Number(-1e9, 1e9), Does::PlainVideo),
    row(&["b_strategy"], Output, Number(-1.0, 2.0), Does::PlainVideo),
    row(&["trellis"], Output, Number(-1.0, 2.0), Does::PlainVideo),
    row(&["me_method", "motion-est"], Output, Coder, Does::PlainVideo),
    row(&["me_range"], Output, Number(-1.0, 1024.0), Does::PlainVideo),
    row(&["subq"], Output, Number(-1.0, 11.0), Does::PlainVideo),
    row(&["aq-mode"], Output, Number(-1.0, 4.0), Does::PlainVideo),
    row(&["aq-strength"], Output, Number(-1.0, 10.0), Does::PlainVideo),
    row(&["psy-rd"], Output, Any, Does::PlainVideo),
    row(&["rc-lookahead"], Output, Number(-1.0, 250.0), Does::PlainVideo),
    row(&["weightp"], Output, Number(-1.0, 2.0), Does::PlainVideo),
    row(&["coder"], Output, Coder, Does::PlainVideo),
    row(&["bluray-compat"], Output, Word(BOOL), Does::PlainVideo),
    row(&["x264-params", "x264opts"], Output, Pairs(X264), Does::PlainVideo),
    row(&["x265-params"], Output, Pairs(X265), Does::PlainVideo),
    row(&["svtav1-params"], Output, Pairs(SVT), Does::PlainVideo),
    row(&["deadline"], Output, Word("best good realtime"), Does::PlainVideo),
    row(&["quality"], Output, Coder, Does::PlainVideo),
    row(&["cpu-used"], Output, Number(-16.0, 16.0), Does::PlainVideo),
    row(&["speed"], Output, Number(-16.0, 16.0), Does::PlainVideo),
    row(&["row-mt"], Output, Word(BOOL), Does::PlainVideo),
    row(&["tile-columns"], Output, Number(-1.0, 6.0), Does::PlainVideo),
    row(&["tile-rows"], Output, Number(-1.0, 6.0), Does::PlainVideo),
    row(&["tiles"], Output, Size, Does::PlainVideo),
    row(&["frame-parallel"], Output, Word(BOOL), Does::PlainVideo),
    row(&["auto-alt-ref"], Output, Number(-1.0, 6.0), Does::PlainVideo),
    row(&["lag-in-frames"], Output, Number(-1.0, 64.0), Does::PlainVideo),
    row(&["arnr-maxframes"], Output, Number(-1.0, 15.0), Does::PlainVideo),
    row(&["arnr-strength"], Output, Number(-1.0, 6.0), Does::PlainVideo),
    row(&["static-thresh"], Output, Number(0.0, FOREVER), Does::PlainVideo),
    row(&["undershoot-pct"], Output, Number(-1.0, 100.0), Does::PlainVideo),
    row(&["overshoot-pct"], Output, Number(-1.0, 1000.0), Does::PlainVideo),
    row(&["error-resilient"], Output, Number(0.0, 3.0), Does::PlainVideo),
    row(&["lossless"], Output, Word(BOOL), Does::PlainVideo),
    row(&["compression_level"], Output, Number(-1.0, 100.0), Does::Plain),
    row(&["pred"], Output, Word("none sub up avg paeth mixed left plane median"), Does::PlainVideo),
    row(&["dpi"], Output, Number(0.0, 65535.0), Does::PlainVideo),
    row(&["huffman"], Output, Word("default optimal"), Does::PlainVideo),
    row(&["vendor"], Output, Any, Does::PlainVideo),
    row(&["flags"], Output, List(CODEC_FLAGS), Does::Plain),
    row(&["threads"], Both, Number(0.0, 16.0), Does::Plain),
    row(&["slices"], Output, Number(0.0, 64.0), Does::PlainVideo),
    row(&["strict"], Output, Word("very strict normal unofficial experimental -2 -1 0 1 2"), Does::Plain),
    // Pictures.
    row(&["r"], Both, Fps, Does::FrameRate),
    row(&["fpsmax"], Output, Fps, Does::PlainVideo),
    row(&["s", "video_size"], Output, Size, Does::PlainVideo),
    row(&["aspect"], Output, Ratio, Does::PlainVideo),
    row(&["pix_fmt"], Output, Pixels, Does::PixelFormat),
    row(&["vf", "filter:v"], Output, Graph, Does::FilterVideo),
    row(&["sws_flags"], Output, List(SCALERS), Does::PlainVideo),
    row(&["fps_mode"], Output, Word("passthrough cfr vfr drop auto"), Does::PlainVideo),
    row(&["vsync"], Output, Word("passthrough cfr vfr drop auto 0 1 2 -1"), Does::PlainVideo),
    row(&["field_order"], Output, Word("progressive tt bb tb bt"), Does::PlainVideo),
    row(&["top"], Output, Number(-1.0, 1.0), Does::PlainVideo),
    row(&["color_primaries"], Output, Coder, Does::PlainVideo),
    row(&["color_trc"], Output, Coder, Does::PlainVideo),
    row(&["colorspace"], Output, Coder, Does::PlainVideo),
    row(&["color_range"], Output, Word("tv pc mpeg jpeg limited full unspecified 0 1 2"), Does::PlainVideo),
    row(&["chroma_sample_location"], Output, Coder, Does::PlainVideo),
    row(&["loop"], Output, Number(-1.0, 65535.0), Does::PlainVideo),
    row(&["final_delay"], Output, Number(-1.0, 65535.0), Does::PlainVideo),
    row(&["plays"], Output, Number(0.0, 65535.0), Does::PlainVideo),
    row(&["update"], Output, Word(BOOL), Does::Already),
    // Sound.
    row(&["af", "filter:a"], Output, Graph, Does::FilterAudio),
    row(&["ar"], Output, Number(4000.0, 384_000.0), Does::PlainAudio),
    row(&["ac"], Output, Number(1.0, 16.0), Does::PlainAudio),
    row(&["sample_fmt"], Output, Coder, Does::PlainAudio),
    row(&["channel_layout", "ch_layout"], Output, Layout, Does::PlainAudio),
    row(&["cutoff"], Output, Number(0.0, 96_000.0), Does::PlainAudio),
    row(&["application"], Output, Word("voip audio lowdelay"), Does::PlainAudio),
    row(&["vbr"], Output, Coder, Does::PlainAudio),
    row(&["frame_duration"], Output, Number(2.5, 120.0), Does::PlainAudio),
    row(&["packet_loss"], Output, Number(0.0, 100.0), Does::PlainAudio),
    row(&["fec"], Output, Word(BOOL), Does::PlainAudio),
    row(&["mapping_family"], Output, Number(-1.0, 255.0), Does::PlainAudio),
    row(&["abr"], Output, Word(BOOL), Does::PlainAudio),
    row(&["joint_stereo"], Output, Word(BOOL), Does::PlainAudio),
    row(&["aac_coder"], Output, Word("anmr twoloop fast"), Does::PlainAudio),
    row(&["dialnorm"], Output, Number(-31.0, -1.0), Does::PlainAudio),
    row(&["async"], Output, Number(0.0, 100_000.0), Does::PlainAudio),
    row(&["vol"], Output, Number(0.0, 65_536.0), Does::PlainAudio),
    row(&["rematrix_maxval"], Output, Number(0.0, 1000.0), Does::PlainAudio),
    // Graphs, whole file.
    row(&["filter_complex", "lavfi"], Output, Graph, Does::FilterComplex),
    row(&["filter"], Output, Graph, Does::Filter),
    row(&["f"], Output, Muxer, Does::Already),
    row(&["movflags"], Output, List(MOV_FLAGS), Does::MovFlags),
    row(&["brand"], Output, Word("isom mp42 mp41 iso5 iso6 avc1"), Does::Plain),
    row(&["tag"], Output, Any, Does::Plain),
    row(&["tag:v", "vtag"], Output, Any, Does::PlainVideo),
    row(&["tag:a", "atag"], Output, Any, Does::PlainAudio),
    row(&["metadata"], Output, Meta, Does::Plain),
    row(&["map_metadata"], Output, Any, Does::Plain),
    row(&["map_chapters"], Output, Number(-1.0, 9.0), Does::Plain),
    row(&["disposition"], Output, List(DISPOSITIONS), Does::Plain),
    row(&["id3v2_version"], Output, Number(0.0, 4.0), Does::Plain),
    row(&["write_id3v1"], Output, Word(BOOL), Does::Plain),
    row(&["write_id3v2"], Output, Word(BOOL), Does::Plain),
    row(&["write_xing"], Output, Word(BOOL), Does::Plain),
    row(&["write_bext"], Output, Word(BOOL), Does::Plain),
    row(&["write_tmcd"], Output, Word(BOOL), Does::Plain),
    row(&["rf64"], Output, Word("auto always never"), Does::Plain),
    row(&["use_editlist"], Output, Word(BOOL), Does::Plain),
    row(&["video_track_timescale"], Output, Number(0.0, 10_000_000.0), Does::Plain),
    row(&["frag_duration"], Output, Number(0.0, FOREVER), Does::Plain),
    row(&["min_frag_duration"], Output, Number(0.0, FOREVER), Does::Plain),
    row(&["cluster_time_limit"], Output, Number(-1.0, FOREVER), Does::Plain),
    row(&["cluster_size_limit"], Output, Number(-1.0, FOREVER), Does::Plain),
    row(&["reserve_index_space"], Output, Number(0.0, 1e7), Does::Plain),
    row(&["avoid_negative_ts"], Output, Word("auto disabled make_non_negative make_zero -1 0 1 2"), Does::Plain),
    row(&["muxdelay"], Output, Number(0.0, 100.0), Does::Plain),
    row(&["muxpreload"], Output, Number(0.0, 100.0), Does::Plain),
    row(&["max_muxing_queue_size"], Output, Number(1.0, 100_000.0), Does::Plain),
    row(&["max_interleave_delta"], Output, Number(0.0, FOREVER), Does::Plain),
    row(
        &["fflags"],
        Input,
        List("genpts igndts discardcorrupt sortdts nofillin fastseek nobuffer ignidx shortest"),
        Does::Plain,
    ),
    row(&["fflags"], Output, List("bitexact flush_packets autobsf genpts shortest"), Does::Plain),
    row(&["copyts"], Output, Nothing, Does::Plain),
    row(&["start_at_zero"], Output, Nothing, Does::Plain),
    row(&["bitexact"], Output, Nothing, Does::Plain),
    row(&["ignore_unknown"], Output, Nothing, Does::Plain),
    row(&["bsf"], Output, List(BITSTREAM_FILTERS), Does::Plain),
    row(&["bsf:v", "vbsf"], Output, List(BITSTREAM_FILTERS), Does::PlainVideo),
    row(&["bsf:a", "absf"], Output, List(BITSTREAM_FILTERS), Does::PlainAudio),
    // What is so already.
    row(&["y"], Both, Nothing, Does::Already),
    row(&["hide_banner"], Both, Nothing, Does::Already),
    row(&["nostdin"], Both, Nothing, Does::Already),
    row(&["nostats"], Both, Nothing, Does::Already),
    row(&["stats"], Both, Nothing, Does::Already),
    row(&["loglevel", "v"], Both, Any, Does::Already),
];

const X264: &str = "\
8x8dct aq-mode aq-strength b-adapt b-bias b-pyramid bframes bluray-compat cabac chroma-qp-offset chromaloc \
colormatrix colorprim constrained-intra crf crf-max cplxblur deadzone-inter deadzone-intra deblock direct fade- \
compensate filler force-cfr frame-packing fullrange intra-refresh ipratio keyint level me merange min-keyint \
keyint-min mixed-refs nal-hrd no-cabac no-deblock no-mbtree mbtree no-scenecut no-fast-pskip no-dct-decimate nr \
open-gop overscan partitions analyse pbratio pic-struct psy psy-rd qblur qcomp qpmax qpmin qpstep qp ratetol rc- \
lookahead ref scenecut slices slow-firstpass stitchable subme sync-lookahead tff bff transfer trellis vbv- \
bufsize vbv-init vbv-maxrate videoformat weightb weightp bitrate threads sliced-threads no-weightb no-psy annexb \
aud repeat-headers sar profile";
const X265: &str = "\
amp aq-mode aq-motion aq-strength aud b-adapt b-intra b-pyramid bframes bframe-bias bitrate cbqpoffs chromaloc \
colormatrix colorprim constrained-intra crf crf-max crf-min crqpoffs ctu cutree no-cutree deblock early-skip \
fast-intra hdr hdr10 hdr10-opt hrd info no-info keyint level-idc limit-modes limit-refs lossless log-level \
master-display max-cll max-merge me merange min-cu-size min-keyint no-open-gop open-gop no-sao sao no-scenecut \
no-strong-intra-smoothing profile psy-rd psy-rdoq qcomp qp range rc-lookahead rd rdoq-level rect ref repeat- \
headers rskip scenecut signhide strong-intra-smoothing strict-cbr subme tier transfer tu-inter-depth tu-intra- \
depth tskip vbv-bufsize vbv-init vbv-maxrate videoformat weightb weightp frame-threads no-deblock no-wpp wpp \
pools pmode pme tune preset";
const SVT: &str = "\
tune film-grain film-grain-denoise keyint enable-overlays scd fast-decode tile-columns tile-rows lookahead \
enable-tf aq-mode qp crf preset irefresh-type color-primaries transfer-characteristics matrix-coefficients \
color-range rc tbr min-qp max-qp lp enable-qm qm-min qm-max sharpness";
const CODEC_FLAGS: &str = "\
global_header cgop bitexact low_delay loop ildct ilme qpel mv4 gray psnr closed_gop output_corrupt";
const MOV_FLAGS: &str = "\
faststart frag_keyframe empty_moov default_base_moof separate_moof frag_every_frame negative_cts_offsets \
disable_chpl use_metadata_tags write_colr prefer_icc write_gama omit_tfhd_offset skip_trailer skip_sidx \
delay_moov global_sidx cmaf isml frag_custom frag_discont";
const SCALERS: &str = "\
bilinear fast_bilinear bicubic experimental neighbor area bicublin gauss sinc lanczos spline accurate_rnd \
full_chroma_int full_chroma_inp bitexact print_info error_diffusion";
const DISPOSITIONS: &str = "\
default dub original comment lyrics karaoke forced hearing_impaired visual_impaired clean_effects captions \
descriptions dependent metadata attached_pic 0";
const BITSTREAM_FILTERS: &str = "\
aac_adtstoasc h264_mp4toannexb hevc_mp4toannexb extract_extradata remove_extra null vp9_superframe \
vp9_superframe_split av1_frame_merge mpeg4_unpack_bframes mp3decomp dump_extra";

/// The row of an option where it stands.
pub(super) fn find(base: &str, place: Place) -> Option<&'static Row> {
    let here = |row: &&Row| row.place == place || row.place == Both;
    ROWS.iter().filter(here).find(|row| row.names.contains(&base))
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    ROWS.iter()
}
