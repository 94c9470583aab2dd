//! The whole service on a loopback port, with two workspaces and a clock that only the test moves.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use reelspan_api::limits::{self, Limits, Rate};
use reelspan_api::{App, listen, router};
use reelspan_app::data::Data;
use reelspan_app::keys;
use reelspan_app::service::{Scopes, Service, handlers, lanes};
use reelspan_app::signing::Signer;
use reelspan_app::worker::Worker;
use reelspan_connectors::guard::Reach;
use reelspan_jobs::{Engine, Settings};
use reelspan_media::tool::{self, Jail, Tools};
use reelspan_store::{Blobs, Database, S3, Stages};
use reelspan_testing::{FakeClock, S3Server, make_media};
use reelspan_types::{Clock, Lifespans};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) service: Service,
    pub(crate) clock: Arc<FakeClock>,
    /// Of the workspace `a`, and of `b`.
    pub(crate) key: String,
    pub(crate) other_key: String,
    pub(crate) client: reqwest::Client,
    pub(crate) folder: TempDir,
}

/// Where its data rests.
pub(crate) enum Rests {
    Here,
    In(Database, Blobs),
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(Rests::Here, Reach::public()).await
    }

    pub(crate) async fn with(rests: Rests, reach: Reach) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (database, blobs) = match rests {
            Rests::Here => (
                Database::sqlite(&folder.path().join("rows.db")).await.unwrap(),
                Blobs::disk(&folder.path().join("blobs")).unwrap(),
            ),
            Rests::In(database, blobs) => (database, blobs),
        };
        let clock = Arc::new(FakeClock::new());
        let signer = Signer::new(vec![7; 32]);
        let scratch = folder.path().join("scratch");
        std::fs::create_dir_all(&scratch).unwrap();
        let shared: Arc<dyn Clock> = clock.clone();
        let data = Data { database, blobs, clock: shared, lifespans: Lifespans::STANDARD, scratch };
        let service = service(&data, &signer, &folder.path().join("stages"), reach);
        let mut made = Vec::new();
        for id in ["a", "b"] {
            data.database
                .put_workspace(id, "someone's", if id == "a" { "unlimited" } else { "free" }, data.now())
                .await
                .unwrap();
            made.push(keys::create(&data, &signer, id, "test", Scopes::All).await.unwrap().1);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let limits = Limits::new(clock.clone(), generous());
        let app = App { service: service.clone(), metrics, limits };
        tokio::spawn(listen::serve(listener, router(app), std::future::pending()));
        let other_key = made.pop().unwrap();
        let key = made.pop().unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address, service, clock, key, other_key, client, folder }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with("http://") { path.to_owned() } else { format!("http://{}{path}", self.address) }
    }

    /// To our own API, with the first workspace's key.
    pub(crate) fn api(&self, method: Method, path: &str) -> RequestBuilder {
        self.open(method, &format!("/api/reelspan/v1{path}")).bearer_auth(&self.key)
    }

    /// The same with the other's.
    pub(crate) fn other(&self, method: Method, path: &str) -> RequestBuilder {
        self.open(method, &format!("/api/reelspan/v1{path}")).bearer_auth(&self.other_key)
    }

    /// Without any key.
    pub(crate) fn open(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Announces a file.
    pub(crate) async fn announce(&self, name: &str, content_type: &str, bytes: usize) -> Value {
        let new = serde_json::json!({ "file_name": name, "content_type": content_type, "bytes": bytes });
        json(self.api(Method::POST, "/uploads").json(&new).send().await.unwrap(), 201).await
    }

    pub(crate) async fn put(&self, announced: &Value, body: impl Into<reqwest::Body>) -> Response {
        let to = announced["put"]["url"].as_str().unwrap();
        let content_type = announced["content_type"].as_str().unwrap();
        self.open(Method::PUT, to).header("content-type", content_type).body(body).send().await.unwrap()
    }

    pub(crate) async fn confirm(&self, id: &Value) -> Response {
        self.api(Method::POST, &format!("/uploads/{}/confirm", id.as_str().unwrap())).send().await.unwrap()
    }

    /// A file all the way in; its asset.
    pub(crate) async fn bring(&self, name: &str, content_type: &str, bytes: &[u8]) -> Value {
        let announced = self.announce(name, content_type, bytes.len()).await;
        assert_eq!(self.put(&announced, bytes.to_vec()).await.status(), 200);
        json(self.confirm(&announced["id"]).await, 200).await["asset"].clone()
    }

    /// Every file of the store of blobs, half ones too.
    pub(crate) fn stored(&self) -> Vec<PathBuf> {
        fn below(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() { below(&entry.path(), found) } else { found.push(entry.path()) }
            }
        }
        let mut found = Vec::new();
        below(&self.folder.path().join("blobs"), &mut found);
        found
    }

    /// Waits until as much is stored as expected: what a client left behind is cleaned up a moment later.
    pub(crate) async fn stored_soon(&self, files: usize) {
        for _ in 0..200 {
            if self.stored().len() == files {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?}", self.stored());
    }
}

/// So much that no test meets it by accident.
fn generous() -> limits::Settings {
    let rate = Rate { every: Duration::from_millis(1), burst: 10_000 };
    limits::Settings { caller: rate, address: rate, sign_in: rate, trusted_proxies: Vec::new() }
}

fn service(data: &Data, signer: &Signer, stages: &Path, reach: Reach) -> Service {
    let worker = Arc::new(Worker {
        data: data.clone(),
        signer: signer.clone(),
        tools: tools(),
        stages: Stages::open(stages).unwrap(),
        recogniser: None,
        chooser: None,
        reach,
    });
    let settings = Settings {
        owner: "test".into(),
        lanes: lanes(2),
        lease: Duration::from_secs(15),
        keep: data.lifespans.output,
        keep_charges: data.lifespans.ledger,
    };
    let engine = Engine::new(data.database.clone(), Arc::clone(&data.clock), settings, handlers(&worker));
    Service { data: data.clone(), engine, signer: signer.clone(), worker, public_url: None }
}

#[expect(clippy::disallowed_methods, reason = "tests find ffmpeg as a user's shell would")]
fn tools() -> Tools {
    let path = std::env::var_os("PATH");
    let settings = tool::Settings { ffmpeg: None, ffprobe: None, path, jail: Jail::Off, fonts: Vec::new() };
    Tools::find(settings).unwrap()
}

pub(crate) fn bucket(endpoint: String) -> S3 {
    S3 {
        bucket: S3Server::BUCKET.into(),
        region: "us-east-1".into(),
        endpoint: Some(endpoint),
        access_key: S3Server::ACCESS_KEY.into(),
        secret_key: S3Server::SECRET_KEY.into(),
    }
}

/// The answer's body, if it has the status.
#[track_caller]
pub(crate) fn json(response: Response, status: u16) -> impl Future<Output = Value> {
    let got = response.status().as_u16();
    let place = std::panic::Location::caller();
    async move {
        let text = response.text().await.unwrap();
        assert_eq!(got, status, "{place}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// The stable code of a refusal with this status.
#[track_caller]
pub(crate) fn refused(response: Response, status: u16) -> impl Future<Output = String> {
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/problem+json");
    let body = json(response, status);
    async move { body.await["code"].as_str().unwrap().to_owned() }
}

pub(crate) fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// A second of moving picture and a tone.
pub(crate) fn film() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("film.mp4");
    let source = ["-f", "lavfi", "-i", "testsrc=s=320x180:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1"];
    make_media(&[&source[..], &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]].concat(), &file);
    std::fs::read(file).unwrap()
}

/// A picture that has to be nothing but that, with this many bytes after it.
pub(crate) fn picture(more: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde".to_vec();
    bytes.extend((0..more).map(|n| (n % 251) as u8));
    bytes
}
