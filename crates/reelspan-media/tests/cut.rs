//! Real cuts of small sources: the right frames at the right times, sound in step, certificates that hold and that fail.

#![expect(clippy::unwrap_used, reason = "what the tests share is outside of test functions")]

#[path = "cut/bench.rs"]
mod bench;
#[path = "support/tools.rs"]
mod support;

use std::path::Path;

use bench::{Bench, bench, rate_of, shown, spans};
use reelspan_media::cut::{CutError, Finished, How, Mode, Verdict, verify};
use reelspan_media::probe::probe;
use reelspan_media::tool::ToolError;
use reelspan_testing::{open_media, probe_json};
use reelspan_types::{Cancel, Span};

const H264: &str = "-c:v libx264 -preset veryfast -g 50 -bf 3 -c:a aac";

/// Frames, their times and the beeps of a finished file are those of the source's spans.
#[track_caller]
fn exact(bench: &Bench, input: &Path, finished: &Finished, keeps: &[Span]) {
    assert_eq!(finished.certificate.verdict, Verdict::Holds);
    let (numbers, times) = (bench.numbers(&finished.file), bench.times(&finished.file));
    let (source, shows) = (bench.times(input), bench.numbers(input));
    assert_eq!(numbers, shown(keeps, &source, &shows), "{:?}", finished.how);
    assert_eq!(finished.frames, numbers.len() as u64);
    let (pieces, mut at) = (&finished.certificate.pieces, 0);
    // Opus in Matroska begins a few milliseconds before the start, from where ffmpeg then counts.
    let ahead = if finished.certificate.file.container == "matroska" { 0.007 } else { 0.0 };
    for piece in pieces {
        for time in &times[at..at + piece.frames as usize] {
            let place = shows.iter().position(|number| *number == numbers[at]).unwrap();
            let planned = piece.at + (source[place] - piece.made.start).max(0.0) + ahead;
            assert!((time - planned).abs() < 0.0021, "frame {at} is shown at {time:.4} and not at {planned:.4}");
            at += 1;
        }
    }
    let (heard, found) = (bench.beeps(input), bench.beeps(&finished.file));
    let mut looked_for = 0;
    for piece in pieces {
        // One that begins right at a cut is faded.
        let whole = |beep: &&f64| (piece.made.start + 0.012..piece.made.end - 0.012).contains(*beep);
        for beep in heard.iter().filter(whole) {
            let planned = piece.at + beep - piece.made.start + ahead;
            let near = found.iter().map(|one| (one - planned).abs()).fold(f64::INFINITY, f64::min);
            assert!(near < 0.003, "the beep at {planned:.4} is {near:.4} s away; found {found:.4?}");
            looked_for += 1;
        }
    }
    assert!(looked_for > 0, "no beep was looked for");
}

#[track_caller]
fn copied(finished: &Finished) {
    assert_eq!(finished.how, How::Copied, "{:?}", finished.certificate);
    assert!(finished.copied > 0 && finished.copied > finished.encoded / 2, "{finished:?}");
    let picture = finished.certificate.picture.as_ref().unwrap();
    assert_eq!(picture.copied_equal, finished.copied);
    assert_eq!(picture.decoded.equal, picture.decoded.compared);
    assert!(picture.decoded.clean);
}

/// Cuts a made source in a few places and looks at everything.
#[track_caller]
fn check(source: &str, rate: &str, how: &str, output: &str) -> Finished {
    let bench = bench();
    let input = bench.source(source, rate, (rate_of(rate) * 9.0) as u32, how);
    let keeps = spans(&[(1.3, 4.7), (5.52, 7.2)]);
    let finished = bench.cut(&input, output, &keeps).unwrap();
    exact(&bench, &input, &finished, &keeps);
    assert_eq!(
        verify(&bench.tools, &finished.file, &finished.certificate, &Cancel::new()).unwrap(),
        Vec::<String>::new()
    );
    finished
}

#[test]
fn h264_is_copied_whatever_holds_it() {
    copied(&check("a.mp4", "25", H264, "out.mp4"));
    copied(&check("a.mkv", "30000/1001", H264, "out.mp4"));
    copied(&check("a.ts", "25", H264, "out.mp4"));
    copied(&check("a.mov", "60", H264, "out.mov"));
    copied(&check("a.mp4", "25", H264, "out.mkv"));
}

#[test]
fn h264_of_other_profiles_is_continued_in_kind() {
    for (pixels, more) in [("yuv420p10le", ""), ("yuv422p", ""), ("yuv420p", "-profile:v baseline")] {
        let how = format!("-c:v libx264 -preset veryfast -pix_fmt {pixels} {more} -g 40 -c:a aac");
        let finished = check("a.mp4", "25", &how, "out.mp4");
        copied(&finished);
    }
}

#[test]
fn open_groups_of_h264_are_entered_at_idr_frames_only() {
    let how = "-c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=30:bframes=3 -c:a aac";
    // There is one IDR frame at the start, so nothing after it can be entered.
    let finished = check("a.mp4", "25", how, "out.mp4");
    assert!(matches!(&finished.how, How::Encoded(why) if why.contains("group of frames")), "{:?}", finished.how);
    let bench = bench();
    let input = bench.source("b.mp4", "25", 250, how);
    let keeps = spans(&[(0.0, 8.03)]);
    let finished = bench.cut(&input, "from-the-start.mp4", &keeps).unwrap();
    copied(&finished);
    exact(&bench, &input, &finished, &keeps);
}

#[test]
fn hevc_is_copied_with_closed_and_with_open_groups() {
    for params in ["open-gop=0", "open-gop=1", "open-gop=1:radl=0:b-pyramid=1:bframes=6"] {
        let how = format!(
            "-c:v libx265 -preset ultrafast -x265-params {params}:bframes=4:keyint=40:log-level=none -tag:v hvc1 -c:a aac"
        );
        let finished = check("a.mp4", "30000/1001", &how, "out.mp4");
        copied(&finished);
        let relinked = finished.certificate.picture.unwrap().relinked;
        assert_eq!(relinked > 0, params.contains("open-gop=1"), "{relinked}");
    }
    let ten = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params keyint=40:log-level=none -c:a aac";
    copied(&check("a.mkv", "25", ten, "out.mkv"));
}

#[test]
fn vp9_is_copied() {
    let how = "-c:v libvpx-vp9 -g 50 -deadline realtime -cpu-used 8 -c:a libopus";
    copied(&check("a.webm", "30", how, "out.webm"));
    copied(&check("a.webm", "25", how, "out.mp4"));
}

#[test]
fn av1_is_copied() {
    let how = "-c:v libaom-av1 -usage realtime -cpu-used 8 -g 50 -c:a aac";
    copied(&check("a.mp4", "25", how, "out.mp4"));
    copied(&check("a.mkv", "25", how, "out.webm"));
}

#[test]
fn other_codecs_are_encoded_and_that_is_said() {
    let finished = check("a.avi", "25", "-c:v mpeg4 -q:v 2 -g 50 -bf 2 -c:a pcm_s16le", "out.mp4");
    assert!(matches!(&finished.how, How::Encoded(why) if why.contains("mpeg4")), "{:?}", finished.how);
    assert_eq!(finished.certificate.encoded_because.as_deref().map(|why| why.contains("mpeg4")), Some(true));
    let finished = check("a.ts", "25", "-c:v mpeg2video -q:v 2 -g 12 -bf 2 -c:a mp2", "out.mkv");
    assert!(matches!(finished.how, How::Encoded(_)));
}

#[test]
fn everything_is_encoded_where_that_is_asked_for() {
    let bench = bench();
    let input = bench.source("a.mp4", "25", 200, H264);
    let keeps = spans(&[(1.0, 2.5), (3.0, 6.0)]);
    let finished = bench.cut_as(&input, "out.mp4", &keeps, Mode::Encode, true).unwrap();
    assert_eq!((finished.how.clone(), finished.copied), (How::Encoded("it was asked for".to_owned()), 0));
    exact(&bench, &input, &finished, &keeps);
}

#[test]
fn hundreds_of_random_spans_keep_picture_and_sound_together() {
    let bench = bench();
    let input = bench.source("a.mp4", "30000/1001", 1500, "-c:v libx264 -preset veryfast -g 60 -bf 3 -c:a aac");
    let mut state = 20_u64;
    let mut random = |most: f64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) * most
    };
    let mut keeps = Vec::new();
    let mut at = random(1.0);
    while at < 47.0 {
        let most = random(1.2);
        let end = at + 0.05 + random(most);
        keeps.push(Span::new(at, end.min(50.0)));
        at = end + 0.05 + random(0.15);
    }
    assert!(keeps.len() > 90, "{}", keeps.len());
    let finished = bench.cut_as(&input, "out.mp4", &keeps, Mode::Auto, true).unwrap();
    exact(&bench, &input, &finished, &keeps);
}

#[test]
fn uneven_frames_keep_their_own_times() {
    let bench = bench();
    let uneven = "-vf setpts='if(lt(N,60),N,if(lt(N,120),2*N-60,N+60))/50/TB' -fps_mode passthrough -c:v libx264 -preset veryfast -g 25 \
                  -bf 2 -video_track_timescale 12800 -c:a aac";
    let input = bench.source("a.mp4", "50", 200, uneven);
    // From within a frame that stands for two to the end of the quick ones.
    let keeps = spans(&[(0.2, 1.0), (1.43, 4.6)]);
    let finished = bench.cut(&input, "out.mp4", &keeps).unwrap();
    exact(&bench, &input, &finished, &keeps);
}

#[test]
fn a_picture_that_begins_late_stays_late() {
    let bench = bench();
    let on_time = bench.source("a.mp4", "25", 200, H264);
    let input = bench.path("late.mkv");
    let file = on_time.display();
    support::make(&format!("-itsoffset 0.84 -i {file} -i {file} -map 0:v -map 1:a -c copy"), &input);
    let keeps = spans(&[(0.0, 3.0), (4.0, 6.0)]);
    for output in ["out.mp4", "out.mkv"] {
        let finished = bench.cut(&input, output, &keeps).unwrap();
        copied(&finished);
        let (before, after) = (bench.times(&input)[0], bench.times(&finished.file)[0]);
        assert!(before > 0.8 && (before - after).abs() < 0.009, "{before} {after}");
        exact(&bench, &input, &finished, &keeps);
    }
}

#[test]
fn a_recording_that_was_trimmed_before_shows_nothing_of_what_was_trimmed() {
    let bench = bench();
    let whole = bench.source("a.mp4", "25", 250, H264);
    let input = bench.path("trimmed.mp4");
    support::make(&format!("-ss 1.2 -i {} -c copy", whole.display()), &input);
    let keeps = spans(&[(0.0, 1.0), (1.4, 6.0)]);
    let finished = bench.cut(&input, "out.mp4", &keeps).unwrap();
    copied(&finished);
    exact(&bench, &input, &finished, &keeps);
    assert_eq!(bench.numbers(&finished.file)[0], 30);
}

#[test]
fn turned_oblong_and_coloured_pictures_stay_so() {
    let bench = bench();
    let how = "-vf setsar=4/3 -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv -c:v libx264 -preset veryfast -g 25 -c:a aac";
    let made = bench.source("a.mp4", "25", 150, how);
    let input = bench.path("turned.mp4");
    support::make(&format!("-i {} -c copy -metadata:s:v:0 rotate=90", made.display()), &input);
    for (output, copies) in [("out.mp4", true), ("out.mov", true)] {
        let finished = bench.cut(&input, output, &spans(&[(0.7, 4.9)])).unwrap();
        assert_eq!(finished.how == How::Copied, copies);
        let (before, after) = (
            probe(&bench.tools, &input).unwrap().video.unwrap(),
            probe(&bench.tools, &finished.file).unwrap().video.unwrap(),
        );
        assert_eq!(
            (before.rotation, before.display_width, before.display_height),
            (after.rotation, after.display_width, after.display_height)
        );
        assert_eq!(
            (before.color_space, before.color_primaries, before.color_transfer),
            (after.color_space, after.color_primaries, after.color_transfer)
        );
        let stream = probe_json(&finished.file)["streams"][0].clone();
        assert_eq!(stream["sample_aspect_ratio"], "4:3");
    }
    // Matroska cannot say it, so the picture itself is turned.
    let finished = bench.cut(&input, "out.mkv", &spans(&[(0.7, 4.9)])).unwrap();
    assert!(matches!(&finished.how, How::Encoded(why) if why.contains("turned")));
    let after = probe(&bench.tools, &finished.file).unwrap().video.unwrap();
    assert_eq!((after.rotation, after.width, after.height), (0, 108, 192));
}

#[test]
fn recordings_without_sound_and_with_several_sounds() {
    let bench = bench();
    let silent = bench.source("silent.mp4", "25", 150, "-an -c:v libx264 -preset veryfast -g 25");
    let finished = bench.cut(&silent, "silent-out.mp4", &spans(&[(0.5, 4.0)])).unwrap();
    copied(&finished);
    assert_eq!(probe_json(&finished.file)["streams"].as_array().unwrap().len(), 1);
    let two = bench.source("two.mkv", "25", 150, "-map 1 -c:v libx264 -preset veryfast -g 25 -c:a:0 aac -c:a:1 flac -ac:a:1 2 -ar:a:1 44100 -metadata:s:a:1 language=deu");
    for output in ["two-out.mp4", "two-out.mkv"] {
        let finished = bench.cut(&two, output, &spans(&[(0.5, 4.0)])).unwrap();
        copied(&finished);
        let streams = probe_json(&finished.file)["streams"].clone();
        assert_eq!((&streams[1]["channels"], &streams[2]["channels"]), (&1.into(), &2.into()));
        assert_eq!(streams[2]["tags"]["language"], "deu");
        assert_eq!(finished.certificate.sound.len(), 2);
    }
}

#[test]
fn sound_alone_is_cut_on_the_sample() {
    let bench = bench();
    let keeps = spans(&[(0.25, 1.25), (2.75, 4.001)]);
    for (source, how, output) in [
        ("a.wav", "-c:a pcm_s16le", "out.wav"),
        ("a.flac", "-c:a flac", "out.flac"),
        ("a.mp3", "-c:a libmp3lame -b:a 192k", "out.mp3"),
        ("a.m4a", "-c:a aac", "out.m4a"),
        ("b.wav", "-c:a pcm_s16le -ar 22050", "b.m4a"),
        ("a.opus", "-c:a libopus", "out.opus"),
        ("c.wav", "-c:a pcm_s16le -ar 44100", "c.mka"),
    ] {
        let input = bench.path(source);
        support::make(
            &format!("-f lavfi -i aevalsrc=exprs='0.7*lt(mod(t\\,0.5)\\,0.02)*sin(2*PI*1000*t)':s=48000:d=6 {how}"),
            &input,
        );
        let finished = bench.cut(&input, output, &keeps).unwrap();
        assert_eq!(finished.how, How::SoundOnly);
        assert!((finished.duration - 2.251).abs() < 1e-4, "{output} {}", finished.duration);
        let beeps = bench.beeps(&finished.file);
        for beep in [0.25, 0.75, 1.25, 1.75] {
            assert!(
                beeps.iter().any(|one| (one - beep).abs() < if output.ends_with("mka") { 0.0095 } else { 0.0025 }),
                "{output}: {beep} in {beeps:.4?}"
            );
        }
    }
}

#[test]
fn the_room_does_not_fall_silent_at_a_joint() {
    let bench = bench();
    let input = bench.path("room.wav");
    support::make(
        "-f lavfi -i aevalsrc=exprs='0.02*(random(0)-0.5)+0.5*between(mod(t\\,2)\\,0.5\\,1.2)*sin(700*t)':s=48000:d=8 -c:a pcm_s16le",
        &input,
    );
    let keeps = spans(&[(0.0, 1.9), (2.1, 3.9), (4.2, 5.8)]);
    let level = |room_tone: bool| {
        let name = format!("{room_tone}.wav");
        let info = probe(&bench.tools, &input).unwrap();
        let output = bench.path(&name);
        let order = reelspan_media::cut::Order {
            input: &input,
            info: &info,
            keeps: &keeps,
            fade: 0.05,
            room_tone,
            mode: Mode::Auto,
            output: &output,
        };
        let finished = reelspan_media::cut::cut(&bench.tools, &order, &Cancel::new(), &mut |_| {}).unwrap();
        let bytes = std::fs::read(&finished.file).unwrap();
        let samples: Vec<f64> = bytes[bytes.len() - 2 * 254_400..]
            .chunks_exact(2)
            .map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])))
            .collect();
        let joint = 91_200;
        let rms = |range: std::ops::Range<usize>| {
            (samples[range.clone()].iter().map(|s| s * s).sum::<f64>() / range.len() as f64).sqrt()
        };
        rms(joint - 480..joint + 480) / rms(joint - 9600..joint - 4800)
    };
    let (without, with) = (level(false), level(true));
    assert!(without < 0.4, "{without}");
    assert!((0.8..1.25).contains(&with), "{with}");
}

#[test]
fn a_single_changed_byte_fails_the_certificate() {
    let bench = bench();
    let input = bench.source("a.mp4", "25", 200, H264);
    let finished = bench.cut(&input, "out.mp4", &spans(&[(0.5, 6.0)])).unwrap();
    let whole = std::fs::read(&finished.file).unwrap();
    let media = whole.windows(4).position(|four| four == b"mdat").unwrap();
    let times = whole.windows(4).position(|four| four == b"ctts").unwrap();
    for (place, because) in [(media + 20_000, "packets"), (times + 23, "times"), (whole.len() - 9, "byte for byte")] {
        let mut broken = whole.clone();
        broken[place] ^= 0x10;
        let file = bench.path("broken.mp4");
        std::fs::write(&file, broken).unwrap();
        let wrong = verify(&bench.tools, &file, &finished.certificate, &Cancel::new()).unwrap();
        assert!(wrong.iter().any(|one| one.contains(because)), "{place}: {wrong:?}");
    }
    let json = serde_json::to_string(&finished.certificate).unwrap();
    assert_eq!(serde_json::from_str::<reelspan_media::cut::Certificate>(&json).unwrap(), finished.certificate);
}

/// Packets that do not decode are copied faithfully, so only a decoder can tell: the certificate does, and the file that
/// comes out is another one that holds.
#[test]
fn a_copy_that_fails_its_certificate_is_encoded_instead_and_that_is_said() {
    let bench = bench();
    let input = bench.source("a.mp4", "25", 200, H264);
    let keeps = spans(&[(0.5, 6.0)]);
    copied(&bench.cut(&input, "whole.mp4", &keeps).unwrap());
    let mut bytes = std::fs::read(&input).unwrap();
    // The second packet after the key frame at which copying begins.
    let (start, size) = bench.packets(&input)[51];
    bytes[start + size / 3..start + size].fill(0x55);
    let damaged = bench.path("damaged.mp4");
    std::fs::write(&damaged, bytes).unwrap();
    let before = std::fs::read_dir(bench.folder.path()).unwrap().count();
    let finished = bench.cut(&damaged, "out.mp4", &keeps).unwrap();
    let How::Encoded(why) = &finished.how else { panic!("copied what does not decode") };
    assert!(why.contains("failed its certificate"), "{why}");
    assert_eq!(finished.certificate.encoded_because.as_ref(), Some(why));
    assert_eq!((finished.certificate.verdict, finished.copied), (Verdict::Holds, 0));
    assert_eq!(finished.frames, 138);
    let picture = finished.certificate.picture.as_ref().unwrap();
    assert!(picture.decoded.clean && picture.decoded.frames == 138, "{picture:?}");
    assert!(verify(&bench.tools, &finished.file, &finished.certificate, &Cancel::new()).unwrap().is_empty());
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), before + 1, "only the finished file is left");
}

#[test]
fn what_cannot_be_done_is_refused_by_name_and_leaves_nothing() {
    let bench = bench();
    let input = bench.source("a.mp4", "25", 50, H264);
    let before = std::fs::read_dir(bench.folder.path()).unwrap().count();
    for (output, keeps, code, because) in [
        ("out.txt", spans(&[(0.0, 1.0)]), "output", ".mp4"),
        ("out.mp3", spans(&[(0.0, 1.0)]), "output", "no picture"),
        ("out.mp4", spans(&[]), "keep", "at least one"),
        ("out.mp4", spans(&[(5.0, 6.0)]), "keep", "after the end"),
        ("out.mp4", spans(&[(1.0, 0.5)]), "keep", "does not end"),
    ] {
        let error = bench.cut(&input, output, &keeps).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(because), "{error}");
    }
    let info = probe(&bench.tools, &input).unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    let output = bench.path("out.mp4");
    let keeps = spans(&[(0.0, 1.0)]);
    let order = reelspan_media::cut::Order {
        input: &input,
        info: &info,
        keeps: &keeps,
        fade: 0.01,
        room_tone: false,
        mode: Mode::Auto,
        output: &output,
    };
    let cancelled = reelspan_media::cut::cut(&bench.tools, &order, &cancel, &mut |_| {});
    assert!(matches!(cancelled, Err(CutError::Tool(ToolError::Cancelled))), "{cancelled:?}");
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), before);
}

#[test]
#[ignore = "a dozen real files take half a minute"]
fn the_open_set_is_cut_and_certified() {
    let bench = bench();
    for (name, start, end) in [
        ("scenes/psd_counter.mp4", 0.35, 2.45),
        ("scenes/big-buck-bunny-480p-30s.mp4", 3.3, 12.7),
        ("people/short_hamilton_clip.mp4", 0.0, 6.0),
        ("people/asl_walk.mkv", 0.5, 2.0),
        ("odd/ae_SAR-2by3.mp4", 0.2, 1.5),
        ("odd/ae_test_yuv422p.mp4", 0.2, 1.5),
        ("odd/ae_testsrc-hevc.mp4", 0.2, 1.5),
        ("odd/exo_bear-vp9-odd-dimensions.webm", 0.2, 0.8),
        ("odd/exo_sample_sef_slow_motion.mp4", 0.1, 0.7),
        ("odd/exo_sample.flv", 0.2, 0.8),
        ("odd/mux_sintel_captions.ts", 1.0, 5.0),
        ("odd/ii_newtonscradle.gif", 0.2, 1.0),
        ("odd/exo_sample_wb.amr", 0.1, 0.6),
    ] {
        let Some(input) = open_media(name) else { return };
        let info = probe(&bench.tools, &input).unwrap();
        let output = if info.video.is_some() { "out.mp4" } else { "out.m4a" };
        let finished =
            bench.cut(&input, output, &spans(&[(start, end)])).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(finished.certificate.verdict, Verdict::Holds, "{name}");
    }
}
