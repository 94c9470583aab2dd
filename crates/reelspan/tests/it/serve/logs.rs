//! What the service writes for its operator holds nothing that people gave it.

use std::io::Write;

use serde_json::{Value, json};

use super::client::{Client, OWN, finish};
use super::house::{House, Server, eventually};

/// Stands in everything that is sent.
const CANARY: &str = "Kanarienvogel";

fn canary(number: usize) -> String {
    format!("{CANARY}{number}")
}

/// Every place into which a client can write words, well and badly.
fn sing(client: &Client, clip: &[u8]) {
    let handle = client.upload(&format!("{}.mp4", canary(1)), clip);
    let option = |option: &str, argument: &str| json!({ "option": option, "argument": argument });
    let wish = json!({
        "inputs": [{ "url": handle }], "format": "mp4", "metadata": { (canary(2)): canary(3) },
        "options": [option("-metadata", &format!("title={}", canary(4))), option("-vf", &format!("drawtext=text={}", canary(5)))],
    });
    let job = client.transcode(&wish);
    client.ends(&job, "completed");
    let overlay = json!({ "option": "@text-overlay", "argument": { "text": canary(6) } });
    let job = client.transcode(&json!({ "inputs": [{ "url": handle }], "format": "mp4", "options": [overlay] }));
    client.ends(&job, "completed");
    let odd = format!("[0:v]scale={}:2", canary(7));
    let odd =
        client.own("POST", "/transcodes", &json!({ "inputs": [{ "url": handle }], "format": "mp4", "filters": [odd] }));
    if odd.status == 201 {
        client.ends(odd.json()["id"].as_str().unwrap(), "failed");
    }
    let refused = |path: &str, body: &Value| {
        let answer = client.own("POST", path, body);
        assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
    };
    for (name, argument) in [("-crf", canary(8)), (&*format!("-{}", canary(9)), "1".into()), ("-vf", canary(10))] {
        refused(
            "/transcodes",
            &json!({ "inputs": [{ "url": handle }], "format": "mp4", "options": [option(name, &argument)] }),
        );
    }
    refused("/transcodes", &json!({ "inputs": [{ "url": format!("gs://{}", canary(11)) }], "format": canary(12) }));
    refused("/transcriptions", &json!({ "input": canary(13), "language": canary(14), (canary(15)): 1 }));
    refused("/webhooks", &json!({ "url": format!("https://{}", canary(16)), "events": [canary(17)] }));
    refused("/uploads", &json!({ "file_name": canary(18), "content_type": canary(19), "bytes": 3 }));
    refused("/blueprints/Kanarienvogel20/runs", &json!({ "text": canary(21) }));
    let private = format!("http://{}:{}@127.0.0.1:1/{}", canary(22), canary(23), canary(24));
    let job = client.own("POST", "/transcodes", &json!({ "inputs": [{ "url": private }], "format": "mp4" }));
    if job.status == 201 {
        client.ends(job.json()["id"].as_str().unwrap(), "failed");
    }
    for path in ["/Kanarienvogel25", "/jobs/Kanarienvogel26?Kanarienvogel27=1", "/assets?cursor=Kanarienvogel28"] {
        client.own("GET", path, &Value::Null);
    }
    client.get(&format!("/files/out/{}", canary(29)));
    let broken = format!("{{\"{}\": ", canary(30));
    client.try_ask("POST", &format!("{OWN}/transcodes"), "application/json", broken.as_bytes()).unwrap();
    let headers =
        [("X-Request-Id", "Kanarienvogel31"), ("User-Agent", "Kanarienvogel32"), ("Cookie", "Kanarienvogel33=1")];
    finish(client.begin("KANARIENVOGEL34", "/Kanarienvogel35", &headers, 0).unwrap()).unwrap();
    let name = "filename S2FuYXJpZW52b2dlbDM2";
    let tus = [("Tus-Resumable", "1.0.0"), ("Upload-Length", "9"), ("Upload-Metadata", name)];
    finish(client.begin("POST", &format!("{OWN}/tus"), &tus, 0).unwrap()).unwrap();
    let mut half = client.begin("POST", &format!("{OWN}/transcodes"), &[], 900).unwrap();
    half.write_all(canary(37).as_bytes()).unwrap();
}

fn people(server: &Server, house: &House) -> Vec<String> {
    let nobody = server.client("");
    let said = house.said();
    let link = said.lines().find_map(|line| Some(line.split_once("/welcome/")?.1.trim().to_owned())).unwrap();
    let (email, password) = (format!("{}@example.org", canary(38)), canary(39));
    let owner = json!({ "link": link, "email": email, "name": canary(40), "password": password, "of_age": true });
    nobody.own("POST", "/account", &owner).is(201);
    nobody.own("POST", "/session", &json!({ "email": email, "password": password })).is(200);
    nobody.own("POST", "/session", &json!({ "email": email, "password": canary(41) })).is(401);
    server.client(&canary(42)).own("GET", "/jobs", &Value::Null).is(401);
    vec![link]
}

#[test]
fn no_word_of_anybodys_is_in_the_log() {
    let house = House::new();
    let mut secrets = vec![house.key()];
    for format in ["text", "json"] {
        let server = house.serve_saying(format);
        if secrets.len() == 1 {
            secrets.extend(people(&server, &house));
        }
        let client = server.client(&secrets[0]);
        sing(&client, &house.clip());
        for asset in client.all("/assets") {
            secrets.push(asset["handle"].as_str().unwrap().to_owned());
            let path = format!("/assets/{}/link", asset["id"].as_str().unwrap());
            let link = client.own("POST", &path, &Value::Null).is(201).json();
            client.get(link["url"].as_str().unwrap()).is(200);
            secrets.push(link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        }
        eventually(10, "what was asked is logged", || server.log().matches("/files/out/{token}").count() > 2);
        server.tell("-TERM");
        assert_eq!(server.ends(60).code(), Some(0));
    }
    let logs = house.logs();
    assert!(logs.lines().count() > 60 && logs.contains("\"message\":\"request\""), "{logs}");
    for line in logs.lines() {
        assert!(!line.to_lowercase().contains(&CANARY.to_lowercase()), "{line}");
        assert!(!line.contains("S2FuYXJpZW52b2dlbDM2") && !line.contains("127.0.0.1:1/"), "{line}");
        assert!(secrets.iter().all(|secret| !line.contains(secret.as_str())), "{line}");
        assert!(!line.contains(house.data().to_str().unwrap()), "{line}");
    }
}
