//! Kills the service at random moments and starts it again on the same data: nothing is lost, nothing that ended runs again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::client::{Client, OWN};
use super::house::{House, Server, eventually, quick, slow};
use super::rows::Rows;

/// What a job may be begun.
const ATTEMPTS: usize = 3;
const DAY: Duration = Duration::from_secs(25 * 60 * 60);

/// Numbers that look random and are the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// Lets the service run for a moment: where in its work the kill comes is chance.
    pub(super) fn moment(&mut self) {
        std::thread::sleep(Duration::from_millis(30 + self.below(1200)));
    }
}

/// What the service said yes to.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) tasks: Vec<String>,
    uploads: Vec<String>,
}

/// Asks for a task and perhaps an upload; the service may go away at any byte of it.
fn ask(client: &Client, handle: &str, clip: Option<&[u8]>) -> Asked {
    let mut asked = Asked::default();
    let taken =
        client.try_ask("POST", &format!("{OWN}/transcodes"), "application/json", quick(handle).to_string().as_bytes());
    if let Ok(taken) = taken {
        asked.tasks.push(taken.is(201).json()["id"].as_str().unwrap().to_owned());
    }
    if let Some(Ok(kept)) = clip.map(|clip| client.try_upload("again.mp4", "video/mp4", clip)) {
        asked.uploads.push(kept.is(200).json()["asset"]["id"].as_str().unwrap().to_owned());
    }
    asked
}

/// What is seen of the rows after each kill.
#[derive(Default)]
struct Watch {
    /// Attempts that were under way when their process was killed.
    lost: BTreeMap<String, BTreeSet<i64>>,
    ended: BTreeMap<String, (String, i64)>,
}

impl Watch {
    fn look(&mut self, rows: &Rows) {
        for job in rows.in_state("running") {
            self.lost.entry(job.id.clone()).or_default().insert(job.attempt);
        }
        let now: BTreeMap<_, _> = rows
            .jobs
            .iter()
            .filter(|job| ["done", "failed", "dead", "cancelled"].contains(&job.state.as_str()))
            .map(|job| (job.id.clone(), (job.state.clone(), job.attempt)))
            .collect();
        for (job, before) in &self.ended {
            assert_eq!(now.get(job), Some(before), "what had ended is touched again");
        }
        self.ended = now;
    }

    /// Every job went on until it was done, or until its attempts were used up by kills and nothing else.
    fn settle(&self, rows: &Rows) {
        for job in &rows.jobs {
            let lost = self.lost.get(&job.id).map_or(0, BTreeSet::len);
            let told = format!("{job:?} was killed {lost} times");
            match job.state.as_str() {
                "done" => assert_eq!(job.attempt as usize, lost + 1, "{told}"),
                "dead" => assert!(lost == ATTEMPTS && job.error.contains("worker_lost"), "{told}"),
                _ => panic!("{told}"),
            }
        }
    }
}

fn kills(kills: usize, seed: u64) {
    let house = House::new();
    let (clip, key) = (house.clip(), house.key());
    let (mut dice, mut watch, mut asked) = (Dice(seed), Watch::default(), Asked::default());
    let first = house.serve(&[]);
    let handle = first.client(&key).upload("first.mp4", &clip);
    first.kill();
    for round in 1..kills {
        let server = house.serve(&[]);
        let (client, handle, clip) = (server.client(&key), handle.clone(), (round % 3 == 0).then(|| clip.clone()));
        let asking = std::thread::spawn(move || ask(&client, &handle, clip.as_deref()));
        dice.moment();
        server.kill();
        let more = asking.join().unwrap();
        asked.tasks.extend(more.tasks);
        asked.uploads.extend(more.uploads);
        house.nothing_works(5);
        watch.look(&Rows::sqlite(&house.data()));
    }
    let server = house.serve(&[]);
    let client = server.client(&key);
    all_end(&client);
    let rows = Rows::sqlite(&house.data());
    watch.look(&rows);
    watch.settle(&rows);
    assert!(asked.tasks.len() > kills / 3 && !asked.uploads.is_empty(), "too little was asked for to test anything");
    assert!(!watch.lost.is_empty(), "no kill met a job");
    as_promised(&client, &asked, &rows);
    for upload in &asked.uploads {
        let kept = client.own("GET", &format!("/assets/{upload}/content"), &Value::Null).is(200);
        assert!(kept.body == clip, "an upload that was confirmed is not what it was");
    }
    server.tell("-TERM");
    assert_eq!(server.ends(60).code(), Some(0));
    tidied(&house);
}

pub(super) fn all_end(client: &Client) {
    eventually(300, "every job ends", || {
        client.all("/jobs").iter().all(|job| ["completed", "failed"].contains(&job["status"].as_str().unwrap()))
    });
}

/// What clients see: each task ended once, with one whole file and one charge, or with a reason and neither.
pub(super) fn as_promised(client: &Client, asked: &Asked, rows: &Rows) {
    let jobs = client.all("/jobs");
    let ids: BTreeSet<&str> = jobs.iter().map(|job| job["id"].as_str().unwrap()).collect();
    for task in &asked.tasks {
        assert!(ids.contains(task.as_str()), "{task} was promised and is gone");
    }
    let (done, failed): (Vec<_>, Vec<_>) = jobs.iter().partition(|job| job["status"] == "completed");
    for job in failed {
        assert_eq!(job["error"]["code"], "worker_lost", "{job}");
        assert_eq!(job["outputs"].as_array().map(Vec::len), Some(0), "{job}");
    }
    let mut outputs = BTreeSet::new();
    for job in &done {
        let made = job["outputs"].as_array().unwrap();
        assert_eq!(made.len(), 1, "{job}");
        let file = client.get(made[0]["url"].as_str().unwrap()).is(200);
        assert_eq!(Some(file.body.len() as u64), made[0]["bytes"].as_u64(), "{job}");
        let whole = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(whole.path(), &file.body).unwrap();
        assert_eq!(reelspan_testing::probe_json(whole.path())["streams"][0]["nb_read_frames"], "10", "{job}");
        outputs.insert(made[0]["asset_id"].as_str().unwrap().to_owned());
    }
    let visible = client.all("/assets").into_iter().filter(|asset| asset["class"] == "output_media");
    let visible: BTreeSet<String> = visible.map(|asset| asset["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(visible, outputs, "a file shows that belongs to nothing");
    let charged: BTreeSet<&str> = rows.charges.iter().map(|(job, _)| job.as_str()).collect();
    let ended: BTreeSet<&str> = rows.in_state("done").map(|job| job.id.as_str()).collect();
    assert_eq!((charged, rows.charges.len()), (ended, done.len()), "one charge for each job that was done");
    let used = client.get("/v1/account/usage").is(200).json()["usage"]["processingMinutes"].as_f64().unwrap();
    assert!((used - done.len() as f64 / 60.0).abs() < 0.001, "{used} minutes for {} seconds", done.len());
}

/// A day later nothing is left that a killed process had in hand.
pub(super) fn tidied(house: &House) {
    let blobs = house.data().join("blobs");
    for file in files(&blobs) {
        let file = std::fs::File::options().write(true).open(blobs.join(file)).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - DAY).unwrap();
    }
    let _server: Server = if house.database.is_some() { house.worker(&[]) } else { house.serve(&[]) };
    let rows = || match &house.database {
        Some(address) => Rows::postgres(address),
        None => Rows::sqlite(&house.data()),
    };
    eventually(30, "what was left behind goes", || {
        let named = rows().blobs;
        files(&house.data().join("scratch")).is_empty() && files(&blobs).iter().all(|file| named.contains(file))
    });
    assert!(files(&blobs).iter().all(|file| !file.contains('#')), "half a file is left");
    assert_eq!(crate::support::names(&house.data().join("scratch")), Vec::<String>::new());
}

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            found.push(name);
        }
    }
    found
}

#[test]
fn a_job_that_takes_its_process_with_it_is_given_up() {
    let house = House::new();
    let (mut server, key) = (house.serve(&[]), house.key());
    let handle = server.client(&key).upload("long.mp4", &house.long_clip());
    let job = server.client(&key).transcode(&slow(&handle));
    for _ in 0..ATTEMPTS {
        house.ffmpeg();
        server.kill();
        house.nothing_works(5);
        server = house.serve(&[]);
    }
    let client = server.client(&key);
    let given_up = client.ends(&job, "failed");
    assert_eq!(given_up["error"]["code"], "worker_lost", "{given_up}");
    let rows = Rows::sqlite(&house.data());
    assert_eq!((rows.jobs[0].attempt as usize, rows.charges.len()), (ATTEMPTS, 0));
    assert!(client.all("/assets").iter().all(|asset| asset["class"] == "input_media"));
    house.nothing_works(3);
    server.tell("-TERM");
    assert_eq!(server.ends(60).code(), Some(0));
    tidied(&house);
}

#[test]
fn killed_at_any_moment_the_service_loses_nothing_and_does_nothing_twice() {
    kills(25, 0x5eed);
}

#[test]
#[ignore = "some minutes; ./x lab runs it"]
fn a_hundred_kills_and_more_lose_nothing() {
    kills(120, 0xacce55);
}
