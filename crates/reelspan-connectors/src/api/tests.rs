//! What must hold of every request to a service.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use reelspan_testing::http_server::{Reply, Request, Server};

use super::*;

/// Waits for nothing and remembers how long it should have.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<u64>>>);

impl Waits {
    fn milliseconds(&self) -> Vec<u64> {
        self.0.lock().unwrap().clone()
    }
}

impl Wait for Waits {
    fn wait(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.lock().unwrap().push(time.as_millis() as u64);
        Box::pin(async {})
    }
}

fn service(server: &Server, waits: &Waits) -> Service {
    Service::new(&server.url(""), Some(Key::new("sk-secret")), &http::Settings::default()).unwrap().wait(waits.clone())
}

async fn post(service: &Service) -> Result<Vec<u8>, Error> {
    let fill = |request: RequestBuilder| -> Filled<'_> { Box::pin(async { Ok(request.body("hello")) }) };
    service.post("things", 1000, &Cancel::new(), &fill).await
}

/// Answers with these in turn, the last one for ever.
fn in_turn(replies: Vec<Reply>) -> Server {
    let next = AtomicUsize::new(0);
    Server::start(move |_: &Request| replies[next.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1)].clone())
        .unwrap()
}

#[test]
fn addresses_may_or_may_not_end_in_v1() {
    for (given, base) in [
        ("http://127.0.0.1:1234", "http://127.0.0.1:1234/v1/"),
        ("http://127.0.0.1:1234/v1", "http://127.0.0.1:1234/v1/"),
        ("http://127.0.0.1:1234/v1/", "http://127.0.0.1:1234/v1/"),
        ("https://host/openai", "https://host/openai/v1/"),
        (" https://host/openai/v1?x=1#y ", "https://host/openai/v1/"),
    ] {
        assert_eq!(address(given).unwrap().as_str(), base);
    }
    for wrong in ["", "host:1234/v1", "ftp://host/", "file:///etc/passwd", "/v1"] {
        assert!(matches!(address(wrong), Err(Error::Address(_))), "{wrong}");
    }
}

#[tokio::test]
async fn a_good_answer_comes_back_whole_and_the_key_is_sent() {
    let server = in_turn(vec![Reply::new(200, "fine")]);
    let waits = Waits::default();
    assert_eq!(post(&service(&server, &waits)).await.unwrap(), b"fine");
    let seen = &server.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/things"));
    assert_eq!(seen.header("authorization"), Some("Bearer sk-secret"));
    assert_eq!(seen.body, b"hello");
    assert!(waits.milliseconds().is_empty());
}

#[tokio::test]
async fn busy_and_failing_services_are_tried_again() {
    let server = in_turn(vec![
        Reply::new(503, ""),
        Reply::new(429, "").header("retry-after", "7"),
        Reply::new(200, "abc").cut_after(1),
        Reply::new(200, "fine"),
    ]);
    let waits = Waits::default();
    assert_eq!(post(&service(&server, &waits)).await.unwrap(), b"fine");
    assert_eq!(waits.milliseconds(), [1000, 7000, 4000]);
    assert!(server.seen().iter().all(|request| request.body == b"hello"), "every try sends the whole body");
}

#[tokio::test]
async fn tries_are_bounded() {
    let server = in_turn(vec![Reply::new(500, "")]);
    let waits = Waits::default();
    let error = post(&service(&server, &waits)).await.unwrap_err();
    assert!(matches!(error, Error::Failing { status: 500, .. }));
    assert_eq!(waits.milliseconds(), [1000, 2000, 4000, 8000]);
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn a_wait_longer_than_anyone_would_is_an_error() {
    let server = in_turn(vec![Reply::new(429, "").header("retry-after", "3600")]);
    let error = post(&service(&server, &Waits::default())).await.unwrap_err();
    assert!(error.to_string().ends_with("it asks to wait 3600 s"), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn refusals_are_told_apart_and_not_repeated() {
    let quoting = r#"{"error":{"message":"you said: the secret sentence","code":"bad_language"}}"#;
    for (status, body, says) in [
        (401, "", "refused the API key (401)"),
        (403, "", "refused the API key (403)"),
        (404, "", "has no things"),
        (413, "", "too large"),
        (400, quoting, "refused the request (400, bad_language)"),
        (422, "no json", "refused the request (422)"),
        (302, "", "redirects"),
    ] {
        let server = in_turn(vec![Reply::new(status, body)]);
        let error = post(&service(&server, &Waits::default())).await.unwrap_err().to_string();
        assert!(error.contains(says), "{status}: {error}");
        assert!(!error.contains("secret"), "content or key in an error: {error}");
        assert_eq!(server.seen().len(), 1, "{status} was tried again");
    }
}

#[tokio::test]
async fn an_unreachable_service_is_named() {
    // Nobody listens on the first port.
    let waits = Waits::default();
    let service = Service::new("http://127.0.0.1:1", None, &http::Settings::default()).unwrap().wait(waits.clone());
    let error = post(&service).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(waits.milliseconds().len(), 4);
}

#[tokio::test]
async fn a_silent_service_times_out() {
    let server = in_turn(vec![Reply::new(200, "").stalled()]);
    let service = service(&server, &Waits::default()).time_limit(Duration::from_millis(50));
    let error = post(&service).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert_eq!(server.seen().len(), 1, "an hour-long request is not repeated by itself");
}

#[tokio::test]
async fn cancel_ends_a_silent_request() {
    let server = in_turn(vec![Reply::new(200, "").stalled()]);
    let service = service(&server, &Waits::default());
    let cancel = Cancel::new();
    let fill = |request: RequestBuilder| -> Filled<'_> { Box::pin(async { Ok(request) }) };
    let (outcome, ()) = tokio::join!(service.post("things", 10, &cancel, &fill), async {
        while server.seen().is_empty() {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    });
    assert!(matches!(outcome, Err(Error::Cancelled)));
}

#[tokio::test]
async fn endless_answers_are_cut_off() {
    let mut lengthless = Reply::new(200, vec![b'x'; 5000]);
    lengthless.lengthless = true;
    for reply in [Reply::new(200, vec![b'x'; 1001]), lengthless] {
        let server = in_turn(vec![reply]);
        let error = post(&service(&server, &Waits::default())).await.unwrap_err();
        assert!(matches!(error, Error::TooLong { limit: 1000, .. }), "{error}");
    }
}

#[test]
fn keys_are_not_printed() {
    assert_eq!(format!("{:?}", Key::new("sk-secret")), "Key(***)");
    let service = Service::new("https://h/v1", Some(Key::new("sk-secret")), &http::Settings::default()).unwrap();
    assert_eq!(format!("{service:?}"), "Service(https://h)");
}
