//! The whole analysis on real footage with known truth: clocks, cuts, odd containers, cancelling.

use std::path::{Path, PathBuf};
use std::process::Command;

use reelspan_media::analyse::{AnalyseError, Options, analyse_with};
use reelspan_media::analysis::{Analysis, Transition};
use reelspan_media::probe::probe;
use reelspan_media::tool::{Jail, Settings, ToolError, Tools};
use reelspan_testing::open_media;
use reelspan_types::Cancel;

#[expect(clippy::disallowed_methods, reason = "tests find ffmpeg as a user's shell would")]
fn tools() -> Tools {
    let path = std::env::var_os("PATH");
    Tools::find(Settings { ffmpeg: None, ffprobe: None, path, jail: Jail::Off, fonts: Vec::new() })
        .expect("ffmpeg is installed")
}

fn look(file: &Path, options: Options) -> Analysis {
    let tools = tools();
    let info = probe(&tools, file).expect("it is media");
    analyse_with(&tools, file, &info, options, &Cancel::new(), &mut |_| {}).expect("it can be decoded")
}

/// Makes a small file with ffmpeg's own sources and encoders.
#[expect(clippy::disallowed_methods, reason = "tests make their own material")]
fn make(folder: &tempfile::TempDir, name: &str, args: &[&str]) -> PathBuf {
    let file = folder.path().join(name);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(args)
        .arg(&file)
        .status()
        .expect("ffmpeg is installed");
    assert!(made.success(), "{args:?}");
    file
}

fn begins(analysis: &Analysis, transition: Transition) -> Vec<f64> {
    let shots = &analysis.video.as_ref().expect("it has a picture").shots;
    shots.iter().filter(|shot| shot.transition == transition).map(|shot| shot.start).collect()
}

/// Exactly these cuts, each within two frames, and no other kind of boundary.
#[track_caller]
fn check_cuts(name: &str, truth: &[f64]) {
    let Some(file) = open_media(name) else { return };
    let analysis = look(&file, Options::shots_only());
    let video = analysis.video.as_ref().expect("it has a picture");
    let found: Vec<f64> = video.shots.iter().skip(1).map(|shot| shot.start).collect();
    assert_eq!(found.len(), truth.len(), "{name}: {found:?}");
    for (found, truth) in found.iter().zip(truth) {
        assert!((found - truth).abs() <= 2.0 / video.frame_rate, "{name}: {found} instead of {truth}");
    }
    assert_eq!(begins(&analysis, Transition::Cut).len(), truth.len(), "{name}");
    assert!(video.shots.iter().all(|shot| shot.screen < 0.3), "{name} is filmed: {:?}", video.shots);
}

#[test]
fn cuts_of_a_concert_count_from_the_start_of_the_file_though_the_picture_begins_late() {
    check_cuts("people/short_hamilton_clip.mp4", &[1.519, 3.588, 7.892]);
}

#[test]
fn cuts_of_an_animated_film_are_found_and_its_title_is_none() {
    check_cuts("scenes/big-buck-bunny-480p-30s.mp4", &[11.875, 15.75, 23.042]);
}

#[test]
fn a_fixed_camera_has_no_cuts() {
    check_cuts("scenes/car-detection.mp4", &[]);
    check_cuts("people/one-by-one-person-detection.mp4", &[]);
    check_cuts("people/asl_walk.mkv", &[]);
    check_cuts("people/azure_Asking_a_question.mp4", &[]);
}

#[test]
fn fades_through_black_are_one_boundary_each() {
    let Some(file) = open_media("scenes/psd_fades.mp4") else { return };
    let analysis = look(&file, Options::shots_only());
    let frames: Vec<f64> = begins(&analysis, Transition::Fade).iter().map(|at| (at * 25.0).round()).collect();
    assert_eq!(frames, [84.0, 167.0]);
    assert_eq!(analysis.video.unwrap().shots.len(), 3);
}

#[test]
fn shots_cover_the_picture_without_gaps() {
    let Some(file) = open_media("people/short_hamilton_clip.mp4") else { return };
    let analysis = look(&file, Options::shots_only());
    let video = analysis.video.unwrap();
    assert_eq!(video.shots[0].start, 0.0);
    assert!(video.shots.windows(2).all(|pair| pair[0].end == pair[1].start));
    let end = video.shots.last().unwrap().end;
    assert!((end - analysis.duration).abs() < 1e-9, "{end} {}", analysis.duration);
    assert!((end - 10.02).abs() < 0.06, "the late start counts: {end}");
    assert!((video.frame_rate - 29.97).abs() < 0.01);
    let motion = &video.motion;
    assert!((motion.values.len() as f64 / motion.rate - end).abs() <= 0.15);
    assert!(video.frozen.is_empty(), "the lead before the picture is no standstill: {:?}", video.frozen);
}

#[test]
fn decoded_length_counts_for_a_cut_off_file() {
    let folder = tempfile::tempdir().unwrap();
    let whole =
        make(&folder, "whole.ts", &["-f", "lavfi", "-i", "testsrc2=d=4:s=320x180:r=25", "-c:v", "libx264", "-g", "25"]);
    let bytes = std::fs::read(whole).unwrap();
    let cut = folder.path().join("cut.ts");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let analysis = look(&cut, Options::shots_only());
    assert!(analysis.duration > 1.0 && analysis.duration < 3.2, "{}", analysis.duration);
}

#[test]
fn a_turned_picture_has_its_shown_size() {
    let folder = tempfile::tempdir().unwrap();
    let flat = make(&folder, "flat.mp4", &["-f", "lavfi", "-i", "testsrc2=d=1:s=320x180:r=30", "-pix_fmt", "yuv420p"]);
    let flat = flat.to_str().unwrap();
    let turned = make(&folder, "turned.mp4", &["-i", flat, "-c", "copy", "-metadata:s:v:0", "rotate=90"]);
    let video = look(&turned, Options { sound: false, ..Options::default() }).video.unwrap();
    assert_eq!((video.width, video.height), (180, 320));
    assert_eq!(video.shots.len(), 1);
    assert_eq!(video.sharpness.values.len(), 4);
}

#[test]
fn a_changing_rate_becomes_a_steady_grid() {
    let folder = tempfile::tempdir().unwrap();
    // A second at 30, a second at 5, a second at 30: the cut to red comes at 2 s.
    let graph = "testsrc2=d=3:s=320x180:r=30,select='not(between(t,1,1.999))+not(mod(n,6))'[a];\
                 [a]drawbox=c=red:t=fill:enable='gte(t,1.99)'";
    let file = make(&folder, "vfr.mkv", &["-f", "lavfi", "-i", graph, "-fps_mode", "vfr", "-pix_fmt", "yuv420p"]);
    let analysis = look(&file, Options::shots_only());
    assert!((analysis.duration - 3.0).abs() < 0.15, "{}", analysis.duration);
    let cuts = begins(&analysis, Transition::Cut);
    assert_eq!(cuts.len(), 1, "{cuts:?}");
    assert!((cuts[0] - 2.0).abs() < 0.1, "{cuts:?}");
}

#[test]
fn a_size_that_changes_midway_keeps_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let large = make(&folder, "a.ts", &["-f", "lavfi", "-i", "testsrc2=d=2:s=320x180:r=25", "-c:v", "libx264"]);
    let small = make(&folder, "b.ts", &["-f", "lavfi", "-i", "testsrc2=d=2:s=160x120:r=25", "-c:v", "libx264"]);
    let joined = folder.path().join("joined.ts");
    std::fs::write(&joined, [std::fs::read(large).unwrap(), std::fs::read(small).unwrap()].concat()).unwrap();
    let analysis = look(&joined, Options::shots_only());
    assert!((analysis.duration - 4.0).abs() < 0.2, "{}", analysis.duration);
}

#[test]
fn progress_rises_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = make(&folder, "a.mp4", &["-f", "lavfi", "-i", "testsrc2=d=5:s=320x180:r=25", "-pix_fmt", "yuv420p"]);
    let tools = tools();
    let info = probe(&tools, &file).unwrap();
    let mut heard = Vec::new();
    let on = &mut |done| heard.push(done);
    analyse_with(&tools, &file, &info, Options::shots_only(), &Cancel::new(), on).unwrap();
    assert_eq!(heard, [1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn a_cancel_in_the_middle_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = make(&folder, "a.mp4", &["-f", "lavfi", "-i", "testsrc2=d=60:s=160x90:r=25", "-c:v", "mpeg4"]);
    let tools = tools();
    let info = probe(&tools, &file).unwrap();
    let cancel = Cancel::new();
    let mut last = 0.0;
    let on = &mut |done| {
        last = done;
        cancel.cancel();
    };
    let ended = analyse_with(&tools, &file, &info, Options::shots_only(), &cancel, on);
    assert!(matches!(ended, Err(AnalyseError::Tool(ToolError::Cancelled))));
    assert!(last < 2.0, "no more was decoded: {last}");
}

#[test]
fn a_still_has_one_shot() {
    let folder = tempfile::tempdir().unwrap();
    let file = make(&folder, "a.png", &["-f", "lavfi", "-i", "testsrc2=d=1:s=320x180", "-frames:v", "1"]);
    let video = look(&file, Options { sound: false, ..Options::default() }).video.unwrap();
    assert_eq!(video.shots.len(), 1);
    assert_eq!(video.shots[0].transition, Transition::Start);
}

#[test]
fn sound_and_picture_share_one_clock() {
    let folder = tempfile::tempdir().unwrap();
    // A beep and a cut to white, both 2 s into streams of which the sound begins half a second late.
    let picture = "color=0x204060:d=5:s=320x180:r=25,drawbox=x=40:y=40:w=90:h=70:c=orange:t=fill,\
                   drawbox=x=100:y=20:w=200:h=140:c=white:t=fill:enable='gte(t,2)'";
    let sound = "sine=f=1000:r=44100:d=4.5,volume='if(between(t,1.5,2.5),1,0)':eval=frame";
    let inputs = ["-f", "lavfi", "-i", picture, "-itsoffset", "0.5", "-f", "lavfi", "-i", sound];
    let codecs = ["-map", "0:v", "-map", "1:a", "-ac", "6", "-c:v", "mpeg4", "-c:a", "pcm_s16le"];
    let file = make(&folder, "late.mkv", &[&inputs[..], &codecs[..]].concat());
    let analysis = look(&file, Options { sound: true, faces: None });
    let audio = analysis.audio.as_ref().unwrap();
    let cuts = begins(&analysis, Transition::Cut);
    assert_eq!(cuts, [2.0]);
    let loud = audio.peaks.values.iter().position(|peak| *peak > 0.02).unwrap() as f64 / audio.peaks.rate;
    assert!((loud - 2.0).abs() < 0.08, "{loud}");
    assert!((analysis.duration - 5.0).abs() < 0.1, "{}", analysis.duration);
}

#[test]
fn sound_alone_is_analysed() {
    let folder = tempfile::tempdir().unwrap();
    let file = make(&folder, "a.wav", &["-f", "lavfi", "-i", "sine=f=440:r=8000:d=3"]);
    let tools = tools();
    let info = probe(&tools, &file).unwrap();
    let mut heard = Vec::new();
    let on = &mut |done: f64| heard.push(done.floor());
    let analysis = analyse_with(&tools, &file, &info, Options::default(), &Cancel::new(), on).unwrap();
    assert!(analysis.video.is_none() && analysis.audio.is_some());
    assert!((analysis.duration - 3.0).abs() < 0.01, "{}", analysis.duration);
    assert_eq!(heard.first(), Some(&1.0));
}

#[test]
fn a_file_in_which_nothing_can_be_decoded_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = make(&folder, "a.wav", &["-f", "lavfi", "-i", "sine=f=440:d=1"]);
    let tools = tools();
    let mut info = probe(&tools, &file).unwrap();
    info.audio.clear();
    let ended = analyse_with(&tools, &file, &info, Options::default(), &Cancel::new(), &mut |_| {});
    assert!(matches!(ended, Err(AnalyseError::NothingDecoded)));
}
