//! Every format from a film, and presets that make sizes that can be relied on.

use reelspan_media::operations::{ContentType, Format, HEAD, Preset, Quality, Resolution, sniff};

use crate::bench::{BLUE, Bench, RED, near, request};

#[test]
fn every_format_comes_out_of_a_film_as_what_it_says() {
    let bench = Bench::new().film("red", "320x180", 25, 440, 1.5, "in.mp4");
    for format in Format::ALL {
        let name = format!("out.{}", format.extension());
        let made = bench.run(&request(format, 1, &[]), &name);
        let sound = format.mime().starts_with("audio/");
        let picture = format.mime().starts_with("image/");
        assert_eq!((made.metadata.has_video, made.metadata.has_audio), (!sound, !picture), "{format:?}");
        assert_eq!(made.metadata.format, format.name());
        let bytes = std::fs::read(bench.path(&name)).unwrap();
        let kind = sniff(&bytes[..bytes.len().min(HEAD)]).unwrap();
        assert!(ContentType::parse(format.mime()).unwrap().takes(kind), "{format:?} is {kind:?}");
        if !sound {
            assert!(near(bench.colour(&name, 0.0, ""), RED), "{format:?}");
        }
        if !picture {
            assert!(
                (made.metadata.duration_seconds - 1.5).abs() < 0.15,
                "{format:?} {}",
                made.metadata.duration_seconds
            );
            assert!(bench.tone(&name, 440, 0.3, 1.2) > -30.0, "{format:?}");
        }
        if !sound && !picture {
            assert_eq!((made.metadata.width, made.metadata.height), (Some(320), Some(180)));
        }
    }
}

#[test]
fn webm_is_vp9_and_opus_and_mp4_starts_with_its_index() {
    let bench = Bench::new().film("blue", "160x90", 25, 440, 0.6, "in.mp4");
    let made = bench.run(&request(Format::Webm, 1, &[]), "a.webm");
    assert_eq!(
        (made.metadata.codec_video.as_deref(), made.metadata.codec_audio.as_deref()),
        (Some("vp9"), Some("opus"))
    );
    bench.run(&request(Format::Mp4, 1, &[]), "a.mp4");
    let bytes = std::fs::read(bench.path("a.mp4")).unwrap();
    let at = |kind: &[u8]| bytes.windows(4).position(|four| four == kind).unwrap();
    assert!(at(b"moov") < at(b"mdat"));
}

#[test]
fn a_preset_fits_standing_and_lying_pictures_and_enlarges_at_most_twice() {
    for (size, resolution, expected) in [
        ("1280x720", Resolution::P480, (854, 480)),
        ("720x1280", Resolution::P480, (480, 854)),
        ("640x360", Resolution::P720, (1280, 720)),
        ("1920x800", Resolution::P720, (1280, 534)),
        ("600x600", Resolution::P480, (480, 480)),
        ("321x181", Resolution::P1080, (644, 364)),
    ] {
        let bench = Bench::new().input(
            &format!(
                "-f lavfi -i color=c=blue:s=2000x2000:d=0.2,format=gbrp,crop={}:exact=1 -c:v ffv1",
                size.replace('x', ":")
            ),
            "in.mkv",
        );
        let mut request = request(Format::Mp4, 1, &[]);
        request.preset = Some(Preset { quality: Quality::Low, resolution: Some(resolution) });
        let made = bench.run(&request, "out.mp4");
        assert_eq!((made.metadata.width.unwrap(), made.metadata.height.unwrap()), expected, "{size}");
        assert_eq!(made.notes.len(), usize::from(size == "321x181"));
        assert!(near(bench.colour("out.mp4", 0.0, ""), BLUE));
    }
}

#[test]
fn quality_counts() {
    let bench = Bench::new().input("-f lavfi -i testsrc2=s=320x180:d=1,noise=alls=20:allf=t", "in.mp4");
    let size = |quality| {
        let mut request = request(Format::Mp4, 1, &[]);
        request.preset = Some(Preset { quality, resolution: None });
        bench.run(&request, "out.mp4").metadata.size_bytes
    };
    let (high, medium, low) = (size(Quality::High), size(Quality::Medium), size(Quality::Low));
    assert!(high > medium && medium > low, "{high} {medium} {low}");
}

#[test]
fn a_still_becomes_a_film_and_a_moving_gif_a_moving_webp() {
    let bench =
        Bench::new().input("-f lavfi -i color=c=red:s=200x100:d=1,format=rgb24,crop=101:57 -frames:v 1", "in.png");
    let made = bench.run(&request(Format::Mp4, 1, &[]), "out.mp4");
    assert_eq!((made.metadata.width, made.metadata.height), (Some(102), Some(58)));
    assert!((made.metadata.duration_seconds - 5.0).abs() < 0.1);
    let bench = Bench::new().input("-f lavfi -i testsrc=s=64x48:d=1:r=5", "in.gif");
    let made = bench.run(&request(Format::Webp, 1, &[]), "out.webp");
    assert_eq!((made.metadata.width, made.metadata.height, made.metadata.has_video), (Some(64), Some(48), true));
    let bytes = std::fs::read(bench.path("out.webp")).unwrap();
    assert!(bytes.windows(4).filter(|four| four == b"ANMF").count() >= 4);
}
