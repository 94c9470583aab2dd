//! What is on the list, what is not, and which numbers are too large.

use proptest::prelude::*;

use super::super::graph::parse;
use super::*;

fn refused(text: &str) -> String {
    match parse(text).and_then(|graph| check(&graph)) {
        Ok(_) => panic!("was taken: {text}"),
        Err(refusal) => refusal.to_string(),
    }
}

#[track_caller]
fn taken(text: &str) {
    let checked = parse(text).and_then(|graph| check(&graph));
    assert!(checked.is_ok(), "{text}: {}", checked.unwrap_err());
}

#[test]
fn every_line_of_the_table_is_read() {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for line in lines {
        let (name, found) = read(line).unwrap();
        assert_eq!(found.options.len(), line.split(' ').count() - 2, "{name}");
        count += 1;
    }
    assert!(count > 300, "{count}");
    assert_eq!(rules("drawtext").unwrap().option("textfile").unwrap().kind, Kind::File);
    assert_eq!(rules("scale").unwrap().at(1), Some("h"));
    assert_eq!(rules("scale").unwrap().at(500), None);
}

/// Filters that open files, sockets, devices or programs by themselves.
const DANGEROUS: &[&str] = &[
    "movie",
    "amovie",
    "sendcmd",
    "asendcmd",
    "zmq",
    "azmq",
    "frei0r",
    "frei0r_src",
    "ladspa",
    "lv2",
    "lut3d",
    "arnndn",
    "sofalizer",
    "sr",
    "derain",
    "dnn_processing",
    "dnn_detect",
    "dnn_classify",
    "removelogo",
    "find_rect",
    "cover_rect",
    "ocr",
    "ocv",
    "vidstabdetect",
    "vidstabtransform",
    "libvmaf",
    "psnr",
    "ssim",
    "signature",
    "nnedi",
    "asr",
    "flite",
    "cellauto",
    "life",
    "openclsrc",
    "program_opencl",
    "hwupload",
    "scale_vaapi",
    "overlay_cuda",
    "realtime",
    "whisper",
    "dnn",
    "coreimage",
    "libplacebo",
    "fieldhint",
    "haldclut_file",
    "abuffer",
    "buffersink",
];

#[test]
fn dangerous_filters_are_refused_by_name_and_with_a_reason() {
    for name in DANGEROUS {
        let refusal = rules(name).map(|_| ()).unwrap_err().to_string();
        assert!(refusal.contains(&format!("`{name}`")), "{refusal}");
    }
    assert!(refused("movie=/etc/passwd[m];[in][m]overlay").contains("inputs"));
    assert!(refused("amovie@x=filename=/a").contains("`amovie`"));
    assert!(refused("scale_cuda=1:1").contains("graphics device"));
}

#[test]
fn options_that_name_files_are_refused() {
    for text in [
        "drawtext=textfile=/etc/passwd",
        "drawtext=/etc/passwd",
        "drawtext=fontfile=/etc/passwd:text=a",
        "drawtext=text=a:/text=/etc/passwd",
        "drawtext@a=te\\xtfile=/etc/passwd",
        "drawtext='textfile=/etc/passwd'",
        "curves=psfile=/etc/passwd",
        "curves=plot=/tmp/x",
        "metadata=print:file=/tmp/x",
        "metadata=mode=print:file=-",
        "ametadata=print:file=pipe\\:1",
        "deshake=filename=/tmp/x",
        "firequalizer=dumpfile=/tmp/x",
        "paletteuse=debug_kdtree=/tmp/x",
        "showcqt=axisfile=/etc/passwd",
        "selectivecolor=psfile=/etc/passwd",
        "subtitles=/etc/passwd",
        "subtitles=filename=/etc/passwd",
        "subtitles=file\\:/etc/passwd",
        "subtitles=f=/etc/passwd",
        "subtitles='https://a/b.srt':fontsdir=/etc",
        "subtitles='https://a/b.srt':f=/etc/passwd",
        "subtitles",
        "ass=original_size=10x10",
        "ass=concat\\:/a|/b",
        "subtitles=http\\:",
    ] {
        refused(text);
    }
}

#[test]
fn usual_graphs_are_taken() {
    for text in [
        "scale=1280:-2,fps=30,format=yuv420p",
        "scale='min(1280,iw)':-2:flags=lanczos",
        "crop=ih*9/16:ih,scale=1080:1920,setsar=1",
        "pad=ceil(iw/2)*2:ceil(ih/2)*2:(ow-iw)/2:(oh-ih)/2:color=black",
        "drawtext=text='Hello %{pts\\:hms}':font=Arial:fontsize=h/20:fontcolor=white@0.8:x=(w-text_w)/2:y=h-th-20:enable='between(t,1,3)'",
        "[0:v][1:v]overlay=W-w-10:H-h-10:enable='gte(t,1)'",
        "[0:v]split[a][b];[a]scale=1080:1920,boxblur=20[bg];[b]scale=1080:-2[fg];[bg][fg]overlay=(W-w)/2:(H-h)/2",
        "[0:v]setpts=0.5*PTS[v];[0:a]atempo=2.0[a]",
        "[0:v][0:a][1:v][1:a]concat=n=2:v=1:a=1[v][a]",
        "[0:a][1:a]amix=inputs=2:duration=first:dropout_transition=2",
        "loudnorm=I=-16:TP=-1.5:LRA=11",
        "zoompan=z='zoom+0.001':x='iw/2-(iw/zoom/2)':y='ih/2-(ih/zoom/2)':d=25*5:s=1280x720:fps=25",
        "xfade=transition=fade:duration=1:offset=4.5",
        "fade=t=in:st=0:d=1,fade=t=out:st=9:d=1:color=black",
        "afade=t=in:ss=0:d=15,volume=0.5,highpass=f=200,lowpass=f=3000",
        "fps=10,scale=320:-1:flags=lanczos,split[s0][s1];[s0]palettegen[p];[s1][p]paletteuse",
        "select='gt(scene,0.4)',showinfo",
        "aloop=loop=-1:size=2e+09",
        "colorkey=0x00ff00:0.3:0.1,eq=contrast=1.2:brightness=0.05:saturation=1.3",
        "color=c=black:s=1080x1920:d=5",
        "reverse",
        "areverse",
        "hue=s=0",
        "transpose=1",
        "yadif",
        "thumbnail",
        "tile=3x3",
        "dynaudnorm",
        "silenceremove=1:0:-50dB",
        "showwaves=s=1280x720:mode=line:colors=white",
        "aresample=async=1:first_pts=0",
        "anullsrc=channel_layout=stereo:sample_rate=44100",
    ] {
        taken(text);
    }
}

#[test]
fn bombs_are_refused() {
    for text in [
        "scale=100000:100000",
        "scale=w=iw*1000:h=ih",
        "scale=trunc(1e6):2",
        "scale=-2:99999",
        "zscale=w=50000",
        "pad=100000:100000",
        "color=s=100000x100000:d=1",
        "testsrc=size=20000x10",
        "zoompan=s=30000x30000",
        "zoompan=d=1e9",
        "fps=100000",
        "fps=fps=1000000/1",
        "minterpolate=fps=100000",
        "testsrc=r=100000",
        "loop=loop=-1:size=32767",
        "tpad=stop=999999999",
        "tpad=stop_duration=999999",
        "split=5000",
        "concat=n=10000",
        "amix=inputs=30000",
        "xstack=inputs=5000",
        "tile=1000x1000",
        "tmix=frames=1024",
        "anullsrc=d=9999999",
        "geq=lum='while(1,0)'",
        "aeval=while (1\\,st(0\\,1))",
        "aevalsrc=root(x\\,1):d=1",
        "setpts='taylor(1,2)'",
        "volume=enable='while(1,1)'",
    ] {
        refused(text);
    }
    taken("scale=7680:4320");
    taken("loop=loop=-1:size=1000");
}

#[test]
fn values_of_another_kind_are_refused() {
    for text in [
        "hflip=enable",
        "scale=interl=$(x)",
        "drawtext=text=a:fontcolor=a b",
        "color=c='red;':d=1",
        "color=s='10x10\\;':d=1",
        "overlay=nosuch=1",
        "scale=w=1:../x=2",
        "hflip=a=1",
    ] {
        refused(text);
    }
}

proptest! {
    /// However a dangerous name is wrapped, nothing that is taken holds it.
    #[test]
    fn no_taken_graph_holds_a_refused_filter(
        name in prop::sample::select(DANGEROUS),
        before in r"(|hflip,|\[0:v\]|hflip\[a\];\[a\]| |\n|scale=1:2,|'|\\)",
        after in r"(|=|=/etc/passwd|=filename=/etc/passwd|@x|@x=a|\[v\]|,hflip|'| )",
        quote in r"(|'|\\)",
    ) {
        let text = format!("{before}{quote}{name}{quote}{after}");
        if let Ok(graph) = parse(&text) {
            prop_assert!(graph.filters().all(|filter| !DANGEROUS.contains(&filter.name.as_str())), "{}", text);
        }
    }

    #[test]
    fn no_taken_graph_names_a_file(
        option in prop::sample::select(&["textfile", "fontfile", "text", "/text", "reload", "font"][..]),
        value in r"[ -~]{0,20}",
        quote in r"(|'|\\|\\\\)",
    ) {
        let text = format!("drawtext={quote}{option}{quote}={value}:{option}=/etc/passwd");
        if let Ok(graph) = parse(&text) && check(&graph).is_ok() {
            prop_assert!(graph.filters().all(|filter| filter.value(&["textfile", "fontfile", "/text"]).is_none()));
        }
    }
}
