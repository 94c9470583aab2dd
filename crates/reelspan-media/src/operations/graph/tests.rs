//! Graphs as users write them, read as ffmpeg reads them.

use proptest::prelude::*;

use super::*;

fn one(text: &str) -> Filter {
    parse(text).unwrap().chains.remove(0).remove(0)
}

#[track_caller]
fn options(text: &str, expected: &[(&str, &str)]) {
    let found = one(text).options;
    let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn positions_become_names() {
    options("scale=1280:-2", &[("w", "1280"), ("h", "-2")]);
    options("scale=1280:h=720:flags=lanczos", &[("w", "1280"), ("h", "720"), ("flags", "lanczos")]);
    options("crop=iw/2:ih:0:0", &[("out_w", "iw/2"), ("out_h", "ih"), ("x", "0"), ("y", "0")]);
    options("fade=in:0:30", &[("type", "in"), ("start_frame", "0"), ("nb_frames", "30")]);
    options("pan=stereo|c0=c0+c1|c1=c1", &[("args", "stereo|c0=c0+c1|c1=c1")]);
    options("hflip", &[]);
    options("format=yuv420p|rgb24", &[("pix_fmts", "yuv420p|rgb24")]);
    options("aresample=44100", &[("sample_rate", "44100")]);
    options("zoompan=z='min(zoom+0.0015,1.5)':d=125", &[("z", "min(zoom+0.0015,1.5)"), ("d", "125")]);
}

#[test]
fn quotes_and_backslashes_come_off_twice() {
    options(r"drawtext=text='a\:b'", &[("text", "a:b")]);
    options(r"drawtext=text=it\\\'s", &[("text", "it's")]);
    options(r"drawtext=text='a, b; [c]':x=1", &[("text", "a, b; [c]"), ("x", "1")]);
    options(r"drawtext=text=' a '", &[("text", "a")]);
    options(r"drawtext=text=\\\ a\\\ ", &[("text", " a ")]);
    options(" scale = 10 : 20 ", &[("w", "10"), ("h", "20")]);
}

#[test]
fn chains_labels_and_names_are_kept() {
    let graph = parse("[0:v]split=2[a][b]; [a]hflip@left [c];\n[c][b]hstack, format=yuv420p[out]").unwrap();
    let names: Vec<Vec<&str>> =
        graph.chains.iter().map(|chain| chain.iter().map(|filter| filter.name.as_str()).collect()).collect();
    assert_eq!(names, [vec!["split"], vec!["hflip"], vec!["hstack", "format"]]);
    assert_eq!(graph.chains[1][0].id.as_deref(), Some("left"));
    assert_eq!((graph.open_inputs(), graph.open_outputs()), (vec!["0:v".to_owned()], vec!["out".to_owned()]));
    assert_eq!(graph.write(), "[0:v]split=outputs=2[a][b];[a]hflip@left[c];[c][b]hstack,format=pix_fmts=yuv420p[out]");
    assert_eq!(parse("sws_flags=lanczos;scale=2:2").unwrap().write(), "sws_flags=lanczos;scale=w=2:h=2");
}

#[test]
fn an_address_is_taken_as_it_is_meant() {
    let url = "https://cdn.example.com/a b.srt?x=1&y=2:3";
    options(&format!("subtitles='{url}'"), &[("filename", url)]);
    options(
        &format!("subtitles=filename='{url}':force_style='FontSize=24,Bold=1'"),
        &[("filename", url), ("force_style", "FontSize=24,Bold=1")],
    );
    options(r"subtitles=https\\://example.com/a.srt", &[("filename", "https://example.com/a.srt")]);
    options(
        "ass='gs://bucket/1-a.ass':shaping=complex",
        &[("filename", "gs://bucket/1-a.ass"), ("shaping", "complex")],
    );
    assert!(parse("subtitles='https://a/b.srt':force_style=x:1").is_err());
}

#[test]
fn what_cannot_be_read_is_refused() {
    let long = format!("scale={}", "1".repeat(30_000));
    let many = vec!["hflip"; 300].join(",");
    for text in [
        "",
        ",",
        ";",
        "scale=1:2,",
        "[a",
        "[]scale",
        "scale[a",
        "scale=1:2]",
        "=1",
        "scale@=1",
        "scale@a b=1",
        "scale=w=1:2",
        "scale=1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20",
        "[a b]scale",
        "[../x]scale",
        "sws_flags=a",
        "sws_flags=a/b;null",
        "hflip hflip",
        "scale=1\0",
        &long,
        &many,
        "nosuchfilter",
        "movie=a.mp4",
        "[0:v]scale=1:2[a",
    ] {
        assert!(parse(text).is_err(), "{}", &text[..text.len().min(60)]);
    }
}

/// What ffmpeg's own reader would take off of one written filter.
fn read_again(written: &str) -> Graph {
    parse(written).unwrap()
}

proptest! {
    /// Whatever is read is written so that it is read again as the same.
    #[test]
    fn writing_keeps_the_meaning(
        values in prop::collection::vec(r"[ -~äあ\n\t]{0,30}", 1..4),
        labels in prop::collection::vec("[a-z0-9:_]{1,6}", 0..3),
    ) {
        let names = ["text", "x", "fontcolor_expr", "alpha"];
        let options = names.iter().zip(&values).map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let filter = Filter { inputs: labels.clone(), name: "drawtext".to_owned(), id: None, options, outputs: labels };
        let graph = Graph { scaler: None, chains: vec![vec![filter.clone(), filter]] };
        prop_assert_eq!(read_again(&graph.write()), graph);
    }

    #[test]
    fn any_text_is_survived_and_what_is_read_stays_so(text in r"[a-z=:,;@\[\]'\\ 0-9]{0,60}", name in "scale|drawtext|subtitles|split|pan") {
        for text in [text.clone(), format!("{name}={text}"), format!("[0:v]{name}={text}[v]")] {
            if let Ok(graph) = parse(&text) {
                prop_assert_eq!(parse(&graph.write()).unwrap(), graph);
            }
        }
    }
}
