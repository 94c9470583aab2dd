//! How long a failed job rests before it is tried again.

use std::hash::{DefaultHasher, Hash, Hasher};

const FIRST_MS: i64 = 1_000;
const LONGEST_MS: i64 = 300_000;

/// Twice as long each time, a quarter up or down so that jobs that failed together do not come back together. The same
/// job and attempt always rest the same time.
pub(crate) fn rest_ms(job: &str, attempt: i64) -> i64 {
    let doubled = FIRST_MS.saturating_mul(1_i64 << attempt.saturating_sub(1).clamp(0, 30)).min(LONGEST_MS);
    let mut hasher = DefaultHasher::new();
    (job, attempt).hash(&mut hasher);
    let share = (hasher.finish() % 501) as i64;
    doubled * (750 + share) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_within_bounds_and_never_ends_in_nothing() {
        for attempt in 1..200 {
            let rest = rest_ms("a job", attempt);
            let plain = (FIRST_MS << (attempt - 1).min(20)).min(LONGEST_MS);
            assert!(rest >= plain * 3 / 4 && rest <= plain * 5 / 4, "attempt {attempt}: {rest}");
        }
    }

    #[test]
    fn jobs_that_failed_together_come_back_apart() {
        let mut rests: Vec<i64> = (0..100).map(|n| rest_ms(&format!("job {n}"), 4)).collect();
        rests.sort_unstable();
        rests.dedup();
        assert!(rests.len() > 60, "{}", rests.len());
        assert_eq!(rest_ms("x", 3), rest_ms("x", 3));
    }
}
