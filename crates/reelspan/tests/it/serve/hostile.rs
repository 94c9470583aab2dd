//! Files, options and addresses that mean harm: each is refused clearly or fails with a reason, and nothing is told.

use std::path::Path;

use reelspan_testing::http_server::{Reply, Server as Web};
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::house::{House, Server, quick};

/// Everything that was answered, to be searched for what must not be told.
struct Heard {
    client: Client,
    all: String,
}

impl Heard {
    fn keep(&mut self, answer: Answer) -> Answer {
        self.all += &answer.text();
        self.all += &answer.headers;
        answer
    }

    /// Refused with a code and a sentence.
    #[track_caller]
    fn refused(&mut self, what: &str, answer: Answer) {
        let answer = self.keep(answer);
        let said = answer.json();
        assert!((400..500).contains(&answer.status), "{what}: {} {said}", answer.status);
        let sentence = said["detail"].as_str().or(said["message"].as_str()).unwrap_or_default();
        assert!(sentence.len() > 10, "{what}: {said}");
    }

    /// Whatever comes of a transcode that is taken: an end, and of a failure a category and a sentence.
    #[track_caller]
    fn ended(&mut self, what: &str, id: &str) -> bool {
        let mut job = Value::Null;
        super::house::eventually(120, what, || {
            job = self.client.job(id);
            ["completed", "failed"].contains(&job["status"].as_str().unwrap())
        });
        self.all += &job.to_string();
        if job["status"] == "completed" {
            let url = job["outputs"][0]["url"].as_str().unwrap();
            let file = self.client.get(url).is(200);
            self.keep(file);
            return true;
        }
        let error = &job["error"];
        let known = !["unknown", "transient", ""].contains(&error["category"].as_str().unwrap());
        assert!(known && error["message"].as_str().unwrap().len() > 10, "{what}: {job}");
        false
    }

    #[track_caller]
    fn nothing_told(&self, house: &House, server: &Server) {
        server.is_ready();
        let folder = house.data().display().to_string();
        for secret in ["root:x:0", "root:*:0", folder.as_str(), "/scratch/", "blobs/", "secret.key"] {
            assert!(!self.all.contains(secret), "an answer tells `{secret}`");
            assert!(!house.logs().contains(secret), "the log tells `{secret}`");
        }
        assert!(!house.logs().contains("panicked"), "{}", house.logs());
    }
}

fn heard(server: &Server, key: &str) -> Heard {
    Heard { client: server.client(key), all: String::new() }
}

/// Uploads; what is taken is transcoded. True if a file came of it.
#[track_caller]
fn through(heard: &mut Heard, name: &str, kind: &str, bytes: &[u8]) -> bool {
    let what = format!("{name} as {kind}");
    let answer = heard.client.try_upload(name, kind, bytes).unwrap();
    if answer.status != 200 {
        heard.refused(&what, answer);
        return false;
    }
    let handle = heard.keep(answer).json()["asset"]["handle"].as_str().unwrap().to_owned();
    let probed = heard.client.own("POST", "/probes", &json!({ "input": handle }));
    assert!(probed.status < 500, "{what}: {}", probed.text());
    heard.keep(probed);
    let taken = heard.client.own("POST", "/transcodes", &quick(&handle));
    if taken.status != 201 {
        heard.refused(&what, taken);
        return false;
    }
    let id = taken.json()["id"].as_str().unwrap().to_owned();
    heard.ended(&what, &id)
}

fn blob_of_another(data: &Path) -> String {
    let uploads = data.join("blobs/uploads");
    let first = std::fs::read_dir(uploads).unwrap().next().unwrap().unwrap().path();
    let blob = std::fs::read_dir(first).unwrap().next().unwrap().unwrap().path();
    blob.display().to_string()
}

#[test]
fn files_that_name_others_are_not_followed() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let mut heard = heard(&server, &key);
    let clip = house.clip();
    heard.client.upload("another.mp4", &clip);
    let blob = blob_of_another(&house.data());
    let web = Web::start(|_| Reply::new(200, "no")).unwrap();
    for target in ["/etc/passwd", "file:///etc/passwd", &blob, &web.url("/x.ts"), "http://169.254.169.254/"] {
        let hls = format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n");
        let concat = format!("ffconcat version 1.0\nfile '{target}'\n");
        let dash = format!("<?xml version=\"1.0\"?><MPD><Period><BaseURL>{target}</BaseURL></Period></MPD>");
        let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"{target}\"/></svg>");
        let sdp = format!("v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\na={target}\n");
        // A head that passes for a film, and the playlist behind it.
        let behind = [&clip[..32], hls.as_bytes()].concat();
        let text = [hls, concat, dash, svg, sdp].map(String::into_bytes);
        for bytes in text.iter().chain([&behind]) {
            for (name, kind) in [("a.mp4", "video/mp4"), ("a.m3u8", "application/octet-stream"), ("a.png", "image/png")]
            {
                assert!(!through(&mut heard, name, kind, bytes), "a film came of {}", String::from_utf8_lossy(bytes));
            }
        }
    }
    assert!(web.seen().is_empty(), "a file made the service ask an address");
    heard.nothing_told(&house, &server);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

/// Says that it has 30,000 pixels on each side.
fn png_bomb(house: &House) -> Vec<u8> {
    let file = house.machine.path("small.png");
    reelspan_testing::make_media(&["-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1"], &file);
    let mut png = std::fs::read(file).unwrap();
    png[16..20].copy_from_slice(&30_000u32.to_be_bytes());
    png[20..24].copy_from_slice(&30_000u32.to_be_bytes());
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

/// Five hundred tracks in a few kilobytes.
fn many_tracks(house: &House) -> Vec<u8> {
    let file = house.machine.path("many.mkv");
    let mut args = vec!["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "0.05"];
    args.extend(["-map", "0"].repeat(500));
    args.extend(["-c:a", "pcm_u8"]);
    reelspan_testing::make_media(&args, &file);
    std::fs::read(file).unwrap()
}

#[test]
fn damaged_and_disguised_files_are_refused_or_fail_with_a_reason() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let mut heard = heard(&server, &key);
    let clip = house.clip();
    let noise: Vec<u8> = (0u64..5000).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let (bomb, many) = (png_bomb(&house), many_tracks(&house));
    let mut flipped = clip.clone();
    flipped.iter_mut().skip(200).step_by(97).for_each(|byte| *byte ^= 0x55);
    let begins = [&clip[..64], &noise].concat();
    for (what, name, kind, bytes) in [
        ("cut short", "a.mp4", "video/mp4", &clip[..clip.len() / 2]),
        ("one byte", "a.mp4", "video/mp4", &clip[..1]),
        ("its head only", "a.mp4", "video/mp4", &clip[..40]),
        ("noise", "a.mp4", "video/mp4", &noise),
        ("noise of any kind", "a", "application/octet-stream", &noise),
        ("noise behind a head", "a.mp4", "video/mp4", &begins),
        ("a film as a picture", "a.png", "image/png", &clip),
        ("a film as sound", "a.mp3", "audio/mpeg", &clip),
        ("a picture without end", "a.png", "image/png", &bomb),
        ("a picture as a film", "a.mp4", "video/mp4", &bomb),
    ] {
        assert!(!through(&mut heard, name, kind, bytes), "a film came of {what}");
    }
    // These may still give something; they must end.
    for (name, kind, bytes) in [("flipped.mp4", "video/mp4", &flipped), ("many.mkv", "video/x-matroska", &many)] {
        through(&mut heard, name, kind, bytes);
    }
    let none =
        heard.client.own("POST", "/uploads", &json!({ "file_name": "a.mp4", "content_type": "video/mp4", "bytes": 0 }));
    heard.refused("no bytes", none);
    heard.nothing_told(&house, &server);
}

#[test]
fn the_open_set_of_hostile_files_harms_nothing() {
    let Some(folder) = reelspan_testing::open_media("hostile") else { return };
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let mut heard = heard(&server, &key);
    for name in crate::support::names(&folder) {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        through(&mut heard, &name, "application/octet-stream", &bytes);
    }
    heard.nothing_told(&house, &server);
}

#[test]
fn options_that_open_files_or_sockets_are_refused_by_name() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let mut heard = heard(&server, &key);
    let handle = heard.client.upload("a.mp4", &house.clip());
    let blob = blob_of_another(&house.data());
    for (option, argument) in [
        ("-vf", "drawtext=textfile=/etc/passwd"),
        ("-vf", "drawtext=text=x:fontfile=/etc/passwd"),
        ("-vf", "movie=/etc/passwd[a];[in][a]overlay"),
        ("-vf", "subtitles=/etc/passwd"),
        ("-vf", &format!("subtitles='{blob}'")),
        ("-vf", "lut3d=/etc/passwd"),
        ("-vf", "sendcmd=f=/etc/passwd"),
        ("-vf", "metadata=print:file=/tmp/reelspan-print"),
        ("-vf", "zmq"),
        ("-af", "amovie=/etc/passwd"),
        ("-af", "ladspa=/etc/passwd"),
        ("-f", "lavfi"),
        ("-f", "tee"),
        ("-protocol_whitelist", "file,http"),
        ("-i", "/etc/passwd"),
        ("-filter_script", "/etc/passwd"),
        ("-passlogfile", "/tmp/reelspan-pass"),
        ("-attach", "/etc/passwd"),
        ("-progress", "http://127.0.0.1/"),
        ("-report", ""),
        ("-init_hw_device", "opencl"),
        ("-vf", "no\0such"),
    ] {
        let what = format!("{option} {argument}");
        let option = json!({ "option": option, "argument": argument });
        let (url, both) = (&handle, json!({ "inputs": [{ "url": handle, "options": [option] }], "format": "mp4" }));
        let answer = heard.client.own("POST", "/transcodes", &both);
        heard.refused(&format!("{what} before the input"), answer);
        let wish = json!({ "inputs": [{ "url": url }], "format": "mp4", "options": [option] });
        let answer = heard.client.own("POST", "/transcodes", &wish);
        heard.refused(&what, answer);
        let micro = json!({ "inputs": [{ "url": url }], "outputFormat": "mp4", "options": [option] });
        let answer = heard.client.ask("POST", "/v1/transcodes", &micro);
        heard.keep(answer.clone());
        assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    }
    for filter in ["movie=/etc/passwd,scale=2:2", "[0:v]drawtext=textfile=/etc/passwd", &format!("amovie={blob}")] {
        let wish = json!({ "inputs": [{ "url": handle }], "format": "mp4", "filters": [filter] });
        let answer = heard.client.own("POST", "/transcodes", &wish);
        heard.refused(filter, answer);
    }
    assert_eq!(heard.client.all("/jobs"), Vec::<Value>::new());
    heard.nothing_told(&house, &server);
}

#[test]
fn addresses_of_this_machine_and_its_network_are_not_asked() {
    let house = House::new();
    let web = Web::start(|_| Reply::new(200, "no")).unwrap();
    let inner = web.url("/inner.mp4");
    let leads = Web::start(move |request| match request.path.as_str() {
        "/inner" => Reply::new(302, "").header("location", inner.clone()),
        "/file" => Reply::new(302, "").header("location", "file:///etc/passwd"),
        "/cloud" => Reply::new(302, "").header("location", "http://169.254.169.254/latest/meta-data"),
        "/list" => Reply::new(200, format!("#EXTM3U\n#EXTINF:1,\n{inner}\n")).header("content-type", "video/mp4"),
        _ => Reply::new(302, "").header("location", "/round"),
    })
    .unwrap();
    let also = leads.address().to_string();
    let (server, key) = (house.serve(&["--also-fetch-from", &also]), house.key());
    let mut heard = heard(&server, &key);
    let own = format!("http://{}/readyz", server.address);
    let mut addresses: Vec<String> =
        ["/inner", "/file", "/cloud", "/list", "/round"].map(|path| leads.url(path)).to_vec();
    addresses.extend([own, web.url("/direct.mp4")]);
    addresses.extend(
        [
            "http://127.0.0.1:1/a.mp4",
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]/a.mp4",
            "http://10.0.0.1/a",
        ]
        .map(str::to_owned),
    );
    addresses.extend(
        ["http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://2130706433/", "http://0x7f.1/", "http://localhost/"]
            .map(str::to_owned),
    );
    for address in [
        "file:///etc/passwd",
        "/etc/passwd",
        "ftp://127.0.0.1/a",
        "concat:/etc/passwd",
        "data:,x",
        "gs://reelspan/../x",
    ] {
        let answer = heard.client.own("POST", "/transcodes", &quick(address));
        heard.refused(address, answer);
    }
    for address in addresses {
        let answer = heard.client.own("POST", "/transcodes", &quick(&address));
        if answer.status != 201 {
            heard.refused(&address, answer);
            continue;
        }
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert!(!heard.ended(&address, &id), "{address} gave a film");
    }
    assert!(web.seen().is_empty(), "{:?}", web.seen());
    heard.nothing_told(&house, &server);
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let mut heard = heard(&server, &key);
    let deep = "[".repeat(100_000);
    let wide = format!("{{\"inputs\":[{}],\"format\":\"mp4\"}}", vec!["{\"url\":\"gs://x\"}"; 20_000].join(","));
    for body in ["", "{", "null", "[]", "{\"inputs\":1}", "\u{0}", &deep, &wide, "{\"inputs\":[],\"format\":\"mp4\"}"] {
        for path in ["/transcodes", "/uploads", "/clips", "/probes", "/webhooks", "/transcriptions"] {
            let path = format!("{}{path}", super::client::OWN);
            let answer = heard.client.try_ask("POST", &path, "application/json", body.as_bytes()).unwrap();
            assert!((400..500).contains(&answer.status), "{path} {} {}", answer.status, answer.text());
            heard.keep(answer);
        }
    }
    for path in ["/jobs/..%2f..%2fetc%2fpasswd", "/jobs/%00", "/assets/%ff%fe", "/jobs?limit=-1", "/jobs?cursor=%00"] {
        let answer = heard.client.own("GET", path, &Value::Null);
        assert!((400..500).contains(&answer.status), "{path} {} {}", answer.status, answer.text());
        heard.keep(answer);
    }
    heard.nothing_told(&house, &server);
}
