//! The owner's link, signing in and out, what a person changes, and what other sites' pages must not do.

use std::time::Duration;

use reelspan_app::accounts::hashes_made;
use reqwest::header::{CACHE_CONTROL, COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::house::{EMAIL, House, PASSWORD, body, cookie, generous, sign_up};

#[tokio::test]
async fn the_owners_link_works_once_also_for_twenty_at_a_time() {
    let house = House::open().await;
    let early = house.first_link().await.unwrap();
    let link = house.first_link().await.unwrap();
    let answer = house.post("/account", sign_up(&early, EMAIL, PASSWORD)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "a later start made it void");
    let tries: Vec<_> = (0..20)
        .map(|number| house.post("/account", sign_up(&link, &format!("{number}@example.org"), PASSWORD)).send())
        .map(tokio::spawn)
        .collect();
    let mut statuses = Vec::new();
    for one in tries {
        statuses.push(one.await.unwrap().unwrap().status());
    }
    let made = statuses.iter().filter(|status| **status == StatusCode::CREATED).count();
    let late = statuses.iter().filter(|status| **status == StatusCode::NOT_FOUND).count();
    assert_eq!((made, late), (1, 19), "{statuses:?}");
    assert_eq!(house.first_link().await, None, "there is an owner");
    let workspace = house.service.data.database.first_workspace().await.unwrap().unwrap();
    assert_eq!(house.service.data.database.accounts(&workspace.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_owners_link_lives_a_day() {
    let house = House::open().await;
    let link = house.first_link().await.unwrap();
    house.clock.advance(Duration::from_secs(24 * 3600));
    let answer = house.post("/account", sign_up(&link, EMAIL, PASSWORD)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(body(answer).await["code"], "link_over");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_does_not_use_the_link_up() {
    let house = House::open().await;
    let link = house.first_link().await.unwrap();
    let good = sign_up(&link, EMAIL, PASSWORD);
    for (field, value) in [
        ("email", json!("nobody")),
        ("name", json!("  ")),
        ("password", json!("too short")),
        ("password", json!("x".repeat(1025))),
        ("of_age", json!(false)),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let answer = house.post("/account", bad).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(body(answer).await["field"], field);
    }
    let mut more = good.clone();
    more["role"] = json!("owner");
    let answer = house.post("/account", more).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "what we do not know is refused by name");
    assert!(body(answer).await["detail"].as_str().unwrap().contains("role"));
    assert_eq!(house.post("/account", good).send().await.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn the_cookie_is_signed_and_kept_from_scripts() {
    let (house, first) = House::owned().await;
    let answer = house.sign_in(" ADA@Example.org ", PASSWORD).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    let set = answer.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(set.contains(flag), "{flag} in {set}");
    }
    assert!(!set.contains("Secure") && !set.contains("Domain"), "{set}");
    let second = cookie(&answer).unwrap();
    assert_ne!(first, second);
    assert_eq!(house.knows(&second).await, StatusCode::OK);
    // Every part of it counts: the word, the time, the signature.
    let (name, value) = second.split_once('=').unwrap();
    for at in [0, 10, 50, value.len() - 2] {
        let mut forged = value.as_bytes().to_vec();
        forged[at] = if forged[at] == b'1' { b'2' } else { b'1' };
        let forged = format!("{name}={}", String::from_utf8(forged).unwrap());
        assert_eq!(house.knows(&forged).await, StatusCode::UNAUTHORIZED);
    }
    house.clock.advance(Duration::from_secs(30 * 24 * 3600));
    assert_eq!(house.knows(&second).await, StatusCode::UNAUTHORIZED, "its time is over");
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure() {
    let house = House::with(generous(), Some("https://reel.example.org")).await;
    let link = house.first_link().await.unwrap();
    let answer = house.post("/account", sign_up(&link, EMAIL, PASSWORD)).send().await.unwrap();
    assert!(answer.headers()[SET_COOKIE].to_str().unwrap().contains("; Secure"));
    let own = house.ask(Method::DELETE, "/session").header(COOKIE, cookie(&answer).unwrap());
    let answer = own.header(ORIGIN, "https://reel.example.org").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "the public origin is ours");
}

#[tokio::test]
async fn nobody_can_plant_a_session() {
    let (house, planted) = House::owned().await;
    let request = house.post("/session", json!({ "email": EMAIL, "password": PASSWORD }));
    let answer = request.header(COOKIE, &planted).send().await.unwrap();
    let fresh = cookie(&answer).unwrap();
    assert_ne!(planted, fresh);
    assert_eq!(house.knows(&planted).await, StatusCode::UNAUTHORIZED, "what was there before has ended");
    assert_eq!(house.knows(&fresh).await, StatusCode::OK);
    let request = house.post("/session", json!({ "email": EMAIL, "password": PASSWORD }));
    let answer = request.header(COOKIE, "reelspan_session=mine.9999999999999.sig").send().await.unwrap();
    assert!(!cookie(&answer).unwrap().contains("mine"));
}

#[tokio::test]
async fn an_unknown_email_and_a_wrong_password_look_and_cost_the_same() {
    let (house, _) = House::owned().await;
    let mut seen = Vec::new();
    for (email, password) in [(EMAIL, "wrong horse battery"), ("eve@example.org", PASSWORD), ("nobody", "x")] {
        let before = hashes_made();
        let answer = house.sign_in(email, password).await;
        assert!(answer.headers().get(SET_COOKIE).is_none());
        seen.push((answer.status(), body(answer).await, hashes_made() - before));
    }
    assert_eq!(seen[0].0, StatusCode::UNAUTHORIZED);
    assert_eq!(seen[0].2, 1);
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn signing_out_ends_the_session_here_or_everywhere() {
    let (house, one) = House::owned().await;
    let (two, three) = (house.signed_in().await, house.signed_in().await);
    let out = async |cookie: &str, query: &str| {
        let request = house.ask(Method::DELETE, &format!("/session{query}")).header(COOKIE, cookie);
        request.header(ORIGIN, &house.base).send().await.unwrap()
    };
    let answer = out(&one, "").await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert!(answer.headers()[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(house.knows(&one).await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.knows(&two).await, StatusCode::OK);
    assert_eq!(out(&two, "?everywhere=true").await.status(), StatusCode::NO_CONTENT);
    for over in [&two, &three] {
        assert_eq!(house.knows(over).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let (house, own) = House::owned().await;
    let other = house.signed_in().await;
    let change = async |old: &str, new: &str| {
        let request = house.post("/account/password", json!({ "old": old, "new": new }));
        request.header(COOKIE, &own).header(ORIGIN, &house.base).send().await.unwrap()
    };
    let answer = change("not the password", "another good one").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(body(answer).await["code"], "wrong_password");
    assert_eq!(change(PASSWORD, "short").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(house.knows(&other).await, StatusCode::OK, "nothing was changed");
    assert_eq!(change(PASSWORD, "another good one").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(house.knows(&own).await, StatusCode::OK);
    assert_eq!(house.knows(&other).await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.sign_in(EMAIL, PASSWORD).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(house.sign_in(EMAIL, "another good one").await.status(), StatusCode::OK);
    let key = house.key().await;
    let request = house.post("/account/password", json!({ "old": "another good one", "new": "a key's good wish" }));
    assert_eq!(request.bearer_auth(key).send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn name_and_email_change_and_a_new_email_needs_the_password() {
    let (house, own) = House::owned().await;
    let change = async |wish: serde_json::Value| {
        let request = house.ask(Method::PATCH, "/account").json(&wish).header(COOKIE, &own);
        request.header(ORIGIN, &house.base).send().await.unwrap()
    };
    let answer = change(json!({ "name": "Countess" })).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(body(answer).await["name"], "Countess");
    assert_eq!(change(json!({ "email": "ada@home.org" })).await.status(), StatusCode::BAD_REQUEST);
    let wrong = change(json!({ "email": "ada@home.org", "password": "not the password" })).await;
    assert_eq!(wrong.status(), StatusCode::FORBIDDEN);
    let answer = change(json!({ "email": "Ada@Home.org", "password": PASSWORD })).await;
    assert_eq!(body(answer).await["email"], "ada@home.org");
    assert_eq!(house.sign_in("ada@home.org", PASSWORD).await.status(), StatusCode::OK);
    assert_eq!(house.sign_in(EMAIL, PASSWORD).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_owner_invites_and_nobody_else() {
    let (house, owner) = House::owned().await;
    let invite = async |cookie: &str| {
        let request = house.ask(Method::POST, "/account/invites").header(COOKIE, cookie);
        request.header(ORIGIN, &house.base).send().await.unwrap()
    };
    let answer = invite(&owner).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let url = body(answer).await["url"].as_str().unwrap().to_owned();
    let link = url.strip_prefix(&format!("{}/welcome/", house.base)).unwrap();
    let join = async |email: &str| house.post("/account", sign_up(link, email, PASSWORD)).send().await.unwrap();
    let taken = join("ADA@example.org").await;
    assert_eq!(taken.status(), StatusCode::CONFLICT);
    assert_eq!(body(taken).await["code"], "email_taken");
    let answer = join("bob@example.org").await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let member = cookie(&answer).unwrap();
    let bob = body(answer).await;
    let me = body(house.get("/account").header(COOKIE, &owner).send().await.unwrap()).await;
    assert_eq!((&bob["role"], &bob["workspace"]), (&json!("member"), &me["workspace"]["id"]));
    assert_eq!(join("carol@example.org").await.status(), StatusCode::NOT_FOUND, "it works once");
    assert_eq!(invite(&member).await.status(), StatusCode::FORBIDDEN);
    let by_key = house.ask(Method::POST, "/account/invites").bearer_auth(house.key().await).send().await.unwrap();
    assert_eq!(by_key.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn other_sites_pages_cannot_use_the_cookie() {
    let (house, own) = House::owned().await;
    let wish = json!({ "name": "ci" });
    let ask = async |headers: &[(&str, &str)]| {
        let request = house.post("/keys", wish.clone()).header(COOKIE, &own);
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
            .send()
            .await
            .unwrap()
            .status()
    };
    let base = house.base.clone();
    let near = base.replace("127.0.0.1", "127.0.0.1.evil.example");
    for foreign in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", near.as_str())],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", base.as_str())],
        &[("sec-fetch-site", "none")],
        &[("referer", base.as_str())],
    ] {
        assert_eq!(ask(foreign).await, StatusCode::FORBIDDEN, "{foreign:?}");
    }
    for ours in [&[("origin", base.as_str())][..], &[("sec-fetch-site", "same-origin")]] {
        assert_eq!(ask(ours).await, StatusCode::CREATED, "{ours:?}");
    }
    let read = house.get("/account").header(COOKIE, &own).header(ORIGIN, "https://evil.example").send().await.unwrap();
    assert_eq!(read.status(), StatusCode::OK, "reading changes nothing, and the browser keeps the answer from them");
    assert!(read.headers().get("access-control-allow-origin").is_none());
    let request = house.post("/session", json!({ "email": EMAIL, "password": PASSWORD }));
    let planted = request.header(ORIGIN, "https://evil.example").send().await.unwrap();
    assert_eq!(planted.status(), StatusCode::FORBIDDEN, "they cannot sign anybody in either");
    let keyed = house.post("/keys", wish.clone()).bearer_auth(house.key().await).header(ORIGIN, "https://evil.example");
    assert_eq!(keyed.send().await.unwrap().status(), StatusCode::CREATED, "a key is sent by whoever has it");
}

#[tokio::test]
async fn guessing_is_slowed_by_address_and_by_account() {
    let mut settings = generous();
    settings.sign_in = reelspan_api::limits::Settings::default().sign_in;
    settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    let house = House::with(settings, None).await;
    house.own().await;
    let guess = async |from: &str, email: &str, password: &str| {
        let request = house.post("/session", json!({ "email": email, "password": password }));
        request.header("x-forwarded-for", from).send().await.unwrap()
    };
    let before = hashes_made();
    for number in 0..10 {
        let answer = guess("198.51.100.1", &format!("{number}@example.org"), "a guess or two").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let answer = guess("198.51.100.1", "11@example.org", "a guess or two").await;
    assert_eq!(
        (answer.status(), &answer.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"30".parse().unwrap())
    );
    assert_eq!(hashes_made() - before, 10, "what is refused costs nothing");
    // A crowd of addresses that guesses at one account.
    for number in 0..10 {
        let answer = guess(&format!("203.0.113.{number}"), EMAIL, "a guess or two").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(guess("203.0.113.99", EMAIL, PASSWORD).await.status(), StatusCode::TOO_MANY_REQUESTS);
    house.clock.advance(Duration::from_secs(30));
    assert_eq!(guess("203.0.113.98", EMAIL, PASSWORD).await.status(), StatusCode::OK, "the owner gets in");
    assert_eq!(guess("203.0.113.97", EMAIL, PASSWORD).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

/// What is kept of a request that names itself would let a thief of the database guess quickly.
#[tokio::test]
async fn secrets_are_not_asked_under_an_idempotency_key() {
    let (house, own) = House::owned().await;
    let secret = [
        ("/session", json!({ "email": EMAIL, "password": PASSWORD })),
        ("/account", sign_up("link", EMAIL, PASSWORD)),
        ("/account/password", json!({ "old": PASSWORD, "new": "another good one" })),
        ("/account/invites", json!({})),
        ("/keys", json!({ "name": "ci" })),
    ];
    for (path, body) in secret {
        let request = house.post(path, body).header(COOKIE, &own).header(ORIGIN, &house.base);
        let answer = request.header("idempotency-key", "once").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(house.sign_in(EMAIL, PASSWORD).await.status(), StatusCode::OK, "nothing was changed");
}
