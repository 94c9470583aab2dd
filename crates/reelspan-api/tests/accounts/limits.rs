//! Limits over HTTP: who is counted together, what the refusal says, and that waiting as told is enough.

use std::time::Duration;

use reelspan_api::limits::{Limits, Rate, Settings};
use reelspan_app::refusal::Kind;
use reelspan_app::service::{Caller, Scopes};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};

use crate::house::{House, body, generous};

const TIGHT: Rate = Rate { every: Duration::from_millis(2500), burst: 3 };

#[track_caller]
fn is_too_many(answer: &Response, seconds: &str) {
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()[RETRY_AFTER], seconds);
}

#[tokio::test]
async fn each_key_has_its_own_share_and_waiting_as_told_is_enough() {
    let house = House::with(Settings { caller: TIGHT, ..generous() }, None).await;
    let (one, other) = (house.key().await, house.key().await);
    let ask = async |key: &str| house.get("/account").bearer_auth(key).send().await.unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&one).await.status(), StatusCode::OK);
    }
    let answer = ask(&one).await;
    is_too_many(&answer, "3");
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    assert_eq!(body(answer).await["code"], "rate_limited");
    assert_eq!(ask(&other).await.status(), StatusCode::OK);
    house.clock.advance(Duration::from_secs(2));
    is_too_many(&ask(&one).await, "1");
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&one).await.status(), StatusCode::OK);
    is_too_many(&ask(&one).await, "2");
}

#[tokio::test]
async fn strangers_are_counted_by_address_whatever_they_show() {
    let house = House::with(Settings { address: TIGHT, ..generous() }, None).await;
    let key = house.key().await;
    for number in 0..3 {
        let request = house.get("/account").bearer_auth(format!("rsk_{number}"));
        let request = request.header("x-forwarded-for", format!("198.51.100.{number}"));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    let answer = house.get("/account").bearer_auth("rsk_more").header("x-forwarded-for", "198.51.100.9");
    is_too_many(&answer.send().await.unwrap(), "3");
    let known = house.get("/account").bearer_auth(&key).send().await.unwrap();
    assert_eq!(known.status(), StatusCode::OK, "who shows a key is not counted by address");
    for path in ["/healthz", "/healthz", "/healthz", "/healthz"] {
        assert_eq!(house.page(Method::GET, path).send().await.unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn each_surface_has_its_own_words() {
    let house = House::with(Settings { address: Rate { burst: 1, ..TIGHT }, ..generous() }, None).await;
    house.page(Method::GET, "/signin").send().await.unwrap();
    let dialect = house.page(Method::GET, "/v1/transcodes").send().await.unwrap();
    is_too_many(&dialect, "3");
    assert_eq!(dialect.headers()[CONTENT_TYPE], "application/json");
    assert!(body(dialect).await["error"].as_str().unwrap().contains("too many requests"));
    let page = house.page(Method::GET, "/signin").header("accept", "text/html,*/*").send().await.unwrap();
    is_too_many(&page, "3");
    assert!(page.text().await.unwrap().contains("role=\"alert\""));
    let unknown = house.page(Method::GET, "/nothing/here").send().await.unwrap();
    is_too_many(&unknown, "3");
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_client_is_counted() {
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let house = House::with(Settings { address: TIGHT, trusted_proxies, ..generous() }, None).await;
    let ask = async |forwarded: &str| {
        house.get("/account").header("x-forwarded-for", forwarded).send().await.unwrap().status()
    };
    for number in 0..3 {
        assert_eq!(ask(&format!("6.6.6.{number}, 198.51.100.1")).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        ask("7.7.7.7, 198.51.100.1").await,
        StatusCode::TOO_MANY_REQUESTS,
        "what the client wrote is not believed"
    );
    assert_eq!(ask("198.51.100.2").await, StatusCode::UNAUTHORIZED, "another client has its own share");
}

#[tokio::test]
async fn a_route_may_allow_less() {
    let clock = std::sync::Arc::new(reelspan_testing::FakeClock::new());
    let limits = Limits::new(std::sync::Arc::<reelspan_testing::FakeClock>::clone(&clock), generous());
    let caller = |key: &str| Caller {
        workspace: "w".into(),
        account: None,
        key: Some(key.into()),
        scopes: Scopes::Media,
        surface: "api",
    };
    for _ in 0..30 {
        limits.per_minute("ffprobe", 30, &caller("a")).unwrap();
    }
    let refusal = limits.per_minute("ffprobe", 30, &caller("a")).unwrap_err();
    assert_eq!((refusal.kind, refusal.retry_after), (Kind::TooMany, Some(2)));
    limits.per_minute("ffprobe", 30, &caller("b")).unwrap();
    limits.per_minute("scenes", 60, &caller("a")).unwrap();
    clock.advance(Duration::from_secs(2));
    limits.per_minute("ffprobe", 30, &caller("a")).unwrap();
    limits.per_minute("ffprobe", 30, &caller("a")).unwrap_err();
}
