//! What is fetched, and what never is.

use reelspan_testing::http_server::{Reply, Request, Server};

use super::*;

struct Try {
    folder: tempfile::TempDir,
    limits: Limits,
}

impl Try {
    fn new() -> Self {
        let quick = Duration::from_millis(400);
        let limits = Limits { most_bytes: 1000, idle: quick, ..Limits::default() };
        Self { folder: tempfile::tempdir().unwrap(), limits }
    }

    /// The file's bytes as well; a failed fetch must leave none.
    async fn fetch(&self, server: &Server, path: &str) -> Result<(Fetched, Vec<u8>), Error> {
        self.fetch_from(&server.url(path), &Reach::public_and([server.address()])).await
    }

    async fn fetch_from(&self, address: &str, reach: &Reach) -> Result<(Fetched, Vec<u8>), Error> {
        let file = self.folder.path().join("fetched");
        let fetched = download(address, &file, &self.limits, reach, &Cancel::new()).await;
        assert_eq!(fetched.is_ok(), file.exists(), "a failed fetch leaves nothing, a good one its file");
        fetched.map(|fetched| (fetched, std::fs::read(&file).unwrap()))
    }
}

fn serving(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(answer).unwrap()
}

#[tokio::test]
async fn a_file_is_fetched_with_its_name_and_nothing_is_sent_along() {
    let server = serving(|_| Reply::new(200, "bytes").header("content-type", "video/mp4").header("set-cookie", "a=b"));
    let (fetched, bytes) = Try::new().fetch(&server, "/films/talk.mp4?token=secret").await.unwrap();
    assert_eq!(bytes, b"bytes");
    assert_eq!((fetched.bytes, fetched.file_name.as_deref()), (5, Some("talk.mp4")));
    assert_eq!(fetched.content_type.as_deref(), Some("video/mp4"));
    let seen = &server.seen()[0];
    for header in ["cookie", "referer", "authorization"] {
        assert_eq!(seen.header(header), None);
    }
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    let server =
        serving(|_| Reply::new(200, "x").header("content-disposition", "attachment; filename=\"../a b.mov\"; x=y"));
    assert_eq!(Try::new().fetch(&server, "/").await.unwrap().0.file_name.as_deref(), Some("a b.mov"));
}

#[tokio::test]
async fn addresses_here_and_nearby_are_refused_in_every_dress() {
    let one = Try::new();
    let port = serving(|_| Reply::new(200, "secret"));
    let number = port.address().port();
    for address in [
        format!("http://127.0.0.1:{number}/"),
        format!("http://localhost:{number}/"),
        format!("http://[::1]:{number}/"),
        format!("http://[::ffff:127.0.0.1]:{number}/"),
        format!("http://2130706433:{number}/"),
        format!("http://0x7f.1:{number}/"),
        "http://10.0.0.1/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "https://192.168.1.1/".to_owned(),
        "http://8.8.8.8:22/".to_owned(),
    ] {
        assert_eq!(one.fetch_from(&address, &Reach::public()).await.err(), Some(Error::Private), "{address}");
    }
    assert!(port.seen().is_empty());
    for address in ["file:///etc/passwd", "ftp://example.com/a", "gopher://x", "http://", "talk.mp4", "data:,x", ""] {
        assert_eq!(one.fetch_from(address, &Reach::public()).await.err(), Some(Error::Address), "{address}");
    }
    let nowhere = one.fetch_from("http://nowhere.invalid/", &Reach::public()).await;
    assert_eq!(nowhere.err(), Some(Error::Name));
}

#[tokio::test]
async fn a_redirect_is_judged_like_the_first_address() {
    let secret = serving(|_| Reply::new(200, "secret"));
    let to = secret.url("/");
    let server = serving(move |request| match request.path.as_str() {
        "/private" => Reply::new(302, "").header("location", to.clone()),
        "/file" => Reply::new(302, "").header("location", "file:///etc/passwd"),
        "/nowhere" => Reply::new(301, ""),
        "/round" => Reply::new(307, "").header("location", "/round"),
        "/end" => Reply::new(200, "arrived"),
        path => {
            let left: usize = path.trim_start_matches('/').parse().unwrap_or(0);
            let next = if left == 0 { "/end".to_owned() } else { format!("/{}", left - 1) };
            Reply::new(303, "").header("location", next)
        }
    });
    let one = Try::new();
    assert_eq!(one.fetch(&server, "/private").await.err(), Some(Error::Private));
    assert!(secret.seen().is_empty());
    for path in ["/file", "/nowhere", "/round", "/5"] {
        assert_eq!(one.fetch(&server, path).await.err(), Some(Error::Redirects), "{path}");
    }
    assert_eq!(one.fetch(&server, "/4").await.unwrap().1, b"arrived");
}

#[tokio::test]
async fn size_and_time_are_bounded_whatever_the_site_claims() {
    let server = serving(|request| {
        let body = vec![b'x'; 5000];
        match request.path.as_str() {
            "/said" => Reply::new(200, body),
            "/unsaid" => Reply { lengthless: true, ..Reply::new(200, body) },
            "/chunks" => Reply::new(200, body).chunked(100),
            "/exact" => Reply::new(200, vec![b'x'; 1000]),
            "/cut" => Reply::new(200, vec![b'x'; 900]).cut_after(300),
            "/silent" => Reply::new(200, vec![b'x'; 900]).cut_after(300).stalled(),
            "/mute" => Reply::new(200, "").stalled(),
            "/empty" => Reply::new(200, ""),
            "/partial" => Reply::new(206, "x"),
            _ => Reply::new(404, "no"),
        }
    });
    let mut one = Try::new();
    one.limits.connect = Duration::from_millis(300);
    for path in ["/said", "/unsaid", "/chunks"] {
        assert_eq!(one.fetch(&server, path).await.err(), Some(Error::TooLarge(1000)), "{path}");
    }
    assert_eq!(one.fetch(&server, "/exact").await.unwrap().0.bytes, 1000);
    assert_eq!(one.fetch(&server, "/cut").await.err(), Some(Error::BrokenOff));
    assert_eq!(one.fetch(&server, "/silent").await.err(), Some(Error::TooSlow));
    assert_eq!(one.fetch(&server, "/mute").await.err(), Some(Error::TooSlow));
    assert_eq!(one.fetch(&server, "/empty").await.err(), Some(Error::Empty));
    assert_eq!(one.fetch(&server, "/partial").await.err(), Some(Error::Status(206)));
    assert_eq!(one.fetch(&server, "/gone").await.err(), Some(Error::Status(404)));
}

#[tokio::test]
async fn a_site_that_drips_does_not_hold_us_longer_than_allowed() {
    let server = serving(|_| Reply::new(200, "x").stalled());
    let mut one = Try::new();
    (one.limits.total, one.limits.idle) = (Duration::from_millis(300), Duration::from_secs(60));
    assert_eq!(one.fetch(&server, "/").await.err(), Some(Error::TooSlow));
}

#[tokio::test]
async fn a_cancel_ends_it_and_leaves_nothing() {
    let server = serving(|_| Reply::new(200, vec![b'x'; 900]).cut_after(300).stalled());
    let folder = tempfile::tempdir().unwrap();
    let (file, cancel) = (folder.path().join("f"), Cancel::new());
    let reach = Reach::public_and([server.address()]);
    let address = server.url("/");
    let limits = Limits::default();
    let fetching = download(&address, &file, &limits, &reach, &cancel);
    let cancelling = async {
        while server.seen().is_empty() {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(fetching, cancelling);
    assert_eq!(ended.err(), Some(Error::Cancelled));
    assert!(!file.exists());
}

#[test]
fn errors_say_nothing_of_the_address() {
    let all = [Error::Address, Error::Private, Error::Name, Error::Status(500), Error::TooLarge(5), Error::Redirects];
    assert!(all.iter().all(|error| !error.to_string().contains("example")));
    assert!(Error::Status(503).passes() && !Error::Status(404).passes() && !Error::Private.passes());
}
