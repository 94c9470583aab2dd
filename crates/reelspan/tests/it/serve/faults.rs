//! What the machine does to a service: a full disk, a killed ffmpeg, a database that another program holds.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use super::house::{House, Server, quick, slow};
use super::{processes, rows};

#[test]
fn a_job_whose_ffmpeg_is_killed_is_tried_again() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let handle = client.upload("some.mp4", &house.film("testsrc2=s=640x360:r=25:d=10"));
    let job = client.transcode(&slow(&handle));
    processes::tell(house.ffmpeg(), "-KILL");
    let ended = client.ends(&job, "completed");
    assert_eq!(ended["outputs"].as_array().map(Vec::len), Some(1), "{ended}");
    let row = rows::Rows::sqlite(&house.data()).jobs.remove(0);
    assert_eq!((row.state.as_str(), row.attempt), ("done", 2), "{row:?}");
}

#[test]
fn a_database_that_is_held_for_some_seconds_loses_nothing() {
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let client = server.client(&key);
    let handle = client.upload("some.mp4", &house.clip());
    let before = client.transcode(&quick(&handle));
    let (tell, told) = channel();
    rows::while_locked(&house.data(), || {
        let (asker, wish) = (client.clone(), quick(&handle));
        std::thread::spawn(move || tell.send(asker.own("POST", "/transcodes", &wish)));
        // Reads go on meanwhile.
        client.own("GET", "/jobs", &Value::Null).is(200);
        server.is_ready();
        std::thread::sleep(Duration::from_secs(4));
    });
    let answer = told.recv().unwrap();
    let asked = match answer.status {
        201 => Some(answer.json()["id"].as_str().unwrap().to_owned()),
        503 => {
            assert!(answer.headers.contains("retry-after:"), "{}", answer.headers);
            None
        }
        _ => panic!("{} {}", answer.status, answer.text()),
    };
    for job in [before].iter().chain(&asked) {
        client.ends(job, "completed");
    }
    let rows = rows::Rows::sqlite(&house.data());
    assert_eq!(rows.jobs.len(), 1 + asked.iter().len(), "one that was refused is there all the same");
    assert_eq!(rows.charges.len(), rows.jobs.len());
}

/// Starts the service on a data folder with little room, which goes with its process; or says that this cannot be done here.
#[expect(clippy::disallowed_methods, reason = "asks whether this machine lets a test mount")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn on_a_small_disk(house: &House) -> Option<(Server, String)> {
    std::fs::create_dir_all(house.data()).unwrap();
    let (data, key) = (house.data(), house.machine.path("key.txt"));
    let (data, key) = (data.display(), key.display());
    let script =
        format!("mount -t tmpfs -o size=12m none '{data}' && \"$0\" keys create test > '{key}' && exec \"$0\" \"$@\"");
    let within = ["unshare", "-rm", "sh", "-c", &script];
    let tried = std::process::Command::new(within[0]).args(&within[1..]).arg("true").output();
    if !tried.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no file system can be mounted here (unshare -rm)");
        return None;
    }
    let server = house.start(&["serve", "--listen", "127.0.0.1:0"], &within);
    Some((server, std::fs::read_to_string(house.machine.path("key.txt")).unwrap().trim().to_owned()))
}

#[test]
fn a_full_disk_is_said_and_nothing_breaks() {
    let house = House::new();
    let Some((server, key)) = on_a_small_disk(&house) else { return };
    let client = server.client(&key);
    let clip = house.clip();
    let handle = client.upload("small.mp4", &clip);
    let noise = house.film("color=gray:s=640x480:r=25:d=4,noise=alls=100:allf=t+u");
    assert!(noise.len() > 14_000_000, "{}", noise.len());
    let refused = client.try_upload("big.mp4", "video/mp4", &noise).unwrap();
    assert!([503, 507].contains(&refused.status), "{} {}", refused.status, refused.text());
    assert_eq!(refused.json()["code"], "disk_full", "{}", refused.text());
    server.is_ready();
    // What did not fit took nothing away: small things go on.
    let job = client.transcode(&quick(&handle));
    client.ends(&job, "completed");
    // So large that it cannot be stored: twelve megabytes of noise out of one second of picture.
    let filter = "scale=1920:1080,noise=alls=100:allf=t+u,fps=60";
    let options = [
        json!({ "option": "-vf", "argument": filter }),
        json!({ "option": "-crf", "argument": 1 }),
        json!({ "option": "-preset", "argument": "ultrafast" }),
    ];
    let job = client.transcode(&json!({ "inputs": [{ "url": handle }], "format": "mp4", "options": options }));
    let job = client.ends(&job, "failed");
    assert_eq!(job["error"]["category"], "storage", "{job}");
    assert_ne!(job["error"]["code"], "worker_lost", "its end could not be written");
    server.is_ready();
    let job = client.transcode(&quick(&handle));
    client.ends(&job, "completed");
    server.tell("-TERM");
    assert_eq!(server.ends(60).code(), Some(0));
}
