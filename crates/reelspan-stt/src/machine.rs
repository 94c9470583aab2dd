//! What this machine can bear: threads and memory.

use std::collections::HashSet;
use std::fs;

use reelspan_types::speech::FailureCode;

use crate::Stop;

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

/// Refuses a model that would push the machine into swapping or death.
pub(crate) fn check_memory(model_bytes: u64) -> Result<(), Stop> {
    let available = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available_bytes(&text));
    match available {
        Some(available) if needed(model_bytes) > available => {
            let [needed, available] = [needed(model_bytes), available].map(|bytes| bytes / 1_000_000);
            let message =
                format!("the model needs about {needed} MB of memory and {available} MB are free; use a smaller one");
            Err(Stop::new(FailureCode::NoMemory, message))
        }
        _ => Ok(()),
    }
}

/// The weights once, and what is computed with them.
fn needed(model_bytes: u64) -> u64 {
    model_bytes.saturating_add(model_bytes / 4).saturating_add(150_000_000)
}

fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
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
        assert_eq!(check_memory(u64::MAX).unwrap_err().code, FailureCode::NoMemory);
    }
}
