//! A cancelled job is over at once: its answer, its ffmpeg, its folder, its bill.

use serde_json::Value;

use super::house::{House, eventually, slow};

#[test]
fn a_cancel_ends_the_answer_and_its_ffmpeg_and_leaves_nothing() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let handle = client.upload("long.mp4", &house.long_clip());
    let job = client.transcode(&slow(&handle));
    house.ffmpeg();
    let cancelled = client.own("POST", &format!("/jobs/{job}/cancel"), &Value::Null).is(200).json();
    assert_eq!(cancelled["status"], "canceled");
    // The promise is a second; a busy machine may be late.
    house.nothing_works(3);
    let job = client.ends(&job, "canceled");
    assert_eq!(job["outputs"].as_array().map(Vec::len), Some(0), "{job}");
    assert!(client.all("/assets").iter().all(|asset| asset["class"] == "input_media"));
    let used = client.own("GET", "/usage", &Value::Null).json();
    assert_eq!(used["usage"]["billable_seconds"], 0.0, "{used}");
    assert_eq!(used["usage"]["under_way_minutes"], 0.0, "{used}");
    eventually(5, "its folder goes", || crate::support::names(&house.data().join("scratch")).is_empty());
    client.own("POST", &format!("/jobs/{}/cancel", job["id"].as_str().unwrap()), &Value::Null).is(400);
    server.is_ready();
}

#[test]
fn a_job_whose_process_is_gone_can_be_cancelled_too() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let handle = client.upload("long.mp4", &house.long_clip());
    let job = client.transcode(&slow(&handle));
    house.ffmpeg();
    server.kill();
    let server = house.serve(&[]);
    let client = server.client(&key);
    client.own("POST", &format!("/jobs/{job}/cancel"), &Value::Null).is(200);
    client.ends(&job, "canceled");
    house.nothing_works(3);
    eventually(5, "its folder goes", || crate::support::names(&house.data().join("scratch")).is_empty());
}
