//! The official Python client of tus against us.

use std::process::Stdio;

use reelspan_testing::programs::tus_python;
use reqwest::Method;

use crate::support::{TestApp, film, json};

const SCRIPT: &str = r#"
import sys
from tusclient import client
address, key, path = sys.argv[1:]
tus = client.TusClient(address, headers={"Authorization": "Bearer " + key})
one = dict(file_path=path, metadata={"filename": "talk.mp4", "filetype": "video/mp4"}, retries=2, retry_delay=0)
# All at once; in chunks with checksums; and broken off, then gone on with by another client that knows the address only.
tus.uploader(**one).upload()
tus.uploader(chunk_size=7000, upload_checksum=True, **one).upload()
first = tus.uploader(chunk_size=5000, **one)
first.upload_chunk()
first.upload_chunk()
assert first.offset == 10000, first.offset
second = tus.uploader(url=first.url, chunk_size=6000, **one)
assert second.offset == 10000, second.offset
second.upload()
assert second.offset == second.get_file_size()
"#;

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "runs somebody else's client")]
async fn the_official_client_brings_files() {
    let Some(python) = tus_python() else { return };
    let app = TestApp::start().await;
    let film = film();
    assert!(film.len() > 12_000);
    let file = app.folder.path().join("talk.mp4");
    std::fs::write(&file, &film).unwrap();
    let (address, key) = (app.url("/api/reelspan/v1/tus"), app.key.clone());
    let ran = tokio::task::spawn_blocking(move || {
        let mut client = std::process::Command::new(python);
        client.args(["-c", SCRIPT, &address, &key]).arg(file).env("NO_PROXY", "*").stdin(Stdio::null());
        client.output().unwrap()
    });
    let ran = ran.await.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let page = json(app.api(Method::GET, "/assets").send().await.unwrap(), 200).await;
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for one in items {
        let path = format!("/assets/{}/content", one["id"].as_str().unwrap());
        assert!(app.api(Method::GET, &path).send().await.unwrap().bytes().await.unwrap() == film);
        assert_eq!(one["media"]["codec_video"], "h264");
    }
    assert_eq!(app.stored().len(), 3, "no piece is left over");
}
