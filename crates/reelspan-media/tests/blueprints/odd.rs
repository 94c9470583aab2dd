//! Odd, damaged, endless and unwanted inputs: a finished file or a clear sentence, and nothing left of what failed.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use reelspan_testing::open_media;
use reelspan_types::{Cancel, Clock, SystemClock};
use serde_json::json;

use super::bench::{Bench, bench};

const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

/// Sources that are whole but unusual, with their size as shown and their length.
fn odd(bench: &Bench) -> Vec<(PathBuf, (u32, u32), f64)> {
    let make = |name: &str, args: &str| bench.make(name, &format!("{args} {X264}"));
    let plain = make("plain.mp4", "-f lavfi -i testsrc2=s=320x180:r=25:d=0.4");
    let turned = bench.make("turned.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", plain.display()));
    vec![
        (turned, (180, 320), 0.4),
        (
            bench.make(
                "odd.mkv",
                "-f lavfi -i testsrc2=s=160x90:r=25:d=0.4 -vf scale=161:91 -c:v ffv1 -pix_fmt yuv444p",
            ),
            (162, 92),
            0.4,
        ),
        (make("short.mp4", "-f lavfi -i testsrc2=s=320x180:r=30:d=0.1"), (320, 180), 0.1),
        (make("slow.mp4", "-f lavfi -i testsrc2=s=320x180:r=4:d=1"), (320, 180), 1.0),
        (make("oblong.mp4", "-f lavfi -i testsrc2=s=320x180:r=25:d=0.4 -vf setsar=2"), (640, 180), 0.4),
        (
            make(
                "varied.mp4",
                "-f lavfi -i testsrc2=s=320x180:r=30:d=0.6 -vf select='not(mod(n,5)*lt(n,9))' -fps_mode vfr",
            ),
            (320, 180),
            0.6,
        ),
        (
            make(
                "late.mkv",
                "-f lavfi -i sine=d=0.2 -itsoffset 0.3 -f lavfi -i testsrc2=s=320x180:r=25:d=0.5 -map 0 -map 1 -c:a pcm_s16le",
            ),
            (320, 180),
            0.8,
        ),
        (make("tiny.mp4", "-f lavfi -i color=red:s=16x16:r=25:d=0.2"), (16, 16), 0.2),
        (make("strip.mp4", "-f lavfi -i testsrc2=s=1600x32:r=25:d=0.2"), (1600, 32), 0.2),
        (bench.make("loop.gif", "-f lavfi -i testsrc2=s=64x48:r=10:d=0.5"), (64, 48), 0.5),
    ]
}

#[test]
fn odd_sources_keep_their_shape_and_length() {
    let bench = bench();
    let logo = bench.make("logo.png", "-f lavfi -i color=red:s=30x10 -frames:v 1");
    for (source, size, seconds) in odd(&bench) {
        let name = source.file_name().unwrap().to_str().unwrap();
        let made = bench.one("watermark", &[("video_url", &source), ("logo_url", &logo)], json!({}));
        assert_eq!((made.facts.width, made.facts.height), size, "{name}");
        assert!((made.facts.seconds - seconds).abs() < 0.07, "{name} lasts {}", made.facts.seconds);
    }
}

#[test]
fn every_blueprint_takes_odd_sources() {
    let mut bench = bench();
    bench.subtitles = Some("1\n00:00:00,000 --> 00:00:09,000\nwords\n".into());
    for (index, (source, _, _)) in odd(&bench).into_iter().enumerate() {
        let files: &[(&'static str, &Path)] = &[("video_url", &source)];
        // Each source goes through some of them, all of them see some.
        let runs = [
            ("caption-video", json!({"style": "center-pop"})),
            ("viral-short", json!({"hook_text": "hook", "style": "lower-left"})),
            ("resize-format", json!({"format": "16x9"})),
            ("zoom-in", json!({})),
            ("camera-glide", json!({})),
            ("boomerang", json!({})),
            ("speed-changer", json!({"speed": 4})),
            ("video-to-gif", json!({"caption": "text"})),
            ("hook-variants", json!({"hook1": "a", "ratio": "original"})),
        ];
        for (slug, more) in runs.into_iter().skip(index % 3).step_by(3) {
            let made = bench.run(slug, files, more);
            assert!(made[0].facts.frames >= 1, "{slug} of {}", source.display());
        }
    }
}

#[track_caller]
fn refused(bench: &Bench, slug: &str, files: &[(&'static str, &Path)], code: &str, because: &str) {
    let more = if slug == "viral-short" { json!({"hook_text": "x"}) } else { json!({}) };
    let error = bench.try_run(slug, files, more, &Cancel::new()).unwrap_err();
    let told = error.to_string();
    assert_eq!(error.code(), code, "{told}");
    assert!(told.contains(because) && !told.contains("secret"), "{told}");
    assert_eq!(bench.left(), Vec::<PathBuf>::new());
}

#[test]
fn what_does_not_fit_is_refused_by_its_field() {
    let bench = bench();
    let video = bench.video("secret.mp4", "160x90");
    let sound = bench.make("secret.mp3", "-f lavfi -i sine=d=1");
    let picture = bench.make("secret.png", "-f lavfi -i testsrc2=s=64x64 -frames:v 1");
    let write = |name: &str, bytes: &[u8]| {
        let path = bench.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (empty, text) = (write("secret0", b""), write("secret1.mp4", b"#EXTM3U\nfile:///etc/passwd\n"));
    let whole = std::fs::read(&video).unwrap();
    let cut = write("secret2.mp4", &whole[..whole.len() / 2]);
    refused(&bench, "zoom-in", &[("video_url", &sound)], "unfit_input", "`video_url` has sound but no moving picture");
    refused(&bench, "boomerang", &[("video_url", &picture)], "unfit_input", "does not move");
    refused(&bench, "zoom-out", &[("video_url", &empty)], "unfit_input", "empty");
    refused(&bench, "zoom-out", &[("video_url", &text)], "unfit_input", "`video_url` is no picture, video or sound");
    refused(&bench, "video-to-gif", &[("video_url", &cut)], "unfit_input", "`video_url`");
    refused(
        &bench,
        "watermark",
        &[("video_url", &video), ("logo_url", &sound)],
        "unfit_input",
        "`logo_url` has no picture",
    );
    refused(
        &bench,
        "viral-short",
        &[("video_url", &video), ("music_url", &picture)],
        "unfit_input",
        "`music_url` has no sound",
    );
    refused(
        &bench,
        "product-slideshow",
        &[("photo1_url", &picture), ("photo2_url", &text)],
        "unfit_input",
        "`photo2_url`",
    );
}

#[test]
fn limits_are_kept() {
    let mut bench = bench();
    let video = bench.video("v.mp4", "640x360");
    bench.limits.max_seconds = 1.0;
    refused(&bench, "listing-kit", &[("video_url", &video)], "too_long", "`video_url` lasts 2 s");
    bench.limits.max_seconds = 100.0;
    bench.limits.max_bytes = 40_000;
    for slug in ["listing-kit", "boomerang", "video-to-gif"] {
        refused(&bench, slug, &[("video_url", &video)], "output_too_large", "40000 bytes");
    }
}

#[test]
fn a_cancel_ends_it_at_once_and_leaves_nothing() {
    let bench = bench();
    let video = bench.make("v.mp4", &format!("-f lavfi -i testsrc2=s=1280x720:r=30:d=12 {X264}"));
    for slug in ["listing-kit", "boomerang", "zoom-in", "video-to-gif"] {
        let cancel = Cancel::new();
        let clock = SystemClock::new();
        let (ended, asked) = thread::scope(|scope| {
            let other = scope.spawn(|| {
                thread::sleep(Duration::from_millis(1200));
                cancel.cancel();
                clock.steady()
            });
            let ended = bench.try_run(slug, &[("video_url", &video)], json!({}), &cancel);
            (ended, other.join().unwrap())
        });
        let went_on = clock.steady().saturating_sub(asked);
        assert_eq!(ended.unwrap_err().code(), "cancelled", "{slug}");
        assert!(went_on < Duration::from_millis(900), "{slug} went on for {went_on:?}");
        assert_eq!(bench.left(), Vec::<PathBuf>::new());
    }
}

#[test]
fn damaged_and_hostile_files_of_the_open_set_end_in_a_file_or_a_sentence() {
    let bench = bench();
    for name in [
        "hostile/corkami_mp4.mp4",
        "hostile/gpac_fuzz_france.mp4",
        "hostile/mp4parse_h264_white_frame_sar_16_9.mp4",
        "hostile/ebml_really_invalid_EBML_ElementDataSize_in_EBMLHeader.mkv",
        "odd/exo_bear-vp9-odd-dimensions.webm",
        "odd/ae_SAR-2by3.mp4",
        "odd/ii_newtonscradle.gif",
        "odd/ae_test_yuv422p.mp4",
        "odd/mux_sintel_captions.ts",
        "odd/ft_fixture-null.webm",
        "people/asl_walk.mkv",
    ] {
        let Some(file) = open_media(name) else { return };
        match bench.try_run("video-to-gif", &[("video_url", &file)], json!({}), &Cancel::new()) {
            Ok(made) => assert!(made[0].facts.frames > 0),
            Err(error) => assert!(["unfit_input", "unsound", "tool_failed"].contains(&error.code()), "{name}: {error}"),
        }
    }
}
