//! The whole program, as a user runs it.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

mod ask;
mod beats;
mod clips;
mod export;
mod cut;
mod look;
mod mishaps;
mod page;
mod services;
mod support;
mod usage;
