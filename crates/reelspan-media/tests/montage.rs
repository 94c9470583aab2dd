//! Real edits of small sources: every frame where the plan means it, every transition, music in step, nothing left behind.

#![expect(clippy::unwrap_used, reason = "what the tests share is outside of test functions")]

#[expect(dead_code, reason = "clips and edits look at different things")]
#[path = "render/bench.rs"]
mod bench;
#[path = "montage/edit.rs"]
mod edit;
#[path = "montage/endings.rs"]
mod endings;
#[path = "montage/pictures.rs"]
mod pictures;
#[path = "montage/sounds.rs"]
mod sounds;
