//! Raw options, graphs over several inputs, pictures with sound.

use reelspan_media::operations::{Flag, Format};

use crate::bench::{BLUE, Bench, GREEN, RED, flags, near, request};

#[test]
fn raw_options_do_what_ffmpeg_does() {
    let bench = Bench::new().film("red", "320x180", 25, 440, 2.0, "in.mp4");
    let options =
        [("-ss", "0.5"), ("-t", "1"), ("-vf", "scale=161:91,hflip"), ("-an", ""), ("-r", "10"), ("-crf", "30")];
    let made = bench.run(&request(Format::Mp4, 1, &options), "out.mp4");
    assert_eq!((made.metadata.width, made.metadata.height, made.metadata.fps), (Some(160), Some(90), Some(10.0)));
    assert!((made.metadata.duration_seconds - 1.0).abs() < 0.11 && !made.metadata.has_audio);
    let made = bench.run(&request(Format::Mov, 1, &[("-c", "copy"), ("-map", "0:v")]), "copy.mov");
    assert_eq!((made.metadata.codec_video.as_deref(), made.metadata.has_audio), (Some("h264"), false));
    let made = bench
        .run(&request(Format::Mp4, 1, &[("-c:v", "libx265"), ("-pix_fmt", "yuv420p10le"), ("-c:a", "copy")]), "h.mp4");
    assert_eq!(made.metadata.codec_video.as_deref(), Some("hevc"));
    bench.run(
        &request(Format::Gif, 1, &[("-vf", "fps=5,scale=80:-1,split[a][b];[a]palettegen[p];[b][p]paletteuse")]),
        "o.gif",
    );
    let made = bench.run(&request(Format::Gif, 1, &[("-vf", "[in]fps=5,scale=80:-1[out]")]), "o2.gif");
    assert_eq!(made.metadata.width, Some(80));
}

#[test]
fn graphs_over_inputs_keep_the_other_streams() {
    let bench = Bench::new().film("red", "320x180", 25, 440, 1.0, "a.mp4").film("blue", "80x80", 25, 880, 1.0, "b.mp4");
    let graph = "[1:v]scale=40:40[small];[0:v][small]overlay=10:10[v]";
    let mut filters = request(Format::Mp4, 2, &[]);
    filters.filters = vec![graph.to_owned()];
    let mapped = request(Format::Mp4, 2, &[("-filter_complex", graph), ("-map", "[v]"), ("-map", "1:a")]);
    for (request, name, hertz) in [(filters, "f.mp4", 440), (mapped, "m.mp4", 880)] {
        let made = bench.run(&request, name);
        assert!(made.metadata.has_audio && (made.metadata.duration_seconds - 1.0).abs() < 0.1);
        assert!(
            near(bench.colour(name, 0.5, "30:30:15:15"), BLUE) && near(bench.colour(name, 0.5, "200:100:100:60"), RED)
        );
        assert!(bench.tone(name, hertz, 0.2, 0.8) > -30.0, "{name}");
    }
    let mut request = request(Format::Mp3, 2, &[]);
    request.filters = vec!["[0:a][1:a]amix=inputs=2:duration=first[a]".to_owned()];
    bench.run(&request, "mix.mp3");
    assert!(bench.tone("mix.mp3", 440, 0.2, 0.8) > -40.0 && bench.tone("mix.mp3", 880, 0.2, 0.8) > -40.0);
}

#[test]
fn a_picture_with_sound_is_shown_as_long_as_it_plays() {
    let bench = Bench::new()
        .input("-f lavfi -i color=c=green:s=200x100:d=1 -frames:v 1", "p.jpg")
        .input("-f lavfi -i sine=f=440:r=44100:d=2", "s.mp3");
    let mut request = request(Format::Mp4, 2, &[("-shortest", ""), ("-tune", "stillimage"), ("-c:v", "libx264")]);
    request.inputs[0].options = vec![Flag::new("-loop", "1")];
    let made = bench.run(&request, "out.mp4");
    assert!((made.metadata.duration_seconds - 2.0).abs() < 0.5, "{}", made.metadata.duration_seconds);
    assert!(near(bench.colour("out.mp4", 1.5, ""), GREEN) && bench.tone("out.mp4", 440, 0.2, 1.8) > -30.0);
    request.options = flags(&[("-t", "1"), ("-c:a", "copy")]);
    request.format = Format::Mp4;
    request.options = flags(&[("-t", "1")]);
    let made = bench.run(&request, "t.mp4");
    assert!((made.metadata.duration_seconds - 1.0).abs() < 0.1);
}

#[test]
fn a_users_own_drawtext_finds_its_font_inside_the_jail() {
    let bench = Bench::new().input("-f lavfi -i color=c=black:s=320x180:d=1", "in.mp4");
    let graph = r"drawtext=text='%{pts\:hms} it\\\\\\'s':font=Arial:fontsize=60:fontcolor=white:x=10:y=60";
    bench.run(&request(Format::Mp4, 1, &[("-vf", graph)]), "out.mp4");
    let (r, g, b) = bench.colour("out.mp4", 0.0, "");
    assert!(r > 12 && g > 12 && b > 12, "{r} {g} {b}");
}

#[test]
fn options_that_do_not_fit_the_input_say_so() {
    let bench = Bench::new().input("-f lavfi -i color=c=green:s=200x100:d=1", "silent.mp4");
    for (format, options) in [
        (Format::Mp3, &[][..]),
        (Format::Mp4, &[("-vf", "crop=9999:9999")]),
        (Format::Mp4, &[("-map", "0:a")]),
        (Format::Mp4, &[("-ss", "50")]),
        (Format::Mp4, &[("-vf", "scale=nosuch:2")]),
        (Format::Mp4, &[("-profile:v", "nosuch")]),
    ] {
        let error = bench.try_run(&request(format, 1, options), "out").unwrap_err();
        assert_eq!((error.code(), error.category()), ("option_unfit", "validation"), "{options:?}: {error}");
    }
}
