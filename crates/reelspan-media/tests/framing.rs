//! Framing measured on real footage: are the faces inside the window, does the window tremble?

use std::path::Path;
use std::process::Command;

use reelspan_media::analyse::{CascadeDetector, GrayFrame, Watcher};
use reelspan_media::analysis::{Box2, Series, Shot, Transition, VideoAnalysis};
use reelspan_media::framing::frame;
use reelspan_media::framing::geometry::{Window, track_window};
use reelspan_media::plan::{Layout, ShotLayout};
use reelspan_testing::open_media;
use reelspan_types::{Aspect, Span};

/// Looks at a file as the analysis does; times count from the first frame of the picture.
#[expect(clippy::disallowed_methods, reason = "a test decodes open footage by itself")]
fn look(file: &Path, size: (u32, u32), cuts: &[f64]) -> VideoAnalysis {
    let scale = f64::from(Watcher::LONG_SIDE) / f64::from(size.0.max(size.1));
    let side = |length: u32| (f64::from(length) * scale / 2.0).round() as usize * 2;
    let (width, height) = (side(size.0), side(size.1));
    let filter = format!("setpts=PTS-STARTPTS,fps={},scale={width}:{height}:flags=area,format=gray", Watcher::RATE);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(file).args(["-an", "-vf", &filter, "-f", "rawvideo", "-"]);
    let out = ffmpeg.output().expect("ffmpeg runs; install it to run the tests").stdout;
    let mut watcher = Watcher::new(Box::new(CascadeDetector));
    let frames = out.chunks_exact(width * height);
    let end = frames.len() as f64 / Watcher::RATE;
    for (index, luma) in frames.enumerate() {
        watcher.push(index as f64 / Watcher::RATE, GrayFrame { width, height, luma });
    }
    let watched = watcher.finish();
    let bounds: Vec<f64> = [0.0].into_iter().chain(cuts.iter().copied()).chain([end]).collect();
    let shot = |pair: &[f64]| Shot { start: pair[0], end: pair[1], transition: Transition::Cut, screen: 0.0 };
    VideoAnalysis {
        width: size.0,
        height: size.1,
        frame_rate: 30.0,
        shots: bounds.windows(2).map(shot).collect(),
        motion: Series::default(),
        black: Vec::new(),
        frozen: Vec::new(),
        faces: watched.faces,
        salience: watched.salience,
        sharpness: watched.sharpness,
        exposure: Series::default(),
        novelty: Series::default(),
        shake: Series::default(),
    }
}

fn layouts(video: &VideoAnalysis) -> Vec<ShotLayout> {
    let span = Span::new(0.0, video.shots.last().expect("a video has a shot").end);
    frame(video, &[span], span, Aspect::VERTICAL, None)
}

/// What is shown of the source at a time: all of it for `fit`.
fn shown(video: &VideoAnalysis, layouts: &[ShotLayout], t: f64) -> Window {
    let layout = layouts.iter().find(|layout| t >= layout.start && t < layout.end).expect("layouts have no gaps");
    match layout.layout {
        Layout::Track | Layout::Center => track_window(layout, video.width, video.height, Aspect::VERTICAL.ratio(), t),
        Layout::Fit => Window::WHOLE,
        Layout::Split => panic!("no split is expected here"),
    }
}

fn box_of(video: &VideoAnalysis, pixels: [f32; 4]) -> Box2 {
    let (width, height) = (video.width as f32, video.height as f32);
    Box2 { x: pixels[0] / width, y: pixels[1] / height, w: pixels[2] / width, h: pixels[3] / height }
}

#[track_caller]
fn holds(video: &VideoAnalysis, layouts: &[ShotLayout], t: f64, pixels: [f32; 4]) {
    let (face, window) = (box_of(video, pixels), shown(video, layouts, t));
    let (x, y) = face.center();
    assert!(window.contains(f64::from(x), f64::from(y)), "at {t} the face's middle is outside of {window:?}");
    assert!(window.share_of(face) >= 0.9, "at {t} only {:.2} of the face is inside", window.share_of(face));
}

/// The worst second difference within a shot, as a share of the picture's width, at 30 frames a second.
fn trembling(video: &VideoAnalysis, layouts: &[ShotLayout]) -> f64 {
    let mut worst = 0.0f64;
    for layout in layouts.iter().filter(|layout| layout.layout == Layout::Track) {
        let frames = ((layout.end - layout.start) * 30.0) as usize;
        let place = |i: usize| {
            let t = layout.start + i as f64 / 30.0;
            track_window(layout, video.width, video.height, Aspect::VERTICAL.ratio(), t).x
        };
        for i in 2..frames {
            worst = worst.max((place(i) - 2.0 * place(i - 1) + place(i - 2)).abs());
        }
    }
    worst
}

#[test]
fn a_woman_who_talks_is_held_still() {
    let Some(file) = open_media("people/azure_Asking_a_question.mp4") else { return };
    let video = look(&file, (1920, 1080), &[]);
    let layouts = layouts(&video);
    holds(&video, &layouts, 1.0, [845.0, 126.0, 220.0, 220.0]);
    holds(&video, &layouts, 3.0, [846.0, 110.0, 223.0, 223.0]);
    assert_eq!(layouts[0].layout, Layout::Track);
    assert_eq!(trembling(&video, &layouts), 0.0, "{layouts:?}");
    let seen = video.faces.iter().filter(|sample| sample.faces.len() == 1).count();
    assert_eq!(seen, video.faces.len(), "one face in every frame");
}

#[test]
fn a_concert_of_four_shots_keeps_its_faces() {
    let Some(file) = open_media("people/short_hamilton_clip.mp4") else { return };
    let video = look(&file, (640, 360), &[0.667, 2.736, 7.04]);
    let layouts = layouts(&video);
    holds(&video, &layouts, 3.5, [207.0, 70.0, 106.0, 106.0]);
    holds(&video, &layouts, 5.0, [187.0, 20.0, 111.0, 111.0]);
    holds(&video, &layouts, 6.5, [224.0, 17.0, 125.0, 125.0]);
    // The truth's last time lies behind the last frame; the shot is the same.
    holds(&video, &layouts, 9.0, [155.0, 100.0, 66.0, 66.0]);
    // The singer in full length, then a profile at the right.
    let (singer, profile) = (shown(&video, &layouts, 0.3), shown(&video, &layouts, 1.5));
    assert!(singer.x * 640.0 < 500.0 && singer.right() * 640.0 > 560.0, "{singer:?}");
    assert!(profile.right() * 640.0 > 480.0, "{profile:?}");
    for cut in [0.667, 2.736, 7.04] {
        assert!(layouts.iter().any(|layout| layout.start == cut), "the window is not set anew at {cut}");
    }
    assert!(trembling(&video, &layouts) * 640.0 < 1.0, "{} px", trembling(&video, &layouts) * 640.0);
}

#[test]
fn a_signer_stays_in_the_window() {
    let Some(file) = open_media("people/asl_walk.mkv") else { return };
    let video = look(&file, (640, 480), &[]);
    let layouts = layouts(&video);
    assert_eq!(layouts[0].layout, Layout::Track);
    for sample in &video.faces {
        assert_eq!(sample.faces.len(), 1, "at {}", sample.t);
        assert!(shown(&video, &layouts, sample.t).share_of(sample.faces[0].area) > 0.99);
    }
    assert!(trembling(&video, &layouts) * 640.0 < 0.5);
}

#[test]
fn people_seen_from_behind_are_followed_without_a_face() {
    let Some(file) = open_media("people/one-by-one-person-detection.mp4") else { return };
    let video = look(&file, (768, 432), &[]);
    let layouts = layouts(&video);
    // While somebody stands at the table (x 380 to 480 of 768), the table is in the window.
    for t in [10.0, 14.0, 32.0, 40.0, 58.0, 64.0, 80.0, 100.0, 110.0, 131.0] {
        let window = shown(&video, &layouts, t);
        assert!(window.contains(430.0 / 768.0, 0.4), "at {t}: {window:?}");
    }
    assert!(trembling(&video, &layouts) * 768.0 < 1.0, "{} px", trembling(&video, &layouts) * 768.0);
}

#[test]
fn where_nobody_is_no_face_is_seen() {
    for (name, size) in [
        ("scenes/big-buck-bunny-480p-30s.mp4", (854, 480)),
        ("scenes/car-detection.mp4", (768, 432)),
        ("scenes/psd_counter.mp4", (1920, 1080)),
    ] {
        let Some(file) = open_media(name) else { continue };
        let video = look(&file, size, &[]);
        let with = video.faces.iter().filter(|sample| !sample.faces.is_empty()).count();
        assert!(with * 20 <= video.faces.len(), "{name}: {with} of {} frames", video.faces.len());
    }
}
