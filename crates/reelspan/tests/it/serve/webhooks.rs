//! Who waits to be told of an ending is told once, signed, without content; and what is asked twice is done once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reelspan_testing::http_server::{Reply, Request, Server as Receiver};
use serde_json::{Value, json};
use sha2::Sha256;

use super::client::{Answer, Client, finish};
use super::house::{House, Server, eventually, quick};

const SECRET_NAME: &str = "quarterly-figures.mp4";

/// Standard Webhooks: base64 of HMAC-SHA256 over `id.timestamp.body`.
fn signed(request: &Request, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let (id, at) = (request.header("webhook-id").unwrap(), request.header("webhook-timestamp").unwrap());
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(&request.body);
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    request.header("webhook-signature") == Some(expected.as_str())
}

fn started(house: &House, receiver: &Receiver) -> (Server, Client) {
    let (server, key) = (house.serve(&["--also-fetch-from", &receiver.address().to_string()]), house.key());
    let client = server.client(&key);
    (server, client)
}

#[test]
fn an_ending_is_told_until_it_is_heard_and_again_on_request() {
    let deaf = Arc::new(AtomicBool::new(true));
    let first = Arc::clone(&deaf);
    // Busy at first, as receivers are while they are deployed.
    let receiver =
        Receiver::start(move |_| Reply::new(if first.swap(false, Ordering::SeqCst) { 503 } else { 204 }, ""));
    let receiver = receiver.unwrap();
    let house = House::new();
    let (_server, client) = started(&house, &receiver);
    let hook = client.own("POST", "/webhooks", &json!({ "url": receiver.url("/hook"), "events": ["job.done"] }));
    let hook = hook.is(201).json();
    let handle = client.upload(SECRET_NAME, &house.clip());
    let job = client.transcode(&quick(&handle));
    client.ends(&job, "completed");
    let deliveries = format!("/webhooks/{}/deliveries", hook["id"].as_str().unwrap());
    let delivery = || client.own("GET", &deliveries, &Value::Null).is(200).json()["items"][0].clone();
    eventually(60, "the receiver hears it", || delivery()["state"] == "delivered");
    let told = receiver.seen();
    assert_eq!(told.len(), 2, "once while it was busy, once more");
    assert_eq!(told[0].header("webhook-id"), told[1].header("webhook-id"));
    assert_eq!(told[0].body, told[1].body);
    for request in &told {
        assert!(signed(request, hook["secret"].as_str().unwrap()));
        let text = String::from_utf8_lossy(&request.body).into_owned();
        assert!(!text.contains("quarterly") && !text.contains("gs://"), "{text}");
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!((body["type"].as_str(), body["data"]["job"]["id"].as_str()), (Some("job.done"), Some(job.as_str())));
    }
    let heard = delivery();
    assert_eq!((heard["attempts"].as_i64(), heard["status"].as_i64()), (Some(2), Some(204)));
    client.own("POST", &format!("/deliveries/{}/replay", heard["id"].as_str().unwrap()), &Value::Null).is(202);
    eventually(60, "it is told again", || receiver.seen().len() == 3);
    assert_eq!(receiver.seen()[2].body, told[0].body);
}

#[test]
fn one_that_is_gone_or_private_or_waits_for_something_else_is_not_asked_again() {
    let receiver = Receiver::start(|_| Reply::new(410, "")).unwrap();
    let house = House::new();
    let (_server, client) = started(&house, &receiver);
    let hook = |url: &str, event: &str| {
        let made = client.own("POST", "/webhooks", &json!({ "url": url, "events": [event] })).is(201).json();
        made["id"].as_str().unwrap().to_owned()
    };
    let gone = hook(&receiver.url("/gone"), "job.done");
    let private = hook("http://127.0.0.1:9/private", "job.done");
    let other = hook(&receiver.url("/other"), "job.failed");
    let handle = client.upload("a.mp4", &house.clip());
    client.ends(&client.transcode(&quick(&handle)), "completed");
    let states = |id: &str| {
        let page = client.own("GET", &format!("/webhooks/{id}/deliveries"), &Value::Null).is(200).json();
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    eventually(60, "both are given up", || states(&gone) == ["failed"] && states(&private) == ["failed"]);
    assert!(states(&other).is_empty());
    assert_eq!(receiver.seen().len(), 1);
    let gone = client.own("GET", &format!("/webhooks/{gone}"), &Value::Null).is(200).json();
    assert!(gone["disabled_at"].is_string(), "{gone}");
}

fn named(client: &Client, key: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
    let mut stream = client.begin("POST", "/api/reelspan/v1/transcodes", &headers, body.len()).unwrap();
    std::io::Write::write_all(&mut stream, body.as_bytes()).unwrap();
    finish(stream).unwrap()
}

#[test]
fn a_request_that_names_itself_is_done_once() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let handle = client.upload("a.mp4", &house.clip());
    let first = named(&client, "k1", &quick(&handle)).is(201);
    let again = named(&client, "k1", &quick(&handle)).is(201);
    assert_eq!(first.body, again.body);
    assert!(again.headers.contains("idempotency-replayed: true"));
    let other = json!({ "inputs": [{ "url": handle }], "format": "webm" });
    assert_eq!(named(&client, "k1", &other).is(409).json()["code"], "idempotency_key_reused");
    // What was refused is refused the same way, and a fresh key does fresh work.
    let wrong = json!({ "inputs": [{ "url": handle }], "format": "exe" });
    assert_eq!(named(&client, "k2", &wrong).is(400).body, named(&client, "k2", &wrong).is(400).body);
    named(&client, "k3", &quick(&handle)).is(201);
    assert_eq!(client.all("/jobs").len(), 2);
}

#[test]
fn a_stream_of_events_is_picked_up_where_it_was_dropped() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let handle = client.upload("a.mp4", &house.long_clip());
    let job = client.transcode(&quick(&handle));
    client.ends(&job, "completed");
    let events = |after: &str| {
        let path = format!("/api/reelspan/v1/jobs/{job}/events");
        finish(client.begin("GET", &path, &[("Last-Event-ID", after)], 0).unwrap()).unwrap().is(200).text()
    };
    let all = events("0");
    let ids: Vec<&str> = all.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert!(!ids.is_empty(), "{all}");
    assert!(all.trim_end().ends_with(r#"data: {"status":"completed","step":null}"#), "{all}");
    let rest = events(ids[0]);
    assert!(!rest.contains(&format!("id: {}\n", ids[0])), "{rest}");
    assert_eq!(rest.matches("\nid: ").count() + usize::from(rest.starts_with("id: ")), ids.len() - 1);
}
