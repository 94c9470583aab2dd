//! What a user may name from outside: a recogniser, a language model, a URL. Real servers on loopback.

use reelspan_testing::http_server::{Reply, Server};
use reelspan_testing::whisper_model::{Language, Said, write};
use serde_json::{Value, json};

use crate::support::{Machine, read_json};

/// Words of a second each over the whole of a short recording, as OpenAI-compatible servers answer.
fn heard() -> String {
    let said =
        "Why does bread rise at all? Because tiny creatures eat the sugar. Nobody told the baker. That is all of it.";
    let words: Vec<Value> = said
        .split(' ')
        .enumerate()
        .map(|(at, word)| json!({"word": word, "start": at as f64 * 0.6, "end": at as f64 * 0.6 + 0.5}))
        .collect();
    json!({"task": "transcribe", "language": "english", "duration": 12.6, "text": said, "words": words}).to_string()
}

fn plan(machine: &Machine, more: &[&str]) -> Value {
    let mut args = vec!["clips", "talk.mp4", "--out", "out", "--min", "4s", "--max", "7s", "--plan-only"];
    args.extend(more);
    machine.run(&args).ok();
    read_json(&machine.path("out/clips.json"))
}

#[test]
fn an_endpoint_hears_the_words_once() {
    let machine = Machine::new();
    machine.spoken();
    let server = Server::start(|_| Reply::new(200, heard())).unwrap();
    let url = server.url("/v1");
    for _ in 0..2 {
        let plan = plan(&machine, &["--transcribe-url", &url]);
        assert_eq!(plan["input"]["transcript"], "recogniser");
        assert!(plan["clips"][0]["captions"].as_array().is_some_and(|captions| !captions.is_empty()));
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 1, "the second run finds the words of the first");
    assert_eq!(seen[0].path, "/v1/audio/transcriptions");
    assert!(String::from_utf8_lossy(&seen[0].body).contains("whisper-1"));
}

/// Seconds until it is loud in the WAV file that a request carries.
fn loud_from(body: &[u8]) -> f64 {
    let wav = &body[body.windows(4).position(|four| four == b"RIFF").unwrap()..];
    let data = wav.windows(4).position(|four| four == b"data").unwrap() + 8;
    let samples = wav[data..].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]).unsigned_abs());
    samples.take_while(|level| *level < 1500).count() as f64 / 16_000.0
}

/// Of a transport stream ffmpeg counts from the first of the streams that are used: sound that begins after the picture
/// would be told too early.
#[test]
fn words_of_a_transport_stream_are_told_by_the_pictures_clock() {
    let machine = Machine::new();
    let film = machine.spoken();
    let film = film.to_str().unwrap();
    let late = ["-i", film, "-itsoffset", "0.6", "-i", film, "-map", "0:v", "-map", "1:a", "-c", "copy"];
    reelspan_testing::make_media(&late, &machine.path("late.ts"));
    let server = Server::start(|_| Reply::new(200, heard())).unwrap();
    let url = server.url("/v1");
    let clips = ["--out", "out", "--min", "4s", "--max", "7s", "--plan-only", "--transcribe-url", &url];
    for input in ["talk.mp4", "late.ts"] {
        machine.run(&[&["clips", input], &clips[..]].concat()).ok();
    }
    let seen = server.seen();
    let (on_time, late) = (loud_from(&seen[0].body), loud_from(&seen[1].body));
    assert!((late - on_time - 0.6).abs() < 0.05, "{on_time} {late}");
}

/// A model that is named for this run is meant before an endpoint that is configured for all: no sound leaves the machine.
#[test]
fn a_named_local_model_is_never_passed_over_for_a_configured_endpoint() {
    let machine = Machine::new();
    machine.spoken();
    let server = Server::start(|_| Reply::new(200, heard())).unwrap();
    let url = server.url("/v1");
    let run = |more: &[&str]| {
        let mut args = vec!["clips", "talk.mp4", "--out", "out", "--min", "4s", "--max", "7s", "--plan-only"];
        args.extend(more);
        machine.command(&args).env("REELSPAN_TRANSCRIBE_URL", &url).output().unwrap()
    };
    let refused = run(&["--stt-model", "absent"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(server.seen().is_empty(), "the sound was sent away");
    // What is only configured is no flag that could be idle.
    assert_eq!(run(&[]).status.code(), Some(0));
    assert_eq!(server.seen().len(), 1);
    let cut = ["cut", "talk.mp4", "--keep", "0-2", "-o", "out.mp4", "--plan-only"];
    assert!(machine.command(&cut).env("REELSPAN_TRANSCRIBE_URL", &url).status().unwrap().success());
}

#[test]
fn a_recogniser_that_fails_is_said_and_signals_take_over() {
    let machine = Machine::new();
    machine.spoken();
    let server = Server::start(|_| Reply::new(401, "{}")).unwrap();
    let url = server.url("/v1");
    let mut args = vec!["clips", "talk.mp4", "--out", "out", "--min", "4s", "--max", "7s", "--plan-only"];
    args.extend(["--transcribe-url", &url]);
    let run = machine.run(&args).ok();
    assert!(run.stderr.contains("speech could not be recognised") && run.stderr.contains("API key"), "{}", run.stderr);
    assert_eq!(read_json(&machine.path("out/clips.json"))["input"]["transcript"], "none");
}

#[test]
fn a_language_model_only_reorders_and_a_bad_answer_changes_nothing() {
    let machine = Machine::new();
    machine.talk(24);
    machine.words(24);
    let words = ["--transcript", "words.srt"];
    let alone = plan(&machine, &words);
    assert!(alone["clips"].as_array().unwrap().len() >= 2);
    let ask = |answer: &'static str| {
        let body = json!({"choices": [{"message": {"role": "assistant", "content": answer}}]}).to_string();
        let server = Server::start(move |_| Reply::new(200, body.clone())).unwrap();
        let url = server.url("/v1");
        let chosen = plan(&machine, &[&words[..], &["--llm-url", &url, "--llm-model", "small"]].concat());
        assert_eq!(server.seen().len(), 1);
        chosen
    };
    let spans = |plan: &Value| -> Vec<String> {
        plan["clips"].as_array().unwrap().iter().map(|clip| format!("{}-{}", clip["start"], clip["end"])).collect()
    };
    let better = ask(r#"{"choices":[{"id":"B"},{"id":"A"}]}"#);
    assert_eq!((&spans(&better)[0], &spans(&better)[1]), (&spans(&alone)[1], &spans(&alone)[0]));
    assert_eq!(ask("I would pick the second one!")["clips"], alone["clips"]);
}

#[test]
fn a_language_model_elsewhere_is_refused() {
    let machine = Machine::new();
    machine.talk(4);
    let run = machine.run(&["clips", "talk.mp4", "--llm-url", "https://models.example/v1", "--llm-model", "x"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("must be on this machine"), "{}", run.stderr);
}

/// Runs where REELSPAN_STT names a built helper (`./x lab`); the model is a tiny one that says one sentence.
#[test]
fn the_speech_helper_hears_a_local_model() {
    let Some(helper) = reelspan_testing::programs::speech_helper() else { return };
    let machine = Machine::new();
    machine.spoken();
    let model = machine.path("tiny.bin");
    let sentence = [Said::At(0.0), Said::Text(" This"), Said::Text(" was"), Said::Text(" heard."), Said::At(4.0)];
    write(&mut std::fs::File::create(&model).unwrap(), Language::English, &sentence).unwrap();
    let (helper, model) = (helper.to_str().unwrap(), model.to_str().unwrap());
    let plan = plan(&machine, &["--stt", helper, "--stt-model", model, "--language", "en"]);
    assert_eq!(plan["input"]["transcript"], "recogniser");
    assert!(plan["clips"][0]["captions"].as_array().is_some_and(|captions| !captions.is_empty()));
}

/// The guard stands between yt-dlp and the network: this machine's own addresses are not reached.
#[test]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn a_url_into_this_machine_is_not_fetched() {
    let Some(yt_dlp) = reelspan_testing::programs::yt_dlp() else {
        println!("SKIPPED: there is no yt-dlp here; ./x test installs it");
        return;
    };
    let machine = Machine::new();
    let server = Server::start(|_| Reply::new(200, "secret")).unwrap();
    let url = server.url("/secret.mp4");
    let run = machine.run(&["clips", &url, "--out", "out", "--yt-dlp", yt_dlp.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(server.seen().is_empty(), "the server was reached");
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{}", run.stderr);
}
