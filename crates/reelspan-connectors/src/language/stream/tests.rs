//! What must hold of answers that arrive piece by piece, from endpoints as they are.

use reelspan_testing::http_server::{Reply, Server};

use super::*;
use crate::http::Settings;

fn served(reply: Reply) -> (Server, Service) {
    let server = Server::start(move |_| reply.clone()).unwrap();
    let service = Service::new(&server.url("/v1"), None, &Settings::default()).unwrap();
    let service = service.retries(crate::api::Retries { most: 0, ..Default::default() });
    (server, service)
}

fn body() -> Value {
    json!({"model": "local", "messages": [{"role": "user", "content": "where is the treasure"}]})
}

async fn hear(reply: Reply) -> (Result<String, Error>, Vec<String>) {
    let (_server, service) = served(reply);
    let mut pieces = Vec::new();
    let outcome = stream(&service, &body(), &Cancel::new(), &mut |piece| pieces.push(piece.to_owned())).await;
    (outcome, pieces)
}

fn event(fields: &Value) -> String {
    format!("data: {fields}\n\n")
}

fn said(text: &str) -> String {
    event(&json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}))
}

fn end() -> String {
    event(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})) + "data: [DONE]\n\n"
}

#[tokio::test]
async fn pieces_are_told_as_they_come_and_the_whole_is_given() {
    let role = event(&json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}));
    let text = role + &said("Under the ") + &said("grüne 😀 ") + &said("palm.") + &end();
    for chunk in [1, 7, 100, 100_000] {
        let (whole, pieces) = hear(Reply::new(200, text.clone()).chunked(chunk)).await;
        assert_eq!(whole.unwrap(), "Under the grüne 😀 palm.");
        assert_eq!(pieces, ["Under the ", "grüne 😀 ", "palm."]);
    }
}

#[tokio::test]
async fn the_request_asks_to_stream() {
    let (server, service) = served(Reply::new(200, said("x") + &end()));
    stream(&service, &body(), &Cancel::new(), &mut |_| {}).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/v1/chat/completions");
    let sent: Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!((&sent["stream"], &sent["messages"]), (&json!(true), &body()["messages"]));
}

/// LM Studio, Ollama and llama-server each in their own words.
#[tokio::test]
async fn quirks_of_known_servers_are_understood() {
    let ollama = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":\
                  {\"role\":\"assistant\",\"content\":\"Yes\"},\"finish_reason\":null}]}\n\n\
                  data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":\"stop\"}]}\n\n\
                  data: [DONE]\n\n";
    let thinking = event(&json!({"choices": [{"delta": {"reasoning_content": "hm"}}]}))
        + &event(&json!({"choices": [{"delta": {"reasoning": "hm", "content": ""}}]}))
        + &said("Yes")
        + &end();
    let counted = said("Yes")
        + &event(&json!({"choices": [{"delta": {"content": null}, "finish_reason": "length"}]}))
        + &event(&json!({"choices": [], "usage": {"total_tokens": 9}}))
        + "data: [DONE]\n\n";
    let timings = said("Yes")
        + &event(
            &json!({"choices": [{"delta": {}, "finish_reason": "stop"}], "timings": {"prompt_n": 1}, "error": null}),
        );
    let repeated =
        said("Yes") + &event(&json!({"choices": [{"message": {"content": "Yes"}, "finish_reason": "stop"}]}));
    let comments = ": ping\r\n\r\nevent: message\r\n".to_owned() + &(said("Yes") + &end()).replace('\n', "\r\n");
    let aloud = said("<thi") + &said("nk>hm</think>\n\n") + &said("Yes") + &end();
    for text in [ollama.to_owned(), thinking, counted, timings, repeated, comments, aloud] {
        let (whole, pieces) = hear(Reply::new(200, text.clone()).header("content-type", "text/event-stream")).await;
        assert_eq!((whole.unwrap().as_str(), pieces), ("Yes", vec!["Yes".to_owned()]), "{text}");
    }
}

#[tokio::test]
async fn an_endpoint_that_does_not_stream_answers_all_the_same() {
    let one = json!({"choices": [{"message": {"role": "assistant", "content": "<think>hm</think>Yes"}, "finish_reason": "stop"}]});
    let lines = "{\"choices\":[{\"delta\":{\"content\":\"Y\"}}]}\n{\"choices\":[{\"delta\":{\"content\":\"es\"},\"finish_reason\":\"stop\"}]}\n";
    let pretty = serde_json::to_string_pretty(&one).unwrap();
    for text in [one.to_string(), format!("\n {pretty}\n"), lines.to_owned()] {
        let (whole, pieces) = hear(Reply::new(200, text).chunked(3)).await;
        assert_eq!((whole.unwrap().as_str(), pieces.concat().as_str()), ("Yes", "Yes"));
    }
}

#[tokio::test]
async fn an_error_in_the_middle_ends_the_answer() {
    let stops = |error: Value| said("Half an") + &event(&json!({"error": error})) + &end();
    let (outcome, pieces) = hear(Reply::new(200, stops(json!({"code": "ctx_full", "message": "treasure"})))).await;
    let error = outcome.unwrap_err();
    assert_eq!(pieces, ["Half an"]);
    assert!(error.to_string().contains("(ctx_full)") && !error.to_string().contains("treasure"), "{error}");
    let (outcome, _) = hear(Reply::new(200, stops(json!("treasure")))).await;
    assert!(matches!(outcome, Err(Error::Stopped { code: None, .. })));
    // The same as one JSON, with a good status.
    let (outcome, _) = hear(Reply::new(200, r#"{"error":{"message":"model not loaded","type":"not_loaded"}}"#)).await;
    assert!(matches!(outcome, Err(Error::Stopped { code: Some(code), .. }) if code == "not_loaded"));
}

#[tokio::test]
async fn half_an_answer_is_not_taken_for_a_whole_one() {
    let text = said("Half an answer");
    for reply in [
        Reply::new(200, text.clone()).chunked(10),
        Reply { lengthless: true, ..Reply::new(200, text.clone()) },
        Reply::new(200, text.clone() + &end()).cut_after(text.len()),
        Reply::new(200, text.clone() + &end()).chunked(10).cut_after(text.len()),
    ] {
        let (outcome, pieces) = hear(reply).await;
        assert!(matches!(outcome, Err(Error::Broken { .. })), "{outcome:?}");
        assert_eq!(pieces, ["Half an answer"]);
    }
}

#[tokio::test]
async fn what_is_no_answer_is_said() {
    for text in ["", "{}", "{\"choices\":[]}", "data: nonsense\n\n", "{\"choices\":[{\"message\":{\"content\":null}}]}"]
    {
        let (outcome, _) = hear(Reply::new(200, text)).await;
        assert!(matches!(outcome, Err(Error::NotJson { .. } | Error::Broken { .. })), "{text} {outcome:?}");
    }
    let (outcome, _) = hear(Reply::new(404, "{}")).await;
    assert!(matches!(outcome, Err(Error::NotFound { .. })));
    let (outcome, _) = hear(Reply::new(302, "").header("location", "http://example.com/")).await;
    assert!(matches!(outcome, Err(Error::Redirected { .. })));
}

#[tokio::test]
async fn endless_answers_are_cut() {
    let line = said(&"x".repeat(900_000));
    let (outcome, pieces) = hear(Reply::new(200, line.repeat(6) + &end())).await;
    assert!(matches!(outcome, Err(Error::TooLong { .. })), "{outcome:?}");
    assert!(pieces.concat().len() <= LONGEST_ANSWER);
    let (outcome, _) = hear(Reply::new(200, format!("data: {}", "x".repeat(2_000_000)))).await;
    assert!(matches!(outcome, Err(Error::TooLong { .. })), "{outcome:?}");
}

#[tokio::test]
async fn silence_has_a_limit_before_and_within_an_answer() {
    let soon = Duration::from_millis(60);
    let (_server, service) = served(Reply::new(200, "").stalled());
    let service = service.time_limit(soon).silence_limit(Duration::from_secs(60));
    let outcome = stream(&service, &body(), &Cancel::new(), &mut |_| {}).await;
    assert!(matches!(outcome, Err(Error::TimedOut { .. })), "{outcome:?}");

    let text = said("Half") + ": ping\n\n";
    let (_server, service) = served(Reply::new(200, text).chunked(1000).stalled().cut_after(usize::MAX));
    let service = service.silence_limit(soon);
    let mut pieces = Vec::new();
    let outcome = stream(&service, &body(), &Cancel::new(), &mut |piece| pieces.push(piece.to_owned())).await;
    assert!(matches!(outcome, Err(Error::Silent { .. })), "{outcome:?}");
    assert_eq!(pieces, ["Half"]);
}

/// For a busy machine; the flag is looked at every twentieth of a second.
const SOON: Duration = Duration::from_secs(2);

/// The server has fallen silent: without a cancel this would last as long as the limits.
#[tokio::test]
async fn a_cancel_ends_it_before_and_within_an_answer() {
    let (_server, service) = served(Reply::new(200, said("Half")).chunked(1000).stalled().cut_after(usize::MAX));
    let cancel = Cancel::new();
    let (body, mut on) = (body(), |_: &str| cancel.cancel());
    let heard = stream(&service, &body, &cancel, &mut on);
    let outcome = tokio::time::timeout(SOON, heard).await.unwrap();
    assert!(matches!(outcome, Err(Error::Cancelled)), "{outcome:?}");

    let (server, service) = served(Reply::new(200, "").stalled());
    let cancel = Cancel::new();
    let asked = async {
        while server.seen().is_empty() {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let nothing = &mut |_: &str| {};
    let heard = tokio::time::timeout(SOON, stream(&service, &body, &cancel, nothing));
    let (outcome, ()) = tokio::join!(heard, asked);
    assert!(matches!(outcome.unwrap(), Err(Error::Cancelled)));
}
