//! Speech to words on this machine: runs the helper program `reelspan-stt` (whisper.cpp in a process of its own), pipes it
//! sound, and reads its lines.
//!
//! The helper is told `--model FILE --input - --language xx|auto --threads N [--seconds S]`, gets 16 kHz mono 32-bit float
//! samples (little-endian) on standard input, and answers with the lines of [`reelspan_types::speech`]. If it crashes, it
//! crashes alone.

use std::path::PathBuf;
use std::process::Stdio;

use reelspan_types::Cancel;
use reelspan_types::speech::{FailureCode, Line, Speech};
use tokio::io::{AsyncRead, AsyncWriteExt, copy};

use crate::child::{Group, Lines};
use crate::http::cancelled;

/// Three hours of speech are about 3 MB of words.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// Samples a second that the helper wants.
pub const SAMPLE_RATE: u32 = 16_000;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the speech helper `reelspan-stt` was not found; build it (`cargo build --release -p reelspan-stt`) or name it with --stt"
    )]
    Missing,
    #[error("the speech helper does not run: {0}")]
    NotRunning(String),
    /// The helper's own sentence.
    #[error("{message}")]
    Refused { code: FailureCode, message: String },
    #[error("the speech helper crashed ({status}); the model file may be damaged or too large for the memory")]
    Crashed { status: String },
    #[error("the speech helper ended ({status}) without an answer; is it of another version?")]
    NoAnswer { status: String },
    #[error("the sound for the speech helper cannot be read: {0}")]
    Sound(std::io::Error),
    #[error("cancelled")]
    Cancelled,
}

/// The helper, wherever it is.
#[derive(Debug, Clone)]
pub struct Helper {
    pub program: PathBuf,
}

#[derive(Debug, Clone)]
pub struct Request {
    pub model: PathBuf,
    /// ISO 639-1; detected where none.
    pub language: Option<String>,
    /// As many as the machine has cores (and its quota allows) where none.
    pub threads: Option<u32>,
    /// The recording's length, so that the helper can tell how far it is.
    pub seconds: Option<f64>,
}

impl Helper {
    /// Hears the whole of `sound`. `on` is told the share that is done.
    pub async fn transcribe(
        &self,
        request: &Request,
        sound: impl AsyncRead + Unpin + Send,
        cancel: &Cancel,
        on: &mut (dyn FnMut(f64) + Send),
    ) -> Result<Speech, Error> {
        let mut group = Group::start(self.command(request), Stdio::piped()).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::Missing,
            kind => Error::NotRunning(kind.to_string()),
        })?;
        tokio::select! {
            outcome = hear(&mut group, sound, on) => outcome,
            () = cancelled(cancel) => Err(Error::Cancelled),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that runs the speech helper")]
    fn command(&self, request: &Request) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.env_clear().env("LANG", "C.UTF-8");
        command.arg("--model").arg(&request.model).args(["--input", "-"]);
        command.args(["--language", request.language.as_deref().unwrap_or("auto")]);
        if let Some(threads) = request.threads {
            command.args(["--threads", &threads.to_string()]);
        }
        if let Some(seconds) = request.seconds {
            command.args(["--seconds", &format!("{seconds:.3}")]);
        }
        command
    }
}

async fn hear(
    group: &mut Group,
    mut sound: impl AsyncRead + Unpin + Send,
    on: &mut (dyn FnMut(f64) + Send),
) -> Result<Speech, Error> {
    let (Some(mut stdin), Some(out), Some(noise)) =
        (group.child.stdin.take(), group.child.stdout.take(), group.child.stderr.take())
    else {
        return Err(Error::NotRunning("it has no pipes".into()));
    };
    let feeding = async move {
        let copied = copy(&mut sound, &mut stdin).await;
        // The helper may have stopped listening, which its own words explain.
        stdin.shutdown().await.ok();
        copied.map(|_| ()).or_else(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        })
    };
    let (mut lines, mut noise) = (Lines::new(out, LONGEST_LINE), Lines::new(noise, 1024));
    let listening = async {
        let mut last = None;
        while let Some(line) = lines.next().await {
            match serde_json::from_str(&line) {
                Ok(Line::Progress { progress }) => on(progress.clamp(0.0, 1.0)),
                Ok(answer) => last = Some(answer),
                Err(_) => {}
            }
        }
        last
    };
    // What libraries print on standard error is drained, so that the helper never waits for us, and not kept.
    let draining = async { while noise.next().await.is_some() {} };
    let (fed, last, ()) = tokio::join!(feeding, listening, draining);
    let status = group.child.wait().await.map_err(|error| Error::NotRunning(error.kind().to_string()))?;
    match last {
        Some(Line::Failure { error }) => Err(Error::Refused { code: error.code, message: error.message }),
        Some(Line::Answer(speech)) if status.success() => fed.map_err(Error::Sound).map(|()| speech),
        _ if status.code().is_none() => Err(Error::Crashed { status: status.to_string() }),
        _ => Err(Error::NoAnswer { status: status.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use reelspan_testing::whisper_model::{Language, Said, write};
    use reelspan_types::speech::Word;

    use super::*;

    fn fake() -> Helper {
        Helper { program: Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/reelspan-stt") }
    }

    async fn hear(model: &str, sound: &[u8]) -> (Result<Speech, Error>, Vec<f64>) {
        let request =
            Request { model: model.into(), language: Some("de".into()), threads: Some(3), seconds: Some(1.5) };
        let mut told = Vec::new();
        let outcome = fake().transcribe(&request, sound, &Cancel::new(), &mut |share| told.push(share)).await;
        (outcome, told)
    }

    #[tokio::test]
    async fn words_and_progress_come_back() {
        let (speech, told) = hear("good", &[0; 400_000]).await;
        let word = |start, end, text: &str, confidence| Word { start, end, text: text.into(), confidence };
        let words = vec![word(0.5, 0.75, "400000", Some(0.5)), word(0.8, 1.0, "bytes", None)];
        assert_eq!(speech.unwrap(), Speech { language: Some("de".into()), words });
        assert_eq!(told, [0.25, 1.0]);
    }

    #[tokio::test]
    async fn the_helper_is_told_what_was_asked() {
        let (speech, _) = hear("arguments", &[]).await;
        let told = &speech.unwrap().words[0].text;
        assert_eq!(told, "--model arguments --input - --language de --threads 3 --seconds 1.500");
        let request = Request { model: "arguments".into(), language: None, threads: None, seconds: None };
        let speech = fake().transcribe(&request, &[][..], &Cancel::new(), &mut |_| {}).await.unwrap();
        assert_eq!(speech.words[0].text, "--model arguments --input - --language auto");
    }

    #[tokio::test]
    async fn failures_keep_their_sentence_even_when_sound_is_left() {
        let (outcome, _) = hear("bad", &[0; 2_000_000]).await;
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Refused { code: FailureCode::BadModel, .. }));
        assert_eq!(error.to_string(), "the model is damaged");
    }

    #[tokio::test]
    async fn a_crash_stays_with_the_helper() {
        let error = hear("crash", &[0; 2_000_000]).await.0.unwrap_err();
        assert!(matches!(error, Error::Crashed { .. }), "{error}");
        let error = hear("crash-late", &[]).await.0.unwrap_err();
        assert!(matches!(error, Error::Crashed { .. }), "an answer before a crash is no answer: {error}");
        let error = hear("silent", &[]).await.0.unwrap_err();
        assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
    }

    #[tokio::test]
    async fn noise_on_standard_error_does_not_stop_it() {
        hear("noisy", &[0; 1000]).await.0.unwrap();
    }

    #[tokio::test]
    async fn cancel_ends_it() {
        let request = Request { model: "hang".into(), language: None, threads: None, seconds: None };
        let cancel = Cancel::new();
        let mut on = |_| cancel.cancel();
        let outcome = fake().transcribe(&request, tokio::io::repeat(0), &cancel, &mut on).await;
        assert!(matches!(outcome, Err(Error::Cancelled)));
    }

    #[tokio::test]
    async fn a_missing_helper_is_said() {
        let request = Request { model: "x".into(), language: None, threads: None, seconds: None };
        let helper = Helper { program: "/nonexistent/reelspan-stt".into() };
        let outcome = helper.transcribe(&request, &[][..], &Cancel::new(), &mut |_| {}).await;
        assert!(matches!(outcome, Err(Error::Missing)));
    }

    #[tokio::test]
    async fn the_real_helper_speaks_the_same_language() {
        let Some(program) = reelspan_testing::programs::speech_helper() else { return };
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model.bin");
        let sentence = [Said::At(0.0), Said::Text(" Hello"), Said::Text(" world"), Said::At(1.5)];
        write(&mut std::fs::File::create(&model).unwrap(), Language::English, &sentence).unwrap();
        let request = Request { model, language: None, threads: Some(1), seconds: Some(1.5) };
        let mut told = Vec::new();
        let silence = vec![0; 24_000 * 4];
        let helper = Helper { program };
        let mut on = |share| told.push(share);
        let speech = helper.transcribe(&request, &silence[..], &Cancel::new(), &mut on).await.unwrap();
        let texts: Vec<_> = speech.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!((texts, speech.language.as_deref()), (vec!["Hello", "world"], Some("en")));
        assert!(told.is_sorted() && told.last() == Some(&1.0), "{told:?}");

        let missing = Request { model: folder.path().join("none.bin"), ..request };
        let error = helper.transcribe(&missing, &silence[..], &Cancel::new(), &mut |_| {}).await.unwrap_err();
        assert!(matches!(error, Error::Refused { code: FailureCode::BadModel, .. }), "{error}");
    }
}
