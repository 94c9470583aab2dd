//! What comes out of a signed link.

use reqwest::{Method, Response};

use crate::support::{TestApp, header, json, picture};

async fn link(app: &TestApp, bytes: &[u8]) -> String {
    let asset = app.bring("Bild №1.png", "image/png", bytes).await;
    let path = format!("/assets/{}/link", asset["id"].as_str().unwrap());
    json(app.api(Method::POST, &path).send().await.unwrap(), 201).await["url"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_with_everything_that_keeps_it_a_file() {
    let app = TestApp::start().await;
    let bytes = picture(1000);
    let url = link(&app, &bytes).await;
    for method in [Method::GET, Method::HEAD] {
        let out = app.open(method.clone(), &url).send().await.unwrap();
        assert_eq!(out.status(), 200);
        for (name, value) in [
            ("content-type", "image/png"),
            ("content-length", "1033"),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-store"),
            ("content-disposition", "attachment; filename=\"Bild _1.png\"; filename*=UTF-8''Bild%20%E2%84%961.png"),
        ] {
            assert_eq!(header(&out, name), value, "{method}");
        }
        assert!(header(&out, "etag").starts_with('"') && header(&out, "last-modified").ends_with("GMT"));
        let expected = if method == Method::GET { bytes.as_slice() } else { &[] };
        assert_eq!(out.bytes().await.unwrap(), expected);
    }
    assert_eq!(app.open(Method::POST, &url).send().await.unwrap().status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_what_was_asked_for() {
    let app = TestApp::start().await;
    let bytes = picture(3_000_000);
    let url = link(&app, &bytes).await;
    let ask = async |headers: &[(&str, &str)]| -> Response {
        let asked =
            headers.iter().fold(app.open(Method::GET, &url), |asked, (name, value)| asked.header(*name, *value));
        asked.send().await.unwrap()
    };
    let all = bytes.len();
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=1000000-1999999", 1_000_000, 2_000_000),
        ("bytes=2999000-", 2_999_000, all),
        ("bytes=-5", all - 5, all),
        ("bytes=5-99999999", 5, all),
    ] {
        let part = ask(&[("range", range)]).await;
        assert_eq!(part.status(), 206, "{range}");
        assert_eq!(header(&part, "content-range"), format!("bytes {from}-{}/{all}", to - 1));
        assert_eq!(header(&part, "content-length"), (to - from).to_string());
        assert!(part.bytes().await.unwrap() == bytes[from..to], "{range}");
    }
    let beyond = ask(&[("range", "bytes=3000033-")]).await;
    assert_eq!((beyond.status().as_u16(), header(&beyond, "content-range")), (416, format!("bytes */{all}")));
    for whole in ["bytes=0-1,5-6", "bytes=x", "pages=1-2", "bytes=5-2"] {
        let out = ask(&[("range", whole)]).await;
        assert_eq!(out.status(), 200, "{whole}");
        assert_eq!(out.bytes().await.unwrap().len(), all);
    }
    let first = ask(&[("range", "bytes=0-9")]).await;
    let (etag, modified) = (header(&first, "etag"), header(&first, "last-modified"));
    for (known, status) in [(etag.as_str(), 206), (modified.as_str(), 206), ("\"another\"", 200), ("W/\"x\"", 200)] {
        let out = ask(&[("range", "bytes=0-9"), ("if-range", known)]).await;
        assert_eq!(out.status(), status, "{known}");
    }
    assert_eq!(ask(&[("if-none-match", &etag)]).await.status(), 304);
    assert_eq!(ask(&[("if-none-match", "\"another\"")]).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_our_own_links_open() {
    let app = TestApp::start().await;
    let url = link(&app, &picture(5)).await;
    let announced = app.announce("p.png", "image/png", 9).await;
    let put = announced["put"]["url"].as_str().unwrap();
    let last = if url.ends_with('A') { "B" } else { "A" };
    let broken = [
        format!("{}{last}", &url[..url.len() - 1]),
        put.replace("/in/", "/out/"),
        app.url("/files/out/x"),
        app.url("/files/out/%00.%20.a"),
        url.replace(".17", ".97"),
    ];
    for one in broken {
        assert_eq!(app.open(Method::GET, &one).send().await.unwrap().status(), 404, "{one}");
    }
    let out_as_in = url.replace("/out/", "/in/");
    let sent = app.open(Method::PUT, &out_as_in).header("content-type", "image/png").body("x").send().await.unwrap();
    assert_eq!(sent.status(), 404);
}
