//! The dialect's own document: every endpoint of it, as OpenAPI. Written as JSON, which is YAML too.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use super::body::Fields;
use super::{blueprints, ffprobe, generate, transcodes, transcribes, uploads};

/// One endpoint: what it is for, what its body may hold, how it answers.
struct Endpoint {
    method: &'static str,
    path: &'static str,
    about: &'static str,
    /// The fields of its body; none has no body, an empty list takes any.
    body: Option<&'static [&'static str]>,
    required: &'static [&'static str],
    status: &'static str,
    errors: &'static [&'static str],
}

const fn reads(path: &'static str, about: &'static str, errors: &'static [&'static str]) -> Endpoint {
    Endpoint { method: "get", path, about, body: None, required: &[], status: "200", errors }
}

const fn takes<T: Fields>(path: &'static str, about: &'static str, required: &'static [&'static str]) -> Endpoint {
    let errors = &["400", "401"];
    Endpoint { method: "post", path, about, body: Some(T::FIELDS), required, status: "200", errors }
}

const GONE: &[&str] = &["401", "404"];

/// The visible list; a test asks the router for each.
const ENDPOINTS: [Endpoint; 23] = [
    Endpoint { errors: &["500"], ..reads("/health-check", "Whether the service and its database are there", &[]) },
    takes::<uploads::Presign>(
        "/v1/upload/presigned-url",
        "An address to PUT a file to; it works for 15 minutes and wants no key",
        &["filename", "contentType", "fileSize"],
    ),
    takes::<uploads::Confirm>(
        "/v1/upload/confirm",
        "The word that a file has arrived; its handle",
        &["filename", "fileSize"],
    ),
    Endpoint {
        status: "201",
        errors: &["400", "401", "402", "404"],
        ..takes::<transcodes::Create>(
            "/v1/transcodes",
            "Files in, one file out: by a preset, by ffmpeg's options, or by filters",
            &["inputs", "outputFormat"],
        )
    },
    reads("/v1/transcodes", "Transcodes and transcriptions, a page at a time", &["400", "401"]),
    reads("/v1/transcodes/{id}", "How a job stands", GONE),
    Endpoint { method: "patch", ..reads("/v1/transcodes/{id}/cancel", "Stops a job", &["400", "401", "404"]) },
    reads("/v1/transcodes/{id}/download", "A link to what a job made; it works for 10 minutes", &["400", "401", "404"]),
    Endpoint {
        status: "201",
        errors: &["400", "401", "402", "404", "503"],
        ..takes::<transcribes::Create>("/v1/transcribe", "What is said in a recording, as SRT", &["media_url"])
    },
    reads("/v1/transcribe/{id}", "How a transcription stands", GONE),
    reads("/v1/transcribe/{id}/download", "A link to the SRT; it works for 10 minutes", &["400", "401", "404"]),
    reads("/v1/transcribes", "Transcriptions, a page at a time", &["400", "401"]),
    Endpoint {
        errors: &["400", "401", "404", "422", "429", "502"],
        ..takes::<ffprobe::Probe>("/v1/ffprobe", "What an uploaded file is, at once and for free", &["url"])
    },
    Endpoint {
        body: Some(&[]),
        status: "201",
        errors: &["400", "401", "402", "404", "503"],
        ..takes::<blueprints::Continue>(
            "/v1/blueprints/{slug}/runs",
            "A finished product by its name, from flat inputs",
            &[],
        )
    },
    reads("/v1/blueprints/runs/{id}", "How a run stands, and links to what it made", GONE),
    Endpoint {
        errors: &["400", "401", "404", "409"],
        ..takes::<blueprints::Continue>(
            "/v1/blueprints/runs/{id}/continue",
            "Goes on with the subtitles as they were reviewed",
            &["srt_text"],
        )
    },
    Endpoint {
        errors: &["400", "401", "429", "502", "503"],
        ..takes::<generate::Scenes>("/v1/generate/scenes", "Divides a script into scenes", &["script"])
    },
    Endpoint {
        errors: &["400", "401", "429", "502", "503"],
        ..takes::<generate::Translate>("/v1/generate/translate", "Translates texts", &["texts", "language"])
    },
    generative("/v1/generate/image", "A picture; needs a provider, which is not set up yet"),
    generative("/v1/generate/speech", "A voice; needs a provider, which is not set up yet"),
    generative("/v1/generate/animate", "A picture that moves; needs a provider, which is not set up yet"),
    reads("/v1/generate/animate/{id}", "How an animation stands", GONE),
    reads("/v1/account/usage", "What the plan allows in a month, and what is used of it", &["401"]),
];

const fn generative(path: &'static str, about: &'static str) -> Endpoint {
    Endpoint { method: "post", path, about, body: Some(&[]), required: &[], status: "503", errors: &["401"] }
}

/// What narrows a list.
const QUERY: [&str; 7] = ["status", "page", "limit", "order", "job_type", "since", "until"];

pub(crate) async fn document() -> impl IntoResponse {
    let mut paths = Map::new();
    for endpoint in &ENDPOINTS {
        let methods = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        methods[endpoint.method] = operation(endpoint);
    }
    let error = json!({ "type": "object", "required": ["error"], "properties": {
        "error": { "type": "string" }, "details": { "type": ["string", "array", "null"] }, "code": { "type": "string" } } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Reelspan: the ffmpeg-micro dialect", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": { "Error": error },
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } } },
        "security": [{ "key": [] }],
    });
    ([(CONTENT_TYPE, "application/yaml")], serde_json::to_string_pretty(&document).unwrap_or_default())
}

fn operation(endpoint: &Endpoint) -> Value {
    let object = json!({ "application/json": { "schema": { "type": "object" } } });
    let error = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
    let mut responses = Map::new();
    let well = if endpoint.status == "503" { &error } else { &object };
    responses.insert(endpoint.status.to_owned(), json!({ "description": endpoint.about, "content": well }));
    for status in endpoint.errors {
        responses.insert((*status).to_owned(), json!({ "description": "why not", "content": error }));
    }
    let mut operation =
        json!({ "summary": endpoint.about, "responses": responses, "parameters": parameters(endpoint) });
    if endpoint.path == "/health-check" {
        operation["security"] = json!([]);
    }
    if let Some(fields) = endpoint.body {
        let properties: Map<_, _> = fields.iter().map(|field| ((*field).to_owned(), json!({}))).collect();
        let schema = json!({ "type": "object", "properties": properties, "required": endpoint.required });
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    operation
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let one = |place: &str, name: &str| json!({ "in": place, "name": name, "required": place == "path", "schema": { "type": "string" } });
    let within = ["id", "slug"].into_iter().filter(|name| endpoint.path.contains(&format!("{{{name}}}")));
    let lists = endpoint.method == "get" && matches!(endpoint.path, "/v1/transcodes" | "/v1/transcribes");
    let narrows = QUERY.into_iter().filter(|name| lists && (endpoint.path == "/v1/transcodes" || *name != "job_type"));
    within.map(|name| one("path", name)).chain(narrows.map(|name| one("query", name))).collect()
}
