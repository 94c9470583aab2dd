//! Models come, are checked, and go.

use reelspan_connectors::http::Settings;
use reelspan_testing::http_server::{Reply, Server};
use tempfile::TempDir;

use super::*;

const WEIGHTS: &[u8] = b"the weights of a small model";
const SHA256: &str = "9ab1dd8a5a1d2d1a5b4e4a5f3f0c5f1d7d8b8f6f0a3e2c1b0a9f8e7d6c5b4a39";

struct Case {
    folder: TempDir,
    server: Server,
}

impl Case {
    fn new() -> Self {
        let server = Server::start(|request| Reply::file(request, WEIGHTS, "\"1\"")).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), server }
    }

    fn models(&self, sha256: Option<&str>) -> Models {
        let (name, url) = ("mine".to_owned(), self.server.url("/mine.bin"));
        let sha256 = sha256.map(str::to_owned);
        Models::new(self.folder.path(), vec![Model { name, url, bytes: None, sha256, licence: "MIT".into() }])
    }

    fn mine(&self) -> Listed {
        self.models(None).list().into_iter().find(|listed| listed.name == "mine").unwrap()
    }
}

async fn get(models: &Models, name: &str) -> Result<Got, Error> {
    models.get(name, &Downloader::new(&Settings::default()).unwrap(), &Cancel::new(), &mut |_| {}).await
}

#[tokio::test]
async fn a_model_comes_is_listed_and_goes() {
    let case = Case::new();
    let models = case.models(None);
    assert_eq!(case.mine().installed, None);
    assert!(matches!(models.path("mine"), Err(Error::NotHere(_))));
    let got = get(&models, "mine").await.unwrap();
    assert!(!got.already && got.trusted_on_first_use);
    assert_eq!(fs::read(&got.path).unwrap(), WEIGHTS);
    assert_eq!(models.path("mine").unwrap(), got.path);
    let listed = case.mine();
    assert_eq!((listed.installed, listed.bytes, listed.sha256), (Some(got.path), Some(28), Some(got.sha256)));
    assert_eq!(models.remove("mine").unwrap(), 28 + 64);
    assert_eq!(fs::read_dir(case.folder.path()).unwrap().count(), 0);
    assert!(matches!(models.remove("mine"), Err(Error::NotHere(_))));
}

#[tokio::test]
async fn the_first_download_is_pinned() {
    let case = Case::new();
    let models = case.models(None);
    let first = get(&models, "mine").await.unwrap();
    let again = get(&models, "mine").await.unwrap();
    assert!(again.already && !again.trusted_on_first_use);
    assert_eq!(case.server.seen().len(), 1, "it was fetched again");
    fs::write(&first.path, b"something else").unwrap();
    assert!(matches!(get(&models, "mine").await, Err(Error::Changed(_))));
    fs::remove_file(&first.path).unwrap();
    assert_eq!(get(&models, "mine").await.unwrap().sha256, first.sha256);
}

#[tokio::test]
async fn a_wrong_checksum_leaves_nothing() {
    let case = Case::new();
    let outcome = get(&case.models(Some(SHA256)), "mine").await;
    assert!(matches!(outcome, Err(Error::Weights(weights::Error::Checksum { .. }))));
    assert_eq!(fs::read_dir(case.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn leftovers_are_listed_and_removed() {
    let case = Case::new();
    fs::write(case.folder.path().join("ggml-mine.bin.part"), b"half").unwrap();
    assert_eq!((case.mine().partial_bytes, case.mine().installed), (Some(4), None));
    assert_eq!(case.models(None).remove("mine").unwrap(), 4);
}

#[tokio::test]
async fn unknown_names_say_the_known_ones() {
    let case = Case::new();
    let error = get(&case.models(None), "../../etc/passwd").await.unwrap_err().to_string();
    assert!(error.contains("large-v3-turbo-q5_0, mine"), "{error}");
    assert!(case.models(None).remove("nothing").is_err());
}

#[test]
fn own_models_replace_those_of_the_program() {
    let own = Model { licence: "mine".into(), ..builtin().remove(0) };
    let models = Models::new("/nonexistent", vec![own]);
    let listed = models.list();
    let tiny: Vec<_> = listed.iter().filter(|listed| listed.name == "tiny").collect();
    assert_eq!((tiny.len(), tiny[0].licence.as_str()), (1, "mine"));
    assert_eq!(listed.len(), builtin().len());
}
