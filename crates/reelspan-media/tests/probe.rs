//! Files of all kinds, looked into from inside the jail: their facts are those that are known of them.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

#[path = "support/tools.rs"]
mod tools;

use std::path::Path;

use reelspan_media::probe::{MediaInfo, probe};
use reelspan_testing::open_media;
use serde_json::Value;

use tools::{jailed, make};

/// The facts of a file that ffmpeg makes by these arguments.
fn made(name: &str, args: &str) -> MediaInfo {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    make(args, &file);
    probe(&jailed(), &file).unwrap()
}

const PICTURE: &str = "-v error -f lavfi -i testsrc=d=1:s=64x48:r=25";

#[test]
fn a_plain_film_has_plain_facts() {
    let info = made("a.mp4", &format!("{PICTURE} -f lavfi -i sine=d=1:r=44100 -pix_fmt yuv420p"));
    let video = info.video.unwrap();
    assert_eq!((info.container.as_str(), info.still, info.cover), ("mov", false, None));
    assert!((info.duration.unwrap() - 1.0).abs() < 0.1);
    assert_eq!((video.codec.as_str(), video.width, video.height, video.rotation), ("h264", 64, 48, 0));
    assert_eq!((video.frame_rate, video.variable_frame_rate, video.bit_depth, video.hdr), (25.0, false, 8, false));
    assert_eq!((info.audio.len(), info.audio[0].sample_rate, info.audio[0].channels), (1, 44_100, 1));
}

#[test]
fn ten_bits_and_high_dynamic_range_are_seen() {
    let color = "-color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc";
    let video = made("a.mkv", &format!("{PICTURE} -pix_fmt yuv420p10le -c:v libx264 {color}")).video.unwrap();
    assert_eq!((video.bit_depth, video.hdr), (10, true));
    assert_eq!(video.color_primaries.as_deref(), Some("bt2020"));
}

#[test]
fn oblong_pixels_are_counted_as_shown() {
    let video = made("a.mp4", &format!("{PICTURE} -vf setsar=4/3 -pix_fmt yuv420p")).video.unwrap();
    assert_eq!((video.width, video.display_width, video.display_height), (64, 86, 48));
}

#[test]
fn uneven_frames_are_seen() {
    let uneven = "-vf setpts='if(lt(N,12),N/25/TB,(12/25+(N-12)*0.1)/TB)' -vsync vfr";
    let video = made("a.mp4", &format!("{PICTURE} {uneven} -pix_fmt yuv420p -enc_time_base 1/1000")).video.unwrap();
    assert!(video.variable_frame_rate, "{video:?}");
}

#[test]
fn a_late_picture_and_several_sounds_and_words_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let words = folder.path().join("words.srt");
    std::fs::write(&words, "1\n00:00:00,100 --> 00:00:00,900\nHello\n").unwrap();
    let inputs = format!(
        "-v error -f lavfi -i sine=d=2:r=48000 -f lavfi -i anullsrc=d=2:cl=5.1 -itsoffset 0.5 -f lavfi -i testsrc=d=1:s=64x48:r=25 -f srt -i {}",
        words.display()
    );
    let tags = "-map 0 -map 1 -map 2 -map 3 -disposition:a:0 0 -disposition:a:1 default -metadata:s:a:0 language=deu -c:a flac -c:s subrip";
    let file = folder.path().join("a.mkv");
    make(&format!("{inputs} {tags}"), &file);
    let info = probe(&jailed(), &file).unwrap();
    let sounds: Vec<_> = info.audio.iter().map(|one| (one.index, one.channels, one.language.as_deref())).collect();
    assert_eq!(sounds, [(1, 6, None), (0, 1, Some("deu"))]);
    assert!((info.video.unwrap().start - 0.5).abs() < 0.05);
    assert_eq!(info.subtitles.iter().map(|one| (one.index, one.text)).collect::<Vec<_>>(), [(3, true)]);
}

#[test]
fn a_picture_too_large_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.png");
    make("-v error -f lavfi -i color=s=16400x16:d=1:r=1 -frames:v 1 -f image2 -update 1 -c:v png", &file);
    let error = probe(&jailed(), &file).unwrap_err();
    assert_eq!(error.code(), "too_large", "{error}");
    assert!(error.to_string().contains("16400x16"), "{error}");
}

#[test]
fn a_picture_cannot_bring_its_neighbours_along() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..4 {
        make(
            "-v error -f lavfi -i testsrc=s=64x48 -frames:v 1 -update 1",
            &folder.path().join(format!("f{number}.png")),
        );
    }
    let pattern = folder.path().join("f%d.png");
    std::fs::copy(folder.path().join("f1.png"), &pattern).unwrap();
    let info = probe(&jailed(), &pattern).unwrap();
    assert_eq!((info.container.as_str(), info.still), ("png_pipe", true));
}

/// The number at `key`, which ffprobe writes as text.
fn number(value: &Value, key: &str) -> Option<f64> {
    match &value[key] {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// What is known of a file's streams of one kind, cover art left out.
fn known<'a>(truth: &'a Value, kind: &str) -> Vec<&'a Value> {
    let streams = truth["streams"].as_array().map(Vec::as_slice).unwrap_or_default();
    streams.iter().filter(|one| one["codec_type"] == kind && one["attached_pic"] != 1).collect()
}

fn compare(name: &str, truth: &Value, info: &MediaInfo) {
    let format = truth["format"]["format_name"].as_str().unwrap().split(',').next().unwrap();
    let one_picture = info.container.ends_with("_pipe") && format == "image2";
    assert!(info.container == format || one_picture, "{name}: {}", info.container);
    if let (Some(known), false) = (number(&truth["format"], "duration"), info.still) {
        assert!((info.duration.unwrap() - known).abs() < 0.05, "{name}: {:?}", info.duration);
    }
    if let Some(known) = known(truth, "video").first() {
        let video = info.video.as_ref().unwrap_or_else(|| panic!("{name}: no picture"));
        assert_eq!(Some(video.codec.as_str()), known["codec_name"].as_str(), "{name}");
        assert_eq!(Some(u64::from(video.width)), known["width"].as_u64(), "{name}");
        assert_eq!(Some(u64::from(video.height)), known["height"].as_u64(), "{name}");
        assert_eq!(Some(video.pixel_format.as_str()), known["pix_fmt"].as_str(), "{name}");
        assert!(video.frame_rate > 0.0 && video.frame_rate <= 480.0, "{name}: {}", video.frame_rate);
    }
    let sounds = known(truth, "audio");
    assert_eq!(info.audio.len(), sounds.len(), "{name}");
    for (sound, known) in info.audio.iter().zip(sounds) {
        assert_eq!(Some(sound.codec.as_str()), known["codec_name"].as_str(), "{name}");
        assert_eq!(Some(f64::from(sound.sample_rate)), number(known, "sample_rate"), "{name}");
        assert_eq!(Some(f64::from(sound.channels)), number(known, "channels"), "{name}");
    }
}

#[test]
fn odd_files_keep_their_facts() {
    let Some(folder) = open_media("odd") else { return };
    let truths = folder.parent().unwrap().join("truth");
    let mut compared = 0;
    for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(truth) = read(&truths.join(format!("odd__{name}.json"))) else { continue };
        match (probe(&jailed(), &file), truth["expect"].as_str().unwrap().starts_with("process")) {
            (Ok(info), true) => compare(&name, &truth, &info),
            (Err(error), true) => panic!("{name}: {error}"),
            (Ok(_), false) => {}
            (Err(error), false) => assert_eq!(error.code(), "not_media", "{name}: {error}"),
        }
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

#[test]
fn a_photo_taken_sideways_shows_upright() {
    let Some(file) = open_media("odd/pil_hopper_orientation_8.jpg") else { return };
    let info = probe(&jailed(), &file).unwrap();
    assert!(info.still);
    assert_eq!(info.video.unwrap().rotation, 270);
}

#[test]
fn a_picture_that_begins_after_its_sound_says_so() {
    let Some(file) = open_media("people/short_hamilton_clip.mp4") else { return };
    let video = probe(&jailed(), &file).unwrap().video.unwrap();
    assert!((video.start - 0.844).abs() < 0.001, "{}", video.start);
}
