//! Importing, with a recorded yt-dlp and, where there is one, with the real one.

use std::ffi::OsString;

use reelspan_testing::http_server::{Reply, Server};
use reelspan_testing::programs::yt_dlp;

use super::*;

/// Some day in the autumn of 2026.
struct Day(i64);

impl Clock for Day {
    fn now_ms(&self) -> i64 {
        self.0 * DAY_MS + 12345
    }

    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

fn path() -> OsString {
    "/usr/local/bin:/usr/bin:/bin".into()
}

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

async fn fake() -> YtDlp {
    YtDlp::find(Some(&recorded("yt-dlp")), &path(), &Day(20_752)).await.unwrap()
}

fn wanted(url: &str, folder: &Path) -> Import {
    let limits = Limits::default();
    Import { url: url.into(), folder: folder.into(), cookies: None, limits, reach: Reach::public() }
}

async fn fetch(page: &str) -> Result<Imported, Error> {
    let folder = tempfile::tempdir().unwrap();
    let import = wanted(&format!("https://fake.example/{page}"), folder.path());
    let outcome = fake().await.import(&import, &Cancel::new(), &mut |_| {}).await;
    if outcome.is_err() {
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{page} left something behind");
    }
    outcome
}

#[tokio::test]
async fn a_recording_arrives_with_its_story() {
    let folder = tempfile::tempdir().unwrap();
    let mut events = Vec::new();
    let import = wanted("https://fake.example/good", folder.path());
    let imported = fake().await.import(&import, &Cancel::new(), &mut |event| events.push(event)).await.unwrap();
    assert_eq!(imported.info.title.as_deref(), Some("A talk"));
    let fetching = Progress { bytes: 5, total: Some(10), speed: Some(2.5), eta: Some(2.0) };
    assert!(matches!(&events[0], Event::Found(info) if info.duration == Some(12.5)));
    assert!(events.contains(&Event::Fetching(fetching)) && events.contains(&Event::Finishing));
    let job = imported.file().parent().unwrap().to_owned();
    assert_eq!(fs::metadata(&job).unwrap().permissions().mode() & 0o777, 0o700);
    let target = folder.path().join("talk.mp4");
    imported.keep(&target).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"0123456789");
    assert!(!job.exists());
}

#[tokio::test]
async fn cookies_are_a_private_copy_that_goes_away() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine.txt");
    fs::write(&mine, "mine").unwrap();
    let mut import = wanted("https://fake.example/cookies", folder.path());
    import.cookies = Some(mine.clone());
    let imported = fake().await.import(&import, &Cancel::new(), &mut |_| {}).await.unwrap();
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine", "the user's own file was written to");
    assert!(!imported.file().with_file_name("cookies.txt").exists());

    import.cookies = Some(folder.path().join("none.txt"));
    let missing = fake().await.import(&import, &Cancel::new(), &mut |_| {}).await;
    assert!(matches!(missing, Err(Error::CookiesUnread)));
}

#[tokio::test]
async fn our_environment_stays_ours() {
    fetch("environment").await.unwrap();
}

#[tokio::test]
async fn refusals_say_why() {
    assert!(matches!(fetch("live").await, Err(Error::Live)));
    assert!(matches!(fetch("upcoming").await, Err(Error::NotYet)));
    let long = fetch("long").await.unwrap_err().to_string();
    assert_eq!(long, "the recording is 5.6 hours long; at most 4.0 are allowed");
    let big = fetch("big").await.unwrap_err().to_string();
    assert_eq!(big, "the file is larger than the 8.6 GB that are allowed");
    assert!(matches!(fetch("bot").await, Err(Error::BotWall)));
    let other = fetch("other").await.unwrap_err().to_string();
    assert_eq!(other, "yt-dlp ended (exit status: 7) and left no file");
}

#[tokio::test]
async fn only_a_whole_plain_file_of_the_job_counts() {
    for page in ["liar", "link", "halfway"] {
        assert!(fetch(page).await.is_err(), "{page}");
    }
}

#[tokio::test]
async fn cancel_kills_the_whole_family() {
    let folder = tempfile::tempdir().unwrap();
    let cancel = Cancel::new();
    let mut child = None;
    let import = wanted("https://fake.example/hang", folder.path());
    let mut on = |event| {
        if let Event::Found(Info { id: Some(id), title: None, .. }) = event {
            child = Some(id);
            cancel.cancel();
        }
    };
    let outcome = fake().await.import(&import, &cancel, &mut on).await;
    assert!(matches!(outcome, Err(Error::Cancelled)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let state = PathBuf::from(format!("/proc/{}/stat", child.unwrap()));
    // Gone, or dead and waiting for its new parent.
    while fs::read_to_string(&state).is_ok_and(|state| !state.contains(") Z ")) {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn time_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let mut import = wanted("https://fake.example/hang", folder.path());
    import.limits.time = Duration::from_millis(50);
    let outcome = fake().await.import(&import, &Cancel::new(), &mut |_| {}).await;
    assert!(matches!(outcome, Err(Error::TimedOut { minutes: 1 })));
}

#[tokio::test]
async fn only_web_addresses_are_taken() {
    let long = format!("https://a.example/{}", "x".repeat(5000));
    for url in ["", "talk.mp4", "file:///etc/passwd", "--exec=id", "ftp://a.example/x", "https://", long.as_str()] {
        let folder = tempfile::tempdir().unwrap();
        let outcome = fake().await.import(&wanted(url, folder.path()), &Cancel::new(), &mut |_| {}).await;
        assert!(matches!(outcome, Err(Error::Address)), "{url}");
    }
}

#[tokio::test]
async fn old_and_missing_programs_are_said() {
    assert_eq!(fake().await.warning(), None);
    assert_eq!(fake().await.version(), "2026.10.26");
    let later = YtDlp::find(Some(&recorded("yt-dlp")), &path(), &Day(20_752 + 61)).await.unwrap();
    let warning = later.warning().unwrap();
    assert!(warning.contains("2026.10.26 is 61 days old"), "{warning}");
    let old = YtDlp::find(Some(&recorded("yt-dlp-old")), &path(), &Day(20_752)).await;
    assert!(matches!(old, Err(Error::TooOld { .. })));
    let broken = YtDlp::find(Some(&recorded("yt-dlp-broken")), &path(), &Day(20_752)).await;
    assert!(matches!(broken, Err(Error::NotRunning(_))));
    let nowhere = YtDlp::find(None, OsStr::new("/nonexistent"), &Day(20_752)).await;
    assert!(matches!(nowhere, Err(Error::Missing)));
    let gone = YtDlp::find(Some(Path::new("/nonexistent/yt-dlp")), &path(), &Day(20_752)).await;
    assert!(matches!(gone, Err(Error::Missing)));
    let found = YtDlp::find(None, recorded("").as_os_str(), &Day(20_752)).await.unwrap();
    assert_eq!(found.program, recorded("yt-dlp"));
}

#[test]
fn versions_name_days() {
    assert_eq!(released("1970.01.01"), None);
    assert_eq!(released("2000.03.01"), Some(11_017));
    assert_eq!(released("2024.02.29"), Some(19_782));
    assert_eq!(released("2026.10.26.232815"), Some(20_752));
    assert_eq!(released("yt-dlp"), None);
}

/// Fetches a file of a loopback site with the real program.
async fn really(page: &str, site: &Server) -> Option<Result<Vec<u8>, Error>> {
    let program = yt_dlp()?;
    let folder = tempfile::tempdir().unwrap();
    let found = YtDlp::find(Some(&program), &path(), &Day(20_752)).await.unwrap();
    let mut import = wanted(&site.url(page), folder.path());
    import.reach = Reach::public_and([site.address()]);
    import.limits.bytes = 100_000;
    let outcome = found.import(&import, &Cancel::new(), &mut |_| {}).await;
    Some(outcome.map(|imported| fs::read(imported.file()).unwrap()))
}

#[tokio::test]
async fn the_real_program_fetches_through_the_guard() {
    let film: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).take(60_000).collect();
    let secret = Server::start(|_| Reply::new(200, "secret").header("content-type", "video/mp4")).unwrap();
    let inward = secret.url("/x.mp4");
    let sent = film.clone();
    let site = Server::start(move |request| match request.path.as_str() {
        "/x.mp4" => Reply::file(request, &sent, "\"1\"").header("content-type", "video/mp4"),
        "/big.mp4" => Reply::file(request, &sent.repeat(2), "\"2\"").header("content-type", "video/mp4"),
        "/inward.mp4" => Reply::new(302, "").header("location", inward.clone()),
        "/live.m3u8" => Reply::new(200, "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\ns1.ts\n")
            .header("content-type", "application/vnd.apple.mpegurl"),
        _ => Reply::new(404, ""),
    })
    .unwrap();
    let really = |page| really(page, &site);
    let (fetched, big, gone, live, page, inward) = tokio::join!(
        really("/x.mp4"),
        really("/big.mp4"),
        really("/gone.mp4"),
        really("/live.m3u8"),
        really("/page"),
        really("/inward.mp4"),
    );
    let (Some(fetched), Some(big), Some(gone)) = (fetched, big, gone) else { return };
    let (Some(live), Some(page), Some(inward)) = (live, page, inward) else { return };
    assert!(fetched.unwrap() == film);
    assert!(matches!(big, Err(Error::TooBig { most: 100_000 })), "{big:?}");
    assert!(matches!(gone, Err(Error::Gone)), "{gone:?}");
    assert!(matches!(live, Err(Error::Live)), "{live:?}");
    assert!(matches!(page, Err(Error::Unsupported)), "{page:?}");
    assert!(matches!(inward, Err(Error::PrivateAddress)), "{inward:?}");
    assert!(secret.seen().is_empty(), "the redirect to this machine was followed");
}
