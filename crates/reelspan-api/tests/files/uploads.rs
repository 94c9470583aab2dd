//! A signed PUT: announced, put, confirmed.

use reelspan_connectors::guard::Reach;
use reelspan_store::{Blobs, Database};
use reelspan_testing::{Postgres, S3Server};
use reqwest::{Body, Method};
use serde_json::{Value, json};

use crate::support::{Rests, TestApp, bucket, film, json, picture, refused};

async fn a_film_goes_in_and_comes_out(app: &TestApp) {
    let film = film();
    let announced = app.announce("Mein Film ÄÖ.mp4", "Video/MP4; codecs=x", film.len()).await;
    assert_eq!((&announced["state"], &announced["content_type"]), (&json!("open"), &json!("video/mp4")));
    assert!(announced["put"]["url"].as_str().unwrap().starts_with(&app.url("/files/in/")));
    for what in ["/expires_at", "/put/expires_at", "/created_at"] {
        assert!(announced.pointer(what).unwrap().as_str().unwrap().ends_with('Z'), "{what}");
    }
    assert_eq!(app.put(&announced, film.clone()).await.status(), 200);
    let id = announced["id"].as_str().unwrap();
    let now = json(app.api(Method::GET, &format!("/uploads/{id}")).send().await.unwrap(), 200).await;
    assert_eq!((&now["state"], &now["received_bytes"]), (&json!("received"), &json!(film.len())));
    let claim = json!({ "bytes": film.len() });
    let confirmed = app.api(Method::POST, &format!("/uploads/{id}/confirm")).json(&claim).send().await.unwrap();
    let confirmed = json(confirmed, 200).await;
    let asset = &confirmed["asset"];
    assert!(asset["handle"].as_str().unwrap().starts_with("gs://reelspan/1"), "{asset}");
    assert!(asset["handle"].as_str().unwrap().ends_with("-Mein_Film___.mp4"), "{asset}");
    assert_eq!((&asset["class"], &asset["file_name"]), (&json!("input_media"), &json!("Mein Film ÄÖ.mp4")));
    let media = &asset["media"];
    assert_eq!((&media["width"], &media["height"], &media["has_audio"]), (&json!(320), &json!(180), &json!(true)));
    assert_eq!((&media["codec_video"], &media["size_bytes"]), (&json!("h264"), &json!(film.len())));
    assert!((media["duration_seconds"].as_f64().unwrap() - 1.0).abs() < 0.1, "{media}");
    assert_eq!(confirmed["asset_id"], asset["id"]);
    assert_eq!(confirmed["expires_at"], asset["expires_at"]);
    assert_eq!(json(app.confirm(&announced["id"]).await, 200).await, confirmed, "said again");
    let id = asset["id"].as_str().unwrap();
    let link = json(app.api(Method::POST, &format!("/assets/{id}/link")).send().await.unwrap(), 201).await;
    let out = app.open(Method::GET, link["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(out.status(), 200);
    assert!(out.bytes().await.unwrap() == film);
    let part = app.api(Method::GET, &format!("/assets/{id}/content")).header("range", "bytes=-7").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.unwrap(), film[film.len() - 7..]);
    assert_eq!(app.api(Method::DELETE, &format!("/assets/{id}")).send().await.unwrap().status(), 204);
    assert_eq!(
        refused(app.open(Method::GET, link["url"].as_str().unwrap()).send().await.unwrap(), 404).await,
        "not_found"
    );
    assert_eq!(refused(app.confirm(&announced["id"]).await, 404).await, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_in_and_comes_out_here() {
    let app = TestApp::start().await;
    a_film_goes_in_and_comes_out(&app).await;
    assert!(app.stored().is_empty(), "{:?}", app.stored());
    assert_eq!(std::fs::read_dir(app.folder.path().join("scratch")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_in_and_comes_out_of_postgres_and_s3() {
    let (Some(rows), Some(files)) = (Postgres::start(), S3Server::start()) else { return };
    let database = Database::postgres(&rows.database()).await.unwrap();
    let blobs = Blobs::s3(&bucket(files.endpoint())).unwrap();
    let app = TestApp::with(Rests::In(database.clone(), blobs), Reach::public()).await;
    a_film_goes_in_and_comes_out(&app).await;
    crate::tus::a_film_comes_in_pieces(&app).await;
    assert_eq!(std::fs::read_dir(app.folder.path().join("scratch")).unwrap().count(), 0);
    drop(app);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_by_name() {
    let app = TestApp::start().await;
    let announce = async |new: Value| app.api(Method::POST, "/uploads").json(&new).send().await.unwrap();
    let cases = [
        (json!({ "file_name": "a.mp4", "content_type": "video/mp4", "bytes": 0 }), 400, "bytes"),
        (json!({ "file_name": "a.mp4", "content_type": "video/mp4", "bytes": -1 }), 400, ""),
        (json!({ "file_name": "a.mp4", "content_type": "video/mp4", "bytes": 1.5 }), 400, ""),
        (json!({ "file_name": "a.mp4", "content_type": "video/mp4", "bytes": 50_000_000_001_u64 }), 413, ""),
        (json!({ "file_name": "a.html", "content_type": "text/html", "bytes": 5 }), 415, "content_type"),
        (json!({ "file_name": "", "content_type": "video/mp4", "bytes": 5 }), 400, "file_name"),
        (json!({ "file_name": "a\u{0}b", "content_type": "video/mp4", "bytes": 5 }), 400, "file_name"),
        (json!({ "file_name": "a", "content_type": "video/mp4", "bytes": 5, "x": 1 }), 400, "x"),
        (json!({ "file_name": "a", "bytes": 5 }), 400, "content_type"),
    ];
    for (new, status, field) in cases {
        let problem = json(announce(new.clone()).await, status).await;
        if !field.is_empty() {
            assert_eq!(problem["field"], field, "{new}");
        }
    }
    let beyond_plan = json!({ "file_name": "a.mp4", "content_type": "video/mp4", "bytes": 2_040_109_466_u64 });
    let told = app.other(Method::POST, "/uploads").json(&beyond_plan).send().await.unwrap();
    assert_eq!(refused(told, 413).await, "too_large", "the free plan takes less");
    let largest = json!({ "file_name": "a", "content_type": "application/octet-stream", "bytes": 50_000_000_000_u64 });
    assert_eq!(announce(largest).await.status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_have_to_be_what_was_announced() {
    let app = TestApp::start().await;
    let announced = app.announce("p.png", "image/png", 133).await;
    let to = announced["put"]["url"].as_str().unwrap();
    assert_eq!(refused(app.confirm(&announced["id"]).await, 409).await, "not_uploaded");
    for wrong in [Some("video/mp4"), Some(""), None] {
        let mut put = app.open(Method::PUT, to).body(picture(100));
        if let Some(wrong) = wrong {
            put = put.header("content-type", wrong);
        }
        assert_eq!(refused(put.send().await.unwrap(), 415).await, "type_differs", "{wrong:?}");
    }
    assert_eq!(refused(app.put(&announced, picture(101)).await, 413).await, "too_large");
    let unsaid = reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(picture(5000))]));
    assert_eq!(refused(app.put(&announced, unsaid).await, 413).await, "too_large");
    app.stored_soon(0).await;
    // Too few are seen when they are to be confirmed, and may be sent again.
    assert_eq!(app.put(&announced, picture(90)).await.status(), 200);
    assert_eq!(refused(app.confirm(&announced["id"]).await, 400).await, "size_mismatch");
    assert_eq!(app.put(&announced, vec![0; 133]).await.status(), 200);
    assert_eq!(refused(app.confirm(&announced["id"]).await, 415).await, "type_mismatch");
    let chunks = Body::wrap_stream(futures_util::stream::iter(
        picture(100).chunks(9).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>(),
    ));
    assert_eq!(app.put(&announced, chunks).await.status(), 200);
    assert_eq!(app.stored().len(), 1, "each replaces the one before");
    let claim = json!({ "bytes": 134 });
    let path = format!("/uploads/{}/confirm", announced["id"].as_str().unwrap());
    assert_eq!(refused(app.api(Method::POST, &path).json(&claim).send().await.unwrap(), 400).await, "size_mismatch");
    let asset = json(app.confirm(&announced["id"]).await, 200).await["asset"].clone();
    assert_eq!(asset["media"], Value::Null, "ffprobe cannot read it, and no job will");
    assert_eq!(refused(app.put(&announced, picture(100)).await, 409).await, "confirmed_already");
    let path = format!("/uploads/{}", announced["id"].as_str().unwrap());
    assert_eq!(refused(app.api(Method::DELETE, &path).send().await.unwrap(), 409).await, "confirmed_already");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_decide_where_nobody_said_what_they_are() {
    let app = TestApp::start().await;
    let asset = app.bring("thing", "application/octet-stream", &picture(10)).await;
    assert_eq!(asset["content_type"], "image/png");
    let announced = app.announce("list", "application/octet-stream", 8).await;
    assert_eq!(app.put(&announced, "#EXTM3U\n").await.status(), 200);
    assert_eq!(refused(app.confirm(&announced["id"]).await, 415).await, "type_mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_confirms_twice_at_once_makes_one_asset() {
    let app = TestApp::start().await;
    let announced = app.announce("p.png", "image/png", 133).await;
    assert_eq!(app.put(&announced, picture(100)).await.status(), 200);
    let answers = futures_util::future::join_all((0..8).map(|_| app.confirm(&announced["id"]))).await;
    let mut ids = Vec::new();
    for answer in answers {
        ids.push(json(answer, 200).await["asset"]["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let page = json(app.api(Method::GET, "/assets").send().await.unwrap(), 200).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_listed_page_by_page() {
    let app = TestApp::start().await;
    for n in 0..5 {
        app.clock.advance(std::time::Duration::from_millis(3));
        app.bring(&format!("{n}.png"), "image/png", &picture(n)).await;
    }
    let (mut names, mut path) = (Vec::new(), "/assets?limit=2".to_owned());
    loop {
        let page = json(app.api(Method::GET, &path).send().await.unwrap(), 200).await;
        names.extend(page["items"].as_array().unwrap().iter().map(|one| one["file_name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/assets?limit=2&cursor={next}");
    }
    assert_eq!(names, ["4.png", "3.png", "2.png", "1.png", "0.png"]);
    assert_eq!(app.api(Method::GET, "/assets?limit=0").send().await.unwrap().status(), 400);
    let announced = app.announce("p.png", "image/png", 9).await;
    let path = format!("/uploads/{}", announced["id"].as_str().unwrap());
    assert_eq!(app.api(Method::DELETE, &path).send().await.unwrap().status(), 204);
    assert_eq!(app.api(Method::GET, &path).send().await.unwrap().status(), 404);
    assert_eq!(app.put(&announced, vec![0; 9]).await.status(), 404);
}
