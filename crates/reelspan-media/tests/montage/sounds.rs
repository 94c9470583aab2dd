//! What is heard in a finished edit, and when.

use reelspan_media::plan::Layout;

use crate::bench::{Bench, bench};
use crate::edit::{Edit, attacks, clicks, counting, cut};

const BEATS: [f64; 8] = [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5];

fn picture(bench: &Bench) -> std::path::PathBuf {
    bench.make("a.mp4", &counting("25", 100, 0, "160x90"))
}

#[test]
fn clicks_of_the_music_stand_on_their_beats() {
    let bench = bench();
    let a = picture(&bench);
    for (name, codec, start, rate) in [
        ("m.wav", "-c:a pcm_s24le", 0.75, [25, 1]),
        ("m.mp3", "-c:a libmp3lame -b:a 192k", 0.75, [30, 1]),
        ("m.m4a", "-c:a aac -b:a 192k", 1.35, [30_000, 1001]),
        ("m.ogg", "-c:a libvorbis -q:a 6", 0.3, [24, 1]),
        ("m.flac", "-ac 6", 1.35, [60, 1]),
        ("m.opus", "-c:a libopus -b:a 128k", 0.75, [30, 1]),
    ] {
        let music = bench.make(name, &format!("{} {codec}", clicks(&BEATS, 6.0)));
        let mut edit = Edit::new(&bench, &[("a", &a)], &music);
        edit.plan.music.start = start;
        edit.aspect = "1:1".parse().unwrap();
        let rendered = edit.shots(rate, 1.6, vec![cut(0.0, "a", 0.0), cut(0.7, "a", 0.2)]).render();
        let wanted: Vec<f64> = BEATS.iter().map(|beat| beat - start).filter(|at| (0.01..1.59).contains(at)).collect();
        let found = attacks(&bench.samples(&rendered.file));
        assert_eq!(found.len(), wanted.len(), "{name}: {found:?}");
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 0.005, "{name}: a click at {found:.4} and should be at {wanted:.4}");
        }
    }
}

#[test]
fn music_is_as_loud_as_planned_and_fades() {
    let bench = bench();
    let a = picture(&bench);
    for (name, sound) in [("loud.wav", "0.98*sin(2*PI*500*t)"), ("quiet.wav", "0.02*sin(2*PI*300*t)*(1+sin(2*PI*2*t))")]
    {
        let music = bench.make(name, &format!("-f lavfi -i aevalsrc=exprs={sound}:s=48000:d=8"));
        let mut edit = Edit::new(&bench, &[("a", &a)], &music);
        (edit.plan.music.fade_in, edit.plan.music.fade_out) = (0.5, 1.0);
        let rendered = edit.shots([25, 1], 4.0, vec![cut(0.0, "a", 0.0)]).render();
        assert!((rendered.loudness.unwrap() + 14.0).abs() <= 0.5, "{name}: {:?}", rendered.loudness);
        assert!(rendered.true_peak.unwrap() <= -1.0, "{name}: {:?}", rendered.true_peak);
        let samples = bench.samples(&rendered.file);
        let peak = |from: f64, to: f64| {
            samples[(from * 48e3) as usize..(to * 48e3) as usize].iter().fold(0.0_f32, |most, s| most.max(s.abs()))
        };
        let full = peak(1.0, 3.0);
        assert!(peak(0.0, 0.05) < 0.3 * full && peak(3.95, 4.0) < 0.15 * full, "{name}");
        assert!((0.5..0.97).contains(&(peak(3.4, 3.6) / full)), "{name}: {}", peak(3.4, 3.6) / full);
    }
}

#[test]
fn music_that_ends_early_leaves_silence() {
    let bench = bench();
    let a = picture(&bench);
    let music = bench.make("short.mp3", "-f lavfi -i sine=f=330:r=44100:d=2 -c:a libmp3lame");
    let mut edit = Edit::new(&bench, &[("a", &a)], &music);
    edit.plan.music.start = 0.5;
    let rendered = edit.shots([25, 1], 3.0, vec![cut(0.0, "a", 0.0)]).render();
    let samples = bench.samples(&rendered.file);
    assert!(samples[60_000..66_000].iter().any(|s| s.abs() > 0.05));
    assert!(samples[80_000..].iter().all(|s| s.abs() < 1e-3));
    assert!((rendered.duration - 3.0).abs() < 0.05);
}

/// The strength of one tone in a stretch of sound.
fn tone(samples: &[f32], frequency: f64, from: f64, to: f64) -> f64 {
    let part = &samples[(from * 48e3) as usize..(to * 48e3) as usize];
    let (mut re, mut im) = (0.0, 0.0);
    for (i, sample) in part.iter().enumerate() {
        let angle = std::f64::consts::TAU * frequency * i as f64 / 48e3;
        re += f64::from(*sample) * angle.cos();
        im += f64::from(*sample) * angle.sin();
    }
    2.0 * (re * re + im * im).sqrt() / part.len() as f64
}

#[test]
fn the_footage_is_heard_in_its_own_shots_and_the_music_steps_back() {
    let bench = bench();
    let silent = picture(&bench);
    // A tone from 1 s on: the planned part begins a second before it.
    let talking = bench.make(
        "talking.mp4",
        "-f lavfi -i testsrc2=s=160x90:r=25:d=5 -f lavfi -i aevalsrc=exprs=0.2*between(t\\,1\\,3)*sin(2*PI*900*t):s=44100:d=5 -c:v libx264 -preset ultrafast -c:a aac",
    );
    let music = bench.make("m.wav", "-f lavfi -i sine=f=300:r=44100:d=12");
    let mut edit = Edit::new(&bench, &[("a", &silent), ("b", &talking)], &music);
    edit.plan.settings.original_sound = Some(6.0);
    edit.shots([25, 1], 6.0, vec![cut(0.0, "a", 0.0), cut(2.0, "b", 0.0), cut(4.4, "a", 0.0)]).laid_out(Layout::Fit);
    let rendered = edit.render();
    let samples = bench.samples(&rendered.file);
    let (before, during, after) =
        (tone(&samples, 300.0, 0.5, 1.5), tone(&samples, 300.0, 3.4, 4.2), tone(&samples, 300.0, 5.2, 5.8));
    let own = tone(&samples, 900.0, 3.4, 4.2);
    assert!(during < 0.4 * before && (after / before - 1.0).abs() < 0.05, "{before:.3} {during:.3} {after:.3}");
    assert!((20.0 * (own / before).log10() - 6.0).abs() < 2.0, "{own:.3} beside {before:.3}");
    assert!(tone(&samples, 900.0, 2.1, 2.8) < 0.02 * own && tone(&samples, 900.0, 4.5, 5.0) < 0.02 * own);
    // It begins a second after the cut, to the sample but for the encoder.
    let envelope = |at: f64| tone(&samples, 900.0, at, at + 0.01);
    assert!(envelope(2.98) < 0.1 * own && envelope(3.01) > 0.7 * own, "{:.3} {:.3}", envelope(2.98), envelope(3.01));
    edit.plan.settings.original_sound = None;
    let samples = bench.samples(&edit.render().file);
    assert!(tone(&samples, 900.0, 3.4, 4.2) < 1e-3);
}

#[test]
fn footage_without_any_sound_changes_nothing() {
    let bench = bench();
    let a = picture(&bench);
    let music = bench.make("m.wav", "-f lavfi -i sine=f=300:r=44100:d=12");
    let mut edit = Edit::new(&bench, &[("a", &a)], &music);
    edit.plan.settings.original_sound = Some(0.0);
    let rendered = edit.shots([25, 1], 2.0, vec![cut(0.0, "a", 0.0)]).render();
    assert!((rendered.loudness.unwrap() + 14.0).abs() <= 0.5);
}
