//! Files in and out over a real socket: uploads, links, tus, and what goes wrong on the way.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

mod bad_luck;
mod expiry;
mod heavy;
mod inputs;
mod links;
mod support;
mod tenants;
mod tus;
mod tuspy;
mod uploads;
