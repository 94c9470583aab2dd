//! What connectors do may run on any thread of the runtime.

use std::path::Path;

use reelspan_connectors::api::Service;
use reelspan_connectors::import::ytdlp::{Import, YtDlp};
use reelspan_connectors::local_speech::{Helper, Request};
use reelspan_connectors::weights::{Downloader, Weights};
use reelspan_connectors::{language, local_language, transcription};
use reelspan_types::Cancel;

fn send<T: Send>(_: T) {}

/// Compiling is the proof; the futures are never run.
#[test]
fn futures_are_send() {
    let _ = |service: &Service, request: &transcription::Request, cancel: &Cancel| {
        send(transcription::transcribe(service, request, cancel));
        send(language::complete(service, &serde_json::Value::Null, cancel));
        send(language::stream(service, &serde_json::Value::Null, cancel, &mut |_| {}));
    };
    let _ = |downloader: &Downloader, weights: &Weights, cancel: &Cancel| {
        send(downloader.fetch(weights, Path::new(""), cancel, &mut |_| {}));
    };
    let _ = |program: &YtDlp, import: &Import, cancel: &Cancel| send(program.import(import, cancel, &mut |_| {}));
    let _ = |helper: &Helper, request: &Request, cancel: &Cancel| {
        send(helper.transcribe(request, tokio::io::empty(), cancel, &mut |_| {}));
    };
    let _ = |helper: &local_language::Helper, request: &local_language::Request, cancel: &Cancel| {
        send(helper.complete(request, cancel, &mut |_| {}));
    };
}
