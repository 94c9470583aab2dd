//! Real transcodes of small inputs: every format, joined inputs, words and cards, limits, and attacks on the jail itself.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

#[path = "operations/attacks.rs"]
mod attacks;
#[path = "operations/bench.rs"]
mod bench;
#[path = "operations/drawn.rs"]
mod drawn;
#[path = "operations/endings.rs"]
mod endings;
#[path = "operations/formats.rs"]
mod formats;
#[path = "operations/joined.rs"]
mod joined;
#[path = "operations/open.rs"]
mod open;
#[path = "operations/raw.rs"]
mod raw;
#[path = "support/tools.rs"]
mod tools;
