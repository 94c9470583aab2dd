//! The service in a temporary folder, at work, on a port of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use reelspan_api::limits::{self, Limits, Rate};
use reelspan_api::{App, listen, router};
use reelspan_app::data::Data;
use reelspan_app::service::{Scopes, Service, handlers, lanes};
use reelspan_app::services::{Endpoint, LanguageModel};
use reelspan_app::signing::Signer;
use reelspan_app::worker::Worker;
use reelspan_app::{keys, tasks};
use reelspan_connectors::guard::Reach;
use reelspan_connectors::{api, http};
use reelspan_jobs::Engine;
use reelspan_media::tool::{Jail, Settings, Tools};
use reelspan_store::{Blobs, Database, Stages};
use reelspan_testing::http_server::{Reply, Server};
use reelspan_testing::make_media;
use reelspan_types::{Clock, Lifespans, SystemClock};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) struct House {
    pub(crate) base: String,
    pub(crate) folder: tempfile::TempDir,
    /// Of the first workspace, and of another.
    pub(crate) key: String,
    pub(crate) other: String,
    client: reqwest::Client,
    /// What recognises and chooses, where there is one.
    _models: Option<Server>,
}

/// What the house is built with.
#[derive(Default)]
pub(crate) struct Plan {
    /// A server that speaks OpenAI's dialect: it hears `spoken`, and answers questions with `chat`.
    pub(crate) models: bool,
    /// What a language model says instead.
    pub(crate) chat: Option<&'static str>,
    /// The plan of the first workspace; unlimited if none.
    pub(crate) plan: Option<&'static str>,
    /// Nobody works.
    pub(crate) idle: bool,
}

#[expect(clippy::disallowed_methods, reason = "tests find programs by the environment")]
fn tools() -> Tools {
    let path = std::env::var_os("PATH");
    let fonts = vec![PathBuf::from("/usr/share/fonts")];
    Tools::find(Settings { ffmpeg: None, ffprobe: None, path, jail: Jail::Off, fonts }).unwrap()
}

/// What every recording says here.
const SPOKEN: &str = r#"{"language":"english","text":"hello world again","words":[{"word":"hello","start":0.2,"end":0.6},
{"word":"world","start":0.7,"end":1.1},{"word":"again","start":1.3,"end":1.8}]}"#;

fn answer(request: &reelspan_testing::http_server::Request, chat: Option<&'static str>) -> Reply {
    if !request.path.ends_with("/chat/completions") {
        return Reply::new(200, SPOKEN);
    }
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    let said = match asked["response_format"]["json_schema"]["name"].as_str() {
        _ if chat.is_some() => chat.unwrap().to_owned(),
        Some("scenes") => {
            json!({ "scenes": [{ "text": "A cat wakes.", "image_prompt": "a cat in the sun" }] }).to_string()
        }
        _ => json!({ "texts": ["Guten Tag", "Tschüs"] }).to_string(),
    };
    Reply::new(200, json!({ "choices": [{ "message": { "content": said } }] }).to_string())
}

async fn service(folder: &Path, models: Option<&Server>) -> Service {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let database = Database::sqlite(&folder.join("rows.db")).await.unwrap();
    let blobs = Blobs::disk(&folder.join("blobs")).unwrap();
    let (lifespans, scratch) = (Lifespans::STANDARD, folder.join("scratch"));
    tasks::sweep(&scratch).unwrap();
    let data = Data { database, blobs, clock: Arc::clone(&clock), lifespans, scratch };
    let signer = Signer::new(vec![7; 32]);
    let runtime = Arc::new(tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap());
    let service = |server: &Server| api::Service::new(&server.url("/v1/"), None, &http::Settings::default()).unwrap();
    let worker = Arc::new(Worker {
        data: data.clone(),
        signer: signer.clone(),
        tools: tools(),
        stages: Stages::open(&folder.join("stages")).unwrap(),
        recogniser: models.map(|server| {
            Arc::new(Endpoint {
                runtime: Arc::clone(&runtime),
                service: Arc::new(service(server)),
                model: "whisper-1".into(),
                language: None,
                translate: false,
            }) as _
        }),
        chooser: models.map(|server| {
            Arc::new(LanguageModel { runtime: Arc::clone(&runtime), service: service(server), model: "small".into() })
                as _
        }),
        reach: Reach::public(),
    });
    // A runtime may not end within another.
    std::mem::forget(runtime);
    let settings = reelspan_jobs::Settings {
        owner: reelspan_types::new_id(clock.as_ref()),
        lanes: lanes(2),
        lease: Duration::from_secs(10),
        keep: lifespans.output,
        keep_charges: lifespans.ledger,
    };
    let engine = Engine::new(data.database.clone(), clock, settings, handlers(&worker));
    Service { data, engine, signer, worker, public_url: None }
}

impl House {
    pub(crate) async fn open(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chat = plan.chat;
        let models = plan.models.then(|| Server::start(move |request| answer(request, chat)).unwrap());
        let service = service(folder.path(), models.as_ref()).await;
        let data = &service.data;
        for (id, named) in [("first", plan.plan.unwrap_or("unlimited")), ("other", "unlimited")] {
            data.database.put_workspace(id, id, named, data.now()).await.unwrap();
        }
        let make =
            async |workspace| keys::create(data, &service.signer, workspace, "ci", Scopes::Media).await.unwrap().1;
        let (key, other) = (make("first").await, make("other").await);
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let rate = Rate { every: Duration::from_millis(1), burst: 10_000 };
        let generous = limits::Settings { caller: rate, address: rate, sign_in: rate, trusted_proxies: Vec::new() };
        let limits = Limits::new(Arc::clone(&data.clock), generous);
        let router = router(App { service: service.clone(), metrics, limits });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(listen::serve(listener, router, std::future::pending()));
        if !plan.idle {
            let engine = service.engine.clone();
            tokio::spawn(async move { engine.run().await });
        }
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { base, folder, key, other, client, _models: models }
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.key)
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        told(self.ask(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        told(self.ask(Method::POST, path).json(&body).send().await.unwrap()).await
    }

    /// Uploads as the contract has it; the handle.
    pub(crate) async fn upload(&self, file: &Path, content_type: &str) -> String {
        let bytes = std::fs::read(file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy();
        let asked = json!({ "filename": name, "contentType": content_type, "fileSize": bytes.len() });
        let (status, signed) = self.post("/v1/upload/presigned-url", asked).await;
        assert_eq!(status, 200, "{signed}");
        let url = signed["result"]["uploadUrl"].as_str().unwrap();
        let put = self.client.put(url).header("content-type", content_type).body(bytes.clone()).send().await.unwrap();
        assert_eq!(put.status(), 200);
        let confirm = json!({ "filename": signed["result"]["filename"], "fileSize": bytes.len() });
        let (status, confirmed) = self.post("/v1/upload/confirm", confirm).await;
        assert_eq!(status, 200, "{confirmed}");
        confirmed["result"]["fileUrl"].as_str().unwrap().to_owned()
    }

    /// How the thing at `path` stands once it is no longer on its way.
    pub(crate) async fn ended(&self, path: &str) -> Value {
        for _ in 0..600 {
            let (status, job) = self.get(path).await;
            assert_eq!(status, 200, "{job}");
            if !matches!(job["status"].as_str(), Some("pending" | "processing")) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} never ended");
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// A few seconds of moving picture with a tone.
    pub(crate) fn film(&self, name: &str, seconds: u32) -> PathBuf {
        let file = self.folder.path().join(name);
        let (picture, sound) = (format!("testsrc2=s=320x180:r=25:d={seconds}"), format!("sine=f=440:d={seconds}"));
        make_media(
            &[
                "-f",
                "lavfi",
                "-i",
                &picture,
                "-f",
                "lavfi",
                "-i",
                &sound,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-c:a",
                "aac",
            ],
            &file,
        );
        file
    }

    /// The same with speech.
    #[expect(clippy::disallowed_methods, reason = "tests make their media with the bare programs")]
    pub(crate) fn talk(&self, name: &str) -> PathBuf {
        let (speech, file) = (self.folder.path().join("speech.wav"), self.folder.path().join(name));
        let said = "Hello world. This is a short recording, and somebody speaks in it. That is all there is.";
        let spoke = std::process::Command::new("espeak-ng").arg("-w").arg(&speech).arg(said).status();
        assert!(spoke.is_ok_and(|status| status.success()), "tests need espeak-ng; ./x test installs it");
        make_media(
            &[
                "-i",
                speech.to_str().unwrap(),
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=320x180:r=25",
                "-shortest",
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-c:a",
                "aac",
            ],
            &file,
        );
        file
    }

    pub(crate) fn picture(&self, name: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        make_media(&["-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1"], &file);
        file
    }
}

pub(crate) async fn told(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
