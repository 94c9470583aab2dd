//! API keys over HTTP: shown once, scoped, ended, revoked.

use std::time::Duration;

use reqwest::header::{COOKIE, ORIGIN};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, body};

async fn status(house: &House, key: &str) -> StatusCode {
    house.get("/account").bearer_auth(key).send().await.unwrap().status()
}

async fn make(house: &House, by: &str, wish: Value) -> Value {
    let answer = house.post("/keys", wish).bearer_auth(by).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    body(answer).await
}

#[tokio::test]
async fn a_key_is_shown_once_and_does_nothing_once_it_is_revoked() {
    let (house, own) = House::owned().await;
    let request = house.post("/keys", json!({ "name": "ci" })).header(COOKIE, &own).header(ORIGIN, &house.base);
    let made = body(request.send().await.unwrap()).await;
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with(made["prefix"].as_str().unwrap()) && key.starts_with("rsk_"));
    assert_eq!(status(&house, key).await, StatusCode::OK);
    let listed = house.get("/keys").header(COOKIE, &own).send().await.unwrap().text().await.unwrap();
    assert!(listed.contains(made["id"].as_str().unwrap()) && !listed.contains(key));
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["items"][0]["last_used_at"], made["created_at"], "it was used just now");
    let path = format!("/keys/{}", made["id"].as_str().unwrap());
    let revoke = || house.ask(Method::DELETE, &path).header(COOKIE, &own).header(ORIGIN, &house.base).send();
    assert_eq!(revoke().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(status(&house, key).await, StatusCode::UNAUTHORIZED, "M-31: from the next call on");
    assert_eq!(revoke().await.unwrap().status(), StatusCode::NOT_FOUND);
    let listed = body(house.get("/keys").header(COOKIE, &own).send().await.unwrap()).await;
    assert!(listed["items"][0]["revoked_at"].is_string());
}

#[tokio::test]
async fn revoking_counts_for_every_process_at_once() {
    let (house, own) = House::owned().await;
    let request = house.post("/keys", json!({ "name": "ci" })).header(COOKIE, &own).header(ORIGIN, &house.base);
    let made = body(request.send().await.unwrap()).await;
    assert_eq!(status(&house, made["key"].as_str().unwrap()).await, StatusCode::OK);
    // The command line is another process with its own connection.
    let file = house.folder.path().join("rows.db");
    let other = reelspan_store::Database::sqlite(&file).await.unwrap();
    let workspace = other.first_workspace().await.unwrap().unwrap().id;
    assert!(other.revoke_key(made["id"].as_str().unwrap(), &workspace, 1).await.unwrap());
    assert_eq!(status(&house, made["key"].as_str().unwrap()).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn words_that_are_no_keys_open_nothing() {
    let house = House::open().await;
    let key = house.key().await;
    for wrong in ["", "rsk_", "rsk_short", &key[1..], &key[..key.len() - 1], &format!("{key}x"), &"rsk_".repeat(5000)] {
        assert_eq!(status(&house, wrong).await, StatusCode::UNAUTHORIZED);
    }
    for scheme in ["Basic", "Token", ""] {
        let answer = house.get("/account").header("authorization", format!("{scheme} {key}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let answer = house.get("/account").header("authorization", format!("bearer   {key} ")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(house.get("/account").send().await.unwrap().headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn a_wrong_key_is_not_made_good_by_a_cookie() {
    let (house, own) = House::owned().await;
    let answer = house.get("/account").header(COOKIE, &own).bearer_auth("rsk_wrong").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn scopes_hold() {
    let house = House::open().await;
    let all = house.key().await;
    for scopes in ["media", "read"] {
        let made = make(&house, &all, json!({ "name": scopes, "scopes": scopes })).await;
        let key = made["key"].as_str().unwrap();
        let me = body(house.get("/account").bearer_auth(key).send().await.unwrap()).await;
        assert_eq!((&me["scopes"], &me["key"], &me["account"]), (&json!(scopes), &made["id"], &Value::Null));
        for request in
            [house.get("/keys"), house.post("/keys", json!({ "name": "more" })), house.ask(Method::DELETE, "/keys/x")]
        {
            assert_eq!(request.bearer_auth(key).send().await.unwrap().status(), StatusCode::FORBIDDEN);
        }
        assert_eq!(house.get("/usage").bearer_auth(key).send().await.unwrap().status(), StatusCode::OK);
    }
    for (wish, field) in [
        (json!({ "name": "x", "scopes": "root" }), "scopes"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "a\nb" }), "name"),
        (json!({ "name": "x", "expires_at": "tomorrow" }), "expires_at"),
        (json!({ "name": "x", "expires_at": "2001-01-01T00:00:00Z" }), "expires_at"),
    ] {
        let answer = house.post("/keys", wish).bearer_auth(&all).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(body(answer).await["field"], field);
    }
}

#[tokio::test]
async fn a_key_that_ends_cannot_outlive_itself() {
    let house = House::open().await;
    let now = reelspan_types::Clock::now_ms(house.clock.as_ref());
    let at = |hours: i64| {
        let moment = jiff::Timestamp::from_millisecond(now + hours * 3_600_000).unwrap();
        json!({ "name": "short", "expires_at": moment.to_string() })
    };
    let short = make(&house, &house.key().await, at(2)).await["key"].as_str().unwrap().to_owned();
    for wish in [json!({ "name": "for ever" }), at(3)] {
        let answer = house.post("/keys", wish).bearer_auth(&short).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    make(&house, &short, at(1)).await;
    house.clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(status(&house, &short).await, StatusCode::UNAUTHORIZED, "its time is over");
}

#[tokio::test]
async fn anothers_key_is_not_there() {
    let house = House::open().await;
    let (data, signer) = (&house.service.data, &house.service.signer);
    let own = house.key().await;
    data.database.put_workspace("theirs", "theirs", "free", data.now()).await.unwrap();
    let scopes = reelspan_app::service::Scopes::All;
    let (about, theirs) = reelspan_app::keys::create(data, signer, "theirs", "x", scopes).await.unwrap();
    let answer = house.ask(Method::DELETE, &format!("/keys/{}", about.id)).bearer_auth(&own).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(status(&house, &theirs).await, StatusCode::OK);
    let listed = house.get("/keys").bearer_auth(&own).send().await.unwrap().text().await.unwrap();
    assert!(!listed.contains(&about.id));
}
