//! The attacks of the design's table: refused before anything runs, and by the jail where that check is stepped over.

use std::path::Path;

use reelspan_media::operations::{Format, check};
use reelspan_media::tool::{Command, Jail, Tools};
use reelspan_types::Cancel;

use crate::bench::{Bench, request};
use crate::tools::{bare, ffmpeg, jailed, make};

fn secret(bench: &Bench) -> std::path::PathBuf {
    let other = bench.path("other-tenant");
    std::fs::create_dir(&other).unwrap();
    let film = other.join("secret.ts");
    make("-v error -f lavfi -i testsrc=s=64x64:d=1 -c:v mpeg2video", &film);
    std::fs::write(other.join("secret.txt"), "the other tenant's words").unwrap();
    other
}

#[test]
fn graphs_that_read_other_files_are_refused_at_request_time() {
    for graph in [
        "drawtext=textfile=/etc/passwd",
        "movie=/x/secret.ts,scale=10:10[m];[in][m]overlay",
        "subtitles=/x/secret.srt",
        "lut3d=/etc/passwd",
        "sendcmd=f=/etc/passwd",
        "metadata=print:file=/tmp/out",
    ] {
        for option in ["-vf", "-filter:v", "-filter_complex", "-lavfi"] {
            assert!(check(&request(Format::Mp4, 1, &[(option, graph)])).is_err(), "{option} {graph}");
        }
        let mut filters = request(Format::Mp4, 1, &[]);
        filters.filters = vec![graph.to_owned()];
        assert!(check(&filters).is_err(), "{graph}");
    }
}

/// As a run of ours would be, but with a graph that was never checked.
fn stepped_over(tools: &Tools, input: &Path, graph: &str, output: &Path) -> bool {
    let mut command: Command = ffmpeg("-loglevel error -i");
    command.args.push(input.into());
    command.args.extend(["-filter_complex".into(), graph.into(), "-frames:v".into(), "1".into()]);
    command.args.push(output.into());
    command.fonts = true;
    let command = command.reading(input).writing(output);
    tools.run(command, &Cancel::new()).is_ok()
}

#[test]
fn where_the_check_is_stepped_over_the_jail_still_refuses() {
    let bench = Bench::new().input("-f lavfi -i color=c=gray:s=320x180:d=1", "in.mp4");
    let other = secret(&bench);
    let (film, text) = (other.join("secret.ts"), other.join("secret.txt"));
    let (film, text) = (film.display(), text.display());
    let (input, side) = (bench.path("in.mp4"), bench.path("side.txt"));
    for graph in [
        format!("[0:v]drawtext=textfile={text}"),
        format!("movie={film}[m];[0:v][m]overlay"),
        format!("[0:v]metadata=print:file={}", side.display()),
        format!("[0:v]subtitles={film}"),
    ] {
        let out = bench.path("out.png");
        let unlocked = stepped_over(&bare(), &input, &graph, &out);
        let locked = stepped_over(&jailed(), &input, &graph, &bench.path("locked.png"));
        assert!(!locked, "the jail let it through: {graph}");
        assert!(unlocked || graph.contains("subtitles"), "the attack itself does not work: {graph}");
        let _gone = std::fs::remove_file(&side);
    }
}

#[test]
fn playlists_that_name_other_tenants_files_are_no_inputs() {
    let bench = Bench::new();
    let other = secret(&bench);
    let film = other.join("secret.ts");
    let film = film.display();
    for (name, text) in [
        ("a.m3u8", format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{film}\n#EXT-X-ENDLIST\n")),
        ("b.mp4", format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{film}\n#EXT-X-ENDLIST\n")),
        ("c.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n".to_owned()),
        ("d.mp4", format!("ffconcat version 1.0\nfile {film}\n")),
    ] {
        let path = bench.path(name);
        std::fs::write(&path, text).unwrap();
        let bench = Bench::new().given(&path);
        let error = bench.try_run(&request(Format::Mp4, 1, &[]), "out.mp4").unwrap_err();
        assert_eq!(error.code(), "input_unusable", "{name}: {error}");
    }
}

#[test]
fn a_playlist_behind_a_subtitles_address_is_refused() {
    let bench = Bench::new().input("-f lavfi -i color=c=gray:s=320x180:d=1", "in.mp4");
    let list = bench.path("list");
    std::fs::write(&list, "\u{feff}\n#EXTM3U\n#EXTINF:1,\n/etc/passwd\n").unwrap();
    let bench = bench.referenced("https://a/b.srt", &list);
    let request = request(Format::Mp4, 1, &[("-vf", "subtitles='https://a/b.srt'")]);
    assert_eq!(check(&request).unwrap().addresses, ["https://a/b.srt"]);
    let error = bench.try_run(&request, "out.mp4").unwrap_err();
    assert_eq!(error.code(), "referenced_file_unusable", "{error}");
}

#[test]
fn a_machine_that_cannot_lock_up_runs_nothing() {
    let missing = Tools { jail: Jail::Helper { program: "/nonexistent".into(), args: Vec::new() }, ..bare() };
    let bench = Bench::new().input("-f lavfi -i color=c=gray:s=32x18:d=1", "in.mp4");
    let out = bench.path("out.mp4");
    let made = reelspan_media::operations::run(
        &missing,
        &request(Format::Mp4, 1, &[]),
        &bench.files,
        &out,
        out.parent().unwrap(),
        &bench.limits,
        &Cancel::new(),
        &mut |_| {},
    );
    assert_eq!(made.unwrap_err().code(), "no_jail");
}
