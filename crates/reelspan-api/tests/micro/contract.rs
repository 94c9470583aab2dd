//! The contract's corners: routes, statuses, envelopes, error bodies, what is clamped and what is refused.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Plan, told};

const ID: &str = "00000000-0000-7000-8000-000000000000";

/// Every row of the contract's table but the signed PUT, which has no fixed path.
const ROWS: [(&str, &str); 22] = [
    ("POST", "/v1/upload/presigned-url"),
    ("POST", "/v1/upload/confirm"),
    ("POST", "/v1/transcodes"),
    ("GET", "/v1/transcodes"),
    ("GET", "/v1/transcodes/ID"),
    ("PATCH", "/v1/transcodes/ID/cancel"),
    ("GET", "/v1/transcodes/ID/download"),
    ("POST", "/v1/transcribe"),
    ("GET", "/v1/transcribe/ID"),
    ("GET", "/v1/transcribe/ID/download"),
    ("GET", "/v1/transcribes"),
    ("POST", "/v1/ffprobe"),
    ("POST", "/v1/blueprints/watermark/runs"),
    ("GET", "/v1/blueprints/runs/ID"),
    ("POST", "/v1/blueprints/runs/ID/continue"),
    ("POST", "/v1/generate/scenes"),
    ("POST", "/v1/generate/translate"),
    ("POST", "/v1/generate/image"),
    ("POST", "/v1/generate/speech"),
    ("POST", "/v1/generate/animate"),
    ("GET", "/v1/generate/animate/ID"),
    ("GET", "/v1/account/usage"),
];

fn method(name: &str) -> Method {
    name.parse().unwrap()
}

#[tokio::test]
async fn every_row_has_a_route_that_wants_a_key_and_answers_in_its_shape() {
    let house = House::open(Plan { idle: true, ..Plan::default() }).await;
    for (name, path) in ROWS {
        let path = path.replace("ID", ID);
        let bare = house.client().request(method(name), format!("{}{path}", house.base));
        let (status, body) = told(bare.json(&json!({})).send().await.unwrap()).await;
        assert_eq!((status, body["error"].as_str()), (401, Some("unauthorized")), "{name} {path}: {body}");
        assert!(body["details"].is_string(), "{body}");
        let (status, body) = told(house.ask(method(name), &path).json(&json!({})).send().await.unwrap()).await;
        assert!(!matches!(status, 401 | 405 | 500..=502), "{name} {path}: {status} {body}");
        if status >= 400 {
            assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()), "{name} {path}: {body}");
            let list = path == "/v1/ffprobe";
            assert!(body["details"].is_null() || body["details"].is_string() != list, "{name} {path}: {body}");
        }
    }
    let health = house.client().get(format!("{}/health-check", house.base)).send().await.unwrap();
    let (status, body) = told(health).await;
    assert_eq!((status, &body["ok"], &body["supabase"]["connected"]), (200, &json!(true), &json!(true)));
    assert!(body["timestamp"].as_str().unwrap().ends_with('Z') && body["uptime"].is_number(), "{body}");
}

#[tokio::test]
async fn the_dialects_own_document_names_every_row() {
    let house = House::open(Plan { idle: true, ..Plan::default() }).await;
    let answer = house.client().get(format!("{}/openapi.yaml", house.base)).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/yaml");
    let (_, document) = told(answer).await;
    let shape = |path: &str| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "*" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let mut named = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        named.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), shape(path))));
    }
    let mut rows: Vec<(String, String)> = ROWS
        .iter()
        .map(|(name, path)| ((*name).to_owned(), path.replace("ID", "*").replace("watermark", "*")))
        .chain([("GET".to_owned(), "/health-check".to_owned())])
        .collect();
    named.sort();
    rows.sort();
    assert_eq!(named, rows);
    assert!(document["paths"]["/v1/transcodes"]["post"]["requestBody"].is_object());
}

#[tokio::test]
async fn bodies_that_are_none_are_refused_with_a_sentence() {
    let house = House::open(Plan { idle: true, ..Plan::default() }).await;
    for (name, path) in ROWS.into_iter().filter(|(name, _)| *name == "POST") {
        let path = path.replace("ID", ID);
        for bad in [
            "",
            "{",
            "[]",
            "null",
            "\"x\"",
            "{\"inputs\": 5, \"media_url\": 5, \"url\": 5, \"texts\": 5, \"script\": 5}",
        ] {
            let (status, body) = told(house.ask(method(name), &path).body(bad).send().await.unwrap()).await;
            assert!(matches!(status, 400 | 404 | 503), "{path} {bad}: {status} {body}");
            assert!(body["error"].is_string(), "{path} {bad}: {body}");
        }
    }
    let (status, body) = house.post("/v1/transcodes", json!({ "inputs": [], "outputFormat": "mp4" })).await;
    assert_eq!((status, body["field"].as_str()), (400, Some("inputs")));
    let huge = "x".repeat(3 << 20);
    let (status, body) = house.post("/v1/transcribe", json!({ "media_url": huge })).await;
    assert!(matches!(status, 400 | 413) && body["error"].is_string(), "{status}");
}

#[tokio::test]
async fn presigning_says_what_is_wrong_with_a_file() {
    let house = House::open(Plan { idle: true, ..Plan::default() }).await;
    let good = json!({ "filename": "a b.mp4", "contentType": "video/mp4", "fileSize": 5 });
    let (status, signed) = house.post("/v1/upload/presigned-url", good.clone()).await;
    assert_eq!((status, &signed["success"]), (200, &json!(true)), "{signed}");
    let url = signed["result"]["uploadUrl"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/", house.base)) && signed["result"]["expiresAt"].is_string(), "{signed}");
    for (field, value) in [
        ("filename", Value::Null),
        ("filename", json!("")),
        ("contentType", json!("video/x-matroska")),
        ("contentType", json!("text/html")),
        ("contentType", Value::Null),
        ("fileSize", json!(0)),
        ("fileSize", json!(-1)),
        ("fileSize", json!(1.5)),
        ("fileSize", json!("5")),
        ("fileSize", json!(2_040_109_466_u64)),
    ] {
        let mut bad = good.clone();
        bad[field] = value.clone();
        let (status, body) = house.post("/v1/upload/presigned-url", bad).await;
        assert_eq!(status, 400, "{field} {value}: {body}");
    }
    let most = json!({ "filename": "a.mp4", "contentType": "video/mp4", "fileSize": 2_040_109_465_u64 });
    assert_eq!(house.post("/v1/upload/presigned-url", most).await.0, 200);
    let early = json!({ "filename": signed["result"]["filename"], "fileSize": 5 });
    assert_eq!(house.post("/v1/upload/confirm", early).await.0, 400, "nothing was put there yet");
    // The signed PUT asks for no key, and for the content type that was announced.
    let put =
        |kind: &'static str, body: &'static str| house.client().put(url).header("content-type", kind).body(body).send();
    assert_eq!(put("video/webm", "12345").await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(put("video/mp4", "12345").await.unwrap().status(), StatusCode::OK);
    let lie = json!({ "filename": signed["result"]["filename"], "fileSize": 5 });
    let (status, body) = house.post("/v1/upload/confirm", lie).await;
    assert_eq!(status, 400, "five digits are no film: {body}");
}

#[tokio::test]
async fn lists_are_narrowed_clamped_and_counted() {
    let house = House::open(Plan { idle: true, ..Plan::default() }).await;
    let handle = house.upload(&house.film("a.mp4", 1), "video/mp4").await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let asked = json!({ "inputs": [{ "url": handle }], "outputFormat": "mp4" });
        ids.push(house.post("/v1/transcodes", asked).await.1["id"].as_str().unwrap().to_owned());
    }
    let answer = house.ask(Method::GET, "/v1/transcodes?limit=2&page=2&anything=goes&url=true").send().await.unwrap();
    assert_eq!(answer.headers()["x-total-count"], "5");
    let (_, page) = told(answer).await;
    assert_eq!((&page["page"], &page["limit"], &page["total"]), (&json!(2), &json!(2), &json!(5)));
    assert_eq!(page["items"].as_array().unwrap().iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&ids[2], &ids[1]]);
    for (query, limit, page) in
        [("limit=0", 1, 1), ("limit=1000&page=-3", 100, 1), ("limit=7&page=99999999999999999999", 7, i64::MAX)]
    {
        let (status, list) = house.get(&format!("/v1/transcodes?{query}")).await;
        assert_eq!((status, list["limit"].as_i64(), list["page"].as_i64()), (200, Some(limit), Some(page)), "{query}");
    }
    for bad in ["limit=x", "page=1.5", "order=id", "since=yesterday", "until=2026-99-99", "job_type=other"] {
        let (status, body) = house.get(&format!("/v1/transcodes?{bad}")).await;
        assert!(status == 400 && body["error"].is_string(), "{bad}: {status} {body}");
    }
    for (query, total) in [
        ("status=queued", 0),
        ("status=awaiting_review", 0),
        ("status=pending", 5),
        ("job_type=transcode", 5),
        ("job_type=transcribe", 0),
        ("status=completed", 0),
    ] {
        let (status, list) = house.get(&format!("/v1/transcodes?{query}")).await;
        assert_eq!((status, list["total"].as_i64()), (200, Some(total)), "{query}");
    }
    let updated = house.get(&format!("/v1/transcodes/{}", ids[2])).await.1["updated_at"].as_str().unwrap().to_owned();
    let (_, list) = house.get(&format!("/v1/transcodes?since={updated}&until={updated}")).await;
    assert!(list["items"].as_array().unwrap().iter().any(|one| one["id"] == ids[2].as_str()), "inclusive at both ends");
    let (_, list) = house.get("/v1/transcodes?order=updated_at.asc").await;
    assert_eq!(list["items"][0]["id"], ids[0].as_str());
    assert_eq!(house.get("/v1/transcribes").await.1["total"], 0);
}

#[tokio::test]
async fn what_a_request_says_is_given_back_and_what_is_unknown_is_named() {
    let house = House::open(Plan { idle: true, ..Plan::default() }).await;
    let handle = house.upload(&house.film("my film.mp4", 1), "video/mp4").await;
    let user = json!({ "order": 7, "deep": { "list": [1, null, "ü"] } });
    let asked = json!({
        "inputs": [{ "url": handle, "options": [{ "option": "-ss", "argument": "0.2" }] }],
        "outputFormat": "Mp4",
        "preset": { "quality": "low", "resolution": null },
        "options": null,
        "metadata": user,
        "webhook": "https://example.com/hook",
    });
    let answer =
        house.ask(Method::POST, "/v1/transcodes").json(&asked).header("x-ffm-surface", "mcp").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let (_, made) = told(answer).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(location, format!("{}/v1/transcodes/{id}", house.base));
    assert_eq!(
        (&made["status"], &made["outputFormat"], &made["inputUrl"]),
        (&json!("pending"), &json!("Mp4"), &json!(handle))
    );
    assert_eq!((&made["metadata"]["user"], &made["ignored_fields"]), (&user, &json!(["webhook"])));
    let (_, job) = house.get(&format!("/v1/transcodes/{id}")).await;
    assert_eq!((&job["metadata"]["user"], &job["output_format"]), (&user, &json!("Mp4")));
    assert_eq!(
        (&job["ffmpeg_options"]["source"], &job["ffmpeg_options"]["preset"]["quality"]),
        (&json!("preset"), &json!("low"))
    );
    assert_eq!(job["inputs"][0]["filename"], "my film.mp4");
    assert!(job["inputs"][0]["size_bytes"].as_str().unwrap().parse::<u64>().unwrap() > 0, "digits as text");
    assert!(job["inputs"][0]["downloadUrl"].as_str().unwrap().starts_with(&house.base));
    assert!((job["duration_seconds"].as_f64().unwrap() - 0.8).abs() < 0.1, "after the trim: {job}");
    assert_eq!((&job["error_category"], &job["error_message"]), (&json!("unknown"), &Value::Null));
    assert_eq!((&job["queue_position"], &job["lane"]), (&json!(1), &json!("short")));
    let bare = json!({ "inputs": [{ "url": handle }], "outputFormat": "mp4" });
    let (_, made) = house.post("/v1/transcodes", bare).await;
    assert!(made.get("metadata").is_none() && made.get("ignored_fields").is_none(), "{made}");
    let (_, second) = house.get(&format!("/v1/transcodes/{}", made["id"].as_str().unwrap())).await;
    assert_eq!((&second["queue_position"], &second["ffmpeg_options"]["source"]), (&json!(2), &json!("defaults")));
    let host = house.client().get(format!("{}/v1/transcodes/{id}", house.base)).bearer_auth(&house.key);
    let (_, job) = told(host.header("host", "media.example.com").send().await.unwrap()).await;
    assert!(job["inputs"][0]["downloadUrl"].as_str().unwrap().starts_with("http://media.example.com/"), "{job}");
}
