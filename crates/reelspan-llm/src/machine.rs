//! What this machine can bear: threads, memory, and the instructions that llama.cpp was built for.

use std::collections::HashSet;
use std::fs;

use reelspan_types::dialogue::FailureCode;

use crate::Stop;

/// What llama.cpp works with besides the weights and the context.
const WORKSPACE: u64 = 200_000_000;

/// Physical cores, but no more than the affinity and the quota allow: spinning threads beyond that cost a thousandfold.
pub(crate) fn threads() -> usize {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let physical = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| physical_cores(&text));
    physical.map_or(allowed, |physical| physical.min(allowed))
}

fn physical_cores(cpuinfo: &str) -> Option<usize> {
    let mut package = "";
    let mut cores = HashSet::new();
    for line in cpuinfo.lines() {
        match line.split_once(':').map(|(name, value)| (name.trim(), value.trim())) {
            Some(("physical id", id)) => package = id,
            Some(("core id", id)) => {
                cores.insert((package, id));
            }
            _ => {}
        }
    }
    (!cores.is_empty()).then_some(cores.len())
}

/// An older processor would end the helper with an illegal instruction, which explains nothing.
pub(crate) fn check_processor() -> Result<(), Stop> {
    #[cfg(target_arch = "x86_64")]
    if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")) {
        let message = "this processor lacks AVX2, which the helper was built for; use an address (LM Studio, Ollama)";
        return Err(Stop::new(FailureCode::Unsupported, message));
    }
    Ok(())
}

/// Refuses weights and a context that would push the machine into swapping or death. `what` says how to mend it.
pub(crate) fn check_memory(bytes: u64, what: &str) -> Result<(), Stop> {
    let needed = bytes.saturating_add(bytes / 20).saturating_add(WORKSPACE);
    match available() {
        Some(available) if needed > available => {
            let [needed, available] = [needed, available].map(|bytes| bytes / 1_000_000);
            let message = format!("about {needed} MB of memory are needed and {available} MB are free; {what}");
            Err(Stop::new(FailureCode::NoMemory, message))
        }
        _ => Ok(()),
    }
}

/// What the machine has left, or the container if that is less.
fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available_bytes(&text));
    let [limit, used] = ["memory.max", "memory.stat"].map(|name| fs::read_to_string(format!("/sys/fs/cgroup/{name}")));
    let container = limit.ok().zip(used.ok()).and_then(|(limit, stat)| container_bytes(&limit, &stat));
    [machine, container].into_iter().flatten().min()
}

fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Pages of files can be let go; what programs hold cannot.
fn container_bytes(limit: &str, stat: &str) -> Option<u64> {
    let limit: u64 = limit.trim().parse().ok()?;
    let held: u64 = stat.lines().find_map(|line| line.strip_prefix("anon "))?.trim().parse().ok()?;
    Some(limit.saturating_sub(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperthreads_count_once() {
        let cpu = |package, core| format!("processor\t: 0\nphysical id\t: {package}\ncore id\t\t: {core}\n\n");
        let text = [cpu(0, 0), cpu(0, 1), cpu(0, 0), cpu(0, 1), cpu(1, 0)].concat();
        assert_eq!(physical_cores(&text), Some(3));
        assert_eq!(physical_cores("processor: 0\n"), None);
        assert!(threads() >= 1);
    }

    #[test]
    fn free_memory_is_read() {
        assert_eq!(available_bytes("MemTotal:  9 kB\nMemAvailable:     2048 kB\n"), Some(2_097_152));
        assert_eq!(available_bytes(""), None);
        assert_eq!(container_bytes("1000\n", "anon 300\nfile 600\n"), Some(700));
        assert_eq!(container_bytes("max\n", "anon 300\n"), None);
        let refused = check_memory(u64::MAX, "use a smaller one").unwrap_err();
        assert_eq!(refused.code, FailureCode::NoMemory);
        assert!(refused.message.ends_with("use a smaller one"));
    }
}
