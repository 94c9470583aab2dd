//! The table of options, row by row and by attack.

use super::super::{Flag, Input, Request, check};
use super::table;
use super::*;

fn request(format: Format, options: &[(&str, &str)]) -> Request {
    let options = options
        .iter()
        .map(|(option, argument)| if argument.is_empty() { Flag::bare(option) } else { Flag::new(option, argument) });
    Request { inputs: vec![Input::default()], format, preset: None, options: options.collect(), filters: Vec::new() }
}

#[track_caller]
fn taken(format: Format, options: &[(&str, &str)]) {
    let checked = check(&request(format, options));
    assert!(checked.is_ok(), "{options:?}: {}", checked.err().unwrap());
}

#[track_caller]
fn refused(options: &[(&str, &str)], says: &str) {
    match check(&request(Format::Mp4, options)) {
        Ok(_) => panic!("was taken: {options:?}"),
        Err(refusal) => {
            let told = refusal.to_string();
            let name = options.last().unwrap().0.trim().trim_start_matches('-');
            let base = name.split(':').next().unwrap();
            assert!(told.contains(base) || options.len() > 1 || refusal.code() != "option_refused", "{told}");
            assert!(told.contains(says), "{told}");
        }
    }
}

#[test]
fn what_users_of_ffmpeg_send_is_taken() {
    let all: &[(&str, &str)] = &[
        ("-c:v", "libx264"),
        ("-preset", "veryfast"),
        ("-crf", "23"),
        ("-profile:v", "high"),
        ("-level", "4.1"),
        ("-pix_fmt", "yuv420p"),
        ("-r", "30"),
        ("-g", "60"),
        ("-bf", "2"),
        ("-maxrate", "5M"),
        ("-bufsize", "10M"),
        ("-vf", "scale=1280:-2"),
        ("-c:a", "aac"),
        ("-b:a", "128k"),
        ("-ar", "48000"),
        ("-ac", "2"),
        ("-af", "volume=0.5"),
        ("-movflags", "+faststart"),
        ("-ss", "00:00:01.5"),
        ("-t", "10"),
        ("-metadata", "title=A \"quoted\" title: yes"),
        ("-map_metadata", "-1"),
        ("-threads", "2"),
        ("-tune", "film"),
        ("-x264-params", "keyint=60:min-keyint=60:scenecut=0"),
        ("-tag:v", "avc1"),
        ("-max_muxing_queue_size", "1024"),
        ("-y", ""),
        ("-metadata:s:a:0", "language=eng"),
        ("-disposition:a:0", "default"),
        ("-strict", "-2"),
        ("-vsync", "cfr"),
        ("-sn", ""),
        ("-color_primaries", "bt709"),
        ("-aspect", "16:9"),
        ("-f", "mp4"),
        ("-hide_banner", ""),
        ("-loglevel", "error"),
        ("-fs", "10M"),
        ("-force_key_frames", "expr:gte(t,n_forced*2)"),
        ("-b:v:0", "2500k"),
        ("-vcodec", "libx264"),
        ("-qscale:v", "3"),
        ("-shortest", ""),
    ];
    taken(Format::Mp4, all);
    for one in all {
        taken(Format::Mp4, &[*one]);
    }
    taken(
        Format::Webm,
        &[
            ("-c:v", "libvpx-vp9"),
            ("-b:v", "0"),
            ("-crf", "30"),
            ("-row-mt", "1"),
            ("-deadline", "good"),
            ("-c:a", "libopus"),
        ],
    );
    taken(Format::Mp3, &[("-vn", ""), ("-q:a", "2"), ("-id3v2_version", "3")]);
    taken(Format::Jpeg, &[("-ss", "5"), ("-frames:v", "1"), ("-q:v", "2"), ("-f", "image2"), ("-update", "1")]);
    taken(
        Format::Gif,
        &[("-filter_complex", "[0:v]fps=10,split[a][b];[a]palettegen[p];[b][p]paletteuse"), ("-loop", "0")],
    );
    taken(Format::Mp4, &[("-map", "0:v:0"), ("-map", "0:a?"), ("-c", "copy")]);
}

#[test]
fn what_opens_or_writes_other_things_is_refused_and_says_what_to_do() {
    for (options, says) in [
        (&[("-i", "/etc/passwd")][..], "inputs"),
        (&[("-f", "hls")], "outputFormat"),
        (&[("-f", "tee")], "outputFormat"),
        (&[("-f", "segment")], "outputFormat"),
        (&[("-f", "lavfi")], "outputFormat"),
        (&[("-f", "concat")], "outputFormat"),
        (&[("-passlogfile", "/tmp/x")], "-b:v"),
        (&[("-pass", "1")], "files"),
        (&[("-dump_attachment", "x")], "files"),
        (&[("-dump_attachment:t", "x")], "files"),
        (&[("-attach", "/etc/passwd")], "files"),
        (&[("-report", "")], "files"),
        (&[("-progress", "http://x")], "files"),
        (&[("-vstats_file", "/tmp/x")], "files"),
        (&[("-filter_script", "/etc/passwd")], "-filter_complex"),
        (&[("-filter_script:v", "/etc/passwd")], "-filter_complex"),
        (&[("-filter_complex_script", "/etc/passwd")], "-filter_complex"),
        (&[("-/filter_complex", "/etc/passwd")], "file"),
        (&[("-/vf", "/etc/passwd")], "file"),
        (&[("-init_hw_device", "vaapi=x:/dev/dri/card0")], "device"),
        (&[("-protocol_whitelist", "file,http")], "service"),
        (&[("-fpre", "/etc/passwd")], "settings"),
        (&[("-sdp_file", "/tmp/x")], "files"),
        (&[("-hls_segment_filename", "/tmp/x")], "file"),
        (&[("-x264-params", "stats=/tmp/x")], "stats"),
        (&[("-x264opts", "qpfile=/etc/passwd")], "qpfile"),
        (&[("-x265-params", "csv=/tmp/x")], "csv"),
        (&[("-x264-params", "crf=20:dump-yuv=/tmp/x")], "dump-yuv"),
        (&[("-vf", "movie=/etc/passwd")], "movie"),
        (&[("-filter:v", "drawtext=textfile=/etc/passwd")], "textfile"),
        (&[("-lavfi", "amovie=/etc/passwd")], "amovie"),
        (&[("-map", "0:v"), ("-map", "1:v")], "there are 1"),
        (&[("-map", "[nope]")], "nope"),
        (&[("-filter_complex", "[1:v]hflip[a]")], "only 1"),
        (&[("-stream_loop", "3")], "input"),
        (&[("-loop", "file:/x")], "number"),
        (&[("-c:v", "libx264 -i /etc/passwd")], "codec"),
        (&[("-c:v", "libvpx")], "mp4"),
        (&[("-c:v", "h264_vaapi")], "codec"),
        (&[("-crf", "x")], "number"),
        (&[("-crf", "")], "argument"),
        (&[("-an", "/etc/passwd")], "no argument"),
        (&[("-r", "100000")], "240"),
        (&[("-s", "100000x100000")], "8192"),
        (&[("-s", "1920")], "size"),
        (&[("-t", "soon")], "time"),
        (&[("-b:v", "1;ls")], "bits"),
        (&[("-c:v:x", "copy")], "stream"),
        (&[("-nosuch", "1")], "not one of"),
        (&[("-force_key_frames", "expr:while(1,1)")], "end"),
        (&[("crf", "23")], "begin with `-`"),
        (&[("/etc/passwd", "")], "begin with `-`"),
        (&[("-vf", "loop=-1:1:0")], "without end"),
        (&[("-c:v", "copy"), ("-vf", "hflip")], "copy"),
        (&[("-metadata", "/etc/passwd")], "name"),
        (&[("-map_metadata", "1;x")], "plain"),
    ] {
        refused(options, says);
    }
}

#[test]
fn options_of_inputs_are_another_list() {
    let with = |option: &str, argument: &str| {
        let mut request = request(Format::Mp4, &[("-t", "5")]);
        request.inputs[0].options.push(if argument.is_empty() {
            Flag::bare(option)
        } else {
            Flag::new(option, argument)
        });
        check(&request).map(|_| ()).map_err(|refusal| refusal.to_string())
    };
    for (option, argument) in [
        ("-ss", "1.5"),
        ("-t", "5"),
        ("-to", "6"),
        ("-stream_loop", "-1"),
        ("-itsoffset", "0.5"),
        ("-itsoffset", "-0.5"),
        ("-r", "25"),
        ("-an", ""),
        ("-loop", "1"),
        ("-framerate", "1/5"),
        ("-noautorotate", ""),
        ("-sseof", "-3"),
        ("-fflags", "+genpts"),
        ("-c:v", "libvpx-vp9"),
        ("-y", ""),
    ] {
        assert_eq!(with(option, argument), Ok(()), "{option}");
    }
    for (option, argument, says) in [
        ("-f", "concat", "bytes"),
        ("-f", "lavfi", "bytes"),
        ("-safe", "0", "service"),
        ("-protocol_whitelist", "file", "service"),
        ("-i", "x", "inputs"),
        ("-re", "", "slows"),
        ("-crf", "20", "output"),
        ("-vf", "hflip", "output"),
        ("-dump_attachment:t:0", "x", "files"),
        ("-pattern_type", "glob", "picture"),
        ("-hwaccel", "cuda", "device"),
        ("-c:v", "h264_cuvid", "decoder"),
        ("@text-overlay", "{}", "output"),
        ("-ignore_loop", "maybe", "one of"),
        ("-headers", "x", "fetch"),
        ("-allowed_extensions", "ALL", "service"),
        ("-stream_loop", "1e9", "number"),
    ] {
        let told = with(option, argument).expect_err(option);
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn every_row_can_be_found_under_all_its_names() {
    for row in table::all() {
        for name in row.names {
            let places = [Place::Input, Place::Output];
            assert!(
                places.into_iter().any(|place| table::find(name, place).is_some_and(|found| std::ptr::eq(found, row))),
                "{name}"
            );
        }
    }
}

#[test]
fn arguments_may_come_as_numbers_and_objects_only_where_they_are_meant() {
    let with = |value: Value| {
        let mut request = request(Format::Mp4, &[]);
        request.options = vec![Flag { option: "-crf".to_owned(), argument: Some(value) }];
        check(&request).map(|checked| checked.options)
    };
    assert_eq!(with(serde_json::json!(23)).unwrap(), [Flag::new("-crf", "23")]);
    assert!(with(serde_json::json!({"a": 1})).is_err());
    assert!(with(serde_json::json!(["23"])).is_err());
}
