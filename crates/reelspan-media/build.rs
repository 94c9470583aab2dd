//! Lays the face cascade that the crate `rustface` ships beside its sources into OUT_DIR, so that it can be built in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const MODEL: &str = "model/seeta_fd_frontal_v1.0.bin";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", lock_file().display());
    let Some(model) = unpacked().or_else(vendored).or_else(|| asked(true)).or_else(|| asked(false)) else {
        println!(
            "cargo::error=the package rustface is not unpacked where cargo keeps sources; run `cargo fetch` and build again"
        );
        return;
    };
    println!("cargo::rerun-if-changed={}", model.display());
    let target = folder("OUT_DIR").join("faces.bin");
    if let Err(problem) = fs::copy(&model, &target) {
        println!("cargo::error=cannot copy {} to {}: {problem}", model.display(), target.display());
    }
}

#[expect(clippy::disallowed_methods, reason = "a build script is told everything through the environment")]
fn folder(name: &str) -> PathBuf {
    env::var_os(name).map(PathBuf::from).unwrap_or_default()
}

fn lock_file() -> PathBuf {
    let here = folder("CARGO_MANIFEST_DIR");
    here.ancestors().map(|up| up.join("Cargo.lock")).find(|file| file.exists()).unwrap_or_default()
}

/// Where cargo unpacks what it downloads: `registry/src/<index>/rustface-<version>`.
fn unpacked() -> Option<PathBuf> {
    let home = folder("CARGO_HOME");
    let home = if home.as_os_str().is_empty() { folder("HOME").join(".cargo") } else { home };
    let indices = fs::read_dir(home.join("registry/src")).ok()?;
    let mut models: Vec<PathBuf> = indices
        .flatten()
        .filter_map(|index| fs::read_dir(index.path()).ok())
        .flat_map(|packages| packages.flatten())
        .filter(|package| package.file_name().to_string_lossy().starts_with("rustface-0.1."))
        .map(|package| package.path().join(MODEL))
        .filter(|model| model.is_file())
        .collect();
    models.sort();
    models.pop()
}

fn vendored() -> Option<PathBuf> {
    let here = folder("CARGO_MANIFEST_DIR");
    here.ancestors().map(|up| up.join("vendor/rustface").join(MODEL)).find(|model| model.is_file())
}

/// Cargo itself knows every other arrangement. Offline first: a build must not need the network twice.
#[expect(clippy::disallowed_methods, reason = "a build script may run cargo; the product never does")]
fn asked(offline: bool) -> Option<PathBuf> {
    let mut cargo = Command::new(folder("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform"]).arg(folder("TARGET"));
    if offline {
        cargo.arg("--offline");
    }
    let told = cargo.current_dir(folder("CARGO_MANIFEST_DIR")).output().ok()?;
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).ok()?;
    let packages = told.get("packages")?.as_array()?;
    let rustface =
        packages.iter().find(|package| package.get("name").and_then(|name| name.as_str()) == Some("rustface"))?;
    let model = Path::new(rustface.get("manifest_path")?.as_str()?).parent()?.join(MODEL);
    model.is_file().then_some(model)
}
