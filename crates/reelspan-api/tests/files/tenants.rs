//! Nobody sees another's files: everything of theirs is simply not there.

use reelspan_app::inputs::{InputError, look_up};
use reqwest::Method;
use serde_json::json;

use crate::support::{TestApp, json, picture, refused};
use crate::tus::{begin, tus};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_anothers_is_not_there() {
    let app = TestApp::start().await;
    let asset = app.bring("p.png", "image/png", &picture(9)).await;
    let announced = app.announce("q.png", "image/png", 42).await;
    let (asset_id, upload) = (asset["id"].as_str().unwrap(), announced["id"].as_str().unwrap());
    for (method, path) in [
        (Method::GET, format!("/uploads/{upload}")),
        (Method::DELETE, format!("/uploads/{upload}")),
        (Method::POST, format!("/uploads/{upload}/confirm")),
        (Method::GET, format!("/assets/{asset_id}")),
        (Method::GET, format!("/assets/{asset_id}/content")),
        (Method::POST, format!("/assets/{asset_id}/link")),
        (Method::DELETE, format!("/assets/{asset_id}")),
    ] {
        let theirs = app.other(method.clone(), &path).send().await.unwrap();
        assert_eq!(refused(theirs, 404).await, "not_found", "{method} {path}");
        let nobodys = app.open(method.clone(), &format!("/api/reelspan/v1{path}")).send().await.unwrap();
        assert_eq!(nobodys.status(), 401, "{method} {path}");
    }
    let page = json(app.other(Method::GET, "/assets").send().await.unwrap(), 200).await;
    assert_eq!(page, json!({ "items": [], "next": null }));
    assert_eq!(app.api(Method::GET, &format!("/assets/{asset_id}")).send().await.unwrap().status(), 200);

    let place = begin(&app, 10, "filename YS5wbmc=").await;
    for method in [Method::HEAD, Method::PATCH, Method::DELETE] {
        let theirs = tus(app.open(method.clone(), &place).bearer_auth(&app.other_key)).header("upload-offset", "0");
        let theirs = theirs.header("content-type", "application/offset+octet-stream").send().await.unwrap();
        assert_eq!(theirs.status(), 404, "{method}");
        let nobodys = tus(app.open(method.clone(), &place)).send().await.unwrap();
        assert_eq!(nobodys.status(), 401, "{method}");
    }
    assert_eq!(tus(app.open(Method::HEAD, &place).bearer_auth(&app.key)).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn handles_ids_and_links_mean_nothing_elsewhere() {
    let app = TestApp::start().await;
    let asset = app.bring("p.png", "image/png", &picture(9)).await;
    let id = asset["id"].as_str().unwrap();
    let link = json(app.api(Method::POST, &format!("/assets/{id}/link")).send().await.unwrap(), 201).await;
    let addresses = [
        asset["handle"].as_str().unwrap().to_owned(),
        format!("reelspan:asset:{id}"),
        link["url"].as_str().unwrap().into(),
    ];
    for address in &addresses {
        let found = async |workspace| look_up(&app.service.data, &app.service.signer, workspace, address).await;
        assert!(found("a").await.is_ok(), "{address}");
        assert!(matches!(found("b").await, Err(InputError::Missing)), "{address}");
    }
}
