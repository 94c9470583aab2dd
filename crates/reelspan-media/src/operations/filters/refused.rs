//! Why a filter is not on the list: a sentence for each kind, so that a user knows what to do instead.

const READS: &str = "reads files by itself and is refused";

const WHY: &[(&[&str], &str)] = &[
    (
        &["movie", "amovie"],
        "opens files by itself and is refused; put the file into `inputs` and use its stream, as in `[1:v]`",
    ),
    (
        &["sendcmd", "asendcmd", "zmq", "azmq"],
        "takes commands from files or sockets and is refused; use `enable` or an expression in `t`",
    ),
    (
        &["frei0r", "frei0r_src", "ladspa", "lv2", "asr", "flite", "libplacebo"],
        "runs programs from outside and is refused",
    ),
    (
        &["lut3d"],
        "reads a file of colours and is refused; put a Hald CLUT picture among the inputs, or use `curves` or `colorbalance`",
    ),
    (&["lut1d", "haldclut"], "is refused; use `curves`, `colorbalance` or `colorchannelmixer`"),
    (
        &["arnndn", "dnn_classify", "dnn_detect", "dnn_processing", "sr", "derain", "nnedi"],
        "reads a model file and is refused; for sound `afftdn` or `anlmdn` take noise away",
    ),
    (&["sofalizer"], "reads a file of a head's acoustics and is refused; use `headphone` or `crossfeed`"),
    (&["ocr", "ocv", "removelogo", "cover_rect", "find_rect", "cellauto", "life", "fieldhint"], READS),
    (&["vidstabdetect", "vidstabtransform"], "needs a file beside the output and is refused; use `deshake`"),
    (&["psnr", "ssim", "libvmaf", "vmafmotion", "signature"], "writes figures into a file and is refused"),
    (&["hwupload", "hwdownload", "hwmap"], "opens a graphics device and is refused; leave it out"),
    (&["realtime", "arealtime", "cue", "acue"], "only slows the work down and is refused; leave it out"),
    (&["buffer", "abuffer", "buffersink", "abuffersink"], "is for programs and not for graphs"),
    (&["streamselect", "astreamselect"], "is refused; use `overlay` with `enable` or `amix`"),
    (&["segment", "asegment"], "makes outputs that nobody would read; use `trim` or `atrim`"),
];

/// The sentence for a filter that is not on the list.
pub(super) fn why(name: &str) -> String {
    if let Some((_, why)) = WHY.iter().find(|(names, _)| names.contains(&name)) {
        return (*why).to_owned();
    }
    if ["_opencl", "_vulkan", "_vaapi", "_qsv", "_cuda", "_npp", "_vt"].iter().any(|ending| name.ends_with(ending)) {
        return "needs a graphics device and is refused; use the filter of the same name without its ending".to_owned();
    }
    "is not one of those that may be used".to_owned()
}

/// The sentence for an option that names a file.
pub(super) fn file_option(filter: &str, option: &str) -> String {
    let instead = match (filter, option) {
        ("drawtext", "textfile") => "write the text into `text`",
        ("drawtext", "fontfile") => "name an installed family with `font`",
        ("subtitles" | "ass", "fontsdir") => "installed fonts are found by their family",
        _ => "leave it out",
    };
    format!("has an option `{option}` that names a file and is refused; {instead}")
}
