//! Speech to words through any OpenAI-compatible `/v1/audio/transcriptions`.
//!
//! One call sends one file. Services take 25 MB or so and time long sound badly: for long recordings the caller cuts the
//! sound at quiet places, calls once a piece and shifts the times of each answer by where its piece began.

use std::path::{Path, PathBuf};

use reelspan_types::Cancel;
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::api::{Error, Filled, Service};

/// An hour of speech with word times is about 2 MiB.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// What to transcribe.
#[derive(Debug, Clone)]
pub struct Request {
    /// Sound in a format that the service reads: wav, mp3, m4a, flac, ogg or webm.
    pub file: PathBuf,
    /// e.g. `whisper-1`, or what a local server calls its model.
    pub model: String,
    /// ISO 639-1, where known.
    pub language: Option<String>,
    /// English words for whatever is spoken, from `/v1/audio/translations`.
    pub translate: bool,
}

/// Only looked at to tell an answer from something else.
#[derive(Deserialize)]
struct Shape {
    text: Option<IgnoredAny>,
    words: Option<IgnoredAny>,
    segments: Option<IgnoredAny>,
}

/// Gives the service's `verbose_json` as it is. The file is streamed, never held in memory.
pub async fn transcribe(service: &Service, request: &Request, cancel: &Cancel) -> Result<Vec<u8>, Error> {
    let fill = |http: RequestBuilder| -> Filled<'_> { Box::pin(async { Ok(http.multipart(form(request).await?)) }) };
    let path = if request.translate { "audio/translations" } else { "audio/transcriptions" };
    let body = service.post(path, LONGEST_ANSWER, cancel, &fill).await?;
    match serde_json::from_slice::<Shape>(&body) {
        Ok(Shape { text: None, words: None, segments: None }) | Err(_) => Err(service.not_json()),
        Ok(_) => Ok(body),
    }
}

async fn form(request: &Request) -> Result<Form, Error> {
    let file = tokio::fs::File::open(&request.file).await.map_err(Error::File)?;
    let length = file.metadata().await.map_err(Error::File)?.len();
    let (name, kind) = sent_as(&request.file);
    let file = Part::stream_with_length(file, length).file_name(name);
    let file = file.mime_str(kind).map_err(|error| Error::File(std::io::Error::other(error)))?;
    let mut form = Form::new()
        .part("file", file)
        .text("model", request.model.clone())
        .text("response_format", "verbose_json")
        .text("temperature", "0");
    // A translation has lines only, and is told no language.
    if request.translate {
        return Ok(form);
    }
    form = form.text("timestamp_granularities[]", "word").text("timestamp_granularities[]", "segment");
    if let Some(language) = &request.language {
        form = form.text("language", language.clone());
    }
    Ok(form)
}

/// The user's own file name stays here: it is content.
fn sent_as(file: &Path) -> (&'static str, &'static str) {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "mp3" => ("audio.mp3", "audio/mpeg"),
        "m4a" | "mp4" => ("audio.m4a", "audio/mp4"),
        "flac" => ("audio.flac", "audio/flac"),
        "ogg" | "opus" => ("audio.ogg", "audio/ogg"),
        "webm" => ("audio.webm", "audio/webm"),
        _ => ("audio.wav", "audio/wav"),
    }
}

#[cfg(test)]
mod tests {
    use reelspan_testing::http_server::{Reply, Server};

    use super::*;
    use crate::http::Settings;

    fn request(folder: &Path) -> Request {
        let file = folder.join("My private talk.flac");
        std::fs::write(&file, b"fLaC-sound-bytes").unwrap();
        Request { file, model: "whisper-1".into(), language: Some("de".into()), translate: false }
    }

    async fn answered(reply: Reply) -> (Result<Vec<u8>, Error>, Server) {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(move |_| reply.clone()).unwrap();
        let service = Service::new(&server.url("/v1/"), None, &Settings::default()).unwrap();
        (transcribe(&service, &request(folder.path()), &Cancel::new()).await, server)
    }

    #[tokio::test]
    async fn sends_the_form_that_the_dialect_asks_for() {
        let said = r#"{"text":"hallo","language":"german","words":[{"word":"hallo","start":0.1,"end":0.4}]}"#;
        let (answer, server) = answered(Reply::new(200, said)).await;
        assert_eq!(answer.unwrap(), said.as_bytes());
        let seen = &server.seen()[0];
        assert_eq!(seen.path, "/v1/audio/transcriptions");
        assert!(seen.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
        assert_eq!(
            seen.header("content-length").unwrap(),
            seen.body.len().to_string(),
            "streamed, yet of known length"
        );
        assert_eq!(seen.header("authorization"), None);
        let body = String::from_utf8_lossy(&seen.body);
        for field in [
            "name=\"model\"\r\n\r\nwhisper-1\r\n",
            "name=\"response_format\"\r\n\r\nverbose_json\r\n",
            "name=\"timestamp_granularities[]\"\r\n\r\nword\r\n",
            "name=\"timestamp_granularities[]\"\r\n\r\nsegment\r\n",
            "name=\"language\"\r\n\r\nde\r\n",
            "name=\"file\"; filename=\"audio.flac\"\r\nContent-Type: audio/flac\r\n\r\nfLaC-sound-bytes\r\n",
        ] {
            assert!(body.contains(field), "{field} is missing in {body}");
        }
        assert!(!body.contains("private"), "the user's file name was sent");
    }

    #[tokio::test]
    async fn a_translation_has_its_own_address_and_no_language() {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(|_| Reply::new(200, r#"{"text":"hello"}"#)).unwrap();
        let service = Service::new(&server.url("/v1/"), None, &Settings::default()).unwrap();
        let request = Request { translate: true, ..request(folder.path()) };
        transcribe(&service, &request, &Cancel::new()).await.unwrap();
        let seen = &server.seen()[0];
        let body = String::from_utf8_lossy(&seen.body);
        assert_eq!(seen.path, "/v1/audio/translations");
        assert!(!body.contains("name=\"language\"") && !body.contains("timestamp_granularities"), "{body}");
    }

    #[tokio::test]
    async fn something_else_than_a_transcript_is_an_error() {
        for wrong in ["<html>Sign in</html>", "[]", r#"{"hello":1}"#, "", r#"{"text":"hal"#] {
            let (answer, _) = answered(Reply::new(200, wrong)).await;
            assert!(matches!(answer, Err(Error::NotJson { .. })), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_missing_file_is_said_before_anything_is_sent() {
        let server = Server::start(|_| Reply::new(200, "{}")).unwrap();
        let service = Service::new(&server.url(""), None, &Settings::default()).unwrap();
        let request =
            Request { file: "/nonexistent/talk.wav".into(), model: "m".into(), language: None, translate: false };
        let error = transcribe(&service, &request, &Cancel::new()).await.unwrap_err();
        assert!(matches!(error, Error::File(_)));
        assert!(!error.to_string().contains("talk"), "{error}");
        assert!(server.seen().is_empty());
    }
}
