//! The whole program, as a user runs it.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

mod ask;
mod beats;
mod clips;
mod cut;
mod export;
mod keys;
mod look;
mod mishaps;
mod music_edit;
mod page;
mod serve;
mod services;
mod support;
mod usage;
