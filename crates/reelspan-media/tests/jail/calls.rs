//! What a taken-over ffmpeg could try by itself, played by small programs of the system.

use std::ffi::OsString;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reelspan_media::jail::Rules;

use crate::tools::HELPER;

/// A program of this system, with all links followed.
fn program(name: &str) -> PathBuf {
    let found = ["/usr/bin", "/bin"].into_iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("these tests need {name}")).canonicalize().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "plays the part of a taken-over ffmpeg")]
fn bare(name: &str, args: &[&str]) -> Output {
    Command::new(program(name)).args(args).output().unwrap()
}

/// The same inside; it may read `reads` and write `writes`.
#[expect(clippy::disallowed_methods, reason = "plays the part of a taken-over ffmpeg")]
fn jailed(name: &str, args: &[&str], reads: &[&Path], writes: &[&Path]) -> Output {
    let rules = Rules {
        parent: std::process::id() as i32,
        reads: reads.iter().map(|path| path.to_path_buf()).collect(),
        writes: writes.iter().map(|path| path.to_path_buf()).collect(),
        max_file_bytes: 1 << 20,
        memory: 1 << 30,
        program: program(name),
        ..Rules::default()
    };
    let args = rules.to_args().into_iter().chain(args.iter().map(OsString::from));
    Command::new(HELPER).args(args).output().unwrap()
}

/// Works bare, fails inside, and both for a reason: inside it was the jail's word, not the helper's failure.
#[track_caller]
fn works_only_bare(name: &str, args: &[&str], reads: &[&Path], writes: &[&Path]) {
    let inside = jailed(name, args, reads, writes);
    let said = String::from_utf8_lossy(&inside.stderr);
    assert!(!inside.status.success(), "{name} {args:?} worked inside");
    assert!(!said.contains("reelspan-jail"), "{said}");
    let outside = bare(name, args);
    assert!(outside.status.success(), "{name} {args:?}: {}", String::from_utf8_lossy(&outside.stderr));
}

#[test]
fn a_program_inside_reads_what_it_may_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (folder.path().join("own"), folder.path().join("other"));
    std::fs::write(&own, "mine").unwrap();
    std::fs::write(&other, "not mine").unwrap();
    assert_eq!(jailed("cat", &[own.to_str().unwrap()], &[&own], &[]).stdout, b"mine");
    for file in ["/etc/passwd", "/proc/self/maps", "/proc/mounts", other.to_str().unwrap()] {
        works_only_bare("cat", &[file], &[&own], &[]);
    }
    for place in ["/", "/proc/self", "/tmp", folder.path().to_str().unwrap()] {
        works_only_bare("ls", &[place], &[&own], &[]);
    }
}

#[test]
fn a_link_opens_no_door() {
    let folder = tempfile::tempdir().unwrap();
    let (other, link) = (folder.path().join("other"), folder.path().join("link"));
    std::fs::write(&other, "not mine").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
    works_only_bare("cat", &[link.to_str().unwrap()], &[&other], &[]);
}

#[test]
fn files_cannot_be_changed_by_the_back_door() {
    let folder = tempfile::tempdir().unwrap();
    let (own, out) = (folder.path().join("own"), folder.path().join("out"));
    std::fs::write(&own, "mine").unwrap();
    std::fs::write(&out, "").unwrap();
    std::fs::set_permissions(&own, PermissionsExt::from_mode(0o600)).unwrap();
    let path = own.to_str().unwrap();
    let before = own.metadata().unwrap();
    for (name, args) in [
        ("chmod", vec!["666", path]),
        ("touch", vec!["-d", "2001-01-01", path]),
        ("truncate", vec!["-s", "0", path]),
        ("rm", vec![path]),
        ("ln", vec![path, "/tmp/reelspan-test-link"]),
        ("mkfifo", vec!["/tmp/reelspan-test-fifo"]),
        ("mv", vec![path, "/tmp/reelspan-test-moved"]),
    ] {
        let inside = jailed(name, &args, &[&own], &[&out]);
        assert!(!inside.status.success(), "{name} worked inside");
        assert!(!String::from_utf8_lossy(&inside.stderr).contains("reelspan-jail"), "{name}");
        let now = own.metadata().unwrap();
        assert_eq!((now.mode(), now.mtime(), now.len()), (before.mode(), before.mtime(), 4), "{name}");
    }
    works_only_bare("chmod", &["644", path], &[&own], &[]);
    works_only_bare("truncate", &["-s", "0", path], &[&own], &[]);
}

#[test]
fn nothing_is_started_from_inside() {
    works_only_bare("sh", &["-c", "/bin/true; /bin/true"], &[], &[]);
    works_only_bare("timeout", &["5", "/bin/true"], &[], &[]);
    // Nor does it become another program.
    works_only_bare("env", &["/bin/true"], &[], &[]);
}

#[test]
fn its_group_cannot_be_left_and_its_limits_cannot_be_raised() {
    let inside = jailed("sh", &["-c", "ulimit -c; ulimit -f; ulimit -n"], &[], &[]);
    assert_eq!(String::from_utf8_lossy(&inside.stdout), "0\n2048\n256\n");
    let raised = jailed("sh", &["-c", "ulimit -n 512"], &[], &[]);
    assert!(!raised.status.success());
    works_only_bare("setsid", &["/bin/true"], &[], &[]);
    works_only_bare("nice", &["-n", "5", "/bin/true"], &[], &[]);
}

#[test]
fn no_other_process_hears_from_it() {
    let other = std::process::id().to_string();
    works_only_bare("sh", &["-c", &format!("kill -0 {other}")], &[], &[]);
}
