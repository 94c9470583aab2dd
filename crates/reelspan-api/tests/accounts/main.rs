//! Accounts, keys, limits and metering, over a real socket, with the real router and a clock that only the test moves.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

mod canary;
mod house;
mod keys;
mod limits;
mod metering;
mod pages;
mod sessions;
