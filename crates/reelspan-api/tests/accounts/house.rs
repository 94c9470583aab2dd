//! The service in a temporary folder, on a port of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use reelspan_api::limits::{Limits, Rate, Settings};
use reelspan_api::{App, router};
use reelspan_app::accounts;
use reelspan_app::data::Data;
use reelspan_app::service::{Service, handlers, lanes};
use reelspan_app::signing::Signer;
use reelspan_app::worker::Worker;
use reelspan_jobs::Engine;
use reelspan_media::tool::{Jail, Tools};
use reelspan_store::{Blobs, Database, Stages};
use reelspan_testing::FakeClock;
use reelspan_types::{Clock, Lifespans};
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) const EMAIL: &str = "ada@example.org";
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct House {
    pub(crate) base: String,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) service: Service,
    pub(crate) folder: tempfile::TempDir,
    client: reqwest::Client,
}

/// So much that no test meets it by accident.
pub(crate) fn generous() -> Settings {
    let rate = Rate { every: Duration::from_millis(1), burst: 10_000 };
    Settings { caller: rate, address: rate, sign_in: rate, trusted_proxies: Vec::new() }
}

/// What the worker works with; no job runs in these tests.
#[expect(clippy::disallowed_methods, reason = "tests find programs by the environment")]
fn tools() -> Tools {
    let path = std::env::var_os("PATH");
    Tools::find(reelspan_media::tool::Settings { ffmpeg: None, ffprobe: None, path, jail: Jail::Off, fonts: vec![] })
        .unwrap()
}

async fn service(folder: &Path, clock: &Arc<FakeClock>, public_url: Option<&str>) -> Service {
    let clock: Arc<dyn Clock> = Arc::<FakeClock>::clone(clock);
    let database = Database::sqlite(&folder.join("rows.db")).await.unwrap();
    let lifespans = Lifespans::STANDARD;
    let data = Data {
        database,
        blobs: Blobs::memory(),
        clock: Arc::clone(&clock),
        lifespans,
        scratch: folder.join("scratch"),
    };
    let signer = Signer::new(vec![7; 32]);
    let worker = Arc::new(Worker {
        data: data.clone(),
        signer: signer.clone(),
        tools: tools(),
        stages: Stages::open(&folder.join("stages")).unwrap(),
        recogniser: None,
        chooser: None,
        reach: reelspan_connectors::guard::Reach::public(),
    });
    let settings = reelspan_jobs::Settings {
        owner: "test".into(),
        lanes: lanes(1),
        lease: Duration::from_secs(10),
        keep: lifespans.output,
        keep_charges: lifespans.ledger,
    };
    let engine = Engine::new(data.database.clone(), clock, settings, handlers(&worker));
    Service { data, engine, signer, worker, public_url: public_url.map(str::to_owned) }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(generous(), None).await
    }

    pub(crate) async fn with(limits: Settings, public_url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FakeClock::new());
        let service = service(folder.path(), &clock, public_url).await;
        let limits = Limits::new(Arc::<FakeClock>::clone(&clock), limits);
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let router = router(App { service: service.clone(), metrics, limits });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, served).await });
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { base, clock, service, folder, client }
    }

    /// With an owner who is signed in; their cookie.
    pub(crate) async fn owned() -> (Self, String) {
        let house = Self::open().await;
        let cookie = house.own().await;
        (house, cookie)
    }

    /// Makes the owner; their cookie.
    pub(crate) async fn own(&self) -> String {
        let link = self.first_link().await.unwrap();
        let answer = self.post("/account", sign_up(&link, EMAIL, PASSWORD)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        cookie(&answer).unwrap()
    }

    /// The word of the link that the server would print at its start.
    pub(crate) async fn first_link(&self) -> Option<String> {
        let path = accounts::first_link(&self.service.data, &self.service.signer).await.unwrap();
        path.map(|path| path.strip_prefix("/welcome/").unwrap().to_owned())
    }

    /// To our own API.
    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/reelspan/v1{path}", self.base))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> RequestBuilder {
        self.ask(Method::POST, path).json(&body)
    }

    /// To a page or whatever else.
    pub(crate) fn page(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// As one of our own pages sends it.
    pub(crate) fn form(&self, path: &str, cookie: Option<&str>, fields: &[(&str, &str)]) -> RequestBuilder {
        let encoded: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.page(Method::POST, path).header(ORIGIN, &self.base).body(encoded.join("&"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie { request.header(COOKIE, cookie) } else { request }
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Response {
        self.post("/session", json!({ "email": email, "password": password })).send().await.unwrap()
    }

    /// A fresh session's cookie.
    pub(crate) async fn signed_in(&self) -> String {
        cookie(&self.sign_in(EMAIL, PASSWORD).await).unwrap()
    }

    /// The status of asking who one is with this cookie.
    pub(crate) async fn knows(&self, cookie: &str) -> StatusCode {
        self.get("/account").header(COOKIE, cookie).send().await.unwrap().status()
    }

    /// A key that the operator makes.
    pub(crate) async fn key(&self) -> String {
        let operator = accounts::operator(&self.service.data).await.unwrap();
        let (data, signer) = (&self.service.data, &self.service.signer);
        let scopes = reelspan_app::service::Scopes::All;
        reelspan_app::keys::create(data, signer, &operator.workspace, "ci", scopes).await.unwrap().1
    }
}

/// Everything but letters and digits, as forms have it.
fn encoded(value: &str) -> String {
    let one = |byte: u8| if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(one).collect()
}

pub(crate) fn sign_up(link: &str, email: &str, password: &str) -> Value {
    json!({ "link": link, "email": email, "name": "Ada Lovelace", "password": password, "of_age": true })
}

/// `reelspan_session=...` as a browser sends it back.
pub(crate) fn cookie(answer: &Response) -> Option<String> {
    let set = answer.headers().get(SET_COOKIE)?.to_str().unwrap();
    Some(set.split(';').next().unwrap().to_owned())
}

pub(crate) fn location(answer: &Response) -> &str {
    answer.headers().get(LOCATION).map_or("", |value| value.to_str().unwrap())
}

pub(crate) async fn body(answer: Response) -> Value {
    answer.json().await.unwrap()
}
