//! What a hostile file or argument list can make ffmpeg do, and that it cannot do it inside.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use reelspan_media::tool::{Command, Tools};
use reelspan_types::Cancel;

use crate::tools::{bare, ffmpeg, jailed, make};

/// All that a careless caller could allow.
const CARELESS: &str = "-protocol_whitelist file,http,tcp,udp,unix,concat,crypto,data,subfile,pipe";

/// Two tenants on one machine: the one has uploaded a script, the other has a film.
struct House {
    _folder: tempfile::TempDir,
    secret: PathBuf,
    upload: PathBuf,
}

impl House {
    /// The upload is `script`, in which `SECRET` stands for the other's film.
    fn new(name: &str, script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        std::fs::create_dir(&one).unwrap();
        std::fs::create_dir(&other).unwrap();
        let secret = other.join("secret.ts");
        make("-f lavfi -i testsrc=d=1:s=64x48:r=10 -c:v mpeg2video -f mpegts", &secret);
        let upload = one.join(name);
        std::fs::write(&upload, script.replace("SECRET", secret.to_str().unwrap())).unwrap();
        Self { _folder: folder, secret, upload }
    }

    /// The command of a run that may read the upload and nothing else.
    fn command(&self, args: &str) -> Command {
        let words = format!("-v error {args}");
        let words = words.replace("UPLOAD", self.upload.to_str().unwrap());
        let mut command = ffmpeg(&words.replace("SECRET", self.secret.to_str().unwrap()));
        command.reads.push(self.upload.clone());
        command
    }
}

/// What a run gave on standard output; a failed one gave nothing.
fn taken(tools: &Tools, command: Command) -> Vec<u8> {
    tools.run(command, &Cancel::new()).map(|output| output.stdout).unwrap_or_default()
}

/// The bytes come out of a bare run and not out of a jailed one.
#[track_caller]
fn leaks_only_bare(command: Command) {
    assert!(!taken(&bare(), command.clone()).is_empty(), "the attack does not even work without the jail");
    let got = taken(&jailed(), command);
    assert!(got.is_empty(), "{} bytes leaked", got.len());
}

/// The frame changes in a bare run; the jailed one fails or gives the frame without it.
#[track_caller]
fn draws_only_bare(command: Command, plain: Command) {
    let blank = taken(&bare(), plain);
    assert!(!blank.is_empty());
    let drawn = taken(&bare(), command.clone());
    assert!(drawn.len() == blank.len() && drawn != blank, "the attack does not even work without the jail");
    let got = taken(&jailed(), command);
    assert!(got.is_empty() || got == blank, "something was drawn");
}

const PLAYLIST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nPLACE\n#EXT-X-ENDLIST\n";

fn playlist(place: &str) -> House {
    House::new("film.m3u8", &PLAYLIST.replace("PLACE", place))
}

#[test]
fn a_playlist_cannot_name_another_tenants_file() {
    let house = playlist("SECRET");
    leaks_only_bare(
        house.command(&format!("{CARELESS} -allowed_extensions ALL -f hls -i file:UPLOAD -c copy -f mpegts -")),
    );
}

#[test]
fn a_playlist_cannot_name_a_file_by_its_address() {
    let house = playlist("file://SECRET");
    leaks_only_bare(
        house.command(&format!("{CARELESS} -allowed_extensions ALL -f hls -i file:UPLOAD -c copy -f mpegts -")),
    );
}

#[test]
fn a_script_in_a_films_name_cannot_name_another_file() {
    let house = House::new("film.mp4", "ffconcat version 1.0\nfile 'SECRET'\n");
    leaks_only_bare(house.command("-safe 0 -i file:UPLOAD -c copy -f mpegts -"));
}

#[test]
fn no_file_beside_the_input_can_be_read() {
    let house = House::new("film.mp4", "");
    leaks_only_bare(house.command("-f data -i file:SECRET -map 0 -c copy -f data -"));
}

#[test]
fn the_systems_own_files_cannot_be_read() {
    let house = House::new("film.mp4", "");
    for file in ["/etc/passwd", "/proc/self/maps", "/proc/self/environ", "/proc/1/status"] {
        leaks_only_bare(house.command(&format!("-f data -i file:{file} -map 0 -c copy -f data -")));
    }
}

#[test]
fn protocols_within_protocols_cannot_read_either() {
    let house = House::new("film.mp4", "");
    for place in [
        "subfile,,start,0,end,32,,:/etc/passwd",
        "concat:SECRET|/etc/passwd",
        "crypto:/etc/passwd",
        "cache:/etc/passwd",
    ] {
        if place.starts_with("crypto") {
            let key = "-key 00000000000000000000000000000000 -iv 00000000000000000000000000000000";
            leaks_only_bare(house.command(&format!("{CARELESS} {key} -f data -i {place} -map 0 -c copy -f data -")));
        } else if !place.starts_with("cache") {
            leaks_only_bare(house.command(&format!("{CARELESS} -f data -i {place} -map 0 -c copy -f data -")));
        } else {
            let got = taken(&jailed(), house.command(&format!("-f data -i {place} -map 0 -c copy -f data -")));
            assert!(got.is_empty());
        }
    }
}

#[test]
fn a_text_filter_cannot_draw_a_file() {
    let house = House::new("film.mp4", "");
    let frame = |filter: &str| {
        let mut command =
            house.command(&format!("-f lavfi -i color=s=320x240:d=1:r=1 {filter} -frames:v 1 -f rawvideo -"));
        command.fonts = true;
        command
    };
    draws_only_bare(frame("-vf drawtext=textfile=/etc/passwd:fontcolor=white"), frame(""));
    // Text as such can be drawn: it is the file that is refused.
    let drawn = taken(&jailed(), frame("-vf drawtext=text=hello:fontcolor=white"));
    assert_eq!(drawn, taken(&bare(), frame("-vf drawtext=text=hello:fontcolor=white")));
    assert_ne!(drawn, taken(&bare(), frame("")));
}

#[test]
fn a_source_filter_cannot_show_another_film() {
    let house = House::new("film.mp4", "");
    let frame = |graph: &str| {
        house.command(&format!("-f lavfi -i color=s=64x48:d=1:r=10 -filter_complex {graph} -frames:v 1 -f rawvideo -"))
    };
    draws_only_bare(frame("movie=SECRET,setpts=PTS-STARTPTS[m];[0][m]overlay"), frame("null"));
}

#[test]
fn nothing_is_written_but_the_named_outputs() {
    let house = House::new("film.mp4", "precious");
    for place in ["stray.wav", "film.mp4"] {
        let place = house.upload.with_file_name(place);
        let before = std::fs::read(&place).ok();
        let command = house.command(&format!("-f lavfi -i sine=d=1:r=8000 -f wav file:{}", place.display()));
        assert!(jailed().run(command.clone(), &Cancel::new()).is_err());
        assert_eq!(std::fs::read(&place).ok(), before, "written, or emptied");
        bare().run(command, &Cancel::new()).unwrap();
        assert_ne!(std::fs::read(&place).ok(), before, "the attack does not even work without the jail");
    }
}

#[test]
fn an_output_can_be_read_again_and_a_folder_filled() {
    let house = House::new("film.mp4", "");
    // The index of an MP4 is moved to the front by reading the file once more.
    let out = house.upload.with_file_name("out.mp4");
    let mut command =
        house.command(&format!("-f lavfi -i testsrc=d=1:s=64x48 -movflags +faststart file:{}", out.display()));
    command.writes.push(out.clone());
    jailed().run(command, &Cancel::new()).unwrap();
    let bytes = std::fs::read(&out).unwrap();
    assert_eq!(&bytes[36..40], b"moov", "the index comes first");
    let folder = house.upload.with_file_name("frames");
    std::fs::create_dir(&folder).unwrap();
    let mut command = house.command(&format!("-f lavfi -i testsrc=d=1:s=64x48:r=3 file:{}/%d.png", folder.display()));
    command.writes.push(folder.clone());
    jailed().run(command, &Cancel::new()).unwrap();
    assert_eq!(folder.read_dir().unwrap().count(), 3);
}

#[test]
fn one_file_cannot_grow_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bomb.raw");
    let bomb = |most: u64| {
        let mut command = ffmpeg("-v error -f lavfi -i color=s=640x480:r=25:d=1 -f rawvideo");
        command.args.push(reelspan_media::tool::file_arg(&out));
        command.writes.push(out.clone());
        command.max_file_bytes = most;
        jailed().run(command, &Cancel::new())
    };
    let error = bomb(1 << 20).unwrap_err().to_string();
    assert_eq!(error, "ffmpeg ended with signal 25: it wrote more than one file may have");
    assert!(!out.exists());
    bomb(1 << 24).unwrap();
    assert_eq!(out.metadata().unwrap().len(), 640 * 480 * 3 / 2 * 25);
}

/// Answers every caller with `body` and tells the port of each.
fn server(body: Vec<u8>) -> (u16, mpsc::Receiver<u16>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, callers) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            if told.send(stream.peer_addr().unwrap().port()).is_err() {
                return;
            }
            let head = format!("HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\nContent-Length: {}\r\n\r\n", body.len());
            // A caller that hangs up early is none of our business.
            let _sent = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(head.as_bytes()));
            let _sent = stream.write_all(&body);
        }
    });
    (port, callers)
}

/// How many have called since the last count. Calls come in order, so all before our own are in when ours is.
fn count(port: u16, callers: &mpsc::Receiver<u16>) -> usize {
    let own = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let own_port = own.local_addr().unwrap().port();
    drop(own);
    callers.iter().take_while(|caller| *caller != own_port).count()
}

#[test]
fn no_address_is_called() {
    let house = playlist("http://127.0.0.1:PORT/segment.ts");
    let (port, callers) = server(std::fs::read(&house.secret).unwrap());
    let text = std::fs::read_to_string(&house.upload).unwrap().replace("PORT", &port.to_string());
    std::fs::write(&house.upload, text).unwrap();
    let attacks = [
        format!("{CARELESS} -allowed_extensions ALL -f hls -i file:UPLOAD -c copy -f mpegts -"),
        format!("-f mpegts -i http://127.0.0.1:{port}/film.ts -c copy -f mpegts -"),
        format!("-f lavfi -i sine=d=1 -f s16le tcp://127.0.0.1:{port}"),
    ];
    for attack in attacks {
        let command = house.command(&attack);
        let _refused = taken(&jailed(), command.clone());
        assert_eq!(count(port, &callers), 0, "called from inside: {attack}");
        let _taken = taken(&bare(), command);
        assert!(count(port, &callers) > 0, "the attack does not even work without the jail: {attack}");
    }
}

#[test]
fn no_datagram_is_sent() {
    let house = House::new("film.mp4", "");
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let port = socket.local_addr().unwrap().port();
    let command = house.command(&format!("-f lavfi -i sine=d=1 -f mpegts udp://127.0.0.1:{port}"));
    assert!(jailed().run(command.clone(), &Cancel::new()).is_err());
    assert!(socket.recv(&mut [0; 2048]).is_err());
    let _sent = bare().run(command, &Cancel::new());
    assert!(socket.recv(&mut [0; 2048]).is_ok(), "the attack does not even work without the jail");
}

#[test]
fn no_local_service_is_called() {
    let house = House::new("film.mp4", "");
    let path = house.upload.with_file_name("service");
    let listener = UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut command = house.command(&format!("-f lavfi -i sine=d=0.1:r=8000 -f s16le unix:{}", path.display()));
    // Not even a service whose address it may open.
    command.reads.push(path);
    assert!(jailed().run(command.clone(), &Cancel::new()).is_err());
    assert!(listener.accept().is_err());
    let _sent = bare().run(command, &Cancel::new());
    assert!(listener.accept().is_ok(), "the attack does not even work without the jail");
}

#[test]
fn odd_names_work_inside() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["-i", "--", "--read", "concat:a|b", "pipe:0", ".hidden", "a\nb", "it's \"q\": 100% %d,[v];\\", "日本"]
    {
        let file = folder.path().join(name);
        let mut command = ffmpeg("-v error -f lavfi -i sine=d=1:r=8000 -f wav");
        command.args.push(reelspan_media::tool::file_arg(&file));
        command.writes.push(file.clone());
        jailed().run(command, &Cancel::new()).unwrap();
        let back = read_back(&file);
        assert_eq!(taken(&jailed(), back).len(), 16_000, "{name}");
    }
}

fn read_back(file: &Path) -> Command {
    let mut command = ffmpeg("-v error -f wav -i");
    command.args.extend([reelspan_media::tool::file_arg(file)]);
    command.args.extend(["-f", "s16le", "-"].map(OsString::from));
    command.reads.push(file.to_owned());
    command
}
