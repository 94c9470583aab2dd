//! Why an option is refused, and what to use instead where there is something.

use super::table::{self, Place};

const WHY: &[(&[&str], &str)] = &[
    (&["i"], "is refused; put the address into `inputs`"),
    (
        &[
            "init_hw_device",
            "filter_hw_device",
            "hwaccel",
            "hwaccel_device",
            "hwaccel_output_format",
            "vaapi_device",
            "qsv_device",
        ],
        "opens a graphics device and is refused; leave it out",
    ),
    (
        &[
            "protocol_whitelist",
            "protocol_blacklist",
            "format_whitelist",
            "codec_whitelist",
            "safe",
            "allowed_extensions",
            "allowed_segment_extensions",
        ],
        "is set by this service and cannot be changed; leave it out",
    ),
    (
        &[
            "passlogfile",
            "pass",
            "vstats",
            "vstats_file",
            "stats_file",
            "report",
            "psnr",
            "sdp_file",
            "progress",
            "debug_ts",
            "qphist",
        ],
        "writes files beside the output and is refused; leave it out, and for a target size use `-b:v` with `-maxrate` and `-bufsize`",
    ),
    (&["attach", "dump_attachment"], "reads or writes files beside the inputs and the output and is refused"),
    (
        &["filter_script", "filter_complex_script"],
        "reads a file and is refused; write the graph into `-vf`, `-af` or `-filter_complex`",
    ),
    (
        &["fpre", "vpre", "apre", "spre", "pre"],
        "reads a file of settings and is refused; write the settings themselves",
    ),
    (&["x264-opts-file", "qpfile", "cqmfile"], "reads a file and is refused"),
    (&["f"], "is refused before an input: the kind of a file is found by its bytes"),
    (&["target"], "is refused; choose the size, the rate and the codecs one by one"),
    (
        &[
            "tag_file",
            "chunk_list",
            "segment_list",
            "segment_format",
            "segment_time",
            "hls_time",
            "hls_segment_filename",
            "hls_list_size",
            "tee_muxer",
            "use_template",
            "use_timeline",
        ],
        "makes more than one file and is refused; there is one output",
    ),
    (&["re", "readrate"], "only slows the work down and is refused; leave it out"),
    (
        &[
            "timelimit",
            "benchmark",
            "benchmark_all",
            "cpuflags",
            "cpucount",
            "max_alloc",
            "dump",
            "hex",
            "debug",
            "n",
            "xerror",
            "abort_on",
        ],
        "is refused; leave it out",
    ),
    (
        &["pattern_type", "start_number", "export_path_metadata", "ts_from_file"],
        "is for rows of picture files and is refused; give each picture as an input of its own",
    ),
    (&["map_channel"], "is refused; use the filters `pan` or `channelmap` in `-af`"),
    (&["timestamp"], "is refused; use `-metadata creation_time=...`"),
    (&["vol"], "is refused; use `-af volume=...`"),
    (
        &[
            "user_agent",
            "headers",
            "cookies",
            "http_proxy",
            "referer",
            "method",
            "content_type",
            "timeout",
            "reconnect",
            "reconnect_streamed",
        ],
        "is about fetching and is refused; inputs are fetched before ffmpeg runs",
    ),
];

/// The sentence for an option that may not stand there.
pub(super) fn why(base: &str, place: Place) -> String {
    let elsewhere = match place {
        Place::Input => table::find(base, Place::Output).is_some(),
        Place::Output | Place::Both => table::find(base, Place::Input).is_some(),
    };
    if elsewhere && !(base == "f" && place == Place::Input) {
        return match place {
            Place::Input => "belongs to the output; put it into the request's `options`".to_owned(),
            Place::Output | Place::Both => "belongs before an input; put it into that input's `options`".to_owned(),
        };
    }
    if let Some((_, why)) = WHY.iter().find(|(names, _)| names.contains(&base)) {
        return (*why).to_owned();
    }
    if base.starts_with('/') {
        return "would read its value from a file and is refused; write the value itself".to_owned();
    }
    if base.ends_with("script") || base.ends_with("file") || base.contains("hls") || base.contains("segment") {
        return "reads or writes other files and is refused".to_owned();
    }
    "is not one of the options that may be used".to_owned()
}
