//! `reelspan keys`: made without any account, shown once, listed, revoked.

use serde_json::{Value, json};

use crate::support::{Machine, Run};

fn list(machine: &Machine) -> Vec<Value> {
    machine.run(&["keys", "list", "--json"]).ok().json().as_array().unwrap().clone()
}

fn create(machine: &Machine, args: &[&str]) -> String {
    let run = machine.run(&[&["keys", "create"], args].concat()).ok();
    let word = run.stdout.lines().last().unwrap().to_owned();
    assert_eq!(run.stdout, format!("{word}\n"), "the key is all that is on standard output");
    assert!(word.starts_with("rsk_") && word.len() > 40, "{} letters", word.len());
    assert!(!run.stderr.contains(&word));
    word
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let machine = Machine::new();
    let (one, two) = (create(&machine, &["ci"]), create(&machine, &["look", "--scopes", "read", "--days", "30"]));
    assert_ne!(one, two);
    let keys = list(&machine);
    let of = |name: &str| keys.iter().find(|key| key["name"] == name).unwrap().clone();
    assert_eq!((&of("ci")["scopes"], &of("ci")["state"]), (&json!("all"), &json!("works")));
    assert_eq!((&of("ci")["expires_at"], &of("look")["scopes"]), (&Value::Null, &json!("read")));
    assert!(of("look")["expires_at"].is_string());
    let shown = machine.run(&["keys", "list"]).ok().stdout;
    assert!(shown.contains("ci") && !shown.contains(&one) && !shown.contains(&two));
    machine.run(&["keys", "revoke", "ci"]).ok();
    let again: Run = machine.run(&["keys", "revoke", "ci"]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("no key that works"), "{}", again.stderr);
    machine.run(&["keys", "revoke", of("look")["id"].as_str().unwrap()]).ok();
    assert!(list(&machine).iter().all(|key| key["state"] == "revoked"));
}

#[test]
fn what_is_meant_must_be_clear() {
    let machine = Machine::new();
    let word = create(&machine, &["twin"]);
    create(&machine, &["twin"]);
    let run = machine.run(&["keys", "revoke", "twin"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("more than one key"), "{}", run.stderr);
    machine.run(&["keys", "revoke", &word]).ok();
    let states: Vec<_> = list(&machine).iter().map(|key| key["state"].clone()).collect();
    assert!(states.contains(&json!("works")) && states.contains(&json!("revoked")));
    for (args, code) in [(&["keys", "create", " "][..], 1), (&["keys", "create", "x", "--scopes", "root"], 2)] {
        assert_eq!(machine.run(args).code, Some(code), "{args:?}");
    }
}

/// The word of a key rests nowhere: neither in the database nor in the log beside it.
#[test]
fn a_key_is_kept_as_a_hash_only() {
    let machine = Machine::new();
    let word = create(&machine, &["canary-name"]);
    let secret = word.strip_prefix("rsk_").unwrap();
    let mut found = false;
    let mut folders = vec![machine.path("data")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
            found |= holds("canary-name");
            assert!(!holds(secret), "{} holds the key", path.display());
        }
    }
    assert!(found, "the name is kept, so this looked at the right place");
}
