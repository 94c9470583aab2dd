//! Holds the house's own rules: layers, first lines, sizes, what may not be committed.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lowest first: a crate uses only those before it.
const LAYERS: &[&str] = &[
    "reelspan-types",
    "reelspan-testing",
    "reelspan-store",
    "reelspan-media",
    "reelspan-connectors",
    "reelspan-jobs",
    "reelspan-app",
    "reelspan-api",
    "reelspan-stt",
    "reelspan-llm",
    "reelspan",
];
/// These never use one another: only the app joins them.
const APART: &[&str] = &["reelspan-store", "reelspan-media", "reelspan-connectors"];
/// Crates that reach the network belong to the connectors alone.
const NETWORK: &[&str] = &["reqwest", "ureq", "curl", "tungstenite"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// What git tracks or would track.
#[expect(clippy::disallowed_methods, reason = "asks git which files there are")]
fn tracked() -> Vec<String> {
    let args = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = std::process::Command::new("git").args(args).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "git must be able to list the files");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|name| root().join(name).is_file()).map(str::to_owned).collect()
}

fn rust_files() -> Vec<(String, String)> {
    let names = tracked().into_iter().filter(|name| name.ends_with(".rs"));
    names.map(|name| (name.clone(), std::fs::read_to_string(root().join(&name)).unwrap())).collect()
}

fn manifests() -> BTreeMap<String, toml::Table> {
    let folders = std::fs::read_dir(root().join("crates")).unwrap().map(|item| item.unwrap().path());
    folders
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .map(|folder| {
            let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            (folder.file_name().unwrap().to_string_lossy().into_owned(), text.parse().unwrap())
        })
        .collect()
}

fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let table = manifest.get("dependencies").and_then(|value| value.as_table());
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn crates_use_only_those_below_them() {
    let layer = |name: &str| LAYERS.iter().position(|each| *each == name);
    let mut wrong = Vec::new();
    for (name, manifest) in manifests() {
        let Some(own) = layer(&name) else {
            wrong.push(format!("{name} has no place in the layers"));
            continue;
        };
        for used in dependencies(&manifest).iter().filter(|used| used.starts_with("reelspan")) {
            let apart = APART.contains(&name.as_str()) && APART.contains(&used.as_str());
            if apart || layer(used).is_none_or(|used| used >= own) {
                wrong.push(format!("{name} must not use {used}"));
            }
        }
    }
    none("arrows that go the wrong way", &wrong);
}

#[test]
fn only_connectors_reach_the_network() {
    let reaching = |manifest: &toml::Table| dependencies(manifest).iter().any(|name| NETWORK.contains(&name.as_str()));
    let found: Vec<_> = manifests()
        .into_iter()
        .filter(|(name, manifest)| name != "reelspan-connectors" && reaching(manifest))
        .map(|(name, _)| name)
        .collect();
    none("crates that hold an HTTP client", &found);
}

#[test]
fn every_crate_has_its_line_in_the_architecture() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(text.lines().count() <= 150, "ARCHITECTURE.md is a map, not a book");
    let missing: Vec<_> = manifests().into_keys().filter(|name| !text.contains(&format!("`{name}`"))).collect();
    none("crates that ARCHITECTURE.md does not name", &missing);
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let silent: Vec<_> =
        rust_files().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(name, _)| name).collect();
    none("files without a first line", &silent);
}

#[test]
fn there_is_one_way_to_lay_out_modules() {
    let found: Vec<_> = tracked().into_iter().filter(|name| name.ends_with("/mod.rs")).collect();
    none("use foo.rs beside foo/", &found);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_silenced() {
    let silencing = ["#[", "#!["].map(|open| format!("{open}allow("));
    let found: Vec<_> = rust_files()
        .into_iter()
        .filter(|(_, text)| silencing.iter().any(|attribute| text.contains(attribute)))
        .map(|(name, _)| name)
        .collect();
    none("files that silence a lint", &found);
}

#[test]
fn nothing_big_and_nothing_made_is_committed() {
    let big = |name: &String| std::fs::metadata(root().join(name)).unwrap().len() > 400_000;
    let media = |name: &String| {
        let kinds = [".mp4", ".mkv", ".webm", ".mov", ".wav", ".mp3", ".ttf", ".otf", ".ttc", ".bin", ".gguf"];
        kinds.iter().any(|kind| name.ends_with(kind))
    };
    let found: Vec<_> = tracked().into_iter().filter(|name| big(name) || media(name)).collect();
    none("files that do not belong in the repository", &found);
}

#[test]
fn the_readme_shows_both_commands() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    for command in ["./x clips", "./x test"] {
        assert!(text.contains(command), "README.md must show {command}");
    }
}

#[test]
fn the_fonts_that_are_installed_are_those_that_the_styles_want() {
    let text = std::fs::read_to_string(root().join("deploy/fonts.txt")).unwrap();
    let installed: Vec<_> =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_whitespace().next()).collect();
    let wanted: Vec<_> = reelspan_media::captions::FONT_PACKAGES.iter().map(|font| font.package).collect();
    assert_eq!(installed, wanted);
}
