//! Inputs played one after the other, of every kind together.

use reelspan_media::operations::{Flag, Format, Preset, Quality, Resolution};

use crate::bench::{BLACK, BLUE, Bench, GREEN, RED, near, request};

#[test]
fn films_of_other_sizes_rates_and_without_sound_come_in_order() {
    let bench = Bench::new()
        .film("red", "320x180", 25, 440, 2.0, "a.mp4")
        .input("-f lavfi -i color=c=green:s=90x160:r=30:d=2", "b.mp4")
        .film("blue", "640x480", 50, 880, 2.0, "c.mov");
    let made = bench.run(&request(Format::Mp4, 3, &[]), "out.mp4");
    assert_eq!((made.metadata.width, made.metadata.height), (Some(320), Some(180)));
    assert!((made.metadata.duration_seconds - 6.0).abs() < 0.15, "{}", made.metadata.duration_seconds);
    assert_eq!(made.metadata.fps, Some(50.0));
    assert!(near(bench.colour("out.mp4", 0.5, ""), RED));
    // Standing in a lying frame: bars beside it.
    assert!(near(bench.colour("out.mp4", 3.0, "60:180:130:0"), GREEN));
    assert!(near(bench.colour("out.mp4", 3.0, "60:180:0:0"), BLACK));
    assert!(near(bench.colour("out.mp4", 5.0, "200:180:60:0"), BLUE));
    assert!(bench.tone("out.mp4", 440, 0.2, 1.8) > -30.0);
    assert!(bench.tone("out.mp4", 440, 2.3, 3.7) < -60.0 && bench.tone("out.mp4", 880, 2.3, 3.7) < -60.0);
    assert!(bench.tone("out.mp4", 880, 4.2, 5.8) > -30.0);
}

#[test]
fn a_turned_phone_a_picture_and_a_sound_join_the_row() {
    let bench = Bench::new().film("red", "160x90", 25, 440, 1.0, "stored.mp4");
    let turned = bench.path("turned.mp4");
    let stored = bench.path("stored.mp4");
    crate::tools::make(&format!("-v error -i {} -c copy -metadata:s:v rotate=90", stored.display()), &turned);
    let bench = Bench { files: Default::default(), ..bench };
    let bench = bench
        .given(&turned)
        .input("-f lavfi -i color=c=blue:s=300x300:d=1 -frames:v 1", "p.png")
        .input("-f lavfi -i sine=f=880:r=44100:d=2", "s.mp3");
    let mut request = request(Format::Mp4, 3, &[]);
    request.inputs[1].options.push(Flag::new("-t", "2"));
    let made = bench.run(&request, "out.mp4");
    // Upright: 90 wide, 160 high.
    assert_eq!((made.metadata.width, made.metadata.height), (Some(90), Some(160)));
    assert!((made.metadata.duration_seconds - 5.0).abs() < 0.25, "{}", made.metadata.duration_seconds);
    assert!(near(bench.colour("out.mp4", 0.5, ""), RED));
    assert!(near(bench.colour("out.mp4", 2.0, "80:80:5:40"), BLUE));
    assert!(near(bench.colour("out.mp4", 4.0, ""), BLACK));
    assert!(bench.tone("out.mp4", 880, 3.3, 4.7) > -30.0 && bench.tone("out.mp4", 880, 1.3, 2.7) < -60.0);
}

#[test]
fn filters_presets_and_words_come_after_the_row() {
    let bench =
        Bench::new().film("red", "320x180", 25, 440, 1.0, "a.mp4").film("blue", "320x180", 25, 880, 1.0, "b.mp4");
    bench.run(&request(Format::Mp4, 2, &[("-vf", "negate,crop=160:90"), ("-af", "volume=0"), ("-t", "1.5")]), "o.mp4");
    assert!(near(bench.colour("o.mp4", 0.5, ""), (0, 255, 255)));
    assert!(bench.tone("o.mp4", 440, 0.1, 0.9) < -60.0);
    let mut preset = request(Format::Webm, 2, &[]);
    preset.preset = Some(Preset { quality: Quality::Low, resolution: Some(Resolution::P480) });
    let made = bench.run(&preset, "o.webm");
    assert_eq!((made.metadata.width, made.metadata.height), (Some(640), Some(360)));
    let made = bench.run(&request(Format::Gif, 2, &[]), "o.gif");
    assert!(made.metadata.duration_seconds > 1.8 && near(bench.colour("o.gif", 1.5, ""), BLUE));
    let made = bench.run(&request(Format::Mp3, 2, &[]), "o.mp3");
    assert!((made.metadata.duration_seconds - 2.0).abs() < 0.15 && bench.tone("o.mp3", 880, 1.2, 1.8) > -30.0);
    let mut cut = request(Format::Mp4, 2, &[]);
    cut.inputs[0].options = vec![Flag::new("-ss", "0.5")];
    cut.inputs[1].options = vec![Flag::bare("-an"), Flag::new("-stream_loop", "1")];
    let made = bench.run(&cut, "cut.mp4");
    assert!((made.metadata.duration_seconds - 2.5).abs() < 0.15, "{}", made.metadata.duration_seconds);
    assert!(bench.tone("cut.mp4", 880, 1.0, 2.0) < -60.0);
}
