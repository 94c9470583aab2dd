//! Every blueprint for real: the right size, length and content, odd inputs, nothing left of what failed.

#![expect(clippy::unwrap_used, reason = "what the tests share is outside of test functions")]

#[path = "blueprints/bench.rs"]
mod bench;
#[path = "blueprints/content.rs"]
mod content;
#[path = "blueprints/eye.rs"]
mod eye;
#[path = "blueprints/odd.rs"]
mod odd;
