//! Told to stop, the service lets go of nothing that it has begun.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::client::{OWN, finish};
use super::house::{House, eventually, quick, slow};
use super::rows::Rows;

#[test]
fn a_short_job_ends_while_nobody_new_is_let_in() {
    let house = House::new();
    let (mut server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let handle = client.upload("some.mp4", &house.film("testsrc2=s=640x360:r=25:d=10"));
    let job = client.transcode(&slow(&handle));
    house.ffmpeg();
    server.tell("-TERM");
    eventually(10, "new connections are refused", || TcpStream::connect(server.address).is_err());
    assert!(server.runs(), "it did not wait for its job");
    assert_eq!(server.ends(60).code(), Some(0));
    house.nothing_works(3);
    let rows = Rows::sqlite(&house.data());
    // A machine so slow that the grace was over gives it back instead, uncounted.
    let left = rows.jobs.first().unwrap();
    assert!(left.state == "done" && left.attempt == 1 || left.state == "queued" && left.attempt == 0, "{left:?}");
    let server = house.serve(&[]);
    server.client(&key).ends(&job, "completed");
}

#[test]
fn a_long_job_goes_back_uncounted_and_is_done_after_the_next_start() {
    let house = House::new();
    let (server, key) = (house.serve(&["--grace", "0.2s"]), house.key());
    let client = server.client(&key);
    let handle = client.upload("some.mp4", &house.film("testsrc2=s=640x360:r=25:d=10"));
    let job = client.transcode(&slow(&handle));
    house.ffmpeg();
    server.tell("-TERM");
    assert_eq!(server.ends(10).code(), Some(0));
    house.nothing_works(3);
    let left = Rows::sqlite(&house.data()).jobs.remove(0);
    assert_eq!((left.state.as_str(), left.attempt), ("queued", 0), "{left:?}");
    assert_eq!(crate::support::names(&house.data().join("scratch")), Vec::<String>::new());
    let server = house.serve(&[]);
    let ended = server.client(&key).ends(&job, "completed");
    assert_eq!(ended["outputs"].as_array().map(Vec::len), Some(1));
    assert_eq!(Rows::sqlite(&house.data()).jobs.remove(0).attempt, 1);
}

#[test]
fn a_second_word_hurries() {
    let house = House::new();
    let (server, key) = (house.serve(&["--grace", "10m"]), house.key());
    let client = server.client(&key);
    let handle = client.upload("long.mp4", &house.long_clip());
    client.transcode(&slow(&handle));
    house.ffmpeg();
    server.tell("-TERM");
    eventually(10, "it begins to stop", || server.log().contains("stopping"));
    server.tell("-TERM");
    assert_eq!(server.ends(10).code(), Some(0));
    house.nothing_works(3);
    let left = Rows::sqlite(&house.data()).jobs.remove(0);
    assert_eq!((left.state.as_str(), left.attempt), ("queued", 0), "{left:?}");
}

#[test]
fn uploads_and_downloads_under_way_come_to_their_end() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    // Noise does not compress: more than any socket holds.
    let film = house.film("color=gray:s=640x480:r=25:d=4,noise=alls=100:allf=t+u");
    let asset = client.try_upload("noise.mp4", "video/mp4", &film).unwrap().is(200).json();
    let content = format!("{OWN}/assets/{}/content", asset["asset"]["id"].as_str().unwrap());
    let mut down = client.begin("GET", &content, &[], 0).unwrap();
    let mut first = vec![0; 1000];
    down.read_exact(&mut first).unwrap();
    let clip = house.clip();
    let wish = json!({ "file_name": "up.mp4", "content_type": "video/mp4", "bytes": clip.len() });
    let upload = client.own("POST", "/uploads", &wish).is(201).json();
    let put = upload["put"]["url"].as_str().unwrap();
    let mut up = client.begin("PUT", put, &[("Content-Type", "video/mp4")], clip.len()).unwrap();
    up.write_all(&clip[..clip.len() / 2]).unwrap();
    server.tell("-TERM");
    eventually(10, "new connections are refused", || TcpStream::connect(server.address).is_err());
    up.write_all(&clip[clip.len() / 2..]).unwrap();
    let put = finish(up).unwrap();
    assert!(put.status < 300, "{}", put.text());
    down.read_to_end(&mut first).unwrap();
    assert!(first.ends_with(&film[film.len() - 1000..]), "the download broke off");
    assert_eq!(server.ends(30).code(), Some(0));
    let server = house.serve(&[]);
    let id = upload["id"].as_str().unwrap();
    server.client(&key).own("POST", &format!("/uploads/{id}/confirm"), &Value::Null).is(200);
}

#[test]
fn a_worker_is_stopped_in_the_same_way() {
    let Some(postgres) = reelspan_testing::Postgres::start() else { return };
    let house = House::on(postgres.database());
    let (server, key) = (house.serve(&["--no-work"]), house.key());
    let client = server.client(&key);
    let (handle, worker) = (client.upload("a.mp4", &house.clip()), house.worker(&[]));
    let job = client.transcode(&quick(&handle));
    client.ends(&job, "completed");
    worker.tell("-INT");
    assert_eq!(worker.ends(30).code(), Some(0));
    let waiting = client.transcode(&quick(&handle));
    assert_eq!(client.job(&waiting)["status"], "pending");
    server.tell("-INT");
    assert_eq!(server.ends(30).code(), Some(0));
}
