//! Locks the helper up: it makes no socket, no process and no file, and leaves no image of its memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus,
};
use reelspan_types::dialogue::FailureCode;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior, set_parent_process_death_signal, setrlimit,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition as Condition,
    SeccompFilter, SeccompRule as Rule, apply_filter_all_threads,
};

use crate::Stop;

/// What llama.cpp looks up about the machine.
const KNOWN: &[&str] = &["/proc", "/sys/devices", "/sys/fs/cgroup"];

/// Refused as not permitted: whatever could carry a question out of this process.
const FORBIDDEN: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_msgget,
    libc::SYS_mq_open,
    libc::SYS_memfd_create,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_syslog,
    libc::SYS_mount,
    libc::SYS_unshare,
    libc::SYS_setns,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
];

/// On x86-64 the same calls exist a second time, with this bit set.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// Before anything is read: nothing said here is left behind or sent away.
pub(crate) fn up() -> Result<(), Stop> {
    let cannot = |what: &str| Stop::new(FailureCode::Failed, format!("the helper cannot lock itself up ({what})"));
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(|_| cannot("limits"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|_| cannot("memory image"))?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|_| cannot("end with its parent"))?;
    filter().and_then(|program| apply_filter_all_threads(&program)).map_err(|_| cannot("system calls"))
}

fn filter() -> Result<BpfProgram, seccompiler::Error> {
    let mut rules: BTreeMap<i64, Vec<Rule>> = FORBIDDEN.iter().map(|call| (*call, Vec::new())).collect();
    // Threads are made with `clone`, and so are processes.
    let process = Condition::new(0, Len::Dword, Op::MaskedEq(libc::CLONE_THREAD as u64), 0)?;
    rules.insert(libc::SYS_clone, vec![Rule::new(vec![process])?]);
    #[cfg(target_arch = "x86_64")]
    {
        let twins: Vec<_> = rules.iter().map(|(call, rules)| (call | X32, rules.clone())).collect();
        rules.extend(twins);
    }
    let arch = std::env::consts::ARCH.try_into()?;
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    Ok(SeccompFilter::new(rules, SeccompAction::Allow, refused, arch)?.try_into()?)
}

/// From here on only these files are read, and none is written. Kernels without landlock leave it at the rest; whether this
/// one has it is told.
pub(crate) fn paths(models: &[PathBuf]) -> Result<bool, Stop> {
    let lock = || -> Result<bool, Box<dyn std::error::Error>> {
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(ABI::V4))?
            .create()?;
        let known = KNOWN.iter().map(Path::new).filter(|path| path.exists());
        for path in models.iter().map(PathBuf::as_path).chain(known) {
            let access = if path.is_dir() { AccessFs::ReadFile | AccessFs::ReadDir } else { AccessFs::ReadFile.into() };
            ruleset = ruleset.add_rule(PathBeneath::new(PathFd::new(path)?, access))?;
        }
        Ok(ruleset.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
    };
    lock().map_err(|_| Stop::new(FailureCode::Failed, "the helper cannot lock itself up (files)"))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::ErrorKind;
    use std::net::{TcpStream, UdpSocket};

    use super::*;

    /// In a thread of its own: both locks hold for one thread and what it starts.
    fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        std::thread::spawn(work).join().unwrap()
    }

    /// there is no way out of the process by which a question could be sent.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "it is to be refused")]
    fn a68_no_socket_and_no_program() {
        apart(|| {
            seccompiler::apply_filter(&filter().unwrap()).unwrap();
            for refused in [
                UdpSocket::bind("127.0.0.1:0").err(),
                TcpStream::connect("127.0.0.1:9").err(),
                std::os::unix::net::UnixStream::pair().err(),
                std::process::Command::new("/bin/true").spawn().err(),
            ] {
                assert_eq!(refused.unwrap().kind(), ErrorKind::PermissionDenied);
            }
        });
    }

    #[test]
    #[expect(clippy::print_stdout, reason = "a skipped test must say so")]
    fn only_the_model_is_read_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let [model, other] = ["model.gguf", "other"].map(|name| folder.path().join(name));
        std::fs::write(&model, "m").unwrap();
        std::fs::write(&other, "o").unwrap();
        apart(move || {
            if !paths(std::slice::from_ref(&model)).unwrap() {
                println!("SKIPPED: this kernel has no landlock");
                return;
            }
            assert_eq!(std::fs::read(&model).unwrap(), b"m");
            assert!(std::fs::read("/proc/meminfo").is_ok());
            for refused in [
                File::open(&other).err(),
                File::open("/etc/hostname").err(),
                File::options().append(true).open(&model).err(),
                File::create(other.with_file_name("new")).err(),
                std::fs::remove_file(&model).err(),
            ] {
                assert_eq!(refused.unwrap().kind(), ErrorKind::PermissionDenied);
            }
        });
    }
}
