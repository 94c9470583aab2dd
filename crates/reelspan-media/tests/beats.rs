//! Beats of real files through ffmpeg: what containers do to times, layouts and rates, and music whose beats are known.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

#[expect(dead_code, reason = "only the locked tools are needed here")]
#[path = "support/tools.rs"]
mod tools;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use reelspan_media::beats::{self, Beats, BeatsError};
use reelspan_media::probe::probe;
use reelspan_testing::{make_media, open_media};
use reelspan_types::Cancel;

/// A click each half second from 0.7 s on, as an expression of ffmpeg's.
const CLICKS: &str = "gte(t\\,0.7)*0.6*exp(-mod(t-0.7\\,0.5)*40)*sin(2*PI*1800*mod(t-0.7\\,0.5)+0.7)";

fn listen(file: &Path) -> Result<Beats, BeatsError> {
    let tools = tools::jailed();
    let info = probe(&tools, file).unwrap();
    beats::listen(&tools, file, &info, &Cancel::new(), &mut |_| {})
}

fn times(file: &Path) -> Vec<f64> {
    listen(file).unwrap().beats.iter().map(|beat| beat.t).collect()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Clicks of so many seconds with further arguments.
    fn clicks(&self, name: &str, seconds: u32, more: &[&str]) -> PathBuf {
        let source = format!("aevalsrc='{CLICKS}':s=48000:d={seconds}");
        let file = self.path(name);
        make_media(&[&["-f", "lavfi", "-i", &source], more].concat(), &file);
        file
    }
}

/// How far each found beat is from the nearest click.
#[track_caller]
fn assert_on_clicks(found: &[f64], first: f64, seconds: f64, within: f64, what: &str) {
    let count = ((seconds - first) / 0.5).ceil() as usize;
    assert!(found.len() + 1 >= count && found.len() <= count, "{what}: {} of {count}: {found:?}", found.len());
    for t in found {
        let off = (t - first + 0.25).rem_euclid(0.5) - 0.25;
        assert!(off.abs() < within, "{what}: {t} is off by {off}");
    }
}

#[test]
fn the_delay_of_an_encoder_moves_no_beat() {
    let folder = Folder::new();
    let plain = times(&folder.clicks("a.wav", 12, &[]));
    assert_on_clicks(&plain, 0.7, 12.0, 0.005, "wav");
    for (name, args) in [
        ("a.mp3", &["-c:a", "libmp3lame", "-b:a", "128k"][..]),
        ("a.m4a", &["-c:a", "aac", "-b:a", "128k"]),
        ("a.opus", &["-c:a", "libopus", "-b:a", "96k"]),
        ("a.ogg", &["-c:a", "libvorbis"]),
        ("a.flac", &[]),
    ] {
        let encoded = times(&folder.clicks(name, 12, args));
        assert_eq!(encoded.len(), plain.len(), "{name}");
        for (a, b) in encoded.iter().zip(&plain) {
            assert!((a - b).abs() < 0.005, "{name}: {a} for {b}");
        }
    }
}

#[test]
fn any_rate_and_layout_gives_the_same_beats() {
    let folder = Folder::new();
    for (name, args) in [
        ("8k.wav", &["-ar", "8000"][..]),
        ("11k.wav", &["-ar", "11025", "-c:a", "pcm_u8"]),
        ("192k.wav", &["-ar", "192000", "-c:a", "pcm_f32le"]),
        ("stereo.wav", &["-ac", "2"]),
        ("over.wav", &["-af", "pan=stereo|c0=c0|c1=-1*c0"]),
        ("one.wav", &["-af", "pan=stereo|c0=0*c0|c1=c0"]),
        ("eight.wav", &["-af", "pan=7.1|c5=c0"]),
        ("quiet.wav", &["-af", "volume=-45dB", "-c:a", "pcm_s24le"]),
    ] {
        let file = folder.clicks(name, 10, args);
        assert_on_clicks(&times(&file), 0.7, 10.0, 0.008, name);
    }
}

/// A plain WAVE file says how many channels there are and not where they belong; the clicks are in the last.
#[test]
fn channels_without_a_layout_are_heard() {
    let folder = Folder::new();
    for channels in [3_u16, 8, 10] {
        let rate = 16_000_u32;
        let frame = u32::from(channels) * 2;
        let length = 10 * rate * frame;
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + length).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend((rate * frame).to_le_bytes());
        bytes.extend((frame as u16).to_le_bytes());
        bytes.extend(b"\x10\0data");
        bytes.extend(length.to_le_bytes());
        for n in 0..10 * rate {
            let since = (f64::from(n) / f64::from(rate) - 0.7).rem_euclid(0.5);
            let value = if n < 11_200 { 0.0 } else { 0.5 * (-since * 40.0).exp() * (since * 11_000.0 + 0.7).sin() };
            bytes.extend(vec![0; frame as usize - 2]);
            bytes.extend(((value * 32_000.0) as i16).to_le_bytes());
        }
        let file = folder.path("many.wav");
        std::fs::write(&file, bytes).unwrap();
        assert_on_clicks(&times(&file), 0.7, 10.0, 0.008, &format!("{channels} channels"));
    }
}

#[test]
fn sound_that_begins_late_in_a_video_keeps_its_time() {
    let folder = Folder::new();
    for name in ["late.mp4", "late.mkv", "late.mov"] {
        let source = format!("aevalsrc='{CLICKS}':s=48000:d=10");
        let file = folder.path(name);
        let inputs =
            ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=12", "-itsoffset", "1.3", "-f", "lavfi", "-i", &source];
        make_media(&[&inputs[..], &["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]].concat(), &file);
        assert_on_clicks(&times(&file), 2.0, 11.3, 0.008, name);
    }
}

#[test]
fn what_has_no_sound_or_no_beat_is_told_apart() {
    let folder = Folder::new();
    let mute = folder.path("mute.mp4");
    make_media(&["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=2", "-c:v", "libx264"], &mute);
    let refused = listen(&mute).unwrap_err();
    assert_eq!(refused.code(), "no_sound");
    assert!(refused.to_string().contains("name a song"), "{refused}");
    let short = listen(&folder.clicks("short.wav", 1, &[])).unwrap();
    assert_eq!((short.bpm, short.beats.len()), (None, 0));
    assert!(short.note.is_some());
}

#[test]
fn a_cancelled_run_says_so() {
    let folder = Folder::new();
    let file = folder.clicks("a.wav", 10, &[]);
    let tools = tools::jailed();
    let info = probe(&tools, &file).unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    let refused = beats::listen(&tools, &file, &info, &cancel, &mut |_| {}).unwrap_err();
    assert_eq!(refused.code(), "cancelled");
}

#[test]
fn speech_has_no_beat() {
    for name in ["speech/jfk.flac", "speech/pyannote_sample.wav", "speech/leopard_de.wav"] {
        let Some(file) = open_media(name) else { return };
        let found = listen(&file).unwrap();
        assert_eq!((found.bpm, found.beats.len()), (None, 0), "{name}: {}", found.confidence);
    }
}

/// The F-measure of beats within 70 ms, the first five seconds left out, as is usual.
fn f_measure(found: &[f64], truth: &[f64]) -> f64 {
    let late = |list: &[f64]| list.iter().copied().filter(|t| *t >= 5.0).collect::<Vec<_>>();
    let (found, truth) = (late(found), late(truth));
    let mut left = found.clone();
    let hits = truth.iter().filter(|t| {
        let near = left.iter().position(|other| (other - **t).abs() <= 0.07);
        near.map(|at| left.remove(at)).is_some()
    });
    2.0 * hits.count() as f64 / (found.len() + truth.len()) as f64
}

#[test]
fn real_songs_are_followed_from_start_to_end() {
    let mut report = String::new();
    for name in ["fof_armygeddon", "fof_chaos_god", "fof_feelings", "fof_internal_degeneration"] {
        let Some(file) = open_media(&format!("music/{name}.ogg")) else { return };
        let Some(truth) = open_media(&format!("truth/music__{name}.ogg.json")) else { return };
        let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
        let truth: Vec<f64> = serde_json::from_value(truth["beats_audio_s"].clone()).unwrap();
        let f = f_measure(&times(&file), &truth);
        writeln!(report, "{name} {f:.3}").unwrap();
        assert!(f > 0.95, "{report}");
    }
}
