//! What blobs promise, on a disk, in memory and in S3 alike; and what happens when the disk is full or S3 is not well.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use reelspan_store::{BlobError, Blobs, Database, NewUpload, Reading, S3};
use reelspan_testing::http_server::{Reply, Server};
use reelspan_testing::{Fault, FaultyWay, S3Server};

const FAR: i64 = i64::MAX;

/// Bytes that are nowhere the same, in chunks of this length.
fn made(bytes: usize, chunk: usize) -> (Vec<u8>, impl Stream<Item = io::Result<Bytes>> + Send + Unpin) {
    let all: Vec<u8> = (0..bytes).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let chunks: Vec<_> = all.chunks(chunk.max(1)).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    (all, stream::iter(chunks))
}

async fn read(reading: Reading) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut stream = reading.stream;
    while let Some(chunk) = stream.next().await {
        all.extend_from_slice(&chunk?);
    }
    Ok(all)
}

async fn all_of(blobs: &Blobs, key: &str) -> Vec<u8> {
    read(blobs.get(key, None).await.unwrap()).await.unwrap()
}

async fn is_missing(blobs: &Blobs, key: &str) -> bool {
    matches!(blobs.get(key, None).await, Err(BlobError::Missing))
        && matches!(blobs.size(key).await, Err(BlobError::Missing))
}

async fn what_is_put_comes_out(blobs: Blobs) {
    for (bytes, chunk) in
        [(1, 1), (70_000, 7), (1 << 20, 4096), ((1 << 20) + 1, 1 << 20), (9 << 20, 65_000), (20 << 20, 1 << 20)]
    {
        let (all, body) = made(bytes, chunk);
        assert_eq!(blobs.put("a/b", body, FAR as u64).await.unwrap(), bytes as u64);
        assert_eq!(blobs.size("a/b").await.unwrap(), bytes as u64);
        assert!(all_of(&blobs, "a/b").await == all, "{bytes} in chunks of {chunk}");
        for range in [0..1, 0..bytes, bytes / 2..bytes, bytes - 1..bytes, bytes / 3..bytes / 3] {
            let reading = blobs.get("a/b", Some(range.start as u64..range.end as u64)).await.unwrap();
            assert_eq!(reading.bytes, bytes as u64);
            assert!(read(reading).await.unwrap() == all[range.clone()], "{range:?} of {bytes}");
        }
    }
}

async fn what_fails_leaves_nothing(blobs: Blobs) {
    for bytes in [100, 3 << 20, 12 << 20] {
        let (_, body) = made(bytes, 40_000);
        let most = bytes as u64 - 1;
        assert!(matches!(blobs.put("x/y", body, most).await, Err(BlobError::TooLarge { .. })));
        let broken = made(bytes, 40_000).1.chain(stream::iter([Err(io::ErrorKind::BrokenPipe.into())]));
        assert!(matches!(blobs.put("x/y", broken, FAR as u64).await, Err(BlobError::BrokenOff)));
        assert!(is_missing(&blobs, "x/y").await);
    }
    assert_eq!(blobs.sweep_partials(FAR).await.unwrap(), 0, "nothing half-written is left either");
    // What is there already stays as it is.
    let (all, body) = made(5000, 100);
    blobs.put("x/y", body, FAR as u64).await.unwrap();
    assert!(blobs.put("x/y", made(9000, 100).1, 6000).await.is_err());
    assert!(all_of(&blobs, "x/y").await == all);
}

async fn files_go_in_and_come_out(blobs: Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let (all, _) = made(3 << 20, 1);
    let file = folder.path().join("in");
    std::fs::write(&file, &all).unwrap();
    assert_eq!(blobs.put_file("f", &file).await.unwrap(), 3 << 20);
    assert!(file.is_file(), "it stays");
    assert!(std::fs::read(blobs.file("f", folder.path()).await.unwrap()).unwrap() == all);
    assert!(std::fs::read(blobs.glimpse("f", folder.path()).await.unwrap()).unwrap() == all);
    assert!(matches!(blobs.file("g", folder.path()).await, Err(BlobError::Missing)));
    assert!(blobs.put_file("g", &folder.path().join("nothing")).await.is_err());
}

async fn pieces_become_one_and_things_go_once(blobs: Blobs) {
    let (mut whole, mut keys) = (Vec::new(), Vec::new());
    for (n, bytes) in [5usize, 2 << 20, 9 << 20].into_iter().enumerate() {
        let (all, body) = made(bytes, 50_000);
        keys.push(format!("piece/{n}"));
        blobs.put(&keys[n], body, FAR as u64).await.unwrap();
        whole.extend_from_slice(&all);
    }
    assert_eq!(blobs.compose("whole", &keys).await.unwrap(), whole.len() as u64);
    assert!(all_of(&blobs, "whole").await == whole);
    for _ in 0..2 {
        blobs.delete("piece/0").await.unwrap();
    }
    assert!(is_missing(&blobs, "piece/0").await);
    assert!(blobs.compose("again", &keys).await.is_err(), "a piece is gone");
    assert!(is_missing(&blobs, "again").await);
}

async fn blobs_that_no_row_names_are_swept(blobs: Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::sqlite(&folder.path().join("rows.db")).await.unwrap();
    database.put_workspace("a", "someone's", "free", 0).await.unwrap();
    let upload = NewUpload {
        id: "u".into(),
        workspace: "a".into(),
        protocol: "put",
        object_name: "n".into(),
        file_name: "n".into(),
        content_type: "video/mp4".into(),
        declared_bytes: Some(4),
        metadata: None,
        expires_at: 10,
    };
    database.put_upload(&upload, 0).await.unwrap();
    let upload = database.upload("u", "a", 0).await.unwrap().unwrap();
    assert!(database.receive_upload(&upload, "uploads/u/named", 4, 0).await.unwrap());
    for key in ["uploads/u/named", "uploads/u/left", "jobs/1/out"] {
        blobs.put(key, made(4, 4).1, FAR as u64).await.unwrap();
    }
    assert_eq!(blobs.sweep_orphans(&database, 0).await.unwrap(), 0, "they are too young");
    assert_eq!(blobs.sweep_orphans(&database, FAR).await.unwrap(), 2);
    assert!(!is_missing(&blobs, "uploads/u/named").await, "a row names it, over or not");
    assert!(is_missing(&blobs, "uploads/u/left").await && is_missing(&blobs, "jobs/1/out").await);
}

fn s3(endpoint: String) -> S3 {
    S3 {
        bucket: S3Server::BUCKET.into(),
        region: "us-east-1".into(),
        endpoint: Some(endpoint),
        access_key: S3Server::ACCESS_KEY.into(),
        secret_key: S3Server::SECRET_KEY.into(),
    }
}

macro_rules! on_all {
    ($($name:ident),* $(,)?) => {
        mod memory {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                super::$name(Blobs::memory()).await;
            })*
        }
        mod disk {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(Blobs::disk(folder.path()).unwrap()).await;
            })*
        }
        mod in_s3 {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let Some(server) = S3Server::start() else { return };
                super::$name(Blobs::s3(&s3(server.endpoint())).unwrap()).await;
            })*
        }
    };
}

on_all!(
    what_is_put_comes_out,
    what_fails_leaves_nothing,
    files_go_in_and_come_out,
    pieces_become_one_and_things_go_once,
    blobs_that_no_row_names_are_swept,
);

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path.display().to_string()) }
    }
    found
}

#[tokio::test]
async fn what_a_crash_leaves_on_a_disk_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::disk(folder.path()).unwrap();
    blobs.put("uploads/u/whole", made(10, 10).1, FAR as u64).await.unwrap();
    // A killed process runs no destructors: its half file lies beside the place where it would have been.
    let endless = stream::iter([Ok(Bytes::from(vec![1; 4 << 20]))]).chain(stream::pending());
    let mut put = Box::pin(blobs.put("uploads/u/half", endless, FAR as u64));
    assert!(tokio::time::timeout(Duration::from_millis(300), &mut put).await.is_err(), "it is still on its way");
    let half = folder.path().join("uploads/u/half#1");
    assert!(half.is_file(), "{:?}", files_below(folder.path()));
    let killed = std::fs::read(&half).unwrap();
    drop(put);
    std::fs::write(&half, killed).unwrap();
    assert!(is_missing(&blobs, "uploads/u/half").await);
    assert_eq!(blobs.sweep_partials(1_000).await.unwrap(), 0, "it may be somebody's work");
    assert_eq!(blobs.sweep_partials(FAR).await.unwrap(), 1);
    assert_eq!(files_below(folder.path()).len(), 1);
    assert_eq!(all_of(&blobs, "uploads/u/whole").await.len(), 10);
}

#[tokio::test]
async fn a_put_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::disk(folder.path()).unwrap();
    let endless = stream::iter([Ok(Bytes::from(vec![1; 4 << 20]))]).chain(stream::pending());
    let put = tokio::time::timeout(Duration::from_millis(200), blobs.put("a/b", endless, FAR as u64));
    assert!(put.await.is_err());
    for _ in 0..100 {
        if files_below(folder.path()).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", files_below(folder.path()));
}

/// Runs itself again in a mount namespace with a disk of two megabytes.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "starts itself on a small disk")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
async fn a_full_disk_is_said_and_leaves_nothing() {
    if let Some(folder) = std::env::var_os("REELSPAN_TEST_SMALL_DISK") {
        return on_a_small_disk(Path::new(&folder)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let inside = "mount -t tmpfs -o size=2m none \"$REELSPAN_TEST_SMALL_DISK\" || exit 77; exec \"$0\" --exact a_full_disk_is_said_and_leaves_nothing --nocapture";
    let program = std::env::current_exe().unwrap();
    let mut again = std::process::Command::new("unshare");
    again.args(["-m", "sh", "-c", inside]).arg(program).env("REELSPAN_TEST_SMALL_DISK", folder.path());
    let Ok(output) = again.output() else { return println!("SKIPPED: there is no unshare here") };
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) || said.contains("unshare failed") || said.contains("not permitted") {
        return println!("SKIPPED: this user may not mount a small disk");
    }
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
}

async fn on_a_small_disk(folder: &Path) {
    let blobs = Blobs::disk(folder).unwrap();
    for bytes in [1 << 22, 1 << 24] {
        let put = blobs.put("a/b", made(bytes, 100_000).1, FAR as u64).await;
        assert!(matches!(put, Err(BlobError::Full)), "{put:?}");
    }
    assert_eq!(files_below(folder), Vec::<String>::new());
    blobs.put("a/b", made(1_000_000, 100_000).1, FAR as u64).await.unwrap();
    assert!(matches!(blobs.put("a/c", made(1_500_000, 100_000).1, FAR as u64).await, Err(BlobError::Full)));
    assert_eq!(files_below(folder).len(), 1, "what was there stays");
}

#[tokio::test]
async fn s3_that_is_not_well_is_away_soon_and_comes_back() {
    let Some(server) = S3Server::start() else { return };
    let way = FaultyWay::to(server.address());
    let patience = Duration::from_millis(600);
    let blobs = Blobs::s3_within(&s3(way.endpoint()), patience).unwrap();
    let (all, body) = made(12 << 20, 100_000);
    blobs.put("kept", body, FAR as u64).await.unwrap();
    for fault in [Fault::Refused, Fault::Silent, Fault::Broken] {
        way.fail(fault);
        let begun = now();
        for bytes in [1000, 12 << 20] {
            let put = blobs.put("new", made(bytes, 100_000).1, FAR as u64).await;
            assert!(matches!(put, Err(BlobError::Away(_))), "{fault:?} {put:?}");
        }
        assert!(matches!(blobs.size("kept").await, Err(BlobError::Away(_))), "{fault:?}");
        assert!(matches!(blobs.get("kept", None).await, Err(BlobError::Away(_))), "{fault:?}");
        assert!(matches!(blobs.delete("kept").await, Err(BlobError::Away(_))), "{fault:?}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{fault:?} took {:?}", begun.elapsed());
        way.fail(Fault::None);
        assert!(is_missing(&blobs, "new").await, "{fault:?}");
    }
    // An answer that breaks off is gone on with; one that always does is an error, never a short file.
    way.fail(Fault::CutShort);
    let folder = tempfile::tempdir().unwrap();
    match blobs.file("kept", folder.path()).await {
        Ok(file) => assert!(std::fs::read(file).unwrap() == all),
        Err(error) => {
            assert!(matches!(error, BlobError::Away(_)), "{error:?}");
            assert!(files_below(folder.path()).is_empty());
        }
    }
    way.fail(Fault::None);
    assert!(all_of(&blobs, "kept").await == all);
}

#[expect(clippy::disallowed_methods, reason = "how long a broken server holds us up is the point")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn a_sender_that_is_faster_than_s3_waits() {
    let Some(server) = S3Server::start() else { return };
    let way = FaultyWay::to(server.address());
    let blobs = Blobs::s3_within(&s3(way.endpoint()), Duration::from_millis(500)).unwrap();
    let pulled = Arc::new(AtomicU64::new(0));
    let (count, slow) = (Arc::clone(&pulled), Arc::new(way));
    let stuck = Arc::clone(&slow);
    let body = stream::iter(0..1024u64).map(move |n| {
        if n == 24 {
            // S3 stops answering while parts are on their way.
            stuck.fail(Fault::Silent);
        }
        count.fetch_add(1 << 20, Ordering::SeqCst);
        Ok(Bytes::from(vec![n as u8; 1 << 20]))
    });
    assert!(matches!(blobs.put("big", body, FAR as u64).await, Err(BlobError::Away(_))));
    let pulled = pulled.load(Ordering::SeqCst) >> 20;
    assert!((24..=56).contains(&pulled), "{pulled} MiB of a gigabyte were taken from the sender");
    slow.fail(Fault::None);
    assert!(is_missing(&blobs, "big").await);
}

#[tokio::test]
async fn uploads_to_s3_that_were_never_finished_are_ended() {
    let list = "<ListMultipartUploadsResult>\
        <Upload><Key>uploads/u/old</Key><UploadId>one</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>\
        <Upload><Key>uploads/u/young</Key><UploadId>two</UploadId><Initiated>2026-11-21T00:00:00.000Z</Initiated></Upload>\
        </ListMultipartUploadsResult>";
    let server = Server::start(move |request| match request.method.as_str() {
        "GET" => Reply::new(200, list).header("content-type", "application/xml"),
        _ => Reply::new(204, ""),
    })
    .unwrap();
    let blobs = Blobs::s3(&s3(server.url(""))).unwrap();
    assert_eq!(blobs.sweep_partials(1_700_000_000_000).await.unwrap(), 1);
    let seen = server.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("GET", "/files?uploads="));
    assert!(seen[0].header("authorization").is_some_and(|word| word.starts_with("AWS4-HMAC-SHA256 ")));
    assert_eq!((seen[1].method.as_str(), seen[1].path.as_str()), ("DELETE", "/files/uploads/u/old?uploadId=one"));
    assert_eq!(seen.len(), 2);
    let silent = Server::start(|_| Reply::new(501, "")).unwrap();
    assert_eq!(Blobs::s3(&s3(silent.url(""))).unwrap().sweep_partials(FAR).await.unwrap(), 0);
}
