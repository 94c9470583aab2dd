//! What the look into a file promises, without the jail; files of all kinds are in tests/probe.rs.

use super::*;
use crate::tool::for_tests;

#[track_caller]
fn check(name: &str, content: &[u8], code: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    let error = probe(&for_tests(), &file).unwrap_err();
    assert_eq!(error.code(), code, "{name}: {error}");
}

#[test]
fn what_is_no_media_is_said_to_be_none() {
    check("page.mp4", b"<!DOCTYPE html><html><body>Not a film</body></html>", "not_media");
    check("text.mp4", "Just some words.\n".repeat(400).as_bytes(), "not_media");
    check("art.ans", b"\x1b[31mhello\x1b[0m\r\n", "not_media");
    check("list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n", "not_media");
    check("script.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n", "not_media");
    check(
        "session.mp4",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n",
        "not_media",
    );
    check("subtitles.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", "not_media");
    check("frame%03d.jpg", b"not a picture", "not_media");
    check("noise.bin", &[0xa5; 4096], "not_media");
    check("nothing.mp4", b"", "empty");
}

#[test]
fn what_is_no_file_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("absent.mp4"), folder.path().to_owned(), "/dev/zero".into()] {
        let error = probe(&for_tests(), &path).unwrap_err();
        assert_eq!(error.code(), "unreadable", "{error}");
    }
}

#[test]
fn a_file_is_read_as_the_kind_it_is_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tone.wav");
    let mut command = made_by(&["-f", "lavfi", "-i", "sine=d=1:r=8000"], &file);
    command.args.push(file_arg(&file));
    for_tests().run(command, &Cancel::new()).unwrap();
    let info = probe(&for_tests(), &file).unwrap();
    assert_eq!(
        (info.container.as_str(), info.duration, info.still, info.video.clone()),
        ("wav", Some(1.0), false, None)
    );
    assert_eq!((info.audio[0].sample_rate, info.audio[0].channels), (8000, 1));
    let expected =
        ["-protocol_whitelist", "file,pipe", "-max_pixels", "268435456", "-f", "wav", "-i"].map(OsString::from);
    assert_eq!(info.input_args(&file), [&expected[..], &[file_arg(&file)]].concat());
    let json = serde_json::to_string(&info).unwrap();
    assert_eq!(serde_json::from_str::<MediaInfo>(&json).unwrap(), info);
}

#[test]
fn a_picture_and_a_moving_one_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    for (name, frames, still) in [
        ("a.png", 1, true),
        ("b.jpg", 1, true),
        ("c.gif", 1, true),
        ("d.gif", 5, false),
        ("e.mp4", 5, false),
        ("f%03d.png", 1, true),
        ("g%d.gif", 5, false),
    ] {
        let file = folder.path().join(name);
        let count = frames.to_string();
        let mut command = made_by(&["-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", &count], &file);
        if name.ends_with("png") || name.ends_with("jpg") {
            command.args.extend(["-update".into(), "1".into()]);
        }
        command.args.push(file_arg(&file));
        for_tests().run(command, &Cancel::new()).unwrap();
        let info = probe(&for_tests(), &file).unwrap();
        assert_eq!(info.still, still, "{name}: {info:?}");
        // It must be readable as what it was found to be.
        let mut command = made_by(&[], &file);
        command.writes.clear();
        command.args = info.input_args(&file);
        command.args.extend(["-f", "null", "-"].map(OsString::from));
        for_tests().run(command, &Cancel::new()).unwrap();
    }
}

fn made_by(args: &[&str], file: &Path) -> Command {
    Command {
        program: Program::Ffmpeg,
        args: args.iter().map(Into::into).collect(),
        reads: Vec::new(),
        writes: vec![file.to_owned()],
        fonts: false,
        devices: false,
        pipes: 0,
        max_file_bytes: 1 << 30,
        time_limit: Some(Duration::from_secs(60)),
    }
}
