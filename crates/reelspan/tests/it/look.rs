//! `probe` and `analyze` on real files.

use std::io::{BufRead, BufReader};

use reelspan_testing::{make_media, open_media};

use crate::support::Machine;

#[test]
fn probe_says_what_a_file_is() {
    let machine = Machine::new();
    machine.talk(4);
    let info = machine.run(&["probe", "talk.mp4", "--json"]).ok().json();
    assert_eq!((&info["video"]["codec"], &info["video"]["display_width"]), (&"h264".into(), &640.into()));
    assert_eq!(info["audio"][0]["codec"], "aac");
    assert!(machine.run(&["probe", "talk.mp4"]).ok().stdout.contains("h264 640x360"));
}

#[test]
fn analyze_finds_the_cuts_of_a_real_film() {
    let Some(file) = open_media("scenes/big-buck-bunny-480p-30s.mp4") else { return };
    let machine = Machine::new();
    let analysis = machine.run(&["analyze", file.to_str().unwrap(), "--json"]).ok().json();
    let shots = analysis["video"]["shots"].as_array().unwrap();
    let starts: Vec<f64> = shots.iter().skip(1).map(|shot| shot["start"].as_f64().unwrap()).collect();
    for cut in [11.875, 15.75, 23.042] {
        assert!(starts.iter().any(|start| (start - cut).abs() < 0.09), "{cut} in {starts:?}");
    }
    assert!(analysis["audio"]["loudness"]["integrated"].as_f64().is_some());
}

/// Three hours take their time, so this is part of `./x lab`.
#[test]
#[ignore = "decodes three hours of film; ./x lab runs it"]
fn three_hours_are_analysed_in_bounded_memory() {
    let machine = Machine::new();
    let talk = machine.talk(60);
    let long = machine.path("long.mp4");
    let talk = talk.to_str().unwrap();
    make_media(&["-stream_loop", "179", "-i", talk, "-c", "copy"], &long);
    let mut child = machine.start(&["analyze", "long.mp4", "--json"]);
    // The kernel keeps the peak, so a look at every line of progress is enough.
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let most = lines.map_while(Result::ok).map(|_| resident_kb(child.id())).max().unwrap_or(0);
    assert!(child.wait().unwrap().success());
    assert!(most > 0 && most < 500_000, "{most} kB resident");
}

/// The peak that the kernel has seen of one process.
fn resident_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
