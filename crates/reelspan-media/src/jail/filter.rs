//! Seccomp: which system calls are refused.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition as Condition,
    SeccompFilter, SeccompRule as Rule, apply_filter,
};

use super::Refusal;

/// Refused as not permitted whatever their arguments.
const FORBIDDEN: &[i64] = &[
    // The network, and talk with other programs.
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
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // Other processes.
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    libc::SYS_setpriority,
    // What belongs to files that it cannot open.
    libc::SYS_truncate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_inotify_init1,
    // The kernel's own affairs.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_setup,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_personality,
    libc::SYS_vhangup,
    // Other rights than those it came with.
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_capset,
    libc::SYS_setrlimit,
];

/// The older twins that only this processor has.
#[cfg(target_arch = "x86_64")]
const FORBIDDEN_HERE: &[i64] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_inotify_init,
    libc::SYS_kexec_file_load,
    libc::SYS_modify_ldt,
    libc::SYS_ioperm,
    libc::SYS_iopl,
];
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN_HERE: &[i64] = &[];

/// Said not to exist, because their arguments cannot be looked into; the C library then takes the older call.
const ABSENT: &[i64] = &[libc::SYS_clone3, libc::SYS_openat2];

/// `fchmodat2` and `process_mrelease`, which not every C library names yet.
const ABSENT_BY_NUMBER: &[i64] = &[448, 452];

/// Calls that came after this list was made, on every processor: unknown here, so absent inside.
const LATER: std::ops::Range<i64> = 463..640;

/// On x86-64 the same calls exist a second time, with this bit set, plus some of their own.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// Whether the kernel knows such filters; changes nothing.
pub(super) fn available() -> bool {
    let known = std::fs::read_to_string("/proc/self/status");
    let known = known.is_ok_and(|status| status.lines().any(|line| line.starts_with("Seccomp:")));
    known && std::env::consts::ARCH.try_into().is_ok_and(|_: seccompiler::TargetArch| true)
}

/// Locks this process, for good.
pub(super) fn lock() -> Result<(), Refusal> {
    let filters = || -> Result<(), seccompiler::Error> {
        let absent = ABSENT.iter().chain(ABSENT_BY_NUMBER).copied().chain(LATER);
        let absent = absent.map(|call| (call, Vec::new())).collect();
        apply_filter(&compile(absent, libc::ENOSYS)?)?;
        apply_filter(&compile(forbidden()?, libc::EPERM)?)
    };
    filters().map_err(|_| Refusal::NoSeccomp)
}

fn compile(mut rules: BTreeMap<i64, Vec<Rule>>, error: i32) -> Result<BpfProgram, seccompiler::Error> {
    #[cfg(target_arch = "x86_64")]
    {
        let twins: Vec<_> = rules.iter().map(|(call, rules)| (call | X32, rules.clone())).collect();
        rules.extend(twins);
    }
    let arch = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(error as u32), arch)?;
    Ok(filter.try_into()?)
}

fn forbidden() -> Result<BTreeMap<i64, Vec<Rule>>, seccompiler::Error> {
    let mut rules: BTreeMap<i64, Vec<Rule>> =
        FORBIDDEN.iter().chain(FORBIDDEN_HERE).map(|call| (*call, Vec::new())).collect();
    #[cfg(target_arch = "x86_64")]
    rules.extend((512..548).map(|call| (call | X32, Vec::new())));
    let is = |argument, mask: i32, value: i32| {
        let condition = Condition::new(argument, Len::Dword, Op::MaskedEq(mask as u64), value as u64)?;
        Ok::<_, seccompiler::BackendError>(vec![Rule::new(vec![condition])?])
    };
    // Threads are made with `clone`, and so are processes.
    rules.insert(libc::SYS_clone, is(0, libc::CLONE_THREAD, 0)?);
    // Emptying a file needs no right to write on kernels before 6.2 if it is opened for reading.
    let emptied = libc::O_TRUNC | libc::O_ACCMODE;
    rules.insert(libc::SYS_openat, is(2, emptied, libc::O_TRUNC)?);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_open, is(1, emptied, libc::O_TRUNC)?);
    // A thread may signal its own process (that is how `abort` works), not another.
    let own = rustix::process::getpid().as_raw_pid() as u64;
    let other = Condition::new(0, Len::Dword, Op::Ne, own)?;
    rules.insert(libc::SYS_tgkill, vec![Rule::new(vec![other])?]);
    // Its own limits may be read (the C library sizes the stacks of threads by them), not set, even by root.
    let sets = Condition::new(2, Len::Qword, Op::Ne, 0)?;
    let others = Condition::new(0, Len::Dword, Op::Ne, 0)?;
    rules.insert(libc::SYS_prlimit64, vec![Rule::new(vec![sets])?, Rule::new(vec![others])?]);
    // It must end with its parent.
    rules.insert(libc::SYS_prctl, is(0, -1, libc::PR_SET_PDEATHSIG)?);
    // Text typed into the terminal of whoever started it.
    rules.insert(libc::SYS_ioctl, is(1, -1, libc::TIOCSTI as i32)?);
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_can_be_made_for_this_processor() {
        assert!(compile(forbidden().unwrap(), libc::EPERM).is_ok());
        assert!(compile(LATER.map(|call| (call, Vec::new())).collect(), libc::ENOSYS).is_ok());
    }

    #[test]
    fn what_is_refused_is_listed_once() {
        let mut all: Vec<i64> = [FORBIDDEN, FORBIDDEN_HERE, ABSENT, ABSENT_BY_NUMBER].concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|call| !LATER.contains(call)));
    }
}
