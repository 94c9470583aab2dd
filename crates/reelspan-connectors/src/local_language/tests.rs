//! What must hold of a helper that answers, refuses, crashes, or never ends.

use std::path::Path;
use std::time::Duration;

use reelspan_testing::gguf_model::{Model, Said};
use serde_json::json;

use super::*;

fn fake() -> Helper {
    Helper { program: Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/reelspan-llm") }
}

fn request(model: impl Into<PathBuf>) -> Request {
    Request {
        model: model.into(),
        messages: vec![(Role::User, "where is the treasure".into())],
        max_tokens: 20,
        schema: None,
        context: None,
        threads: Some(1),
    }
}

async fn hear(model: &str) -> (Result<Completion, Error>, Vec<String>) {
    let mut pieces = Vec::new();
    let mut on = |piece: &str| pieces.push(piece.to_owned());
    let outcome = fake().complete(&request(model), &Cancel::new(), &mut on).await;
    (outcome, pieces)
}

#[tokio::test]
async fn pieces_and_the_whole_come_back() {
    let (outcome, pieces) = hear("good").await;
    let text = Content::new("Under the grüne palm.");
    let template = Some(Template::Own);
    let whole = Completion { text, stopped: Why::Stop, prompt_tokens: 3, answer_tokens: 2, template };
    assert_eq!(outcome.unwrap(), whole);
    assert_eq!(pieces, ["Under the ", "grüne palm."]);
    assert_eq!(hear("length").await.0.unwrap().stopped, Why::Length);

    let mut told = Vec::new();
    let mut on = |event: Event<'_>| match event {
        Event::Loading(share) | Event::Reading(share) => told.push(share),
        Event::Piece(_) => {}
    };
    fake().complete_with(&request("good"), &Cancel::new(), &mut on).await.unwrap();
    assert_eq!(told, [0.5, 1.0]);
}

/// what is asked is not where other programs of this machine could read it.
#[tokio::test]
async fn a68_the_question_is_neither_argument_nor_environment() {
    let asked = request("echo");
    let bytes = line(&asked).unwrap().len() - 1;
    let mut said = String::new();
    fake().complete(&asked, &Cancel::new(), &mut |piece| said.push_str(piece)).await.unwrap();
    let told: Vec<&str> = said.split(',').map(str::trim).collect();
    assert_eq!(told[..2], [format!("{bytes} bytes").as_str(), "0 arguments"]);
    // What the shell sets itself, and the language.
    assert!(told[2].split(' ').all(|name| ["LANG", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name)), "{said}");
}

/// nor does it slip into a log by a debug print.
#[test]
fn a68_debug_prints_show_sizes_only() {
    let shown = format!("{:?}", request("m.gguf"));
    assert!(shown.contains("Content(21 bytes)") && !shown.contains("treasure"), "{shown}");
    let text = Content::new("under the palm");
    let whole = Completion { text, stopped: Why::Stop, prompt_tokens: 1, answer_tokens: 1, template: None };
    assert!(!format!("{whole:?}").contains("palm"));
}

#[test]
fn the_request_is_one_line_with_everything() {
    let asked = Request { schema: Some(json!({"type": "object"})), context: Some(512), ..request("m.gguf") };
    let bytes = line(&asked).unwrap();
    assert_eq!(bytes.iter().filter(|&&byte| byte == b'\n').count(), 1);
    let told: Value = serde_json::from_slice(&bytes).unwrap();
    let expected = json!({
        "model": "m.gguf",
        "messages": [{"role": "user", "content": "where is the treasure"}],
        "max_tokens": 20,
        "schema": "{\"type\":\"object\"}",
        "context": 512,
        "threads": 1,
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn refusals_keep_their_sentence() {
    let error = hear("bad").await.0.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("llm_model_truncated", "the file ends too early"));
    let mut long = request("refused-unread");
    long.messages = vec![(Role::User, "x".repeat(2_000_000).into())];
    let error = fake().complete(&long, &Cancel::new(), &mut |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "llm_bad_model");
}

#[tokio::test]
async fn a_crash_stays_with_the_helper() {
    let (outcome, pieces) = hear("crash").await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::Crashed { .. }), "{error}");
    assert_eq!(pieces, ["Half"]);
    let error = hear("crash-late").await.0.unwrap_err();
    assert!(matches!(error, Error::Crashed { .. }), "an end before a crash is no end: {error}");
    let error = hear("silent").await.0.unwrap_err();
    assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
    let missing = Helper { program: "/nonexistent/reelspan-llm".into() };
    let error = missing.complete(&request("good"), &Cancel::new(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Missing), "{error}");
}

#[tokio::test]
async fn noise_does_not_stop_it_and_endless_answers_are_cut() {
    assert_eq!(hear("noisy").await.0.unwrap().text.expose(), "Yes");
    let (outcome, pieces) = hear("endless").await;
    assert!(matches!(outcome, Err(Error::TooLong)), "{outcome:?}");
    assert!(pieces.concat().len() <= LONGEST_ANSWER);
}

#[tokio::test]
async fn its_input_stays_open_while_it_answers() {
    let mut said = String::new();
    let asked = request("waits");
    let cancel = Cancel::new();
    let mut on = |piece: &str| {
        said.push_str(piece);
        cancel.cancel();
    };
    let outcome = fake().complete(&asked, &cancel, &mut on).await;
    assert!(matches!(outcome, Err(Error::Cancelled)), "{outcome:?}");
    assert_eq!(said, "Open");
}

/// Everything that the helper started ends with it.
#[tokio::test]
async fn a_cancel_ends_the_whole_group_soon() {
    let cancel = Cancel::new();
    let mut said = String::new();
    let mut on = |piece: &str| {
        said.push_str(piece);
        if said.contains(' ') {
            cancel.cancel();
        }
    };
    let asked = request("hang");
    let helper = fake();
    let outcome = tokio::time::timeout(Duration::from_secs(3), helper.complete(&asked, &cancel, &mut on)).await;
    assert!(matches!(outcome.unwrap(), Err(Error::Cancelled)));
    let sleeper = Path::new("/proc").join(said.split(' ').nth(1).unwrap());
    // A killed program may still be listed until its parent has asked after it.
    let gone = || std::fs::read_to_string(sleeper.join("stat")).map_or(true, |stat| stat.contains(") Z "));
    while !gone() {
        tokio::task::yield_now().await;
    }
}

fn small(folder: &Path, model: &Model) -> PathBuf {
    let path = folder.join("small.gguf");
    model.write(&mut std::fs::File::create(&path).unwrap()).unwrap();
    path
}

#[tokio::test]
async fn the_real_helper_speaks_the_same_language() {
    let Some(program) = reelspan_testing::programs::language_helper() else { return };
    let helper = Helper { program };
    let folder = tempfile::tempdir().unwrap();
    let sentence = [Said::Word("▁Under"), Said::Word("▁the"), Said::Word("▁palm"), Said::End];
    let model = small(folder.path(), &Model::default().says("<|assistant|>", &sentence));
    let mut told = Vec::new();
    let mut pieces = Vec::new();
    let mut on = |event: Event<'_>| match event {
        Event::Loading(share) | Event::Reading(share) => told.push(share),
        Event::Piece(piece) => pieces.push(piece.to_owned()),
    };
    let whole = helper.complete_with(&request(&model), &Cancel::new(), &mut on).await.unwrap();
    assert_eq!((whole.text.expose(), whole.stopped), ("Under the palm", Why::Stop));
    assert_eq!((whole.template, whole.answer_tokens), (Some(Template::Own), 3));
    assert_eq!(pieces, ["Under", " the", " palm"]);
    assert!(told.first() == Some(&0.0) && told.last() == Some(&1.0), "{told:?}");

    let schema = json!({"type": "object", "properties": {"found": {"type": "boolean"}}, "required": ["found"],
                        "additionalProperties": false});
    let strict = Request { schema: Some(schema), max_tokens: 200, ..request(&model) };
    let whole = helper.complete(&strict, &Cancel::new(), &mut |_| {}).await.unwrap();
    let value: Value = serde_json::from_str(whole.text.expose()).unwrap();
    assert!(value["found"].is_boolean(), "{value}");

    let missing = request(folder.path().join("none.gguf"));
    let error = helper.complete(&missing, &Cancel::new(), &mut |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "llm_bad_model");

    let round = [Said::Word("▁a"), Said::Word("▁b"), Said::Word("▁a")];
    let endless = small(folder.path(), &Model::default().context(1 << 16).says("<|assistant|>", &round));
    let asked = Request { max_tokens: 60_000, ..request(&endless) };
    let cancel = Cancel::new();
    let outcome = helper.complete(&asked, &cancel, &mut |_| cancel.cancel()).await;
    assert!(matches!(outcome, Err(Error::Cancelled)), "{outcome:?}");
}
