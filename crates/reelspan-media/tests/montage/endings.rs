//! How an edit ends that cannot be made: one sentence, and nothing left behind.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use reelspan_media::montage::{Order, Source, render};
use reelspan_media::plan::{JointKind, Layout};
use reelspan_media::render::{Encoder, RenderError};
use reelspan_media::tool::{Jail, ToolError};
use reelspan_types::Cancel;

use crate::bench::{Bench, bench};
use crate::edit::{Edit, counting, cut, joined, numbers};

fn two(bench: &Bench) -> (PathBuf, PathBuf) {
    let music = bench.make("m.wav", "-f lavfi -i sine=f=300:r=44100:d=12");
    (bench.make("a.mp4", &counting("25", 60, 0, "160x90")), music)
}

#[track_caller]
fn refused(edit: &Edit<'_>, sentence: &str) {
    let error = edit.try_render(&Cancel::new()).unwrap_err().to_string();
    assert!(error.contains(sentence), "{error}");
    assert!(!edit.bench.path("out.mp4").exists() && edit.bench.leftovers().is_empty());
}

#[test]
fn what_cannot_be_made_is_refused_by_name() {
    let bench = bench();
    let (a, music) = two(&bench);
    let mut edit = Edit::new(&bench, &[("a", &a), ("m", &music)], &music);
    edit.shots([25, 1], 1.0, vec![cut(0.0, "z", 0.0)]);
    refused(&edit, "`shots[0].source` is `z`, which is no source");
    edit.shots([25, 1], 1.0, vec![cut(0.0, "m", 0.0)]);
    refused(&edit, "source `m` has no picture");
    edit.shots([25, 1], 1.0, vec![cut(0.0, "a", 30.0)]);
    refused(&edit, "source `a` shows no picture at 30.000 s");
    edit.shots([25, 1], 1.0, vec![cut(0.0, "a", 0.0)]);
    edit.plan.music.start = 40.0;
    refused(&edit, "`music.start` is 40.000");
    edit.plan.music.start = f64::NAN;
    refused(&edit, "`music.start` is not a time");
    edit.plan.music.start = 0.0;
    edit.plan.settings.loudness = 3.0;
    refused(&edit, "settings.loudness");
    edit.plan.settings.loudness = -14.0;
    edit.music = a;
    refused(&edit, "`music.path` is a file without sound");
}

#[test]
fn a_source_that_breaks_off_holds_its_last_good_frame() {
    let bench = bench();
    let (a, music) = two(&bench);
    let whole = bench.make("whole.mkv", &counting("25", 60, 200, "160x90"));
    let bytes = std::fs::read(&whole).unwrap();
    let broken = bench.path("broken.mkv");
    std::fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    let mut edit = Edit::new(&bench, &[("a", &a), ("b", &broken)], &music);
    let rendered = edit.shots([25, 1], 3.0, vec![cut(0.0, "b", 0.0), cut(2.4, "a", 0.0)]).render();
    let found = numbers(&bench, &rendered.file, 1.0, 0.8);
    assert_eq!(found.len(), 75);
    let last = found[59];
    assert!((210..250).contains(&last), "{found:?}");
    // The pictures between the last two key pictures may be lost with what they rest on; none comes early.
    for (i, number) in found[..60].iter().enumerate() {
        let wanted = (200 + i).min(last);
        assert!((wanted.saturating_sub(3)..=wanted).contains(number), "{found:?}");
    }
    assert_eq!(found[60..], (0..15).collect::<Vec<_>>());
}

/// A program in ffmpeg's place: a shell script that looks at its arguments first.
fn instead(bench: &mut Bench, script: &str) {
    let path = bench.path("ffmpeg.sh");
    let real = bench.tools.ffmpeg.display().to_string();
    std::fs::write(&path, format!("#!/bin/sh\n{script}\nexec {real} \"$@\"\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    bench.tools.ffmpeg = path;
}

#[test]
fn a_decoder_that_crashes_midway_holds_what_it_gave() {
    let mut bench = bench();
    let (a, music) = two(&bench);
    let b = bench.make("b.mp4", &counting("25", 60, 200, "160x90"));
    // Two whole frames and a part of the third, then a crash.
    let real = bench.tools.ffmpeg.display().to_string();
    instead(&mut bench, &format!("case \"$*\" in *b.mp4*) {real} \"$@\" | head -c 6500000; kill -SEGV $$;; esac"));
    let mut edit = Edit::new(&bench, &[("a", &a), ("b", &b)], &music);
    let rendered = edit
        .shots([25, 1], 1.0, vec![cut(0.0, "a", 0.0), cut(0.4, "b", 0.0), joined(0.8, "a", 1.0, JointKind::Wipe, 0.08)])
        .render();
    let found = numbers(&bench, &rendered.file, 1.0, 0.5);
    assert_eq!(found[10..19], [200, 201, 201, 201, 201, 201, 201, 201, 201]);
    assert_eq!(found[21..], [26, 27, 28, 29]);
}

#[test]
fn a_killed_decoder_and_a_killed_encoder_say_so() {
    for (which, sentence) in [("*a.mp4*", "it was killed"), ("*libx264*", "it was killed")] {
        let mut bench = bench();
        let (a, music) = two(&bench);
        let info = Edit::new(&bench, &[("a", &a)], &music).sources;
        instead(&mut bench, &format!("case \"$*\" in {which}) kill -KILL $$;; esac"));
        let mut edit = Edit::new(&bench, &[], &music);
        edit.sources = info;
        edit.shots([25, 1], 1.0, vec![cut(0.0, "a", 0.0)]);
        refused(&edit, sentence);
    }
}

#[test]
fn a_full_disk_is_one_sentence() {
    let mut bench = bench();
    let (a, music) = two(&bench);
    instead(
        &mut bench,
        "case \"$*\" in *libx264*) head -c 4000000 >/dev/null; echo 'No space left on device' >&2; exit 1;; esac",
    );
    let mut edit = Edit::new(&bench, &[("a", &a)], &music);
    edit.shots([25, 1], 2.0, vec![cut(0.0, "a", 0.0)]);
    refused(&edit, "the disk is full");
}

#[test]
fn a_cancel_leaves_nothing_and_keeps_what_was_there() {
    let bench = bench();
    let (_, music) = two(&bench);
    let long = bench.make("long.mp4", "-f lavfi -i testsrc2=s=640x360:r=30:d=20 -c:v libx264 -preset ultrafast");
    std::fs::write(bench.path("out.mp4"), "an older file").unwrap();
    let cancel = Cancel::new();
    let mut edit = Edit::new(&bench, &[("a", &long)], &music);
    edit.shots([30, 1], 10.0, vec![cut(0.0, "a", 0.0), joined(5.0, "a", 9.0, JointKind::Zoom, 1.0)])
        .laid_out(Layout::Fit);
    let info = bench.info(&music);
    let output = bench.path("out.mp4");
    let sources: Vec<Source<'_>> = edit.sources.iter().map(|(id, path, info)| Source { id, path, info }).collect();
    let order = Order {
        plan: &edit.plan,
        aspect: edit.aspect,
        sources: &sources,
        music: Source { id: "music", path: &music, info: &info },
        ass: None,
        encoder: Encoder::X264,
        output: &output,
    };
    let mut reports = 0;
    let ended = render(&bench.tools, &order, &cancel, &mut |progress| {
        reports += 1;
        assert!(progress.frame > 0 && progress.frame <= 300);
        cancel.cancel();
    });
    assert!(matches!(ended, Err(RenderError::Tool(ToolError::Cancelled))), "{ended:?}");
    assert!(reports >= 1);
    assert_eq!(std::fs::read(&output).unwrap(), b"an older file");
    assert_eq!(bench.leftovers(), Vec::<String>::new());
}

#[test]
fn the_jail_lets_an_edit_through_and_nothing_else() {
    let mut bench = bench();
    let (a, music) = two(&bench);
    let still = bench.make("s.png", "-f lavfi -i testsrc2=s=160x90 -frames:v 1");
    let helper = PathBuf::from(env!("CARGO_BIN_EXE_reelspan-jail"));
    bench.tools.jail = Jail::Helper { program: helper, args: Vec::new() };
    let mut edit = Edit::new(&bench, &[("a", &a), ("b", &still)], &music);
    edit.plan.settings.original_sound = Some(0.0);
    let rendered =
        edit.shots([25, 1], 1.0, vec![cut(0.0, "a", 0.0), joined(0.5, "b", 0.0, JointKind::Dissolve, 0.2)]).render();
    assert_eq!(rendered.frames, 25);
}

#[test]
#[ignore = "a thousand decoders, one after another: minutes"]
fn five_hundred_shots_take_the_memory_of_a_few() {
    let bench = bench();
    let (a, music) = two(&bench);
    let mut edit = Edit::new(&bench, &[("a", &a)], &music);
    edit.aspect = "1:1".parse().unwrap();
    let shots = (0..500).map(|i| cut(f64::from(i) * 0.12, "a", f64::from(i % 40) * 0.04)).collect();
    let rendered = edit.shots([25, 1], 60.0, shots).laid_out(Layout::Fit).render();
    let found = numbers(&bench, &rendered.file, 1.0, 0.4);
    let wanted: Vec<usize> = (0..1500).map(|i| i / 3 % 40 + i % 3).collect();
    assert_eq!(found, wanted);
}
