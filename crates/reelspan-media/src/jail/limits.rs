//! Bounds on memory, files and computing time.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Refusal, Rules};

/// ffmpeg opens its inputs, outputs and some fonts; a playlist of thousands is not wanted.
const OPEN_FILES: u64 = 256;

pub(super) fn set(rules: &Rules) -> Result<(), Refusal> {
    // A memory image would hold what the user's files hold.
    limit(Resource::Core, 0)?;
    limit(Resource::As, rules.memory)?;
    limit(Resource::Fsize, rules.max_file_bytes)?;
    limit(Resource::Nofile, OPEN_FILES)?;
    rules.cpu_seconds.map_or(Ok(()), |seconds| limit(Resource::Cpu, seconds))
}

/// Sets both bounds, or keeps one that is narrower already.
fn limit(resource: Resource, most: u64) -> Result<(), Refusal> {
    let most = getrlimit(resource).maximum.map_or(most, |now| now.min(most));
    setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).map_err(|_| Refusal::NoLimits)
}
