//! Words that every crate shares: spans of media time, the clock, cancellation. No IO.

mod aspect;
mod cancel;
mod class;
mod clock;
pub mod dialogue;
mod id;
mod span;
pub mod speech;

pub use aspect::{Aspect, AspectError};
pub use cancel::Cancel;
pub use class::{DataClass, Lifespans, after};
pub use clock::{Clock, SystemClock};
pub use id::new_id;
pub use span::{Span, TimeError, format_time, parse_time};
