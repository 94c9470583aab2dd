//! tus 1.0, request by request.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Body, Method, RequestBuilder, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{TestApp, film, header, json, picture, refused};

const BYTES: &str = "application/offset+octet-stream";

pub(crate) fn tus(request: RequestBuilder) -> RequestBuilder {
    request.header("tus-resumable", "1.0.0")
}

/// Begins an upload; where it goes on.
pub(crate) async fn begin(app: &TestApp, bytes: usize, metadata: &str) -> String {
    let begun = tus(app.api(Method::POST, "/tus")).header("upload-length", bytes).header("upload-metadata", metadata);
    let begun = begun.send().await.unwrap();
    assert_eq!(begun.status(), 201);
    assert!(header(&begun, "upload-expires").ends_with("GMT"));
    header(&begun, "location")
}

pub(crate) fn patch(app: &TestApp, place: &str, offset: usize, body: impl Into<Body>) -> RequestBuilder {
    let patch = tus(app.open(Method::PATCH, place).bearer_auth(&app.key)).header("upload-offset", offset);
    patch.header("content-type", BYTES).body(body)
}

pub(crate) async fn send(app: &TestApp, place: &str, offset: usize, body: Vec<u8>) -> Response {
    patch(app, place, offset, body).send().await.unwrap()
}

async fn offset(app: &TestApp, place: &str) -> usize {
    let head = tus(app.open(Method::HEAD, place).bearer_auth(&app.key)).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(
        (header(&head, "cache-control").as_str(), header(&head, "tus-resumable").as_str()),
        ("no-store", "1.0.0")
    );
    header(&head, "upload-offset").parse().unwrap()
}

fn named(name: &str, kind: &str) -> String {
    format!("filename {},filetype {}", STANDARD.encode(name), STANDARD.encode(kind))
}

pub(crate) async fn a_film_comes_in_pieces(app: &TestApp) {
    let film = film();
    let place = begin(app, film.len(), &named("Kapitel 1.mp4", "video/mp4")).await;
    let third = film.len() / 3;
    let mut last = None;
    for (from, to) in [(0, third), (third, 2 * third), (2 * third, film.len())] {
        assert_eq!(offset(app, &place).await, from);
        let sent = send(app, &place, from, film[from..to].to_vec()).await;
        assert_eq!(sent.status(), 204);
        assert_eq!(header(&sent, "upload-offset"), to.to_string());
        last = Some(header(&sent, "reelspan-asset"));
    }
    assert_eq!(offset(app, &place).await, film.len());
    let asset = json(app.api(Method::GET, &format!("/assets/{}", last.unwrap())).send().await.unwrap(), 200).await;
    assert_eq!((asset["file_name"].as_str(), asset["media"]["width"].as_u64()), (Some("Kapitel 1.mp4"), Some(320)));
    let path = format!("/assets/{}/content", asset["id"].as_str().unwrap());
    let out = app.api(Method::GET, &path).send().await.unwrap();
    assert!(out.bytes().await.unwrap() == film);
    assert_eq!(send(app, &place, film.len(), Vec::new()).await.status(), 204, "nothing more to send is no error");
    assert_eq!(send(app, &place, film.len(), vec![1]).await.status(), 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_become_a_film() {
    let app = TestApp::start().await;
    a_film_comes_in_pieces(&app).await;
    assert_eq!(app.stored().len(), 1, "{:?}", app.stored());
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_extensions_are_told() {
    let app = TestApp::start().await;
    let told = app.open(Method::OPTIONS, "/api/reelspan/v1/tus").send().await.unwrap();
    assert_eq!((told.status().as_u16(), header(&told, "tus-version").as_str()), (204, "1.0.0"));
    assert_eq!(header(&told, "tus-max-size"), "50000000000");
    assert_eq!(header(&told, "tus-checksum-algorithm"), "sha1,sha256");
    for one in ["creation", "creation-with-upload", "creation-defer-length", "expiration", "termination", "checksum"] {
        assert!(header(&told, "tus-extension").split(',').any(|known| known == one), "{one}");
    }
    let place = begin(&app, 10, "").await;
    let old =
        app.open(Method::HEAD, &place).bearer_auth(&app.key).header("tus-resumable", "0.2.2").send().await.unwrap();
    assert_eq!((old.status().as_u16(), header(&old, "tus-version").as_str()), (412, "1.0.0"));
    let unsaid = app.open(Method::PATCH, &place).bearer_auth(&app.key).body("x").send().await.unwrap();
    assert_eq!((unsaid.status().as_u16(), header(&unsaid, "tus-resumable").as_str()), (412, "1.0.0"));
    let nobodys = tus(app.open(Method::HEAD, &place)).send().await.unwrap();
    assert_eq!((nobodys.status().as_u16(), header(&nobodys, "tus-resumable").as_str()), (401, "1.0.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    for (name, value, status) in [
        ("upload-length", "50000000001", 413),
        ("upload-length", "0", 400),
        ("upload-length", "-1", 400),
        ("upload-length", "many", 400),
        ("upload-defer-length", "2", 400),
        ("x-nothing", "1", 400),
    ] {
        let begun = tus(app.api(Method::POST, "/tus")).header(name, value).send().await.unwrap();
        assert_eq!(begun.status(), status, "{name}: {value}");
    }
    let odd = tus(app.api(Method::POST, "/tus")).header("upload-length", "5");
    let odd = odd.header("upload-metadata", named("a.html", "text/html")).send().await.unwrap();
    assert_eq!(refused(odd, 415).await, "type_unsupported");
    let place = begin(&app, 100, "").await;
    assert_eq!(send(&app, &place, 0, vec![1; 40]).await.status(), 204);
    for (at, bytes, status) in [(0, 40, 409), (41, 10, 409), (40, 61, 413)] {
        assert_eq!(send(&app, &place, at, vec![1; bytes]).await.status(), status, "{bytes} at {at}");
    }
    let chunked = Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(vec![1; 61])]));
    assert_eq!(patch(&app, &place, 40, chunked).send().await.unwrap().status(), 413);
    let json_kind = tus(app.open(Method::PATCH, &place).bearer_auth(&app.key)).header("upload-offset", 40);
    assert_eq!(json_kind.header("content-type", "text/plain").body("x").send().await.unwrap().status(), 415);
    let nowhere = tus(app.open(Method::PATCH, &place).bearer_auth(&app.key)).header("content-type", BYTES);
    assert_eq!(nowhere.body("x").send().await.unwrap().status(), 400);
    assert_eq!(offset(&app, &place).await, 40);
    assert_eq!(app.stored().len(), 1);
    // It is no media of any kind: the end says so, and what came may be given up.
    assert_eq!(refused(send(&app, &place, 40, vec![1; 60]).await, 415).await, "type_mismatch");
    assert_eq!(tus(app.open(Method::DELETE, &place).bearer_auth(&app.key)).send().await.unwrap().status(), 204);
    assert_eq!(tus(app.open(Method::HEAD, &place).bearer_auth(&app.key)).send().await.unwrap().status(), 404);
    assert!(app.stored().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_that_do_not_agree_drop_the_piece() {
    let app = TestApp::start().await;
    let place = begin(&app, 10, "").await;
    let sums = [("sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="), ("sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")];
    for (n, (algorithm, sum)) in sums.into_iter().enumerate() {
        let wrong = patch(&app, &place, n * 5, "hellO").header("upload-checksum", format!("{algorithm} {sum}"));
        let wrong = wrong.send().await.unwrap();
        assert_eq!(wrong.status().as_u16(), 460);
        assert_eq!(offset(&app, &place).await, n * 5);
        let right = patch(&app, &place, n * 5, "hello").header("upload-checksum", format!("{algorithm} {sum}"));
        let expected = if n == 0 { 204 } else { 415 };
        assert_eq!(right.send().await.unwrap().status(), expected, "the last is no media, but it has come");
    }
    assert_eq!(patch(&app, &place, 10, "").header("upload-checksum", "crc32 AAAA").send().await.unwrap().status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_may_be_said_later_and_first_bytes_may_come_at_once() {
    let app = TestApp::start().await;
    let picture = picture(100);
    let begun = tus(app.api(Method::POST, "/tus")).header("upload-defer-length", "1").header("content-type", BYTES);
    let begun = begun.body(picture[..50].to_vec()).send().await.unwrap();
    assert_eq!((begun.status().as_u16(), header(&begun, "upload-offset").as_str()), (201, "50"));
    let place = header(&begun, "location");
    let head = tus(app.open(Method::HEAD, &place).bearer_auth(&app.key)).send().await.unwrap();
    assert_eq!((header(&head, "upload-defer-length").as_str(), header(&head, "upload-length").as_str()), ("1", ""));
    let short = patch(&app, &place, 50, "").header("upload-length", 49).send().await.unwrap();
    assert_eq!(short.status(), 409);
    let said = patch(&app, &place, 50, picture[50..].to_vec()).header("upload-length", picture.len());
    let said = said.send().await.unwrap();
    assert_eq!(said.status(), 204);
    assert_ne!(header(&said, "reelspan-asset"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_can_only_post_say_what_they_mean() {
    let app = TestApp::start().await;
    let place = begin(&app, 100, "").await;
    let post =
        |meant: &str| tus(app.open(Method::POST, &place).bearer_auth(&app.key)).header("x-http-method-override", meant);
    let sent =
        post("PATCH").header("upload-offset", 0).header("content-type", BYTES).body(vec![1; 7]).send().await.unwrap();
    assert_eq!((sent.status().as_u16(), header(&sent, "upload-offset").as_str()), (204, "7"));
    assert_eq!(header(&post("head").send().await.unwrap(), "upload-offset"), "7");
    assert_eq!(post("PUT").send().await.unwrap().status(), 400);
    assert_eq!(post("DELETE").send().await.unwrap().status(), 204);
    assert!(app.stored().is_empty());
}

/// A PATCH whose body the test sends by hand.
async fn hand(app: &TestApp, place: &str, offset: usize, length: usize) -> TcpStream {
    let mut socket = TcpStream::connect(app.address).await.unwrap();
    let path = place.strip_prefix(&app.url("")).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n\
         Content-Type: {BYTES}\r\nContent-Length: {length}\r\n\r\n",
        app.key
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_a_break_is_kept() {
    let app = TestApp::start().await;
    let picture = picture(5_000_000);
    let place = begin(&app, picture.len(), "").await;
    let mut kept = 0;
    // One who asks before anything came makes it let go with nothing: then it is sent once more.
    for _ in 0..20 {
        let mut socket = hand(&app, &place, 0, picture.len()).await;
        socket.write_all(&picture[..3_000_000]).await.unwrap();
        socket.shutdown().await.unwrap();
        drop(socket);
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            kept = offset(&app, &place).await;
            if kept > 0 {
                break;
            }
        }
        if kept > 0 {
            break;
        }
    }
    assert!(kept > 0 && kept <= 3_000_000, "{kept}");
    let sent = send(&app, &place, kept, picture[kept..].to_vec()).await;
    assert_eq!(sent.status(), 204);
    let path = format!("/assets/{}/content", header(&sent, "reelspan-asset"));
    assert!(app.api(Method::GET, &path).send().await.unwrap().bytes().await.unwrap() == picture);
    assert_eq!(app.stored().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_do_not_mix_and_one_that_asks_takes_over() {
    let app = TestApp::start().await;
    let picture = picture(2_000_000);
    let place = begin(&app, picture.len(), "").await;
    let mut slow = hand(&app, &place, 0, picture.len()).await;
    slow.write_all(&picture[..1_000_000]).await.unwrap();
    // It is there once a second one is turned away.
    let mut second = 0;
    for _ in 0..200 {
        second = send(&app, &place, 1_999_999, vec![9]).await.status().as_u16();
        if second == 423 {
            break;
        }
        // The second one came first, and the first was turned away: once more.
        if slow.try_read(&mut [0; 1]).is_ok() {
            slow = hand(&app, &place, 0, picture.len()).await;
            slow.write_all(&picture[..1_000_000]).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(second, 423);
    // Whoever asks how it stands is about to go on: the one that hangs lets go, and what it sent is kept.
    let kept = offset(&app, &place).await;
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400");
    let sent = send(&app, &place, kept, picture[kept..].to_vec()).await;
    assert_eq!(sent.status(), 204);
    let path = format!("/assets/{}/content", header(&sent, "reelspan-asset"));
    assert!(app.api(Method::GET, &path).send().await.unwrap().bytes().await.unwrap() == picture);
}
