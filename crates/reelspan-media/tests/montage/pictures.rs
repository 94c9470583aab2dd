//! What stands at each frame of a finished edit.

use std::path::PathBuf;

use reelspan_media::plan::{JointKind, Key, Layout, ShotLayout};
use reelspan_testing::open_media;

use crate::bench::{Bench, bench, shot as layout};
use crate::edit::{Edit, counting, cut, joined, numbers};

fn hum(bench: &Bench) -> PathBuf {
    bench.make("hum.wav", "-f lavfi -i sine=f=220:r=44100:d=12")
}

/// The frames that may be shown at `time` of a source: the one that is on screen, or the next where that begins right then.
fn shown(time: f64, rate: f64) -> [usize; 2] {
    let place = (time * rate).max(0.0);
    [(place + 0.02).floor() as usize, (place + 0.15).floor() as usize]
}

#[test]
fn every_frame_is_the_planned_one_whatever_the_rates() {
    let bench = bench();
    let rates = [("24", 24.0), ("25", 25.0), ("30000/1001", 30_000.0 / 1001.0), ("30", 30.0), ("60", 60.0)];
    let names = ["a", "b", "c", "d", "e"];
    let endings = ["mp4", "mkv", "mp4", "ts", "mov"];
    let files: Vec<PathBuf> = (0..5)
        .map(|i| {
            bench.make(&format!("{}.{}", names[i], endings[i]), &counting(rates[i].0, 150, i as u32 * 200, "96x96"))
        })
        .collect();
    let sources: Vec<(&str, &std::path::Path)> =
        names.iter().zip(&files).map(|(id, path)| (*id, path.as_path())).collect();
    let mut edit = Edit::new(&bench, &sources, &hum(&bench));
    edit.aspect = "1:1".parse().unwrap();
    for (rate, per_second) in
        [([30, 1], 30.0), ([24_000, 1001], 24_000.0 / 1001.0), ([25, 1], 25.0), ([60, 1], 60.0_f64)]
    {
        let shots = (0..10_u32).map(|i| {
            let at = f64::from(i) * 0.1817;
            cut(at, names[i as usize % 5], (f64::from(i) * 0.377 + 0.1) % 2.0)
        });
        let shots: Vec<_> = shots.collect();
        let rendered = edit.shots(rate, 1.817, shots.clone()).render();
        let found = numbers(&bench, &rendered.file, 1.0, 0.8);
        assert_eq!(found.len() as f64, (1.817 * per_second).round());
        let cuts: Vec<usize> = shots.iter().map(|shot| (shot.at * per_second).round() as usize).collect();
        for (i, found) in found.iter().enumerate() {
            let k = cuts.iter().rposition(|cut| *cut <= i).unwrap();
            let (source, nominal) = (k % 5, rates[k % 5].1);
            // A source of steady rate is entered at the frame that is on screen there.
            let start = ((shots[k].start * nominal) + 0.1).floor() / nominal;
            let wanted = shown(start + (i - cuts[k]) as f64 / per_second, nominal).map(|n| n + source * 200);
            assert!(wanted.contains(found), "{rate:?} frame {i}, shot {k}: {found} for {wanted:?}");
            let next_cut = cuts.get(k + 1).copied().unwrap_or(usize::MAX);
            assert!(i < next_cut && found / 200 == source, "frame {i} shows another source");
        }
    }
}

#[test]
fn frames_without_a_steady_rate_keep_their_times() {
    let bench = bench();
    // Frames 20 to 39 come at half the pace: what is on screen is known at every moment.
    let varied = counting("50", 80, 0, "160x90").replace(
        " -frames:v",
        ",setpts='if(lt(N,20),N,if(lt(N,40),2*N-20,N+20))'/50/TB -fps_mode passthrough -video_track_timescale 12800 -frames:v",
    );
    let input = bench.make("varied.mp4", &varied);
    let mut edit = Edit::new(&bench, &[("a", &input)], &hum(&bench));
    let rendered = edit.shots([30, 1], 1.4, vec![cut(0.0, "a", 0.1), cut(0.7, "a", 0.55)]).render();
    for (i, found) in numbers(&bench, &rendered.file, 1.0, 0.8).into_iter().enumerate() {
        let time = if i < 21 { 0.1 + i as f64 / 30.0 } else { 0.55 + (i - 21) as f64 / 30.0 };
        let at = time * 50.0;
        let wanted = if at < 20.0 {
            at
        } else if at < 60.0 {
            (at + 20.0) / 2.0
        } else {
            at - 20.0
        };
        let off = wanted - found as f64;
        assert!((-0.25..1.05).contains(&off), "frame {i} shows {found}, and {wanted:.2} is on screen");
    }
}

#[test]
fn turned_odd_and_oblong_sources_keep_their_frames_and_shape() {
    let bench = bench();
    let turned = bench.make("flat.mp4", &counting("25", 60, 0, "90x160"));
    let args = format!("-i {} -c copy -metadata:s:v rotate=180", turned.display());
    let turned = bench.make("turned.mp4", &args);
    let odd = bench.make("odd.mkv", &counting("25", 60, 200, "181x101").replace("-c:v", "-pix_fmt yuv444p -c:v"));
    let oblong =
        bench.make("oblong.mp4", &counting("25", 60, 400, "120x120").replace("-frames:v", "-vf setsar=16/9 -frames:v"));
    let mut edit = Edit::new(&bench, &[("a", &turned), ("b", &odd), ("c", &oblong)], &hum(&bench));
    let shots = vec![cut(0.0, "b", 0.4), cut(0.6, "c", 1.0), cut(1.0, "b", 1.2), cut(1.4, "a", 0.0)];
    let rendered = edit.shots([25, 1], 1.8, shots).laid_out(Layout::Fit).render();
    let found = numbers(&bench, &rendered.file, 1.0, 0.5);
    let wanted = (0..15).map(|i| 210 + i).chain((0..10).map(|i| 425 + i)).chain((0..10).map(|i| 230 + i));
    assert_eq!(found[..35], wanted.collect::<Vec<usize>>());
    // Upside down the strips stand in the other order.
    let upside_down = numbers(&bench, &rendered.file, 9.0 * 9.0 / 256.0, 0.8);
    let reversed =
        |n: usize| (0..10).filter(|bit| (n ^ n >> 1) >> bit & 1 == 1).fold(0, |sum, bit| sum | 1 << (9 - bit));
    let gray: Vec<usize> = upside_down[35..].iter().map(|n| n ^ n >> 1).collect();
    assert_eq!(gray, (0..10).map(reversed).collect::<Vec<_>>());
}

#[test]
fn beyond_both_ends_of_a_source_its_first_and_last_frames_stay() {
    let bench = bench();
    let a = bench.make("a.mp4", &counting("25", 50, 0, "160x90"));
    let b = bench.make("b.mp4", &counting("25", 10, 100, "160x90"));
    let mut edit = Edit::new(&bench, &[("a", &a), ("b", &b)], &hum(&bench));
    // The second begins before its source does; the third is over before it has begun.
    let shots = vec![cut(0.0, "a", 1.8), joined(0.4, "b", 0.04, JointKind::Wipe, 0.4), cut(1.2, "b", 0.9)];
    let rendered = edit.shots([25, 1], 1.6, shots).render();
    let found = numbers(&bench, &rendered.file, 1.0, 0.8);
    assert_eq!(found[..5], [45, 46, 47, 48, 49]);
    assert_eq!(found[15..22], [106, 107, 108, 109, 109, 109, 109]);
    assert_eq!(found[30..], [109; 10]);
}

#[test]
fn shots_without_layouts_show_the_whole_picture() {
    let bench = bench();
    let a = bench.make("a.mp4", &counting("25", 50, 300, "160x90"));
    let mut edit = Edit::new(&bench, &[("a", &a)], &hum(&bench));
    edit.aspect = "9:16".parse().unwrap();
    edit.shots([25, 1], 0.8, vec![cut(0.0, "a", 0.4)]);
    edit.plan.shots[0].layouts.clear();
    let rendered = edit.render();
    let high = 9.0 * 9.0 / 256.0;
    assert_eq!(numbers(&bench, &rendered.file, 1.0, high * 0.8), (310..330).collect::<Vec<_>>());
}

/// Rows of `side` x `side` gray values around the only cut of an edit from a dark source to a light one.
fn transition(kind: JointKind, side: usize) -> Vec<Vec<u8>> {
    let bench = bench();
    let flat = |name: &str, luma: u32| {
        let args = format!(
            "-f lavfi -i color=gray:s=160x90:r=25:d=2,format=yuv420p,geq=lum={luma}:cb=128:cr=128 -c:v libx264 -qp 5 -color_range tv"
        );
        bench.make(name, &args)
    };
    let (dark, light) = (flat("dark.mp4", 60), flat("light.mp4", 180));
    let mut edit = Edit::new(&bench, &[("a", &dark), ("b", &light)], &hum(&bench));
    let rendered = edit.shots([25, 1], 1.6, vec![cut(0.0, "a", 0.0), joined(0.8, "b", 0.6, kind, 0.4)]).render();
    bench.frames(&rendered.file, side)
}

/// Whether frames 14 and 25 are still and again one picture, and what the two beside the cut show.
#[track_caller]
fn middle(kind: JointKind) -> [Vec<u8>; 2] {
    let frames = transition(kind, 8);
    let close = |frame: &Vec<u8>, luma: u8| frame.iter().all(|v| v.abs_diff(luma) <= 3);
    assert_eq!(frames.len(), 40);
    assert!(frames[..15].iter().all(|frame| close(frame, 60)), "{kind:?}: {:?}", frames[14]);
    assert!(frames[25..].iter().all(|frame| close(frame, 180)), "{kind:?}: {:?}", frames[25]);
    [frames[19].clone(), frames[20].clone()]
}

#[test]
fn a_dissolve_is_half_of_each_at_the_cut() {
    let [before, after] = middle(JointKind::Dissolve);
    assert!(before.iter().all(|v| v.abs_diff(114) <= 6), "{before:?}");
    assert!(after.iter().all(|v| v.abs_diff(126) <= 6), "{after:?}");
}

#[test]
fn a_dip_is_dark_and_a_flash_is_bright_at_the_cut() {
    let [before, after] = middle(JointKind::Dip);
    assert!(before.iter().all(|v| *v < 30) && after.iter().all(|v| *v < 42), "{before:?} {after:?}");
    let [before, after] = middle(JointKind::Flash);
    assert!(before.iter().all(|v| *v > 206) && after.iter().all(|v| *v > 218), "{before:?} {after:?}");
}

#[test]
fn a_push_comes_from_the_right_and_a_wipe_from_the_left() {
    let [before, after] = middle(JointKind::Push);
    for frame in [before, after] {
        assert!(frame.chunks_exact(8).all(|row| row[2] < 70 && row[5] > 170), "{frame:?}");
    }
    let [before, after] = middle(JointKind::Wipe);
    for frame in [before, after] {
        assert!(frame.chunks_exact(8).all(|row| row[2] > 170 && row[5] < 70), "{frame:?}");
    }
}

#[test]
fn a_zoom_is_half_of_each_at_the_cut() {
    let [before, after] = middle(JointKind::Zoom);
    let mean = |frame: &[u8]| frame.iter().map(|v| f64::from(*v)).sum::<f64>() / 64.0;
    assert!((mean(&before) + mean(&after) - 240.0).abs() < 6.0, "{before:?} {after:?}");
    assert!(mean(&before) < 120.0 && mean(&after) > 120.0);
}

#[test]
fn both_sources_move_on_during_a_transition() {
    let bench = bench();
    let a = bench.make("a.mp4", &counting("25", 60, 0, "160x90"));
    let b = bench.make("b.mp4", &counting("25", 60, 200, "160x90"));
    let mut edit = Edit::new(&bench, &[("a", &a), ("b", &b)], &hum(&bench));
    let joint = |at, source, start| joined(at, source, start, JointKind::Wipe, 0.24);
    let shots = vec![cut(0.0, "a", 0.4), joint(0.4, "b", 1.0), joint(0.8, "a", 1.2)];
    let rendered = edit.shots([25, 1], 1.2, shots).render();
    // The wipe has uncovered less than a tenth at its first frame, and all but a tenth at its last.
    let found = numbers(&bench, &rendered.file, 1.0, 0.8);
    assert_eq!(found[..7], [10, 11, 12, 13, 14, 15, 16]);
    assert_eq!(found[13..17], [228, 229, 230, 231]);
    assert_eq!(found[23..], [33, 34, 35, 36, 37, 38, 39]);
}

fn still_layout(kind: Layout, keys: &[f64], seconds: f64) -> Vec<ShotLayout> {
    let mut one = layout(0.0, 10.0, kind);
    let last = (seconds - 1.0 / 30.0).max(0.01);
    one.path = keys.iter().enumerate().map(|(i, x)| Key { t: i as f64 * last, x: *x, y: 0.5 }).collect();
    vec![one]
}

#[test]
fn single_pictures_last_as_long_as_they_are_wanted() {
    let bench = bench();
    // Left half white, right half black, and a thin light frame.
    let halves = "-f lavfi -i color=black:s=640x360,drawbox=w=320:c=white:t=fill -frames:v 1";
    for (name, seconds) in [("a.png", 1.2), ("a.jpg", 0.2), ("a.webp", 0.2), ("a.bmp", 0.2)] {
        let picture = bench.make(name, halves);
        let mut edit = Edit::new(&bench, &[("a", &picture)], &hum(&bench));
        assert!(edit.sources[0].2.still, "{name}");
        edit.aspect = "9:16".parse().unwrap();
        let third = seconds / 3.0;
        edit.shots([30, 1], seconds, vec![cut(0.0, "a", 0.0), cut(third, "a", 0.0), cut(2.0 * third, "a", 0.0)]);
        // Nothing is said of the first; the second stands on its left half; over the third the window wanders.
        edit.plan.shots[0].layouts.clear();
        edit.plan.shots[1].layouts = [(edit.aspect, still_layout(Layout::Center, &[0.2], third))].into();
        edit.plan.shots[2].layouts = [(edit.aspect, still_layout(Layout::Track, &[0.2, 0.8], third))].into();
        let frames = bench.frames(&edit.render().file, 16);
        let each = (third * 30.0).round() as usize;
        assert_eq!(frames.len(), 3 * each, "{name}");
        for (i, frame) in frames[..each].iter().enumerate() {
            assert!(frame[8 * 16 + 2] > 200 && frame[8 * 16 + 13] < 40, "{name} {i}: {frame:?}");
        }
        for (i, frame) in frames[each..2 * each].iter().enumerate() {
            assert!(frame.iter().all(|v| *v > 220), "{name} {i}: {frame:?}");
        }
        assert!(frames[2 * each][8 * 16 + 14] > 200 && frames[3 * each - 1][8 * 16 + 4] < 40, "{name}");
    }
}

#[test]
fn a_picture_comes_gently_nearer() {
    let bench = bench();
    let picture = bench
        .make("a.png", "-f lavfi -i color=white:s=640x360,drawbox=x=160:y=90:w=320:h=180:c=black:t=fill -frames:v 1");
    let mut edit = Edit::new(&bench, &[("a", &picture)], &hum(&bench));
    let rendered = edit.shots([25, 1], 2.0, vec![cut(0.0, "a", 0.0)]).laid_out(Layout::Track).render();
    let dark: Vec<f64> = bench.levels(&rendered.file).iter().map(|level| 235.0 - level).collect();
    assert!(dark.windows(2).all(|pair| pair[1] > pair[0] - 0.2), "{dark:?}");
    // The dark quarter grows by six in a hundred, to both sides.
    assert!((dark[49] / dark[0] - 1.06 * 1.06).abs() < 0.02, "{} {}", dark[0], dark[49]);
}

#[test]
fn a_picture_that_a_camera_turned_is_shown_upright() {
    let Some(input) = open_media("odd/pil_hopper_orientation_8.jpg") else { return };
    let bench = bench();
    let upright = bench.ffmpeg(
        [
            "-noautorotate",
            "-i",
            input.to_str().unwrap(),
            "-vf",
            "transpose=cclock,scale=16:16:flags=area,format=gray",
            "-f",
            "rawvideo",
            "pipe:1",
        ]
        .into_iter(),
    );
    let mut edit = Edit::new(&bench, &[("a", &input)], &hum(&bench));
    let info = &edit.sources[0].2.video.clone().unwrap();
    edit.aspect = format!("{}:{}", info.display_width / 2, info.display_height / 2).parse().unwrap_or(edit.aspect);
    let rendered = edit.shots([25, 1], 0.4, vec![cut(0.0, "a", 0.0)]).render();
    let args = [
        "-i",
        rendered.file.to_str().unwrap(),
        "-vf",
        "scale=16:16:flags=area,format=gray",
        "-frames:v",
        "1",
        "-f",
        "rawvideo",
        "pipe:1",
    ];
    let shown = bench.ffmpeg(args.into_iter());
    let apart = |turned: &[u8]| shown.iter().zip(turned).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / 256.0;
    let lying: Vec<u8> = (0..256).map(|i| upright[(i % 16) * 16 + 15 - i / 16]).collect();
    assert!(apart(&upright) < 12.0, "{}", apart(&upright));
    assert!(apart(&lying) > 2.0 * apart(&upright));
}
