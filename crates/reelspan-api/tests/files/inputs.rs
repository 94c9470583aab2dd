//! What a job is given to read, by any of its names.

use reelspan_app::inputs::{InputError, resolve};
use reelspan_connectors::download;
use reelspan_connectors::guard::Reach;
use reelspan_testing::http_server::{Reply, Server};
use reelspan_types::Cancel;
use reqwest::Method;

use crate::support::{Rests, TestApp, film, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_reads_files_by_every_name_and_nothing_else() {
    let film = film();
    let body = film.clone();
    let site = Server::start(move |request| match request.path.as_str() {
        "/talk.mp4?key=secret" => Reply::new(200, body.clone()).header("content-type", "video/mp4"),
        "/page" => Reply::new(200, "<!doctype html><p>no film</p>").header("content-type", "video/mp4"),
        "/list.m3u8" => Reply::new(200, "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
        _ => Reply::new(404, ""),
    })
    .unwrap();
    let app = TestApp::with(Rests::Here, Reach::public_and([site.address()])).await;
    let asset = app.bring("talk.mp4", "video/mp4", &film).await;
    let id = asset["id"].as_str().unwrap();
    let link = json(app.api(Method::POST, &format!("/assets/{id}/link")).send().await.unwrap(), 201).await;
    let scratch = tempfile::tempdir().unwrap();
    let worker = &app.service.worker;
    let read = async |address: &str| resolve(worker, "a", address, scratch.path(), &Cancel::new()).await;
    for address in [asset["handle"].as_str().unwrap(), &format!("reelspan:asset:{id}"), link["url"].as_str().unwrap()] {
        let input = read(address).await.unwrap();
        assert_eq!((input.asset.unwrap().id.as_str(), input.file_name.as_str()), (id, "talk.mp4"), "{address}");
        assert!(std::fs::read(input.file).unwrap() == film);
        assert_eq!(input.info.video.unwrap().width, 320);
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0, "read where it lies");
    let fetched = read(&site.url("/talk.mp4?key=secret")).await.unwrap();
    assert!(fetched.asset.is_none() && fetched.file_name == "talk.mp4" && fetched.info.video.is_some());
    assert!(std::fs::read(&fetched.file).unwrap() == film);
    for (address, code) in [
        ("gs://reelspan/1-a-b.mp4", "input_missing"),
        ("gs://another/bucket.mp4", "input_missing"),
        ("reelspan:asset:x", "input_missing"),
        ("file:///etc/passwd", "address_invalid"),
        ("/etc/passwd", "address_invalid"),
        ("concat:/etc/passwd", "address_invalid"),
        ("http://127.0.0.1:1/", "address_private"),
        ("http://169.254.169.254/", "address_private"),
        (&site.url("/gone"), "address_refused"),
        (&site.url("/page"), "not_media"),
        (&site.url("/list.m3u8"), "not_media"),
    ] {
        let error = read(address).await.unwrap_err();
        assert_eq!(error.code(), code, "{address}");
        assert!(!error.to_string().contains(address), "{error}");
    }
    app.clock.advance(std::time::Duration::from_secs(601));
    assert_eq!(read(link["url"].as_str().unwrap()).await.unwrap_err().code(), "input_missing", "the link is over");
    let cancel = Cancel::new();
    cancel.cancel();
    let cancelled = resolve(worker, "a", &site.url("/talk.mp4?key=secret"), scratch.path(), &cancel).await;
    assert!(matches!(cancelled, Err(InputError::Cancelled)));
    assert!(InputError::Fetch(download::Error::TooSlow).passes() && !InputError::Missing.passes());
}
