//! What becomes of jobs: other tenants, bad inputs, limits, cancels, and that nothing stays behind.

use std::time::Duration;

use reelspan_testing::make_media;
use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{House, Plan, told};

const CATEGORIES: [&str; 9] =
    ["processing_limit", "file_size", "quota", "upload", "storage", "validation", "processing", "transient", "unknown"];

/// As the vendor's strict client reads a job.
fn strict(job: &Value) {
    let text = |name: &str| job[name].is_string();
    let maybe = |name: &str, fits: fn(&Value) -> bool| job[name].is_null() || fits(&job[name]);
    assert!(
        ["id", "status", "output_format", "created_at", "updated_at", "lane", "user_id"].iter().all(|one| text(one)),
        "{job}"
    );
    let status = job["status"].as_str().unwrap();
    assert!(["pending", "processing", "completed", "failed", "canceled"].contains(&status), "{job}");
    assert!(CATEGORIES.contains(&job["error_category"].as_str().unwrap()), "{job}");
    for number in ["billable_minutes", "duration_seconds", "processing_time_seconds"] {
        assert!(maybe(number, Value::is_number), "{number}: {job}");
    }
    assert!(maybe("queue_position", Value::is_i64) && maybe("output_url", Value::is_string), "{job}");
    for output in job["outputs"].as_array().into_iter().flatten() {
        assert!(output["size_bytes"].is_u64() && output["url"].as_str().unwrap().starts_with("gs://"), "{job}");
    }
    for option in job["ffmpeg_options"]["options"].as_array().into_iter().flatten() {
        assert!(option["option"].is_string() && !option["argument"].is_object(), "{job}");
    }
    assert_eq!(job["completed_at"].is_string(), status == "completed", "{job}");
}

/// What the jobs' own folder holds.
fn scratch(house: &House) -> usize {
    std::fs::read_dir(house.folder.path().join("scratch")).unwrap().count()
}

async fn made(house: &House, body: Value) -> String {
    let (status, made) = house.post("/v1/transcodes", body).await;
    assert_eq!(status, 201, "{made}");
    format!("/v1/transcodes/{}", made["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_its_workspaces_alone() {
    let house = House::open(Plan { models: true, ..Plan::default() }).await;
    let handle = house.upload(&house.film("mine.mp4", 1), "video/mp4").await;
    let path = made(&house, json!({ "inputs": [{ "url": handle }], "outputFormat": "mp3" })).await;
    let job = house.ended(&path).await;
    strict(&job);
    assert_eq!(job["status"], "completed", "{job}");
    let (_, link) = house.get(&format!("{path}/download?url=true")).await;
    let bytes = house.client().get(link["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(bytes.headers()["content-type"], "audio/mpeg");
    assert_eq!(bytes.bytes().await.unwrap().len() as u64, job["outputs"][0]["size_bytes"].as_u64().unwrap());

    let run = house.post("/v1/blueprints/zoom-in/runs", json!({ "video_url": handle })).await.1;
    let run = format!("/v1/blueprints/runs/{}", run["id"].as_str().unwrap());
    for (method, path, body) in [
        (Method::GET, path.clone(), Value::Null),
        (Method::GET, format!("{path}/download"), Value::Null),
        (Method::PATCH, format!("{path}/cancel"), Value::Null),
        (Method::GET, run.clone(), Value::Null),
        (Method::POST, format!("{run}/continue"), json!({ "srt_text": "1\n00:00:00,000 --> 00:00:01,000\nhi\n" })),
        (Method::POST, "/v1/ffprobe".into(), json!({ "url": handle })),
        (Method::POST, "/v1/transcodes".into(), json!({ "inputs": [{ "url": handle }], "outputFormat": "mp4" })),
        (
            Method::POST,
            "/v1/transcodes".into(),
            json!({ "inputs": [{ "url": job["output_url"] }], "outputFormat": "mp4" }),
        ),
        (Method::POST, "/v1/transcodes".into(), json!({ "inputs": [{ "url": link["url"] }], "outputFormat": "mp4" })),
        (Method::POST, "/v1/transcribe".into(), json!({ "media_url": handle })),
        (Method::POST, "/v1/blueprints/zoom-in/runs".into(), json!({ "video_url": handle })),
    ] {
        let asked = house.client().request(method.clone(), format!("{}{path}", house.base)).bearer_auth(&house.other);
        let (status, body) = told(asked.json(&body).send().await.unwrap()).await;
        assert_eq!(status, 404, "{method} {path}: {body}");
        assert!(body["error"].is_string(), "{body}");
    }
    let others = house.client().get(format!("{}/v1/transcodes", house.base)).bearer_auth(&house.other);
    assert_eq!(told(others.send().await.unwrap()).await.1["total"], 0);
    house.ended(&run).await;
    assert_eq!(scratch(&house), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_input_fails_with_a_category_and_a_sentence_of_ours() {
    let house = House::open(Plan::default()).await;
    let whole = std::fs::read(house.film("secret-name.mp4", 2)).unwrap();
    let cut = house.folder.path().join("secret-cut.mp4");
    std::fs::write(&cut, &whole[..whole.len() / 3]).unwrap();
    let cut = house.upload(&cut, "video/mp4").await;
    let silent = house.folder.path().join("silent.mp4");
    make_media(&["-f", "lavfi", "-i", "testsrc2=s=64x64:d=1"], &silent);
    let silent = house.upload(&silent, "video/mp4").await;
    for (inputs, format, category) in [
        (json!([{ "url": cut }]), "mp4", "validation"),
        (json!([{ "url": silent }]), "mp3", "validation"),
        (json!([{ "url": "http://127.0.0.1:1/a.mp4" }]), "mp4", "validation"),
        (json!([{ "url": "http://169.254.169.254/latest/meta-data" }]), "mp4", "validation"),
        (json!([{ "url": "https://no-such-host.invalid/a.mp4" }]), "mp4", "upload"),
    ] {
        let job = house.ended(&made(&house, json!({ "inputs": inputs, "outputFormat": format })).await).await;
        strict(&job);
        assert_eq!((&job["status"], &job["error_category"]), (&json!("failed"), &json!(category)), "{job}");
        let sentence = job["error_message"].as_str().unwrap();
        assert!(sentence.len() > 15 && !sentence.contains("secret") && !sentence.contains(".mp4"), "{sentence}");
        let (status, body) = house.get(&format!("/v1/transcodes/{}/download", job["id"].as_str().unwrap())).await;
        assert_eq!((status, body["error"].is_string()), (400, true));
    }
    assert_eq!(scratch(&house), 0, "nothing stays of a job that failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_and_what_runs_is_cancelled_within_a_second() {
    let idle = House::open(Plan { idle: true, ..Plan::default() }).await;
    let handle = idle.upload(&idle.film("a.mp4", 1), "video/mp4").await;
    let path = made(&idle, json!({ "inputs": [{ "url": handle }], "outputFormat": "mp4" })).await;
    let (status, answer) = told(idle.ask(Method::PATCH, &format!("{path}/cancel")).send().await.unwrap()).await;
    assert_eq!(
        (status, &answer["success"], &answer["job"]["status"]),
        (200, &json!(true), &json!("canceled")),
        "{answer}"
    );
    strict(&answer["job"]);
    let (status, answer) = told(idle.ask(Method::PATCH, &format!("{path}/cancel")).send().await.unwrap()).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("Cannot cancel job in status: canceled")));

    let house = House::open(Plan::default()).await;
    let handle = house.upload(&house.film("a.mp4", 2), "video/mp4").await;
    let slow = json!({ "inputs": [{ "url": handle }], "outputFormat": "mp4", "options": [
        { "option": "-vf", "argument": "loop=loop=2000:size=40:start=0,scale=1280:720" },
        { "option": "-preset", "argument": "veryslow" }, { "option": "-t", "argument": "300" }] });
    let path = made(&house, slow).await;
    while house.get(&path).await.1["status"] != "processing" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (status, answer) = told(house.ask(Method::PATCH, &format!("{path}/cancel")).send().await.unwrap()).await;
    assert_eq!((status, &answer["job"]["status"]), (200, &json!("canceled")), "{answer}");
    assert_eq!(answer["job"]["error_message"], "Job canceled by user");
    assert_eq!(house.get(&path).await.1["status"], "canceled");
    assert_eq!(scratch(&house), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_used_up_is_402_with_a_job_on_record() {
    let house = House::open(Plan { plan: Some("free"), models: true, ..Plan::default() }).await;
    let long = house.folder.path().join("long.flac");
    make_media(&["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "6100"], &long);
    let long = house.upload(&long, "audio/flac").await;
    for (path, body) in [
        ("/v1/transcodes", json!({ "inputs": [{ "url": long }], "outputFormat": "mp3" })),
        ("/v1/transcribe", json!({ "media_url": long })),
    ] {
        let (status, body) = house.post(path, body).await;
        assert_eq!(status, 402, "{body}");
        let url = body["upgrade_url"].as_str().unwrap();
        assert!(url.starts_with("http") && body["error"].is_string(), "{body}");
        let job = house.ended(&format!("{path}/{}", body["job_id"].as_str().unwrap())).await;
        strict(&job);
        assert_eq!((&job["status"], &job["error_category"]), (&json!("failed"), &json!("quota")), "{job}");
    }
    let (status, usage) = house.get("/v1/account/usage").await;
    assert_eq!((status, usage["quota"]["processingMinutes"].as_f64()), (200, Some(100.0)), "{usage}");
    assert_eq!(usage["usage"]["processingMinutes"].as_f64(), Some(0.0), "nothing was done, so nothing is billed");
    let short = house.upload(&house.film("a.mp4", 3), "video/mp4").await;
    house.ended(&made(&house, json!({ "inputs": [{ "url": short }], "outputFormat": "mp3" })).await).await;
    let used = house.get("/v1/account/usage").await.1["usage"]["processingMinutes"].as_f64().unwrap();
    assert!((used - 0.05).abs() < 0.003, "three seconds: {used}");
}
