//! Limits, cancelling, damaged inputs: the right error, at once, and nothing left.

use std::time::Duration;

use reelspan_media::operations::{Flag, Format, run};
use reelspan_types::{Cancel, Clock, SystemClock};

use crate::bench::{Bench, request};
use crate::tools::jailed;

#[test]
fn each_limit_has_its_own_error() {
    let noise = "-f lavfi -i testsrc2=s=640x360:r=30:d=20,noise=alls=80:allf=t -c:v libx264 -preset ultrafast -crf 30";
    let mut bench = Bench::new().input(noise, "in.mp4");
    bench.limits.output_bytes = 200_000;
    let error = bench.try_run(&request(Format::Mp4, 1, &[("-crf", "10")]), "big.mp4").unwrap_err();
    assert_eq!((error.code(), error.category()), ("output_too_large", "file_size"), "{error}");
    bench.limits = Default::default();
    bench.limits.wall = Duration::from_millis(300);
    let error = bench.try_run(&request(Format::Webm, 1, &[("-cpu-used", "0")]), "slow.webm").unwrap_err();
    assert_eq!((error.code(), error.category()), ("time_limit", "processing_limit"), "{error}");
    bench.limits = Default::default();
    bench.limits.output_seconds = 3.0;
    let mut endless = request(Format::Mp4, 1, &[("-preset", "ultrafast"), ("-fs", "100M")]);
    endless.inputs[0].options = vec![Flag::new("-stream_loop", "-1")];
    let error = bench.try_run(&endless, "long.mp4").unwrap_err();
    assert_eq!((error.code(), error.category()), ("output_too_long", "processing_limit"), "{error}");
}

#[test]
fn a_cancel_ends_it_within_half_a_second() {
    let bench =
        Bench::new().input("-f lavfi -i testsrc2=s=1280x720:r=30:d=30 -c:v libx264 -preset ultrafast", "in.mp4");
    let (clock, cancel, output) = (SystemClock::new(), Cancel::new(), bench.path("out.webm"));
    let scratch = tempfile::tempdir().unwrap();
    let mut when = None;
    let made = run(
        &jailed(),
        &request(Format::Webm, 1, &[]),
        &bench.files,
        &output,
        scratch.path(),
        &bench.limits,
        &cancel,
        &mut |_| {
            when.get_or_insert_with(|| clock.steady());
            cancel.cancel();
        },
    );
    let after = clock.steady() - when.unwrap();
    assert_eq!(made.unwrap_err().code(), "cancelled");
    assert!(after < Duration::from_millis(500), "{after:?}");
    assert!(!output.exists());
}

#[test]
fn what_is_no_media_is_the_inputs_fault() {
    for (name, bytes) in [
        ("empty.mp4", &b""[..]),
        ("text.mp4", b"hello, this is no film at all"),
        ("list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n"),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("dash.mp4", b"<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"/>"),
    ] {
        let bench = Bench::new();
        std::fs::write(bench.path(name), bytes).unwrap();
        let path = bench.path(name);
        let error = bench.given(&path).try_run(&request(Format::Mp4, 1, &[]), "out.mp4").unwrap_err();
        assert_eq!((error.code(), error.category()), ("input_unusable", "validation"), "{name}: {error}");
        assert!(!error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_film_cut_short_gives_what_there_is_or_says_why_not() {
    let bench = Bench::new().input("-f lavfi -i testsrc2=s=320x180:d=4 -g 10", "whole.mkv");
    let whole = std::fs::read(bench.path("whole.mkv")).unwrap();
    std::fs::write(bench.path("half.mkv"), &whole[..whole.len() / 2]).unwrap();
    let path = bench.path("half.mkv");
    let bench = Bench { files: Default::default(), ..bench }.given(&path);
    match bench.try_run(&request(Format::Mp4, 1, &[]), "out.mp4") {
        Ok(made) => assert!(made.metadata.duration_seconds > 0.3),
        Err(error) => assert!(["input_unusable", "option_unfit"].contains(&error.code()), "{error}"),
    }
}
