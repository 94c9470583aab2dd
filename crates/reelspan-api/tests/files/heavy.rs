//! Two gigabytes in and out, in memory that does not grow with them.

use futures_util::StreamExt;
use reqwest::{Body, Method};

use crate::support::{TestApp, json, picture};
use crate::tus::{begin, patch};

const CHUNK: usize = 1 << 20;
const CHUNKS: usize = 2048;
/// The client is in the same process, and so is what it has in hand.
const MOST_MB: u64 = 200;

/// The most memory that this process has ever had.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn two_gigabytes() -> Body {
    let chunk = |n: usize| if n == 0 { picture(CHUNK - 33) } else { vec![n as u8; CHUNK] };
    Body::wrap_stream(futures_util::stream::iter((0..CHUNKS).map(move |n| Ok::<_, std::io::Error>(chunk(n)))))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes six gigabytes"]
async fn two_gigabytes_take_no_more_memory_than_two_megabytes() {
    let app = TestApp::start().await;
    let before = peak_mb();
    let all = CHUNK * CHUNKS;
    let announced = app.announce("p.png", "image/png", all).await;
    assert_eq!(app.put(&announced, two_gigabytes()).await.status(), 200);
    let asset = json(app.confirm(&announced["id"]).await, 200).await["asset"].clone();
    assert_eq!(asset["bytes"], all);
    let path = format!("/assets/{}/content", asset["id"].as_str().unwrap());
    let mut out = app.api(Method::GET, &path).send().await.unwrap().bytes_stream();
    let mut bytes = 0;
    while let Some(chunk) = out.next().await {
        bytes += chunk.unwrap().len();
    }
    assert_eq!(bytes, all);
    assert_eq!(app.api(Method::DELETE, path.trim_end_matches("/content")).send().await.unwrap().status(), 204);
    let place = begin(&app, all, "").await;
    assert_eq!(patch(&app, &place, 0, two_gigabytes()).send().await.unwrap().status(), 204);
    let after = peak_mb();
    assert!(after - before < MOST_MB, "{before} MB before, {after} MB at the most");
}
