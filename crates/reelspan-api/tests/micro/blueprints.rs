//! Blueprints, transcriptions and what a language model is asked, as the contract shapes them.

use reelspan_testing::make_media;
use serde_json::{Value, json};

use crate::house::{House, Plan};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_several_files_names_each() {
    let house = House::open(Plan::default()).await;
    let video = house.upload(&house.film("a.mp4", 2), "video/mp4").await;
    let asked = json!({ "video_url": video, "hook1": "One", "hook2": 2, "ratio": "1x1" });
    let (status, run) = house.post("/v1/blueprints/hook-variants/runs", asked).await;
    assert_eq!((status, &run["status"], &run["tokens_charged"]), (201, &json!("pending"), &json!(0)), "{run}");
    let run = house.ended(&format!("/v1/blueprints/runs/{}", run["id"].as_str().unwrap())).await;
    assert_eq!(run["status"], "completed", "{run}");
    let labels: Vec<&Value> = run["outputs"].as_array().unwrap().iter().map(|one| &one["label"]).collect();
    assert_eq!(labels, [&json!("hook1"), &json!("hook2")]);
    assert_eq!(run["output_url"], run["outputs"][0]["url"]);
    assert!(run["tokens_spent"].is_i64() && run["srt_text"].is_null(), "{run}");
    for one in run["outputs"].as_array().unwrap() {
        let file = house.client().get(one["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!((file.status().as_u16(), &file.headers()["content-type"]), (200, &"video/mp4".parse().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_that_do_not_fit_are_refused_or_fail_by_name() {
    let house = House::open(Plan::default()).await;
    let video = house.upload(&house.film("a.mp4", 1), "video/mp4").await;
    for (slug, body, status, says) in [
        ("watermark", json!({ "video_url": video }), 400, "logo_url"),
        ("watermark", json!({ "video_url": video, "logo_url": "ftp://x/y" }), 400, "logo_url"),
        ("viral-short", json!({ "video_url": video, "hook_text": "x".repeat(201) }), 400, "hook_text"),
        ("zoom-in", json!({ "video_url": video, "colour": "red" }), 400, "colour"),
        ("nothing", json!({ "video_url": video }), 404, "blueprint"),
        ("caption-video", json!({ "video_url": video }), 503, "recogniser"),
    ] {
        let (got, answer) = house.post(&format!("/v1/blueprints/{slug}/runs"), body).await;
        assert_eq!(got, status, "{slug}: {answer}");
        assert!(answer["error"].as_str().unwrap().contains(says), "{slug}: {answer}");
    }
    let (_, run) = house.post("/v1/blueprints/watermark/runs", json!({ "video_url": video, "logo_url": video })).await;
    let run = house.ended(&format!("/v1/blueprints/runs/{}", run["id"].as_str().unwrap())).await;
    if run["status"] == "failed" {
        assert!(run["error_message"].as_str().unwrap().contains("logo_url"), "{run}");
    }
    let (status, answer) = house.post("/v1/transcribe", json!({ "media_url": video })).await;
    assert_eq!((status, answer["code"].as_str()), (503, Some("no_recogniser")), "{answer}");
}

async fn srt(house: &House, body: Value) -> String {
    let (status, job) = house.post("/v1/transcribe", body).await;
    assert_eq!(status, 201, "{job}");
    let path = format!("/v1/transcribe/{}", job["id"].as_str().unwrap());
    let job = house.ended(&path).await;
    assert_eq!(job["status"], "completed", "{job}");
    // The list of transcodes has it too, so it can be looked at there.
    let among = format!("/v1/transcodes/{}", job["id"].as_str().unwrap());
    assert_eq!(house.get(&among).await.1["media_url"], job["media_url"]);
    assert_eq!(house.get(&format!("{among}/download")).await.0, 200);
    let url = house.get(&format!("{path}/download")).await.1["url"].as_str().unwrap().to_owned();
    house.client().get(url).send().await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_come_from_a_track_inside_or_from_a_recogniser() {
    let house = House::open(Plan { models: true, ..Plan::default() }).await;
    let talk = house.talk("talk.mp4");
    let words = house.folder.path().join("words.srt");
    std::fs::write(&words, "1\n00:00:00,500 --> 00:00:02,000\nthe track speaks\n").unwrap();
    let tracked = house.folder.path().join("tracked.mp4");
    let (from, track) = (talk.to_str().unwrap(), words.to_str().unwrap());
    make_media(&["-i", from, "-i", track, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text"], &tracked);
    let heard = srt(&house, json!({ "media_url": house.upload(&talk, "video/mp4").await })).await;
    assert!(heard.contains("hello world again"), "{heard}");
    let tracked = house.upload(&tracked, "video/mp4").await;
    let read = srt(&house, json!({ "media_url": tracked, "language": "en" })).await;
    assert!(read.contains("the track speaks"), "{read}");
    let english = srt(&house, json!({ "media_url": tracked, "task": "translate" })).await;
    assert!(english.contains("hello world again"), "a translation is heard, not read: {english}");
    for (field, value) in [("task", "sing"), ("language", "not a tag!"), ("language", "e")] {
        let mut body = json!({ "media_url": tracked });
        body[field] = json!(value);
        let (status, answer) = house.post("/v1/transcribe", body).await;
        assert_eq!((status, answer["field"].as_str()), (400, Some(field)), "{answer}");
    }
    let silent = house.folder.path().join("silent.mp4");
    make_media(&["-f", "lavfi", "-i", "testsrc2=s=64x64:d=1"], &silent);
    let (_, job) = house.post("/v1/transcribe", json!({ "media_url": house.upload(&silent, "video/mp4").await })).await;
    let job = house.ended(&format!("/v1/transcribe/{}", job["id"].as_str().unwrap())).await;
    assert_eq!((&job["status"], &job["error_category"]), (&json!("failed"), &json!("validation")), "{job}");
    assert!(job["error_message"].as_str().unwrap().contains("no sound"), "{job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_gives_no_usable_answer_is_502_and_none_is_503() {
    let house = House::open(Plan::default()).await;
    let script = json!({ "script": "A cat wakes." });
    let (status, answer) = house.post("/v1/generate/scenes", script.clone()).await;
    assert_eq!((status, answer["code"].as_str()), (503, Some("no_language_model")), "{answer}");
    for said in ["no json", "{}", r#"{"scenes":[]}"#, r#"{"scenes":[{"text":"x"}]}"#, r#"{"texts":["only one"]}"#] {
        let house = House::open(Plan { models: true, chat: Some(said), idle: true, ..Plan::default() }).await;
        let (status, answer) = house.post("/v1/generate/scenes", script.clone()).await;
        assert_eq!((status, answer["error"].as_str()), (502, Some("generation_failed")), "{said}: {answer}");
        assert!(answer["detail"].is_string() && answer["tokens_charged"] == 0, "{answer}");
        let texts = json!({ "texts": ["one", "two"], "language": "de" });
        assert_eq!(house.post("/v1/generate/translate", texts).await.0, 502, "{said}");
    }
    let house = House::open(Plan { models: true, idle: true, ..Plan::default() }).await;
    for (path, body, field) in [
        ("scenes", json!({ "script": "" }), "script"),
        ("scenes", json!({ "script": "x".repeat(20_001) }), "script"),
        ("scenes", json!({ "script": "x", "max_scenes": 21 }), "max_scenes"),
        ("translate", json!({ "texts": [], "language": "de" }), "texts"),
        ("translate", json!({ "texts": vec!["x"; 21], "language": "de" }), "texts"),
        ("translate", json!({ "texts": ["x".repeat(2_001)], "language": "de" }), "texts"),
        ("translate", json!({ "texts": ["x"], "language": "german" }), "language"),
    ] {
        let (status, answer) = house.post(&format!("/v1/generate/{path}"), body).await;
        assert_eq!((status, answer["field"].as_str()), (400, Some(field)), "{answer}");
    }
}
