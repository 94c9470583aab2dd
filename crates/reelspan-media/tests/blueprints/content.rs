//! What each blueprint makes of small sources whose content is known.

use std::path::Path;

use reelspan_media::blueprints::Made;
use serde_json::json;

use super::bench::{Frame, bench};

#[track_caller]
fn is(made: &Made, size: (u32, u32), seconds: f64, sound: bool) {
    let facts = &made.facts;
    assert_eq!((facts.width, facts.height, facts.sound), (size.0, size.1, sound));
    assert!((facts.seconds - seconds).abs() < 0.1, "it lasts {} s", facts.seconds);
    assert_eq!(made.path.metadata().unwrap().len(), facts.bytes);
}

fn red([r, g, b]: [u8; 3]) -> bool {
    r > 150 && g < 110 && b < 110
}

fn white([r, g, b]: [u8; 3]) -> bool {
    r > 200 && g > 200 && b > 200
}

/// Gray with a red square of 64 in the middle.
const SQUARE: &str = "-f lavfi -i color=gray:s=640x360:r=25:d=2,drawbox=x=288:y=148:w=64:h=64:c=red:t=fill -c:v libx264 -preset ultrafast -pix_fmt yuv420p";

fn across(frame: &Frame) -> usize {
    let (left, top, right, bottom) = frame.bounds(red).unwrap();
    assert!((left + right).abs_diff(639) <= 3 && (top + bottom).abs_diff(359) <= 3, "it stays in the middle");
    right - left + 1
}

#[test]
fn the_camera_comes_nearer_and_draws_back_without_leaving_the_middle() {
    let bench = bench();
    let square = bench.make("square.mp4", SQUARE);
    for (slug, first, last) in [("zoom-in", 64, 86), ("zoom-out", 86, 64)] {
        let made = bench.one(slug, &[("video_url", &square)], json!({}));
        is(&made, (640, 360), 2.0, false);
        let frames = bench.frames(&made.path, (640, 360));
        assert_eq!(frames.len(), 50);
        assert!(across(&frames[0]).abs_diff(first) <= 2 && across(&frames[49]).abs_diff(last) <= 2);
        let sizes: Vec<usize> = frames.iter().step_by(5).map(across).collect();
        assert!(sizes.is_sorted() || sizes.iter().rev().is_sorted(), "{sizes:?}");
    }
}

#[test]
fn a_glide_to_the_right_moves_everything_to_the_left() {
    let bench = bench();
    let square = bench.make("square.mp4", SQUARE);
    for (direction, sign) in [("right", 1), ("left", -1)] {
        let made = bench.one("camera-glide", &[("video_url", &square)], json!({"direction": direction}));
        let frames = bench.frames(&made.path, (640, 360));
        let middle = |frame: &Frame| frame.bounds(red).map(|(left, _, right, _)| (left + right) as i64 / 2).unwrap();
        let moved = (middle(&frames[0]) - middle(&frames[49])) * sign;
        assert!((90..170).contains(&moved), "{direction}: {moved}");
    }
}

#[test]
fn a_boomerang_comes_back_the_same_way() {
    let bench = bench();
    let video = bench.video("v.mp4", "320x180");
    let made = bench.one("boomerang", &[("video_url", &video)], json!({}));
    is(&made, (320, 180), 3.96, false);
    let frames = bench.frames(&made.path, (80, 45));
    assert_eq!(frames.len(), 99);
    for i in 0..49 {
        assert!(frames[i].differs(&frames[98 - i]) < 4.0, "frame {i}");
    }
    assert!(frames[0].differs(&frames[49]) > 8.0, "the test picture moves");
    assert_eq!(made.note, None);
}

#[test]
fn a_long_boomerang_uses_the_beginning_and_says_so() {
    let bench = bench();
    let long = bench
        .make("long.mp4", "-f lavfi -i testsrc2=s=64x64:r=10:d=20 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
    let made = bench.one("boomerang", &[("video_url", &long)], json!({}));
    is(&made, (64, 64), 19.97, false);
    assert!(made.note.unwrap().contains("first 10 seconds"));
}

#[test]
fn speed_changes_length_and_not_pitch() {
    let bench = bench();
    let video = bench.video("v.mp4", "320x180");
    for speed in [0.5, 1.5, 2.0, 4.0] {
        let made = bench.one("speed-changer", &[("video_url", &video)], json!({"speed": speed}));
        is(&made, (320, 180), 2.0 / speed, true);
        let samples = bench.samples(&made.path);
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let crossings = middle.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        let pitch = crossings as f64 / (middle.len() as f64 / 48_000.0);
        assert!((pitch - 440.0).abs() < 12.0, "at {speed} the tone has {pitch:.0} Hz");
    }
}

/// A white circle in the middle of blue, as high as the picture.
const CIRCLE: &str = "-f lavfi -i color=0x2040a0:s=640x360:r=25:d=0.2,format=rgb24,geq=r='if(lt(hypot(X-320,Y-180),120),255,32)':g='if(lt(hypot(X-320,Y-180),120),255,64)':b='if(lt(hypot(X-320,Y-180),120),255,160)' -c:v libx264 -preset ultrafast -pix_fmt yuv420p";

#[test]
fn another_shape_stretches_nothing() {
    let bench = bench();
    let circle = bench.make("circle.mp4", CIRCLE);
    for (format, size) in [("9x16", (1080, 1920)), ("1x1", (1080, 1080)), ("4x5", (1080, 1350)), ("16x9", (1920, 1080))]
    {
        for fit in ["pad", "crop"] {
            let made = bench.one("resize-format", &[("video_url", &circle)], json!({"format": format, "fit": fit}));
            is(&made, size, 0.2, false);
            let small = (size.0 as usize / 4, size.1 as usize / 4);
            let frames = bench.frames(&made.path, small);
            let (left, top, right, bottom) = frames[3].bounds(white).unwrap();
            let (wide, high) = (right - left + 1, bottom - top + 1);
            // Cut to fill, a circle may be higher than what is left of it is wide.
            let whole = wide < small.0 - 2;
            assert!(!whole || wide.abs_diff(high) <= 3, "{format} {fit}: {wide}x{high}");
            if fit == "pad" {
                let wanted = small.0.min(small.1 * 16 / 9) * 240 / 640;
                assert!(wide.abs_diff(wanted) <= 3, "{format}: all of the picture is seen, {wide} and not {wanted}");
            }
        }
    }
}

#[test]
fn a_kit_has_four_shapes_of_the_same_length() {
    let bench = bench();
    let video = bench.video("v.mp4", "320x180");
    let made = bench.run("listing-kit", &[("video_url", &video)], json!({}));
    let labels: Vec<_> = made.iter().map(|one| one.label).collect();
    assert_eq!(labels, ["9x16", "1x1", "4x5", "16x9"]);
    for (one, size) in made.iter().zip([(1080, 1920), (1080, 1080), (1080, 1350), (1920, 1080)]) {
        is(one, size, 2.0, true);
    }
}

fn logo(bench: &super::bench::Bench, size: &str) -> std::path::PathBuf {
    bench.make("logo.png", &format!("-f lavfi -i color=red:s={size},format=rgba -frames:v 1"))
}

#[test]
fn a_mark_stands_in_its_corner_and_never_outgrows_the_video() {
    let bench = bench();
    let video = bench.make(
        "black.mp4",
        "-f lavfi -i color=black:s=640x360:r=25:d=0.4 -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
    );
    let mark = logo(&bench, "200x100");
    for (position, left, top) in [
        ("top-left", true, true),
        ("top-right", false, true),
        ("bottom-left", true, false),
        ("bottom-right", false, false),
    ] {
        let made = bench.one("watermark", &[("video_url", &video), ("logo_url", &mark)], json!({"position": position}));
        is(&made, (640, 360), 0.4, false);
        let (l, t, r, b) = bench.frames(&made.path, (640, 360))[5].bounds(red).unwrap();
        assert!((r - l + 1).abs_diff(90) <= 3 && (b - t + 1).abs_diff(45) <= 3, "{position}: {l} {t} {r} {b}");
        assert!(
            if left { l < 20 } else { r > 620 } && if top { t < 20 } else { b > 340 },
            "{position}: {l} {t} {r} {b}"
        );
    }
    let huge = logo(&bench, "40x4000");
    let made = bench.one(
        "watermark",
        &[("video_url", &video), ("logo_url", &huge)],
        json!({"size": "large", "position": "center"}),
    );
    let (l, t, r, b) = bench.frames(&made.path, (640, 360))[5].bounds(red).unwrap_or((320, 180, 320, 180));
    assert!(r - l < 20 && b - t < 130, "{l} {t} {r} {b}");
}

#[test]
fn what_is_see_through_stays_so() {
    let bench = bench();
    let video = bench.make(
        "green.mp4",
        "-f lavfi -i color=green:s=640x360:r=25:d=0.2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
    );
    let ring = bench.make(
        "ring.png",
        "-f lavfi -i color=red:s=100x100,format=rgba,geq=r=255:g=0:b=0:a='255*gt(max(abs(X-50),abs(Y-50)),30)' -frames:v 1",
    );
    let made = bench.one(
        "watermark",
        &[("video_url", &video), ("logo_url", &ring)],
        json!({"size": "large", "position": "center"}),
    );
    let frame = &bench.frames(&made.path, (640, 360))[2];
    assert!(frame.bounds(red).is_some());
    let [r, g, b] = frame.at(320, 180);
    assert!(r < 40 && g > 90 && b < 40, "the middle is green: {r} {g} {b}");
}

#[test]
fn a_gif_is_as_long_and_as_wide_as_asked() {
    let bench = bench();
    let video =
        bench.make("v.mp4", "-f lavfi -i testsrc2=s=640x360:r=30:d=7 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
    let made = bench.one("video-to-gif", &[("video_url", &video)], json!({"size": "480"}));
    assert_eq!(made.mime, "image/gif");
    is(&made, (480, 270), 5.0, false);
    let bytes = std::fs::read(&made.path).unwrap();
    assert!(bytes.starts_with(b"GIF89a") && bytes.windows(11).any(|part| part == b"NETSCAPE2.0"), "it loops");
    let black = bench
        .make("k.mp4", "-f lavfi -i color=black:s=320x180:r=25:d=0.3 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
    for (position, rows) in [("top", 0..120), ("bottom", 150..270), ("center", 80..190)] {
        let more = json!({"caption": "hi {there}\\N", "caption_position": position});
        let made = bench.one("video-to-gif", &[("video_url", &black)], more);
        let (_, top, _, bottom) = bench.frames(&made.path, (480, 270))[0].bounds(white).unwrap();
        assert!(rows.contains(&top) && rows.contains(&bottom), "{position}: {top} to {bottom}");
    }
}

#[test]
fn a_short_is_upright_and_its_hook_stands_where_it_should() {
    let bench = bench();
    let video = bench.make(
        "k.mp4",
        "-f lavfi -i color=black:s=640x360:r=25:d=0.2 -f lavfi -i sine=f=440:d=0.2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac",
    );
    let long = "word ".repeat(40);
    for (style, rows) in
        [("top-hook", 40..200), ("center-statement", 60..360), ("bottom-caption", 270..400), ("lower-left", 200..400)]
    {
        for text in ["Wait for it", "漢字かな交じり文のとても長い見出しがここに入ります", "مرحبا بالعالم", long.trim()]
        {
            let made = bench.one("viral-short", &[("video_url", &video)], json!({"style": style, "hook_text": text}));
            is(&made, (1080, 1920), 0.2, true);
            let frame = &bench.frames(&made.path, (270, 480))[3];
            let (left, top, right, bottom) = frame.bounds(white).unwrap();
            assert!(left >= 16 && right <= 240, "{style} {text}: {left} to {right}");
            let slack = if text.len() > 100 { 40 } else { 0 };
            assert!(top + slack >= rows.start && bottom <= rows.end + slack / 8, "{style} {text}: {top} to {bottom}");
        }
    }
}

/// The strength of a tone in sound.
fn tone(samples: &[f32], hertz: f64) -> f64 {
    let step = std::f64::consts::TAU * hertz / 48_000.0;
    let (mut re, mut im) = (0.0, 0.0);
    for (i, sample) in samples.iter().enumerate() {
        re += f64::from(*sample) * (step * i as f64).cos();
        im += f64::from(*sample) * (step * i as f64).sin();
    }
    2.0 * re.hypot(im) / samples.len() as f64
}

#[test]
fn music_loops_under_the_video_and_the_own_sound_steps_back() {
    let bench = bench();
    let video = bench.make(
        "v.mp4",
        "-f lavfi -i color=gray:s=160x90:r=25:d=5 -f lavfi -i sine=f=440:d=5 -af volume=12dB -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac",
    );
    let song = bench.make("song.mp3", "-f lavfi -i sine=f=1000:d=1.5");
    let files: &[(&'static str, &Path)] = &[("video_url", &video), ("music_url", &song)];
    let made = bench.one("viral-short", files, json!({"hook_text": "x"}));
    is(&made, (1080, 1920), 5.0, true);
    let samples = bench.samples(&made.path);
    let late = &samples[48_000 * 2..48_000 * 3];
    let (music, own) = (tone(late, 1000.0), tone(late, 440.0));
    assert!(music > own * 1.6 && own > 0.005, "music {music:.3}, own {own:.3}");
    let end = &samples[samples.len() - 4800..];
    assert!(tone(end, 1000.0) < music / 4.0, "the music goes at the end");
}

#[test]
fn every_hook_has_its_file() {
    let bench = bench();
    let video = bench.video("v.mp4", "322x182");
    let more = json!({"hook1": "One", "hook3": "Three", "ratio": "original"});
    let made = bench.run("hook-variants", &[("video_url", &video)], more);
    assert_eq!(made.iter().map(|one| one.label).collect::<Vec<_>>(), ["hook1", "hook3"]);
    is(&made[0], (636, 360), 2.0, true);
    let first = bench.frames(&made[0].path, (318, 180));
    let third = bench.frames(&made[1].path, (318, 180));
    assert!(first[20].differs(&third[20]) > 0.2, "they say different things");
}

#[test]
fn slides_show_every_photo_in_turn_with_the_music() {
    let bench = bench();
    let photo = |name: &str, colour: &str, size: &str| {
        bench.make(name, &format!("-f lavfi -i color={colour}:s={size} -frames:v 1"))
    };
    let photos =
        [photo("a.jpg", "red", "900x1600"), photo("b.png", "lime", "3001x401"), photo("c.webp", "blue", "20x20")];
    let song = bench.make("song.ogg", "-f lavfi -i sine=f=500:d=20 -c:a libvorbis");
    let files: &[(&'static str, &Path)] =
        &[("photo1_url", &photos[0]), ("photo2_url", &photos[1]), ("photo4_url", &photos[2]), ("music_url", &song)];
    let made = bench.one("product-slideshow", files, json!({"aspect": "1x1"}));
    is(&made, (1080, 1080), 9.0, true);
    let frames = bench.frames(&made.path, (54, 54));
    let strongest = |frame: &Frame| {
        let colour = frame.at(27, 27);
        (0..3).max_by_key(|i| colour[*i]).unwrap()
    };
    assert_eq!([10, 40, 150, 250].map(|at| strongest(&frames[at])), [0, 0, 1, 2]);
    let mixed = frames[93].at(27, 27);
    assert!(mixed[0] > 50 && mixed[1] > 50, "one photo flows into the next: {mixed:?}");
    assert!(tone(&bench.samples(&made.path)[48_000..96_000], 500.0) > 0.05);
}

#[test]
fn a_card_is_a_video_or_a_picture_that_shows_its_words() {
    let bench = bench();
    let face = bench.make("face.jpg", "-f lavfi -i color=red:s=300x200 -frames:v 1");
    let full = "W".repeat(280);
    for (quote, name) in
        [("Short.", Some("Jane")), (full.as_str(), None), ("漢字".repeat(140).as_str(), Some("😀 مرحبا"))]
    {
        let more = json!({"quote": quote, "name": name, "handle": "jane", "output": "image"});
        let made = bench.one("quote-card", &[("photo_url", &face)], more);
        assert_eq!((made.mime, made.facts.width, made.facts.height), ("image/png", 1080, 1350));
        let frame = &bench.frames(&made.path, (540, 675))[0];
        let (left, top, right, bottom) = frame.bounds(white).unwrap();
        assert!(left >= 48 && right <= 492 && top >= 40 && bottom <= 635, "{left} {top} {right} {bottom}");
        let (l, t, r, b) = frame.bounds(red).unwrap();
        assert!((r - l + 1).abs_diff(75) <= 2 && (b - t + 1).abs_diff(75) <= 2, "the face is round");
        assert!(!red(frame.at(l, t)) && red(frame.at((l + r) / 2, (t + b) / 2)), "its corners are cut");
    }
    let made = bench.one("quote-card", &[], json!({"quote": "Short."}));
    is(&made, (1080, 1350), 5.0, false);
    let frames = bench.frames(&made.path, (270, 338));
    assert!(frames[0].bounds(white).is_none() && frames[90].bounds(white).is_some(), "the words come in");
}

#[test]
fn captions_come_and_go_with_their_cues() {
    let mut bench = bench();
    let video = bench.video("v.mp4", "640x360");
    let black = bench.make(
        "k.mp4",
        "-f lavfi -i color=black:s=640x360:r=25:d=4 -f lavfi -i sine=d=4 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac",
    );
    bench.subtitles = Some(
        "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}Hello <b>there</b>\n\n2\n00:00:03,000 --> 00:00:59,000\nend\n".into(),
    );
    for (style, rows) in
        [("bold-bottom", 230..340), ("clean-lower", 230..340), ("top-title", 15..110), ("center-pop", 120..240)]
    {
        let made = bench.one("caption-video", &[("video_url", &black)], json!({"style": style, "language": "en"}));
        is(&made, (640, 360), 4.0, true);
        let frames = bench.frames(&made.path, (640, 360));
        let bright = |[r, g, _]: [u8; 3]| r > 180 && g > 180;
        let (_, top, _, bottom) = frames[38].bounds(bright).unwrap();
        assert!(rows.contains(&top) && rows.contains(&bottom), "{style}: {top} to {bottom}");
        assert!(frames[15].bounds(bright).is_none() && frames[60].bounds(bright).is_none());
        assert!(frames[90].bounds(bright).is_some());
    }
    for (text, code) in [(None, "unfit_input"), (Some(""), "bad_subtitles"), (Some("no cues"), "bad_subtitles")] {
        bench.subtitles = text.map(str::to_owned);
        let cancel = reelspan_types::Cancel::new();
        let error = bench.try_run("caption-video", &[("video_url", &video)], json!({}), &cancel).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}
