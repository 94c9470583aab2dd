//! M-1, M-31: what proves who one is appears nowhere that lasts: not in the database, its log beside it, or what is logged.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use reqwest::Method;
use reqwest::header::{COOKIE, ORIGIN};
use serde_json::json;

use crate::house::{EMAIL, House, body, cookie, sign_up};

const CANARY: &str = "canary-Passw0rt-ÄÖ-4711";
const NEWER: &str = "canary-newer-Passw0rt-4712";

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every file in a folder, with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() { files(&path) } else { vec![(path.display().to_string(), std::fs::read(&path).unwrap())] }
        })
        .collect()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[tokio::test]
async fn no_secret_rests_or_is_logged() {
    let logged = Kept::default();
    let writer = logged.clone();
    let told = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    told.with_writer(move || writer.clone()).init();
    let house = House::open().await;
    let link = house.first_link().await.unwrap();
    house.post("/account", sign_up(&link, EMAIL, "short")).send().await.unwrap();
    house.page(Method::GET, &format!("/welcome/{link}")).send().await.unwrap();
    let answer = house.post("/account", sign_up(&link, EMAIL, CANARY)).send().await.unwrap();
    let first = cookie(&answer).unwrap();
    house.sign_in(EMAIL, &format!("{CANARY} wrong")).await;
    house.post("/session", json!({ "email": [CANARY], "password": CANARY })).send().await.unwrap();
    let second = cookie(&house.sign_in(EMAIL, CANARY).await).unwrap();
    let of_page = house.form("/signin", None, &[("email", EMAIL), ("password", CANARY)]).send().await.unwrap();
    let third = cookie(&of_page).unwrap();
    let request = house.post("/account/password", json!({ "old": CANARY, "new": NEWER }));
    let changed = request.header(COOKIE, &second).header(ORIGIN, &house.base).send().await.unwrap();
    assert_eq!(changed.status(), reqwest::StatusCode::NO_CONTENT);
    let request = house.post("/keys", json!({ "name": "ci" })).header(COOKIE, &second).header(ORIGIN, &house.base);
    let key = body(request.send().await.unwrap()).await["key"].as_str().unwrap().to_owned();
    house.get("/account").bearer_auth(&key).send().await.unwrap();
    let word = |cookie: &str| cookie.split_once('=').unwrap().1.split('.').next().unwrap().to_owned();
    let secrets = [CANARY.to_owned(), NEWER.to_owned(), link, key, word(&first), word(&second), word(&third)];
    let looked_at = files(house.folder.path());
    assert!(
        looked_at.iter().any(|(name, _)| name.ends_with("rows.db-wal")),
        "the log beside the database is looked at"
    );
    assert!(looked_at.iter().any(|(_, bytes)| holds(bytes, EMAIL)), "what is kept is found where it is");
    let logged = logged.0.lock().unwrap().clone();
    assert!(!logged.is_empty(), "something was logged");
    for secret in &secrets {
        for (name, bytes) in &looked_at {
            assert!(!holds(bytes, secret), "{name} holds a secret");
        }
        assert!(!holds(&logged, secret), "a secret was logged");
    }
    house.service.data.database.close().await;
    for secret in &secrets {
        assert!(files(house.folder.path()).iter().all(|(_, bytes)| !holds(bytes, secret)), "after closing");
    }
}
