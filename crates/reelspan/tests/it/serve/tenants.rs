//! A key of another workspace finds nothing of ours, whatever it knows.

use serde_json::{Value, json};

use super::client::{Client, OWN};
use super::house::{House, quick};
use super::rows;

struct Ours {
    asset: String,
    handle: String,
    job: String,
    link: String,
    upload: String,
    put: String,
    webhook: String,
    tus: String,
}

fn made(client: &Client, clip: &[u8]) -> Ours {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let kept = client.try_upload("ours.mp4", "video/mp4", clip).unwrap().is(200).json();
    let handle = text(&kept["asset"]["handle"]);
    let job = client.transcode(&quick(&handle));
    let job = client.ends(&job, "completed");
    let wish = json!({ "file_name": "half.mp4", "content_type": "video/mp4", "bytes": clip.len() });
    let upload = client.own("POST", "/uploads", &wish).is(201).json();
    let hook = client.own("POST", "/webhooks", &json!({ "url": "https://example.org/hook" })).is(201).json();
    let begun = client.begin("POST", &format!("{OWN}/tus"), &[("Tus-Resumable", "1.0.0"), ("Upload-Length", "9")], 0);
    let begun = super::client::finish(begun.unwrap()).unwrap().is(201);
    let tus = begun.headers.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    Ours {
        asset: text(&kept["asset"]["id"]),
        handle,
        job: text(&job["id"]),
        link: text(&job["outputs"][0]["url"]),
        upload: text(&upload["id"]),
        put: text(&upload["put"]["url"]),
        webhook: text(&hook["id"]),
        tus: tus[tus.find(OWN).unwrap()..].to_owned(),
    }
}

#[test]
fn another_workspaces_key_finds_nothing() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let ours = made(&client, &house.clip());
    let strangers = house.machine.run(&["keys", "create", "strangers"]).ok().stdout.trim().to_owned();
    rows::move_key(&house.data(), "strangers");
    let stranger = server.client(&strangers);
    let Ours { asset, handle, job, link, upload, webhook, tus, .. } = &ours;
    for (method, path) in [
        ("GET", format!("{OWN}/assets/{asset}")),
        ("GET", format!("{OWN}/assets/{asset}/content")),
        ("POST", format!("{OWN}/assets/{asset}/link")),
        ("DELETE", format!("{OWN}/assets/{asset}")),
        ("GET", format!("{OWN}/jobs/{job}")),
        ("GET", format!("{OWN}/jobs/{job}/events")),
        ("POST", format!("{OWN}/jobs/{job}/cancel")),
        ("GET", format!("{OWN}/uploads/{upload}")),
        ("POST", format!("{OWN}/uploads/{upload}/confirm")),
        ("DELETE", format!("{OWN}/uploads/{upload}")),
        ("GET", format!("{OWN}/webhooks/{webhook}")),
        ("DELETE", format!("{OWN}/webhooks/{webhook}")),
        ("POST", format!("{OWN}/webhooks/{webhook}/enable")),
        ("GET", format!("{OWN}/webhooks/{webhook}/deliveries")),
        ("GET", format!("/v1/transcodes/{job}")),
        ("GET", format!("/v1/transcodes/{job}/download")),
        ("PATCH", format!("/v1/transcodes/{job}/cancel")),
    ] {
        let theirs = stranger.ask(method, &path, &Value::Null);
        assert_eq!(theirs.status, 404, "{method} {path}: {}", theirs.text());
        let nobodys = server.client("").ask(method, &path, &Value::Null);
        assert_eq!(nobodys.status, 401, "{method} {path}: {}", nobodys.text());
    }
    let headers =
        [("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0"), ("Content-Type", "application/offset+octet-stream")];
    for method in ["PATCH", "DELETE"] {
        let asked = stranger.begin(method, tus, &headers, 0).unwrap();
        assert_eq!(super::client::finish(asked).unwrap().status, 404, "{method}");
    }
    for address in [handle.clone(), link.clone(), format!("reelspan:asset:{asset}")] {
        let refused = stranger.own("POST", "/transcodes", &quick(&address));
        assert!(refused.status == 404, "{address}: {} {}", refused.status, refused.text());
        // A probe takes handles only.
        let probed = stranger.own("POST", "/probes", &json!({ "input": address })).status;
        assert_eq!(probed, if address.starts_with("gs:") { 404 } else { 400 }, "{address}");
    }
    assert_eq!(stranger.all("/assets"), Vec::<Value>::new());
    assert_eq!(stranger.all("/jobs"), Vec::<Value>::new());
    assert_eq!(stranger.own("GET", "/webhooks", &Value::Null).json(), json!([]));
    assert_eq!(stranger.own("GET", "/usage", &Value::Null).json()["usage"]["billable_seconds"], 0.0);
    client.own("GET", &format!("/assets/{asset}"), &Value::Null).is(200);
}

#[test]
fn a_link_that_is_changed_opens_nothing() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let ours = made(&client, &house.clip());
    client.get(&ours.link).is(200);
    let at = ours.link.find("/files/out/").unwrap() + "/files/out/".len();
    for place in (at..ours.link.len()).step_by(3) {
        let mut changed = ours.link.clone().into_bytes();
        changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(client.get(&changed).status, 404, "{changed}");
    }
    let as_upload = ours.link.replace("/files/out/", "/files/in/");
    assert_eq!(client.try_ask("PUT", &as_upload, "video/mp4", b"x").unwrap().status, 404);
    assert_eq!(client.get(&ours.put.replace("/files/in/", "/files/out/")).status, 404);
    for token in ["", "x", "a~b.1.c", "..%2f..%2fsecret.key", "%00", &"9".repeat(5000)] {
        let status = client.get(&format!("/files/out/{token}")).status;
        assert!((400..500).contains(&status), "{token}: {status}");
    }
}
