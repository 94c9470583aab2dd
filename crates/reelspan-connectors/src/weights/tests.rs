//! Fetching weights from servers good and bad.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use reelspan_testing::http_server::{Reply, Request, Server};
use tempfile::TempDir;

use super::*;

struct NoWait;

impl Wait for NoWait {
    fn wait(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
}

/// Three mebibytes of something.
fn model() -> Vec<u8> {
    (0..3 * 256 * 1024_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Case {
    folder: TempDir,
    server: Server,
    weights: Weights,
}

impl Case {
    /// `reply` gets the number of the request, from 0.
    fn new(reply: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let count = AtomicUsize::new(0);
        let server = Server::start(move |request| reply(count.fetch_add(1, Ordering::SeqCst), request)).unwrap();
        let (url, bytes, sha256) = (server.url("/tiny.bin"), model().len() as u64, sha256(&model()));
        let weights = Weights { name: "tiny".into(), url, bytes: Some(bytes), sha256: Some(sha256) };
        Self { folder: tempfile::tempdir().unwrap(), server, weights }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("tiny.bin")
    }

    fn part(&self) -> PathBuf {
        self.folder.path().join("tiny.bin.part")
    }

    async fn fetch(&self) -> Result<Fetched, Error> {
        self.fetch_with(&Cancel::new(), &mut |_| {}).await
    }

    async fn fetch_with(&self, cancel: &Cancel, on: &mut (dyn FnMut(Progress) + Send)) -> Result<Fetched, Error> {
        let downloader = Downloader::new(&http::Settings::default()).unwrap().wait(NoWait);
        downloader.fetch(&self.weights, &self.target(), cancel, on).await
    }

    #[track_caller]
    fn has_the_model_only(&self) {
        assert!(fs::read(self.target()).unwrap() == model(), "the file differs");
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 1, "something was left behind");
    }

    #[track_caller]
    fn has_nothing(&self) {
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 0, "something was left behind");
    }

    /// Where each request began.
    fn starts(&self) -> Vec<Option<usize>> {
        self.server.seen().iter().map(Request::range_start).collect()
    }
}

const ETAG_ONE: &str = "\"one\"";

#[tokio::test]
async fn arrives_whole_with_progress() {
    let case = Case::new(|_, request| Reply::file(request, &model(), ETAG_ONE));
    let mut seen = Vec::new();
    let fetched = case.fetch_with(&Cancel::new(), &mut |progress| seen.push(progress)).await.unwrap();
    let total = model().len() as u64;
    assert_eq!(fetched, Fetched { bytes: total, sha256: sha256(&model()) });
    assert_eq!(seen.first().unwrap().bytes, 0);
    assert_eq!(*seen.last().unwrap(), Progress { bytes: total, total: Some(total) });
    assert!(seen.is_sorted_by_key(|progress| progress.bytes));
    case.has_the_model_only();
}

#[tokio::test]
async fn goes_on_where_it_broke_off() {
    let cut = 1_500_000;
    let case = Case::new(move |count, request| {
        let reply = Reply::file(request, &model(), ETAG_ONE);
        if count == 0 { reply.cut_after(cut) } else { reply }
    });
    case.fetch().await.unwrap();
    assert_eq!(case.starts(), [None, Some(cut)]);
    assert_eq!(case.server.seen()[1].header("if-range"), Some(ETAG_ONE));
    case.has_the_model_only();
}

#[tokio::test]
async fn a_later_run_goes_on_too() {
    let case = Case::new(|count, request| match count {
        0 => Reply::file(request, &model(), ETAG_ONE).cut_after(2_000_000).stalled(),
        _ => Reply::file(request, &model(), ETAG_ONE),
    });
    let cancel = Cancel::new();
    let mut on = |progress: Progress| {
        if progress.bytes == 2_000_000 {
            cancel.cancel();
        }
    };
    let stopped = case.fetch_with(&cancel, &mut on).await;
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert!(!case.target().exists());
    assert_eq!(fs::metadata(case.part()).unwrap().len(), 2_000_000);
    case.fetch().await.unwrap();
    assert_eq!(case.starts(), [None, Some(2_000_000)]);
    case.has_the_model_only();
}

#[tokio::test]
async fn starts_over_where_the_file_has_changed() {
    let case = Case::new(|count, request| match count {
        0 => Reply::file(request, &vec![7; model().len()], "\"old\"").cut_after(100_000),
        _ => Reply::file(request, &model(), ETAG_ONE),
    });
    case.fetch().await.unwrap();
    case.has_the_model_only();
}

#[tokio::test]
async fn starts_over_where_ranges_are_ignored() {
    let case = Case::new(|count, _| match count {
        0 => Reply::new(200, model()).cut_after(1_000_000),
        _ => Reply::new(200, model()),
    });
    case.fetch().await.unwrap();
    assert_eq!(case.starts(), [None, Some(1_000_000)]);
    case.has_the_model_only();
}

#[tokio::test]
async fn starts_over_where_another_range_is_sent() {
    let case = Case::new(|count, request| match count {
        0 => Reply::file(request, &model(), ETAG_ONE).cut_after(1_000_000),
        1 => Reply::new(206, &model()[5..])
            .header("content-range", format!("bytes 5-{}/{}", model().len() - 1, model().len())),
        _ => Reply::file(request, &model(), ETAG_ONE),
    });
    case.fetch().await.unwrap();
    assert_eq!(case.starts(), [None, Some(1_000_000), None]);
    case.has_the_model_only();
}

#[tokio::test]
async fn a_part_that_does_not_fit_is_fetched_once_more_before_blame() {
    // No mark of the server: only the checksum shows that the halves are of two files.
    let case = Case::new(|count, request| {
        let whole = if count == 0 { vec![7; model().len()] } else { model() };
        let mut reply = Reply::file(request, &whole, "");
        reply.headers.retain(|(name, _)| name != "etag");
        if count == 0 { reply.cut_after(1000) } else { reply }
    });
    case.fetch().await.unwrap();
    assert_eq!(case.starts(), [None, Some(1000), None]);
    case.has_the_model_only();
}

#[tokio::test]
async fn a_wrong_checksum_removes_the_file() {
    let case = Case::new(|_, request| Reply::file(request, &vec![7; model().len()], ETAG_ONE));
    let error = case.fetch().await.unwrap_err();
    let Error::Checksum { expected, found, .. } = &error else { panic!("{error}") };
    assert_eq!(*expected, sha256(&model()));
    assert_eq!(*found, sha256(&vec![7; model().len()]));
    assert_eq!(case.server.seen().len(), 1);
    case.has_nothing();
}

#[tokio::test]
async fn servers_that_lie_about_the_length_are_caught() {
    let short = Case::new(|_, _| Reply::new(200, &model()[..1000]));
    assert!(matches!(short.fetch().await, Err(Error::Size { found: 1000, .. })));
    short.has_nothing();

    // It says more than it sends, each time.
    let less = Case::new(|_, request| {
        let mut reply = Reply::file(request, &model(), ETAG_ONE);
        reply.claimed_length = Some(reply.body.len());
        reply.body.truncate(100);
        reply
    });
    assert!(matches!(less.fetch().await, Err(Error::Broken { tries: 5, .. })));
    assert!(!less.target().exists());

    // It says nothing and does not stop.
    let more = Case::new(|_, _| {
        let mut reply = Reply::new(200, model().repeat(2));
        reply.lengthless = true;
        reply
    });
    assert!(matches!(more.fetch().await, Err(Error::Size { .. })));
    more.has_nothing();
}

#[tokio::test]
async fn a_server_that_recovers_is_asked_again() {
    let case = Case::new(|count, request| match count {
        0 => Reply::new(500, ""),
        1 => Reply::new(429, ""),
        2 => Reply::new(503, ""),
        _ => Reply::file(request, &model(), ETAG_ONE),
    });
    case.fetch().await.unwrap();
    case.has_the_model_only();
}

#[tokio::test]
async fn refusals_are_final() {
    for status in [401, 403, 404, 410] {
        let case = Case::new(move |_, _| Reply::new(status, ""));
        let error = case.fetch().await.unwrap_err();
        assert!(matches!(error, Error::Refused { status: said, .. } if said == status), "{error}");
        assert_eq!(case.server.seen().len(), 1);
        case.has_nothing();
    }
}

#[tokio::test]
async fn redirects_are_followed() {
    let case = Case::new(|_, request| match request.path.as_str() {
        "/tiny.bin" => Reply::new(302, "").header("location", "/store/abc"),
        _ => Reply::file(request, &model(), ETAG_ONE),
    });
    case.fetch().await.unwrap();
    case.has_the_model_only();
}

#[tokio::test]
async fn a_full_disk_is_said_before_anything_is_asked() {
    let mut case = Case::new(|_, request| Reply::file(request, &model(), ETAG_ONE));
    case.weights.bytes = Some(u64::MAX / 2);
    let error = case.fetch().await.unwrap_err();
    assert!(matches!(error, Error::NoSpace { .. }), "{error}");
    assert!(case.server.seen().is_empty());
    case.has_nothing();
}

#[tokio::test]
async fn two_runs_do_not_write_one_file() {
    let case = Case::new(|_, request| Reply::file(request, &model(), ETAG_ONE));
    let held = Part::open(&case.weights, &case.target()).unwrap();
    assert!(matches!(case.fetch().await, Err(Error::Busy(_))));
    drop(held);
    case.fetch().await.unwrap();
    case.has_the_model_only();
}

#[tokio::test]
async fn without_a_checksum_the_found_one_is_told() {
    let mut case = Case::new(|_, request| Reply::file(request, &model(), ETAG_ONE));
    (case.weights.bytes, case.weights.sha256) = (None, None);
    assert_eq!(case.fetch().await.unwrap().sha256, sha256(&model()));
    case.has_the_model_only();
    case_of_a_file_address(case).await;
}

async fn case_of_a_file_address(mut case: Case) {
    case.weights.url = "file:///etc/passwd".into();
    assert!(matches!(case.fetch().await, Err(Error::Address(_))));
}
