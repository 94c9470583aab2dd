//! The jail holds: every attack works without it (so the test can fail) and is refused inside.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

#[path = "jail/attacks.rs"]
mod attacks;
#[path = "jail/calls.rs"]
mod calls;
#[path = "jail/endings.rs"]
mod endings;
#[path = "support/tools.rs"]
mod tools;
