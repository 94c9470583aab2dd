//! Landlock: which files can be opened, and for what.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, Scope, make_bitflags,
};

use super::{Refusal, Rules};

/// Must be there: opening for reading and for writing, making, removing and running (Linux 5.13).
const NEEDED: ABI = ABI::V1;
/// Taken too where the kernel knows it: truncation, network, device calls, signals and abstract sockets (Linux 6.12).
/// The system call filter refuses the same things, so an older kernel only has one lock there instead of two.
const WANTED: ABI = ABI::V6;

/// What every dynamically linked program needs. Absent ones are skipped.
const LIBRARIES: &[&str] = &[
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    // Debian keeps the choice of a BLAS there.
    "/etc/alternatives",
    "/nix/store",
    "/gnu/store",
];

/// Single files that libraries read at their start.
const SMALL_FILES: &[&str] = &[
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/sys/vm/overcommit_memory",
];

/// How many processors there are.
const PROCESSORS: &[&str] = &["/sys/devices/system/cpu", "/sys/devices/system/node"];

const FONTS: &[&str] = &[
    "/etc/fonts",
    "/usr/share/fonts",
    "/usr/share/fontconfig",
    "/usr/share/texmf/fonts",
    "/usr/local/share/fonts",
    "/var/cache/fontconfig",
];

/// What drivers of graphics cards read beside the devices themselves.
const DRIVERS: &[&str] = &[
    "/sys/dev",
    "/sys/bus/pci",
    "/sys/class/drm",
    "/sys/devices",
    "/sys/module",
    "/proc/driver",
    "/usr/share/libdrm",
    "/etc/vulkan",
    "/usr/share/vulkan",
];

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
const RUN: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir | Execute});
const WRITE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate});
const WRITE_WITHIN: BitFlags<AccessFs> =
    make_bitflags!(AccessFs::{ReadFile | ReadDir | WriteFile | Truncate | MakeReg | RemoveFile});
const DEVICE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | WriteFile | IoctlDev | ReadDir});

/// Whether the kernel has what is needed; changes nothing.
pub(super) fn available() -> bool {
    needed().and_then(|ruleset| ruleset.create().ok()).is_some()
}

fn needed() -> Option<Ruleset> {
    let strict = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    strict.handle_access(AccessFs::from_all(NEEDED)).ok()
}

/// Locks this process, for good.
pub(super) fn lock(rules: &Rules) -> Result<(), Refusal> {
    let strict = needed().ok_or(Refusal::NoLandlock)?;
    let wanted = || {
        let ruleset = strict.set_compatibility(CompatLevel::BestEffort);
        let ruleset = ruleset.handle_access(AccessFs::from_all(WANTED))?;
        ruleset.handle_access(AccessNet::from_all(WANTED))?.scope(Scope::from_all(WANTED))?.create()
    };
    let ruleset = wanted().map_err(|_| Refusal::NoLandlock)?;
    let mut lock = Lock { ruleset, failed: false };
    lock.libraries(&rules.program);
    rules.reads.iter().for_each(|path| lock.must(path, READ));
    for path in &rules.writes {
        lock.must(path, if path.is_dir() { WRITE_WITHIN } else { WRITE });
    }
    if let Some(folders) = &rules.fonts {
        folders.iter().map(PathBuf::as_path).chain(FONTS.iter().map(Path::new)).for_each(|path| lock.may(path, READ));
    }
    if rules.devices {
        DRIVERS.iter().for_each(|path| lock.may(Path::new(path), READ));
        devices().iter().for_each(|path| lock.may(path, DEVICE));
    }
    if lock.failed {
        return Err(Refusal::BadRules);
    }
    lock.ruleset.restrict_self().map(drop).map_err(|_| Refusal::NoLandlock)
}

/// A ruleset that is being filled.
struct Lock {
    ruleset: RulesetCreated,
    failed: bool,
}

impl Lock {
    fn libraries(&mut self, program: &Path) {
        self.must(program, RUN);
        LIBRARIES.iter().for_each(|path| self.may(Path::new(path), RUN));
        SMALL_FILES.iter().chain(PROCESSORS).for_each(|path| self.may(Path::new(path), READ));
        // ffmpeg writes nothing there, but some libraries open it for both.
        self.may(Path::new("/dev/null"), make_bitflags!(AccessFs::{ReadFile | WriteFile}));
        // A build of the user's own keeps its libraries beside its programs.
        if let Some(prefix) = program.canonicalize().ok().as_deref().and_then(Path::parent).and_then(Path::parent) {
            self.may(&prefix.join("lib"), RUN);
        }
    }

    /// Without this path the run would be useless.
    fn must(&mut self, path: &Path, access: BitFlags<AccessFs>) {
        self.failed |= !self.add(path, access);
    }

    /// Not every system has this path.
    fn may(&mut self, path: &Path, access: BitFlags<AccessFs>) {
        let _there = self.add(path, access);
    }

    fn add(&mut self, path: &Path, access: BitFlags<AccessFs>) -> bool {
        let Ok(fd) = PathFd::new(path) else { return false };
        // The kernel refuses rights that only make sense for a folder when it is given a file.
        let access = if path.is_dir() { access } else { access & AccessFs::from_file(WANTED) };
        (&mut self.ruleset).add_rule(PathBeneath::new(fd, access)).is_ok()
    }
}

/// The graphics devices of this machine.
fn devices() -> Vec<PathBuf> {
    let found = std::fs::read_dir("/dev").into_iter().flatten().flatten().map(|entry| entry.path());
    let name = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"nvidia"));
    found.filter(|path| name(path)).chain(["/dev/dri".into()]).collect()
}
