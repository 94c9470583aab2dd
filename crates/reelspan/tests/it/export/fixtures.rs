//! Small media at any rate, plans on their grid, and what the exports of each must hold.

use serde_json::{Value, json};

use super::Expected;
use crate::support::Machine;

/// A file name that breaks whatever does not escape.
pub(crate) const HOSTILE: &str = "a \"b\" & <c> 'd' #1% ü🎬.mov";
const TITLE: &str = "Say \"no\" & <b>go</b> 'now' 🎬 مرحبا 100%";
const LENGTH: u32 = 12;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) num: u32,
    pub(crate) den: u32,
}

impl Grid {
    /// The time of a frame as a plan writes it: three decimals.
    fn at(self, frame: i64) -> f64 {
        (frame as f64 * f64::from(self.den) / f64::from(self.num) * 1000.0).round() / 1000.0
    }
}

/// A recording with sound, a photo and a song; returns the first frame's number by its timecode.
pub(crate) fn media(machine: &Machine, grid: Grid, timecode: &str) -> i64 {
    let picture = format!("testsrc2=s=640x360:r={}/{}:d={LENGTH}", grid.num, grid.den);
    let sound = format!("sine=d={LENGTH}:r=48000");
    let mut args = vec!["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound];
    args.extend(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"]);
    if !timecode.is_empty() {
        args.extend(["-timecode", timecode]);
    }
    reelspan_testing::make_media(&args, &machine.path(HOSTILE));
    reelspan_testing::make_media(
        &["-f", "lavfi", "-i", "color=red:s=400x300", "-frames:v", "1"],
        &machine.path("photo.png"),
    );
    reelspan_testing::make_media(&["-f", "lavfi", "-i", "sine=440:d=30"], &machine.path("song.wav"));
    if timecode.is_empty() {
        return 0;
    }
    let parts: Vec<i64> = timecode.split([':', ';']).map(|part| part.parse().unwrap()).collect();
    let nominal = i64::from((grid.num + grid.den / 2) / grid.den);
    let minutes = parts[0] * 60 + parts[1];
    let dropped = if timecode.contains(';') { 2 * (minutes - minutes / 10) } else { 0 };
    (minutes * 60 + parts[2]) * nominal + parts[3] - dropped
}

fn input() -> Value {
    json!({"path": HOSTILE, "blake3": "00", "duration": f64::from(LENGTH), "width": 640, "height": 360, "transcript": "none"})
}

pub(crate) fn titled_clips(grid: Grid) -> Value {
    let path = json!([{"t": grid.at(60), "x": 0.3, "y": 0.5}, {"t": grid.at(90), "x": 0.7, "y": 0.4}]);
    json!({
        "schema": "reelspan.plan/1", "kind": "clips", "input": input(),
        "settings": {"aspects": ["9:16"], "captions": "none", "loudness": -14.0, "watermark": "none"},
        "clips": [
            {"id": "01", "start": grid.at(50), "end": grid.at(171), "title": TITLE, "score": 0.7, "reason": "a <good> one",
             "layouts": {"9:16": [
                {"start": grid.at(50), "end": grid.at(113), "layout": "track", "zoom": 0.8, "path": path},
                {"start": grid.at(113), "end": grid.at(171), "layout": "fit"}]}},
            {"id": "con", "start": grid.at(7), "end": grid.at(60), "title": "", "score": 0.1, "reason": "",
             "layouts": {"9:16": [{"start": grid.at(7), "end": grid.at(60), "layout": "center"}]}}
        ]
    })
}

pub(crate) fn expected_clips(start: i64) -> Vec<Expected> {
    let clip = |name: &str, shots: Vec<(String, i64, i64, i64)>, title: &str| Expected {
        name: name.to_owned(),
        shots,
        joints: Vec::new(),
        sound: true,
        music: None,
        markers: vec![(title.to_owned(), 0)],
    };
    let first = vec![(TITLE.to_owned(), 0, start + 50, 63), (TITLE.to_owned(), 63, start + 113, 58)];
    vec![clip(&format!("01 {TITLE}"), first, TITLE), clip("con", vec![("con".to_owned(), 0, start + 7, 53)], "con")]
}

pub(crate) fn edit(grid: Grid) -> Value {
    let footage = |id: &str, path: &str, still: bool| {
        let duration = if still { 0.0 } else { f64::from(LENGTH) };
        json!({"id": id, "path": path, "blake3": "00", "duration": duration, "width": 640, "height": 360, "still": still})
    };
    let joint = |kind: &str, frames: i64| json!({"kind": kind, "seconds": grid.at(frames)});
    json!({
        "schema": "reelspan.plan/1", "kind": "music-edit",
        "sources": [footage("a", HOSTILE, false), footage("b", "photo.png", true)],
        "music": {"path": "song.wav", "blake3": "00", "duration": 30.0, "start": grid.at(25),
            "beats": [grid.at(25), grid.at(35), grid.at(45)], "downbeats": [grid.at(35)], "fade_in": 0.0, "fade_out": grid.at(12)},
        "settings": {"aspects": ["9:16"], "length": grid.at(120), "frame_rate": [grid.num, grid.den], "pace": "fast",
            "loudness": -14.0, "original_sound": -6.0, "watermark": "none"},
        "shots": [
            {"at": 0.0, "source": "a", "start": grid.at(40), "reason": "first & <best>"},
            {"at": grid.at(35), "source": "b", "start": 0.0, "joint": joint("dissolve", 8)},
            {"at": grid.at(70), "source": "a", "start": grid.at(103), "joint": joint("wipe", 10),
             "layouts": {"9:16": [{"start": grid.at(90), "end": grid.at(160), "layout": "center"}]}},
            {"at": grid.at(100), "source": "a", "start": grid.at(3)}
        ]
    })
}

pub(crate) fn expected_edit(_: Grid, start: i64) -> Expected {
    let footage = HOSTILE.trim_end_matches(".mov").to_owned();
    Expected {
        name: "song (edit)".to_owned(),
        shots: vec![
            (footage.clone(), 0, start + 40, 35),
            // Its first frames are seen under the transition, before the cut.
            ("photo".to_owned(), 35, 4, 35),
            (footage.clone(), 70, start + 103, 30),
            (footage, 100, start + 3, 20),
        ],
        joints: vec![(35, 4), (70, 5)],
        sound: true,
        music: Some(("song.wav".to_owned(), 25, 120)),
        markers: vec![("Beat".to_owned(), 0), ("Downbeat".to_owned(), 10), ("Beat".to_owned(), 20)],
    }
}

pub(crate) fn cut(grid: Grid) -> Value {
    let piece = |from: i64, to: i64, keep: bool, why: &str| json!({"start": grid.at(from), "end": grid.at(to), "keep": keep, "why": why});
    json!({
        "schema": "reelspan.plan/1", "kind": "cut", "input": input(),
        "settings": {"fade": 0.01, "room_tone": true, "encode": false},
        "pieces": [
            piece(5, 40, true, "wanted"), piece(40, 60, true, "wanted"), piece(60, 77, false, "silence"),
            piece(77, 101, true, "wanted"), piece(101, 103, false, "filler"), piece(110, 145, true, "wanted"),
            piece(145, 170, false, "unwanted")
        ]
    })
}

pub(crate) fn expected_cut(start: i64) -> Expected {
    let shot = |record: i64, from: i64, to: i64| (HOSTILE.to_owned(), record, start + from, to - from);
    Expected {
        name: HOSTILE.replace(".mov", " (cut)"),
        shots: vec![shot(0, 5, 60), shot(55, 77, 101), shot(79, 110, 145)],
        joints: Vec::new(),
        sound: true,
        music: None,
        markers: vec![
            ("Removed silence".to_owned(), 55),
            ("Removed filler".to_owned(), 79),
            ("Removed".to_owned(), 113),
        ],
    }
}
