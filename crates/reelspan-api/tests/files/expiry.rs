//! Lifespans, by a clock that the test moves: M-10, M-12, M-32, M-33.

use std::time::Duration;

use reelspan_app::expiry;
use reqwest::Method;

use crate::support::{TestApp, json, picture};
use crate::tus::{begin, send, tus};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn m32_what_is_never_confirmed_goes_after_a_day() {
    let app = TestApp::start().await;
    let announced = app.announce("p.png", "image/png", 42).await;
    assert_eq!(app.put(&announced, picture(9)).await.status(), 200);
    let place = begin(&app, 100, "").await;
    assert_eq!(send(&app, &place, 0, vec![1; 60]).await.status(), 204);
    app.clock.advance(15 * MINUTE);
    assert_eq!(app.put(&announced, picture(9)).await.status(), 404, "the link's time is over");
    assert_eq!(expiry::sweep_due(&app.service.data).await.unwrap().uploads, 0);
    app.clock.advance(DAY - 15 * MINUTE - Duration::from_millis(1));
    let path = format!("/uploads/{}", announced["id"].as_str().unwrap());
    assert_eq!(app.api(Method::GET, &path).send().await.unwrap().status(), 200);
    assert_eq!(app.stored().len(), 2);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(app.api(Method::GET, &path).send().await.unwrap().status(), 404, "gated before it is gone");
    assert_eq!(app.confirm(&announced["id"]).await.status(), 404);
    assert_eq!(tus(app.open(Method::HEAD, &place).bearer_auth(&app.key)).send().await.unwrap().status(), 404);
    assert_eq!(send(&app, &place, 60, vec![1; 40]).await.status(), 404);
    assert_eq!(expiry::sweep_due(&app.service.data).await.unwrap().uploads, 2);
    assert!(app.stored().is_empty(), "{:?}", app.stored());
}

#[tokio::test(flavor = "multi_thread")]
async fn m10_m33_inputs_and_their_links_go_after_three_days() {
    let app = TestApp::start().await;
    let asset = app.bring("p.png", "image/png", &picture(9)).await;
    let path = format!("/assets/{}", asset["id"].as_str().unwrap());
    let link = async || {
        let made = app.api(Method::POST, &format!("{path}/link")).send().await.unwrap();
        json(made, 201).await["url"].as_str().unwrap().to_owned()
    };
    let first = link().await;
    app.clock.advance(10 * MINUTE - Duration::from_millis(1));
    assert_eq!(app.open(Method::GET, &first).send().await.unwrap().status(), 200);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(app.open(Method::GET, &first).send().await.unwrap().status(), 404, "ten minutes are over");
    app.clock.advance(3 * DAY - 10 * MINUTE - Duration::from_secs(1));
    let last = link().await;
    assert_eq!(app.open(Method::GET, &last).send().await.unwrap().status(), 200);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(app.open(Method::GET, &last).send().await.unwrap().status(), 404, "it dies with the file");
    for path in [path.clone(), format!("{path}/content")] {
        assert_eq!(app.api(Method::GET, &path).send().await.unwrap().status(), 404);
    }
    assert_eq!(app.stored().len(), 1, "gated, not yet gone");
    let swept = expiry::sweep_due(&app.service.data).await.unwrap();
    assert_eq!((swept.assets, swept.uploads), (1, 1));
    assert!(app.stored().is_empty());
    assert_eq!(expiry::sweep_due(&app.service.data).await.unwrap(), expiry::Swept::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn m32_what_nothing_points_at_goes_too() {
    let app = TestApp::start().await;
    app.bring("p.png", "image/png", &picture(9)).await;
    let left = app.folder.path().join("blobs/uploads/u");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("orphan"), "x").unwrap();
    std::fs::write(left.join("half#1"), "x").unwrap();
    // Files have the machine's own times, so the fake clock has to be after them by more than a day.
    app.clock.jump(200 * 365 * 24 * 3_600_000);
    let swept = expiry::sweep_left_behind(&app.service.data).await.unwrap();
    assert_eq!((swept.partials, swept.orphans), (1, 1));
    assert_eq!(app.stored().len(), 1, "what a row names stays");
}
