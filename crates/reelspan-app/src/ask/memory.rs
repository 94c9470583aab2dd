//! Keeps a crash from writing memory to disk: no core dump, no other process that reads this one's memory.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Called before the first question is read. The limits hold for this process until it ends, and for the programs that it
/// starts (they inherit the limit; what they may be asked for stands in their own memory).
pub fn keep_off_disk() -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A core limit of 0 does not hold where the system pipes dumps to a collector; this does.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    ///
    #[test]
    fn no_core_dump_is_left_by_a_process_that_was_asked() {
        keep_off_disk().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
