//! Clients that leave, and an S3 that is not well.

use std::time::Duration;

use reelspan_connectors::guard::Reach;
use reelspan_store::{Blobs, Database};
use reelspan_testing::{Fault, FaultyWay, S3Server};
use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Rests, TestApp, bucket, header, json, picture, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_leaves_nothing() {
    let app = TestApp::start().await;
    let picture = picture(10_000_000);
    let announced = app.announce("p.png", "image/png", picture.len()).await;
    let path = announced["put"]["url"].as_str().unwrap().strip_prefix(&app.url("")).unwrap().to_owned();
    for sent in [0, 1000, 6_000_000] {
        let mut socket = TcpStream::connect(app.address).await.unwrap();
        let length = picture.len();
        let head =
            format!("PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {length}\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(&picture[..sent]).await.unwrap();
        if sent > 5_000_000 {
            // It is on its way when the client goes.
            app.stored_soon(1).await;
        }
        drop(socket);
        app.stored_soon(0).await;
    }
    let upload = format!("/uploads/{}", announced["id"].as_str().unwrap());
    assert_eq!(json(app.api(Method::GET, &upload).send().await.unwrap(), 200).await["state"], "open");
    assert_eq!(app.put(&announced, picture).await.status(), 200);
    assert_eq!(app.confirm(&announced["id"]).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_s3_is_away_nothing_is_lost_and_everything_says_so() {
    let Some(server) = S3Server::start() else { return };
    let way = FaultyWay::to(server.address());
    let folder = tempfile::tempdir().unwrap();
    let database = Database::sqlite(&folder.path().join("rows.db")).await.unwrap();
    let blobs = Blobs::s3_within(&bucket(way.endpoint()), Duration::from_millis(400)).unwrap();
    let app = TestApp::with(Rests::In(database, blobs), Reach::public()).await;
    let kept = app.bring("p.png", "image/png", &picture(9)).await;
    let content = format!("/assets/{}/content", kept["id"].as_str().unwrap());
    let announced = app.announce("q.png", "image/png", 42).await;
    let arrived = app.announce("r.png", "image/png", 42).await;
    assert_eq!(app.put(&arrived, picture(9)).await.status(), 200);
    let place = crate::tus::begin(&app, 42, "").await;
    for fault in [Fault::Refused, Fault::Silent, Fault::Broken] {
        way.fail(fault);
        let put = app.put(&announced, picture(9)).await;
        assert_eq!(header(&put, "retry-after"), "5", "{fault:?}");
        assert_eq!(refused(put, 503).await, "blobs_away");
        assert_eq!(refused(app.confirm(&arrived["id"]).await, 503).await, "blobs_away");
        assert_eq!(app.api(Method::GET, &content).send().await.unwrap().status(), 503);
        assert_eq!(crate::tus::send(&app, &place, 0, picture(9)).await.status(), 503);
        let gone = app.api(Method::DELETE, content.trim_end_matches("/content")).send().await.unwrap();
        assert_eq!(gone.status(), 503, "its row must not go before its bytes");
    }
    way.fail(Fault::None);
    assert_eq!(app.api(Method::GET, &content).send().await.unwrap().bytes().await.unwrap(), picture(9));
    assert_eq!(app.put(&announced, picture(9)).await.status(), 200);
    for id in [&announced["id"], &arrived["id"]] {
        assert_eq!(app.confirm(id).await.status(), 200);
    }
    assert_eq!(crate::tus::send(&app, &place, 0, picture(9)).await.status(), 204);
}
